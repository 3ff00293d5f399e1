/* signing/verify/blocks.h: the building blocks of EN 319 102-1 clause 5.2. Inside of this folder.
 */
#ifndef SIGNET_SIGNING_VERIFY_BLOCKS_H
#define SIGNET_SIGNING_VERIFY_BLOCKS_H

#include "signing/verify/verify.h"

/* The context with its defaults filled in; made once a call. */
struct judge {
	const struct verify_context *context;
	const struct catalogue *catalogue;
	const struct verify_policy *policy;
};
struct judge judge_of(const struct verify_context *context);

/* Clause 5.2.6: one certificate's path, revocation needs and algorithms. */
struct x509_block {
	X509 *cert;
	STACK_OF(X509) * embedded; /* beside the context's certificates; NULL = none */
	STACK_OF(X509) * around;   /* those of the signature that holds a time stamp; NULL = none */
	STACK_OF(X509) * anchors;
	enum path_purpose purpose;
	enum verify_block block;			/* under which the checks are told */
	int64_t time;					/* at which the path must be valid */
	int64_t leaf_algorithm_time, ca_algorithm_time; /* until when their signatures must hold */
};
/* `path` is released first, then holds the new one. -1 only when it could not be judged. */
int block_x509(const struct judge *judge, const struct x509_block *in, struct verify_checks *checks,
    struct path_result *path, struct error *err);

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

#endif
