/* Which qualifiers an instance gives to a certificate (TS 119 612 clause 5.5.9.2). */
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "signing/trust/qualified_private.h"

enum answer { NO, YES, UNDECIDED };

static enum answer
key_usage_is(const struct trust_criterion *c, X509 *cert)
{
	ASN1_BIT_STRING *usage = X509_get_ext_d2i(cert, NID_key_usage, NULL, NULL);
	enum answer answer = usage != NULL ? YES : NO;
	int i, set;

	for (i = 0; i < 9 && usage != NULL; i++) {
		if ((c->mask & (1u << i)) == 0)
			continue;
		set = ASN1_BIT_STRING_get_bit(usage, i);
		if (set != ((c->bits >> i) & 1))
			answer = NO;
	}
	ASN1_BIT_STRING_free(usage);
	return answer;
}

static int
is_oid(const ASN1_OBJECT *object, const char *oid)
{
	char text[128];

	return OBJ_obj2txt(text, sizeof(text), object, 1) > 0 && strcmp(text, oid) == 0;
}

static int
has_policy(CERTIFICATEPOLICIES *policies, const char *oid)
{
	int i;

	for (i = 0; i < sk_POLICYINFO_num(policies); i++)
		if (is_oid(sk_POLICYINFO_value(policies, i)->policyid, oid))
			return 1;
	return 0;
}

static enum answer
policies_are(const struct trust_criterion *c, X509 *cert)
{
	CERTIFICATEPOLICIES *policies =
	    X509_get_ext_d2i(cert, NID_certificate_policies, NULL, NULL);
	enum answer answer = YES;
	size_t i;

	for (i = 0; i < c->oids.count; i++)
		if (!has_policy(policies, c->oids.items[i]))
			answer = NO;
	CERTIFICATEPOLICIES_free(policies);
	return answer;
}

static enum answer
usages_are(const struct trust_criterion *c, X509 *cert)
{
	EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	enum answer answer = YES;
	size_t i;
	int k, has;

	for (i = 0; i < c->oids.count; i++) {
		for (has = 0, k = 0; k < sk_ASN1_OBJECT_num(eku); k++)
			has |= is_oid(sk_ASN1_OBJECT_value(eku, k), c->oids.items[i]);
		if (!has)
			answer = NO;
	}
	EXTENDED_KEY_USAGE_free(eku);
	return answer;
}

static enum answer
subject_has(const struct trust_criterion *c, X509 *cert)
{
	const X509_NAME *name = X509_get_subject_name(cert);
	ASN1_OBJECT *oid;
	enum answer answer = YES;
	size_t i;

	for (i = 0; i < c->oids.count && answer == YES; i++) {
		oid = OBJ_txt2obj(c->oids.items[i], 1);
		if (oid == NULL)
			answer = UNDECIDED;
		else if (X509_NAME_get_index_by_OBJ(name, oid, -1) < 0)
			answer = NO;
		ASN1_OBJECT_free(oid);
	}
	return answer;
}

static enum answer decide(const struct trust_criterion *c, X509 *cert);

static enum answer
decide_list(const struct trust_criterion *c, X509 *cert)
{
	size_t i, by[3] = { 0 };

	for (i = 0; i < c->part_count; i++)
		by[decide(&c->parts[i], cert)]++;
	switch (c->assert) {
	case ASSERT_ALL:
		return by[NO] > 0 ? NO : by[UNDECIDED] > 0 ? UNDECIDED : YES;
	case ASSERT_AT_LEAST_ONE:
		return by[YES] > 0 ? YES : by[UNDECIDED] > 0 ? UNDECIDED : NO;
	default:
		return by[YES] > 0 ? NO : by[UNDECIDED] > 0 ? UNDECIDED : YES;
	}
}

static enum answer
decide(const struct trust_criterion *c, X509 *cert)
{
	switch (c->kind) {
	case CRITERION_LIST:
		return decide_list(c, cert);
	case CRITERION_KEY_USAGE:
		return key_usage_is(c, cert);
	case CRITERION_POLICIES:
		return policies_are(c, cert);
	case CRITERION_EKU:
		return usages_are(c, cert);
	case CRITERION_SUBJECT:
		return subject_has(c, cert);
	default:
		return UNDECIDED;
	}
}

/* ---- as a set ---- */

/* Clause 5.5.9.2.3, under the names of both regimes. */
static const struct {
	const char *name;
	unsigned int bit;
} qualifiers[] = {
	{ "QCStatement", QUALIFIER_STATEMENT },
	{ "NotQualified", QUALIFIER_NOT },
	{ "QCForESig", QUALIFIER_ESIG },
	{ "QCForESeal", QUALIFIER_ESEAL },
	{ "QCForWSA", QUALIFIER_WSA },
	{ "QCForLegalPerson", QUALIFIER_LEGAL_PERSON },
	{ "QCWithQSCD", QUALIFIER_QSCD },
	{ "QCNoQSCD", QUALIFIER_NO_QSCD },
	{ "QCQSCDStatusAsInCert", QUALIFIER_QSCD_AS_IN_CERT },
	{ "QCQSCDManagedOnBehalf", QUALIFIER_QSCD_MANAGED },
	{ "QCWithSSCD", QUALIFIER_SSCD },
	{ "QCNoSSCD", QUALIFIER_NO_SSCD },
	{ "QCSSCDStatusAsInCert", QUALIFIER_SSCD_AS_IN_CERT },
};
#define QUALIFIER_COUNT (sizeof(qualifiers) / sizeof(qualifiers[0]))

static unsigned int
bit_of(const char *uri)
{
	static const char *const bases[] = { "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/",
		"http://uri.etsi.org/TrstSvc/eSigDir-1999-93-EC-TrustedList/SvcInfoExt/" };
	size_t i, k;

	for (i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		const size_t n = strlen(bases[i]);

		if (strncmp(uri, bases[i], n) != 0)
			continue;
		for (k = 0; k < QUALIFIER_COUNT; k++)
			if (strcmp(uri + n, qualifiers[k].name) == 0)
				return qualifiers[k].bit;
	}
	return 0;
}

unsigned int
trust_qualifier_set(const struct trust_instance *instance, X509 *cert)
{
	unsigned int set = 0, bit;
	size_t i, k;

	for (i = 0; i < instance->qualification_count; i++) {
		const struct trust_qualification *q = &instance->qualifications[i];
		const enum answer answer = decide(&q->criteria, cert);

		if (answer == UNDECIDED)
			set |= QUALIFIER_UNDECIDED;
		for (k = 0; answer == YES && k < q->qualifiers.count; k++) {
			bit = bit_of(q->qualifiers.items[k]);
			set |= bit != 0		? bit
			       : q->is_critical ? QUALIFIER_UNKNOWN_CRITICAL
						: QUALIFIER_UNKNOWN;
		}
	}
	return set;
}

char *
trust_qualifier_text(unsigned int set, char *out, size_t size)
{
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < QUALIFIER_COUNT && n < size; i++)
		if ((set & qualifiers[i].bit) != 0)
			n += (size_t)snprintf(
			    out + n, size - n, "%s%s", n > 0 ? ", " : "", qualifiers[i].name);
	return out;
}
