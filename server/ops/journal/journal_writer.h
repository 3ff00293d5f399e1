/* server/ops/journal/journal_writer.h: the database's side of the journal; for journal.c only, one
 * thread.
 */
#ifndef SIGNET_SERVER_OPS_JOURNAL_WRITER_H
#define SIGNET_SERVER_OPS_JOURNAL_WRITER_H

#include "schema/store/backoff.h"
#include "server/ops/journal/journal.h"

/* A case's row; what differs from the request's points in here, all else at its texts. */
struct journal_case_row {
	struct audit_row row;
	struct journal_case what;
	char object[TEXT_UUID_SIZE];
};

struct journal_entry {
	struct journal_entry *next;
	struct audit_row row;
	const struct request_record *record;
	struct journal_case_row *cases; /* owned */
	size_t case_count;
	journal_done *done;
	void *arg;
	/* written by writer_commit */
	enum journal_outcome outcome;
	struct error *failure; /* owned; why it alone was refused, or NULL: as all of its batch */
	struct request_row taken; /* its result is freed by whoever calls `done` */
	char text[];		  /* what the row's pointers look at */
};

struct writer {
	struct db_options connection;
	const char *node_name;
	unsigned int patience_ms;
	int32_t node;
	struct db *db; /* NULL: not connected */
	struct audit_head head;
	int64_t told; /* seq that store_node_tell() had last */
	struct backoff backoff;
	struct error failure; /* why it is not connected */
	int64_t refused_at;   /* the database is there and took no row: out of room; 0: it did */
	struct error refusal;
};

/* Connect, lock and read the head, for as long as patience lasts. */
int writer_open(struct writer *w, struct error *err);
void writer_close(struct writer *w);
/*
 * Commit n entries: sets each outcome. *err (cleared before) is why those failed that did, but for
 * entries with a failure of their own. What the database refuses in one of them takes no other with
 * it: the batch is halved until it stands alone. A request whose cases cannot be sealed leaves its
 * row in the log, which says so, and its caller is told that it failed.
 */
void writer_commit(
    struct writer *w, struct journal_entry *const *entries, size_t n, struct error *err);
/* When not connected and it is time to try again, try once. */
void writer_mend(struct writer *w);
/* Say how far the chain is, if that was not said yet. Failures do not matter. */
void writer_tell(struct writer *w);

#endif
