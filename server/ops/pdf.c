/* PDFs: by the read process, within its bounds. */
#include "server/ops/private.h"
#include "server/read/reader.h"

struct reader_bounds
ops_reader_bounds(const struct engine *engine)
{
	const struct limits *limits = engine_limits(engine);

	return (struct reader_bounds){ .memory = limits->read_memory,
		.cpu_seconds = limits->read_seconds,
		.seconds = limits->request_seconds,
		.limits = &limits->format };
}

void
ops_pdf_waits(const struct engine *engine, struct request *req)
{
	req->must_wait |= engine->parts.reader != NULL;
}

int
ops_pdf_read(const struct engine *engine, struct signatures *signatures,
    struct pdf_timestamps *stamps, struct span document, const struct pdf_read_options *options,
    struct error *err)
{
	const struct reader_bounds bounds = ops_reader_bounds(engine);

	if (engine->parts.reader == NULL)
		return pdf_read_all(signatures, stamps, document, options, err);
	return reader_pdf_read(
	    engine->parts.reader, &bounds, signatures, stamps, document, options, err);
}

int
ops_pdf_sign(const struct engine *engine, struct buf *out, struct span document,
    const struct sign_key *key, const struct sign_options *options,
    const struct pdf_sign_options *pdf, struct error *err)
{
	const struct reader_bounds bounds = ops_reader_bounds(engine);

	if (engine->parts.reader == NULL)
		return pdf_sign(out, document, key, options, pdf, err);
	return reader_pdf_sign(
	    engine->parts.reader, &bounds, out, document, key, options, pdf, err);
}

int
ops_pdf_timestamp(const struct engine *engine, struct buf *out, struct span document,
    const struct timestamp_source *source, const struct pdf_timestamp_options *options,
    struct error *err)
{
	const struct reader_bounds bounds = ops_reader_bounds(engine);

	if (engine->parts.reader == NULL)
		return pdf_timestamp(
		    out, document, source, options, &engine_limits(engine)->format, err);
	return reader_pdf_timestamp(
	    engine->parts.reader, &bounds, out, document, source, options, err);
}
