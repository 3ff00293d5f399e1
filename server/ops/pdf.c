/* PDFs: made by the read process, within its bounds. */
#include "server/ops/private.h"
#include "server/read/reader.h"
#include "signing/format/pdf/pdf_extend.h"
#include "signing/format/pdf/pdf_decrypt.h"

int
ops_pdf_decrypt(const struct engine *engine, struct request *req, struct buf *out,
    struct span document, const struct pdf_read_options *options, struct error *err)
{
	const struct reader_bounds bounds = ops_reader_bounds(engine, req);

	if (engine->parts.reader == NULL)
		return pdf_decrypt(out, document, options, err);
	return reader_pdf_decrypt(engine->parts.reader, &bounds, out, document, options, err);
}

int
ops_pdf_sign(const struct engine *engine, struct request *req, struct buf *out,
    struct span document, const struct sign_key *key, const struct sign_options *options,
    const struct pdf_sign_options *pdf, struct error *err)
{
	const struct reader_bounds bounds = ops_reader_bounds(engine, req);

	if (engine->parts.reader == NULL)
		return pdf_sign(out, document, key, options, pdf, err);
	return reader_pdf_sign(
	    engine->parts.reader, &bounds, out, document, key, options, pdf, err);
}

int
ops_pdf_timestamp(const struct engine *engine, struct request *req, struct buf *out,
    struct span document, const struct timestamp_source *source,
    const struct pdf_timestamp_options *options, struct error *err)
{
	const struct reader_bounds bounds = ops_reader_bounds(engine, req);

	if (engine->parts.reader == NULL)
		return pdf_timestamp(
		    out, document, source, options, &engine_limits(engine)->format, err);
	return reader_pdf_timestamp(
	    engine->parts.reader, &bounds, out, document, source, options, err);
}

int
ops_pdf_store(const struct engine *engine, struct request *req, struct buf *out,
    struct span document, const struct evidence *data, const char *password, struct error *err)
{
	const struct reader_bounds bounds = ops_reader_bounds(engine, req);
	const struct pdf_extend_options options = { .password = password };

	if (engine->parts.reader == NULL)
		return pdf_extend(out, document, EXTEND_LT, data, NULL, &options,
		    &engine_limits(engine)->format, err);
	return reader_pdf_store(engine->parts.reader, &bounds, out, document, data, password, err);
}
