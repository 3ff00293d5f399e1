/* signet completion bash: what the shell offers on Tab, from the same tables as --help. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "tui/cli/command.h"

/* Of each command its long and short options, as words. */
static void
print_options(const struct option_row *rows, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		printf("--%s ", rows[i].name);
		if (rows[i].letter != '\0')
			printf("-%c ", rows[i].letter);
	}
}

/* The cases in which the word before is an option with a value. */
static void
print_values(const char *command, const struct option_row *rows, int count)
{
	int i;
	size_t w;

	for (i = 0; i < count; i++) {
		if (rows[i].value == NULL)
			continue;
		printf("\t%s:--%s", command, rows[i].name);
		if (rows[i].letter != '\0')
			printf("|%s:-%c", command, rows[i].letter);
		printf(") ");
		if (rows[i].words != NULL) {
			printf("COMPREPLY=($(compgen -W \"");
			for (w = 0; rows[i].words[w] != NULL; w++)
				printf("%s%s", w == 0 ? "" : " ", rows[i].words[w]);
			printf("\" -- \"$word\"))");
		} else if (strcmp(rows[i].value, "FILE") == 0) {
			printf("COMPREPLY=($(compgen -f -- \"$word\"))");
		} else {
			printf("COMPREPLY=()");
		}
		printf("; return ;;\n");
	}
}

static void
print_bash(void)
{
	int i;

	puts(
	    "# bash completion for signet; to use it: source <(signet completion bash)\n"
	    "_signet() {\n"
	    "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= i\n"
	    "\tCOMPREPLY=()\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tcase ${COMP_WORDS[i]} in\n"
	    "\t\t--config) i=$((i + 1)) ;;\n"
	    "\t\t-*) ;;\n"
	    "\t\t*) command=${COMP_WORDS[i]}; break ;;\n"
	    "\t\tesac\n"
	    "\tdone\n"
	    "\tcase $command:$before in");
	for (i = 0; i < command_count; i++)
		print_values(
		    all_commands[i]->name, all_commands[i]->options, all_commands[i]->option_count);
	print_values("*", global_options, GLOBALS);
	puts("\tesac\n"
	     "\tcase $command:$word in");
	for (i = 0; i < command_count; i++) {
		printf("\t%s:-*) COMPREPLY=($(compgen -W \"", all_commands[i]->name);
		print_options(all_commands[i]->options, all_commands[i]->option_count);
		print_options(global_options, GLOBALS);
		puts("\" -- \"$word\")) ;;");
	}
	printf("\t:-*) COMPREPLY=($(compgen -W \"");
	print_options(global_options, GLOBALS);
	printf("--version\" -- \"$word\")) ;;\n\t:*) COMPREPLY=($(compgen -W \"");
	for (i = 0; i < command_count; i++)
		printf("%s%s", i == 0 ? "" : " ", all_commands[i]->name);
	puts("\" -- \"$word\")) ;;\n"
	     "\tcompletion:*) COMPREPLY=($(compgen -W \"bash\" -- \"$word\")) ;;\n"
	     "\t*) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
	     "\tesac\n"
	     "}\n"
	     "complete -o filenames -F _signet signet");
}

static int
cmd_completion(struct context *context, int argc, char **argv)
{
	char *value;
	int rc;

	if (next_option(context, argc, argv, &value, &rc) == OPTION_STOP)
		return rc;
	if (optind != argc - 1 || strcmp(argv[optind], "bash") != 0)
		return wrong_usage(context, "for which shell? signet completion bash");
	print_bash();
	return EXIT_PASSED;
}

const struct command command_completion = { "completion", "bash",
	"Print what a shell needs to complete commands and options", NULL, 0,
	"  source <(signet completion bash)\n"
	"  signet completion bash > /etc/bash_completion.d/signet\n",
	cmd_completion };
