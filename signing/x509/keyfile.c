#include "signing/x509/keyfile.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/x509/cert.h"

/* ---- key pairs ---- */

static const struct key_row {
	const char *name;
	int bits;	   /* RSA */
	const char *group; /* EC */
} key_rows[] = {
	{ "RSA-2048", 2048, NULL },
	{ "RSA-3072", 3072, NULL },
	{ "RSA-4096", 4096, NULL },
	{ "P-256", 0, "P-256" },
	{ "P-384", 0, "P-384" },
	{ "P-521", 0, "P-521" },
	{ "brainpoolP256r1", 0, "brainpoolP256r1" },
	{ "brainpoolP384r1", 0, "brainpoolP384r1" },
	{ "brainpoolP512r1", 0, "brainpoolP512r1" },
};

int
keyfile_generate(EVP_PKEY **key, const char *type, struct error *err)
{
	size_t i, n = sizeof(key_rows) / sizeof(key_rows[0]);

	*key = NULL;
	for (i = 0; i < n && strcmp(key_rows[i].name, type) != 0; i++)
		continue;
	if (i == n)
		return error_set(err, ERROR_UNSUPPORTED,
		    "keys of type \"%.40s\" cannot be made; RSA-3072 and P-256 can", type);
	if (key_rows[i].group != NULL)
		*key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", key_rows[i].group);
	else
		*key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)key_rows[i].bits);
	return *key != NULL ? 0 : error_openssl(err, "the key could not be made");
}

/* ---- PKCS#12: how much work a file may ask for ---- */

static int
iterations_ok(const ASN1_INTEGER *n)
{
	int64_t value;

	return n == NULL || (ASN1_INTEGER_get_int64(&value, n) == 1 && value >= 0 &&
				value <= KEYFILE_ITERATIONS_MAX);
}

static int
pbkdf2_ok(const X509_ALGOR *kdf)
{
	PBKDF2PARAM *param;
	const void *value;
	int type, ok;

	X509_ALGOR_get0(NULL, &type, &value, kdf);
	if (type != V_ASN1_SEQUENCE)
		return 1; /* not PBKDF2: OpenSSL refuses it or needs no rounds */
	param = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBKDF2PARAM));
	ok = param == NULL || iterations_ok(param->iter);
	PBKDF2PARAM_free(param);
	return ok;
}

static int
algorithm_ok(const X509_ALGOR *alg)
{
	const ASN1_OBJECT *oid;
	PBE2PARAM *pbe2;
	PBEPARAM *pbe;
	const void *value;
	int type, ok = 1;

	X509_ALGOR_get0(&oid, &type, &value, alg);
	if (type != V_ASN1_SEQUENCE)
		return 1;
	if (OBJ_obj2nid(oid) == NID_pbes2) {
		pbe2 = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBE2PARAM));
		ok = pbe2 == NULL || pbkdf2_ok(pbe2->keyfunc);
		PBE2PARAM_free(pbe2);
	} else {
		pbe = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBEPARAM));
		ok = pbe == NULL || iterations_ok(pbe->iter);
		PBEPARAM_free(pbe);
	}
	return ok;
}

/* The bags of an unencrypted safe: shrouded keys inside carry parameters of their own. */
static int
bags_ok(const PKCS7 *p7)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = PKCS12_unpack_p7data((PKCS7 *)p7);
	const PKCS12_SAFEBAG *bag;
	const X509_SIG *shrouded;
	const X509_ALGOR *alg;
	int i, ok = 1;

	for (i = 0; ok && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		bag = sk_PKCS12_SAFEBAG_value(bags, i);
		if (PKCS12_SAFEBAG_get_nid(bag) != NID_pkcs8ShroudedKeyBag)
			continue;
		shrouded = PKCS12_SAFEBAG_get0_pkcs8(bag);
		X509_SIG_get0(shrouded, &alg, NULL);
		ok = algorithm_ok(alg);
	}
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return ok;
}

static int
check_iterations(const PKCS12 *p12, struct error *err)
{
	const ASN1_INTEGER *mac_rounds = NULL;
	STACK_OF(PKCS7) * safes;
	const PKCS7 *p7;
	int i, ok;

	PKCS12_get0_mac(NULL, NULL, NULL, &mac_rounds, p12);
	ok = iterations_ok(mac_rounds);
	safes = ok ? PKCS12_unpack_authsafes(p12) : NULL;
	for (i = 0; ok && i < sk_PKCS7_num(safes); i++) {
		p7 = sk_PKCS7_value(safes, i);
		if (PKCS7_type_is_encrypted(p7) && p7->d.encrypted != NULL &&
		    p7->d.encrypted->enc_data != NULL)
			ok = algorithm_ok(p7->d.encrypted->enc_data->algorithm);
		else if (PKCS7_type_is_data(p7))
			ok = bags_ok(p7);
	}
	sk_PKCS7_pop_free(safes, PKCS7_free);
	ERR_clear_error();
	return ok ? 0
		  : error_limit(err, ERROR_LIMIT, "PKCS#12 iterations", KEYFILE_ITERATIONS_MAX, 0,
			"the PKCS#12 file asks for too many iterations");
}

/* ---- PKCS#12: reading ---- */

/* "" may have been stored as no password at all; which one shows only by trying. */
static int
check_mac(PKCS12 *p12, const char **password, struct error *err)
{
	if (!PKCS12_mac_present(p12) || PKCS12_verify_mac(p12, *password, -1) == 1)
		return 0;
	if (**password == '\0' && PKCS12_verify_mac(p12, NULL, 0) == 1) {
		*password = NULL;
		return 0;
	}
	return error_openssl_kind(
	    err, ERROR_NOT_AUTHORIZED, "the password of the PKCS#12 file is wrong");
}

static int
take_friendly_name(struct keyfile *file, struct error *err)
{
	const unsigned char *alias;
	int len = 0;

	alias = file->cert != NULL ? X509_alias_get0(file->cert, &len) : NULL;
	if (alias == NULL || len <= 0)
		return 0;
	file->friendly_name = strndup((const char *)alias, (size_t)len);
	return file->friendly_name != NULL ? 0 : error_memory(err);
}

static int
parse_pkcs12(struct keyfile *file, PKCS12 *p12, const char *password, struct error *err)
{
	if (check_iterations(p12, err) != 0 || check_mac(p12, &password, err) != 0)
		return -1;
	ERR_clear_error();
	if (PKCS12_parse(p12, password, &file->key, &file->cert, &file->chain) != 1) {
		unsigned long code = ERR_peek_last_error();
		int unsupported = ERR_GET_REASON(code) == ERR_R_UNSUPPORTED ||
				  ERR_GET_REASON(ERR_peek_error()) == ERR_R_UNSUPPORTED;

		return error_openssl_kind(err, unsupported ? ERROR_UNSUPPORTED : ERROR_MALFORMED,
		    unsupported ? "the PKCS#12 file is encrypted in an old, unsafe way; export it "
				  "again with AES-256"
				: "the PKCS#12 file could not be read");
	}
	if (file->chain == NULL)
		file->chain = sk_X509_new_null();
	if (file->chain == NULL)
		return error_memory(err);
	if (file->key != NULL && file->cert == NULL)
		return error_set(err, ERROR_MALFORMED,
		    "the PKCS#12 file holds a key but not the certificate that belongs to it");
	if (file->cert != NULL && certs_order(file->chain, file->cert, err) != 0)
		return -1;
	return take_friendly_name(file, err);
}

int
keyfile_read_pkcs12(struct keyfile *file, struct span der, const char *password, struct error *err)
{
	const unsigned char *p = der.data;
	PKCS12 *p12;
	int rc;

	memset(file, 0, sizeof(*file));
	if (der.len > KEYFILE_BYTES_MAX)
		return error_limit(err, ERROR_TOO_LARGE, "key file", KEYFILE_BYTES_MAX, der.len,
		    "the PKCS#12 file is too large");
	p12 = d2i_PKCS12(NULL, &p, (long)der.len);
	if (p12 == NULL)
		return error_openssl_kind(err, ERROR_MALFORMED, "the file is not PKCS#12");
	rc = parse_pkcs12(file, p12, password != NULL ? password : "", err);
	if (rc != 0)
		keyfile_release(file);
	ERR_clear_error();
	PKCS12_free(p12);
	return rc;
}

void
keyfile_release(struct keyfile *file)
{
	EVP_PKEY_free(file->key);
	X509_free(file->cert);
	sk_X509_pop_free(file->chain, X509_free);
	free(file->friendly_name);
	memset(file, 0, sizeof(*file));
}

/* ---- writing ---- */

int
keyfile_write_pkcs12(struct buf *out, EVP_PKEY *key, X509 *cert, STACK_OF(X509) * chain,
    const char *friendly_name, const char *password, int iterations, struct error *err)
{
	const int rounds = iterations > 0 ? iterations : KEYFILE_ITERATIONS;
	PKCS12 *p12;
	int rc;

	/* Made without its MAC first: the default MAC's digest is the library's choice. */
	p12 = PKCS12_create(password, friendly_name, key, cert, chain, NID_aes_256_cbc,
	    NID_aes_256_cbc, rounds, -1, 0);
	if (p12 == NULL || PKCS12_set_mac(p12, password, -1, NULL, 0, rounds, EVP_sha256()) != 1)
		rc = error_openssl(err, "the PKCS#12 file could not be made");
	else
		rc = OSSL_APPEND_DER(PKCS12, p12, out, err);
	PKCS12_free(p12);
	return rc;
}

int
keyfile_write_pem(struct buf *out, EVP_PKEY *key, const char *password, struct error *err)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text = NULL;
	long len;
	int rc = -1;

	if (bio == NULL ||
	    PEM_write_bio_PKCS8PrivateKey(bio, key, password != NULL ? EVP_aes_256_cbc() : NULL,
		password, password != NULL ? (int)strlen(password) : 0, NULL, NULL) != 1)
		error_openssl(err, "the private key could not be written");
	else if ((len = BIO_get_mem_data(bio, &text)) > 0)
		rc = buf_append(out, text, (size_t)len, err);
	BIO_free(bio);
	return rc;
}

/* OpenSSL asks here for the password of an encrypted key; without one it must not ask a terminal.
 */
static int
give_password(char *out, int size, int rwflag, void *arg)
{
	const char *password = arg;
	size_t len = password != NULL ? strlen(password) : 0;

	(void)rwflag;
	if (password == NULL || len > (size_t)size)
		return -1;
	memcpy(out, password, len);
	return (int)len;
}

int
keyfile_read_key(EVP_PKEY **key, struct span data, const char *password, struct error *err)
{
	BIO *bio;
	int is_locked;

	*key = NULL;
	if (data.len > KEYFILE_BYTES_MAX)
		return error_limit(err, ERROR_TOO_LARGE, "key file", KEYFILE_BYTES_MAX, data.len,
		    "the key file is too large");
	bio = BIO_new_mem_buf(data.data, (int)data.len);
	if (bio == NULL)
		return error_memory(err);
	ERR_clear_error();
	if (data.len > 0 && data.data[0] == 0x30)
		*key = d2i_PrivateKey_bio(bio, NULL);
	else
		*key = PEM_read_bio_PrivateKey(bio, NULL, give_password, (void *)password);
	BIO_free(bio);
	if (*key != NULL) {
		ERR_clear_error();
		return 0;
	}
	is_locked = data.len > 0 && data.data[0] != 0x30 &&
		    memmem(data.data, data.len, "ENCRYPTED", 9) != NULL;
	return error_openssl_kind(err, is_locked ? ERROR_NOT_AUTHORIZED : ERROR_MALFORMED,
	    is_locked ? "the password of the private key is wrong or missing"
		      : "the file holds no private key");
}
