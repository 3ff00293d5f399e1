/*
 * server/fetch/fetch.h: the one place that dials out over HTTP(S) and LDAP(S), by libcurl.
 *
 * Limits are the caller's and always apply: time to connect, time for all, bytes of the answer.
 * Nothing but http and https, and ldap and ldaps where asked for; redirects are not followed unless
 * asked for (a POST's body goes to whom it was meant for); proxies of the environment are not used.
 * Thread-safe; connections are kept per thread.
 */
#ifndef SIGNET_FETCH_H
#define SIGNET_FETCH_H

#include "server/base/buf.h"
#include "server/fetch/guard.h"

struct fetch_request {
	const char *url;
	const char *content_type; /* of the body; NULL: a GET without one */
	const char *accept;	  /* or NULL */
	struct span body;
	const char *user, *password; /* HTTP Basic over https only; or NULL */
	const char *ca_file;	     /* PEM; NULL: the system's */
	unsigned int connect_ms, total_ms;
	size_t max_answer;
	/* Of an URL that is not the administrator's own: what may be dialled. NULL: anything. */
	const struct dial_guard *guard;
	unsigned int redirects; /* of a GET, to http and https, at most so many are followed */
	int may_use_ldap;	/* RFC 4516 URLs that name one attribute, read from one entry */
};

struct fetch_answer {
	int status; /* HTTP; of LDAP 200, or 404 when the entry has no such attribute */
	char content_type[128];
	struct buf body; /* of LDAP the values' octets, one behind the other */
};

/* Once a process, before threads are started. */
int fetch_setup(struct error *err);
/*
 * On 0 the answer (whatever its HTTP status) is the caller's, for fetch_answer_release(). On -1
 * err->kind is ERROR_UNAVAILABLE (no connection, time out), ERROR_TOO_LARGE (the answer),
 * ERROR_UNSUPPORTED (the scheme, or no address at all), ERROR_NOT_AUTHORIZED (the guard refuses
 * every address that the name has).
 */
int fetch(const struct fetch_request *request, struct fetch_answer *answer, struct error *err);
void fetch_answer_release(struct fetch_answer *answer);

#endif
