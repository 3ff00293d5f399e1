/* server/init/failed.h: how signet-init tells a failure. */
#ifndef SIGNET_INIT_FAILED_H
#define SIGNET_INIT_FAILED_H

#include "server/base/error.h"

/*
 * One line on standard error. The cause (the words of a library, of the system or of the database)
 * stands behind it only where nobody can do anything about the command itself: what a value must be
 * is said in words of ours.
 */
void init_failed(const struct error *err);

#endif
