/* Every fuzz target takes its seeds, and every seed cut short and with flipped bytes, without harm.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/support/fuzz.h"
#include "tests/support/suite.h"

static void
run_seed(void *arg, const char *name, const unsigned char *data, size_t size)
{
	const struct fuzz_target *target = arg;
	unsigned char *copy = malloc(size + 1);
	size_t i, step = size / 64 + 1;

	(void)name;
	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	memcpy(copy, data, size);
	CU_ASSERT_EQUAL(target->run(copy, size), 0);
	for (i = 0; i < size; i += step) {
		CU_ASSERT_EQUAL(target->run(copy, i), 0);
		copy[i] ^= 0x21;
		CU_ASSERT_EQUAL(target->run(copy, size), 0);
		copy[i] ^= 0x21;
	}
	free(copy);
}

static void
seeds_and_their_mutants_do_no_harm(void)
{
	const struct fuzz_target *target;

	for (target = fuzz_targets; target->name != NULL; target++)
		CU_ASSERT(fuzz_each_seed(target->name, run_seed, (void *)target) > 0);
}

static const struct test tests[] = { TEST(seeds_and_their_mutants_do_no_harm), TEST_END };
const struct suite suite_fuzz_replay = { "fuzz/replay", NULL, NULL, tests };
