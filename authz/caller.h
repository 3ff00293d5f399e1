/*
 * authz/caller.h: who calls and what he may: a snapshot that never changes and is shared.
 *
 * A snapshot says what the database said when it was read; whether it still holds (suspended,
 * expired) is decided with the time at hand (decide.h). Whoever holds one keeps it by its count.
 */
#ifndef SIGNET_AUTHZ_CALLER_H
#define SIGNET_AUTHZ_CALLER_H

#include <limits.h>

#include "authz/right.h"
#include "schema/store/caller.h"

enum authenticated_by {
	AUTHENTICATED_BY_NOTHING,
	AUTHENTICATED_BY_CERTIFICATE, /* TLS client certificate */
	AUTHENTICATED_BY_PASSWORD,    /* HTTP Basic or UsernameToken */
};

/* The contract's word: "Certificate", "Password", "Nothing". */
const char *authenticated_by_name(enum authenticated_by by);

struct caller_key {
	struct uuid id;
	const char *name;
	unsigned int group; /* the first in groups[] that gives it */
};

/* A right for one object. */
enum object_kind {
	OBJECT_NONE,
	OBJECT_KEY,
	OBJECT_DIRECTORY,
	OBJECT_TRUST_CENTRE,
	OBJECT_ARCHIVE,
	OBJECT_KINDS
};
/* As in the contract and the database: "Key", ...; OBJECT_NONE for what is none. */
const char *object_kind_name(enum object_kind kind);
enum object_kind object_kind_by_name(const char *name, size_t len);
struct caller_object {
	enum right right;
	enum object_kind kind;
	struct uuid id;
	unsigned int group; /* the nearest in groups[] that gives it */
};

#define CALLER_HIMSELF	 UINT_MAX
#define CALLER_CHAIN_MAX 16 /* groups in groups, as the database lets */
struct caller {
	struct uuid tenant, user;
	const char *tenant_name, *user_name;
	enum authenticated_by authenticated_by;
	int tenant_is_active, user_is_active, certificate_is_active;
	int64_t expires; /* seconds: of user or certificate, the earlier; INT64_MAX: never */
	/*
	 * What is known of the certificate he showed (schema/store/user_certificate.h), since when,
	 * and, where it was revoked, when and why; from `check_refused` on it is refused for that.
	 */
	const char *check_state, *check_reason;		   /* "" by name */
	int64_t check_since, check_revoked, check_refused; /* INT64_MAX: it is not */
	int tenant_is_server;				   /* the rights over tenants count */
	/* By name (strcmp); also those that a group of his is in. */
	const char *const *groups;
	const unsigned int *vias; /* the one by which he is in it; CALLER_HIMSELF. NULL: all so */
	size_t group_count;
	struct right_set rights; /* whole ones, and those for some object */
	struct right_set whole;
	unsigned short right_group[RIGHTS];  /* the nearest in groups[] that gives the right */
	const struct caller_object *objects; /* by right, kind, id (memcmp) */
	size_t object_count;
	const struct caller_key *keys; /* by name (strcmp) */
	size_t key_count;
	const char *password; /* PHC string, "" for none: for passwords_check() and nobody else */
};

/*
 * Make a snapshot from what the database said; `row` stays the caller's. Holds one count, for
 * caller_release(). ERROR_UNAVAILABLE for want of memory.
 */
int caller_make(const struct caller **caller, const struct caller_row *row,
    enum authenticated_by by, struct error *err);
const struct caller *caller_hold(const struct caller *caller);
void caller_release(const struct caller *caller); /* NULL is fine */
/* The key of this name that he may use, or NULL. */
const struct caller_key *caller_key(const struct caller *caller, const char *name);
/* The object that a right of his is for, or NULL; whole rights are not asked. */
const struct caller_object *caller_object(
    const struct caller *caller, enum right right, enum object_kind kind, const struct uuid *id);
/* The key of this name when he may use it for the operation of the right, or NULL. */
const struct caller_key *caller_key_for(
    const struct caller *caller, enum right right, const char *name);
/*
 * How he is in a group, in words cut to size: "erp" is in "clerks", "clerks" in "signers". "" when
 * it is himself who is in it.
 */
char *caller_chain(const struct caller *caller, unsigned int group, char *out, size_t size);

#endif
