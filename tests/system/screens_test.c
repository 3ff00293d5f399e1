/*
 * The console's screens of administration on a real terminal: each as tui/screens/SCREENS.md shows
 * it (what is written there is what the console shows), and each action with what the server then
 * says by the command line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "tests/support/admin_shell.h"
#include "tests/support/postgres.h"
#include "tests/support/screens.h"
#include "tests/support/suite.h"

#define A "signet --config admin.conf "
#define S "signet --config server.conf "
#define CERTIFICATE(name, subject)                                                                 \
	"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -utf8 -subj "        \
	"'" subject "' -keyout " name ".key -out " name ".pem -days 30 2>/dev/null; "

static struct live live;
static struct terminal t;

/* What the server says, by the command line: the script ends with 0. */
#define SAYS(script) CU_ASSERT_TRUE(admin_shell(&live, 0, "set -e; " script))
#define KEY(key)     terminal_key(&t, key)
#define TYPE(text)   terminal_text(&t, text)
#define SHOWS(words) CU_ASSERT_TRUE(terminal_shows(&t, words))
#define HIDES(words) CU_ASSERT_TRUE(terminal_shows_no(&t, words))
#define ENTER(text)  (TYPE(text), KEY("Enter"))

static const char scene[] = "set -e; " CERTIFICATE("alice", "/O=Example/CN=alice") A
    "group add clerks --description 'Incoming invoices';" A
    "group add signers --description 'May sign with all keys'; " A
    "group add-group signers clerks; " A
    "user add alice --certificate alice.pem --group clerks; printf 'correct horse "
    "battery\\n' > word; " A "user add bob --password-file word --group clerks; " A
    "user suspend bob; " A "right give signers SignDocument; " A
    "right give clerks SignDigests --key demo-rsa; " A
    "access add orders www.example.org '/orders/**' --group clerks --method GET; " S
    "tenant add acme boss --password-file word";

/* What the job found, whenever it runs: nothing of it changes under the tests. */
static const char found[] =
    "UPDATE signet.job SET state = 'disabled' WHERE name = 'user-certificates';"
    "UPDATE signet.user_certificate_check SET state = 'Good', reason = '';"
    "UPDATE signet.user_certificate_check k SET state = 'Revoked', revoked = now(), reason = "
    "'revoked on 2026-03-01 for keyCompromise, says its CRL' FROM signet.user_certificate c JOIN "
    "signet.user u ON u.id = c.user_id WHERE c.fingerprint = k.fingerprint AND u.name = 'alice'";

static int
setup(void)
{
	struct error err = ERROR_INIT;

	if (live_start(&live, "", NULL) != 0 || live_await_stamp(&live, 20000) != 0 ||
	    !admin_shell(&live, 0, scene))
		return -1;
	if (postgres_run(live.database, "postgres", found, &err) == 0)
		return 0;
	fprintf(stderr, "%s: %s\n", err.text, err.cause);
	return -1;
}

static int
teardown(void)
{
	live_stop(&live);
	return 0;
}

static void
open_as(const char *config, int columns, int rows)
{
	CU_ASSERT_TRUE_FATAL(console_open(&t, &live, config, columns, rows));
}

static void
go_to(const char *screen, const char *words)
{
	CU_ASSERT_TRUE(console_go_to(&t, screen, words));
}

/* ---- as they are told ---- */

static const struct screen_told told[] = {
	{ "admin.conf", "Status", "Status", "SignDocument", NULL, NULL, 1 },
	{ "admin.conf", "Users", "Users", "alice", NULL, NULL, 0 },
	{ "admin.conf", "Users", "A user", "alice", "Enter", "issuer", 0 },
	{ "admin.conf", "Users", "The certificates of a user", "alice", "c", "SUBJECT", 0 },
	{ "admin.conf", "Groups", "Groups", "clerks", NULL, NULL, 0 },
	{ "admin.conf", "Groups", "A group", "clerks", "Enter", "effective", 0 },
	{ "admin.conf", "Groups", "The members of a group", "clerks", "m", "KIND", 0 },
	{ "admin.conf", "Rights", "Rights", "granted", NULL, NULL, 1 },
	{ "admin.conf", "URL rules", "URL rules", "orders", NULL, NULL, 0 },
	{ "client.conf", "Keys", "Keys", "demo-rsa", NULL, NULL, 0 },
	{ "client.conf", "Cases", "Cases", "No verdict", NULL, NULL, 0 },
	{ "admin.conf", "Health", "Health", "Node", NULL, NULL, 0 },
	{ "server.conf", "Tenants", "Tenants", "acme", NULL, NULL, 0 },
	{ "client.conf", "Tenants", "Without the right", "has the right", NULL, NULL, 0 },
	{ "admin.conf", "Users", "Help", "alice", "?", "Here:", 0 },
};
#define TOLD (sizeof(told) / sizeof(told[0]))

static void
at_80x24_every_screen_is_as_it_is_told(void)
{
	CU_ASSERT_TRUE(screens_are_as_told(&live, told, TOLD, 0));
}

static void
at_200x60_every_screen_is_as_it_is_told(void)
{
	CU_ASSERT_TRUE(screens_are_as_told(&live, told, TOLD, 1));
}

/* ---- what is done, and what the server then says ---- */

static void
only(const char *name, const char *words)
{
	CU_ASSERT_TRUE(console_only(&t, name, words));
}

static void
users_are_added_and_removed(void)
{
	SAYS(CERTIFICATE("carol", "/CN=carol"));
	open_as("admin.conf", 80, 24);
	go_to("Users", "alice");
	KEY("a");
	ENTER("carol");
	ENTER("carol.key"); /* the wrong file: nothing of it leaves this computer */
	KEY("Enter");
	SHOWS("holds no certificate");
	KEY("a");
	ENTER("carol");
	ENTER("carol.pem");
	ENTER("clerks, erp");
	SHOWS("clerks, erp");
	SAYS(A "--json user show carol | python3 -c 'import json,sys; u = json.load(sys.stdin); "
	       "assert [g[\"name\"] for g in u[\"group\"]] == [\"clerks\", \"erp\"], u; c = "
	       "u[\"certificate\"][0]; assert (c[\"subject\"], c[\"issuer\"]) == (\"CN=carol\",) * "
	       "2, c'");
	KEY("A");
	ENTER("dave");
	ENTER("correct horse battery");
	ENTER("correct horse");
	SHOWS("not the same");
	ENTER("correct horse battery");
	ENTER("correct horse battery");
	KEY("Enter");
	SHOWS("dave");
	SAYS(A "--json user show dave | grep -q '\"hasPassword\": *true'");
	only("dave", "1-1 of 1");
	KEY("x");
	ENTER("bob");
	SHOWS("That is not its name");
	KEY("C-u");
	ENTER("dave");
	SHOWS("no user that fits");
	CU_ASSERT_TRUE(admin_shell(&live, 3, A "user show dave"));
	terminal_stop(&t);
}

static void
users_are_suspended_renamed_and_put_into_groups(void)
{
	open_as("admin.conf", 80, 24);
	go_to("Users", "carol");
	only("carol", "1-1 of 1");
	KEY("p");
	SHOWS("carol: who is suspended");
	KEY("n");
	SHOWS("Nothing was changed.");
	SAYS(A "--json user show carol | python3 -c "
	       "'import json,sys; assert json.load(sys.stdin)[\"state\"] == \"Active\"'");
	KEY("p");
	KEY("y");
	SHOWS("Suspended");
	SAYS(A "--json user show carol | grep -q '\"state\": *\"Suspended\"'");
	KEY("p");
	HIDES("Suspended");
	KEY("-");
	ENTER("erp");
	HIDES("clerks, erp");
	KEY("+");
	ENTER("signers");
	SHOWS("clerks, signers");
	SAYS(A "group members signers | grep -q carol");
	KEY("+");
	ENTER("nobody-knows");
	SHOWS("there is no group nobody-knows");
	KEY("w");
	ENTER("correct horse battery");
	ENTER("correct horse battery");
	SHOWS("Done.");
	SAYS(A "--json user show carol | grep -q '\"hasPassword\": *true'");
	KEY("n");
	KEY("C-u");
	ENTER("caroline");
	SHOWS("caroline");
	SAYS(A "user show caroline");
	KEY("u");
	ENTER("soon");
	SHOWS("is no time");
	KEY("u");
	ENTER("2099-01-01T00:00:00Z");
	SHOWS("Done.");
	SAYS(A "--json user show caroline | grep -q 2099-01-01");
	terminal_stop(&t);
}

static void
certificates_of_a_user_are_added_suspended_and_removed(void)
{
	SAYS(CERTIFICATE("next", "/CN=caroline next"));
	open_as("admin.conf", 80, 24);
	go_to("Users", "caroline");
	only("caroline", "1-1 of 1");
	KEY("c");
	SHOWS("Certificates of caroline");
	KEY("a");
	ENTER("next.pem");
	SHOWS("CN=caroline next");
	KEY("End");
	KEY("p");
	KEY("y");
	SHOWS("Suspended");
	SAYS(A "user show caroline | grep 'CN=caroline next' | grep -q Suspended");
	KEY("p");
	HIDES("Suspended");
	KEY("Home");
	KEY("x");
	KEY("y");
	SHOWS("1-1 of 1");
	SAYS("test $(" A "--json user show caroline | grep -o CN=carol | wc -l) -ge 1");
	CU_ASSERT_TRUE(admin_shell(&live, 1, A "user show caroline | grep -q CN=carol,"));
	KEY("Escape");
	SHOWS("Users, with caroline");
	terminal_stop(&t);
}

static void
groups_are_made_filled_and_removed(void)
{
	open_as("admin.conf", 80, 24);
	go_to("Groups", "clerks");
	KEY("a");
	ENTER("scanners");
	ENTER("Incoming mail");
	SHOWS("Incoming mail");
	only("scanners", "1-1 of 1");
	KEY("m");
	SHOWS("Members of scanners");
	KEY("a");
	ENTER("caroline");
	SHOWS("User    caroline");
	KEY("A");
	ENTER("clerks");
	SHOWS("Group   clerks");
	SAYS(A "group members scanners | grep -q clerks");
	KEY("Home");
	KEY("x");
	SHOWS("clerks: loses");
	KEY("y");
	HIDES("Group   clerks");
	KEY("A");
	ENTER("scanners"); /* a cycle */
	SHOWS("contain itself");
	KEY("Escape");
	SHOWS("Groups, with scanners");
	KEY("Enter");
	SHOWS("effective members        caroline");
	KEY("Escape");
	SHOWS("1-1 of 1");
	KEY("x");
	ENTER("scanners");
	SHOWS("no group that fits");
	CU_ASSERT_TRUE(admin_shell(&live, 3, A "group show scanners"));
	terminal_stop(&t);
}

static void
rights_are_granted_revoked_narrowed_and_explained(void)
{
	open_as("admin.conf", 80, 24);
	go_to("Rights", "granted");
	KEY("Right");
	SHOWS("clerks, SignDocument: granted, inherited from signers");
	KEY("Down");
	SHOWS("clerks, SignDocuments: no right");
	KEY("Space");
	SHOWS("for all objects?");
	KEY("y");
	SHOWS("clerks, SignDocuments: granted");
	SAYS(A "right list --filter clerks | grep -q SignDocuments");
	KEY("Enter");
	SHOWS("lose this right");
	KEY("y");
	SHOWS("clerks, SignDocuments: no right");
	CU_ASSERT_TRUE(
	    admin_shell(&live, 1, A "right list --filter clerks | grep -q SignDocuments"));
	KEY("Down");
	SHOWS("clerks, SignDigests: narrowed to Key demo-rsa");
	KEY("n");
	ENTER("demo-ec");
	SHOWS("given: SignDigests, for Key demo-ec");
	SHOWS("Key demo-ec");
	KEY("x");
	ENTER("demo-ec");
	SHOWS("taken away: SignDigests");
	SHOWS("clerks, SignDigests: narrowed to Key demo-rsa");
	KEY("e");
	ENTER("bob");
	SHOWS("is suspended");
	KEY("Escape");
	SHOWS("SignDigests            granted");
	KEY("w");
	SHOWS("caroline");
	KEY("Escape");
	SHOWS("SignDigests            granted");
	KEY("End"); /* it scrolls both ways */
	SHOWS("GetStatus");
	HIDES("SignDigests ");
	only("signers", "1-1 of 1");
	HIDES("clerks");
	terminal_stop(&t);
}

static void
rules_for_urls_are_made_changed_and_explained(void)
{
	open_as("admin.conf", 80, 24);
	go_to("url", "orders");
	KEY("a");
	ENTER("public");
	ENTER("www.example.org");
	ENTER("public/**");
	KEY("Enter");
	KEY("C-u");
	ENTER("Anybody");
	KEY("Enter");
	SHOWS("opensTo is not Anybody, but one of Groups, Users, All");
	KEY("a");
	ENTER("public");
	ENTER("www.example.org");
	ENTER("public/**");
	KEY("Enter");
	KEY("C-u");
	ENTER("All");
	KEY("Enter");
	SHOWS("public");
	SAYS(A "--json access show public | grep -q '\"opensTo\": *\"All\"'");
	only("orders", "1-1 of 1");
	KEY("n");
	KEY("Enter");
	KEY("Enter");
	KEY("Enter");
	ENTER(", POST");
	KEY("Enter");
	KEY("Enter");
	SHOWS("Done.");
	SAYS(A "--json access show orders | python3 -c 'import json,sys; r = json.load(sys.stdin); "
	       "assert (r[\"method\"], r[\"group\"][0][\"name\"]) == ([\"GET\", \"POST\"], "
	       "\"clerks\"), r'");
	KEY("e");
	ENTER("alice");
	KEY("Enter");
	ENTER("www.example.org/orders/7");
	SHOWS("rule                     orders");
	KEY("Escape");
	SHOWS("1-1 of 1");
	KEY("x");
	KEY("y");
	SHOWS("no rule that fits");
	CU_ASSERT_TRUE(admin_shell(&live, 3, A "access show orders"));
	terminal_stop(&t);
}

static void
tenants_are_made_and_suspended_by_who_may(void)
{
	open_as("server.conf", 80, 24);
	go_to("Tenants", "acme");
	KEY("A");
	ENTER("gamma");
	ENTER("boss");
	ENTER("correct horse battery");
	ENTER("correct horse battery");
	SHOWS("gamma");
	only("gamma", "1-1 of 1");
	KEY("p");
	SHOWS("Type the name to suspend:");
	ENTER("gamma");
	SHOWS("Suspended");
	SAYS(S "--json tenant show gamma | grep -q Suspended");
	KEY("x");
	ENTER("gamma");
	SHOWS("no tenant that fits");
	terminal_stop(&t);
	open_as("admin.conf", 80, 24);
	go_to("Tenants", "has the right ListTenants");
	KEY("A");
	SHOWS("has the right CreateTenant");
	terminal_stop(&t);
}

/* ---- bad input and bad days ---- */

/* What somebody else did in between is heard, and seen. */
static void
of_two_administrators_the_second_is_told_and_sees_the_new_state(void)
{
	SAYS(A "user activate bob");
	open_as("admin.conf", 80, 24);
	go_to("Users", "caroline");
	only("bob", "Active");
	SAYS(A "user change bob --valid-until 2098-01-01T00:00:00Z");
	SAYS(A "user suspend bob");
	KEY("p");
	KEY("y");
	SHOWS("was changed by somebody else");
	SHOWS("Suspended");
	KEY("p");
	HIDES("Suspended");
	SAYS(A "--json user show bob | grep -q '\"state\": *\"Active\"'");
	SAYS(A "--json user show bob | grep -q 2098-01-01");
	SAYS(A "user remove bob");
	KEY("p");
	KEY("y");
	SHOWS("no user that fits");
	terminal_stop(&t);
}

/* Escape sequences, marks that turn the writing round, and long names are seen for what they are.
 */
static void
hostile_names_cannot_harm_the_terminal(void)
{
	SAYS("printf '[req]\\ndistinguished_name=d\\nprompt=no\\nutf8=yes\\n[d]\\nCN=evil\\\\x' > "
	     "c; "
	     "python3 -c 'open(\"c\",\"w\").write(\"[req]\\ndistinguished_name=d\\nprompt=no\\n"
	     "utf8=yes\\nstring_mask=utf8only\\n[d]\\nCN=\\x1b[2Jevil\\u202etxt\\x9b31m\\n\")'; "
	     "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config c "
	     "-keyout evil.key -out evil.pem -days 30 2>/dev/null; " A "user add evil -c evil.pem");
	open_as("admin.conf", 80, 24);
	go_to("Users", "evil");
	only("evil", "1-1 of 1");
	KEY("c");
	SHOWS("Certificates of evil");
	SHOWS("connected");
	HIDES("\xe2\x80\xae");
	KEY("Enter");
	SHOWS("evil");
	SHOWS("connected");
	HIDES("\xe2\x80\xae");
	terminal_stop(&t);
}

/* ---- how fast ---- */

static int
by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/*
 * What a person does not wait for. A computer with more work than processors gives each program its
 * share of it only: there the bound grows as the queue of the last minute does.
 */
static int
bound_ms(void)
{
	double load = 0, processors = (double)sysconf(_SC_NPROCESSORS_ONLN);

	return getloadavg(&load, 1) == 1 && load > processors ? (int)(300 * load / processors)
							      : 300;
}

/*
 * From the start of the program to its first screen with the server's answer on it, as the terminal
 * gets it: the median of five.
 */
static void
the_first_screen_is_there_within_300_ms(void)
{
	char command[512];
	int ms[5], i;

	snprintf(command, sizeof(command), "read go; LC_ALL=C.UTF-8 exec %s --config %s",
	    live_program("signet-console"), live_path(&live, "client.conf"));
	for (i = 0; i < 5; i++) {
		int64_t start;

		CU_ASSERT_EQUAL_FATAL(terminal_start(&t, 80, 24, command), 0);
		start = clock_monotonic_us();
		KEY("Enter");
		ms[i] = terminal_draws_within(&t, "VerifyDocuments", start);
		CU_ASSERT_TRUE(ms[i] > 0);
		terminal_stop(&t);
	}
	qsort(ms, 5, sizeof(ms[0]), by_number);
	printf("[%d ms] ", ms[2]);
	CU_ASSERT_TRUE(ms[2] <= bound_ms());
}

/* As many as the figures ask for: nobody counts them for a page; the search is the server's. */
static void
a_hundred_thousand_users_page_and_filter(void)
{
	static const char many[] =
	    "INSERT INTO signet.user (tenant_id, id, name) SELECT t.id, gen_random_uuid(), 'user ' "
	    "|| n FROM "
	    "signet.tenant t, generate_series(100000, 199999) n WHERE t.name = 'demo'; "
	    "ANALYZE signet.user";
	struct error err = ERROR_INIT;
	int64_t start;
	int ms;

	if (postgres_run(live.database, "postgres", many, &err) != 0)
		CU_FAIL_FATAL("no users");
	open_as("admin.conf", 80, 24);
	KEY("2");
	SHOWS("of more than");
	KEY("End");
	HIDES("loading ...");
	KEY("End");
	SHOWS("-400 of more than");
	HIDES("loading ...");
	KEY("End");
	SHOWS("-600 of more than");
	only("user 1777", "of 100");
	KEY("/");
	TYPE("77");
	start = clock_monotonic_us();
	KEY("Enter");
	ms = terminal_draws_within(&t, "1-1 of 1", start);
	printf("[%d ms] ", ms);
	CU_ASSERT_TRUE(ms > 0 && ms <= bound_ms());
	terminal_stop(&t);
}

static const struct test tests[] = { TEST(at_80x24_every_screen_is_as_it_is_told),
	TEST(at_200x60_every_screen_is_as_it_is_told), TEST(users_are_added_and_removed),
	TEST(users_are_suspended_renamed_and_put_into_groups),
	TEST(certificates_of_a_user_are_added_suspended_and_removed),
	TEST(groups_are_made_filled_and_removed),
	TEST(rights_are_granted_revoked_narrowed_and_explained),
	TEST(rules_for_urls_are_made_changed_and_explained),
	TEST(tenants_are_made_and_suspended_by_who_may),
	TEST(of_two_administrators_the_second_is_told_and_sees_the_new_state),
	TEST(hostile_names_cannot_harm_the_terminal), TEST(the_first_screen_is_there_within_300_ms),
	TEST(a_hundred_thousand_users_page_and_filter), TEST_END };
const struct suite suite_system_screens = { "system/screens", setup, teardown, tests };
