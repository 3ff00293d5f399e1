/*
 * The job `audit-stamps`: once a day it states how far all chains of the audit log are, with a row
 * in the log that has the statement's digest, and sees that the statement is time-stamped. The keys
 * are not here: the stamp is made by an api process (server/ops/audit/stamper.h), which is asked by
 * NOTIFY and answers so. While none can be had the job fails, and is tried again as every job is;
 * what was stated waits.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "schema/store/audit_query.h"
#include "schema/store/listen.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/jobs/jobs.h"
#include "server/jobs/record.h"
#include "server/ops/journal/append.h"
#include "signing/core/digests.h"
#include "signing/proof/audit_heads.h"

#define WAIT_US	 (45 * INT64_C(1000000))
#define LOOK_MS	 1000 /* whether the server ends */
#define SHA256	 32
#define HEARS_ON "signet_stamp_made"

/* ---- stating ---- */

static int
write_statement(struct db *db, int64_t now, struct buf *text, int *chains, struct error *err)
{
	struct db_result *r;
	size_t i;
	int rc = audit_heads_begin(text, now, err);

	*chains = 0;
	if (rc != 0 || store_audit_chains(db, &r, err) != 0)
		return -1;
	for (i = 0; rc == 0 && i < db_rows(r); i++) {
		const struct audit_chain_row c = store_audit_chain_row(r, i);

		rc = audit_heads_add(text, c.name, &c.head, err);
		*chains += c.head.seq > 0;
	}
	db_result_free(r);
	return rc;
}

/* The row of the log: who alters the statement has to alter this chain, too, and what follows. */
static int
log_statement(struct job_context *context, int64_t now, int chains, const unsigned char *digest,
    struct error *err)
{
	char node[JOB_NODE_SIZE], caller[200], day[AUDIT_DAY_SIZE], reason[100];
	struct audit_row row = { .at_us = clock_now_us(),
		.caller = caller,
		.operation = AUDIT_STATE_OPERATION,
		.object = audit_day(day, now),
		.result = "Success",
		.reason = reason,
		.digest = { digest, SHA256 },
		.peer = "" };

	uuid_random(&row.request);
	snprintf(caller, sizeof(caller), "job audit-stamps on %.128s", context->node);
	snprintf(reason, sizeof(reason), "how far %d chains are", chains);
	return audit_append(context->db, job_node(node, context->node), &row, 1, err);
}

/* 1 today's was made, 0 it was there, -1. */
static int
state_in(struct job_context *context, int64_t now, struct error *err)
{
	unsigned char digest[DIGEST_SIZE_MAX];
	struct buf text = BUF_INIT(0);
	int chains, rc = -1;

	if (write_statement(context->db, now, &text, &chains, err) == 0 &&
	    buf_terminate(&text, err) == 0 &&
	    digest_span(DIGEST_SHA256, SPAN_OF(&text), digest, err) == 0)
		rc = store_audit_state(context->db, now / AUDIT_DAY_SECONDS * AUDIT_DAY_SECONDS,
		    now, context->node, (const char *)text.data, (struct span){ digest, SHA256 },
		    err);
	if (rc == 1 && log_statement(context, now, chains, digest, err) != 0)
		rc = -1;
	buf_release(&text);
	return rc;
}

static int
state(struct job_context *context, struct error *err)
{
	int rc;

	if (db_begin(context->db, err) != 0)
		return -1;
	rc = state_in(context, clock_now(), err);
	if (rc >= 0)
		return db_commit(context->db, err) == 0 ? rc : -1;
	db_rollback(context->db);
	return -1;
}

/* ---- waiting for the stamps ---- */

struct waiting {
	struct job_context *context;
	struct listener *listener;
	int64_t asked_us; /* by the database's clock */
	int64_t left;	  /* statements without a stamp */
	char failure[400];
};

static int
look(struct waiting *w, struct error *err)
{
	return store_audit_unstamped(
	    w->context->db, w->asked_us, &w->left, w->failure, sizeof(w->failure), err);
}

/* Until all are there, one failed, or nobody has answered in time. */
static int
wait_for_stamps(struct waiting *w, struct error *err)
{
	const int64_t end = clock_monotonic_us() + WAIT_US;
	struct pollfd fd = { .fd = listener_fd(w->listener), .events = POLLIN };

	for (;;) {
		if (look(w, err) != 0)
			return -1;
		if (w->left == 0 || w->failure[0] != '\0' || job_is_stopped(w->context) ||
		    clock_monotonic_us() >= end)
			return 0;
		if (poll(&fd, 1, LOOK_MS) > 0 && listener_take(w->listener, err) < 0)
			return -1;
	}
}

static int
get_stamps(struct waiting *w, struct error *err)
{
	int rc = -1;

	if (listener_open_on(&w->listener, HEARS_ON, w->context->options, err) != 0)
		return -1;
	if (store_audit_want(w->context->db, &w->asked_us, err) == 0)
		rc = wait_for_stamps(w, err);
	listener_close(w->listener);
	return rc;
}

int
job_audit_stamps(struct job_context *context, struct job_result *result, struct error *err)
{
	struct waiting w = { .context = context, .asked_us = clock_now_us() };
	char day[AUDIT_DAY_SIZE];
	int64_t wanted;
	int made = state(context, err);

	if (made < 0 || look(&w, err) != 0)
		return -1;
	wanted = w.left;
	if (wanted > 0 && get_stamps(&w, err) != 0)
		return -1;
	result->has_changed = wanted > w.left;
	if (w.left > 0)
		return error_set(err, ERROR_UNAVAILABLE,
		    "%" PRId64 " statements about the audit log have no time stamp yet: %s", w.left,
		    w.failure[0] != '\0'
			? w.failure
			: "no server answered in time; see whether the servers run");
	snprintf(result->message, sizeof(result->message),
	    "the chains of the audit log are time-stamped up to %s%s", audit_day(day, clock_now()),
	    wanted == 0 ? "; nothing was left to do" : "");
	return 0;
}
