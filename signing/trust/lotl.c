#include "signing/trust/lotl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/certs.h"
#include "signing/x509/cert.h"

static int
is_xml(const struct trust_pointer *p)
{
	return p->mime_type == NULL || strcmp(p->mime_type, TRUST_MIME_XML) == 0;
}

const struct trust_pointer *
trust_lotl_own_pointer(const struct trust_list *list)
{
	size_t i;

	for (i = 0; i < list->pointer_count; i++) {
		const struct trust_pointer *p = &list->pointers[i];

		if (is_xml(p) && p->type != NULL && strcmp(p->type, list->type) == 0 &&
		    p->territory != NULL && strcmp(p->territory, list->territory) == 0)
			return p;
	}
	return NULL;
}

const struct trust_pointer *
trust_lotl_pointer(const struct trust_list *list, const char *territory)
{
	const struct trust_pointer *own = trust_lotl_own_pointer(list);
	size_t i;

	for (i = 0; i < list->pointer_count; i++) {
		const struct trust_pointer *p = &list->pointers[i];

		if (p != own && is_xml(p) && p->mime_type != NULL && p->territory != NULL &&
		    strcmp(p->territory, territory) == 0)
			return p;
	}
	return NULL;
}

int
trust_pointer_signers(const struct trust_pointer *pointer, STACK_OF(X509) * out, struct error *err)
{
	X509 *cert;
	size_t i;

	for (i = 0; i < pointer->signers.count; i++) {
		cert = cert_decode(pointer->signers.items[i]);
		if (cert == NULL)
			return error_set(err, ERROR_MALFORMED,
			    "a signer's certificate in the pointer to %.200s does not decode",
			    pointer->location);
		if (sk_X509_push(out, cert) <= 0) {
			X509_free(cert);
			return error_memory(err);
		}
	}
	return 0;
}

size_t
trust_lotl_pivots(
    const struct trust_list *list, const char *announcement, const char **uris, size_t max)
{
	size_t i, n = 0, len;

	for (i = 0; i < list->information_uris.count && n < max; i++) {
		const char *uri = list->information_uris.items[i];

		if (announcement != NULL && strcmp(uri, announcement) == 0)
			break;
		len = strlen(uri);
		if (len > 4 && strcmp(uri + len - 4, ".xml") == 0)
			uris[n++] = uri;
	}
	return n;
}

/* ---- the chain of pivots ---- */

struct chain {
	const struct trust_lotl_input *in;
	struct trust_lotl_result *out;
	struct pivot {
		struct trust_list *list;
		struct span bytes;
	} * pivots; /* oldest first */
	const struct trust_list *last;
	struct error *err;
};

static int
by_sequence(const void *a, const void *b)
{
	const struct pivot *l = a, *r = b;

	return (l->list->sequence > r->list->sequence) - (l->list->sequence < r->list->sequence);
}

static int __attribute__((format(printf, 3, 4)))
refuse(struct chain *c, enum trust_list_verdict verdict, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->out->list.text, sizeof(c->out->list.text), fmt, args);
	va_end(args);
	c->out->list.verdict = verdict;
	return 1;
}

/* From here on the certificates of the pivot's pointer to itself sign. */
static int
hand_over(struct chain *c, const struct trust_list *pivot)
{
	const struct trust_pointer *own = trust_lotl_own_pointer(pivot);
	STACK_OF(X509) *next = sk_X509_new_null();
	struct error failure = ERROR_INIT;

	if (next == NULL)
		return error_memory(c->err);
	if (own == NULL || own->signers.count == 0 ||
	    trust_pointer_signers(own, next, &failure) != 0) {
		sk_X509_pop_free(next, X509_free);
		return refuse(c, TRUST_LIST_MALFORMED,
		    "the pivot %llu of the list of lists does not name the signers that follow",
		    (unsigned long long)pivot->sequence);
	}
	sk_X509_pop_free(c->out->signers, X509_free);
	c->out->signers = next;
	return buf_printf(&c->out->reasons, c->err,
	    "pivot %llu is signed by an accepted signer and names %zu signers for what follows\n",
	    (unsigned long long)pivot->sequence, own->signers.count);
}

/* 0 held, 1 refused, -1 failed. */
static int
follow_pivot(struct chain *c, const struct trust_list *pivot, struct span bytes)
{
	struct trust_list_input in = c->in->list;
	struct trust_list_result result = { 0 };
	struct trust_list *list = NULL;
	int rc;

	in.bytes = bytes;
	in.signers = c->out->signers;
	in.has_previous = 0;
	in.is_past = 1;
	if (trust_list_check(&in, &list, &result, c->err) != 0)
		rc = -1;
	else if (result.verdict != TRUST_LIST_ACCEPTED)
		rc = refuse(c, result.verdict, "the pivot %llu of the list of lists: %.300s",
		    (unsigned long long)pivot->sequence, result.text);
	else if (c->last != NULL && list->sequence <= c->last->sequence)
		rc = refuse(c, TRUST_LIST_OLD,
		    "two pivots of the list of lists have the sequence number %llu",
		    (unsigned long long)pivot->sequence);
	else
		rc = hand_over(c, pivot);
	trust_list_result_release(&result);
	trust_list_free(list);
	return rc;
}

static int
read_pivots(struct chain *c)
{
	const size_t n = c->in->pivot_count;
	struct error failure = ERROR_INIT;
	size_t i;

	if (n > TRUST_PIVOTS_MAX)
		return refuse(c, TRUST_LIST_MALFORMED, "more than %d pivots", TRUST_PIVOTS_MAX);
	c->pivots = calloc(n + 1, sizeof(*c->pivots));
	if (c->pivots == NULL)
		return error_memory(c->err);
	for (i = 0; i < n; i++) {
		c->pivots[i].bytes = c->in->pivots[i];
		if (trust_list_read(&c->pivots[i].list, c->in->pivots[i], &failure) == 0)
			continue;
		if (failure.kind == ERROR_UNAVAILABLE || failure.kind == ERROR_INTERNAL) {
			*c->err = failure;
			return -1;
		}
		return refuse(
		    c, TRUST_LIST_MALFORMED, "a pivot of the list of lists: %.300s", failure.text);
	}
	if (n > 1)
		qsort(c->pivots, n, sizeof(*c->pivots), by_sequence);
	return 0;
}

static int
follow_pivots(struct chain *c)
{
	size_t i;
	int rc = read_pivots(c);

	for (i = 0; i < c->in->pivot_count && rc == 0; i++) {
		rc = follow_pivot(c, c->pivots[i].list, c->pivots[i].bytes);
		c->last = c->pivots[i].list;
	}
	return rc;
}

/* ---- the list of lists itself ---- */

static int
names_uri(const struct trust_list *list, const char *uri)
{
	size_t i;

	for (i = 0; i < list->information_uris.count; i++)
		if (strcmp(list->information_uris.items[i], uri) == 0)
			return 1;
	return 0;
}

/*
 * The newest pivot may be the list of lists itself: then the signers before it signed it, and those
 * that it names are for the next.
 */
static int
check_own(struct chain *c, struct trust_list **list)
{
	struct trust_list_input in = c->in->list;

	in.signers = c->out->signers;
	if (trust_list_check(&in, list, &c->out->list, c->err) != 0)
		return -1;
	if (*list == NULL)
		return 1;
	if (c->last != NULL && c->last->sequence >= (*list)->sequence)
		return refuse(c, TRUST_LIST_OLD,
		    "the list of lists has the sequence number %llu, and its pivot %llu",
		    (unsigned long long)(*list)->sequence, (unsigned long long)c->last->sequence);
	if (c->in->announcement != NULL && !names_uri(*list, c->in->announcement))
		c->out->announcement_changed = 1;
	return buf_printf(&c->out->reasons, c->err, "%s%s\n", c->out->list.text,
	    c->out->announcement_changed
		? "; it names another announcement of its signers than the pinned one"
		: "");
}

/* Pivots that are the list itself, byte for byte, hand nothing on to it. */
static size_t
without_itself(const struct trust_lotl_input *in, struct span *pivots)
{
	size_t i, n = 0;

	for (i = 0; i < in->pivot_count && n < TRUST_PIVOTS_MAX + 1; i++)
		if (!span_equal(in->pivots[i], in->list.bytes))
			pivots[n++] = in->pivots[i];
	return n;
}

static STACK_OF(X509) * copy_signers(const STACK_OF(X509) * from)
{
	return from != NULL ? X509_chain_up_ref((STACK_OF(X509) *)from) : sk_X509_new_null();
}

int
trust_lotl_check(const struct trust_lotl_input *in, struct trust_list **list,
    struct trust_lotl_result *result, struct error *err)
{
	struct span pivots[TRUST_PIVOTS_MAX + 1];
	struct trust_lotl_input own_in = *in;
	struct error own = ERROR_INIT;
	struct chain c = { &own_in, result, NULL, NULL, err != NULL ? err : &own };
	size_t i;
	int rc;

	*list = NULL;
	memset(result, 0, sizeof(*result));
	own_in.pivot_count = without_itself(in, pivots);
	own_in.pivots = pivots;
	result->signers = copy_signers(in->list.signers);
	if (result->signers == NULL)
		return error_memory(err);
	rc = buf_printf(
	    &result->reasons, c.err, "%d signers are pinned\n", sk_X509_num(result->signers));
	if (rc == 0)
		rc = follow_pivots(&c);
	if (rc == 0)
		rc = check_own(&c, list);
	if (rc != 0) {
		trust_list_free(*list);
		*list = NULL;
	}
	for (i = 0; i < own_in.pivot_count && c.pivots != NULL; i++)
		trust_list_free(c.pivots[i].list);
	free(c.pivots);
	return rc < 0 ? -1 : 0;
}

void
trust_lotl_result_release(struct trust_lotl_result *result)
{
	trust_list_result_release(&result->list);
	sk_X509_pop_free(result->signers, X509_free);
	result->signers = NULL;
	buf_release(&result->reasons);
}
