/* signing/x509/path_parts.h: finding candidate paths, and judging one. For path*.c and
 * revocation*.c only. */
#ifndef SIGNET_SIGNING_X509_PATH_PARTS_H
#define SIGNET_SIGNING_X509_PATH_PARTS_H

#include "signing/x509/path.h"

/* ---- problems ---- */

void path_add_problem(struct path_result *r, enum sub_indication sub, int depth, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
/* 0 the gravest; what time can heal comes last. */
int path_weight(enum sub_indication sub);

/* ---- path_build.c ---- */

/* Signatures that were tried, so that each is verified once. */
struct path_signatures {
	struct {
		X509 *cert, *issuer;
		int good;
	} items[PATH_STEPS_MAX];
	size_t count;
	int limit_met;
	struct work *work; /* or NULL */
};
/* 1 good, 0 not. */
int path_signature_good(struct path_signatures *s, X509 *cert, X509 *issuer);
/* It was found good before; for an s with room. */
void path_signature_known(struct path_signatures *s, X509 *cert, X509 *issuer);

/*
 * Called for each way from input.cert upwards that ends at an anchor, likeliest first; when there
 * is none, once for the longest that ends elsewhere (complete = 0). Returns 1 to stop, 0 to go on,
 * -1 (err) on failure.
 */
typedef int path_each(void *ctx, STACK_OF(X509) * chain, int complete, struct error *err);
/* 0, or -1. *candidates: how many ended at an anchor. */
int path_build(const struct path_input *in, struct path_signatures *signatures, path_each *each,
    void *ctx, size_t *candidates, int *limit_met, struct error *err);
/* Same name and key. */
int path_same_entity(const X509 *a, const X509 *b);

/* ---- path_rules.c: RFC 5280 section 6.1 over exactly this chain, leaf .. anchor ---- */

/* Notes problems in r. `complete`: the last is an anchor. -1: could not be judged. */
int path_rules(const struct path_input *in, STACK_OF(X509) * chain, int complete,
    struct path_signatures *signatures, struct path_result *r, struct error *err);

/* ---- path_profile.c: what strict_profile asks of a certificate ---- */

/* NULL, or what is wrong: the rest of a sentence that begins with the certificate. */
const char *path_profile_fault(X509 *cert, int is_anchor);

/* ---- path_names.c: name constraints ---- */

/* Notes problems of all certificates below `depth` with the constraints of that one. */
void path_name_constraints(
    const struct path_input *in, STACK_OF(X509) * chain, int depth, struct path_result *r);

/* ---- path.c ---- */

/* What is wrong with the first certificate of the chain: a sentence, or NULL. */
const char *path_fault_of_leaf(const struct path_result *r);
/*
 * Judge a certificate below a path that was validated: exactly this chain, without revocation; only
 * the signature of the first is verified. The result is the caller's for path_result_release().
 */
int path_validate_below(
    const struct path_input *in, STACK_OF(X509) * chain, struct path_result *r, struct error *err);

#endif
