/*
 * server/ops/journal/journal.h: the audit log of this process: rows go in from any thread, one
 * writer commits many at a time, and whoever handed one in is told when it is safe.
 *
 * An answer may go out only after its row was committed. Do not block a worker on that: park the
 * finished answer, take the next request, and send from `done`. With the row goes, if the request
 * had an id of the caller's, the record that gives a repeated request the same answer: both or
 * neither. So it is with cases: each gets a row of its own behind the request's, with its digest,
 * and its seal (schema/store/case.h), in the same transaction.
 *
 * While the database is away rows are not kept for later: their callers are told ERROR_UNAVAILABLE,
 * because nobody may get an answer that is not in the log. When a connection breaks during a commit
 * the writer finds out, by the head of the chain, whether it was made; only when the database stays
 * away longer than `patience_ms` is a row told unavailable of which nobody knows (a request with an
 * id that is repeated then gets the stored answer, or is worked on).
 */
#ifndef SIGNET_SERVER_OPS_JOURNAL_H
#define SIGNET_SERVER_OPS_JOURNAL_H

#include "schema/store/audit.h"

struct journal;

#define JOURNAL_FEW    8
#define JOURNAL_LONGER 5

struct journal_options {
	struct db_options connection; /* as signet_server; strings are copied */
	const char *node;	      /* name of this process in the log; no two may share one */
	unsigned int queue_max;	      /* rows that may wait; 0: 8192 */
	unsigned int batch_max;	      /* rows in one transaction; 0: 256, at most AUDIT_BATCH_MAX */
	size_t batch_bytes;	      /* of stored answers in one transaction; 0: 16 MiB */
	unsigned int patience_ms;     /* to get a broken connection back; 0: 1000 */
	/*
	 * Wait at most so long for more rows before a commit (0: not at all), but only while `busy`
	 * says that the workers have all the work they can do and more rows will come: a commit
	 * costs as much as the rows of a dozen others. Whoever makes `busy` false calls
	 * journal_nudge(), which ends the wait. Called with a lock of the journal held: be brief.
	 * Less than JOURNAL_FEW rows wait JOURNAL_LONGER times as long.
	 */
	unsigned int gather_us;
	int (*busy)(void *arg);
	void *busy_arg;
	/*
	 * 1: a database that is away is no reason not to open: rows are refused until it is there,
	 * which the writer finds out by itself.
	 */
	int may_start_away;
};

enum journal_outcome {
	JOURNAL_COMMITTED, /* the answer may go out */
	JOURNAL_TAKEN,	   /* its request id was taken meanwhile: `taken` was answered before */
	JOURNAL_FAILED,	   /* the answer must not go out; `err` says why */
};

/* Valid only during the call of `done`. */
struct journal_result {
	enum journal_outcome outcome;
	const struct request_row
	    *taken; /* compare its operation and digest before giving its answer */
	const struct error *err;
};
/* Called from the writer's thread, once for each row that was taken: be brief, never block. */
typedef void journal_done(void *arg, const struct journal_result *result);

/*
 * Connect, become the only writer of the node and go on behind its last row. ERROR_UNAVAILABLE
 * (unless may_start_away), or
 * ERROR_CONFLICT when another process writes as this node.
 */
int journal_open(
    struct journal **journal, const struct journal_options *options, struct error *err);
/* Commit what waits, call every `done`, end the writer. NULL is fine. Nobody may submit any more.
 */
void journal_close(struct journal *journal);
/*
 * Hand a row in. `row` is copied; seq, previous and hash in it do not matter; texts that are not
 * UTF-8 or too long are mended. `record` may be NULL; it and its answer stay as they are until
 * `done` was called. On -1 (ERROR_UNAVAILABLE: the queue is full; ERROR_MALFORMED: the record)
 * `done` is not called.
 */
int journal_submit(struct journal *journal, const struct audit_row *row,
    const struct request_record *record, journal_done *done, void *arg, struct error *err);

/* A case that was stored by the request and is there once its row is committed. */
struct journal_case {
	struct uuid id;
	unsigned char digest[CASE_DIGEST_SIZE];
};
#define JOURNAL_CASES_MAX (AUDIT_BATCH_MAX - 1)
#define JOURNAL_CASE_OPERATION                                                                     \
	"StoreCase" /* the operation of a case's row; the object is its id                         \
		     */
/* The same for a request that stored cases, of row->tenant; they are copied. */
int journal_submit_cases(struct journal *journal, const struct audit_row *row,
    const struct request_record *record, const struct journal_case *cases, size_t case_count,
    journal_done *done, void *arg, struct error *err);

/* The workers are no longer busy: what was gathered is to be committed now. Cheap. */
void journal_nudge(struct journal *journal);

struct journal_status {
	/* It is, and took the last row, or five seconds are over since it did not. */
	int is_connected;
	char why[256]; /* it is not connected: for administrators; "" when that is not known yet */
	unsigned int queued;
	uint64_t committed, failed, taken, batches;
	struct audit_head head;
};
void journal_status(struct journal *journal, struct journal_status *status);

#endif
