#include "server/run/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/suite.h"

static char dir[] = "/tmp/signet-conf-XXXXXX";
static char file[64];

static int
setup(void)
{
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(file, sizeof(file), "%s/signetd.conf", dir);
	return 0;
}

static int
teardown(void)
{
	unlink(file);
	return rmdir(dir);
}

#define LEAST	 "keys-directory = keys\ntls-certificate = \"tls.pem\"\n"
#define LISTENER "listener { port = 8443 }\n"

static struct conf *
read_text(const char *text, struct error *err)
{
	FILE *f = fopen(file, "w");
	struct conf *conf;

	error_clear(err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	CU_ASSERT_EQUAL(fclose(f), 0);
	CU_ASSERT_EQUAL(conf_read(&conf, file, err), conf != NULL ? 0 : -1);
	return conf;
}

static void
a_short_file_is_filled_with_defaults(void)
{
	struct error err;
	struct conf *conf = read_text(LEAST LISTENER, &err);
	char path[80];

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	snprintf(path, sizeof(path), "%s/keys", dir);
	CU_ASSERT_STRING_EQUAL(conf->keys_directory, path);
	CU_ASSERT_STRING_EQUAL(conf->certificate_key, "tls");
	CU_ASSERT_STRING_EQUAL(conf->access_log, "-");
	CU_ASSERT_EQUAL(conf->log_level, LOG_LEVEL_INFO);
	CU_ASSERT(conf->workers >= 1);
	CU_ASSERT_EQUAL(conf->limits.message_bytes, UINT64_C(2) << 30);
	CU_ASSERT_EQUAL(conf->limits.format.signatures, 100);
	CU_ASSERT_EQUAL(conf->listener_count, 1);
	CU_ASSERT_STRING_EQUAL(conf->listeners[0].address, "*");
	CU_ASSERT_EQUAL(conf->listeners[0].doors,
	    DOOR_SOAP | DOOR_TSA | DOOR_HEALTH | DOOR_METRICS | DOOR_ACCESS);
	CU_ASSERT_EQUAL(conf->listeners[0].profile, TLS_PROFILE_DEFAULT);
	conf_free(conf);
}

static void
what_is_set_is_taken(void)
{
	struct error err;
	struct conf *conf =
	    read_text("# a comment\n" LEAST "node = \"n 2\" workers = 3 pin-workers = yes\n"
		      "limit-message = 12K\nlimit-document = 1G\nkeys-memory = 65536\n"
		      "log-level = debug\nclock-offset = -60\naccess-log = \"\"\n"
		      "listener { address = \"::1\" port = 0 doors = {health, tsa} "
		      "tls = none }\n"
		      "listener { address = \"127.0.0.1\" port = 1 tls = legacy }\n",
		&err);

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_STRING_EQUAL(conf->node, "n 2");
	CU_ASSERT_EQUAL(conf->workers, 3);
	CU_ASSERT_EQUAL(conf->pin, 1);
	CU_ASSERT_EQUAL(conf->limits.message_bytes, 12288);
	CU_ASSERT_EQUAL(conf->limits.document_bytes, 1 << 30);
	CU_ASSERT_EQUAL(conf->log_level, LOG_LEVEL_DEBUG);
	CU_ASSERT_EQUAL(conf->clock_offset, -60);
	CU_ASSERT_STRING_EQUAL(conf->access_log, "");
	CU_ASSERT_EQUAL(conf->listener_count, 2);
	CU_ASSERT_EQUAL(conf->listeners[0].doors, DOOR_TSA | DOOR_HEALTH);
	CU_ASSERT_EQUAL(conf->listeners[0].profile, TLS_PROFILE_NONE);
	CU_ASSERT_EQUAL(conf->listeners[1].profile, TLS_PROFILE_LEGACY);
	conf_free(conf);
}

static void
comments_are_no_part_of_what_is_set(void)
{
	struct error err;
	struct conf *conf =
	    read_text("# tls-key = one\n" LEAST "tls-key = \"a#b\" # tls-key = two\n"
		      "node = '/*c*/' /* node = d\n */ tsa-tenant = e//f\n"
		      "database = \"g\\\" # h\" // database = i\n" LISTENER "#",
		&err);

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_STRING_EQUAL(conf->certificate_key, "a#b");
	CU_ASSERT_STRING_EQUAL(conf->node, "/*c*/");
	CU_ASSERT_STRING_EQUAL(conf->tsa_tenant, "e//f");
	CU_ASSERT_STRING_EQUAL(conf->database, "g\" # h");
	conf_free(conf);
}

static void
mistakes_are_named_with_their_line_and_what_is_allowed(void)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{ LEAST LISTENER "limit-mesage = 5\n", ":4: no such option 'limit-mesage'" },
		{ LEAST LISTENER "limit-message = 5\n",
		    ":4: limit-message is \"5\"; allowed is a whole number from 4096 to" },
		{ LEAST "# one\n" LISTENER "  # two\nlimit-message = 5X\n",
		    ":6: limit-message is \"5X\"" },
		{ LEAST "//\n// two\n" LISTENER "limit-message = 5X\n", ":6: limit-message" },
		{ "/* one\n * two\n **/" LEAST "tls-key = a # ' \"\n" LISTENER "limit-message = 5X",
		    ":7: limit-message" },
		{ LEAST "tls-key = \"#\n/*\" node = '//\\'\n'\n" LISTENER "limit-message = 5X",
		    ":7: limit-message" },
		{ LEAST "listener {", ":3: a listener is not closed" },
		{ LEAST "# one\nlistener {\n# two\n", ":5: a listener is not closed" },
		{ LEAST LISTENER "limit-message = 5X\n", ":4: limit-message is \"5X\"" },
		{ LEAST LISTENER "limit-message = 99999999999999999999\n", ":4: limit-message is" },
		{ LEAST LISTENER "limit-documents = 5K\n", ":4: limit-documents is \"5K\"" },
		{ LEAST LISTENER "pin-workers = maybe\n", "allowed is yes or no" },
		{ LEAST LISTENER "log-level = loud\n", "allowed is error, warning, info or debug" },
		{ LEAST LISTENER "node = \"\"\n", "node is \"\"; allowed is a text of 1 to 64" },
		{ LISTENER "tls-certificate = x\n", "the setting keys-directory is missing" },
		{ LEAST, "there is no listener" },
		{ LEAST "listener { }\n", "port is \"\"" },
		{ LEAST "listener { port = 70000 }\n", "port is \"70000\"" },
		{ LEAST "listener { port = 1 address = localhost }\n", "address is \"localhost\"" },
		{ LEAST "listener { port = 1 doors = {soap, back} }\n", "doors is \"back\"" },
		{ LEAST "listener { port = 1 doors = {} }\n", "doors is \"\"" },
		{ LEAST "listener { port = 1 tls = ssl3 }\n", "tls is \"ssl3\"" },
		{ LEAST "listener { port = 1 tls = none }\n", "passwords" },
		{ LEAST LISTENER "node = \n", "signetd.conf" },
		{ LEAST "listener { port = 1\n", "signetd.conf" },
	};
	struct error err;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_PTR_NULL(read_text(bad[i].text, &err));
		CU_ASSERT(strstr(err.text, bad[i].words) != NULL &&
			  strstr(err.text, "signetd.conf") != NULL);
		if (strstr(err.text, bad[i].words) == NULL)
			fprintf(stderr, "wanted \"%s\", got: %s\n", bad[i].words, err.text);
	}
}

static void
a_file_that_is_not_there_is_named(void)
{
	struct error err = ERROR_INIT;
	struct conf *conf;

	CU_ASSERT_EQUAL(conf_read(&conf, "/nonexistent/signetd.conf", &err), -1);
	CU_ASSERT_PTR_NULL(conf);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/nonexistent/signetd.conf"));
}

static void
what_a_reload_cannot_bring_is_named(void)
{
	static const struct {
		const char *text, *needs;
	} cases[] = {
		{ LEAST LISTENER, NULL },
		{ LEAST LISTENER "limit-message = 1M\nlog-level = debug\ntls-key = other\n", NULL },
		{ LEAST LISTENER "workers = 77\n", "workers" },
		{ LEAST LISTENER "database = \"host=x\"\n", "database" },
		{ LEAST LISTENER "limit-bulk = 9\n", "limit-bulk" },
		{ LEAST LISTENER LISTENER, "listener" },
		{ LEAST "listener { port = 8444 }\n", "listener" },
		{ LEAST "listener { port = 8443 doors = {soap} }\n", "listener" },
	};
	struct error err;
	struct conf *old = read_text(LEAST LISTENER, &err), *new;
	const char *needs;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		new = read_text(cases[i].text, &err);
		CU_ASSERT_PTR_NOT_NULL_FATAL(new);
		needs = conf_needs_restart(old, new);
		CU_ASSERT(cases[i].needs == NULL
			      ? needs == NULL
			      : needs != NULL && strcmp(needs, cases[i].needs) == 0);
		conf_free(new);
	}
	conf_free(old);
}

static void
the_manual_has_every_setting(void)
{
	struct error err = ERROR_INIT;
	struct buf page = BUF_INIT(0);
	char entry[80];
	size_t i;

	ASSERT_OK(buf_read_file(&page, "man/signetd.conf.5", &err), &err);
	buf_terminate(&page, NULL);
	for (i = 0; conf_setting_name(i) != NULL; i++) {
		snprintf(entry, sizeof(entry), "\n.It Ic %s ", conf_setting_name(i));
		CU_ASSERT_PTR_NOT_NULL(strstr((char *)page.data, entry));
		if (strstr((char *)page.data, entry) == NULL)
			fprintf(stderr, "not in the manual: %s\n", conf_setting_name(i));
	}
	buf_release(&page);
}

static const struct test tests[] = { TEST(a_short_file_is_filled_with_defaults),
	TEST(what_is_set_is_taken), TEST(comments_are_no_part_of_what_is_set),
	TEST(mistakes_are_named_with_their_line_and_what_is_allowed),
	TEST(a_file_that_is_not_there_is_named), TEST(what_a_reload_cannot_bring_is_named),
	TEST(the_manual_has_every_setting), TEST_END };
const struct suite suite_server_run_conf = { "server/run/conf", setup, teardown, tests };
