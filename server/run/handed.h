/*
 * server/run/handed.h: what the parent opens for the api process, which may not: the files belong
 * to root, or to another user than the process has become. They go over a pair of sockets, at its
 * start and at each reload; a reload is answered there.
 */
#ifndef SIGNET_RUN_HANDED_H
#define SIGNET_RUN_HANDED_H

#include "server/run/conf.h"

/* Open descriptors, or -1: not there. */
struct handed {
	int conf; /* of a reload: the new file */
	int certificate;
	int access;			 /* append only */
	int catalogue, catalogue_signer; /* of algorithms; -1: the built-in one */
};
#define HANDED_NONE                                                                                \
	{                                                                                          \
		-1, -1, -1, -1, -1                                                                 \
	}

/* Two connected ends, [0] for the parent, [1] for the child; close-on-exec. */
int handed_pair(int ends[2], struct error *err);
/* Open certificate, access log and catalogue of `conf`, as the parent. On -1 nothing is open. */
int handed_open(struct handed *files, const struct conf *conf, struct error *err);
void handed_close(struct handed *files);

/* Never waits. The descriptors stay the caller's. */
int handed_send(int fd, const struct handed *files, struct error *err);
/* Wait for them; they are the caller's, for handed_close(). ERROR_UNAVAILABLE at the end. */
int handed_receive(int fd, struct handed *files, struct error *err);

/* The child's answer to a reload: NULL for "it is in use". */
void handed_answer(int fd, const struct error *failure);
/* 1 in use; 0 refused, *failure says why; -1 there is no answer, and none will come if *ended. */
int handed_hear(int fd, struct error *failure, int *ended);

#endif
