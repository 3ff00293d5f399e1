#include "server/base/secret.h"

#include <stddef.h>
#include <string.h>
#include <sys/random.h>

char *
secret_make(char out[SECRET_SIZE])
{
	static const char letters[] =
	    "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-+=.,_@#";
	unsigned char random[SECRET_SIZE - 1];
	size_t i;

	while (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		;
	/* A letter first: a program must not take it for an option. */
	out[0] = letters[random[0] & 31];
	for (i = 1; i < sizeof(random); i++)
		out[i] = letters[random[i] & 63];
	out[i] = '\0';
	explicit_bzero(random, sizeof(random));
	return out;
}
