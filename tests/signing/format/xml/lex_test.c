/* The look at the bytes: where elements stand whatever is written around them. */
#include "signing/format/xml/xml_lex.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"

static void
elements_are_found_where_they_stand(void)
{
	static const struct {
		const char *text;
		size_t ordinal;
		const char *open, *whole;
	} rows[] = {
		{ "<r>x</r>", 0, "<r>", "<r>x</r>" },
		{ "<r/>", 0, "<r/>", "<r/>" },
		{ "<r a='/>' b=\">\" />", 0, "<r a='/>' b=\">\" />", "<r a='/>' b=\">\" />" },
		{ "<?p <r> ?><!-- <r> --><r><![CDATA[</r>]]></r><!-- </r> -->", 0, "<r>",
		    "<r><![CDATA[</r>]]></r>" },
		{ "<r><a><a/></a><a>2</a></r>", 1, "<a>", "<a><a/></a>" },
		{ "<r><a><a/></a><a>2</a></r>", 2, "<a/>", "<a/>" },
		{ "<r><a><a/></a><a>2</a></r>", 3, "<a>", "<a>2</a>" },
		{ "<r><!----><a\n\tx='1'\n>2</a\n></r >", 1, "<a\n\tx='1'\n>",
		    "<a\n\tx='1'\n>2</a\n>" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = ERROR_INIT;
		struct span in = span_str(rows[i].text);
		struct xml_place p;

		ASSERT_OK(xml_lex_place(in, rows[i].ordinal, &p, &err), &err);
		CU_ASSERT(span_equal((struct span){ in.data + p.start, p.open_end - p.start },
		    span_str(rows[i].open)));
		CU_ASSERT(span_equal(
		    (struct span){ in.data + p.start, p.end - p.start }, span_str(rows[i].whole)));
		CU_ASSERT_EQUAL(in.data[p.close], p.is_empty_tag ? '/' : '<');
	}
}

static void
an_element_that_is_not_there_is_an_error(void)
{
	struct error err = ERROR_INIT;
	struct xml_place p;

	CU_ASSERT_EQUAL(xml_lex_place(span_str("<r><a/></r>"), 2, &p, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
}

static void
encodings_are_told_apart(void)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum xml_encoding encoding;
	} rows[] = {
		{ "<r/>", 4, XML_ENCODING_UTF8 },
		{ "\xef\xbb\xbf<r/>", 7, XML_ENCODING_UTF8 },
		{ "<?xml version='1.0' encoding = \"utf-8\"?><r/>", 44, XML_ENCODING_UTF8 },
		{ "<?xml version='1.0' encoding='ISO-8859-15'?><r/>", 48, XML_ENCODING_BYTE },
		{ "<?xml version='1.0' encoding='Windows-1252'?><r/>", 49, XML_ENCODING_BYTE },
		{ "<?xml version='1.0' encoding='UTF-7'?><r/>", 42, XML_ENCODING_OTHER },
		{ "<?xml version='1.0' encoding='Shift_JIS'?><r/>", 46, XML_ENCODING_OTHER },
		{ "<?xml version='1.0'?><r encoding='UTF-7'/>", 42, XML_ENCODING_UTF8 },
		{ "\xff\xfe<\0", 4, XML_ENCODING_UTF16 },
		{ "\0<\0r", 4, XML_ENCODING_UTF16 },
		{ "<\0r\0", 4, XML_ENCODING_UTF16 },
	};
	char name[32];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(
		    xml_lex_encoding(
			(struct span){ (const unsigned char *)rows[i].bytes, rows[i].len }, name),
		    rows[i].encoding);
}

static void
limits_hold_at_their_edge(void)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = {
		{ "<a><b><c/></b></a>", 0 },
		{ "<a><b><c><d/></c></b></a>", -1 },
		{ "<a x='' y=''/>", 0 },
		{ "<a x='' y='' z=''/>", -1 },
		{ "<a x='=====' y='====='>====</a>", 0 },
		{ "<!DOCTYPE a><a/>", -1 },
		{ "<a><!DOCTYPE a></a>", -1 },
		{ "<a><![CDATA[<!DOCTYPE a>]]><!--<!DOCTYPE a>--></a>", 0 },
		{ "<a><!ELEMENT a></a>", -1 },
	};
	struct format_limits limits = { .xml_depth = 3, .xml_attributes = 2 };
	struct xml_surplus surplus;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(
		    xml_lex_check(span_str(rows[i].text), &limits, &surplus, &err), rows[i].rc);
	}
}

static const struct test tests[] = { TEST(elements_are_found_where_they_stand),
	TEST(an_element_that_is_not_there_is_an_error), TEST(encodings_are_told_apart),
	TEST(limits_hold_at_their_edge), TEST_END };
const struct suite suite_signing_format_xml_lex = { "signing/format/xml/lex", NULL, NULL, tests };
