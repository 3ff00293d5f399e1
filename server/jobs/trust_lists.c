/*
 * The job `trust-lists` (S2-34): fetch the list of each active source and take it in. Lists of
 * lists come first, with their pivots, because they say who signs the others. What is refused is
 * recorded by trust_import(), and the last good list goes on counting.
 *
 * The URL of a source is the administrator's, and may be in his own network. What a list of lists
 * names (its pivots, and the address of a source without one) goes through the guard.
 */
#include <stdio.h>
#include <string.h>

#include "schema/store/job.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/jobs/jobs.h"
#include "server/ops/trust/trust.h"

#define CONNECT_MS 10000
#define TOTAL_MS   60000
#define REDIRECTS  3

struct taking {
	struct job_context *context;
	struct trust_source_row source;
	const struct uuid *tenant; /* of the source */
	struct buf list, pivots[TRUST_PIVOTS_MAX];
	size_t pivot_count;
	struct trust_import_result result;
};
struct tally {
	unsigned int accepted, unchanged, refused, failed;
	char first[500]; /* what went wrong first */
};

/* ---- fetching ---- */

static int
get(const char *url, const struct dial_guard *guard, struct buf *out, struct error *err)
{
	const struct fetch_request request = { .url = url,
		.accept = "application/vnd.etsi.tsl+xml, application/xml, text/xml, */*",
		.connect_ms = CONNECT_MS,
		.total_ms = TOTAL_MS,
		.max_answer = TRUST_LIST_BYTES_MAX,
		.guard = guard,
		.redirects = REDIRECTS };
	struct fetch_answer answer;

	if (fetch(&request, &answer, err) != 0)
		return -1;
	if (answer.status != 200) {
		error_set(
		    err, ERROR_UNAVAILABLE, "%.300s answered HTTP status %d", url, answer.status);
		fetch_answer_release(&answer);
		return -1;
	}
	*out = answer.body;
	answer.body = (struct buf)BUF_INIT(0);
	fetch_answer_release(&answer);
	return 0;
}

/* The address that the last good list of lists has for the source's territory. */
static int
get_named(struct taking *t, struct error *err)
{
	const struct trust_pointer *pointer;
	struct trust_list_row last;
	struct trust_list *lotl = NULL;
	int found = store_trust_list_last(t->context->db, t->tenant, &t->source.lotl, &last, err);
	int rc = -1;

	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "the list of lists that names its address was not imported yet");
	if (trust_list_read(&lotl, last.content, err) != 0)
		goto done;
	pointer = trust_lotl_pointer(lotl, t->source.territory);
	if (pointer == NULL || pointer->location == NULL)
		error_set(err, ERROR_NOT_FOUND,
		    "the list of lists names no list of the territory %s", t->source.territory);
	else
		rc = get(pointer->location, t->context->guard, &t->list, err);
done:
	trust_list_free(lotl);
	db_result_free(last.result);
	return rc;
}

/* Nothing is believed of the list yet but which further lists it wants to be judged with. */
static int
get_pivots(struct taking *t, struct error *err)
{
	const char *uris[TRUST_PIVOTS_MAX];
	struct error ignored = ERROR_INIT;
	struct trust_list *list;
	size_t count;
	int rc = 0;

	if (trust_list_read(&list, SPAN_OF(&t->list), &ignored) != 0)
		return 0; /* trust_import() says what is wrong with it */
	count = trust_lotl_pivots(list,
	    t->source.announcement[0] != '\0' ? t->source.announcement : NULL, uris,
	    TRUST_PIVOTS_MAX);
	while (rc == 0 && t->pivot_count < count && !job_is_stopped(t->context)) {
		rc = get(uris[t->pivot_count], t->context->guard, &t->pivots[t->pivot_count], err);
		t->pivot_count += rc == 0;
	}
	trust_list_free(list);
	return rc;
}

/* ---- taking in ---- */

/* 1 when these very bytes count already: then there is nothing new in the pivots. */
static int
is_known(struct taking *t)
{
	struct error ignored = ERROR_INIT;
	struct trust_list_row last;
	int same;

	if (store_trust_list_last(t->context->db, t->tenant, &t->source.id, &last, &ignored) != 1)
		return 0;
	same = span_equal(last.content, SPAN_OF(&t->list));
	db_result_free(last.result);
	return same;
}

static int
import(struct taking *t, struct error *err)
{
	struct span pivots[TRUST_PIVOTS_MAX];
	char by[200];
	struct trust_import in = { .tenant = t->tenant,
		.source = t->source.name,
		.list = SPAN_OF(&t->list),
		.pivots = pivots,
		.pivot_count = t->pivot_count,
		.by = by,
		.time = clock_now(),
		.catalogue =
		    t->context->engine != NULL ? engine_catalogue(t->context->engine) : NULL };
	size_t i;

	snprintf(by, sizeof(by), "job trust-lists on %s", t->context->node);
	for (i = 0; i < t->pivot_count; i++)
		pivots[i] = SPAN_OF(&t->pivots[i]);
	if (trust_import(t->context->db, &in, &t->result, err) == 0)
		return 0;
	if (err->kind != ERROR_CONFLICT)
		return -1;
	error_clear(err); /* somebody was faster: what he took in is what is there now */
	return trust_import(t->context->db, &in, &t->result, err);
}

static int
take_one(struct taking *t, const struct trust_source_name *name, struct error *err)
{
	int found;

	t->tenant = uuid_is_nil(&name->tenant) ? NULL : &name->tenant;
	found = store_trust_source_find(t->context->db, t->tenant, name->name, &t->source, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(err, ERROR_NOT_FOUND, "it was removed a moment ago");
	if (t->source.url[0] != '\0' ? get(t->source.url, NULL, &t->list, err) != 0
				     : get_named(t, err) != 0)
		return -1;
	if (!name->is_lotl)
		return import(t, err);
	if (is_known(t)) { /* judged before, with its pivots: they need not be fetched again */
		t->result.verdict = TRUST_LIST_UNCHANGED;
		return 0;
	}
	return get_pivots(t, err) == 0 ? import(t, err) : -1;
}

static void
release(struct taking *t)
{
	size_t i;

	buf_release(&t->list);
	for (i = 0; i < TRUST_PIVOTS_MAX; i++)
		buf_release(&t->pivots[i]);
	db_result_free(t->source.result);
}

/* ---- the whole ---- */

static void
remember(struct tally *tally, const char *name, const char *what)
{
	if (tally->first[0] == '\0')
		snprintf(tally->first, sizeof(tally->first), "; %.100s: %.300s", name, what);
}

static void
count_verdict(struct tally *tally, const char *name, const struct trust_import_result *result)
{
	if (result->note[0] != '\0') {
		log_warning("trusted list %s: %s", name, result->note);
		remember(tally, name, result->note);
	}
	if (result->verdict == TRUST_LIST_UNCHANGED) {
		tally->unchanged++;
	} else if (result->verdict == TRUST_LIST_ACCEPTED) {
		tally->accepted++;
		log_info("trusted list %s: %s; %u snapshots made", name, result->text,
		    result->snapshots);
	} else {
		tally->refused++;
		log_warning("trusted list %s is refused (%s), the last good one stays: %s", name,
		    trust_list_verdict_name(result->verdict), result->text);
		remember(tally, name, result->text);
	}
}

static void
take(struct job_context *context, const struct trust_source_name *name, struct tally *tally)
{
	struct taking t = { .context = context };
	struct error err = ERROR_INIT;

	if (take_one(&t, name, &err) == 0) {
		count_verdict(tally, name->name, &t.result);
	} else {
		tally->failed++;
		log_warning("trusted list %s was not fetched, the last good one stays: %s%s%s%s",
		    name->name, err.text, err.cause[0] != '\0' ? " [" : "", err.cause,
		    err.cause[0] != '\0' ? "]" : "");
		remember(tally, name->name, err.text);
	}
	release(&t);
}

int
job_trust_lists(struct job_context *context, struct job_result *result, struct error *err)
{
	struct trust_source_name name;
	struct tally tally = { 0 };
	struct db_result *r;
	size_t i, n;

	if (store_trust_sources_of(context->db, context->tenant, &r, err) != 0)
		return -1;
	n = db_rows(r);
	for (i = 0; i < n && !job_is_stopped(context); i++) {
		name = store_trust_source_name(r, i);
		take(context, &name, &tally);
	}
	db_result_free(r);
	result->has_changed = tally.accepted > 0 || tally.refused > 0; /* both are recorded */
	result->is_warning = tally.refused > 0 || tally.first[0] != '\0';
	snprintf(result->message, sizeof(result->message),
	    "%zu lists: %u new, %u unchanged, %u refused, %u not fetched%s", n, tally.accepted,
	    tally.unchanged, tally.refused, tally.failed, tally.first);
	if (tally.failed > 0)
		return error_set(err, ERROR_UNAVAILABLE, "%s", result->message);
	return 0;
}
