#include "server/ops/trust/material.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/cache.h"
#include "authz/decide.h"
#include "authz/tenant.h"
#include "server/base/log.h"
#include "schema/store/policy.h"
#include "schema/store/pool.h"
#include "server/ops/private.h"
#include "server/ops/trust/trust.h"
#include "signing/core/ossl.h"
#include "signing/keys/maker.h"
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

/* When the keys process fails, it is asked what is the matter with the key. */
static int
explain(const struct sign_key *key, const struct error *why, struct error *err)
{
	if ((why->kind == ERROR_NOT_FOUND || why->kind == ERROR_UNAVAILABLE) &&
	    material_key_in_store(key, NULL, err) != 0)
		return -1;
	if (err != NULL && err->kind == ERROR_NONE)
		*err = *why;
	return -1;
}

static int
sign_many(const struct sign_key *key, const struct sig_alg *alg,
    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *sigs,
    struct error *err)
{
	struct error why = ERROR_INIT;

	return keys_sign_many(key, alg, digests, count, sigs, &why) == 0 ? 0
									 : explain(key, &why, err);
}

static int
sign_stamp(const struct sign_key *key, const struct sig_alg *alg, struct span attributes,
    struct span tst_info, struct buf *sig, struct error *err)
{
	struct error why = ERROR_INIT;

	return keys_sign_stamp(key, alg, attributes, tst_info, sig, &why) == 0
		   ? 0
		   : explain(key, &why, err);
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
	sign->sign_stamp = sign_stamp;
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
	if (row->wrapped.len > 0 && keys_keep(key->store_key, row->wrapped, err) != 0)
		return -1;
	key->not_before = asn1_time_seconds(X509_get0_notBefore(cert), &ok);
	key->not_after = asn1_time_seconds(X509_get0_notAfter(cert), &ok);
	/* X25519 agrees on keys and does nothing else: no handle is needed for that. */
	if (open_key(&key->sign, key->store_key, cert, key->sign.chain, &problem) != 0 &&
	    (key->may_sign || problem.kind != ERROR_UNSUPPORTED))
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

static int
make_anchors(struct material *m, const struct tenant *tenant, struct error *err)
{
	size_t i;
	X509 *cert;

	m->signing_anchors = sk_X509_new_null();
	if (m->signing_anchors == NULL)
		return error_memory(err);
	for (i = 0; i < tenant->anchor_count; i++) {
		if (!array_has(tenant->anchors[i].usage, "Signing"))
			continue;
		cert = parse_certificate(tenant->anchors[i].certificate);
		if (cert == NULL || sk_X509_push(m->signing_anchors, cert) <= 0) {
			log_warning("trust anchor %s cannot be read", tenant->anchors[i].name);
			X509_free(cert);
		}
	}
	return 0;
}

typedef int trust_get(struct db *db, const struct uuid *tenant, struct trust_snapshot **snapshot,
    int32_t *number, struct error *err);

/* What does not pass here fails the verdicts that want it, and nothing else: keys still sign. */
static int
make_trust(struct material *m, trust_get *get, struct db *db, struct error *err)
{
	struct error *problem = &m->trust_problem;

	if (get(db, &m->tenant->id, &m->trust, &m->trust_number, problem) == 0)
		return 0;
	if (problem->kind == ERROR_UNAVAILABLE)
		return error_cause(err, problem->kind, problem->text, "%s", problem->cause);
	log_error("a tenant's trust snapshot cannot be used: %s %s", problem->text, problem->cause);
	return 0;
}

static void
make_policy(struct material_policy *p, const struct policy_row *row)
{
	snprintf(p->name, sizeof(p->name), "%s", row->name);
	p->is_default = row->is_default;
	p->is_withdrawn = row->content == NULL;
	if (row->content != NULL && ops_policy_read(&p->policy, row->name, row->version,
					span_str(row->content), &p->problem) != 0)
		log_error("validation policy %s version %d cannot be used: %s", row->name,
		    row->version, p->problem.text);
}

static int
make_policies(struct material *m, struct db *db, struct error *err)
{
	struct policy_row row;
	struct db_result *r;
	size_t i;

	if (store_policies(db, &m->tenant->id, &r, err) != 0)
		return -1;
	m->policies = calloc(db_rows(r) + 1, sizeof(*m->policies));
	for (i = 0; m->policies != NULL && i < db_rows(r); i++, m->policy_count++) {
		row = store_policy_row(r, i);
		make_policy(&m->policies[i], &row);
	}
	db_result_free(r);
	return m->policies != NULL ? 0 : error_memory(err);
}

static int
make_rules(struct material *m, trust_get *get, struct engine *engine, struct error *err)
{
	struct db *db;
	int rc;

	if (db_pool_take(engine->parts.pool, &db, err) != 0)
		return -1;
	rc = make_trust(m, get, db, err) == 0 && make_policies(m, db, err) == 0 ? 0 : -1;
	db_pool_give(engine->parts.pool, db);
	return rc;
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
	sk_X509_pop_free(m->signing_anchors, X509_free);
	for (i = 0; i < m->policy_count; i++)
		ops_policy_release(&m->policies[i].policy);
	trust_snapshot_free(m->trust);
	free(m->policies);
	free(m->keys);
	free(m->authorities);
	free(m);
}

/* Of whoever signs nothing. */
static void *
make_for_verdicts(const struct tenant *tenant, void *arg, struct error *err)
{
	struct material *m = calloc(1, sizeof(*m));

	if (m == NULL) {
		error_memory(err);
		return NULL;
	}
	m->tenant = tenant;
	if (make_anchors(m, tenant, err) == 0 && make_rules(m, trust_unkept, arg, err) == 0)
		return m;
	drop_material(m);
	return NULL;
}

static void *
make_material(const struct tenant *tenant, void *arg, struct error *err)
{
	struct material *m = calloc(1, sizeof(*m));
	size_t i;
	int rc = -1;

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
	rc = make_anchors(m, tenant, err) == 0 && make_rules(m, trust_current, arg, err) == 0 ? 0
											      : -1;
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
	*material = tenant_attached(tenant, make_material, drop_material, engine, err);
	if (*material == NULL)
		tenant_release(tenant);
	return *material != NULL ? 0 : -1;
}

int
material_for_verdicts(const struct material **material, struct engine *engine,
    const struct uuid *id, struct error *err)
{
	const struct tenant *tenant;
	struct db *db;
	int rc;

	*material = NULL;
	if (db_pool_take(engine->parts.pool, &db, err) != 0)
		return -1;
	rc = tenant_load(&tenant, db, id, err);
	db_pool_give(engine->parts.pool, db);
	if (rc != 0)
		return -1;
	*material = tenant_attached(tenant, make_for_verdicts, drop_material, engine, err);
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
    const struct request *req, const char *name, struct error *err)
{
	const enum right right = (enum right)req->operation->right;
	const int64_t now = req->time_us / 1000000;

	*key = name != NULL ? find_key(material, name) : default_key(material);
	if (*key == NULL && name == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "no key was named and the tenant has no default key; see ListKeys");
	if (*key == NULL || caller_key_for(req->caller, right, (*key)->name) == NULL) {
		*key = NULL;
		return error_set(err, ERROR_NOT_AUTHORIZED,
		    "there is no key %s that %s may use; ListKeys names those that there are",
		    name != NULL ? name : "by default", req->caller->user_name);
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

static const struct material_policy *
find_policy(const struct material *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->policy_count; i++)
		if (name != NULL ? strcmp(m->policies[i].name, name) == 0
				 : m->policies[i].is_default)
			return &m->policies[i];
	return NULL;
}

int
material_policy(const struct verify_policy **policy, const struct material *material,
    const char *name, struct error *err)
{
	const struct material_policy *p = NULL;

	*policy = NULL;
	if (name == NULL || strcmp(name, VERIFY_POLICY_NAME) != 0)
		p = find_policy(material, name);
	if (p == NULL && name != NULL && strcmp(name, VERIFY_POLICY_NAME) != 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no validation policy %.100s; there is " VERIFY_POLICY_NAME, name);
	if (p == NULL)
		return 0;
	if (p->is_withdrawn)
		return error_set(err, name != NULL ? ERROR_NOT_FOUND : ERROR_UNAVAILABLE,
		    "the validation policy %s was withdrawn by an administrator%s", p->name,
		    name != NULL ? "" : ", and is still the default; name another");
	if (p->problem.kind != ERROR_NONE)
		return error_set(err, ERROR_UNAVAILABLE,
		    "the validation policy %s cannot be used: %s", p->name, p->problem.text);
	*policy = &p->policy.verify;
	return 0;
}
