/*
 * tui/cli/options.h: the options of a command as a table, from which parsing, --help and the shell
 * completion come.
 */
#ifndef SIGNET_TUI_OPTIONS_H
#define SIGNET_TUI_OPTIONS_H

struct option_row {
	const char *name; /* without -- */
	char letter;	  /* or 0 */
	/* What to call its value: "FILE" completes to files, "DIRECTORY" to folders, "TIME" must
	 * be one; NULL: none. */
	const char *value;
	const char *const *words; /* the only values there are, NULL at the end; or NULL */
	const char *help;
};

#define OPTION_END	(-1)
#define OPTION_WRONG	(-2) /* options_wrong() says what */
#define OPTION_STOP	(-3) /* of next_option(): the exit code is known */
#define OPTION_GLOBAL	1000 /* and above: of the second table */
#define OPTION_ROWS_MAX 48

/*
 * getopt over two tables: the command's and the global one. Gives the row's place with its value (a
 * word in the spelling of the table, whatever the case typed). argv is reordered: what is no option
 * stands at the end, from optind on.
 */
int options_next(const struct option_row *rows, int count, const struct option_row *globals,
    int global_count, int argc, char **argv, char **value);
const char *options_wrong(void);

#endif
