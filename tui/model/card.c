#include "tui/model/card.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX     64
#define OBJECTS_MAX   64
#define CERT_MAX      65536
#define SIGNATURE_MAX 2048
#define CKM_EDDSA_3   0x00001057UL /* PKCS #11 3.0; the headers of p11-kit are older */

struct card {
	CK_FUNCTION_LIST_PTR fn;
	int is_initialized;
	CK_SESSION_HANDLE session;
	int has_session;
	CK_OBJECT_HANDLE key;
	int type; /* EVP_PKEY_... of the certificate's key */
	int size; /* bytes of its signatures */
};

static int
refused(const struct card *c, CK_RV rv, const char *what, struct error *err)
{
	(void)c;
	if (rv == CKR_PIN_INCORRECT)
		return error_set(
		    err, ERROR_NOT_AUTHENTICATED, "the PIN is wrong; the card counts how often");
	if (rv == CKR_PIN_LOCKED)
		return error_set(err, ERROR_NOT_AUTHENTICATED,
		    "the card is locked: its PIN was wrong too often");
	return error_cause(err, ERROR_UNAVAILABLE, what, "PKCS#11: %s", p11_kit_strerror(rv));
}

/* ---- the token ---- */

/* Labels are padded with blanks. */
static int
is_called(const CK_UTF8CHAR *label, size_t size, const char *name)
{
	size_t n = strlen(name);

	while (size > 0 && label[size - 1] == ' ')
		size--;
	return n == size && memcmp(label, name, n) == 0;
}

static int
find_slot(struct card *c, const char *token, CK_SLOT_ID *found, struct error *err)
{
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG count = SLOTS_MAX, i;
	CK_TOKEN_INFO info;
	unsigned int fit = 0;
	CK_RV rv = c->fn->C_GetSlotList(CK_TRUE, slots, &count);

	if (rv != CKR_OK)
		return refused(c, rv, "the cards cannot be listed", err);
	for (i = 0; i < count; i++)
		if (c->fn->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
		    (info.flags & CKF_TOKEN_INITIALIZED) &&
		    (token == NULL || is_called(info.label, sizeof(info.label), token))) {
			*found = slots[i];
			fit++;
		}
	if (fit == 1)
		return 0;
	if (token != NULL)
		return error_set(err, ERROR_NOT_FOUND, "there %s called \"%.60s\"",
		    fit == 0 ? "is no token" : "are several tokens", token);
	return error_set(err, ERROR_NOT_FOUND,
	    fit == 0 ? "no card is in a reader of this module"
		     : "there are several cards: say which by --token");
}

static int
log_in(struct card *c, CK_SLOT_ID slot, const char *pin, struct error *err)
{
	CK_RV rv = c->fn->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &c->session);

	if (rv != CKR_OK)
		return refused(c, rv, "the card cannot be used", err);
	c->has_session = 1;
	if (pin == NULL)
		return 0;
	rv = c->fn->C_Login(
	    c->session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)pin, (CK_ULONG)strlen(pin));
	if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
		return 0;
	if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED)
		return refused(c, rv, "", err);
	/* Whatever it is, the same PIN is not to be tried again by itself: the card may count. */
	return error_cause(err, ERROR_NOT_AUTHENTICATED, "the card refuses the PIN", "PKCS#11: %s",
	    p11_kit_strerror(rv));
}

/* ---- its objects ---- */

static CK_ULONG
find_objects(struct card *c, CK_ATTRIBUTE *wanted, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
	CK_ULONG n = 0;

	if (c->fn->C_FindObjectsInit(c->session, wanted, count) != CKR_OK)
		return 0;
	if (c->fn->C_FindObjects(c->session, out, OBJECTS_MAX, &n) != CKR_OK)
		n = 0;
	c->fn->C_FindObjectsFinal(c->session);
	return n;
}

/* The private key with the certificate's CKA_ID: 1, or 0. */
static int
find_key(struct card *c, CK_OBJECT_HANDLE cert, CK_OBJECT_HANDLE *key)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_BYTE id[256];
	CK_ATTRIBUTE of_cert = { CKA_ID, id, sizeof(id) };
	CK_ATTRIBUTE wanted[2] = { { CKA_CLASS, &class, sizeof(class) }, { CKA_ID, id, 0 } };
	CK_OBJECT_HANDLE found[OBJECTS_MAX];

	if (c->fn->C_GetAttributeValue(c->session, cert, &of_cert, 1) != CKR_OK)
		return 0;
	wanted[1].ulValueLen = of_cert.ulValueLen;
	if (find_objects(c, wanted, 2, found) == 0)
		return 0;
	*key = found[0];
	return 1;
}

static X509 *
read_certificate(struct card *c, CK_OBJECT_HANDLE object)
{
	CK_ATTRIBUTE value = { CKA_VALUE, malloc(CERT_MAX), CERT_MAX };
	const unsigned char *at = value.pValue;
	X509 *cert = NULL;

	if (value.pValue != NULL &&
	    c->fn->C_GetAttributeValue(c->session, object, &value, 1) == CKR_OK)
		cert = d2i_X509(NULL, &at, (long)value.ulValueLen);
	free(value.pValue);
	ERR_clear_error();
	return cert;
}

/* The certificate of this label, or the only one, that has its key on the card. */
static int
find_pair(struct card *c, const char *label, X509 **cert, struct error *err)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_ATTRIBUTE wanted[2] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_LABEL, (void *)(uintptr_t)label, label != NULL ? strlen(label) : 0 } };
	CK_OBJECT_HANDLE found[OBJECTS_MAX], key, which = 0;
	CK_ULONG n = find_objects(c, wanted, label != NULL ? 2 : 1, found), i;
	unsigned int fit = 0;

	for (i = 0; i < n; i++)
		if (find_key(c, found[i], &key)) {
			which = found[i];
			c->key = key;
			fit++;
		}
	if (fit > 1)
		return error_set(err, ERROR_NOT_FOUND,
		    "there are several certificates with keys on the card: say which by --object");
	if (fit == 0 || (*cert = read_certificate(c, which)) == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "no certificate%s%.60s%s with its key is on the card",
		    label != NULL ? " \"" : "", label != NULL ? label : "",
		    label != NULL ? "\"" : "");
	c->type = EVP_PKEY_get_base_id(X509_get0_pubkey(*cert));
	c->size = EVP_PKEY_get_size(X509_get0_pubkey(*cert));
	return 0;
}

/* ---- */

int
card_open(struct card **card, X509 **cert, const struct card_choice *choice, struct error *err)
{
	struct card *c = calloc(1, sizeof(*c));
	CK_SLOT_ID slot;
	CK_RV rv;

	*card = NULL;
	*cert = NULL;
	if (c == NULL)
		return error_memory(err);
	c->fn = p11_kit_module_load(choice->module, 0);
	if (c->fn == NULL) {
		error_cause(err, ERROR_NOT_FOUND, "the PKCS#11 module cannot be loaded", "%s: %s",
		    choice->module, p11_kit_message() != NULL ? p11_kit_message() : "?");
		goto failed;
	}
	rv = p11_kit_module_initialize(c->fn);
	if (rv != CKR_OK) {
		refused(c, rv, "the PKCS#11 module does not start", err);
		goto failed;
	}
	c->is_initialized = 1;
	if (find_slot(c, choice->token, &slot, err) != 0 ||
	    log_in(c, slot, choice->pin, err) != 0 || find_pair(c, choice->object, cert, err) != 0)
		goto failed;
	*card = c;
	return 0;
failed:
	card_close(c);
	return -1;
}

void
card_close(struct card *c)
{
	if (c == NULL)
		return;
	if (c->has_session)
		c->fn->C_CloseSession(c->session);
	if (c->is_initialized)
		p11_kit_module_finalize(c->fn);
	if (c->fn != NULL)
		p11_kit_module_release(c->fn);
	free(c);
}

/* Cards give r and s side by side; the world wants them in DER. */
static int
put_ecdsa(struct buf *out, const unsigned char *raw, size_t len, struct error *err)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, (int)(len / 2), NULL),
	       *s = BN_bin2bn(raw + len / 2, (int)(len / 2), NULL);
	unsigned char *der = NULL;
	int n = -1, rc = -1;

	if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
		r = s = NULL;
		n = i2d_ECDSA_SIG(sig, &der);
	}
	if (n > 0)
		rc = buf_append(out, der, (size_t)n, err);
	else
		error_memory(err);
	OPENSSL_free(der);
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	return rc;
}

static const struct {
	int type;
	CK_MECHANISM_TYPE mechanism;
	int is_digest; /* the card gets the digest and makes the bare signature */
} mechanisms[] = {
	{ EVP_PKEY_RSA, CKM_SHA256_RSA_PKCS, 0 },
	{ EVP_PKEY_EC, CKM_ECDSA, 1 },
	{ EVP_PKEY_ED25519, CKM_EDDSA_3, 0 },
	{ EVP_PKEY_ED448, CKM_EDDSA_3, 0 },
};

/* `out` has room for SIGNATURE_MAX. */
static int
sign_by(struct card *c, CK_MECHANISM *mechanism, struct span bytes, unsigned char *out,
    CK_ULONG *len, struct error *err)
{
	CK_RV rv = c->fn->C_SignInit(c->session, mechanism, c->key);

	*len = SIGNATURE_MAX;
	if (rv == CKR_OK)
		rv = c->fn->C_Sign(
		    c->session, (CK_BYTE_PTR)(uintptr_t)bytes.data, (CK_ULONG)bytes.len, out, len);
	return rv == CKR_OK ? 0 : refused(c, rv, "the card does not sign", err);
}

int
card_sign(struct card *c, struct span bytes, struct buf *signature, struct error *err)
{
	unsigned char digest[SHA256_DIGEST_LENGTH], out[SIGNATURE_MAX];
	CK_MECHANISM mechanism = { 0, NULL, 0 };
	CK_ULONG len;
	size_t i = 0;

	while (i < sizeof(mechanisms) / sizeof(mechanisms[0]) && mechanisms[i].type != c->type)
		i++;
	if (i == sizeof(mechanisms) / sizeof(mechanisms[0]))
		return error_set(
		    err, ERROR_UNSUPPORTED, "the key on the card is neither RSA nor EC");
	mechanism.mechanism = mechanisms[i].mechanism;
	if (mechanisms[i].is_digest) {
		SHA256(bytes.data, bytes.len, digest);
		bytes = (struct span){ digest, sizeof(digest) };
	}
	if (sign_by(c, &mechanism, bytes, out, &len, err) != 0)
		return -1;
	return mechanisms[i].is_digest ? put_ecdsa(signature, out, len, err)
				       : buf_append(signature, out, len, err);
}

/* ---- a digest that was made elsewhere ---- */

static const struct {
	int nid;
	CK_MECHANISM_TYPE mechanism;
	CK_ULONG mgf;
} digests[] = {
	{ NID_sha1, CKM_SHA_1, CKG_MGF1_SHA1 },
	{ NID_sha224, CKM_SHA224, CKG_MGF1_SHA224 },
	{ NID_sha256, CKM_SHA256, CKG_MGF1_SHA256 },
	{ NID_sha384, CKM_SHA384, CKG_MGF1_SHA384 },
	{ NID_sha512, CKM_SHA512, CKG_MGF1_SHA512 },
};
#define DIGESTS (sizeof(digests) / sizeof(digests[0]))

static size_t
find_digest(int nid)
{
	size_t i = 0;

	while (i < DIGESTS && digests[i].nid != nid)
		i++;
	return i;
}

/* DigestInfo (RFC 8017 section 9.2), which the card pads and signs. */
static int
put_digest_info(struct buf *out, int nid, struct span digest, struct error *err)
{
	X509_SIG *info = X509_SIG_new();
	X509_ALGOR *alg = NULL;
	ASN1_OCTET_STRING *value = NULL;
	unsigned char *der = NULL;
	int n = -1, rc = -1;

	if (info != NULL) {
		X509_SIG_getm(info, &alg, &value);
		if (X509_ALGOR_set0(alg, OBJ_nid2obj(nid), V_ASN1_NULL, NULL) == 1 &&
		    ASN1_OCTET_STRING_set(value, digest.data, (int)digest.len) == 1)
			n = i2d_X509_SIG(info, &der);
	}
	if (n > 0)
		rc = buf_append(out, der, (size_t)n, err);
	else
		error_memory(err);
	OPENSSL_free(der);
	X509_SIG_free(info);
	return rc;
}

static int
sign_pkcs1(struct card *c, const struct card_how *how, struct span digest, unsigned char *out,
    CK_ULONG *len, struct error *err)
{
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
	struct buf info = BUF_INIT(SIGNATURE_MAX);
	int rc = put_digest_info(&info, how->digest_nid, digest, err);

	if (rc == 0)
		rc = sign_by(c, &mechanism, SPAN_OF(&info), out, len, err);
	buf_release(&info);
	return rc;
}

static int
sign_pss(struct card *c, const struct card_how *how, struct span digest, unsigned char *out,
    CK_ULONG *len, struct error *err)
{
	const size_t hash = find_digest(how->digest_nid), mgf = find_digest(how->mgf_nid);
	CK_RSA_PKCS_PSS_PARAMS params;
	CK_MECHANISM mechanism = { CKM_RSA_PKCS_PSS, &params, sizeof(params) };

	if (hash == DIGESTS || mgf == DIGESTS || how->salt_len < 0)
		return error_set(err, ERROR_UNSUPPORTED, "cards do not sign with this digest");
	params = (CK_RSA_PKCS_PSS_PARAMS){ digests[hash].mechanism, digests[mgf].mgf,
		(CK_ULONG)how->salt_len };
	return sign_by(c, &mechanism, digest, out, len, err);
}

int
card_sign_digest(struct card *c, const struct card_how *how, struct span digest,
    struct buf *signature, struct error *err)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	unsigned char out[SIGNATURE_MAX];
	CK_ULONG len;

	if (c->type == EVP_PKEY_EC)
		return sign_by(c, &ecdsa, digest, out, &len, err) == 0
			   ? put_ecdsa(signature, out, len, err)
			   : -1;
	if (c->type != EVP_PKEY_RSA)
		return error_set(
		    err, ERROR_UNSUPPORTED, "the key on the card is neither RSA nor EC");
	return (how->is_pss ? sign_pss : sign_pkcs1)(c, how, digest, out, &len, err) == 0
		   ? buf_append(signature, out, len, err)
		   : -1;
}

size_t
card_signature_size(const struct card *c)
{
	return (size_t)c->size;
}
