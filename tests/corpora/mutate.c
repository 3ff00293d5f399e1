/* The run over all rows, and what is held against what. */
#include "tests/corpora/mutate.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/corpora/run.h"

#define KINDS_MAX 64

/* What came out of a mutant. */
enum fate {
	REFUSED,   /* the reader took it for no such file */
	INVALID,   /* judged, and not valid */
	LESS,	   /* valid, but less is said to be signed, or that something was added */
	HARMLESS,  /* valid: nothing that is signed or shown has changed */
	PERMITTED, /* valid: a later revision of a PDF, and what it changed is told */
	FALSELY_VALID,
	FATES
};
static const char *const fate_names[FATES] = { "refused", "invalid", "less", "harmless",
	"permitted", "FALSE" };

/* One good signature of a document. */
struct seen {
	unsigned char data[32];	  /* digest over what it says: data, claimed time, roles, key */
	unsigned char places[32]; /* over where its data is said to be */
	unsigned char cert[32];
	int names_cert; /* a signed attribute holds for the certificate */
	enum scope scope;
	int is_last, is_pdf, is_counter;
};
struct view {
	struct seen items[CORPUS_SIGNATURES_MAX];
	size_t count, all;
	X509 *signer; /* of the first; a reference */
};

static struct view *watching;
static struct {
	char file[512];
	struct span bytes;
} swapped;

static struct tally {
	const char *name;
	unsigned int by[FATES];
} tallies[KINDS_MAX];
static size_t tally_count;
static uint64_t seed;
static int verbose;
static char said[400]; /* by the last check */

/* ---- making ---- */

/* SplitMix64: small, and the same everywhere. */
static uint64_t
next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

size_t
mutant_random(struct mutant *m, size_t below)
{
	return (size_t)(next(&m->random) % below);
}

void
mutant_collect(struct buf *to, const void *bytes, size_t len)
{
	struct error err = ERROR_INIT;

	if (buf_append(to, bytes, len, &err) != 0)
		abort();
}

void
mutant_put(struct mutant *m, const void *bytes, size_t len)
{
	mutant_collect(&m->out, bytes, len);
}

void
mutant_copy(struct mutant *m, size_t from, size_t to)
{
	if (to > from)
		mutant_put(m, m->from.data + from, to - from);
}

void
mutant_say(struct mutant *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->what, sizeof(m->what), fmt, ap);
	va_end(ap);
}

enum mutant_format
mutant_format_of(struct span file)
{
	size_t i = 0;

	if (file.len > 4 && memcmp(file.data, "PK\3\4", 4) == 0)
		return MUTANT_ZIP;
	if (file.len > 0 && file.data[0] == 0x30)
		return MUTANT_DER;
	if (memmem(file.data, file.len < 1024 ? file.len : 1024, "%PDF-", 5) != NULL)
		return MUTANT_PDF;
	while (i < file.len && strchr("\xef\xbb\xbf \t\r\n", file.data[i]) != NULL)
		i++;
	return i < file.len && file.data[i] == '<' ? MUTANT_XML : MUTANT_OTHER;
}

/* ---- seeing ---- */

static void
add_text(struct buf *to, const char *text)
{
	mutant_collect(to, text != NULL ? text : "-", text != NULL ? strlen(text) + 1 : 1);
}

static void
add_key(struct buf *to, const struct signature *sig)
{
	EVP_PKEY *key = sig->signer != NULL ? X509_get0_pubkey(sig->signer) : sig->bare_key;
	unsigned char *der = NULL;
	int len = key != NULL ? i2d_PUBKEY(key, &der) : 0;

	if (len > 0)
		mutant_collect(to, der, (size_t)len);
	OPENSSL_free(der);
}

static void
see_references(const struct signature *sig, struct buf *data, struct buf *places)
{
	size_t i;

	for (i = 0; i < sig->reference_count; i++) {
		const struct reference *ref = &sig->references[i];

		if (!ref->intact || ref->in_manifest)
			continue;
		mutant_collect(data, ref->computed.data, ref->computed.len);
		if (sig->format != FORMAT_PDF)
			add_text(places, ref->uri);
		add_text(places, ref->path);
	}
}

static void
see(const struct signature *sig, struct seen *to)
{
	struct buf data = BUF_INIT(0), places = BUF_INIT(0);

	memset(to, 0, sizeof(*to));
	see_references(sig, &data, &places);
	to->is_counter = sig->parent != NULL;
	mutant_collect(&data, &sig->claimed_time, sizeof(sig->claimed_time));
	add_text(&data, sig->roles);
	add_text(&data, sig->policy);
	add_key(&data, sig);
	SHA256(data.data, data.len, to->data);
	SHA256(places.data, places.len, to->places);
	if (sig->signer != NULL)
		X509_digest(sig->signer, EVP_sha256(), to->cert, NULL);
	to->names_cert = sig->cert_ref == CERT_REF_MATCHES;
	to->scope = sig->scope;
	to->is_pdf = sig->format == FORMAT_PDF;
	to->is_last = sig->revision_is_last;
	buf_release(&data);
	buf_release(&places);
}

static int
is_good(const struct signature *sig)
{
	return sig->value_intact && sig->references_intact && sig->failure == SUB_NONE &&
	       (sig->format != FORMAT_PDF || sig->revision_is_last || sig->changes_permitted);
}

void
mutate_observe(const struct signatures *list)
{
	size_t i;

	if (watching == NULL)
		return;
	X509_free(watching->signer);
	memset(watching, 0, sizeof(*watching));
	for (i = 0; i < list->count && watching->count < CORPUS_SIGNATURES_MAX; i++) {
		const struct signature *sig = &list->items[i];

		watching->all++;
		if (watching->signer == NULL && sig->signer != NULL &&
		    X509_up_ref(sig->signer) == 1)
			watching->signer = sig->signer;
		if (is_good(sig))
			see(sig, &watching->items[watching->count++]);
	}
}

int
mutate_swapped(const char *file, struct span *bytes)
{
	if (swapped.file[0] == '\0' || strcmp(swapped.file, file) != 0)
		return 0;
	*bytes = swapped.bytes;
	return 1;
}

/* Judge the row, with other bytes in `file` where it is not NULL. */
static enum corpus_verdict
judge(const struct corpus_row *row, const struct corpus_kind *kind, const char *file,
    struct span bytes, struct view *view)
{
	struct corpus_finding found = { .about = SIZE_MAX };

	X509_free(view->signer);
	memset(view, 0, sizeof(*view));
	watching = view;
	if (file != NULL) {
		snprintf(swapped.file, sizeof(swapped.file), "%s", file);
		swapped.bytes = bytes;
	}
	kind->check(row, &found);
	snprintf(said, sizeof(said), "%s", found.words);
	swapped.file[0] = '\0';
	watching = NULL;
	return found.verdict;
}

/* ---- holding one against the other ---- */

/* Whether what is shown is another thing, as far as there is code to tell. */
static int
shows_other(const struct seen *is, enum mutant_format format, struct span from, struct span to)
{
	unsigned char a[32], b[32];

	/* A counter-signature covers another signature. */
	if (is->is_counter)
		return 0;
	if (format == MUTANT_XML)
		return shown_xml(from, a) && shown_xml(to, b) && memcmp(a, b, 32) != 0;
	if (format == MUTANT_ZIP)
		return shown_zip(from, a) && shown_zip(to, b) && memcmp(a, b, 32) != 0;
	return 0;
}

/* The fate of one good signature of a mutant. */
static enum fate
fate_of(const struct seen *is, const struct view *before, const struct mutant *m, int own_file,
    struct span to)
{
	const struct seen *was = NULL;
	size_t i;

	for (i = 0; i < before->count && was == NULL; i++)
		if (memcmp(before->items[i].data, is->data, 32) == 0)
			was = &before->items[i];
	/* Signed data, time, roles or key differ from those of every signature before. */
	if (was == NULL)
		return FALSELY_VALID;
	if (memcmp(was->cert, is->cert, 32) != 0)
		return is->names_cert ? FALSELY_VALID : LESS;
	if ((is->scope == SCOPE_PARTIAL && was->scope == SCOPE_FULL) ||
	    memcmp(was->places, is->places, 32) != 0)
		return LESS;
	/* What stands behind the bytes that it covers is judged, and told, as later revisions. */
	if (is->is_pdf && own_file) {
		if (to.len == m->from.len && shown_pdf_kept(m->from, to))
			return HARMLESS;
		return is->is_last ? FALSELY_VALID : PERMITTED;
	}
	/* What became all of the document by losing the rest of it is what was signed. */
	if (is->scope == SCOPE_FULL && was->scope == SCOPE_FULL && own_file &&
	    shows_other(is, m->format, m->from, to))
		return FALSELY_VALID;
	return HARMLESS;
}

static enum fate
fate_of_all(enum corpus_verdict verdict, const struct view *before, const struct view *after,
    const struct mutant *m, int own_file)
{
	enum fate worst = after->count < before->count ? LESS : HARMLESS, one;
	size_t i;

	if (verdict == CORPUS_ERROR || verdict == CORPUS_SKIPPED)
		return REFUSED;
	if (verdict != CORPUS_VALID || after->count == 0)
		return INVALID;
	for (i = 0; i < after->count; i++) {
		one = fate_of(&after->items[i], before, m, own_file, SPAN_OF(&m->out));
		if (one == FALSELY_VALID || (one == PERMITTED && worst != FALSELY_VALID) ||
		    (one == LESS && worst == HARMLESS))
			worst = one;
	}
	return worst;
}

/* ---- running ---- */

static struct tally *
tally_of(const char *name)
{
	size_t i;

	for (i = 0; i < tally_count; i++)
		if (strcmp(tallies[i].name, name) == 0)
			return &tallies[i];
	if (tally_count == KINDS_MAX)
		abort();
	tallies[tally_count].name = name;
	return &tallies[tally_count++];
}

static uint64_t
seed_of(const struct corpus_row *row, const char *mutation, unsigned int round)
{
	const char *texts[] = { row->set, row->file, row->kind, mutation };
	uint64_t h = seed + round;
	size_t i;
	const char *c;

	for (i = 0; i < 4; i++)
		for (c = texts[i]; *c != '\0'; c++)
			h = (h ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
	return h;
}

static void
run_one(const struct corpus_row *row, const struct corpus_kind *kind, const char *file,
    struct span bytes, const struct mutation *mutation, unsigned int round,
    const struct view *before)
{
	struct mutant m = { .from = bytes,
		.format = mutant_format_of(bytes),
		.signer = before->signer,
		.out = BUF_INIT(0),
		.random = seed_of(row, mutation->name, round) };
	struct view after = { 0 };
	enum fate fate;

	if (bytes.len > 0 && (mutation->formats & 1u << m.format) && mutation->make(&m) == 1 &&
	    !span_equal(bytes, SPAN_OF(&m.out))) {
		fate = fate_of_all(judge(row, kind, file, SPAN_OF(&m.out), &after), before, &after,
		    &m, strcmp(file, row->file) == 0);
		tally_of(mutation->name)->by[fate]++;
		if (fate == FALSELY_VALID || verbose)
			printf("%s %s/%s %s%s%s round %u: %s (%s)\n", fate_names[fate], row->set,
			    row->file, mutation->name, strcmp(file, row->file) != 0 ? " in " : "",
			    strcmp(file, row->file) != 0 ? file : "", round, m.what, said);
	}
	X509_free(after.signer);
	buf_release(&m.out);
}

static void
run_file(const struct corpus_row *row, const struct corpus_kind *kind, const char *file,
    const struct view *before, unsigned int rounds)
{
	static const struct mutation *const tables[] = { mutations_of_bytes, mutations_of_xml,
		mutations_of_pdf, mutations_of_zip, mutations_of_certs };
	size_t tables_used = strcmp(file, row->file) == 0 ? 5 : 1, t;
	const struct mutation *mutation;
	struct buf bytes = BUF_INIT(0);
	struct error err = ERROR_INIT;
	unsigned int round;

	if (corpus_read(row, file, &bytes, &err) == 0)
		for (t = 0; t < tables_used; t++)
			for (mutation = tables[t]; mutation->name != NULL; mutation++)
				for (round = 0; round < rounds; round++)
					run_one(row, kind, file, SPAN_OF(&bytes), mutation, round,
					    before);
	buf_release(&bytes);
}

static unsigned int rounds_wanted;

/* Rows whose check does not judge all signatures of the file as it stands. */
static int
is_of_a_part(const struct corpus_row *row)
{
	char value[64];

	/* XAIP packages are taken apart; some rows are about the first signature that comes. */
	return strstr(row->kind, "xaip") != NULL ||
	       (strcmp(row->kind, "xmldsig") == 0 &&
		   corpus_setting(row, "signature", value, sizeof(value)) != NULL);
}

/* A row whose expectation, and whose verdict, is "valid". */
static void
run_row(const struct corpus_row *row, const struct corpus_kind *kind)
{
	struct view before = { 0 };
	char file[512];

	if (kind == NULL || is_of_a_part(row) ||
	    (row->expected != NULL && strcmp(row->expected, "valid") != 0))
		return;
	if (judge(row, kind, NULL, SPAN_NONE, &before) == CORPUS_VALID && before.count > 0) {
		run_file(row, kind, row->file, &before, rounds_wanted);
		if (row->detached != NULL && strncmp(row->detached, "digest:", 7) != 0) {
			snprintf(file, sizeof(file), "%.*s", (int)strcspn(row->detached, " |"),
			    row->detached);
			run_file(row, kind, file, &before, 1);
		}
	}
	X509_free(before.signer);
}

static int
report(void)
{
	unsigned int sum[FATES] = { 0 }, all = 0;
	size_t i, f;

	printf("%-20s", "mutation");
	for (f = 0; f < FATES; f++)
		printf(" %9s", fate_names[f]);
	printf("\n");
	for (i = 0; i < tally_count; i++) {
		printf("%-20s", tallies[i].name);
		for (f = 0; f < FATES; f++) {
			printf(" %9u", tallies[i].by[f]);
			sum[f] += tallies[i].by[f];
			all += tallies[i].by[f];
		}
		printf("\n");
	}
	printf("mutations: %u made, %u refused or invalid, %u false-valid\n", all,
	    sum[REFUSED] + sum[INVALID], sum[FALSELY_VALID]);
	if (sum[REFUSED] + sum[INVALID] == 0)
		fprintf(stderr, "no mutation was refused\n");
	return sum[FALSELY_VALID] > 0 || sum[REFUSED] + sum[INVALID] == 0;
}

int
mutate_main(int argc, char **argv)
{
	if (argc < 5) {
		fprintf(stderr, "usage: corpora --mutate SEED ROUNDS DIR [WORD...]\n");
		return 2;
	}
	seed = strtoull(argv[2], NULL, 10);
	rounds_wanted = (unsigned int)strtoul(argv[3], NULL, 10);
	verbose = argc > 5;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (corpora_each_row(argv[4], argv + 5, run_row) != 0)
		return 2;
	return report();
}
