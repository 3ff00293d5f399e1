/* signet-init: brings a database to this program's schema, and makes the demo installation. */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/store/migrate.h"
#include "server/base/log.h"
#include "server/init/admin.h"
#include "server/init/demo.h"
#include "server/init/failed.h"
#include "server/init/install.h"
#include "server/init/job.h"

#define EXTRA_KEYS_MAX 32

static void
usage(FILE *out)
{
	fputs("usage: signet-init migrate --database CONNINFO [--name DATABASE] [--schema DIR]\n"
	      "       signet-init demo --dir DIR --database CONNINFO --server CONNINFO\n"
	      "           [--schema DIR] [--name DATABASE] [--host NAME] [--port N]\n"
	      "           [--extra-key NAME=TYPE] ... [--crl] [--crl-port N]\n"
	      "       signet-init server [--dir DIR] [--answers FILE] [--schema DIR]\n"
	      "       signet-init job list|run|pause|resume|disable|set ... (see job --help)\n"
	      "\n"
	      "migrate  make the roles and the database, bring its schema to this version, verify "
	      "it\n"
	      "demo     the same, and a tenant with keys, users and a time-stamp authority in DIR\n"
	      "server   a real installation in DIR (/etc/signet): asks what it must know, or reads "
	      "it;\n"
	      "         can be repeated, and overwrites nothing\n"
	      "job      show and change the plan of what the servers do by the clock\n"
	      "CONNINFO is libpq's; a password is taken from the environment (PGPASSWORD).\n"
	      "Without --schema the migrations are those that came with this program.\n",
	    out);
	fprintf(out, "\nAnd, for an administrator of an installation:\n%s", admin_usage);
}

/*
 * The schema that came with this program: where `make install` puts it, or in the tree that it was
 * built in. Found from the program's own place, so that a moved installation stays whole. NULL when
 * there is none.
 */
static const char *
own_schema(char path[PATH_MAX + 64])
{
	static const char *const places[] = { "../share/signet/schema", "../schema" };
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;
	size_t i;

	if (n <= 0)
		return NULL;
	program[n] = '\0';
	slash = strrchr(program, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, PATH_MAX + 64, "%s/%s", program, places[i]);
		if (access(path, R_OK | X_OK) == 0)
			return path;
	}
	return NULL;
}

static int
migrate(const char *admin, const char *name, const char *schema, struct error *err)
{
	struct migrate_report report;
	char owner[1024];

	snprintf(owner, sizeof(owner), "%s dbname=%s options='-c role=signet_owner'", admin, name);
	if (migrate_prepare(admin, schema, name, err) != 0 ||
	    migrate_run(owner, schema, &report, err) != 0)
		return -1;
	printf("schema of %s: version %d, %u migrations applied, %u verified\n", name, report.to,
	    report.applied, report.verified);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = { { "dir", 1, NULL, 'd' },
		{ "database", 1, NULL, 'b' }, { "server", 1, NULL, 's' },
		{ "schema", 1, NULL, 'm' }, { "host", 1, NULL, 'o' }, { "port", 1, NULL, 'p' },
		{ "crl", 0, NULL, 'c' }, { "crl-port", 1, NULL, 'C' }, { "answers", 1, NULL, 'a' },
		{ "extra-key", 1, NULL, 'k' }, { "name", 1, NULL, 'n' }, { "help", 0, NULL, 'h' },
		{ "version", 0, NULL, 'V' }, { NULL, 0, NULL, 0 } };
	const char *extra_keys[EXTRA_KEYS_MAX];
	struct demo_options demo = {
		.host = "localhost", .database = "signet", .extra_keys = extra_keys
	};
	struct error err = ERROR_INIT;
	char schema[PATH_MAX + 64];
	struct install_options server = { .dir = "/etc/signet" };
	int id, is_migrate, is_demo, is_server, rc = -1;

	umask(077);
	log_setup("init", LOG_LEVEL_WARNING);
	if (argc > 1 && strcmp(argv[1], "job") == 0)
		return job_main(argc - 1, argv + 1);
	if (admin_is(argc, argv))
		return admin_main(argc, argv);
	while ((id = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (id) {
		case 'd':
			demo.dir = optarg;
			break;
		case 'b':
			demo.admin = optarg;
			break;
		case 's':
			demo.server = optarg;
			break;
		case 'm':
			demo.schema = optarg;
			break;
		case 'o':
			demo.host = optarg;
			break;
		case 'p':
			demo.port = atoi(optarg);
			break;
		case 'C':
			demo.crl_port = atoi(optarg);
			/* fall through */
		case 'c':
			demo.has_crl = 1;
			break;
		case 'k':
			if (demo.extra_key_count >= EXTRA_KEYS_MAX) {
				fprintf(
				    stderr, "signet-init: at most %d extra keys\n", EXTRA_KEYS_MAX);
				return 2;
			}
			extra_keys[demo.extra_key_count++] = optarg;
			break;
		case 'n':
			demo.database = optarg;
			break;
		case 'a':
			server.answers = optarg;
			break;
		case 'V':
			puts("signet-init " SIGNET_VERSION);
			return 0;
		default:
			usage(id == 'h' ? stdout : stderr);
			return id == 'h' ? 0 : 2;
		}
	}
	is_migrate = optind == argc - 1 && strcmp(argv[optind], "migrate") == 0;
	is_demo = optind == argc - 1 && strcmp(argv[optind], "demo") == 0 && demo.dir != NULL &&
		  demo.server != NULL;
	is_server = optind == argc - 1 && strcmp(argv[optind], "server") == 0 &&
		    demo.admin == NULL && demo.server == NULL;
	if (!is_server && ((!is_migrate && !is_demo) || demo.admin == NULL)) {
		usage(stderr);
		return 2;
	}
	if (demo.schema == NULL)
		demo.schema = own_schema(schema);
	if (demo.schema == NULL)
		error_set(&err, ERROR_NOT_FOUND,
		    "the schema is not where this program was installed; name it with --schema");
	else if (is_server) {
		server.dir = demo.dir != NULL ? demo.dir : server.dir;
		server.schema = demo.schema;
		rc = install_make(&server, &err);
	} else if (is_migrate)
		rc = migrate(demo.admin, demo.database, demo.schema, &err);
	else
		rc = demo_make(&demo, &err);
	if (rc != 0 && err.kind != ERROR_NONE)
		init_failed(&err);
	return rc == 0 ? 0 : 1;
}
