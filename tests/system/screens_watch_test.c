/*
 * The console's screens of trust, sign-on, audit, authorities, keys, settings, jobs and nodes on a
 * real terminal: each as tui/screens/SCREENS.md shows it, and each action with what the server then
 * says by the command line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/admin_shell.h"
#include "tests/support/postgres.h"
#include "tests/support/screens.h"
#include "tests/support/suite.h"

#define A "signet --config admin.conf "

static struct live live;
static struct terminal t;

/* What the server says, by the command line: the script ends with 0. */
#define SAYS(script) CU_ASSERT_TRUE(admin_shell(&live, 0, "set -e; " script))
#define KEY(key)     terminal_key(&t, key)
#define TYPE(text)   terminal_text(&t, text)
#define SHOWS(words) CU_ASSERT_TRUE(terminal_shows(&t, words))
#define HIDES(words) CU_ASSERT_TRUE(terminal_shows_no(&t, words))
#define ENTER(text)  (TYPE(text), KEY("Enter"))
/* A field that begins with something: another value. */
#define INSTEAD(text)	     (KEY("C-u"), TYPE(text), KEY("Enter"))
#define OPEN(config)	     CU_ASSERT_TRUE_FATAL(console_open(&t, &live, config, 80, 24))
#define GO_TO(screen, words) CU_ASSERT_TRUE(console_go_to(&t, screen, words))
#define ONLY(name, words)    CU_ASSERT_TRUE(console_only(&t, name, words))
#define HAS(command, member, value)                                                                \
	SAYS(A "--json " command " | grep -q '\"" member "\": *" value "'")

static const char people[] =
    "set -e\n"
    "ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 "
    "-keyout $1.key -out $1.pem -subj \"/O=Example/CN=$2\" "
    "-addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign 2>/dev/null; "
    "}\n"
    "ca alpha 'Alpha CA'; ca beta 'Beta CA'; ca gamma 'Gamma CA'; ca lister Lister\n"
    "openssl pkcs12 -export -in lister.pem -inkey lister.key -passout pass:x -out lister.p12\n"
    "echo x > pass\n"
    "person() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "
    "\"/CN=$1\" -keyout $1.key -out $1.pem -days 30 -set_serial 1001 2>/dev/null; openssl "
    "pkcs12 -export -inkey $1.key -in $1.pem -out $1.p12 -passout pass:x; }\n"
    "person carol; person dora; person emil\n"
    "grep -E '^(endpoint|ca-file)' client.conf > strange.conf\n";

static const char list[] =
    "set -e\n"
    "cat > house.tl <<'END'\n"
    "operator = \"Example GmbH\"  scheme = \"DE:Trust centres of Example\"\n"
    "information = \"https://tl.example.org/\"  territory = \"DE\"\n"
    "legal-notice = \"For use within Example only.\"\n"
    "street = \"Main Street 1\"  locality = \"Bonn\"  country = \"DE\"\n"
    "email = \"tl@example.org\"  website = \"https://tl.example.org/\"\n"
    "sequence = 7\n"
    "provider \"Alpha Trust\" {\n"
    "  service \"Alpha CA\" {\n"
    "    type = \"CA/PKC\"  since = \"2020-03-01T00:00:00Z\"  certificates = { \"alpha.pem\" }\n"
    "  }\n"
    "}\n"
    "provider \"Beta Trust\" {\n"
    "  service \"Beta CA\" {\n"
    "    type = \"CA/PKC\"  since = \"2021-03-01T00:00:00Z\"  certificates = { \"beta.pem\" }\n"
    "  }\n"
    "}\n"
    "END\n"
    "signet trust-list create --password-file pass -f --pkcs12 lister.p12 -o house.xml house.tl\n"
    "admin trust source add house --signer lister.pem --territory DE\n"
    "admin trust import house house.xml\n";

#define HAND_IN(name, note)                                                                        \
	"signet --config strange.conf sign-on -t demo -c " name                                    \
	".p12 --passphrase-file pass --note '" note "'; "
static const char scene[] =
    "set -e; " A
    "trust-anchor add house -c gamma.pem --usage Signing --crl-url http://127.0.0.1:9/gamma.crl; " A
    "trust-centre choose house 'Alpha Trust'; " A
    "authority add outside --url http://127.0.0.1:9/ --place 200; " A
    "group add clerks --description 'Incoming invoices'; " A
    "user sign-on Open; " HAND_IN("carol", "Carol, accounting")
	HAND_IN("dora", "Dora, for the scanner");

/* Nothing moves under the tests: of each job one run is known. */
static const char still[] =
    "UPDATE signet.job SET state = 'paused', requested = NULL; DELETE FROM signet.job_run; INSERT "
    "INTO signet.job_run (job_id, tenant_id, name, node, started, ended, result, message) SELECT "
    "id, tenant_id, name, 'demo', '2026-03-01T12:00:00Z', '2026-03-01T12:00:01Z', 'Success', 'all "
    "is "
    "well' FROM signet.job";

/* What came of asking for CRLs: of the tenant's own CA, and of somebody else's. */
static const char asked[] =
    "INSERT INTO signet.fetched (key, kind, url, good_until, failure, asked) VALUES "
    "(sha256('1'), 'Crl', 'http://127.0.0.1:9/gamma.crl', NULL, 'nobody answers there', now()), "
    "(sha256('2'), 'Crl', 'http://elsewhere.example/their.crl', now() + interval '1 day', NULL, "
    "now())";

static int
setup(void)
{
	struct error err = ERROR_INIT;

	if (live_start(&live, "", NULL) != 0 || live_await_stamp(&live, 20000) != 0 ||
	    !admin_shell(&live, 0, people) || !admin_shell(&live, 0, list) ||
	    !admin_shell(&live, 0, scene))
		return -1;
	if (postgres_run(live.database, "postgres", still, &err) == 0 &&
	    postgres_run(live.database, "postgres", asked, &err) == 0)
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

/* ---- as they are told ---- */

static const struct screen_told told[] = {
	{ "server.conf", "Nodes", "Nodes", "demo", NULL, NULL, 0 },
	{ "server.conf", "Jobs", "Jobs", "trust-lists", NULL, NULL, 1 },
	{ "server.conf", "Jobs", "The runs of a job", "trust-lists", "h", "Runs of", 0 },
	{ "admin.conf", "Sign-ons", "Sign-ons", "CN=dora", NULL, NULL, 0 },
	{ "admin.conf", "Sign-ons", "A sign-on", "CN=dora", "Enter", "fingerprint", 0 },
	{ "admin.conf", "Trust", "Trust", "Alpha Trust", NULL, NULL, 0 },
	{ "admin.conf", "Trust", "A trust centre", "Alpha Trust", "Enter", "since", 0 },
	{ "admin.conf", "Lists", "Lists", "house", NULL, NULL, 0 },
	{ "admin.conf", "Own CAs", "Own CAs", "house", NULL, NULL, 0 },
	{ "admin.conf", "Own CAs", "An own CA", "house", "Enter", "issuer", 0 },
	{ "admin.conf", "Own CAs", "CRL and OCSP", "house", "c", "Fails", 0 },
	{ "admin.conf", "Snapshots", "Snapshots", "Alpha Trust", NULL, NULL, 0 },
	{ "admin.conf", "Snapshots", "A snapshot", "Alpha Trust", "Enter", "services", 1 },
	{ "admin.conf", "Authorities", "Authorities", "outside", NULL, NULL, 0 },
	{ "admin.conf", "All keys", "All keys", "demo-rsa", NULL, NULL, 0 },
	{ "admin.conf", "All keys", "A key", "demo-rsa", "Enter", "storage", 0 },
	{ "admin.conf", "Settings", "Settings", "user-revocation", NULL, NULL, 0 },
	{ "admin.conf", "Audit", "The time stamps of the audit log", "WHO", "t", "STAMPED", 0 },
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

/* ---- audit ---- */

/* By whom, which operation, when: in the server, which says how it understood. */
static void
the_audit_log_is_searched_and_a_row_is_opened(void)
{
	OPEN("admin.conf");
	GO_TO("Audit", "WHO");
	KEY("f");
	SHOWS("From (2026-03-01T00:00:00Z):");
	KEY("Enter");
	KEY("Enter");
	ENTER("admin");
	ENTER("CreateGroup");
	KEY("Enter");
	KEY("Enter");
	KEY("Enter");
	SHOWS("user admin, operation CreateGroup (NewestFirst)");
	SHOWS("1-1 of 1");
	CU_ASSERT_TRUE(screen_is_as_in(&t, SCREENS_SMALL, "Audit", "CreateGroup"));
	KEY("Enter");
	SHOWS("object                   group clerks");
	SHOWS("microseconds");
	KEY("Escape");
	KEY("f");
	ENTER("yesterday");
	for (int i = 0; i < 6; i++)
		KEY("Enter");
	SHOWS("yesterday is no time such as 2026-03-01T12:00:00Z");
	KEY("f");
	INSTEAD("2001-01-01T00:00:00Z");
	INSTEAD("2001-01-02T00:00:00Z");
	for (int i = 0; i < 5; i++)
		KEY("Enter");
	SHOWS("There is no row that fits.");
	KEY("F");
	SHOWS("QueryAudit");
	ONLY("Incoming", "1-1 of 1");
	ONLY("nobody wrote this", "There is no row that fits.");
	ONLY("house", "AddTrustAnchors");
	KEY("s");
	SHOWS("(OldestFirst)");
	terminal_stop(&t);
}

static void
the_chain_of_the_log_is_checked(void)
{
	OPEN("admin.conf");
	GO_TO("Audit", "WHO");
	KEY("c");
	SHOWS("Chains of the audit log");
	SHOWS("demo");
	KEY("v");
	SHOWS("is good                  yes");
	KEY("Escape");
	SHOWS("Chains of the audit log");
	KEY("Escape");
	SHOWS("The audit log (NewestFirst)");
	terminal_stop(&t);
}

/* ---- sign-on ---- */

static void
who_waits_is_accepted_into_groups_or_refused(void)
{
	OPEN("admin.conf");
	GO_TO("Sign-ons", "CN=carol");
	ONLY("carol", "1-1 of 1");
	KEY("a");
	SHOWS("Name of the user: carol");
	KEY("Enter");
	ENTER("clerks");
	SHOWS("There is none.");
	SAYS(A "--json user show carol | python3 -c 'import json,sys; u = json.load(sys.stdin); "
	       "assert [g[\"name\"] for g in u[\"group\"]] == [\"clerks\"], u'");
	ONLY("dora", "1-1 of 1");
	KEY("x");
	ENTER("use your card");
	SHOWS("CN=dora: is refused");
	KEY("n");
	SHOWS("Nothing was changed.");
	HAS("user waiting --filter dora", "state", "\"Waiting\"");
	KEY("x");
	ENTER("use your card");
	KEY("y");
	SHOWS("There is none.");
	KEY("s");
	SHOWS("(Accepted)");
	KEY("s");
	SHOWS("(Refused)");
	SHOWS("CN=dora");
	KEY("a"); /* is there for who waits alone */
	SHOWS("That is not for what is chosen: accept.");
	HAS("user waiting --handed-in Refused", "reason", "\"use your card\"");
	terminal_stop(&t);
}

static void
of_two_administrators_who_decide_the_second_is_told(void)
{
	SAYS(HAND_IN("emil", "Emil"));
	OPEN("admin.conf");
	GO_TO("Sign-ons", "CN=emil");
	SAYS("id=$(" A "--json user waiting --filter emil | python3 -c 'import json,sys; "
	     "print(json.load(sys.stdin)[\"id\"])'); " A "user refuse $id 'not known here'");
	KEY("a");
	KEY("Enter");
	KEY("Enter");
	SHOWS("has decided already: Refused");
	HIDES("CN=emil");
	CU_ASSERT_TRUE(admin_shell(&live, 3, A "user show emil"));
	terminal_stop(&t);
}

static void
the_rule_of_sign_on_is_set(void)
{
	OPEN("admin.conf");
	GO_TO("Sign-ons", "handed in");
	KEY("o");
	INSTEAD("Nobody");
	KEY("y");
	SHOWS("rule is not Nobody");
	KEY("o");
	INSTEAD("Closed");
	SHOWS("whose certificates get onto this list");
	KEY("y");
	SHOWS("Done.");
	CU_ASSERT_TRUE(admin_shell(&live, 3, HAND_IN("emil", "again")));
	terminal_stop(&t);
}

/* ---- trust ---- */

static void
trust_centres_are_chosen_and_let_go(void)
{
	OPEN("admin.conf");
	GO_TO("Trust", "Alpha Trust");
	ONLY("beta", "1-1 of 1");
	KEY("Space");
	SHOWS("Beta Trust: signatures by its certificates are taken");
	KEY("y");
	SHOWS("trust snapshot");
	SHOWS("trusted");
	HAS("trust-centre list --filter beta", "isChosen", "true");
	KEY("Space");
	SHOWS("are not taken any more");
	KEY("y");
	SHOWS("let go");
	HAS("trust-centre list --filter beta", "isChosen", "false");
	ONLY("", "1-2 of 2");
	KEY("f");
	ENTER("house");
	INSTEAD("yes");
	SHOWS("list house, chosenOnly yes");
	SHOWS("1-1 of 1");
	SHOWS("Alpha Trust");
	KEY("F");
	SHOWS("Beta Trust");
	GO_TO("Lists", "house");
	KEY("c");
	SHOWS("Trust centres of house");
	SHOWS("1-2 of 2");
	KEY("Escape");
	KEY("a");
	INSTEAD("yes");
	KEY("y");
	SHOWS("trust snapshot");
	HAS("trust-centre list --filter beta", "isChosen", "true");
	KEY("x");
	ENTER("House");
	SHOWS("That is not its name");
	INSTEAD("house");
	SHOWS("let go");
	HAS("trust-centre list --filter beta", "isChosen", "false");
	terminal_stop(&t);
}

static void
own_cas_are_added_changed_validated_and_removed(void)
{
	OPEN("admin.conf");
	GO_TO("Own CAs", "house");
	KEY("a");
	ENTER("beta");
	ENTER("beta.pem");
	KEY("Enter");
	KEY("Enter");
	KEY("Enter");
	SHOWS("beta");
	ONLY("beta", "1-1 of 1");
	HAS("trust-anchor show beta", "state", "\"Active\"");
	KEY("v");
	SHOWS("indication               TotalPassed");
	SHOWS("CN=Beta CA");
	KEY("Escape");
	KEY("n");
	KEY("Enter");
	INSTEAD("Signing, Timestamping");
	ENTER("http://127.0.0.1:9/beta.crl");
	KEY("Enter");
	SHOWS("Done.");
	SAYS(A "--json trust-anchor show beta | python3 -c 'import json,sys; a = "
	       "json.load(sys.stdin); assert (a[\"usage\"], a[\"crlUrl\"]) == ([\"Signing\", "
	       "\"Timestamping\"], [\"http://127.0.0.1:9/beta.crl\"]), a'");
	KEY("p");
	KEY("y");
	SHOWS("Disabled");
	/* what is not asked for stays as it was */
	SAYS(A "--json trust-anchor show beta | grep -q beta.crl");
	KEY("v");
	HIDES("TotalPassed");
	SHOWS("indication");
	KEY("Escape");
	SAYS(A "trust-anchor change beta --name 'beta two'");
	KEY("p");
	SHOWS("was changed by somebody else");
	SHOWS("beta two");
	KEY("p");
	HIDES("Disabled");
	KEY("x");
	SHOWS("Type the name to remove:");
	ENTER("beta two");
	SHOWS("There is none that fits.");
	CU_ASSERT_TRUE(admin_shell(&live, 3, A "trust-anchor show 'beta two'"));
	terminal_stop(&t);
}

/* What others trust is theirs to know; the server's own administrators see all. */
static void
where_revocation_was_asked_for_is_told_with_what_came(void)
{
	OPEN("admin.conf");
	GO_TO("Own CAs", "house");
	KEY("c");
	SHOWS("Crl   Fails");
	HIDES("elsewhere");
	KEY("Enter");
	SHOWS("http://127.0.0.1:9/gamma.crl");
	SHOWS("nobody answers there");
	terminal_stop(&t);
	SAYS(A "--json status | grep -q 'gamma.crl'");
	CU_ASSERT_TRUE(admin_shell(&live, 1, A "--json status | grep -q their.crl"));
	SAYS("signet --config server.conf --json status | grep their.crl | grep -q Works");
}

/* ---- authorities, keys, settings, jobs ---- */

static void
authorities_are_tested_changed_and_removed(void)
{
	OPEN("admin.conf");
	GO_TO("Authorities", "outside");
	ONLY("outside", "1-1 of 1");
	KEY("t");
	SHOWS("works                    no");
	KEY("Escape");
	KEY("n");
	KEY("Enter");
	INSTEAD("first");
	for (int i = 0; i < 4; i++)
		KEY("Enter");
	SHOWS("place is a number, not first");
	KEY("n");
	KEY("Enter");
	INSTEAD("7");
	for (int i = 0; i < 4; i++)
		KEY("Enter");
	SHOWS("Done.");
	HAS("authority show outside", "place", "7");
	KEY("p");
	KEY("y");
	SHOWS("Disabled");
	HAS("authority show outside", "url", "\"http://127.0.0.1:9/\"");
	KEY("x");
	ENTER("outside");
	SHOWS("There is none that fits.");
	CU_ASSERT_TRUE(admin_shell(&live, 3, A "authority show outside"));
	terminal_stop(&t);
}

static void
keys_are_disabled_renamed_and_made_the_default(void)
{
	OPEN("admin.conf");
	GO_TO("All keys", "demo-ec");
	ONLY("demo-rsa", "1-1 of 1");
	KEY("p");
	SHOWS("demo-rsa: nobody can use it");
	KEY("y");
	SHOWS("Disabled");
	HAS("signing-key show demo-rsa", "state", "\"Disabled\"");
	CU_ASSERT_TRUE(admin_shell(&live, 5,
	    "echo x > doc; signet sign --format CMS -f -o doc.p7s "
	    "--key demo-rsa doc"));
	KEY("p");
	HIDES("Disabled");
	KEY("n");
	INSTEAD("invoices");
	SHOWS("Done.");
	SAYS(A "signing-key show invoices");
	ONLY("invoices", "1-1 of 1");
	KEY("v");
	SHOWS("indication               TotalPassed");
	KEY("Escape");
	KEY("n");
	INSTEAD("demo-rsa");
	SHOWS("Done.");
	terminal_stop(&t);
}

/* By the key, and by the group. */
static void
groups_are_given_the_use_of_keys(void)
{
	OPEN("admin.conf");
	GO_TO("All keys", "demo-ec");
	ONLY("demo-ec", "1-1 of 1");
	KEY("+");
	ENTER("clerks");
	SHOWS("may use: key demo-ec");
	SAYS(A "--json signing-key show demo-ec | grep -q clerks");
	GO_TO("Groups", "clerks");
	ONLY("clerks", "1-1 of 1");
	KEY("K");
	SHOWS("Keys that may be used by clerks");
	SHOWS("demo-ec");
	KEY("a");
	ENTER("demo-rsa");
	SHOWS("1-2 of 2");
	KEY("a");
	ENTER("nobodys");
	SHOWS("nobodys");
	KEY("End");
	KEY("x");
	SHOWS("demo-rsa: the group cannot sign with it");
	KEY("y");
	SHOWS("1-1 of 1");
	CU_ASSERT_TRUE(
	    admin_shell(&live, 1, A "--json signing-key show demo-rsa | grep -q clerks"));
	terminal_stop(&t);
}

static void
a_setting_that_somebody_else_changed_is_not_overwritten(void)
{
	OPEN("admin.conf");
	GO_TO("Settings", "user-revocation");
	ONLY("grace", "1-1 of 1");
	SAYS(A "setting set user-revocation-grace-hours 12");
	KEY("n");
	INSTEAD("48");
	KEY("y");
	SHOWS("was changed by somebody else");
	SHOWS("grace-hours     12");
	HAS("setting show user-revocation-grace-hours", "value", "\"12\"");
	KEY("n");
	INSTEAD("48");
	KEY("y");
	SHOWS("Done.");
	HAS("setting show user-revocation-grace-hours", "value", "\"48\"");
	KEY("n");
	INSTEAD("many");
	KEY("y");
	SHOWS("a number from 0 to 8760");
	KEY("x");
	KEY("y");
	SHOWS("grace-hours     24");
	HAS("setting show user-revocation-grace-hours", "source", "\"Standard\"");
	terminal_stop(&t);
}

static void
jobs_are_planned_run_and_paused(void)
{
	OPEN("server.conf");
	GO_TO("Jobs", "trust-lists");
	ONLY("trust-lists", "1-1 of 1");
	KEY("p");
	HIDES("Paused");
	KEY("d");
	INSTEAD("25:00");
	SHOWS("not of the form");
	KEY("d");
	INSTEAD("03:00");
	SHOWS("at 03:00");
	KEY("e");
	INSTEAD("7200");
	SHOWS("every 120 min");
	SAYS("signet --config server.conf --json job show trust-lists | grep -q "
	     "'\"everySeconds\": *7200'");
	KEY("R");
	SHOWS("Done.");
	KEY("h");
	SHOWS("Runs of trust-lists");
	SHOWS("all is well");
	KEY("Escape");
	KEY("p");
	KEY("y");
	SHOWS("Paused");
	SAYS("signet --config server.conf --json job show trust-lists | grep -q '\"Paused\"'");
	terminal_stop(&t);
}

/* ---- bad input ---- */

/* Marks that turn the writing round, and escape sequences, from people whom nobody knows. */
static void
what_strangers_write_cannot_harm_the_terminal(void)
{
	SAYS(A "user sign-on Open; python3 -c 'open(\"c\",\"w\").write(\"[req]\\n"
	       "distinguished_name=d\\nprompt=no\\nutf8=yes\\nstring_mask=utf8only\\n[d]\\nCN="
	       "\\x1b[2Jevil\\u202etxt\\x9b31m\\n\")'; openssl req -x509 -newkey ec -pkeyopt "
	       "ec_paramgen_curve:P-256 -nodes -config c -keyout evil.key -out evil.pem -days 30 "
	       "2>/dev/null; openssl pkcs12 -export -inkey evil.key -in evil.pem -out evil.p12 "
	       "-passout pass:x");
	/* A note that is not what it looks like does not even get in. */
	CU_ASSERT_TRUE(admin_shell(&live, 3, HAND_IN("evil", "gpj.\xe2\x80\xae please")));
	SAYS(HAND_IN("evil", "please"));
	OPEN("admin.conf");
	GO_TO("Sign-ons", "evil");
	SHOWS("connected");
	HIDES("\xe2\x80\xae");
	KEY("Enter");
	SHOWS("please");
	HIDES("\xe2\x80\xae");
	KEY("Escape");
	KEY("x");
	ENTER("no \xe2\x80\xaethanks"); /* cannot be typed either */
	KEY("y");
	SHOWS("There is none.");
	GO_TO("Audit", "RefuseSignOn");
	ONLY("evil", "RefuseSignOn");
	HIDES("\xe2\x80\xae");
	KEY("Enter");
	SHOWS("operation                RefuseSignOn");
	SHOWS("evil");
	SHOWS("connected");
	HIDES("\xe2\x80\xae");
	terminal_stop(&t);
}

/* Where UTF-8 is not, nothing is lost but the signs themselves. */
static void
in_ascii_and_without_colour_the_screens_say_the_same(void)
{
	char command[512];

	snprintf(command, sizeof(command), "cd %s; LC_ALL=C NO_COLOR=1 %s --config admin.conf",
	    live.dir, live_program("signet-console"));
	CU_ASSERT_EQUAL_FATAL(terminal_start(&t, 80, 24, command), 0);
	SHOWS("connected\n");
	GO_TO("Trust", "Alpha Trust");
	SHOWS("trusted");
	terminal_resize(&t, 200, 60);
	SHOWS("SERVICES");
	terminal_resize(&t, 80, 24);
	GO_TO("Audit", "WHO");
	SHOWS("Success");
	CU_ASSERT_FALSE(terminal_is_coloured(&t));
	terminal_stop(&t);
}

/* Who may not is told at each screen, and at each key. */
static void
who_lacks_the_rights_is_told_on_each_screen(void)
{
	static const struct {
		const char *screen, *right, *key, *needs;
	} refused[] = { { "Sign-ons", "ListSignOns", "o", "SetSignOnRule" },
		{ "Audit", "QueryAudit", "c", "ListAuditChains" },
		{ "Trust", "ListTrustCentres", " ", "ChooseTrustCentre" },
		{ "Lists", "ListTrustLists", "a", "ChooseTrustCentre" },
		{ "Own CAs", "ListTrustAnchors", "a", "AddTrustAnchors" },
		{ "Snapshots", "ListTrustSnapshots", "d", "GetTrustSnapshot" },
		{ "Authorities", "ListTimestampAuthorities", "a", "CreateTimestampAuthority" },
		{ "All keys", "ListSigningKeys", "p", "UpdateSigningKey" },
		{ "Settings", "ListSettings", "n", "UpdateSetting" },
		{ "Jobs", "ListJobs", "R", "RunJob" }, { "Nodes", "ListNodes", NULL, NULL } };
	size_t i;

	OPEN("client.conf");
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		GO_TO(refused[i].screen, refused[i].right);
		SHOWS("You may not do this: none of your groups has the right");
		if (refused[i].key == NULL)
			continue;
		TYPE(refused[i].key);
		SHOWS(refused[i].needs);
	}
	terminal_stop(&t);
}

static const struct test tests[] = { TEST(at_80x24_every_screen_is_as_it_is_told),
	TEST(at_200x60_every_screen_is_as_it_is_told),
	TEST(the_audit_log_is_searched_and_a_row_is_opened), TEST(the_chain_of_the_log_is_checked),
	TEST(who_waits_is_accepted_into_groups_or_refused),
	TEST(of_two_administrators_who_decide_the_second_is_told), TEST(the_rule_of_sign_on_is_set),
	TEST(trust_centres_are_chosen_and_let_go),
	TEST(own_cas_are_added_changed_validated_and_removed),
	TEST(where_revocation_was_asked_for_is_told_with_what_came),
	TEST(authorities_are_tested_changed_and_removed),
	TEST(keys_are_disabled_renamed_and_made_the_default),
	TEST(groups_are_given_the_use_of_keys),
	TEST(a_setting_that_somebody_else_changed_is_not_overwritten),
	TEST(jobs_are_planned_run_and_paused), TEST(what_strangers_write_cannot_harm_the_terminal),
	TEST(in_ascii_and_without_colour_the_screens_say_the_same),
	TEST(who_lacks_the_rights_is_told_on_each_screen), TEST_END };
const struct suite suite_system_screens_watch = { "system/screens_watch", setup, teardown, tests };
