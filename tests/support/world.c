#include "tests/support/world.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/postgres.h"

const char world_password[] = "$argon2id$v=19$m=8,t=1,p=1$c2lnbmV0LXdvcmxkLTAx$"
			      "pcyg5/AzrG+SOmaZBHTSjjl0o6PRUibLtEOEKix5UH8";

void
world_fingerprint(unsigned char out[FINGERPRINT_SIZE], const char *certificate)
{
	SHA256((const unsigned char *)certificate, strlen(certificate), out);
}

static void
random_ids(struct world *w)
{
	struct uuid *const ids[] = { &w->acme, &w->rival, &w->erp, &w->nobody, &w->rival_erp,
		&w->signers, &w->all, &w->seal, &w->spare, &w->rival_seal };
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		uuid_random(ids[i]);
}

static int
add_user(struct world *w, const struct uuid *tenant, const struct uuid *id, const char *name,
    const char *password, const char *certificate, struct error *err)
{
	const struct user_new user = { *id, name, password, DB_NO_TIME, span_str(certificate), name,
		WORLD_NOT_AFTER };

	return store_user_add(w->db, tenant, &user, err);
}

static int
add_key(struct world *w, const struct uuid *tenant, const struct uuid *id, const char *name,
    const char *store_key, int is_default, struct error *err)
{
	static const char *const usage[] = { "Sign" };
	const struct span chain[] = { span_str("issuer"), span_str("root") };
	const struct key_new key = { *id, name, store_key, "EC", 256, is_default, WORLD_NOT_AFTER,
		span_str("certificate of the key"), chain, 2, usage, 1 };

	return store_key_add(w->db, tenant, &key, err);
}

static int
make_callers(struct world *w, struct error *err)
{
	struct db *db = w->db;
	struct uuid users;

	uuid_random(&users);
	return store_tenant_add(db, &w->acme, "acme", err) != 0 ||
		       store_tenant_add(db, &w->rival, "rival", err) != 0 ||
		       add_user(w, &w->acme, &w->erp, "erp", world_password, WORLD_ERP_CERTIFICATE,
			   err) != 0 ||
		       add_user(w, &w->acme, &w->nobody, "nobody", NULL, WORLD_NOBODY_CERTIFICATE,
			   err) != 0 ||
		       add_user(w, &w->rival, &w->rival_erp, "erp", NULL, WORLD_RIVAL_CERTIFICATE,
			   err) != 0 ||
		       add_key(w, &w->acme, &w->seal, "seal", "acme-seal", 1, err) != 0 ||
		       add_key(w, &w->acme, &w->spare, "spare", "acme-spare", 0, err) != 0 ||
		       add_key(w, &w->rival, &w->rival_seal, "seal", "rival-seal", 0, err) != 0 ||
		       store_group_add(db, &w->acme, &w->signers, "signers", "", err) != 0 ||
		       store_group_add(db, &w->acme, &w->all, "all", "", err) != 0 ||
		       store_group_add(db, &w->rival, &users, "users", "", err) != 0 ||
		       store_group_member_add(db, &w->acme, &w->signers, &w->erp, err) != 0 ||
		       store_group_member_add(db, &w->acme, &w->all, &w->erp, err) != 0 ||
		       store_group_member_add(db, &w->rival, &users, &w->rival_erp, err) != 0 ||
		       store_group_right_add(db, &w->acme, &w->signers, "SignDocument", err) != 0 ||
		       store_group_right_add(db, &w->acme, &w->signers, "ListKeys", err) != 0 ||
		       store_group_right_add(db, &w->acme, &w->all, "WhoAmI", err) != 0 ||
		       store_group_right_add(db, &w->acme, &w->all, "ListKeys", err) != 0 ||
		       store_group_right_add(db, &w->rival, &users, "SignDocument", err) != 0 ||
		       store_group_key_add(db, &w->acme, &w->signers, &w->seal, err) != 0 ||
		       store_group_key_add(db, &w->rival, &users, &w->rival_seal, err) != 0
		   ? -1
		   : 0;
}

static int
make_trust(struct world *w, struct error *err)
{
	static const char *const usage[] = { "Signing", "Timestamping" };
	const struct span root = span_str("root certificate"), own = span_str("tsa certificate");
	struct authority_new a = { .name = "own",
		.url = "http://tsa.example/",
		.place = 10,
		.policy_oid = "1.3.6.1.4.1.99999.1",
		.timeout_ms = 5000 };
	struct db_options options = { .conninfo = postgres_conninfo(w->database, "signet_owner") };
	struct db *owner = NULL;
	struct uuid id;
	int rc = -1;

	uuid_random(&id);
	if (store_anchor_add(w->db, &w->acme, &id, "root", root, usage, 2, err) != 0)
		return -1;
	uuid_random(&id);
	if (store_anchor_add(w->db, &w->rival, &id, "root", root, usage, 1, err) != 0)
		return -1;
	uuid_random(&a.id);
	if (store_authority_add(w->db, &w->acme, &a, err) != 0 ||
	    db_open(&owner, &options, err) != 0)
		return -1;
	uuid_random(&a.id);
	a.name = "shared";
	a.url = NULL;
	a.store_key = "tsa";
	a.place = 20;
	a.certificates = &own;
	a.certificate_count = 1;
	rc = store_authority_add(owner, NULL, &a, err);
	db_close(owner);
	return rc;
}

int
world_make(struct world *w)
{
	struct error err = ERROR_INIT;
	struct db_options options = { 0 };

	memset(w, 0, sizeof(*w));
	random_ids(w);
	if (postgres_database(w->database) == NULL)
		return -1;
	options.conninfo = postgres_conninfo(w->database, "signet_server");
	if (db_open(&w->db, &options, &err) == 0 && make_callers(w, &err) == 0 &&
	    make_trust(w, &err) == 0)
		return 0;
	fprintf(stderr, "world: %s [%s]\n", err.text, err.cause);
	world_end(w);
	return -1;
}

void
world_end(struct world *w)
{
	db_close(w->db);
	w->db = NULL;
}
