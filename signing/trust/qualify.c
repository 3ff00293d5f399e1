/* Which qualifiers an instance gives to a certificate (TS 119 612 clause 5.5.9.2). */
#include <openssl/x509v3.h>
#include <string.h>

#include "signing/trust/service.h"

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
	default:
		return UNDECIDED;
	}
}

int
trust_qualifiers(const struct trust_instance *instance, X509 *cert, struct buf *out, int *undecided,
    struct error *err)
{
	size_t i, k;

	*undecided = 0;
	for (i = 0; i < instance->qualification_count; i++) {
		const struct trust_qualification *q = &instance->qualifications[i];
		enum answer answer = decide(&q->criteria, cert);

		if (answer == UNDECIDED)
			*undecided = 1;
		if (answer != YES)
			continue;
		for (k = 0; k < q->qualifiers.count; k++)
			if (buf_printf(out, err, "%s\n", q->qualifiers.items[k]) != 0)
				return -1;
	}
	return 0;
}
