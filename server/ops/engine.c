#include "server/ops/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/decide.h"
#include "schema/store/pool.h"
#include "schema/store/request.h"
#include "server/base/clock.h"
#include "server/ops/answer.h"
#include "server/base/clock.h"
#include "server/ops/private.h"
#include "server/ops/journal/serial.h"
#include "signing/trust/catalogue_file.h"

int
engine_set_limits(struct engine *engine, const struct limits *limits, struct error *err)
{
	struct limits_kept *kept = malloc(sizeof(*kept));

	if (kept == NULL)
		return error_memory(err);
	kept->limits = *limits;
	kept->older = atomic_load(&engine->limits);
	atomic_store(&engine->limits, kept);
	return 0;
}

int
engine_set_catalogue(struct engine *engine, struct catalogue_file *file, struct error *err)
{
	struct catalogue_kept *kept = malloc(sizeof(*kept));

	if (kept == NULL)
		return error_memory(err);
	kept->file = file;
	kept->older = atomic_load(&engine->catalogue);
	atomic_store(&engine->catalogue, kept);
	return 0;
}

const struct catalogue_file *
engine_catalogue_file(const struct engine *engine)
{
	const struct catalogue_kept *kept = atomic_load(&((struct engine *)engine)->catalogue);

	return kept != NULL ? kept->file : NULL;
}

const struct catalogue *
engine_catalogue(const struct engine *engine)
{
	const struct catalogue_file *file = engine_catalogue_file(engine);

	return file != NULL ? &file->catalogue : catalogue_builtin();
}

static void
free_catalogues(struct engine *engine)
{
	struct catalogue_kept *kept, *older;

	for (kept = atomic_load(&engine->catalogue); kept != NULL; kept = older) {
		older = kept->older;
		catalogue_file_free(kept->file);
		free(kept);
	}
}

int
engine_new(struct engine **engine, const struct engine_parts *parts, struct error *err)
{
	struct engine *e = calloc(1, sizeof(*e));

	*engine = NULL;
	if (e == NULL)
		return error_memory(err);
	e->parts = *parts;
	e->parts.limits = NULL;
	snprintf(e->node, sizeof(e->node), "%s", parts->node);
	e->parts.node = e->node;
	snprintf(e->tsa_tenant, sizeof(e->tsa_tenant), "%s",
	    parts->tsa_tenant != NULL ? parts->tsa_tenant : "");
	e->parts.tsa_tenant = e->tsa_tenant;
	if (engine_set_limits(e, parts->limits, err) != 0 ||
	    serials_new(&e->serials, parts->pool, err) != 0 ||
	    depot_new(&e->depot, parts->pool, err) != 0 || rate_new(&e->strangers, err) != 0) {
		engine_free(e);
		return -1;
	}
	*engine = e;
	return 0;
}

void
engine_free(struct engine *engine)
{
	struct limits_kept *kept, *older;

	if (engine == NULL)
		return;
	for (kept = atomic_load(&engine->limits); kept != NULL; kept = older) {
		older = kept->older;
		free(kept);
	}
	free_catalogues(engine);
	serials_free(engine->serials);
	depot_free(engine->depot);
	rate_free(engine->strangers);
	free(engine);
}

unsigned int
limits_share(unsigned int percent, unsigned int n)
{
	unsigned int share = (unsigned int)((uint64_t)n * percent / 100);

	if (percent == 0 || percent >= 100)
		return n;
	return share > 0 ? share : 1;
}

const struct limits *
engine_limits(const struct engine *engine)
{
	return &atomic_load(&((struct engine *)engine)->limits)->limits;
}

int
ops_admit(struct engine *engine, struct request *req, int *moved, struct error *err)
{
	const struct operation *op = req->operation;
	size_t i;

	*moved = 0;
	if (!(op->flags & OPERATION_OPEN) && authz_require(req->caller, (enum right)op->right, NULL,
						 req->time_us / 1000000, err) != 0)
		return -1;
	if (req->in.document_count > engine_limits(engine)->documents)
		return error_limit(err, ERROR_LIMIT, "limit-documents",
		    engine_limits(engine)->documents, req->in.document_count,
		    "too many documents in one request");
	for (i = 0; i < req->in.document_count; i++)
		req->in.documents[i].max_bytes = engine_limits(engine)->document_bytes;
	for (i = 0; i < req->in.original_count; i++)
		req->in.originals[i].max_bytes = engine_limits(engine)->document_bytes;
	if (op->admit != NULL && op->admit(engine, req, err) != 0)
		return -1;
	if (req->must_wait && !req->may_wait) {
		*moved = 1;
		return -1;
	}
	return 0;
}

/* Sizes and the digest of what came, for the audit row. */
static int
note_input(struct request *req, struct error *err)
{
	size_t i;

	for (i = 0; i < req->in.document_count; i++)
		req->bytes_in += req->in.documents[i].received > 0
				     ? req->in.documents[i].received
				     : req->in.documents[i].content.len;
	if (req->in.document_count + req->in.digest_count == 0)
		return 0;
	if (request_digest(req, req->digest, err) != 0)
		return -1;
	req->has_digest = 1;
	return 0;
}

int
request_is_once(const struct request *req)
{
	return req->client_request_id != NULL &&
	       ((req->operation->flags & OPERATION_ONCE) ||
		   ((req->operation->flags & OPERATION_ONCE_STORED) && req->in.store));
}

/* The answer of an earlier request with this id: 1 filled in, 0 there is none, -1. */
static int
find_answer(struct engine *engine, struct request *req, struct error *err)
{
	struct request_row row;
	struct db *db;
	int rc;

	if (db_pool_take(engine->parts.pool, &db, err) != 0)
		return -1;
	rc = store_request_find(
	    db, &req->caller->tenant, &req->caller->user, req->client_request_id, &row, err);
	db_pool_give(engine->parts.pool, db);
	if (rc != 1)
		return rc;
	if (strcmp(row.operation, req->operation->name) != 0 ||
	    !span_equal(row.digest, (struct span){ req->digest, sizeof(req->digest) }))
		rc = error_set(err, ERROR_CONFLICT,
		    "requestId %s was used before for another content; a new request needs a new "
		    "id",
		    req->client_request_id);
	else
		rc = answer_decode(req, row.answer, err) == 0 ? 1 : -1;
	db_result_free(row.result);
	req->is_replay = rc == 1;
	return rc;
}

int
ops_run(struct engine *engine, struct request *req, struct error *err)
{
	int rc = note_input(req, err);
	size_t i;

	req->until_us =
	    clock_monotonic_us() + (int64_t)engine_limits(engine)->request_seconds * 1000000;
	if (rc == 0 && request_is_once(req))
		rc = find_answer(engine, req, err);
	/* A verdict is not kept: its documents are judged again, and nothing is stored again. */
	if (rc == 0 || (rc == 1 && (req->operation->flags & OPERATION_ONCE_STORED)))
		rc = req->operation->run(engine, req, err);
	if (rc < 0)
		return -1;
	for (i = 0; i < req->out.item_count; i++)
		req->bytes_out += req->out.items[i].document.len;
	req->bytes_out += req->out.token.len;
	return 0;
}
