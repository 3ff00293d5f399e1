/* server/init/demo.h: what `make run` needs in a folder and a database. */
#ifndef SIGNET_INIT_DEMO_H
#define SIGNET_INIT_DEMO_H

#include <stddef.h>

#include "server/base/error.h"

struct demo_options {
	const char *dir;	       /* absolute */
	const char *admin;	       /* conninfo of a role that may make databases and roles */
	const char *server;	       /* conninfo for signetd.conf, of the role signet_server */
	const char *schema;	       /* folder of the migrations */
	const char *database;	       /* name of the database */
	const char *host;	       /* name for the certificate beside localhost */
	int port;		       /* 0: 8443, or the next that is free */
	int has_crl;		       /* demo-rsa, demo-ec and tsa are of a CA with a CRL */
	int crl_port;		       /* where that is handed out; 0: the next that is free */
	const char *const *extra_keys; /* more keys to sign with, each as "name=RSA-2048" */
	size_t extra_key_count;
};

/* Everything that is not there yet; again and again without harm. */
int demo_make(const struct demo_options *options, struct error *err);

#endif
