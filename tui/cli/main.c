/* signet: the command line. Every command is a SOAP call with the rights of whoever is configured.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tui/cli/command.h"
#include "tui/cli/settings.h"

static const struct command commands[] = {
	{ "sign", "[--format CMS|XML|PDF] [options] FILE ...", "sign documents", cmd_sign },
	{ "verify", "[-d ORIGINAL] [--time T] FILE ...", "verify the signatures of documents",
	    cmd_verify },
	{ "timestamp", "[--pdf] [--authority NAME] FILE", "time-stamp a document", cmd_timestamp },
	{ "keys", "[NAME]", "list the keys that you may sign with", cmd_keys },
	{ "whoami", "", "say who the server takes you for", cmd_whoami },
	{ "certificate", "[--purpose P] [--time T] FILE", "validate a certificate",
	    cmd_certificate },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *out)
{
	size_t i;

	fputs("usage: signet [--config FILE] [--json] [--quiet] COMMAND ...\n\ncommands:\n", out);
	for (i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-12s%-44s%s\n", commands[i].name, commands[i].arguments,
		    commands[i].help);
	fputs("\nsignet(1) tells all options. Exit codes: 0 done, and TotalPassed for verify; 1 "
	      "TotalFailed;\n2 Indeterminate; 3 refused by the server; 4 usage or local file; 5 "
	      "server "
	      "unavailable.\n",
	    out);
}

static const struct command *
find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* --json and --quiet count wherever they stand: take them out of the arguments. */
static int
take_flags(struct context *context, int argc, char **argv)
{
	int in, out = 1;

	for (in = 1; in < argc; in++) {
		if (strcmp(argv[in], "--json") == 0)
			context->json = 1;
		else if (strcmp(argv[in], "--quiet") == 0)
			context->quiet = 1;
		else
			argv[out++] = argv[in];
	}
	argv[out] = NULL;
	return out;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = { { "config", 1, NULL, 'c' },
		{ "help", 0, NULL, 'h' }, { "version", 0, NULL, 'V' }, { NULL, 0, NULL, 0 } };
	struct context context = { .program = "signet" };
	const struct command *command;
	const char *config = NULL;
	struct settings settings;
	struct client_settings view;
	struct error err = ERROR_INIT;
	int id, rc;

	signal(SIGPIPE, SIG_IGN);
	argc = take_flags(&context, argc, argv);
	while ((id = getopt_long(argc, argv, "+c:hV", options, NULL)) != -1) {
		if (id == 'c') {
			config = optarg;
		} else if (id == 'V') {
			puts("signet " SIGNET_VERSION);
			return EXIT_PASSED;
		} else {
			usage(id == 'h' ? stdout : stderr);
			return id == 'h' ? EXIT_PASSED : EXIT_USAGE;
		}
	}
	command = optind < argc ? find_command(argv[optind]) : NULL;
	if (command == NULL) {
		if (optind < argc)
			fprintf(stderr, "signet: there is no command %s\n", argv[optind]);
		usage(stderr);
		return EXIT_USAGE;
	}
	argc -= optind;
	argv += optind;
	optind = 0; /* a new scan, in which options may follow files */
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		printf(
		    "usage: signet %s %s\n%s\n", command->name, command->arguments, command->help);
		return EXIT_PASSED;
	}
	if (settings_load(&settings, config, &err) != 0) {
		report_failure(&context, NULL, &err);
		return EXIT_USAGE;
	}
	view = settings_view(&settings);
	if (client_open(&context.client, &view, &err) != 0) {
		report_failure(&context, NULL, &err);
		return EXIT_USAGE;
	}
	rc = command->run(&context, argc, argv);
	client_close(&context.client);
	return rc;
}
