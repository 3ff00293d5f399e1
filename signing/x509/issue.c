#include "signing/x509/issue.h"

#include <openssl/objects.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/alg.h"
#include "signing/core/ossl.h"

#define DAY		     (24 * 60 * 60)
#define SERIAL_LEN	     20 /* RFC 5280 section 4.1.2.2: at most 20 octets */
#define OID_DOCUMENT_SIGNING "1.3.6.1.5.5.7.3.36"

static const struct profile {
	int is_ca;
	unsigned int key_usage; /* KU_ of OpenSSL */
	const char *eku[2];
	int eku_critical;
	int days_max;
} profiles[ISSUE_PROFILES] = {
	[ISSUE_ROOT_CA] = { 1, KU_KEY_CERT_SIGN | KU_CRL_SIGN, { NULL }, 0, 9131 },
	[ISSUE_INTERMEDIATE_CA] = { 1, KU_KEY_CERT_SIGN | KU_CRL_SIGN, { NULL }, 0, 5479 },
	[ISSUE_TLS_SERVER] = { 0, KU_DIGITAL_SIGNATURE, { "serverAuth" }, 0, 398 },
	[ISSUE_TLS_CLIENT] = { 0, KU_DIGITAL_SIGNATURE, { "clientAuth" }, 0, 1096 },
	[ISSUE_DOCUMENT_SIGNING] = { 0, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION,
	    { OID_DOCUMENT_SIGNING, "emailProtection" }, 0, 1826 },
	[ISSUE_TSA] = { 0, KU_DIGITAL_SIGNATURE, { "timeStamping" }, 1, 5479 },
	[ISSUE_OCSP] = { 0, KU_DIGITAL_SIGNATURE, { "OCSPSigning" }, 0, 398 },
};

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

/* ---- extensions ---- */

static int
add_ext(X509 *x, int nid, void *value, int critical)
{
	return X509_add1_ext_i2d(x, nid, value, critical, X509V3_ADD_DEFAULT) == 1 ? 0 : -1;
}

static int
add_basic_constraints(X509 *x, const struct issue_request *r)
{
	BASIC_CONSTRAINTS *bc = BASIC_CONSTRAINTS_new();
	int rc = -1;

	if (bc == NULL)
		return -1;
	bc->ca = profiles[r->profile].is_ca ? 0xff : 0;
	if (r->profile == ISSUE_INTERMEDIATE_CA || (bc->ca && r->ca_path_length > 0)) {
		bc->pathlen = ASN1_INTEGER_new();
		if (bc->pathlen == NULL || ASN1_INTEGER_set(bc->pathlen, r->ca_path_length) != 1)
			goto done;
	}
	rc = add_ext(x, NID_basic_constraints, bc, 1);
done:
	BASIC_CONSTRAINTS_free(bc);
	return rc;
}

static int
add_key_usage(X509 *x, const struct issue_request *r)
{
	/* Bit n of the extension and its KU_ flag: the first octet's bits count from the top. */
	static const unsigned int flags[] = { KU_DIGITAL_SIGNATURE, KU_NON_REPUDIATION,
		KU_KEY_ENCIPHERMENT, KU_DATA_ENCIPHERMENT, KU_KEY_AGREEMENT, KU_KEY_CERT_SIGN,
		KU_CRL_SIGN };
	unsigned int usage = profiles[r->profile].key_usage;
	ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
	int i, rc = bits != NULL ? 0 : -1;

	/* RSA key exchange of the TLS profile for old systems. */
	if (r->profile == ISSUE_TLS_SERVER && key_type_of(r->key) == KEY_RSA)
		usage |= KU_KEY_ENCIPHERMENT;
	for (i = 0; rc == 0 && i < (int)(sizeof(flags) / sizeof(flags[0])); i++)
		if ((usage & flags[i]) && ASN1_BIT_STRING_set_bit(bits, i, 1) != 1)
			rc = -1;
	if (rc == 0)
		rc = add_ext(x, NID_key_usage, bits, 1);
	ASN1_BIT_STRING_free(bits);
	return rc;
}

static int
add_eku(X509 *x, const struct issue_request *r)
{
	const struct profile *p = &profiles[r->profile];
	EXTENDED_KEY_USAGE *eku;
	ASN1_OBJECT *oid;
	int i, rc = -1;

	if (p->eku[0] == NULL)
		return 0;
	eku = sk_ASN1_OBJECT_new_null();
	for (i = 0; eku != NULL && i < 2 && p->eku[i] != NULL; i++) {
		oid = OBJ_txt2obj(p->eku[i], 0);
		if (oid == NULL || sk_ASN1_OBJECT_push(eku, oid) <= 0) {
			ASN1_OBJECT_free(oid);
			goto done;
		}
	}
	if (eku != NULL)
		rc = add_ext(x, NID_ext_key_usage, eku, p->eku_critical);
done:
	sk_ASN1_OBJECT_pop_free(eku, ASN1_OBJECT_free);
	return rc;
}

/* RFC 7093 section 2 method 1: the first 160 bits of SHA-256 over the public key. */
static ASN1_OCTET_STRING *
key_identifier(const X509 *x)
{
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	unsigned char value[EVP_MAX_MD_SIZE];

	if (id == NULL || X509_pubkey_digest(x, EVP_sha256(), value, NULL) != 1 ||
	    ASN1_OCTET_STRING_set(id, value, 20) != 1) {
		ASN1_OCTET_STRING_free(id);
		return NULL;
	}
	return id;
}

static int
add_key_identifiers(X509 *x, const X509 *issuer)
{
	ASN1_OCTET_STRING *id = key_identifier(x);
	const ASN1_OCTET_STRING *of_issuer =
	    issuer != NULL ? X509_get0_subject_key_id((X509 *)issuer) : NULL;
	AUTHORITY_KEYID *akid = AUTHORITY_KEYID_new();
	int rc = -1;

	if (id == NULL || akid == NULL || add_ext(x, NID_subject_key_identifier, id, 0) != 0)
		goto done;
	akid->keyid = of_issuer != NULL ? ASN1_OCTET_STRING_dup(of_issuer)
					: key_identifier(issuer != NULL ? issuer : x);
	if (akid->keyid != NULL)
		rc = add_ext(x, NID_authority_key_identifier, akid, 0);
done:
	ASN1_OCTET_STRING_free(id);
	AUTHORITY_KEYID_free(akid);
	return rc;
}

static int
push_ia5_name(GENERAL_NAMES *names, int type, const char *value)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	if (name == NULL || text == NULL || ASN1_STRING_set(text, value, -1) != 1) {
		ASN1_IA5STRING_free(text);
		GENERAL_NAME_free(name);
		return -1;
	}
	GENERAL_NAME_set0_value(name, type, text);
	if (sk_GENERAL_NAME_push(names, name) > 0)
		return 0;
	GENERAL_NAME_free(name);
	return -1;
}

static int
push_address(GENERAL_NAMES *names, const char *value, struct error *err)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_OCTET_STRING *bytes = a2i_IPADDRESS(value);

	if (name == NULL || bytes == NULL) {
		ASN1_OCTET_STRING_free(bytes);
		GENERAL_NAME_free(name);
		error_set(err, ERROR_MALFORMED, "\"%.100s\" is not an IP address", value);
		return -1;
	}
	GENERAL_NAME_set0_value(name, GEN_IPADD, bytes);
	if (sk_GENERAL_NAME_push(names, name) > 0)
		return 0;
	GENERAL_NAME_free(name);
	return -1;
}

static int
add_subject_names(X509 *x, const struct issue_request *r, struct error *err)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	size_t i;
	int rc = -1;

	if (names == NULL)
		return -1;
	for (i = 0; i < r->dns_name_count; i++)
		if (push_ia5_name(names, GEN_DNS, r->dns_names[i]) != 0)
			goto done;
	for (i = 0; i < r->address_count; i++)
		if (push_address(names, r->addresses[i], err) != 0)
			goto done;
	if (r->email != NULL && push_ia5_name(names, GEN_EMAIL, r->email) != 0)
		goto done;
	rc = sk_GENERAL_NAME_num(names) > 0 ? add_ext(x, NID_subject_alt_name, names, 0) : 0;
done:
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
	return rc;
}

static int
push_access(AUTHORITY_INFO_ACCESS *aia, int method, const char *url)
{
	ACCESS_DESCRIPTION *ad;

	if (url == NULL)
		return 0;
	ad = ACCESS_DESCRIPTION_new();
	if (ad == NULL || sk_ACCESS_DESCRIPTION_push(aia, ad) <= 0) {
		ACCESS_DESCRIPTION_free(ad);
		return -1;
	}
	ASN1_OBJECT_free(ad->method);
	ad->method = OBJ_nid2obj(method);
	ad->location->d.ia5 = ASN1_IA5STRING_new();
	ad->location->type = GEN_URI;
	return ad->location->d.ia5 != NULL && ASN1_STRING_set(ad->location->d.ia5, url, -1) == 1
		   ? 0
		   : -1;
}

static int
add_access(X509 *x, const struct issue_request *r)
{
	AUTHORITY_INFO_ACCESS *aia;
	int rc = -1;

	if (r->ocsp_url == NULL && r->issuer_url == NULL)
		return 0;
	aia = sk_ACCESS_DESCRIPTION_new_null();
	if (aia != NULL && push_access(aia, NID_ad_OCSP, r->ocsp_url) == 0 &&
	    push_access(aia, NID_ad_ca_issuers, r->issuer_url) == 0)
		rc = add_ext(x, NID_info_access, aia, 0);
	sk_ACCESS_DESCRIPTION_pop_free(aia, ACCESS_DESCRIPTION_free);
	return rc;
}

static int
add_crl_point(X509 *x, const struct issue_request *r)
{
	CRL_DIST_POINTS *points;
	DIST_POINT *point;
	int rc = -1;

	if (r->crl_url == NULL)
		return 0;
	points = sk_DIST_POINT_new_null();
	point = DIST_POINT_new();
	if (points == NULL || point == NULL || sk_DIST_POINT_push(points, point) <= 0) {
		DIST_POINT_free(point);
		goto done;
	}
	point->distpoint = DIST_POINT_NAME_new();
	if (point->distpoint == NULL)
		goto done;
	point->distpoint->type = 0; /* fullName */
	point->distpoint->name.fullname = sk_GENERAL_NAME_new_null();
	if (point->distpoint->name.fullname != NULL &&
	    push_ia5_name(point->distpoint->name.fullname, GEN_URI, r->crl_url) == 0)
		rc = add_ext(x, NID_crl_distribution_points, points, 0);
done:
	sk_DIST_POINT_pop_free(points, DIST_POINT_free);
	return rc;
}

/* Extensions whose value is an ASN.1 NULL and whose presence says it all. */
static int
add_null_ext(X509 *x, int nid)
{
	static const unsigned char der_null[] = { 0x05, 0x00 };
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext = NULL;
	int rc = -1;

	if (value != NULL && ASN1_OCTET_STRING_set(value, der_null, sizeof(der_null)) == 1)
		ext = X509_EXTENSION_create_by_NID(NULL, nid, 0, value);
	if (ext != NULL && X509_add_ext(x, ext, -1) == 1)
		rc = 0;
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(value);
	return rc;
}

static int
add_revocation(X509 *x, const struct issue_request *r)
{
	if (add_access(x, r) != 0 || add_crl_point(x, r) != 0)
		return -1;
	if (r->profile == ISSUE_OCSP)
		return add_null_ext(x, NID_id_pkix_OCSP_noCheck);
	if (profiles[r->profile].is_ca || r->crl_url != NULL || r->ocsp_url != NULL)
		return 0;
	return add_null_ext(x, NID_no_rev_avail);
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
	    add_basic_constraints(x, r) == 0 && add_key_usage(x, r) == 0 && add_eku(x, r) == 0 &&
	    add_key_identifiers(x, issuer != NULL ? issuer->cert : NULL) == 0 &&
	    add_subject_names(x, r, err) == 0 && add_revocation(x, r) == 0)
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
