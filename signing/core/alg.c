#include "signing/core/alg.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "signing/core/ossl.h"

#define DSIG   "http://www.w3.org/2000/09/xmldsig#"
#define MORE01 "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE07 "http://www.w3.org/2007/05/xmldsig-more#"
#define MORE21 "http://www.w3.org/2021/04/xmldsig-more#"
#define XMLENC "http://www.w3.org/2001/04/xmlenc#"
#define DSIG11 "http://www.w3.org/2009/xmldsig11#"

static const struct digest_row {
	const char *name;
	int nid;
	size_t size;
	const char *uri;
	const EVP_MD *(*md)(void);
} digest_rows[DIGESTS] = {
	[DIGEST_NONE] = { "None", NID_undef, 0, NULL, NULL },
	[DIGEST_MD5] = { "MD5", NID_md5, 16, MORE01 "md5", EVP_md5 },
	[DIGEST_RIPEMD160] = { "RIPEMD160", NID_ripemd160, 20, XMLENC "ripemd160", EVP_ripemd160 },
	[DIGEST_SHA1] = { "SHA1", NID_sha1, 20, DSIG "sha1", EVP_sha1 },
	[DIGEST_SHA224] = { "SHA224", NID_sha224, 28, MORE01 "sha224", EVP_sha224 },
	[DIGEST_SHA256] = { "SHA256", NID_sha256, 32, XMLENC "sha256", EVP_sha256 },
	[DIGEST_SHA384] = { "SHA384", NID_sha384, 48, MORE01 "sha384", EVP_sha384 },
	[DIGEST_SHA512] = { "SHA512", NID_sha512, 64, XMLENC "sha512", EVP_sha512 },
	[DIGEST_SHA3_224] = { "SHA3-224", NID_sha3_224, 28, MORE07 "sha3-224", EVP_sha3_224 },
	[DIGEST_SHA3_256] = { "SHA3-256", NID_sha3_256, 32, MORE07 "sha3-256", EVP_sha3_256 },
	[DIGEST_SHA3_384] = { "SHA3-384", NID_sha3_384, 48, MORE07 "sha3-384", EVP_sha3_384 },
	[DIGEST_SHA3_512] = { "SHA3-512", NID_sha3_512, 64, MORE07 "sha3-512", EVP_sha3_512 },
	[DIGEST_SHAKE256] = { "SHAKE256", NID_shake256, 64, NULL, EVP_shake256 },
};

static const struct digest_row *
row_of(enum digest d)
{
	return &digest_rows[d < DIGESTS ? d : DIGEST_NONE];
}

const char *
digest_name(enum digest d)
{
	return row_of(d)->name;
}

size_t
digest_size(enum digest d)
{
	return row_of(d)->size;
}

int
digest_nid(enum digest d)
{
	return row_of(d)->nid;
}

const char *
digest_uri(enum digest d)
{
	return row_of(d)->uri;
}

/*
 * Fetched once and kept: what EVP_sha256() and its like return is looked for in the providers
 * again with every use.
 */
static const EVP_MD *fetched[DIGESTS];
static pthread_once_t fetched_once = PTHREAD_ONCE_INIT;

static void
fetch_digests(void)
{
	int i;

	ERR_set_mark();
	for (i = DIGEST_NONE + 1; i < DIGESTS; i++) {
		fetched[i] = EVP_MD_fetch(NULL, EVP_MD_get0_name(digest_rows[i].md()), NULL);
		if (fetched[i] == NULL)
			fetched[i] = digest_rows[i].md();
	}
	ERR_pop_to_mark();
}

const EVP_MD *
digest_md(enum digest d)
{
	pthread_once(&fetched_once, fetch_digests);
	return fetched[d < DIGESTS ? d : DIGEST_NONE];
}

enum digest
digest_by_name(const char *name)
{
	int i;

	for (i = DIGEST_NONE + 1; i < DIGESTS; i++)
		if (strcmp(digest_rows[i].name, name) == 0)
			return (enum digest)i;
	return DIGEST_NONE;
}

enum digest
digest_by_nid(int nid)
{
	int i;

	for (i = DIGEST_NONE + 1; i < DIGESTS; i++)
		if (digest_rows[i].nid == nid)
			return (enum digest)i;
	return DIGEST_NONE;
}

enum digest
digest_by_uri(const char *uri)
{
	int i;

	for (i = DIGEST_NONE + 1; i < DIGESTS; i++)
		if (digest_rows[i].uri != NULL && strcmp(digest_rows[i].uri, uri) == 0)
			return (enum digest)i;
	return DIGEST_NONE;
}

static const struct key_row {
	const char *name;
	int evp;
} key_rows[KEY_TYPES] = {
	[KEY_UNKNOWN] = { "unknown", EVP_PKEY_NONE },
	[KEY_RSA] = { "RSA", EVP_PKEY_RSA },
	[KEY_EC] = { "EC", EVP_PKEY_EC },
	[KEY_DSA] = { "DSA", EVP_PKEY_DSA },
	[KEY_ED25519] = { "Ed25519", EVP_PKEY_ED25519 },
	[KEY_ED448] = { "Ed448", EVP_PKEY_ED448 },
	[KEY_HMAC] = { "HMAC", EVP_PKEY_HMAC },
};

enum key_type
key_type_of(const EVP_PKEY *pkey)
{
	int i;

	/* By name: keys of our provider are "RSA" and "EC" too, but carry no legacy type number. */
	for (i = KEY_UNKNOWN + 1; i < KEY_TYPES; i++)
		if (pkey != NULL && EVP_PKEY_is_a(pkey, key_rows[i].name))
			return (enum key_type)i;
	return pkey != NULL && EVP_PKEY_is_a(pkey, "RSA-PSS") ? KEY_RSA : KEY_UNKNOWN;
}

const char *
key_type_name(enum key_type type)
{
	return key_rows[type < KEY_TYPES ? type : KEY_UNKNOWN].name;
}

int
key_bits(const EVP_PKEY *pkey)
{
	return EVP_PKEY_get_bits(pkey);
}

const char *
key_curve(const EVP_PKEY *pkey, char *out, size_t size)
{
	char group[64] = "";
	const char *nist;
	size_t len;
	int nid;

	out[0] = '\0';
	if (key_type_of(pkey) != KEY_EC ||
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) != 1)
		return out;
	nid = OBJ_txt2nid(group);
	nist = nid != NID_undef ? EC_curve_nid2nist(nid) : NULL;
	snprintf(out, size, "%s", nist != NULL ? nist : group);
	return out;
}

enum digest
key_default_digest(const EVP_PKEY *pkey)
{
	int bits;

	if (key_type_of(pkey) != KEY_EC)
		return DIGEST_SHA256;
	bits = key_bits(pkey);
	return bits > 384 ? DIGEST_SHA512 : bits > 256 ? DIGEST_SHA384 : DIGEST_SHA256;
}

char *
sig_alg_name(const struct sig_alg *alg, char *out, size_t size)
{
	const char *family = alg->key == KEY_EC		   ? "ECDSA"
			     : alg->padding == PADDING_PSS ? "RSA-PSS"
							   : key_type_name(alg->key);

	snprintf(out, size, "%s with %s", family, digest_name(alg->digest));
	return out;
}

static const struct sig_uri {
	const char *uri;
	enum key_type key;
	enum padding padding;
	enum digest digest;
} sig_uris[] = {
	{ DSIG "rsa-sha1", KEY_RSA, PADDING_PKCS1, DIGEST_SHA1 },
	{ MORE01 "rsa-md5", KEY_RSA, PADDING_PKCS1, DIGEST_MD5 },
	{ MORE01 "rsa-ripemd160", KEY_RSA, PADDING_PKCS1, DIGEST_RIPEMD160 },
	{ MORE01 "rsa-sha224", KEY_RSA, PADDING_PKCS1, DIGEST_SHA224 },
	{ MORE01 "rsa-sha256", KEY_RSA, PADDING_PKCS1, DIGEST_SHA256 },
	{ MORE01 "rsa-sha384", KEY_RSA, PADDING_PKCS1, DIGEST_SHA384 },
	{ MORE01 "rsa-sha512", KEY_RSA, PADDING_PKCS1, DIGEST_SHA512 },
	{ MORE07 "sha1-rsa-MGF1", KEY_RSA, PADDING_PSS, DIGEST_SHA1 },
	{ MORE07 "ripemd160-rsa-MGF1", KEY_RSA, PADDING_PSS, DIGEST_RIPEMD160 },
	{ MORE07 "sha224-rsa-MGF1", KEY_RSA, PADDING_PSS, DIGEST_SHA224 },
	{ MORE07 "sha256-rsa-MGF1", KEY_RSA, PADDING_PSS, DIGEST_SHA256 },
	{ MORE07 "sha384-rsa-MGF1", KEY_RSA, PADDING_PSS, DIGEST_SHA384 },
	{ MORE07 "sha512-rsa-MGF1", KEY_RSA, PADDING_PSS, DIGEST_SHA512 },
	{ MORE07 "sha3-224-rsa-MGF1", KEY_RSA, PADDING_PSS, DIGEST_SHA3_224 },
	{ MORE07 "sha3-256-rsa-MGF1", KEY_RSA, PADDING_PSS, DIGEST_SHA3_256 },
	{ MORE07 "sha3-384-rsa-MGF1", KEY_RSA, PADDING_PSS, DIGEST_SHA3_384 },
	{ MORE07 "sha3-512-rsa-MGF1", KEY_RSA, PADDING_PSS, DIGEST_SHA3_512 },
	{ MORE01 "ecdsa-sha1", KEY_EC, PADDING_NONE, DIGEST_SHA1 },
	{ MORE07 "ecdsa-ripemd160", KEY_EC, PADDING_NONE, DIGEST_RIPEMD160 },
	{ MORE01 "ecdsa-sha224", KEY_EC, PADDING_NONE, DIGEST_SHA224 },
	{ MORE01 "ecdsa-sha256", KEY_EC, PADDING_NONE, DIGEST_SHA256 },
	{ MORE01 "ecdsa-sha384", KEY_EC, PADDING_NONE, DIGEST_SHA384 },
	{ MORE01 "ecdsa-sha512", KEY_EC, PADDING_NONE, DIGEST_SHA512 },
	{ MORE21 "ecdsa-sha3-224", KEY_EC, PADDING_NONE, DIGEST_SHA3_224 },
	{ MORE21 "ecdsa-sha3-256", KEY_EC, PADDING_NONE, DIGEST_SHA3_256 },
	{ MORE21 "ecdsa-sha3-384", KEY_EC, PADDING_NONE, DIGEST_SHA3_384 },
	{ MORE21 "ecdsa-sha3-512", KEY_EC, PADDING_NONE, DIGEST_SHA3_512 },
	{ DSIG "dsa-sha1", KEY_DSA, PADDING_NONE, DIGEST_SHA1 },
	{ DSIG11 "dsa-sha256", KEY_DSA, PADDING_NONE, DIGEST_SHA256 },
	{ MORE21 "eddsa-ed25519", KEY_ED25519, PADDING_NONE, DIGEST_NONE },
	{ MORE21 "eddsa-ed448", KEY_ED448, PADDING_NONE, DIGEST_NONE },
	{ DSIG "hmac-sha1", KEY_HMAC, PADDING_NONE, DIGEST_SHA1 },
	{ MORE01 "hmac-md5", KEY_HMAC, PADDING_NONE, DIGEST_MD5 },
	{ MORE01 "hmac-ripemd160", KEY_HMAC, PADDING_NONE, DIGEST_RIPEMD160 },
	{ MORE01 "hmac-sha224", KEY_HMAC, PADDING_NONE, DIGEST_SHA224 },
	{ MORE01 "hmac-sha256", KEY_HMAC, PADDING_NONE, DIGEST_SHA256 },
	{ MORE01 "hmac-sha384", KEY_HMAC, PADDING_NONE, DIGEST_SHA384 },
	{ MORE01 "hmac-sha512", KEY_HMAC, PADDING_NONE, DIGEST_SHA512 },
};
#define SIG_URIS (sizeof(sig_uris) / sizeof(sig_uris[0]))
#define PSS_URI	 MORE07 "rsa-pss"

const char *
sig_alg_uri(const struct sig_alg *alg)
{
	size_t i;

	for (i = 0; i < SIG_URIS; i++)
		if (sig_uris[i].key == alg->key && sig_uris[i].padding == alg->padding &&
		    sig_uris[i].digest == alg->digest)
			return sig_uris[i].uri;
	return NULL;
}

int
sig_alg_by_uri(const char *uri, struct sig_alg *alg)
{
	size_t i;

	for (i = 0; i < SIG_URIS; i++) {
		if (strcmp(sig_uris[i].uri, uri) != 0)
			continue;
		*alg = (struct sig_alg){ sig_uris[i].key, sig_uris[i].padding, sig_uris[i].digest,
			DIGEST_NONE, 0 };
		if (alg->padding == PADDING_PSS) {
			alg->mgf_digest = alg->digest;
			alg->salt_len = (int)digest_size(alg->digest);
		}
		return 0;
	}
	return -1;
}

/* RSASSA-PSS-params, RFC 4055 section 3.1; absent fields have SHA-1 and 20 as defaults. */
static int
read_pss(const X509_ALGOR *algor, struct sig_alg *alg, struct error *err)
{
	int ptype, rc = -1;
	const void *pval;
	RSA_PSS_PARAMS *pss = NULL;
	X509_ALGOR *mask = NULL;
	const ASN1_OBJECT *oid;

	X509_ALGOR_get0(NULL, &ptype, &pval, algor);
	if (ptype == V_ASN1_SEQUENCE)
		pss = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algor->parameter);
	if (pss == NULL) {
		error_openssl_kind(err, ERROR_MALFORMED, "the RSA-PSS parameters do not decode");
		goto done;
	}
	alg->digest = alg->mgf_digest = DIGEST_SHA1;
	alg->salt_len = 20;
	if (pss->hashAlgorithm != NULL) {
		X509_ALGOR_get0(&oid, NULL, NULL, pss->hashAlgorithm);
		alg->digest = digest_by_nid(OBJ_obj2nid(oid));
	}
	if (pss->maskGenAlgorithm != NULL) {
		X509_ALGOR_get0(&oid, &ptype, NULL, pss->maskGenAlgorithm);
		if (OBJ_obj2nid(oid) != NID_mgf1 || ptype != V_ASN1_SEQUENCE ||
		    (mask = ASN1_TYPE_unpack_sequence(
			 ASN1_ITEM_rptr(X509_ALGOR), pss->maskGenAlgorithm->parameter)) == NULL) {
			error_openssl_kind(
			    err, ERROR_UNSUPPORTED, "the RSA-PSS mask function is not MGF1");
			goto done;
		}
		X509_ALGOR_get0(&oid, NULL, NULL, mask);
		alg->mgf_digest = digest_by_nid(OBJ_obj2nid(oid));
	}
	if (pss->saltLength != NULL) {
		int64_t salt;

		if (ASN1_INTEGER_get_int64(&salt, pss->saltLength) != 1 || salt < 0 ||
		    salt > PSS_SALT_BYTES_MAX) {
			error_set(err, ERROR_MALFORMED, "the RSA-PSS salt length is out of range");
			goto done;
		}
		alg->salt_len = (int)salt;
	}
	if (pss->trailerField != NULL && ASN1_INTEGER_get(pss->trailerField) != 1) {
		error_set(err, ERROR_MALFORMED, "the RSA-PSS trailer field is not 1");
		goto done;
	}
	if (alg->digest == DIGEST_NONE || alg->mgf_digest == DIGEST_NONE) {
		error_set(err, ERROR_UNSUPPORTED, "the RSA-PSS digest is not supported");
		goto done;
	}
	rc = 0;
done:
	X509_ALGOR_free(mask);
	RSA_PSS_PARAMS_free(pss);
	return rc;
}

/* Signature identifiers that OpenSSL 3.0's table of signature OIDs does not know. */
static const struct {
	const char *oid;
	enum key_type key;
	enum digest digest;
} sha3_oids[] = {
	{ "2.16.840.1.101.3.4.3.9", KEY_EC, DIGEST_SHA3_224 },
	{ "2.16.840.1.101.3.4.3.10", KEY_EC, DIGEST_SHA3_256 },
	{ "2.16.840.1.101.3.4.3.11", KEY_EC, DIGEST_SHA3_384 },
	{ "2.16.840.1.101.3.4.3.12", KEY_EC, DIGEST_SHA3_512 },
	{ "2.16.840.1.101.3.4.3.13", KEY_RSA, DIGEST_SHA3_224 },
	{ "2.16.840.1.101.3.4.3.14", KEY_RSA, DIGEST_SHA3_256 },
	{ "2.16.840.1.101.3.4.3.15", KEY_RSA, DIGEST_SHA3_384 },
	{ "2.16.840.1.101.3.4.3.16", KEY_RSA, DIGEST_SHA3_512 },
};

static enum key_type
key_by_nid(int nid)
{
	switch (nid) {
	case NID_rsaEncryption:
	case NID_rsa:
		return KEY_RSA;
	case NID_X9_62_id_ecPublicKey:
		return KEY_EC;
	case NID_dsa:
	case NID_dsa_2:
		return KEY_DSA;
	case NID_ED25519:
		return KEY_ED25519;
	case NID_ED448:
		return KEY_ED448;
	default:
		return KEY_UNKNOWN;
	}
}

/*
 * Without PSS an identifier has no parameters, or NULL: RFC 4055 section 5 (RSA), RFC 5758 section
 * 3 (DSA, ECDSA), RFC 8410 section 3. A key's own identifier in this place may name its curve.
 */
static int
check_parameters(const X509_ALGOR *algor, int nid, struct error *err)
{
	int type;

	X509_ALGOR_get0(NULL, &type, NULL, algor);
	if (type == V_ASN1_UNDEF || type == V_ASN1_NULL ||
	    (nid == NID_X9_62_id_ecPublicKey && type == V_ASN1_OBJECT))
		return 0;
	return error_set(err, ERROR_MALFORMED,
	    "the signature algorithm has parameters, where none or NULL belong");
}

int
sig_alg_by_x509(const X509_ALGOR *algor, enum digest digest, struct sig_alg *alg, struct error *err)
{
	const ASN1_OBJECT *obj;
	int nid, md_nid = NID_undef, key_nid = NID_undef;
	char oid[80] = "";
	size_t i;

	*alg = (struct sig_alg){ 0 };
	X509_ALGOR_get0(&obj, NULL, NULL, algor);
	nid = OBJ_obj2nid(obj);
	if (nid == NID_rsassaPss) {
		alg->key = KEY_RSA;
		alg->padding = PADDING_PSS;
		return read_pss(algor, alg, err);
	}
	alg->key = key_by_nid(nid);
	alg->digest = digest;
	if (alg->key == KEY_UNKNOWN && OBJ_find_sigid_algs(nid, &md_nid, &key_nid) == 1) {
		alg->key = key_by_nid(key_nid);
		alg->digest = md_nid != NID_undef ? digest_by_nid(md_nid) : DIGEST_NONE;
	}
	OBJ_obj2txt(oid, sizeof(oid), obj, 1);
	for (i = 0; i < sizeof(sha3_oids) / sizeof(sha3_oids[0]); i++)
		if (strcmp(oid, sha3_oids[i].oid) == 0) {
			alg->key = sha3_oids[i].key;
			alg->digest = sha3_oids[i].digest;
		}
	/* ECDSA's arc without a digest: that of the digest algorithm is meant, as with RSA's key.
	 */
	if (alg->key == KEY_UNKNOWN && strcmp(oid, "1.2.840.10045.4") == 0)
		alg->key = KEY_EC;
	if (alg->key == KEY_ED25519 || alg->key == KEY_ED448)
		alg->digest = DIGEST_NONE;
	else if (alg->key == KEY_UNKNOWN || alg->digest == DIGEST_NONE)
		return error_set(
		    err, ERROR_UNSUPPORTED, "the signature algorithm %s is not supported", oid);
	if (alg->key == KEY_RSA)
		alg->padding = PADDING_PKCS1;
	return check_parameters(algor, nid, err);
}

/* RSASSA-PSS-params with every field that differs from its default (RFC 4055 section 3.1). */
static int
write_pss(const struct sig_alg *alg, X509_ALGOR *algor)
{
	RSA_PSS_PARAMS *pss = RSA_PSS_PARAMS_new();
	X509_ALGOR *mgf_digest = X509_ALGOR_new();
	ASN1_STRING *mask = NULL, *der = NULL;
	int rc = -1;

	if (pss == NULL || mgf_digest == NULL || digest_md(alg->mgf_digest) == NULL)
		goto done;
	pss->hashAlgorithm = X509_ALGOR_new();
	pss->maskGenAlgorithm = X509_ALGOR_new();
	pss->saltLength = ASN1_INTEGER_new();
	if (pss->hashAlgorithm == NULL || pss->maskGenAlgorithm == NULL ||
	    pss->saltLength == NULL || ASN1_INTEGER_set(pss->saltLength, alg->salt_len) != 1)
		goto done;
	X509_ALGOR_set_md(pss->hashAlgorithm, digest_md(alg->digest));
	X509_ALGOR_set_md(mgf_digest, digest_md(alg->mgf_digest));
	if (ASN1_item_pack(mgf_digest, ASN1_ITEM_rptr(X509_ALGOR), &mask) == NULL ||
	    X509_ALGOR_set0(pss->maskGenAlgorithm, OBJ_nid2obj(NID_mgf1), V_ASN1_SEQUENCE, mask) !=
		1)
		goto done;
	mask = NULL;
	if (ASN1_item_pack(pss, ASN1_ITEM_rptr(RSA_PSS_PARAMS), &der) == NULL ||
	    X509_ALGOR_set0(algor, OBJ_nid2obj(NID_rsassaPss), V_ASN1_SEQUENCE, der) != 1)
		goto done;
	der = NULL;
	rc = 0;
done:
	ASN1_STRING_free(mask);
	ASN1_STRING_free(der);
	X509_ALGOR_free(mgf_digest);
	RSA_PSS_PARAMS_free(pss);
	return rc;
}

int
sig_alg_to_x509(const struct sig_alg *alg, X509_ALGOR *algor, struct error *err)
{
	static const int key_nids[KEY_TYPES] = { [KEY_RSA] = NID_rsaEncryption,
		[KEY_EC] = NID_X9_62_id_ecPublicKey,
		[KEY_DSA] = NID_dsa };
	ASN1_OBJECT *oid = NULL;
	int nid;
	size_t i;

	if (alg->padding == PADDING_PSS)
		return write_pss(alg, algor) == 0
			   ? 0
			   : error_openssl(err, "the RSA-PSS parameters could not be encoded");
	for (i = 0; i < sizeof(sha3_oids) / sizeof(sha3_oids[0]); i++)
		if (sha3_oids[i].key == alg->key && sha3_oids[i].digest == alg->digest)
			oid = OBJ_txt2obj(sha3_oids[i].oid, 1);
	if (oid == NULL &&
	    OBJ_find_sigid_by_algs(&nid, digest_nid(alg->digest), key_nids[alg->key]) == 1)
		oid = OBJ_nid2obj(nid);
	if (oid == NULL)
		return error_set(err, ERROR_UNSUPPORTED,
		    "no identifier is registered for signatures with this key and %s",
		    digest_name(alg->digest));
	if (X509_ALGOR_set0(algor, oid, alg->key == KEY_RSA ? V_ASN1_NULL : V_ASN1_UNDEF, NULL) !=
	    1)
		return error_openssl(err, "a signature algorithm could not be encoded");
	return 0;
}

int
sig_alg_for_key(const EVP_PKEY *pkey, enum digest digest, enum padding padding, struct sig_alg *alg,
    struct error *err)
{
	*alg = (struct sig_alg){ 0 };
	alg->key = key_type_of(pkey);
	if (alg->key != KEY_RSA && alg->key != KEY_EC)
		return error_set(err, ERROR_UNSUPPORTED,
		    "keys of type %s do not sign documents here", key_type_name(alg->key));
	if (padding != PADDING_NONE && alg->key != KEY_RSA)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the signature method names an RSA padding, but the key is %s",
		    key_type_name(alg->key));
	alg->digest = digest != DIGEST_NONE ? digest : key_default_digest(pkey);
	if (alg->key == KEY_RSA)
		alg->padding = padding != PADDING_NONE		? padding
			       : EVP_PKEY_is_a(pkey, "RSA-PSS") ? PADDING_PSS
								: PADDING_PKCS1;
	if (alg->padding == PADDING_PSS) {
		alg->mgf_digest = alg->digest;
		alg->salt_len = (int)digest_size(alg->digest);
	}
	return 0;
}

static int
set_pss(EVP_PKEY_CTX *ctx, const struct sig_alg *alg)
{
	return alg->padding != PADDING_PSS ||
	       (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
		   EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, alg->salt_len) > 0 &&
		   EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, digest_md(alg->mgf_digest)) > 0);
}

int
sig_alg_sign(const struct sig_alg *alg, EVP_PKEY *pkey, const void *data, size_t len,
    unsigned char **sig, size_t *sig_len, struct error *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	int rc = -1;

	*sig = NULL;
	if (ctx == NULL ||
	    EVP_DigestSignInit(ctx, &pctx, digest_md(alg->digest), NULL, pkey) != 1 ||
	    !set_pss(pctx, alg) || EVP_DigestSign(ctx, NULL, sig_len, data, len) != 1 ||
	    (*sig = OPENSSL_malloc(*sig_len)) == NULL ||
	    EVP_DigestSign(ctx, *sig, sig_len, data, len) != 1) {
		error_openssl_kind(
		    err, ERROR_UNAVAILABLE, "the key could not sign; try again later");
		OPENSSL_free(*sig);
		*sig = NULL;
		goto done;
	}
	rc = 0;
done:
	EVP_MD_CTX_free(ctx);
	return rc;
}

/* Is this number of the key at least `least`, and odd where that is asked? */
static int
number_is(const EVP_PKEY *pkey, const char *name, BN_ULONG least, int is_odd)
{
	BIGNUM *n = NULL, *most = BN_new();
	int is = 0;

	if (most != NULL && BN_set_word(most, least) == 1 &&
	    EVP_PKEY_get_bn_param(pkey, name, &n) == 1)
		is = BN_cmp(n, most) >= 0 && (!is_odd || BN_is_odd(n));
	BN_free(n);
	BN_free(most);
	return is;
}

int
key_is_sound(const EVP_PKEY *pkey)
{
	switch (key_type_of(pkey)) {
	case KEY_RSA:
		return number_is(pkey, OSSL_PKEY_PARAM_RSA_E, 3, 1) &&
		       number_is(pkey, OSSL_PKEY_PARAM_RSA_N, 3, 1);
	case KEY_DSA:
		return number_is(pkey, OSSL_PKEY_PARAM_FFC_G, 2, 0) &&
		       number_is(pkey, OSSL_PKEY_PARAM_PUB_KEY, 2, 0);
	default:
		return 1;
	}
}

/* Whether a check with this key tells anything, and takes no more than it may. */
static int
check_key(const EVP_PKEY *pkey, enum key_type type, struct error *err)
{
	int most = type == KEY_RSA ? KEY_RSA_BITS_MAX : KEY_DSA_BITS_MAX, bits;
	BIGNUM *e = NULL;

	if (type != KEY_RSA && type != KEY_DSA)
		return 0;
	if (!key_is_sound(pkey))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the key that the signature is checked with is one by which anybody can sign");
	if (key_bits(pkey) > most)
		return error_limit(err, ERROR_LIMIT, "key-bits", (uint64_t)most,
		    (uint64_t)key_bits(pkey), "bits of the key that the signature is checked with");
	if (type != KEY_RSA || EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
		return 0;
	bits = BN_num_bits(e);
	BN_free(e);
	if (bits <= KEY_EXPONENT_BITS_MAX)
		return 0;
	return error_limit(err, ERROR_LIMIT, "exponent-bits", KEY_EXPONENT_BITS_MAX, (uint64_t)bits,
	    "bits of the exponent of the key that the signature is checked with");
}

int
sig_alg_verify(const struct sig_alg *alg, EVP_PKEY *pkey, const void *data, size_t len,
    const void *sig, size_t sig_len, struct error *err)
{
	EVP_MD_CTX *ctx = NULL;
	EVP_PKEY_CTX *pctx = NULL;
	int rc = -1;

	if (key_type_of(pkey) != alg->key)
		return error_set(err, ERROR_MALFORMED,
		    "the signature algorithm is for %s keys, but the certificate's key is %s",
		    key_type_name(alg->key), key_type_name(key_type_of(pkey)));
	if (check_key(pkey, alg->key, err) != 0)
		return -1;
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL ||
	    EVP_DigestVerifyInit(ctx, &pctx, digest_md(alg->digest), NULL, pkey) != 1 ||
	    !set_pss(pctx, alg)) {
		error_openssl_kind(err, ERROR_UNSUPPORTED,
		    "the signature could not be checked with this key and algorithm");
		goto done;
	}
	rc = EVP_DigestVerify(ctx, sig, sig_len, data, len) == 1;
	if (rc == 0)
		error_openssl_kind(NULL, ERROR_NONE, "");
done:
	EVP_MD_CTX_free(ctx);
	return rc;
}

int
sig_alg_verify_digest(const struct sig_alg *alg, EVP_PKEY *pkey, const unsigned char *digest,
    const void *sig, size_t sig_len, struct error *err)
{
	EVP_PKEY_CTX *ctx = NULL;
	int rc = -1;

	if (key_type_of(pkey) != alg->key || digest_md(alg->digest) == NULL)
		return error_set(err, ERROR_MALFORMED,
		    "the signature algorithm is for %s keys, but the certificate's key is %s",
		    key_type_name(alg->key), key_type_name(key_type_of(pkey)));
	if (check_key(pkey, alg->key, err) != 0)
		return -1;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (ctx == NULL || EVP_PKEY_verify_init(ctx) <= 0 ||
	    (alg->padding == PADDING_PKCS1 &&
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0) ||
	    !set_pss(ctx, alg) || EVP_PKEY_CTX_set_signature_md(ctx, digest_md(alg->digest)) <= 0) {
		error_openssl_kind(err, ERROR_UNSUPPORTED,
		    "the signature could not be checked with this key and algorithm");
		goto done;
	}
	rc = EVP_PKEY_verify(ctx, sig, sig_len, digest, digest_size(alg->digest)) == 1;
	if (rc == 0)
		error_openssl_kind(NULL, ERROR_NONE, "");
done:
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

/* One signature over a digest by EVP_PKEY_sign, appended to sig. */
static int
sign_digest(EVP_PKEY_CTX *ctx, const unsigned char *digest, size_t digest_len, struct buf *sig,
    struct error *err)
{
	unsigned char *at;
	size_t len = 0;

	if (EVP_PKEY_sign(ctx, NULL, &len, digest, digest_len) <= 0)
		goto failed;
	at = buf_reserve(sig, len, err);
	if (at == NULL)
		return -1;
	if (EVP_PKEY_sign(ctx, at, &len, digest, digest_len) <= 0)
		goto failed;
	sig->len += len;
	return 0;
failed:
	return error_openssl_kind(
	    err, ERROR_UNAVAILABLE, "the key could not sign; try again later");
}

int
sign_key_digests(const struct sign_key *key, const struct sig_alg *alg,
    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *sigs,
    struct error *err)
{
	EVP_PKEY_CTX *ctx = NULL;
	size_t i;
	int rc = -1;

	if (key->sign_many != NULL)
		return key->sign_many(key, alg, digests, count, sigs, err);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	if (ctx == NULL || EVP_PKEY_sign_init(ctx) <= 0 ||
	    (alg->padding == PADDING_PKCS1 &&
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0) ||
	    !set_pss(ctx, alg) || EVP_PKEY_CTX_set_signature_md(ctx, digest_md(alg->digest)) <= 0) {
		error_openssl(err, "the key could not be made ready to sign");
		goto done;
	}
	for (i = 0; i < count; i++)
		if (sign_digest(ctx, digests[i], digest_size(alg->digest), &sigs[i], err) != 0)
			goto done;
	rc = 0;
done:
	for (i = 0; rc != 0 && i < count; i++)
		buf_release(&sigs[i]);
	EVP_PKEY_CTX_free(ctx);
	return rc;
}
