/*
 * server/ops/evidence/piece.h: one thing that was fetched, opened: a CRL, an OCSP answer, or
 * certificates. Shared by threads, never changed, counted.
 *
 * A long list is not held: of it a piece has the head alone, and an entry is looked up in the
 * database, by index.
 */
#ifndef SIGNET_OPS_PIECE_H
#define SIGNET_OPS_PIECE_H

#include <pthread.h>
#include <stdatomic.h>

#include "schema/store/revocation.h"
#include "signing/x509/crl.h"
#include "signing/x509/ocsp.h"

#define PIECE_SMALL	  ((size_t)64 << 10) /* up to here a list is held whole */
#define PIECE_LOOKUPS	  64		     /* answers of the database that a list remembers */
#define PIECE_ISSUERS_MAX 50		     /* certificates in one answer */

enum piece_kind { PIECE_CRL, PIECE_OCSP, PIECE_ISSUERS, PIECE_KINDS };
const char *piece_kind_name(enum piece_kind kind); /* as in the database */
/* -1 for an unknown one. */
int piece_kind_by_name(const char *name, enum piece_kind *kind);

struct db_pool;

struct piece_lookup {
	unsigned char serial[CRL_SERIAL_MAX];
	size_t len; /* 0: empty */
	unsigned int issuer;
	int found;
	struct crl_entry entry;
};

struct piece {
	_Atomic unsigned int references;
	enum piece_kind kind;
	unsigned char sha256[STORE_SHA256];
	int64_t good_until; /* set by who keeps it */
	uint64_t size;
	struct buf der; /* empty: only in the database */
	struct crl_source list;
	struct ocsp_response *answer;
	STACK_OF(X509) * certificates;
	struct db_pool *pool; /* of a list in pages */
	pthread_mutex_t lock; /* of what follows */
	struct piece_lookup *lookups;
};

/*
 * Open what came (a list in any form that crl_decode() takes). On 0 *piece is the caller's, for
 * piece_drop(), and whole, however long. ERROR_MALFORMED, ERROR_UNAVAILABLE, ERROR_NOT_FOUND (a
 * responder's refusals), ERROR_TOO_LARGE, ERROR_LIMIT as of who reads such things.
 */
int piece_open(struct piece **piece, enum piece_kind kind, struct span came, struct error *err);
/*
 * Keep its content in the database, in one transaction. A long list is replaced by one whose
 * entries are looked up there.
 */
int piece_store(struct piece **piece, struct db_pool *pool, struct error *err);
/* Open what the database has. */
int piece_load(struct piece **piece, enum piece_kind kind, const struct fetched_row *row,
    struct db *db, struct db_pool *pool, struct error *err);
/* Append its DER. ERROR_NOT_FOUND when the database no longer has it. */
int piece_der(const struct piece *piece, struct buf *out, struct error *err);
/* Should it be kept in memory? */
int piece_is_light(const struct piece *piece);

struct piece *piece_hold(struct piece *piece);
void piece_drop(struct piece *piece); /* NULL is fine */

/* ---- piece_pages.c: the entries of a long list ---- */

/* Write all of them; within a transaction. */
int piece_write_pages(struct db *db, const unsigned char sha256[STORE_SHA256],
    const struct crl *crl, struct error *err);
/* crl_source.find */
int piece_find(
    void *ctx, unsigned int issuer, struct span serial, struct crl_entry *entry, struct error *err);

#endif
