/*
 * schema/store/revocation.h: the cache of validation data that all servers share (CRLs, OCSP
 * answers, issuers' certificates by URL). They are public, so no call has a tenant. Times are the
 * caller's clock in seconds (when it was fetched: in microseconds), except that leases and the
 * sweep go by the database's.
 */
#ifndef SIGNET_SCHEMA_STORE_REVOCATION_H
#define SIGNET_SCHEMA_STORE_REVOCATION_H

#include "schema/store/db.h"

#define STORE_SHA256 32

/*
 * What is asked for. The key is SHA-256 over the kind, the URL, of CRLs and OCSP answers the name
 * and key of whose word it is, and of OCSP the question (obtain_key() in server/ops/evidence; the
 * comment on the column in migration 0009 is of before the issuer was part of it).
 */
struct fetched_ask {
	unsigned char key[STORE_SHA256];
	const char *kind; /* "Crl", "Ocsp", "Issuers" */
	const char *url;
	struct span subject, issuer; /* DER; or none */
};

/* Views into `result`. */
struct fetched_row {
	struct db_result *result;
	struct fetched_ask ask;
	int has_content;
	unsigned char content[STORE_SHA256];
	uint64_t size;
	struct span head;		/* len 0: no pages */
	int64_t fetched_us, good_until; /* DB_NO_TIME without content */
	const char *failure;		/* of the last attempt; "" */
	int64_t retry_after, asked;
	int is_leased;
};
/* 1 found, 0 none, -1 failed; when 1, row->result is the caller's, for db_result_free(). */
int store_fetched_find(struct db *db, const unsigned char key[STORE_SHA256],
    struct fetched_row *row, struct error *err);
/* Note that a verdict wanted it. */
int store_fetched_asked(
    struct db *db, const unsigned char key[STORE_SHA256], int64_t now, struct error *err);

/*
 * Begin a fetch: the row is made if it is not there, and leased for so many seconds unless another
 * holds a lease. 1: leased, 0: another is at it, -1.
 */
int store_fetched_lease(struct db *db, const struct fetched_ask *ask, const struct uuid *lease,
    unsigned int seconds, int64_t now, struct error *err);
/*
 * End it, if the lease is still ours (NULL: nobody's): with what came (which must be stored), or
 * with why nothing did, which leaves what came before as it was. failure NULL, retry_after
 * DB_NO_TIME: only the lease ends.
 */
int store_fetched_done(struct db *db, const unsigned char key[STORE_SHA256],
    const struct uuid *lease, const unsigned char content[STORE_SHA256], int64_t fetched_us,
    int64_t good_until, struct error *err);
int store_fetched_failed(struct db *db, const unsigned char key[STORE_SHA256],
    const struct uuid *lease, const char *failure, int64_t retry_after, struct error *err);
/*
 * Rows with content that end before `end` and were asked for after `asked`, the first to end
 * first; row n by store_fetched_due_row(), whose `result` is NULL.
 */
int store_fetched_due(struct db *db, int64_t now, int64_t asked, unsigned int max,
    struct db_result **result, struct error *err);
struct fetched_row store_fetched_due_row(const struct db_result *result, size_t n);
/*
 * Remove what nobody asked for since `asked`, the longest unasked beyond `max_bytes` in all, and
 * content that was replaced a while ago. *removed (NULL is fine) counts rows.
 */
int store_fetched_sweep(
    struct db *db, int64_t asked, uint64_t max_bytes, size_t *removed, struct error *err);

/* ---- content, by its SHA-256; written once ---- */

/*
 * Within db_begin() .. db_commit(): 1: it is new, its parts and pages are to be added; 0: it is
 * there, and no sweep takes it for the next minutes; -1.
 */
int store_content_add(struct db *db, const unsigned char sha256[STORE_SHA256], uint64_t size,
    struct span head, struct error *err);
/* Parts from this number on. */
int store_content_parts(struct db *db, const unsigned char sha256[STORE_SHA256], int64_t first,
    const struct span *parts, size_t count, struct error *err);
struct content_page {
	unsigned int issuer;
	struct span serial; /* of its first entry */
	struct span entries;
};
int store_content_pages(struct db *db, const unsigned char sha256[STORE_SHA256],
    const struct content_page *pages, size_t count, struct error *err);

/* Append all parts. ERROR_NOT_FOUND when it is not there, or not whole. */
int store_content_read(
    struct db *db, const unsigned char sha256[STORE_SHA256], struct buf *out, struct error *err);
/*
 * The page that an entry would stand in: 1 and *result (column 0), 0 none, -1; ERROR_NOT_FOUND when
 * the content is no longer there.
 */
int store_content_page(struct db *db, const unsigned char sha256[STORE_SHA256], unsigned int issuer,
    struct span serial, struct db_result **result, struct error *err);

#endif
