/* What a document is decides which reader looks at it. */
#include "server/ops/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* A PDF that needs a password is one more thing that is encrypted. */
static int
take_failure(struct task *t, const struct error *why, struct error *err)
{
	if (t->may_open && why->kind == ERROR_MALFORMED &&
	    strcmp(why->text, PDF_PASSWORD_NEEDED) == 0)
		return opening_lacks_password(&t->opening, err);
	if (err != NULL && err->kind == ERROR_NONE)
		*err = *why;
	return -1;
}

/* Does one that is intact sign it? One that leads to it and is not tells that itself. */
static int
is_referenced(const struct signatures *list, const struct document *doc, size_t number)
{
	unsigned char value[DIGEST_SIZE_MAX];
	struct error away = ERROR_INIT;
	size_t i, k;

	for (i = 0; i < list->count; i++)
		for (k = 0; k < list->items[i].reference_count; k++) {
			const struct reference *ref = &list->items[i].references[k];

			if (ref->original == number)
				return 1;
			/* Twice the same: each is as signed as the other. */
			if (ref->original != 0 && ref->intact &&
			    document_digest(doc, ref->digest, value, &away) == 0 &&
			    span_equal(SPAN_OF(&ref->digest_value),
				(struct span){ value, digest_size(ref->digest) }))
				return 1;
		}
	return 0;
}

/* Documents that came along and that no signature is over are named: nobody may rely on them. */
static void
describe_originals(struct task *t)
{
	struct result *result = &t->out->result;
	struct buf names = BUF_INIT(sizeof(result->message) - 80);
	size_t i, more = 0;

	for (i = 0; t->out->signatures.count > 0 && i < t->original_count; i++) {
		const struct document *doc = &t->originals[i];

		if (is_referenced(&t->out->signatures, doc, i + 1))
			continue;
		if (buf_printf(&names, NULL, "%s%.100s", names.len > 0 ? ", " : "",
			doc->name != NULL ? doc->name : "one without a name") != 0)
			more++;
	}
	if (names.len > 0) {
		result->major = RESULT_WARNING;
		snprintf(result->message, sizeof(result->message), "not signed by it: %.*s%s",
		    (int)names.len, (const char *)names.data, more > 0 ? ", ..." : "");
	}
	buf_release(&names);
}

/* What else is to be done, or told, of one of its kind. */
static int
look_further(struct task *t, struct error *err)
{
	const size_t count = t->out->signatures.count;

	if (t->facts.kind == KIND_ASIC)
		ops_asic_describe(&t->out->result, &t->facts.container, count);
	else if (t->facts.kind == KIND_SMIME)
		ops_smime_describe(&t->out->result, &t->facts.mail, count);
	else if (t->facts.kind == KIND_CMS && t->may_open && t->original_count == 0)
		return read_signed_envelope(t, err);
	return 0;
}

int
read_signed(struct task *t, struct error *err)
{
	const struct limits *limits = engine_limits(t->engine);
	const struct document_read_options options = { .limits = t->limits,
		.name = t->doc->name,
		.password = password_of(t),
		.originals = t->originals,
		.original_count = t->original_count,
		.extra_certificates = t->certificates,
		.keep_octets = t->keep_octets,
		.tolerate = t->tolerate,
		.need_address = limits->mail_need_address != 0,
		.need_match = limits->mail_need_match != 0 };
	struct error why = ERROR_INIT;

	document_facts_release(&t->facts);
	if (ops_read(t->engine, t->req, &t->facts, t->content, &options,
		t->may_open ? &t->opening.desk : NULL, &why) != 0)
		return take_failure(t, &why, err);
	t->out->signatures = t->facts.signatures;
	memset(&t->facts.signatures, 0, sizeof(t->facts.signatures));
	describe_originals(t);
	return look_further(t, err);
}

int
read_content(struct task *t, struct error *err)
{
	static int (*const read[KINDS])(
	    struct task * t, struct error * err) = { [KIND_CMS] = read_signed,
		[KIND_XML] = read_layers_of_xml,
		[KIND_PDF] = read_signed,
		[KIND_ASIC] = read_signed,
		[KIND_SMIME] = read_layers_of_mail,
		[KIND_ENVELOPE] = read_envelope };
	const char *name = t->doc->name != NULL ? t->doc->name : "the document";
	const enum document_kind kind = document_kind_of(t->content);

	if (kind == KIND_UNKNOWN)
		return error_set(err, ERROR_MALFORMED,
		    "%.100s is " DOCUMENT_UNKNOWN "; of a detached signature, send the signature "
		    "as signedDocument and the document as originalDocument",
		    name);
	if (kind == KIND_ENVELOPE && !t->may_open)
		return error_set(err, ERROR_UNSUPPORTED,
		    "%.100s is encrypted: decrypt it first, with DecryptDocument", name);
	return read[kind](t, err);
}

int
read_document(struct task *t, struct error *err)
{
	t->content = SPAN_OF(&t->doc->content);
	if (t->may_open) {
		opening_init(&t->opening, t->engine, t->req, t->material, password_of(t),
		    &t->out->encryptions);
		opening_must_prove(&t->opening);
	}
	if (read_content(t, err) != 0) {
		/* Keys may have been used before it failed: the audit names them all the same. */
		opening_note(t->req, &t->out->encryptions);
		return -1;
	}
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
	document_facts_release(&t->facts);
	opening_release(&t->opening);
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

		if (document_kind_of(content) == KIND_ENVELOPE || !ops_reads_here(engine, content))
			ops_waits(engine, req);
	}
	if (!req->must_wait || req->may_wait)
		return 0;
	return error_set(
	    err, ERROR_UNAVAILABLE, "the document must be read where waiting is allowed");
}
