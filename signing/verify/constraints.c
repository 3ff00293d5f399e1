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
	[CONSTRAINT_COMMITMENT] = { "CommitmentType", VERIFY_FAIL },
	[CONSTRAINT_STATEMENTS] = { "SignedDataStatements", VERIFY_WARN },
	[CONSTRAINT_SIGNING_TIME] = { "SigningTime", VERIFY_INFORM },
	[CONSTRAINT_TIMESTAMP] = { "SignatureTimestamp", VERIFY_IGNORE },
	[CONSTRAINT_VALUE_ENCODING] = { "SignatureValueEncoding", VERIFY_FAIL },
	[CONSTRAINT_ATTRIBUTES_ENCODING] = { "SignedAttributesEncoding", VERIFY_FAIL },
	[CONSTRAINT_DIGEST_AGREEMENT] = { "DigestAgreement", VERIFY_FAIL },
	[CONSTRAINT_RELATIONSHIPS] = { "RelationshipTransform", VERIFY_FAIL },
	[CONSTRAINT_CONTENTS_PADDING] = { "ContentsPadding", VERIFY_FAIL },
	[CONSTRAINT_TIMESTAMP_ENCODING] = { "TimestampEncoding", VERIFY_FAIL },
	[CONSTRAINT_CONTENTS_ENCRYPTION] = { "ContentsEncryption", VERIFY_WARN },
	[CONSTRAINT_REVOCATION_KNOWN] = { "RevocationKnown", VERIFY_FAIL },
	[CONSTRAINT_REVOCATION_FRESH] = { "RevocationFreshness", VERIFY_FAIL },
	[CONSTRAINT_TRUST_LIST_FRESH] = { "TrustListFreshness", VERIFY_FAIL },
};

/* What breaks a constraint of form, and how that is told. */
static const struct {
	enum deviation deviation;
	enum verify_constraint constraint;
	const char *text;
} forms[DEVIATIONS] = {
	{ DEVIATION_VALUE_ENCODING, CONSTRAINT_VALUE_ENCODING,
	    "the signature value is DER, where XML signatures have both integers side by side "
	    "(XML-DSig 1.1 section 6.4)" },
	{ DEVIATION_ATTRIBUTES_ENCODING, CONSTRAINT_ATTRIBUTES_ENCODING,
	    "the signed attributes are not DER, and were signed as they stand (RFC 5652 section "
	    "5.4)" },
	{ DEVIATION_DIGEST_AGREEMENT, CONSTRAINT_DIGEST_AGREEMENT,
	    "the signature algorithm is with another digest than that of the content (RFC 8933 "
	    "section 3, RFC 4056 section 3)" },
	{ DEVIATION_RELATIONSHIP_SPACE, CONSTRAINT_RELATIONSHIPS,
	    "white space among relationships was signed as elements, which their transform "
	    "removes (ISO/IEC 29500-2)" },
	{ DEVIATION_CONTENTS_PADDING, CONSTRAINT_CONTENTS_PADDING,
	    "something else than zeros stands behind the value in /Contents, where nothing covers "
	    "it" },
	{ DEVIATION_TIMESTAMP_WRAPPING, CONSTRAINT_TIMESTAMP_ENCODING,
	    "a time-stamp token stands in an OCTET STRING (RFC 5126 section 6.1.1)" },
	{ DEVIATION_CONTENTS_ENCRYPTED, CONSTRAINT_CONTENTS_ENCRYPTION,
	    "the zeros behind the value in /Contents were encrypted, which strings there are not "
	    "(ISO 32000-2 clause 7.6.2)" },
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

int
verify_constraint_is_form(enum verify_constraint constraint, enum deviation *deviation)
{
	size_t i;

	for (i = 0; i < DEVIATIONS; i++) {
		if (forms[i].constraint != constraint)
			continue;
		if (deviation != NULL)
			*deviation = forms[i].deviation;
		return 1;
	}
	return 0;
}

static enum verify_level
level_of(const struct verify_policy *policy, enum verify_constraint constraint)
{
	const unsigned char level = policy->levels[constraint];

	/* A level that is none is as strict as can be. */
	if (level >= LEVELS)
		return VERIFY_FAIL;
	if (level == VERIFY_IGNORE && verify_constraint_is_form(constraint, NULL))
		return VERIFY_INFORM;
	return level == VERIFY_BY_DEFAULT ? constraints[constraint].level
					  : (enum verify_level)level;
}

unsigned int
verify_policy_tolerates(const struct verify_policy *policy)
{
	static const struct verify_policy strict;
	unsigned int bits = 0;
	size_t i;

	if (policy == NULL)
		policy = &strict;
	for (i = 0; i < DEVIATIONS; i++)
		if (level_of(policy, forms[i].constraint) != VERIFY_FAIL)
			bits |= DEVIATION_BIT(forms[i].deviation);
	return bits;
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
	return level_of(judge->policy, constraint);
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

void
constraints_of_form(
    const struct judge *judge, unsigned int deviations, struct verify_checks *checks)
{
	size_t i;

	for (i = 0; i < DEVIATIONS; i++)
		if (deviations & DEVIATION_BIT(forms[i].deviation))
			constraint_broken(judge, forms[i].constraint, checks, BLOCK_FORMAT,
			    SUB_FORMAT_FAILURE, constraints[forms[i].constraint].name, "%s",
			    forms[i].text);
}
