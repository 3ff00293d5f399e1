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

/* What an operation is to be done with: a key by its name, anything else by its id. */
struct authz_object {
	enum object_kind kind;
	const char *name;
	const struct uuid *id; /* of a key NULL: the one of that name that he may use */
};

/*
 * Decide whether `caller` (NULL: nobody) may call the operation of `right`, with the object if that
 * is not NULL, at the time `now` (seconds). What is not given is refused. A key that does not exist
 * is refused in the same words as one that he may not use. Without an object a right that is
 * narrowed to some passes: whoever works with objects asks again for each.
 */
void authz_decide(const struct caller *caller, enum right right, const struct authz_object *object,
    int64_t now, struct decision *d);
/* Whether a caller that was found is still one, whatever he wants: 1, or 0 and the refusal. */
int authz_is_valid(const struct caller *caller, int64_t now, struct decision *d);
/* 0, or -1 and err from a refusal. */
int authz_require(const struct caller *caller, enum right right, const struct authz_object *object,
    int64_t now, struct error *err);

#endif
