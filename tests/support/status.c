#include "tests/support/status.h"

#include <openssl/asn1t.h>
#include <openssl/conf.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR INT64_C(3600)

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "test status: %s could not be made\n", what);
	abort();
}

static ASN1_TIME *
time_of(int64_t seconds)
{
	ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)seconds);

	must(t != NULL, "a time");
	return t;
}

static ASN1_GENERALIZEDTIME *
general_time_of(int64_t seconds)
{
	ASN1_GENERALIZEDTIME *t = ASN1_GENERALIZEDTIME_set(NULL, (time_t)seconds);

	must(t != NULL, "a time");
	return t;
}

/* An extension from its DER. */
static X509_EXTENSION *
extension_of(const char *oid, int critical, const unsigned char *der, int len)
{
	ASN1_OBJECT *obj = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext;

	must(obj != NULL && value != NULL && ASN1_OCTET_STRING_set(value, der, len) == 1, oid);
	ext = X509_EXTENSION_create_by_OBJ(NULL, obj, critical, value);
	must(ext != NULL, oid);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(obj);
	return ext;
}

/* ---- CRLs ---- */

struct status_crl
status_crl_of(enum pki_id id)
{
	return (struct status_crl){ .signer = pki_cert(id),
		.key = pki_key(id)->pkey,
		.this_update = PKI_NOW - PKI_DAY,
		.next_update = PKI_NOW + PKI_DAY,
		.number = 5 };
}

static void
add_number(X509_CRL *crl, int nid, long value, int critical)
{
	ASN1_INTEGER *i = ASN1_INTEGER_new();

	must(i != NULL && ASN1_INTEGER_set(i, value) == 1 &&
		 X509_CRL_add1_ext_i2d(crl, nid, i, critical, 0) == 1,
	    "a number");
	ASN1_INTEGER_free(i);
}

static void
set_point(ISSUING_DIST_POINT *idp, const char *url)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	idp->distpoint = DIST_POINT_NAME_new();
	must(name != NULL && text != NULL && idp->distpoint != NULL &&
		 ASN1_STRING_set(text, url, -1) == 1,
	    "a distribution point");
	GENERAL_NAME_set0_value(name, GEN_URI, text);
	idp->distpoint->type = 0;
	idp->distpoint->name.fullname = sk_GENERAL_NAME_new_null();
	sk_GENERAL_NAME_push(idp->distpoint->name.fullname, name);
}

static void
add_idp(X509_CRL *crl, const struct status_crl *in)
{
	ISSUING_DIST_POINT *idp = ISSUING_DIST_POINT_new();
	int i;

	must(idp != NULL, "a distribution point");
	if (in->idp_url != NULL)
		set_point(idp, in->idp_url);
	idp->onlyuser = in->only_user ? 0xff : 0;
	idp->onlyCA = in->only_ca ? 0xff : 0;
	idp->indirectCRL = in->indirect ? 0xff : 0;
	if (in->reasons != 0) {
		idp->onlysomereasons = ASN1_BIT_STRING_new();
		for (i = 1; i <= 8; i++)
			ASN1_BIT_STRING_set_bit(
			    idp->onlysomereasons, i, (in->reasons >> i & 1) != 0);
	}
	must(X509_CRL_add1_ext_i2d(crl, NID_issuing_distribution_point, idp, 1, 0) == 1, "an IDP");
	ISSUING_DIST_POINT_free(idp);
}

static void
add_other(X509_CRL *crl, const struct status_crl *in)
{
	ASN1_GENERALIZEDTIME *t;
	unsigned char *der = NULL;
	X509_EXTENSION *ext;
	int len;

	if (in->expired_from != 0) {
		t = general_time_of(in->expired_from);
		len = i2d_ASN1_GENERALIZEDTIME(t, &der);
		ext = extension_of("2.5.29.60", 0, der, len);
		must(X509_CRL_add_ext(crl, ext, -1) == 1, "expiredCertsOnCRL");
		X509_EXTENSION_free(ext);
		OPENSSL_free(der);
		ASN1_GENERALIZEDTIME_free(t);
	}
	if (in->unknown_critical) {
		ext = extension_of("1.3.6.1.4.1.99999.1", 1, (const unsigned char *)"\x05\x00", 2);
		must(X509_CRL_add_ext(crl, ext, -1) == 1, "an extension");
		X509_EXTENSION_free(ext);
	}
}

static void
add_issuer(X509_REVOKED *r, const X509 *cert)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *name = GENERAL_NAME_new();

	must(names != NULL && name != NULL, "an entry's issuer");
	GENERAL_NAME_set0_value(name, GEN_DIRNAME, X509_NAME_dup(X509_get_issuer_name(cert)));
	sk_GENERAL_NAME_push(names, name);
	must(X509_REVOKED_add1_ext_i2d(r, NID_certificate_issuer, names, 1, 0) == 1,
	    "an entry's issuer");
	GENERAL_NAMES_free(names);
}

static void
add_entry(X509_CRL *crl, const struct status_entry *e)
{
	X509_REVOKED *r = X509_REVOKED_new();
	ASN1_TIME *at = time_of(e->at);
	ASN1_GENERALIZEDTIME *since;
	ASN1_ENUMERATED *reason;

	must(r != NULL &&
		 X509_REVOKED_set_serialNumber(
		     r, (ASN1_INTEGER *)X509_get0_serialNumber(e->cert)) == 1 &&
		 X509_REVOKED_set_revocationDate(r, at) == 1,
	    "an entry");
	if (e->reason >= 0) {
		reason = ASN1_ENUMERATED_new();
		ASN1_ENUMERATED_set(reason, e->reason);
		must(X509_REVOKED_add1_ext_i2d(r, NID_crl_reason, reason, 0, 0) == 1, "a reason");
		ASN1_ENUMERATED_free(reason);
	}
	if (e->invalid_since != 0) {
		since = general_time_of(e->invalid_since);
		must(X509_REVOKED_add1_ext_i2d(r, NID_invalidity_date, since, 0, 0) == 1, "a date");
		ASN1_GENERALIZEDTIME_free(since);
	}
	if (e->names_issuer_of != NULL)
		add_issuer(r, e->names_issuer_of);
	must(X509_CRL_add0_revoked(crl, r) == 1, "an entry");
	ASN1_TIME_free(at);
}

struct buf
status_crl_make(const struct status_crl *in)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = time_of(in->this_update), *to = NULL;
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);
	unsigned char *der = NULL;
	size_t i;
	int len;

	must(crl != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
		 X509_CRL_set_issuer_name(crl, X509_get_subject_name(in->signer)) == 1 &&
		 X509_CRL_set1_lastUpdate(crl, from) == 1,
	    "a CRL");
	if (in->next_update != 0) {
		to = time_of(in->next_update);
		X509_CRL_set1_nextUpdate(crl, to);
	}
	if (in->number != 0)
		add_number(crl, NID_crl_number, in->number, 0);
	if (in->base != 0)
		add_number(crl, NID_delta_crl, in->base, 1);
	if (in->idp_url != NULL || in->only_user || in->only_ca || in->indirect || in->reasons != 0)
		add_idp(crl, in);
	add_other(crl, in);
	for (i = 0; i < in->count; i++)
		add_entry(crl, &in->entries[i]);
	must(X509_CRL_sign(crl, in->key, EVP_sha256()) > 0, "a CRL");
	len = i2d_X509_CRL(crl, &der);
	must(len > 0 && buf_append(&out, der, (size_t)len, &err) == 0, "a CRL");
	OPENSSL_free(der);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_CRL_free(crl);
	return out;
}

/* ---- OCSP ---- */

struct status_ocsp
status_ocsp_of(enum pki_id id, enum pki_id issuer)
{
	return (struct status_ocsp){ .cert = pki_cert(id),
		.issuer = pki_cert(issuer),
		.signer = pki_cert(issuer),
		.key = pki_key(issuer)->pkey,
		.status = V_OCSP_CERTSTATUS_GOOD,
		.reason = -1,
		.produced_at = PKI_NOW - HOUR,
		.this_update = PKI_NOW - HOUR,
		.next_update = PKI_NOW + PKI_DAY };
}

static void
add_cert_hash(OCSP_SINGLERESP *single, const X509 *cert)
{
	/* SEQUENCE { SEQUENCE { OID sha256 }, OCTET STRING (32) } */
	static const unsigned char head[] = { 0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48,
		0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 0x20 };
	unsigned char all[sizeof(head) + 32];
	X509_EXTENSION *ext;

	memcpy(all, head, sizeof(head));
	must(X509_digest(cert, EVP_sha256(), all + sizeof(head), NULL) == 1, "a certHash");
	ext = extension_of("1.3.36.8.3.13", 0, all, (int)sizeof(all));
	must(OCSP_SINGLERESP_add_ext(single, ext, -1) == 1, "a certHash");
	X509_EXTENSION_free(ext);
}

static void
add_single(OCSP_BASICRESP *basic, const struct status_ocsp *in)
{
	OCSP_CERTID *id =
	    OCSP_cert_to_id(in->id_hash != NULL ? in->id_hash : EVP_sha1(), in->cert, in->issuer);
	ASN1_TIME *at = in->status == V_OCSP_CERTSTATUS_REVOKED ? time_of(in->revoked_at) : NULL;
	ASN1_TIME *from = time_of(in->this_update),
		  *to = in->next_update != 0 ? time_of(in->next_update) : NULL;
	ASN1_GENERALIZEDTIME *cutoff;
	OCSP_SINGLERESP *single;
	X509_EXTENSION *ext;

	single = OCSP_basic_add1_status(basic, id, in->status, in->reason, at, from, to);
	must(single != NULL, "a single answer");
	if (in->archive_cutoff != 0) {
		cutoff = general_time_of(in->archive_cutoff);
		must(OCSP_SINGLERESP_add1_ext_i2d(
			 single, NID_id_pkix_OCSP_archiveCutoff, cutoff, 0, 0) == 1,
		    "an archive cutoff");
		ASN1_GENERALIZEDTIME_free(cutoff);
	}
	if (in->cert_hash_of != NULL)
		add_cert_hash(single, in->cert_hash_of);
	if (in->unknown_critical) {
		ext = extension_of("1.3.6.1.4.1.99999.1", 1, (const unsigned char *)"\x05\x00", 2);
		must(OCSP_SINGLERESP_add_ext(single, ext, -1) == 1, "an extension");
		X509_EXTENSION_free(ext);
	}
	OCSP_CERTID_free(id);
	ASN1_TIME_free(at);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
}

/* OpenSSL would stamp the answer with the real time. */
static void
sign_at(OCSP_BASICRESP *basic, const struct status_ocsp *in)
{
	ASN1_GENERALIZEDTIME *made = general_time_of(in->produced_at);
	ASN1_GENERALIZEDTIME *stands = (ASN1_GENERALIZEDTIME *)OCSP_resp_get0_produced_at(basic);
	unsigned long flags = OCSP_NOTIME | (in->by_key ? OCSP_RESPID_KEY : 0) |
			      (in->signer == in->issuer ? OCSP_NOCERTS : 0);

	must(stands != NULL && ASN1_STRING_copy(stands, made) == 1, "a time");
	must(OCSP_basic_sign(basic, in->signer, in->key, EVP_sha256(), NULL, flags) == 1,
	    "an OCSP answer");
	ASN1_GENERALIZEDTIME_free(made);
}

struct buf
status_ocsp_make(const struct status_ocsp *in)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_RESPONSE *response;
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);
	unsigned char *der = NULL;
	int len;

	must(basic != NULL, "an OCSP answer");
	add_single(basic, in);
	if (in->nonce.len > 0)
		must(OCSP_basic_add1_nonce(
			 basic, (unsigned char *)in->nonce.data, (int)in->nonce.len) == 1,
		    "a nonce");
	sign_at(basic, in);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	must(response != NULL, "an OCSP answer");
	len = i2d_OCSP_RESPONSE(response, &der);
	must(len > 0 && buf_append(&out, der, (size_t)len, &err) == 0, "an OCSP answer");
	OPENSSL_free(der);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	return out;
}

/* ---- certificates changed by hand ---- */

X509 *
status_with_ext(X509 *cert, enum pki_id issuer, int nid, int critical, const char *words)
{
	X509 *x = X509_dup(cert);
	CONF *conf = NCONF_new(NULL);
	BIO *bio = BIO_new_mem_buf(words, -1);
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	long line = 0;
	int at = X509_get_ext_by_NID(x, nid, -1);
	char *value;

	must(NCONF_load_bio(conf, bio, &line) == 1, words);
	value = NCONF_get_string(conf, "default", "value");
	X509V3_set_ctx(&ctx, NULL, NULL, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	ext = X509V3_EXT_nconf_nid(conf, &ctx, nid, value);
	must(ext != NULL, words);
	X509_EXTENSION_set_critical(ext, critical);
	if (at >= 0)
		X509_EXTENSION_free(X509_delete_ext(x, at));
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	BIO_free(bio);
	NCONF_free(conf);
	return pki_resign(x, issuer);
}
