/*
 * schema/store/request.h: answers that a repeated request gets again. They are written with the
 * audit rows (audit.h), in the same transaction.
 */
#ifndef SIGNET_SCHEMA_STORE_REQUEST_H
#define SIGNET_SCHEMA_STORE_REQUEST_H

#include "schema/store/db.h"

#define REQUEST_DIGEST_SIZE 32

/* What is kept of a request that carried an id of the caller's. */
struct request_record {
	struct uuid tenant, user;
	const char *id;				   /* the caller's; 1 to 512 bytes of UTF-8 */
	const char *operation;			   /* as in the contract */
	unsigned char digest[REQUEST_DIGEST_SIZE]; /* SHA-256 of what the request asked for */
	struct span answer;			   /* what was answered */
};

/* A stored answer; views into `result`. */
struct request_row {
	struct db_result *result;
	const char *operation;
	struct span digest, answer;
	int64_t created; /* seconds */
};

/* 1 found (row->result is the caller's, for db_result_free()), 0 none, -1 failed. */
int store_request_find(struct db *db, const struct uuid *tenant, const struct uuid *user,
    const char *id, struct request_row *row, struct error *err);
/*
 * Insert those records whose (user, id) is free, in the transaction under way (db_begin);
 * taken[i] = 1 for those that were not, the second of two equal ones among the records included.
 */
int store_request_claim(struct db *db, const struct request_record *const *records, size_t count,
    unsigned char *taken, struct error *err);
/* Forget answers older than `before` (an hour ago at the latest), `most` at a time. */
int store_request_forget(
    struct db *db, int64_t before, int32_t most, uint64_t *forgotten, struct error *err);

#endif
