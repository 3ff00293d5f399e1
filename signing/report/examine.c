#include "signing/report/examine.h"

#include <stdlib.h>
#include <string.h>

#include "signing/format/cms/cms_read.h"
#include "signing/format/kind.h"
#include "signing/format/xml/xml_read.h"

struct work {
	struct examination *out;
	struct span content;
	const char *name;
	const struct document *originals;
	size_t original_count;
	const struct examine_options *options;
};

static int
read_cms(const struct work *w, struct error *err)
{
	const struct cms_read_options options = { .limits = w->options->limits,
		.extra_certificates = w->options->extra_certificates };

	return cms_read(&w->out->signatures, w->content,
	    w->original_count > 0 ? w->originals : NULL, &options, err);
}

static int
read_xml(const struct work *w, struct error *err)
{
	const struct xml_read_options options = { .limits = w->options->limits,
		.detached = w->originals,
		.detached_count = w->original_count,
		.extra_certificates = w->options->extra_certificates };

	return xml_read(&w->out->signatures, w->content, &options, err);
}

static int
read_pdf(const struct work *w, struct error *err)
{
	const struct pdf_read_options options = { .limits = w->options->limits,
		.password = w->options->password,
		.certificates = w->options->extra_certificates };

	return pdf_read_all(&w->out->signatures, &w->out->pdf, w->content, &options, err);
}

static int
read_zip(const struct work *w, struct error *err)
{
	const struct asic_read_options options = { .limits = w->options->limits,
		.extra_certificates = w->options->extra_certificates,
		.name = w->name };

	return asic_read(&w->out->signatures, &w->out->container, w->content, &options, err);
}

static int
read_mail(const struct work *w, struct error *err)
{
	const struct smime_read_options options = { .limits = w->options->limits,
		.extra_certificates = w->options->extra_certificates,
		.need_address = w->options->mail_need_address,
		.need_match = w->options->mail_need_match,
		.opener = w->options->opener };

	return smime_read(&w->out->signatures, &w->out->mail, w->content, &options, err);
}

static const struct {
	int (*read)(const struct work *w, struct error *err);
	size_t originals; /* the most that belong to one */
} readers[] = {
	[KIND_UNKNOWN] = { NULL, 0 },
	[KIND_CMS] = { read_cms, 1 },
	[KIND_XML] = { read_xml, SIZE_MAX },
	[KIND_PDF] = { read_pdf, 0 },
	[KIND_ASIC] = { read_zip, 0 },
	[KIND_SMIME] = { read_mail, 0 },
	[KIND_ENVELOPE] = { NULL, 0 }, /* what was in it is what was judged */
};

static int
read_by_kind(const struct work *w, struct error *err)
{
	enum document_kind kind = document_kind_of(w->content);

	if (kind == KIND_ENVELOPE)
		return error_set(err, ERROR_UNSUPPORTED,
		    "it is encrypted, and there are no keys here: what was in it cannot be judged "
		    "again without the server");
	if (readers[kind].read == NULL)
		return error_set(err, ERROR_MALFORMED,
		    "it is neither a PDF nor XML nor a CMS signature, a container or a signed "
		    "mail");
	if (w->original_count > readers[kind].originals)
		return error_set(err, ERROR_MALFORMED,
		    "%zu originals were given, but %zu is what such a document signs",
		    w->original_count, readers[kind].originals);
	return readers[kind].read(w, err);
}

/* ---- layers of encryption ---- */

static int read_layers(const struct work *w, struct error *err);

/* What was in an envelope need not be signed, nor be anything that is known here. */
static int
read_opened(const struct work *w, struct error *err)
{
	struct error why = ERROR_INIT;

	if (document_kind_of(w->content) == KIND_UNKNOWN || read_layers(w, &why) == 0)
		return 0;
	if ((why.kind == ERROR_MALFORMED || why.kind == ERROR_UNSUPPORTED) &&
	    w->out->signatures.count == 0)
		return 0;
	if (err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return -1;
}

static int
read_envelope(const struct work *w, struct error *err)
{
	const struct envelope_opener *opener = w->options->opener;
	struct buf content = BUF_INIT(0);
	struct work inner = *w;
	int rc = opener->open(opener->ctx, "", w->content, &content, err);

	if (rc > 0) {
		inner.content = SPAN_OF(&content);
		rc = read_opened(&inner, err);
	}
	buf_wipe(&content);
	return rc;
}

/* The signatures of what was in a signed envelope stand behind those around it, as "1#...". */
static int
read_signed_envelope(const struct work *w, struct error *err)
{
	struct signatures outer = w->out->signatures;
	struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	struct buf content = BUF_INIT(0);
	struct work inner = *w;
	int rc = envelope_in_signed(&content, w->content);

	if (rc > 0) {
		memset(&w->out->signatures, 0, sizeof(w->out->signatures));
		inner.content = SPAN_OF(&content);
		rc = read_envelope(&inner, err);
		if (signatures_take(&outer, &w->out->signatures, "1",
			w->options->limits != NULL ? w->options->limits : &limits, err) != 0)
			rc = -1;
		signatures_release(&w->out->signatures);
		w->out->signatures = outer;
	}
	buf_wipe(&content);
	return rc;
}

static int
read_layers(const struct work *w, struct error *err)
{
	const enum document_kind kind = document_kind_of(w->content);

	if (w->options->opener != NULL && kind == KIND_ENVELOPE)
		return read_envelope(w, err);
	if (read_by_kind(w, err) != 0)
		return -1;
	return w->options->opener != NULL && kind == KIND_CMS && w->original_count == 0
		   ? read_signed_envelope(w, err)
		   : 0;
}

/* ---- time stamps of the document itself: of a PDF, or of a container ---- */

static struct verify_document_stamp
stamp_at(const struct examination *x, size_t n)
{
	const struct pdf_timestamp *p = &x->pdf.items[n];
	const struct asic_stamp *a;

	if (n < x->pdf.count)
		return (struct verify_document_stamp){ &p->stamp, p->field, p->failure,
			p->failure_text, p->revision_is_last };
	a = &x->container.stamps[n - x->pdf.count];
	return (struct verify_document_stamp){ &a->stamp, a->name, a->failure, a->failure_text,
		a->covers_all };
}

static int
judge_stamps(struct examination *x, const struct verify_context *context, struct error *err)
{
	const size_t count = x->pdf.count + x->container.stamp_count;
	int covered = 0;

	if (count == 0)
		return 0;
	x->timestamps = calloc(count, sizeof(*x->timestamps));
	if (x->timestamps == NULL)
		return error_memory(err);
	for (; x->timestamp_count < count; x->timestamp_count++) {
		const struct verify_document_stamp in = stamp_at(x, x->timestamp_count);

		if (verify_document_timestamp(
			&in, context, &x->timestamps[x->timestamp_count], err) != 0)
			return -1;
		covered |= in.revision_is_last;
	}
	verify_report_conclude_timestamps(&x->report, x->timestamps, x->timestamp_count, covered);
	return 0;
}

int
examine(struct examination *out, const struct document *documents, size_t count,
    const struct examine_options *options, const struct verify_context *context, struct error *err)
{
	const struct work w = { .out = out,
		.content = documents[0].content,
		.name = documents[0].name,
		.originals = documents + 1,
		.original_count = count - 1,
		.options = options };

	memset(out, 0, sizeof(*out));
	if (read_layers(&w, err) == 0 &&
	    verify_signatures(&out->signatures, context, &out->report, err) == 0 &&
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
	signatures_release(&x->signatures);
	pdf_timestamps_release(&x->pdf);
	asic_container_release(&x->container);
	smime_mail_release(&x->mail);
	memset(x, 0, sizeof(*x));
}
