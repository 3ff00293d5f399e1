/* S2-44: name and password; guessing is slow and bounded. */
#include "authz/password.h"

#include <pthread.h>
#include <string.h>

#include "server/base/clock.h"
#include "tests/support/suite.h"
#include "tests/support/world.h"

static const struct password_cost cheap = { 8, 1, 1 };
static const struct uuid user = { { 1 } };

static int
check(struct passwords *p, const char *phc, const char *password)
{
	struct error err = ERROR_INIT;

	return passwords_check(p, &user, phc, password, strlen(password), &err);
}

static struct passwords *
make(struct password_cost cost)
{
	const struct passwords_options options = { .remembered = 16, .cost = cost };
	struct error err = ERROR_INIT;
	struct passwords *p;

	ASSERT_OK(passwords_new(&p, &options, &err), &err);
	return p;
}

static void
the_right_password_is_right_and_any_other_is_wrong(void)
{
	struct passwords *p = make(cheap);
	int i;

	/* Twice: checked and remembered. */
	for (i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(check(p, world_password, "correct horse"), 1);
		CU_ASSERT_EQUAL(check(p, world_password, "correct horsf"), 0);
		CU_ASSERT_EQUAL(check(p, world_password, "correct hors"), 0);
		CU_ASSERT_EQUAL(check(p, world_password, ""), 0);
		CU_ASSERT_EQUAL(check(p, NULL, "correct horse"), 0);
		CU_ASSERT_EQUAL(check(p, "", "correct horse"), 0);
	}
	passwords_free(p);
}

static void
a_new_password_has_a_salt_of_its_own_and_checks(void)
{
	struct passwords *p = make(cheap);
	struct error err = ERROR_INIT;
	char a[PASSWORD_PHC_SIZE], b[PASSWORD_PHC_SIZE];

	ASSERT_OK(password_hash(a, "secret", 6, &cheap, &err), &err);
	ASSERT_OK(password_hash(b, "secret", 6, &cheap, &err), &err);
	CU_ASSERT_STRING_NOT_EQUAL(a, b);
	CU_ASSERT_EQUAL(strncmp(a, "$argon2id$v=19$m=8,t=1,p=1$", 27), 0);
	CU_ASSERT_EQUAL(check(p, a, "secret"), 1);
	CU_ASSERT_EQUAL(check(p, b, "secret"), 1);
	/* Remembered for one digest is not remembered for a changed one. */
	ASSERT_OK(password_hash(a, "other", 5, &cheap, &err), &err);
	CU_ASSERT_EQUAL(check(p, a, "secret"), 0);
	ASSERT_OK(password_hash(a, "secret", 6, NULL, &err), &err);
	CU_ASSERT_EQUAL(strncmp(a, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
	CU_ASSERT_EQUAL(password_hash(a, "", 0, &cheap, &err), -1);
	passwords_free(p);
}

static void
what_is_no_digest_is_an_error_and_no_password_fits_it(void)
{
	static const char *const bad[] = { "plain", "$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
		"$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
		"$argon2id$v=19$m=8,t=1,p=1$", "$argon2id$v=16$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA" };
	struct passwords *p = make(cheap);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(check(p, bad[i], "plain"), -1);
	passwords_free(p);
}

static int64_t
cost_of(struct passwords *p, const char *phc, int *result)
{
	const int64_t begin = clock_monotonic_us();

	*result = check(p, phc, "wrong");
	return clock_monotonic_us() - begin;
}

/* The two must differ by less than a factor: the default cost is tens of milliseconds. */
static void
an_unknown_name_costs_as_much_as_a_known_one(void)
{
	static const struct password_cost preset = PASSWORD_COST_DEFAULT;
	struct passwords *p = make(preset);
	struct error err = ERROR_INIT;
	char phc[PASSWORD_PHC_SIZE];
	int64_t known = INT64_MAX, unknown = INT64_MAX, us;
	int i, result;

	ASSERT_OK(password_hash(phc, "right", 5, NULL, &err), &err);
	for (i = 0; i < 3; i++) {
		us = cost_of(p, phc, &result);
		known = us < known ? us : known;
		CU_ASSERT_EQUAL(result, 0);
		us = cost_of(p, NULL, &result);
		unknown = us < unknown ? us : unknown;
		CU_ASSERT_EQUAL(result, 0);
	}
	CU_ASSERT(unknown * 3 > known && known * 3 > unknown);
	passwords_free(p);
}

#define GUESSERS 12

static struct passwords *crowded;
static char costly[PASSWORD_PHC_SIZE];
static pthread_barrier_t all_are_there;

static void *
guess(void *arg)
{
	struct error err = ERROR_INIT;

	pthread_barrier_wait(&all_are_there);
	*(int *)arg = passwords_check(crowded, &user, costly, "wrong", 5, &err);
	if (*(int *)arg == -1 && err.kind != ERROR_UNAVAILABLE)
		*(int *)arg = -2;
	return NULL;
}

static void
more_guesses_than_may_wait_are_sent_away(void)
{
	const struct passwords_options options = { .parallel = 1, .waiting = 2, .cost = cheap };
	struct error err = ERROR_INIT;
	pthread_t threads[GUESSERS];
	int results[GUESSERS], i, away = 0, wrong = 0;

	ASSERT_OK(passwords_new(&crowded, &options, &err), &err);
	ASSERT_OK(password_hash(costly, "right", 5, NULL, &err), &err);
	pthread_barrier_init(&all_are_there, NULL, GUESSERS);
	for (i = 0; i < GUESSERS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, guess, &results[i]), 0);
	for (i = 0; i < GUESSERS; i++) {
		pthread_join(threads[i], NULL);
		away += results[i] == -1;
		wrong += results[i] == 0;
	}
	CU_ASSERT_EQUAL(away + wrong, GUESSERS);
	CU_ASSERT(away > 0 && wrong >= 3);
	pthread_barrier_destroy(&all_are_there);
	passwords_free(crowded);
}

static const struct test tests[] = { TEST(the_right_password_is_right_and_any_other_is_wrong),
	TEST(a_new_password_has_a_salt_of_its_own_and_checks),
	TEST(what_is_no_digest_is_an_error_and_no_password_fits_it),
	TEST(an_unknown_name_costs_as_much_as_a_known_one),
	TEST(more_guesses_than_may_wait_are_sent_away), TEST_END };
const struct suite suite_authz_password = { "authz/password", NULL, NULL, tests };
