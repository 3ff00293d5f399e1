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

uint32_t
key_name_hash(const char *name, size_t len)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 16777619u;
	return h;
}

void
key_made_init(struct key_made *made)
{
	memset(made, 0, sizeof(*made));
	buf_init(&made->wrapped, KEYS_WRAPPED_MAX);
	buf_init(&made->request, KEYS_CERTS_MAX);
	buf_init(&made->certs, KEYS_CERTS_MAX);
}

void
key_made_release(struct key_made *made)
{
	buf_release(&made->wrapped);
	buf_release(&made->request);
	buf_release(&made->certs);
}

int
key_store_find(const struct key_store *store, const char *name, size_t len, size_t *index)
{
	return store->ops->find(store, name, len, index);
}
