#include "server/ops/level_put.h"

#include "signing/format/change.h"
#include "signing/format/pdf/pdf_timestamp.h"

void
level_replace(struct buf *file, struct buf *made)
{
	const size_t max = file->max;

	buf_release(file);
	*file = *made;
	file->max = max;
	*made = (struct buf)BUF_INIT(0);
}

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
put_other(struct buf *out, struct span file, const struct raising *r, const struct signature *sig,
    enum extension to, const struct evidence *data, struct error *err)
{
	const struct timestamp_source source =
	    document_kind_of(file) == KIND_CMS ? source_for(r) : *r->source;
	const struct document_change change = { .signature = sig->id,
		.limits = &engine_limits(r->engine)->format,
		.originals = r->originals,
		.original_count = r->original_count,
		.seconds = r->req->time_us / 1000000 };

	return ops_extend(r->engine, r->req, out, file, &change, to, data, &source, err);
}

/* The store, then the time stamp over it: each an update of its own, by a child of its own. */
static int
put_pdf(struct buf *out, struct span file, const struct raising *r, enum extension to,
    const struct evidence *data, struct error *err)
{
	const struct pdf_timestamp_options options = { .password = r->password };
	struct buf stored = BUF_INIT(out->max);
	int rc = 0;

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
	const enum document_kind kind = document_kind_of(SPAN_OF(file));
	struct buf out = BUF_INIT(engine_limits(r->engine)->format.output_bytes);
	int rc = kind == KIND_PDF ? put_pdf(&out, SPAN_OF(file), r, to, data, err)
				  : put_other(&out, SPAN_OF(file), r, sig, to, data, err);

	if (rc == 0)
		level_replace(file, &out);
	buf_release(&out);
	return rc;
}

int
level_renew(
    const struct raising *r, struct buf *file, const struct evidence *data, struct error *err)
{
	struct buf out = BUF_INIT(engine_limits(r->engine)->format.output_bytes);
	int rc = ops_renew(r->engine, r->req, &out, SPAN_OF(file), data, r->source, err);

	if (rc == 0)
		level_replace(file, &out);
	buf_release(&out);
	return rc;
}
