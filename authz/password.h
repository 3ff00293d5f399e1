/*
 * authz/password.h: passwords as Argon2id (RFC 9106) in PHC strings.
 *
 * A check costs tens of milliseconds and 19 MiB on purpose. So that it cannot be used to exhaust
 * the server, few run at a time, few wait, and the others are told to try again later. A password
 * that was right is remembered by an HMAC under a random key of this process, over user, stored
 * digest and password: a changed password is not remembered, and neither key nor HMAC leaves the
 * process.
 */
#ifndef SIGNET_AUTHZ_PASSWORD_H
#define SIGNET_AUTHZ_PASSWORD_H

#include "server/base/uuid.h"

#define PASSWORD_PHC_SIZE 192
#define PASSWORD_MAX	  1024 /* bytes; longer ones are wrong */

struct password_cost {
	unsigned int memory_kib, passes, lanes;
};
#define PASSWORD_COST_DEFAULT                                                                      \
	{                                                                                          \
		19456, 2, 1                                                                        \
	}

/* The PHC string of a new password with a random salt; cost NULL: the default. */
int password_hash(char out[PASSWORD_PHC_SIZE], const char *password, size_t len,
    const struct password_cost *cost, struct error *err);

struct passwords;

struct passwords_options {
	unsigned int parallel;	   /* checks at a time; 0: 2 */
	unsigned int waiting;	   /* checks that may wait for their turn; 0: 32 */
	unsigned int remembered;   /* passwords that were right; 0: 4096 */
	struct password_cost cost; /* of the check of an unknown name; zeros: the default */
};

/* Makes the digest that unknown names are checked against. */
int passwords_new(struct passwords **p, const struct passwords_options *options, struct error *err);
void passwords_free(struct passwords *p); /* NULL is fine; no check may be under way */
/*
 * Whether the password is the one of `phc`: 1 or 0. `phc` NULL or "" (nobody has this name, or he
 * has no password) costs the same and is 0. -1 with ERROR_UNAVAILABLE when too many checks wait, or
 * ERROR_INTERNAL when `phc` is none.
 */
int passwords_check(struct passwords *p, const struct uuid *user, const char *phc,
    const char *password, size_t len, struct error *err);
/*
 * 1 when passwords_check() would say 1 at once, from memory; 0 when it would have to compute. For
 * threads that must not wait.
 */
int passwords_remembered(struct passwords *p, const struct uuid *user, const char *phc,
    const char *password, size_t len);
/* Forget what was remembered. */
void passwords_forget(struct passwords *p);

#endif
