/*
 * What a verdict lacks, and where it is looked for: for each certificate whose status is not known
 * (signers of evidence among them) OCSP before CRLs, every URL until one gives something; deltas;
 * issuers. What is kept is used before anything is fetched.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/tenant.h"
#include "server/base/clock.h"
#include "server/ops/evidence/gather_parts.h"
#include "server/ops/evidence/patience.h"
#include "server/ops/private.h"
#include "signing/x509/cert.h"

#define URL_MAX	     2000
#define SOURCES_MAX  (4 * CERT_URLS_MAX)
#define AHEAD_MAX    10	    /* signatures, and certificates of one, that are looked at beforehand */
#define TIME_LEFT_US 200000 /* less is not enough to ask anybody */

/* Where the status of one certificate, or its issuer, may be had; likeliest first. */
struct sources {
	struct obtain_want items[SOURCES_MAX];
	size_t count;
};

/* What no header or row of ours should hold is no URL. */
static int
is_plain(const char *url)
{
	size_t i;

	for (i = 0; url[i] != '\0'; i++)
		if (url[i] <= ' ' || url[i] > '~')
			return 0;
	return i > 0 && i <= URL_MAX;
}

static void
add_source(struct sources *s, enum piece_kind kind, const char *url, X509 *cert, X509 *issuer)
{
	if (s->count < SOURCES_MAX && is_plain(url))
		s->items[s->count++] = (struct obtain_want){
			.kind = kind, .url = url, .cert = cert, .issuer = issuer
		};
}

static void
add_urls(
    struct sources *s, enum piece_kind kind, const struct cert_urls *urls, X509 *cert, X509 *issuer)
{
	size_t i;

	for (i = 0; i < urls->count; i++)
		add_source(s, kind, urls->items[i], cert, issuer);
}

/* ---- addresses that an administrator gave with an anchor ---- */

static const struct anchor_row *
anchor_row(const struct material *material, X509 *cert)
{
	const struct tenant *tenant = material->tenant;
	const struct anchor_row *found = NULL;
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);
	size_t i;

	for (i = 0; len > 0 && found == NULL && i < tenant->anchor_count; i++)
		if (span_equal(tenant->anchors[i].certificate, (struct span){ der, (size_t)len }))
			found = &tenant->anchors[i];
	OPENSSL_free(der);
	return found;
}

/* Copies, which `urls` owns: texts in a row have no NUL. */
static int
copy_urls(struct db_array texts, struct cert_urls *urls, struct error *err)
{
	char url[URL_MAX + 1];
	struct span text;

	while (db_array_next(&texts, &text)) {
		if (text.len > URL_MAX)
			continue;
		memcpy(url, text.data, text.len);
		url[text.len] = '\0';
		if (cert_urls_add(urls, url) != 0)
			return error_memory(err);
	}
	return 0;
}

/* ---- one source ---- */

static void
say(struct gather_round *r, const struct obtain_want *want, X509 *cert, const char *why,
    struct error *err)
{
	static const char *const what[PIECE_KINDS] = {
		[PIECE_CRL] = "CRL", [PIECE_OCSP] = "OCSP answer", [PIECE_ISSUERS] = "issuer"
	};
	char text[460], label[80];

	cert_label(cert, label, sizeof(label));
	snprintf(text, sizeof(text), "no %s for the certificate \"%s\": %.150s %.150s",
	    what[want->kind], label, want->url, why);
	gathered_note(r->gathered, cert, text, err);
}

/* May the network be asked? Tells why not where a limit is the reason. */
static int
may_fetch(struct gather_round *r, const struct obtain_want *want, X509 *cert, struct error *err)
{
	const struct fetch_limits *limits = &engine_limits(r->engine)->fetch;

	if (!limits->is_on) {
		say(r, want, cert, "was not asked: this server does not fetch", err);
		return 0;
	}
	if (!r->req->may_wait) {
		r->would_wait = 1;
		return 0;
	}
	if (r->req->fetches >= limits->fetches)
		say(r, want, cert, "was not asked: the request has met limit-fetches", err);
	else if (r->req->fetched_bytes >= limits->bytes)
		say(r, want, cert, "was not asked: the request has met limit-fetch-bytes", err);
	else if (r->req->until_us - clock_monotonic_us() < TIME_LEFT_US)
		say(r, want, cert, "was not asked: the time of the request is over", err);
	else if (!patience_has(r->req->patience, want->url))
		say(r, want, cert, "was not asked: its server did not answer a moment ago", err);
	else
		return 1;
	return 0;
}

static struct obtain_terms
terms_of(const struct gather_round *r, int fetches)
{
	const struct fetch_limits *limits = &engine_limits(r->engine)->fetch;

	return (struct obtain_terms){ .limits = limits,
		.may_fetch = fetches,
		.since_us = r->req->evidence_since_us,
		.until_us = r->req->until_us,
		.max_bytes = limits->bytes > r->req->fetched_bytes
				 ? (size_t)(limits->bytes - r->req->fetched_bytes)
				 : 1 };
}

/*
 * `cert` is whom it is told of. 1: something new, 0: not, -1. *fell_back: it is from before, though
 * something newer is wanted.
 */
static int
try_source(struct gather_round *r, const struct obtain_want *want, X509 *cert, int fetches,
    int is_stale, int *fell_back, struct error *err)
{
	struct obtain_terms terms = terms_of(r, fetches);
	unsigned char key[STORE_SHA256];
	struct gathered_item *item;
	struct obtained got;

	*fell_back = 0;
	if (obtain_key(want, key, err) != 0)
		return -1;
	item = gathered_item(r->gathered, key);
	if (item != NULL && !(fetches && is_stale && item->was_kept))
		return 0;
	if (fetches && !may_fetch(r, want, cert, err)) {
		if (terms.since_us == 0 || item != NULL)
			return 0;
		/* Nothing newer is to be had: what is kept is better than nothing. */
		terms.since_us = 0;
		terms.may_fetch = fetches = 0;
		*fell_back = 1;
	}
	if (item != NULL) {
		item->was_kept = 0;
		terms.is_renewal = 1;
	}
	if (obtain(r->engine->depot, want, &terms, &got, err) != 0)
		return -1;
	if (got.outcome == OBTAIN_NOT_KEPT)
		return 0;
	if (fetches && got.outcome != OBTAIN_HAD) {
		r->req->fetches++;
		r->req->fetched_bytes += got.came;
	}
	if (fetches)
		patience_note(
		    r->req->patience, want->url, got.outcome != OBTAIN_FAILED || got.came > 0);
	if (got.why[0] != '\0')
		say(r, want, cert, got.why, err);
	*fell_back |= got.outcome == OBTAIN_FAILED && terms.since_us != 0;
	return gathered_take(r->gathered, want, key, &got, err);
}

/*
 * Until one gives something new; all of them where nothing is fetched. 1: there is something new,
 * and it is as new as is wanted.
 */
static int
try_sources(struct gather_round *r, const struct sources *s, X509 *cert, int fetches, int is_stale,
    struct error *err)
{
	size_t i;
	int rc, fell_back, is_new = 0, is_settled = 0;

	for (i = 0; i < s->count; i++) {
		rc = try_source(r, &s->items[i], cert, fetches, is_stale, &fell_back, err);
		if (rc < 0)
			return -1;
		is_new |= rc;
		is_settled |= rc == 1 && !fell_back;
		if (is_settled && fetches)
			break;
	}
	r->is_new |= is_new;
	return is_settled;
}

/* What is kept first; where that is nothing new and it matters, what the network has. */
static int
seek(struct gather_round *r, const struct sources *s, X509 *cert, int matters, int is_stale,
    struct error *err)
{
	int rc = try_sources(r, s, cert, 0, is_stale, err);

	if (rc == 0 && matters)
		rc = try_sources(r, s, cert, 1, is_stale, err);
	return rc < 0 ? -1 : 0;
}

/* ---- what is lacking ---- */

static int
seek_issuers(struct gather_round *r, X509 *cert, int is_of_list, const struct cert_urls *urls,
    struct error *err)
{
	struct sources s = { .count = 0 };

	add_urls(&s, PIECE_ISSUERS, urls, is_of_list ? NULL : cert, NULL);
	return seek(r, &s, cert, 1, 0, err);
}

/* Is what decided something that we got? Then there is nothing newer to look for. */
static int
is_ours(const struct gathered *g, const struct revocation_result *status)
{
	size_t i, j;

	for (i = 0; i < status->proof.used_count; i++)
		for (j = 0; j < g->item_count; j++)
			if (g->items[j].piece != NULL &&
			    memcmp(g->items[j].piece->sha256, status->proof.used[i].sha256,
				STORE_SHA256) == 0)
				return 1;
	return 0;
}

/* One certificate: OCSP, then CRLs; the anchor's own addresses behind the certificate's. */
static int
seek_status(struct gather_round *r, const struct revocation_need *need,
    const struct anchor_row *anchor, int matters, int is_stale, struct error *err)
{
	struct cert_urls crls = { .count = 0 }, answers = { .count = 0 };
	struct error unreadable = ERROR_INIT;
	struct sources s = { .count = 0 };
	struct cert_facts facts;
	int rc = 0;

	if (cert_facts_read(&facts, need->cert, &unreadable) != 0)
		return 0;
	if (anchor != NULL && (copy_urls(anchor->crl_urls, &crls, err) != 0 ||
				  copy_urls(anchor->ocsp_urls, &answers, err) != 0))
		rc = -1;
	add_urls(&s, PIECE_OCSP, &facts.ocsp, need->cert, need->issuer);
	add_urls(&s, PIECE_OCSP, &answers, need->cert, need->issuer);
	add_urls(&s, PIECE_CRL, &facts.crl, need->cert, need->issuer);
	add_urls(&s, PIECE_CRL, &crls, need->cert, need->issuer);
	if (rc == 0)
		rc = seek(r, &s, need->cert, matters, is_stale, err);
	cert_urls_release(&crls);
	cert_urls_release(&answers);
	cert_facts_release(&facts);
	return rc;
}

static int
seek_deltas(struct gather_round *r, const struct revocation_result *status,
    const struct revocation_need *need, struct error *err)
{
	struct sources s = { .count = 0 };

	add_urls(&s, PIECE_CRL, &status->delta_urls, need->cert, need->issuer);
	return seek(r, &s, need->cert, 1, 0, err);
}

static int
gather_for_certificate(
    struct gather_round *r, const struct path_result *path, size_t i, struct error *err)
{
	const struct revocation_result *status = &path->certificates[i].revocation;
	int unknown = status->status == REVOCATION_UNKNOWN, matters;
	const struct anchor_row *anchor = NULL;
	size_t n;

	/* Known for good; or not judged, as behind a path that leads nowhere. */
	if (status->status == REVOCATION_REVOKED || status->need_count == 0)
		return 0;
	matters = unknown || status->status == REVOCATION_ON_HOLD || status->is_stale;
	if (i + 1 < path->certificate_count && path->certificates[i + 1].is_anchor)
		anchor = anchor_row(r->material, path->certificates[i + 1].cert);
	if ((matters || !is_ours(r->gathered, status)) &&
	    seek_status(r, &status->needs[0], anchor, matters, status->is_stale, err) != 0)
		return -1;
	for (n = 1; unknown && n < status->need_count; n++)
		if (seek_status(r, &status->needs[n], NULL, 1, 0, err) != 0)
			return -1;
	if (unknown && seek_issuers(r, status->needs[0].cert, 1, &status->issuer_urls, err) != 0)
		return -1;
	if (status->status == REVOCATION_GOOD && status->kind == REVOCATION_BY_CRL &&
	    !status->has_delta)
		return seek_deltas(r, status, &status->needs[0], err);
	return 0;
}

int
gather_ends_badly(const struct path_result *path)
{
	size_t i;

	for (i = 0; !path->ok && i < path->problem_count; i++)
		if (path->problems[i].sub == SUB_NO_CERTIFICATE_CHAIN_FOUND ||
		    path->problems[i].sub == SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE ||
		    path->problems[i].depth == (int)path->certificate_count - 1)
			return 1;
	return 0;
}

/* Other certificates of the CAs of such a path, which may lead to another anchor. */
static int
seek_other_ways(struct gather_round *r, const struct path_result *path, struct error *err)
{
	struct error unreadable = ERROR_INIT;
	struct cert_facts facts;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i + 1 < path->certificate_count; i++) {
		if (cert_facts_read(&facts, path->certificates[i].cert, &unreadable) != 0)
			continue;
		rc = seek_issuers(r, path->certificates[i].cert, 0, &facts.issuers, err);
		cert_facts_release(&facts);
	}
	return rc;
}

int
gather_for_path(struct gather_round *r, const struct path_result *path, struct error *err)
{
	size_t i;

	if (path->certificate_count == 0)
		return 0;
	if (path->anchor != NULL && gather_ends_badly(path) && seek_other_ways(r, path, err) != 0)
		return -1;
	if (path->anchor == NULL)
		return seek_issuers(r, path->certificates[path->certificate_count - 1].cert, 0,
		    &path->wanted_issuers, err);
	for (i = 0; i < path->certificate_count; i++)
		if (path->certificates[i].needs_revocation &&
		    gather_for_certificate(r, path, i, err) != 0)
			return -1;
	return 0;
}

int
gather_has_source(
    const struct material *material, const struct path_result *path, size_t i, struct error *err)
{
	const struct path_certificate *pc = &path->certificates[i];
	const struct anchor_row *anchor = NULL;
	struct cert_facts facts;
	int has;

	if (cert_facts_read(&facts, pc->cert, err) != 0)
		return -1;
	if (i + 1 < path->certificate_count && path->certificates[i + 1].is_anchor)
		anchor = anchor_row(material, path->certificates[i + 1].cert);
	has = facts.crl.count > 0 || facts.ocsp.count > 0 ||
	      (anchor != NULL && (anchor->crl_urls.left > 0 || anchor->ocsp_urls.left > 0));
	cert_facts_release(&facts);
	return has;
}

/* ---- ahead ---- */

static X509 *
issuer_among(STACK_OF(X509) * pool, const X509 *cert)
{
	int i;

	for (i = 0; i < sk_X509_num(pool); i++)
		if (X509_NAME_cmp(X509_get_subject_name(sk_X509_value(pool, i)),
			X509_get_issuer_name(cert)) == 0)
			return sk_X509_value(pool, i);
	return NULL;
}

/* A reference, or NULL: likely the issuer, which is enough for a look into memory. */
static X509 *
likely_issuer(const X509 *cert, STACK_OF(X509) * beside, const struct path_trust *trust)
{
	STACK_OF(X509) *trusted = sk_X509_new_null();
	X509 *issuer = issuer_among(beside, cert);
	struct error ignored = ERROR_INIT;

	if (issuer == NULL && trusted != NULL && trust->find != NULL &&
	    trust->find(trust, X509_get_issuer_name(cert), trusted, &ignored) == 0)
		issuer = issuer_among(trusted, cert);
	if (issuer != NULL && X509_up_ref(issuer) != 1)
		issuer = NULL;
	sk_X509_pop_free(trusted, X509_free);
	return issuer;
}

static int
recall_source(struct gather_round *r, const struct obtain_want *want, struct error *err)
{
	struct obtain_terms terms = terms_of(r, 0);
	unsigned char key[STORE_SHA256];
	struct obtained got;

	terms.only_memory = 1;
	if (obtain_key(want, key, err) != 0)
		return -1;
	if (gathered_item(r->gathered, key) != NULL)
		return 0;
	if (obtain(r->engine->depot, want, &terms, &got, err) != 0)
		return -1;
	if (got.outcome != OBTAIN_HAD)
		return 0;
	return gathered_take(r->gathered, want, key, &got, err) < 0 ? -1 : 0;
}

static int
recall_for(struct gather_round *r, X509 *cert, STACK_OF(X509) * beside,
    const struct path_trust *trust, struct error *err)
{
	X509 *issuer = likely_issuer(cert, beside, trust);
	struct error unreadable = ERROR_INIT;
	struct sources s = { .count = 0 };
	struct cert_facts facts;
	size_t i;
	int rc = 0;

	if (issuer == NULL || cert_facts_read(&facts, cert, &unreadable) != 0) {
		X509_free(issuer);
		return 0;
	}
	add_urls(&s, PIECE_OCSP, &facts.ocsp, cert, issuer);
	add_urls(&s, PIECE_CRL, &facts.crl, cert, issuer);
	for (i = 0; rc == 0 && i < s.count; i++)
		rc = recall_source(r, &s.items[i], err);
	cert_facts_release(&facts);
	X509_free(issuer);
	return rc;
}

int
gather_ahead(struct gather_round *r, const struct signatures *signatures,
    const struct path_trust *trust, struct error *err)
{
	X509 *last = NULL;
	size_t i;
	int n;

	for (i = 0; i < signatures->count && i < AHEAD_MAX; i++) {
		const struct signature *sig = &signatures->items[i];

		if (sig->signer == NULL || (last != NULL && X509_cmp(last, sig->signer) == 0))
			continue;
		last = sig->signer;
		if (recall_for(r, last, sig->certificates, trust, err) != 0)
			return -1;
		for (n = 0; n < sk_X509_num(sig->certificates) && n < AHEAD_MAX; n++) {
			X509 *cert = sk_X509_value(sig->certificates, n);

			if (X509_cmp(cert, last) != 0 &&
			    recall_for(r, cert, sig->certificates, trust, err) != 0)
				return -1;
		}
	}
	return 0;
}
