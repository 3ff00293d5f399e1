/*
 * server/run/conf.h: the configuration file, man signetd.conf(5). Read whole, checked whole, never
 * changed afterwards: a reload reads a new one.
 */
#ifndef SIGNET_RUN_CONF_H
#define SIGNET_RUN_CONF_H

#include "server/base/log.h"
#include "server/ops/engine.h"
#include "server/run/tls.h"

/* Where it is when nothing is said. */
#define CONF_DEFAULT "/etc/signet/signetd.conf"

struct conf_listener {
	char *address; /* numeric, or "*" for all */
	unsigned int port;
	unsigned int doors; /* DOOR_... */
	enum tls_profile profile;
};

/* Strings are never NULL; "" is not given. Paths in the file are relative to its folder. */
struct conf {
	char *file;
	char *node;
	char *database; /* libpq's connection string */
	char *keys_directory;
	char *certificate;	      /* PEM: the server's, then its issuers */
	char *certificate_key;	      /* its name in the keys process */
	char *catalogue;	      /* of algorithms: a signed DSSC file; "" the built-in one */
	char *catalogue_signer;	      /* certificates of whoever may sign it */
	char *crl_key;		      /* the key of the CA whose CRL is at /crl/; "" none */
	char *tsa_tenant;	      /* whose time-stamp authority answers strangers at /tsa */
	char *user, *group;	      /* of the api process; only when started as root */
	char *keys_user, *keys_group; /* of the keys process */
	char *pid_file;
	char *access_log; /* "-" standard error */
	enum log_level log_level;
	unsigned int workers;	     /* 0 in the file: as many as cores */
	unsigned int read_processes; /* 0 in the file: one more than cores */
	unsigned int login_threads, login_queue;
	unsigned int slow_threads, slow_queue, bulk_queue;
	int pin;
	int jobs; /* 0: this server does none of the installation's */
	int keys_may_swap;
	uint64_t keys_memory;	    /* bytes for private keys */
	uint64_t audit_gather_us;   /* how long the journal waits for more rows */
	unsigned int drain_seconds; /* how long requests in hand may take at the end */
	int64_t clock_offset;	    /* seconds; for tests */
	struct limits limits;
	struct conf_listener *listeners;
	size_t listener_count;
};

/*
 * On 0 *conf is the caller's, for conf_free(). On -1 it is NULL and err->text says file, line,
 * setting, and what is allowed there.
 */
int conf_read(struct conf **conf, const char *file, struct error *err);
/* The same from an open file, read from its start; `file` is its name. `fd` stays the caller's. */
int conf_read_fd(struct conf **conf, const char *file, int fd, struct error *err);
void conf_free(struct conf *conf); /* NULL is fine */

/*
 * The first setting that differs between two and only takes effect at the next start; NULL when a
 * reload brings everything.
 */
const char *conf_needs_restart(const struct conf *old, const struct conf *new);

/* The name of the i-th setting, NULL behind the last: for tests of the manual. */
const char *conf_setting_name(size_t i);

#endif
