#include "server/ops/journal/journal_writer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/ops/journal/chain.h"

#define PAUSE_NS 10000000
#define AWAY	 "the audit log cannot be written now; nothing was answered; try again later"

/* ---- the connection ----------------------------------------------------------------------------
 */

void
writer_close(struct writer *w)
{
	db_close(w->db);
	w->db = NULL;
}

static int
connect_once(struct writer *w, struct error *err)
{
	writer_close(w);
	if (db_open(&w->db, &w->connection, err) == 0 &&
	    store_node(w->db, w->node_name, &w->node, err) == 0 &&
	    store_node_lock(w->db, w->node, err) == 0 &&
	    store_audit_head(w->db, w->node, &w->head, NULL, err) == 0) {
		backoff_succeeded(&w->backoff);
		return 0;
	}
	writer_close(w);
	return -1;
}

int
writer_open(struct writer *w, struct error *err)
{
	const int64_t until = clock_monotonic_us() + (int64_t)w->patience_ms * 1000;
	const struct timespec pause = { 0, PAUSE_NS };
	struct error failure = ERROR_INIT;

	/* A connection of ours that just broke may hold the node for a moment yet. */
	while (connect_once(w, &failure) != 0) {
		if (clock_monotonic_us() >= until) {
			w->failure = failure;
			backoff_failed(&w->backoff, clock_monotonic_us());
			if (err != NULL && err->kind == ERROR_NONE)
				*err = failure;
			return -1;
		}
		error_clear(&failure);
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int
ensure_open(struct writer *w, struct error *err)
{
	if (w->db != NULL && db_is_alive(w->db))
		return 0;
	if (w->db == NULL && !backoff_may_try(&w->backoff, clock_monotonic_us()))
		return error_cause(err, ERROR_UNAVAILABLE, AWAY, "%s", w->failure.cause);
	if (writer_open(w, NULL) != 0)
		return error_cause(
		    err, ERROR_UNAVAILABLE, AWAY, "%s [%s]", w->failure.text, w->failure.cause);
	log_info(
	    "audit log: connected, node %s goes on behind row %" PRId64, w->node_name, w->head.seq);
	return 0;
}

void
writer_mend(struct writer *w)
{
	struct error failure = ERROR_INIT;

	if (w->db != NULL || !backoff_may_try(&w->backoff, clock_monotonic_us()))
		return;
	if (connect_once(w, &failure) == 0) {
		log_info("audit log: connected, node %s goes on behind row %" PRId64, w->node_name,
		    w->head.seq);
		return;
	}
	w->failure = failure;
	backoff_failed(&w->backoff, clock_monotonic_us());
}

void
writer_tell(struct writer *w)
{
	if (w->db == NULL || w->told == w->head.seq)
		return;
	if (store_node_tell(w->db, w->node, &w->head, NULL) == 0)
		w->told = w->head.seq;
}

/* ---- one batch ---------------------------------------------------------------------------------
 */

struct batch {
	struct journal_entry *const *entries;
	size_t n;
	struct audit_row *rows[AUDIT_BATCH_MAX]; /* of all entries and their cases */
	size_t row_count;
	const struct journal_case_row *cases[AUDIT_BATCH_MAX];
	struct case_seal seals[AUDIT_BATCH_MAX];
	size_t case_count;
	struct journal_entry *with_record[AUDIT_BATCH_MAX];
	const struct request_record *records[AUDIT_BATCH_MAX];
	size_t record_count;
	struct audit_head head; /* behind its last row */
};

/* The rows in order; one whose request id was taken stores nothing. */
static void
line_up(struct batch *b)
{
	size_t i, k;

	b->row_count = b->case_count = 0;
	for (i = 0; i < b->n; i++) {
		struct journal_entry *e = b->entries[i];

		b->rows[b->row_count++] = &e->row;
		for (k = 0; e->outcome != JOURNAL_TAKEN && k < e->case_count; k++) {
			b->rows[b->row_count++] = &e->cases[k].row;
			b->cases[b->case_count++] = &e->cases[k];
		}
	}
}

/* Number and hash the rows behind the head. */
static int
chain(const struct writer *w, struct batch *b, struct error *err)
{
	size_t i;

	line_up(b);
	b->head = w->head;
	for (i = 0; i < b->row_count; i++) {
		struct audit_row *row = b->rows[i];

		row->seq = b->head.seq + 1;
		memcpy(row->previous, b->head.hash, AUDIT_HASH_SIZE);
		if (chain_hash(row, w->node_name, err) != 0)
			return -1;
		b->head.seq = row->seq;
		memcpy(b->head.hash, row->hash, AUDIT_HASH_SIZE);
	}
	for (i = 0; i < b->case_count; i++)
		b->seals[i] = (struct case_seal){ b->cases[i]->row.tenant, b->cases[i]->what.id,
			b->cases[i]->row.seq };
	return 0;
}

/* What chain() made, with these records. */
static int
store(struct writer *w, const struct batch *b, size_t record_count, struct error *err)
{
	return store_audit_commit(w->db, w->node, (const struct audit_row *const *)b->rows,
	    b->row_count, b->records, record_count, b->seals, b->case_count, err);
}

static void
make_batch(struct batch *b, struct journal_entry *const *entries, size_t n)
{
	size_t i;

	b->entries = entries;
	b->n = n;
	b->record_count = 0;
	for (i = 0; i < n; i++) {
		if (entries[i]->record == NULL)
			continue;
		b->with_record[b->record_count] = entries[i];
		b->records[b->record_count++] = entries[i]->record;
	}
}

static void
set_outcome(const struct batch *b, enum journal_outcome outcome)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		b->entries[i]->outcome = outcome;
}

static int
heads_equal(const struct audit_head *a, const struct audit_head *b)
{
	return a->seq == b->seq && memcmp(a->hash, b->hash, AUDIT_HASH_SIZE) == 0;
}

enum fate { FATE_COMMITTED, FATE_NOT_COMMITTED, FATE_UNKNOWN };

/* The connection broke: get it back and see by the head what became of the batch. */
static enum fate
find_fate(struct writer *w, const struct batch *b)
{
	const struct audit_head before = w->head;

	if (writer_open(w, NULL) != 0)
		return FATE_UNKNOWN;
	if (heads_equal(&w->head, &b->head))
		return FATE_COMMITTED;
	if (heads_equal(&w->head, &before))
		return FATE_NOT_COMMITTED;
	log_error("audit log: node %s ends at row %" PRId64 ", not where it was left", w->node_name,
	    w->head.seq);
	return FATE_UNKNOWN;
}

static int
commit_once(struct writer *w, struct batch *b, struct error *err)
{
	if (chain(w, b, err) != 0 || store(w, b, b->record_count, err) != 0)
		return -1;
	w->head = b->head;
	return 0;
}

/* ---- a request id was taken --------------------------------------------------------------------
 */

static int
load_taken(struct writer *w, struct journal_entry *e, struct error *err)
{
	const struct request_record *r = e->record;
	int rc = store_request_find(w->db, &r->tenant, &r->user, r->id, &e->taken, err);

	if (rc == 0)
		return error_set(err, ERROR_UNAVAILABLE,
		    "an earlier request with the same id is being forgotten; try again");
	return rc > 0 ? 0 : -1;
}

/* In the transaction: claim the free ids, and for the others say in the log what became of them. */
static int
claim(struct writer *w, struct batch *b, struct error *err)
{
	unsigned char taken[AUDIT_BATCH_MAX];
	size_t i;

	if (store_request_claim(w->db, b->records, b->record_count, taken, err) != 0)
		return -1;
	for (i = 0; i < b->record_count; i++) {
		struct journal_entry *e = b->with_record[i];

		if (!taken[i])
			continue;
		if (load_taken(w, e, err) != 0)
			return -1;
		e->outcome = JOURNAL_TAKEN;
		e->row.result = "Conflict";
		e->row.reason = "another request with the same id was answered first; this answer "
				"was not given";
	}
	return 0;
}

static void
drop_taken(struct batch *b)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		db_result_free(b->entries[i]->taken.result);
		memset(&b->entries[i]->taken, 0, sizeof(b->entries[i]->taken));
	}
}

/* The slow way, for the rare batch in which an id was taken since the request was looked up. */
static int
commit_claiming(struct writer *w, struct batch *b, struct error *err)
{
	set_outcome(b, JOURNAL_COMMITTED);
	if (db_begin(w->db, err) == 0 && claim(w, b, err) == 0 && chain(w, b, err) == 0 &&
	    store(w, b, 0, err) == 0 && db_commit(w->db, err) == 0) {
		w->head = b->head;
		return 0;
	}
	drop_taken(b);
	set_outcome(b, JOURNAL_FAILED);
	if (db_is_alive(w->db))
		db_rollback(w->db);
	else
		find_fate(w, b);
	return -1;
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

/* Once more for a batch that broke with its connection and was not made. */
static int
commit_after_break(struct writer *w, struct batch *b, struct error *err)
{
	switch (find_fate(w, b)) {
	case FATE_COMMITTED:
		return 0;
	case FATE_NOT_COMMITTED:
		error_clear(err);
		return commit_once(w, b, err);
	default:
		return -1;
	}
}

static int
commit(struct writer *w, struct batch *b, struct error *err)
{
	int rc;

	if (ensure_open(w, err) != 0)
		return -1;
	rc = commit_once(w, b, err);
	if (rc != 0 && err->kind == ERROR_UNAVAILABLE && !db_is_alive(w->db))
		rc = commit_after_break(w, b, err);
	if (rc != 0 && w->db != NULL && strcmp(db_constraint(w->db), "request_id_once") == 0) {
		error_clear(err);
		return commit_claiming(w, b, err);
	}
	if (rc == 0)
		set_outcome(b, JOURNAL_COMMITTED);
	return rc;
}

/*
 * The one row that the database does not take. Where it has cases, these cannot be sealed (they are
 * gone, or sealed already): the request is logged with that, and without them.
 */
static void
refuse_alone(struct writer *w, struct journal_entry *e, const struct error *why)
{
	struct journal_entry *const alone[] = { e };
	struct error err = ERROR_INIT;
	struct batch b;

	e->failure = calloc(1, sizeof(*e->failure));
	if (e->failure != NULL)
		*e->failure = *why;
	if (e->case_count == 0)
		return;
	e->case_count = 0;
	e->record = NULL;
	e->row.result = error_kind_name(ERROR_INTERNAL);
	e->row.reason = "the verdict could not be stored; nothing was answered";
	make_batch(&b, alone, 1);
	if (commit(w, &b, &err) != 0)
		log_failure(LOG_LEVEL_ERROR, "nor without its cases", &err);
	e->outcome = JOURNAL_FAILED;
}

void
writer_commit(struct writer *w, struct journal_entry *const *entries, size_t n, struct error *err)
{
	struct error half = ERROR_INIT;
	struct batch b;

	error_clear(err);
	make_batch(&b, entries, n);
	set_outcome(&b, JOURNAL_FAILED);
	if (commit(w, &b, err) == 0) {
		w->refused_at = 0;
		return;
	}
	if (err->kind == ERROR_UNAVAILABLE) {
		if (w->db != NULL && db_is_alive(w->db)) {
			w->refused_at = clock_monotonic_us();
			w->refusal = *err;
		}
		log_failure(LOG_LEVEL_WARNING, "audit rows were not written", err);
		return;
	}
	/* Something about one of the rows: it shall not take the others with it. */
	if (n == 1) {
		log_failure(LOG_LEVEL_ERROR, "an audit row was refused", err);
		refuse_alone(w, entries[0], err);
		return;
	}
	writer_commit(w, entries, n / 2, &half);
	writer_commit(w, entries + n / 2, n - n / 2, &half);
}
