/*
 * signing/x509/ocsp.h: OCSP (RFC 6960, RFC 9654): requests made, answers read, and whether a
 * responder may speak for a certificate. Pure: somebody else sends and receives.
 */
#ifndef SIGNET_SIGNING_X509_OCSP_H
#define SIGNET_SIGNING_X509_OCSP_H

#include <openssl/x509.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "signing/core/alg.h"
#include "signing/x509/crl.h"

#define OCSP_BYTES_MAX	 ((size_t)1 << 20)
#define OCSP_SINGLES_MAX 1000
#define OCSP_CERTS_MAX	 20
#define OCSP_NONCE_MAX	 128 /* RFC 9654 section 2.1 */
#define OCSP_NONCE_SIZE	 32  /* what RFC 9654 asks of clients */

/* ---- requests ---- */

struct ocsp_request {
	X509 *cert, *issuer; /* stay the caller's */
	enum digest digest;  /* of the CertID; DIGEST_NONE = SHA-1, which every responder knows */
	struct span nonce;   /* random bytes, 1 to OCSP_NONCE_MAX; SPAN_NONE = no nonce */
};
/* Append the DER of an unsigned request. ERROR_UNSUPPORTED for a digest that cannot be had. */
int ocsp_request_write(const struct ocsp_request *request, struct buf *out, struct error *err);

/* ---- answers ---- */

struct ocsp_response;

enum ocsp_status { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };

/* One SingleResponse. */
struct ocsp_single {
	enum digest digest; /* of the CertID; DIGEST_NONE: not known here, matches nothing */
	struct span name_hash, key_hash;
	struct crl_number serial; /* len 0: matches nothing */
	enum ocsp_status status;
	int64_t revoked_at;
	int reason;	       /* enum crl_reason */
	int64_t invalid_since; /* invalidityDate; 0 = not said */
	int64_t this_update;
	int64_t next_update;	/* 0 = not said: newer information is always there */
	int64_t archive_cutoff; /* 0 = not said */
	/* certHash (ISIS-MTT, Common PKI): the responder knows this very certificate. */
	enum digest cert_digest; /* DIGEST_NONE with cert_hash.len > 0: not known here */
	struct span cert_hash;	 /* len 0 = absent */
	char unusable[160];	 /* a critical extension that is not known here; or "" */
};

/* Everything is owned by the answer. */
struct ocsp_facts {
	int64_t produced_at;
	const X509_NAME *responder_name; /* one of these two, the other is NULL or empty */
	struct span responder_key;	 /* SHA-1 of the key */
	char responder_text[512];
	STACK_OF(X509) * certificates; /* as sent along; never NULL */
	struct span nonce;	       /* len 0 = absent */
	X509_ALGOR *algorithm;
	struct sig_alg sig_alg;
	int sig_alg_known;
	unsigned char sha256[32]; /* of the whole answer */
	const struct ocsp_single *singles;
	size_t single_count;
	char unusable[160]; /* a critical extension that is not known here; or "" */
};

/*
 * Read an answer: a whole OCSPResponse, or the BasicOCSPResponse that CMS and PDF signatures embed.
 * `der` is copied. On 0 *response is the caller's for ocsp_response_free(); on -1 it is NULL and
 * err->kind is
 *   ERROR_MALFORMED    not OCSP, or against its syntax
 *   ERROR_UNAVAILABLE  the responder answered tryLater or internalError
 *   ERROR_NOT_FOUND    ... malformedRequest, sigRequired, unauthorized
 *   ERROR_TOO_LARGE, ERROR_LIMIT
 */
int ocsp_response_read(struct ocsp_response **response, struct span der, struct error *err);
void ocsp_response_free(struct ocsp_response *response);
const struct ocsp_facts *ocsp_facts(const struct ocsp_response *response);

/* 1 good, 0 bad, -1 (err) could not be tried with this key. */
int ocsp_verify(const struct ocsp_response *response, EVP_PKEY *key, struct error *err);
/* Does the responder's name or key hash in the answer stand for this certificate? */
int ocsp_responder_is(const struct ocsp_facts *facts, const X509 *cert);
/*
 * The answer for a certificate of this issuer: NULL when there is none; of several the worst
 * (revoked, unknown, good; of equal ones the newest).
 */
const struct ocsp_single *ocsp_find(
    const struct ocsp_facts *facts, const X509 *cert, const X509 *issuer);
/*
 * RFC 9654: 1 when the answer repeats the nonce of the request, 0 when it has none (the responder
 * sends answers made beforehand), -1 when it has another: not to be used.
 */
int ocsp_nonce_matches(const struct ocsp_facts *facts, struct span nonce);

#endif
