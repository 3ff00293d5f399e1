/*
 * The runner of all suites. Without arguments: all of them. With words: the suites whose name, or
 * the tests whose name, holds one of the words. --list prints the names. --seeds TARGET DIR writes
 * the seed inputs of a fuzz target as files.
 */
#include <CUnit/Basic.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/fuzz.h"
#include "tests/support/suite.h"

static int
is_wanted(const struct suite *suite, const struct test *test, char **words)
{
	if (*words == NULL)
		return 1;
	for (; *words != NULL; words++)
		if (strstr(suite->name, *words) != NULL || strstr(test->name, *words) != NULL)
			return 1;
	return 0;
}

static int
add_suite(const struct suite *suite, char **words)
{
	const struct test *test;
	CU_pSuite added = NULL;

	for (test = suite->tests; test->name != NULL; test++) {
		if (!is_wanted(suite, test, words))
			continue;
		if (added == NULL)
			added = CU_add_suite(suite->name, suite->setup, suite->teardown);
		if (added == NULL || CU_add_test(added, test->name, test->run) == NULL)
			return -1;
	}
	return 0;
}

/* The tests call this machine alone; curl and Python would ask the caller's proxy for the way. */
static void
forget_proxies(void)
{
	static const char *const names[] = { "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY",
		"HTTPS_PROXY", "ALL_PROXY" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
}

/* ---- what could not be tested here ---- */

static struct not_run {
	const char *suite, *test;
	char why[200];
} not_run[100];
static unsigned int not_run_count;

void
test_not_run(const char *fmt, ...)
{
	struct not_run *n = &not_run[not_run_count % 100];
	va_list ap;

	not_run_count++;
	n->suite = CU_get_current_suite() != NULL ? CU_get_current_suite()->pName : "";
	n->test = CU_get_current_test() != NULL ? CU_get_current_test()->pName : "(setup)";
	va_start(ap, fmt);
	vsnprintf(n->why, sizeof(n->why), fmt, ap);
	va_end(ap);
	printf("\n    not run: %s\n", n->why);
}

/* Once: the summary of CUnit is the last that is read. */
static void
print_not_run(void)
{
	static int is_told;
	unsigned int i;

	if (is_told++)
		return;
	printf("\n\n");
	for (i = 0; i < not_run_count && i < 100; i++)
		printf("not run: %s: %s: %s\n", not_run[i].suite, not_run[i].test, not_run[i].why);
	printf("not run: %u tests or parts of tests\n", not_run_count);
}

static CU_CleanupFunc last_teardown;

static int
tear_down_and_tell(void)
{
	int rc = last_teardown != NULL ? last_teardown() : 0;

	print_not_run();
	return rc;
}

static void
tell_behind_the_last_suite(void)
{
	CU_pSuite suite = CU_get_registry()->pSuite;

	while (suite->pNext != NULL)
		suite = suite->pNext;
	last_teardown = suite->pCleanupFunc;
	suite->pCleanupFunc = tear_down_and_tell;
}

int
main(int argc, char **argv)
{
	const struct suite *const *suite;
	const struct test *test;
	unsigned int failed;

	signal(SIGPIPE, SIG_IGN);
	forget_proxies();
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (suite = suites; *suite != NULL; suite++)
			for (test = (*suite)->tests; test->name != NULL; test++)
				printf("%s: %s\n", (*suite)->name, test->name);
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "--seeds") == 0)
		return fuzz_write_seeds(argv[2], argv[3]) == 0 ? 0 : 1;
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 2;
	for (suite = suites; *suite != NULL; suite++)
		if (add_suite(*suite, argv + 1) != 0)
			return 2;
	if (CU_get_registry()->uiNumberOfTests == 0) {
		fprintf(stderr, "no test has such a name\n");
		return 2;
	}
	tell_behind_the_last_suite();
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	print_not_run();
	failed = CU_get_number_of_failures() + CU_get_number_of_suites_failed() +
		 CU_get_number_of_tests_inactive();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}
