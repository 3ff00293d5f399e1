/*
 * server/run/rescue.h: `signetd --rescue`: whoever has the server itself, and is locked out of its
 * administration, makes a new administrator, beside a running server or without one. What was there
 * is not touched, and the audit log says so.
 */
#ifndef SIGNET_RUN_RESCUE_H
#define SIGNET_RUN_RESCUE_H

#include "server/run/conf.h"

struct rescue {
	const char *who; /* "tenant/name" */
	const char
	    *certificate;      /* a file with his certificate; NULL: a password is made and shown */
	int needs_no_terminal; /* --without-terminal */
};

/*
 * Only root and the owner of the configuration file, on a terminal unless it is said to need none.
 * Says on standard output what was made. 0, or -1: nothing was changed.
 */
int rescue_run(const struct conf *conf, const struct rescue *rescue, struct error *err);

#endif
