/* One EncryptedData as an envelope: what its content is encrypted by, and opening it. */
#include "signing/format/xml/xml_locked.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"

#define BLOCK_MAX 16
#define GCM_IV	  12
#define GCM_TAG	  16

static const struct xml_cipher ciphers[] = {
	{ XML_NS_ENC "aes128-cbc", "AES-128-CBC", EVP_aes_128_cbc, 0, 8 },
	{ XML_NS_ENC "aes192-cbc", "AES-192-CBC", EVP_aes_192_cbc, 0, 8 },
	{ XML_NS_ENC "aes256-cbc", "AES-256-CBC", EVP_aes_256_cbc, 0, 8 },
	{ XML_NS_ENC "tripledes-cbc", "3DES-CBC", EVP_des_ede3_cbc, 0, 50 },
	{ XML_NS_ENC11 "aes128-gcm", "AES-128-GCM", EVP_aes_128_gcm, 1, 8 },
	{ XML_NS_ENC11 "aes192-gcm", "AES-192-GCM", EVP_aes_192_gcm, 1, 8 },
	{ XML_NS_ENC11 "aes256-gcm", "AES-256-GCM", EVP_aes_256_gcm, 1, 8 },
};

const struct xml_cipher *
xml_cipher_by_uri(const char *uri)
{
	size_t i;

	for (i = 0; uri != NULL && i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (strcmp(uri, ciphers[i].uri) == 0)
			return &ciphers[i];
	return NULL;
}

/* ---- decryption ---- */

static int
fails(struct error *err)
{
	return error_set(err, ERROR_MALFORMED, ENVELOPE_DOES_NOT_DECRYPT);
}

/* Without padding: the last octet says how much of the last block is none of the content. */
static int
decrypt_cbc(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const unsigned char *key,
    struct span data, unsigned char *out, size_t *len)
{
	const size_t block = (size_t)EVP_CIPHER_get_block_size(cipher);
	int n = 0;

	if (data.len < 2 * block || data.len % block != 0 ||
	    EVP_DecryptInit_ex(ctx, cipher, NULL, key, data.data) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 ||
	    EVP_DecryptUpdate(ctx, out, &n, data.data + block, (int)(data.len - block)) != 1 ||
	    (size_t)n != data.len - block || out[n - 1] == 0 || out[n - 1] > block)
		return 0;
	*len = (size_t)n - out[n - 1];
	return 1;
}

static int
decrypt_gcm(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const unsigned char *key,
    struct span data, unsigned char *out, size_t *len)
{
	struct span body;
	int n = 0, rest = 0;

	if (data.len < GCM_IV + GCM_TAG)
		return 0;
	body = (struct span){ data.data + GCM_IV, data.len - GCM_IV - GCM_TAG };
	if (EVP_DecryptInit_ex(ctx, cipher, NULL, key, data.data) != 1 ||
	    EVP_CIPHER_CTX_ctrl(
		ctx, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, (void *)(body.data + body.len)) != 1 ||
	    (body.len > 0 && EVP_DecryptUpdate(ctx, out, &n, body.data, (int)body.len) != 1) ||
	    EVP_DecryptFinal_ex(ctx, out + n, &rest) != 1)
		return 0;
	*len = (size_t)n + (size_t)rest;
	return 1;
}

int
xml_cipher_decrypt(const struct xml_cipher *cipher, const unsigned char *key, struct span data,
    struct buf *out, struct error *err)
{
	unsigned char *at = buf_reserve(out, data.len + BLOCK_MAX, err);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t len = 0;
	int ok;

	if (at == NULL || ctx == NULL) {
		EVP_CIPHER_CTX_free(ctx);
		return error_memory(err);
	}
	ok = (cipher->is_gcm ? decrypt_gcm : decrypt_cbc)(
	    ctx, cipher->cipher(), key, data, at, &len);
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	if (!ok) {
		OPENSSL_cleanse(at, data.len + BLOCK_MAX);
		return fails(err);
	}
	out->len += len;
	return 0;
}

/* ---- what comes out ---- */

/* Parsing, by its bytes, and by the least that a tag takes of them. */
#define WORK_PER_KB  12
#define TAG_BYTES    4
#define TAGS_FOR_ONE 2 /* that are parsed for one unit of work */

uint64_t
xml_parse_work(size_t bytes, uint64_t nodes_max)
{
	const uint64_t tags = bytes / TAG_BYTES < nodes_max ? bytes / TAG_BYTES : nodes_max;

	return bytes / 1024 * WORK_PER_KB + tags / TAGS_FOR_ONE;
}

struct span
xml_without_declaration(struct span s)
{
	const unsigned char *end;

	if (s.len >= 3 && memcmp(s.data, "\xef\xbb\xbf", 3) == 0)
		s = (struct span){ s.data + 3, s.len - 3 };
	if (s.len < 6 || memcmp(s.data, "<?xml", 5) != 0 || strchr(" \t\r\n", s.data[5]) == NULL)
		return s;
	end = memmem(s.data, s.len, "?>", 2);
	if (end == NULL)
		return s;
	return (struct span){ end + 2, s.len - (size_t)(end + 2 - s.data) };
}

static int
is_white(const xmlNode *text)
{
	const char *c = (const char *)text->content;

	return c == NULL || c[strspn(c, " \t\r\n")] == '\0';
}

/* One element, and else only what may stand beside a root. */
static int
is_one_element(const xmlNode *parent)
{
	const xmlNode *c;
	size_t elements = 0;

	for (c = parent->children; c != NULL; c = c->next)
		if (c->type == XML_ELEMENT_NODE)
			elements++;
		else if (c->type == XML_TEXT_NODE && !is_white(c))
			return 0;
	return elements == 1;
}

/*
 * Whatever closes the tags around it, or opens a comment over them, is not well-formed: there is
 * nothing behind the last tag that could mend it. Prefixes need not be declared: they are where the
 * content stands.
 */
int
xml_is_fragment(struct span content, int is_element, const struct format_limits *limits)
{
	struct buf text = BUF_INIT(0);
	struct xml_doc doc;
	int is = 0;

	if (buf_reserve(&text, content.len + 8, NULL) == NULL)
		return 0;
	if (buf_append_str(&text, "<w>", NULL) == 0 && buf_append_span(&text, content, NULL) == 0 &&
	    buf_append_str(&text, "</w>", NULL) == 0 &&
	    xml_doc_parse(&doc, SPAN_OF(&text), limits, NULL, NULL) == 0) {
		is = !is_element || is_one_element(xmlDocGetRootElement(doc.doc));
		xml_doc_release(&doc);
	}
	buf_wipe(&text);
	return is;
}

static int
is_what_it_says(const struct xml_locked *l, struct span content)
{
	return l->holds == XML_HOLDS_OCTETS || xml_is_fragment(xml_without_declaration(content),
						   l->holds == XML_HOLDS_ELEMENT, &l->limits);
}

static int
open_with(const struct xml_locked *l, const struct xml_lock *lock, const struct envelope_key *key,
    struct buf *content, struct error *err)
{
	unsigned char cek[XML_CEK_MAX];
	struct buf made = BUF_INIT(content->max);
	struct error why = ERROR_INIT;
	int rc;

	rc = xml_lock_open(
	    lock, key, cek, (size_t)EVP_CIPHER_get_key_length(l->cipher->cipher()), &why);
	if (rc != 0 && why.kind == ERROR_MALFORMED)
		fails(err); /* the same words, whatever the key's owner says */
	else if (rc != 0)
		*err = why;
	if (rc == 0)
		rc = xml_cipher_decrypt(l->cipher, cek, SPAN_OF(&l->data), &made, err);
	if (rc == 0 && !is_what_it_says(l, SPAN_OF(&made)))
		rc = fails(err);
	if (rc == 0)
		rc = buf_move(content, &made, err);
	OPENSSL_cleanse(cek, sizeof(cek));
	buf_wipe(&made);
	return rc;
}

static int
locked_open(const struct envelope *e, const struct envelope_key *key, struct buf *content,
    struct error *err)
{
	const struct xml_locked *l = e->other;
	struct error why = ERROR_INIT, one;
	unsigned int tries = 0;
	size_t i;

	if (l->problem[0] != '\0')
		return error_set(err, ERROR_UNSUPPORTED, "%s", l->problem);
	for (i = 0; i < l->count && tries < ENVELOPE_TRIES_MAX; i++) {
		if (!xml_lock_fits(&l->locks[i], key->cert))
			continue;
		tries++;
		error_clear(&one);
		if (open_with(l, &l->locks[i], key, content, &one) == 0)
			return 0;
		/* That it does not decrypt is the last word over what cannot be tried. */
		if (why.kind != ERROR_MALFORMED)
			why = one;
		if (one.kind != ERROR_MALFORMED && one.kind != ERROR_UNSUPPORTED) {
			why = one;
			break;
		}
	}
	if (tries == 0)
		return error_set(
		    err, ERROR_NOT_FOUND, "the document is not encrypted for this key");
	if (err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return -1;
}

static unsigned int
locked_is_for(const struct envelope *e, X509 *cert)
{
	const struct xml_locked *l = e->other;
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < l->count; i++)
		n += xml_lock_fits(&l->locks[i], cert) != 0;
	return n;
}

static void
locked_free(void *other)
{
	struct xml_locked *l = other;
	size_t i;

	if (l == NULL)
		return;
	for (i = 0; i < l->count; i++)
		xml_lock_release(&l->locks[i]);
	free(l->locks);
	buf_release(&l->data);
	free(l);
}

static const struct envelope_ops locked_ops = { locked_is_for, locked_open, locked_free };

/* ---- reading ---- */

static int
read_data(struct envelope *e, struct xml_locked *l, const xmlNode *data)
{
	const char *type = xml_attr(data, "Type");
	const char *uri = xml_attr(xml_child(data, XML_NS_ENC, "EncryptionMethod"), "Algorithm");
	const xmlNode *cipher = xml_child(data, XML_NS_ENC, "CipherData");
	struct error why = ERROR_INIT;
	int is_root = data->parent == NULL || data->parent->type != XML_ELEMENT_NODE;

	l->cipher = xml_cipher_by_uri(uri);
	l->holds = type == NULL				 ? XML_HOLDS_OCTETS
		   : strcmp(type, XML_TYPE_ELEMENT) == 0 ? XML_HOLDS_ELEMENT
		   : strcmp(type, XML_TYPE_CONTENT) == 0 ? XML_HOLDS_CONTENT
							 : XML_HOLDS_OCTETS;
	text_copy(e->content_type, sizeof(e->content_type), type != NULL ? type : "");
	text_copy(e->algorithm, sizeof(e->algorithm),
	    l->cipher != NULL ? l->cipher->name
	    : uri != NULL     ? uri
			      : "");
	e->is_authenticated = l->cipher != NULL && l->cipher->is_gcm;
	if (l->cipher == NULL)
		snprintf(l->problem, sizeof(l->problem),
		    "the content is encrypted by the algorithm %.80s, which nothing here knows",
		    uri != NULL ? uri : "(not said)");
	else if (xml_child(cipher, XML_NS_ENC, "CipherReference") != NULL)
		snprintf(l->problem, sizeof(l->problem),
		    "the encrypted content is kept elsewhere, outside of the document");
	else if (xml_base64(xml_child(cipher, XML_NS_ENC, "CipherValue"), "the encrypted content",
		     &l->data, &why) != 0)
		snprintf(l->problem, sizeof(l->problem), "%.150s", why.text);
	else if (l->holds == XML_HOLDS_OCTETS && !is_root)
		snprintf(l->problem, sizeof(l->problem),
		    "it is neither an element nor content of one, so that it cannot take the place "
		    "of what is encrypted");
	else if (l->holds == XML_HOLDS_CONTENT && is_root)
		snprintf(l->problem, sizeof(l->problem),
		    "it is content of an element, and there is none around it");
	e->size = l->data.len;
	e->work = ENVELOPE_TRY_WORK + xml_parse_work(l->data.len, l->limits.xml_nodes) +
		  (uint64_t)(l->data.len / 1024) * (l->cipher != NULL ? l->cipher->work : 0);
	return why.kind == ERROR_TOO_LARGE || why.kind == ERROR_UNAVAILABLE ? -1 : 0;
}

static char *
copy(const char *s)
{
	return s != NULL ? strdup(s) : NULL;
}

/* What is told of each lock. */
static int
tell_locks(struct envelope *e, const struct xml_locked *l, struct error *err)
{
	static const enum envelope_kind kinds[] = { [XML_LOCK_OTHER] = ENVELOPE_KEK,
		[XML_LOCK_RSA] = ENVELOPE_TRANSPORT,
		[XML_LOCK_ECDH] = ENVELOPE_AGREEMENT };
	char id[2 * 64 + 1];
	size_t i;

	e->recipients = calloc(l->count + 1, sizeof(*e->recipients));
	if (e->recipients == NULL)
		return error_memory(err);
	for (i = 0; i < l->count; i++) {
		const struct xml_lock *lock = &l->locks[i];
		struct envelope_recipient *r = &e->recipients[e->recipient_count++];

		r->kind = lock->problem[0] != '\0' ? ENVELOPE_OTHER : kinds[lock->kind];
		r->issuer = copy(lock->issuer);
		r->serial = copy(lock->serial);
		r->key_id = lock->key_id.len > 0
				? strdup(text_hex(id, lock->key_id.data,
				      lock->key_id.len > 64 ? 64 : lock->key_id.len))
				: copy(lock->name);
	}
	return 0;
}

int
xml_locked_read(struct envelope *e, const struct xml_doc *doc, const xmlNode *data,
    const struct format_limits *limits, struct error *err)
{
	struct xml_locked *l = calloc(1, sizeof(*l));

	memset(e, 0, sizeof(*e));
	if (l == NULL)
		return error_memory(err);
	l->limits = *limits;
	e->ops = &locked_ops;
	e->other = l;
	if (read_data(e, l, data) != 0)
		error_memory(err);
	else if (xml_locks_find(l, doc, data, err) == 0 && tell_locks(e, l, err) == 0)
		return 0;
	envelope_release(e);
	return -1;
}
