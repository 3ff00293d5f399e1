/* Jobs and nodes: when work is done by the clock, what became of it, and now. */
#include <string.h>

#include "server/ops/admin/call.h"

#define J_STATE 2 /* a field of Job */

int
admin_list_jobs(struct admin_call *call, struct error *err)
{
	const struct admin_list list = admin_plain_list(call, &admin_job_statements[JOB_PAGE], "");

	return admin_page(call, &list, err);
}

int
admin_list_nodes(struct admin_call *call, struct error *err)
{
	const struct admin_list list = admin_plain_list(call, &admin_job_statements[NODE_PAGE], "");

	return admin_page(call, &list, err);
}

int
admin_list_runs(struct admin_call *call, struct error *err)
{
	const struct admin_list list = { .page = &admin_job_statements[JOB_RUN_PAGE],
		.before = { *admin_in(call, "id") },
		.before_count = 1,
		.first = { "9223372036854775807", "" },
		.key_columns = { -1, -1 },
		.mark = "JobRuns" };
	struct record_value *was;

	call->x->total = -1;
	/* A job that is not there has no runs: say so. */
	return admin_load(call, admin_in(call, "id"), NULL, &was, err) == 0
		   ? admin_page(call, &list, err)
		   : -1;
}

int
admin_run_job(struct admin_call *call, struct error *err)
{
	const struct record_value *id = admin_in(call, "id");
	struct record_value *was;
	int rc = -1;

	if (admin_begin(call, err) != 0)
		return -1;
	if (admin_load(call, id, NULL, &was, err) != 0)
		goto done;
	if (strcmp(value_text(&was[J_STATE]), "Disabled") == 0) {
		error_set(err, ERROR_CONFLICT, "the job is disabled: it never runs");
		goto done;
	}
	if (admin_do(call, call->plan->statement, id, 1, err) == 0)
		rc = admin_tell_change(call, id, was, err);
done:
	return admin_end(call, rc, err);
}
