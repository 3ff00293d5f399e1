/*
 * server/jobs/figures.h: what the jobs process counts and the api process shows, in memory that
 * they share. Each server tells what it did itself.
 */
#ifndef SIGNET_JOBS_FIGURES_H
#define SIGNET_JOBS_FIGURES_H

#include <stdatomic.h>
#include <stdint.h>

#include "schema/store/user_certificate.h"
#include "server/base/buf.h"

#define JOBS_FIGURES_MAX 16 /* jobs in the table */
#define EXPIRY_STEPS	 4
extern const int expiry_days[EXPIRY_STEPS]; /* 60, 30, 14, 7 */

struct job_figures {
	_Atomic uint64_t runs, failures;
	_Atomic int64_t last_us;  /* how long the last one took */
	_Atomic int64_t last_end; /* seconds; 0: none yet */
	_Atomic int64_t next;	  /* seconds; 0: not known */
	_Atomic int is_failing;	  /* the last one failed */
};
struct jobs_figures {
	_Atomic int is_connected; /* to the database */
	_Atomic int64_t running;
	struct job_figures job[JOBS_FIGURES_MAX]; /* as in job_kinds */
	_Atomic int64_t expiring[EXPIRY_STEPS];	  /* certificates that end within so many days */
	/* users' certificates, by what is known of them */
	_Atomic int64_t user_certificates[USER_CERTIFICATE_STATES];
	_Atomic int64_t user_certificates_overdue; /* unknown for longer than the tenant's grace */
};

/* The lines for Prometheus; `arg` is a struct jobs_figures. */
int jobs_figures_text(void *arg, struct buf *out, struct error *err);
/* The names of the jobs whose last run here failed, "a, b"; "" for none. */
void jobs_figures_failing(const struct jobs_figures *figures, char *out, size_t size);

#endif
