/* signetd: arguments, configuration, and what the api process serves. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "server/run/conf.h"
#include "server/run/parent.h"
#include "server/run/rescue.h"
#include "server/run/service.h"

static void
usage(FILE *out)
{
	fputs(
	    "usage: signetd [-n] [-c FILE]\n"
	    "       signetd [-c FILE] --rescue TENANT/NAME [--certificate FILE] "
	    "[--without-terminal]\n"
	    "\n"
	    "  -c, --config FILE   the configuration (" CONF_DEFAULT ")\n"
	    "  -n, --check         check the configuration and exit: 0 when it is good\n"
	    "  -f, --foreground    stay in the foreground, which is what it always does\n"
	    "      --rescue WHO    locked out: make a new administrator, and say so in the audit\n"
	    "                      log; the server may run or not\n"
	    "      --certificate FILE   who shows this certificate; else a password is made\n"
	    "      --without-terminal   a script means it\n"
	    "      --version       print the version\n"
	    "  -h, --help          print this\n"
	    "\n"
	    "SIGHUP reloads the configuration and the TLS certificate, SIGTERM ends in order.\n"
	    "See signetd(8) and signetd.conf(5).\n",
	    out);
}

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, 'n' },
	{ "foreground", no_argument, NULL, 'f' },
	{ "version", no_argument, NULL, 'V' },
	{ "rescue", required_argument, NULL, 'R' },
	{ "certificate", required_argument, NULL, 'C' },
	{ "without-terminal", no_argument, NULL, 'W' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int
run_rescue(const char *file, const struct rescue *rescue)
{
	struct error err = ERROR_INIT;
	struct conf *conf;
	int rc = conf_read(&conf, file, &err);

	if (rc == 0)
		rc = rescue_run(conf, rescue, &err);
	if (rc != 0)
		fprintf(stderr, "signetd: %s%s%s\n", err.text, err.cause[0] != '\0' ? ": " : "",
		    err.cause);
	conf_free(conf);
	return rc == 0 ? 0 : 1;
}

static int
run(const char *file, int only_check)
{
	struct error err = ERROR_INIT;
	struct conf *conf;

	if (conf_read(&conf, file, &err) != 0 ||
	    (only_check &&
		(parent_check(conf, &err) != 0 || parent_check_catalogue(conf, &err) != 0))) {
		fprintf(stderr, "signetd: %s%s%s\n", err.text, err.cause[0] != '\0' ? ": " : "",
		    err.cause);
		conf_free(conf);
		return 1;
	}
	if (only_check) {
		conf_free(conf);
		printf("%s is good\n", file);
		return 0;
	}
	return parent_run(conf, &signet_service);
}

int
main(int argc, char **argv)
{
	const char *file = CONF_DEFAULT;
	struct rescue rescue = { 0 };
	int c, only_check = 0;

	while ((c = getopt_long(argc, argv, "c:nfh", options, NULL)) != -1)
		switch (c) {
		case 'c':
			file = optarg;
			break;
		case 'n':
			only_check = 1;
			break;
		case 'f':
			break;
		case 'R':
			rescue.who = optarg;
			break;
		case 'C':
			rescue.certificate = optarg;
			break;
		case 'W':
			rescue.needs_no_terminal = 1;
			break;
		case 'V':
			printf("signetd %s\n", SIGNET_VERSION);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	if (optind < argc ||
	    (rescue.who == NULL && (rescue.certificate != NULL || rescue.needs_no_terminal))) {
		usage(stderr);
		return 2;
	}
	if (rescue.who != NULL)
		return run_rescue(file, &rescue);
	return run(file, only_check);
}
