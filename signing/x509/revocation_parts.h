/* signing/x509/revocation_parts.h: one judgement on a certificate. For revocation*.c only. */
#ifndef SIGNET_SIGNING_X509_REVOCATION_PARTS_H
#define SIGNET_SIGNING_X509_REVOCATION_PARTS_H

#include "signing/x509/path_parts.h"
#include "signing/x509/revocation.h"

/* The certificate that is judged, and for whose sake: signers of evidence need proof, too. */
struct revocation_run {
	const struct path_input *in;
	const struct revocation_evidence *evidence;
	const struct revocation_run *outer; /* NULL: of a path's own certificate */
	int nesting;
	unsigned int
	    *steps; /* left of REVOCATION_STEPS_MAX, for all that is done for one certificate */
	STACK_OF(X509) * path; /* cert .. anchor */
	X509 *cert, *issuer;
	struct cert_facts facts;
	int64_t time;
	struct revocation_result *result;
};

/*
 * Note what a piece said, or why it said nothing; `concerns`: it is meant for this certificate. Of
 * several notes on one piece the most telling is kept.
 */
void revocation_piece(struct revocation_run *run, enum revocation_kind kind, size_t index,
    int concerns, enum revocation_status says, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/* Take some steps: 1, or 0 when there are no more, which the result tells. */
int revocation_steps(struct revocation_run *run, unsigned int count);

/* What a kind of evidence found in all. */
struct revocation_finding {
	enum revocation_status status; /* UNKNOWN: nothing */
	int64_t revoked_at, invalid_since;
	int reason;
	size_t index, delta;
	int has_delta;
	int64_t this_update, next_update, produced_at;
	struct sig_alg sig_alg;
	X509 *signer; /* a reference */
	int signer_is_issuer;
	struct revocation_result *signer_status; /* NULL or the finding's */
	struct revocation_proof proof;
};
void revocation_finding_release(struct revocation_finding *f);

/* RFC 5280 section 6.3.3, and RFC 6960 section 3.2. -1: could not be judged. */
int revocation_by_crls(
    struct revocation_run *run, struct revocation_finding *out, struct error *err);
int revocation_by_ocsp(
    struct revocation_run *run, struct revocation_finding *out, struct error *err);

/* What a finding rests on; -1 (err) without memory. `from` is empty after a join. */
int revocation_proof_use(struct revocation_proof *proof, enum revocation_kind kind,
    const unsigned char sha256[32], struct error *err);
int revocation_proof_signer(struct revocation_proof *proof, X509 *cert, struct error *err);
int revocation_proof_join(
    struct revocation_proof *to, struct revocation_proof *from, struct error *err);
void revocation_proof_release(struct revocation_proof *proof);

/* One who signed evidence. */
struct revocation_signer {
	X509 *cert; /* a reference; NULL: nobody who may */
	int is_issuer;
	struct revocation_result *status; /* NULL or owned */
	struct revocation_proof proof;	  /* of its own path */
	char why_not[200];		  /* where nobody may */
};
void revocation_signer_release(struct revocation_signer *s);

/*
 * Is none of `path` (signer .. anchor) that is not on the run's own path revoked or unproven? 1, 0
 * with why_not, -1 (err). The signer's own status is kept.
 */
int revocation_signer_proven(struct revocation_run *run, STACK_OF(X509) * path,
    struct revocation_signer *s, struct error *err);
/* The signer is what is being judged: it would speak for itself. */
int revocation_is_circular(const struct revocation_run *run, const X509 *signer);
/* Is `cert` on the path of the run or of one of those it is done for? */
int revocation_on_path(const struct revocation_run *run, const X509 *cert);
/* Walk the places where signers may be: path, evidence, untrusted, services. NULL at the end. */
X509 *revocation_signer_at(const struct revocation_run *run, STACK_OF(X509) * first, size_t n);
/* The same by the time rule: a sentence's rest, or NULL. */
const char *revocation_time_fault(
    const struct revocation_run *run, int64_t made, int64_t next, char *text, size_t size);
/* The certificate expired before this, and nothing says that expired ones are kept. */
int revocation_is_silent(const struct revocation_run *run, int64_t made, int64_t kept_from);
/* In time at the run's time, or at `made` where outdated evidence counts. */
int revocation_signer_in_time(const struct revocation_run *run, const X509 *cert, int64_t made);

#endif
