/*
 * tests/corpora/mutate.h: files that are valid, changed a little, must not stay valid.
 *
 * `build/tests/corpora --mutate SEED ROUNDS DIR [WORD...]` takes every row of the manifests that we
 * call valid, changes its file (or one beside it) by each kind of mutation that fits, ROUNDS times,
 * and lets the row's own check judge what came out. One that is still valid is held against the
 * file it came from: the same signatures by the same signers over the same data, nothing else
 * shown. Whatever passes with anything changed is a false-valid, printed with the seed that makes
 * it again.
 */
#ifndef SIGNET_TESTS_CORPORA_MUTATE_H
#define SIGNET_TESTS_CORPORA_MUTATE_H

#include "tests/corpora/corpora.h"

enum mutant_format { MUTANT_OTHER, MUTANT_XML, MUTANT_PDF, MUTANT_ZIP, MUTANT_DER, MUTANT_FORMATS };
enum mutant_format mutant_format_of(struct span file);

/* One mutation in the making. */
struct mutant {
	struct span from; /* the file as it was */
	enum mutant_format format;
	X509 *signer;	 /* of its first signature, or NULL */
	struct buf out;	 /* the changed one */
	uint64_t random; /* state of mutant_random() */
	char what[200];	 /* what was done, for people */
};
/* A number below `below` (which is not 0). */
size_t mutant_random(struct mutant *m, size_t below);
/* Append a piece of m->from, or bytes, to m->out; memory that is short ends the program. */
void mutant_copy(struct mutant *m, size_t from, size_t to);
void mutant_put(struct mutant *m, const void *bytes, size_t len);
void mutant_say(struct mutant *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Append, or end the program. */
void mutant_collect(struct buf *to, const void *bytes, size_t len);

struct mutation {
	const char *name;     /* NULL ends a table */
	unsigned int formats; /* 1 << enum mutant_format, or'ed */
	/* 1: m->out is a changed file; 0: it does not fit this one. */
	int (*make)(struct mutant *m);
};
#define MUTANT_ANY ((1u << MUTANT_FORMATS) - 1)
extern const struct mutation mutations_of_bytes[]; /* mutate_bytes.c: any file */
extern const struct mutation mutations_of_xml[];   /* mutate_xml.c */
extern const struct mutation mutations_of_pdf[];   /* mutate_pdf.c */
extern const struct mutation mutations_of_zip[];   /* mutate_zip.c */
extern const struct mutation mutations_of_certs[]; /* mutate_cert.c */

/*
 * What a reader of the document is shown, signatures aside, by code that shares nothing with the
 * readers under test: a digest. 0 when there is nothing of the kind. A PDF is compared as bytes.
 */
int shown_xml(struct span file, unsigned char digest[32]);
int shown_zip(struct span file, unsigned char digest[32]);
/* Do both hold the same bytes but in the values of /Contents? 1: `to` may have more at its end. */
int shown_pdf_kept(struct span from, struct span to);

int mutate_main(int argc, char **argv);

#endif
