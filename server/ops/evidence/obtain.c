#include "server/ops/evidence/obtain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "schema/store/pool.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/ops/evidence/shelf.h"
#include "signing/core/ossl.h"
#include "signing/verify/verify.h"

#define LEASE_SECONDS	60  /* beside the time of the fetch: to parse and store what came */
#define CLOCK_TOLERANCE 300 /* seconds, between servers */
#define WAIT_MS		100 /* between looks for what another server fetches */

/* ---- what a process has at hand, and what it is about to have ---- */

struct flight {
	struct flight *next;
	unsigned char key[STORE_SHA256];
	unsigned int waiting;
	int is_done, rc;
	struct obtained result;
	struct error err;
	pthread_cond_t done;
};

struct depot {
	struct db_pool *pool;
	struct uuid id; /* in leases */
	struct shelf *shelf;
	pthread_mutex_t lock; /* of the flights */
	struct flight *flights;
};

int
depot_new(struct depot **depot, struct db_pool *pool, struct error *err)
{
	struct depot *d = calloc(1, sizeof(*d));

	*depot = NULL;
	if (d == NULL)
		return error_memory(err);
	d->pool = pool;
	uuid_random(&d->id);
	pthread_mutex_init(&d->lock, NULL);
	if (shelf_new(&d->shelf, err) != 0) {
		depot_free(d);
		return -1;
	}
	*depot = d;
	return 0;
}

void
depot_free(struct depot *d)
{
	if (d == NULL)
		return;
	shelf_free(d->shelf);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

/* ---- what the database has ---- */

static int
load(struct depot *d, struct db *db, enum piece_kind kind, const struct fetched_row *row,
    struct obtained *out, struct error *err)
{
	struct piece *known = shelf_get(d->shelf, row->ask.key, 0);
	struct error why = ERROR_INIT;

	if (known != NULL && memcmp(known->sha256, row->content, STORE_SHA256) == 0) {
		out->piece = known;
	} else {
		piece_drop(known);
		if (piece_load(&out->piece, kind, row, db, d->pool, &why) != 0) {
			/* It was replaced just now, or is damaged: as if it were not there. */
			if (why.kind == ERROR_UNAVAILABLE)
				return error_cause(err, why.kind, why.text, "%s", why.cause);
			log_warning("kept validation data of %s cannot be read: %s", row->ask.url,
			    why.text);
			return 0;
		}
	}
	shelf_put(d->shelf, row->ask.key, out->piece, row->good_until);
	return 0;
}

/* What was fetched in the future, by a clock that was set back since, was not fetched lately. */
static int
is_since(const struct fetched_row *row, int64_t since_us, int64_t now)
{
	return row->fetched_us >= since_us && row->fetched_us <= (now + CLOCK_TOLERANCE) * 1000000;
}

static int
take_row(struct depot *d, struct db *db, enum piece_kind kind, int64_t since_us,
    const struct fetched_row *row, struct obtained *out, struct error *err)
{
	int64_t now = clock_now();
	int is_good = row->has_content && row->good_until > now &&
		      (since_us == 0 || is_since(row, since_us, now));
	int failed = row->retry_after != DB_NO_TIME && row->retry_after > now;

	if (row->asked < now - 3600 && store_fetched_asked(db, row->ask.key, now, err) != 0)
		return -1;
	if (!is_good && !failed)
		return 0;
	if (row->has_content && load(d, db, kind, row, out, err) != 0)
		return -1;
	if (is_good && out->piece != NULL) {
		out->outcome = OBTAIN_HAD;
	} else if (failed) {
		out->outcome = OBTAIN_FAILED;
		snprintf(out->why, sizeof(out->why), "%s", row->failure);
	}
	return 0;
}

/* OBTAIN_HAD, OBTAIN_FAILED, or OBTAIN_NOT_KEPT. */
static int
look(struct depot *d, enum piece_kind kind, const unsigned char key[STORE_SHA256], int64_t since_us,
    struct obtained *out, struct error *err)
{
	struct fetched_row row;
	struct db *db;
	int rc;

	memset(out, 0, sizeof(*out));
	out->outcome = OBTAIN_NOT_KEPT;
	if (db_pool_take(d->pool, &db, err) != 0)
		return -1;
	rc = store_fetched_find(db, key, &row, err);
	if (rc == 1) {
		rc = take_row(d, db, kind, since_us, &row, out, err);
		db_result_free(row.result);
	}
	db_pool_give(d->pool, db);
	return rc;
}

/* ---- fetching it ---- */

static int64_t
good_until(const struct obtain_want *want, const struct fetched_piece *f,
    const struct fetch_limits *limits, int64_t now)
{
	int64_t most = now + (int64_t)limits->keep_seconds;

	if (f->next_update != 0)
		return f->next_update < most ? f->next_update : most;
	if (want->kind == PIECE_CRL)
		return now + VERIFY_FRESH_WITHOUT_END < most ? now + VERIFY_FRESH_WITHOUT_END
							     : most;
	/* RFC 6960 section 4.2.2.1: newer information is available all the time. */
	return want->kind == PIECE_OCSP ? now : most;
}

static int
end_lease(struct depot *d, const unsigned char key[STORE_SHA256], const char *failure,
    int64_t retry_after, struct error *err)
{
	struct db *db;
	int rc;

	if (db_pool_take(d->pool, &db, err) != 0)
		return -1;
	rc = store_fetched_failed(db, key, &d->id, failure, retry_after, err);
	db_pool_give(d->pool, db);
	return rc;
}

static int
keep(struct depot *d, const unsigned char key[STORE_SHA256], struct piece **piece,
    int64_t fetched_us, int64_t until, const struct uuid *lease, struct error *err)
{
	struct db *db;
	int rc;

	if (piece_store(piece, d->pool, err) != 0 || db_pool_take(d->pool, &db, err) != 0)
		return -1;
	rc = store_fetched_done(db, key, lease, (*piece)->sha256, fetched_us, until, err);
	db_pool_give(d->pool, db);
	if (rc == 0)
		shelf_put(d->shelf, key, *piece, until);
	return rc;
}

/* What came before, for who can still use it. */
static int
fall_back(struct depot *d, const struct obtain_want *want, const unsigned char key[STORE_SHA256],
    struct obtained *out, struct error *err)
{
	struct fetched_row row;
	struct db *db;
	int rc;

	if (db_pool_take(d->pool, &db, err) != 0)
		return -1;
	rc = store_fetched_find(db, key, &row, err);
	if (rc == 1) {
		rc = row.has_content ? load(d, db, want->kind, &row, out, err) : 0;
		db_result_free(row.result);
	}
	db_pool_give(d->pool, db);
	return rc < 0 ? -1 : 0;
}

/*
 * What is good but already over; and issuers of other certificates: whose certificate names the
 * address is not known from the key, so this is no failure for those whose issuer they are.
 */
static int
must_ask_again(const struct obtain_want *want, const struct fetched_piece *f)
{
	return f->piece != NULL && f->is_current && (f->is_proven || want->kind == PIECE_ISSUERS);
}

/* The lease is ours. */
static int
fetch_now(struct depot *d, const struct obtain_want *want, const struct obtain_terms *terms,
    const unsigned char key[STORE_SHA256], struct obtained *out, struct error *err)
{
	int64_t now_us = clock_now_us(), now = now_us / 1000000, until;
	struct fetched_piece f;
	int rc;

	if (obtain_fetch(want, terms, now, &f, err) != 0) {
		end_lease(d, key, NULL, DB_NO_TIME, NULL);
		return -1;
	}
	snprintf(out->why, sizeof(out->why), "%s", f.why);
	out->outcome = f.piece != NULL ? OBTAIN_FETCHED : OBTAIN_FAILED;
	out->is_unproven = f.piece != NULL && f.is_current && !f.is_proven;
	out->is_own_limit = f.is_own_limit;
	out->came = f.came;
	until = good_until(want, &f, terms->limits, now);
	if (f.piece != NULL && f.is_proven && f.is_current && until > now)
		rc = keep(d, key, &f.piece, now_us, until, &d->id, err);
	else if (f.is_own_limit || must_ask_again(want, &f))
		rc = end_lease(d, key, NULL, DB_NO_TIME, err);
	else
		rc = end_lease(d, key, f.why, now + terms->limits->retry_seconds, err);
	if (rc != 0) /* what could not be kept shall not make others wait */
		end_lease(d, key, NULL, DB_NO_TIME, NULL);
	out->piece = f.piece;
	if (rc == 0 && f.piece == NULL)
		rc = fall_back(d, want, key, out, err);
	if (rc != 0) {
		piece_drop(out->piece);
		out->piece = NULL;
	}
	return rc;
}

static int
take_lease(struct depot *d, const struct obtain_want *want, const struct obtain_terms *terms,
    const unsigned char key[STORE_SHA256], struct error *err)
{
	struct fetched_ask ask = { .kind = piece_kind_name(want->kind), .url = want->url };
	unsigned char *subject = NULL, *issuer = NULL;
	struct db *db = NULL;
	int len, rc = -1;

	memcpy(ask.key, key, sizeof(ask.key));
	if (want->cert != NULL && (len = i2d_X509(want->cert, &subject)) > 0)
		ask.subject = (struct span){ subject, (size_t)len };
	if (want->issuer != NULL && (len = i2d_X509(want->issuer, &issuer)) > 0)
		ask.issuer = (struct span){ issuer, (size_t)len };
	if (db_pool_take(d->pool, &db, err) == 0)
		rc = store_fetched_lease(
		    db, &ask, &d->id, terms->limits->seconds + LEASE_SECONDS, clock_now(), err);
	db_pool_give(d->pool, db);
	OPENSSL_free(subject);
	OPENSSL_free(issuer);
	return rc;
}

static void
wait_a_little(void)
{
	const struct timespec t = { .tv_nsec = WAIT_MS * 1000000L };

	nanosleep(&t, NULL);
}

/* Another server may have ended its lease between our look and our lease. */
static int
with_lease(struct depot *d, const struct obtain_want *want, const struct obtain_terms *terms,
    const unsigned char key[STORE_SHA256], struct obtained *out, struct error *err)
{
	int rc;

	if (terms->is_renewal)
		return fetch_now(d, want, terms, key, out, err);
	rc = look(d, want->kind, key, terms->since_us, out, err);
	if (rc == 0 && out->outcome == OBTAIN_NOT_KEPT)
		return fetch_now(d, want, terms, key, out, err);
	end_lease(d, key, NULL, DB_NO_TIME, NULL);
	return rc;
}

/* Alone in this process; another server may be at it. */
static int
lead(struct depot *d, const struct obtain_want *want, const struct obtain_terms *terms,
    const unsigned char key[STORE_SHA256], struct obtained *out, struct error *err)
{
	int rc;

	do {
		if (!terms->is_renewal && look(d, want->kind, key, terms->since_us, out, err) != 0)
			return -1;
		if (!terms->is_renewal && out->outcome != OBTAIN_NOT_KEPT)
			return 0;
		rc = take_lease(d, want, terms, key, err);
		if (rc < 0)
			return -1;
		if (rc == 1)
			return with_lease(d, want, terms, key, out, err);
		if (!terms->is_renewal)
			wait_a_little();
	} while (!terms->is_renewal && clock_monotonic_us() < terms->until_us);
	memset(out, 0, sizeof(*out));
	out->outcome = OBTAIN_FAILED;
	snprintf(out->why, sizeof(out->why), "is being asked by another server just now");
	return 0;
}

/* ---- one flight for all ---- */

static struct flight *
find_flight(struct depot *d, const unsigned char key[STORE_SHA256])
{
	struct flight *f = d->flights;

	while (f != NULL && memcmp(f->key, key, STORE_SHA256) != 0)
		f = f->next;
	return f;
}

static void
free_flight(struct flight *f)
{
	piece_drop(f->result.piece);
	pthread_cond_destroy(&f->done);
	free(f);
}

/* Locked. Wait for another's flight; it is freed by the last who waits. */
static int
follow(struct depot *d, struct flight *f, const struct obtain_terms *terms, struct obtained *out,
    struct error *err)
{
	int64_t until = terms->until_us;
	const struct timespec at = { .tv_sec = (time_t)(until / 1000000),
		.tv_nsec = (long)(until % 1000000) * 1000 };
	int rc = 0;

	f->waiting++;
	while (!f->is_done && pthread_cond_clockwait(&f->done, &d->lock, CLOCK_MONOTONIC, &at) == 0)
		continue;
	f->waiting--;
	memset(out, 0, sizeof(*out));
	if (!f->is_done) {
		out->outcome = OBTAIN_FAILED;
		snprintf(out->why, sizeof(out->why), "has not answered in the time of the request");
		return 0;
	}
	rc = f->rc;
	if (rc != 0) {
		error_cause(err, f->err.kind, f->err.text, "%s", f->err.cause);
	} else {
		*out = f->result;
		if (out->piece != NULL)
			piece_hold(out->piece);
	}
	if (f->waiting == 0)
		free_flight(f);
	return rc;
}

static void
land(struct depot *d, struct flight *f, int rc, const struct obtained *out, const struct error *why)
{
	struct flight **at;

	pthread_mutex_lock(&d->lock);
	for (at = &d->flights; *at != f; at = &(*at)->next)
		continue;
	*at = f->next;
	f->rc = rc;
	f->is_done = 1;
	if (rc == 0) {
		f->result = *out;
		if (out->piece != NULL)
			piece_hold(out->piece);
	} else {
		f->err = *why;
	}
	if (f->waiting > 0)
		pthread_cond_broadcast(&f->done);
	else
		free_flight(f);
	pthread_mutex_unlock(&d->lock);
}

static int
fly(struct depot *d, const struct obtain_want *want, const struct obtain_terms *terms,
    const unsigned char key[STORE_SHA256], struct obtained *out, struct error *err)
{
	struct error why = ERROR_INIT;
	struct flight *f;
	int rc;

	pthread_mutex_lock(&d->lock);
	while ((f = find_flight(d, key)) != NULL) {
		rc = follow(d, f, terms, out, err);
		/* What ended by the leader's limits is to be had within ours, perhaps. */
		if (rc == 0 && out->is_own_limit && clock_monotonic_us() < terms->until_us) {
			piece_drop(out->piece);
			memset(out, 0, sizeof(*out));
			continue;
		}
		pthread_mutex_unlock(&d->lock);
		return rc;
	}
	f = calloc(1, sizeof(*f));
	if (f == NULL) {
		pthread_mutex_unlock(&d->lock);
		return error_memory(err);
	}
	memcpy(f->key, key, sizeof(f->key));
	pthread_cond_init(&f->done, NULL);
	f->next = d->flights;
	d->flights = f;
	pthread_mutex_unlock(&d->lock);
	rc = lead(d, want, terms, key, out, &why);
	land(d, f, rc, out, &why);
	if (rc != 0)
		error_cause(err, why.kind, why.text, "%s", why.cause);
	return rc;
}

int
obtain(struct depot *d, const struct obtain_want *want, const struct obtain_terms *terms,
    struct obtained *out, struct error *err)
{
	unsigned char key[STORE_SHA256];

	memset(out, 0, sizeof(*out));
	if (obtain_key(want, key, err) != 0)
		return -1;
	if (!terms->is_renewal) {
		/* How old it is, only the database knows. */
		out->piece = terms->since_us == 0 ? shelf_get(d->shelf, key, 1) : NULL;
		if (out->piece != NULL) {
			out->outcome = OBTAIN_HAD;
			return 0;
		}
		out->outcome = OBTAIN_NOT_KEPT;
		if (terms->only_memory)
			return 0;
		if (look(d, want->kind, key, terms->since_us, out, err) != 0)
			return -1;
		if (out->outcome != OBTAIN_NOT_KEPT || !terms->may_fetch)
			return 0;
	}
	return fly(d, want, terms, key, out, err);
}

int
obtain_confirm(struct depot *d, const struct obtain_want *want, const struct fetch_limits *limits,
    struct piece **piece, struct error *err)
{
	struct fetched_piece f = { 0 };
	const struct ocsp_single *single;
	unsigned char key[STORE_SHA256];
	int64_t now = clock_now(), until;

	if (want->kind == PIECE_CRL) {
		f.next_update = crl_facts((*piece)->list.crl)->next_update;
	} else if (want->kind == PIECE_OCSP) {
		single = ocsp_find(ocsp_facts((*piece)->answer), want->cert, want->issuer);
		f.next_update = single != NULL ? single->next_update : 0;
	}
	until = good_until(want, &f, limits, now);
	if (until <= now)
		return 0;
	if (obtain_key(want, key, err) != 0)
		return -1;
	return keep(d, key, piece, clock_now_us(), until, NULL, err);
}
