/*
 * The job `expiry`: certificates of our own that end soon (keys, users, trust anchors, our
 * time-stamp authorities) are told in the log, once at each of expiry_days and every time in the
 * last of them, and counted for the figures.
 */
#include <stdio.h>
#include <string.h>

#include "schema/store/job.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/jobs/jobs.h"
#include "signing/core/certs.h"
#include "signing/core/ossl.h"

#define DAY 86400

struct watch {
	int64_t now, before; /* the run before this one; DB_NO_TIME: none */
	int64_t within[EXPIRY_STEPS];
	int64_t first;
	char first_name[400];
};

/* How many of the steps were reached at this time; one more once it has ended. */
static int
steps_at(int64_t not_after, int64_t now)
{
	int i, n = 0;

	for (i = 0; i < EXPIRY_STEPS; i++)
		n += not_after - now < expiry_days[i] * (int64_t)DAY;
	return n + (not_after < now);
}

static int
end_of(const struct own_certificate *c, int64_t *not_after)
{
	X509 *cert;
	int ok = 0;

	*not_after = c->not_after;
	if (c->not_after != DB_NO_TIME)
		return 0;
	cert = cert_decode(c->certificate);
	if (cert != NULL)
		*not_after = asn1_time_seconds(X509_get0_notAfter(cert), &ok);
	X509_free(cert);
	return ok ? 0 : -1;
}

static void
look_at(struct watch *w, const struct own_certificate *c)
{
	char when[TEXT_TIME_SIZE], name[400];
	int64_t not_after;
	int i, steps;

	if (end_of(c, &not_after) != 0 || (steps = steps_at(not_after, w->now)) == 0)
		return;
	for (i = 0; i < EXPIRY_STEPS && i < steps; i++)
		w->within[i]++;
	snprintf(name, sizeof(name), "the certificate of %s \"%.100s\"%s%.100s", c->kind, c->name,
	    c->tenant[0] != '\0' ? " of tenant " : "", c->tenant);
	if (w->first == 0 || not_after < w->first) {
		w->first = not_after;
		memcpy(w->first_name, name, sizeof(name));
	}
	if (steps >= EXPIRY_STEPS || w->before == DB_NO_TIME ||
	    steps != steps_at(not_after, w->before))
		log_warning("%s %s at %s", name, not_after < w->now ? "ended" : "ends",
		    text_time(when, not_after));
}

int
job_expiry(struct job_context *context, struct job_result *result, struct error *err)
{
	struct watch w = { .now = clock_now(), .before = context->last_good };
	char when[TEXT_TIME_SIZE];
	struct own_certificate c;
	struct db_result *r;
	size_t i;

	if (store_own_certificates(
		context->db, context->tenant, w.now + expiry_days[0] * (int64_t)DAY, &r, err) != 0)
		return -1;
	for (i = 0; i < db_rows(r); i++) {
		c = store_own_certificate(r, i);
		look_at(&w, &c);
	}
	db_result_free(r);
	/* The figures are the installation's; a tenant's own job shows in its history only. */
	for (i = 0; i < EXPIRY_STEPS && context->tenant == NULL; i++)
		atomic_store(&context->figures->expiring[i], w.within[i]);
	result->is_warning = w.within[0] > 0;
	if (w.within[0] == 0)
		snprintf(result->message, sizeof(result->message),
		    "no certificate ends within %d days", expiry_days[0]);
	else
		snprintf(result->message, sizeof(result->message),
		    "%lld certificates end within %d days, first %s at %s", (long long)w.within[0],
		    expiry_days[0], w.first_name, text_time(when, w.first));
	return 0;
}
