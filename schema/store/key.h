/*
 * schema/store/key.h: a tenant's signing keys, trust anchors and timestamp authorities, and the
 * serial numbers of our own timestamps. Each list is one look-up by index.
 */
#ifndef SIGNET_SCHEMA_STORE_KEY_H
#define SIGNET_SCHEMA_STORE_KEY_H

#include "schema/store/db.h"

#define STORE_CHAIN_MAX 16

struct key_row {
	struct uuid id;
	const char *name;      /* in the contract */
	const char *store_key; /* in the keys process */
	const char *algorithm; /* "RSA", "EC", "Ed25519", ... */
	int size;	       /* bits */
	int is_active, is_default;
	int64_t not_after; /* seconds */
	struct span certificate;
	struct db_array chain; /* DER */
	struct span wrapped;   /* of a key that was made here (signing/keys/maker.h); or empty */
	struct db_array usage; /* "Sign", "Timestamp", "Decrypt", "Tls" */
};

struct anchor_row {
	struct uuid id;
	const char *name;
	struct span certificate;
	struct db_array usage;		     /* "Signing", "TlsClient", ... */
	struct db_array crl_urls, ocsp_urls; /* beside what certificates say */
};

struct authority_row {
	struct uuid id;
	int is_server_wide;
	const char *name, *url, *store_key, *policy_oid, *user_name, *password_ref; /* "": none */
	int place;
	unsigned int timeout_ms;
	struct db_array certificates;
};

/*
 * All of a tenant: keys (disabled too, they are told apart) by name; active anchors by name; active
 * authorities in the order they are asked. On 0 *r is the caller's, for db_result_free(), and
 * row(r, i) for i < db_rows(r) gives views into it.
 */
int store_keys(struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err);
struct key_row store_key_row(const struct db_result *r, size_t i);
int store_anchors(
    struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err);
struct anchor_row store_anchor_row(const struct db_result *r, size_t i);
int store_authorities(
    struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err);
struct authority_row store_authority_row(const struct db_result *r, size_t i);
/* The three together in one round trip. */
int store_tenant_data(struct db *db, const struct uuid *tenant, struct db_result **keys,
    struct db_result **anchors, struct db_result **authorities, struct error *err);

struct key_new {
	struct uuid id;
	const char *name, *store_key, *algorithm;
	int size, is_default;
	int64_t not_after;
	struct span certificate;
	const struct span *chain;
	size_t chain_count;
	const char *const *usage;
	size_t usage_count;
};
int store_key_add(
    struct db *db, const struct uuid *tenant, const struct key_new *key, struct error *err);
int store_key_find(
    struct db *db, const struct uuid *tenant, const char *name, struct uuid *id, struct error *err);
/* "active" or "disabled" */
int store_key_state(struct db *db, const struct uuid *tenant, const struct uuid *id,
    const char *state, struct error *err);

int store_anchor_add(struct db *db, const struct uuid *tenant, const struct uuid *id,
    const char *name, struct span certificate, const char *const *usage, size_t usage_count,
    struct error *err);

/* Replace the addresses where revocation of what an anchor issued is asked as well. */
int store_anchor_urls(struct db *db, const struct uuid *tenant, const struct uuid *id,
    const char *const *crl_urls, size_t crl_count, const char *const *ocsp_urls, size_t ocsp_count,
    struct error *err);

/* Whether the anchor of that name counts from now on. ERROR_NOT_FOUND: there is none. */
int store_anchor_counts(
    struct db *db, const struct uuid *tenant, const char *name, int counts, struct error *err);

struct authority_new {
	struct uuid id;
	const char *name, *url, *store_key, *policy_oid, *user_name, *password_ref; /* NULL: none */
	int place;
	unsigned int timeout_ms;
	const struct span *certificates; /* with store_key: its own first */
	size_t certificate_count;
};
/* tenant NULL: for all tenants; only a connection of signet_owner may. */
int store_authority_add(struct db *db, const struct uuid *tenant,
    const struct authority_new *authority, struct error *err);

/*
 * Reserve `count` (1 to 1,000,000) serial numbers, durably; *first is the lowest. A number is never
 * given twice, whatever crashes.
 */
int store_tsa_serials(struct db *db, int64_t count, int64_t *first, struct error *err);

#endif
