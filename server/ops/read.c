/* Documents read: by the read process, within its bounds; in this one where little can happen. */
#include "authz/caller.h"
#include "server/base/clock.h"
#include "server/ops/private.h"
#include "server/read/reader.h"

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
ops_reader_bounds(const struct engine *engine, struct request *req)
{
	const struct limits *limits = engine_limits(engine);

	const struct reader *reader = engine->parts.reader;

	return (struct reader_bounds){ .memory = limits->read_memory,
		.cpu_seconds = limits->read_seconds,
		.worked_us = &req->file_us,
		.aside_us = &req->file_aside_us,
		.seconds = seconds_left(req),
		.limits = &limits->format,
		.caller = req->caller != NULL ? req->caller->user : (struct uuid)UUID_NIL,
		.most_places =
		    reader != NULL ? limits_share(limits->caller_share, reader->places) : 0 };
}

void
ops_waits(const struct engine *engine, struct request *req)
{
	req->must_wait |= engine->parts.reader != NULL;
}

int
ops_reads_here(const struct engine *engine, struct span content)
{
	return engine->parts.reader == NULL ||
	       (content.len <= OPS_READ_HERE_MAX && document_kind_of(content) == KIND_CMS);
}

/* 0, -1, or 1: it costs more than it may in this process. */
static int
read_cheaply(struct request *req, struct document_facts *facts, struct span content,
    const struct document_read_options *options, struct error *err)
{
	struct work work = WORK_INIT(OPS_READ_HERE_WORK);
	struct document_read_options cheap = *options;
	struct error why = ERROR_INIT;
	int rc;

	cheap.work = &work;
	rc = document_read(facts, content, &cheap, &why);
	req->file_us += work.allowed - work.left;
	if (work_check(&work, NULL) != 0) {
		document_facts_release(facts);
		return 1;
	}
	if (rc != 0 && err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return rc;
}

int
ops_may_wait(const struct engine *engine, struct request *req, struct error *err)
{
	ops_waits(engine, req);
	if (req->may_wait)
		return 0;
	return error_set(
	    err, ERROR_UNAVAILABLE, "the document must be read where waiting is allowed");
}

int
ops_read(const struct engine *engine, struct request *req, struct document_facts *facts,
    struct span content, const struct document_read_options *options,
    const struct unlock_desk *desk, struct error *err)
{
	const struct envelope_opener opener = { unlock_part, (void *)desk };
	struct document_read_options opening = *options;
	struct reader_bounds bounds;
	int rc;

	if (engine->parts.reader == NULL) {
		opening.opener = desk != NULL ? &opener : NULL;
		return document_read(facts, content, &opening, err);
	}
	if (ops_reads_here(engine, content) &&
	    (rc = read_cheaply(req, facts, content, options, err)) <= 0)
		return rc;
	if (ops_may_wait(engine, req, err) != 0)
		return -1;
	bounds = ops_reader_bounds(engine, req);
	return reader_read_open(engine->parts.reader, &bounds, facts, content, options, desk, err);
}

int
ops_unlock(const struct engine *engine, struct request *req, struct unlocked *out,
    struct span document, const struct unlock_desk *desk, struct error *err)
{
	struct reader_bounds bounds;

	if (engine->parts.reader == NULL)
		return unlock_document(out, document, &engine_limits(engine)->format, desk, err);
	if (ops_may_wait(engine, req, err) != 0)
		return -1;
	bounds = ops_reader_bounds(engine, req);
	return reader_open(engine->parts.reader, &bounds, out, document, desk, err);
}
