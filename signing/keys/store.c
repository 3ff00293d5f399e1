#include "signing/keys/store.h"

#include <string.h>

int
key_name_ok(const char *name, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t i;

	if (len == 0 || len > KEYS_NAME_MAX || name[0] == '.')
		return 0;
	for (i = 0; i < len; i++)
		if (memchr(allowed, name[i], sizeof(allowed) - 1) == NULL)
			return 0;
	return 1;
}

int
key_store_find(const struct key_store *store, const char *name, size_t len, size_t *index)
{
	return store->ops->find(store, name, len, index);
}
