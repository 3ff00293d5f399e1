/* What documents bring along, and what time stamps cover of it. */
#include <stdlib.h>
#include <string.h>

#include "signing/format/signature.h"

/* ---- values ---- */

int
values_add(struct values *values, struct span der, struct error *err)
{
	unsigned char sha256[32];
	struct value *bigger;
	size_t i;

	if (digest_span(DIGEST_SHA256, der, sha256, err) != 0)
		return -1;
	for (i = 0; i < values->count; i++)
		if (memcmp(values->items[i].sha256, sha256, sizeof(sha256)) == 0)
			return 0;
	if (values->count >= FORMAT_EVIDENCE_MAX)
		return error_limit(err, ERROR_LIMIT, "revocation-values", FORMAT_EVIDENCE_MAX, 0,
		    "too many CRLs or OCSP answers in the document");
	bigger = realloc(values->items, (values->count + 1) * sizeof(*bigger));
	if (bigger == NULL)
		return error_memory(err);
	values->items = bigger;
	bigger += values->count;
	buf_init(&bigger->der, 0);
	if (buf_append_span(&bigger->der, der, err) != 0)
		return -1;
	memcpy(bigger->sha256, sha256, sizeof(sha256));
	values->count++;
	return 0;
}

void
values_release(struct values *values)
{
	size_t i;

	for (i = 0; i < values->count; i++)
		buf_release(&values->items[i].der);
	free(values->items);
	*values = (struct values){ 0 };
}

/* ---- evidence ---- */

int
evidence_add_certificate(struct evidence *evidence, X509 *cert, struct error *err)
{
	int i;

	if (evidence->certificates == NULL && (evidence->certificates = sk_X509_new_null()) == NULL)
		return error_memory(err);
	for (i = 0; i < sk_X509_num(evidence->certificates); i++)
		if (X509_cmp(sk_X509_value(evidence->certificates, i), cert) == 0)
			return 0;
	if (i >= FORMAT_EVIDENCE_MAX)
		return error_limit(err, ERROR_LIMIT, "certificates", FORMAT_EVIDENCE_MAX, 0,
		    "too many certificates in the document");
	if (X509_up_ref(cert) != 1)
		return error_memory(err);
	if (sk_X509_push(evidence->certificates, cert) <= 0) {
		X509_free(cert);
		return error_memory(err);
	}
	return 0;
}

static int
values_move(struct values *to, struct values *from, struct error *err)
{
	size_t i;
	int rc = 0;

	if (to->count == 0) {
		values_release(to);
		*to = *from;
		*from = (struct values){ 0 };
		return 0;
	}
	for (i = 0; rc == 0 && i < from->count; i++)
		rc = values_add(to, SPAN_OF(&from->items[i].der), err);
	return rc;
}

int
evidence_move(struct evidence *to, struct evidence *from, struct error *err)
{
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_X509_num(from->certificates); i++)
		rc = evidence_add_certificate(to, sk_X509_value(from->certificates, i), err);
	if (rc == 0)
		rc = values_move(&to->crls, &from->crls, err);
	if (rc == 0)
		rc = values_move(&to->ocsps, &from->ocsps, err);
	evidence_release(from);
	return rc;
}

void
evidence_release(struct evidence *evidence)
{
	sk_X509_pop_free(evidence->certificates, X509_free);
	evidence->certificates = NULL;
	values_release(&evidence->crls);
	values_release(&evidence->ocsps);
}

/* ---- coverage ---- */

/* Where the item stands, or where it would. */
static size_t
find(const struct coverage *c, const unsigned char sha256[32], int *there)
{
	size_t from = 0, to = c->count;

	*there = 0;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = memcmp(sha256, c->items[middle], 32);

		if (order == 0) {
			*there = 1;
			return middle;
		}
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return from;
}

int
coverage_has(const struct coverage *coverage, const unsigned char sha256[32])
{
	int there;

	find(coverage, sha256, &there);
	return there;
}

int
coverage_add(struct coverage *coverage, const unsigned char sha256[32], struct error *err)
{
	unsigned char(*bigger)[32];
	int there;
	size_t at = find(coverage, sha256, &there);

	if (there)
		return 0;
	if (coverage->count >= COVERAGE_MAX)
		return error_limit(err, ERROR_LIMIT, "covered-items", COVERAGE_MAX, 0,
		    "a time stamp covers too many certificates and revocation data");
	bigger = realloc(coverage->items, (coverage->count + 1) * sizeof(*bigger));
	if (bigger == NULL)
		return error_memory(err);
	coverage->items = bigger;
	memmove(bigger + at + 1, bigger + at, (coverage->count++ - at) * sizeof(*bigger));
	memcpy(bigger[at], sha256, 32);
	return 0;
}

int
coverage_copy(struct coverage *to, const struct coverage *from, struct error *err)
{
	*to = *from;
	to->items = NULL;
	to->count = 0;
	if (from->count == 0)
		return 0;
	to->items = malloc(from->count * sizeof(*to->items));
	if (to->items == NULL)
		return error_memory(err);
	to->count = from->count;
	memcpy(to->items, from->items, from->count * sizeof(*to->items));
	return 0;
}

void
coverage_release(struct coverage *coverage)
{
	free(coverage->items);
	*coverage = (struct coverage){ 0 };
}
