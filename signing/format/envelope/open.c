/* Opening an envelope by one of our keys, or by a password. */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/message.h"
#include "signing/format/cms/oids.h"
#include "signing/format/envelope/parts.h"

/* ---- whose it is ---- */

static int
is_issuer_serial(const DER_ISSUER_SERIAL *id, X509 *cert)
{
	return ASN1_INTEGER_cmp(id->serial, X509_get0_serialNumber(cert)) == 0 &&
	       X509_NAME_cmp(id->issuer, X509_get_issuer_name(cert)) == 0;
}

/* The extension's value; without one, as RFC 5280 section 4.2.1.2 (1) makes it. */
static int
is_key_id(const ASN1_OCTET_STRING *id, X509 *cert)
{
	const ASN1_OCTET_STRING *own = X509_get0_subject_key_id(cert);
	unsigned char made[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	struct span want = { ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id) };

	if (own != NULL)
		return ASN1_OCTET_STRING_cmp(id, own) == 0;
	return X509_pubkey_digest(cert, EVP_sha1(), made, &len) == 1 &&
	       span_equal(want, (struct span){ made, len });
}

int
recipient_is(const struct recipient *r, X509 *cert)
{
	if (r->transport != NULL)
		return r->transport->id->type == SIGNER_ID_ISSUER_SERIAL
			   ? is_issuer_serial(r->transport->id->d.issuer_serial, cert)
			   : is_key_id(r->transport->id->d.key_id, cert);
	if (r->agreed != NULL)
		return r->agreed->id->type == AGREED_ISSUER_SERIAL
			   ? is_issuer_serial(r->agreed->id->d.issuer_serial, cert)
			   : is_key_id(r->agreed->id->d.key_id->id, cert);
	return 0;
}

unsigned int
envelope_is_for(const struct envelope *e, X509 *cert)
{
	unsigned int n = 0;
	size_t i;

	if (e->ops != NULL)
		return e->ops->is_for(e, cert);
	for (i = 0; i < e->recipient_count; i++)
		n += recipient_is(&e->inside->recipients[i], cert) != 0;
	return n;
}

static uint64_t
work_of_passwords(const struct envelope *e)
{
	unsigned int tries = 0;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; e->ops == NULL && i < e->recipient_count; i++)
		if (e->inside->recipients[i].password != NULL && tries++ < ENVELOPE_PASSWORDS_MAX)
			sum += e->work + password_work(e->inside->recipients[i].password);
	return sum;
}

uint64_t
envelope_work(const struct envelope *e, X509 *cert)
{
	unsigned int tries;

	if (cert == NULL)
		return work_of_passwords(e);
	tries = envelope_is_for(e, cert);
	return (tries < ENVELOPE_TRIES_MAX ? tries : ENVELOPE_TRIES_MAX) * e->work;
}

static struct span
octets(const ASN1_STRING *s)
{
	return (struct span){ ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s) };
}

/* ---- RSA ---- */

/* RFC 4055 section 4.1; what is absent is SHA-1, and the label is empty. */
static int
read_oaep(struct envelope_transport *how, const X509_ALGOR *algorithm, RSA_OAEP_PARAMS **params,
    struct error *err)
{
	const RSA_OAEP_PARAMS *p;
	X509_ALGOR *mask = NULL;

	how->is_oaep = 1;
	how->digest = how->mgf_digest = DIGEST_SHA1;
	if (algorithm->parameter == NULL || algorithm->parameter->type == V_ASN1_NULL)
		return 0;
	p = *params = DER_DECODE(RSA_OAEP_PARAMS, der_raw_span(algorithm->parameter));
	if (p == NULL)
		return error_set(
		    err, ERROR_MALFORMED, "the parameters of RSAES-OAEP do not decode");
	if (p->hashFunc != NULL)
		how->digest = digest_by_nid(OBJ_obj2nid(p->hashFunc->algorithm));
	if (p->maskGenFunc != NULL) {
		if (OBJ_obj2nid(p->maskGenFunc->algorithm) == NID_mgf1)
			mask = DER_DECODE(X509_ALGOR, der_raw_span(p->maskGenFunc->parameter));
		how->mgf_digest =
		    mask != NULL ? digest_by_nid(OBJ_obj2nid(mask->algorithm)) : DIGEST_NONE;
		X509_ALGOR_free(mask);
	}
	if (p->pSourceFunc != NULL) {
		if (OBJ_obj2nid(p->pSourceFunc->algorithm) != NID_pSpecified ||
		    p->pSourceFunc->parameter == NULL ||
		    p->pSourceFunc->parameter->type != V_ASN1_OCTET_STRING)
			return error_set(
			    err, ERROR_UNSUPPORTED, "the label of RSAES-OAEP is not specified");
		how->label = octets(p->pSourceFunc->parameter->value.octet_string);
	}
	if (how->digest == DIGEST_NONE || how->mgf_digest == DIGEST_NONE)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the key is encrypted by RSAES-OAEP with a digest that nothing here knows");
	return 0;
}

static int
key_by_transport(const DER_TRANSPORT *t, const struct envelope_key *key, unsigned char *out,
    size_t len, struct error *err)
{
	struct envelope_transport how = { 0 };
	RSA_OAEP_PARAMS *params = NULL;
	struct error why = ERROR_INIT;
	int rc = -1;

	switch (OBJ_obj2nid(t->algorithm->algorithm)) {
	case NID_rsaEncryption:
		rc = 0;
		break;
	case NID_rsaesOaep:
		rc = read_oaep(&how, t->algorithm, &params, err);
		break;
	default:
		unknown_algorithm(t->algorithm, "the key is encrypted", err);
	}
	if (rc == 0) {
		rc = key->transport(key->ctx, &how, octets(t->key), out, len, &why);
		if (rc != 0 && why.kind == ERROR_MALFORMED)
			does_not_decrypt(err); /* the same words, whatever the key's owner says */
		else if (rc != 0)
			*err = why;
	}
	RSA_OAEP_PARAMS_free(params);
	return rc;
}

/* ---- ECDH ---- */

static const struct {
	const char *oid;
	int is_cofactor;
	enum digest digest;
	enum envelope_kdf kdf;
} schemes[] = {
	{ "1.3.133.16.840.63.0.2", 0, DIGEST_SHA1, ENVELOPE_X963 },
	{ "1.3.132.1.11.0", 0, DIGEST_SHA224, ENVELOPE_X963 },
	{ "1.3.132.1.11.1", 0, DIGEST_SHA256, ENVELOPE_X963 },
	{ "1.3.132.1.11.2", 0, DIGEST_SHA384, ENVELOPE_X963 },
	{ "1.3.132.1.11.3", 0, DIGEST_SHA512, ENVELOPE_X963 },
	{ "1.3.133.16.840.63.0.3", 1, DIGEST_SHA1, ENVELOPE_X963 },
	{ "1.3.132.1.14.0", 1, DIGEST_SHA224, ENVELOPE_X963 },
	{ "1.3.132.1.14.1", 1, DIGEST_SHA256, ENVELOPE_X963 },
	{ "1.3.132.1.14.2", 1, DIGEST_SHA384, ENVELOPE_X963 },
	{ "1.3.132.1.14.3", 1, DIGEST_SHA512, ENVELOPE_X963 },
	/* RFC 8418 section 2.2 */
	{ "1.2.840.113549.1.9.16.3.19", 0, DIGEST_SHA256, ENVELOPE_HKDF },
	{ "1.2.840.113549.1.9.16.3.20", 0, DIGEST_SHA384, ENVELOPE_HKDF },
	{ "1.2.840.113549.1.9.16.3.21", 0, DIGEST_SHA512, ENVELOPE_HKDF },
};

static int
scheme_of(struct envelope_agreement *how, const X509_ALGOR *algorithm, struct error *err)
{
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (der_oid_is(algorithm->algorithm, schemes[i].oid)) {
			how->is_cofactor = schemes[i].is_cofactor;
			how->kdf = schemes[i].digest;
			how->kdf_type = schemes[i].kdf;
			return 0;
		}
	return unknown_algorithm(algorithm, "the key is agreed upon", err);
}

/* A key that was made for this message: OriginatorPublicKey, [1] IMPLICIT. */
static int
sender_by_key(struct span raw, struct buf *point, struct error *err)
{
	unsigned char *copy = OPENSSL_memdup(raw.data, raw.len);
	DER_ORIGINATOR_KEY *key;
	int rc = -1;

	if (copy == NULL)
		return error_memory(err);
	copy[0] = V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED;
	key = DER_DECODE(DER_ORIGINATOR_KEY, ((struct span){ copy, raw.len }));
	OPENSSL_free(copy);
	if (key != NULL)
		rc = buf_append_span(point, octets(key->key), err);
	else
		error_set(err, ERROR_MALFORMED, "the sender's public key does not decode");
	DER_ORIGINATOR_KEY_free(key);
	return rc;
}

/* Is it the certificate that the message names: IssuerAndSerialNumber, or [0] a key identifier? */
static int
is_sender(struct span id, X509 *cert)
{
	const unsigned char key_id = V_ASN1_CONTEXT_SPECIFIC;
	DER_ISSUER_SERIAL *issuer_serial;
	ASN1_OCTET_STRING *octet_string;
	unsigned char *copy;
	int is = 0;

	if (id.data[0] != key_id) {
		issuer_serial = DER_DECODE(DER_ISSUER_SERIAL, id);
		is = issuer_serial != NULL && is_issuer_serial(issuer_serial, cert);
		DER_ISSUER_SERIAL_free(issuer_serial);
		return is;
	}
	copy = OPENSSL_memdup(id.data, id.len);
	if (copy == NULL)
		return 0;
	copy[0] = V_ASN1_OCTET_STRING;
	octet_string = DER_DECODE(ASN1_OCTET_STRING, ((struct span){ copy, id.len }));
	is = octet_string != NULL && is_key_id(octet_string, cert);
	ASN1_OCTET_STRING_free(octet_string);
	OPENSSL_free(copy);
	return is;
}

static int
point_of(X509 *cert, struct buf *point, struct error *err)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	unsigned char *encoded = NULL;
	size_t len = key != NULL ? EVP_PKEY_get1_encoded_public_key(key, &encoded) : 0;
	int rc = len > 0 ? buf_append(point, encoded, len, err)
			 : error_set(err, ERROR_MALFORMED,
			       "the sender's certificate has no key to agree with");

	ERR_clear_error();
	OPENSSL_free(encoded);
	return rc;
}

/* A lasting key (static ECDH): its certificate is one of those in OriginatorInfo, [0] IMPLICIT. */
static int
sender_by_certificate(
    const STACK_OF(ASN1_TYPE) * originator, struct span id, struct buf *point, struct error *err)
{
	struct span raw = sk_ASN1_TYPE_num(originator) > 0
			      ? der_raw_span(sk_ASN1_TYPE_value(originator, 0))
			      : SPAN_NONE;
	const unsigned char *p = raw.data, *end = raw.len > 0 ? raw.data + raw.len : p;
	long len = 0;
	int tag = 0, class = 0, i, found = 0, rc = -1;
	X509 *cert;

	if (raw.len == 0 || (ASN1_get_object(&p, &len, &tag, &class, (long)raw.len) & 0x80) != 0 ||
	    class != V_ASN1_CONTEXT_SPECIFIC || tag != 0)
		p = end;
	for (i = 0; p < end && !found && i < ENVELOPE_SENDERS_MAX; i++) {
		cert = !has_slow_key((struct span){ p, (size_t)(end - p) })
			   ? d2i_X509(NULL, &p, end - p)
			   : NULL;
		if (cert == NULL)
			break;
		found = is_sender(id, cert);
		if (found)
			rc = point_of(cert, point, err);
		X509_free(cert);
	}
	ERR_clear_error();
	if (!found)
		error_set(err, ERROR_UNSUPPORTED,
		    "the sender agrees by a certificate that is not in the message");
	return rc;
}

static int
sender_of(const struct recipient *r, struct buf *point, struct error *err)
{
	struct span raw = der_raw_span(r->agreement->originator);

	if (raw.len == 0)
		return error_set(
		    err, ERROR_MALFORMED, "the message does not say whose key was agreed with");
	if (raw.data[0] == (V_ASN1_CONTEXT_SPECIFIC | V_ASN1_CONSTRUCTED | 1))
		return sender_by_key(raw, point, err);
	return sender_by_certificate(r->originator, raw, point, err);
}

/* ECC-CMS-SharedInfo, RFC 5753 section 7.2. */
static int
shared_info(
    unsigned char **der, X509_ALGOR *wrap, ASN1_OCTET_STRING *ukm, size_t len, struct error *err)
{
	int n;

	if (ukm != NULL && ASN1_STRING_length(ukm) > ENVELOPE_UKM_MAX)
		return error_limit(err, ERROR_LIMIT, "envelope-ukm", ENVELOPE_UKM_MAX,
		    (uint64_t)ASN1_STRING_length(ukm), "bytes of user keying material");
	n = CMS_SharedInfo_encode(der, wrap, ukm, (int)len);
	return n > 0 ? n : error_openssl(err, "the key could not be agreed upon");
}

static int
key_by_agreement(const struct recipient *r, const struct envelope_key *key, unsigned char *out,
    size_t len, struct error *err)
{
	const DER_AGREEMENT *a = r->agreement;
	struct envelope_agreement how = { 0 };
	unsigned char kek[WRAP_KEY_MAX], *info = NULL;
	struct buf sender = BUF_INIT(0);
	X509_ALGOR *wrapping = NULL;
	struct wrap wrap;
	int n, rc = -1;

	if (scheme_of(&how, a->algorithm, err) != 0)
		return -1;
	wrapping = DER_DECODE(X509_ALGOR, der_raw_span(a->algorithm->parameter));
	if (wrapping == NULL) {
		error_set(err, ERROR_MALFORMED, "how the key is wrapped does not decode");
		goto done;
	}
	if (sender_of(r, &sender, err) != 0 || wrap_of(&wrap, wrapping, err) != 0)
		goto done;
	n = shared_info(&info, wrapping, a->ukm, wrap.key_len, err);
	if (n <= 0)
		goto done;
	how.info = (struct span){ info, (size_t)n };
	how.peer = SPAN_OF(&sender);
	if (key->agree(key->ctx, &how, kek, wrap.key_len, err) == 0)
		rc = unwrap(&wrap, kek, octets(r->agreed->key), out, len, err);
done:
	OPENSSL_cleanse(kek, sizeof(kek));
	OPENSSL_free(info);
	buf_release(&sender);
	X509_ALGOR_free(wrapping);
	return rc;
}

/* ---- the content ---- */

/*
 * A SignedData that was encrypted without its ContentInfo (RFC 5652 section 6.1, PKCS#7 alike) gets
 * it back.
 */
static int
complete(const struct envelope *e, struct buf *out, size_t before, struct error *err)
{
	static const unsigned char version_in_sequence = V_ASN1_INTEGER;
	const unsigned char *p = out->data + before;
	struct span data = { p, out->len - before };
	unsigned char *head, *at;
	ASN1_OBJECT *type;
	long len;
	int tag, class, inner, outer, type_len, rc = -1;
	struct buf whole = BUF_INIT(out->max);

	if (strcmp(e->content_type, OID_SIGNED_DATA) != 0 || data.len == 0)
		return 0;
	ASN1_get_object(&p, &len, &tag, &class, (long)data.len);
	ERR_clear_error();
	if (p >= data.data + data.len || *p != version_in_sequence)
		return 0;
	type = OBJ_txt2obj(OID_SIGNED_DATA, 1);
	type_len = i2d_ASN1_OBJECT(type, NULL);
	inner = ASN1_object_size(1, (int)data.len, 0);
	outer = ASN1_object_size(1, type_len + inner, V_ASN1_SEQUENCE);
	if (type == NULL || inner <= 0 || outer <= 0) {
		error_memory(err);
		goto done;
	}
	head = at = buf_reserve(&whole, before + (size_t)outer, err);
	if (head == NULL)
		goto done;
	if (before > 0)
		memcpy(at, out->data, before);
	at += before;
	ASN1_put_object(&at, 1, type_len + inner, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
	i2d_ASN1_OBJECT(type, &at);
	ASN1_put_object(&at, 1, (int)data.len, 0, V_ASN1_CONTEXT_SPECIFIC);
	memcpy(at, data.data, data.len);
	whole.len = (size_t)(at - head) + data.len;
	buf_wipe(out);
	*out = whole;
	whole = (struct buf)BUF_INIT(0);
	rc = 0;
done:
	buf_wipe(&whole);
	ASN1_OBJECT_free(type);
	return rc;
}

static int
open_content(const struct envelope *e, const struct content *c, const unsigned char *cek,
    struct buf *out, struct error *err)
{
	size_t before = out->len;

	if (content_decrypt(c, e->inside->data, cek, out, err) != 0)
		return -1;
	if (complete(e, out, before, err) == 0)
		return 0;
	out->len = before;
	return -1;
}

/* The content-encryption key of the n-th recipient, or 1 when that is somebody else. */
typedef int key_function(
    const struct recipient *r, const void *with, unsigned char *cek, size_t len, struct error *err);

static int
key_by_certificate(
    const struct recipient *r, const void *with, unsigned char *cek, size_t len, struct error *err)
{
	const struct envelope_key *key = with;

	if (!recipient_is(r, key->cert))
		return 1;
	if (r->transport != NULL)
		return key_by_transport(r->transport, key, cek, len, err);
	return key_by_agreement(r, key, cek, len, err);
}

static int
key_by_password(
    const struct recipient *r, const void *with, unsigned char *cek, size_t len, struct error *err)
{
	return r->password != NULL ? password_key(r->password, with, cek, len, err) : 1;
}

static int
worth_trying_the_next(const struct error *err)
{
	return err->kind == ERROR_MALFORMED || err->kind == ERROR_UNSUPPORTED;
}

static int
open_with(const struct envelope *e, key_function *get_key, const void *with, unsigned int most,
    struct buf *out, struct error *err)
{
	unsigned char cek[CONTENT_KEY_MAX];
	struct error why = ERROR_INIT, one;
	struct content c;
	unsigned int tries = 0;
	size_t i;
	int got, rc = -1;

	if (content_of(&c, e->inside->data, err) != 0)
		goto done;
	for (i = 0; rc != 0 && i < e->recipient_count && tries < most; i++) {
		error_clear(&one);
		got = get_key(&e->inside->recipients[i], with, cek, c.key_len, &one);
		if (got == 1)
			continue;
		tries++;
		rc = got == 0 ? open_content(e, &c, cek, out, &one) : -1;
		why = one;
		if (rc != 0 && !worth_trying_the_next(&why))
			break;
	}
	if (rc != 0 && tries == 0)
		error_set(err, ERROR_NOT_FOUND, "the message is not encrypted for this key");
	else if (rc != 0 && err != NULL && err->kind == ERROR_NONE)
		*err = why;
done:
	OPENSSL_cleanse(cek, sizeof(cek));
	content_release(&c);
	return rc;
}

int
envelope_open(const struct envelope *e, const struct envelope_key *key, struct buf *content,
    struct error *err)
{
	if (e->ops != NULL)
		return e->ops->open(e, key, content, err);
	return open_with(e, key_by_certificate, key, ENVELOPE_TRIES_MAX, content, err);
}

int
envelope_open_password(
    const struct envelope *e, const char *password, struct buf *content, struct error *err)
{
	if (e->ops != NULL)
		return error_set(err, ERROR_NOT_FOUND, "no password opens it");
	return open_with(e, key_by_password, password, ENVELOPE_PASSWORDS_MAX, content, err);
}
