/*
 * tests/support/keys_process.h: a real keys process for tests, with keys made on the spot in a
 * directory of its own. As signetd does it: the channels outlive the process, and a parent that has
 * one thread forks it, however many threads the test has.
 */
#ifndef SIGNET_TESTS_KEYS_PROCESS_H
#define SIGNET_TESTS_KEYS_PROCESS_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sys/types.h>

#define TEST_KEYS_CHANNELS 9

struct test_keys {
	char dir[64];
	int channels[TEST_KEYS_CHANNELS]; /* the keys process's ends */
	int clients[TEST_KEYS_CHANNELS];
	pid_t pid; /* 0: none runs */
	pid_t parent;
	int control; /* to the parent */
	unsigned long generation;
	int pin;
	size_t secure_heap; /* 0: the default */
	char told[512];	    /* what the process said through ready_fd */
};

/* A fresh directory, channels and a parent; no process yet. Before the test has threads. 0 or -1.
 */
int test_keys_init(struct test_keys *keys);
/* Start a process and wait for what it tells: 0 when that is "ready". */
int test_keys_start(struct test_keys *keys);
/* Send the signal (0: none), wait for the end; returns waitpid's status, -1 when none runs. */
int test_keys_stop(struct test_keys *keys, int sig);
/* Stop, close and remove all. */
void test_keys_release(struct test_keys *keys);

/* Write DIR/NAME.SUFFIX with a mode. */
int test_keys_file(const struct test_keys *keys, const char *name, const char *suffix,
    const void *data, size_t len, unsigned int mode);
/* NAME.p12 and, unless pass is NULL, NAME.pass. */
int test_keys_p12(const struct test_keys *keys, const char *name, EVP_PKEY *pkey, X509 *cert,
    STACK_OF(X509) * chain, const char *pass);

/* A certificate for `pkey`, valid from 2020 to 2049; issuer NULL: self-signed. NULL on error. */
X509 *test_cert(EVP_PKEY *pkey, const char *name, X509 *issuer, EVP_PKEY *issuer_key);

#endif
