/*
 * tests/support/ldap_stub.h: an LDAP server of one connection on 127.0.0.1: it answers the bind,
 * and the search with what the test wants, each once, by RFC 4511. Requests are told apart by their
 * order alone.
 */
#ifndef SIGNET_TESTS_LDAP_STUB_H
#define SIGNET_TESTS_LDAP_STUB_H

#include <pthread.h>

#include "server/base/buf.h"

struct ldap_stub {
	int listener;
	char url[200];	   /* of a base search for certificateRevocationList;binary of cn=CA */
	struct buf answer; /* owned */
	_Atomic unsigned int searches;
	pthread_t thread;
};

/* Listen, so that the URL is known; then answer the search by these bytes. A failure ends the test
 * run. */
void ldap_stub_listen(struct ldap_stub *stub);
void ldap_stub_serve(struct ldap_stub *stub, struct span answer);
/* Both at once. */
void ldap_stub_start(struct ldap_stub *stub, struct span answer);
void ldap_stub_end(struct ldap_stub *stub);
/*
 * Append the messages of a search's answer: an entry whose certificateRevocationList;binary has
 * this value (data NULL: no entry), and its end.
 */
void ldap_stub_found(struct buf *out, struct span value);

#endif
