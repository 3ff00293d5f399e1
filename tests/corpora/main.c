#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/corpora/corpora.h"

#define KNOWN_FILE "tests/corpora/KNOWN.tsv"

static const struct corpus_kind *tables[9];

/* A line of KNOWN.tsv: a difference that was looked into and is right by the standard. */
struct known {
	char *file, *say, *why;
	int seen;
};
static struct known *known;
static size_t known_count;

enum outcome { AGREE, FALSE_VALID, FALSE_INVALID, OTHER_DIFFERENCE, UNSCORED, SKIPPED, OUTCOMES };

struct tally {
	char kind[128];
	unsigned int by[OUTCOMES], known;
};
static struct tally tallies[128];
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
			    (kind == NULL || strcmp(k->kind, kind) == 0))
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
	if (row->expected != NULL || found->verdict == CORPUS_ERROR || found->intact_count == 0) {
		snprintf(out, size, "%s", corpus_verdict_name(found->verdict));
		return;
	}
	for (i = 0; i < found->intact_count && len + 8 < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? "," : "",
		    found->intact[i] ? "true" : "false");
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

/* The next "true" or "false" that is asserted of a signature; words in brackets are remarks. */
static int
next_flag(const char **at, int *flag)
{
	for (; **at != '\0'; (*at)++) {
		if (**at == '(')
			*at += strcspn(*at, ")");
		if (**at == '\0')
			break;
		*flag = strncmp(*at, "true", 4) == 0;
		if (*flag || strncmp(*at, "false", 5) == 0) {
			*at += *flag ? 4 : 5;
			return 1;
		}
	}
	return 0;
}

/*
 * "all:true", "true,false", "master: true; counter-signature: false (why)", ... against the flags
 * that we found. Only how many hold counts: the manifest's order is that of another program's list.
 * "-": there is no signature, so none may be intact (the flags of kind tst are of time stamps).
 */
static enum outcome
compare_intact(const char *expected, const char *kind, const struct corpus_finding *found)
{
	size_t i, good = 0, asserted = 0, want = 0;
	const char *at;
	int flag;

	if (strcmp(expected, "unknown") == 0)
		return UNSCORED;
	if (strcmp(expected, "-") == 0 && strcmp(kind, "tst") == 0)
		return AGREE;
	for (at = expected; next_flag(&at, &flag); asserted++)
		want += flag != 0;
	for (i = 0; i < found->intact_count; i++)
		good += found->intact[i] != 0;
	if (asserted == 1 && want == 1)
		want = found->intact_count > 0 ? found->intact_count : 1;
	else if (asserted == 1 && good < found->intact_count)
		return AGREE; /* one flag for all, and one at least is broken */
	return good > want ? FALSE_VALID : good < want ? FALSE_INVALID : AGREE;
}

static const char *
value_or_null(const struct corpus_row *row, const char *name)
{
	const char *value = corpus_column(row, name);

	return value == NULL || strcmp(value, "-") == 0 || *value == '\0' ? NULL : value;
}

/* Set dss, kind tst: what is asserted of signature and imprint stands in a column of its own.
 * Without the data that was stamped, only the signature can be judged, and DSS has no word for it.
 */
static enum outcome
compare_token(const struct corpus_row *row, int says_valid)
{
	const char *expected = value_or_null(row, "expected_timestamps");

	if (expected == NULL || row->detached == NULL || strcmp(expected, "unknown") == 0)
		return UNSCORED;
	if (strstr(expected, "not valid") != NULL || strstr(expected, "does not match") != NULL ||
	    strstr(expected, "cannot be checked") != NULL)
		return says_valid ? FALSE_VALID : AGREE;
	if (strstr(expected, "true") != NULL)
		return says_valid ? AGREE : FALSE_INVALID;
	return UNSCORED;
}

/* ---- set dss: levels and time stamps ---- */

/* DSS's words for a level, without the format before them; "": nothing here judges it. */
static const struct {
	const char *word, *level;
} level_words[] = {
	{ "BASELINE_B", "B-B" },
	{ "BASELINE_T", "B-T" },
	{ "BASELINE_LT", "B-LT" },
	{ "BASELINE_LTA", "B-LTA" },
	{ "PKCS7_T", "Basic-T" },
	{ "PKCS7_LT", "Basic-LT" },
	{ "PKCS7_LTA", "Basic-LTA" },
	{ "CMS_NOT_ETSI", "Basic" },
	{ "PDF_NOT_ETSI", "Basic" },
	{ "LT", "X-L" },
	{ "XL", "X-L" },
	{ "LTV", "A" },
};

/* The next level that the column names, as our word, or NULL; parts are split by ';'. */
static const char *
next_level(const char **at, char word[64])
{
	size_t i, n;

	for (; **at != '\0'; *at += n + ((*at)[n] != '\0')) {
		*at += strspn(*at, " ;");
		n = strcspn(*at, ";");
		snprintf(word, 64, "%.*s", (int)n, *at);
		if (strstr(word, "ERS") != NULL || strchr(word, '=') != NULL || n == 0)
			continue;
		if (strncmp(word + 1, "AdES_", 5) == 0)
			memmove(word, word + 6, strlen(word + 6) + 1);
		*at += n;
		for (i = 0; i < sizeof(level_words) / sizeof(level_words[0]); i++)
			if (strcmp(level_words[i].word, word) == 0)
				return level_words[i].level;
		return word;
	}
	return NULL;
}

/* Every level that is asserted must be that of a signature. */
static enum outcome
compare_levels(const struct corpus_row *row, const struct corpus_finding *found)
{
	const char *at = value_or_null(row, "expected_level"), *level;
	enum outcome outcome = UNSCORED;
	char word[64];
	size_t i;
	int hit;

	while (at != NULL && (level = next_level(&at, word)) != NULL) {
		for (i = 0, hit = 0; i < found->intact_count; i++)
			hit |= strcmp(ades_level_name(found->levels[i]), level) == 0;
		if (!hit)
			return OTHER_DIFFERENCE;
		outcome = AGREE;
	}
	return outcome;
}

/* "n=3; all:true", "all:true (if any)", "mixed: ...", "not valid (asserted)". */
static enum outcome
compare_stamps(const struct corpus_row *row, const struct corpus_finding *found)
{
	const char *expected = value_or_null(row, "expected_timestamps");
	size_t i, good = 0, n = found->stamp_count;

	if (expected == NULL || (n == 0 && strstr(expected, "if any") != NULL))
		return UNSCORED;
	for (i = 0; i < n; i++)
		good += found->stamps[i] != 0;
	if (strncmp(expected, "n=", 2) == 0 && (size_t)atoi(expected + 2) != n)
		return OTHER_DIFFERENCE;
	if (strstr(expected, "mixed") != NULL)
		return good > 0 && good < n ? AGREE : good == n ? FALSE_VALID : FALSE_INVALID;
	if (strstr(expected, "true") != NULL)
		return good == n ? AGREE : FALSE_INVALID;
	/* "not valid" may be for want of trust, which is not judged here. */
	return strncmp(expected, "n=", 2) == 0 ? AGREE : UNSCORED;
}

static void
run_facts(const struct corpus_row *row, const struct corpus_finding *found)
{
	static const struct {
		const char *what, *column;
		enum outcome (*compare)(
		    const struct corpus_row *row, const struct corpus_finding *found);
	} facts[] = {
		{ "levels", "expected_level", compare_levels },
		{ "time stamps", "expected_timestamps", compare_stamps },
	};
	struct corpus_row part = *row;
	char kind[64], say[256];
	enum outcome outcome;
	size_t i, f, len;

	if (found->intact_count == 0)
		return;
	for (f = 0; f < 2; f++) {
		outcome = facts[f].compare(row, found);
		if (outcome == UNSCORED)
			continue;
		snprintf(kind, sizeof(kind), "%s %s", row->kind, facts[f].what);
		part.kind = kind;
		say[0] = '\0';
		for (i = 0, len = 0; f == 0 && i < found->intact_count && len < 200; i++)
			len += (size_t)snprintf(say + len, sizeof(say) - len, "%s%s",
			    i > 0 ? "," : "", ades_level_name(found->levels[i]));
		for (i = 0, len = 0; f == 1 && i < found->stamp_count && len < 200; i++)
			len += (size_t)snprintf(say + len, sizeof(say) - len, "%s%s",
			    i > 0 ? "," : "", found->stamps[i] ? "stamp" : "bad stamp");
		if (outcome != AGREE && is_known(row, say)) {
			tally_of(&part)->known++;
			continue;
		}
		tally_of(&part)->by[outcome]++;
		if (outcome != AGREE)
			printf("DIFFERS %s/%s: %s: %s; expected %s\n", row->set, row->file,
			    facts[f].what, say, value_or_null(row, facts[f].column));
	}
}

/* The words of `expected_indication` by which DSS refuses a list, or finds it out of form. */
static int
is_refused_list(const char *expected)
{
	static const char *const words[] = { "FAILED", "error:", "structure message",
		"structure messages", "INDETERMINATE" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(expected, words[i]) != NULL)
			return 1;
	return 0;
}

/*
 * Set dss, kind tl: a list that is asserted to be broken, unsigned or out of form must not be taken
 * in; one that is asserted to pass or to be read must be, with the facts that are stated. Messages
 * about what does not matter to trust ("with validation off no messages") assert nothing.
 */
static enum outcome
compare_list(const struct corpus_row *row, const struct corpus_finding *found)
{
	const char *expected = value_or_null(row, "expected_indication");

	if (expected == NULL || strcmp(expected, "unknown") == 0 ||
	    strstr(expected, "with validation off no messages") != NULL)
		return UNSCORED;
	if (found->verdict == CORPUS_ERROR)
		return OTHER_DIFFERENCE;
	if (is_refused_list(expected))
		return found->verdict == CORPUS_VALID ? FALSE_VALID : AGREE;
	return found->verdict == CORPUS_VALID ? AGREE : FALSE_INVALID;
}

static enum outcome
compare(const struct corpus_row *row, const struct corpus_finding *found)
{
	const char *intact = value_or_null(row, "expected_crypto_intact");
	const char *number = value_or_null(row, "expected_number_of_signatures");
	int says_valid = found->verdict == CORPUS_VALID;

	if (found->verdict == CORPUS_SKIPPED)
		return SKIPPED;
	if (row->expected != NULL) {
		if (strcmp(row->expected, "valid") == 0)
			return says_valid ? AGREE : FALSE_INVALID;
		if (strcmp(row->expected, "invalid") == 0 || strcmp(row->expected, "error") == 0)
			return says_valid ? FALSE_VALID : AGREE;
		return UNSCORED;
	}
	if (strcmp(row->kind, "tst") == 0)
		return compare_token(row, says_valid);
	if (strcmp(row->kind, "tl") == 0)
		return compare_list(row, found);
	if (intact == NULL)
		return UNSCORED;
	if (number != NULL && number[0] >= '1' && number[0] <= '9' &&
	    (size_t)atoi(number) != found->intact_count && found->intact_count > 0)
		return OTHER_DIFFERENCE;
	return compare_intact(intact, row->kind, found);
}

static void
run_row(const struct corpus_row *row, int verbose)
{
	const struct corpus_kind *kind = kind_of(row->set, row->kind);
	struct tally *tally = tally_of(row);
	struct corpus_finding found = { 0 };
	enum outcome outcome;
	char say[256];
	int differs;

	if (kind == NULL)
		corpus_say(&found, CORPUS_SKIPPED, "no check for this kind");
	else
		kind->check(row, &found);
	outcome = compare(row, &found);
	run_facts(row, &found);
	say_words(row, &found, say, sizeof(say));
	differs = outcome == FALSE_VALID || outcome == FALSE_INVALID || outcome == OTHER_DIFFERENCE;
	/* A false-valid has no excuse: it counts even where KNOWN.tsv names it. */
	if (differs && is_known(row, say) && outcome != FALSE_VALID) {
		tally->known++;
		differs = 0;
	} else {
		tally->by[outcome]++;
	}
	if (differs || verbose)
		printf("%s %s/%s%s%s: %s; expected %s (%s)\n", differs ? "DIFFERS" : "       ",
		    row->set, row->file, row->detached != NULL ? " with " : "",
		    row->detached != NULL ? row->detached : "", say,
		    row->expected != NULL ? row->expected
		    : value_or_null(row, "expected_crypto_intact") != NULL
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
run_set(const char *root, const char *set, char **words)
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
		row.detached = value_or_null(&row, "detached");
		if (row.detached == NULL)
			row.detached = value_or_null(&row, "detached_content");
		row.settings = value_or_null(&row, "settings");
		row.expected = value_or_null(&row, "expected");
		row.notes = value_or_null(&row, "notes");
		if (row.file != NULL && row.kind != NULL && is_wanted(&row, words))
			run_row(&row, *words != NULL);
	}
done:
	free(line);
	free(head);
	if (f != NULL)
		fclose(f);
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
	struct dirent **sets = NULL;
	int n, i;
	size_t k;

	tables[0] = corpora_cms;
	tables[1] = corpora_xml;
	tables[2] = corpora_pdf;
	tables[3] = corpora_x509;
	tables[6] = corpora_asic;
	tables[7] = corpora_smime;
	tables[8] = corpora_pkits;
	tables[4] = corpora_revocation;
	tables[5] = corpora_trust;
	if (argc < 2 || (n = scandir(argv[1], &sets, NULL, alphasort)) < 0) {
		fprintf(stderr, "usage: corpora DIR [WORD...]   (DIR holds the sets)\n");
		return 2;
	}
	read_known();
	for (i = 0; i < n; i++) {
		if (kind_of(sets[i]->d_name, NULL) != NULL)
			run_set(argv[1], sets[i]->d_name, argv + 2);
		free(sets[i]);
	}
	free(sets);
	for (k = 0; argc == 2 && k < known_count; k++)
		if (!known[k].seen)
			printf("better than known: %s no longer says %s: take it out of %s\n",
			    known[k].file, known[k].say, KNOWN_FILE);
	return report();
}
