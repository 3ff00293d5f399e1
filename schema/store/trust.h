/*
 * schema/store/trust.h: where trusted lists come from, the lists as imported, what a tenant chose
 * of them, and its numbered snapshots. Lists and snapshots are written once: there is no function
 * that changes or removes one, and the database refuses it.
 */
#ifndef SIGNET_SCHEMA_STORE_TRUST_H
#define SIGNET_SCHEMA_STORE_TRUST_H

#include "schema/store/db.h"

#define STORE_DIGEST_SIZE 32

/* ---- sources ---- */

struct trust_source_new {
	struct uuid id;
	const char *name, *kind;	    /* "list" or "lotl" */
	const char *url, *territory, *type; /* NULL: none, any */
	const struct span *signers;	    /* pinned certificates, DER */
	size_t signer_count;
	const struct uuid *lotl;  /* instead of signers: the list of lists that names them; NULL */
	const char *announcement; /* or NULL */
};
/* tenant NULL: for all tenants; only a connection of signet_owner may. */
int store_trust_source_add(struct db *db, const struct uuid *tenant,
    const struct trust_source_new *source, struct error *err);

/* Views into `result`. */
struct trust_source_row {
	struct db_result *result;
	struct uuid id, lotl; /* lotl nil: none */
	int is_server_wide, is_active;
	const char *name, *kind, *url, *territory, *type, *announcement; /* "": none */
	struct db_array signers;
};
/*
 * By name, a tenant's own before the server's; or by id. 1 found, 0 none, -1 failed. When 1,
 * row->result is the caller's, for db_result_free(). tenant NULL: only those for all.
 */
int store_trust_source_find(struct db *db, const struct uuid *tenant, const char *name,
    struct trust_source_row *row, struct error *err);
int store_trust_source_get(struct db *db, const struct uuid *tenant, const struct uuid *id,
    struct trust_source_row *row, struct error *err);

/* All that a tenant (NULL: any) may choose of, by name; on 0 *r is the caller's. */
int store_trust_sources(
    struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err);
/* A view; its own `result` is NULL. */
struct trust_source_row store_trust_source_row(struct db_result *r, size_t i);

/* ---- lists ---- */

struct trust_list_new {
	struct uuid id, source;
	int is_server_wide; /* as its source */
	unsigned char digest[STORE_DIGEST_SIZE];
	uint64_t size;
	const char *verdict, *reason, *imported_by;
	const unsigned char *signer; /* SHA-256 of the certificate, or NULL */
	struct span content;	     /* of accepted ones; else data NULL */
	int64_t sequence, issued,
	    next_update;       /* of accepted ones; next_update DB_NO_TIME: closed */
	const char *territory; /* or NULL */
};
/* ERROR_CONFLICT when another list of this number was accepted meanwhile. */
int store_trust_list_add(
    struct db *db, const struct uuid *tenant, const struct trust_list_new *list, struct error *err);

struct trust_list_row {
	struct db_result *result;
	struct uuid id;
	uint64_t sequence;
	struct span digest, content;
	int64_t imported;
	const char *imported_by;
};
/* The last one accepted of a source: 1, 0 none, -1 failed; as above. */
int store_trust_list_last(struct db *db, const struct uuid *tenant, const struct uuid *source,
    struct trust_list_row *row, struct error *err);

/* ---- choices ---- */

/* provider "": all of the source. Choosing twice is no error, nor is letting go what was not
 * chosen. */
int store_trust_choose(struct db *db, const struct uuid *tenant, const struct uuid *source,
    const char *provider, struct error *err);
int store_trust_let_go(struct db *db, const struct uuid *tenant, const struct uuid *source,
    const char *provider, struct error *err);

struct trust_choice_row {
	struct uuid source;
	const char *source_name, *provider;
};
/* On 0 *r is the caller's; sorted by source, so that those of one stand together. */
int store_trust_choices(
    struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err);
struct trust_choice_row store_trust_choice_row(const struct db_result *r, size_t i);
/* The tenants that chose of a source: column 0 of *r. */
int store_trust_choosers(
    struct db *db, const struct uuid *source, struct db_result **r, struct error *err);

/* ---- snapshots ---- */

struct trust_snapshot_row {
	struct db_result *result;
	int32_t number;
	struct span digest, content;
	const char *reason, *made_by;
	int64_t made;
};
/* number 0: the last. 1 found, 0 none, -1 failed; row->result is the caller's when 1. */
int store_trust_snapshot(struct db *db, const struct uuid *tenant, int32_t number,
    struct trust_snapshot_row *row, struct error *err);
/* Only the digest and the number of the last one: what a refresh compares with. As above. */
int store_trust_snapshot_last(struct db *db, const struct uuid *tenant, int32_t *number,
    unsigned char digest[STORE_DIGEST_SIZE], struct error *err);
/* Write the next one; ERROR_CONFLICT when another took the number meanwhile: look again. */
int store_trust_snapshot_add(struct db *db, const struct uuid *tenant, int32_t number,
    struct span content, const char *reason, const char *made_by, struct error *err);

#endif
