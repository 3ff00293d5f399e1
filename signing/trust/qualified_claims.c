/* What a certificate says of itself, and whom the names in it mean (signing/trust/qualified.h). */
#include <openssl/x509v3.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/trust/qualified_private.h"
#include "signing/x509/cert.h"

/* EN 319 411-2 of the directive (TS 101 456): for the public, and with a secure device. */
#define OID_QCP_PLUS "0.4.0.1456.1.1"
#define OID_QCP	     "0.4.0.1456.1.2"
/* The United Kingdom's trust services were the EU's until the end of 2020 in Brussels. */
#define UK_END INT64_C(1609455600)

/* Territories of lists: ISO 3166 but for EL and UK. The EU's, and the EEA's. */
static const char *const member_states[] = { "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL",
	"ES", "FI", "FR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO",
	"PL", "PT", "RO", "SE", "SI", "SK" };

int
trust_is_member_state(const char *territory, int64_t time)
{
	size_t i;

	if (strcmp(territory, "UK") == 0)
		return time < UK_END;
	for (i = 0; i < sizeof(member_states) / sizeof(member_states[0]); i++)
		if (strcmp(member_states[i], territory) == 0)
			return 1;
	return 0;
}

/* ---- the certificate ---- */

static int
is_policy(const CERTIFICATEPOLICIES *policies, const char *oid)
{
	char text[80];
	int i;

	for (i = 0; i < sk_POLICYINFO_num(policies); i++)
		if (OBJ_obj2txt(text, sizeof(text), sk_POLICYINFO_value(policies, i)->policyid, 1) >
			0 &&
		    strcmp(text, oid) == 0)
			return 1;
	return 0;
}

/* PRO-4.4.4-01: upper case, and the two that lists call otherwise. */
static void
read_country(struct trust_claims *c)
{
	const int at = X509_NAME_get_index_by_NID(c->named, NID_countryName, -1);
	const ASN1_STRING *s;
	int i;

	if (at < 0)
		return;
	s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(c->named, at));
	if (ASN1_STRING_length(s) != 2)
		return;
	for (i = 0; i < 2; i++) {
		const unsigned char ch = ASN1_STRING_get0_data(s)[i];

		if ((ch < 'A' || ch > 'Z') && (ch < 'a' || ch > 'z')) {
			c->country[0] = '\0';
			return;
		}
		c->country[i] = (char)(ch & 0xdf);
	}
	if (strcmp(c->country, "GB") == 0)
		memcpy(c->country, "UK", 3);
	if (strcmp(c->country, "GR") == 0)
		memcpy(c->country, "EL", 3);
}

void
trust_claims_read(struct trust_claims *c, X509 *cert, int by_subject)
{
	CERTIFICATEPOLICIES *policies;
	unsigned int qc;
	int critical, ok;

	memset(c, 0, sizeof(*c));
	c->named = by_subject ? X509_get_subject_name(cert) : X509_get_issuer_name(cert);
	read_country(c);
	c->issued = asn1_time_seconds(X509_get0_notBefore(cert), &ok);
	if (!ok || cert_qc_statements(cert, &qc) != 0)
		return;
	c->foreign = (qc & CERT_QC_LEGISLATION) != 0;
	c->compliant = (qc & CERT_QC_COMPLIANCE) != 0 && !c->foreign;
	c->device = (qc & CERT_QC_SSCD) != 0;
	c->types = ((qc & CERT_QC_ESIGN) != 0 ? 1u << TRUST_FOR_SIGNATURES : 0) |
		   ((qc & CERT_QC_ESEAL) != 0 ? 1u << TRUST_FOR_SEALS : 0) |
		   ((qc & CERT_QC_WEB) != 0 ? 1u << TRUST_FOR_WEB : 0);
	policies = X509_get_ext_d2i(cert, NID_certificate_policies, &critical, NULL);
	/* -1: there are none; -2: there are several, of which none can be told */
	c->readable = policies != NULL || critical == -1;
	c->qcp = is_policy(policies, OID_QCP);
	c->qcp_plus = is_policy(policies, OID_QCP_PLUS);
	CERTIFICATEPOLICIES_free(policies);
}

int
trust_claims_any(const struct trust_claims *c)
{
	return c->compliant || c->qcp || c->qcp_plus;
}

enum qualification
trust_claims_kind(const struct trust_claims *c)
{
	if (c->issued < TRUST_EIDAS)
		return trust_claims_any(c) ? CERT_ESIG : CERT_UNKNOWN;
	switch (c->types) {
	case 0: /* EN 319 412-5 clause 4.2.3: qualified ones without a type are for signatures */
		return c->compliant ? CERT_ESIG : CERT_UNKNOWN;
	case 1u << TRUST_FOR_SIGNATURES:
		return CERT_ESIG;
	case 1u << TRUST_FOR_SEALS:
		return CERT_ESEAL;
	case 1u << TRUST_FOR_WEB:
		return CERT_WSA;
	default:
		return CERT_UNKNOWN;
	}
}

/* ---- names, compared as RFC 5280 section 7.1 has it ---- */

static int
is_space(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0xa0;
}

/* Lower case of the alphabets that Member States write with. */
static uint32_t
lower(uint32_t c)
{
	static const struct {
		uint32_t first, last, by;
	} ranges[] = { { 'A', 'Z', 32 }, { 0xc0, 0xd6, 32 }, { 0xd8, 0xde, 32 },
		{ 0x391, 0x3a1, 32 }, { 0x3a3, 0x3ab, 32 }, { 0x388, 0x38a, 37 },
		{ 0x400, 0x40f, 80 }, { 0x410, 0x42f, 32 } };
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return c + ranges[i].by;
	/* Latin Extended-A: pairs, the capital even, in two stretches odd. */
	if (c >= 0x100 && c <= 0x137 && c != 0x130)
		return c | 1;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return c + (c & 1);
	if (c >= 0x14a && c <= 0x177)
		return c | 1;
	return c;
}

/* The next character without case, runs of white space being one, none at the ends; 0: the end. */
static uint32_t
next_folded(const char **s)
{
	const char *at = *s;
	int spaces = 0;
	uint32_t c;
	size_t len;

	while (is_space(c = text_next(at, &len))) {
		spaces = 1;
		at += len;
	}
	if (spaces && c != 0) {
		*s = at;
		return ' ';
	}
	*s = c != 0 ? at + len : at;
	return lower(c);
}

static int
names_agree(const char *a, const char *b)
{
	uint32_t ca, cb;

	a += strspn(a, " \t\r\n");
	b += strspn(b, " \t\r\n");
	do {
		ca = next_folded(&a);
		cb = next_folded(&b);
	} while (ca == cb && ca != 0);
	return ca == cb;
}

static int
is_name_of(const char *name, const struct trust_entry *entry)
{
	size_t i;

	if (name[0] == '\0')
		return 0;
	if (names_agree(name, entry->provider))
		return 1;
	for (i = 0; i < entry->names.count; i++)
		if (names_agree(name, entry->names.items[i]))
			return 1;
	return 0;
}

/* 1: one of these attributes is a name of the provider; 0: none is; -1: there are none. */
static int
attribute_names(const X509_NAME *named, int nid, const struct trust_entry *entry)
{
	unsigned char *utf8;
	int at = -1, found = -1, len;

	while (found != 1 && (at = X509_NAME_get_index_by_NID(named, nid, at)) >= 0) {
		found = 0;
		len = ASN1_STRING_to_UTF8(
		    &utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(named, at)));
		if (len < 0)
			continue;
		found = strlen((const char *)utf8) == (size_t)len &&
			is_name_of((const char *)utf8, entry);
		OPENSSL_free(utf8);
	}
	return found;
}

int
trust_names_provider(
    const struct trust_claims *c, const struct trust_entry *entry, const struct trust_instance *at)
{
	const int by_organisation = attribute_names(c->named, NID_organizationName, entry);
	char all[1024];
	size_t i;

	if (by_organisation >= 0)
		return by_organisation;
	if (attribute_names(c->named, NID_commonName, entry) == 1)
		return 1;
	x509_name_text(c->named, all, sizeof(all));
	for (i = 0; i < at->subjects.count; i++)
		if (names_agree(all, at->subjects.items[i]))
			return 1;
	return 0;
}
