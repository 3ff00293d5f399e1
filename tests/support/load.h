/*
 * tests/support/load.h: clients that sign at a live server, each on a connection of its own, until
 * they are told to stop, and what must be true of what they were answered. One load at a time.
 */
#ifndef SIGNET_TESTS_LOAD_H
#define SIGNET_TESTS_LOAD_H

#include <pthread.h>
#include <stdatomic.h>

#include "tests/support/soap_call.h"

#define LOAD_CLIENTS	 4
#define LOAD_ANSWERS_MAX 20000

struct load_answer {
	char id[40], text[48];
	char *signature;
};

extern struct load {
	const struct live *live;
	SSL_CTX *ctx;
	atomic_int stop;
	atomic_uint success, unavailable, closed, other;
	atomic_uint connections;      /* that were tried */
	_Atomic int64_t since, first; /* of the first success that began behind `since` */
	pthread_mutex_t lock;
	struct load_answer answers[LOAD_ANSWERS_MAX];
	size_t count;
	char first_other[1024];
	pthread_t threads[LOAD_CLIENTS];
} load;

/* Start and wait until it has well begun. ctx is the caller's until load_stop(). */
void load_start(const struct live *live, SSL_CTX *ctx);
/* Whatever was answered otherwise than by a signature or Unavailable fails the test. */
void load_stop(void);
/* Wait until one of the counters is n: at most ms. */
int load_reaches(atomic_uint *counter, unsigned int n, int ms);
/* The next success behind load.since is waited for: the milliseconds until it came, or -1. */
int load_success_again(int ms);

/* After load_stop(): each answer stands in the audit, and each signature is good. */
void load_nothing_answered_is_lost(void);
/* A number of the database, in the owner's eyes. */
unsigned long load_ask_number(const char *sql);

#endif
