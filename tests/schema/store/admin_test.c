/*
 * S2-01: every statement of the service Administration, asked as one tenant with the ids of
 * another: row-level security alone lets nothing be seen and nothing be changed. Statements that
 * are added are tried without a word.
 */
#include "schema/store/admin/admin.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/world.h"

static struct world w;

static int
setup(void)
{
	return world_make(&w);
}

static int
teardown(void)
{
	world_end(&w);
	return 0;
}

static const struct db_statement *const tables[] = { admin_user_statements, admin_group_statements,
	admin_tenant_statements, admin_right_statements, admin_status_statements };
#define TABLES (sizeof(tables) / sizeof(tables[0]))

/* All that there is of tenant acme, as one text. */
static void
look(char out[64])
{
	struct error err = ERROR_INIT;

	ASSERT_OK(
	    postgres_ask(w.database, "postgres",
		"SELECT md5(concat((SELECT string_agg(t::text, ',' ORDER BY id) FROM "
		"signet.tenant t), (SELECT string_agg(u::text, ',' ORDER BY id) FROM "
		"signet.user u), (SELECT string_agg(c::text, ',' ORDER BY fingerprint) FROM "
		"signet.user_certificate c), (SELECT string_agg(g::text, ',' ORDER BY id) FROM "
		"signet.group g), (SELECT string_agg(m::text, ',' ORDER BY user_id, group_id) "
		"FROM signet.group_member m), (SELECT string_agg(r::text, ',' ORDER BY "
		"group_id, operation) FROM signet.group_right r)))",
		out, 64, &err),
	    &err);
}

/* Values of acme's for each letter; `id` is what stands behind the tenant. */
static void
fill(struct db_args *a, const char *letters, const struct uuid *id)
{
	const struct uuid *ids[] = { &w.acme, id, &w.erp, &w.seal };
	size_t i, u = 0;

	db_args_init(a);
	for (i = 0; letters[i] != '\0'; i++)
		if (letters[i] == 'u')
			db_arg_uuid(a, ids[u < 4 ? u++ : 3]);
		else if (letters[i] == 't')
			db_arg_text(a, i == 2 ? "SignDocument" : "nobody");
		else if (letters[i] == 'i')
			db_arg_int(a, 1);
		else if (letters[i] == 'b')
			db_arg_bytes(a, span_str(WORLD_NOBODY_CERTIFICATE));
		else if (letters[i] == 'z')
			db_arg_time(a, WORLD_NOT_AFTER);
		else
			db_arg_array(a, 'u', 0);
}

static void
no_statement_reaches_another_tenant(void)
{
	const struct uuid *const ids[] = { &w.erp, &w.signers, &w.acme };
	const struct db_statement *s;
	char before[64], after[64];
	size_t t, i, tried = 0;

	look(before);
	for (t = 0; t < TABLES; t++)
		for (s = tables[t]; s->name != NULL; s++)
			for (i = 0; i < 3; i++) {
				struct error err = ERROR_INIT;
				struct db_result *r = NULL;
				struct db_args a;
				int reached = 0;

				if (strcmp(s->name, "admin_actor") == 0)
					continue;
				tried++;
				fill(&a, s->params, ids[i]);
				if (db_call(w.db, &w.rival, s, &a, &r, &err) != 0)
					continue;
				if (strcmp(s->columns, "l") == 0)
					reached = db_integer(r, 0, 0) != 0;
				else
					reached = db_rows(r) > 0 || db_affected(r) > 0;
				if (reached)
					fprintf(stderr, "%s reached another tenant\n", s->name);
				CU_ASSERT(!reached);
				db_result_free(r);
			}
	look(after);
	CU_ASSERT_STRING_EQUAL(before, after);
	CU_ASSERT(tried > 100);
}

/* The same questions find something where they are asked by the tenant itself. */
static void
the_same_statements_work_at_home(void)
{
	struct error err = ERROR_INIT;
	char id[TEXT_UUID_SIZE];
	struct record_value arg[2] = { value_of_text(uuid_text(id, &w.erp)), value_of_number(100) };
	struct db_result *r;

	ASSERT_OK(
	    store_admin(w.db, &w.acme, &admin_user_statements[USER_GET], arg, 1, &r, &err), &err);
	CU_ASSERT_EQUAL(db_rows(r), 1);
	db_result_free(r);
	arg[0] = value_of_text("erp");
	ASSERT_OK(
	    store_admin(w.db, &w.acme, &admin_user_statements[USER_COUNTS + 1], arg, 2, &r, &err),
	    &err);
	CU_ASSERT_EQUAL(db_integer(r, 0, 0), 1);
	db_result_free(r);
}

static const struct test tests[] = { TEST(no_statement_reaches_another_tenant),
	TEST(the_same_statements_work_at_home), TEST_END };
const struct suite suite_schema_store_admin = { "schema/store/admin", setup, teardown, tests };
