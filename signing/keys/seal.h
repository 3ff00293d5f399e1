/* signing/keys/seal.h: what the keys process gives away before it serves. */
#ifndef SIGNET_SIGNING_KEYS_SEAL_H
#define SIGNET_SIGNING_KEYS_SEAL_H

#include <stddef.h>

#include "server/base/error.h"

/* Close every descriptor but 0 to 2 and `keep`: nothing that was inherited can be used. */
int seal_files(const int *keep, size_t count, struct error *err);
/* At the start: no core dumps, no ptrace or /proc/PID/mem by its own user, no new privileges. */
int seal_secrets(struct error *err);
/*
 * When all threads run and every file was read: a list of system calls, for all threads; any other
 * ends the process. `fd` (-1: none) may still be written to and closed. Under sanitizers, which
 * need more, nothing is sealed.
 */
int seal_calls(int fd, struct error *err);

#endif
