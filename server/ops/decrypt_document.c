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

/* Keeps what was in the first envelope of a mail; the reader gets it as well. */
struct keeping {
	struct opening *opening;
	struct buf *content;
};

static int
open_and_keep(void *ctx, const char *part, struct span file, struct buf *content, struct error *err)
{
	struct keeping *k = ctx;
	size_t before = content->len;
	int rc = opening_open(k->opening, part, file, content, err);

	if (rc > 0 && k->content->len == 0 &&
	    buf_append(k->content, content->data + before, content->len - before, err) != 0)
		rc = -1;
	return rc;
}

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

static int
decrypt_mail(struct opening *o, struct span file, struct buf *out, struct error *err)
{
	struct buf content = BUF_INIT(o->content_max);
	struct keeping keeping = { o, &content };
	const struct envelope_opener opener = { open_and_keep, &keeping };
	const struct document_read_options options = { .limits = &engine_limits(o->engine)->format,
		.opener = &opener };
	struct document_facts facts = { 0 };
	struct error why = ERROR_INIT;
	int rc;

	o->only_first = 1;
	rc = ops_read(o->engine, o->req, &facts, file, &options, &why);
	/* What was encrypted is handed out as it is: that it is no mail is nobody's failure. */
	if (rc != 0 && why.kind != ERROR_UNAVAILABLE && o->found->count > 0 &&
	    encryption_is_open(&o->found->items[0])) {
		facts.mail.is_mail = has_field(file, "From:") || has_field(file, "Subject:");
		rc = 0;
	}
	if (rc != 0 && err != NULL && err->kind == ERROR_NONE)
		*err = why;
	if (rc == 0 && o->found->count == 0)
		rc = not_encrypted(o->req->in.documents, err);
	if (rc == 0 && encryption_is_open(&o->found->items[0]))
		rc = o->found->items[0].part[0] == '\0' && facts.mail.is_mail
			 ? put_together(out, file, SPAN_OF(&content), err)
			 : buf_move(out, &content, err);
	document_facts_release(&facts);
	buf_wipe(&content);
	return rc;
}

/* ---- all of them ---- */

static int
decrypt_envelope(struct opening *o, struct span file, struct buf *out, struct error *err)
{
	return opening_open(o, "", file, out, err) < 0 ? -1 : 0;
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
	const struct document_read_options options = { .limits =
							   &engine_limits(o->engine)->format };
	struct document_facts facts = { 0 };
	struct xml_decrypted clear = { 0 };
	int rc = -1;

	if (!xml_is_encrypted(file))
		return not_encrypted(o->req->in.documents, err);
	/* What a child cannot read within its bounds is not parsed here. */
	if (ops_read(o->engine, o->req, &facts, file, &options, err) != 0)
		return -1;
	document_facts_release(&facts);
	if (opening_open_xml(o, &clear, file, err) != 0)
		goto done;
	if (o->found->count == 0) {
		not_encrypted(o->req->in.documents, err);
		goto done;
	}
	put_opened_first(o->found);
	rc = buf_move(out, &clear.document, err);
done:
	xml_decrypted_release(&clear);
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
	buf_init(out, opening.content_max);
	rc = decrypt(&opening, SPAN_OF(&req->in.documents[0].content), out, err);
	if (rc == 0)
		describe(req);
	material_unref(material);
	return rc;
}
