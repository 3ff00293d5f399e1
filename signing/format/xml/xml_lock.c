/* The keys that an EncryptedData names: EncryptedKey and AgreementMethod (XMLEnc 1.1 section 3.5,
 * 5.4 to 5.7), and which of ours they are. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/base/text.h"
#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/format/xml/xml_locked.h"
#include "signing/format/xml/xml_reader.h"

#define POINT_MAX 512
#define INFO_MAX  4096
#define LABEL_MAX 1024

static int __attribute__((format(printf, 2, 3)))
unusable(struct xml_lock *lock, const char *fmt, ...)
{
	va_list ap;

	if (lock->problem[0] != '\0')
		return -1;
	va_start(ap, fmt);
	vsnprintf(lock->problem, sizeof(lock->problem), fmt, ap);
	va_end(ap);
	return -1;
}

static int
unknown(struct xml_lock *lock, const char *what, const char *uri)
{
	return unusable(lock, "%s by the algorithm %.80s, which nothing here knows", what,
	    uri != NULL ? uri : "(not said)");
}

/* ---- whose key ---- */

static void
take_certificate(struct xml_lock *lock, const xmlNode *element)
{
	X509 *cert = xml_certificate(element);
	char text[512];

	if (cert == NULL)
		return;
	if (lock->serial == NULL) {
		free(lock->issuer);
		lock->issuer =
		    strdup(x509_name_text(X509_get_issuer_name(cert), text, sizeof(text)));
		lock->serial =
		    strdup(asn1_integer_text(X509_get0_serialNumber(cert), text, sizeof(text)));
	}
	if (lock->certs == NULL)
		lock->certs = sk_X509_new_null();
	if (lock->certs == NULL || sk_X509_push(lock->certs, cert) <= 0)
		X509_free(cert);
}

static void
take_x509(struct xml_lock *lock, const xmlNode *data)
{
	const xmlNode *c;

	for (c = xml_first(data); c != NULL; c = xml_next(c)) {
		if (xml_is(c, XML_NS_DSIG, "X509Certificate")) {
			take_certificate(lock, c);
		} else if (xml_is(c, XML_NS_DSIG, "X509IssuerSerial") && lock->serial == NULL) {
			free(lock->issuer);
			lock->issuer = xml_node_text(xml_child(c, XML_NS_DSIG, "X509IssuerName"));
			lock->serial = xml_node_text(xml_child(c, XML_NS_DSIG, "X509SerialNumber"));
		} else if (xml_is(c, XML_NS_DSIG, "X509SKI") && lock->key_id.len == 0) {
			xml_base64(c, "a key identifier", &lock->key_id, NULL);
		}
	}
}

/* KeyInfo of an EncryptedKey, RecipientKeyInfo of an AgreementMethod, WS-Security's reference. */
static void
take_hints(struct xml_lock *lock, const xmlNode *key_info)
{
	const xmlNode *c;

	for (c = xml_first(key_info); c != NULL; c = xml_next(c)) {
		if (xml_is(c, XML_NS_DSIG, "X509Data"))
			take_x509(lock, c);
		else if (xml_is(c, XML_NS_DSIG, "KeyName") && lock->name == NULL)
			lock->name = xml_node_text(c);
		else if (strcmp((const char *)c->name, "SecurityTokenReference") == 0)
			take_hints(lock, c);
	}
}

static int
same_serial(const char *stated, X509 *cert)
{
	char own[128];

	return strcmp(stated, asn1_integer_text(X509_get0_serialNumber(cert), own, sizeof(own))) ==
	       0;
}

int
xml_lock_fits(const struct xml_lock *lock, X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id(cert);
	int i;

	if (key == NULL || lock->problem[0] != '\0' || lock->kind == XML_LOCK_OTHER ||
	    !EVP_PKEY_is_a(key, lock->kind == XML_LOCK_RSA ? "RSA" : "EC"))
		return 0;
	for (i = 0; i < sk_X509_num(lock->certs); i++)
		if (X509_cmp(sk_X509_value(lock->certs, i), cert) == 0)
			return 1;
	if (lock->certs != NULL)
		return 0;
	if (lock->serial != NULL)
		return same_serial(lock->serial, cert);
	if (lock->key_id.len > 0)
		return ski != NULL &&
		       span_equal(SPAN_OF(&lock->key_id), (struct span){ ASN1_STRING_get0_data(ski),
							      (size_t)ASN1_STRING_length(ski) });
	return 1; /* nothing that we can tell keys apart by */
}

/* ---- RSA ---- */

static const struct {
	const char *uri;
	enum digest digest;
} masks[] = { { XML_NS_ENC11 "mgf1sha1", DIGEST_SHA1 },
	{ XML_NS_ENC11 "mgf1sha224", DIGEST_SHA224 }, { XML_NS_ENC11 "mgf1sha256", DIGEST_SHA256 },
	{ XML_NS_ENC11 "mgf1sha384", DIGEST_SHA384 },
	{ XML_NS_ENC11 "mgf1sha512", DIGEST_SHA512 } };

static enum digest
mask_by_uri(const char *uri)
{
	size_t i;

	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
		if (strcmp(masks[i].uri, uri) == 0)
			return masks[i].digest;
	return DIGEST_NONE;
}

/* DigestMethod, MGF (1.1 only) and OAEPparams; what is absent is SHA-1, and the label empty. */
static int
read_oaep(struct xml_lock *lock, const xmlNode *method, int is_11)
{
	const xmlNode *digest = xml_child(method, XML_NS_DSIG, "DigestMethod");
	const xmlNode *mask = xml_child(method, XML_NS_ENC11, "MGF");
	const xmlNode *label = xml_child(method, XML_NS_ENC, "OAEPparams");
	const char *digest_uri = xml_attr(digest, "Algorithm");
	const char *mask_uri = xml_attr(mask, "Algorithm");

	lock->how.is_oaep = 1;
	lock->how.digest = lock->how.mgf_digest = DIGEST_SHA1;
	if (digest != NULL)
		lock->how.digest = digest_uri != NULL ? digest_by_uri(digest_uri) : DIGEST_NONE;
	if (mask != NULL && is_11)
		lock->how.mgf_digest = mask_uri != NULL ? mask_by_uri(mask_uri) : DIGEST_NONE;
	if (lock->how.digest == DIGEST_NONE || lock->how.mgf_digest == DIGEST_NONE)
		return unusable(
		    lock, "the key is encrypted by RSA-OAEP with a digest that nothing here knows");
	if (label != NULL && (xml_base64(label, "OAEPparams", &lock->label, NULL) != 0 ||
				 lock->label.len > LABEL_MAX))
		return unusable(lock, "the label of RSA-OAEP cannot be read");
	lock->how.label = SPAN_OF(&lock->label);
	return 0;
}

/* ---- ECDH-ES ---- */

static const struct {
	const char *uri;
	const EVP_CIPHER *(*cipher)(void);
} wraps[] = { { XML_NS_ENC "kw-aes128", EVP_aes_128_wrap },
	{ XML_NS_ENC "kw-aes192", EVP_aes_192_wrap }, { XML_NS_ENC "kw-aes256", EVP_aes_256_wrap },
	{ XML_NS_ENC "kw-tripledes", EVP_des_ede3_wrap } };

static const EVP_CIPHER *
wrap_by_uri(const char *uri)
{
	size_t i;

	for (i = 0; uri != NULL && i < sizeof(wraps) / sizeof(wraps[0]); i++)
		if (strcmp(wraps[i].uri, uri) == 0)
			return wraps[i].cipher();
	return NULL;
}

/*
 * A bit string as hexBinary: in front the number of bits at the end that do not count (XMLEnc 1.1
 * section 5.4.1). Only whole octets are taken.
 */
static int
add_bits(struct xml_lock *lock, const xmlNode *params, const char *name)
{
	const char *hex = xml_attr(params, name);
	size_t i, len = hex != NULL ? strlen(hex) : 0;
	unsigned char octet;

	if (len == 0)
		return 0;
	for (i = 0; i + 1 < len; i += 2) {
		if (text_hex_bytes(&octet, 1, hex + i) != 0)
			return -1;
		if (i == 0 ? octet != 0 : buf_append(&lock->info, &octet, 1, NULL) != 0)
			return -1;
	}
	return len % 2 == 0 && lock->info.len <= INFO_MAX ? 0 : -1;
}

static int
read_kdf(struct xml_lock *lock, const xmlNode *agreement)
{
	static const char *const parts[] = { "AlgorithmID", "PartyUInfo", "PartyVInfo",
		"SuppPubInfo", "SuppPrivInfo" };
	const xmlNode *method = xml_child(agreement, XML_NS_ENC11, "KeyDerivationMethod");
	const xmlNode *params = xml_child(method, XML_NS_ENC11, "ConcatKDFParams");
	const char *uri = xml_attr(method, "Algorithm");
	const char *digest = xml_attr(xml_child(params, XML_NS_DSIG, "DigestMethod"), "Algorithm");
	size_t i;

	if (uri == NULL || strcmp(uri, XML_NS_ENC11 "ConcatKDF") != 0)
		return unknown(lock, "the key is derived", uri);
	lock->agreement.kdf_type = ENVELOPE_CONCAT;
	lock->agreement.kdf = digest != NULL ? digest_by_uri(digest) : DIGEST_NONE;
	if (lock->agreement.kdf == DIGEST_NONE)
		return unknown(lock, "the key is derived", digest);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (add_bits(lock, params, parts[i]) != 0)
			return unusable(lock, "the parameters of ConcatKDF cannot be read");
	lock->agreement.info = SPAN_OF(&lock->info);
	return 0;
}

/* DEREncodedKeyValue: the point of the key that it holds. */
static void
point_of_der(struct xml_lock *lock, const xmlNode *element)
{
	struct buf der = BUF_INIT(0);
	unsigned char *point = NULL;
	EVP_PKEY *key = NULL;
	size_t len = 0;

	if (xml_base64(element, "a key", &der, NULL) == 0)
		key = key_decode(SPAN_OF(&der));
	if (key != NULL)
		len = EVP_PKEY_get1_encoded_public_key(key, &point);
	if (len > 0)
		buf_append(&lock->peer, point, len, NULL);
	ERR_clear_error();
	OPENSSL_free(point);
	EVP_PKEY_free(key);
	buf_release(&der);
}

/* The sender's point. Whether it lies on the curve of the key is asked where the key is. */
static int
read_sender(struct xml_lock *lock, const xmlNode *agreement)
{
	const xmlNode *info = xml_child(agreement, XML_NS_ENC, "OriginatorKeyInfo");
	const xmlNode *value = xml_path(info, XML_NS_DSIG, "KeyValue");
	const xmlNode *ec = xml_child(value, XML_NS_DSIG11, "ECKeyValue");
	const xmlNode *der = xml_child(info, XML_NS_DSIG11, "DEREncodedKeyValue");

	if (ec != NULL)
		xml_base64(xml_child(ec, XML_NS_DSIG11, "PublicKey"), "a key", &lock->peer, NULL);
	else if (der != NULL)
		point_of_der(lock, der);
	if (lock->peer.len == 0 || lock->peer.len > POINT_MAX)
		return unusable(lock, "the sender's public key cannot be read");
	lock->agreement.peer = SPAN_OF(&lock->peer);
	return 0;
}

static int
read_agreement(struct xml_lock *lock, const xmlNode *agreement)
{
	const char *uri = xml_attr(agreement, "Algorithm");

	lock->kind = XML_LOCK_ECDH;
	take_hints(lock, xml_child(agreement, XML_NS_ENC, "RecipientKeyInfo"));
	if (uri == NULL || strcmp(uri, XML_NS_ENC11 "ECDH-ES") != 0)
		return unknown(lock, "the key is agreed upon", uri);
	return read_kdf(lock, agreement) != 0 || read_sender(lock, agreement) != 0 ? -1 : 0;
}

/* ---- EncryptedKey ---- */

static void
read_encrypted_key(struct xml_lock *lock, const xmlNode *element)
{
	const xmlNode *method = xml_child(element, XML_NS_ENC, "EncryptionMethod");
	const xmlNode *info = xml_child(element, XML_NS_DSIG, "KeyInfo");
	const xmlNode *agreement = xml_child(info, XML_NS_ENC, "AgreementMethod");
	const char *uri = xml_attr(method, "Algorithm");

	take_hints(lock, info);
	if (xml_base64(xml_path(element, XML_NS_ENC, "CipherData/CipherValue"), "an encrypted key",
		&lock->encrypted, NULL) != 0 ||
	    lock->encrypted.len == 0) {
		unusable(lock, "the encrypted key is missing, or kept elsewhere");
	} else if (agreement != NULL) {
		lock->wrap = wrap_by_uri(uri);
		if (lock->wrap == NULL)
			unknown(lock, "the key is wrapped", uri);
		else
			read_agreement(lock, agreement);
	} else if (uri != NULL && strcmp(uri, XML_NS_ENC "rsa-1_5") == 0) {
		lock->kind = XML_LOCK_RSA;
	} else if (uri != NULL && (strcmp(uri, XML_NS_ENC "rsa-oaep-mgf1p") == 0 ||
				      strcmp(uri, XML_NS_ENC11 "rsa-oaep") == 0)) {
		lock->kind = XML_LOCK_RSA;
		read_oaep(lock, method, strcmp(uri, XML_NS_ENC11 "rsa-oaep") == 0);
	} else if (wrap_by_uri(uri) == NULL) { /* else: with a key that was agreed upon elsewhere */
		unknown(lock, "the key is encrypted", uri);
	}
}

/* ---- which keys there are for a content ---- */

struct search {
	struct xml_locked *locked;
	const struct xml_doc *doc;
	const xmlNode *found[XML_KEYS_MAX];
	struct error *err;
};

static struct xml_lock *
add(struct search *s, const xmlNode *element)
{
	struct xml_locked *l = s->locked;
	struct xml_lock *bigger;
	size_t i;

	for (i = 0; i < l->count; i++)
		if (s->found[i] == element)
			return &l->locks[i];
	if (l->count >= XML_KEYS_MAX) {
		error_limit(s->err, ERROR_LIMIT, "envelope-recipients", XML_KEYS_MAX, 0,
		    "keys that an encrypted part of the document names");
		return NULL;
	}
	bigger = realloc(l->locks, (l->count + 1) * sizeof(*bigger));
	if (bigger == NULL) {
		error_memory(s->err);
		return NULL;
	}
	l->locks = bigger;
	s->found[l->count] = element;
	memset(&bigger[l->count], 0, sizeof(*bigger));
	bigger = &bigger[l->count++];
	if (xml_is(element, XML_NS_ENC, "EncryptedKey"))
		read_encrypted_key(bigger, element);
	else if (xml_is(element, XML_NS_ENC, "AgreementMethod"))
		read_agreement(bigger, element);
	else /* KeyName: a key that was agreed upon elsewhere */
		bigger->name = xml_node_text(element);
	return bigger;
}

static int
add_key_element(struct search *s, const xmlNode *element)
{
	return !xml_is(element, XML_NS_ENC, "EncryptedKey") || add(s, element) != NULL ? 0 : -1;
}

/* "#id" of a RetrievalMethod, or of WS-Security's Reference. */
static int
add_referenced(struct search *s, const xmlNode *reference)
{
	const char *uri = xml_attr(reference, "URI");
	int hits = 0;

	if (uri == NULL || uri[0] != '#')
		return 0;
	return add_key_element(s, xml_by_id(s->doc, uri + 1, &hits));
}

static int
add_of_key_info(struct search *s, const xmlNode *info)
{
	const xmlNode *c;
	int rc = 0;

	for (c = xml_first(info); c != NULL && rc == 0; c = xml_next(c)) {
		if (xml_is(c, XML_NS_ENC, "EncryptedKey") ||
		    xml_is(c, XML_NS_ENC, "AgreementMethod"))
			rc = add(s, c) != NULL ? 0 : -1;
		else if (xml_is(c, XML_NS_DSIG, "RetrievalMethod"))
			rc = add_referenced(s, c);
		else if (strcmp((const char *)c->name, "SecurityTokenReference") == 0)
			rc = add_referenced(s, xml_first(c));
	}
	return rc;
}

static int
refers_to(const xmlNode *key, const char *id)
{
	const xmlNode *c = xml_first(xml_child(key, XML_NS_ENC, "ReferenceList"));
	const char *uri;

	for (; c != NULL; c = xml_next(c)) {
		uri = xml_attr(c, "URI");
		if (xml_is(c, XML_NS_ENC, "DataReference") && uri != NULL && uri[0] == '#' &&
		    strcmp(uri + 1, id) == 0)
			return 1;
	}
	return 0;
}

/* EncryptedKeys anywhere whose ReferenceList names this content (WS-Security). */
static int
add_referring(struct search *s, const xmlNode *data)
{
	const char *id = xml_attr(data, "Id");
	size_t i;

	for (i = 0; id != NULL && i < s->doc->count; i++)
		if (xml_is(s->doc->nodes[i], XML_NS_ENC, "EncryptedKey") &&
		    refers_to(s->doc->nodes[i], id) && add(s, s->doc->nodes[i]) == NULL)
			return -1;
	return 0;
}

/* SAML puts the keys beside the content; a name alone is that of a key from elsewhere. */
static int
add_what_is_left(struct search *s, const xmlNode *data)
{
	const xmlNode *name =
	    xml_child(xml_child(data, XML_NS_DSIG, "KeyInfo"), XML_NS_DSIG, "KeyName");
	const xmlNode *c;

	for (c = data->parent != NULL ? xml_first(data->parent) : NULL; c != NULL; c = xml_next(c))
		if (add_key_element(s, c) != 0)
			return -1;
	return s->locked->count > 0 || name == NULL || add(s, name) != NULL ? 0 : -1;
}

int
xml_locks_find(
    struct xml_locked *locked, const struct xml_doc *doc, const xmlNode *data, struct error *err)
{
	struct search s = { .locked = locked, .doc = doc, .err = err };

	if (add_of_key_info(&s, xml_child(data, XML_NS_DSIG, "KeyInfo")) != 0 ||
	    add_referring(&s, data) != 0)
		return -1;
	return locked->count > 0 ? 0 : add_what_is_left(&s, data);
}

/* ---- opening ---- */

static int
agree(const struct xml_lock *lock, const struct envelope_key *key, unsigned char *out, size_t len,
    struct error *err)
{
	const size_t kek_len =
	    lock->wrap != NULL ? (size_t)EVP_CIPHER_get_key_length(lock->wrap) : len;
	unsigned char kek[64];
	int rc;

	if (key->agree == NULL || kek_len > sizeof(kek))
		return error_set(err, ERROR_UNSUPPORTED, "the key cannot agree on keys");
	if (lock->wrap == NULL)
		return key->agree(key->ctx, &lock->agreement, out, len, err);
	rc = key->agree(key->ctx, &lock->agreement, kek, kek_len, err);
	if (rc == 0)
		rc = envelope_unwrap(lock->wrap, kek, SPAN_OF(&lock->encrypted), out, len, err);
	OPENSSL_cleanse(kek, sizeof(kek));
	return rc;
}

int
xml_lock_open(const struct xml_lock *lock, const struct envelope_key *key, unsigned char *out,
    size_t len, struct error *err)
{
	if (lock->kind == XML_LOCK_RSA)
		return key->transport(
		    key->ctx, &lock->how, SPAN_OF(&lock->encrypted), out, len, err);
	return agree(lock, key, out, len, err);
}

void
xml_lock_release(struct xml_lock *lock)
{
	sk_X509_pop_free(lock->certs, X509_free);
	free(lock->issuer);
	free(lock->serial);
	free(lock->name);
	buf_release(&lock->key_id);
	buf_release(&lock->label);
	buf_release(&lock->peer);
	buf_release(&lock->info);
	buf_release(&lock->encrypted);
}
