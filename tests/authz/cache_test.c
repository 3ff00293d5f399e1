/* S2-23, S2-24, S2-43, S2-45: what a caller may follows the database at once, also over its
 * restart. */
#include "authz/cache.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "authz/decide.h"
#include "schema/store/listen.h"
#include "server/base/log.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/world.h"

#define WAIT_MS 20000

static struct world w;
static struct db_pool *pool;
static struct authz_cache *cache;
static unsigned char erp[FINGERPRINT_SIZE];

static int
setup(void)
{
	struct error err = ERROR_INIT;
	struct db_pool_options options = { .max = 4 };
	struct authz_cache_options cache_options = { .callers = 100, .strangers = 10 };
	int rc;

	log_setup("test", LOG_LEVEL_ERROR);
	if (world_make(&w) != 0)
		return -1;
	world_fingerprint(erp, WORLD_ERP_CERTIFICATE);
	options.connection.conninfo = postgres_conninfo(w.database, "signet_server");
	rc = db_pool_new(&pool, &options, &err);
	cache_options.pool = pool;
	if (rc == 0)
		rc = authz_cache_new(&cache, &cache_options, &err);
	if (rc == 0)
		authz_cache_wait(cache, 0, WAIT_MS);
	return rc;
}

static int
teardown(void)
{
	authz_cache_free(cache);
	db_pool_free(pool);
	world_end(&w);
	log_setup("test", LOG_LEVEL_INFO);
	return 0;
}

static int
has_right(enum right right)
{
	struct error err = ERROR_INIT;
	const struct caller *caller;
	int has;

	ASSERT_RC(authz_by_certificate(cache, erp, &caller, &err), 1, &err);
	has = right_set_has(&caller->rights, right);
	caller_release(caller);
	return has;
}

static uint64_t
heard(void)
{
	return authz_cache_wait(cache, 0, 0);
}

static void
a_caller_is_found_by_certificate_and_by_name(void)
{
	struct error err = ERROR_INIT;
	const struct caller *a, *b;

	ASSERT_RC(authz_by_certificate(cache, erp, &a, &err), 1, &err);
	ASSERT_RC(authz_by_name(cache, "acme", "erp", &b, &err), 1, &err);
	CU_ASSERT(uuid_equal(&a->user, &b->user));
	CU_ASSERT_EQUAL(a->authenticated_by, AUTHENTICATED_BY_CERTIFICATE);
	CU_ASSERT_EQUAL(b->authenticated_by, AUTHENTICATED_BY_PASSWORD);
	CU_ASSERT_EQUAL(a->expires, WORLD_NOT_AFTER);
	CU_ASSERT_EQUAL(b->expires, INT64_MAX);
	CU_ASSERT_EQUAL_FATAL(a->group_count, 2);
	CU_ASSERT_STRING_EQUAL(a->groups[a->right_group[RIGHT_SIGN_DOCUMENT]], "signers");
	CU_ASSERT_STRING_EQUAL(a->groups[a->right_group[RIGHT_LIST_KEYS]], "all");
	CU_ASSERT_PTR_NOT_NULL_FATAL(caller_key(a, "seal"));
	CU_ASSERT(uuid_equal(&caller_key(a, "seal")->id, &w.seal));
	CU_ASSERT_PTR_NULL(caller_key(a, "spare"));
	caller_release(a);
	caller_release(b);
}

static void
the_second_look_up_is_the_same_snapshot(void)
{
	struct error err = ERROR_INIT;
	const struct caller *a, *b;

	ASSERT_RC(authz_by_certificate(cache, erp, &a, &err), 1, &err);
	ASSERT_RC(authz_by_certificate(cache, erp, &b, &err), 1, &err);
	CU_ASSERT_PTR_EQUAL(a, b);
	caller_release(a);
	caller_release(b);
}

static void
nobody_is_nobody(void)
{
	struct error err = ERROR_INIT;
	unsigned char other[FINGERPRINT_SIZE];
	const struct caller *caller;
	char name[64];
	int i;

	memcpy(other, erp, sizeof(other));
	other[0] ^= 1;
	for (i = 0; i < 2; i++) {
		ASSERT_RC(authz_by_certificate(cache, other, &caller, &err), 0, &err);
		CU_ASSERT_PTR_NULL(caller);
		ASSERT_RC(authz_by_name(cache, "acm", "eerp", &caller, &err), 0, &err);
		ASSERT_RC(authz_by_name(cache, "acme", "bad \xff", &caller, &err), 0, &err);
	}
	/* More strangers than are remembered put out no caller. */
	CU_ASSERT(has_right(RIGHT_WHO_AM_I));
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "stranger %d", i);
		ASSERT_RC(authz_by_name(cache, "acme", name, &caller, &err), 0, &err);
	}
	CU_ASSERT(has_right(RIGHT_WHO_AM_I));
}

static void
a_change_is_seen_once_it_was_heard(void)
{
	struct error err = ERROR_INIT;
	const struct caller *held;
	uint64_t before;

	ASSERT_RC(authz_by_certificate(cache, erp, &held, &err), 1, &err);
	CU_ASSERT(has_right(RIGHT_SIGN_DOCUMENT));
	before = heard();
	ASSERT_OK(store_group_right_remove(w.db, &w.acme, &w.signers, "SignDocument", &err), &err);
	CU_ASSERT(authz_cache_wait(cache, before, WAIT_MS) > before);
	CU_ASSERT(!has_right(RIGHT_SIGN_DOCUMENT));
	/* Whoever holds the older snapshot keeps it as it was. */
	CU_ASSERT(right_set_has(&held->rights, RIGHT_SIGN_DOCUMENT));
	caller_release(held);
	before = heard();
	ASSERT_OK(store_group_right_add(w.db, &w.acme, &w.signers, "SignDocument", &err), &err);
	CU_ASSERT(authz_cache_wait(cache, before, WAIT_MS) > before);
	CU_ASSERT(has_right(RIGHT_SIGN_DOCUMENT));
}

static void
a_stranger_who_is_registered_is_known(void)
{
	struct error err = ERROR_INIT;
	struct user_new user = { .name = "newcomer", .valid_until = DB_NO_TIME };
	const struct caller *caller;
	uint64_t before;

	ASSERT_RC(authz_by_name(cache, "acme", "newcomer", &caller, &err), 0, &err);
	uuid_random(&user.id);
	before = heard();
	ASSERT_OK(store_user_add(w.db, &w.acme, &user, &err), &err);
	CU_ASSERT(authz_cache_wait(cache, before, WAIT_MS) > before);
	ASSERT_RC(authz_by_name(cache, "acme", "newcomer", &caller, &err), 1, &err);
	caller_release(caller);
}

static void
a_change_of_one_tenant_leaves_the_others_in_memory(void)
{
	struct error err = ERROR_INIT;
	const struct caller *a, *b;
	uint64_t before = heard();

	ASSERT_RC(authz_by_certificate(cache, erp, &a, &err), 1, &err);
	ASSERT_OK(store_user_state(w.db, &w.rival, &w.rival_erp, "suspended", &err), &err);
	CU_ASSERT(authz_cache_wait(cache, before, WAIT_MS) > before);
	ASSERT_RC(authz_by_certificate(cache, erp, &b, &err), 1, &err);
	CU_ASSERT_PTR_EQUAL(a, b);
	caller_release(a);
	caller_release(b);
}

/* A change, until all that is told of it was heard. */
static void
after(const char *sql)
{
	struct error err = ERROR_INIT;
	uint64_t now, seen = heard(), last;
	unsigned int told;

	ASSERT_OK(
	    postgres_run_told(w.database, "postgres", "signet_changed", sql, &told, &err), &err);
	CU_ASSERT(told > 0);
	for (last = seen + told; seen < last; seen = now) {
		now = authz_cache_wait(cache, seen, WAIT_MS);
		CU_ASSERT_FATAL(now > seen);
	}
}

static const struct caller *
erp_now(void)
{
	struct error err = ERROR_INIT;
	const struct caller *caller;

	ASSERT_RC(authz_by_certificate(cache, erp, &caller, &err), 1, &err);
	return caller;
}

static const struct url_rules *
rules_now(void)
{
	struct error err = ERROR_INIT;
	const struct url_rules *rules = NULL;

	ASSERT_OK(authz_url_rules(cache, &w.acme, &rules, &err), &err);
	return rules;
}

static void
a_change_of_one_user_leaves_the_others_in_memory(void)
{
	const struct caller *a = erp_now(), *b;

	after("UPDATE signet.user SET valid_until = now() + interval '1 day' WHERE name = "
	      "'nobody'");
	b = erp_now();
	CU_ASSERT_PTR_EQUAL(a, b);
	caller_release(b);
	after("UPDATE signet.user SET valid_until = now() + interval '1 day' WHERE name = 'erp'");
	b = erp_now();
	CU_ASSERT_PTR_NOT_EQUAL(a, b);
	CU_ASSERT(b->expires < a->expires);
	caller_release(a);
	caller_release(b);
	after("UPDATE signet.user SET valid_until = NULL WHERE name = 'erp'");
}

static void
a_certificate_that_becomes_anothers_is_his(void)
{
	const struct caller *a;

	caller_release(erp_now());
	after("UPDATE signet.user_certificate c SET user_id = u.id FROM signet.user u JOIN "
	      "signet.tenant t ON t.id = u.tenant_id WHERE t.name = 'acme' AND u.name = 'nobody' "
	      "AND c.certificate = convert_to('" WORLD_ERP_CERTIFICATE "', 'UTF8')");
	a = erp_now();
	CU_ASSERT_STRING_EQUAL(a->user_name, "nobody");
	CU_ASSERT(!right_set_has(&a->rights, RIGHT_SIGN_DOCUMENT));
	caller_release(a);
	after("UPDATE signet.user_certificate c SET user_id = u.id FROM signet.user u JOIN "
	      "signet.tenant t ON t.id = u.tenant_id WHERE t.name = 'acme' AND u.name = 'erp' "
	      "AND c.certificate = convert_to('" WORLD_ERP_CERTIFICATE "', 'UTF8')");
	a = erp_now();
	CU_ASSERT_STRING_EQUAL(a->user_name, "erp");
	caller_release(a);
}

static void
rules_are_read_anew_when_they_change_and_for_no_user(void)
{
	const struct url_rules *a, *b;

	after("INSERT INTO signet.url_rule (id, tenant_id, name, host, path, opens_to) SELECT "
	      "gen_random_uuid(), id, 'page', 'h.example', '/', 'all' FROM signet.tenant WHERE "
	      "name = 'acme'");
	a = rules_now();
	CU_ASSERT_EQUAL(url_rules_count(a), 1);
	after("UPDATE signet.user SET valid_until = NULL WHERE name = 'erp'");
	b = rules_now();
	CU_ASSERT_PTR_EQUAL(a, b);
	url_rules_release(b);
	after("DELETE FROM signet.url_rule");
	b = rules_now();
	CU_ASSERT_EQUAL(url_rules_count(b), 0);
	url_rules_release(a);
	url_rules_release(b);
}

/* More than are told one by one. */
static void
many_users_at_once_are_all_forgotten(void)
{
	const struct caller *a = erp_now(), *b;

	after("INSERT INTO signet.user (id, tenant_id, name) SELECT gen_random_uuid(), t.id, "
	      "'bulk ' || n FROM signet.tenant t, generate_series(1, 200) n WHERE t.name = "
	      "'acme'");
	b = erp_now();
	CU_ASSERT_PTR_NOT_EQUAL(a, b);
	caller_release(a);
	caller_release(b);
	after("UPDATE signet.user SET state = 'suspended' WHERE name LIKE 'bulk %' OR name = "
	      "'erp'");
	a = erp_now();
	CU_ASSERT(!a->user_is_active);
	caller_release(a);
	after("UPDATE signet.user SET state = 'active' WHERE name = 'erp'");
}

static void *
read_rules_often(void *arg)
{
	struct error err = ERROR_INIT;
	const struct url_rules *rules;
	int i;

	(void)arg;
	for (i = 0; i < 200; i++) {
		if (authz_url_rules(cache, &w.acme, &rules, &err) != 0)
			return arg;
		url_rules_release(rules);
	}
	return NULL;
}

static void
many_ask_for_rules_while_they_change(void)
{
	pthread_t threads[4];
	void *failed;
	int i;

	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, read_rules_often, &w), 0);
	for (i = 0; i < 10; i++)
		after(i % 2 == 0 ? "INSERT INTO signet.url_rule (id, tenant_id, name, host, path) "
				   "SELECT gen_random_uuid(), id, 'page', 'h.example', '/' FROM "
				   "signet.tenant WHERE name = 'acme'"
				 : "DELETE FROM signet.url_rule");
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		CU_ASSERT_PTR_NULL(failed);
	}
}

static void
what_changed_is_read_from_its_words(void)
{
	static const char tenant[] = "7f3c0d5e-0000-4000-8000-000000000001";
	struct db_change c;
	char text[200];

	db_change_read(&c, tenant);
	CU_ASSERT_EQUAL(c.of, CHANGE_ALL);
	CU_ASSERT(!uuid_is_nil(&c.tenant));
	snprintf(text, sizeof(text), "%s rules", tenant);
	db_change_read(&c, text);
	CU_ASSERT_EQUAL(c.of, CHANGE_RULES);
	snprintf(text, sizeof(text), "%s callers", tenant);
	db_change_read(&c, text);
	CU_ASSERT_EQUAL(c.of, CHANGE_CALLERS);
	snprintf(text, sizeof(text), "%s user %s", tenant, tenant);
	db_change_read(&c, text);
	CU_ASSERT_EQUAL(c.of, CHANGE_USER);
	CU_ASSERT(uuid_equal(&c.user, &c.tenant));
	/* What is not understood is all of it. */
	snprintf(text, sizeof(text), "%s user nobody", tenant);
	db_change_read(&c, text);
	CU_ASSERT_EQUAL(c.of, CHANGE_ALL);
	CU_ASSERT(!uuid_is_nil(&c.tenant));
	db_change_read(&c, "");
	CU_ASSERT_EQUAL(c.of, CHANGE_ALL);
	CU_ASSERT(uuid_is_nil(&c.tenant));
	db_change_read(&c, "no id rules");
	CU_ASSERT_EQUAL(c.of, CHANGE_ALL);
	CU_ASSERT(uuid_is_nil(&c.tenant));
}

static int makes;

static void *
make_thing(const struct tenant *tenant, void *arg, struct error *err)
{
	(void)err;
	makes++;
	CU_ASSERT_EQUAL(tenant->key_count, 2);
	return arg;
}

static void
drop_thing(void *thing)
{
	*(int *)thing = 0;
}

static void
a_tenants_keys_are_kept_until_they_change(void)
{
	struct error err = ERROR_INIT;
	const struct tenant *a, *b, *c;
	uint64_t before;
	int thing = 1;

	ASSERT_OK(authz_tenant(cache, &w.acme, &a, &err), &err);
	ASSERT_OK(authz_tenant(cache, &w.acme, &b, &err), &err);
	CU_ASSERT_PTR_EQUAL(a, b);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a->default_key);
	CU_ASSERT_STRING_EQUAL(a->default_key->name, "seal");
	CU_ASSERT_PTR_EQUAL(tenant_key(a, "spare"), a->keys + 1);
	CU_ASSERT_PTR_NULL(tenant_key(a, "none"));
	CU_ASSERT_STRING_EQUAL(tenant_authority(a, "shared")->store_key, "tsa");
	CU_ASSERT_PTR_EQUAL(tenant_attached(a, make_thing, drop_thing, &thing, &err), &thing);
	CU_ASSERT_PTR_EQUAL(tenant_attached(b, make_thing, drop_thing, NULL, &err), &thing);
	CU_ASSERT_EQUAL(makes, 1);
	before = heard();
	ASSERT_OK(store_key_state(w.db, &w.acme, &w.spare, "disabled", &err), &err);
	CU_ASSERT(authz_cache_wait(cache, before, WAIT_MS) > before);
	ASSERT_OK(authz_tenant(cache, &w.acme, &c, &err), &err);
	CU_ASSERT(!tenant_key(c, "spare")->is_active);
	CU_ASSERT(tenant_key(a, "spare")->is_active);
	tenant_release(c);
	tenant_release(a);
	CU_ASSERT_EQUAL(thing, 1);
	tenant_release(b);
	CU_ASSERT_EQUAL(thing, 0);
}

static void
without_the_database_nothing_is_believed(void)
{
	struct error err = ERROR_INIT;
	const struct caller *caller;
	const struct tenant *tenant;
	uint64_t before = heard();

	CU_ASSERT(has_right(RIGHT_WHO_AM_I));
	postgres_stop(1);
	while (authz_cache_is_listening(cache))
		before = authz_cache_wait(cache, before, WAIT_MS);
	CU_ASSERT_EQUAL(authz_by_certificate(cache, erp, &caller, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_PTR_NULL(caller);
	error_clear(&err);
	CU_ASSERT_EQUAL(authz_by_name(cache, "acme", "erp", &caller, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	error_clear(&err);
	CU_ASSERT_EQUAL(authz_tenant(cache, &w.acme, &tenant, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	error_clear(&err);
	ASSERT_OK(postgres_start(), &err);
	while (!authz_cache_is_listening(cache))
		before = authz_cache_wait(cache, before, WAIT_MS);
	/* The pool spaces its attempts: soon it lets one through. */
	while (authz_by_certificate(cache, erp, &caller, NULL) != 1)
		authz_cache_wait(cache, UINT64_MAX, 10);
	CU_ASSERT(right_set_has(&caller->rights, RIGHT_WHO_AM_I));
	caller_release(caller);
	/* The world's own connection was lost as well. */
	db_close(w.db);
	w.db = NULL;
}

#define THREADS 4
#define ROUNDS	20000

static void *
look_up_often(void *arg)
{
	const struct caller *caller;
	int i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++)
		if (authz_by_certificate(cache, erp, &caller, NULL) == 1)
			caller_release(caller);
	return NULL;
}

static void
many_threads_look_up_while_things_change(void)
{
	struct error err = ERROR_INIT;
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, look_up_often, NULL), 0);
	for (i = 0; i < 10; i++)
		ASSERT_OK(
		    postgres_run(w.database, "postgres",
			"UPDATE signet.user SET valid_until = now() + interval '1 year'", &err),
		    &err);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT(has_right(RIGHT_WHO_AM_I));
}

static const struct test tests[] = { TEST(a_caller_is_found_by_certificate_and_by_name),
	TEST(the_second_look_up_is_the_same_snapshot), TEST(nobody_is_nobody),
	TEST(a_change_is_seen_once_it_was_heard), TEST(a_stranger_who_is_registered_is_known),
	TEST(a_change_of_one_tenant_leaves_the_others_in_memory),
	TEST(a_change_of_one_user_leaves_the_others_in_memory),
	TEST(a_certificate_that_becomes_anothers_is_his),
	TEST(rules_are_read_anew_when_they_change_and_for_no_user),
	TEST(many_users_at_once_are_all_forgotten), TEST(many_ask_for_rules_while_they_change),
	TEST(what_changed_is_read_from_its_words), TEST(a_tenants_keys_are_kept_until_they_change),
	TEST(without_the_database_nothing_is_believed),
	TEST(many_threads_look_up_while_things_change), TEST_END };
const struct suite suite_authz_cache = { "authz/cache", setup, teardown, tests };
