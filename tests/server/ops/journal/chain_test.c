/* The encoding of audit rows, for good; and that what was tampered with is found. */
#include "server/ops/journal/chain.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#define ROWS 2500 /* more than are read at once */

static char database[32];
static struct db *db;
static struct audit_head head;

static struct audit_row
sample(unsigned char digest[32])
{
	struct audit_row row = { .seq = 1,
		.at_us = 1772362800123456,
		.caller = "erp \xc3\xa4",
		.operation = "SignDocument",
		.object = "seal",
		.result = "Success",
		.reason = "",
		.peer = "192.0.2.1",
		.size_in = 1024,
		.size_out = 2048,
		.duration_us = 1500 };
	int i;

	for (i = 0; i < 16; i++) {
		row.request.bytes[i] = (unsigned char)i;
		row.tenant.bytes[i] = (unsigned char)(16 + i);
	}
	memset(digest, 0xab, 32);
	row.digest = (struct span){ digest, 32 };
	return row;
}

static int
write_rows(struct error *err)
{
	static struct audit_row rows[ROWS];
	static unsigned char digest[32];
	const struct audit_row *batch[AUDIT_BATCH_MAX];
	int32_t node;
	int i, n = 0;

	if (store_node(db, "node-a", &node, err) != 0)
		return -1;
	memset(&head, 0, sizeof(head));
	for (i = 0; i < ROWS; i++) {
		rows[i] = sample(digest);
		rows[i].seq = i + 1;
		memcpy(rows[i].previous, head.hash, AUDIT_HASH_SIZE);
		if (chain_hash(&rows[i], "node-a", err) != 0)
			return -1;
		head.seq = i + 1;
		memcpy(head.hash, rows[i].hash, AUDIT_HASH_SIZE);
		batch[n++] = &rows[i];
		if (n < 500)
			continue;
		if (store_audit_commit(db, node, batch, (size_t)n, NULL, 0, NULL, 0, err) != 0)
			return -1;
		n = 0;
	}
	return store_node_tell(db, node, &head, err);
}

static int
setup(void)
{
	struct error err = ERROR_INIT;
	struct db_options options = { 0 };

	if (postgres_database(database) == NULL)
		return -1;
	options.conninfo = postgres_conninfo(database, "signet_server");
	if (db_open(&db, &options, &err) == 0 && write_rows(&err) == 0)
		return 0;
	fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	return -1;
}

static int
teardown(void)
{
	db_close(db);
	return 0;
}

static void
the_encoding_is_what_it_was(void)
{
	/* Computed by another program from the description in the header. */
	static const char wanted[] =
	    "c996e127d21ae28770083b893b41adad0e68140e0e5e4ebfc7488d3f3c60a608";
	unsigned char digest[32];
	struct audit_row row = sample(digest);
	struct error err = ERROR_INIT;
	char hex[65];

	ASSERT_OK(chain_hash(&row, "node-a", &err), &err);
	CU_ASSERT_STRING_EQUAL(text_hex(hex, row.hash, AUDIT_HASH_SIZE), wanted);
}

static void
every_field_is_hashed_and_none_flows_into_the_next(void)
{
	unsigned char digest[32], plain[AUDIT_HASH_SIZE];
	struct error err = ERROR_INIT;
	struct audit_row row, changed[20];
	size_t n = 0, i;

	row = sample(digest);
	ASSERT_OK(chain_hash(&row, "node-a", &err), &err);
	memcpy(plain, row.hash, sizeof(plain));
	for (i = 0; i < 20; i++)
		changed[i] = sample(digest);
	changed[n++].seq = 2;
	changed[n++].at_us++;
	changed[n++].request.bytes[15]++;
	changed[n++].tenant.bytes[0]++;
	changed[n++].user.bytes[3] = 1;
	changed[n++].caller = "erp";
	changed[n++].operation = "SignDocuments";
	changed[n++].object = "sea1";
	changed[n++].result = "";
	changed[n++].reason = "x";
	changed[n++].digest.len = 31;
	changed[n++].size_in = 0;
	changed[n++].size_out = -1;
	changed[n++].peer = "192.0.2.10";
	changed[n++].duration_us = 1;
	changed[n++].previous[31] = 1;
	changed[n].operation = "SignDocumentseal";
	changed[n++].object = "";
	for (i = 0; i < n; i++) {
		ASSERT_OK(chain_hash(&changed[i], "node-a", &err), &err);
		CU_ASSERT_NOT_EQUAL(memcmp(changed[i].hash, plain, sizeof(plain)), 0);
	}
	ASSERT_OK(chain_hash(&row, "node-b", &err), &err);
	CU_ASSERT_NOT_EQUAL(memcmp(row.hash, plain, sizeof(plain)), 0);
}

static void
an_untouched_chain_is_good(void)
{
	struct error err = ERROR_INIT;
	struct chain_report report;
	struct audit_head middle;

	ASSERT_RC(audit_verify(db, "node-a", NULL, &head, &report, &err), 1, &err);
	CU_ASSERT_EQUAL(report.rows, ROWS);
	CU_ASSERT_EQUAL(report.bad_seq, 0);
	CU_ASSERT_EQUAL(memcmp(&report.head, &head, sizeof(head)), 0);
	/* From a row that is known. */
	middle = report.head;
	ASSERT_RC(audit_verify(db, "node-a", &middle, NULL, &report, &err), 1, &err);
	CU_ASSERT_EQUAL(report.rows, 0);
	CU_ASSERT_EQUAL(audit_verify(db, "nobody", NULL, NULL, &report, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
}

static void
what_was_tampered_with_is_found(void)
{
	static const struct {
		const char *tamper;
		int64_t bad_seq;
		const char *says;
	} cases[] = {
		{ "UPDATE signet.audit SET result = 'Denied' WHERE seq = 1234", 1234,
		    "was changed" },
		{ "UPDATE signet.audit SET at = at + interval '1 microsecond' WHERE seq = 1", 1,
		    "was changed" },
		{ "UPDATE signet.audit SET user_id = gen_random_uuid() WHERE seq = 2500", 2500,
		    "was changed" },
		{ "DELETE FROM signet.audit WHERE seq = 1000", 1000, "is missing" },
		{ "DELETE FROM signet.audit WHERE seq = 1", 1, "is missing" },
		{ "DELETE FROM signet.audit WHERE seq > 2490", 2491, "missing at the end" },
		{ "DELETE FROM signet.audit", 1, "missing at the end" },
		/* Removed and the others moved up. */
		{ "DELETE FROM signet.audit WHERE seq = 500;"
		  "UPDATE signet.audit SET seq = seq + 100000 WHERE seq > 500;"
		  "UPDATE signet.audit SET seq = seq - 100001 WHERE seq > 100000",
		    500, "does not follow" },
		{ "UPDATE signet.audit SET hash = sha256('x') WHERE seq = 77", 77, "was changed" },
		{ "UPDATE signet.audit SET previous = sha256('x') WHERE seq = 78", 78,
		    "does not follow" },
		/* Inserted: the row behind it no longer follows. */
		{ "DELETE FROM signet.audit WHERE seq = 42; INSERT INTO signet.audit SELECT node, "
		  "42,"
		  " at, request, tenant_id, user_id, caller, operation, object, result, reason,"
		  " digest, size_in, size_out, peer, duration_us, previous, hash"
		  " FROM signet.audit WHERE seq = 41",
		    42, "does not follow" },
		{ "INSERT INTO signet.audit SELECT node, 2501, at, request, tenant_id, user_id,"
		  " caller, operation, object, result, reason, digest, size_in, size_out, peer,"
		  " duration_us, hash, sha256('forged') FROM signet.audit WHERE seq = 2500",
		    2501, "was changed" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;
		struct chain_report report;

		ASSERT_OK(postgres_run(database, "postgres",
			      "CREATE TABLE public.kept AS SELECT * FROM signet.audit", &err),
		    &err);
		ASSERT_OK(postgres_run(database, "postgres", cases[i].tamper, &err), &err);
		ASSERT_RC(audit_verify(db, "node-a", NULL, NULL, &report, &err), 0, &err);
		CU_ASSERT_EQUAL(report.bad_seq, cases[i].bad_seq);
		if (strstr(report.text, cases[i].says) == NULL) {
			fprintf(stderr, "%s: %s\n", cases[i].tamper, report.text);
			CU_FAIL("said otherwise");
		}
		ASSERT_OK(postgres_run(database, "postgres",
			      "DELETE FROM signet.audit;"
			      "INSERT INTO signet.audit SELECT * FROM public.kept;"
			      "DROP TABLE public.kept",
			      &err),
		    &err);
	}
}

/* Who rewrites the whole rest is found only by a head that was kept elsewhere. */
static void
a_head_that_was_kept_shows_a_rewritten_chain(void)
{
	struct error err = ERROR_INIT;
	struct chain_report report;
	struct audit_head kept = head;

	kept.hash[0] ^= 1;
	ASSERT_RC(audit_verify(db, "node-a", NULL, &kept, &report, &err), 0, &err);
	CU_ASSERT_EQUAL(report.bad_seq, ROWS);
	kept = head;
	kept.seq = ROWS + 1;
	ASSERT_RC(audit_verify(db, "node-a", NULL, &kept, &report, &err), 0, &err);
	CU_ASSERT_EQUAL(report.bad_seq, ROWS + 1);
}

static const struct test tests[] = { TEST(the_encoding_is_what_it_was),
	TEST(every_field_is_hashed_and_none_flows_into_the_next), TEST(an_untouched_chain_is_good),
	TEST(what_was_tampered_with_is_found), TEST(a_head_that_was_kept_shows_a_rewritten_chain),
	TEST_END };
const struct suite suite_server_ops_journal_chain = { "server/ops/journal/chain", setup, teardown,
	tests };
