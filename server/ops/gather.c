#include "server/ops/gather.h"

#include <stdlib.h>
#include <string.h>

#include "server/ops/gather_parts.h"
#include "signing/format/cms/cms_read.h"

int
gathered_new(struct gathered **gathered, struct error *err)
{
	*gathered = calloc(1, sizeof(**gathered));
	return *gathered != NULL ? 0 : error_memory(err);
}

int
gathered_note_list(struct gathered *g, const struct signatures *list, struct error *err)
{
	const struct signatures **bigger = realloc(g->lists, (g->list_count + 1) * sizeof(*bigger));

	if (bigger == NULL)
		return error_memory(err);
	g->lists = bigger;
	bigger[g->list_count++] = list;
	return 0;
}

int
gathered_note_token(struct gathered *g, struct span token, struct error *err)
{
	struct buf *bigger = realloc(g->tokens, (g->token_count + 1) * sizeof(*bigger));

	if (bigger == NULL)
		return error_memory(err);
	g->tokens = bigger;
	bigger += g->token_count;
	buf_init(bigger, 0);
	if (buf_append_span(bigger, token, err) != 0)
		return -1;
	g->token_count++;
	return 0;
}

void
gathered_free(struct gathered *g)
{
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; i < g->token_count; i++)
		buf_release(&g->tokens[i]);
	free(g->tokens);
	free(g->lists);
	free(g);
}

/* ---- the pieces that decided ---- */

static struct values *
values_of(struct evidence *evidence, enum revocation_kind kind)
{
	return kind == REVOCATION_BY_CRL ? &evidence->crls : &evidence->ocsps;
}

/* 1 when the piece was among these, and is in `out` now; 0, -1. */
static int
take_from(struct evidence *from, const struct revocation_used *used, struct evidence *out,
    struct error *err)
{
	const struct values *values = values_of(from, used->kind);
	size_t i;

	for (i = 0; i < values->count; i++)
		if (memcmp(values->items[i].sha256, used->sha256, sizeof(used->sha256)) == 0)
			return values_add(values_of(out, used->kind),
				   SPAN_OF(&values->items[i].der), err) == 0
				   ? 1
				   : -1;
	return 0;
}

/* The same of what stands inside of a time stamp, which is the token's. */
static int
take_from_token(
    struct span token, const struct revocation_used *used, struct evidence *out, struct error *err)
{
	const struct cms_read_options options = { 0 };
	struct signatures signatures = { 0 };
	struct error unreadable = ERROR_INIT;
	int rc = 0;

	if (cms_read(&signatures, token, NULL, &options, &unreadable) == 0)
		rc = take_from(&signatures.evidence, used, out, err);
	signatures_release(&signatures);
	return rc;
}

static int
take_from_list(const struct signatures *list, const struct revocation_used *used,
    struct evidence *out, struct error *err)
{
	struct evidence brought = list->evidence;
	int rc = take_from(&brought, used, out, err);
	size_t i, j;

	for (i = 0; rc == 0 && i < list->count; i++)
		for (j = 0; rc == 0 && j < list->items[i].timestamp_count; j++)
			rc = take_from_token(
			    SPAN_OF(&list->items[i].timestamps[j].token), used, out, err);
	return rc;
}

static int
take_piece(const struct gathered *g, const struct revocation_used *used, struct evidence *out,
    struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < g->list_count; i++)
		rc = take_from_list(g->lists[i], used, out, err);
	for (i = 0; rc == 0 && i < g->token_count; i++)
		rc = take_from_token(SPAN_OF(&g->tokens[i]), used, out, err);
	if (rc == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "validation data that the verdict rests on were replaced meanwhile; try again");
	return rc == 1 ? 0 : -1;
}

static int
take_certificates(STACK_OF(X509) * from, struct evidence *out, struct error *err)
{
	int i;

	for (i = 0; i < sk_X509_num(from); i++)
		if (evidence_add_certificate(out, sk_X509_value(from, i), err) != 0)
			return -1;
	return 0;
}

int
gathered_evidence(const struct gathered *g, const struct path_result *path, struct evidence *out,
    struct error *err)
{
	size_t i, j;

	if (take_certificates(path->chain, out, err) != 0)
		return -1;
	for (i = 0; i < path->certificate_count; i++) {
		const struct revocation_proof *proof = &path->certificates[i].revocation.proof;

		if (take_certificates(proof->signers, out, err) != 0)
			return -1;
		for (j = 0; j < proof->used_count; j++)
			if (take_piece(g, &proof->used[j], out, err) != 0)
				return -1;
	}
	return 0;
}
