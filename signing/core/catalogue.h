/*
 * signing/core/catalogue.h: until when algorithms and key sizes are suitable (ETSI TS 119 312).
 *
 * A catalogue is data; the built-in one follows TS 119 312 v1.5.1 and holds what older catalogues
 * said of algorithms that are gone. What a catalogue does not list is not suitable at any time.
 * Verdicts cite its version.
 */
#ifndef SIGNET_SIGNING_CORE_CATALOGUE_H
#define SIGNET_SIGNING_CORE_CATALOGUE_H

#include <stdint.h>

#include "signing/core/alg.h"

#define CATALOGUE_OPEN INT64_MAX /* suitable without an announced end */

struct catalogue_digest {
	enum digest digest;
	const char *until; /* last day, "2012-07-31"; NULL = open */
	const char *since; /* first day; NULL = always */
};
/*
 * A row holds for keys of at least so many bits, and for one curve and one digest where it names
 * them.
 */
struct catalogue_key {
	enum key_type key;
	enum padding padding; /* RSA only */
	int bits_min;
	const char *curve; /* as key_curve() tells; NULL = any */
	const char *until;
	enum digest digest; /* DIGEST_NONE = any that is suitable */
	const char *since;
};
struct catalogue {
	const char *name, *version;
	const struct catalogue_digest *digests;
	size_t digest_count;
	const struct catalogue_key *keys;
	size_t key_count;
};

const struct catalogue *catalogue_builtin(void);

struct catalogue_verdict {
	int suitable;
	int64_t until; /* last second at which it is; CATALOGUE_OPEN; -1 = at no time */
	/* "SHA1 is not suitable after 2012-07-31", "... before 2015-08-05"; "" when suitable */
	char text[160];
};

/*
 * Append what another catalogue would change, a sentence a line, algorithm by algorithm with dates;
 * nothing where both say the same. Returns how many sentences, or -1.
 */
int catalogue_compare(
    const struct catalogue *from, const struct catalogue *to, struct buf *out, struct error *err);

/* Each fills the verdict and returns its `suitable`. */
int catalogue_judge_digest(const struct catalogue *catalogue, enum digest digest, int64_t time,
    struct catalogue_verdict *verdict);
/* Key, padding, digest and, with PSS, the mask's digest: the weakest decides. `curve` may be "". */
int catalogue_judge_signature(const struct catalogue *catalogue, const struct sig_alg *alg,
    int key_bits, const char *curve, int64_t time, struct catalogue_verdict *verdict);

#endif
