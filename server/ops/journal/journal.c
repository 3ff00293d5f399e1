#include "server/ops/journal/journal.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/ops/journal/journal_writer.h"

#define QUEUE_DEFAULT	 8192
#define BATCH_DEFAULT	 256
#define BYTES_DEFAULT	 ((size_t)16 << 20)
#define PATIENCE_DEFAULT 1000
#define TELL_ROWS	 10000 /* how far the chain may run before its head is told again */
#define TELL_IDLE_MS	 1000
#define REFUSED_US	 5000000 /* so long a full database is shown as one that cannot be written */
#define MEND_NS		 100000000 /* how often an idle writer looks whether it may try to connect */

struct journal {
	struct writer writer; /* the writer's thread alone */
	char *conninfo, *program, *node;
	struct journal_options options;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t submitted;
	/* under the mutex */
	struct journal_entry *first, **last;
	unsigned int queued;
	int is_waiting; /* the writer, for a row */
	size_t wanted;	/* by the writer that gathers: so many rows; 0: it does not */
	int is_closing;
	struct journal_status status;
	int64_t refused_at; /* as the writer's */
	char refusal[256];
};

/* ---- rows going in -----------------------------------------------------------------------------
 */

/* The texts of a row and the most that is kept of each. */
static const struct {
	size_t offset, max;
} texts[] = {
	{ offsetof(struct audit_row, caller), 300 },
	{ offsetof(struct audit_row, operation), 64 },
	{ offsetof(struct audit_row, object), 600 },
	{ offsetof(struct audit_row, result), 64 },
	{ offsetof(struct audit_row, reason), 600 },
	{ offsetof(struct audit_row, peer), 64 },
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static const char **
text_of(struct audit_row *row, size_t i)
{
	return (const char **)(void *)((char *)row + texts[i].offset);
}

/* At most `max` bytes of UTF-8; what is not UTF-8 becomes '?'. Returns the bytes with the NUL. */
static size_t
mend_text(char *out, const char *s, size_t max)
{
	size_t len = strnlen(s, max + 1), i;

	if (len > max)
		for (len = max; len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80;)
			len--;
	memcpy(out, s, len);
	out[len] = '\0';
	if (!text_is_utf8(out, len))
		for (i = 0; i < len; i++)
			if ((unsigned char)out[i] >= 0x80)
				out[i] = '?';
	return len + 1;
}

/* A copy that needs nothing of the caller's. */
static struct journal_entry *
copy_row(const struct audit_row *row)
{
	struct audit_row from = *row;
	struct journal_entry *e;
	size_t room = from.digest.len, i;
	char *at;

	for (i = 0; i < TEXTS; i++)
		room += (*text_of(&from, i) ? strnlen(*text_of(&from, i), texts[i].max) : 0) + 1;
	e = calloc(1, sizeof(*e) + room);
	if (e == NULL)
		return NULL;
	e->row = from;
	at = e->text;
	for (i = 0; i < TEXTS; i++) {
		const char *s = *text_of(&from, i);
		const size_t used = mend_text(at, s != NULL ? s : "", texts[i].max);

		*text_of(&e->row, i) = at;
		at += used;
	}
	if (from.digest.len > 0)
		memcpy(at, from.digest.data, from.digest.len);
	e->row.digest = (struct span){ (unsigned char *)at, from.digest.len };
	return e;
}

/* A row for each case, behind the request's. */
static int
add_cases(struct journal_entry *e, const struct journal_case *cases, size_t count)
{
	size_t i;

	if (count == 0)
		return 0;
	e->cases = calloc(count, sizeof(*e->cases));
	if (e->cases == NULL)
		return -1;
	e->case_count = count;
	for (i = 0; i < count; i++) {
		struct journal_case_row *c = &e->cases[i];

		c->what = cases[i];
		c->row = e->row;
		c->row.operation = JOURNAL_CASE_OPERATION;
		c->row.object = uuid_text(c->object, &c->what.id);
		c->row.result = "Success";
		c->row.reason = "";
		c->row.digest = (struct span){ c->what.digest, CASE_DIGEST_SIZE };
		c->row.size_in = c->row.size_out = c->row.duration_us = 0;
	}
	return 0;
}

static void
entry_free(struct journal_entry *e)
{
	if (e == NULL)
		return;
	free(e->cases);
	free(e->failure);
	free(e);
}

static int
check_record(const struct request_record *r, struct error *err)
{
	const size_t len = strlen(r->id);

	if (len == 0 || len > 512 || !text_is_utf8(r->id, len))
		return error_set(
		    err, ERROR_MALFORMED, "a request id has 1 to 512 bytes of UTF-8 text");
	return 0;
}

int
journal_submit(struct journal *j, const struct audit_row *row, const struct request_record *record,
    journal_done *done, void *arg, struct error *err)
{
	return journal_submit_cases(j, row, record, NULL, 0, done, arg, err);
}

int
journal_submit_cases(struct journal *j, const struct audit_row *row,
    const struct request_record *record, const struct journal_case *cases, size_t case_count,
    journal_done *done, void *arg, struct error *err)
{
	struct journal_entry *e;
	int is_full, wakes = 0;

	if (record != NULL && check_record(record, err) != 0)
		return -1;
	if (row->digest.len > 64)
		return error_set(err, ERROR_MALFORMED, "a digest has at most 64 bytes");
	if (case_count > JOURNAL_CASES_MAX)
		return error_set(
		    err, ERROR_MALFORMED, "a request stores at most %d cases", JOURNAL_CASES_MAX);
	e = copy_row(row);
	if (e == NULL || add_cases(e, cases, case_count) != 0) {
		entry_free(e);
		return error_memory(err);
	}
	e->record = record;
	e->done = done;
	e->arg = arg;
	pthread_mutex_lock(&j->mutex);
	is_full = j->queued >= j->options.queue_max || j->is_closing;
	if (!is_full) {
		*j->last = e;
		j->last = &e->next;
		j->queued++;
		wakes = j->is_waiting || (j->wanted > 0 && j->queued >= j->wanted);
		j->is_waiting = 0;
	}
	pthread_mutex_unlock(&j->mutex);
	if (wakes)
		pthread_cond_signal(&j->submitted);
	if (!is_full)
		return 0;
	entry_free(e);
	return error_set(
	    err, ERROR_UNAVAILABLE, "too many requests wait for the audit log; try again later");
}

/* ---- the writer's thread -----------------------------------------------------------------------
 */

/*
 * With the mutex held: until a row is there (1), or it is time to tell the head or to look for the
 * database (0).
 */
static int
wait_row(struct journal *j)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	if (j->writer.db != NULL) {
		until.tv_sec += TELL_IDLE_MS / 1000;
	} else if ((until.tv_nsec += MEND_NS) >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	while (j->first == NULL && !j->is_closing) {
		j->is_waiting = 1;
		if (j->writer.db != NULL && j->writer.told == j->writer.head.seq)
			pthread_cond_wait(&j->submitted, &j->mutex);
		else if (pthread_cond_timedwait(&j->submitted, &j->mutex, &until) != 0)
			break;
	}
	j->is_waiting = 0;
	return j->first != NULL;
}

/* With the mutex held. */
static void
show_writer(struct journal *j)
{
	j->refused_at = j->writer.refused_at;
	snprintf(j->refusal, sizeof(j->refusal), "%.255s", j->writer.refusal.text);
	j->status.is_connected = j->writer.db != NULL;
	j->status.head = j->writer.head;
	snprintf(j->status.why, sizeof(j->status.why), "%.255s",
	    j->status.is_connected ? "" : j->writer.failure.text);
}

/* Nobody has work for it: get the connection back, for who asks whether all is well. */
static void
idle(struct journal *j)
{
	if (j->writer.db == NULL) {
		writer_mend(&j->writer);
		pthread_mutex_lock(&j->mutex);
		show_writer(j);
		pthread_mutex_unlock(&j->mutex);
	}
	writer_tell(&j->writer);
}

/* With the mutex held, let go meanwhile: for `us`, until so many rows are there or no more come. */
static void
gather_rows(struct journal *j, size_t wanted, uint64_t us)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	us += (uint64_t)until.tv_nsec / 1000;
	until.tv_sec += (time_t)(us / 1000000);
	until.tv_nsec = (long)(us % 1000000) * 1000;
	j->wanted = wanted;
	while (j->queued < wanted && !j->is_closing && j->options.busy(j->options.busy_arg) > 0)
		if (pthread_cond_timedwait(&j->submitted, &j->mutex, &until) != 0)
			break;
	j->wanted = 0;
}

/* Where rows come slowly, as with large keys, a few are worth more time than many. */
static void
gather(struct journal *j)
{
	const uint64_t us = j->options.gather_us;

	if (us == 0 || j->options.busy == NULL)
		return;
	gather_rows(j, j->options.batch_max, us);
	gather_rows(j, JOURNAL_FEW, us * (JOURNAL_LONGER - 1));
}

void
journal_nudge(struct journal *j)
{
	int wakes;

	/* Under the lock, so that a writer that is about to wait has either seen what `busy` says
	 * now or hears the call. */
	pthread_mutex_lock(&j->mutex);
	wakes = j->wanted > 0;
	pthread_mutex_unlock(&j->mutex);
	if (wakes)
		pthread_cond_signal(&j->submitted);
}

/* With the mutex held: the next rows, as many as fit into one transaction. */
static size_t
take_batch(struct journal *j, struct journal_entry **entries)
{
	size_t n = 0, rows = 0, bytes = 0;

	while (j->first != NULL && n < j->options.batch_max) {
		struct journal_entry *e = j->first;

		bytes += e->record != NULL ? e->record->answer.len : 0;
		rows += 1 + e->case_count;
		if (n > 0 && (bytes > j->options.batch_bytes || rows > AUDIT_BATCH_MAX))
			break;
		entries[n++] = e;
		j->first = e->next;
	}
	if (j->first == NULL)
		j->last = &j->first;
	j->queued -= (unsigned int)n;
	return n;
}

/* Before the callers are told: who hears that his row is committed finds it counted. */
static void
count_batch(struct journal *j, struct journal_entry **entries, size_t n)
{
	size_t i;

	pthread_mutex_lock(&j->mutex);
	for (i = 0; i < n; i++) {
		j->status.committed += entries[i]->outcome == JOURNAL_COMMITTED;
		j->status.taken += entries[i]->outcome == JOURNAL_TAKEN;
		j->status.failed += entries[i]->outcome == JOURNAL_FAILED;
	}
	j->status.batches++;
	show_writer(j);
	pthread_mutex_unlock(&j->mutex);
}

static void
tell_callers(struct journal_entry **entries, size_t n, const struct error *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct journal_entry *e = entries[i];
		const struct journal_result result = { e->outcome,
			e->outcome == JOURNAL_TAKEN ? &e->taken : NULL,
			e->outcome != JOURNAL_FAILED ? NULL
			: e->failure != NULL	     ? e->failure
						     : err };

		e->done(e->arg, &result);
		db_result_free(e->taken.result);
		entry_free(e);
	}
}

static void *
write_thread(void *arg)
{
	struct journal *j = arg;
	struct journal_entry *entries[AUDIT_BATCH_MAX];
	struct error err = ERROR_INIT;
	int is_closing = 0;
	size_t n;

	while (!is_closing) {
		pthread_mutex_lock(&j->mutex);
		if (wait_row(j))
			gather(j);
		n = take_batch(j, entries);
		is_closing = j->is_closing && n == 0;
		pthread_mutex_unlock(&j->mutex);
		if (n > 0) {
			writer_commit(&j->writer, entries, n, &err);
			count_batch(j, entries, n);
			tell_callers(entries, n, &err);
		}
		if (n == 0 && !is_closing)
			idle(j);
		else if (n == 0 || j->writer.head.seq - j->writer.told >= TELL_ROWS)
			writer_tell(&j->writer);
	}
	return NULL;
}

/* ---- opening and closing -----------------------------------------------------------------------
 */

static void
set_defaults(struct journal_options *o)
{
	if (o->queue_max == 0)
		o->queue_max = QUEUE_DEFAULT;
	if (o->batch_max == 0)
		o->batch_max = BATCH_DEFAULT;
	if (o->batch_max > AUDIT_BATCH_MAX)
		o->batch_max = AUDIT_BATCH_MAX;
	if (o->batch_bytes == 0)
		o->batch_bytes = BYTES_DEFAULT;
	if (o->patience_ms == 0)
		o->patience_ms = PATIENCE_DEFAULT;
}

static void
release(struct journal *j)
{
	writer_close(&j->writer);
	pthread_cond_destroy(&j->submitted);
	pthread_mutex_destroy(&j->mutex);
	free(j->conninfo);
	free(j->program);
	free(j->node);
	free(j);
}

static int
init(struct journal *j, const struct journal_options *o, struct error *err)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&j->submitted, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&j->mutex, NULL);
	j->last = &j->first;
	j->options = *o;
	set_defaults(&j->options);
	j->conninfo = strdup(o->connection.conninfo);
	j->program = strdup(o->connection.program ? o->connection.program : "signet journal");
	j->node = strdup(o->node);
	if (j->conninfo == NULL || j->program == NULL || j->node == NULL)
		return error_memory(err);
	j->writer.connection = o->connection;
	j->writer.connection.conninfo = j->conninfo;
	j->writer.connection.program = j->program;
	j->writer.node_name = j->node;
	j->writer.patience_ms = j->options.patience_ms;
	return 0;
}

static int
open_writer(struct journal *j, struct error *err)
{
	struct error failure = ERROR_INIT;

	if (writer_open(&j->writer, &failure) == 0)
		return 0;
	if (!j->options.may_start_away || !db_is_away(&failure)) {
		if (err != NULL)
			*err = failure;
		return -1;
	}
	log_failure(LOG_LEVEL_ERROR, "the audit log cannot be written yet: no request is answered",
	    &failure);
	return 0;
}

int
journal_open(struct journal **out, const struct journal_options *o, struct error *err)
{
	struct journal *j = calloc(1, sizeof(*j));
	struct journal_status began;

	*out = NULL;
	if (j == NULL)
		return error_memory(err);
	if (init(j, o, err) != 0 || open_writer(j, err) != 0) {
		release(j);
		return -1;
	}
	show_writer(j);
	began = j->status;
	if (pthread_create(&j->thread, NULL, write_thread, j) != 0) {
		release(j);
		return error_errno(err, "could not start the writer of the audit log");
	}
	if (began.is_connected)
		log_info("audit log: node %s goes on behind row %" PRId64, j->node, began.head.seq);
	*out = j;
	return 0;
}

void
journal_close(struct journal *j)
{
	char hash[2 * AUDIT_HASH_SIZE + 1];

	if (j == NULL)
		return;
	pthread_mutex_lock(&j->mutex);
	j->is_closing = 1;
	pthread_cond_signal(&j->submitted);
	pthread_mutex_unlock(&j->mutex);
	pthread_join(j->thread, NULL);
	log_info("audit log: node %s ends at row %" PRId64 " %s", j->node, j->writer.head.seq,
	    text_hex(hash, j->writer.head.hash, AUDIT_HASH_SIZE));
	release(j);
}

void
journal_status(struct journal *j, struct journal_status *status)
{
	pthread_mutex_lock(&j->mutex);
	*status = j->status;
	status->queued = j->queued;
	/* Only the next row tells whether there is room again, so somebody has to be let in. */
	if (j->refused_at != 0 && clock_monotonic_us() - j->refused_at < REFUSED_US) {
		status->is_connected = 0;
		memcpy(status->why, j->refusal, sizeof(status->why));
	}
	pthread_mutex_unlock(&j->mutex);
}
