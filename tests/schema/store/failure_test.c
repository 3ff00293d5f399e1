/* S2-01: what the database refuses is told in words, never by the name of a constraint. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/pq.h"
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

/* All that stands against values which people give: the tables that administrators fill. */
static const char of_people[] =
    "SELECT string_agg(name, ' ') FROM ("
    "  SELECT conname AS name, conrelid AS of FROM pg_catalog.pg_constraint WHERE contype <> 't'"
    "  UNION SELECT c.relname, i.indrelid FROM pg_catalog.pg_index i"
    "    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indisunique) AS x"
    " WHERE of::regclass::text = ANY (ARRAY['signet.tenant', 'signet.\"user\"',"
    "  'signet.user_certificate', 'signet.\"group\"', 'signet.group_member',"
    "  'signet.group_right', 'signet.signing_key', 'signet.group_key', 'signet.trust_anchor',"
    "  'signet.timestamp_authority', 'signet.trust_source', 'signet.trust_choice',"
    "  'signet.validation_policy', 'signet.validation_default', 'signet.job'])"
    " AND name NOT IN ('job_claim', 'validation_policy_version')"; /* the program's own */

static void
every_constraint_on_what_people_give_has_words(void)
{
	struct error err = ERROR_INIT;
	char *names = calloc(1, 16384), *at, *name;
	enum error_kind kind;
	const char *words;
	int count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(names);
	ASSERT_OK(postgres_ask(w.database, "postgres", of_people, names, 16384, &err), &err);
	for (name = strtok_r(names, " ", &at); name != NULL; name = strtok_r(NULL, " ", &at)) {
		count++;
		words = pq_constraint_words(name, &kind);
		if (words == NULL)
			fprintf(stderr, "constraint without words: %s\n", name);
		CU_ASSERT_PTR_NOT_NULL(words);
		CU_ASSERT(words == NULL || strchr(words, '_') == NULL);
	}
	CU_ASSERT(count > 80);
	CU_ASSERT_PTR_NULL(pq_constraint_words("audit_hash_sha", &kind));
	free(names);
}

static void
a_refused_value_is_told_in_words_and_logged_in_full(void)
{
	static const char *const usage[] = { "Everything" };
	struct error err = ERROR_INIT;
	struct uuid id;

	uuid_random(&id);
	CU_ASSERT_EQUAL(
	    store_anchor_add(w.db, &w.acme, &id, "odd", span_str("odd"), usage, 1, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "one or more of Signing"));
	CU_ASSERT_PTR_NULL(strstr(err.text, "trust_anchor_usage"));
	CU_ASSERT_PTR_NOT_NULL(strstr(err.cause, "trust_anchor_usage"));
}

static const struct test tests[] = { TEST(every_constraint_on_what_people_give_has_words),
	TEST(a_refused_value_is_told_in_words_and_logged_in_full), TEST_END };
const struct suite suite_schema_store_failure = { "schema/store/failure", setup, teardown, tests };
