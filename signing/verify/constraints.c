/* Validation constraints: their names, and how a broken one is told. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "signing/verify/blocks.h"

static const struct {
	const char *name;
	enum verify_level level;
} constraints[VERIFY_CONSTRAINTS] = {
	[CONSTRAINT_BASELINE_REFERENCE] = { "BaselineCertificateReference", VERIFY_FAIL },
	[CONSTRAINT_PLAIN_REFERENCE] = { "PlainCertificateReference", VERIFY_INFORM },
	[CONSTRAINT_SCOPE] = { "Scope", VERIFY_INFORM },
	[CONSTRAINT_SIGNATURE_POLICY] = { "SignaturePolicy", VERIFY_INFORM },
	[CONSTRAINT_SIGNING_TIME] = { "SigningTime", VERIFY_INFORM },
	[CONSTRAINT_TIMESTAMP] = { "SignatureTimestamp", VERIFY_IGNORE },
	[CONSTRAINT_REVOCATION_KNOWN] = { "RevocationKnown", VERIFY_FAIL },
	[CONSTRAINT_REVOCATION_FRESH] = { "RevocationFreshness", VERIFY_FAIL },
	[CONSTRAINT_TRUST_LIST_FRESH] = { "TrustListFreshness", VERIFY_FAIL },
};

static const struct {
	const char *name;
	enum check_outcome outcome;
} levels[] = {
	[VERIFY_BY_DEFAULT] = { "", CHECK_FAILED },
	[VERIFY_FAIL] = { "fail", CHECK_FAILED },
	[VERIFY_WARN] = { "warn", CHECK_WARNING },
	[VERIFY_INFORM] = { "inform", CHECK_NOTE },
	[VERIFY_IGNORE] = { "ignore", CHECK_NOTE },
};
#define LEVELS (sizeof(levels) / sizeof(levels[0]))

const char *
verify_constraint_name(enum verify_constraint constraint)
{
	return constraints[constraint].name;
}

int
verify_constraint_by_name(const char *name, enum verify_constraint *constraint)
{
	int i;

	for (i = 0; i < VERIFY_CONSTRAINTS; i++) {
		if (strcmp(constraints[i].name, name) != 0)
			continue;
		*constraint = (enum verify_constraint)i;
		return 0;
	}
	return -1;
}

enum verify_level
verify_constraint_default(enum verify_constraint constraint)
{
	return constraints[constraint].level;
}

const char *
verify_level_name(enum verify_level level)
{
	return levels[level].name;
}

int
verify_level_by_name(const char *name, enum verify_level *level)
{
	size_t i;

	for (i = VERIFY_FAIL; i < LEVELS; i++) {
		if (strcmp(levels[i].name, name) != 0)
			continue;
		*level = (enum verify_level)i;
		return 0;
	}
	return -1;
}

enum verify_level
constraint_level(const struct judge *judge, enum verify_constraint constraint)
{
	const unsigned char level = judge->policy->levels[constraint];

	/* A level that is none is as strict as can be. */
	if (level >= LEVELS)
		return VERIFY_FAIL;
	return level == VERIFY_BY_DEFAULT ? constraints[constraint].level
					  : (enum verify_level)level;
}

void
constraint_broken(const struct judge *judge, enum verify_constraint constraint,
    struct verify_checks *checks, enum verify_block block, enum sub_indication sub,
    const char *code, const char *fmt, ...)
{
	const enum verify_level level = constraint_level(judge, constraint);
	char text[400];
	va_list ap;

	if (level == VERIFY_IGNORE)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	check_add(checks, block, levels[level].outcome, sub, code, "%s", text);
}
