/* What a document is decides which reader looks at it. */
#include "server/ops/reading.h"

#include <stdlib.h>
#include <string.h>

#include "signing/format/cms/cms_read.h"
#include "signing/format/xml/xml_decrypt.h"
#include "signing/format/xml/xml_read.h"

void
decide_originals(const struct engine *engine, struct request *req)
{
	size_t i;

	for (i = 0; i < req->in.original_count; i++) {
		struct op_document *original = &req->in.originals[i];

		original->stream_bytes = engine_limits(engine)->stream_bytes;
		if (original->of < req->in.document_count)
			original->decided_by = &req->in.documents[original->of];
	}
}

static const char *
password_of(const struct task *t)
{
	return t->doc->password != NULL ? t->doc->password : t->req->in.password;
}

static int
read_cms(struct task *t, struct error *err)
{
	const struct cms_read_options options = { .limits = t->limits,
		.extra_certificates = t->certificates,
		.keep_octets = t->keep_octets };

	if (t->original_count > 1)
		return error_set(err, ERROR_MALFORMED,
		    "a CMS signature signs one document, but %zu originals were sent",
		    t->original_count);
	if (cms_read(&t->out->signatures, t->content,
		t->original_count == 1 ? &t->originals[0] : NULL, &options, err) != 0)
		return -1;
	return t->may_open && t->original_count == 0 ? read_signed_envelope(t, err) : 0;
}

int
read_xml(struct task *t, struct error *err)
{
	const struct xml_read_options options = { .limits = t->limits,
		.detached = t->originals,
		.detached_count = t->original_count,
		.extra_certificates = t->certificates,
		.keep_octets = t->keep_octets };

	return xml_read(&t->out->signatures, t->content, &options, err);
}

static int
read_pdf(struct task *t, struct error *err)
{
	const struct pdf_read_options options = {
		.limits = t->limits, .password = password_of(t), .certificates = t->certificates
	};
	struct error why = ERROR_INIT;

	if (t->original_count > 0)
		return error_set(
		    err, ERROR_MALFORMED, "a PDF holds what it signs; send no original with it");
	if (ops_pdf_read(t->engine, t->req, &t->out->signatures, &t->stamps, t->content, &options,
		&why) == 0)
		return 0;
	if (t->may_open && why.kind == ERROR_MALFORMED &&
	    strcmp(why.text, PDF_PASSWORD_NEEDED) == 0)
		return opening_lacks_password(&t->opening, err);
	if (err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return -1;
}

static int
read_zip(struct task *t, struct error *err)
{
	const struct asic_read_options options = { .limits = t->limits,
		.extra_certificates = t->certificates,
		.name = t->doc->name,
		.keep_octets = t->keep_octets };

	if (t->original_count > 0)
		return error_set(err, ERROR_MALFORMED,
		    "a container holds what it signs; send no original with it");
	if (ops_asic_read(t->engine, t->req, &t->out->signatures, &t->container, t->content,
		&options, err) != 0)
		return -1;
	ops_asic_describe(&t->out->result, &t->container, t->out->signatures.count);
	return 0;
}

int
read_mail(struct task *t, struct error *err)
{
	const struct smime_read_options options = { .limits = t->limits,
		.extra_certificates = t->certificates,
		.keep_octets = t->keep_octets,
		.need_address = engine_limits(t->engine)->mail_need_address != 0,
		.need_match = engine_limits(t->engine)->mail_need_match != 0,
		.opener = t->may_open ? &t->opening.opener : NULL };
	struct smime_mail mail = { 0 };
	int rc;

	if (t->original_count > 0)
		return error_set(
		    err, ERROR_MALFORMED, "a mail holds what it signs; send no original with it");
	rc = ops_smime_read(
	    t->engine, t->req, &t->out->signatures, &mail, t->content, &options, err);
	if (rc == 0)
		ops_smime_describe(&t->out->result, &mail, t->out->signatures.count);
	smime_mail_release(&mail);
	return rc;
}

int
read_content(struct task *t, struct error *err)
{
	static int (*const read[])(struct task * t, struct error * err) = { [KIND_CMS] = read_cms,
		[KIND_XML] = read_layers_of_xml,
		[KIND_PDF] = read_pdf,
		[KIND_ASIC] = read_zip,
		[KIND_SMIME] = read_layers_of_mail,
		[KIND_ENVELOPE] = read_envelope };
	enum document_kind kind = document_kind_of(t->content);

	if (kind == KIND_ENVELOPE && !t->may_open)
		return error_set(err, ERROR_UNSUPPORTED,
		    "%s is encrypted: decrypt it first, with DecryptDocument",
		    t->doc->name != NULL ? t->doc->name : "the document");
	if (kind != KIND_UNKNOWN)
		return read[kind](t, err);
	return error_set(err, ERROR_MALFORMED,
	    "%s is neither a PDF nor XML nor a CMS signature, a container or a signed mail; of a "
	    "detached "
	    "signature, send the "
	    "signature as signedDocument and the document as originalDocument",
	    t->doc->name != NULL ? t->doc->name : "the document");
}

int
read_document(struct task *t, struct error *err)
{
	t->content = SPAN_OF(&t->doc->content);
	if (t->may_open) {
		opening_init(&t->opening, t->engine, t->req, t->material, password_of(t),
		    &t->out->encryptions);
		t->opening.proof = 1;
	}
	if (read_content(t, err) != 0)
		return -1;
	if (t->may_open)
		describe_encryption(t);
	return 0;
}

/* Add a digest to the original of that name, or a new original. */
static int
add_digest(struct task *t, const struct document_digest *d, struct error *err)
{
	struct digest_values *values;
	size_t i;

	if (d->value.len != digest_size(d->method))
		return error_set(err, ERROR_MALFORMED,
		    "an originalDigest has %zu bytes, but %s gives %zu", d->value.len,
		    digest_name(d->method), digest_size(d->method));
	for (i = 0; i < t->original_count; i++)
		if (!t->originals[i].has_content && t->originals[i].digests == &t->values[i] &&
		    strcmp(d->name != NULL ? d->name : "",
			t->originals[i].name != NULL ? t->originals[i].name : "") == 0)
			break;
	values = &t->values[i];
	if (i == t->original_count) {
		t->originals[i] = (struct document){ .name = d->name, .digests = values };
		t->original_count++;
	}
	values->have |= DIGEST_BIT(d->method);
	memcpy(values->value[d->method], d->value.data, d->value.len);
	return 0;
}

int
task_take_originals(struct task *t, size_t index, struct error *err)
{
	const struct request *req = t->req;
	size_t i, n = req->in.original_count + req->in.digest_count + 1;

	t->originals = calloc(n, sizeof(*t->originals));
	t->values = calloc(n, sizeof(*t->values));
	if (t->originals == NULL || t->values == NULL)
		return error_memory(err);
	for (i = 0; i < req->in.original_count; i++)
		if (req->in.originals[i].of == index)
			t->originals[t->original_count++] = op_document_view(&req->in.originals[i]);
	for (i = 0; i < req->in.digest_count; i++)
		if (req->in.digests[i].of == index && add_digest(t, &req->in.digests[i], err) != 0)
			return -1;
	return 0;
}

void
task_release(struct task *t)
{
	pdf_timestamps_release(&t->stamps);
	asic_container_release(&t->container);
	free(t->originals);
	free(t->values);
}

/* Only the content tells which reader a document needs, so admit cannot know. */
int
may_read_documents(const struct engine *engine, struct request *req, struct error *err)
{
	size_t i;

	for (i = 0; i < req->in.document_count; i++) {
		const struct span content = SPAN_OF(&req->in.documents[i].content);
		enum document_kind kind = document_kind_of(content);

		if ((kind == KIND_XML && xml_is_encrypted(content)) || kind == KIND_PDF ||
		    kind == KIND_ASIC || kind == KIND_SMIME || kind == KIND_ENVELOPE)
			ops_pdf_waits(engine, req);
	}
	if (!req->must_wait || req->may_wait)
		return 0;
	return error_set(
	    err, ERROR_UNAVAILABLE, "the document must be read where waiting is allowed");
}
