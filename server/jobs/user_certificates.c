/*
 * The job `user-certificates` (S2-31): each user's certificate is looked at anew, by CRL and OCSP
 * as they are when the run begins, and what is known of it is written down. Who is revoked, or on
 * hold, is refused from that moment on by all servers: the database tells them (signet_changed).
 *
 * A tenant after the other, by pages; in each, and among the tenants, those first that were left
 * alone for longest. So a run that was cut off is gone on with where it ended, and whatever it had
 * done already is done again at last.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/user_certificate.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/jobs/jobs.h"
#include "server/jobs/record.h"
#include "server/ops/evidence/patience.h"
#include "server/ops/journal/append.h"
#include "server/ops/trust/material.h"
#include "server/ops/user_status.h"
#include "signing/core/certs.h"

#define PAGE 100

/* One certificate of the page under way, and what is written of it. */
struct looked {
	struct user_status status;
	enum user_certificate_state before;
	const char *user_name;
	char object[640], reason[640];
};

struct looking {
	struct job_context *context;
	struct uuid tenant;
	const struct material *material;
	struct user_status_terms terms;
	struct patience patience;
	struct uuid id; /* of the run, in the log */
	/* not yet written down */
	struct user_certificate_seen seen[PAGE];
	struct looked looked[PAGE];
	size_t count;
	/* of the whole run */
	uint64_t all, changed, lost, tenants; /* lost: certificates that lost their access */
};

/* ---- writing down ---- */

static int
may_call(enum user_certificate_state state)
{
	return state != USER_CERTIFICATE_REVOKED && state != USER_CERTIFICATE_ON_HOLD;
}

static void
describe(struct looked *l, const struct user_certificate_seen *seen)
{
	char hex[2 * FINGERPRINT_SIZE + 1];

	snprintf(l->object, sizeof(l->object), "user \"%s\", certificate %s", l->user_name,
	    text_hex(hex, seen->fingerprint, FINGERPRINT_SIZE));
	snprintf(l->reason, sizeof(l->reason), "%s -> %s: %s",
	    user_certificate_state_name(l->before), user_certificate_state_name(seen->check.state),
	    seen->check.reason);
}

/* The rows of those whose state is another now; how many. */
static size_t
log_rows(struct looking *k, const char *caller, struct audit_row *rows)
{
	size_t i, n = 0;

	for (i = 0; i < k->count; i++) {
		struct looked *l = &k->looked[i];
		const enum user_certificate_state state = k->seen[i].check.state;

		if (state == l->before)
			continue;
		describe(l, &k->seen[i]);
		rows[n++] = (struct audit_row){ .at_us = clock_now_us(),
			.request = k->id,
			.tenant = k->tenant,
			.caller = caller,
			.operation = "CheckUserCertificate",
			.object = l->object,
			.result = state == USER_CERTIFICATE_GOOD ||
					  state == USER_CERTIFICATE_NOT_CHECKABLE
				      ? "Success"
				      : "Warning",
			.reason = l->reason,
			.digest = { k->seen[i].fingerprint, FINGERPRINT_SIZE },
			.peer = "" };
	}
	return n;
}

/* What was found and its rows of the log: both or neither. */
static int
commit(struct looking *k, struct audit_row *rows, size_t row_count, struct error *err)
{
	struct db *db = k->context->db;
	char node[JOB_NODE_SIZE];

	if (db_begin(db, err) != 0)
		return -1;
	if (store_user_certificate_seen(db, &k->tenant, k->context->run, k->seen, k->count, err) ==
		0 &&
	    audit_append(db, job_node(node, k->context->node), rows, row_count, err) == 0)
		return db_commit(db, err);
	db_rollback(db);
	return -1;
}

static void
tell(struct looking *k, const struct audit_row *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(rows[i].result, "Success") == 0)
			log_info("%s: %s", rows[i].object, rows[i].reason);
		else
			log_warning("%s: %s", rows[i].object, rows[i].reason);
	for (i = 0; i < k->count; i++)
		k->lost += may_call(k->looked[i].before) && !may_call(k->seen[i].check.state);
	k->changed += count;
	k->all += k->count;
}

static int
flush(struct looking *k, struct error *err)
{
	struct audit_row *rows;
	char caller[200];
	size_t count;
	int rc;

	if (k->count == 0)
		return 0;
	rows = calloc(k->count, sizeof(*rows));
	if (rows == NULL)
		return error_memory(err);
	snprintf(caller, sizeof(caller), "job user-certificates on %.128s", k->context->node);
	count = log_rows(k, caller, rows);
	rc = commit(k, rows, count, err);
	if (rc == 0)
		tell(k, rows, count);
	free(rows);
	k->count = 0;
	return rc;
}

/* ---- looking ---- */

static int
find(struct looking *k, const struct user_certificate_due *due, struct user_status *status,
    struct error *err)
{
	X509 *cert;
	int rc = 0;

	if (user_status_is_final(&due->check)) {
		status->check = due->check; /* as of when it was asked */
		return 0;
	}
	cert = cert_decode(due->certificate);
	if (cert == NULL)
		user_status_unreadable(status, &k->terms);
	else
		rc =
		    user_status_find(k->context->engine, k->material, cert, &k->terms, status, err);
	X509_free(cert);
	if (rc == 0)
		user_status_follow(status, &due->check);
	return rc;
}

static int
look_at(struct looking *k, const struct user_certificate_due *due, struct error *err)
{
	struct looked *l = &k->looked[k->count];
	struct user_certificate_seen *seen = &k->seen[k->count];

	k->terms.now = clock_now();
	if (find(k, due, &l->status, err) != 0)
		return -1;
	l->before = due->check.state;
	l->user_name = due->user_name;
	seen->fingerprint = due->fingerprint;
	seen->check = l->status.check;
	k->count++;
	/* Who loses his access, or has it again, does not wait for the rest of the page. */
	return may_call(l->before) != may_call(seen->check.state) ? flush(k, err) : 0;
}

/* 1 there was a page, 0 there is none any more, -1. */
static int
look_at_page(struct looking *k, struct user_certificate_walk *walk, struct error *err)
{
	struct user_certificate_due due;
	struct db_result *r;
	size_t i, n;
	int rc = 0;

	if (store_user_certificate_due(
		k->context->db, &k->tenant, k->context->run, PAGE, walk, &r, err) != 0)
		return -1;
	n = db_rows(r);
	for (i = 0; i < n && rc == 0 && !job_is_stopped(k->context); i++) {
		due = store_user_certificate_due_row(r, i);
		if (due.is_active)
			rc = look_at(k, &due, err);
	}
	if (rc == 0)
		rc = flush(k, err);
	db_result_free(r);
	return rc != 0 ? -1 : n > 0;
}

static int
look_at_tenant(struct looking *k, struct error *err)
{
	struct user_certificate_walk walk = { 0 };
	int rc;

	if (material_for_verdicts(&k->material, k->context->engine, &k->tenant, err) != 0)
		return -1;
	do
		rc = look_at_page(k, &walk, err);
	while (rc > 0 && !job_is_stopped(k->context));
	material_unref(k->material);
	k->tenants++;
	return rc < 0 ? -1 : 0;
}

/* ---- the whole ---- */

static int
conclude(struct looking *k, struct job_result *result, struct error *err)
{
	struct jobs_figures *figures = k->context->figures;
	struct user_certificate_counts counts;
	int i;

	if (store_user_certificate_counts(
		k->context->db, k->context->tenant, clock_now(), &counts, err) != 0)
		return -1;
	/* The figures are the installation's; a tenant's own job shows in its history only. */
	if (k->context->tenant == NULL) {
		for (i = 0; i < USER_CERTIFICATE_STATES; i++)
			atomic_store(&figures->user_certificates[i], counts.state[i]);
		atomic_store(&figures->user_certificates_overdue, counts.overdue);
	}
	result->is_warning = k->lost > 0 || counts.overdue > 0;
	result->has_changed = k->changed > 0 || k->lost > 0;
	snprintf(result->message, sizeof(result->message),
	    "%" PRIu64 " certificates of %" PRIu64 " tenants were looked at, %" PRIu64
	    " changed, %" PRIu64 " lost their access; there are now %" PRId64 " good, %" PRId64
	    " not checkable, %" PRId64 " unknown (%" PRId64 " for longer than the grace), %" PRId64
	    " on hold, %" PRId64 " revoked, %" PRId64 " expired",
	    k->all, k->tenants, k->changed, k->lost, counts.state[USER_CERTIFICATE_GOOD],
	    counts.state[USER_CERTIFICATE_NOT_CHECKABLE], counts.state[USER_CERTIFICATE_UNKNOWN],
	    counts.overdue, counts.state[USER_CERTIFICATE_ON_HOLD],
	    counts.state[USER_CERTIFICATE_REVOKED], counts.state[USER_CERTIFICATE_EXPIRED]);
	return 0;
}

int
job_user_certificates(struct job_context *context, struct job_result *result, struct error *err)
{
	struct looking *k = calloc(1, sizeof(*k));
	struct db_result *tenants = NULL;
	size_t i;
	int rc;

	if (k == NULL)
		return error_memory(err);
	k->context = context;
	k->terms.since_us = clock_now_us();
	k->terms.patience = &k->patience;
	uuid_random(&k->id);
	rc = store_user_certificate_tenants(context->db, context->tenant, &tenants, err);
	for (i = 0; rc == 0 && i < db_rows(tenants) && !job_is_stopped(context); i++) {
		k->tenant = db_uuid(tenants, i, 0);
		rc = look_at_tenant(k, err);
	}
	db_result_free(tenants);
	if (rc == 0)
		rc = conclude(k, result, err);
	free(k);
	return rc;
}
