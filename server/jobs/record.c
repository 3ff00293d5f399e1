#include "server/jobs/record.h"

#include <stdio.h>
#include <string.h>

#include "server/ops/journal/append.h"

#define REASON_SIZE 601 /* as the journal keeps it */

/* A name of a node has at most 128 characters. */
#define NODE_PART 122

char *
job_node(char out[JOB_NODE_SIZE], const char *node)
{
	snprintf(out, JOB_NODE_SIZE, "%.*s/jobs", NODE_PART, node);
	return out;
}

int
job_record(struct db *db, const char *node, const struct job_record *record, struct error *err)
{
	char name[JOB_NODE_SIZE], reason[REASON_SIZE];
	struct audit_row row = { .at_us = record->at_us,
		.caller = "signetd",
		.operation = "RunJob",
		.object = record->job,
		.result = record->result,
		.reason = reason,
		.peer = "",
		.duration_us = record->took_us };

	/* What peers have said may stand in it. */
	text_copy(reason, sizeof(reason), record->reason);
	if (!text_is_utf8(reason, strlen(reason)))
		text_printable(reason, sizeof(reason), record->reason);
	uuid_random(&row.request);
	if (record->tenant != NULL)
		row.tenant = *record->tenant;
	return audit_append(db, job_node(name, node), &row, 1, err);
}
