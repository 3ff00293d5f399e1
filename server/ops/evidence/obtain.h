/*
 * server/ops/evidence/obtain.h: one piece of validation data, from this process's memory, else from
 * the database that all servers share, else from where the URL points.
 *
 * However many ask for a URL at once, one fetches: in this process a table of flights makes the
 * others wait for the first, across servers a lease in the database does. A lease, not an advisory
 * lock: it needs no connection while the fetch lasts, and ends by itself when its server dies.
 *
 * What comes is only evidence. It is kept for others when the key that should have signed it did;
 * what cannot be proven so (a list by another issuer, a forgery on the way) is kept no longer than
 * a failure, and never when it is long.
 */
#ifndef SIGNET_OPS_OBTAIN_H
#define SIGNET_OPS_OBTAIN_H

#include "server/fetch/guard.h"
#include "server/ops/evidence/piece.h"

/* "fetch-..." of the configuration. All zeros: nothing is fetched. */
struct fetch_limits {
	int is_on;			  /* "fetch" */
	unsigned int connect_ms, seconds; /* "fetch-connect-milliseconds", "fetch-seconds" */
	unsigned int retry_seconds;	  /* "fetch-retry-seconds": after a failure */
	unsigned int keep_seconds; /* "fetch-keep-seconds": at most, whatever an issuer says */
	unsigned int fetches;	   /* "limit-fetches": of one request */
	uint64_t bytes;		   /* "limit-fetch-bytes": of one request */
	uint64_t cache_bytes;	   /* "fetch-cache-size" */
	struct dial_guard guard;   /* "fetch-networks" */
};

struct depot; /* the pieces of a process, and the flights under way */
int depot_new(struct depot **depot, struct db_pool *pool, struct error *err);
void depot_free(struct depot *depot); /* NULL is fine; no flight may be under way */

struct obtain_want {
	enum piece_kind kind;
	const char *url;
	/*
	 * OCSP: whose status is asked, and its issuer. A CRL: whose status it shall tell (NULL
	 * where that is not one certificate's), and who should have signed it. Issuers: whose
	 * issuer is wanted, NULL: of a CRL.
	 */
	X509 *cert, *issuer;
	STACK_OF(X509) * signers; /* others who may have signed a list; or NULL */
};
/*
 * The name under which it is kept: SHA-256 of kind, URL, the issuer's name and key (but of
 * issuers), and, of OCSP, the question. The issuer, because a URL is anybody's to write into a
 * certificate: what is wrong for a stranger's, or right for it, must not count for those of the CA.
 */
int obtain_key(const struct obtain_want *want, unsigned char key[STORE_SHA256], struct error *err);

struct obtain_terms {
	const struct fetch_limits *limits;
	int only_memory; /* do not even ask the database */
	int may_fetch;
	int is_renewal;	  /* fetch although what is kept is still good */
	int64_t since_us; /* what was fetched before does not count as kept; 0: all does */
	int64_t until_us; /* clock_monotonic_us(): when the time is over */
	size_t max_bytes; /* of what comes */
};
enum obtain_outcome {
	OBTAIN_HAD,	 /* kept from before */
	OBTAIN_FETCHED,	 /* by us, or by another while we waited */
	OBTAIN_FAILED,	 /* `why` tells; it may be a failure of a short while ago */
	OBTAIN_NOT_KEPT, /* and may_fetch is 0 */
};
struct obtained {
	enum obtain_outcome outcome;
	/* The caller's, for piece_drop(). With OBTAIN_FAILED what came before, or NULL. */
	struct piece *piece;
	int is_unproven;  /* of OBTAIN_FETCHED: not kept for others, see obtain_confirm() */
	int is_own_limit; /* of OBTAIN_FAILED: the asker's time or bytes ended; others may ask */
	uint64_t came;	  /* bytes that this fetch has cost, also when they were of no use */
	/* The rest of a sentence behind the URL: "answered 404"; also of what is not proven. */
	char why[320];
};
/* 0, whatever the outcome. -1: ERROR_UNAVAILABLE, ERROR_INTERNAL; nothing is the caller's. */
int obtain(struct depot *depot, const struct obtain_want *want, const struct obtain_terms *terms,
    struct obtained *out, struct error *err);

/*
 * A piece that could not be proven when it came has served in a verdict since: keep it for others,
 * too. *piece may be replaced by one that holds less in memory.
 */
int obtain_confirm(struct depot *depot, const struct obtain_want *want,
    const struct fetch_limits *limits, struct piece **piece, struct error *err);

/* ---- obtain_fetch.c ---- */

struct fetched_piece {
	struct piece *piece; /* NULL: nothing usable came, `why` tells */
	int is_proven;	     /* signed by who should have */
	int is_current;	     /* not outdated, and the responder knows the certificate */
	int64_t next_update; /* 0: not said */
	int is_own_limit;    /* nothing came for want of time or bytes of this request's */
	uint64_t came;	     /* bytes, whatever they were */
	char why[320];	     /* also of what is not proven or not current */
};
/* -1: ERROR_UNAVAILABLE, ERROR_INTERNAL of this machine. */
int obtain_fetch(const struct obtain_want *want, const struct obtain_terms *terms, int64_t now,
    struct fetched_piece *out, struct error *err);

#endif
