/* What a verdict means for the exit code. report_text.c tells it to people. */
#include <string.h>

#include "tui/cli/command.h"

int
exit_of(const json_t *object)
{
	const char *word = get_text(object, "indication");

	if (strcmp(word, "TotalPassed") == 0)
		return EXIT_PASSED;
	return strcmp(word, "TotalFailed") == 0 ? EXIT_FAILED : EXIT_INDETERMINATE;
}

int
worse_verdict(int a, int b)
{
	static const int rank[] = { [EXIT_PASSED] = 0,
		[EXIT_INDETERMINATE] = 1,
		[EXIT_REFUSED] = 2,
		[EXIT_USAGE] = 3,
		[EXIT_UNAVAILABLE] = 4,
		[EXIT_FAILED] = 5 };

	return rank[a] >= rank[b] ? a : b;
}
