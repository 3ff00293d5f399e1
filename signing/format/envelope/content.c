/* The content: CBC, which nothing authenticates, and the modes that authenticate it. */
#include <openssl/err.h>
#include <string.h>

#include "signing/format/cms/ber.h"
#include "signing/format/envelope/parts.h"

#define CHUNK	   ((size_t)1 << 20)
#define BLOCK_MAX  16
#define TAG_LEAST  8  /* RFC 5084 allows CCM 4 bytes, which can be guessed */
#define GCM_LEAST  12 /* RFC 5084 section 3.2 */
#define TAG_MOST   16
#define NONCE_MOST 16

static const struct row {
	const char *oid, *name;
	const EVP_CIPHER *(*cipher)(void);
	enum content_mode mode;
	unsigned int work; /* for each KB: copies, checks and digests of it as well */
} rows[] = {
	{ "2.16.840.1.101.3.4.1.2", "AES-128-CBC", EVP_aes_128_cbc, CONTENT_CBC, 8 },
	{ "2.16.840.1.101.3.4.1.22", "AES-192-CBC", EVP_aes_192_cbc, CONTENT_CBC, 8 },
	{ "2.16.840.1.101.3.4.1.42", "AES-256-CBC", EVP_aes_256_cbc, CONTENT_CBC, 8 },
	{ "2.16.840.1.101.3.4.1.6", "AES-128-GCM", EVP_aes_128_gcm, CONTENT_GCM, 8 },
	{ "2.16.840.1.101.3.4.1.26", "AES-192-GCM", EVP_aes_192_gcm, CONTENT_GCM, 8 },
	{ "2.16.840.1.101.3.4.1.46", "AES-256-GCM", EVP_aes_256_gcm, CONTENT_GCM, 8 },
	{ "2.16.840.1.101.3.4.1.7", "AES-128-CCM", EVP_aes_128_ccm, CONTENT_CCM, 12 },
	{ "2.16.840.1.101.3.4.1.27", "AES-192-CCM", EVP_aes_192_ccm, CONTENT_CCM, 12 },
	{ "2.16.840.1.101.3.4.1.47", "AES-256-CCM", EVP_aes_256_ccm, CONTENT_CCM, 12 },
	{ "1.2.840.113549.1.9.16.3.18", "ChaCha20-Poly1305", EVP_chacha20_poly1305,
	    CONTENT_POLY1305, 8 },
	{ "1.2.840.113549.3.7", "3DES-CBC", EVP_des_ede3_cbc, CONTENT_CBC, 50 },
	{ "1.2.392.200011.61.1.1.1.2", "Camellia-128-CBC", EVP_camellia_128_cbc, CONTENT_CBC, 20 },
	{ "1.2.392.200011.61.1.1.1.3", "Camellia-192-CBC", EVP_camellia_192_cbc, CONTENT_CBC, 20 },
	{ "1.2.392.200011.61.1.1.1.4", "Camellia-256-CBC", EVP_camellia_256_cbc, CONTENT_CBC, 20 },
};

static const struct row *
row_of(const X509_ALGOR *algorithm)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (der_oid_is(algorithm->algorithm, rows[i].oid))
			return &rows[i];
	return NULL;
}

const char *
content_name(const X509_ALGOR *algorithm)
{
	const struct row *row = row_of(algorithm);

	return row != NULL ? row->name : NULL;
}

unsigned int
content_work(const X509_ALGOR *algorithm)
{
	const struct row *row = row_of(algorithm);

	return row != NULL ? row->work : 0;
}

size_t
content_size(const DER_ENVELOPE *data)
{
	const ASN1_OCTET_STRING *content = data->encrypted->content;

	return content != NULL ? (size_t)ASN1_STRING_length(content) : 0;
}

static struct span
octets(const ASN1_OCTET_STRING *s)
{
	if (s == NULL)
		return SPAN_NONE;
	return (struct span){ ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s) };
}

static int
bad_parameters(const struct content *c, struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
	    "the parameters of the content's encryption, %s, are not as they must be", c->name);
}

/* The initialisation vector, an OCTET STRING. */
static int
plain_parameters(struct content *c, const X509_ALGOR *algorithm, struct error *err)
{
	const ASN1_TYPE *p = algorithm->parameter;

	if (p == NULL || p->type != V_ASN1_OCTET_STRING)
		return bad_parameters(c, err);
	c->iv = octets(p->value.octet_string);
	c->tag_len = TAG_MOST;
	return c->iv.len == (size_t)EVP_CIPHER_get_iv_length(c->cipher) ? 0
									: bad_parameters(c, err);
}

static int
aead_parameters(struct content *c, const X509_ALGOR *algorithm, struct error *err)
{
	const size_t least = c->mode == CONTENT_GCM ? GCM_LEAST : TAG_LEAST;
	struct span nonce;
	int64_t tag_len = GCM_LEAST;

	c->params = DER_DECODE(DER_AEAD, der_raw_span(algorithm->parameter));
	if (c->params == NULL)
		return bad_parameters(c, err);
	if (c->params->tag_len != NULL && ASN1_INTEGER_get_int64(&tag_len, c->params->tag_len) != 1)
		tag_len = 0;
	ERR_clear_error();
	nonce = octets(c->params->nonce);
	if (tag_len < (int64_t)least || tag_len > TAG_MOST || nonce.len == 0 ||
	    nonce.len > NONCE_MOST ||
	    (c->mode == CONTENT_CCM && (nonce.len < 7 || nonce.len > 13 || tag_len % 2 != 0)))
		return bad_parameters(c, err);
	c->iv = nonce;
	c->tag_len = (size_t)tag_len;
	return 0;
}

/* What authenticates has its tag beside it, and what does not has none. */
static int
check_kind(const struct content *c, const DER_ENVELOPE *data, struct error *err)
{
	if ((c->mode == CONTENT_CBC) != (data->mac == NULL))
		return error_set(err, ERROR_MALFORMED,
		    data->mac == NULL
			? "the content is encrypted by %s without a place for its tag "
			  "(EnvelopedData instead of AuthEnvelopedData)"
			: "the content is encrypted by %s, which authenticates nothing, in an "
			  "AuthEnvelopedData",
		    c->name);
	if (data->mac != NULL && (size_t)ASN1_STRING_length(data->mac) != c->tag_len)
		return bad_parameters(c, err);
	return 0;
}

int
content_of(struct content *c, const DER_ENVELOPE *data, struct error *err)
{
	const X509_ALGOR *algorithm = data->encrypted->algorithm;
	const struct row *row = row_of(algorithm);

	memset(c, 0, sizeof(*c));
	if (row == NULL)
		return unknown_algorithm(algorithm, "the content is encrypted", err);
	if (data->encrypted->content == NULL)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the encrypted content is kept elsewhere, outside of the message");
	*c = (struct content){ .name = row->name, .cipher = row->cipher(), .mode = row->mode };
	if (c->cipher == NULL)
		return unknown_algorithm(algorithm, "the content is encrypted", err);
	c->key_len = (size_t)EVP_CIPHER_get_key_length(c->cipher);
	if ((row->mode == CONTENT_GCM || row->mode == CONTENT_CCM
		    ? aead_parameters
		    : plain_parameters)(c, algorithm, err) != 0)
		return -1;
	return check_kind(c, data, err);
}

void
content_release(struct content *c)
{
	DER_AEAD_free(c->params);
	memset(c, 0, sizeof(*c));
}

/* ---- decryption ---- */

static int
start(EVP_CIPHER_CTX *ctx, const struct content *c, const unsigned char *key, struct span tag)
{
	int ok = EVP_DecryptInit_ex(ctx, c->cipher, NULL, NULL, NULL) == 1;

	if (ok && c->mode != CONTENT_CBC)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)c->iv.len, NULL) == 1 &&
		     EVP_CIPHER_CTX_ctrl(
			 ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag.len, (void *)tag.data) == 1;
	return ok && EVP_DecryptInit_ex(ctx, NULL, NULL, key, c->iv.data) == 1;
}

/* The attributes that are authenticated, under the tag SET (RFC 5083 section 2.2). */
static int
add_attributes(EVP_CIPHER_CTX *ctx, const struct content *c, const DER_ENVELOPE *data, size_t total,
    struct error *err)
{
	struct buf der = BUF_INIT(0);
	int len, rc = 0;

	if (c->mode == CONTENT_CBC)
		return 0;
	/* CCM must know the length before. */
	if (c->mode == CONTENT_CCM && EVP_DecryptUpdate(ctx, NULL, &len, NULL, (int)total) != 1)
		return does_not_decrypt(err);
	if (data->first_attributes == NULL)
		return 0;
	rc = ber_set_of(data->first_attributes, &der, err);
	if (rc == 0 && EVP_DecryptUpdate(ctx, NULL, &len, der.data, (int)der.len) != 1)
		rc = does_not_decrypt(err);
	buf_release(&der);
	return rc;
}

static int
run(EVP_CIPHER_CTX *ctx, const struct content *c, struct span from, struct buf *out,
    struct error *err)
{
	/* In pieces, but for CCM, which takes all at once. */
	const size_t most = c->mode == CONTENT_CCM ? from.len : CHUNK;
	size_t at, n;
	int len = 0;

	/* All at once: a buffer that grows leaves decrypted bytes behind, which nobody wipes. */
	if (buf_reserve(out, from.len + 2 * BLOCK_MAX, err) == NULL)
		return -1;
	for (at = 0; at < from.len; at += n) {
		n = from.len - at < most ? from.len - at : most;
		if (buf_reserve(out, n + BLOCK_MAX, err) == NULL)
			return -1;
		if (EVP_DecryptUpdate(ctx, out->data + out->len, &len, from.data + at, (int)n) != 1)
			return does_not_decrypt(err);
		out->len += (size_t)len;
	}
	if (c->mode == CONTENT_CCM && from.len > 0)
		return 0;
	if (buf_reserve(out, BLOCK_MAX, err) == NULL)
		return -1;
	if (EVP_DecryptFinal_ex(ctx, out->data + out->len, &len) != 1)
		return does_not_decrypt(err);
	out->len += (size_t)len;
	return 0;
}

int
content_decrypt(const struct content *c, const DER_ENVELOPE *data, const unsigned char *key,
    struct buf *out, struct error *err)
{
	const struct span from = octets(data->encrypted->content);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t before = out->len;
	int rc = -1;

	if (ctx == NULL)
		error_memory(err);
	else if (!start(ctx, c, key, octets(data->mac)))
		does_not_decrypt(err);
	else if (add_attributes(ctx, c, data, from.len, err) == 0)
		rc = run(ctx, c, from, out, err);
	/* What was decrypted before its tag turned out wrong must not stay. */
	if (rc != 0 && out->data != NULL) {
		OPENSSL_cleanse(out->data + before, out->len - before);
		out->len = before;
	}
	ERR_clear_error();
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}
