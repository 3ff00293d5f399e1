#include "server/ops/evidence/gather.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "server/ops/evidence/gather_parts.h"
#include "signing/format/cms/cms_read.h"

/* Of a token that are decoded in a microsecond. */
#define BYTES_PER_UNIT 20

#define CLOCK_SKEW 300 /* seconds that other servers' clocks may be ahead of ours */

int
gathered_new(struct gathered **gathered, struct error *err)
{
	struct gathered *g = calloc(1, sizeof(*g));

	*gathered = g;
	if (g == NULL || (g->certificates = sk_X509_new_null()) == NULL ||
	    (g->work = malloc(sizeof(*g->work))) == NULL)
		return error_memory(err);
	*g->work = (struct work)WORK_INIT(WORK_VERDICT_MAX);
	return 0;
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
	if (buf_append_span(bigger, token, err) != 0) {
		buf_release(bigger);
		return -1;
	}
	g->token_count++;
	return 0;
}

static void
release_item(struct gathered_item *item)
{
	piece_drop(item->piece);
	free(item->url);
	X509_free(item->cert);
	X509_free(item->issuer);
}

void
gathered_free(struct gathered *g)
{
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; i < g->token_count; i++)
		buf_release(&g->tokens[i]);
	for (i = 0; i < g->item_count; i++)
		release_item(&g->items[i]);
	for (i = 0; i < g->note_count; i++)
		X509_free(g->notes[i].cert);
	sk_X509_pop_free(g->certificates, X509_free);
	free(g->tokens);
	free(g->lists);
	free(g->items);
	free(g->notes);
	free(g->crls);
	free(g->answers);
	free(g->work);
	free(g);
}

/* ---- what was got, as signing/verify takes it ---- */

struct gathered_item *
gathered_item(const struct gathered *g, const unsigned char key[STORE_SHA256])
{
	size_t i;

	for (i = 0; i < g->item_count; i++)
		if (memcmp(g->items[i].key, key, STORE_SHA256) == 0)
			return &g->items[i];
	return NULL;
}

static int
is_had(const struct gathered *g, const struct piece *piece)
{
	size_t i;

	for (i = 0; i < g->item_count; i++)
		if (g->items[i].piece != NULL &&
		    memcmp(g->items[i].piece->sha256, piece->sha256, STORE_SHA256) == 0)
			return 1;
	return 0;
}

/* Room for one more of each kind, so that taking a piece cannot fail half way. */
static int
make_room(struct gathered *g, struct error *err)
{
	struct gathered_item *items = realloc(g->items, (g->item_count + 1) * sizeof(*items));
	struct crl_source *crls;
	const struct ocsp_response **answers;

	if (items == NULL)
		return error_memory(err);
	g->items = items;
	crls = realloc(g->crls, (g->crl_count + 1) * sizeof(*crls));
	if (crls == NULL)
		return error_memory(err);
	g->crls = crls;
	answers = realloc(g->answers, (g->answer_count + 1) * sizeof(*answers));
	if (answers == NULL)
		return error_memory(err);
	g->answers = answers;
	return 0;
}

static int
show_certificates(struct gathered *g, const struct piece *piece, struct error *err)
{
	int before = sk_X509_num(g->certificates);

	if (X509_add_certs(g->certificates, piece->certificates,
		X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP) != 1)
		return error_memory(err);
	return sk_X509_num(g->certificates) > before;
}

/* 1: something that was not there, 0, -1. There is room. */
static int
show_piece(struct gathered *g, const struct piece *piece, struct error *err)
{
	switch (piece->kind) {
	case PIECE_CRL:
		g->crls[g->crl_count++] = piece->list;
		return 1;
	case PIECE_OCSP:
		g->answers[g->answer_count++] = piece->answer;
		return 1;
	default:
		return show_certificates(g, piece, err);
	}
}

static int
fill_item(struct gathered_item *item, const struct obtain_want *want, struct error *err)
{
	memset(item, 0, sizeof(*item));
	item->kind = want->kind;
	item->url = strdup(want->url);
	if (item->url == NULL)
		return error_memory(err);
	if (want->cert != NULL && X509_up_ref(want->cert) == 1)
		item->cert = want->cert;
	if (want->issuer != NULL && X509_up_ref(want->issuer) == 1)
		item->issuer = want->issuer;
	return 0;
}

int
gathered_take(struct gathered *g, const struct obtain_want *want,
    const unsigned char key[STORE_SHA256], struct obtained *got, struct error *err)
{
	struct gathered_item item;
	int is_new = 0;

	if (make_room(g, err) != 0 || fill_item(&item, want, err) != 0) {
		piece_drop(got->piece);
		return -1;
	}
	memcpy(item.key, key, sizeof(item.key));
	item.was_kept = got->outcome == OBTAIN_HAD;
	item.is_unproven = got->is_unproven;
	if (got->piece != NULL && !is_had(g, got->piece))
		is_new = show_piece(g, got->piece, err);
	item.piece = got->piece;
	got->piece = NULL;
	g->items[g->item_count++] = item;
	return is_new;
}

int
gathered_note(struct gathered *g, X509 *cert, const char *text, struct error *err)
{
	struct gathered_note *bigger;
	size_t i;

	for (i = 0; i < g->note_count; i++)
		if (X509_cmp(g->notes[i].cert, cert) == 0 && strcmp(g->notes[i].text, text) == 0)
			return 0;
	bigger = realloc(g->notes, (g->note_count + 1) * sizeof(*bigger));
	if (bigger == NULL)
		return error_memory(err);
	g->notes = bigger;
	bigger += g->note_count;
	if (X509_up_ref(cert) != 1)
		return error_memory(err);
	bigger->cert = cert;
	text_copy(bigger->text, sizeof(bigger->text), text);
	g->note_count++;
	return 0;
}

void
gathered_context(const struct gathered *g, const struct verify_context *from,
    struct verify_context *to, struct revocation_evidence *evidence)
{
	memset(evidence, 0, sizeof(*evidence));
	if (from->revocation != NULL)
		*evidence = *from->revocation;
	evidence->crls = g->crls;
	evidence->crl_count = g->crl_count;
	evidence->ocsps = g->answers;
	evidence->ocsp_count = g->answer_count;
	evidence->certificates = g->certificates;
	evidence->clock_skew = CLOCK_SKEW;
	to->revocation = evidence;
	to->work = g->work;
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
take_from_token(struct span token, struct work *work, const struct revocation_used *used,
    struct evidence *out, struct error *err)
{
	const struct cms_read_options options = { .work = work };
	struct signatures signatures = { 0 };
	struct error unreadable = ERROR_INIT;
	int rc = 0;

	if (!work_spend(work, 20 + token.len / BYTES_PER_UNIT))
		return work_check(work, err);

	if (cms_read(&signatures, token, NULL, &options, &unreadable) == 0)
		rc = take_from(&signatures.evidence, used, out, err);
	signatures_release(&signatures);
	return rc;
}

static int
take_from_list(const struct signatures *list, struct work *work, const struct revocation_used *used,
    struct evidence *out, struct error *err)
{
	struct evidence brought = list->evidence;
	int rc = take_from(&brought, used, out, err);
	size_t i, j;

	for (i = 0; rc == 0 && i < list->count; i++)
		for (j = 0; rc == 0 && j < list->items[i].timestamp_count; j++)
			rc = take_from_token(
			    SPAN_OF(&list->items[i].timestamps[j].token), work, used, out, err);
	return rc;
}

static int
take_from_items(const struct gathered *g, const struct revocation_used *used, struct evidence *out,
    struct error *err)
{
	struct buf der = BUF_INIT(CRL_BYTES_MAX);
	size_t i;
	int rc;

	for (i = 0; i < g->item_count; i++) {
		const struct piece *p = g->items[i].piece;

		if (p == NULL || memcmp(p->sha256, used->sha256, sizeof(used->sha256)) != 0)
			continue;
		rc = piece_der(p, &der, err);
		if (rc == 0)
			rc = values_add(values_of(out, used->kind), SPAN_OF(&der), err);
		buf_release(&der);
		return rc == 0 ? 1 : -1;
	}
	return 0;
}

static int
take_piece(const struct gathered *g, const struct revocation_used *used, struct evidence *out,
    struct error *err)
{
	size_t i;
	int rc = take_from_items(g, used, out, err);

	for (i = 0; rc == 0 && i < g->list_count; i++)
		rc = take_from_list(g->lists[i], g->work, used, out, err);
	for (i = 0; rc == 0 && i < g->token_count; i++)
		rc = take_from_token(SPAN_OF(&g->tokens[i]), g->work, used, out, err);
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
