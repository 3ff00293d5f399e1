/* S2-31: a server that does not answer is left alone for a while, whatever is asked of it. */
#include "server/ops/evidence/patience.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"

static void
fail(struct patience *p, const char *url, int times)
{
	while (times-- > 0)
		patience_note(p, url, 0);
}

static void
who_fails_three_times_in_a_row_is_left_alone(void)
{
	struct patience p = { 0 };

	fail(&p, "http://a.example/ocsp", 2);
	CU_ASSERT(patience_has(&p, "http://a.example/ocsp"));
	patience_note(&p, "http://a.example/other", 1);
	fail(&p, "http://a.example/ocsp?x", 2);
	CU_ASSERT(patience_has(&p, "http://a.example/ocsp"));
	fail(&p, "http://a.example", 1);
	CU_ASSERT(!patience_has(&p, "http://a.example/any"));
	patience_note(&p, "http://a.example/", 1);
	CU_ASSERT(patience_has(&p, "http://a.example/any"));
}

static void
other_servers_ports_and_schemes_are_others(void)
{
	static const char *const others[] = { "http://a.example:81/x", "https://a.example/x",
		"http://a.example.org/x", "http://b.a.example/x", "http://a.exampl/x", "" };
	struct patience p = { 0 };
	size_t i;

	fail(&p, "http://a.example/x", 9);
	CU_ASSERT(!patience_has(&p, "http://a.example/x"));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CU_ASSERT(patience_has(&p, others[i]));
}

static void
what_does_not_fit_is_asked_each_time(void)
{
	struct patience p = { 0 };
	char url[400];
	int i;

	for (i = 0; i < PATIENCE_SERVERS + 5; i++) {
		snprintf(url, sizeof(url), "http://host-%d.example/", i);
		fail(&p, url, 5);
		CU_ASSERT_EQUAL(patience_has(&p, url), i >= PATIENCE_SERVERS);
	}
	memset(url, 'a', sizeof(url) - 1);
	memcpy(url, "http://", 7);
	url[sizeof(url) - 1] = '\0';
	fail(&p, url, 5);
	CU_ASSERT(patience_has(&p, url));
	fail(NULL, url, 5);
	CU_ASSERT(patience_has(NULL, url));
}

static const struct test tests[] = { TEST(who_fails_three_times_in_a_row_is_left_alone),
	TEST(other_servers_ports_and_schemes_are_others),
	TEST(what_does_not_fit_is_asked_each_time), TEST_END };
const struct suite suite_server_ops_evidence_patience = { "server/ops/evidence/patience", NULL,
	NULL, tests };
