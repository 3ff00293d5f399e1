/* signing/verify/blocks.h: the building blocks of EN 319 102-1 clause 5.2. Inside of this folder.
 */
#ifndef SIGNET_SIGNING_VERIFY_BLOCKS_H
#define SIGNET_SIGNING_VERIFY_BLOCKS_H

#include "signing/verify/pool.h"
#include "signing/verify/verify.h"

/* The context with its defaults filled in; made once a call. */
struct judge {
	const struct verify_context *context;
	const struct catalogue *catalogue;
	const struct verify_policy *policy;
	struct pool pool;
	STACK_OF(X509) * services; /* that may sign revocation data: the lists', and the caller's */
	struct work own, *work;	   /* the context's, or its own */
};
/* On 0 the judge is the caller's for judge_end(). */
int judge_begin(struct judge *judge, const struct verify_context *context, struct error *err);
void judge_end(struct judge *judge);

/* Clause 5.2.6: one certificate's path, revocation and algorithms. */
struct x509_block {
	X509 *cert;
	STACK_OF(X509) * embedded; /* beside the context's certificates; NULL = none */
	STACK_OF(X509) * around;   /* those of the signature that holds a time stamp; NULL = none */
	STACK_OF(X509) * anchors;
	enum path_purpose purpose;
	enum verify_block block; /* under which the checks are told */
	/*
	 * At which the path must be valid. Earlier than the validation time: the signature is
	 * proven to have existed then, revocation data of later counts, and a revocation after that
	 * does no harm (clause 5.5.4).
	 */
	int64_t time;
	int64_t leaf_algorithm_time, ca_algorithm_time; /* until when their signatures must hold */
};
/* `path` is released first, then holds the new one. -1 only when it could not be judged. */
int block_x509(const struct judge *judge, const struct x509_block *in, struct verify_checks *checks,
    struct path_result *path, struct error *err);

/* What signing/x509 is asked; input->untrusted is the caller's for sk_X509_free(). */
int block_path_input(const struct judge *judge, const struct x509_block *in,
    struct path_input *input, struct error *err);
/* ---- constraints ---- */

enum verify_level constraint_level(const struct judge *judge, enum verify_constraint constraint);
/* Note what the constraint forbids, as its level has it; `sub` and `code` as for check_add(). */
void constraint_broken(const struct judge *judge, enum verify_constraint constraint,
    struct verify_checks *checks, enum verify_block block, enum sub_indication sub,
    const char *code, const char *fmt, ...) __attribute__((format(printf, 7, 8)));

/* Tell what the reader noted (DEVIATION_BIT()s), as the policy has it. */
void constraints_of_form(
    const struct judge *judge, unsigned int deviations, struct verify_checks *checks);

/* ---- trust services, TS 119 615 ---- */

/* What the snapshot says of the anchor of a path that was found, at in->time. */
void block_trust(const struct judge *judge, const struct x509_block *in,
    const struct path_result *path, struct verify_checks *checks);
/* Could the path's anchor be relied on at the time? 1 where no snapshot says otherwise. */
int trust_holds(const struct judge *judge, const struct path_result *path,
    enum path_purpose purpose, int64_t time, struct trust_verdict *verdict);
/* The last second, not after `time`, at which it could be, and the lists were current. */
int64_t trust_holds_until(const struct judge *judge, const struct path_result *path,
    enum path_purpose purpose, int64_t time);
void trust_describe(const struct judge *judge, const struct path_result *path,
    enum path_purpose purpose, int64_t time, struct verify_trust *out);

/* ---- qualification, TS 119 615 and TS 119 172-4 (qualify.c) ---- */

/* At its issue and at `time`; out->findings is added to. */
void qualify_certificate(const struct judge *judge, X509 *cert, const struct path_result *path,
    int64_t time, struct verify_qualification *out);
/* After the conclusion. */
void qualify_signature(const struct judge *judge, struct verify_signature *out);
/* The same; `unit` signed the token, NULL: nobody known did. It is proven to exist since `proven`.
 */
void qualify_timestamp(
    const struct judge *judge, X509 *unit, int64_t proven, struct verify_timestamp *out);
/* Again, when the conclusion became worse: what is not valid is not qualified. */
void qualify_by_verdict(struct verify_timestamp *out);

/* Clause 5.2.5: does what a piece of evidence says of a certificate still hold at a time? */
int revocation_is_fresh(
    const struct judge *judge, const struct revocation_result *revocation, int64_t time);

/* Clauses 5.2.2 to 5.2.4, 5.2.7, 5.2.8 over one signature as a reader found it. */
void block_format(const struct signature *sig, struct verify_checks *checks);
void block_signing_certificate(const struct signature *sig, struct verify_checks *checks);
void block_context(
    const struct judge *judge, const struct signature *sig, struct verify_checks *checks);
void block_crypto(const struct signature *sig, struct verify_checks *checks);
void block_acceptance(
    const struct judge *judge, const struct signature *sig, struct verify_checks *checks);
/* The algorithms of the signature itself, at a time; part of 5.2.8, repeated at the proven time. */
void block_algorithms(const struct judge *judge, const struct signature *sig,
    enum verify_block block, int64_t time, struct verify_checks *checks);

/* Clause 5.5 after 5.3: takes what the basic process found in `out` to its end. */
int process_with_time(const struct judge *judge, struct verify_signature *out, struct error *err);
/* Verdicts that a proof of existence can change. */
int sub_is_healable(enum sub_indication sub);
/* Note all failed checks that a later process answers anew. */
void checks_supersede(struct verify_checks *checks);

#endif
