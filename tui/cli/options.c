#include "tui/cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/base/text.h"

static char wrong[300];

const char *
options_wrong(void)
{
	return wrong;
}

static void
add_rows(
    const struct option_row *rows, int count, int base, struct option *longs, int *n, char *shorts)
{
	char letter[3] = "";
	int i;

	for (i = 0; i < count && *n < OPTION_ROWS_MAX; i++) {
		longs[(*n)++] =
		    (struct option){ rows[i].name, rows[i].value != NULL, NULL, base + i + 256 };
		if (rows[i].letter == '\0')
			continue;
		letter[0] = rows[i].letter;
		letter[1] = rows[i].value != NULL ? ':' : '\0';
		strcat(shorts, letter);
	}
}

/* The spelling of the table; NULL after saying which words there are. */
static const char *
pick(const struct option_row *row, const char *value)
{
	size_t i, n;

	for (i = 0; row->words[i] != NULL; i++)
		if (strcasecmp(row->words[i], value) == 0)
			return row->words[i];
	n = (size_t)snprintf(wrong, sizeof(wrong), "--%s takes", row->name);
	for (i = 0; row->words[i] != NULL && n < sizeof(wrong); i++)
		n += (size_t)snprintf(wrong + n, sizeof(wrong) - n, "%s %s",
		    i == 0 ? "" : (row->words[i + 1] != NULL ? "," : " or"), row->words[i]);
	if (n < sizeof(wrong))
		snprintf(wrong + n, sizeof(wrong) - n, ", not %s", value);
	return NULL;
}

/* What is no time is found out here, before anything is sent. */
static int
check_time(const struct option_row *row, const char *value)
{
	int64_t seconds;

	if (text_parse_time(value, &seconds) == 0)
		return 0;
	snprintf(wrong, sizeof(wrong), "--%s takes a time such as 2026-03-01T12:00:00Z, not %s",
	    row->name, value);
	return -1;
}

static const struct option_row *
row_of_letter(int letter, const struct option_row *rows, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (rows[i].letter == letter)
			return &rows[i];
	return NULL;
}

static int
say_wrong(int id, char *argument)
{
	if (id == ':')
		snprintf(wrong, sizeof(wrong), "%s needs a value", argument);
	else if (optopt != 0 && optopt < 256)
		snprintf(wrong, sizeof(wrong), "there is no option -%c", optopt);
	else
		snprintf(wrong, sizeof(wrong),
		    optopt != 0 ? "%s takes no value" : "there is no option %s", argument);
	return OPTION_WRONG;
}

int
options_next(const struct option_row *rows, int count, const struct option_row *globals,
    int global_count, int argc, char **argv, char **value)
{
	struct option longs[OPTION_ROWS_MAX + 1] = { { 0 } };
	/* ":" tells a missing value from an unknown option. */
	char shorts[2 * OPTION_ROWS_MAX + 2] = ":";
	const struct option_row *row;
	int n = 0, id;

	add_rows(rows, count, 0, longs, &n, shorts);
	add_rows(globals, global_count, OPTION_GLOBAL, longs, &n, shorts);
	opterr = 0;
	id = getopt_long(argc, argv, shorts, longs, NULL);
	*value = optarg;
	if (id == -1)
		return OPTION_END;
	if (id == '?' || id == ':')
		return say_wrong(id, argv[optind - 1]);
	if (id < 256) {
		row = row_of_letter(id, rows, count);
		id = row != NULL ? (int)(row - rows)
				 : OPTION_GLOBAL +
				       (int)(row_of_letter(id, globals, global_count) - globals);
	} else {
		id -= 256;
	}
	row = id < OPTION_GLOBAL ? &rows[id] : &globals[id - OPTION_GLOBAL];
	if (row->words != NULL && (*value = (char *)pick(row, optarg)) == NULL)
		return OPTION_WRONG;
	if (row->value != NULL && strcmp(row->value, "TIME") == 0 && check_time(row, optarg) != 0)
		return OPTION_WRONG;
	return id;
}
