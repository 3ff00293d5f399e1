/*
 * Rows that their source judges with a switch or a policy of its own: the constraint of our
 * validation policies that is the same, set to warn. What tells is the option in the settings, or
 * words about the test; never the file. With TOLERANT in the environment all constraints of form
 * are set to warn: for a look at what they alone keep out, attacks and mutations among it.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/corpora/corpora.h"

static const struct {
	const char *column, *phrase;
	enum verify_constraint constraint;
} switches[] = {
	/* xmlsec1's options */
	{ "settings", "--enable-asn1-signatures-hack", CONSTRAINT_VALUE_ENCODING },
	{ "settings", "--relationship-legacy", CONSTRAINT_RELATIONSHIPS },
	/* policies of pyHanko's tests */
	{ "notes", "the test allows a weak algorithm by policy", CONSTRAINT_DIGEST_AGREEMENT },
	{ "source", "test_tolerate_der_deviations", CONSTRAINT_ATTRIBUTES_ENCODING },
};

unsigned int
corpus_tolerates(const struct corpus_row *row)
{
	struct verify_policy policy = { 0 };
	const char *text;
	size_t i;

	if (getenv("TOLERANT") != NULL)
		return DEVIATION_BIT(DEVIATIONS) - 1;
	for (i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		text = corpus_value(row, switches[i].column);
		if (text != NULL && strstr(text, switches[i].phrase) != NULL)
			policy.levels[switches[i].constraint] = VERIFY_WARN;
	}
	/* What is let pass by default is no switch. */
	return verify_policy_tolerates(&policy) & ~verify_policy_tolerates(NULL);
}
