/* tests/support/unlock_desk.h: a desk with keys of the test PKI, which counts what it is asked. */
#ifndef SIGNET_TESTS_UNLOCK_DESK_H
#define SIGNET_TESTS_UNLOCK_DESK_H

#include "server/read/unlock.h"
#include "tests/support/pki.h"

#define TEST_DESK_KEYS 2

struct test_desk {
	enum pki_id keys[TEST_DESK_KEYS];
	size_t key_count;
	const char *password;
	enum unlock_go go;
	enum error_kind fails; /* when an envelope is met */
	/* what an envelope takes of the account, and what it showed before; or NULL */
	uint64_t *worked, takes, before;
	/* what it was asked */
	unsigned int met, secrets, ended, opened;
	uint64_t work; /* of the keys' tries, of the last envelope */
	char part[64], why[200];
	size_t recipients;
	struct unlock_desk desk;
};
/* The keys and what it is to say are set by the caller, for all else zeroed. */
void test_desk_init(struct test_desk *d);

#endif
