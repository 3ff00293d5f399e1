#include "tests/support/hostile.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/cms/der_out.h"
#include "signing/format/cms/oids.h"
#include "tests/support/odd_certs.h"
#include "tests/support/pki.h"

#define KEY_BYTES  2048
#define SHA256_OID "2.16.840.1.101.3.4.2.1"
#define RSA_OID	   "1.2.840.113549.1.1.1"

static void
must(int ok)
{
	if (!ok)
		abort();
}

/* Bytes that look random and are the same on any day; the first makes the number a large one. */
static void
fill(unsigned char *at, size_t len, uint32_t seed, unsigned char first)
{
	size_t i;

	for (i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		at[i] = (unsigned char)(seed >> 24);
	}
	at[0] = first;
	at[len - 1] |= 1;
}

EVP_PKEY *
hostile_key(unsigned int number)
{
	unsigned char modulus[KEY_BYTES], exponent[8];
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *n, *e;
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;

	fill(modulus, sizeof(modulus), number + 1, 0xff);
	memset(exponent, 0xff, sizeof(exponent));
	n = BN_bin2bn(modulus, sizeof(modulus), NULL);
	e = BN_bin2bn(exponent, sizeof(exponent), NULL);
	must(build != NULL && ctx != NULL && n != NULL && e != NULL &&
	     OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	     OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1);
	params = OSSL_PARAM_BLD_to_param(build);
	must(params != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
	     EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

static void
set_value(X509 *cert, uint32_t seed)
{
	unsigned char value[KEY_BYTES];
	const ASN1_BIT_STRING *signature;

	fill(value, sizeof(value), seed, 0x01);
	X509_get0_signature(&signature, NULL, cert);
	must(ASN1_STRING_set((ASN1_BIT_STRING *)signature, value, sizeof(value)) == 1);
}

X509 *
hostile_certificate(unsigned int number)
{
	static const unsigned char ca[] = { 0x30, 0x03, 0x01, 0x01, 0xff };
	X509_NAME *name = X509_NAME_new();
	EVP_PKEY *key = hostile_key(number);
	X509 *cert = X509_new();
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *constraints;

	must(name != NULL && cert != NULL && value != NULL &&
	     X509_NAME_add_entry_by_txt(
		 name, "CN", MBSTRING_UTF8, (const unsigned char *)"Hostile CA", -1, -1, 0) == 1 &&
	     ASN1_OCTET_STRING_set(value, ca, sizeof(ca)) == 1);
	constraints = X509_EXTENSION_create_by_NID(NULL, NID_basic_constraints, 1, value);
	must(constraints != NULL && X509_set_version(cert, 2) == 1 &&
	     ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1 &&
	     X509_set_issuer_name(cert, name) == 1 && X509_set_subject_name(cert, name) == 1 &&
	     ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)(PKI_NOW - PKI_YEAR)) != NULL &&
	     ASN1_TIME_set(X509_getm_notAfter(cert),
		 (time_t)(PKI_NOW + PKI_YEAR + (int64_t)number)) != NULL &&
	     X509_set_pubkey(cert, key) == 1 && X509_add_ext(cert, constraints, -1) == 1 &&
	     X509_sign(cert, pki_key(PKI_RSA2048)->pkey, EVP_sha256()) > 0);
	set_value(cert, number + 2);
	X509_NAME_free(name);
	EVP_PKEY_free(key);
	ASN1_OCTET_STRING_free(value);
	X509_EXTENSION_free(constraints);
	return cert;
}

/* ---- CMS ---- */

/* Put `inside` into a value with that tag, and forget it. */
static void
wrap(struct buf *out, unsigned int tag, struct buf *inside)
{
	struct error err = ERROR_INIT;
	struct der_out der = DER_OUT(out, &err);

	der_put_value(&der, tag, SPAN_OF(inside));
	must(!der.failed);
	buf_release(inside);
}

/* AlgorithmIdentifier with NULL parameters, or an OID alone. */
static void
put_oid(struct buf *out, const char *oid, int is_algorithm)
{
	struct error err = ERROR_INIT;
	struct buf inside = BUF_INIT(0);
	struct der_out der = DER_OUT(is_algorithm ? &inside : out, &err);

	der_put_oid(&der, oid);
	if (is_algorithm) {
		der_put_value(&der, 0x05, SPAN_NONE);
		wrap(out, DER_SEQUENCE, &inside);
	}
	must(!der.failed);
}

static void
put_version(struct buf *out)
{
	struct error err = ERROR_INIT;

	must(buf_append(out, "\x02\x01\x01", 3, &err) == 0);
}

static void
put_signer(struct buf *out, X509 *cert, uint32_t seed)
{
	unsigned char value[KEY_BYTES];
	struct error err = ERROR_INIT;
	struct buf id = BUF_INIT(0), signer = BUF_INIT(0);
	struct der_out der = DER_OUT(&id, &err);

	fill(value, sizeof(value), seed, 0x01);
	DER_PUT_STRUCT(X509_NAME, X509_get_issuer_name(cert), &der);
	DER_PUT_STRUCT(ASN1_INTEGER, X509_get_serialNumber(cert), &der);
	must(!der.failed);
	put_version(&signer);
	wrap(&signer, DER_SEQUENCE, &id);
	put_oid(&signer, SHA256_OID, 1);
	put_oid(&signer, RSA_OID, 1);
	der = (struct der_out)DER_OUT(&signer, &err);
	der_put_value(&der, DER_OCTETS, (struct span){ value, sizeof(value) });
	must(!der.failed);
	wrap(out, DER_SEQUENCE, &signer);
}

void
hostile_cms(struct buf *out, unsigned int signers, unsigned int certificates)
{
	struct error err = ERROR_INIT;
	struct buf data = BUF_INIT(0), part = BUF_INIT(0), inner = BUF_INIT(0);
	struct der_out der = DER_OUT(&inner, &err);
	X509 *cert = NULL;
	unsigned int i;

	put_version(&data);
	put_oid(&part, SHA256_OID, 1);
	wrap(&data, DER_SET, &part);
	put_oid(&part, OID_DATA, 0);
	der_put_value(&der, DER_OCTETS, span_str("x"));
	wrap(&part, DER_CONTEXT, &inner);
	wrap(&data, DER_SEQUENCE, &part);
	der = (struct der_out)DER_OUT(&part, &err);
	for (i = 0; i < certificates; i++) {
		X509_free(cert);
		cert = hostile_certificate(i);
		DER_PUT_STRUCT(X509, cert, &der);
	}
	must(!der.failed);
	wrap(&data, DER_CONTEXT, &part);
	for (i = 0; i < signers; i++)
		put_signer(&part, cert, i + 1000);
	X509_free(cert);
	wrap(&data, DER_SET, &part);
	put_oid(&part, OID_SIGNED_DATA, 0);
	wrap(&inner, DER_SEQUENCE, &data);
	wrap(&part, DER_CONTEXT, &inner);
	wrap(out, DER_SEQUENCE, &part);
}

/* The signer of the test PKI's P-256 certificate, with so many attributes. */
static void
put_attributed_signer(struct buf *out, unsigned int attributes)
{
	static const unsigned char attribute[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 0x01, 0x07, 0x01, 0x31, 0x00 };
	struct error err = ERROR_INIT;
	struct buf whole = BUF_INIT(0), inside = BUF_INIT(0), list = BUF_INIT(0);
	const unsigned char *at;
	long len;
	int tag, class;

	put_signer(&whole, pki_cert(PKI_P256), 7);
	at = whole.data;
	ASN1_get_object(&at, &len, &tag, &class, (long)whole.len);
	must(buf_append(&inside, at, (size_t)len, &err) == 0);
	for (; attributes > 0; attributes--)
		must(buf_append(&list, attribute, sizeof(attribute), &err) == 0);
	if (list.len > 0)
		wrap(&inside, DER_CONTEXT + 1, &list);
	wrap(out, DER_SEQUENCE, &inside);
	buf_release(&whole);
}

/* Octets in so many constructed ones. */
static void
put_deep_octets(struct buf *out, unsigned int depth)
{
	struct error err = ERROR_INIT;
	unsigned int i;

	for (i = 0; i < depth; i++)
		must(buf_append(out, "\x24\x80", 2, &err) == 0);
	must(buf_append(out, "\x04\x01x", 3, &err) == 0);
	for (i = 0; i < depth; i++)
		must(buf_append(out, "\0\0", 2, &err) == 0);
}

/* The certificate of the test PKI with so many more extensions; its signature is wrong. */
static void
put_extended(struct buf *out, unsigned int extensions)
{
	struct error err = ERROR_INIT;
	ASN1_OCTET_STRING *empty = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *type = OBJ_txt2obj("1.2.3.4", 1);
	X509_EXTENSION *one = X509_EXTENSION_create_by_OBJ(NULL, type, 0, empty);
	X509 *cert = X509_dup(pki_cert(PKI_P256));
	struct der_out der = DER_OUT(out, &err);

	must(one != NULL && cert != NULL);
	for (; extensions > 0; extensions--)
		must(X509_add_ext(cert, one, -1) == 1);
	must(i2d_re_X509_tbs(cert, NULL) > 0);
	DER_PUT_STRUCT(X509, cert, &der);
	must(!der.failed);
	X509_free(cert);
	X509_EXTENSION_free(one);
	ASN1_OBJECT_free(type);
	ASN1_OCTET_STRING_free(empty);
}

static void
put_slow(struct buf *out)
{
	struct error err = ERROR_INIT;
	struct buf der = odd_certificate_with("EC, roots that take long");

	must(buf_append_span(out, SPAN_OF(&der), &err) == 0);
	buf_release(&der);
}

void
hostile_cms_many(struct buf *out, const struct hostile_many *many)
{
	static const unsigned char other[] = { 0xa1, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
		0x0d, 0x01, 0x07, 0x01, 0x05, 0x00 };
	struct error err = ERROR_INIT;
	struct buf data = BUF_INIT(0), part = BUF_INIT(0), inner = BUF_INIT(0), cert = BUF_INIT(0);
	unsigned int i;

	put_version(&data);
	put_oid(&part, SHA256_OID, 1);
	wrap(&data, DER_SET, &part);
	put_oid(&part, OID_DATA, 0);
	put_deep_octets(&inner, many->depth);
	wrap(&part, DER_CONTEXT, &inner);
	wrap(&data, DER_SEQUENCE, &part);
	if (many->slow_keys)
		put_slow(&cert);
	else
		put_extended(&cert, many->extensions);
	for (i = 0; i < many->certificates; i++) {
		memcpy(cert.data + cert.len - sizeof(i), &i, sizeof(i));
		must(buf_append_span(&part, SPAN_OF(&cert), &err) == 0);
	}
	wrap(&data, DER_CONTEXT, &part);
	for (i = 0; i < many->revocations; i++)
		must(buf_append(&part, other, sizeof(other), &err) == 0);
	if (part.len > 0)
		wrap(&data, DER_CONTEXT + 1, &part);
	put_attributed_signer(&part, many->attributes);
	wrap(&data, DER_SET, &part);
	put_oid(&part, OID_SIGNED_DATA, 0);
	wrap(&inner, DER_SEQUENCE, &data);
	wrap(&part, DER_CONTEXT, &inner);
	wrap(out, DER_SEQUENCE, &part);
	buf_release(&cert);
}

void
hostile_cms_content(struct buf *out, size_t bytes)
{
	const struct sign_options options = {
		.signing_time = PKI_NOW, .claim_time = 1, .packaging = PACKAGING_ENVELOPING
	};
	struct error err = ERROR_INIT;
	struct buf content = BUF_INIT(bytes);
	struct document doc = { .has_content = 1 };
	unsigned char *at = buf_reserve(&content, bytes, &err);

	must(at != NULL);
	memset(at, 'x', bytes);
	doc.content = (struct span){ at, bytes };
	must(cms_sign(out, &doc, CMS_PROFILE_CADES, pki_key(PKI_P256), &options, &err) == 0);
	buf_release(&content);
}

/* ---- XML, mails ---- */

#define DSIG "http://www.w3.org/2000/09/xmldsig#"
#define C14N "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

static void
put_base64(struct buf *out, const char *before, struct span bytes, const char *behind)
{
	struct error err = ERROR_INIT;

	must(buf_append_str(out, before, &err) == 0 && text_base64(out, bytes, 0, &err) == 0 &&
	     buf_append_str(out, behind, &err) == 0);
}

static void
put_certificates(struct buf *out, unsigned int certificates)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct der_out into = DER_OUT(&der, &err);
	unsigned int i;

	for (i = 0; i < certificates; i++) {
		X509 *cert = hostile_certificate(i);

		der.len = 0;
		DER_PUT_STRUCT(X509, cert, &into);
		must(!into.failed);
		put_base64(out, "<X509Certificate>", SPAN_OF(&der), "</X509Certificate>");
		X509_free(cert);
	}
	buf_release(&der);
}

static void
put_signature(struct buf *out, unsigned int references, struct span certificates)
{
	unsigned char value[KEY_BYTES];
	struct error err = ERROR_INIT;
	unsigned int i;

	fill(value, sizeof(value), references, 0x01);
	must(buf_append_str(out,
		 "<Signature xmlns=\"" DSIG
		 "\"><SignedInfo><CanonicalizationMethod Algorithm=\"" C14N "\"/><SignatureMethod "
		 "Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>",
		 &err) == 0);
	for (i = 0; i < references; i++)
		must(buf_append_str(out,
			 "<Reference URI=\"\"><DigestMethod "
			 "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>"
			 "<DigestValue>AAAA</DigestValue></Reference>",
			 &err) == 0);
	put_base64(out, "</SignedInfo><SignatureValue>", (struct span){ value, sizeof(value) },
	    "</SignatureValue>");
	if (certificates.len > 0)
		must(buf_append_str(out, "<KeyInfo><X509Data>", &err) == 0 &&
		     buf_append_span(out, certificates, &err) == 0 &&
		     buf_append_str(out, "</X509Data></KeyInfo>", &err) == 0);
	must(buf_append_str(out, "</Signature>", &err) == 0);
}

void
hostile_xml(struct buf *out, const struct hostile_xml *x)
{
	struct error err = ERROR_INIT;
	struct buf certificates = BUF_INIT(0);
	uint32_t seed = 1;
	unsigned int i;

	must(buf_append_str(out, "<all>", &err) == 0);
	/* Names that no archive makes much smaller. */
	for (i = 0; i < x->nodes; i++) {
		seed = seed * 1664525 + 1013904223;
		must(buf_printf(out, &err, "<a%x/>", (unsigned int)(seed >> 8)) == 0);
	}
	put_certificates(&certificates, x->certificates);
	for (i = 0; i < x->signatures; i++)
		put_signature(out, x->references, SPAN_OF(&certificates));
	must(buf_append_str(out, "</all>", &err) == 0);
	buf_release(&certificates);
}

void
hostile_mail(struct buf *out, struct span cms)
{
	struct error err = ERROR_INIT;

	must(buf_append_str(out,
		 "From: a@example.com\r\nContent-Type: application/pkcs7-mime; "
		 "smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n",
		 &err) == 0 &&
	     text_base64(out, cms, 64, &err) == 0 && buf_append_str(out, "\r\n", &err) == 0);
}
