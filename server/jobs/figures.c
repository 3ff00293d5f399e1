#include "server/jobs/figures.h"

#include <inttypes.h>
#include <stdio.h>

#include "server/jobs/jobs.h"

const int expiry_days[EXPIRY_STEPS] = { 60, 30, 14, 7 };

static double
runs(const struct job_figures *f)
{
	return (double)atomic_load(&f->runs);
}

static double
failures(const struct job_figures *f)
{
	return (double)atomic_load(&f->failures);
}

static double
duration(const struct job_figures *f)
{
	return (double)atomic_load(&f->last_us) / 1e6;
}

static double
last_end(const struct job_figures *f)
{
	return (double)atomic_load(&f->last_end);
}

static double
next(const struct job_figures *f)
{
	return (double)atomic_load(&f->next);
}

static const struct family {
	const char *name, *type, *help;
	double (*value)(const struct job_figures *f);
} families[] = {
	{ "job_runs_total", "counter", "Runs of each job on this server.", runs },
	{ "job_failures_total", "counter", "Those of them that failed.", failures },
	{ "job_last_duration_seconds", "gauge", "How long the last one took.", duration },
	{ "job_last_end_seconds", "gauge", "When the last one ended, since 1970.", last_end },
	{ "job_next_seconds", "gauge", "When it is due on any server, since 1970.", next },
};
#define FAMILIES (sizeof(families) / sizeof(families[0]))

static int
head(struct buf *out, const char *name, const char *type, const char *help, struct error *err)
{
	return buf_printf(
	    out, err, "# HELP signet_%s %s\n# TYPE signet_%s %s\n", name, help, name, type);
}

static int
user_certificates_text(const struct jobs_figures *figures, struct buf *out, struct error *err)
{
	int i;

	if (head(out, "user_certificates", "gauge",
		"Users' certificates that are not withdrawn, by state, as the job "
		"user-certificates "
		"saw them.",
		err) != 0)
		return -1;
	for (i = 0; i < USER_CERTIFICATE_STATES; i++)
		if (buf_printf(out, err, "signet_user_certificates{state=\"%s\"} %" PRId64 "\n",
			user_certificate_state_name((enum user_certificate_state)i),
			atomic_load(&figures->user_certificates[i])) != 0)
			return -1;
	if (head(out, "user_certificates_overdue", "gauge",
		"Those of unknown state for longer than their tenant's grace.", err) != 0)
		return -1;
	return buf_printf(out, err, "signet_user_certificates_overdue %" PRId64 "\n",
	    atomic_load(&figures->user_certificates_overdue));
}

int
jobs_figures_text(void *arg, struct buf *out, struct error *err)
{
	const struct jobs_figures *figures = arg;
	unsigned int k, i;

	for (k = 0; k < FAMILIES; k++) {
		if (head(out, families[k].name, families[k].type, families[k].help, err) != 0)
			return -1;
		for (i = 0; i < job_kind_count; i++)
			if (buf_printf(out, err, "signet_%s{job=\"%s\"} %.17g\n", families[k].name,
				job_kinds[i].name, families[k].value(&figures->job[i])) != 0)
				return -1;
	}
	if (head(out, "certificates_expiring", "gauge",
		"Certificates of our own that end within so many days, as the job expiry saw them.",
		err) != 0)
		return -1;
	for (i = 0; i < EXPIRY_STEPS; i++)
		if (buf_printf(out, err, "signet_certificates_expiring{days=\"%d\"} %" PRId64 "\n",
			expiry_days[i], atomic_load(&figures->expiring[i])) != 0)
			return -1;
	return user_certificates_text(figures, out, err);
}

void
jobs_figures_failing(const struct jobs_figures *figures, char *out, size_t size)
{
	size_t len = 0;
	unsigned int i;

	out[0] = '\0';
	for (i = 0; i < job_kind_count && len < size; i++)
		if (atomic_load(&figures->job[i].is_failing))
			len += (size_t)snprintf(
			    out + len, size - len, "%s%s", len > 0 ? ", " : "", job_kinds[i].name);
}
