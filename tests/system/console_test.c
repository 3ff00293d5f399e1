/* The console on a real terminal, with a live server: what a person types and sees. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/admin_shell.h"
#include "tests/support/card.h"
#include "tests/support/suite.h"
#include "tests/support/terminal.h"

static struct live live;

static int
setup(void)
{
	return live_start(&live, "", NULL);
}

static int
teardown(void)
{
	live_stop(&live);
	return 0;
}

/* `environment` stands before the program: "NO_COLOR=1". */
static int
open_console(struct terminal *t, int columns, int rows, const char *environment, const char *config)
{
	char command[512];

	snprintf(command, sizeof(command), "LC_ALL=C.UTF-8 %s %s --config %s", environment,
	    live_program("signet-console"), live_path(&live, config));
	return terminal_start(t, columns, rows, command);
}

static void
the_first_screen_says_who_is_connected_to_what(void)
{
	struct terminal t;

	CU_ASSERT_EQUAL_FATAL(open_console(&t, 80, 24, "", "client.conf"), 0);
	CU_ASSERT_TRUE(terminal_shows(&t, "connected\n"));
	CU_ASSERT_TRUE(terminal_shows(&t, "demo/erp"));
	CU_ASSERT_TRUE(terminal_shows(&t, "SignDocument"));
	CU_ASSERT_TRUE(terminal_shows(&t, "q quit"));
	terminal_stop(&t);
}

static void
keys_are_listed_and_opened(void)
{
	struct terminal t;

	CU_ASSERT_EQUAL_FATAL(open_console(&t, 80, 24, "", "client.conf"), 0);
	terminal_key(&t, "6");
	CU_ASSERT_TRUE(terminal_shows(&t, "demo-ec           EC P-256"));
	CU_ASSERT_TRUE(terminal_shows(&t, "1-2 of 2"));
	terminal_key(&t, "Down");
	terminal_key(&t, "Enter");
	CU_ASSERT_TRUE(terminal_shows(&t, "name                     demo-rsa"));
	terminal_key(&t, "Escape");
	CU_ASSERT_TRUE(terminal_shows(&t, "1-2 of 2"));
	terminal_stop(&t);
}

/* The same on a wide window, and on one that is made small and wide again. */
static void
the_window_may_have_any_size(void)
{
	struct terminal t;

	CU_ASSERT_EQUAL_FATAL(open_console(&t, 200, 60, "", "client.conf"), 0);
	terminal_key(&t, "6");
	CU_ASSERT_TRUE(terminal_shows(&t, "1-2 of 2"));
	terminal_resize(&t, 30, 8);
	CU_ASSERT_TRUE(terminal_shows(&t, "The window is too small."));
	terminal_resize(&t, 80, 24);
	CU_ASSERT_TRUE(terminal_shows(&t, "1-2 of 2"));
	CU_ASSERT_TRUE(terminal_shows(&t, "q quit"));
	terminal_stop(&t);
}

static void
help_tells_the_keys_of_the_screen(void)
{
	struct terminal t;

	CU_ASSERT_EQUAL_FATAL(open_console(&t, 80, 24, "", "client.conf"), 0);
	CU_ASSERT_TRUE(terminal_shows(&t, "connected\n"));
	terminal_key(&t, "7");
	CU_ASSERT_TRUE(terminal_shows(&t, "Verdicts that were stored"));
	terminal_key(&t, "?");
	CU_ASSERT_TRUE(terminal_shows(&t, "c            check"));
	terminal_key(&t, "Escape");
	CU_ASSERT_TRUE(terminal_shows_no(&t, "Shift-Tab"));
	terminal_stop(&t);
}

static void
without_colour_nothing_is_coloured(void)
{
	struct terminal t;

	CU_ASSERT_EQUAL_FATAL(open_console(&t, 80, 24, "NO_COLOR=1", "client.conf"), 0);
	CU_ASSERT_TRUE(terminal_shows(&t, "connected\n"));
	CU_ASSERT_FALSE(terminal_is_coloured(&t));
	terminal_stop(&t);
	CU_ASSERT_EQUAL_FATAL(open_console(&t, 80, 24, "", "client.conf"), 0);
	CU_ASSERT_TRUE(terminal_shows(&t, "connected\n"));
	CU_ASSERT_TRUE(terminal_is_coloured(&t));
	terminal_stop(&t);
}

/* The keys work while the server is away; when it is back, so is the console. */
static void
a_lost_connection_is_told_and_comes_back(void)
{
	struct terminal t;

	CU_ASSERT_EQUAL_FATAL(open_console(&t, 80, 24, "", "client.conf"), 0);
	CU_ASSERT_TRUE(terminal_shows(&t, "connected\n"));
	live_end(&live);
	terminal_key(&t, "r");
	CU_ASSERT_TRUE(terminal_shows(&t, "NOT CONNECTED"));
	CU_ASSERT_TRUE(terminal_shows(&t, "trying again"));
	terminal_key(&t, "?");
	CU_ASSERT_TRUE(terminal_shows(&t, "Shift-Tab"));
	terminal_key(&t, "Escape");
	CU_ASSERT_EQUAL(live_restart(&live), 0);
	CU_ASSERT_TRUE(terminal_shows_no(&t, "NOT CONNECTED"));
	CU_ASSERT_TRUE(terminal_shows(&t, "Connected again."));
	terminal_stop(&t);
}

/* Of tenants alone, whose documents he may not see: his screens say what he lacks, and so do keys.
 */
static void
who_lacks_a_right_is_told_which(void)
{
	struct terminal t;

	CU_ASSERT_EQUAL_FATAL(open_console(&t, 80, 24, "", "server.conf"), 0);
	CU_ASSERT_TRUE(terminal_shows(&t, "server/operator"));
	terminal_key(&t, "6");
	CU_ASSERT_TRUE(terminal_shows(&t, "none of your groups has the right ListKeys"));
	CU_ASSERT_TRUE(terminal_shows_no(&t, "demo-rsa"));
	terminal_key(&t, "7");
	CU_ASSERT_TRUE(terminal_shows(&t, "none of your groups has the right FindCases"));
	terminal_key(&t, "c");
	CU_ASSERT_TRUE(terminal_shows(&t, "none of your groups has the right CheckCase"));
	terminal_stop(&t);
}

/* ---- who signs in ---- */

#define SHOWS(words) CU_ASSERT_TRUE(terminal_shows(&t, words))
#define ENTER(text)  (terminal_text(&t, text), terminal_key(&t, "Enter"))

/* The configuration of the administrator without these lines, with others. */
#define WITHOUT(lines, more)                                                                       \
	CU_ASSERT_TRUE(admin_shell(&live, 0,                                                       \
	    "grep -vE '^(" lines ")' admin.conf > who.conf; "                                      \
	    "printf '" more "' >> who.conf"))

static void
a_passphrase_is_asked_for_until_it_opens_the_file(void)
{
	struct terminal t;
	char passphrase[200];

	WITHOUT("passphrase-file", "");
	CU_ASSERT_TRUE(admin_shell(&live, 0, "cat pki/admin.pass"));
	snprintf(
	    passphrase, sizeof(passphrase), "%.*s", (int)strcspn(admin_said(), "\n"), admin_said());
	CU_ASSERT_EQUAL_FATAL(open_console(&t, 80, 24, "", "who.conf"), 0);
	SHOWS("Passphrase of admin.p12:");
	SHOWS("not signed in");
	ENTER("a wrong one");
	SHOWS("the passphrase does not open");
	SHOWS("Passphrase of admin.p12:");
	CU_ASSERT_TRUE(terminal_shows_no(&t, "a wrong one"));
	ENTER(passphrase);
	SHOWS("connected\n");
	SHOWS("demo/admin");
	terminal_stop(&t);
}

/* The passphrase was right: to ask for it again would be wrong. */
static void
a_certificate_that_nobody_has_is_told(void)
{
	struct terminal t;

	CU_ASSERT_TRUE(admin_shell(&live, 0,
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=nobody "
	    "-keyout nobody.key -out nobody.pem -days 30 2>/dev/null; openssl pkcs12 -export "
	    "-inkey "
	    "nobody.key -in nobody.pem -out nobody.p12 -passout pass:x; echo x > nobody.pass"));
	WITHOUT("passphrase-file|certificate",
	    "certificate = \"nobody.p12\"\\npassphrase-file = \"nobody.pass\"\\n");
	CU_ASSERT_EQUAL_FATAL(open_console(&t, 80, 24, "", "who.conf"), 0);
	SHOWS("belongs to no user who may call");
	SHOWS("not signed in");
	CU_ASSERT_TRUE(terminal_shows_no(&t, "Passphrase"));
	terminal_stop(&t);
}

static void
a_password_is_asked_for_and_so_is_the_name(void)
{
	struct terminal t;

	CU_ASSERT_TRUE(admin_shell(&live, 0,
	    "printf 'correct horse battery\n' > word; signet --config admin.conf user add dave "
	    "--password-file word --group administrators"));
	WITHOUT("passphrase-file|certificate", "user = \"demo/dave\"\\n");
	CU_ASSERT_EQUAL_FATAL(open_console(&t, 80, 24, "", "who.conf"), 0);
	SHOWS("Password of demo/dave:");
	ENTER("correct horse");
	SHOWS("does not know this name with this password");
	SHOWS("Password of demo/dave:");
	ENTER("correct horse battery");
	SHOWS("connected\n");
	terminal_key(&t, "2");
	SHOWS("dave");
	terminal_stop(&t);
	WITHOUT("passphrase-file|certificate", "");
	CU_ASSERT_EQUAL_FATAL(open_console(&t, 80, 24, "", "who.conf"), 0);
	SHOWS("Name (TENANT/NAME):");
	ENTER("demo/david");
	SHOWS("Password of demo/david:");
	ENTER("correct horse battery");
	SHOWS("does not know this name with this password");
	SHOWS("Name (TENANT/NAME):");
	ENTER("demo/dave");
	SHOWS("Password of demo/dave:");
	ENTER("correct horse battery");
	SHOWS("Password\n");
	SHOWS("demo/dave");
	terminal_stop(&t);
	/* given up, nothing was asked of the server */
	CU_ASSERT_EQUAL_FATAL(open_console(&t, 80, 24, "", "who.conf"), 0);
	SHOWS("Name (TENANT/NAME):");
	terminal_key(&t, "Escape");
	terminal_stop(&t);
}

static void
sign_in_by_card(const char *name)
{
	char command[900];
	struct terminal t;

	snprintf(command, sizeof(command),
	    "cd %s; SOFTHSM2_CONF=%s/hsm.conf LC_ALL=C.UTF-8 %s --config admin.conf "
	    "--pkcs11 " CARD_MODULE " --token %s",
	    live.dir, live.dir, live_program("signet-console"), name);
	CU_ASSERT_EQUAL_FATAL(terminal_start(&t, 80, 24, command), 0);
	SHOWS("PIN of the card:");
	ENTER("9999");
	SHOWS("the PIN is wrong");
	SHOWS("PIN of the card:");
	ENTER(CARD_PIN);
	SHOWS("connected\n");
	snprintf(command, sizeof(command), "demo/%s", name);
	SHOWS(command);
	SHOWS("Certificate");
	terminal_key(&t, "2");
	SHOWS("1-");
	terminal_stop(&t);
}

/* Its key never leaves it: RSA signs the handshake by PSS, EC by ECDSA. */
static void
a_card_signs_in_with_its_pin(void)
{
	static const char people[] =
	    "set -e; person() { openssl req -x509 -newkey $2 -nodes -subj /CN=$1 -keyout $1.key "
	    "-out $1.pem -days 30 2>/dev/null; signet --config admin.conf user add $1 -c $1.pem -g "
	    "administrators; }; person rosa rsa:2048; person eve 'ec -pkeyopt "
	    "ec_paramgen_curve:P-256'";

	if (!card_can_be_made()) {
		test_not_run("no SoftHSM: a card in the console");
		return;
	}
	CU_ASSERT_TRUE(admin_shell(&live, 0, people));
	CU_ASSERT_EQUAL_FATAL(card_make(live.dir, "rosa"), 0);
	CU_ASSERT_EQUAL_FATAL(card_make(live.dir, "eve"), 0);
	sign_in_by_card("rosa");
	sign_in_by_card("eve");
	/* the same for scripts, by the configuration */
	WITHOUT("passphrase-file|certificate",
	    "pkcs11 = \"" CARD_MODULE "\"\\ntoken = \"rosa\"\\npin-file = \"pin\"\\n");
	CU_ASSERT_TRUE(admin_shell(&live, 0,
	    "echo " CARD_PIN " > pin; export SOFTHSM2_CONF=$PWD/hsm.conf; signet --config who.conf "
	    "whoami"));
	CU_ASSERT_TRUE(admin_heard("rosa"));
	CU_ASSERT_TRUE(admin_shell(&live, 4,
	    "echo 9999 > pin; export SOFTHSM2_CONF=$PWD/hsm.conf; signet --config who.conf "
	    "whoami"));
	CU_ASSERT_TRUE(admin_heard("PIN is wrong"));
}

static void
q_ends_and_leaves_the_terminal_as_it_was(void)
{
	struct terminal t;
	char command[512];

	snprintf(command, sizeof(command),
	    "read go; echo before; LC_ALL=C.UTF-8 %s --config %s; echo after \\$?; read go",
	    live_program("signet-console"), live_path(&live, "client.conf"));
	CU_ASSERT_EQUAL_FATAL(terminal_start(&t, 80, 24, command), 0);
	terminal_key(&t, "Enter");
	CU_ASSERT_TRUE(terminal_shows(&t, "connected\n"));
	terminal_key(&t, "q");
	CU_ASSERT_TRUE(terminal_shows(&t, "before\nafter 0"));
	terminal_stop(&t);
}

static void
without_a_terminal_it_says_so(void)
{
	struct buf out = BUF_INIT(0);

	CU_ASSERT_EQUAL(run_shell(&out, "%s --config %s </dev/null", live_program("signet-console"),
			    live_path(&live, "client.conf")),
	    4);
	buf_terminate(&out, NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "needs a terminal"));
	buf_release(&out);
}

static const struct test tests[] = { TEST(the_first_screen_says_who_is_connected_to_what),
	TEST(keys_are_listed_and_opened), TEST(the_window_may_have_any_size),
	TEST(help_tells_the_keys_of_the_screen), TEST(without_colour_nothing_is_coloured),
	TEST(a_lost_connection_is_told_and_comes_back), TEST(who_lacks_a_right_is_told_which),
	TEST(a_passphrase_is_asked_for_until_it_opens_the_file),
	TEST(a_certificate_that_nobody_has_is_told),
	TEST(a_password_is_asked_for_and_so_is_the_name), TEST(a_card_signs_in_with_its_pin),
	TEST(q_ends_and_leaves_the_terminal_as_it_was), TEST(without_a_terminal_it_says_so),
	TEST_END };
const struct suite suite_system_console = { "system/console", setup, teardown, tests };
