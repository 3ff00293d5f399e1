/*
 * signing/x509/revocation.h: is a certificate revoked? By CRLs as RFC 5280 section 6.3.3 has it
 * (scope by distribution point, reasons, indirect lists, deltas, the list's issuer validated) and
 * by OCSP answers (RFC 6960 section 3.2), from all evidence at hand.
 *
 * Pure. What is at hand may say nothing; then the result tells why for each piece, and what could
 * be asked for. Whether evidence is fresh enough is not judged here (EN 319 102-1 clause 5.2.5, by
 * signing/verify), but everything that rule needs is in the result.
 */
#ifndef SIGNET_SIGNING_X509_REVOCATION_H
#define SIGNET_SIGNING_X509_REVOCATION_H

#include "signing/x509/cert.h"
#include "signing/x509/crl.h"
#include "signing/x509/ocsp.h"

struct path_input;

#define REVOCATION_PIECES_MAX 64  /* told of in one result; more are used but not told */
#define REVOCATION_DEPTH_MAX  4	  /* certificates of CRL issuers and responders need it, too */
#define REVOCATION_STEPS_MAX  500 /* signatures of evidence that are tried for one certificate */

/* All that is at hand. Everything stays the caller's. */
struct revocation_evidence {
	const struct crl_source *crls; /* complete ones and deltas, in any order */
	size_t crl_count;
	const struct ocsp_response *const *ocsps;
	size_t ocsp_count;
	STACK_OF(X509) * certificates; /* beside the path's: of CRL issuers and responders */
	/*
	 * Certificates that an administrator or a trusted list names as status services
	 * (Svctype/Certstatus): they may sign answers and lists for any certificate.
	 */
	STACK_OF(X509) * services;
	/* At which the status is asked; nothing made later counts. 0 = the path's time. */
	int64_t time;
	unsigned int clock_skew; /* seconds that thisUpdate and producedAt may lie behind time */
	/*
	 * Evidence whose nextUpdate has passed counts (its date is in the result): for verdicts on
	 * the past, and for callers with a freshness rule of their own.
	 */
	int outdated_counts;
	/*
	 * Certificates of CRL issuers and responders need not be proven unrevoked themselves. An
	 * answer by a revoked one never counts.
	 */
	int signers_unchecked;
};

enum revocation_status {
	REVOCATION_UNKNOWN,
	REVOCATION_NOT_NEEDED, /* anchor, or exempted by its issuer: why_not of the certificate */
	REVOCATION_GOOD,
	REVOCATION_ON_HOLD,
	REVOCATION_REVOKED
};
const char *revocation_status_name(enum revocation_status status); /* "Good", ... */

enum revocation_kind { REVOCATION_BY_CRL, REVOCATION_BY_OCSP };

/* A piece of evidence, named by the SHA-256 of its DER. */
struct revocation_used {
	enum revocation_kind kind;
	unsigned char sha256[32];
};
/* All that a status rests on: who keeps this can prove it later. */
struct revocation_proof {
	/* What decided, and what proves its signers; deltas among them; each once. */
	struct revocation_used *used;
	size_t used_count;
	STACK_OF(X509) * signers; /* certificates behind that, beside the path's own; or NULL */
};
/* One whose status is asked for; references. */
struct revocation_need {
	X509 *cert, *issuer;
};

/* What one piece of evidence said of the certificate, or why it could not be used. */
struct revocation_piece {
	enum revocation_kind kind;
	size_t index;		     /* into evidence->crls or ->ocsps */
	enum revocation_status says; /* REVOCATION_UNKNOWN: nothing, see text */
	int concerns; /* it is by its names about this certificate, or about its issuer's */
	char text[240];
};

struct revocation_result {
	enum revocation_status status;
	char text[300]; /* one sentence that names the certificate */
	/* REVOKED and ON_HOLD: */
	int64_t revoked_at;
	int reason;	       /* enum crl_reason */
	int64_t invalid_since; /* invalidityDate; 0 = not said */
	/* What decided; only when the status is GOOD, ON_HOLD or REVOKED: */
	enum revocation_kind kind;
	size_t index;	     /* into evidence->crls or ->ocsps */
	int has_delta;	     /* a delta decided together with the complete list */
	size_t delta;	     /* index into evidence->crls */
	int64_t this_update; /* of the newest that took part */
	int64_t next_update; /* 0 = not said */
	int64_t produced_at; /* OCSP; of CRLs this_update again */
	struct sig_alg sig_alg;
	X509 *signer;	      /* a reference of the result's */
	int signer_is_issuer; /* the key that signed the certificate itself */
	int signer_in_time;   /* at evidence->time */
	/* Set by signing/verify: GOOD, but made too long before the time that counts. */
	int is_stale;
	/* Of that signer, where it is not the issuer; NULL or the result's own. */
	struct revocation_result *signer_status;
	/* RFC 5280 section 6.3.3: the set of reasons that usable lists cover. */
	unsigned int reasons;
	/*
	 * The certificate expired before the evidence was made and nothing says that such ones are
	 * kept (expiredCertsOnCRL, archiveCutoff): what it says is not used. Set where that was the
	 * reason for at least one piece.
	 */
	int says_nothing_of_expired;
	int limit_met; /* REVOCATION_STEPS_MAX: not everything at hand was tried */
	struct revocation_piece *pieces;
	size_t piece_count;
	struct revocation_proof proof; /* of GOOD, ON_HOLD and REVOKED */
	/* Whose status could be asked for: the certificate's, then that of signers without one. */
	struct revocation_need *needs;
	size_t need_count;
	/* Where; of the certificate, then of signers that lack proof. */
	struct cert_urls crl_urls, delta_urls, ocsp_urls;
	struct cert_urls issuer_urls; /* of certificates of CRL issuers that are not at hand */
};
void revocation_result_release(struct revocation_result *result);

/*
 * The status of path[depth], issued by path[depth + 1], of a path that was validated for `input`
 * (anchors and time of it are used to validate CRL issuers; input->revocation is the evidence and
 * must not be NULL). On 0 the result is the caller's for revocation_result_release(). -1:
 * ERROR_UNAVAILABLE, ERROR_INTERNAL; the result is empty.
 */
int revocation_judge(const struct path_input *input, STACK_OF(X509) * path, int depth,
    struct revocation_result *result, struct error *err);

#endif
