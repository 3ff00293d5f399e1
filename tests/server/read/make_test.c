/*
 * Documents that a child signs, counter-signs and extends with a key that it does not have: what
 * comes of it is as good as what is made here.
 */
#include <stdio.h>
#include <string.h>

#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/smime/smime_sign.h"
#include "signing/format/xml/xml_read.h"
#include "tests/support/containers.h"
#include "tests/support/longterm.h"
#include "tests/support/reading.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

static struct reading_process process;
static const struct format_limits limits = FORMAT_LIMITS_DEFAULT;
/* The times by the clock are long: a loaded machine shall not decide. */
static const struct reader_bounds bounds = {
	.memory = (uint64_t)256 << 20, .cpu_seconds = 20, .seconds = 240, .limits = &limits
};
static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW };
static struct timestamp_source source;
static struct sign_options options;

static const char mail[] = "From: a@example.org\r\nTo: b@example.org\r\nSubject: An offer\r\n"
			   "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nText.\r\n";
/* Namespaces and xml: attributes that inclusive canonical forms inherit, in all their ways. */
static const char xml[] =
    "<?xml version=\"1.0\"?>\n<!-- c --><o:order xmlns:o=\"urn:o\" xmlns=\"urn:d\" "
    "xml:lang=\"de\" xml:base=\"http://a/b/\" xmlns:v=\"urn:v?a=1&amp;b=2\">\r\n"
    "<part id=\"p1\" v:x='1' xml:space=\"preserve\" xml:base=\"c/\"><o:place xmlns=\"\" "
    "xml:lang=\"\"/>a&amp;b</part><empty/></o:order>\n";

static int
setup(void)
{
	source = test_tsa_source(&tsa);
	options = (struct sign_options){ .signing_time = PKI_NOW,
		.claim_time = 1,
		.include_chain = 1,
		.city = "K\xc3\xb6ln",
		.timestamp = &source,
		.limits = &limits };
	return reading_start(&process);
}

static int
teardown(void)
{
	return reading_stop(&process);
}

/* Read what was made: so many signatures, all whole, of this level at least the last. */
static void
check(const struct buf *made, const struct document *originals, size_t count, size_t signatures,
    size_t stamps)
{
	const struct document_read_options how = {
		.limits = &limits, .originals = originals, .original_count = count
	};
	struct document_facts facts;
	struct error err = ERROR_INIT;
	size_t i, found = 0;

	ASSERT_OK(document_read(&facts, SPAN_OF(made), &how, &err), &err);
	CU_ASSERT_EQUAL(facts.signatures.count, signatures);
	for (i = 0; i < facts.signatures.count; i++) {
		const struct signature *sig = &facts.signatures.items[i];

		CU_ASSERT(sig->value_intact && sig->references_intact);
		if (sig->failure != SUB_NONE)
			fprintf(stderr, "%s: %s\n", sig->id, sig->failure_text);
		CU_ASSERT_EQUAL(sig->failure, SUB_NONE);
		CU_ASSERT(sig->baseline);
		found += sig->timestamp_count;
	}
	CU_ASSERT_EQUAL(found, stamps);
	document_facts_release(&facts);
}

/* ---- documents that are signed ---- */

static void
an_xml_document_is_signed_in_every_way(void)
{
	static const struct xml_sign_options ways[] = { { .canonicalization = 0 },
		{ .target_id = "p1" }, { .target_xpath = "/*/*[1]" },
		{ .target_xpath = "/*/*[2]", .placement = "/*/*[1]" },
		{ .placement = "//o:place" } };
	const struct document doc = {
		.mime_type = "text/xml", .content = span_str(xml), .has_content = 1
	};
	struct error err = ERROR_INIT;
	struct sign_options o = options;
	size_t i;
	int c;

	o.packaging = PACKAGING_ENVELOPED;
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		for (c = 0; c <= XML_CANONICALIZATION_INCLUSIVE_11; c++) {
			struct xml_sign_options way = ways[i];
			struct buf out = BUF_INIT(0), again = BUF_INIT(0);
			struct document twice = doc;

			way.canonicalization = (enum xml_canonicalization)c;
			o.level = i % 2 ? LEVEL_T : LEVEL_B;
			ASSERT_OK(reader_xml_sign(&process.reader, &bounds, &out, &doc,
				      pki_key(PKI_P256), &o, &way, &err),
			    &err);
			check(&out, NULL, 0, 1, i % 2);
			/* And a second signature, into the document that has one. */
			twice.content = SPAN_OF(&out);
			way.placement = NULL;
			if (way.target_xpath == NULL)
				ASSERT_OK(reader_xml_sign(&process.reader, &bounds, &again, &twice,
					      pki_key(PKI_RSA2048), &o, &way, &err),
				    &err);
			buf_release(&out);
			buf_release(&again);
		}
}

static void
an_xml_document_is_enveloped_as_elements_and_as_bytes(void)
{
	static const char *const types[] = { "text/xml", "application/octet-stream", NULL };
	static const struct xml_sign_options plain;
	struct document doc = { .content = span_str(xml), .has_content = 1 };
	struct error err = ERROR_INIT;
	struct sign_options o = options;
	size_t i;

	o.packaging = PACKAGING_ENVELOPING;
	for (i = 0; i < 6; i++) {
		struct buf out = BUF_INIT(0);

		doc.mime_type = types[i % 3];
		doc.content = span_str(i < 3 ? strchr(xml, '\n') : "no <XML at all");
		o.plain = 0;
		ASSERT_OK(reader_xml_sign(&process.reader, &bounds, &out, &doc, pki_key(PKI_P384),
			      &o, &plain, &err),
		    &err);
		check(&out, NULL, 0, 1, 0);
		buf_release(&out);
	}
	doc.content = span_str("<a/>");
	o.plain = 1;
	o.packaging = PACKAGING_ENVELOPED;
	for (i = 0; i < 1; i++) {
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);

		ASSERT_OK(reader_xml_sign(&process.reader, &bounds, &out, &doc, pki_key(PKI_P384),
			      &o, &plain, &err),
		    &err);
		ASSERT_OK(xml_read(&list, SPAN_OF(&out), NULL, &err), &err);
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
		signatures_release(&list);
		buf_release(&out);
	}
}

static void
what_cannot_be_signed_is_refused_in_the_makers_words(void)
{
	static const struct xml_sign_options nowhere = { .target_id = "nowhere" }, plain;
	struct document doc = { .content = span_str(xml), .has_content = 1 };
	struct error err = ERROR_INIT;
	struct sign_options o = options;
	struct buf out = BUF_INIT(0);

	o.packaging = PACKAGING_ENVELOPED;
	CU_ASSERT_EQUAL(reader_xml_sign(&process.reader, &bounds, &out, &doc, pki_key(PKI_P256), &o,
			    &nowhere, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "nowhere"));
	error_clear(&err);
	doc.content = span_str("<a><b></a>");
	CU_ASSERT_EQUAL(reader_xml_sign(&process.reader, &bounds, &out, &doc, pki_key(PKI_P256), &o,
			    &plain, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_EQUAL(out.len, 0);
}

static void
a_container_gets_a_signature_more(void)
{
	struct error err = ERROR_INIT;
	struct sign_options o = options;
	int type, family;

	for (type = ASIC_S; type <= ASIC_E; type++)
		for (family = FORMAT_CMS; family <= FORMAT_XML; family++) {
			struct buf file = BUF_INIT(0), out = BUF_INIT(0);

			container_make(
			    &file, (enum asic_type)type, (enum format)family, LEVEL_B, PKI_P256);
			o.level = type == ASIC_S ? LEVEL_B : LEVEL_T;
			ASSERT_OK(reader_container_sign(&process.reader, &bounds, &out,
				      SPAN_OF(&file), pki_key(PKI_RSA2048), &o, &err),
			    &err);
			check(&out, NULL, 0, 2, type == ASIC_E);
			buf_release(&file);
			buf_release(&out);
		}
}

static void
a_mail_is_signed(void)
{
	struct document doc = { .content = span_str(mail), .has_content = 1 };
	struct error err = ERROR_INIT;
	struct sign_options o = options;
	struct buf out = BUF_INIT(0), again = BUF_INIT(0);

	ASSERT_OK(
	    reader_mail_sign(&process.reader, &bounds, &out, &doc, pki_key(PKI_P256), &o, &err),
	    &err);
	check(&out, NULL, 0, 1, 0);
	doc.content = SPAN_OF(&out);
	o.packaging = PACKAGING_ENVELOPING;
	ASSERT_OK(
	    reader_mail_sign(&process.reader, &bounds, &again, &doc, pki_key(PKI_P256), &o, &err),
	    &err);
	check(&again, NULL, 0, 2, 0);
	buf_release(&out);
	buf_release(&again);
}

/* ---- signatures that are there ---- */

/* One signed document of each kind, level B. */
static void
make_signed(struct buf *out, enum document_kind kind)
{
	struct document doc = { .content = span_str(mail), .has_content = 1 };
	struct error err = ERROR_INIT;
	struct sign_options o = options;

	switch (kind) {
	case KIND_CMS:
		o.packaging = PACKAGING_ENVELOPING;
		ASSERT_OK(
		    cms_sign(out, &doc, CMS_PROFILE_CADES, pki_key(PKI_P256), &o, &err), &err);
		break;
	case KIND_XML:
		doc.content = span_str(xml);
		o.packaging = PACKAGING_ENVELOPED;
		ASSERT_OK(xml_sign(out, &doc, 1, pki_key(PKI_P256), &o, NULL, &err), &err);
		break;
	case KIND_ASIC:
		container_make(out, ASIC_E, FORMAT_XML, LEVEL_B, PKI_P256);
		break;
	default:
		ASSERT_OK(smime_sign(out, &doc, pki_key(PKI_P256), &o, &err), &err);
	}
}

static const enum document_kind kinds[] = { KIND_CMS, KIND_XML, KIND_ASIC, KIND_SMIME };
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* Id and value of the first signature. */
static void
first_of(const struct buf *file, char id[200], struct buf *value)
{
	const struct document_read_options how = { .limits = &limits };
	struct document_facts facts;
	struct error err = ERROR_INIT;

	ASSERT_OK(document_read(&facts, SPAN_OF(file), &how, &err), &err);
	CU_ASSERT_FATAL(facts.signatures.count > 0);
	snprintf(id, 200, "%s", facts.signatures.items[0].id);
	ASSERT_OK(buf_append_span(value, SPAN_OF(&facts.signatures.items[0].value), &err), &err);
	document_facts_release(&facts);
}

static void
signatures_of_each_format_are_counter_signed(void)
{
	struct error err = ERROR_INIT;
	struct sign_options o = options;
	size_t i;

	o.level = LEVEL_T;
	for (i = 0; i < KIND_COUNT; i++) {
		struct buf file = BUF_INIT(0), value = BUF_INIT(0), out = BUF_INIT(0);
		struct document_change change = { .limits = &limits, .seconds = PKI_NOW };
		char id[200];

		make_signed(&file, kinds[i]);
		first_of(&file, id, &value);
		change.signature = id;
		ASSERT_OK(reader_counter_sign(&process.reader, &bounds, &out, SPAN_OF(&file),
			      &change, SPAN_OF(&value), pki_key(PKI_RSA2048), &o, &err),
		    &err);
		check(&out, NULL, 0, 2, 1);
		/* Over another value than that which was read there is none. */
		value.data[value.len / 2] ^= 1;
		out.len = 0;
		CU_ASSERT_EQUAL(reader_counter_sign(&process.reader, &bounds, &out, SPAN_OF(&file),
				    &change, SPAN_OF(&value), pki_key(PKI_RSA2048), &o, &err),
		    -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
		CU_ASSERT_EQUAL(out.len, 0);
		error_clear(&err);
		buf_release(&file);
		buf_release(&value);
		buf_release(&out);
	}
}

static void
signatures_of_each_format_climb_to_lta(void)
{
	struct evidence data = longterm_evidence();
	struct error err = ERROR_INIT;
	size_t i;
	int to;

	for (i = 0; i < KIND_COUNT; i++) {
		struct buf file = BUF_INIT(0), value = BUF_INIT(0);
		struct document_change change = { .limits = &limits, .seconds = PKI_NOW };
		char id[200];

		make_signed(&file, kinds[i]);
		first_of(&file, id, &value);
		change.signature = id;
		for (to = EXTEND_T; to <= EXTEND_LTA; to++) {
			struct buf out = BUF_INIT(0);

			ASSERT_OK(
			    reader_extend(&process.reader, &bounds, &out, SPAN_OF(&file), &change,
				(enum extension)to, to > EXTEND_T ? &data : NULL, &source, &err),
			    &err);
			check(&out, NULL, 0, 1, to == EXTEND_LTA ? 2 : 1);
			buf_release(&file);
			file = out;
		}
		buf_release(&file);
		buf_release(&value);
	}
	evidence_release(&data);
}

static void
a_container_is_renewed_as_a_whole(void)
{
	struct error err = ERROR_INIT;
	struct buf file = BUF_INIT(0), out = BUF_INIT(0);
	struct container_reading r;

	container_make(&file, ASIC_E, FORMAT_CMS, LEVEL_T, PKI_P256);
	ASSERT_OK(reader_renew(
		      &process.reader, &bounds, &out, SPAN_OF(&file), NULL, &source, PKI_NOW, &err),
	    &err);
	container_read(&r, &out);
	CU_ASSERT(container_holds(&r));
	CU_ASSERT_EQUAL(r.container.stamp_count, 1);
	container_release(&r);
	buf_release(&file);
	buf_release(&out);
}

static void
the_work_of_all_who_had_it_counts_together(void)
{
	struct reader_bounds counted = bounds;
	const struct document_read_options how = { .limits = &limits };
	struct document_facts facts;
	struct error err = ERROR_INIT;
	uint64_t worked = 0, first;

	counted.worked_us = &worked;
	ASSERT_OK(reader_read(&process.reader, &counted, &facts, span_str(xml), &how, &err), &err);
	document_facts_release(&facts);
	first = worked;
	CU_ASSERT(first > 0 && first < 1000000);
	ASSERT_OK(reader_read(&process.reader, &counted, &facts, span_str(xml), &how, &err), &err);
	document_facts_release(&facts);
	CU_ASSERT(worked > first);
	/* Whoever comes when it is used up is not begun with. */
	worked = (uint64_t)counted.cpu_seconds * 1000000;
	CU_ASSERT_EQUAL(
	    reader_read(&process.reader, &counted, &facts, span_str(xml), &how, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "limit-read-seconds");
	CU_ASSERT_EQUAL(err.allowed, counted.cpu_seconds);
}

static const struct test tests[] = { TEST(an_xml_document_is_signed_in_every_way),
	TEST(an_xml_document_is_enveloped_as_elements_and_as_bytes),
	TEST(what_cannot_be_signed_is_refused_in_the_makers_words),
	TEST(a_container_gets_a_signature_more), TEST(a_mail_is_signed),
	TEST(signatures_of_each_format_are_counter_signed),
	TEST(signatures_of_each_format_climb_to_lta), TEST(a_container_is_renewed_as_a_whole),
	TEST(the_work_of_all_who_had_it_counts_together), TEST_END };
const struct suite suite_server_read_make = { "server/read/make", setup, teardown, tests };
