/* signet: the command line. Every command is a SOAP call with the rights of whoever is configured.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tui/cli/command.h"

const struct command *const all_commands[] = { &command_sign, &command_verify, &command_timestamp,
	&command_verify_timestamp, &command_certificate, &command_case, &command_counter_sign,
	&command_extend, &command_original, &command_decrypt, &command_keys, &command_whoami,
	&command_sign_on, &command_user, &command_group, &command_right, &command_tenant,
	&command_access, &command_trust_centre, &command_trust_anchor, &command_trust_snapshot,
	&command_authority, &command_signing_key, &command_setting, &command_proposal, &command_job,
	&command_node, &command_explain, &command_apply, &command_export, &command_status,
	&command_audit, &command_trust_list, &command_trust, &command_catalogue,
	&command_completion };
const int command_count = (int)(sizeof(all_commands) / sizeof(all_commands[0]));

static void
print_overview(FILE *out)
{
	int i;

	fputs("usage: signet [options] COMMAND [arguments]\n\n"
	      "Sign, verify and time-stamp documents by a Signet server.\n\ncommands:\n",
	    out);
	for (i = 0; i < command_count; i++)
		fprintf(out, "  %-18s%s\n", all_commands[i]->name, all_commands[i]->help);
	fputs(
	    "\n`signet COMMAND --help` tells the options of a command, with examples.\n\n"
	    "options of every command:\n"
	    "  --config FILE     where the server is and who calls\n"
	    "  --json            results and errors as JSON, an object a line\n"
	    "  -q, --quiet       say nothing but errors\n"
	    "  -h, --help        this text\n"
	    "  --version         the version of this program\n\n"
	    "The configuration is the first of: --config, $SIGNET_CONFIG, run/client.conf beside\n"
	    "the folder of the program, ~/.config/signet/client.conf, /etc/signet/client.conf:\n"
	    "  endpoint = \"https://signet.example.org:8443/\"\n"
	    "  ca-file = \"ca.pem\"\n"
	    "  certificate = \"me.p12\"          # or: user = \"tenant/name\"\n"
	    "  passphrase-file = \"me.pass\"     #     password-file = \"me.password\"\n"
	    "\n"
	    "Exit codes: 0 done, and TotalPassed for all; 1 TotalFailed; 2 Indeterminate;\n"
	    "3 refused by the server; 4 command line or local file; 5 server not available.\n",
	    out);
}

static const struct command *
find_command(const char *name)
{
	int i;

	for (i = 0; i < command_count; i++)
		if (strcmp(all_commands[i]->name, name) == 0)
			return all_commands[i];
	return NULL;
}

/* The options before the command: only those that all commands take. -1: go on; else exit code. */
static int
take_leading(struct context *context, int argc, char **argv, int *at)
{
	for (*at = 1; *at < argc && argv[*at][0] == '-' && argv[*at][1] != '\0'; (*at)++) {
		const char *arg = argv[*at];

		if (strcmp(arg, "--json") == 0)
			context->json = 1;
		else if (strcmp(arg, "--quiet") == 0 || strcmp(arg, "-q") == 0)
			context->quiet = 1;
		else if (strncmp(arg, "--config=", 9) == 0)
			context->config = arg + 9;
		else if (strcmp(arg, "--config") == 0 && *at + 1 < argc)
			context->config = argv[++(*at)];
		else if (strcmp(arg, "--config") == 0)
			return wrong_usage(context, "--config needs a value");
		else if (strcmp(arg, "--version") == 0)
			return puts("signet " SIGNET_VERSION) >= 0 ? EXIT_PASSED : EXIT_USAGE;
		else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
			return print_overview(stdout), EXIT_PASSED;
		else
			return wrong_usage(context,
			    "there is no option %s before the command; its own options follow it",
			    arg);
	}
	return -1;
}

int
main(int argc, char **argv)
{
	struct context context = { .report = stdout };
	int at, rc;

	signal(SIGPIPE, SIG_IGN);
	rc = take_leading(&context, argc, argv, &at);
	if (rc >= 0)
		return rc;
	if (at < argc && strcmp(argv[at], "help") == 0) {
		context.command = at + 1 < argc ? find_command(argv[at + 1]) : NULL;
		if (context.command != NULL)
			print_help(stdout, context.command);
		else
			print_overview(stdout);
		return EXIT_PASSED;
	}
	if (at >= argc)
		return wrong_usage(&context, "which command? sign, verify, timestamp ...");
	context.command = find_command(argv[at]);
	if (context.command == NULL)
		return wrong_usage(&context, "there is no command %s", argv[at]);
	optind = 0; /* a new scan, in which options may stand between files */
	rc = context.command->run(&context, argc - at, argv + at);
	if (context.is_connected)
		client_close(&context.client);
	return fflush(stdout) == 0 ? rc : EXIT_USAGE;
}
