/* authz/right.h: every operation of the contract is one right. */
#ifndef SIGNET_AUTHZ_RIGHT_H
#define SIGNET_AUTHZ_RIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "wsdl/administration.h"
#include "wsdl/operations.h"

/* An operation that forgets its right has RIGHT_UNSET, which nobody is given. */
enum right {
	RIGHT_UNSET = 0,
#define SERVICE_RIGHT(ID, name) RIGHT_##ID,
	SERVED(SERVICE_RIGHT) PLANNED(SERVICE_RIGHT)
#undef SERVICE_RIGHT
#define ADMINISTRATION_RIGHT(ID, name, form, kind, member) RIGHT_##ID,
	    ADMINISTRATION(ADMINISTRATION_RIGHT)
#undef ADMINISTRATION_RIGHT
		RIGHTS
};

/* A set of rights. */
#define RIGHT_WORDS 4
struct right_set {
	uint64_t word[RIGHT_WORDS];
};
_Static_assert(RIGHTS <= RIGHT_WORDS * 64, "the set of rights is too small");

/* The operation's name in the contract and in signet.operation; "" for RIGHT_UNSET. */
const char *right_name(enum right right);
/* RIGHT_UNSET for what is no operation; `name` has len bytes. */
enum right right_by_name(const char *name, size_t len);

static inline int
right_set_has(const struct right_set *set, enum right right)
{
	return right > RIGHT_UNSET && right < RIGHTS &&
	       (set->word[right / 64] >> (right % 64) & 1) != 0;
}

static inline void
right_set_add(struct right_set *set, enum right right)
{
	if (right > RIGHT_UNSET && right < RIGHTS)
		set->word[right / 64] |= (uint64_t)1 << (right % 64);
}

#endif
