/*
 * What RFC 5280 section 4 tells CAs to do, and section 6 does not ask verifiers to look at: the
 * input's strict_profile.
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/x509/path_parts.h"

/* Whether an extension must be critical (1) or must not be (0), RFC 5280 section 4.2. */
static const struct criticality {
	int nid, must;
	const char *fault;
} criticalities[] = {
	{ NID_authority_key_identifier, 0,
	    "has a critical authority key identifier (RFC 5280 section 4.2.1.1)" },
	{ NID_subject_key_identifier, 0,
	    "has a critical subject key identifier (RFC 5280 section 4.2.1.2)" },
	{ NID_name_constraints, 1,
	    "has name constraints that are not critical (RFC 5280 section 4.2.1.10)" },
	{ NID_policy_constraints, 1,
	    "has policy constraints that are not critical (RFC 5280 section 4.2.1.11)" },
	{ NID_inhibit_any_policy, 1,
	    "has an inhibitAnyPolicy that is not critical (RFC 5280 section 4.2.1.14)" },
	{ NID_subject_directory_attributes, 0,
	    "has critical subject directory attributes (RFC 5280 section 4.2.1.8)" },
	{ NID_freshest_crl, 0, "has a critical freshestCRL (RFC 5280 section 4.2.1.15)" },
	{ NID_info_access, 0,
	    "has a critical authority information access (RFC 5280 section 4.2.2.1)" },
	{ NID_sinfo_access, 0,
	    "has a critical subject information access (RFC 5280 section 4.2.2.2)" },
};

/* 1 critical, 0 not, -1 absent. */
static int
criticality(const X509 *cert, int nid)
{
	int at = X509_get_ext_by_NID(cert, nid, -1);

	return at < 0 ? -1 : X509_EXTENSION_get_critical(X509_get_ext(cert, at)) > 0;
}

static const char *
fault_of_criticality(X509 *cert)
{
	size_t i;
	int is;

	for (i = 0; i < sizeof(criticalities) / sizeof(criticalities[0]); i++) {
		is = criticality(cert, criticalities[i].nid);
		if (is >= 0 && is != criticalities[i].must)
			return criticalities[i].fault;
	}
	return NULL;
}

static const char *
fault_of_serial(X509 *cert)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
	unsigned char *der = NULL;
	int len = i2d_ASN1_INTEGER(serial, &der);
	const char *fault = NULL;

	if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER || len <= 2 ||
	    (ASN1_STRING_length(serial) == 1 && ASN1_STRING_get0_data(serial)[0] == 0))
		fault = "has a serial number that is not positive (RFC 5280 section 4.1.2.2)";
	else if (len > 22)
		fault = "has a serial number of more than 20 octets (RFC 5280 section 4.1.2.2)";
	OPENSSL_free(der);
	return fault;
}

static const char *
fault_of_key_ids(X509 *cert, uint32_t flags)
{
	/* Only what was signed with its own key may leave it out. */
	if (X509_get0_authority_key_id(cert) == NULL &&
	    (X509_get0_pubkey(cert) == NULL || X509_verify(cert, X509_get0_pubkey(cert)) != 1))
		return "has no authority key identifier (RFC 5280 section 4.2.1.1)";
	if ((flags & EXFLAG_CA) && X509_get0_subject_key_id(cert) == NULL)
		return "has no subject key identifier (RFC 5280 section 4.2.1.2)";
	return NULL;
}

static const char *
fault_of_constraints(X509 *cert, uint32_t flags)
{
	int ca = (flags & EXFLAG_CA) != 0, signs;

	signs = (flags & EXFLAG_KUSAGE) && (X509_get_key_usage(cert) & KU_KEY_CERT_SIGN);
	if (ca && criticality(cert, NID_basic_constraints) == 0)
		return "has basic constraints that are not critical (RFC 5280 section 4.2.1.9)";
	if (ca && !(flags & EXFLAG_KUSAGE))
		return "is a CA's but has no key usage (RFC 5280 section 4.2.1.3)";
	if ((flags & EXFLAG_KUSAGE) && X509_get_key_usage(cert) == 0)
		return "has an empty key usage (RFC 5280 section 4.2.1.3)";
	if (signs && !ca)
		return "may sign certificates by its key usage but is not a CA's (RFC 5280 "
		       "section 4.2.1.9)";
	if (X509_get_pathlen(cert) >= 0 && !(ca && signs))
		return "has a path length but may not sign certificates (RFC 5280 section "
		       "4.2.1.9)";
	if (!ca && (criticality(cert, NID_name_constraints) >= 0 ||
		       criticality(cert, NID_policy_constraints) >= 0 ||
		       criticality(cert, NID_policy_mappings) >= 0))
		return "has constraints on certificates below it but is not a CA's (RFC 5280 "
		       "section 4.2.1.10)";
	return NULL;
}

/* RFC 5280 section 4.2.1.6: dNSName in the preferred name syntax of RFC 1034, as changed by 1123.
 */
static int
is_preferred_name(const ASN1_STRING *s)
{
	const unsigned char *c = ASN1_STRING_get0_data(s);
	int len = ASN1_STRING_length(s), i, label = 0;

	if (len > 2 && c[0] == '*' && c[1] == '.') {
		c += 2;
		len -= 2;
	}
	for (i = 0; i < len; i++) {
		if (c[i] == '.') {
			if (label == 0 || c[i - 1] == '-')
				return 0;
			label = 0;
			continue;
		}
		if (!((c[i] >= '0' && c[i] <= '9') || ((c[i] | 32) >= 'a' && (c[i] | 32) <= 'z') ||
			(c[i] == '-' && label > 0)) ||
		    ++label > 63)
			return 0;
	}
	return label > 0 && len <= 253;
}

static const char *
fault_of_names(X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	int empty = X509_NAME_entry_count(X509_get_subject_name(cert)) == 0, i;
	const char *fault = NULL;
	const GENERAL_NAME *name;

	if (empty && criticality(cert, NID_subject_alt_name) != 1)
		fault = "has no subject and no critical alternative name (RFC 5280 section "
			"4.1.2.6)";
	for (i = 0; fault == NULL && i < sk_GENERAL_NAME_num(names); i++) {
		name = sk_GENERAL_NAME_value(names, i);
		if (name->type == GEN_DNS && !is_preferred_name(name->d.dNSName))
			fault = "has an alternative name that is not a host name (RFC 5280 section "
				"4.2.1.6)";
	}
	GENERAL_NAMES_free(names);
	return fault;
}

/* RFC 5280 section 4.1.2.5: UTCTime through the year 2049. */
static int
is_odd_time(const ASN1_TIME *t)
{
	return ASN1_STRING_type(t) == V_ASN1_GENERALIZEDTIME && ASN1_STRING_length(t) > 4 &&
	       memcmp(ASN1_STRING_get0_data(t), "2050", 4) < 0;
}

const char *
path_profile_fault(X509 *cert, int is_anchor)
{
	uint32_t flags = X509_get_extension_flags(cert);
	const char *fault = fault_of_criticality(cert);

	if (fault == NULL)
		fault = fault_of_key_ids(cert, flags);
	if (fault == NULL)
		fault = fault_of_constraints(cert, flags);
	if (fault == NULL && !is_anchor)
		fault = fault_of_serial(cert);
	if (fault == NULL)
		fault = fault_of_names(cert);
	if (fault == NULL &&
	    (is_odd_time(X509_get0_notBefore(cert)) || is_odd_time(X509_get0_notAfter(cert))))
		fault = "writes a time before 2050 as GeneralizedTime (RFC 5280 section 4.1.2.5)";
	ERR_clear_error();
	return fault;
}
