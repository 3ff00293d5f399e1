/*
 * schema/store/listen.h: a connection that hears what has changed (NOTIFY signet_changed, or
 * another channel).
 *
 * Used by one thread. The connection is asked for life every LISTEN_PING_MS, so that a silent loss
 * is noticed within that and the call's time-out.
 */
#ifndef SIGNET_SCHEMA_STORE_LISTEN_H
#define SIGNET_SCHEMA_STORE_LISTEN_H

#include "schema/store/db.h"

#define LISTEN_PING_MS 3000

struct listener;

/* What has changed, as signet.tell_changed() says it. */
enum db_change_of {
	CHANGE_ALL,	/* whatever is known of the tenant */
	CHANGE_CALLERS, /* all of his */
	CHANGE_USER,	/* one of them, or who is to be one */
	CHANGE_RULES,	/* his rules for URLs */
};
struct db_change {
	struct uuid tenant; /* nil: of all tenants; then it is CHANGE_ALL */
	enum db_change_of of;
	struct uuid user; /* of CHANGE_USER */
};
/* What is not understood is a change of all. */
void db_change_read(struct db_change *change, const char *payload);

int listener_open(struct listener **l, const struct db_options *options, struct error *err);
void listener_close(struct listener *l); /* NULL is fine */
/*
 * Wait for the next change: 1 and what it is; 0 when `stop_fd` became readable; -1 when the
 * connection is lost, ERROR_UNAVAILABLE.
 */
int listener_wait(struct listener *l, int stop_fd, struct db_change *change, struct error *err);

/*
 * For who waits for other things as well. `channel` is a name of ours, never data. Nobody asks for
 * life here: listener_ping() does, when the caller thinks it is time.
 */
int listener_open_on(
    struct listener **l, const char *channel, const struct db_options *options, struct error *err);
int listener_fd(const struct listener *l);
/* Take what has come: how many, 0 for none; -1 when the connection is lost. Never waits. */
int listener_take(struct listener *l, struct error *err);
int listener_ping(struct listener *l, struct error *err);

#endif
