/* server/run/listen.h: the listening sockets, opened by the parent and kept over restarts. */
#ifndef SIGNET_RUN_LISTEN_H
#define SIGNET_RUN_LISTEN_H

#include "server/run/conf.h"

/*
 * Open a listener's socket; *port is the one in use. ERROR_UNAVAILABLE says address, port and what
 * to do when it cannot be had.
 */
int listen_open(const struct conf_listener *listener, int *fd, int *port, struct error *err);

#endif
