/* DecryptDocument: what is in an encrypted CMS message, mail, PDF or XML document. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/ops/reading.h"
#include "signing/format/pdf/pdf_decrypt.h"
#include "signing/format/xml/xml_decrypt.h"

static int
not_encrypted(const struct op_document *doc, struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
	    "%s is not encrypted: neither CMS EnvelopedData or AuthEnvelopedData nor a mail, PDF "
	    "or "
	    "XML document that is",
	    doc->name != NULL ? doc->name : "the document");
}

/* ---- mails ---- */

/* The length of the header field that begins at s, with the lines that continue it. */
static size_t
field_length(struct span s)
{
	size_t n = 0;

	do {
		const unsigned char *end = memchr(s.data + n, '\n', s.len - n);

		n = end != NULL ? (size_t)(end - s.data) + 1 : s.len;
	} while (n < s.len && (s.data[n] == ' ' || s.data[n] == '\t'));
	return n;
}

static int
begins(struct span s, const char *word)
{
	size_t n = strlen(word);

	return s.len >= n && strncasecmp((const char *)s.data, word, n) == 0;
}

static int
is_end_of_header(struct span s)
{
	return s.len == 0 || s.data[0] == '\n' ||
	       (s.len > 1 && s.data[0] == '\r' && s.data[1] == '\n');
}

static int
has_field(struct span s, const char *name)
{
	size_t n;

	for (; !is_end_of_header(s); s.data += n, s.len -= n) {
		if (begins(s, name))
			return 1;
		n = field_length(s);
	}
	return 0;
}

/* The mail's own header fields, but those that told of the encryption, and what was encrypted. */
static int
put_together(struct buf *out, struct span mail, struct span content, struct error *err)
{
	size_t n;

	/* All at once: what grows leaves decrypted bytes behind. */
	if (buf_reserve(out, mail.len + content.len + sizeof("MIME-Version: 1.0\r\n"), NULL) ==
		NULL &&
	    buf_reserve(out, content.len, err) == NULL)
		return -1;
	for (; !is_end_of_header(mail); mail.data += n, mail.len -= n) {
		n = field_length(mail);
		if (begins(mail, "Content-") || begins(mail, "MIME-Version:") ||
		    begins(mail, "From "))
			continue;
		if (buf_append(out, mail.data, n, err) != 0)
			return -1;
	}
	if (!has_field(content, "MIME-Version:") &&
	    buf_append_str(out, "MIME-Version: 1.0\r\n", err) != 0)
		return -1;
	return buf_append_span(out, content, err);
}

/* What is in the first envelope of it; where that is all of the mail, with the mail's header. */
static int
decrypt_mail(struct opening *o, struct span file, struct buf *out, struct error *err)
{
	const struct encryptions *found = o->found;
	struct unlocked clear = { 0 };
	int is_mail, rc;

	o->only_first = 1;
	rc = opening_open(o, &clear, file, err);
	is_mail = clear.is_mail > 0 ||
		  (clear.is_mail < 0 && (has_field(file, "From:") || has_field(file, "Subject:")));
	if (rc == 0 && found->count == 0)
		rc = not_encrypted(o->req->in.documents, err);
	if (rc == 0 && encryption_is_open(&found->items[0]))
		rc = found->items[0].part[0] == '\0' && is_mail
			 ? put_together(out, file, SPAN_OF(&clear.content), err)
			 : buf_move(out, &clear.content, err);
	unlocked_release(&clear);
	return rc;
}

/* ---- all of them ---- */

static int
decrypt_envelope(struct opening *o, struct span file, struct buf *out, struct error *err)
{
	struct unlocked clear = { 0 };
	int rc = opening_open(o, &clear, file, err);

	if (rc == 0)
		rc = buf_move(out, &clear.content, err);
	unlocked_release(&clear);
	return rc;
}

static int
decrypt_pdf(struct opening *o, struct span file, struct buf *out, struct error *err)
{
	const struct pdf_read_options options = { .limits = &engine_limits(o->engine)->format,
		.password = o->password };

	return ops_pdf_decrypt(o->engine, o->req, out, file, &options, err);
}

/* A layer that was opened stands first: the answer tells of one. */
static void
put_opened_first(struct encryptions *found)
{
	struct encryption swap;
	size_t i;

	for (i = 0; i < found->count; i++)
		if (encryption_is_open(&found->items[i])) {
			swap = found->items[0];
			found->items[0] = found->items[i];
			found->items[i] = swap;
			return;
		}
}

static int
decrypt_xml(struct opening *o, struct span file, struct buf *out, struct error *err)
{
	struct unlocked clear = { 0 };
	int rc;

	if (!xml_is_encrypted(file))
		return not_encrypted(o->req->in.documents, err);
	rc = opening_open(o, &clear, file, err);
	if (rc == 0 && o->found->count == 0)
		rc = not_encrypted(o->req->in.documents, err);
	if (rc == 0) {
		put_opened_first(o->found);
		rc = buf_move(out, &clear.clear.document, err);
	}
	unlocked_release(&clear);
	return rc;
}

static int
decrypt(struct opening *o, struct span file, struct buf *out, struct error *err)
{
	switch (document_kind_of(file)) {
	case KIND_ENVELOPE:
		return decrypt_envelope(o, file, out, err);
	case KIND_SMIME:
		return decrypt_mail(o, file, out, err);
	case KIND_PDF:
		return decrypt_pdf(o, file, out, err);
	case KIND_XML:
		return decrypt_xml(o, file, out, err);
	default:
		return not_encrypted(o->req->in.documents, err);
	}
}

/* What of the layers must not stay unsaid: those that stayed closed before all. */
static void
tell_weakness(struct request *req)
{
	const struct encryptions *all = &req->out.encryptions;
	const struct encryption *closed = opening_first(all, 0), *open = NULL;
	struct result *result = &req->out.result;
	struct result said = { 0 };
	size_t i;

	for (i = 0; i < all->count && open == NULL; i++)
		if (encryption_is_open(&all->items[i]) && !all->items[i].envelope.is_authenticated)
			open = &all->items[i];
	if (closed != NULL) {
		opening_describe(&said, closed);
		result->major = RESULT_WARNING;
		snprintf(result->message, sizeof(result->message),
		    "a part of it is still encrypted: %.360s", said.message);
	} else if (open != NULL) {
		snprintf(result->message, sizeof(result->message),
		    "it was encrypted without authentication (%s): whoever passed it on may have "
		    "changed it%s",
		    open->envelope.algorithm,
		    strncmp(open->envelope.algorithm, "3DES", 4) == 0
			? "; 3DES is out of date, and its sender should change to AES-GCM"
			: "");
	}
}

static void
describe(struct request *req)
{
	const struct encryption *e = req->out.encryptions.items;

	if (e == NULL) /* a PDF */
		return;
	if (!encryption_is_open(e)) {
		opening_describe(&req->out.result, e);
		return;
	}
	snprintf(req->object, sizeof(req->object), "%.127s",
	    e->by_password ? "a password" : e->opened_by);
	tell_weakness(req);
}

int
admit_decrypt(struct engine *engine, struct request *req, struct error *err)
{
	(void)engine;
	(void)err;
	req->must_wait |= req->in.password != NULL; /* to make a key of it takes long */
	return 0;
}

int
run_decrypt_document(struct engine *engine, struct request *req, struct error *err)
{
	const struct material *material = NULL;
	struct opening opening;
	struct buf *out;
	int rc = -1;

	if (may_read_documents(engine, req, err) != 0 || items_make(req, 1, err) != 0 ||
	    material_get(&material, engine, req->caller, err) != 0)
		return -1;
	opening_init(&opening, engine, req, material, req->in.password, &req->out.encryptions);
	out = &req->out.items[0].document;
	buf_init(out, engine_limits(engine)->format.output_bytes);
	rc = decrypt(&opening, SPAN_OF(&req->in.documents[0].content), out, err);
	if (rc == 0)
		describe(req);
	opening_release(&opening);
	material_unref(material);
	return rc;
}
