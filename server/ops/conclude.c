/* What must be on disk before an answer may leave: the audit row, and the answer of a requestId. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/caller.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/ops/answer.h"
#include "server/ops/journal/journal.h"
#include "server/ops/private.h"

/* The largest answer that is kept for a repetition. */
#define KEPT_ANSWER_MAX ((size_t)256 << 20)

struct pending {
	struct engine *engine;
	struct audit_row row;
	struct request_record record;
	int has_record;
	struct buf answer;
	struct journal_case *cases;
	size_t case_count;
	char caller[300], object[128], reason[820], peer[64], request_id[520];
	unsigned char digest[32];
	void (*done)(void *arg, const struct error *failure);
	void *arg;
};

static void
fill_row(struct pending *p, const struct request *req, const struct error *failure)
{
	const struct caller *caller = req->caller;
	struct audit_row *row = &p->row;

	text_copy(p->object, sizeof(p->object), req->object);
	text_copy(p->peer, sizeof(p->peer), req->peer);
	memcpy(p->digest, req->digest, sizeof(p->digest));
	if (failure != NULL) /* and what was done before, such as which keys decrypted */
		snprintf(p->reason, sizeof(p->reason), "%s%s%s", failure->text,
		    req->out.result.message[0] != '\0' ? "; " : "", req->out.result.message);
	else if (req->is_replay)
		text_copy(p->reason, sizeof(p->reason), "the answer of an earlier request, again");
	else
		text_copy(p->reason, sizeof(p->reason), req->out.result.message);
	if (caller != NULL)
		snprintf(
		    p->caller, sizeof(p->caller), "%s/%s", caller->tenant_name, caller->user_name);
	else
		text_copy(p->caller, sizeof(p->caller), req->claimed_user);
	*row = (struct audit_row){
		.at_us = req->time_us,
		.caller = p->caller,
		.operation = req->operation != NULL ? req->operation->name : "",
		.object = p->object,
		.result = failure != NULL			    ? error_kind_name(failure->kind)
			  : req->out.result.major == RESULT_SUCCESS ? "Success"
								    : "Warning",
		.reason = p->reason,
		.peer = p->peer,
		.digest = { p->digest, req->has_digest ? sizeof(p->digest) : 0 },
		.size_in = (int64_t)req->bytes_in,
		.size_out = (int64_t)req->bytes_out,
		.duration_us = clock_now_us() - req->time_us,
	};
	if (uuid_parse(req->id, &row->request) != 0)
		log_warning("request id %s is no UUID", req->id);
	if (caller != NULL) {
		row->tenant = caller->tenant;
		row->user = caller->user;
	} else
		row->tenant = req->log_tenant;
}

/* Keep the answer of a request that signs or stamps and that the caller gave an id. */
static int
fill_record(struct pending *p, const struct request *req, struct error *err)
{
	if (!request_is_once(req) || req->is_replay)
		return 0;
	buf_init(&p->answer, KEPT_ANSWER_MAX);
	if (answer_encode(req, &p->answer, err) != 0)
		return -1;
	text_copy(p->request_id, sizeof(p->request_id), req->client_request_id);
	p->record = (struct request_record){ .tenant = req->caller->tenant,
		.user = req->caller->user,
		.id = p->request_id,
		.operation = req->operation->name,
		.answer = SPAN_OF(&p->answer) };
	memcpy(p->record.digest, req->digest, sizeof(p->record.digest));
	p->has_record = 1;
	return 0;
}

/* The cases that it stored, to be sealed with the row. */
static int
fill_cases(struct pending *p, const struct request *req, struct error *err)
{
	size_t i;

	if (req->is_replay || !req->in.store)
		return 0;
	p->cases = calloc(req->out.verified_count + 1, sizeof(*p->cases));
	if (p->cases == NULL)
		return error_memory(err);
	for (i = 0; i < req->out.verified_count; i++) {
		const struct verified_document *v = &req->out.verified[i];
		struct journal_case *to = &p->cases[p->case_count];

		if (!v->has_case)
			continue;
		to->id = v->case_id;
		memcpy(to->digest, v->case_digest, sizeof(to->digest));
		p->case_count++;
	}
	return 0;
}

int
ops_conclude(struct engine *engine, struct request *req, const struct error *failure,
    struct pending **pending, struct error *err)
{
	struct pending *p = calloc(1, sizeof(*p));

	*pending = NULL;
	if (p == NULL)
		return error_memory(err);
	p->engine = engine;
	fill_row(p, req, failure);
	if (failure == NULL && (fill_record(p, req, err) != 0 || fill_cases(p, req, err) != 0)) {
		pending_cancel(p);
		return -1;
	}
	*pending = p;
	return 0;
}

void
pending_cancel(struct pending *pending)
{
	if (pending == NULL)
		return;
	buf_release(&pending->answer);
	free(pending->cases);
	free(pending);
}

static void
committed(void *arg, const struct journal_result *result)
{
	struct pending *p = arg;
	void (*done)(void *, const struct error *) = p->done;
	void *done_arg = p->arg;
	struct error taken = ERROR_INIT;

	pending_cancel(p);
	if (result->outcome == JOURNAL_TAKEN) {
		error_set(&taken, ERROR_UNAVAILABLE,
		    "the same request was answered at the same moment; repeat it to get that "
		    "answer");
		taken.retry_after = 1;
	}
	done(done_arg, result->outcome == JOURNAL_COMMITTED ? NULL
		       : result->outcome == JOURNAL_TAKEN   ? &taken
							    : result->err);
}

void
pending_start(
    struct pending *pending, void (*done)(void *arg, const struct error *failure), void *arg)
{
	struct error err = ERROR_INIT;

	pending->done = done;
	pending->arg = arg;
	if (journal_submit_cases(pending->engine->parts.journal, &pending->row,
		pending->has_record ? &pending->record : NULL, pending->cases, pending->case_count,
		committed, pending, &err) != 0) {
		pending_cancel(pending);
		done(arg, &err);
	}
}
