#include "schema/store/listen.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/pq.h"
#include "server/base/clock.h"

struct listener {
	PGconn *conn;
	int64_t call_us;
};

static int64_t
deadline(const struct listener *l)
{
	return clock_monotonic_us() + l->call_us;
}

int
listener_open(struct listener **out, const struct db_options *options, struct error *err)
{
	return listener_open_on(out, "signet_changed", options, err);
}

int
listener_open_on(
    struct listener **out, const char *channel, const struct db_options *options, struct error *err)
{
	struct listener *l = calloc(1, sizeof(*l));
	char sql[80];

	*out = NULL;
	if (l == NULL)
		return error_memory(err);
	l->call_us = (int64_t)(options->call_ms ? options->call_ms : DB_CALL_MS_DEFAULT) * 1000;
	l->conn = pq_connect(options, err);
	snprintf(sql, sizeof(sql), "LISTEN %s", channel);
	if (l->conn == NULL || pq_script(l->conn, sql, deadline(l), err) != 0) {
		listener_close(l);
		return -1;
	}
	*out = l;
	return 0;
}

void
listener_close(struct listener *l)
{
	if (l == NULL)
		return;
	if (l->conn != NULL)
		PQfinish(l->conn);
	free(l);
}

/* "TENANT", "TENANT word" or "TENANT user ID"; the ids are as long as text is. */
void
db_change_read(struct db_change *change, const char *payload)
{
	static const struct db_change all = { .of = CHANGE_ALL };
	const size_t id = TEXT_UUID_SIZE - 1;
	char tenant[TEXT_UUID_SIZE];
	const char *word;

	*change = all;
	text_copy(tenant, sizeof(tenant), payload);
	if (uuid_parse(tenant, &change->tenant) != 0) {
		*change = all;
		return;
	}
	word = payload + id;
	if (strcmp(word, " callers") == 0)
		change->of = CHANGE_CALLERS;
	else if (strcmp(word, " rules") == 0)
		change->of = CHANGE_RULES;
	else if (strncmp(word, " user ", 6) == 0 && uuid_parse(word + 6, &change->user) == 0)
		change->of = CHANGE_USER;
}

/* One that came already: 1, or 0. */
static int
take_notification(struct listener *l, struct db_change *change)
{
	PGnotify *n = PQnotifies(l->conn);

	if (n == NULL)
		return 0;
	db_change_read(change, n->extra);
	PQfreemem(n);
	return 1;
}

int
listener_wait(struct listener *l, int stop_fd, struct db_change *change, struct error *err)
{
	struct pollfd p[2] = { { .fd = PQsocket(l->conn), .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN } };
	int n;

	while (!take_notification(l, change)) {
		n = poll(p, 2, LISTEN_PING_MS);
		if (n > 0 && p[1].revents != 0)
			return 0;
		if (n == 0 && pq_script(l->conn, "", deadline(l), err) != 0)
			return -1;
		if (!PQconsumeInput(l->conn) || PQstatus(l->conn) == CONNECTION_BAD)
			return error_cause(
			    err, ERROR_UNAVAILABLE, PQ_AWAY, "%s", PQerrorMessage(l->conn));
	}
	return 1;
}

int
listener_fd(const struct listener *l)
{
	return PQsocket(l->conn);
}

int
listener_take(struct listener *l, struct error *err)
{
	struct db_change ignored;
	int count = 0;

	if (!PQconsumeInput(l->conn) || PQstatus(l->conn) == CONNECTION_BAD)
		return error_cause(err, ERROR_UNAVAILABLE, PQ_AWAY, "%s", PQerrorMessage(l->conn));
	while (take_notification(l, &ignored))
		count++;
	return count;
}

int
listener_ping(struct listener *l, struct error *err)
{
	return pq_script(l->conn, "", deadline(l), err);
}
