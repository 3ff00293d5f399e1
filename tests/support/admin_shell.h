/*
 * tests/support/admin_shell.h: scripts in the folder of a live installation, where `admin` is
 * signet-init on its database, `signet` the client and `check` is signetd -n.
 */
#ifndef SIGNET_TESTS_ADMIN_SHELL_H
#define SIGNET_TESTS_ADMIN_SHELL_H

#include "tests/support/live.h"

/* 1 when it ends with this status; else 0 after showing what it was and what it said. */
int admin_shell(const struct live *live, int status, const char *script);
/* What the last one wrote, both streams: a string. */
const char *admin_said(void);
/* 1 when that holds this text; else 0 after showing it. */
int admin_heard(const char *text);

#endif
