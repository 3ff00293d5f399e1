/*
 * signing/verify/verify.h: verdicts by ETSI EN 319 102-1 (v1.4.1) over what the formats' readers
 * found, over a certificate, and over a time-stamp token.
 *
 * Done here: the process for basic signatures (clause 5.3), time-stamp validation (5.4), the
 * process for signatures with time and validation data (5.5), and past signature validation by
 * proofs of existence (5.6.2, 5.6.3), from the latest time stamp to the first. Revocation data are
 * those that the document brings and that the caller hands in; where a certificate needs more, the
 * verdict is INDETERMINATE / TRY_LATER, never TOTAL_PASSED, and the path tells where it may be had.
 * Evidence records are not judged.
 *
 * Beside the verdict it is told whether a signature, a time stamp or a certificate is qualified in
 * the sense of the eIDAS regulation (signing/trust/qualified.h): at the issue of the certificate
 * and at the best signature time, by the lists of the trust snapshot. No verdict depends on it.
 *
 * All blocks are done even when one fails, so that a report tells everything; the gravest failure
 * decides (report.c). So a changed document is TOTAL_FAILED / HASH_FAILURE also when its signer is
 * not trusted: no anchor could heal it.
 *
 * Whether a trust service of a list may be relied on is asked for the time that counts: the
 * validation time, and where a proof of existence gives an earlier one, also that. A service that
 * was withdrawn in between does no harm; one that was withdrawn, or not yet listed, when the
 * signature is proven to have existed, does.
 *
 * Pure: the time, the anchors and the catalogue are handed in, and the same input gives the same
 * report on any day. Calls may run in any number of threads.
 */
#ifndef SIGNET_SIGNING_VERIFY_VERIFY_H
#define SIGNET_SIGNING_VERIFY_VERIFY_H

#include <openssl/x509.h>
#include <stdint.h>

#include "server/base/error.h"
#include "signing/core/catalogue.h"
#include "signing/core/digests.h"
#include "signing/format/signature.h"
#include "signing/trust/snapshot.h"
#include "signing/verify/report.h"
#include "signing/x509/path.h"

/* ---- validation constraints ---- */

/*
 * What a policy may judge more or less strictly. There is nothing else: no policy makes a broken
 * signature, a changed document, an unsuitable algorithm, or a certificate that is revoked, expired
 * or under no trusted anchor pass.
 *
 * Those of form (verify_constraint_is_form) are for signatures whose maker departed from the
 * standard (enum deviation), where nothing but the form is amiss. A policy may have them fail
 * (the default but for one), warn or inform; what is ignored by it is told as a note. None of them
 * keeps an attack out.
 */
enum verify_constraint {
	CONSTRAINT_BASELINE_REFERENCE,	/* AdES names its signing certificate in what is signed */
	CONSTRAINT_PLAIN_REFERENCE,	/* so do signatures that are no AdES */
	CONSTRAINT_SCOPE,		/* a signature covers all of the user's document */
	CONSTRAINT_SIGNATURE_POLICY,	/* it names no policy of its own, which is not applied */
	CONSTRAINT_COMMITMENT,		/* the signer commits himself as the policy asks */
	CONSTRAINT_STATEMENTS,		/* what he says of data is of data that it signs */
	CONSTRAINT_SIGNING_TIME,	/* its claimed time does not lie in the future */
	CONSTRAINT_TIMESTAMP,		/* a valid time stamp proves when it existed */
	CONSTRAINT_VALUE_ENCODING,	/* the value has the encoding of its standard */
	CONSTRAINT_ATTRIBUTES_ENCODING, /* what is signed of CMS attributes is their DER */
	CONSTRAINT_DIGEST_AGREEMENT,	/* CMS names one digest for content and signature */
	CONSTRAINT_RELATIONSHIPS,	/* the relationships transform is that of OPC */
	CONSTRAINT_CONTENTS_PADDING,	/* zeros fill up /Contents of a PDF */
	CONSTRAINT_TIMESTAMP_ENCODING,	/* a token is an attribute's value as it is */
	CONSTRAINT_CONTENTS_ENCRYPTION, /* those zeros are not encrypted */
	CONSTRAINT_REVOCATION_KNOWN,	/* whether each certificate is revoked is known */
	CONSTRAINT_REVOCATION_FRESH,	/* and what is known is not too old */
	CONSTRAINT_TRUST_LIST_FRESH,	/* the trusted list that names the anchor is current */
	VERIFY_CONSTRAINTS
};
enum verify_level {
	VERIFY_BY_DEFAULT, /* as verify_constraint_default() says */
	VERIFY_FAIL,
	VERIFY_WARN,   /* told as a warning */
	VERIFY_INFORM, /* told */
	VERIFY_IGNORE  /* not told */
};
/* "Scope", "RevocationFreshness", ...; by name: -1 for an unknown one. */
const char *verify_constraint_name(enum verify_constraint constraint);
int verify_constraint_by_name(const char *name, enum verify_constraint *constraint);
enum verify_level verify_constraint_default(enum verify_constraint constraint);
/* 1: of form; *deviation (may be NULL) is what breaks it. */
int verify_constraint_is_form(enum verify_constraint constraint, enum deviation *deviation);
/* "fail", "warn", "inform", "ignore". */
const char *verify_level_name(enum verify_level level);
int verify_level_by_name(const char *name, enum verify_level *level);

/* All zeros are the strict default, named VERIFY_POLICY_NAME. */
struct verify_policy {
	const char *name, *version;		  /* NULL: the default's */
	unsigned char levels[VERIFY_CONSTRAINTS]; /* of enum verify_level */
	/*
	 * How old revocation data may be, in seconds; 0: until its nextUpdate, and where it says
	 * none VERIFY_FRESH_WITHOUT_END (EN 319 102-1 clause 5.2.5).
	 */
	int64_t revocation_freshness;
	int without_revocation; /* do not ask for revocation information: for tests of formats */
	/* RFC 5280 section 6.1.1; no policies = any */
	const char *const *certificate_policies;
	size_t certificate_policy_count;
	int explicit_policy, inhibit_mapping, inhibit_any_policy;
	/*
	 * CONSTRAINT_COMMITMENT: one of these commitment types, OIDs or URIs, is asked of each
	 * signature but counter-signatures, for all that it signs (EN 319 102-1 clause 5.2.8.4.2,
	 * TS 119 172-1 annex A); none = nothing is asked.
	 */
	const char *const *commitment_types;
	size_t commitment_type_count;
};
/*
 * The DEVIATION_BIT()s for which the policy (NULL: the strict default) lets signatures pass: for
 * `tolerate` of the readers, which make signatures with any other fail by themselves.
 */
unsigned int verify_policy_tolerates(const struct verify_policy *policy);
#define VERIFY_FRESH_WITHOUT_END 3600
#define VERIFY_POLICY_NAME	 "signet-strict"
#define VERIFY_POLICY_VERSION	 "1"

/* Everything stays the caller's. */
struct verify_context {
	/*
	 * Whom to trust: services of trusted lists and own CA certificates, each for its purposes
	 * and, by the lists' history, at its times (TS 119 615). NULL: the anchors below
	 * count, which are not looked at otherwise.
	 */
	const struct trust_snapshot *trust;
	int32_t trust_number;		    /* under which it is kept; 0: none */
	STACK_OF(X509) * anchors;	    /* of signers, and of other certificates; NULL = none */
	STACK_OF(X509) * timestamp_anchors; /* of time-stamping authorities; NULL = none */
	STACK_OF(X509) * certificates;	    /* more issuers to build paths with; NULL = none */
	/* CRLs, OCSP answers and the like, beside those that the document brings; NULL = none */
	const struct revocation_evidence *revocation;
	int64_t time;			    /* validation time */
	const struct catalogue *catalogue;  /* NULL: the built-in one */
	const struct verify_policy *policy; /* NULL: the strict default */
	/*
	 * Pays for the verdict, so that one document judged in several rounds has one purse; NULL:
	 * each call has WORK_VERDICT_MAX of its own. The one thing here that changes.
	 */
	struct work *work;
};

/* By which policy, catalogue and trust snapshot the context judges: what reports cite. */
void verify_cite(const struct verify_context *context, struct verify_citation *citation);

/*
 * Judge all signatures of a document. 0: judged; the report is the caller's for
 * verify_report_release() and looks into `signatures`, which must live as long. -1
 * (ERROR_UNAVAILABLE, ERROR_INTERNAL, ERROR_MALFORMED for a policy that is no OID, ERROR_LIMIT
 * "verdict-work" as of signing/core/work.h): no report.
 *
 * The conclusion is the worst of all signatures, counter-signatures among them. The standard judges
 * signatures, not documents: for a document without any it has no sub-indication, so the conclusion
 * is INDETERMINATE with SUB_NONE and the code "NoSignature".
 */
int verify_signatures(const struct signatures *signatures, const struct verify_context *context,
    struct verify_report *report, struct error *err);

/*
 * What a verdict makes of the level of its signer's certificate (CERT_.., QC_.., or one of the
 * first three): the level of the signature.
 */
enum qualification qualification_of_signature(
    enum qualification certificate, enum indication verdict);

/* ---- ValidateCertificate ---- */

struct verify_certificate_report {
	struct verify_conclusion conclusion;
	struct verify_checks checks;
	struct path_result path;
	int64_t time;
	char policy[96], catalogue[96], snapshot[96]; /* as in struct verify_citation */
	struct verify_trust trust;
	struct verify_qualification qualification;
};
/*
 * Judge one certificate for a purpose: X.509 certificate validation with the context's anchors
 * (timestamp_anchors for PATH_TIMESTAMPING). `untrusted` may hold its issuers, or be NULL. Returns
 * as verify_signatures().
 */
int verify_certificate(X509 *cert, STACK_OF(X509) * untrusted, enum path_purpose purpose,
    const struct verify_context *context, struct verify_certificate_report *report,
    struct error *err);
void verify_certificate_report_release(struct verify_certificate_report *report);

/* ---- VerifyTimestamp ---- */

/*
 * Judge a time-stamp token (DER of the ContentInfo) over a document, or over digests of one; when
 * the imprint uses a digest that cannot be had, it is INDETERMINATE / SIGNED_DATA_NOT_FOUND.
 * Returns as verify_signatures(); release with verify_timestamp_release().
 */
int verify_timestamp_token(struct span token, const struct document *document,
    const struct verify_context *context, struct verify_timestamp *timestamp, struct error *err);

/* ---- time stamps of a document, PDF or container, which belong to no signature ---- */

struct verify_document_stamp {
	const struct embedded_timestamp *stamp;
	const char *name;	     /* the field, or the entry, for the sentences */
	enum sub_indication failure; /* what is wrong with its place in the file, or SUB_NONE */
	const char *failure_text;
	int revision_is_last;	/* 0: something was appended after what it covers: told */
	int content_is_covered; /* 1: if so, then validation data and the like alone */
};
/*
 * Judge all of a document, from the latest to the first: what a later one covers is proven for the
 * earlier. `around` is what the document was read as, with the validation data that it brings;
 * NULL: none. Returns as verify_signatures(); out[] has room for `count`, each for
 * verify_timestamp_release().
 */
int verify_document_timestamps(const struct verify_document_stamp *in, size_t count,
    const struct signatures *around, const struct verify_context *context,
    struct verify_timestamp *out, struct error *err);
/*
 * What they are to the verdict on the document: nothing where it has signatures, which the standard
 * judges and which a time stamp can only support. A document with time stamps alone is concluded by
 * the worst of them, and the conclusion's text says that it is not signed. When none of them covers
 * all of the content (`covered` is 0) it does not pass: INDETERMINATE / SIG_CONSTRAINTS_FAILURE.
 * Validation data that were added behind a time stamp, as the long-term level of a PDF has it
 * (EN 319 142-1 clause 5.4), are no content.
 */
void verify_report_conclude_timestamps(
    struct verify_report *report, const struct verify_timestamp *stamps, size_t count, int covered);

#endif
