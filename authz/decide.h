/* authz/decide.h: may this caller do this now, and why. Pure: no clock, no database. */
#ifndef SIGNET_AUTHZ_DECIDE_H
#define SIGNET_AUTHZ_DECIDE_H

#include "authz/caller.h"

struct decision {
	int is_allowed;
	enum error_kind kind; /* when not: ERROR_NOT_AUTHENTICATED or ERROR_NOT_AUTHORIZED */
	char reason[400];     /* in words, for the caller and the log, either way */
	/*
	 * When not: it is for the state of the certificate alone. Whoever has proven its key may be
	 * told, where others hear no reason at all.
	 */
	int is_certificate;
};

/*
 * Decide whether `caller` (NULL: nobody) may call the operation of `right`, and use the key named
 * `key` if that is not NULL, at the time `now` (seconds). What is not given is refused. A key that
 * does not exist is refused in the same words as one that he may not use.
 */
void authz_decide(const struct caller *caller, enum right right, const char *key, int64_t now,
    struct decision *d);
/* 0, or -1 and err from a refusal. */
int authz_require(
    const struct caller *caller, enum right right, const char *key, int64_t now, struct error *err);

#endif
