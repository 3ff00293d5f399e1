#include "server/jobs/record.h"

#include <stdio.h>

#include "server/base/log.h"
#include "server/ops/journal/journal.h"

#define PATIENCE_MS 5000 /* the connection of a predecessor may hold the chain for a moment yet */

int
job_record_open(struct journal **journal, const struct db_options *connection, const char *node,
    struct error *err)
{
	char name[129];
	const struct journal_options options = { .connection = *connection,
		.node = name,
		.patience_ms = PATIENCE_MS,
		.may_start_away = 1 };

	snprintf(name, sizeof(name), "%.122s/jobs", node);
	return journal_open(journal, &options, err);
}

static void
done(void *arg, const struct journal_result *result)
{
	(void)arg;
	if (result->outcome != JOURNAL_COMMITTED)
		log_error("a run of a job is not in the audit log: %s", result->err->text);
}

void
job_record(struct journal *journal, const struct job_record *record)
{
	struct audit_row row = { .at_us = record->at_us,
		.caller = "signetd",
		.operation = "RunJob",
		.object = record->job,
		.result = record->result,
		.reason = record->reason,
		.peer = "",
		.duration_us = record->took_us };
	struct error err = ERROR_INIT;

	uuid_random(&row.request);
	if (record->tenant != NULL)
		row.tenant = *record->tenant;
	if (journal_submit(journal, &row, NULL, done, NULL, &err) != 0)
		log_failure(LOG_LEVEL_ERROR, "a run of a job is not in the audit log", &err);
}
