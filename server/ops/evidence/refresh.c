#include "server/ops/evidence/refresh.h"

#include <openssl/x509.h>
#include <string.h>

#include "schema/store/pool.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/ops/evidence/obtain.h"
#include "server/ops/private.h"

#define DAY 86400

static X509 *
certificate(struct span der)
{
	const unsigned char *p = der.data;

	return der.len > 0 ? d2i_X509(NULL, &p, (long)der.len) : NULL;
}

/* 1 renewed, 0 not, -1. */
static int
renew(struct engine *engine, const struct fetched_row *row, int64_t until_us, struct error *err)
{
	const struct fetch_limits *limits = &engine_limits(engine)->fetch;
	const struct obtain_terms terms = { .limits = limits,
		.may_fetch = 1,
		.is_renewal = 1,
		.until_us = until_us,
		.max_bytes = limits->bytes };
	struct obtain_want want = { .url = row->ask.url,
		.cert = certificate(row->ask.subject),
		.issuer = certificate(row->ask.issuer) };
	struct obtained got = { 0 };
	int rc = 0;

	if (piece_kind_by_name(row->ask.kind, &want.kind) == 0 &&
	    (want.kind != PIECE_OCSP || (want.cert != NULL && want.issuer != NULL)))
		rc = obtain(engine->depot, &want, &terms, &got, err);
	/* One that cannot be renewed must not keep the others, and the sweep, from their turn. */
	if (rc < 0 && err->kind != ERROR_UNAVAILABLE) {
		log_warning(
		    "%s could not be fetched again: %s [%s]", row->ask.url, err->text, err->cause);
		error_clear(err);
		got = (struct obtained){ .outcome = OBTAIN_FAILED };
		rc = 0;
	}
	if (rc == 0 && got.why[0] != '\0')
		log_info("%s %s", row->ask.url, got.why);
	if (rc == 0)
		rc = got.outcome == OBTAIN_FETCHED && got.why[0] == '\0';
	piece_drop(got.piece);
	X509_free(want.cert);
	X509_free(want.issuer);
	return rc;
}

static int
due(struct engine *engine, int64_t now, unsigned int max, struct db_result **rows,
    struct error *err)
{
	struct db *db;
	int rc;

	if (db_pool_take(engine->parts.pool, &db, err) != 0)
		return -1;
	rc = store_fetched_due(db, now, now - REFRESH_ASKED_DAYS * DAY, max, rows, err);
	db_pool_give(engine->parts.pool, db);
	return rc;
}

static int
sweep(struct engine *engine, int64_t now, size_t *removed, struct error *err)
{
	struct db *db;
	int rc;

	if (db_pool_take(engine->parts.pool, &db, err) != 0)
		return -1;
	rc = store_fetched_sweep(db, now - REFRESH_KEPT_DAYS * DAY,
	    engine_limits(engine)->fetch.cache_bytes, removed, err);
	db_pool_give(engine->parts.pool, db);
	return rc;
}

int
revocation_refresh(struct engine *engine, int64_t now, unsigned int max, int64_t until_us,
    struct revocation_refreshed *out, struct error *err)
{
	struct db_result *rows = NULL;
	size_t i;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	if (engine_limits(engine)->fetch.is_on && due(engine, now, max, &rows, err) != 0)
		return -1;
	for (i = 0; rows != NULL && i < db_rows(rows); i++) {
		struct fetched_row row = store_fetched_due_row(rows, i);

		if (clock_monotonic_us() >= until_us)
			break;
		rc = renew(engine, &row, until_us, err);
		if (rc < 0)
			break;
		out->renewed += (size_t)rc;
		out->failed += rc == 0;
	}
	out->is_complete = rows == NULL || (i == db_rows(rows) && i < max);
	db_result_free(rows);
	return rc < 0 ? -1 : sweep(engine, now, &out->removed, err);
}
