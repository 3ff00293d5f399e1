#include "signing/report/examine.h"

#include <stdlib.h>
#include <string.h>

#include "signing/verify/document.h"

/* What is read, and into what. */
struct reading {
	struct examination *out;
	struct span content;
	const struct document_read_options *options;
	const struct xml_opener *xml_opener;
};

static int
read_signed(const struct reading *r, struct error *err)
{
	if (document_kind_of(r->content) == KIND_ENVELOPE)
		return error_set(err, ERROR_UNSUPPORTED,
		    "it is encrypted, and there are no keys here: what was in it cannot be judged "
		    "again without the server");
	document_facts_release(&r->out->facts);
	return document_read(&r->out->facts, r->content, r->options, err);
}

/* ---- layers of encryption ---- */

static int read_layers(const struct reading *r, struct error *err);

/* What was in an envelope need not be signed, nor be anything that is known here. */
static int
read_opened(const struct reading *r, struct error *err)
{
	struct error why = ERROR_INIT;

	if (document_kind_of(r->content) == KIND_UNKNOWN || read_layers(r, &why) == 0)
		return 0;
	if ((why.kind == ERROR_MALFORMED || why.kind == ERROR_UNSUPPORTED) &&
	    r->out->facts.signatures.count == 0)
		return 0;
	if (err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return -1;
}

static int
read_envelope(const struct reading *r, struct error *err)
{
	const struct envelope_opener *opener = r->options->opener;
	struct buf content = BUF_INIT(0);
	struct reading inner = *r;
	int rc = opener->open(opener->ctx, "", r->content, &content, err);

	if (rc > 0) {
		inner.content = SPAN_OF(&content);
		rc = read_opened(&inner, err);
	}
	buf_wipe(&content);
	return rc;
}

/* The signatures of what was in a signed envelope stand behind those around it, as "1#...". */
static int
read_signed_envelope(const struct reading *r, struct error *err)
{
	struct signatures *found = &r->out->facts.signatures, outer = *found;
	struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	struct buf content = BUF_INIT(0);
	struct reading inner = *r;
	int rc = envelope_in_signed(&content, r->content);

	if (rc > 0) {
		memset(found, 0, sizeof(*found));
		inner.content = SPAN_OF(&content);
		rc = read_envelope(&inner, err);
		if (signatures_take(&outer, found, "1",
			r->options->limits != NULL ? r->options->limits : &limits, err) != 0)
			rc = -1;
		signatures_release(found);
		*found = outer;
	}
	buf_wipe(&content);
	return rc;
}

/* What the root held may be anything; a document that was decrypted in part is XML again. */
static int
read_clear(const struct reading *r, const struct xml_decrypted *clear, struct error *err)
{
	struct reading inner = *r;

	inner.content = SPAN_OF(&clear->document);
	return clear->is_octets ? read_opened(&inner, err) : read_signed(&inner, err);
}

static int
read_encrypted_xml(const struct reading *r, struct error *err)
{
	struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	struct signatures *found = &r->out->facts.signatures, encrypted = { 0 };
	struct xml_decrypted clear = { 0 };
	int rc = read_signed(r, err);

	if (rc == 0)
		rc = xml_decrypt(&clear, r->content,
		    r->options->limits != NULL ? r->options->limits : &limits, r->xml_opener, err);
	if (rc != 0 || clear.count == 0)
		goto done;
	encrypted = *found;
	memset(found, 0, sizeof(*found));
	rc = read_clear(r, &clear, err);
	if (rc == 0 && !clear.is_octets)
		signatures_prefer(found, &encrypted);
done:
	signatures_release(&encrypted);
	xml_decrypted_release(&clear);
	return rc;
}

static int
read_layers(const struct reading *r, struct error *err)
{
	const enum document_kind kind = document_kind_of(r->content);

	if (r->xml_opener != NULL && kind == KIND_XML && xml_is_encrypted(r->content))
		return read_encrypted_xml(r, err);

	if (r->options->opener != NULL && kind == KIND_ENVELOPE)
		return read_envelope(r, err);
	if (read_signed(r, err) != 0)
		return -1;
	return r->options->opener != NULL && kind == KIND_CMS && r->options->original_count == 0
		   ? read_signed_envelope(r, err)
		   : 0;
}

static int
read_all(struct examination *out, const struct document *documents, size_t count,
    const struct examine_options *options, struct error *err)
{
	const struct document_read_options reading = { .limits = options->limits,
		.name = documents[0].name,
		.password = options->password,
		.originals = documents + 1,
		.original_count = count - 1,
		.extra_certificates = options->extra_certificates,
		.need_address = options->mail_need_address,
		.need_match = options->mail_need_match,
		.tolerate = options->tolerate,
		.opener = options->opener };
	const struct reading r = { out, documents[0].content, &reading, options->xml_opener };

	return read_layers(&r, err);
}

static int
judge_stamps(struct examination *x, const struct verify_context *context, struct error *err)
{
	struct verify_document_stamp *in;
	int covered, rc = -1;
	size_t count;

	if (verify_document_stamps(&x->facts, &in, &count, &covered, err) != 0)
		return -1;
	if (count == 0)
		return 0;
	x->timestamps = calloc(count, sizeof(*x->timestamps));
	if (x->timestamps == NULL) {
		error_memory(err);
		goto done;
	}
	if (verify_document_timestamps(
		in, count, &x->facts.signatures, context, x->timestamps, err) != 0)
		goto done;
	x->timestamp_count = count;
	verify_report_conclude_timestamps(&x->report, x->timestamps, count, covered);
	rc = 0;
done:
	free(in);
	return rc;
}

int
examine(struct examination *out, const struct document *documents, size_t count,
    const struct examine_options *options, const struct verify_context *context, struct error *err)
{
	memset(out, 0, sizeof(*out));
	if (read_all(out, documents, count, options, err) == 0 &&
	    verify_signatures(&out->facts.signatures, context, &out->report, err) == 0 &&
	    judge_stamps(out, context, err) == 0)
		return 0;
	examination_release(out);
	return -1;
}

void
examination_release(struct examination *x)
{
	size_t i;

	for (i = 0; i < x->timestamp_count; i++)
		verify_timestamp_release(&x->timestamps[i]);
	free(x->timestamps);
	verify_report_release(&x->report);
	document_facts_release(&x->facts);
	memset(x, 0, sizeof(*x));
}
