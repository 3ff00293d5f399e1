/*
 * tests/support/ops_world.h: server/ops whole: an engine on a database of its own, a journal, a
 *keys process with the keys below, and the time standing at about PKI_NOW. Tenants are made as
 *tests need them; each has
 *
 *	users   erp (in group `all`: every right used here, every key but `other`; with a
 *	        certificate, password "correct horse"), clerk (ListKeys and WhoAmI alone),
 *	        nobody (in no group)
 *	keys    seal (P-256, default), rsa, expired, early, disabled, other, lost (not in the keys
 *	        process), broken, locked, swapped (its file is damaged, has another passphrase,
 *	        holds the key of another certificate), decrypt (not for signing),
 *	        revocable (its status must be known);
 *	        for decrypting alone: unlock (RSA-3072), unlock-ec (brainpoolP256r1), withdrawn
 *	        (P-521, disabled), foreign (of no group)
 *	anchors the test PKI's issuing CA and root, for signing and time stamps
 */
#ifndef SIGNET_TESTS_OPS_WORLD_H
#define SIGNET_TESTS_OPS_WORLD_H

#include "schema/store/key.h"
#include "server/ops/engine.h"
#include "tests/support/pki.h"

#define OPS_PASSWORD "correct horse"

/* Once a suite. 0, or -1 with the reason on standard error. */
int ops_world_make(void);
/* The same with the tenant acme, which the authority `ops_own` stamps for. */
int ops_world_stamping(void);
/* 0. */
int ops_world_end(void);
struct engine *ops_engine(void);
const char *ops_database(void);
/* Limits of the engine, to be changed and set by engine_set_limits(). */
struct limits ops_limits(void);

struct ops_authority {
	const char *name;
	const char *url;    /* NULL: a local one with the key `tsa` */
	const char *policy; /* or NULL */
	unsigned int timeout_ms;
	X509 *cert; /* that its tokens must be signed with; NULL: any under an anchor */
};
/* A tenant; `authorities` are asked in this order. Before anybody of it calls. */
void ops_tenant(const char *name, const struct ops_authority *authorities, size_t count);
/* One whose users have all rights but this one, and no authority. */
void ops_tenant_without(const char *name, const char *operation);
extern const struct ops_authority ops_own; /* local, named "own" */
/* A client certificate like that of a tenant's erp, issued anew, which nobody has; the caller's. */
X509 *ops_certificate(const char *tenant);
/* The one that a tenant's erp has; the caller's. */
X509 *ops_given_certificate(const char *tenant);
/* Disable, suspend, ...: run SQL as superuser and wait until the caches heard of it. */
void ops_change(const char *sql);

/* A request of "tenant/user", who need not give a password here. */
void ops_request(struct request *req, enum operation_id operation, const char *user);
/* One body for each document and each original of the request. */
struct ops_bodies {
	const struct span *documents, *originals;
};
/*
 * Admit it, receive the bodies piecewise, run it, and wait until its audit row is committed. What
 * ops_admit() or ops_run() said; request_release() stays the test's.
 */
int ops_serve(struct request *req, const struct ops_bodies *bodies, struct error *err);
/*
 * VerifyDocument, with a detached original or without (data NULL). The documents live in the
 * request until request_release().
 */
struct ops_verification {
	struct request req;
	struct op_document signed_document, original;
};
int ops_verify(struct ops_verification *v, const char *user, struct span document,
    struct span original, struct error *err);
/* "Operation object Result" of the last audit row. */
void ops_last_audit(char *out, size_t size);

#endif
