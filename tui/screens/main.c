/* signet-console: administration on a terminal. A SOAP client like everybody's. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "server/base/text.h"
#include "tui/model/settings.h"
#include "tui/screens/run.h"
#include "tui/term/term.h"

enum { EXIT_USAGE = 4, EXIT_UNAVAILABLE = 5 }; /* as signet(1) has them */

static void
usage(FILE *out)
{
	fputs("usage: signet-console [options]\n\n"
	      "Administer a Signet server from a terminal.\n\n"
	      "  --config FILE        where the server is and who calls, as for signet(1)\n"
	      "  --user TENANT/NAME   call by name and password\n"
	      "  --certificate FILE   call by a certificate with its key, PKCS#12\n"
	      "  --pkcs11 MODULE      call by a card\n"
	      "  --token LABEL        which card, where there are several\n"
	      "  --object LABEL       which certificate, where the card has several\n"
	      "  --help               this text\n"
	      "  --version            the version of this program\n\n"
	      "Passwords, passphrases and PINs that stand in no file are asked for.\n"
	      "In it, `?` tells the keys. NO_COLOR in the environment does without colour.\n",
	    out);
}

enum { O_CONFIG, O_USER, O_CERTIFICATE, O_PKCS11, O_TOKEN, O_OBJECT, VALUES };

/* -1: go on; else the exit code. */
static int
take_options(int argc, char **argv, const char *values[VALUES])
{
	static const struct option options[] = { { "config", required_argument, NULL, O_CONFIG },
		{ "user", required_argument, NULL, O_USER },
		{ "certificate", required_argument, NULL, O_CERTIFICATE },
		{ "pkcs11", required_argument, NULL, O_PKCS11 },
		{ "token", required_argument, NULL, O_TOKEN },
		{ "object", required_argument, NULL, O_OBJECT }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' }, { NULL, 0, NULL, 0 } };
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option >= 0 && option < VALUES) {
			values[option] = optarg;
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

/* Who is named here calls, not who is in the configuration. */
static int
take_who(struct settings *s, const char *const values[VALUES], struct error *err)
{
	const int ways =
	    (values[O_USER] != NULL) + (values[O_CERTIFICATE] != NULL) + (values[O_PKCS11] != NULL);

	if (ways > 1)
		return error_set(err, ERROR_MALFORMED,
		    "--user, --certificate and --pkcs11 are three ways to call: say one of them");
	if (ways == 1)
		settings_forget_who(s);
	if (values[O_USER] != NULL)
		text_copy(s->user, sizeof(s->user), values[O_USER]);
	if (values[O_CERTIFICATE] != NULL)
		text_copy(s->certificate, sizeof(s->certificate), values[O_CERTIFICATE]);
	if (values[O_PKCS11] != NULL)
		text_copy(s->pkcs11, sizeof(s->pkcs11), values[O_PKCS11]);
	if (values[O_TOKEN] != NULL)
		text_copy(s->token, sizeof(s->token), values[O_TOKEN]);
	if (values[O_OBJECT] != NULL)
		text_copy(s->object, sizeof(s->object), values[O_OBJECT]);
	return 0;
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
	struct error err = ERROR_INIT;
	const char *values[VALUES] = { NULL };
	int rc = take_options(argc, argv, values);

	if (rc >= 0)
		return rc;
	signal(SIGPIPE, SIG_IGN);
	if (settings_load(&settings, values[O_CONFIG], &err) != 0 ||
	    take_who(&settings, values, &err) != 0)
		return fail(&err, EXIT_USAGE);
	if (term_open(&err) != 0)
		return fail(&err, EXIT_USAGE);
	rc = console_run(&settings, &err);
	term_close();
	explicit_bzero(&settings, sizeof(settings));
	return rc == 0 ? EXIT_SUCCESS : fail(&err, EXIT_UNAVAILABLE);
}
