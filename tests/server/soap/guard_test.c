#include "server/soap/guard.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"

static const struct guard_limits limits = { 5, 6, 60, 1000, "limit-inline" };

/* Feed in pieces of n bytes; what it came to. */
static enum error_kind
feed(const char *xml, size_t n, int *done)
{
	struct error err = ERROR_INIT;
	struct guard g;
	size_t len = strlen(xml), at;

	guard_init(&g, &limits);
	for (at = 0; at < len; at += n)
		if (guard_feed(&g, xml + at, len - at < n ? len - at : n, &err) != 0)
			break;
	*done = guard_is_done(&g);
	return err.kind;
}

static void
what_soap_senders_write_passes(void)
{
	static const char *const good[] = {
		"<a/>",
		"<?xml version='1.0' encoding=\"UTF-8\"?>\r\n<a>text</a>\n",
		"\xef\xbb\xbf<a b='1>2' c=\"/>\"><b/><b></b></a>",
		"<!-- - -- a > comment --><a><!--<x>--><b/></a><!-- behind -->",
		"<a><![CDATA[ <b> ]] ]> ]]]></a>",
		"<a><b><c><d><e/></d></c></b></a>",
		"<a b='' c=''><d e='' f=''/><d e='' f='' g='' h=''/></a>",
		"<a>&lt;&#65;</a>",
		"<a b='gr\xc3\xbc\xc3\x9f'>\xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf</a>",
	};
	size_t i, n;
	int done;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		for (n = 1; n <= strlen(good[i]); n++) {
			CU_ASSERT_EQUAL(feed(good[i], n, &done), ERROR_NONE);
			CU_ASSERT(done);
		}
}

static void
what_has_no_place_in_soap_is_refused(void)
{
	static const struct {
		const char *xml;
		enum error_kind kind;
	} bad[] = {
		{ "hello", ERROR_MALFORMED },
		{ "{\"a\":1}", ERROR_MALFORMED },
		{ "\x1f\x8b\x08", ERROR_MALFORMED },
		{ "<a>\xff</a>", ERROR_MALFORMED },
		{ "<a>\xc0\x80</a>", ERROR_MALFORMED },
		{ "<a>\xe0\x80\x80</a>", ERROR_MALFORMED },
		{ "<a>\xed\xa0\x80</a>", ERROR_MALFORMED },
		{ "<a>\xf4\x90\x80\x80</a>", ERROR_MALFORMED },
		{ "<a b='\xe2\x82'/>", ERROR_MALFORMED },
		{ "<a>\xfc\x84</a>", ERROR_MALFORMED },
		{ "<!DOCTYPE a><a/>", ERROR_MALFORMED },
		{ "<a><!ENTITY x 'y'></a>", ERROR_MALFORMED },
		{ "<![CDATA[x]]><a/>", ERROR_MALFORMED },
		{ "<a><!-x></a>", ERROR_MALFORMED },
		{ "<a/><b/>", ERROR_MALFORMED },
		{ "<a/>text", ERROR_MALFORMED },
		{ "</a>", ERROR_MALFORMED },
		{ "<a <b/>", ERROR_MALFORMED },
		{ "<a><b><c><d><e><f/></e></d></c></b></a>", ERROR_LIMIT },
		{ "<a b='' c='' d='' e='' f='' g='' h=''/>", ERROR_LIMIT },
		{ "<a b='' c='' d=''><b e='' f='' g='' h=''/></a>", ERROR_LIMIT },
		{ "<a b='a value that goes on and on until the tag is too long for us'/>",
		    ERROR_LIMIT },
		{ "<a>1</aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>",
		    ERROR_LIMIT },
	};
	size_t i, n;
	int done;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (n = 1; n <= strlen(bad[i].xml); n++)
			CU_ASSERT_EQUAL(feed(bad[i].xml, n, &done), bad[i].kind);
}

static void
xml_that_goes_on_too_long_is_too_large(void)
{
	char xml[1200];
	int done;

	memset(xml, 'A', sizeof(xml));
	memcpy(xml, "<a>", 3);
	xml[1100] = '\0';
	CU_ASSERT_EQUAL(feed(xml, 100, &done), ERROR_TOO_LARGE);
	xml[1000] = '\0';
	CU_ASSERT_EQUAL(feed(xml, 100, &done), ERROR_NONE);
	CU_ASSERT(!done);
}

static const struct test tests[] = { TEST(what_soap_senders_write_passes),
	TEST(what_has_no_place_in_soap_is_refused), TEST(xml_that_goes_on_too_long_is_too_large),
	TEST_END };
const struct suite suite_server_soap_guard = { "server/soap/guard", NULL, NULL, tests };
