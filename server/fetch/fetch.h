/*
 * server/fetch/fetch.h: the one place that dials out over HTTP(S), by libcurl.
 *
 * Limits are the caller's and always apply: time to connect, time for all, bytes of the answer.
 * Only http and https; redirects are not followed (a POST's body goes to whom it was meant for);
 * proxies of the environment are not used. Thread-safe; connections are kept per thread.
 */
#ifndef SIGNET_FETCH_H
#define SIGNET_FETCH_H

#include "server/base/buf.h"

struct fetch_request {
	const char *url;
	const char *content_type; /* of the body; NULL: a GET without one */
	const char *accept;	  /* or NULL */
	struct span body;
	const char *user, *password; /* HTTP Basic over https only; or NULL */
	const char *ca_file;	     /* PEM; NULL: the system's */
	unsigned int connect_ms, total_ms;
	size_t max_answer;
};

struct fetch_answer {
	int status; /* HTTP */
	char content_type[128];
	struct buf body;
};

/* Once a process, before threads are started. */
int fetch_setup(struct error *err);
/*
 * On 0 the answer (whatever its HTTP status) is the caller's, for fetch_answer_release(). On -1
 * err->kind is ERROR_UNAVAILABLE (no connection, time out), ERROR_TOO_LARGE (the answer),
 * ERROR_UNSUPPORTED (the scheme, or no address at all).
 */
int fetch(const struct fetch_request *request, struct fetch_answer *answer, struct error *err);
void fetch_answer_release(struct fetch_answer *answer);

#endif
