/*
 * tests/corpora/corpora.h: real files that others made, run against what their manifests expect.
 *
 * `build/tests/corpora DIR [WORD...]` reads DIR/SET/manifest.tsv of every set for which a check is
 * registered, hands each row to the check of its kind and compares. With words: only rows whose
 * "SET/file" or kind holds one of them, each with what was said of it.
 *
 * To add kinds: a file tests/corpora/NAME.c that defines one of the tables declared at the end
 * (they are weak: one that does not exist is left out). Checks judge what a reader finds, without
 * trust unless the row asks for it, and never look at row->expected.
 */
#ifndef SIGNET_TESTS_CORPORA_H
#define SIGNET_TESTS_CORPORA_H

#include <stddef.h>

#include "server/base/buf.h"
#include "signing/core/digests.h"
#include "signing/format/signature.h"
#include "signing/verify/verify.h"

#define CORPUS_COLUMNS	      24
#define CORPUS_SIGNATURES_MAX 32
/* "Now" for rows that give no time: after the sets were made, before their long-lived keys end. */
#define CORPUS_NOW ((int64_t)1793491200) /* 2026-11-01 */

/* One line of a manifest. Strings live as long as the row is being checked; "-" stands as NULL. */
struct corpus_row {
	const char *dir; /* of the set */
	const char *set, *file, *kind;
	const char *detached; /* column "detached" or "detached_content" */
	const char *settings; /* NULL in sets without that column */
	const char *expected; /* "valid", ...; NULL in the set dss */
	const char *notes;
	const char *names[CORPUS_COLUMNS], *values[CORPUS_COLUMNS];
	size_t columns;
};

enum corpus_verdict {
	CORPUS_SKIPPED, /* nothing here can judge it; words says what is missing */
	CORPUS_VALID,
	CORPUS_INVALID,
	CORPUS_ERROR /* the reader refused the file as a whole */
};

/* A verdict in the words of EN 319 102-1. */
struct corpus_said {
	enum indication indication;
	enum sub_indication sub;
};
/* One signature, in the order of the document. */
struct corpus_signature {
	int intact; /* value and references */
	enum ades_level level;
	enum scope scope;
	/* Of a PDF, what came after it: */
	enum change_class changed;
	int is_last, changes_permitted;
	/* What verify_signatures() says: of all, of the process for basic signatures, of each
	 * block; without any trust, at CORPUS_NOW. */
	struct corpus_said final, basic, blocks[BLOCKS];
	/* ... and where every certificate of the file is an anchor, at the claimed signing time:
	 * whether anything but trust is amiss. */
	struct corpus_said trusted;
};
struct corpus_stamp {
	int intact; /* token and imprint */
	enum timestamp_kind kind;
	size_t signature; /* that it belongs to; SIZE_MAX: none */
	struct corpus_said said;
};
/* What a check says of a row. Zeroed before the call. */
struct corpus_finding {
	enum corpus_verdict verdict;
	char words[400]; /* why; for people */
	struct corpus_signature signatures[CORPUS_SIGNATURES_MAX];
	size_t count;
	size_t about; /* the signature that the row is about; SIZE_MAX: all */
	struct corpus_stamp stamps[CORPUS_SIGNATURES_MAX];
	size_t stamp_count;
	/* For what notes demand beside a verdict: */
	int is_doubtful;	   /* a remark says that who signed is not who it seems */
	int is_partial;		   /* content stands outside of what is signed */
	int is_refused_by_default; /* today's catalogue and policy do not let it pass */
	int is_stamp_trusted;	   /* a time stamp passes with the row's trust */
	/* Facts of CRLs, OCSP answers and tokens, as words that manifests use; "; " between. */
	char facts[600];
};

struct corpus_kind {
	const char *set, *kind; /* of the manifest, kind as a pattern; set NULL ends a table */
	void (*check)(const struct corpus_row *row, struct corpus_finding *found);
};

/* "valid", "invalid", ... as in KNOWN.tsv. */
const char *corpus_verdict_name(enum corpus_verdict verdict);
void corpus_say(struct corpus_finding *found, enum corpus_verdict verdict, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The value of a column by its name, or NULL. */
const char *corpus_column(const struct corpus_row *row, const char *name);
/* The value of "key=value" in row->settings (separated by ';'), or NULL; out holds size bytes. */
const char *corpus_setting(const struct corpus_row *row, const char *key, char *out, size_t size);
/* Append a file of the set; a failure is told in err. */
int corpus_read(const struct corpus_row *row, const char *file, struct buf *out, struct error *err);
/* The time "YYYY-MM-DDTHH:MM:SSZ" in a setting, or 0. */
int64_t corpus_time(const struct corpus_row *row, const char *key);
/* Add every certificate of a PEM or DER file of the set to the stack. */
int corpus_certificates(
    const struct corpus_row *row, const char *file, STACK_OF(X509) * out, struct error *err);

/*
 * One document of the column detached / detached_content: "content/x|name=n",
 * "digest:SHA256:base64", "digest:A:..+B:.."; several are joined by " ; ".
 */
struct corpus_document {
	struct document doc; /* doc.name is NULL where the manifest gives none */
	struct buf bytes;
	struct digest_values digests;
	char name[256];
};
/* How many the row names (0: none). */
size_t corpus_document_count(const struct corpus_row *row);
int corpus_document_load(
    const struct corpus_row *row, size_t index, struct corpus_document *out, struct error *err);
void corpus_document_release(struct corpus_document *out);

/* Add to found->facts. */
void corpus_fact(struct corpus_finding *found, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- policy.c: what the row's source lets pass by a switch or policy of its own ---- */

/* DEVIATION_BIT()s for `tolerate` of the readers. */
unsigned int corpus_tolerates(const struct corpus_row *row);

/* ---- judge.c: verdicts ---- */

/* Everything that the crypto policies of old test data must let through, at any time. */
const struct catalogue *corpus_historic(void);
/* What verify_signatures() is told. */
struct corpus_trust {
	STACK_OF(X509) * anchors; /* of signers and of time-stamping authorities */
	int64_t time;
	const struct catalogue *catalogue; /* NULL: the built-in one */
	int asks_revocation;
	int plain_needs_certificate_ref; /* as the default policy of the EU DSS has it */
};
/* The report is the caller's for verify_report_release(). */
int corpus_verify(const struct signatures *list, const struct corpus_trust *trust,
    struct verify_report *report, struct error *err);
/* Token and imprint, as DSS calls them intact: its authority's signature, over these data. */
int corpus_stamp_is_intact(
    const struct embedded_timestamp *stamp, const STACK_OF(X509) * certificates);
/*
 * Take the signatures that a reader found as this row's finding: what is said of each and of its
 * time stamps; VALID when there is at least one and all are intact, else INVALID with the first
 * failure's text.
 */
void corpus_judge(const struct signatures *list, struct corpus_finding *found);

/* ---- compare.c: findings against manifests ---- */

enum outcome { AGREE, FALSE_VALID, FALSE_INVALID, OTHER_DIFFERENCE, UNSCORED, SKIPPED, OUTCOMES };
/* The value of a column, NULL where there is none or it is "-". */
const char *corpus_value(const struct corpus_row *row, const char *name);
enum outcome corpus_compare(const struct corpus_row *row, const struct corpus_finding *found);

/* ---- dss.c: what the set dss asserts beside "intact", each fact scored by itself ---- */

struct corpus_fact {
	const char *what, *column; /* "levels", "expected_level" */
	enum outcome (*compare)(const struct corpus_row *row, const struct corpus_finding *found);
	/* What we say of it, in the words of KNOWN.tsv. */
	void (*say)(const struct corpus_finding *found, char *out, size_t size);
};
extern const struct corpus_fact corpus_facts[];
extern const size_t corpus_fact_count;

extern const struct corpus_kind corpora_cms[] __attribute__((weak));
extern const struct corpus_kind corpora_xml[] __attribute__((weak));
extern const struct corpus_kind corpora_pdf[] __attribute__((weak));
extern const struct corpus_kind corpora_input[] __attribute__((weak));
extern const struct corpus_kind corpora_xaip[] __attribute__((weak));
extern const struct corpus_kind corpora_pkits[] __attribute__((weak));
extern const struct corpus_kind corpora_x509[] __attribute__((weak));
extern const struct corpus_kind corpora_asic[] __attribute__((weak));
extern const struct corpus_kind corpora_smime[] __attribute__((weak));
extern const struct corpus_kind corpora_revocation[] __attribute__((weak));
extern const struct corpus_kind corpora_trust[] __attribute__((weak));

#endif
