/* What a certificate says of itself: the second half of signing/x509/cert.h. */
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/x509/cert.h"

#define OID_QC_TYPE    "0.4.0.1862.1.6"
#define OID_SHORT_TERM "0.4.0.194121.2.1" /* EN 319 412-1 clause 5.2.2 */

struct oid_bit {
	const char *oid;
	unsigned int bit;
};

static const struct oid_bit eku_bits[] = {
	{ "2.5.29.37.0", CERT_EKU_ANY },
	{ "1.3.6.1.5.5.7.3.1", CERT_EKU_SERVER },
	{ "1.3.6.1.5.5.7.3.2", CERT_EKU_CLIENT },
	{ "1.3.6.1.5.5.7.3.3", CERT_EKU_CODE },
	{ "1.3.6.1.5.5.7.3.4", CERT_EKU_EMAIL },
	{ "1.3.6.1.5.5.7.3.8", CERT_EKU_TIMESTAMP },
	{ "1.3.6.1.5.5.7.3.9", CERT_EKU_OCSP },
	{ "1.3.6.1.5.5.7.3.36", CERT_EKU_DOCUMENT },
	{ "1.3.6.1.4.1.311.10.3.12", CERT_EKU_DOCUMENT },
	{ "1.2.840.113583.1.1.5", CERT_EKU_DOCUMENT },
	{ NULL, CERT_EKU_OTHER },
};
static const struct oid_bit qc_bits[] = {
	{ "0.4.0.1862.1.1", CERT_QC_COMPLIANCE },
	{ "0.4.0.1862.1.4", CERT_QC_SSCD },
	{ "0.4.0.1862.1.7", CERT_QC_LEGISLATION },
	{ NULL, CERT_QC_OTHER },
};
static const struct oid_bit qc_types[] = {
	{ "0.4.0.1862.1.6.1", CERT_QC_ESIGN },
	{ "0.4.0.1862.1.6.2", CERT_QC_ESEAL },
	{ "0.4.0.1862.1.6.3", CERT_QC_WEB },
	{ NULL, CERT_QC_OTHER },
};

static const char *
oid_text(const ASN1_OBJECT *oid, char out[80])
{
	OBJ_obj2txt(out, 80, oid, 1);
	return out;
}

static unsigned int
oid_bit(const struct oid_bit *table, const ASN1_OBJECT *oid)
{
	char text[80];

	oid_text(oid, text);
	while (table->oid != NULL && strcmp(table->oid, text) != 0)
		table++;
	return table->bit;
}

/*
 * An extension's structure, or NULL with *bad = 0 when it is absent and *bad = 1 when it does not
 * decode or stands there twice.
 */
static void *
get_ext(const X509 *cert, int nid, int *critical, int *bad)
{
	int crit = -1;
	void *value = X509_get_ext_d2i(cert, nid, &crit, NULL);

	*bad = value == NULL && crit != -1;
	if (critical != NULL)
		*critical = crit > 0;
	return value;
}

static int
read_eku(struct cert_facts *f, const X509 *cert)
{
	int bad, i;
	EXTENDED_KEY_USAGE *eku = get_ext(cert, NID_ext_key_usage, &f->eku_critical, &bad);

	f->has_eku = eku != NULL;
	for (i = 0; i < sk_ASN1_OBJECT_num(eku); i++)
		f->eku |= oid_bit(eku_bits, sk_ASN1_OBJECT_value(eku, i));
	sk_ASN1_OBJECT_pop_free(eku, ASN1_OBJECT_free);
	return bad ? -1 : 0;
}

/* The elements of an encoded SEQUENCE, or NULL when it does not decode to its end. */
static ASN1_SEQUENCE_ANY *
elements(const ASN1_STRING *der)
{
	const unsigned char *p = ASN1_STRING_get0_data(der);
	const unsigned char *end = p + ASN1_STRING_length(der);
	ASN1_SEQUENCE_ANY *all = d2i_ASN1_SEQUENCE_ANY(NULL, &p, ASN1_STRING_length(der));

	if (all == NULL || p == end)
		return all;
	sk_ASN1_TYPE_pop_free(all, ASN1_TYPE_free);
	return NULL;
}

static int
read_qc_types(struct cert_facts *f, const ASN1_TYPE *info)
{
	ASN1_SEQUENCE_ANY *types = NULL;
	const ASN1_TYPE *type;
	int i, rc = 0;

	if (info != NULL && info->type == V_ASN1_SEQUENCE)
		types = elements(info->value.sequence);
	if (types == NULL)
		return -1;
	for (i = 0; rc == 0 && i < sk_ASN1_TYPE_num(types); i++) {
		type = sk_ASN1_TYPE_value(types, i);
		if (type->type == V_ASN1_OBJECT)
			f->qc |= oid_bit(qc_types, type->value.object);
		else
			rc = -1;
	}
	sk_ASN1_TYPE_pop_free(types, ASN1_TYPE_free);
	return rc;
}

/* RFC 3739 section 3.2.6: QCStatement ::= SEQUENCE { statementId, statementInfo ANY OPTIONAL } */
static int
read_qc_statement(struct cert_facts *f, const ASN1_TYPE *statement)
{
	ASN1_SEQUENCE_ANY *parts = NULL;
	const ASN1_TYPE *id;
	char oid[80];
	int rc = -1;

	if (statement->type == V_ASN1_SEQUENCE)
		parts = elements(statement->value.sequence);
	id = sk_ASN1_TYPE_num(parts) > 0 ? sk_ASN1_TYPE_value(parts, 0) : NULL;
	if (id == NULL || id->type != V_ASN1_OBJECT)
		goto done;
	rc = 0;
	if (strcmp(oid_text(id->value.object, oid), OID_QC_TYPE) == 0)
		rc = read_qc_types(f, sk_ASN1_TYPE_value(parts, 1));
	else
		f->qc |= oid_bit(qc_bits, id->value.object);
done:
	sk_ASN1_TYPE_pop_free(parts, ASN1_TYPE_free);
	return rc;
}

static int
read_qc(struct cert_facts *f, const X509 *cert)
{
	int at = X509_get_ext_by_NID(cert, NID_qcStatements, -1), i, rc = 0;
	ASN1_SEQUENCE_ANY *all;

	if (at < 0)
		return 0;
	all = elements(X509_EXTENSION_get_data(X509_get_ext(cert, at)));
	if (all == NULL)
		return -1;
	for (i = 0; rc == 0 && i < sk_ASN1_TYPE_num(all); i++)
		rc = read_qc_statement(f, sk_ASN1_TYPE_value(all, i));
	sk_ASN1_TYPE_pop_free(all, ASN1_TYPE_free);
	return rc;
}

int
cert_qc_statements(const X509 *cert, unsigned int *qc)
{
	struct cert_facts f = { 0 };
	const int rc = read_qc(&f, cert);

	*qc = f.qc;
	return rc;
}

int
cert_urls_add(struct cert_urls *urls, const char *url)
{
	size_t i;

	for (i = 0; i < urls->count; i++)
		if (strcmp(urls->items[i], url) == 0)
			return 0;
	if (urls->count >= CERT_URLS_MAX)
		return 0;
	urls->items[urls->count] = strdup(url);
	if (urls->items[urls->count] == NULL)
		return -1;
	urls->count++;
	return 0;
}

/* Keep a URL that is plain printable text; others are of no use to anybody who wants to fetch. */
static int
add_url(struct cert_urls *urls, const GENERAL_NAME *name)
{
	const unsigned char *data;
	char url[2049];
	int i, len;

	if (name->type != GEN_URI)
		return 0;
	data = ASN1_STRING_get0_data(name->d.uniformResourceIdentifier);
	len = ASN1_STRING_length(name->d.uniformResourceIdentifier);
	for (i = 0; i < len; i++)
		if (data[i] <= ' ' || data[i] > '~')
			return 0;
	if (len == 0 || len > 2048)
		return 0;
	snprintf(url, sizeof(url), "%.*s", len, (const char *)data);
	return cert_urls_add(urls, url);
}

int
cert_urls_add_points(struct cert_urls *urls, const CRL_DIST_POINTS *points)
{
	const DIST_POINT *point;
	GENERAL_NAMES *names;
	int i, j, rc = 0;

	for (i = 0; rc == 0 && i < sk_DIST_POINT_num(points); i++) {
		point = sk_DIST_POINT_value(points, i);
		if (point->distpoint == NULL || point->distpoint->type != 0)
			continue;
		names = point->distpoint->name.fullname;
		for (j = 0; rc == 0 && j < sk_GENERAL_NAME_num(names); j++)
			rc = add_url(urls, sk_GENERAL_NAME_value(names, j));
	}
	return rc;
}

static int
read_crl_points(struct cert_facts *f, const X509 *cert)
{
	int bad;
	CRL_DIST_POINTS *points = get_ext(cert, NID_crl_distribution_points, NULL, &bad);
	int rc = bad ? -1 : cert_urls_add_points(&f->crl, points);

	sk_DIST_POINT_pop_free(points, DIST_POINT_free);
	return rc;
}

static int
add_accesses(struct cert_urls *urls, const AUTHORITY_INFO_ACCESS *access, int method)
{
	const ACCESS_DESCRIPTION *ad;
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_ACCESS_DESCRIPTION_num(access); i++) {
		ad = sk_ACCESS_DESCRIPTION_value(access, i);
		if (OBJ_obj2nid(ad->method) == method)
			rc = add_url(urls, ad->location);
	}
	return rc;
}

int
cert_urls_add_issuers(struct cert_urls *urls, const AUTHORITY_INFO_ACCESS *access)
{
	return add_accesses(urls, access, NID_ad_ca_issuers);
}

static int
read_access(struct cert_facts *f, const X509 *cert)
{
	int bad;
	AUTHORITY_INFO_ACCESS *aia = get_ext(cert, NID_info_access, NULL, &bad);
	int rc = bad ? -1 : 0;

	if (rc == 0)
		rc = add_accesses(&f->ocsp, aia, NID_ad_OCSP);
	if (rc == 0)
		rc = add_accesses(&f->issuers, aia, NID_ad_ca_issuers);
	sk_ACCESS_DESCRIPTION_pop_free(aia, ACCESS_DESCRIPTION_free);
	return rc;
}

static int
has_oid_ext(const X509 *cert, const char *oid)
{
	ASN1_OBJECT *obj = OBJ_txt2obj(oid, 1);
	int at = obj != NULL ? X509_get_ext_by_OBJ(cert, obj, -1) : -1;

	ASN1_OBJECT_free(obj);
	return at >= 0;
}

static void
read_key(struct cert_facts *f, const X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);

	f->key_type = key_type_of(key);
	if (key == NULL)
		return;
	f->key_bits = key_bits(key);
	key_curve(key, f->curve, sizeof(f->curve));
}

static int
read_all(struct cert_facts *f, X509 *cert, struct error *err)
{
	uint32_t flags = X509_get_extension_flags(cert);
	int ok1, ok2;

	x509_name_text(X509_get_subject_name(cert), f->subject, sizeof(f->subject));
	x509_name_text(X509_get_issuer_name(cert), f->issuer, sizeof(f->issuer));
	asn1_integer_text(X509_get0_serialNumber(cert), f->serial, sizeof(f->serial));
	cert_fingerprint(cert, DIGEST_SHA256, f->fingerprint);
	f->not_before = asn1_time_seconds(X509_get0_notBefore(cert), &ok1);
	f->not_after = asn1_time_seconds(X509_get0_notAfter(cert), &ok2);
	if (!ok1 || !ok2)
		return error_set(
		    err, ERROR_MALFORMED, "the certificate's times of validity cannot be read");
	read_key(f, cert);
	f->is_ca = (flags & EXFLAG_BCONS) && (flags & EXFLAG_CA);
	f->path_length = f->is_ca ? (int)X509_get_pathlen(cert) : -1;
	f->has_key_usage = (flags & EXFLAG_KUSAGE) != 0;
	f->key_usage = f->has_key_usage ? X509_get_key_usage(cert) : 0;
	f->no_rev_avail = X509_get_ext_by_NID(cert, NID_no_rev_avail, -1) >= 0;
	f->ocsp_no_check = X509_get_ext_by_NID(cert, NID_id_pkix_OCSP_noCheck, -1) >= 0;
	f->assured_short_term = has_oid_ext(cert, OID_SHORT_TERM);
	if ((flags & EXFLAG_INVALID) || read_eku(f, cert) != 0 || read_qc(f, cert) != 0 ||
	    read_crl_points(f, cert) != 0 || read_access(f, cert) != 0)
		return error_openssl_kind(
		    err, ERROR_MALFORMED, "an extension of the certificate cannot be read");
	return 0;
}

int
cert_facts_read(struct cert_facts *facts, const X509 *cert, struct error *err)
{
	memset(facts, 0, sizeof(*facts));
	if (read_all(facts, (X509 *)cert, err) == 0)
		return 0;
	cert_facts_release(facts);
	return -1;
}

void
cert_urls_release(struct cert_urls *urls)
{
	size_t i;

	for (i = 0; i < urls->count; i++)
		free(urls->items[i]);
	memset(urls, 0, sizeof(*urls));
}

void
cert_facts_release(struct cert_facts *facts)
{
	cert_urls_release(&facts->crl);
	cert_urls_release(&facts->ocsp);
	cert_urls_release(&facts->issuers);
	memset(facts, 0, sizeof(*facts));
}

int
cert_facts_need_revocation(const struct cert_facts *f)
{
	if (f->assured_short_term)
		return 0;
	if (f->ocsp_no_check && (f->eku & CERT_EKU_OCSP))
		return 0;
	return !(f->no_rev_avail && !f->is_ca && f->crl.count == 0 && f->ocsp.count == 0);
}
