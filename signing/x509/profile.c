#include "signing/x509/profile.h"

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "signing/core/alg.h"

#define OID_DOCUMENT_SIGNING "1.3.6.1.5.5.7.3.36"

const struct profile profiles[ISSUE_PROFILES] = {
	[ISSUE_ROOT_CA] = { 1, KU_KEY_CERT_SIGN | KU_CRL_SIGN, { NULL }, 0, 9131 },
	[ISSUE_INTERMEDIATE_CA] = { 1, KU_KEY_CERT_SIGN | KU_CRL_SIGN, { NULL }, 0, 5479 },
	[ISSUE_TLS_SERVER] = { 0, KU_DIGITAL_SIGNATURE, { "serverAuth" }, 0, 398 },
	[ISSUE_TLS_CLIENT] = { 0, KU_DIGITAL_SIGNATURE, { "clientAuth" }, 0, 1096 },
	[ISSUE_DOCUMENT_SIGNING] = { 0, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION,
	    { OID_DOCUMENT_SIGNING, "emailProtection" }, 0, 1826 },
	[ISSUE_TSA] = { 0, KU_DIGITAL_SIGNATURE, { "timeStamping" }, 1, 5479 },
	[ISSUE_ENCRYPTION] = { 0, 0, { "emailProtection" }, 0, 1826 },
	[ISSUE_OCSP] = { 0, KU_DIGITAL_SIGNATURE, { "OCSPSigning" }, 0, 398 },
};

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
	if (r->profile == ISSUE_ENCRYPTION)
		usage = key_type_of(r->key) == KEY_RSA ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT;
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

int
profile_extensions(X509 *x, const struct issue_request *r, const X509 *issuer, struct error *err)
{
	if (add_basic_constraints(x, r) == 0 && add_key_usage(x, r) == 0 && add_eku(x, r) == 0 &&
	    add_key_identifiers(x, issuer) == 0 && add_subject_names(x, r, err) == 0 &&
	    add_revocation(x, r) == 0)
		return 0;
	return -1;
}
