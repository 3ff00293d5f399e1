/* server/ops/evidence/shelf.h: pieces of validation data in this process's memory. For obtain.c
 * only. */
#ifndef SIGNET_OPS_SHELF_H
#define SIGNET_OPS_SHELF_H

#include "server/ops/evidence/piece.h"

#define SHELF_MAX	 1024 /* pieces, each at most PIECE_SMALL and what is made of it */
#define SHELF_RECHECK_US ((int64_t)60 * 1000000) /* then the database may know a newer one */

struct shelf;

/* Safe for all threads, but for shelf_free(). */
int shelf_new(struct shelf **shelf, struct error *err);
void shelf_free(struct shelf *shelf); /* NULL is fine */
/* A reference, or NULL; with only_fresh none that the database should be asked about first. */
struct piece *shelf_get(struct shelf *shelf, const unsigned char key[STORE_SHA256], int only_fresh);
/* The database has it now. Heavy ones are not kept. */
void shelf_put(struct shelf *shelf, const unsigned char key[STORE_SHA256], struct piece *piece,
    int64_t good_until);

#endif
