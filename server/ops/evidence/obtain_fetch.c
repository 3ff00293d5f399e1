/* One fetch: the question, the answer, and whether it is what was asked for. */
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "server/fetch/fetch.h"
#include "server/ops/evidence/obtain.h"
#include "signing/core/digests.h"
#include "signing/x509/cert.h"

#define REDIRECTS 3

static const struct {
	const char *accept;
	size_t max;
} kinds[PIECE_KINDS] = {
	[PIECE_CRL] = { "application/pkix-crl, */*", CRL_BYTES_MAX },
	[PIECE_OCSP] = { "application/ocsp-response", OCSP_BYTES_MAX },
	[PIECE_ISSUERS] = { "application/pkix-cert, application/pkcs7-mime, */*", 256 << 10 },
};

/* The question without a nonce, by which the answer is known again. */
static int
question(const struct obtain_want *want, struct span nonce, struct buf *out, struct error *err)
{
	const struct ocsp_request request = {
		.cert = want->cert, .issuer = want->issuer, .nonce = nonce
	};

	return ocsp_request_write(&request, out, err);
}

/* By name and key, which is all that tells whether something is proven. */
static int
add_issuer(struct buf *out, const X509 *issuer, struct error *err)
{
	unsigned char *name = NULL, *key = NULL;
	int name_len = i2d_X509_NAME(X509_get_subject_name(issuer), &name);
	int key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(issuer), &key);
	int rc = -1;

	if (name_len <= 0 || key_len <= 0)
		error_memory(err);
	else if (buf_append(out, name, (size_t)name_len, err) == 0)
		rc = buf_append(out, key, (size_t)key_len, err);
	OPENSSL_free(name);
	OPENSSL_free(key);
	return rc;
}

int
obtain_key(const struct obtain_want *want, unsigned char key[STORE_SHA256], struct error *err)
{
	struct buf all = BUF_INIT(0);
	int rc = buf_printf(&all, err, "%s\n%s\n", piece_kind_name(want->kind), want->url);

	if (rc == 0 && want->kind != PIECE_ISSUERS && want->issuer != NULL)
		rc = add_issuer(&all, want->issuer, err);
	if (rc == 0 && want->kind == PIECE_OCSP)
		rc = question(want, SPAN_NONE, &all, err);
	if (rc == 0)
		rc = digest_span(DIGEST_SHA256, SPAN_OF(&all), key, err);
	buf_release(&all);
	return rc;
}

/* ---- asking ---- */

struct asking {
	const struct obtain_want *want;
	const struct obtain_terms *terms;
	int64_t now;
	unsigned char nonce[OCSP_NONCE_SIZE];
	struct buf body;
	struct fetch_answer answer;
	struct fetched_piece *out;
};

static unsigned int
milliseconds(const struct obtain_terms *terms)
{
	int64_t most = (int64_t)terms->limits->seconds * 1000;
	int64_t left = (terms->until_us - clock_monotonic_us()) / 1000;

	return (unsigned int)(left < 1 ? 1 : left < most ? left : most);
}

/* What a failure of the transport is behind the URL, in words of ours. */
static void
say_transport(struct asking *a, const struct error *why)
{
	char *out = a->out->why;
	size_t size = sizeof(a->out->why);

	if (why->kind == ERROR_TOO_LARGE)
		snprintf(out, size, "answered with more than %llu bytes",
		    (unsigned long long)why->allowed);
	else
		snprintf(out, size, "did not answer: %.280s", why->text);
}

/* libcurl counts in milliseconds, and is a little early at times. */
static int
is_over(int64_t began_us, unsigned int ms)
{
	return clock_monotonic_us() - began_us >= (int64_t)ms * 1000 - 20000;
}

/* 0 with a body, or with `why`; -1. */
static int
ask(struct asking *a, struct error *err)
{
	const struct obtain_terms *terms = a->terms;
	enum piece_kind kind = a->want->kind;
	size_t max = kinds[kind].max < terms->max_bytes ? kinds[kind].max : terms->max_bytes;
	struct fetch_request request = { .url = a->want->url,
		.accept = kinds[kind].accept,
		.total_ms = milliseconds(terms),
		.max_answer = max,
		.guard = &terms->limits->guard,
		.redirects = REDIRECTS,
		.may_use_ldap = kind != PIECE_OCSP };
	const uint64_t usual =
	    kinds[kind].max < terms->limits->bytes ? kinds[kind].max : terms->limits->bytes;
	const int64_t began = clock_monotonic_us();
	struct error why = ERROR_INIT;

	request.connect_ms = terms->limits->connect_ms < request.total_ms
				 ? terms->limits->connect_ms
				 : request.total_ms;
	if (kind == PIECE_OCSP) {
		if (RAND_bytes(a->nonce, sizeof(a->nonce)) != 1)
			return error_set(err, ERROR_INTERNAL, "there are no random numbers");
		if (question(a->want, (struct span){ a->nonce, sizeof(a->nonce) }, &a->body, err) !=
		    0)
			return -1;
		request.content_type = "application/ocsp-request";
		request.body = SPAN_OF(&a->body);
	}
	if (fetch(&request, &a->answer, &why) != 0) {
		say_transport(a, &why);
		if (why.kind == ERROR_TOO_LARGE) {
			a->out->came = max;
			a->out->is_own_limit = max < usual;
		} else if (why.kind == ERROR_UNAVAILABLE) {
			a->out->is_own_limit = request.total_ms < terms->limits->seconds * 1000 &&
					       is_over(began, request.total_ms);
		}
		return 0;
	}
	a->out->came = a->answer.body.len;
	if (a->answer.status != 200)
		snprintf(a->out->why, sizeof(a->out->why), "answered %d", a->answer.status);
	return 0;
}

/* ---- is it what was asked for? ---- */

static int
is_named(const X509_NAME *name, const X509 *cert)
{
	return X509_NAME_cmp(name, X509_get_subject_name(cert)) == 0;
}

static int
list_is_by(const struct crl *crl, X509 *cert)
{
	EVP_PKEY *key = cert != NULL ? X509_get0_pubkey(cert) : NULL;
	struct error ignored = ERROR_INIT;

	return key != NULL && is_named(crl_facts(crl)->issuer, cert) &&
	       crl_verify(crl, key, &ignored) == 1;
}

static int
is_outdated(const struct asking *a, int64_t next_update)
{
	return next_update != 0 && next_update <= a->now;
}

static void
say_outdated(struct asking *a, const char *what)
{
	char when[TEXT_TIME_SIZE];

	snprintf(a->out->why, sizeof(a->out->why),
	    "answered with an outdated %s: a newer one was due at %s", what,
	    text_time(when, a->out->next_update));
}

static void
check_list(struct asking *a)
{
	const struct crl *crl = a->out->piece->list.crl;
	int i;

	a->out->is_proven = list_is_by(crl, a->want->issuer);
	for (i = 0; !a->out->is_proven && i < sk_X509_num(a->want->signers); i++)
		a->out->is_proven = list_is_by(crl, sk_X509_value(a->want->signers, i));
	a->out->next_update = crl_facts(crl)->next_update;
	a->out->is_current = !is_outdated(a, a->out->next_update);
	if (!a->out->is_current)
		say_outdated(a, "CRL");
	else if (!a->out->is_proven)
		snprintf(a->out->why, sizeof(a->out->why),
		    "answered with a CRL that the certificate's issuer did not sign");
}

static int
answer_is_by(const struct ocsp_response *answer, const X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	struct error ignored = ERROR_INIT;

	return key != NULL && ocsp_responder_is(ocsp_facts(answer), cert) &&
	       ocsp_verify(answer, key, &ignored) == 1;
}

/* RFC 6960 section 4.2.2.2: it does not speak for its issuer because that issued it. */
static int
may_answer(X509 *cert)
{
	return (X509_get_extension_flags(cert) & EXFLAG_XKUSAGE) != 0 &&
	       (X509_get_extended_key_usage(cert) & XKU_OCSP_SIGN) != 0;
}

/* By the issuer, or by one whom it appointed; all else of it is for the verdict. */
static int
answer_is_proven(const struct ocsp_response *answer, X509 *issuer)
{
	STACK_OF(X509) *sent = ocsp_facts(answer)->certificates;
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	int i;

	if (answer_is_by(answer, issuer))
		return 1;
	for (i = 0; key != NULL && i < sk_X509_num(sent); i++)
		if (may_answer(sk_X509_value(sent, i)) &&
		    answer_is_by(answer, sk_X509_value(sent, i)) &&
		    X509_verify(sk_X509_value(sent, i), key) == 1)
			return 1;
	return 0;
}

/* An answer to another question is not even evidence. */
static void
refuse(struct asking *a, const char *why)
{
	snprintf(a->out->why, sizeof(a->out->why), "%s", why);
	piece_drop(a->out->piece);
	a->out->piece = NULL;
}

static void
check_answer(struct asking *a)
{
	const struct ocsp_response *answer = a->out->piece->answer;
	const struct ocsp_facts *facts = ocsp_facts(answer);
	const struct ocsp_single *single = ocsp_find(facts, a->want->cert, a->want->issuer);

	if (single == NULL) {
		refuse(a, "answered about another certificate");
		return;
	}
	if (ocsp_nonce_matches(facts, (struct span){ a->nonce, sizeof(a->nonce) }) < 0) {
		refuse(a, "answered another question: the nonce is not ours");
		return;
	}
	a->out->is_proven = answer_is_proven(answer, a->want->issuer);
	a->out->next_update = single->next_update;
	a->out->is_current = single->status != OCSP_UNKNOWN && !is_outdated(a, single->next_update);
	if (single->status == OCSP_UNKNOWN)
		snprintf(a->out->why, sizeof(a->out->why),
		    "answered that it does not know the certificate");
	else if (!a->out->is_current)
		say_outdated(a, "answer");
	else if (!a->out->is_proven)
		snprintf(a->out->why, sizeof(a->out->why),
		    "answered with a signature by neither the certificate's issuer nor one whom "
		    "it issued");
}

static void
check_certificates(struct asking *a)
{
	STACK_OF(X509) *certs = a->out->piece->certificates;
	X509 *cert = a->want->cert;
	int i;

	a->out->is_current = 1;
	for (i = 0; cert != NULL && !a->out->is_proven && i < sk_X509_num(certs); i++) {
		X509 *issuer = sk_X509_value(certs, i);
		EVP_PKEY *key = X509_get0_pubkey(issuer);

		a->out->is_proven = key != NULL && is_named(X509_get_issuer_name(cert), issuer) &&
				    X509_verify(cert, key) == 1;
	}
	if (cert != NULL && !a->out->is_proven)
		snprintf(a->out->why, sizeof(a->out->why),
		    "answered with certificates that did not issue this one");
}

static void (*const checks[PIECE_KINDS])(struct asking *a) = {
	[PIECE_CRL] = check_list, [PIECE_OCSP] = check_answer, [PIECE_ISSUERS] = check_certificates
};

/* 0 with a piece or `why`, -1. */
static int
take(struct asking *a, struct error *err)
{
	struct error why = ERROR_INIT;

	if (piece_open(&a->out->piece, a->want->kind, SPAN_OF(&a->answer.body), &why) == 0) {
		checks[a->want->kind](a);
		return 0;
	}
	/* A responder's "try later" is no want of memory of ours, but looks like it. */
	if (why.kind == ERROR_INTERNAL)
		return error_cause(err, why.kind, why.text, "%s", why.cause);
	snprintf(a->out->why, sizeof(a->out->why), "answered with what cannot be used: %.260s",
	    why.text);
	return 0;
}

int
obtain_fetch(const struct obtain_want *want, const struct obtain_terms *terms, int64_t now,
    struct fetched_piece *out, struct error *err)
{
	struct asking a = { .want = want, .terms = terms, .now = now, .out = out };
	int rc;

	memset(out, 0, sizeof(*out));
	rc = ask(&a, err);
	if (rc == 0 && out->why[0] == '\0')
		rc = take(&a, err);
	fetch_answer_release(&a.answer);
	buf_release(&a.body);
	return rc;
}
