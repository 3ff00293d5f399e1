/* PDFs: by the read process, within its bounds. */
#include "authz/caller.h"
#include "server/base/clock.h"
#include "server/ops/private.h"
#include "server/read/reader.h"
#include "signing/format/pdf/pdf_extend.h"
#include "signing/format/pdf/pdf_decrypt.h"

int
ops_has_time(const struct engine *engine, const struct request *req, struct error *err)
{
	if (clock_monotonic_us() < req->until_us)
		return 1;
	error_limit(err, ERROR_LIMIT, "limit-request-seconds",
	    engine_limits(engine)->request_seconds, 0,
	    "seconds were needed by the documents before this one; send it in a request of its "
	    "own");
	return 0;
}

/* What is left of the request's time, but not nothing: the first document always has its turn. */
static unsigned int
seconds_left(const struct request *req)
{
	int64_t left = (req->until_us - clock_monotonic_us()) / 1000000;

	return left > 0 ? (unsigned int)left + 1 : 1;
}

struct reader_bounds
ops_reader_bounds(const struct engine *engine, const struct request *req)
{
	const struct limits *limits = engine_limits(engine);

	const struct reader *reader = engine->parts.reader;

	return (struct reader_bounds){ .memory = limits->read_memory,
		.cpu_seconds = limits->read_seconds,
		.seconds = seconds_left(req),
		.limits = &limits->format,
		.caller = req->caller != NULL ? req->caller->user : (struct uuid)UUID_NIL,
		.most_places =
		    reader != NULL ? limits_share(limits->caller_share, reader->places) : 0 };
}

void
ops_pdf_waits(const struct engine *engine, struct request *req)
{
	req->must_wait |= engine->parts.reader != NULL;
}

int
ops_pdf_read(const struct engine *engine, const struct request *req, struct signatures *signatures,
    struct pdf_timestamps *stamps, struct span document, const struct pdf_read_options *options,
    struct error *err)
{
	const struct reader_bounds bounds = ops_reader_bounds(engine, req);

	if (engine->parts.reader == NULL)
		return pdf_read_all(signatures, stamps, document, options, err);
	return reader_pdf_read(
	    engine->parts.reader, &bounds, signatures, stamps, document, options, err);
}

int
ops_pdf_decrypt(const struct engine *engine, const struct request *req, struct buf *out,
    struct span document, const struct pdf_read_options *options, struct error *err)
{
	const struct reader_bounds bounds = ops_reader_bounds(engine, req);

	if (engine->parts.reader == NULL)
		return pdf_decrypt(out, document, options, err);
	return reader_pdf_decrypt(engine->parts.reader, &bounds, out, document, options, err);
}

int
ops_pdf_sign(const struct engine *engine, const struct request *req, struct buf *out,
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
ops_pdf_timestamp(const struct engine *engine, const struct request *req, struct buf *out,
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
ops_pdf_store(const struct engine *engine, const struct request *req, struct buf *out,
    struct span document, const struct evidence *data, const char *password, struct error *err)
{
	const struct reader_bounds bounds = ops_reader_bounds(engine, req);
	const struct pdf_extend_options options = { .password = password };

	if (engine->parts.reader == NULL)
		return pdf_extend(out, document, EXTEND_LT, data, NULL, &options,
		    &engine_limits(engine)->format, err);
	return reader_pdf_store(engine->parts.reader, &bounds, out, document, data, password, err);
}
