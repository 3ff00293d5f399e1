#include "server/ops/cases/case_draft.h"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "server/ops/cases/case.h"

#define KEYS_OF_SIGNER_MAX 16 /* names and addresses by which one signer is found */

/* ---- memory, texts ---- */

void *
draft_alloc(struct draft *d, size_t count, size_t size, struct error *err)
{
	void **blocks, *p;

	if (d->block_count % 256 == 0) {
		blocks = realloc(d->blocks, (d->block_count + 256) * sizeof(*blocks));
		if (blocks == NULL) {
			error_memory(err);
			return NULL;
		}
		d->blocks = blocks;
	}
	p = calloc(count + 1, size);
	if (p == NULL) {
		error_memory(err);
		return NULL;
	}
	d->blocks[d->block_count++] = p;
	return p;
}

/* A copy that the database takes: UTF-8, at most DRAFT_TEXT_MAX bytes; "" for NULL, and without
 * memory.
 */
const char *
draft_text(struct draft *d, const char *s, struct error *err)
{
	size_t len, i;
	char *copy;

	if (s == NULL || s[0] == '\0')
		return "";
	len = strnlen(s, DRAFT_TEXT_MAX + 1);
	if (len > DRAFT_TEXT_MAX)
		for (len = DRAFT_TEXT_MAX; len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80;)
			len--;
	copy = draft_alloc(d, len, 1, err);
	if (copy == NULL)
		return "";
	memcpy(copy, s, len);
	if (!text_is_utf8(copy, len))
		for (i = 0; i < len; i++)
			if ((unsigned char)copy[i] >= 0x80)
				copy[i] = '?';
	return copy;
}

struct span
draft_bytes(struct draft *d, const void *data, size_t len, struct error *err)
{
	unsigned char *copy = draft_alloc(d, len, 1, err);

	if (copy == NULL)
		return SPAN_NONE;
	memcpy(copy, data, len);
	return (struct span){ copy, len };
}

void
draft_release(struct draft *d)
{
	size_t i;

	report_objects_release(&d->objects);
	buf_release(&d->etsi);
	for (i = 0; i < d->block_count; i++)
		free(d->blocks[i]);
	free(d->blocks);
	free(d->keys);
}

/* ---- keys: by what the case is found ---- */

int
draft_key(struct draft *d, const char *kind, struct span value, struct error *err)
{
	struct case_key *keys;

	if (d->key_count == d->key_max) {
		d->key_max = d->key_max == 0 ? 16 : d->key_max * 2;
		keys = realloc(d->keys, d->key_max * sizeof(*keys));
		if (keys == NULL)
			return error_memory(err);
		d->keys = keys;
	}
	d->keys[d->key_count++] = (struct case_key){ kind, value };
	return 0;
}

int
draft_signer_key(struct draft *d, const char *text, struct error *err)
{
	struct buf key = BUF_INIT(0);
	struct span value;
	int rc = case_signer_key(text, &key, err);

	if (rc == 0 && key.len > 0) {
		value = draft_bytes(d, key.data, key.len, err);
		rc = value.data != NULL ? draft_key(d, "signer", value, err) : -1;
	}
	buf_release(&key);
	return rc;
}

static int
add_string_key(struct draft *d, const ASN1_STRING *s, struct error *err)
{
	unsigned char *utf8 = NULL;
	int len = ASN1_STRING_to_UTF8(&utf8, s), rc = 0;

	if (len > 0)
		rc = draft_signer_key(d, (const char *)utf8, err);
	OPENSSL_free(utf8);
	return rc;
}

/* Common names, mail addresses, and the like: each alone is enough to be found. */
int
draft_name_keys(struct draft *d, const X509_NAME *name, struct error *err)
{
	static const int nids[] = { NID_commonName, NID_pkcs9_emailAddress, NID_serialNumber,
		NID_pseudonym };
	size_t i, n = 0;
	int at;

	for (i = 0; i < sizeof(nids) / sizeof(nids[0]); i++)
		for (at = X509_NAME_get_index_by_NID(name, nids[i], -1);
		     at >= 0 && n++ < KEYS_OF_SIGNER_MAX;
		     at = X509_NAME_get_index_by_NID(name, nids[i], at))
			if (add_string_key(d,
				X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)), err) != 0)
				return -1;
	return 0;
}

int
draft_address_keys(struct draft *d, const X509 *cert, struct error *err)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_GENERAL_NAME_num(names) && i < KEYS_OF_SIGNER_MAX; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_EMAIL)
			rc = add_string_key(d, name->d.rfc822Name, err);
	}
	GENERAL_NAMES_free(names);
	return rc;
}
