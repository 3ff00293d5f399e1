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

#define CORPUS_COLUMNS	  24
#define CORPUS_INTACT_MAX 32

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

/* What a check says of a row. Zeroed before the call. */
struct corpus_finding {
	enum corpus_verdict verdict;
	char words[400]; /* why; for people */
	/* Set dss: value and references intact, per signature in the order of the document. */
	int intact[CORPUS_INTACT_MAX];
	size_t intact_count;
	/* ... its level, and of all time stamps whether token and imprint are intact. */
	enum ades_level levels[CORPUS_INTACT_MAX];
	int stamps[CORPUS_INTACT_MAX];
	size_t stamp_count;
};

struct corpus_kind {
	const char *set, *kind; /* of the manifest; set NULL ends a table */
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

/* Token and imprint, as DSS calls them intact: its authority's signature, over these data. */
int corpus_stamp_is_intact(
    const struct embedded_timestamp *stamp, const STACK_OF(X509) * certificates);
/*
 * Take the signatures that a reader found as this row's finding: intact flags, levels, time stamps,
 * VALID when there is at least one and all are intact, else INVALID with the first failure's text.
 */
void corpus_judge(const struct signatures *list, struct corpus_finding *found);

extern const struct corpus_kind corpora_cms[] __attribute__((weak));
extern const struct corpus_kind corpora_xml[] __attribute__((weak));
extern const struct corpus_kind corpora_pdf[] __attribute__((weak));
extern const struct corpus_kind corpora_pkits[] __attribute__((weak));
extern const struct corpus_kind corpora_x509[] __attribute__((weak));
extern const struct corpus_kind corpora_asic[] __attribute__((weak));
extern const struct corpus_kind corpora_smime[] __attribute__((weak));
extern const struct corpus_kind corpora_revocation[] __attribute__((weak));
extern const struct corpus_kind corpora_trust[] __attribute__((weak));

#endif
