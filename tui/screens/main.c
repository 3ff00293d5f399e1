/* signet-console: administration on a terminal. A SOAP client like everybody's. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "tui/model/settings.h"
#include "tui/screens/run.h"
#include "tui/term/term.h"

enum { EXIT_USAGE = 4, EXIT_UNAVAILABLE = 5 }; /* as signet(1) has them */

static void
usage(FILE *out)
{
	fputs("usage: signet-console [options]\n\n"
	      "Administer a Signet server from a terminal.\n\n"
	      "  --config FILE   where the server is and who calls, as for signet(1)\n"
	      "  --help          this text\n"
	      "  --version       the version of this program\n\n"
	      "In it, `?` tells the keys. NO_COLOR in the environment does without colour.\n",
	    out);
}

/* -1: go on; else the exit code. */
static int
take_options(int argc, char **argv, const char **config)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 } };
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'c') {
			*config = optarg;
		} else if (option == 'h') {
			usage(stdout);
			return EXIT_SUCCESS;
		} else if (option == 'v') {
			puts("signet-console " SIGNET_VERSION);
			return EXIT_SUCCESS;
		} else {
			fputs("signet-console --help tells the options\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "signet-console: %s is not an option\n", argv[optind]);
		return EXIT_USAGE;
	}
	return -1;
}

static int
fail(const struct error *err, int code)
{
	fprintf(stderr, "signet-console: %s\n", err->text);
	return code;
}

int
main(int argc, char **argv)
{
	struct settings settings = { 0 };
	struct client_settings view;
	struct error err = ERROR_INIT;
	const char *config = NULL;
	int rc = take_options(argc, argv, &config);

	if (rc >= 0)
		return rc;
	signal(SIGPIPE, SIG_IGN);
	if (settings_load(&settings, config, &err) != 0)
		return fail(&err, EXIT_USAGE);
	view = settings_view(&settings);
	if (term_open(&err) != 0)
		return fail(&err, EXIT_USAGE);
	rc = console_run(&view, &err);
	term_close();
	explicit_bzero(&settings, sizeof(settings));
	return rc == 0 ? EXIT_SUCCESS : fail(&err, EXIT_UNAVAILABLE);
}
