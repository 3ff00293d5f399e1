/*
 * server/init/install.h: `signet-init server`: a real installation. What it makes, in this order:
 *
 *	DIR/signet-init.answers   what it was begun with; an interrupted run goes on with it
 *	DIR/pki, DIR/keys         its own CA, the TLS key and certificate, a request for another
 *CA's DIR/clients               certificates of the operator and the first administrator (PKCS#12)
 *	roles, database, schema; the server's own tenant, the first tenant, who administers them
 *	DIR/clients/NAME.conf     how these two call
 *	DIR/signetd.conf          the last: says that all is there
 *
 * Each step finds what an earlier run has made. Nothing is overwritten. No password is a default:
 * passphrases are asked, read from a file, or made and shown as they are made.
 */
#ifndef SIGNET_INIT_INSTALL_H
#define SIGNET_INIT_INSTALL_H

#include "server/base/error.h"

struct install_options {
	const char *dir;     /* its parent is there; "/etc/signet" */
	const char *answers; /* a file, or NULL: asked on the terminal */
	const char *schema;
};

/* Says on standard output what was made, and what to do next. */
int install_make(const struct install_options *options, struct error *err);

#endif
