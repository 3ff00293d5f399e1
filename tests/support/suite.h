/*
 * tests/support/suite.h: a test file tests/a/b_test.c defines its suite, and the makefile finds it:
 *
 *	static const struct test tests[] = { TEST(a_full_buffer_is_left_as_it_was), TEST_END };
 *	const struct suite suite_a_b = { "a/b", NULL, NULL, tests };
 */
#ifndef SIGNET_TESTS_SUITE_H
#define SIGNET_TESTS_SUITE_H

#include <CUnit/CUnit.h>
#include <stddef.h>

struct test {
	const char *name;
	void (*run)(void);
};
#define TEST(function)                                                                             \
	{                                                                                          \
#function, function                                                                \
	}
#define TEST_END                                                                                   \
	{                                                                                          \
		NULL, NULL                                                                         \
	}

struct suite {
	const char *name;      /* the path without tests/ and _test.c */
	int (*setup)(void);    /* NULL, or 0 on success: a suite that cannot be set up fails */
	int (*teardown)(void); /* NULL, or 0 on success */
	const struct test *tests;
};
extern const struct suite *const suites[];

/*
 * Say that the test that runs, or a part of it, cannot be done here (other user, no such program):
 * printed at once and counted behind the summary, so that nobody takes it for tested.
 */
void test_not_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

struct fuzz_target {
	const char *name;
	int (*run)(const unsigned char *data, size_t size);
};
extern const struct fuzz_target fuzz_targets[];

/* CU_ASSERT with err's words in the report when `call` does not give `want`. */
#define ASSERT_RC(call, want, err)                                                                 \
	do {                                                                                       \
		int rc_ = (call);                                                                  \
		if (rc_ != (want))                                                                 \
			fprintf(stderr, "%s:%d: %s: %s [%s]\n", __FILE__, __LINE__, #call,         \
			    (err)->text, (err)->cause);                                            \
		CU_ASSERT_EQUAL_FATAL(rc_, (want));                                                \
	} while (0)
#define ASSERT_OK(call, err) ASSERT_RC(call, 0, err)

#endif
