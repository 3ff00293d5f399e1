#include "tests/support/ops_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/cache.h"
#include "authz/password.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/fetch/fetch.h"
#include "server/ops/journal/journal.h"
#include "signing/core/ossl.h"
#include "signing/keys/client.h"
#include "tests/support/keys_process.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/world.h"

/* Longer than anything here takes; a test that waits so long fails. */
#define PATIENCE_MS 20000

static struct {
	char database[32];
	struct db *owner;
	struct db_pool *pool;
	struct authz_cache *cache;
	struct passwords *passwords;
	struct journal *journal;
	struct engine *engine;
	struct test_keys keys;
} w;

static const struct {
	const char *name, *store_key, *usage;
	enum pki_id id;
	enum { NO_FILE, GOOD_FILE, DAMAGED_FILE, WRONG_PASS, FILE_OF_ANOTHER } file;
} keys[] = {
	{ "seal", "seal", "Sign", PKI_P256, GOOD_FILE },
	{ "rsa", "rsa", "Sign", PKI_RSA2048, GOOD_FILE },
	{ "expired", "expired", "Sign", PKI_EXPIRED, GOOD_FILE },
	{ "early", "early", "Sign", PKI_NOT_YET_VALID, GOOD_FILE },
	{ "disabled", "seal", "Sign", PKI_P256, NO_FILE },
	{ "other", "seal", "Sign", PKI_P256, NO_FILE },
	{ "lost", "lost", "Sign", PKI_P384, NO_FILE },
	{ "broken", "broken", "Sign", PKI_P384, DAMAGED_FILE },
	{ "locked", "locked", "Sign", PKI_P384, WRONG_PASS },
	{ "swapped", "swapped", "Sign", PKI_P384, FILE_OF_ANOTHER },
	{ "decrypt", "seal", "Decrypt", PKI_P256, NO_FILE },
	{ "unlock", "unlock", "Decrypt", PKI_RSA3072, GOOD_FILE },
	{ "unlock-ec", "unlock-ec", "Decrypt", PKI_BRAINPOOL256, GOOD_FILE },
	{ "withdrawn", "withdrawn", "Decrypt", PKI_P521, GOOD_FILE },
	{ "foreign", "foreign", "Decrypt", PKI_REVOCABLE, GOOD_FILE },
	{ "tsa", "tsa", "Timestamp", PKI_TSA, GOOD_FILE },
	{ "revocable", "revocable", "Sign", PKI_REVOCABLE, GOOD_FILE },
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

static const char *const rights[] = { "SignDocument", "SignDocuments", "SignDigests",
	"DecryptDocument", "ListKeys", "TimestampDigest", "TimestampDocument", "VerifyDocument",
	"VerifyDocuments", "ValidateCertificate", "VerifyTimestamp", "WhoAmI", "CounterSign",
	"ExtendSignature", "GetOriginalDocument", "GetCase", "FindCases", "CheckCase" };

struct limits
ops_limits(void)
{
	return (struct limits){ .message_bytes = 1 << 20,
		.read_memory = (uint64_t)256 << 20,
		.read_seconds = 10,
		.request_seconds = 60,
		.inline_bytes = 1 << 20,
		.document_bytes = 1 << 20,
		.stream_bytes = 2 << 20,
		.documents = 20,
		.digests = 100,
		.sign_on_address = 1000,
		.sign_on_rate = 1000,
		.sign_on_waiting = 100,
		.sign_on_days = 14,
		.sign_on_seconds = 300,
		.format = FORMAT_LIMITS_DEFAULT };
}

/* ---- set up ---- */

static int
make_key_file(size_t i)
{
	const enum pki_id id = keys[i].file == FILE_OF_ANOTHER ? PKI_P256 : keys[i].id;
	const struct sign_key *key = pki_key(id);
	const char *name = keys[i].store_key;

	if (keys[i].file == NO_FILE)
		return 0;
	if (test_keys_p12(&w.keys, name, key->pkey, key->cert, NULL, "secret") != 0)
		return -1;
	if (keys[i].file == DAMAGED_FILE)
		return test_keys_file(&w.keys, name, "p12", "0\202\001", 3, 0600);
	/* All certificates are signers': what a key decrypts with is said beside it. */
	if (strcmp(keys[i].usage, "Decrypt") == 0 &&
	    test_keys_file(&w.keys, name, "usage", "Decrypt\n", 8, 0600) != 0)
		return -1;
	return keys[i].file == WRONG_PASS ? test_keys_file(&w.keys, name, "pass", "wrong", 5, 0600)
					  : 0;
}

static int
make_keys(void)
{
	size_t i;

	if (test_keys_init(&w.keys) != 0)
		return -1;
	for (i = 0; i < KEYS; i++)
		if (make_key_file(i) != 0)
			return -1;
	return test_keys_start(&w.keys);
}

static int
make_engine(struct error *err)
{
	const char *server = postgres_conninfo(w.database, "signet_server");
	const struct db_options owner = { .conninfo =
					      postgres_conninfo(w.database, "signet_owner") };
	const struct db_pool_options pool = { .connection.conninfo = server };
	const struct journal_options journal = { .connection.conninfo = server, .node = "test" };
	const struct passwords_options passwords = { .cost = { 8, 1, 1 } };
	const struct limits limits = ops_limits();
	struct authz_cache_options cache = { 0 };
	struct engine_parts parts = { .limits = &limits, .node = "test" };

	if (db_open(&w.owner, &owner, err) != 0 || db_pool_new(&w.pool, &pool, err) != 0)
		return -1;
	cache.pool = w.pool;
	if (authz_cache_new(&w.cache, &cache, err) != 0 ||
	    passwords_new(&w.passwords, &passwords, err) != 0 ||
	    journal_open(&w.journal, &journal, err) != 0)
		return -1;
	parts.pool = w.pool;
	parts.cache = w.cache;
	parts.passwords = w.passwords;
	parts.journal = w.journal;
	return engine_new(&w.engine, &parts, err);
}

int
ops_world_make(void)
{
	struct error err = ERROR_INIT;
	uint64_t seen = 0;

	memset(&w, 0, sizeof(w));
	/* Authorities that fail are what is tested here, not news. */
	log_setup("test", LOG_LEVEL_ERROR);
	clock_set_offset(0);
	clock_set_offset(PKI_NOW - clock_now());
	if (postgres_database(w.database) == NULL || make_keys() != 0 || fetch_setup(&err) != 0 ||
	    keys_client_setup(w.keys.clients, 2, 0, &err) != 0 || make_engine(&err) != 0) {
		fprintf(stderr, "ops world: %s [%s]\n", err.text, err.cause);
		return -1;
	}
	while (!authz_cache_is_listening(w.cache) && seen < 10)
		seen = authz_cache_wait(w.cache, seen, PATIENCE_MS);
	return 0;
}

int
ops_world_end(void)
{
	engine_free(w.engine);
	journal_close(w.journal);
	passwords_free(w.passwords);
	authz_cache_free(w.cache);
	db_pool_free(w.pool);
	db_close(w.owner);
	keys_client_teardown();
	test_keys_release(&w.keys);
	clock_set_offset(0);
	log_setup("test", LOG_LEVEL_INFO);
	return 0;
}

struct engine *
ops_engine(void)
{
	return w.engine;
}

const char *
ops_database(void)
{
	return w.database;
}

/* ---- a tenant ---- */

/* Also called when suites are set up, where CUnit takes no assertions. */
static void
must(int rc, const struct error *err)
{
	if (rc == 0)
		return;
	fprintf(stderr, "ops world: %s [%s]\n", err->text, err->cause);
	abort();
}

static void
der_of(X509 *cert, struct buf *der)
{
	struct error err = ERROR_INIT;

	der->len = 0;
	must(OSSL_APPEND_DER(X509, cert, der, &err), &err);
}

X509 *
ops_certificate(const char *tenant)
{
	struct issue_request r = pki_request(PKI_TLS_CLIENT);

	r.common_name = tenant;
	r.key = pki_key(PKI_TLS_CLIENT)->pkey;
	return pki_issue(&r, PKI_INTERMEDIATE);
}

X509 *
ops_given_certificate(const char *tenant)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	char sql[300], text[8192];
	const unsigned char *p;
	X509 *cert = NULL;

	snprintf(sql, sizeof(sql),
	    "SELECT encode(c.certificate, 'base64') FROM signet.user_certificate c JOIN "
	    "signet.tenant "
	    "t ON t.id = c.tenant_id WHERE t.name = '%s'",
	    tenant);
	must(postgres_ask(w.database, "postgres", sql, text, sizeof(text), &err), &err);
	must(text_base64_decode(&der, span_str(text), &err), &err);
	p = der.data;
	cert = d2i_X509(NULL, &p, (long)der.len);
	must(cert != NULL ? 0 : -1, &err);
	buf_release(&der);
	return cert;
}

static void
add_users(const struct uuid *tenant, const char *name, const struct uuid *all)
{
	static const char *const clerk_rights[] = { "ListKeys", "WhoAmI" };
	X509 *cert = ops_certificate(name);
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct user_new erp = { .name = "erp",
		.password = world_password,
		.valid_until = DB_NO_TIME,
		.subject = name,
		.not_after = PKI_NOW + PKI_YEAR };
	struct user_new clerk = {
		.name = "clerk", .password = world_password, .valid_until = DB_NO_TIME
	};
	struct user_new nobody = { .name = "nobody", .valid_until = DB_NO_TIME };
	struct uuid few;
	size_t i;

	der_of(cert, &der);
	erp.certificate = SPAN_OF(&der);
	uuid_random(&erp.id);
	uuid_random(&clerk.id);
	uuid_random(&nobody.id);
	uuid_random(&few);
	must(store_user_add(w.owner, tenant, &erp, &err), &err);
	must(store_user_add(w.owner, tenant, &clerk, &err), &err);
	must(store_user_add(w.owner, tenant, &nobody, &err), &err);
	must(store_group_add(w.owner, tenant, all, "all", "", &err), &err);
	must(store_group_add(w.owner, tenant, &few, "few", "", &err), &err);
	must(store_group_member_add(w.owner, tenant, all, &erp.id, &err), &err);
	must(store_group_member_add(w.owner, tenant, &few, &clerk.id, &err), &err);
	for (i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
		must(store_group_right_add(w.owner, tenant, all, rights[i], &err), &err);
	for (i = 0; i < 2; i++)
		must(store_group_right_add(w.owner, tenant, &few, clerk_rights[i], &err), &err);
	buf_release(&der);
	X509_free(cert);
}

static void
add_key(const struct uuid *tenant, size_t i, const struct uuid *group)
{
	const struct sign_key *key = pki_key(keys[i].id);
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct key_new row = { .name = keys[i].name,
		.store_key = keys[i].store_key,
		.algorithm = keys[i].id == PKI_RSA2048 ? "RSA" : "EC",
		.size = keys[i].id == PKI_RSA2048 ? 2048 : 256,
		.is_default = i == 0,
		.not_after = PKI_NOW + PKI_YEAR,
		.usage = &keys[i].usage,
		.usage_count = 1 };

	uuid_random(&row.id);
	der_of(key->cert, &der);
	row.certificate = SPAN_OF(&der);
	must(store_key_add(w.owner, tenant, &row, &err), &err);
	if (strcmp(keys[i].name, "other") != 0 && strcmp(keys[i].name, "foreign") != 0)
		must(store_group_key_add(w.owner, tenant, group, &row.id, &err), &err);
	if (strcmp(keys[i].name, "disabled") == 0 || strcmp(keys[i].name, "withdrawn") == 0)
		must(store_key_state(w.owner, tenant, &row.id, "disabled", &err), &err);
	buf_release(&der);
}

static void
add_anchors(const struct uuid *tenant)
{
	static const char *const usage[] = { "Signing", "Timestamping" };
	static const enum pki_id ids[] = { PKI_INTERMEDIATE, PKI_ROOT };
	static const char *const names[] = { "issuing", "root" };
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct uuid id;
	int i;

	for (i = 0; i < 2; i++) {
		uuid_random(&id);
		der_of(pki_cert(ids[i]), &der);
		must(
		    store_anchor_add(w.owner, tenant, &id, names[i], SPAN_OF(&der), usage, 2, &err),
		    &err);
	}
	buf_release(&der);
}

static void
add_authority(const struct uuid *tenant, const struct ops_authority *a, size_t place)
{
	X509 *cert = a->url == NULL ? pki_cert(PKI_TSA) : a->cert;
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct authority_new row = { .name = a->name,
		.url = a->url,
		.store_key = a->url == NULL ? "tsa" : NULL,
		.policy_oid =
		    a->url == NULL && a->policy == NULL ? "1.3.6.1.4.1.99999.3" : a->policy,
		.place = (int)place,
		.timeout_ms = a->timeout_ms > 0 ? a->timeout_ms : 5000 };
	struct span only;

	uuid_random(&row.id);
	if (cert != NULL) {
		der_of(cert, &der);
		only = SPAN_OF(&der);
		row.certificates = &only;
		row.certificate_count = 1;
	}
	must(store_authority_add(w.owner, tenant, &row, &err), &err);
	buf_release(&der);
}

void
ops_tenant(const char *name, const struct ops_authority *authorities, size_t count)
{
	struct error err = ERROR_INIT;
	struct uuid tenant, all;
	size_t i;

	uuid_random(&tenant);
	uuid_random(&all);
	must(store_tenant_add(w.owner, &tenant, name, &err), &err);
	add_users(&tenant, name, &all);
	for (i = 0; i < KEYS; i++)
		add_key(&tenant, i, &all);
	add_anchors(&tenant);
	for (i = 0; i < count; i++)
		add_authority(&tenant, &authorities[i], i + 1);
}

const struct ops_authority ops_own = { .name = "own" };

int
ops_world_stamping(void)
{
	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", &ops_own, 1);
	return 0;
}

void
ops_tenant_without(const char *name, const char *operation)
{
	char sql[256];

	ops_tenant(name, NULL, 0);
	snprintf(sql, sizeof(sql),
	    "DELETE FROM signet.group_right r USING signet.tenant t WHERE r.tenant_id = t.id "
	    "AND t.name = '%s' AND r.operation = '%s'",
	    name, operation);
	ops_change(sql);
}

/*
 * A tenant that nobody has, as the cache knows it: changes are heard in the order in which they
 * were made, so once this one was dropped, all before were.
 */
static const struct tenant *
look_at_nobody(const struct uuid *nobody)
{
	const struct tenant *first = NULL, *again = NULL;
	struct error err = ERROR_INIT;

	do { /* until it is kept */
		tenant_release(first);
		tenant_release(again);
		must(authz_tenant(w.cache, nobody, &first, &err), &err);
		must(authz_tenant(w.cache, nobody, &again, &err), &err);
	} while (first != again);
	tenant_release(again);
	return first;
}

void
ops_change(const char *sql)
{
#define NOBODY "00000000-0000-4000-8000-000000000000"
	static const char tell[] = "SELECT pg_notify('signet_changed', '" NOBODY "')";
	struct uuid nobody;
	const struct tenant *before, *now;
	uint64_t seen = authz_cache_wait(w.cache, 0, 0), heard;
	struct error err = ERROR_INIT;

	must(uuid_parse(NOBODY, &nobody), &err);
	before = look_at_nobody(&nobody);
	must(postgres_run(w.database, "postgres", sql, &err), &err);
	must(postgres_run(w.database, "postgres", tell, &err), &err);
	for (;;) {
		must(authz_tenant(w.cache, &nobody, &now, &err), &err);
		tenant_release(now);
		if (now != before)
			break;
		heard = authz_cache_wait(w.cache, seen, PATIENCE_MS);
		must(heard > seen ? 0 : -1, &err);
		seen = heard;
	}
	tenant_release(before);
}

/* ---- a request ---- */

void
ops_request(struct request *req, enum operation_id operation, const char *user)
{
	struct error err = ERROR_INIT;
	char tenant[64], id[TEXT_UUID_SIZE];
	const char *slash = strchr(user, '/');

	snprintf(tenant, sizeof(tenant), "%.*s", (int)(slash - user), user);
	text_uuid(id);
	request_init(req, operation_by_id(operation), id);
	req->may_wait = 1;
	ASSERT_RC(authz_by_name(w.cache, tenant, slash + 1, &req->caller, &err), 1, &err);
}

static int
receive(struct op_document *docs, size_t count, const struct span *bodies, struct error *err)
{
	size_t i, at, n;

	for (i = 0; i < count; i++) {
		/* In pieces, as they come over a network. */
		for (at = 0; at < bodies[i].len; at += n) {
			n = bodies[i].len - at < 1000 ? bodies[i].len - at : 1000;
			if (op_document_write(&docs[i], bodies[i].data + at, n, err) != 0)
				return -1;
		}
		if (op_document_end(&docs[i], err) != 0)
			return -1;
	}
	return 0;
}

struct waiter {
	pthread_mutex_t mutex;
	pthread_cond_t told;
	int done;
	struct error failure;
};

static void
committed(void *arg, const struct error *failure)
{
	struct waiter *waiter = arg;

	pthread_mutex_lock(&waiter->mutex);
	waiter->done = 1;
	if (failure != NULL)
		waiter->failure = *failure;
	pthread_cond_signal(&waiter->told);
	pthread_mutex_unlock(&waiter->mutex);
}

static void
conclude(struct request *req, const struct error *failure)
{
	struct waiter waiter = { .mutex = PTHREAD_MUTEX_INITIALIZER,
		.told = PTHREAD_COND_INITIALIZER };
	struct pending *pending;
	struct error err = ERROR_INIT;

	ASSERT_OK(ops_conclude(w.engine, req, failure, &pending, &err), &err);
	pending_start(pending, committed, &waiter);
	pthread_mutex_lock(&waiter.mutex);
	while (!waiter.done)
		pthread_cond_wait(&waiter.told, &waiter.mutex);
	pthread_mutex_unlock(&waiter.mutex);
	ASSERT_OK(waiter.failure.kind == ERROR_NONE ? 0 : -1, &waiter.failure);
}

int
ops_serve(struct request *req, const struct ops_bodies *bodies, struct error *err)
{
	int moved = 0, rc;

	rc = ops_admit(w.engine, req, &moved, err);
	if (moved)
		return -1;
	if (rc == 0 && bodies != NULL)
		rc = receive(req->in.documents, req->in.document_count, bodies->documents, err);
	if (rc == 0 && bodies != NULL)
		rc = receive(req->in.originals, req->in.original_count, bodies->originals, err);
	if (rc == 0)
		rc = ops_run(w.engine, req, err);
	conclude(req, rc == 0 ? NULL : err);
	return rc;
}

int
ops_verify(struct ops_verification *v, const char *user, struct span document, struct span original,
    struct error *err)
{
	const struct ops_bodies bodies = { &document, &original };

	memset(v, 0, sizeof(*v));
	ops_request(&v->req, OP_VERIFY_DOCUMENT, user);
	v->req.in.documents = &v->signed_document;
	v->req.in.document_count = 1;
	v->req.in.originals = &v->original;
	v->req.in.original_count = original.data != NULL;
	return ops_serve(&v->req, &bodies, err);
}

void
ops_last_audit(char *out, size_t size)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(postgres_ask(w.database, "postgres",
		      "SELECT operation || ' ' || object || ' ' || result FROM signet.audit "
		      "ORDER BY seq DESC LIMIT 1",
		      out, size, &err),
	    &err);
}
