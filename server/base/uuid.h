/* server/base/uuid.h: ids of things, as 16 bytes (RFC 9562). */
#ifndef SIGNET_BASE_UUID_H
#define SIGNET_BASE_UUID_H

#include "server/base/text.h"

struct uuid {
	unsigned char bytes[16];
};

#define UUID_NIL                                                                                   \
	{                                                                                          \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}

/* Version 4 from the kernel's random bytes. */
void uuid_random(struct uuid *u);
/* Lower-case text with hyphens; returns out. */
char *uuid_text(char out[TEXT_UUID_SIZE], const struct uuid *u);
/* 0, or -1 when s is not 36 characters of hex and hyphens. */
int uuid_parse(const char *s, struct uuid *u);
int uuid_equal(const struct uuid *a, const struct uuid *b); /* 1 = the same */
int uuid_is_nil(const struct uuid *u);

#endif
