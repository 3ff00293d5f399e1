#include "server/ops/material.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/cache.h"
#include "authz/decide.h"
#include "authz/tenant.h"
#include "server/base/log.h"
#include "server/ops/private.h"
#include "signing/core/ossl.h"
#include "signing/keys/provider.h"

/* ---- making it from a snapshot ---- */

static X509 *
parse_certificate(struct span der)
{
	const unsigned char *p = der.data;
	X509 *cert = d2i_X509(NULL, &p, (long)der.len);

	if (cert == NULL)
		error_openssl(NULL, "");
	return cert;
}

/* The certificates of an array that do parse; what does not is left out and logged. */
static STACK_OF(X509) * parse_chain(struct db_array array, const char *of)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct span der;
	X509 *cert;

	while (chain != NULL && db_array_next(&array, &der)) {
		cert = parse_certificate(der);
		if (cert == NULL || sk_X509_push(chain, cert) <= 0) {
			log_warning("a certificate of %s cannot be read and is left out", of);
			X509_free(cert);
		}
	}
	return chain;
}

static int
array_has(struct db_array array, const char *word)
{
	struct span item;

	while (db_array_next(&array, &item))
		if (span_equal(item, span_str(word)))
			return 1;
	return 0;
}

#define MEND "choose another key that ListKeys calls Active, or have an administrator "

/* What is wrong with a key that the keys process has, NULL: nothing. */
static const char *
wrong_in_store(const struct keys_info *info, X509 *cert)
{
	if (info->state != KEY_STATE_USABLE)
		return info->reason;
	if (info->public_key == NULL || EVP_PKEY_eq(info->public_key, X509_get0_pubkey(cert)) != 1)
		return "it is not the key of the certificate that is registered for it";
	return NULL;
}

int
material_key_in_store(const struct sign_key *key, int *is_away, struct error *err)
{
	struct keys_info *info = NULL;
	struct error why = ERROR_INIT;
	const char *wrong;
	int rc = 0;

	if (is_away != NULL)
		*is_away = 0;
	if (keys_find(&info, key->ctx, &why) != 0) {
		if (why.kind == ERROR_NOT_FOUND)
			return error_set(err, ERROR_UNAVAILABLE,
			    "the key store does not hold key %s; " MEND "put its file back",
			    key->name);
		if (is_away != NULL)
			*is_away = 1;
		if (err != NULL && err->kind == ERROR_NONE)
			*err = why;
		return -1;
	}
	wrong = wrong_in_store(info, key->cert);
	if (wrong != NULL)
		rc = error_set(err, ERROR_UNAVAILABLE,
		    "the key store cannot use key %s: %s; " MEND "mend its file", key->name, wrong);
	error_openssl(NULL, "");
	keys_list_free(info, 1);
	return rc;
}

/* By the keys process. When it fails, it is asked what is the matter with the key. */
static int
sign_many(const struct sign_key *key, const struct sig_alg *alg,
    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *sigs,
    struct error *err)
{
	struct error why = ERROR_INIT;

	if (keys_sign_many(key, alg, digests, count, sigs, &why) == 0)
		return 0;
	if ((why.kind == ERROR_NOT_FOUND || why.kind == ERROR_UNAVAILABLE) &&
	    material_key_in_store(key, NULL, err) != 0)
		return -1;
	if (err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return -1;
}

/* A handle for a key of the keys process; its fields are the material's to free. */
static int
open_key(
    struct sign_key *sign, char *store_key, X509 *cert, STACK_OF(X509) * chain, struct error *err)
{
	sign->name = store_key;
	sign->cert = cert;
	sign->chain = chain;
	sign->sign_many = sign_many;
	sign->ctx = store_key;
	return keys_pkey_new(&sign->pkey, store_key, X509_get0_pubkey(cert), err);
}

static int
make_key(struct material_key *key, const struct key_row *row, struct error *err)
{
	X509 *cert = parse_certificate(row->certificate);
	struct error problem = ERROR_INIT;
	int ok;

	key->name = strdup(row->name);
	key->store_key = strdup(row->store_key);
	key->seen = calloc(1, sizeof(*key->seen));
	key->is_active = row->is_active;
	key->is_default = row->is_default;
	key->may_sign = array_has(row->usage, "Sign");
	key->may_decrypt = array_has(row->usage, "Decrypt");
	key->sign.cert = cert;
	key->sign.chain = parse_chain(row->chain, row->name);
	if (key->name == NULL || key->store_key == NULL || key->seen == NULL ||
	    key->sign.chain == NULL)
		return error_memory(err);
	if (cert == NULL) {
		snprintf(key->problem, sizeof(key->problem), "its certificate cannot be read");
		return 0;
	}
	key->not_before = asn1_time_seconds(X509_get0_notBefore(cert), &ok);
	key->not_after = asn1_time_seconds(X509_get0_notAfter(cert), &ok);
	if (open_key(&key->sign, key->store_key, cert, key->sign.chain, &problem) != 0)
		snprintf(key->problem, sizeof(key->problem), "%.190s", problem.text);
	key->sign.name = key->name;
	return 0;
}

static char *
copy_or_null(const char *s)
{
	return s[0] != '\0' ? strdup(s) : NULL;
}

static int
make_authority(struct material_authority *a, const struct authority_row *row, struct error *err)
{
	struct error problem = ERROR_INIT;

	a->name = strdup(row->name);
	a->url = copy_or_null(row->url);
	a->store_key = copy_or_null(row->store_key);
	a->policy = copy_or_null(row->policy_oid);
	a->timeout_ms = row->timeout_ms;
	a->is_active = 1;
	a->certificates = parse_chain(row->certificates, row->name);
	if (a->name == NULL || a->certificates == NULL)
		return error_memory(err);
	if (a->store_key == NULL)
		return 0;
	/* Its own certificate stands first. */
	if (sk_X509_num(a->certificates) == 0 ||
	    open_key(&a->local, a->store_key, sk_X509_value(a->certificates, 0), NULL, &problem) !=
		0) {
		log_error("time-stamp authority %s cannot be used: %s", a->name, problem.text);
		a->is_active = 0;
	}
	a->local.name = a->name;
	return 0;
}

static const struct {
	const char *usage;
	size_t offset;
} anchor_uses[] = {
	{ "Signing", offsetof(struct material, signing_anchors) },
	{ "Timestamping", offsetof(struct material, timestamp_anchors) },
	{ "TlsClient", offsetof(struct material, tls_client_anchors) },
	{ "TlsServer", offsetof(struct material, tls_server_anchors) },
	{ "OcspSigning", offsetof(struct material, ocsp_anchors) },
};
#define ANCHOR_USES (sizeof(anchor_uses) / sizeof(anchor_uses[0]))

static STACK_OF(X509) * *anchors_of(struct material *m, size_t use)
{
	return (STACK_OF(X509) **)((char *)m + anchor_uses[use].offset);
}

static int
make_anchors(struct material *m, const struct tenant *tenant, struct error *err)
{
	size_t i, use;
	X509 *cert;

	for (use = 0; use < ANCHOR_USES; use++)
		if ((*anchors_of(m, use) = sk_X509_new_null()) == NULL)
			return error_memory(err);
	for (i = 0; i < tenant->anchor_count; i++) {
		const struct anchor_row *row = &tenant->anchors[i];

		for (use = 0; use < ANCHOR_USES; use++) {
			if (!array_has(row->usage, anchor_uses[use].usage))
				continue;
			cert = parse_certificate(row->certificate);
			if (cert == NULL || sk_X509_push(*anchors_of(m, use), cert) <= 0) {
				log_warning("trust anchor %s cannot be read", row->name);
				X509_free(cert);
			}
		}
	}
	return 0;
}

static void
drop_material(void *arg)
{
	struct material *m = arg;
	size_t i;

	for (i = 0; i < m->key_count; i++) {
		EVP_PKEY_free(m->keys[i].sign.pkey);
		X509_free(m->keys[i].sign.cert);
		sk_X509_pop_free(m->keys[i].sign.chain, X509_free);
		free(m->keys[i].name);
		free(m->keys[i].store_key);
		free(m->keys[i].seen);
	}
	for (i = 0; i < m->authority_count; i++) {
		EVP_PKEY_free(m->authorities[i].local.pkey);
		sk_X509_pop_free(m->authorities[i].certificates, X509_free);
		free(m->authorities[i].name);
		free(m->authorities[i].url);
		free(m->authorities[i].store_key);
		free(m->authorities[i].policy);
	}
	for (i = 0; i < ANCHOR_USES; i++)
		sk_X509_pop_free(*anchors_of(m, i), X509_free);
	free(m->keys);
	free(m->authorities);
	free(m);
}

static void *
make_material(const struct tenant *tenant, void *arg, struct error *err)
{
	struct material *m = calloc(1, sizeof(*m));
	size_t i;
	int rc = -1;

	(void)arg;
	if (m == NULL) {
		error_memory(err);
		return NULL;
	}
	m->tenant = tenant;
	m->keys = calloc(tenant->key_count + 1, sizeof(*m->keys));
	m->authorities = calloc(tenant->authority_count + 1, sizeof(*m->authorities));
	if (m->keys == NULL || m->authorities == NULL) {
		error_memory(err);
		goto done;
	}
	for (i = 0; i < tenant->key_count; i++, m->key_count++)
		if (make_key(&m->keys[i], &tenant->keys[i], err) != 0)
			goto done;
	for (i = 0; i < tenant->authority_count; i++, m->authority_count++)
		if (make_authority(&m->authorities[i], &tenant->authorities[i], err) != 0)
			goto done;
	rc = make_anchors(m, tenant, err);
done:
	if (rc != 0) {
		drop_material(m);
		m = NULL;
	}
	return m;
}

/* ---- using it ---- */

int
material_of_tenant(const struct material **material, struct engine *engine, const struct uuid *id,
    struct error *err)
{
	const struct tenant *tenant;

	*material = NULL;
	if (authz_tenant(engine->parts.cache, id, &tenant, err) != 0)
		return -1;
	*material = tenant_attached(tenant, make_material, drop_material, NULL, err);
	if (*material == NULL)
		tenant_release(tenant);
	return *material != NULL ? 0 : -1;
}

int
material_get(const struct material **material, struct engine *engine, const struct caller *caller,
    struct error *err)
{
	return material_of_tenant(material, engine, &caller->tenant, err);
}

void
material_unref(const struct material *material)
{
	if (material != NULL)
		tenant_release(material->tenant);
}

/* Keys stand in the order of their names. */
static const struct material_key *
find_key(const struct material *m, const char *name)
{
	size_t low = 0, high = m->key_count, middle;
	int order;

	while (low < high) {
		middle = (low + high) / 2;
		order = strcmp(name, m->keys[middle].name);
		if (order == 0)
			return &m->keys[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static const struct material_key *
default_key(const struct material *m)
{
	size_t i;

	for (i = 0; i < m->key_count; i++)
		if (m->keys[i].is_default)
			return &m->keys[i];
	return NULL;
}

int
material_key_problem(const struct material_key *key, int64_t now, struct error *err)
{
	char when[TEXT_TIME_SIZE];

	if (!key->is_active)
		return error_set(err, ERROR_UNAVAILABLE,
		    "key %s was disabled by an administrator; choose another key", key->name);
	if (!key->may_sign)
		return error_set(
		    err, ERROR_NOT_AUTHORIZED, "key %s is not for signing documents", key->name);
	if (key->problem[0] != '\0')
		return error_set(
		    err, ERROR_UNAVAILABLE, "key %s cannot be used: %s", key->name, key->problem);
	if (now < key->not_before)
		return error_set(err, ERROR_UNAVAILABLE,
		    "the certificate of key %s is not valid before %s", key->name,
		    text_time(when, key->not_before));
	if (now > key->not_after)
		return error_set(err, ERROR_UNAVAILABLE,
		    "the certificate of key %s expired at %s; an administrator must renew it",
		    key->name, text_time(when, key->not_after));
	return 0;
}

static int
see_in_store(const struct material_key *key, int64_t now, struct error *err)
{
	int64_t age = now - atomic_load_explicit(key->seen, memory_order_relaxed);

	if (age >= 0 && age < MATERIAL_SEEN_S)
		return 0;
	if (material_key_in_store(&key->sign, NULL, err) != 0)
		return -1;
	atomic_store_explicit(key->seen, now, memory_order_relaxed);
	return 0;
}

int
material_signing_key(const struct material_key **key, const struct material *material,
    const struct caller *caller, const char *name, int64_t now, struct error *err)
{
	*key = name != NULL ? find_key(material, name) : default_key(material);
	if (*key == NULL && name == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "no key was named and the tenant has no default key; see ListKeys");
	if (*key == NULL || caller_key(caller, (*key)->name) == NULL) {
		*key = NULL;
		return error_set(err, ERROR_NOT_AUTHORIZED,
		    "there is no key %s that %s may use; ListKeys names those that there are",
		    name != NULL ? name : "by default", caller->user_name);
	}
	return material_key_problem(*key, now, err) == 0 ? see_in_store(*key, now, err) : -1;
}

int
material_authority(const struct material_authority **authority, const struct material *material,
    const char *name, struct error *err)
{
	size_t i;

	for (i = 0; i < material->authority_count; i++) {
		*authority = &material->authorities[i];
		if ((*authority)->is_active &&
		    (name == NULL || strcmp(name, (*authority)->name) == 0))
			return 0;
	}
	*authority = NULL;
	if (name != NULL)
		return error_set(err, ERROR_NOT_FOUND, "there is no time-stamp authority %s", name);
	return error_set(err, ERROR_NOT_FOUND,
	    "the tenant has no time-stamp authority; an administrator must add one");
}
