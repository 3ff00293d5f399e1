#include "signing/format/signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;

/* Room for one more zeroed item behind *count of `size` bytes; the pointer to it, or NULL. */
static void *
grow(void **items, size_t *count, size_t size, unsigned int limit, const char *limit_name,
    const char *what, struct error *err)
{
	void *bigger;

	if (*count >= limit) {
		error_limit(err, ERROR_LIMIT, limit_name, limit, 0, what);
		return NULL;
	}
	bigger = realloc(*items, (*count + 1) * size);
	if (bigger == NULL) {
		error_memory(err);
		return NULL;
	}
	*items = bigger;
	bigger = (char *)bigger + (*count)++ * size;
	memset(bigger, 0, size);
	return bigger;
}

struct signature *
signatures_add(struct signatures *list, const struct format_limits *limits, struct error *err)
{
	struct signature *sig;
	STACK_OF(X509) *certificates = sk_X509_new_null();

	if (limits == NULL)
		limits = &default_limits;
	if (certificates == NULL) {
		error_memory(err);
		return NULL;
	}
	sig = grow((void **)&list->items, &list->count, sizeof(*sig), limits->signatures,
	    "signatures", "too many signatures in the document", err);
	if (sig == NULL)
		sk_X509_free(certificates);
	else
		sig->certificates = certificates;
	return sig;
}

struct reference *
signature_add_reference(
    struct signature *sig, const struct format_limits *limits, struct error *err)
{
	if (limits == NULL)
		limits = &default_limits;
	return grow((void **)&sig->references, &sig->reference_count, sizeof(*sig->references),
	    limits->references, "references", "too many references in the signature", err);
}

struct embedded_timestamp *
signature_add_timestamp(
    struct signature *sig, const struct format_limits *limits, struct error *err)
{
	if (limits == NULL)
		limits = &default_limits;
	return grow((void **)&sig->timestamps, &sig->timestamp_count, sizeof(*sig->timestamps),
	    limits->timestamps, "timestamps", "too many time stamps in the signature", err);
}

static void *
add_statement(struct signature *sig, void **items, size_t *count, size_t size, struct error *err)
{
	if (*count >= STATEMENTS_MAX) {
		sig->statements_untold = 1;
		return NULL;
	}
	return grow(items, count, size, STATEMENTS_MAX, "statements", "", err);
}

int
signature_add_commitment(struct signature *sig, struct commitment **out, struct error *err)
{
	*out = add_statement(
	    sig, (void **)&sig->commitments, &sig->commitment_count, sizeof(**out), err);
	return *out != NULL || sig->statements_untold ? 0 : -1;
}

int
signature_add_format(struct signature *sig, struct data_format **out, struct error *err)
{
	*out = add_statement(sig, (void **)&sig->formats, &sig->format_count, sizeof(**out), err);
	return *out != NULL || sig->statements_untold ? 0 : -1;
}

/* ---- commitment types ---- */

#define COMMITMENT_OID "1.2.840.113549.1.9.16.6."
#define COMMITMENT_URI "http://uri.etsi.org/01903/v1.2.2#"

/* EN 319 122-1 clause 5.2.3 and EN 319 132-1 clause 5.2.3, in the order of the OIDs, from 1. */
static const char *const commitment_names[] = { "ProofOfOrigin", "ProofOfReceipt",
	"ProofOfDelivery", "ProofOfSender", "ProofOfApproval", "ProofOfCreation" };

static const char *
without_urn(const char *type)
{
	return strncasecmp(type, "urn:oid:", 8) == 0 ? type + 8 : type;
}

const char *
commitment_name(const char *type)
{
	const size_t count = sizeof(commitment_names) / sizeof(commitment_names[0]);
	const char *oid = without_urn(type), *at = oid + strlen(COMMITMENT_OID);
	size_t i;

	if (strncmp(oid, COMMITMENT_OID, strlen(COMMITMENT_OID)) == 0 && *at >= '1' &&
	    *at <= '0' + (int)count && at[1] == '\0')
		return commitment_names[*at - '1'];
	if (strncmp(type, COMMITMENT_URI, strlen(COMMITMENT_URI)) != 0)
		return NULL;
	for (i = 0; i < count; i++)
		if (strcmp(type + strlen(COMMITMENT_URI), commitment_names[i]) == 0)
			return commitment_names[i];
	return NULL;
}

int
commitment_is(const char *type, const char *other)
{
	const char *one = commitment_name(type), *two = commitment_name(other);

	if (one != NULL && two != NULL)
		return one == two;
	return strcmp(without_urn(type), without_urn(other)) == 0;
}

int
signature_fail(struct signature *sig, enum sub_indication failure, const char *fmt, ...)
{
	va_list ap;

	if (sig->failure == SUB_NONE) {
		sig->failure = failure;
		va_start(ap, fmt);
		vsnprintf(sig->failure_text, sizeof(sig->failure_text), fmt, ap);
		va_end(ap);
	}
	return -1;
}

/* ---- levels ---- */

static const char *const level_names[ADES_LEVELS] = { "Basic", "Basic-T", "Basic-LT", "Basic-LTA",
	"BES", "EPES", "T", "C", "X", "X-L", "A", "B-B", "B-T", "B-LT", "B-LTA" };

const char *
ades_level_name(enum ades_level level)
{
	return level_names[level];
}

/* The steps that baseline signatures and those without AdES share: each needs the one before. */
static enum ades_level
climb(const struct ades_form *f, enum ades_level lowest)
{
	if (!f->stamp)
		return lowest;
	if (!f->values)
		return lowest + 1;
	return f->archive ? lowest + 3 : lowest + 2;
}

enum ades_level
ades_level_of(const struct ades_form *f)
{
	if (!f->ades)
		return climb(f, ADES_BASIC);
	if (f->baseline && !f->extended)
		return climb(f, ADES_B_B);
	if (!f->stamp)
		return f->policy ? ADES_EPES : ADES_BES;
	if (f->archive)
		return ADES_A;
	if (f->values)
		return ADES_XL;
	if (f->references)
		return f->reference_stamp ? ADES_X : ADES_C;
	return ADES_T;
}

static void
reference_release(struct reference *ref)
{
	free(ref->name);
	free(ref->uri);
	free(ref->type);
	free(ref->id);
	free(ref->path);
	free(ref->transforms);
	buf_release(&ref->digest_value);
	buf_release(&ref->computed);
	buf_release(&ref->octets);
}

static void
timestamp_release(struct embedded_timestamp *stamp)
{
	buf_release(&stamp->token);
	coverage_release(&stamp->covers);
}

static void
statements_release(struct signature *sig)
{
	size_t i;

	for (i = 0; i < sig->commitment_count; i++) {
		free(sig->commitments[i].type);
		free(sig->commitments[i].description);
		free(sig->commitments[i].of);
	}
	for (i = 0; i < sig->format_count; i++) {
		free(sig->formats[i].of);
		free(sig->formats[i].mime_type);
		free(sig->formats[i].encoding);
		free(sig->formats[i].description);
		free(sig->formats[i].identifier);
	}
	free(sig->commitments);
	free(sig->formats);
}

static void
signature_release(struct signature *sig)
{
	size_t i;

	for (i = 0; i < sig->reference_count; i++)
		reference_release(&sig->references[i]);
	for (i = 0; i < sig->timestamp_count; i++)
		timestamp_release(&sig->timestamps[i]);
	statements_release(sig);
	free(sig->references);
	free(sig->timestamps);
	free(sig->changes);
	free(sig->id);
	free(sig->parent);
	free(sig->policy);
	free(sig->reason);
	free(sig->location);
	free(sig->contact);
	free(sig->roles);
	buf_release(&sig->value);
	X509_free(sig->signer);
	EVP_PKEY_free(sig->bare_key);
	sk_X509_pop_free(sig->certificates, X509_free);
}

/* ---- what is added to a document leaves the rest alone ---- */

static int
same_imprint(const struct embedded_timestamp *a, const struct embedded_timestamp *b)
{
	int d;

	if (a->kind != b->kind || a->imprint_known != b->imprint_known ||
	    a->imprint.have != b->imprint.have ||
	    !span_equal(SPAN_OF(&a->token), SPAN_OF(&b->token)))
		return 0;
	for (d = 0; d < DIGESTS; d++)
		if ((a->imprint.have & DIGEST_BIT(d)) &&
		    memcmp(a->imprint.value[d], b->imprint.value[d], digest_size((enum digest)d)) !=
			0)
			return 0;
	return 1;
}

static int
same_signature(const struct signature *a, const struct signature *b)
{
	size_t i, k;

	if (a->value_intact != b->value_intact || a->references_intact != b->references_intact ||
	    a->failure != b->failure || a->reference_count != b->reference_count)
		return 0;
	for (i = 0; i < a->reference_count; i++)
		if (a->references[i].intact != b->references[i].intact)
			return 0;
	for (i = 0; i < a->timestamp_count; i++) {
		for (k = 0; k < b->timestamp_count; k++)
			if (same_imprint(&a->timestamps[i], &b->timestamps[k]))
				break;
		if (k == b->timestamp_count)
			return 0;
	}
	return 1;
}

/* The certificate too, where the signature names it: else it would be a place to hide changes in.
 */
int
signature_is_intact(const struct signature *sig)
{
	return sig->value_intact && sig->references_intact &&
	       (sig->format != FORMAT_PDF || sig->failure == SUB_NONE) &&
	       (sig->cert_ref == CERT_REF_ABSENT || sig->cert_ref == CERT_REF_MATCHES);
}

size_t
signatures_prefer(struct signatures *list, struct signatures *other)
{
	size_t i, k, count = 0;

	for (i = 0; i < list->count; i++)
		for (k = 0; k < other->count && !signature_is_intact(&list->items[i]); k++) {
			struct signature swap = other->items[k];

			if (!signature_is_intact(&swap) ||
			    !span_equal(SPAN_OF(&swap.value), SPAN_OF(&list->items[i].value)))
				continue;
			other->items[k] = list->items[i];
			list->items[i] = swap;
			count++;
		}
	return count;
}

const struct signature *
signatures_harmed(const struct signatures *before, const struct signatures *after)
{
	size_t i, at = 0;

	for (i = 0; i < before->count; i++, at++) {
		while (at < after->count && strcmp(before->items[i].id, after->items[at].id) != 0)
			at++;
		if (at == after->count || !same_signature(&before->items[i], &after->items[at]))
			return &before->items[i];
	}
	return NULL;
}

int
signatures_unharmed(const struct signatures *before, const struct signatures *after)
{
	return signatures_harmed(before, after) == NULL;
}

void
signatures_release(struct signatures *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		signature_release(&list->items[i]);
	free(list->items);
	list->items = NULL;
	list->count = 0;
	evidence_release(&list->evidence);
}

static int
prefix_id(char **id, const char *prefix, struct error *err)
{
	char *longer;

	if (asprintf(&longer, "%s#%s", prefix, *id != NULL ? *id : "") < 0)
		return error_memory(err);
	free(*id);
	*id = longer;
	return 0;
}

int
signatures_take(struct signatures *to, struct signatures *from, const char *prefix,
    const struct format_limits *limits, struct error *err)
{
	struct signature *place;
	size_t i;

	for (i = 0; i < from->count; i++) {
		struct signature *sig = &from->items[i], empty = { 0 };

		if (prefix != NULL &&
		    (prefix_id(&sig->id, prefix, err) != 0 ||
			(sig->parent != NULL && prefix_id(&sig->parent, prefix, err) != 0)))
			return -1;
		place = signatures_add(to, limits, err);
		if (place == NULL)
			return -1;
		/* What was made with the new one goes with the list that is released. */
		empty.certificates = place->certificates;
		*place = *sig;
		*sig = empty;
	}
	return evidence_move(&to->evidence, &from->evidence, err);
}
