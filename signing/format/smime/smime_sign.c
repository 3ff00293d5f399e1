#include "signing/format/smime/smime_sign.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/base/text.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/smime/entity.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;

/* One mail in the making. */
struct making {
	const struct sign_key *key;
	const struct sign_options *options;
	struct buf outer; /* fields that stay in front, each with its line end */
	struct buf inner; /* the entity that is signed */
	struct buf der;
	struct buf mail;
	struct error *err;
};

/* ---- what is signed ---- */

static int
is_mail_type(const char *type)
{
	static const char message[] = "message/rfc822";
	size_t n = strlen(message);

	return strncasecmp(type, message, n) == 0 && (type[n] == '\0' || type[n] == ';');
}

/* Without a media type: does it begin with a header that has one of these fields? */
static int
looks_like_mail(const struct entity *e)
{
	static const char *const known[] = { "From", "To", "Subject", "Date", "MIME-Version",
		"Content-Type", "Received", "Message-ID" };
	const struct span header = entity_header(e);
	struct span field;
	size_t at = 0, i;
	int rc, found = 0;

	while ((rc = field_next(header, &at, &field, NULL)) == 1)
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			found |= field_is(field, known[i]);
	return rc == 0 && found;
}

/* Fields about the content go with it; the version is written anew. */
static int
part_header(struct making *m, const struct entity *e, struct buf *content, int *has_type)
{
	const struct span header = entity_header(e);
	struct span field;
	size_t at = 0;
	int rc;

	while ((rc = field_next(header, &at, &field, m->err)) == 1) {
		if (field_is(field, "MIME-Version"))
			continue;
		*has_type |= field_is(field, "Content-Type");
		if (entity_canonical(
			field, field_begins(field, "Content-") ? content : &m->outer, m->err) != 0)
			return -1;
	}
	return rc;
}

/* RFC 2045 section 5.2 has US-ASCII for what says nothing; whoever sent more did not say what. */
static int
put_default_type(struct span body, struct buf *content, struct error *err)
{
	size_t i;

	for (i = 0; i < body.len && body.data[i] < 0x80; i++)
		;
	return buf_printf(content, err, "Content-Type: text/plain; charset=%s\r\n",
	    i == body.len				      ? "us-ascii"
	    : text_is_utf8((const char *)body.data, body.len) ? "utf-8"
							      : "unknown-8bit");
}

static int
take_mail(struct making *m, const struct entity *e)
{
	struct buf content = BUF_INIT(m->inner.max);
	int has_type = 0, rc = -1;

	if (e->is_ambiguous)
		return error_set(m->err, ERROR_MALFORMED,
		    "the mail has Content-Type, Content-Transfer-Encoding or MIME-Version twice");
	if (part_header(m, e, &content, &has_type) == 0 &&
	    (has_type || put_default_type(e->body, &content, m->err) == 0) &&
	    buf_append_str(&content, "\r\n", m->err) == 0 &&
	    buf_append_span(&content, e->body, m->err) == 0)
		rc = entity_transportable(SPAN_OF(&content), &m->inner, m->err);
	buf_release(&content);
	return rc;
}

/* "type/subtype" and parameters, in characters that a header field may have. */
static int
check_type(const char *type, struct error *err)
{
	const char *slash = strchr(type, '/');
	size_t i, n = strlen(type);

	for (i = 0; i < n && (unsigned char)type[i] >= ' ' && (unsigned char)type[i] < 0x7f; i++)
		;
	if (slash != NULL && slash != type && slash[1] != '\0' && i == n && n < 200)
		return 0;
	return error_set(err, ERROR_MALFORMED,
	    "mimeType must be a media type such as application/pdf, or message/rfc822 for a mail");
}

/* A parameter by RFC 2231: what a quoted string cannot hold is percent-encoded. */
static int
put_filename(const char *name, struct buf *out, struct error *err)
{
	const unsigned char *p;
	int is_plain = 1;

	for (p = (const unsigned char *)name; *p != '\0'; p++)
		is_plain &= *p >= ' ' && *p < 0x7f && *p != '"' && *p != '\\';
	if (is_plain)
		return buf_printf(out, err, ";\r\n filename=\"%.200s\"", name);
	if (buf_append_str(out, ";\r\n filename*=UTF-8''", err) != 0)
		return -1;
	for (p = (const unsigned char *)name; *p != '\0'; p++)
		if (buf_printf(out, err, isalnum(*p) && *p < 0x80 ? "%c" : "%%%02X", *p) != 0)
			return -1;
	return 0;
}

static int
take_file(struct making *m, const struct document *doc)
{
	const char *slash = doc->name != NULL ? strrchr(doc->name, '/') : NULL;
	const char *name = slash != NULL ? slash + 1 : doc->name;

	if (check_type(doc->mime_type, m->err) != 0 ||
	    buf_printf(&m->inner, m->err,
		"Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\n"
		"Content-Disposition: attachment",
		doc->mime_type) != 0 ||
	    (name != NULL && name[0] != '\0' && put_filename(name, &m->inner, m->err) != 0) ||
	    buf_append_str(&m->inner, "\r\n\r\n", m->err) != 0)
		return -1;
	return entity_base64(doc->content, &m->inner, m->err);
}

static int
take(struct making *m, const struct document *doc)
{
	struct error why = ERROR_INIT;
	struct entity e = { 0 };
	int rc = -1, is_open;

	if (doc->mime_type != NULL && !is_mail_type(doc->mime_type))
		return take_file(m, doc);
	is_open = entity_open(&e, doc->content, &why) == 0;
	if (is_open && (doc->mime_type != NULL || looks_like_mail(&e)))
		rc = take_mail(m, &e);
	else if (is_open || why.kind == ERROR_MALFORMED)
		error_set(m->err, ERROR_MALFORMED,
		    "the document is no mail: it does not begin with header fields; send a mail, "
		    "or the mimeType of the document, which becomes an attachment then");
	else
		*m->err = why;
	entity_release(&e);
	return rc;
}

/* ---- what is made of it ---- */

/* RFC 8551 section 3.5.3.2 */
static const char *
micalg(enum digest digest)
{
	static const char *const names[DIGESTS] = { [DIGEST_SHA224] = "sha-224",
		[DIGEST_SHA256] = "sha-256",
		[DIGEST_SHA384] = "sha-384",
		[DIGEST_SHA512] = "sha-512",
		[DIGEST_SHA3_224] = "sha3-224",
		[DIGEST_SHA3_256] = "sha3-256",
		[DIGEST_SHA3_384] = "sha3-384",
		[DIGEST_SHA3_512] = "sha3-512" };

	return names[digest] != NULL ? names[digest] : "unknown";
}

static int
put_top(struct making *m)
{
	if (buf_append_span(&m->mail, SPAN_OF(&m->outer), m->err) != 0)
		return -1;
	return buf_append_str(&m->mail, "MIME-Version: 1.0\r\n", m->err);
}

/* No text holds its own digest. */
static int
make_clear(struct making *m, enum digest digest)
{
	unsigned char sha256[DIGEST_SIZE_MAX];
	char boundary[65];

	if (digest_span(DIGEST_SHA256, SPAN_OF(&m->inner), sha256, m->err) != 0)
		return -1;
	text_hex(boundary, sha256, 20);
	if (put_top(m) != 0 ||
	    buf_printf(&m->mail, m->err,
		"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n"
		" micalg=%s; boundary=\"=_%s\"\r\n\r\n"
		"This is a mail with an S/MIME signature.\r\n--=_%s\r\n",
		micalg(digest), boundary, boundary) != 0 ||
	    buf_append_span(&m->mail, SPAN_OF(&m->inner), m->err) != 0 ||
	    buf_printf(&m->mail, m->err,
		"\r\n--=_%s\r\n"
		"Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n"
		"Content-Transfer-Encoding: base64\r\n"
		"Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n",
		boundary) != 0 ||
	    entity_base64(SPAN_OF(&m->der), &m->mail, m->err) != 0)
		return -1;
	return buf_printf(&m->mail, m->err, "\r\n--=_%s--\r\n", boundary);
}

static int
make_opaque(struct making *m)
{
	if (put_top(m) != 0 ||
	    buf_append_str(&m->mail,
		"Content-Type: application/pkcs7-mime; smime-type=signed-data;\r\n"
		" name=\"smime.p7m\"\r\n"
		"Content-Transfer-Encoding: base64\r\n"
		"Content-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n",
		m->err) != 0)
		return -1;
	return entity_base64(SPAN_OF(&m->der), &m->mail, m->err);
}

static int
sign(struct making *m)
{
	const int is_opaque = m->options->packaging == PACKAGING_ENVELOPING;
	const struct document content = { .content = SPAN_OF(&m->inner), .has_content = 1 };
	struct sign_options options = *m->options;
	enum digest digest;

	options.packaging = is_opaque ? PACKAGING_ENVELOPING : PACKAGING_DETACHED;
	if (cms_digest(m->key, &options, &digest, m->err) != 0 ||
	    cms_sign(&m->der, &content, CMS_PROFILE_CADES, m->key, &options, m->err) != 0)
		return -1;
	return is_opaque ? make_opaque(m) : make_clear(m, digest);
}

/* The outermost signature is the new one, and all of the mail's content is under it. */
static int
read_back(const struct making *m)
{
	const struct smime_read_options reading = { .limits = m->options->limits };
	struct signatures list = { 0 };
	struct smime_mail mail = { 0 };
	int rc = smime_read(&list, &mail, SPAN_OF(&m->mail), &reading, m->err);

	if (rc == 0 && (list.count == 0 || list.items[0].failure != SUB_NONE ||
			   !list.items[0].value_intact || !list.items[0].references_intact ||
			   list.items[0].scope != SCOPE_FULL || mail.unsigned_count > 0))
		rc = error_cause(m->err, ERROR_INTERNAL, "the mail that was made does not verify",
		    "%s", list.count > 0 ? list.items[0].failure_text : "no signature");
	signatures_release(&list);
	smime_mail_release(&mail);
	return rc;
}

int
smime_sign(struct buf *out, const struct document *doc, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	const size_t most =
	    (options->limits != NULL ? options->limits : &default_limits)->output_bytes;
	struct error own = ERROR_INIT;
	struct making m = { .key = key,
		.options = options,
		.outer = BUF_INIT(most),
		.inner = BUF_INIT(most),
		.der = BUF_INIT(most),
		.mail = BUF_INIT(most),
		.err = err != NULL ? err : &own };
	int rc = -1;

	if (take(&m, doc) == 0 && sign(&m) == 0 && read_back(&m) == 0)
		rc = buf_append_span(out, SPAN_OF(&m.mail), m.err);
	buf_release(&m.outer);
	buf_release(&m.inner);
	buf_release(&m.der);
	buf_release(&m.mail);
	return rc;
}
