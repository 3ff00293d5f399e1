/*
 * server/init/admin.h: an administrator at the shell, until administration by SOAP is there: where
 * trusted lists come from, their import, whom a tenant trusts, and its validation policies.
 */
#ifndef SIGNET_INIT_ADMIN_H
#define SIGNET_INIT_ADMIN_H

/* 1 when argv[1] is one of these commands. */
int admin_is(int argc, char **argv);
/* The exit status: 0 done, 1 failed or refused, 2 wrong arguments. */
int admin_main(int argc, char **argv);
/* Its lines of the usage. */
extern const char admin_usage[];

#endif
