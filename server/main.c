/* signetd: arguments, configuration, and what the api process serves. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "server/run/conf.h"
#include "server/run/parent.h"
#include "server/run/service.h"

static void
usage(FILE *out)
{
	fputs("usage: signetd [-n] [-c FILE]\n"
	      "\n"
	      "  -c, --config FILE   the configuration (" CONF_DEFAULT ")\n"
	      "  -n, --check         check the configuration and exit: 0 when it is good\n"
	      "  -f, --foreground    stay in the foreground, which is what it always does\n"
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
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

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
	if (optind < argc) {
		usage(stderr);
		return 2;
	}
	return run(file, only_check);
}
