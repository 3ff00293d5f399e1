/*
 * signing/x509/path.h: certificate path building and validation (RFC 5280 section 6, EN 319 102-1
 * clause 5.2.6), at a time that is handed in, to anchors that are handed in.
 *
 * Judged: signatures, names, validity, basic constraints, path length, key usage, unknown critical
 * extensions, name constraints, policies, and whether the first certificate may serve the purpose.
 * Not judged: strength of algorithms (signing/core/catalogue.h), host names, revocation: the result
 * tells for which certificates revocation information is needed. No global state, no default trust;
 * calls may run in any number of threads, also over the same certificates.
 */
#ifndef SIGNET_SIGNING_X509_PATH_H
#define SIGNET_SIGNING_X509_PATH_H

#include <openssl/x509.h>
#include <stdint.h>

#include "server/base/error.h"
#include "signing/core/indication.h"

enum path_purpose {
	PATH_ANY,
	PATH_SIGNING,	 /* documents: digitalSignature or nonRepudiation, and no foreign EKU */
	PATH_TLS_CLIENT, /* clientAuth where an EKU is there, RFC 5280 section 4.2.1.12 */
	PATH_TLS_SERVER,
	PATH_TIMESTAMPING, /* RFC 3161 section 2.3: EKU critical and timeStamping alone */
	PATH_OCSP_SIGNING, /* RFC 6960 section 4.2.2.2: OCSPSigning must be there */
	PATH_PURPOSES
};
/* "Signing", "TlsClient", ... as in the contract; by name: -1 for an unknown one. */
const char *path_purpose_name(enum path_purpose purpose);
int path_purpose_by_name(const char *name, enum path_purpose *purpose);

#define PATH_LENGTH_MAX	  20 /* certificates of a path when the input says 0 */
#define PATH_PROBLEMS_MAX 16 /* kept of one path */

/* Everything stays the caller's and is not changed. */
struct path_input {
	X509 *cert;
	STACK_OF(X509) * untrusted; /* where issuers may be found; NULL = none */
	STACK_OF(X509) * anchors;   /* any certificate may be one, an end entity's too */
	int64_t time;
	enum path_purpose purpose;
	unsigned int length_max; /* certificates, anchor included; 0 = PATH_LENGTH_MAX */
	/*
	 * An anchor is only a name and a key to RFC 5280 section 6.1.1; here its own dates count
	 * as well (an expired CA is not trusted) unless this is set.
	 */
	int ignore_anchor_dates;
	/* RFC 5280 section 6.1.1 (c) to (f); no policies = any-policy. */
	const char *const *policies; /* OIDs, dotted */
	size_t policy_count;
	int explicit_policy, inhibit_mapping, inhibit_any_policy;
};

/* One rule that the path breaks, and the certificate that breaks it. */
struct path_problem {
	enum sub_indication sub;
	int depth; /* 0 = input.cert; index into the chain */
	char text[300];
};

struct path_certificate {
	X509 *cert; /* owned by the result's chain */
	int is_anchor;
	int needs_revocation; /* not an anchor's, not exempted by its issuer (cert.h) */
	int in_time;	      /* input.time lies in its validity */
	char why_not[80];     /* "trust anchor", "noRevAvail", ... where none is needed */
};

struct path_result {
	int ok;			 /* 1 = the path leads to an anchor and breaks no rule */
	enum sub_indication sub; /* of the gravest problem; SUB_NONE when ok */
	char text[300];		 /* its sentence, naming the certificate; "" when ok */
	struct path_problem problems[PATH_PROBLEMS_MAX]; /* gravest first */
	size_t problem_count;
	STACK_OF(X509) * chain; /* leaf .. anchor, as far as it could be built; never NULL on 0 */
	struct path_certificate *certificates; /* one for each of the chain */
	size_t certificate_count;
	X509 *anchor; /* the last of the chain when it is one, else NULL; owned by the chain */
};

/*
 * Build and validate. 0: judged, the result is the caller's for path_result_release(), whatever it
 * says. -1: could not be judged (ERROR_MALFORMED for a policy that is no OID, ERROR_UNAVAILABLE,
 * ERROR_INTERNAL); the result is empty.
 *
 * Sub-indications: NO_CERTIFICATE_CHAIN_FOUND, CHAIN_CONSTRAINTS_FAILURE (purpose, path length,
 * policies), CERTIFICATE_CHAIN_GENERAL_FAILURE, OUT_OF_BOUNDS_NO_POE for time alone.
 */
int path_validate(const struct path_input *input, struct path_result *result, struct error *err);
void path_result_release(struct path_result *result);
/* The first certificate of the path that needs revocation information, or NULL. */
const struct path_certificate *path_first_revocation_need(const struct path_result *result);

#endif
