/*
 * signing/proof/tsp.h: time stamps, RFC 3161 (updated by RFC 5816) and EN 319 422, as a client and
 * a verifier needs them. Nothing is sent and no path is built: an authority's certificate is found,
 * its key usage is checked, whether it is trusted is decided elsewhere.
 */
#ifndef SIGNET_SIGNING_PROOF_TSP_H
#define SIGNET_SIGNING_PROOF_TSP_H

#include <openssl/x509.h>

#include "signing/core/alg.h"
#include "signing/core/digests.h"
#include "signing/format/signature.h"

#define TSP_NONCE_MAX 32
/* MIME types of RFC 3161 section 3.4. */
#define TSP_QUERY_TYPE "application/timestamp-query"
#define TSP_REPLY_TYPE "application/timestamp-reply"

struct tsp_request {
	enum digest digest;
	unsigned char imprint[DIGEST_SIZE_MAX];
	unsigned char
	    nonce[TSP_NONCE_MAX]; /* unpredictable bytes; the first one's top bit is cut */
	size_t nonce_len;	  /* 0: no nonce */
	const char *policy;	  /* OID that is asked for, or NULL for any */
	int cert_req;		  /* 1 = the token shall hold the authority's certificate */
};

/* Append the DER of a TimeStampReq. ERROR_MALFORMED for a policy that is not an OID. */
int tsp_request_make(struct buf *der, const struct tsp_request *request, struct error *err);

/* A token as it was read. All strings are empty where absent. */
struct timestamp_token {
	int64_t gen_time;	  /* seconds since 1970 */
	unsigned int gen_time_us; /* and microseconds */
	int64_t accuracy_us;	  /* -1: not said */
	int ordering;
	char serial[64]; /* decimal, cut when longer than RFC 3161's 160 bits */
	char policy[128];
	char tsa[256]; /* the tsa field, RFC 2253 form */
	struct buf nonce;
	enum digest digest; /* DIGEST_NONE: not known here */
	struct buf imprint;
	X509 *signer;		       /* NULL: neither in the token nor handed in */
	STACK_OF(X509) * certificates; /* embedded, and the signer's */
	struct evidence evidence;      /* CRLs and OCSP answers in the token */
	enum cert_ref cert_ref;
	struct sig_alg alg;
	int value_intact;  /* 1 = the signature over the token checks under the signer's key */
	char problem[400]; /* the first rule that it breaks, in a sentence; "" = none */
};

/*
 * Read a TimeStampToken (a ContentInfo). `extra` (may be NULL) is where the authority's certificate
 * is looked for besides the token. Rules checked: one signer, version 1, intact signature,
 * ESSCertID of the signer's certificate, its extendedKeyUsage critical and timeStamping only,
 * imprint as long as its algorithm's. 0 with `token` for timestamp_token_release(), sound when
 * problem is ""; -1 with ERROR_MALFORMED, ERROR_UNSUPPORTED or ERROR_LIMIT for what is no token.
 */
int timestamp_token_read(struct timestamp_token *token, struct span der,
    const STACK_OF(X509) * extra, struct error *err);
void timestamp_token_release(struct timestamp_token *token);

/* Does it stamp these data? 1 yes, 0 no, -1 the data's digest of the token's kind is not known. */
int tsp_matches(const struct timestamp_token *token, const struct digest_values *values);

/*
 * Check a TimeStampResp against its request and append the token to `token`. The token must be
 * sound (see above), of the same imprint, nonce and policy, and hold the certificate when it was
 * asked for. On -1 `token` is as it was, and err->kind is ERROR_UNSUPPORTED  the authority refused:
 * algorithm, policy, extension or request ERROR_UNAVAILABLE  the authority cannot now: time source,
 * system failure, rejection without word ERROR_MALFORMED    the response does not decode, or does
 * not answer this request
 */
int tsp_response_check(struct buf *token, struct span response, const struct tsp_request *request,
    const STACK_OF(X509) * extra, struct error *err);
/* The token in a TimeStampResp, looked at no further: for responses without their request. */
int tsp_response_token(struct buf *token, struct span response, struct error *err);

/* 1 when extendedKeyUsage is critical and names timeStamping alone (RFC 3161 section 2.3). */
int tsp_key_usage_is_right(X509 *cert);

#endif
