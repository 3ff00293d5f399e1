/*
 * schema/store/pool.h: connections shared by the threads of a process.
 *
 * Connections are made when first needed and kept. A lost one is noticed when it is taken and
 * replaced; while the database is away attempts are spaced (0.05 s growing to 5 s) and in between
 * db_pool_take() fails at once, so that no thread waits for what cannot be.
 */
#ifndef SIGNET_SCHEMA_STORE_POOL_H
#define SIGNET_SCHEMA_STORE_POOL_H

#include "schema/store/db.h"

struct db_pool;

struct db_pool_options {
	struct db_options connection; /* its strings are copied */
	unsigned int max;	      /* connections at most; 0: 8 */
	unsigned int wait_ms;	      /* the longest wait for one that is free; 0: 2000 */
};

/* Does not connect yet. Safe for all threads, except db_pool_free(). */
int db_pool_new(struct db_pool **pool, const struct db_pool_options *options, struct error *err);
/* All connections must have been given back. NULL is fine. */
void db_pool_free(struct db_pool *pool);
/*
 * On 0 *db is the caller's until db_pool_give(). ERROR_UNAVAILABLE when the database is away, its
 * schema is not ours, or all connections stayed in use.
 */
int db_pool_take(struct db_pool *pool, struct db **db, struct error *err);
void db_pool_give(struct db_pool *pool, struct db *db); /* NULL is fine */
/* What its connections are made with, for those who need one of their own. */
const struct db_options *db_pool_connection(const struct db_pool *pool);

#endif
