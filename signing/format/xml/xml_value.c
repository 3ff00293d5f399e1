/* SignatureMethod and SignatureValue: algorithms, r || s, HMAC (XML-DSig 1.1 section 6). */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/xml/xml_reader.h"

#define MORE07	 "http://www.w3.org/2007/05/xmldsig-more#"
#define HMAC_MIN 80u

/* A decimal number of at most 4 digits in an element, or -1. */
static long
small_number(const xmlNode *element)
{
	char *text = xml_node_text(element), *end;
	long n = -1;

	if (text != NULL && text[0] != '\0' && strlen(text) <= 4 &&
	    strspn(text, "0123456789") == strlen(text))
		n = strtol(text, &end, 10);
	free(text);
	return n;
}

/* RFC 9231 section 2.3.9: RSAPSSParams; absent parts have the defaults SHA-256, MGF1, digest size.
 */
static int
read_pss(const xmlNode *method, struct sig_alg *alg, struct error *err)
{
	const xmlNode *p = xml_child(method, MORE07, "RSAPSSParams"), *mgf;
	const xmlNode *digest = xml_child(p, XML_NS_DSIG, "DigestMethod"), *c;
	const char *uri = xml_attr(digest, "Algorithm");

	*alg = (struct sig_alg){ KEY_RSA, PADDING_PSS, DIGEST_SHA256, DIGEST_NONE, 0 };
	if (digest != NULL)
		alg->digest = uri != NULL ? digest_by_uri(uri) : DIGEST_NONE;
	alg->mgf_digest = alg->digest;
	mgf = xml_child(p, MORE07, "MaskGenerationFunction");
	if (mgf != NULL) {
		uri = xml_attr(mgf, "Algorithm");
		if (uri == NULL || strcmp(uri, MORE07 "MGF1") != 0)
			return error_set(
			    err, ERROR_UNSUPPORTED, "the RSA-PSS mask function is not MGF1");
		uri = xml_attr(xml_child(mgf, XML_NS_DSIG, "DigestMethod"), "Algorithm");
		if (uri != NULL)
			alg->mgf_digest = digest_by_uri(uri);
	}
	if (alg->digest == DIGEST_NONE || alg->mgf_digest == DIGEST_NONE)
		return error_set(err, ERROR_UNSUPPORTED, "the RSA-PSS digest is not supported");
	alg->salt_len = (int)digest_size(alg->digest);
	c = xml_child(p, MORE07, "SaltLength");
	if (c != NULL)
		alg->salt_len = (int)small_number(c);
	c = xml_child(p, MORE07, "TrailerField");
	if (alg->salt_len < 0 || (c != NULL && small_number(c) != 1))
		return error_set(err, ERROR_MALFORMED, "the RSA-PSS parameters do not decode");
	return 0;
}

static int
read_hmac_length(const xmlNode *method, unsigned int least, const struct sig_alg *alg,
    unsigned int *bits, struct error *err)
{
	const xmlNode *length = xml_child(method, XML_NS_DSIG, "HMACOutputLength");
	unsigned int full = (unsigned int)digest_size(alg->digest) * 8;
	long n;

	if (length == NULL)
		return 0;
	n = small_number(length);
	if (alg->key != KEY_HMAC || n <= 0 || n % 8 != 0 || (unsigned long)n > full)
		return error_set(
		    err, ERROR_MALFORMED, "the HMACOutputLength does not fit the signature method");
	if (least == 0)
		least = full / 2 > HMAC_MIN ? full / 2 : HMAC_MIN;
	if ((unsigned int)n < least)
		return error_set(err, ERROR_MALFORMED,
		    "the HMAC is cut to %ld bits, fewer than XML-DSig allows (%u)", n, least);
	*bits = (unsigned int)n;
	return 0;
}

int
xml_method_read(const xmlNode *method, unsigned int least, struct sig_alg *alg,
    unsigned int *hmac_bits, struct error *err)
{
	const char *uri = xml_attr(method, "Algorithm");

	*hmac_bits = 0;
	if (uri != NULL && strcmp(uri, MORE07 "rsa-pss") == 0)
		return read_pss(method, alg, err);
	if (uri == NULL || sig_alg_by_uri(uri, alg) != 0) {
		*alg = (struct sig_alg){ 0 };
		return error_set(err, ERROR_UNSUPPORTED,
		    "the signature algorithm %.200s is not supported",
		    uri != NULL ? uri : "(none)");
	}
	return read_hmac_length(method, least, alg, hmac_bits, err);
}

/* Bytes of r and of s: of the order of an EC group, of DSA's q. */
static size_t
half_size(const struct sig_alg *alg, EVP_PKEY *key)
{
	BIGNUM *q = NULL;
	size_t size = 0;

	if (EVP_PKEY_get_bn_param(key,
		alg->key == KEY_EC ? OSSL_PKEY_PARAM_EC_ORDER : OSSL_PKEY_PARAM_FFC_Q, &q) == 1)
		size = (size_t)BN_num_bytes(q);
	BN_free(q);
	return size;
}

size_t
xml_value_size(const struct sig_alg *alg, EVP_PKEY *key)
{
	return alg->key == KEY_EC || alg->key == KEY_DSA ? 2 * half_size(alg, key)
							 : (size_t)EVP_PKEY_get_size(key);
}

int
xml_value_encode(
    const struct sig_alg *alg, EVP_PKEY *key, struct span der, struct buf *out, struct error *err)
{
	const unsigned char *p = der.data;
	size_t half = half_size(alg, key);
	ECDSA_SIG *sig;
	unsigned char *at;
	int rc = -1;

	if (alg->key != KEY_EC)
		return buf_append_span(out, der, err);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)der.len);
	if (sig == NULL || half == 0)
		error_openssl(err, "the signature value could not be encoded");
	else if ((at = buf_reserve(out, 2 * half, err)) == NULL)
		;
	else if (BN_bn2binpad(ECDSA_SIG_get0_r(sig), at, (int)half) < 0 ||
		 BN_bn2binpad(ECDSA_SIG_get0_s(sig), at + half, (int)half) < 0)
		error_openssl(err, "the signature value could not be encoded");
	else
		rc = 0;
	if (rc == 0)
		out->len += 2 * half;
	ECDSA_SIG_free(sig);
	return rc;
}

/*
 * DSA and ECDSA share the encoding of their two integers, each as long as the group order. Signers
 * are met that pad both by an octet, or leave leading zeros of both out: the integers are no others
 * for that.
 */
static int
verify_halves(const struct sig_alg *alg, EVP_PKEY *key, struct span data, struct span value,
    struct error *err)
{
	size_t half = half_size(alg, key);
	ECDSA_SIG *sig = NULL;
	BIGNUM *r = NULL, *s = NULL;
	unsigned char *der = NULL;
	int len, rc = -1;

	if (half == 0)
		return error_openssl(err, "the key has no group order");
	if (value.len % 2 != 0 || value.len == 0 || value.len > 2 * (half + 1))
		return error_set(err, ERROR_MALFORMED,
		    "the signature value has %zu bytes where this key makes %zu", value.len,
		    2 * half);
	half = value.len / 2;
	sig = ECDSA_SIG_new();
	r = BN_bin2bn(value.data, (int)half, NULL);
	s = BN_bin2bn(value.data + half, (int)half, NULL);
	if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
		error_memory(err);
		goto done;
	}
	r = s = NULL;
	len = i2d_ECDSA_SIG(sig, &der);
	if (len <= 0)
		error_openssl(err, "the signature value could not be read");
	else
		rc = sig_alg_verify(alg, key, data.data, data.len, der, (size_t)len, err);
done:
	OPENSSL_free(der);
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	return rc;
}

int
xml_value_verify_der(const struct sig_alg *alg, EVP_PKEY *key, struct span data, struct span value)
{
	struct error ignored = ERROR_INIT;

	return (alg->key == KEY_EC || alg->key == KEY_DSA) && key_type_of(key) == alg->key &&
	       value.len > 0 && value.data[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED) &&
	       sig_alg_verify(alg, key, data.data, data.len, value.data, value.len, &ignored) == 1;
}

static int
verify_hmac(const struct sig_alg *alg, unsigned int bits, EVP_PKEY *key, struct span data,
    struct span value, struct error *err)
{
	unsigned char secret[1024], mac[EVP_MAX_MD_SIZE];
	size_t size = sizeof(secret);
	unsigned int len = 0;
	int rc;

	if (key_type_of(key) != KEY_HMAC || EVP_PKEY_get_raw_private_key(key, secret, &size) != 1)
		return error_openssl_kind(
		    err, ERROR_MALFORMED, "the signature is an HMAC, but the key is none for it");
	if (HMAC(digest_md(alg->digest), secret, (int)size, data.data, data.len, mac, &len) ==
	    NULL) {
		OPENSSL_cleanse(secret, sizeof(secret));
		return error_openssl(err, "the HMAC could not be computed");
	}
	OPENSSL_cleanse(secret, sizeof(secret));
	len = bits != 0 ? bits / 8 : len;
	rc = value.len == len && CRYPTO_memcmp(mac, value.data, len) == 0;
	OPENSSL_cleanse(mac, sizeof(mac));
	return rc;
}

int
xml_value_verify(const struct sig_alg *alg, unsigned int hmac_bits, EVP_PKEY *key, struct span data,
    struct span value, struct error *err)
{
	if (alg->key == KEY_HMAC)
		return verify_hmac(alg, hmac_bits, key, data, value, err);
	if (key_type_of(key) != alg->key)
		return error_set(err, ERROR_MALFORMED,
		    "the signature algorithm is for %s keys, but the key is %s",
		    key_type_name(alg->key), key_type_name(key_type_of(key)));
	if (alg->key == KEY_EC || alg->key == KEY_DSA)
		return verify_halves(alg, key, data, value, err);
	return sig_alg_verify(alg, key, data.data, data.len, value.data, value.len, err);
}
