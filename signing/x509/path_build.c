/* Ways from a certificate to the anchors: depth first, likeliest issuers first, without loops. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/x509/cert.h"
#include "signing/x509/path_parts.h"

static void
note_signature(struct path_signatures *s, X509 *cert, X509 *issuer, int good)
{
	s->items[s->count].cert = cert;
	s->items[s->count].issuer = issuer;
	s->items[s->count++].good = good;
}

int
path_signature_good(struct path_signatures *s, X509 *cert, X509 *issuer)
{
	EVP_PKEY *key;
	size_t i;
	int good;

	for (i = 0; i < s->count; i++)
		if (s->items[i].cert == cert && s->items[i].issuer == issuer)
			return s->items[i].good;
	if (s->count == PATH_STEPS_MAX) {
		s->limit_met = 1;
		return 0;
	}
	key = X509_get0_pubkey(issuer);
	good = key != NULL && work_spend_check(s->work, key) && key_is_sound(key) &&
	       X509_verify(cert, key) == 1;
	ERR_clear_error();
	note_signature(s, cert, issuer, good);
	return good;
}

void
path_signature_known(struct path_signatures *s, X509 *cert, X509 *issuer)
{
	note_signature(s, cert, issuer, 1);
}

int
path_same_entity(const X509 *a, const X509 *b)
{
	EVP_PKEY *x = X509_get0_pubkey(a), *y = X509_get0_pubkey(b);

	if (X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(b)) != 0)
		return 0;
	if (x == NULL || y == NULL)
		return X509_cmp(a, b) == 0;
	return EVP_PKEY_eq(x, y) == 1;
}

struct builder {
	const struct path_input *in;
	struct path_signatures *signatures;
	path_each *each;
	void *ctx;
	STACK_OF(X509) * chain;	  /* the way that is being walked; borrows */
	STACK_OF(X509) * longest; /* that ends at no anchor */
	STACK_OF(X509) * found;	  /* anchors of in->trust that were looked up; references */
	size_t candidates, steps, length_max;
	int limit_met;
};

/* A certificate that may be the issuer of the chain's last. */
struct edge {
	X509 *cert;
	int rank;
};

static int
in_time(const X509 *cert, int64_t time)
{
	int ok1, ok2;
	int64_t from = asn1_time_seconds(X509_get0_notBefore(cert), &ok1);
	int64_t to = asn1_time_seconds(X509_get0_notAfter(cert), &ok2);

	return ok1 && ok2 && time >= from && time <= to;
}

/* Walking through an entity twice leads nowhere that the first time did not. */
static int
is_on_chain(const struct builder *b, const X509 *cert)
{
	int i;

	if (!work_spend(b->in->work, 1))
		return 1;
	for (i = 0; i < sk_X509_num(b->chain); i++)
		if (path_same_entity(sk_X509_value(b->chain, i), cert))
			return 1;
	return 0;
}

/* Names that are compared in a microsecond. */
#define NAMES_PER_UNIT 10

#define EDGE_SIGNED 8 /* its key made the signature */
#define EDGE_ANCHOR 4
#define EDGE_KEY_ID 2 /* key identifiers fit, or there are none */
#define EDGE_TIME   1

static int
rank_of(struct builder *b, X509 *cert, X509 *issuer, const AUTHORITY_KEYID *aki, int is_anchor)
{
	int rank = is_anchor ? EDGE_ANCHOR : 0;

	if (X509_check_akid(issuer, aki) == X509_V_OK)
		rank |= EDGE_KEY_ID;
	if (in_time(issuer, b->in->time))
		rank |= EDGE_TIME;
	if (path_signature_good(b->signatures, cert, issuer))
		rank |= EDGE_SIGNED;
	return rank;
}

static int
has_edge(const struct edge *edges, size_t count, const X509 *cert)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (X509_cmp(edges[i].cert, cert) == 0)
			return 1;
	return 0;
}

/* The pool's certificates that bear the issuer's name. */
static size_t
add_edges(struct builder *b, X509 *cert, const AUTHORITY_KEYID *aki, STACK_OF(X509) * pool,
    int are_anchors, struct edge *edges, size_t count)
{
	const X509_NAME *name = X509_get_issuer_name(cert);
	X509 *issuer;
	int i;

	if (pool == NULL ||
	    !work_spend(b->in->work, 1 + (uint64_t)sk_X509_num(pool) / NAMES_PER_UNIT))
		return count;
	for (i = 0; i < sk_X509_num(pool); i++) {
		issuer = sk_X509_value(pool, i);
		if (X509_NAME_cmp(X509_get_subject_name(issuer), name) != 0 ||
		    has_edge(edges, count, issuer) || is_on_chain(b, issuer))
			continue;
		if (b->steps++ >= PATH_STEPS_MAX || count == PATH_STEPS_MAX) {
			b->limit_met = 1;
			break;
		}
		edges[count].cert = issuer;
		edges[count++].rank = rank_of(b, cert, issuer, aki, are_anchors);
	}
	return count;
}

/* The anchors of in->trust with this subject, looked up once each. */
static int
look_up(struct builder *b, const X509_NAME *subject, struct error *err)
{
	int i;

	if (b->in->trust.find == NULL)
		return 0;
	for (i = 0; i < sk_X509_num(b->found); i++)
		if (X509_NAME_cmp(X509_get_subject_name(sk_X509_value(b->found, i)), subject) == 0)
			return 0;
	return b->in->trust.find(&b->in->trust, subject, b->found, err);
}

static int
by_rank(const void *a, const void *b)
{
	return ((const struct edge *)b)->rank - ((const struct edge *)a)->rank;
}

/* Its own key made its signature: whoever else bears the name has nothing to do with it. */
static int
is_self_signed(struct builder *b, X509 *cert)
{
	return X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0 &&
	       path_signature_good(b->signatures, cert, cert);
}

/* Does more than a name that several bear say that this key should have made the signature? */
static int
is_meant(const struct edge *likeliest, size_t count, const AUTHORITY_KEYID *aki)
{
	int says_key = aki != NULL && (aki->keyid != NULL || aki->serial != NULL);

	return (likeliest->rank & EDGE_KEY_ID) && (says_key || count == 1);
}

/*
 * Who may have issued it, likeliest first. Only those whose key made the signature; where nobody's
 * did, the one that is meant, so that the broken signature is told of. Nobody stands above an
 * anchor or a self-signed certificate but those who signed it: the namesakes that a CA leaves
 * behind when it takes a new key would else be walked through in every order.
 */
static size_t
find_edges(struct builder *b, X509 *cert, int is_anchor, struct edge *edges)
{
	AUTHORITY_KEYID *aki = X509_get_ext_d2i(cert, NID_authority_key_identifier, NULL, NULL);
	size_t count = add_edges(b, cert, aki, b->in->anchors, 1, edges, 0), n;

	count = add_edges(b, cert, aki, b->found, 1, edges, count);
	count = add_edges(b, cert, aki, b->in->untrusted, 0, edges, count);
	qsort(edges, count, sizeof(*edges), by_rank);
	for (n = 0; n < count && (edges[n].rank & EDGE_SIGNED); n++)
		continue;
	if (n == 0 && count > 0 && !is_anchor && is_meant(&edges[0], count, aki) &&
	    !is_self_signed(b, cert))
		n = 1;
	AUTHORITY_KEYID_free(aki);
	return n;
}

static int
keep_longest(struct builder *b, struct error *err)
{
	if (sk_X509_num(b->chain) <= sk_X509_num(b->longest))
		return 0;
	sk_X509_free(b->longest);
	b->longest = sk_X509_dup(b->chain);
	return b->longest != NULL ? 0 : error_memory(err);
}

static int walk(struct builder *b, int is_anchor, struct error *err);

static int
walk_edges(struct builder *b, const struct edge *edges, size_t count, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < count && !b->limit_met; i++) {
		if (sk_X509_push(b->chain, edges[i].cert) <= 0)
			return error_memory(err);
		rc = walk(b, edges[i].rank & EDGE_ANCHOR, err);
		sk_X509_pop(b->chain);
	}
	return rc;
}

/* From the chain's last upwards: 1 stop, 0 go on, -1 failure. */
static int
walk(struct builder *b, int is_anchor, struct error *err)
{
	int length = sk_X509_num(b->chain), rc = 0;
	X509 *last = sk_X509_value(b->chain, length - 1);
	struct edge *edges;
	size_t count;

	if (is_anchor) {
		b->candidates++;
		rc = b->each(b->ctx, b->chain, 1, err);
		if (rc == 0 && b->candidates >= PATH_CANDIDATES_MAX)
			b->limit_met = 1;
	}
	if (rc != 0 || b->limit_met)
		return rc;
	if ((size_t)length >= b->length_max)
		return keep_longest(b, err);
	if (look_up(b, X509_get_issuer_name(last), err) != 0)
		return -1;
	edges = calloc(PATH_STEPS_MAX, sizeof(*edges));
	if (edges == NULL)
		return error_memory(err);
	count = find_edges(b, last, is_anchor, edges);
	rc = count > 0 ? walk_edges(b, edges, count, err) : keep_longest(b, err);
	free(edges);
	return rc;
}

int
path_build(const struct path_input *in, struct path_signatures *signatures, path_each *each,
    void *ctx, size_t *candidates, int *limit_met, struct error *err)
{
	struct builder b = { .in = in, .signatures = signatures, .each = each, .ctx = ctx };
	int is_anchor, rc = -1;

	b.length_max = in->length_max != 0 ? in->length_max : PATH_LENGTH_MAX;
	b.chain = sk_X509_new_null();
	b.longest = sk_X509_new_null();
	b.found = sk_X509_new_null();
	if (b.chain == NULL || b.longest == NULL || b.found == NULL ||
	    sk_X509_push(b.chain, in->cert) <= 0) {
		error_memory(err);
		goto done;
	}
	if (look_up(&b, X509_get_subject_name(in->cert), err) != 0)
		goto done;
	is_anchor = certs_hold(in->anchors, in->cert) || certs_hold(b.found, in->cert);
	rc = walk(&b, is_anchor && !in->leaf_is_no_anchor, err);
	if (rc == 0 && b.candidates == 0 && sk_X509_num(b.longest) == 0)
		rc = keep_longest(&b, err);
	if (rc == 0 && b.candidates == 0)
		rc = each(ctx, b.longest, 0, err);
	*candidates = b.candidates;
	*limit_met = b.limit_met || signatures->limit_met;
	rc = rc < 0 ? -1 : 0;
done:
	sk_X509_free(b.chain);
	sk_X509_free(b.longest);
	sk_X509_pop_free(b.found, X509_free);
	return rc;
}
