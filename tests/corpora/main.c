#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/corpora/corpora.h"
#include "tests/corpora/mutate.h"
#include "tests/corpora/run.h"

#define KNOWN_FILE	 "tests/corpora/KNOWN.tsv"
#define DIFFERENCES_FILE "tests/corpora/DIFFERENCES.md"

static const struct corpus_kind *tables[11];

/* A line of KNOWN.tsv: a difference that was looked into and is right by the standard. */
struct known {
	char *file, *say, *why;
	int seen;
};
static struct known *known;
static size_t known_count;

struct tally {
	char kind[128];
	size_t set;  /* how many characters of it */
	int is_fact; /* beside verdicts */
	unsigned int by[OUTCOMES], known;
};
static int verbose; /* every row is told */
/* Rows that agree because a constraint was set to warn, as their source has it. */
static unsigned int by_own_policy;
static struct tally tallies[160];
static size_t tally_count;

static struct tally *
tally_of(const struct corpus_row *row)
{
	char kind[128];
	size_t i;

	snprintf(kind, sizeof(kind), "%s %s", row->set, row->kind);
	for (i = 0; i < tally_count; i++)
		if (strcmp(tallies[i].kind, kind) == 0)
			return &tallies[i];
	if (tally_count == sizeof(tallies) / sizeof(tallies[0]))
		abort();
	memcpy(tallies[tally_count].kind, kind, sizeof(kind));
	tallies[tally_count].set = strlen(row->set);
	return &tallies[tally_count++];
}

static const struct corpus_kind *
kind_of(const char *set, const char *kind)
{
	const struct corpus_kind *k;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (k = tables[i]; k != NULL && k->set != NULL; k++)
			if (strcmp(k->set, set) == 0 &&
			    (kind == NULL || fnmatch(k->kind, kind, 0) == 0))
				return k;
	return NULL;
}

/* Cut a line at its tabs, in place. */
static size_t
split(char *line, const char **fields, size_t max)
{
	size_t n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	while (n < max) {
		fields[n++] = line;
		line += strcspn(line, "\t");
		if (*line == '\0')
			break;
		*line++ = '\0';
	}
	return n;
}

static void
read_known(void)
{
	FILE *f = fopen(KNOWN_FILE, "r");
	char *line = NULL;
	size_t size = 0;

	while (f != NULL && getline(&line, &size, f) > 0) {
		const char *fields[3] = { "", "", "" };

		if (line[0] == '#' || split(line, fields, 3) < 3)
			continue;
		known = realloc(known, (known_count + 1) * sizeof(*known));
		if (known == NULL)
			abort();
		known[known_count++] =
		    (struct known){ strdup(fields[0]), strdup(fields[1]), strdup(fields[2]), 0 };
	}
	free(line);
	if (f != NULL)
		fclose(f);
}

/* What we say, in the words of KNOWN.tsv: a verdict, or for the set dss the intact flags. */
static void
say_words(const struct corpus_row *row, const struct corpus_finding *found, char *out, size_t size)
{
	size_t i, len = 0;

	out[0] = '\0';
	if (row->expected != NULL || found->verdict == CORPUS_ERROR || found->count == 0) {
		snprintf(out, size, "%s", corpus_verdict_name(found->verdict));
		return;
	}
	for (i = 0; i < found->count && len + 8 < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? "," : "",
		    found->signatures[i].intact ? "true" : "false");
}

/* Each known difference must be explained in the document by the file's name; how many are not. */
static unsigned int
count_unexplained(void)
{
	struct buf document = BUF_INIT(0);
	struct error err = ERROR_INIT;
	unsigned int missing = 0;
	char name[600];
	size_t i;

	if (buf_read_file(&document, DIFFERENCES_FILE, &err) != 0 ||
	    buf_terminate(&document, &err) != 0) {
		printf("%s cannot be read\n", DIFFERENCES_FILE);
		return 1;
	}
	for (i = 0; i < known_count; i++) {
		snprintf(name, sizeof(name), "`%s`", known[i].file);
		if (strstr((const char *)document.data, name) != NULL)
			continue;
		printf("%s is not explained in %s\n", known[i].file, DIFFERENCES_FILE);
		missing++;
	}
	buf_release(&document);
	return missing;
}

static int
is_known(const struct corpus_row *row, const char *say)
{
	char file[512];
	size_t i;
	int hit = 0;

	snprintf(file, sizeof(file), "%s/%s", row->set, row->file);
	for (i = 0; i < known_count; i++)
		if (strcmp(known[i].file, file) == 0 && strcmp(known[i].say, say) == 0)
			hit = known[i].seen = 1;
	return hit;
}

/* Every fact of a row that is asserted counts by itself, as a kind of its own. */
static void
run_facts(const struct corpus_row *row, const struct corpus_finding *found)
{
	struct corpus_row part = *row;
	char kind[64], say[256];
	enum outcome outcome;
	size_t f;

	for (f = 0; f < corpus_fact_count; f++) {
		const struct corpus_fact *fact = &corpus_facts[f];

		outcome = fact->compare(row, found);
		if (outcome == UNSCORED)
			continue;
		snprintf(kind, sizeof(kind), "%s %s", row->kind, fact->what);
		part.kind = kind;
		tally_of(&part)->is_fact = 1;
		say[0] = '\0';
		fact->say(found, say, sizeof(say));
		if (outcome != AGREE && outcome != FALSE_VALID && is_known(row, say)) {
			tally_of(&part)->known++;
			continue;
		}
		tally_of(&part)->by[outcome]++;
		if (outcome != AGREE)
			printf("DIFFERS %s/%s: %s: %s; expected %s%s\n", row->set, row->file,
			    fact->what, say, corpus_value(row, fact->column),
			    outcome == FALSE_VALID ? " (false-valid)" : "");
	}
}

static void
run_row(const struct corpus_row *row, const struct corpus_kind *kind)
{
	struct tally *tally = tally_of(row);
	struct corpus_finding found = { .about = SIZE_MAX };
	enum outcome outcome;
	char say[256];
	int differs;

	if (kind == NULL)
		corpus_say(&found, CORPUS_SKIPPED, "no check for this kind");
	else
		kind->check(row, &found);
	outcome = corpus_compare(row, &found);
	run_facts(row, &found);
	say_words(row, &found, say, sizeof(say));
	differs = outcome == FALSE_VALID || outcome == FALSE_INVALID || outcome == OTHER_DIFFERENCE;
	/* A false-valid has no excuse: it counts even where KNOWN.tsv names it. */
	if (differs && is_known(row, say) && outcome != FALSE_VALID) {
		tally->known++;
		differs = 0;
	} else {
		tally->by[outcome]++;
		by_own_policy += outcome == AGREE && corpus_tolerates(row) != 0;
	}
	if (differs || verbose)
		printf("%s %s/%s%s%s: %s; expected %s (%s)\n", differs ? "DIFFERS" : "       ",
		    row->set, row->file, row->detached != NULL ? " with " : "",
		    row->detached != NULL ? row->detached : "", say,
		    row->expected != NULL ? row->expected
		    : corpus_value(row, "expected_crypto_intact") != NULL
			? corpus_column(row, "expected_crypto_intact")
		    : corpus_column(row, "expected_timestamps") != NULL
			? corpus_column(row, "expected_timestamps")
			: "-",
		    found.words);
}

static int
is_wanted(const struct corpus_row *row, char **words)
{
	char name[512];

	if (*words == NULL)
		return 1;
	snprintf(name, sizeof(name), "%s/%s %s", row->set, row->file, row->kind);
	for (; *words != NULL; words++)
		if (strstr(name, *words) != NULL)
			return 1;
	return 0;
}

static void
run_set(const char *root, const char *set, char **words, corpora_row *take)
{
	char dir[512], path[1024], *line = NULL, *head = NULL;
	struct corpus_row row = { 0 };
	size_t size = 0, head_size = 0, i, fields;
	FILE *f;

	snprintf(dir, sizeof(dir), "%s/%s", root, set);
	snprintf(path, sizeof(path), "%s/manifest.tsv", dir);
	f = fopen(path, "r");
	if (f == NULL || getline(&head, &head_size, f) <= 0)
		goto done;
	row.columns = split(head, row.names, CORPUS_COLUMNS);
	while (getline(&line, &size, f) > 0) {
		fields = split(line, row.values, row.columns);
		for (i = fields; i < row.columns; i++)
			row.values[i] = "-";
		row.dir = dir;
		row.set = set;
		row.file = corpus_column(&row, "file");
		row.kind = corpus_column(&row, "kind");
		row.detached = corpus_value(&row, "detached");
		if (row.detached == NULL)
			row.detached = corpus_value(&row, "detached_content");
		row.settings = corpus_value(&row, "settings");
		row.expected = corpus_value(&row, "expected");
		row.notes = corpus_value(&row, "notes");
		if (row.file != NULL && row.kind != NULL && is_wanted(&row, words))
			take(&row, kind_of(row.set, row.kind));
	}
done:
	free(line);
	free(head);
	if (f != NULL)
		fclose(f);
}

int
corpora_each_row(const char *dir, char **words, corpora_row *take)
{
	struct dirent **sets = NULL;
	int n = scandir(dir, &sets, NULL, alphasort), i;

	if (n < 0) {
		fprintf(stderr, "%s cannot be read\n", dir);
		return -1;
	}
	for (i = 0; i < n; i++) {
		if (kind_of(sets[i]->d_name, NULL) != NULL)
			run_set(dir, sets[i]->d_name, words, take);
		free(sets[i]);
	}
	free(sets);
	return 0;
}

/* As the tools' figures in the corpora's README: verdicts only, known differences among the wrong.
 */
static void
report_sets(void)
{
	size_t i, j, o;

	printf("%-24s %13s %11s %13s %6s %8s %8s\n", "set", "right/scored", "false-valid",
	    "facts right", "known", "unscored", "skipped");
	for (i = 0; i < tally_count; i = j) {
		unsigned int verdicts[OUTCOMES] = { 0 }, facts[OUTCOMES] = { 0 }, known_rows = 0,
			     known_facts = 0;
		char right[32], fact[32];

		for (j = i; j < tally_count && tallies[j].set == tallies[i].set &&
			    strncmp(tallies[j].kind, tallies[i].kind, tallies[i].set + 1) == 0;
		     j++) {
			for (o = 0; o < OUTCOMES; o++)
				(tallies[j].is_fact ? facts : verdicts)[o] += tallies[j].by[o];
			*(tallies[j].is_fact ? &known_facts : &known_rows) += tallies[j].known;
		}
		snprintf(right, sizeof(right), "%u/%u", verdicts[AGREE],
		    verdicts[AGREE] + verdicts[FALSE_VALID] + verdicts[FALSE_INVALID] +
			verdicts[OTHER_DIFFERENCE] + known_rows);
		snprintf(fact, sizeof(fact), "%u/%u", facts[AGREE],
		    facts[AGREE] + facts[FALSE_VALID] + facts[FALSE_INVALID] +
			facts[OTHER_DIFFERENCE] + known_facts);
		printf("%-24.*s %13s %11u %13s %6u %8u %8u\n", (int)tallies[i].set, tallies[i].kind,
		    right, verdicts[FALSE_VALID] + facts[FALSE_VALID], fact,
		    known_rows + known_facts, verdicts[UNSCORED], verdicts[SKIPPED]);
	}
}

static int
report(void)
{
	unsigned int sum[OUTCOMES] = { 0 }, known_rows = 0, differ;
	size_t i, o;

	printf("%-44s %6s %6s %6s %8s %8s\n", "kind", "agree", "differ", "known", "unscored",
	    "skipped");
	for (i = 0; i < tally_count; i++) {
		const struct tally *t = &tallies[i];

		for (o = 0; o < OUTCOMES; o++)
			sum[o] += t->by[o];
		known_rows += t->known;
		printf("%-44s %6u %6u %6u %8u %8u\n", t->kind, t->by[AGREE],
		    t->by[FALSE_VALID] + t->by[FALSE_INVALID] + t->by[OTHER_DIFFERENCE], t->known,
		    t->by[UNSCORED], t->by[SKIPPED]);
	}
	differ = sum[FALSE_VALID] + sum[FALSE_INVALID] + sum[OTHER_DIFFERENCE];
	report_sets();
	printf("policies: %u rows agree by a constraint that their source does not have either\n",
	    by_own_policy);
	printf("corpora: %u agree, %u differ, %u false-valid, %u false-invalid\n", sum[AGREE],
	    differ, sum[FALSE_VALID], sum[FALSE_INVALID]);
	if (sum[AGREE] + differ + known_rows == 0) {
		fprintf(stderr, "no row was judged\n");
		return 1;
	}
	return differ > 0;
}

int
main(int argc, char **argv)
{
	unsigned int unexplained;
	size_t k;

	tables[0] = corpora_cms;
	tables[1] = corpora_xml;
	tables[2] = corpora_pdf;
	tables[3] = corpora_x509;
	tables[6] = corpora_asic;
	tables[7] = corpora_smime;
	tables[8] = corpora_pkits;
	tables[9] = corpora_input;
	tables[10] = corpora_xaip;
	tables[4] = corpora_revocation;
	tables[5] = corpora_trust;
	if (argc > 1 && strcmp(argv[1], "--mutate") == 0)
		return mutate_main(argc, argv);
	if (argc < 2) {
		fprintf(stderr, "usage: corpora DIR [WORD...]   (DIR holds the sets)\n");
		return 2;
	}
	read_known();
	verbose = argc > 2;
	if (corpora_each_row(argv[1], argv + 2, run_row) != 0)
		return 2;
	for (k = 0; argc == 2 && k < known_count; k++)
		if (!known[k].seen)
			printf("better than known: %s no longer says %s: take it out of %s\n",
			    known[k].file, known[k].say, KNOWN_FILE);
	unexplained = count_unexplained();
	return report() != 0 || unexplained > 0;
}
