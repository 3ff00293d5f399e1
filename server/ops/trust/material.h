/*
 * server/ops/trust/material.h: what a tenant signs with and whom it trusts, parsed and ready: keys
 * as handles, anchors as certificate stacks, time-stamp authorities in the order in which they are
 * asked. Made once from a snapshot of the database and shared by all requests until something in it
 * changes.
 */
#ifndef SIGNET_OPS_MATERIAL_H
#define SIGNET_OPS_MATERIAL_H

#include <openssl/x509.h>

#include "server/base/error.h"
#include "server/base/uuid.h"
#include "server/ops/trust/policy.h"
#include "signing/core/alg.h"

struct engine;
struct caller;
struct request;
struct tenant;

struct material_key {
	char *name;
	char *store_key; /* its name in the keys process */
	struct sign_key sign;
	int is_active;
	int is_default;
	int may_sign;	 /* its usage has Sign */
	int may_decrypt; /* its usage has Decrypt */
	int64_t not_before, not_after;
	char problem[200];	/* why it cannot be used, or "" */
	_Atomic(int64_t) *seen; /* when the keys process last had it, in seconds */
};

struct material_authority {
	char *name;
	char *url;	       /* NULL: our own, made here with `local` */
	struct sign_key local; /* pkey NULL where url is set */
	char *store_key;       /* of `local`, in the keys process */
	char *policy;	       /* OID that is asked for or given, or NULL */
	STACK_OF(X509) *
	    certificates; /* that its tokens may be signed with; empty: any under an anchor */
	unsigned int timeout_ms;
	int is_active;
};

struct material_policy {
	struct ops_policy policy;
	char name[OPS_POLICY_NAME_SIZE];
	int is_default;	      /* counts where a request names none */
	int is_withdrawn;     /* there is none of this name any more */
	struct error problem; /* why it cannot be used, or kind ERROR_NONE */
};

struct material {
	const struct tenant *tenant; /* lives as long as this; held by whoever got the material */
	struct material_key *keys;
	size_t key_count;
	struct material_authority *authorities;
	size_t authority_count;
	/* By which its verdicts are given; NULL with trust_problem: none can be. */
	struct trust_snapshot *trust;
	int32_t trust_number;
	struct error trust_problem;
	struct material_policy *policies; /* the newest version of each */
	size_t policy_count;
	/* Its own CA certificates for signatures: issuers to build paths with. Whom it trusts says
	 * the snapshot. */
	STACK_OF(X509) * signing_anchors;
};

/*
 * The material of the caller's tenant; a reference for material_unref(). ERROR_UNAVAILABLE while
 * the database is away and nothing is known.
 */
int material_get(const struct material **material, struct engine *engine,
    const struct caller *caller, struct error *err);
int material_of_tenant(const struct material **material, struct engine *engine,
    const struct uuid *tenant, struct error *err);
/*
 * The same as of now, from the database and not shared, without keys and authorities, and
 * making no snapshot: for verdicts by the clock that cite nothing, in a process that has no keys
 * and hears of no changes.
 */
int material_for_verdicts(const struct material **material, struct engine *engine,
    const struct uuid *tenant, struct error *err);
void material_unref(const struct material *material); /* NULL is fine */

/*
 * The validation policy of that name; NULL: the tenant's default, which is NULL (the built-in one)
 * where it chose none. ERROR_NOT_FOUND, ERROR_UNAVAILABLE.
 */
int material_policy(const struct verify_policy **policy, const struct material *material,
    const char *name, struct error *err);

#define MATERIAL_SEEN_S 10
/*
 * The key that a request names (NULL: the tenant's default), where the caller may use it for this
 * operation and it can sign now. The keys process is asked for it every MATERIAL_SEEN_S seconds: a
 * file that was swapped against that of another key would make signatures that nobody can verify.
 * ERROR_NOT_FOUND for a name that does not exist or that the caller may not know of,
 * ERROR_UNAVAILABLE for one that cannot sign at present, ERROR_NOT_AUTHORIZED otherwise.
 */
int material_signing_key(const struct material_key **key, const struct material *material,
    const struct request *req, const char *name, struct error *err);

/* Why the key cannot sign now by what the database says of it: -1 and the reason, or 0. */
int material_key_problem(const struct material_key *key, int64_t now, struct error *err);
/*
 * Ask the keys process whether it has the key, can read it, and whether it belongs to the
 * certificate: -1 and the reason (ERROR_UNAVAILABLE), or 0. `is_away` (NULL is fine): it was the
 * keys process that did not answer, and will not for another key either.
 */
int material_key_in_store(const struct sign_key *key, int *is_away, struct error *err);

/* The authority of that name, NULL: the first active one. ERROR_NOT_FOUND. */
int material_authority(const struct material_authority **authority, const struct material *material,
    const char *name, struct error *err);

#endif
