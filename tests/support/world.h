/*
 * tests/support/world.h: two tenants with users, groups, rights, keys, anchors and authorities in a
 * fresh database, made by the functions of schema/store.
 *
 *   tenant  acme                              | rival
 *   users   erp (certificate, password, in    | erp (certificate; in `users`)
 *           `signers` and `all`), nobody      |
 *           (certificate, no group)           |
 *   groups  signers: SignDocument, ListKeys,  | users: SignDocument; key seal
 *           key seal; all: WhoAmI, ListKeys   |
 *   keys    seal (default), spare             | seal
 *   anchors root                              | root (the same certificate)
 *   authorities  own (url)                    |
 *   for all      shared (local key)
 */
#ifndef SIGNET_TESTS_WORLD_H
#define SIGNET_TESTS_WORLD_H

#include "schema/store/key.h"
#include "schema/store/tenant.h"

/* Not a certificate, but what the database takes for one: bytes. */
#define WORLD_ERP_CERTIFICATE	 "certificate of erp at acme"
#define WORLD_NOBODY_CERTIFICATE "certificate of nobody at acme"
#define WORLD_RIVAL_CERTIFICATE	 "certificate of erp at rival"
#define WORLD_NOT_AFTER		 1900000000
/* Argon2id with the least memory and one pass of the password "correct horse". */
extern const char world_password[];

struct world {
	char database[32];
	struct db *db; /* as signet_server */
	struct uuid acme, rival, erp, nobody, rival_erp, signers, all, seal, spare, rival_seal;
};

/* 0, or -1 with the reason on standard error. */
int world_make(struct world *w);
void world_end(struct world *w);
/* SHA-256 of such a certificate. */
void world_fingerprint(unsigned char out[FINGERPRINT_SIZE], const char *certificate);

#endif
