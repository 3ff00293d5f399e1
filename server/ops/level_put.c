#include "server/ops/level_put.h"

#include "signing/format/asic/asic_extend.h"
#include "signing/format/asic/asic_renew.h"
#include "signing/format/cms/cms_extend.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/pdf/pdf_timestamp.h"
#include "signing/format/smime/smime_sign.h"
#include "signing/format/xml/xml_extend.h"

int
level_begin(struct buf *work, const struct buf *file, struct error *err)
{
	if (document_kind_of(SPAN_OF(file)) == KIND_CMS)
		return cms_binary(work, SPAN_OF(file), err);
	return buf_append_span(work, SPAN_OF(file), err);
}

/* ---- by format: `out` is empty and gets the extended file ---- */

typedef int putter(struct buf *out, struct span file, const struct raising *r,
    const struct signature *sig, enum extension to, const struct evidence *data, struct error *err);

/*
 * A document of which only digests are known can be stamped with one of these alone: with what the
 * time stamps usually have, where it is known.
 */
static struct timestamp_source
source_for(const struct raising *r)
{
	struct timestamp_source source = *r->source;
	const struct document *doc = r->original_count == 1 ? r->originals : NULL;
	unsigned int d;

	if (doc == NULL || doc->has_content || doc->digests == NULL ||
	    (doc->digests->have & DIGEST_BIT(source.digest)))
		return source;
	for (d = DIGEST_SHA256; d < DIGESTS; d++)
		if (doc->digests->have & DIGEST_BIT(d))
			source.digest = (enum digest)d;
	return source;
}

static int
put_cms(struct buf *out, struct span file, const struct raising *r, const struct signature *sig,
    enum extension to, const struct evidence *data, struct error *err)
{
	const struct timestamp_source source = source_for(r);
	size_t number;

	if (cms_signer_number(sig->id, &number, err) != 0 || buf_append_span(out, file, err) != 0)
		return -1;
	return cms_extend(out, number, to, r->original_count == 1 ? r->originals : NULL, data,
	    &source, &engine_limits(r->engine)->format, err);
}

static int
put_xml(struct buf *out, struct span file, const struct raising *r, const struct signature *sig,
    enum extension to, const struct evidence *data, struct error *err)
{
	const struct xml_read_options reading = { .limits = &engine_limits(r->engine)->format,
		.detached = r->originals,
		.detached_count = r->original_count };

	return xml_extend(out, file, sig->id, to, data, r->source, &reading, err);
}

static int
put_asic(struct buf *out, struct span file, const struct raising *r, const struct signature *sig,
    enum extension to, const struct evidence *data, struct error *err)
{
	return asic_extend(out, file, sig->id, to, data, r->source, r->req->time_us / 1000000,
	    &engine_limits(r->engine)->format, err);
}

static int
put_mail(struct buf *out, struct span file, const struct raising *r, const struct signature *sig,
    enum extension to, const struct evidence *data, struct error *err)
{
	return smime_extend(
	    out, file, sig->id, to, data, r->source, &engine_limits(r->engine)->format, err);
}

/* The store, then the time stamp over it: each an update of its own, by a child of its own. */
static int
put_pdf(struct buf *out, struct span file, const struct raising *r, const struct signature *sig,
    enum extension to, const struct evidence *data, struct error *err)
{
	const struct pdf_timestamp_options options = { .password = r->password };
	struct buf stored = BUF_INIT(out->max);
	int rc = 0;

	(void)sig;
	if (to == EXTEND_LT)
		return ops_pdf_store(r->engine, r->req, out, file, data, r->password, err);
	if (to == EXTEND_LTA) {
		rc = ops_pdf_store(r->engine, r->req, &stored, file, data, r->password, err);
		file = SPAN_OF(&stored);
	}
	if (rc == 0)
		rc = ops_pdf_timestamp(r->engine, r->req, out, file, r->source, &options, err);
	buf_release(&stored);
	return rc;
}

int
level_put(const struct raising *r, struct buf *file, const struct signature *sig, enum extension to,
    const struct evidence *data, struct error *err)
{
	static putter *const put[] = { [KIND_CMS] = put_cms,
		[KIND_XML] = put_xml,
		[KIND_PDF] = put_pdf,
		[KIND_ASIC] = put_asic,
		[KIND_SMIME] = put_mail };
	const enum document_kind kind = document_kind_of(SPAN_OF(file));
	struct buf out = BUF_INIT(engine_limits(r->engine)->format.output_bytes);
	int rc = -1;

	if (kind == KIND_UNKNOWN || kind == KIND_ENVELOPE)
		return error_set(err, ERROR_UNSUPPORTED, "such a document cannot be extended");
	if (put[kind](&out, SPAN_OF(file), r, sig, to, data, err) == 0)
		rc = buf_splice(file, 0, file->len, SPAN_OF(&out), err);
	buf_release(&out);
	return rc;
}

int
level_renew(
    const struct raising *r, struct buf *file, const struct evidence *data, struct error *err)
{
	struct buf out = BUF_INIT(engine_limits(r->engine)->format.output_bytes);
	int rc = asic_renew(&out, SPAN_OF(file), data, r->source, r->req->time_us / 1000000,
	    &engine_limits(r->engine)->format, err);

	if (rc == 0)
		rc = buf_splice(file, 0, file->len, SPAN_OF(&out), err);
	buf_release(&out);
	return rc;
}
