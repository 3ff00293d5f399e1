#include "schema/store/pq.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/log.h"

/* Object identifiers of PostgreSQL's catalogue, fixed since they were first given. */
static const struct {
	char letter;
	Oid item, array;
} types[] = {
	{ '?', 16, 1000 },   /* boolean */
	{ 'i', 23, 1007 },   /* integer */
	{ 'l', 20, 1016 },   /* bigint */
	{ 't', 25, 1009 },   /* text */
	{ 'b', 17, 1001 },   /* bytea */
	{ 'u', 2950, 2951 }, /* uuid */
	{ 'z', 1184, 1185 }, /* timestamptz */
};

Oid
pq_type(char letter)
{
	const int is_array = letter >= 'A' && letter <= 'Z';
	const char wanted = (char)(is_array ? letter - 'A' + 'a' : letter);
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].letter == wanted)
			return is_array ? types[i].array : types[i].item;
	return 0;
}

/* Wait for the socket; -1 when the deadline has passed. */
static int
wait_socket(PGconn *conn, short events, int64_t deadline_us)
{
	struct pollfd p = { .fd = PQsocket(conn), .events = events };
	int64_t left_us;
	int n;

	do {
		left_us = deadline_us - clock_monotonic_us();
		if (left_us <= 0)
			return -1;
		n = poll(&p, 1, (int)((left_us + 999) / 1000));
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n > 0 ? 0 : -1;
}

static int
too_slow(struct error *err)
{
	return error_cause(err, ERROR_UNAVAILABLE, "the database took too long; try again later",
	    "no answer from the database within the time-out");
}

static void
take_notice(void *arg, const char *message)
{
	(void)arg;
	log_debug("database: %.*s", (int)strcspn(message, "\n"), message);
}

static int
finish_connect(PGconn *conn, int64_t deadline_us, struct error *err)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	for (;;) {
		if (PQstatus(conn) == CONNECTION_BAD || state == PGRES_POLLING_FAILED)
			return error_cause(
			    err, ERROR_UNAVAILABLE, PQ_AWAY, "%s", PQerrorMessage(conn));
		if (state == PGRES_POLLING_OK)
			return 0;
		if (wait_socket(
			conn, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_us) != 0)
			return too_slow(err);
		state = PQconnectPoll(conn);
	}
}

/* The "options" of a connection string, which one of our own would replace; "" without. */
static void
given_options(char *out, size_t size, const char *conninfo)
{
	PQconninfoOption *all = PQconninfoParse(conninfo, NULL), *at;

	out[0] = '\0';
	for (at = all; at != NULL && at->keyword != NULL; at++)
		if (strcmp(at->keyword, "options") == 0 && at->val != NULL)
			snprintf(out, size, "%s", at->val);
	PQconninfoFree(all);
}

PGconn *
pq_connect(const struct db_options *o, struct error *err)
{
	const unsigned int connect_ms = o->connect_ms ? o->connect_ms : DB_CALL_MS_DEFAULT;
	const unsigned int call_ms = o->call_ms ? o->call_ms : DB_CALL_MS_DEFAULT;
	char settings[1400], given[1024], unacked[16];
	const char *const names[] = { "dbname", "application_name", "client_encoding", "options",
		"keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
		NULL };
	const char *const values[] = { o->conninfo, o->program ? o->program : "signet", "UTF8",
		settings, "10", "5", "3", unacked, NULL };
	PGconn *conn;

	given_options(given, sizeof(given), o->conninfo);
	/*
	 * The server gives up a little before we do: the connection is kept. What is compiled first
	 * takes a tenth of a second more than any of our queries does.
	 */
	snprintf(settings, sizeof(settings),
	    "-c jit=off %s -c search_path= -c synchronous_commit=on -c timezone=UTC -c "
	    "statement_timeout=%u "
	    "-c idle_in_transaction_session_timeout=%u",
	    given, call_ms - call_ms / 10, call_ms * 2);
	snprintf(unacked, sizeof(unacked), "%u", call_ms);
	conn = PQconnectStartParams(names, values, 1);
	if (conn == NULL) {
		error_memory(err);
		return NULL;
	}
	PQsetNoticeProcessor(conn, take_notice, NULL);
	if (finish_connect(conn, clock_monotonic_us() + (int64_t)connect_ms * 1000, err) != 0 ||
	    PQsetnonblocking(conn, 1) != 0) {
		error_cause(err, ERROR_UNAVAILABLE, PQ_AWAY, "%s", PQerrorMessage(conn));
		PQfinish(conn);
		return NULL;
	}
	return conn;
}

int
pq_wait(PGconn *conn, int64_t deadline_us, struct error *err)
{
	int flushed = PQflush(conn);

	while (flushed >= 0 && PQisBusy(conn)) {
		if (wait_socket(
			conn, (short)(flushed > 0 ? POLLIN | POLLOUT : POLLIN), deadline_us) != 0)
			return too_slow(err);
		if (!PQconsumeInput(conn))
			break;
		flushed = PQflush(conn);
	}
	if (flushed < 0 || PQstatus(conn) == CONNECTION_BAD)
		return error_cause(err, ERROR_UNAVAILABLE, PQ_AWAY, "%s", PQerrorMessage(conn));
	return 0;
}

PGresult *
pq_next(PGconn *conn, int64_t deadline_us, int *lost, struct error *err)
{
	*lost = pq_wait(conn, deadline_us, err) != 0;
	return *lost ? NULL : PQgetResult(conn);
}

int
pq_script(PGconn *conn, const char *sql, int64_t deadline_us, struct error *err)
{
	PGresult *res;
	int lost, failed = 0;

	if (!PQsendQuery(conn, sql))
		return pq_failure(err, conn, NULL, NULL);
	while ((res = pq_next(conn, deadline_us, &lost, err)) != NULL) {
		if (PQresultStatus(res) == PGRES_FATAL_ERROR && !failed) {
			failed = 1;
			pq_failure(err, conn, res, NULL);
		}
		PQclear(res);
	}
	return lost || failed ? -1 : 0;
}
