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

static int
is_path(const char *value)
{
	return strcmp(value, "FILE") == 0 || strcmp(value, "REPORT") == 0;
}

/*
 * What a command is to do stands first in its arguments: "find [options] | show ID ..." gives find
 * and show. The next such word, or NULL; *at goes on behind it.
 */
static const char *
next_verb(const char **at, size_t *len)
{
	const char *word;

	while (**at != '\0') {
		*at += strspn(*at, " |");
		word = *at;
		*len = strspn(word, "abcdefghijklmnopqrstuvwxyz-");
		*at += strcspn(*at, "|");
		if (*len > 0 && word[0] != '-' && (word[*len] == ' ' || word[*len] == '\0'))
			return word;
	}
	return NULL;
}

/* The case in which nothing but the command stands before the word. */
static void
print_verbs(const struct command *command)
{
	const char *at = command->arguments, *verb;
	size_t len;
	int count = 0;

	while ((verb = next_verb(&at, &len)) != NULL)
		printf("%s%.*s", count++ == 0 ? "" : " ", (int)len, verb);
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
		} else if (is_path(rows[i].value)) {
			printf("COMPREPLY=($(compgen -f -- \"$word\"))");
		} else if (strcmp(rows[i].value, "DIRECTORY") == 0) {
			printf("COMPREPLY=($(compgen -d -- \"$word\"))");
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

	puts("# bash completion for signet; to use it: source <(signet completion bash)\n"
	     "_signet() {\n"
	     "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
	     "\tlocal command= verb= verbs= i\n"
	     "\tCOMPREPLY=()\n"
	     "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	     "\t\tcase ${COMP_WORDS[i]} in\n"
	     "\t\t--config) i=$((i + 1)) ;;\n"
	     "\t\t-*) ;;\n"
	     "\t\t*) if [ -n \"$command\" ]; then verb=${COMP_WORDS[i]}; break; fi\n"
	     "\t\t\tcommand=${COMP_WORDS[i]} ;;\n"
	     "\t\tesac\n"
	     "\tdone\n"
	     "\tcase $command:$before in");
	for (i = 0; i < command_count; i++)
		print_values(
		    all_commands[i]->name, all_commands[i]->options, all_commands[i]->option_count);
	print_values("*", global_options, GLOBALS);
	puts("\tesac\n"
	     "\tcase $command in");
	for (i = 0; i < command_count; i++) {
		printf("\t%s) verbs=\"", all_commands[i]->name);
		print_verbs(all_commands[i]);
		puts("\" ;;");
	}
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
	printf(" help\" -- \"$word\")) ;;\n\thelp:*) COMPREPLY=($(compgen -W \"");
	for (i = 0; i < command_count; i++)
		printf("%s%s", i == 0 ? "" : " ", all_commands[i]->name);
	puts("\" -- \"$word\")) ;;\n"
	     "\t*) if [ -n \"$verbs\" ] && [ -z \"$verb\" ]; then\n"
	     "\t\t\tCOMPREPLY=($(compgen -W \"$verbs\" -- \"$word\"))\n"
	     "\t\t\treturn\n"
	     "\t\tfi\n"
	     "\t\tCOMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
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
