/*
 * server/run/parent.h: the parent process: opens the sockets and the channels to the keys, starts
 * `keys` and `api`, starts them again when they die, reloads and drains.
 *
 * SIGHUP   read the configuration anew; nothing happens when anything is wrong with it
 * SIGTERM, SIGINT   api finishes what is in hand, then keys ends; a second one ends both at once
 */
#ifndef SIGNET_RUN_PARENT_H
#define SIGNET_RUN_PARENT_H

#include "server/run/api.h"
#include "server/run/conf.h"

/*
 * Run until told to end. `conf` is taken over. Returns the exit status: 0 after an orderly end, 1
 * when the start failed, which is logged.
 */
int parent_run(struct conf *conf, const struct api_service *service);
/* What `signetd -n` checks beyond the file's syntax: users, certificate, folders. */
int parent_check(const struct conf *conf, struct error *err);
/*
 * What it checks by reading what others made: the algorithm catalogue. The parent itself never
 * does; the api process does at its start and at each reload.
 */
int parent_check_catalogue(const struct conf *conf, struct error *err);

#endif
