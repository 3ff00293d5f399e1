#include "server/init/admin.h"

#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "schema/store/tenant.h"
#include "server/init/admin_private.h"
#include "server/init/failed.h"

const char admin_usage[] =
    "       signet-init trust source add [--tenant T] NAME (--signer FILE ... [--lists] |\n"
    "           --lotl NAME) [--territory CC] [--url URL] [--announcement URI]\n"
    "       signet-init trust source list [--tenant T]\n"
    "       signet-init trust import [--tenant T] SOURCE FILE [--pivot FILE] ...\n"
    "           [--config SIGNETD.CONF]\n"
    "       signet-init trust choose --tenant T SOURCE [PROVIDER [--later]]\n"
    "       signet-init trust let-go --tenant T SOURCE [PROVIDER]\n"
    "       signet-init trust anchor add --tenant T NAME FILE [--usage USE,...]\n"
    "           [--crl URL] ... [--ocsp URL] ...\n"
    "       signet-init trust anchor disable|enable --tenant T NAME\n"
    "       signet-init trust show --tenant T\n"
    "       signet-init trust export --tenant T FILE\n"
    "       signet-init policy add --tenant T NAME FILE\n"
    "       signet-init policy withdraw|default --tenant T NAME\n"
    "       signet-init policy list --tenant T\n"
    "       signet-init user certificates --tenant T [--state STATE] [--user NAME] [--json]\n"
    "       signet-init user suspend|resume --tenant T NAME\n"
    "       signet-init user certificate withdraw|restore --tenant T FINGERPRINT\n"
    "       signet-init user revocation --tenant T [lenient|strict] [--grace N[h|d]] [--json]\n"
    "       signet-init access add --tenant T NAME HOST PATH --for all|users|GROUP,...\n"
    "           [--method METHOD] ...\n"
    "       signet-init access remove --tenant T NAME\n"
    "       signet-init access list --tenant T\n"
    "           each with --database CONNINFO [--name DATABASE]\n";

static const struct command {
	const char *words[3];
	int needs_tenant, least, most; /* arguments */
	int (*run)(struct admin *a, struct error *err);
} commands[] = {
	{ { "trust", "source", "add" }, 0, 1, 1, admin_source_add },
	{ { "trust", "source", "list" }, 0, 0, 0, admin_source_list },
	{ { "trust", "import" }, 0, 2, 2, admin_import },
	{ { "trust", "choose" }, 1, 1, 2, admin_choose },
	{ { "trust", "let-go" }, 1, 1, 2, admin_let_go },
	{ { "trust", "anchor", "add" }, 1, 2, 2, admin_anchor_add },
	{ { "trust", "anchor", "disable" }, 1, 1, 1, admin_anchor_disable },
	{ { "trust", "anchor", "enable" }, 1, 1, 1, admin_anchor_enable },
	{ { "trust", "show" }, 1, 0, 0, admin_show },
	{ { "trust", "export" }, 1, 1, 1, admin_export },
	{ { "access", "add" }, 1, 3, 3, admin_access_add },
	{ { "access", "remove" }, 1, 1, 1, admin_access_remove },
	{ { "access", "list" }, 1, 0, 0, admin_access_list },
	{ { "policy", "add" }, 1, 2, 2, admin_policy_add },
	{ { "policy", "withdraw" }, 1, 1, 1, admin_policy_withdraw },
	{ { "policy", "default" }, 1, 1, 1, admin_policy_default },
	{ { "policy", "list" }, 1, 0, 0, admin_policy_list },
	{ { "user", "certificates" }, 1, 0, 0, admin_user_certificates },
	{ { "user", "suspend" }, 1, 1, 1, admin_user_suspend },
	{ { "user", "resume" }, 1, 1, 1, admin_user_resume },
	{ { "user", "certificate", "withdraw" }, 1, 1, 1, admin_user_withdraw },
	{ { "user", "certificate", "restore" }, 1, 1, 1, admin_user_restore },
	{ { "user", "revocation" }, 1, 0, 1, admin_user_rules },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

int
admin_is(int argc, char **argv)
{
	return argc > 1 && (strcmp(argv[1], "trust") == 0 || strcmp(argv[1], "policy") == 0 ||
			       strcmp(argv[1], "user") == 0 || strcmp(argv[1], "access") == 0);
}

/* How many words of the arguments name the command; 0: they do not. */
static int
words_of(const struct command *c, int argc, char **argv)
{
	int i;

	for (i = 0; i < 3 && c->words[i] != NULL; i++)
		if (i >= argc || strcmp(argv[i], c->words[i]) != 0)
			return 0;
	return i;
}

/* ---- options ---- */

enum kind { ONE, MANY, FLAG };
static const struct {
	const char *name;
	enum kind kind;
	size_t at, count; /* offsets in struct admin_options */
} rows[] = {
#define ROW_ONE(name, member)                                                                      \
	{                                                                                          \
		name, ONE, offsetof(struct admin_options, member), 0                               \
	}
#define ROW_MANY(name, member, n)                                                                  \
	{                                                                                          \
		name, MANY, offsetof(struct admin_options, member),                                \
		    offsetof(struct admin_options, n)                                              \
	}
	ROW_ONE("database", database),
	ROW_ONE("name", name),
	ROW_ONE("tenant", tenant),
	ROW_ONE("territory", territory),
	ROW_ONE("lotl", lotl),
	ROW_ONE("url", url),
	ROW_ONE("announcement", announcement),
	ROW_ONE("usage", usage),
	ROW_ONE("config", config),
	ROW_ONE("for", opens_to),
	ROW_MANY("method", methods, method_count),
	ROW_MANY("signer", signers, signer_count),
	ROW_MANY("pivot", pivots, pivot_count),
	ROW_MANY("crl", crl_urls, crl_count),
	ROW_MANY("ocsp", ocsp_urls, ocsp_count),
	ROW_ONE("state", state),
	ROW_ONE("user", user),
	ROW_ONE("grace", grace),
	{ "lists", FLAG, offsetof(struct admin_options, kind), 0 },
	{ "later", FLAG, offsetof(struct admin_options, later), 0 },
	{ "json", FLAG, offsetof(struct admin_options, json), 0 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* 0, or -1: one too many. */
static int
take(struct admin_options *o, size_t row, const char *value)
{
	const char **slot = (const char **)(void *)((char *)o + rows[row].at);
	size_t *count;

	if (rows[row].kind == FLAG)
		value = "lotl";
	if (rows[row].kind != MANY) {
		*slot = value;
		return 0;
	}
	count = (size_t *)(void *)((char *)o + rows[row].count);
	if (*count == ADMIN_FILES_MAX)
		return -1;
	slot[(*count)++] = value;
	return 0;
}

static int
parse(struct admin_options *o, int argc, char **argv, const struct command **command)
{
	struct option options[ROWS + 1] = { { 0 } };
	int id, words = 0;
	size_t i;

	for (i = 0; i < ROWS; i++)
		options[i] = (struct option){ rows[i].name,
			rows[i].kind == FLAG ? no_argument : required_argument, NULL, (int)i };
	while ((id = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (id == '?' || take(o, (size_t)id, optarg) != 0)
			return -1;
	for (i = 0; i < COMMANDS && words == 0; i++) {
		*command = &commands[i];
		words = words_of(*command, argc - optind, argv + optind);
	}
	if (words == 0)
		return -1;
	for (optind += words; optind < argc && o->arg_count < 3; optind++)
		o->args[o->arg_count++] = argv[optind];
	if (o->database == NULL || (o->tenant == NULL && (*command)->needs_tenant)) {
		fprintf(stderr, "signet-init: this command needs %s\n",
		    o->database == NULL ? "--database" : "--tenant");
		return -1;
	}
	return optind == argc && o->arg_count >= (*command)->least &&
		       o->arg_count <= (*command)->most
		   ? 0
		   : -1;
}

/* ---- the database ---- */

static int
open_as(const struct admin_options *o, const char *role, struct db **db, struct error *err)
{
	char conninfo[1024];
	const struct db_options options = {
		.conninfo = conninfo, .program = "signet-init", .call_ms = 10 * 60 * 1000
	};

	snprintf(conninfo, sizeof(conninfo), "%s dbname=%s options='-c role=%s'", o->database,
	    o->name, role);
	return db_open(db, &options, err);
}

int
admin_owner(const struct admin *a, struct db **db, struct error *err)
{
	return open_as(a->o, "signet_owner", db, err);
}

static int
find_tenant(struct admin *a, struct error *err)
{
	int found;

	if (a->o->tenant == NULL)
		return 0;
	found = store_tenant_find(a->db, a->o->tenant, &a->tenant, err);
	if (found == 0)
		return error_set(
		    err, ERROR_NOT_FOUND, "there is no tenant \"%.100s\"", a->o->tenant);
	a->of = &a->tenant;
	return found < 0 ? -1 : 0;
}

int
admin_main(int argc, char **argv)
{
	struct admin_options options = { .name = "signet" };
	const struct command *command = NULL;
	const struct passwd *who = getpwuid(getuid());
	struct admin a = { .o = &options };
	struct error err = ERROR_INIT;
	int rc = -1;

	if (parse(&options, argc, argv, &command) != 0) {
		fprintf(stderr, "usage:\n%s", admin_usage);
		return 2;
	}
	snprintf(a.by, sizeof(a.by), "signet-init (%.60s)", who != NULL ? who->pw_name : "?");
	if (open_as(&options, "signet_server", &a.db, &err) == 0 && find_tenant(&a, &err) == 0)
		rc = command->run(&a, &err);
	db_close(a.db);
	if (rc != 0)
		init_failed(&err);
	return rc == 0 ? 0 : 1;
}
