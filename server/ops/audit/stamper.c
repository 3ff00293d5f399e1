#include "server/ops/audit/stamper.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "schema/store/audit_query.h"
#include "schema/store/key.h"
#include "schema/store/listen.h"
#include "schema/store/pool.h"
#include "schema/store/tenant.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/ops/private.h"
#include "signing/proof/audit_heads.h"
#include "signing/proof/tsp.h"

#define LEASE_S	  120
#define TOKEN_MAX ((size_t)1 << 20)
#define PING_MS	  60000
#define AGAIN_MS  5000 /* after the database was lost */
#define HEARS_ON  "signet_stamp_wanted"

/* ---- one stamp ---- */

struct stamping {
	struct engine *engine;
	struct request req; /* what authorities ask of one: the time, and that it may wait */
	unsigned char digest[DIGEST_SIZE_MAX];
	struct buf token;
	char authority[200];
};

static int
has_authorities(struct stamping *s, const struct uuid *tenant, struct error *err)
{
	struct db_result *r;
	struct db *db;
	int rc;

	if (db_pool_take(s->engine->parts.pool, &db, err) != 0)
		return -1;
	rc = store_authorities(db, tenant, &r, err);
	if (rc == 0) {
		rc = db_rows(r) > 0;
		db_result_free(r);
	}
	db_pool_give(s->engine->parts.pool, db);
	return rc;
}

/* Any of the tenant's authorities, in their order; `own`: only what we sign ourselves. */
static int
ask_tenant(struct stamping *s, const struct uuid *tenant, int own, struct error *err)
{
	const struct material *material;
	struct authority_source source;
	struct error why = ERROR_INIT;
	size_t i;
	int rc = -1;

	/* Material makes a trust snapshot; who has no authority needs none. */
	if (has_authorities(s, tenant, err) <= 0 ||
	    material_of_tenant(&material, s->engine, tenant, err) != 0)
		return -1;
	for (i = 0; rc != 0 && i < material->authority_count; i++) {
		const struct material_authority *a = &material->authorities[i];

		if (!a->is_active || (own && a->url != NULL))
			continue;
		error_clear(&why);
		authority_source_init(&source, s->engine, &s->req, material, a->name, NULL);
		rc =
		    source.source.get(source.source.ctx, DIGEST_SHA256, s->digest, &s->token, &why);
		if (rc == 0)
			text_copy(s->authority, sizeof(s->authority), a->name);
	}
	material_unref(material);
	if (rc != 0 && why.kind != ERROR_NONE)
		error_cause(err, ERROR_UNAVAILABLE, why.text, "%s", why.cause);
	return rc;
}

/* Whose authorities may be asked: the server's own tenant, and who answers strangers. */
static int
find_tenants(struct stamping *s, struct uuid tenants[2], int found[2], struct error *err)
{
	struct db *db;

	if (db_pool_take(s->engine->parts.pool, &db, err) != 0)
		return -1;
	found[0] = store_server_tenant(db, &tenants[0], err);
	found[1] = found[0] >= 0 && s->engine->tsa_tenant[0] != '\0'
		       ? store_tenant_find(db, s->engine->tsa_tenant, &tenants[1], err)
		       : 0;
	db_pool_give(s->engine->parts.pool, db);
	return found[0] < 0 || found[1] < 0 ? -1 : 0;
}

static int
get_token(struct stamping *s, struct error *err)
{
	struct error first = ERROR_INIT;
	struct uuid tenants[2];
	int found[2], i;

	if (find_tenants(s, tenants, found, err) != 0)
		return -1;
	for (i = 0; i < 2; i++)
		if (found[i] && ask_tenant(s, &tenants[i], i == 1, &first) == 0)
			return 0;
	if (first.kind != ERROR_NONE)
		return error_cause(err, ERROR_UNAVAILABLE, first.text, "%s", first.cause);
	return error_set(err, ERROR_UNAVAILABLE,
	    "there is no time-stamp authority for it: give the server's own tenant one, or set "
	    "tsa-tenant");
}

/* What the authority said, and for good. */
static int
keep(struct stamping *s, int64_t day, struct error *err)
{
	struct timestamp_token token;
	struct db *db;
	int rc;

	if (timestamp_token_read(&token, SPAN_OF(&s->token), NULL, err) != 0)
		return -1;
	rc = db_pool_take(s->engine->parts.pool, &db, err);
	if (rc == 0) {
		rc = store_audit_stamp(
		    db, day, SPAN_OF(&s->token), s->authority, token.gen_time, err);
		db_pool_give(s->engine->parts.pool, db);
	}
	timestamp_token_release(&token);
	return rc;
}

static void
write_failure(struct engine *engine, int64_t day, const struct error *why)
{
	struct error err = ERROR_INIT;
	struct db *db;

	if (db_pool_take(engine->parts.pool, &db, &err) == 0) {
		store_audit_stamp_failed(db, day, engine_node(engine), why->text, &err);
		db_pool_give(engine->parts.pool, db);
	}
	if (err.kind != ERROR_NONE)
		log_failure(LOG_LEVEL_WARNING, "that there is no time stamp", &err);
}

static int
claim(struct engine *engine, struct db_result **r, struct error *err)
{
	struct db *db;
	int rc;

	if (db_pool_take(engine->parts.pool, &db, err) != 0)
		return -1;
	rc = store_audit_claim(db, engine_node(engine), LEASE_S, r, err);
	db_pool_give(engine->parts.pool, db);
	return rc;
}

int
audit_stamp_next(struct engine *engine, struct error *err)
{
	struct stamping *s = calloc(1, sizeof(*s));
	char id[TEXT_UUID_SIZE], day[AUDIT_DAY_SIZE];
	struct audit_statement statement;
	struct db_result *r = NULL;
	int rc;

	if (s == NULL)
		return error_memory(err);
	rc = claim(engine, &r, err);
	if (rc <= 0) {
		free(s);
		return rc;
	}
	statement = store_audit_statement(r, 0);
	s->engine = engine;
	buf_init(&s->token, TOKEN_MAX);
	request_init(&s->req, operation_by_id(OP_TIMESTAMP_DIGEST), text_uuid(id));
	s->req.may_wait = 1;
	rc = digest_span(DIGEST_SHA256, span_str(statement.content), s->digest, err);
	if (rc == 0)
		rc = get_token(s, err);
	if (rc == 0)
		rc = keep(s, statement.day, err);
	if (rc != 0)
		write_failure(engine, statement.day, err);
	else
		log_info("audit log: the chains of %s are time-stamped by %s",
		    audit_day(day, statement.day), s->authority);
	request_release(&s->req);
	buf_release(&s->token);
	db_result_free(r);
	free(s);
	return rc == 0 ? 1 : -1;
}

/* ---- the thread ---- */

struct stamper {
	struct engine *engine;
	struct db_options connection;
	char *conninfo;
	pthread_t thread;
	int stop; /* an eventfd */
};

/* All that is wanted; one that fails is tried again when it is asked for again. */
static void
stamp_all(struct stamper *s)
{
	struct error err = ERROR_INIT;

	while (audit_stamp_next(s->engine, &err) > 0)
		;
	if (err.kind != ERROR_NONE)
		log_failure(LOG_LEVEL_WARNING, "a time stamp of the audit log", &err);
}

/* 1 the server ends, 0 something was heard, -1 nothing within the time. */
static int
wait_for(struct stamper *s, int fd, int ms)
{
	struct pollfd fds[2] = { { s->stop, POLLIN, 0 }, { fd, POLLIN, 0 } };
	const int n = poll(fds, fd >= 0 ? 2 : 1, ms);

	if (n > 0 && fds[0].revents != 0)
		return 1;
	return n > 0 ? 0 : -1;
}

/* Until the connection is lost (-1) or the server ends (1). */
static int
hear(struct stamper *s, struct listener *listener, struct error *err)
{
	int rc;

	for (;;) {
		rc = wait_for(s, listener_fd(listener), PING_MS);
		if (rc > 0)
			return 1;
		if (rc < 0 && listener_ping(listener, err) != 0)
			return -1;
		if (rc < 0)
			continue;
		rc = listener_take(listener, err);
		if (rc < 0)
			return -1;
		if (rc > 0)
			stamp_all(s);
	}
}

static void *
work(void *arg)
{
	struct stamper *s = arg;
	struct listener *listener;
	int ends = 0;

	while (!ends) {
		struct error err = ERROR_INIT;

		listener = NULL;
		if (listener_open_on(&listener, HEARS_ON, &s->connection, &err) == 0) {
			stamp_all(s);
			ends = hear(s, listener, &err) > 0;
		}
		listener_close(listener);
		if (!ends)
			ends = wait_for(s, -1, AGAIN_MS) > 0;
	}
	return NULL;
}

int
stamper_start(struct stamper **stamper, struct engine *engine, const struct db_options *connection,
    struct error *err)
{
	struct stamper *s = calloc(1, sizeof(*s));
	int failed;

	*stamper = NULL;
	if (s == NULL)
		return error_memory(err);
	s->engine = engine;
	s->connection = *connection;
	s->conninfo = strdup(connection->conninfo);
	s->connection.conninfo = s->conninfo;
	s->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->conninfo == NULL || s->stop < 0) {
		error_memory(err);
		goto failed;
	}
	failed = pthread_create(&s->thread, NULL, work, s);
	if (failed == 0) {
		*stamper = s;
		return 0;
	}
	error_cause(err, ERROR_UNAVAILABLE, "the thread for time stamps could not be started", "%s",
	    strerror(failed));
failed:
	if (s->stop >= 0)
		close(s->stop);
	free(s->conninfo);
	free(s);
	return -1;
}

void
stamper_stop(struct stamper *s)
{
	uint64_t one = 1;

	if (s == NULL)
		return;
	if (write(s->stop, &one, sizeof(one)) == (ssize_t)sizeof(one))
		pthread_join(s->thread, NULL);
	close(s->stop);
	free(s->conninfo);
	free(s);
}
