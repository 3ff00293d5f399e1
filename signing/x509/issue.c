#include "signing/x509/issue.h"

#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/alg.h"
#include "signing/core/ossl.h"
#include "signing/x509/profile.h"

#define DAY	   (24 * 60 * 60)
#define SERIAL_LEN 20 /* RFC 5280 section 4.1.2.2: at most 20 octets */

int
issue_days_max(enum issue_profile profile)
{
	return profiles[profile].days_max;
}

/* ---- what may not stand in a certificate ---- */

static int
is_dns_name(const char *name)
{
	size_t label = 0, len;
	const char *p = name;

	if (p[0] == '*' && p[1] == '.')
		p += 2;
	len = strlen(p);
	if (len == 0 || len > 253)
		return 0;
	for (; *p != '\0'; p++) {
		int is_alnum = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			       (*p >= '0' && *p <= '9');

		if (*p == '.') {
			if (label == 0 || p[-1] == '-')
				return 0;
			label = 0;
		} else if ((!is_alnum && (*p != '-' || label == 0)) || ++label > 63) {
			return 0;
		}
	}
	return label > 0 && p[-1] != '-';
}

/* Printable ASCII without spaces, as IA5String carries addresses and URLs. */
static int
is_ia5_token(const char *s)
{
	const char *p;

	for (p = s; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return 0;
	return p > s && p - s <= 1024;
}

static int
check_names(const struct issue_request *r, struct error *err)
{
	size_t i;

	if (r->common_name == NULL || *r->common_name == '\0')
		return error_set(err, ERROR_MALFORMED, "a certificate needs a common name");
	if (r->country != NULL && strlen(r->country) != 2)
		return error_set(
		    err, ERROR_MALFORMED, "the country must be two letters, like \"DE\"");
	if (r->email != NULL && (!is_ia5_token(r->email) || strchr(r->email, '@') == NULL))
		return error_set(
		    err, ERROR_MALFORMED, "\"%.100s\" is not a mail address", r->email);
	if (r->dns_name_count + r->address_count > ISSUE_NAMES_MAX)
		return error_limit(err, ERROR_LIMIT, "names of a certificate", ISSUE_NAMES_MAX,
		    r->dns_name_count + r->address_count, "too many names for one certificate");
	for (i = 0; i < r->dns_name_count; i++)
		if (!is_dns_name(r->dns_names[i]))
			return error_set(
			    err, ERROR_MALFORMED, "\"%.100s\" is not a DNS name", r->dns_names[i]);
	if (r->profile == ISSUE_TLS_SERVER && r->dns_name_count + r->address_count == 0)
		return error_set(err, ERROR_MALFORMED,
		    "a TLS server certificate needs a DNS name or an IP address");
	if ((r->crl_url != NULL && !is_ia5_token(r->crl_url)) ||
	    (r->ocsp_url != NULL && !is_ia5_token(r->ocsp_url)) ||
	    (r->issuer_url != NULL && !is_ia5_token(r->issuer_url)))
		return error_set(
		    err, ERROR_MALFORMED, "an address in the certificate is not a URL");
	return 0;
}

static int
check_life(const struct issue_request *r, struct error *err)
{
	const int days = profiles[r->profile].days_max;

	if (r->not_before >= r->not_after)
		return error_set(
		    err, ERROR_MALFORMED, "the certificate would end before it begins");
	/* Years 1950 to 9999 are what the encoding can tell (RFC 5280 section 4.1.2.5). */
	if (r->not_before < -631152000 || r->not_after > INT64_C(253402300799))
		return error_set(
		    err, ERROR_MALFORMED, "the certificate's life must lie in 1950 to 9999");
	if (r->not_after - r->not_before > (int64_t)days * DAY)
		return error_set(err, ERROR_MALFORMED,
		    "the certificate would live longer than %d days, the most for its kind", days);
	return 0;
}

static int
check_issuer(const struct issue_request *r, const struct issuer *issuer, struct error *err)
{
	char until[TEXT_TIME_SIZE];
	int64_t from, to;
	int ok1, ok2, is_ca = profiles[r->profile].is_ca;
	long room;

	if ((issuer == NULL) != (r->profile == ISSUE_ROOT_CA))
		return error_set(err, ERROR_MALFORMED,
		    issuer == NULL ? "only a root certificate is issued without an issuer"
				   : "a root certificate has no issuer");
	if (r->ca_path_length < 0)
		return error_set(err, ERROR_MALFORMED, "a path length cannot be negative");
	if (issuer == NULL)
		return 0;
	if (X509_check_ca(issuer->cert) != 1 ||
	    !(X509_get_key_usage(issuer->cert) & KU_KEY_CERT_SIGN))
		return error_set(err, ERROR_CONFLICT, "the issuer's certificate is not a CA's");
	if (X509_check_private_key(issuer->cert, issuer->key) != 1)
		return error_openssl_kind(
		    err, ERROR_CONFLICT, "the issuer's key does not belong to its certificate");
	room = X509_get_pathlen(issuer->cert);
	if (is_ca && room >= 0 && r->ca_path_length >= room)
		return error_set(err, ERROR_CONFLICT,
		    "the issuer's path length %ld leaves no room for this CA", room);
	from = asn1_time_seconds(X509_get0_notBefore(issuer->cert), &ok1);
	to = asn1_time_seconds(X509_get0_notAfter(issuer->cert), &ok2);
	if (!ok1 || !ok2 || r->not_before < from || r->not_after > to)
		return error_set(err, ERROR_CONFLICT,
		    "the certificate would reach beyond its issuer's life, which ends on %s",
		    text_time(until, ok2 ? to : 0));
	return 0;
}

/* ---- the body ---- */

static int
set_serial(X509 *x)
{
	unsigned char bytes[SERIAL_LEN];
	BIGNUM *bn;
	int ok;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -1;
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); /* positive and always 20 bytes */
	bn = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = bn != NULL && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL;
	BN_free(bn);
	return ok ? 0 : -1;
}

static int
set_time(ASN1_TIME *(*get)(const X509 *), X509 *x, int64_t seconds)
{
	return ASN1_TIME_set(get(x), (time_t)seconds) != NULL ? 0 : -1;
}

static int
set_subject(X509 *x, const struct issue_request *r, struct error *err)
{
	const struct {
		int nid;
		const char *value, *what;
	} parts[] = {
		{ NID_countryName, r->country, "country" },
		{ NID_organizationName, r->organization, "organization" },
		{ NID_organizationalUnitName, r->organizational_unit, "organizational unit" },
		{ NID_commonName, r->common_name, "common name" },
	};
	X509_NAME *name = X509_get_subject_name(x);
	char text[120];
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].value == NULL)
			continue;
		if (text_is_utf8(parts[i].value, strlen(parts[i].value)) &&
		    X509_NAME_add_entry_by_NID(name, parts[i].nid, MBSTRING_UTF8,
			(const unsigned char *)parts[i].value, -1, -1, 0) == 1)
			continue;
		snprintf(text, sizeof(text),
		    "the %s cannot stand in a certificate: it is empty, too long or not UTF-8",
		    parts[i].what);
		return error_openssl_kind(err, ERROR_MALFORMED, text);
	}
	return 0;
}

static int
fill(X509 *x, const struct issue_request *r, const struct issuer *issuer, struct error *err)
{
	const X509 *from = issuer != NULL ? issuer->cert : x;

	if (set_subject(x, r, err) != 0)
		return -1;
	if (X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) == 0 &&
	    X509_set_issuer_name(x, X509_get_subject_name(from)) == 1 &&
	    set_time(X509_getm_notBefore, x, r->not_before) == 0 &&
	    set_time(X509_getm_notAfter, x, r->not_after) == 0 && X509_set_pubkey(x, r->key) == 1 &&
	    profile_extensions(x, r, issuer != NULL ? issuer->cert : NULL, err) == 0)
		return 0;
	return error_openssl(err, "the certificate could not be put together");
}

int
issue_certificate(
    X509 **cert, const struct issue_request *r, const struct issuer *issuer, struct error *err)
{
	EVP_PKEY *key = issuer != NULL ? issuer->key : r->key;
	X509 *x;

	*cert = NULL;
	if (check_names(r, err) != 0 || check_life(r, err) != 0 ||
	    check_issuer(r, issuer, err) != 0)
		return -1;
	x = X509_new();
	if (x == NULL)
		return error_memory(err);
	if (fill(x, r, issuer, err) != 0)
		goto fail;
	if (X509_sign(x, key, digest_md(key_default_digest(key))) <= 0) {
		error_openssl(err, "the issuer's key could not sign the certificate");
		goto fail;
	}
	*cert = x;
	return 0;
fail:
	X509_free(x);
	return -1;
}
