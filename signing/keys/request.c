#include "signing/keys/request.h"

#include <openssl/x509v3.h>

#include "signing/core/ossl.h"
#include "signing/keys/usage.h"

static int
add(STACK_OF(X509_EXTENSION) * to, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	if (e == NULL || sk_X509_EXTENSION_push(to, e) <= 0) {
		X509_EXTENSION_free(e);
		return 0;
	}
	return 1;
}

/* RFC 5280 section 4.2.1.3, RFC 3161 section 2.3. */
static int
add_usage(X509_REQ *req, const EVP_PKEY *pkey, unsigned int usage)
{
	const char *decrypts = EVP_PKEY_is_a(pkey, "RSA") ? "keyEncipherment" : "keyAgreement";
	STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
	char words[100];
	int ok;

	snprintf(words, sizeof(words), "critical%s%s%s%s",
	    (usage & (KEY_USAGE_SIGN | KEY_USAGE_TIMESTAMP)) != 0 ? ",digitalSignature" : "",
	    (usage & KEY_USAGE_SIGN) != 0 ? ",nonRepudiation" : "",
	    (usage & KEY_USAGE_DECRYPT) != 0 ? "," : "",
	    (usage & KEY_USAGE_DECRYPT) != 0 ? decrypts : "");
	ok = extensions != NULL && add(extensions, NID_key_usage, words) &&
	     (usage != KEY_USAGE_TIMESTAMP ||
		 add(extensions, NID_ext_key_usage, "critical,timeStamping")) &&
	     X509_REQ_add_extensions(req, extensions) == 1;
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return ok;
}

static const EVP_MD *
digest_for(const EVP_PKEY *pkey)
{
	const int bits = EVP_PKEY_get_bits(pkey);

	if (EVP_PKEY_is_a(pkey, "RSA") || bits <= 256)
		return EVP_sha256();
	return bits <= 384 ? EVP_sha384() : EVP_sha512();
}

int
key_request(
    struct buf *out, EVP_PKEY *pkey, struct span subject, unsigned int usage, struct error *err)
{
	const unsigned char *p = subject.data;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)subject.len);
	X509_REQ *req = X509_REQ_new();
	int rc = -1;

	if (name == NULL || p != subject.data + subject.len) {
		error_openssl_kind(err, ERROR_MALFORMED, "the subject is no name");
		goto done;
	}
	if (req == NULL || X509_REQ_set_version(req, X509_REQ_VERSION_1) != 1 ||
	    X509_REQ_set_subject_name(req, name) != 1 || X509_REQ_set_pubkey(req, pkey) != 1 ||
	    !add_usage(req, pkey, usage) || X509_REQ_sign(req, pkey, digest_for(pkey)) <= 0) {
		error_openssl(err, "the certification request could not be made");
		goto done;
	}
	rc = OSSL_APPEND_DER(X509_REQ, req, out, err);
done:
	X509_REQ_free(req);
	X509_NAME_free(name);
	return rc;
}
