/*
 * server/ops/trust/policy.h: validation policies as administrators write them (JSON), read into the
 * constraints of signing/verify.
 *
 *	{ "constraints": { "Scope": "fail", "RevocationFreshness": "warn" },
 *	  "revocationFreshness": 86400,
 *	  "certificatePolicies": [ "1.3.6.1.4.1.99999.1" ],
 *	  "commitmentTypes": [ "1.2.840.113549.1.9.16.6.5" ],
 *	  "explicitPolicy": true, "inhibitPolicyMapping": false, "inhibitAnyPolicy": false }
 *
 * Everything may be left out, and then is as in the built-in policy; names that are not known are
 * refused, so that nobody believes in a rule that is not applied.
 */
#ifndef SIGNET_OPS_POLICY_H
#define SIGNET_OPS_POLICY_H

#include "signing/verify/verify.h"

#define OPS_POLICY_BYTES_MAX 65536
#define OPS_POLICY_OIDS_MAX  100
#define OPS_POLICY_URI_MAX   200
#define OPS_POLICY_NAME_SIZE 65

struct ops_policy {
	struct verify_policy verify; /* looks into what follows */
	char name[OPS_POLICY_NAME_SIZE], version[16];
	char *oids[OPS_POLICY_OIDS_MAX], *commitments[OPS_POLICY_OIDS_MAX]; /* owned */
};

/*
 * Read a policy into a struct of the caller's, which must not be moved afterwards; release it on -1
 * too. ERROR_MALFORMED says what is wrong and where.
 */
int ops_policy_read(
    struct ops_policy *policy, const char *name, int version, struct span json, struct error *err);
void ops_policy_release(struct ops_policy *policy);

/* 1 when it is an object identifier in dots, "2.5.29.32.0" (any policy) too. */
int ops_policy_is_oid(const char *text);

#endif
