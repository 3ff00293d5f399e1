#include "server/jobs/jobs.h"

#include <string.h>

const struct job_kind job_kinds[] = {
	{ "trust-lists", job_trust_lists },
	{ "revocation", job_revocation },
	{ "expiry", job_expiry },
	{ "history", job_history },
	{ "case-remains", job_case_remains },
	{ "user-certificates", job_user_certificates },
	{ "audit-stamps", job_audit_stamps },
};
const unsigned int job_kind_count = sizeof(job_kinds) / sizeof(job_kinds[0]);
_Static_assert(
    sizeof(job_kinds) / sizeof(job_kinds[0]) <= JOBS_FIGURES_MAX, "too many jobs for the figures");

int
job_kind_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < job_kind_count; i++)
		if (strcmp(job_kinds[i].name, name) == 0)
			return (int)i;
	return -1;
}

int
job_is_stopped(const struct job_context *context)
{
	return context->stop != NULL && atomic_load(context->stop);
}
