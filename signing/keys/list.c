/* What the keys process tells of its keys. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/keys/provider.h"
#include "signing/keys/remote.h"

#define KEYS_MAX 1000000 /* entries that are believed */

struct list {
	struct keys_info *items;
	size_t count;
};

static void
info_release(struct keys_info *info)
{
	EVP_PKEY_free(info->public_key);
	X509_free(info->certificate);
	sk_X509_pop_free(info->chain, X509_free);
}

void
keys_list_free(struct keys_info *items, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		info_release(&items[i]);
	free(items);
}

/* The key's certificate, then its issuers. */
static int
read_certs(struct keys_info *info, struct span der, struct error *err)
{
	const unsigned char *p = der.data, *end = der.data + der.len;
	X509 *cert;

	info->chain = sk_X509_new_null();
	if (info->chain == NULL)
		return error_memory(err);
	while (p < end) {
		cert = d2i_X509(NULL, &p, (long)(end - p));
		if (cert == NULL)
			return error_openssl(err, "the keys process gave a damaged certificate");
		if (info->certificate == NULL)
			info->certificate = cert;
		else if (sk_X509_push(info->chain, cert) <= 0) {
			X509_free(cert);
			return error_memory(err);
		}
	}
	return 0;
}

/* The certificate's, where there is one: OpenSSL takes long to decode a key. */
static int
read_public(struct keys_info *info, struct span der, struct error *err)
{
	const unsigned char *p = der.data;

	if (info->certificate != NULL) {
		info->public_key = X509_get_pubkey(info->certificate);
		return info->public_key != NULL
			   ? 0
			   : error_openssl(err, "the keys process gave a damaged certificate");
	}
	if (der.len > 0 && (info->public_key = d2i_PUBKEY(NULL, &p, (long)der.len)) == NULL)
		return error_openssl(err, "the keys process gave a damaged public key");
	return 0;
}

static int
read_info(struct keys_info *info, struct wire_in *in, struct error *err)
{
	struct span name, reason, public_key, certs;

	name = wire_get_span(in);
	info->state = wire_get_u8(in) == KEY_STATE_USABLE ? KEY_STATE_USABLE : KEY_STATE_UNUSABLE;
	reason = wire_get_span(in);
	public_key = wire_get_span(in);
	certs = wire_get_span(in);
	info->signatures = wire_get_u64(in);
	info->decryptions = wire_get_u64(in);
	info->failures = wire_get_u64(in);
	if (in->bad || name.len > KEYS_NAME_MAX)
		return error_set(
		    err, ERROR_INTERNAL, "the keys process gave an answer that makes no sense");
	memcpy(info->name, name.data, name.len);
	snprintf(
	    info->reason, sizeof(info->reason), "%.*s", (int)reason.len, (const char *)reason.data);
	return read_certs(info, certs, err) != 0 || read_public(info, public_key, err) != 0 ? -1
											    : 0;
}

static int
add_entries(void *arg, struct wire_in *in, size_t entries, struct error *err)
{
	struct list *list = arg;
	struct keys_info *more;

	if (entries == 0)
		return 0;
	if (list->count + entries > KEYS_MAX)
		return error_limit(err, ERROR_LIMIT, "keys", KEYS_MAX, 0, "the number of keys");
	more = realloc(list->items, (list->count + entries) * sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	list->items = more;
	for (; entries > 0; entries--) {
		memset(&list->items[list->count], 0, sizeof(*list->items));
		if (read_info(&list->items[list->count++], in, err) != 0)
			return -1;
	}
	return 0;
}

static int
get_list(struct list *list, const char *name, struct error *err)
{
	uint32_t next = 0;

	while (next != UINT32_MAX)
		if (remote_list(name, next, &next, add_entries, list, err) != 0) {
			keys_list_free(list->items, list->count);
			*list = (struct list){ NULL, 0 };
			return -1;
		}
	return 0;
}

int
keys_list(struct keys_info **items, size_t *count, struct error *err)
{
	struct list list = { NULL, 0 };
	int rc = get_list(&list, "", err);

	*items = list.items;
	*count = list.count;
	return rc;
}

int
keys_find(struct keys_info **info, const char *name, struct error *err)
{
	struct list list = { NULL, 0 };

	*info = NULL;
	if (name[0] == '\0')
		return error_set(err, ERROR_NOT_FOUND, "there is no key \"\"");
	if (get_list(&list, name, err) != 0)
		return -1;
	if (list.count != 1) {
		keys_list_free(list.items, list.count);
		return error_set(
		    err, ERROR_INTERNAL, "the keys process gave an answer that makes no sense");
	}
	*info = list.items;
	return 0;
}
