#include "schema/store/revocation.h"

#include <string.h>

#include "schema/store/helper.h"
#include "schema/store/statements.h"

#define ROW_COLUMNS                                                                                \
	"f.key, f.kind, f.url, f.subject, f.issuer, f.content, c.size, c.head, f.fetched,"         \
	" f.good_until, f.failure, f.retry_after, f.asked, COALESCE(f.lease_ends > now(), false)"
#define ROW_TYPES "bttbbblbzztzz?"
#define ROW_FROM  " FROM signet.fetched f LEFT JOIN signet.fetched_content c ON c.sha256 = f.content"

/*
 * Content that nothing points to. What somebody is about to point to is locked by him (the check of
 * a foreign key locks what it finds), and left for the next time.
 */
#define SWEEP(old)                                                                                 \
	"DELETE FROM signet.fetched_content WHERE sha256 IN (SELECT c.sha256 FROM"                 \
	" signet.fetched_content c WHERE " old                                                     \
	" AND NOT EXISTS (SELECT FROM signet.fetched f WHERE f.content = c.sha256)"                \
	" FOR UPDATE OF c SKIP LOCKED)"

enum {
	FIND,
	ASKED,
	MAKE,
	LEASE,
	DONE,
	REPLACED,
	FAILED,
	DUE,
	SWEEP_OLD,
	SWEEP_LARGE,
	SWEEP_REPLACED,
	SWEEP_CONTENT
};
const struct db_statement fetched_statements[] = {
	[FIND] = { "fetched_find", "SELECT " ROW_COLUMNS ROW_FROM " WHERE f.key = $1", "b",
	    ROW_TYPES },
	[ASKED] = { "fetched_asked",
	    "UPDATE signet.fetched SET asked = $2 WHERE key = $1 AND asked < $2", "bz", "" },
	[MAKE] = { "fetched_make",
	    "INSERT INTO signet.fetched (key, kind, url, subject, issuer, asked)"
	    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ON CONSTRAINT fetched_key DO NOTHING",
	    "bttbbz", "" },
	[LEASE] = { "fetched_lease",
	    "UPDATE signet.fetched SET lease = $2, lease_ends = now() + make_interval(secs => $3)"
	    " WHERE key = $1 AND (lease IS NULL OR lease_ends <= now())",
	    "bui", "" },
	[DONE] = { "fetched_done",
	    "UPDATE signet.fetched SET content = $3, fetched = $4, good_until = $5, failure = NULL,"
	    " retry_after = NULL, lease = NULL, lease_ends = NULL"
	    " WHERE key = $1 AND lease IS NOT DISTINCT FROM $2",
	    "bubzz", "" },
	[SWEEP_REPLACED] = { "fetched_sweep_replaced",
	    SWEEP("c.replaced < now() - interval '10 minutes'"), "", "" },
	/* What nothing points to any more, and what something points to again. */
	[REPLACED] = { "fetched_replaced",
	    "UPDATE signet.fetched_content c SET replaced = CASE WHEN c.sha256 = $2 THEN NULL"
	    " ELSE now() END WHERE c.sha256 IN ((SELECT f.content FROM signet.fetched f"
	    " WHERE f.key = $1), $2) AND (c.sha256 = $2 OR NOT EXISTS (SELECT FROM signet.fetched o"
	    " WHERE o.content = c.sha256 AND o.key <> $1))",
	    "bb", "" },
	[FAILED] = { "fetched_failed",
	    "UPDATE signet.fetched SET failure = COALESCE($3, failure),"
	    " retry_after = COALESCE($4, retry_after), lease = NULL,"
	    " lease_ends = NULL WHERE key = $1 AND lease = $2",
	    "butz", "" },
	[DUE] = { "fetched_due",
	    "SELECT " ROW_COLUMNS ROW_FROM " WHERE f.content IS NOT NULL AND f.asked >= $2"
	    " AND (f.retry_after IS NULL OR f.retry_after <= $1)"
	    " AND f.good_until <= $1 + LEAST((f.good_until - f.fetched) / 10, interval '1 hour')"
	    " ORDER BY f.good_until LIMIT $3",
	    "zzi", ROW_TYPES },
	[SWEEP_OLD] = { "fetched_sweep_old",
	    "DELETE FROM signet.fetched WHERE asked < $1"
	    " AND (lease IS NULL OR lease_ends <= now())",
	    "z", "" },
	[SWEEP_LARGE] = { "fetched_sweep_large",
	    "DELETE FROM signet.fetched WHERE key IN (SELECT t.key FROM (SELECT f.key,"
	    " sum(COALESCE(c.size, 0) + 1000) OVER (ORDER BY f.asked DESC, f.key) AS total" ROW_FROM
	    ") t WHERE t.total > $1) AND (lease IS NULL OR lease_ends <= now())",
	    "l", "" },
	[SWEEP_CONTENT] = { "fetched_sweep_content",
	    SWEEP("COALESCE(c.replaced, c.made) < now() - interval '10 minutes'"), "", "" },
	{ 0 },
};

enum { KEEP, ADD, PARTS, PAGES, READ, PAGE };
const struct db_statement content_statements[] = {
	/* From now on it is as if it had just been replaced: no sweep takes it before it is used.
	 */
	[KEEP] = { "content_keep",
	    "UPDATE signet.fetched_content SET replaced = now() WHERE sha256 = $1"
	    " AND COALESCE(replaced, made) < now() - interval '1 minute'",
	    "b", "" },
	[ADD] = { "content_add",
	    "INSERT INTO signet.fetched_content (sha256, size, head) VALUES ($1, $2, $3)"
	    " ON CONFLICT ON CONSTRAINT fetched_content_id DO NOTHING",
	    "blb", "" },
	[PARTS] = { "content_parts",
	    "INSERT INTO signet.fetched_part (content, number, data)"
	    " SELECT $1, $2 + p.n - 1, p.data FROM unnest($3) WITH ORDINALITY AS p (data, n)",
	    "blB", "" },
	[PAGES] = { "content_pages",
	    "INSERT INTO signet.fetched_page (content, issuer, length, serial, entries)"
	    " SELECT $1, p.issuer, octet_length(p.serial), p.serial, p.entries"
	    " FROM unnest($2, $3, $4) AS p (issuer, serial, entries)",
	    "bLBB", "" },
	[READ] = { "content_read",
	    "SELECT data FROM signet.fetched_part WHERE content = $1 ORDER BY number", "b", "b" },
	[PAGE] = { "content_page",
	    "SELECT p.entries FROM signet.fetched_content c LEFT JOIN LATERAL ("
	    "SELECT g.entries FROM signet.fetched_page g WHERE g.content = $1"
	    " AND (g.issuer, g.length, g.serial) <= ($2, $3, $4)"
	    " ORDER BY g.issuer DESC, g.length DESC, g.serial DESC LIMIT 1) p ON true"
	    " WHERE c.sha256 = $1",
	    "biib", "b" },
	{ 0 },
};

static struct span
sha(const unsigned char key[STORE_SHA256])
{
	return (struct span){ key, STORE_SHA256 };
}

static void
optional(struct db_args *a, struct span s)
{
	if (s.len > 0)
		db_arg_bytes(a, s);
	else
		db_arg_null(a, 'b');
}

/* ---- what was asked for ---- */

static struct fetched_row
row_at(const struct db_result *r, size_t n)
{
	struct fetched_row row = { 0 };
	struct span content = db_bytes(r, n, 5), key = db_bytes(r, n, 0);

	memcpy(row.ask.key, key.data, key.len < STORE_SHA256 ? key.len : STORE_SHA256);
	row.ask.kind = db_text(r, n, 1);
	row.ask.url = db_text(r, n, 2);
	row.ask.subject = db_bytes(r, n, 3);
	row.ask.issuer = db_bytes(r, n, 4);
	row.has_content = content.len == STORE_SHA256;
	if (row.has_content)
		memcpy(row.content, content.data, STORE_SHA256);
	row.size = (uint64_t)db_integer(r, n, 6);
	row.head = db_bytes(r, n, 7);
	row.fetched_us = db_time_us(r, n, 8);
	row.good_until = db_time(r, n, 9);
	row.failure = db_text(r, n, 10);
	row.retry_after = db_time(r, n, 11);
	row.asked = db_time(r, n, 12);
	row.is_leased = db_bool(r, n, 13);
	return row;
}

int
store_fetched_find(struct db *db, const unsigned char key[STORE_SHA256], struct fetched_row *row,
    struct error *err)
{
	struct db_result *result;
	struct db_args a;
	int found;

	memset(row, 0, sizeof(*row));
	db_args_init(&a);
	db_arg_bytes(&a, sha(key));
	found = store_find(db, NULL, &fetched_statements[FIND], &a, &result, err);
	if (found == 1) {
		*row = row_at(result, 0);
		row->result = result;
	}
	return found;
}

int
store_fetched_asked(
    struct db *db, const unsigned char key[STORE_SHA256], int64_t now, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_bytes(&a, sha(key));
	db_arg_time(&a, now);
	return store_do(db, NULL, &fetched_statements[ASKED], &a, err);
}

int
store_fetched_lease(struct db *db, const struct fetched_ask *ask, const struct uuid *lease,
    unsigned int seconds, int64_t now, struct error *err)
{
	struct db_args make, take;
	struct db_step steps[2] = { { &fetched_statements[MAKE], &make, NULL },
		{ &fetched_statements[LEASE], &take, NULL } };
	int rc;

	db_args_init(&make);
	db_arg_bytes(&make, sha(ask->key));
	db_arg_text(&make, ask->kind);
	db_arg_text(&make, ask->url);
	optional(&make, ask->subject);
	optional(&make, ask->issuer);
	db_arg_time(&make, now);
	db_args_init(&take);
	db_arg_bytes(&take, sha(ask->key));
	db_arg_uuid(&take, lease);
	db_arg_int(&take, (int32_t)seconds);
	rc = db_transact(db, NULL, steps, 2, err);
	if (rc == 0)
		rc = db_affected(steps[1].result) == 1;
	db_result_free(steps[0].result);
	db_result_free(steps[1].result);
	db_args_release(&make);
	db_args_release(&take);
	return rc;
}

/*
 * A transaction of its own, whose failure is nobody's: in the moment between looking and locking
 * something may have come to point there, which the foreign key then protects.
 */
static void
sweep_content(struct db *db, int which)
{
	struct error ignored = ERROR_INIT;
	struct db_args none;

	db_args_init(&none);
	store_do(db, NULL, &fetched_statements[which], &none, &ignored);
}

int
store_fetched_done(struct db *db, const unsigned char key[STORE_SHA256], const struct uuid *lease,
    const unsigned char content[STORE_SHA256], int64_t fetched_us, int64_t good_until,
    struct error *err)
{
	struct db_args old, done;
	struct db_step steps[2] = { { &fetched_statements[REPLACED], &old, NULL },
		{ &fetched_statements[DONE], &done, NULL } };
	size_t i;
	int rc;

	db_args_init(&old);
	db_arg_bytes(&old, sha(key));
	db_arg_bytes(&old, sha(content));
	db_args_init(&done);
	db_arg_bytes(&done, sha(key));
	db_arg_uuid(&done, lease);
	db_arg_bytes(&done, sha(content));
	db_arg_time_us(&done, fetched_us);
	db_arg_time(&done, good_until);
	rc = db_transact(db, NULL, steps, 2, err);
	for (i = 0; i < 2; i++)
		db_result_free(steps[i].result);
	db_args_release(&old);
	db_args_release(&done);
	if (rc == 0)
		sweep_content(db, SWEEP_REPLACED);
	return rc;
}

int
store_fetched_failed(struct db *db, const unsigned char key[STORE_SHA256], const struct uuid *lease,
    const char *failure, int64_t retry_after, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_bytes(&a, sha(key));
	db_arg_uuid(&a, lease);
	db_arg_text(&a, failure);
	db_arg_time(&a, retry_after);
	return store_do(db, NULL, &fetched_statements[FAILED], &a, err);
}

int
store_fetched_due(struct db *db, int64_t now, int64_t asked, unsigned int max,
    struct db_result **result, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_time(&a, now);
	db_arg_time(&a, asked);
	db_arg_int(&a, (int32_t)max);
	return db_call(db, NULL, &fetched_statements[DUE], &a, result, err);
}

struct fetched_row
store_fetched_due_row(const struct db_result *result, size_t n)
{
	return row_at(result, n);
}

int
store_fetched_sweep(
    struct db *db, int64_t asked, uint64_t max_bytes, size_t *removed, struct error *err)
{
	struct db_args old, large;
	struct db_step steps[2] = { { &fetched_statements[SWEEP_OLD], &old, NULL },
		{ &fetched_statements[SWEEP_LARGE], &large, NULL } };
	size_t i;
	int rc;

	db_args_init(&old);
	db_arg_time(&old, asked);
	db_args_init(&large);
	db_arg_long(&large, (int64_t)max_bytes);
	rc = db_transact(db, NULL, steps, 2, err);
	if (removed != NULL)
		*removed =
		    rc == 0 ? db_affected(steps[0].result) + db_affected(steps[1].result) : 0;
	for (i = 0; i < 2; i++)
		db_result_free(steps[i].result);
	db_args_release(&old);
	db_args_release(&large);
	if (rc == 0)
		sweep_content(db, SWEEP_CONTENT);
	return rc;
}

/* ---- content ---- */

int
store_content_add(struct db *db, const unsigned char sha256[STORE_SHA256], uint64_t size,
    struct span head, struct error *err)
{
	struct db_args keep, add;
	struct db_step steps[2] = { { &content_statements[KEEP], &keep, NULL },
		{ &content_statements[ADD], &add, NULL } };
	int rc;

	db_args_init(&keep);
	db_arg_bytes(&keep, sha(sha256));
	db_args_init(&add);
	db_arg_bytes(&add, sha(sha256));
	db_arg_long(&add, (int64_t)size);
	optional(&add, head);
	rc = db_transact(db, NULL, steps, 2, err);
	if (rc == 0)
		rc = db_affected(steps[1].result) == 1;
	db_result_free(steps[0].result);
	db_result_free(steps[1].result);
	db_args_release(&keep);
	db_args_release(&add);
	return rc;
}

int
store_content_parts(struct db *db, const unsigned char sha256[STORE_SHA256], int64_t first,
    const struct span *parts, size_t count, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_bytes(&a, sha(sha256));
	db_arg_long(&a, first);
	db_arg_spans(&a, parts, count);
	return store_do(db, NULL, &content_statements[PARTS], &a, err);
}

int
store_content_pages(struct db *db, const unsigned char sha256[STORE_SHA256],
    const struct content_page *pages, size_t count, struct error *err)
{
	struct db_args a;
	size_t i;

	db_args_init(&a);
	db_arg_bytes(&a, sha(sha256));
	db_arg_array(&a, 'l', count);
	for (i = 0; i < count; i++)
		db_item_long(&a, pages[i].issuer);
	db_arg_array(&a, 'b', count);
	for (i = 0; i < count; i++)
		db_item_bytes(&a, pages[i].serial);
	db_arg_array(&a, 'b', count);
	for (i = 0; i < count; i++)
		db_item_bytes(&a, pages[i].entries);
	return store_do(db, NULL, &content_statements[PAGES], &a, err);
}

int
store_content_read(
    struct db *db, const unsigned char sha256[STORE_SHA256], struct buf *out, struct error *err)
{
	struct db_result *result;
	struct db_args a;
	size_t i;
	int rc = 0;

	db_args_init(&a);
	db_arg_bytes(&a, sha(sha256));
	if (db_call(db, NULL, &content_statements[READ], &a, &result, err) != 0)
		return -1;
	if (db_rows(result) == 0)
		rc = error_set(
		    err, ERROR_NOT_FOUND, "validation data were replaced meanwhile; try again");
	for (i = 0; rc == 0 && i < db_rows(result); i++)
		rc = buf_append_span(out, db_bytes(result, i, 0), err);
	db_result_free(result);
	return rc;
}

int
store_content_page(struct db *db, const unsigned char sha256[STORE_SHA256], unsigned int issuer,
    struct span serial, struct db_result **result, struct error *err)
{
	struct db_args a;
	int rc;

	db_args_init(&a);
	db_arg_bytes(&a, sha(sha256));
	db_arg_int(&a, (int32_t)issuer);
	db_arg_int(&a, (int32_t)serial.len);
	db_arg_bytes(&a, serial);
	if (db_call(db, NULL, &content_statements[PAGE], &a, result, err) != 0)
		return -1;
	if (db_rows(*result) > 0 && !db_is_null(*result, 0, 0))
		return 1;
	/* That the list is gone must not look like an entry that is not there. */
	rc = db_rows(*result) > 0 ? 0
				  : error_set(err, ERROR_NOT_FOUND,
					"validation data were replaced meanwhile; try again");
	db_result_free(*result);
	*result = NULL;
	return rc;
}
