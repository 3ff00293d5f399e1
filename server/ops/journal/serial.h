/*
 * server/ops/journal/serial.h: serial numbers of our own timestamps (RFC 3161 section 2.4.2: unique
 * for each token of an authority, also after a crash).
 *
 * 16 bytes: 8 random ones, new for each block, and the number of the row signet.tsa_serial, which
 * is reserved block by block and durably before any is used. A crash loses the rest of a block and
 * never repeats a number; a database that was put back from a backup repeats at most the lower
 * half.
 */
#ifndef SIGNET_SERVER_OPS_SERIAL_H
#define SIGNET_SERVER_OPS_SERIAL_H

#include "schema/store/pool.h"

#define SERIAL_SIZE  16
#define SERIAL_BLOCK 256

struct serials;

/* `pool` stays the caller's and must outlive it. Reserves nothing yet. */
int serials_new(struct serials **s, struct db_pool *pool, struct error *err);
void serials_free(struct serials *s); /* NULL is fine */
/*
 * The next serial number, most significant byte first; a positive INTEGER of exactly 16 bytes. Safe
 * for all threads. ERROR_UNAVAILABLE when a new block is needed and the database is away.
 */
int serials_next(struct serials *s, unsigned char out[SERIAL_SIZE], struct error *err);

#endif
