/*
 * signing/x509/path.h: certificate path building and validation (RFC 5280 section 6, EN 319 102-1
 * clause 5.2.6), at a time that is handed in, to anchors that are handed in.
 *
 * Judged: signatures, names, validity, basic constraints, path length, key usage, unknown critical
 * extensions, name constraints, policies, whether the first certificate may serve the purpose, and,
 * with evidence at hand (revocation.h), revocation. Without evidence the result tells for which
 * certificates it is needed. Not judged: strength of algorithms (signing/core/catalogue.h), host
 * names. No global state, no default trust; calls may run in any number of threads, also over the
 * same certificates.
 *
 * Where several paths lead to an anchor (cross-certificates, several keys of a CA), each is
 * validated, and one that breaks no rule is taken; else the one whose gravest problem is least.
 */
#ifndef SIGNET_SIGNING_X509_PATH_H
#define SIGNET_SIGNING_X509_PATH_H

#include <openssl/x509.h>
#include <stdint.h>

#include "server/base/error.h"
#include "signing/core/indication.h"
#include "signing/core/work.h"
#include "signing/x509/revocation.h"

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

#define PATH_LENGTH_MAX	    20	 /* certificates of a path when the input says 0 */
#define PATH_CANDIDATES_MAX 16	 /* paths that are validated */
#define PATH_STEPS_MAX	    1000 /* certificates that are tried as issuers in all */
#define PATH_PROBLEMS_MAX   16	 /* kept of one path */
#define PATH_POLICIES_MAX   16	 /* told of one path */

/* What of an anchor's certificate counts, beside its name, its key and its dates. */
enum path_anchor_rules {
	/* It must be a CA's; name constraints, path length and extended key usage hold. */
	PATH_ANCHOR_CERTIFICATE,
	/* RFC 5937: these and its policies hold, but basicConstraints may be missing. */
	PATH_ANCHOR_CONSTRAINTS,
	PATH_ANCHOR_NAME_AND_KEY /* nothing else: RFC 5280 section 6.1.1 (d) */
};

/*
 * Anchors that come with a history, as trusted lists give it (signing/trust): which there are for a
 * name, and whether a path may end in one at a time. Beside path_input.anchors, which may always be
 * relied on.
 */
struct path_trust {
	const void *ctx;
	enum path_purpose purpose; /* of the whole path; also for signers of revocation data */
	/* Append those with this subject; their references are the caller's. NULL: there are none.
	 */
	int (*find)(const struct path_trust *trust, const X509_NAME *subject, STACK_OF(X509) * out,
	    struct error *err);
	/*
	 * May a path that ends in this anchor be relied on at the time? SUB_NONE: yes.
	 * SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE: not then, but before. Else
	 * SUB_NO_CERTIFICATE_CHAIN_FOUND. `text` gets a sentence in each case.
	 */
	enum sub_indication (*judge)(
	    const struct path_trust *trust, X509 *anchor, int64_t time, char *text, size_t size);
};

/* Everything stays the caller's and is not changed. */
struct path_input {
	X509 *cert;
	STACK_OF(X509) * untrusted; /* where issuers may be found; NULL = none */
	STACK_OF(X509) * anchors;   /* any certificate may be one, an end entity's too */
	struct path_trust trust;    /* zeroed: there are no others */
	int64_t time;
	enum path_purpose purpose;
	unsigned int length_max; /* certificates, anchor included; 0 = PATH_LENGTH_MAX */
	/*
	 * An anchor is only a name and a key to RFC 5280 section 6.1.1; here its own dates count
	 * as well (an expired CA is not trusted) unless this is set.
	 */
	int ignore_anchor_dates;
	enum path_anchor_rules anchor_rules;
	int leaf_is_no_anchor; /* input.cert needs an issuer even when it is in anchors */
	/*
	 * Also refuse what RFC 5280 section 4 forbids CAs to issue but section 6 does not ask
	 * verifiers to look for: absent or critical key identifiers, odd serial numbers,
	 * basicConstraints that is not critical, ... Real CAs make such certificates.
	 */
	int strict_profile;
	/* CAs below the anchor that are not self-issued, as if the anchor said so; 0 = any number,
	 * else the most plus one. */
	unsigned int path_length_plus_one;
	/* RFC 5280 section 6.1.1 (c) to (f); no policies = any-policy. */
	const char *const *policies; /* OIDs, dotted */
	size_t policy_count;
	int explicit_policy, inhibit_mapping, inhibit_any_policy;
	const struct revocation_evidence *revocation; /* NULL: revocation is not judged */
	/*
	 * Pays for all of it; NULL: no bound but the counts above. What is not done for want of it
	 * counts against the path, so work_check() must be asked before anybody hears the result.
	 */
	struct work *work;
};

/* One rule that the path breaks, and the certificate that breaks it. */
struct path_problem {
	enum sub_indication sub;
	int depth; /* 0 = input.cert; index into the chain */
	char text[400];
};

struct path_certificate {
	X509 *cert; /* owned by the result's chain */
	int is_anchor;
	int needs_revocation; /* not an anchor's, not exempted by its issuer (cert.h) */
	int in_time;	      /* input.time lies in its validity */
	char why_not[80];     /* "trust anchor", "noRevAvail", ... where none is needed */
	/* With evidence; zeroed (REVOCATION_UNKNOWN) without, and behind a path that leads nowhere.
	 */
	struct revocation_result revocation;
};

struct path_result {
	int ok;			 /* 1 = the path leads to an anchor and breaks no rule */
	enum sub_indication sub; /* of the gravest problem; SUB_NONE when ok */
	char text[400];		 /* its sentence, naming the certificate; "" when ok */
	struct path_problem problems[PATH_PROBLEMS_MAX]; /* gravest first */
	size_t problem_count;
	STACK_OF(X509) * chain; /* leaf .. anchor, as far as it could be built; never NULL on 0 */
	struct path_certificate *certificates; /* one for each of the chain */
	size_t certificate_count;
	X509 *anchor; /* the last of the chain when it is one, else NULL; owned by the chain */
	/* Policies that hold along the path (user-constrained-policy-set), dotted; [0] may be
	 * "2.5.29.32.0" for any. Only when ok. */
	char policies[PATH_POLICIES_MAX][80];
	size_t policy_count;
	/* NO_CERTIFICATE_CHAIN_FOUND: where the missing issuer may be had (AIA). */
	struct cert_urls wanted_issuers;
	size_t candidates; /* paths to an anchor that were looked at */
	int limit_met;	   /* PATH_CANDIDATES_MAX or PATH_STEPS_MAX: there may be others */
};

/*
 * Build and validate. 0: judged, the result is the caller's for path_result_release(), whatever it
 * says. -1: could not be judged (ERROR_MALFORMED for a policy that is no OID, ERROR_UNAVAILABLE,
 * ERROR_INTERNAL); the result is empty.
 *
 * Sub-indications: NO_CERTIFICATE_CHAIN_FOUND, NO_CERTIFICATE_CHAIN_FOUND_NO_POE (an anchor that
 * is relied on no more: clause 5.2.6.4 step 3), CHAIN_CONSTRAINTS_FAILURE (purpose, path length,
 * policies), CERTIFICATE_CHAIN_GENERAL_FAILURE, OUT_OF_BOUNDS_NO_POE for time alone. With evidence
 * also REVOKED_NO_POE, REVOKED_CA_NO_POE, TRY_LATER (unknown, or on hold), and for a first
 * certificate that expired and is known not to be revoked OUT_OF_BOUNDS_NOT_REVOKED.
 */
int path_validate(const struct path_input *input, struct path_result *result, struct error *err);
void path_result_release(struct path_result *result);
/* The first certificate of the path that needs revocation information, or NULL. */
const struct path_certificate *path_first_revocation_need(const struct path_result *result);

#endif
