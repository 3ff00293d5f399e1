/* The console on a real terminal, with a live server: what a person types and sees. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/live.h"
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
	TEST(q_ends_and_leaves_the_terminal_as_it_was), TEST(without_a_terminal_it_says_so),
	TEST_END };
const struct suite suite_system_console = { "system/console", setup, teardown, tests };
