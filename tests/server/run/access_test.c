#include "server/run/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/suite.h"

static char dir[] = "/tmp/signet-access-XXXXXX";
static char file[64], moved[64];

static int
setup(void)
{
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(file, sizeof(file), "%s/access.log", dir);
	snprintf(moved, sizeof(moved), "%s/access.log.1", dir);
	return 0;
}

static int
teardown(void)
{
	unlink(file);
	unlink(moved);
	return rmdir(dir);
}

static int
file_ends(const char *path, const char *words)
{
	struct buf text = BUF_INIT(0);
	size_t n = strlen(words);
	int rc;

	CU_ASSERT_EQUAL(buf_read_file(&text, path, NULL), 0);
	rc = text.len >= n && memcmp(text.data + text.len - n, words, n) == 0;
	if (!rc)
		fprintf(stderr, "%.*s", (int)text.len, (const char *)text.data);
	buf_release(&text);
	return rc;
}

static struct http_head head = { .method = "POST", .path = "/soap" };
static struct exchange x = { .head = &head,
	.request_id = "id",
	.peer = "192.0.2.1",
	.operation = "WhoAmI",
	.outcome = "Success",
	.status = 200 };

static struct access_log *
open_log(const char *path)
{
	struct error err = ERROR_INIT;
	struct access_log *log;
	int fd;

	ASSERT_OK(access_file_open(path, &fd, &err), &err);
	ASSERT_OK(access_log_new(&log, fd, &err), &err);
	return log;
}

static void
a_line_holds_all_words_in_order(void)
{
	struct access_log *log;

	log = open_log(file);
	strcpy(x.user, "acme/erp");
	access_log_line(log, &x, 1234, 567);
	access_log_flush(log);
	CU_ASSERT(
	    file_ends(file, "Z id 192.0.2.1 acme/erp POST /soap WhoAmI Success 200 1234 567\n"));
	access_log_close(log);
}

static void
no_word_can_forge_a_line_or_a_field(void)
{
	struct access_log *log;

	log = open_log(file);
	strcpy(x.user, "a b\nc\\\x1b");
	x.operation = "";
	access_log_line(log, &x, 1, 2);
	access_log_close(log);
	CU_ASSERT(file_ends(
	    file, "Z id 192.0.2.1 a\\x20b\\x0ac\\x5c\\x1b POST /soap - Success 200 1 2\n"));
	x.operation = "WhoAmI";
	x.user[0] = '\0';
}

static void
a_long_path_is_cut_and_the_rest_stays(void)
{
	static char path[9000];
	struct access_log *log;

	memset(path, ' ', sizeof(path) - 1);
	head.path = path;
	log = open_log(file);
	access_log_line(log, &x, 7, 8);
	access_log_close(log);
	CU_ASSERT(file_ends(file, " 200 7 8\n"));
	head.path = "/soap";
}

static void
a_file_that_was_moved_away_is_opened_anew(void)
{
	struct access_log *log;
	struct error err = ERROR_INIT;
	int fd;

	log = open_log(file);
	access_log_line(log, &x, 11, 12);
	CU_ASSERT_EQUAL(rename(file, moved), 0);
	ASSERT_OK(access_file_open(file, &fd, &err), &err);
	access_log_use(log, fd);
	access_log_line(log, &x, 13, 14);
	access_log_close(log);
	CU_ASSERT(file_ends(moved, " 200 11 12\n"));
	CU_ASSERT(file_ends(file, " 200 13 14\n"));
}

static void
a_log_that_cannot_be_opened_is_told(void)
{
	struct access_log *log;
	struct error err = ERROR_INIT;
	int fd;

	CU_ASSERT_EQUAL(access_file_open("/nonexistent/access.log", &fd, &err), -1);
	CU_ASSERT_EQUAL(fd, -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	log = open_log("");
	CU_ASSERT_PTR_NULL(log);
	access_log_line(log, &x, 1, 2);
	access_log_close(log);
}

static const struct test tests[] = { TEST(a_line_holds_all_words_in_order),
	TEST(no_word_can_forge_a_line_or_a_field), TEST(a_long_path_is_cut_and_the_rest_stays),
	TEST(a_file_that_was_moved_away_is_opened_anew), TEST(a_log_that_cannot_be_opened_is_told),
	TEST_END };
const struct suite suite_server_run_access = { "server/run/access", setup, teardown, tests };
