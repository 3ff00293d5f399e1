/* S2-26: what a request at a website is, in one reading; what has two is refused. */
#include "authz/url.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"

static struct url url;

static int
read_path(const char *path)
{
	struct error err = ERROR_INIT;

	return url_read(&url, "GET", "www.example.org", path, &err);
}

static void
segments_are_decoded(void)
{
	CU_ASSERT_EQUAL(read_path("/a/b%20c/%C3%BC/?q=/../x#f"), 0);
	CU_ASSERT_EQUAL_FATAL(url.count, 3);
	CU_ASSERT_STRING_EQUAL(url.segments[0], "a");
	CU_ASSERT_STRING_EQUAL(url.segments[1], "b c");
	CU_ASSERT_STRING_EQUAL(url.segments[2], "\xc3\xbc");
	CU_ASSERT_EQUAL(url.method, URL_GET);
	CU_ASSERT_EQUAL(read_path("/"), 0);
	CU_ASSERT_EQUAL(url.count, 0);
	CU_ASSERT_EQUAL(read_path("/%61dmin"), 0);
	CU_ASSERT_STRING_EQUAL(url.segments[0], "admin");
}

/* Each of these is /admin to some servers and something else to others. */
static void
what_has_more_than_one_reading_is_refused(void)
{
	static const char *const paths[] = { "/x/../admin", "/x/%2e%2e/admin", "/./admin",
		"//admin", "/x//admin", "/x%2fadmin", "/x%5cadmin", "/x\\admin", "/admin%00",
		"/ad%6", "/ad%zz", "/%", "/a%252fb", "/admin%0a", "/x;/admin/..", "/..;/admin",
		"/;a/admin", "/x%3b/admin", "/admin\x7f", "/\xff", "/%c0%af", "admin", "", "*" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (read_path(paths[i]) == 0)
			fprintf(stderr, "taken: %s\n", paths[i]);
		CU_ASSERT_EQUAL(read_path(paths[i]), -1);
	}
}

static void
path_parameters_are_read_both_ways(void)
{
	CU_ASSERT_EQUAL(read_path("/admin;jsessionid=1/x"), 0);
	CU_ASSERT_TRUE(url.has_parameters);
	CU_ASSERT_STRING_EQUAL(url.segments[0], "admin;jsessionid=1");
	CU_ASSERT_STRING_EQUAL(url.bare[0], "admin");
	CU_ASSERT_STRING_EQUAL(url.bare[1], "x");
	CU_ASSERT_EQUAL(read_path("/admin/x"), 0);
	CU_ASSERT_FALSE(url.has_parameters);
}

static void
a_host_has_one_form(void)
{
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(url_read(&url, "GET", "WWW.Example.ORG.:8443", "/", &err), 0);
	CU_ASSERT_STRING_EQUAL(url.host, "www.example.org");
	CU_ASSERT_EQUAL(url_read(&url, "GET", "[2001:DB8::1]:443", "/", &err), 0);
	CU_ASSERT_STRING_EQUAL(url.host, "[2001:db8::1]");
	CU_ASSERT_EQUAL(url_read(&url, "BREW", "a", "https://B.example:1/x?y", &err), 0);
	CU_ASSERT_STRING_EQUAL(url.host, "b.example");
	CU_ASSERT_STRING_EQUAL(url.segments[0], "x");
	CU_ASSERT_EQUAL(url.method, URL_OTHER);
	CU_ASSERT_EQUAL(url_read(&url, "GET", "", "/", &err), -1);
	CU_ASSERT_EQUAL(url_read(&url, "GET", "a b", "/", &err), -1);
	CU_ASSERT_EQUAL(url_read(&url, "GET", "a", "https://user@b/", &err), -1);
	CU_ASSERT_EQUAL(url_read(&url, "GET", ":80", "/", &err), -1);
}

static void
a_long_path_is_refused_by_its_limit(void)
{
	char path[URL_MAX + 2];
	struct error err = ERROR_INIT;
	int i;

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[URL_MAX + 1] = '\0';
	CU_ASSERT_EQUAL(url_read(&url, "GET", "a", path, &err), -1);
	CU_ASSERT_STRING_EQUAL(err.limit, "url-bytes");
	path[URL_MAX] = '\0';
	CU_ASSERT_EQUAL(read_path(path), 0);
	for (i = 0; i < URL_MAX; i += 2)
		path[i] = '/';
	CU_ASSERT_EQUAL(read_path(path), -1); /* too many segments */
	path[2 * URL_SEGMENTS_MAX] = '\0';
	CU_ASSERT_EQUAL(read_path(path), 0);
	/* the most that decoded and bare copies need */
	for (i = 0; i < URL_MAX; i++)
		path[i] = i % 1024 == 0 ? '/' : i % 1024 == 1023 ? ';' : 'a';
	path[URL_MAX] = '\0';
	CU_ASSERT_EQUAL(read_path(path), 0);
	CU_ASSERT_EQUAL(url.count, 8);
}

static const struct test tests[] = { TEST(segments_are_decoded),
	TEST(what_has_more_than_one_reading_is_refused), TEST(path_parameters_are_read_both_ways),
	TEST(a_host_has_one_form), TEST(a_long_path_is_refused_by_its_limit), TEST_END };
const struct suite suite_authz_url = { "authz/url", NULL, NULL, tests };
