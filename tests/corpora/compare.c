/* A finding against what a row of a manifest asserts. */
#include <stdlib.h>
#include <string.h>

#include "tests/corpora/corpora.h"

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
	for (i = 0; i < found->count; i++)
		good += found->signatures[i].intact != 0;
	/* "counter-signature: true; master: not asserted": of some nothing is known. */
	if (strstr(expected, "not asserted") != NULL)
		return good < want				 ? FALSE_INVALID
		       : asserted > want && good == found->count ? FALSE_VALID
								 : AGREE;
	if (asserted == 1 && want == 1)
		want = found->count > 0 ? found->count : 1;
	else if (asserted == 1 && good < found->count)
		return AGREE; /* one flag for all, and one at least is broken */
	return good > want ? FALSE_VALID : good < want ? FALSE_INVALID : AGREE;
}

const char *
corpus_value(const struct corpus_row *row, const char *name)
{
	const char *value = corpus_column(row, name);

	return value == NULL || strcmp(value, "-") == 0 || *value == '\0' ? NULL : value;
}

/* Set dss, kind tst: what is asserted of signature and imprint stands in a column of its own. */
static enum outcome
compare_token(const struct corpus_row *row, int says_valid)
{
	const char *expected = corpus_value(row, "expected_timestamps");

	if (expected == NULL || strcmp(expected, "unknown") == 0)
		return UNSCORED;
	if (strstr(expected, "not valid") != NULL || strstr(expected, "does not match") != NULL ||
	    strstr(expected, "cannot be checked") != NULL)
		return says_valid ? FALSE_VALID : AGREE;
	if (row->detached != NULL && strstr(expected, "true") != NULL)
		return says_valid ? AGREE : FALSE_INVALID;
	return UNSCORED; /* what is intact without the data is a fact of its own */
}

/* ---- "see-notes": what the notes, or the reason, demand ---- */

static const struct {
	const char *phrase;
	enum {
		MUST_BE_VALID,
		MUST_BE_INVALID,
		MUST_DOUBT,
		MUST_BE_PARTIAL,
		MUST_REFUSE_TODAY,
		MUST_REFUSE_STAMPS,
	} what;
} demands[] = {
	{ "the mismatch must be reported", MUST_DOUBT },
	{ "Date header is hours away", MUST_DOUBT },
	{ "report which MIME part is signed", MUST_BE_PARTIAL },
	{ "not \"valid\" as a whole", MUST_BE_INVALID },
	{ "refusing is right", MUST_BE_INVALID },
	{ "neither clean valid nor broken", MUST_BE_INVALID },
	{ "SHA-1 signature is refused", MUST_REFUSE_TODAY },
	{ "a current policy refuses", MUST_REFUSE_TODAY },
	{ "algorithm refused by the policy", MUST_REFUSE_TODAY },
	{ "timestamp trusted=False", MUST_REFUSE_STAMPS },
	{ "valid is right", MUST_BE_VALID },
	{ "is intact and covers the file", MUST_BE_VALID },
	{ "says valid", MUST_BE_VALID },
};

static enum outcome
compare_notes(const struct corpus_row *row, const struct corpus_finding *found)
{
	const char *texts[] = { row->notes, corpus_value(row, "reason") };
	int valid = found->verdict == CORPUS_VALID;
	size_t i, t;

	for (i = 0; i < sizeof(demands) / sizeof(demands[0]); i++)
		for (t = 0; t < 2; t++) {
			if (texts[t] == NULL || strstr(texts[t], demands[i].phrase) == NULL)
				continue;
			switch (demands[i].what) {
			case MUST_BE_VALID:
				return valid ? AGREE : FALSE_INVALID;
			case MUST_BE_INVALID:
				return valid ? FALSE_VALID : AGREE;
			case MUST_DOUBT:
				return valid && !found->is_doubtful ? FALSE_VALID : AGREE;
			case MUST_BE_PARTIAL:
				return valid && !found->is_partial ? FALSE_VALID : AGREE;
			case MUST_REFUSE_STAMPS:
				return valid && found->is_stamp_trusted ? FALSE_VALID : AGREE;
			case MUST_REFUSE_TODAY:
				return valid && !found->is_refused_by_default ? FALSE_VALID : AGREE;
			}
		}
	return UNSCORED;
}

/* "expected-level: document=B-LT;": that of the weakest of its signatures. */
static enum outcome
compare_level(const struct corpus_row *row, const struct corpus_finding *found)
{
	const char *at = row->settings != NULL ? strstr(row->settings, "document=") : NULL;
	enum ades_level least = ADES_B_LTA;
	char want[16];
	size_t i;

	if (at == NULL || sscanf(at, "document=%15[^;]", want) != 1)
		return UNSCORED;
	for (i = 0; i < found->count; i++)
		if (found->signatures[i].level < least)
			least = found->signatures[i].level;
	return found->count > 0 && strcmp(want, ades_level_name(least)) == 0 ? AGREE
									     : OTHER_DIFFERENCE;
}

static enum outcome
compare_expected(const struct corpus_row *row, const struct corpus_finding *found)
{
	int says_valid = found->verdict == CORPUS_VALID;

	if (strcmp(row->expected, "valid") == 0)
		return says_valid ? AGREE : FALSE_INVALID;
	if (strcmp(row->expected, "invalid") == 0 || strcmp(row->expected, "error") == 0)
		return says_valid ? FALSE_VALID : AGREE;
	if (strcmp(row->kind, "pades-level") == 0)
		return compare_level(row, found);
	return strcmp(row->expected, "see-notes") == 0 ? compare_notes(row, found) : UNSCORED;
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
	const char *expected = corpus_value(row, "expected_indication");

	if (expected == NULL || strcmp(expected, "unknown") == 0 ||
	    strstr(expected, "with validation off no messages") != NULL)
		return UNSCORED;
	if (found->verdict == CORPUS_ERROR)
		return OTHER_DIFFERENCE;
	/* What passes for DSS is the signature, whatever the list's version and place in a chain.
	 */
	if (strstr(expected, "TOTAL_PASSED") != NULL)
		return found->count == 1 && found->signatures[0].intact ? AGREE : FALSE_INVALID;
	if (is_refused_list(expected))
		return found->verdict == CORPUS_VALID ? FALSE_VALID : AGREE;
	return found->verdict == CORPUS_VALID ? AGREE : FALSE_INVALID;
}

/*
 * What the manifests say is made with algorithms that OpenSSL 3.0 does not have. Such rows are left
 * out, as for the other tools that the sets were run with, unless we take one for valid.
 */
static int
lacks_algorithm(const struct corpus_row *row)
{
	static const char *const words[] = { "mldsa", "ml-dsa", "slhdsa", "slh-dsa", "ml-kem",
		"gost", "ed25519ctx", "ed25519ph", "ed448ph", "needs GOST", "needs OpenSSL 3.5" };
	const char *texts[] = { row->settings, row->notes };
	size_t i, t;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (t = 0; t < 2; t++)
			if (texts[t] != NULL && strstr(texts[t], words[i]) != NULL)
				return 1;
	return 0;
}

enum outcome
corpus_compare(const struct corpus_row *row, const struct corpus_finding *found)
{
	const char *intact = corpus_value(row, "expected_crypto_intact");
	const char *number = corpus_value(row, "expected_number_of_signatures");
	const char *said = corpus_value(row, "expected_indication");
	int says_valid = found->verdict == CORPUS_VALID;

	if (found->verdict == CORPUS_SKIPPED)
		return SKIPPED;
	if (!says_valid && lacks_algorithm(row))
		return SKIPPED;
	if (row->expected != NULL)
		return compare_expected(row, found);
	if (strcmp(row->kind, "tst") == 0)
		return compare_token(row, says_valid);
	if (strcmp(row->kind, "tl") == 0)
		return compare_list(row, found);
	/* "error ...": the file is refused as a whole */
	if (said != NULL && strncmp(said, "error", 5) == 0)
		return found->verdict == CORPUS_ERROR ? AGREE
		       : says_valid		      ? FALSE_VALID
						      : OTHER_DIFFERENCE;
	if (intact == NULL)
		return UNSCORED;
	if (number != NULL && number[0] >= '1' && number[0] <= '9' &&
	    (size_t)atoi(number) != found->count && found->count > 0)
		return OTHER_DIFFERENCE;
	return compare_intact(intact, row->kind, found);
}
