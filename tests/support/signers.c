#include "tests/support/signers.h"

#include <openssl/ec.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static EVP_PKEY *
make_key(const char *kind)
{
	if (strncmp(kind, "RSA-", 4) == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)atoi(kind + 4));
	if (strncmp(kind, "Ed", 2) == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, kind);
	return EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
}

static int
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	int rc;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	rc = ext != NULL && X509_add_ext(cert, ext, -1) == 1 ? 0 : -1;
	X509_EXTENSION_free(ext);
	return rc;
}

static X509 *
make_cert(const char *name, long serial, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
    const char *eku)
{
	X509 *cert = X509_new();
	X509_NAME *subject = cert != NULL ? X509_get_subject_name(cert) : NULL;
	int ok;

	ok = subject != NULL && X509_set_version(cert, 2) == 1 &&
	     ASN1_INTEGER_set(X509_get_serialNumber(cert), serial) == 1 &&
	     X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
		 (const unsigned char *)"Signet tests", -1, -1, 0) == 1 &&
	     X509_NAME_add_entry_by_txt(
		 subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) == 1 &&
	     X509_set_issuer_name(cert, issuer != NULL ? X509_get_subject_name(issuer) : subject) ==
		 1 &&
	     ASN1_TIME_set_string_X509(X509_getm_notBefore(cert), "20260101000000Z") == 1 &&
	     ASN1_TIME_set_string_X509(X509_getm_notAfter(cert), "20360101000000Z") == 1 &&
	     X509_set_pubkey(cert, key) == 1 &&
	     add_extension(cert, issuer != NULL ? issuer : cert, NID_basic_constraints,
		 issuer != NULL ? "critical,CA:FALSE" : "critical,CA:TRUE") == 0 &&
	     add_extension(cert, issuer != NULL ? issuer : cert, NID_key_usage,
		 issuer != NULL ? "critical,digitalSignature,nonRepudiation"
				: "critical,keyCertSign,cRLSign") == 0 &&
	     add_extension(
		 cert, issuer != NULL ? issuer : cert, NID_subject_key_identifier, "hash") == 0 &&
	     (eku == NULL || add_extension(cert, issuer, NID_ext_key_usage, eku) == 0) &&
	     X509_sign(
		 cert, issuer_key, EVP_PKEY_is_a(issuer_key, "ED25519") ? NULL : EVP_sha256()) > 0;
	if (!ok) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

int
test_signer_make(struct test_signer *signer, const char *kind, const char *eku)
{
	static long serial = 1000;
	char name[64];

	memset(signer, 0, sizeof(*signer));
	snprintf(name, sizeof(name), "Signer %s", kind);
	signer->issuer_key = make_key("P-256");
	signer->key.name = "test";
	signer->key.pkey = make_key(kind);
	signer->key.chain = sk_X509_new_null();
	if (signer->issuer_key == NULL || signer->key.pkey == NULL || signer->key.chain == NULL)
		return -1;
	signer->issuer =
	    make_cert("Test CA", serial++, signer->issuer_key, NULL, signer->issuer_key, NULL);
	if (signer->issuer == NULL)
		return -1;
	signer->key.cert =
	    make_cert(name, serial++, signer->key.pkey, signer->issuer, signer->issuer_key, eku);
	if (signer->key.cert == NULL || X509_up_ref(signer->issuer) != 1)
		return -1;
	return sk_X509_push(signer->key.chain, signer->issuer) > 0 ? 0 : -1;
}

X509 *
test_signer_twin(const struct test_signer *signer, EVP_PKEY *other)
{
	char name[64] = "";

	X509_NAME_get_text_by_NID(
	    X509_get_subject_name(signer->key.cert), NID_commonName, name, sizeof(name));
	return make_cert(name, ASN1_INTEGER_get(X509_get0_serialNumber(signer->key.cert)), other,
	    signer->issuer, signer->issuer_key, NULL);
}

void
test_signer_free(struct test_signer *signer)
{
	EVP_PKEY_free(signer->key.pkey);
	X509_free(signer->key.cert);
	sk_X509_pop_free(signer->key.chain, X509_free);
	X509_free(signer->issuer);
	EVP_PKEY_free(signer->issuer_key);
	memset(signer, 0, sizeof(*signer));
}
