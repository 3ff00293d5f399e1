/*
 * signing/proof/tsa.h: a time-stamp authority (RFC 3161, EN 319 422): one request in, one response
 * out. Pure: the caller hands in the time and a serial number that it never uses twice, and keeps
 * the record before the response goes out.
 */
#ifndef SIGNET_SIGNING_PROOF_TSA_H
#define SIGNET_SIGNING_PROOF_TSA_H

#include "signing/core/alg.h"
#include "signing/core/digests.h"

#define TSA_SERIAL_MAX	20u   /* bytes; RFC 3161 section 2.4.2: 160 bits */
#define TSA_REQUEST_MAX 8192u /* a longer request is not read */

/* PKIFailureInfo by its bit numbers. */
enum tsa_failure {
	TSA_BAD_ALG = 0,
	TSA_BAD_REQUEST = 2,
	TSA_BAD_DATA_FORMAT = 5,
	TSA_TIME_NOT_AVAILABLE = 14,
	TSA_UNACCEPTED_POLICY = 15,
	TSA_UNACCEPTED_EXTENSION = 16,
	TSA_ADD_INFO_NOT_AVAILABLE = 17,
	TSA_SYSTEM_FAILURE = 25
};
/* "badAlg", ... for the audit. */
const char *tsa_failure_name(enum tsa_failure failure);

/* Everything stays the caller's. */
struct tsa {
	const struct sign_key *key;  /* its certificate: critical extendedKeyUsage timeStamping */
	const char *policy;	     /* OID of the policy that tokens are issued under */
	const char *const *policies; /* more that may be asked for */
	size_t policy_count;
	unsigned int digests; /* DIGEST_BIT()s accepted as imprints; 0 = SHA-2 and SHA-3 from 256 */
	enum digest digest;   /* for the token's own signature; DIGEST_NONE: the key's default */
	enum padding padding;
	uint64_t accuracy_us; /* 0: not said */
	int ordering;
	int include_chain; /* with certReq: the whole chain, not only the signer's certificate */
};

/* What the audit has to keep. */
struct tsa_record {
	int granted;
	enum tsa_failure failure;	     /* when not granted */
	char text[200];			     /* its reason in words */
	char serial[2 * TSA_SERIAL_MAX + 1]; /* hex, as handed in */
	enum digest digest;
	unsigned char imprint[DIGEST_SIZE_MAX]; /* of the request, when it was readable */
	size_t imprint_len;
	char policy[128];
	int64_t time_us; /* that stands in the token */
};

/*
 * Append a TimeStampResp to `response`: a token, or the refusal that the request earned.
 * `time_us` is microseconds since 1970, negative when no trustworthy time is known; `serial` is 1
 * to TSA_SERIAL_MAX bytes, not all zero. 0 for both; record->granted tells which. -1 only when not
 * even a refusal can be written (memory, a full buffer).
 */
int tsa_respond(struct buf *response, struct span request, const struct tsa *tsa, int64_t time_us,
    struct span serial, struct tsa_record *record, struct error *err);

#endif
