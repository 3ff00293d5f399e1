/*
 * signing/verify/report.h: what a verdict says: ETSI EN 319 102-1 indication and sub-indication,
 * and every check that led there, with its outcome, in a sentence.
 *
 * Reports are plain data that the report owns, but for what is marked `source`.
 */
#ifndef SIGNET_SIGNING_VERIFY_REPORT_H
#define SIGNET_SIGNING_VERIFY_REPORT_H

#include <openssl/x509.h>
#include <stdint.h>

#include "signing/core/catalogue.h"
#include "signing/core/indication.h"
#include "signing/core/qualification.h"
#include "signing/format/signature.h"
#include "signing/verify/poe.h"
#include "signing/x509/path.h"

/* The building blocks and processes of EN 319 102-1, by clause. */
enum verify_block {
	BLOCK_FORMAT,		   /* 5.2.2 format checking */
	BLOCK_SIGNING_CERTIFICATE, /* 5.2.3 identification of the signing certificate */
	BLOCK_CONTEXT,		   /* 5.2.4 validation context initialisation */
	BLOCK_X509,		   /* 5.2.6 X.509 certificate validation */
	BLOCK_CRYPTO,		   /* 5.2.7 cryptographic verification */
	BLOCK_ACCEPTANCE,	   /* 5.2.8 signature acceptance validation */
	BLOCK_TIMESTAMP,	   /* 5.4 time-stamp validation */
	BLOCK_TIME,		   /* 5.5 validation process for signatures with time */
	BLOCK_PAST,		   /* 5.6.2 validation of what was signed in the past */
	BLOCK_QUALIFICATION,	   /* TS 119 615 and TS 119 172-4; of findings alone */
	BLOCKS
};
const char *verify_block_name(enum verify_block block); /* "FormatChecking", ... */

enum check_outcome {
	CHECK_PASSED,
	CHECK_FAILED,
	CHECK_NOTE,	  /* worth telling, judged by nobody here: a partial scope, say */
	CHECK_SUPERSEDED, /* failed at the validation time, judged again at the proven time */
	CHECK_WARNING,	  /* the policy takes it for no failure, but warns */
};
struct verify_check {
	enum verify_block block;
	enum check_outcome outcome;
	enum sub_indication sub; /* of a failed or superseded one, else SUB_NONE */
	char code[48];		 /* "ReferenceDigest", stable; for programs */
	char text[400];		 /* for people */
};
struct verify_checks {
	struct verify_check *items;
	size_t count;
	int incomplete; /* no memory for one: nothing may pass */
};

/* A verdict and the check that decided it. */
struct verify_conclusion {
	enum indication indication;
	enum sub_indication sub;
	char code[48]; /* of the deciding check; "" when passed */
	char text[400];
};

/* "name version" each; snapshot "" where anchors were handed in one by one. */
struct verify_citation {
	char policy[96], catalogue[96];
	char snapshot[96]; /* "sha256:0123456789ab 7": its name and its number */
};

/* What stands behind the anchor that a path ended in, by the trust snapshot. */
struct verify_trust {
	int known;	 /* 0: there was no path, or no snapshot */
	int64_t time;	 /* of which it is told: the time that counts for what was signed */
	char status[64]; /* "granted", ... then; "" for own CA certificates, and when not listed */
	char text[400];	 /* a sentence with service, provider, list, status and since when */
};

/*
 * Whether it is qualified in the sense of the eIDAS regulation (TS 119 615, TS 119 172-4). The
 * verdict never depends on it; it depends on the verdict. UNTOLD where it was not asked for.
 */
struct verify_qualification {
	enum qualification level; /* of the signature, the time stamp or the certificate */
	/* Of the signer's certificate when it was issued, and at the best signature time (or the
	 * validation time, of a certificate alone). Of a time stamp when it was made, and when it
	 * is proven to have existed. Both UNTOLD where `level` is NOT_APPLICABLE. */
	enum qualification first, last;
	int64_t first_time, last_time;
	struct verify_checks findings; /* BLOCK_QUALIFICATION; a failed one: why it is not more */
};

/*
 * Until when a verdict that passed can be given again: with the validation data that the document
 * itself brings along, or, while all certificates of the path live, with what is published then.
 * It is to be extended before: a new time stamp takes the place of what ends. What nobody can know
 * is left out: that a certificate is revoked, or an algorithm broken before its announced end.
 */
struct verify_lasting {
	int known;	  /* 0: it did not pass, or it was not worked out (LASTING_WORK_MAX) */
	int64_t until;	  /* the last second; CATALOGUE_OPEN: nothing that has an end */
	size_t timestamp; /* number (from 1) of the time stamp that ends then; 0: its own part */
	/*
	 * Of a signature: when revocation data are due that were made after it; before then an
	 * extension to level LT proves nothing more. 0: at once.
	 */
	int64_t extend_from;
	char text[400]; /* what ends then, by its name */
};

struct verify_timestamp {
	enum timestamp_kind kind;
	struct buf token; /* DER, as it was judged */
	/* What its imprint is over (verify_timestamp_coverage()): the signature's, or its own */
	const struct coverage *covers;
	struct coverage own_covers;
	struct verify_conclusion conclusion;
	struct verify_checks checks;
	int readable;	    /* the token could be read: what follows is set */
	int64_t time;	    /* genTime */
	char serial[64];    /* decimal */
	char policy[80];    /* OID */
	enum digest digest; /* of the imprint */
	char algorithm[64];
	int imprint_intact;
	struct path_result path; /* of the authority's certificate; empty when none was found */
	struct verify_trust trust;
	struct verify_qualification qualification;
	struct verify_lasting lasting;
};

struct verify_signature {
	const struct signature *source; /* as handed in; stays the caller's */
	struct verify_conclusion conclusion;
	struct verify_conclusion basic; /* of the process for basic signatures alone, clause 5.3 */
	struct verify_checks checks;
	const char *level;  /* ades_level_name() of what is there, valid or not */
	char algorithm[64]; /* "ECDSA with SHA256" */
	int key_bits;
	struct path_result path; /* of the signer's certificate; empty when none was found */
	struct verify_trust trust;
	struct verify_qualification qualification;
	int64_t best_time;
	char best_time_source[64];	     /* "validation time", "time stamp 1" */
	struct verify_timestamp *timestamps; /* one for each of source->timestamps */
	size_t timestamp_count;
	struct verify_lasting lasting;
	struct poes proofs; /* what its valid time stamps prove to have existed, and since when */
};

struct verify_report {
	struct verify_conclusion conclusion; /* the worst of all signatures */
	int64_t time;
	char policy[96], catalogue[96], snapshot[96]; /* as in struct verify_citation */
	struct verify_signature *items;
	size_t count;
};
/* What a time stamp covers, of all that one signature (or a document beside its signatures) has. */
#define COVERS_SIGNATURE       1u /* the signature's value */
#define COVERS_DOCUMENT	       2u /* what it signs, or some of it */
#define COVERS_VALIDATION_DATA 4u /* certificates, revocation data or tokens, one at least */
#define COVERS_TIMESTAMPS      8u /* another time stamp of these */
const struct coverage *verify_timestamp_coverage(const struct verify_timestamp *timestamp);
unsigned int verify_timestamp_covers(const struct verify_timestamp *all, size_t count, size_t i);

void verify_report_release(struct verify_report *report);
void verify_timestamp_release(struct verify_timestamp *timestamp);

/* ---- for the blocks: noting checks and concluding ---- */

void check_add(struct verify_checks *checks, enum verify_block block, enum check_outcome outcome,
    enum sub_indication sub, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* ok: passed with `what`; else failed with the sub-indication and the sentence. Returns ok. */
int check_that(struct verify_checks *checks, int ok, enum verify_block block,
    enum sub_indication sub, const char *code, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 7, 8)));
void checks_release(struct verify_checks *checks);
/* Move all of `from` behind `to`; with `as_notes` its failed ones decide nothing. */
void checks_move(struct verify_checks *to, struct verify_checks *from, int as_notes);

/* TOTAL_PASSED for SUB_NONE, TOTAL_FAILED for what no further data can heal, else INDETERMINATE. */
enum indication indication_of(enum sub_indication sub);
/* The gravest failed check decides; none: passed. */
struct verify_conclusion checks_conclude(const struct verify_checks *checks);
/* 1 when a is worse than b: TOTAL_FAILED, INDETERMINATE, TOTAL_PASSED. */
int conclusion_is_worse(const struct verify_conclusion *a, const struct verify_conclusion *b);

#endif
