/* XML signatures: what is made is read back, tampering is found, what cannot be signed is refused.
 */
#include "signing/format/xml/xml_sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/xml/xml_read.h"
#include "tests/support/signers.h"
#include "tests/support/suite.h"

static struct test_signer rsa, p256, p521, brainpool;

static int
make_signers(void)
{
	return test_signer_make(&rsa, "RSA-2048", NULL) == 0 &&
		       test_signer_make(&p256, "P-256", NULL) == 0 &&
		       test_signer_make(&p521, "P-521", NULL) == 0 &&
		       test_signer_make(&brainpool, "brainpoolP384r1", NULL) == 0
		   ? 0
		   : -1;
}

static int
free_signers(void)
{
	test_signer_free(&rsa);
	test_signer_free(&p256);
	test_signer_free(&p521);
	test_signer_free(&brainpool);
	return 0;
}

static struct document
text_document(const char *name, const char *mime, const char *text)
{
	return (struct document){
		.name = name, .mime_type = mime, .content = span_str(text), .has_content = 1
	};
}

static struct sign_options
baseline(void)
{
	return (struct sign_options){ .signing_time = TEST_TIME, .claim_time = 1 };
}

/* Sign one text with the P-256 key; "" on failure, told on stderr. */
static int
sign_text(struct buf *out, const char *text, const struct sign_options *options,
    const struct xml_sign_options *xml, struct error *err)
{
	struct document doc = text_document("doc.xml", NULL, text);

	return xml_sign(out, &doc, 1, &p256.key, options, xml, err);
}

static void
read_back(struct signatures *list, const struct buf *file, const struct document *detached)
{
	struct error err = ERROR_INIT;
	struct xml_read_options options = {
		.detached = detached, .detached_count = detached != NULL, .keep_octets = 1
	};

	ASSERT_OK(xml_read(list, SPAN_OF(file), &options, &err), &err);
}

/* Replace the first `from` by `to`, which has the same length. */
static void
tamper(struct buf *file, const char *from, const char *to)
{
	unsigned char *at = memmem(file->data, file->len, from, strlen(from));

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	memcpy(at, to, strlen(to));
}

static int
holds(const struct buf *file, const char *text)
{
	return memmem(file->data, file->len, text, strlen(text)) != NULL;
}

static const char order[] = "<?xml version=\"1.0\"?>\n<!-- head -->\n<order xmlns=\"urn:o\">\n"
			    "  <item id=\"i1\">42</item><item id=\"i2\"/>\n</order>\n<?tail?>\n";

static void
an_enveloped_signature_covers_the_whole_document(void)
{
	struct error err = ERROR_INIT;
	struct sign_options options = baseline();
	struct signatures list = { 0 };
	struct buf out = BUF_INIT(0);
	const struct signature *sig;

	ASSERT_OK(sign_text(&out, order, &options, NULL, &err), &err);
	read_back(&list, &out, NULL);
	CU_ASSERT_EQUAL_FATAL(list.count, 1);
	sig = &list.items[0];
	CU_ASSERT(sig->value_intact && sig->references_intact && sig->baseline);
	CU_ASSERT_EQUAL(sig->failure, SUB_NONE);
	CU_ASSERT_EQUAL(sig->scope, SCOPE_FULL);
	CU_ASSERT_EQUAL(sig->cert_ref, CERT_REF_MATCHES);
	CU_ASSERT(sig->has_claimed_time && sig->claimed_time == TEST_TIME);
	CU_ASSERT_EQUAL(X509_cmp(sig->signer, p256.key.cert), 0);
	CU_ASSERT_EQUAL_FATAL(sig->reference_count, 2);
	CU_ASSERT(sig->references[0].is_document && !sig->references[1].is_document);
	CU_ASSERT_STRING_EQUAL(sig->references[0].uri, "");
	CU_ASSERT_STRING_EQUAL(sig->references[0].path, "/");
	signatures_release(&list);
	buf_release(&out);
}

static void
the_bytes_of_the_document_stay_as_they_were(void)
{
	struct error err = ERROR_INIT;
	struct sign_options options = baseline();
	struct buf out = BUF_INIT(0);
	unsigned char *from;
	size_t len;

	ASSERT_OK(sign_text(&out, order, &options, NULL, &err), &err);
	from = memmem(out.data, out.len, "<ds:Signature ", 14);
	CU_ASSERT_PTR_NOT_NULL_FATAL(from);
	len =
	    (size_t)((unsigned char *)memmem(out.data, out.len, "</ds:Signature>", 15) + 15 - from);
	ASSERT_OK(buf_splice(&out, (size_t)(from - out.data), len, SPAN_NONE, &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&out), span_str(order)));
	buf_release(&out);
}

static void
a_changed_document_is_found(void)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
		{ ">42<", ">43<" },
		{ "id=\"i2\"", "id=\"i3\"" },
		{ "urn:o", "urn:p" },
		{ "<?tail?>", "<?tali?>" },
		{ "2026-03-01T", "2026-03-02T" },
		{ "MimeType>text/xml", "MimeType>text/htm" },
	};
	struct sign_options options = baseline();
	size_t i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct error err = ERROR_INIT;
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);

		ASSERT_OK(sign_text(&out, order, &options, NULL, &err), &err);
		tamper(&out, changes[i].from, changes[i].to);
		read_back(&list, &out, NULL);
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT(list.items[0].value_intact);
		CU_ASSERT(!list.items[0].references_intact);
		CU_ASSERT_EQUAL(list.items[0].failure, SUB_HASH_FAILURE);
		signatures_release(&list);
		buf_release(&out);
	}
}

static void
a_changed_signed_info_is_found(void)
{
	struct error err = ERROR_INIT;
	struct sign_options options = baseline();
	struct signatures list = { 0 };
	struct buf out = BUF_INIT(0);

	ASSERT_OK(sign_text(&out, order, &options, NULL, &err), &err);
	tamper(&out, "<ds:Reference Id=\"r1-", "<ds:Reference Id=\"q1-");
	read_back(&list, &out, NULL);
	CU_ASSERT_EQUAL_FATAL(list.count, 1);
	CU_ASSERT(!list.items[0].value_intact);
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_SIG_CRYPTO_FAILURE);
	signatures_release(&list);
	buf_release(&out);
}

static void
every_key_digest_and_canonicalization_signs(void)
{
	static const struct {
		const struct test_signer *signer;
		enum digest digest;
		enum padding padding;
		enum xml_canonicalization c14n;
	} rows[] = {
		{ &rsa, DIGEST_SHA256, PADDING_PKCS1, XML_CANONICALIZATION_EXCLUSIVE },
		{ &rsa, DIGEST_SHA384, PADDING_PKCS1, XML_CANONICALIZATION_INCLUSIVE },
		{ &rsa, DIGEST_SHA512, PADDING_PSS, XML_CANONICALIZATION_INCLUSIVE_11 },
		{ &rsa, DIGEST_SHA3_256, PADDING_PSS, XML_CANONICALIZATION_EXCLUSIVE },
		{ &p256, DIGEST_NONE, PADDING_NONE, XML_CANONICALIZATION_INCLUSIVE },
		{ &p256, DIGEST_SHA3_384, PADDING_NONE, XML_CANONICALIZATION_INCLUSIVE_11 },
		{ &p521, DIGEST_NONE, PADDING_NONE, XML_CANONICALIZATION_EXCLUSIVE },
		{ &brainpool, DIGEST_NONE, PADDING_NONE, XML_CANONICALIZATION_EXCLUSIVE },
	};
	struct document doc = text_document("d", "text/xml", order);
	size_t i, plain;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (plain = 0; plain < 2; plain++) {
			struct error err = ERROR_INIT;
			struct sign_options options = baseline();
			struct xml_sign_options xml = { .canonicalization = rows[i].c14n };
			struct signatures list = { 0 };
			struct buf out = BUF_INIT(0);

			options.digest = rows[i].digest;
			options.padding = rows[i].padding;
			options.plain = (int)plain;
			ASSERT_OK(
			    xml_sign(&out, &doc, 1, &rows[i].signer->key, &options, &xml, &err),
			    &err);
			CU_ASSERT_EQUAL(holds(&out, "xades"), !plain);
			read_back(&list, &out, NULL);
			CU_ASSERT_EQUAL_FATAL(list.count, 1);
			CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
			CU_ASSERT_EQUAL(list.items[0].scope, SCOPE_FULL);
			signatures_release(&list);
			buf_release(&out);
		}
}

static void
an_algorithm_without_an_identifier_in_xml_is_refused(void)
{
	struct error err = ERROR_INIT;
	struct sign_options options = baseline();
	struct document doc = text_document("d", "text/xml", order);
	struct buf out = BUF_INIT(0);

	options.digest = DIGEST_SHA3_256;
	CU_ASSERT_EQUAL(xml_sign(&out, &doc, 1, &rsa.key, &options, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.len, 0);
}

static void
every_form_of_document_takes_a_signature(void)
{
	static const char *const forms[] = { "<r/>", "<r />", "<a:r xmlns:a='urn:a' b='>'/>",
		"\xef\xbb\xbf<r>\xc3\xa4</r>",
		"<?xml version='1.0' encoding='ISO-8859-1'?><r a='\xe4'>\xfc</r><!-- </r> -->",
		"<?xml version=\"1.0\" encoding=\"windows-1252\"?>\r\n<r>\x80\r\n</r>\r\n",
		"<r xmlns:ds='urn:other'><ds:x/></r>", "<r><![CDATA[</r>]]></r><?p </r>?>",
		"<r>a<!-- <b> -->&#13;&amp;\t</r>" };
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct error err = ERROR_INIT;
		struct sign_options options = baseline();
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);

		ASSERT_OK(sign_text(&out, forms[i], &options, NULL, &err), &err);
		read_back(&list, &out, NULL);
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
		CU_ASSERT_EQUAL(list.items[0].scope, SCOPE_FULL);
		signatures_release(&list);
		buf_release(&out);
	}
}

static void
what_cannot_be_signed_enveloped_is_refused(void)
{
	static const struct {
		const char *text;
		size_t len;
		enum error_kind kind;
	} bad[] = {
		{ "<!DOCTYPE r><r/>", 0, ERROR_UNSUPPORTED },
		{ "<r xmlns:a=\"relative\"/>", 0, ERROR_MALFORMED },
		{ "\xff\xfe<\0r\0/\0>\0", 10, ERROR_UNSUPPORTED },
		{ "<?xml version='1.0' encoding='UTF-7'?><r/>", 0, ERROR_UNSUPPORTED },
		{ "<r>", 0, ERROR_MALFORMED },
		{ "<r></s>", 0, ERROR_MALFORMED },
		{ "<r/><s/>", 0, ERROR_MALFORMED },
		{ "<r>&unknown;</r>", 0, ERROR_MALFORMED },
		{ "no XML", 0, ERROR_MALFORMED },
		{ "", 0, ERROR_MALFORMED },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = ERROR_INIT;
		struct sign_options options = baseline();
		struct buf out = BUF_INIT(0);
		struct document doc = { .content = { (const unsigned char *)bad[i].text,
					    bad[i].len != 0 ? bad[i].len : strlen(bad[i].text) },
			.has_content = 1 };

		options.packaging = PACKAGING_ENVELOPED;
		CU_ASSERT_EQUAL(xml_sign(&out, &doc, 1, &p256.key, &options, NULL, &err), -1);
		if (err.kind != bad[i].kind)
			fprintf(stderr, "%s: %s\n", bad[i].text, err.text);
		CU_ASSERT_EQUAL(err.kind, bad[i].kind);
		CU_ASSERT_EQUAL(out.len, 0);
		buf_release(&out);
	}
}

static void
one_element_is_signed_by_its_id_or_by_xpath(void)
{
	static const char text[] = "<o xmlns:a='urn:a'><a:i Id='x'>1</a:i><a:j>2</a:j></o>";
	static const struct {
		struct xml_sign_options xml;
		const char *uri, *id, *from, *to;
	} rows[] = {
		{ { .target_id = "x" }, "#x", "x", ">1<", ">7<" },
		{ { .target_xpath = "//a:i" }, "#x", "x", ">1<", ">7<" },
		{ { .target_xpath = "/o/a:j" }, "", NULL, ">2<", ">7<" },
		{ { .target_id = "x", .placement = "//a:i" }, "#x", "x", ">1<", ">7<" },
	};
	size_t i, changed;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (changed = 0; changed < 3; changed++) {
			struct error err = ERROR_INIT;
			struct sign_options options = baseline();
			struct signatures list = { 0 };
			struct buf out = BUF_INIT(0);

			ASSERT_OK(sign_text(&out, text, &options, &rows[i].xml, &err), &err);
			/* 1: what is signed changes; 2: what is not signed changes. */
			if (changed == 1)
				tamper(&out, rows[i].from, rows[i].to);
			if (changed == 2 && rows[i].from[1] == '1')
				tamper(&out, ">2<", ">7<");
			read_back(&list, &out, NULL);
			CU_ASSERT_EQUAL_FATAL(list.count, 1);
			CU_ASSERT_EQUAL(list.items[0].references_intact, changed != 1);
			CU_ASSERT_EQUAL(list.items[0].scope, SCOPE_PARTIAL);
			CU_ASSERT_STRING_EQUAL(list.items[0].references[0].uri, rows[i].uri);
			CU_ASSERT((list.items[0].references[0].id != NULL) == (rows[i].id != NULL));
			signatures_release(&list);
			buf_release(&out);
		}
}

static void
a_target_that_is_missing_or_not_one_is_refused(void)
{
	static const char text[] = "<o><i Id='x'/><i Id='y'/><i ID='y'/></o>";
	static const struct {
		struct xml_sign_options xml;
		enum error_kind kind;
	} rows[] = {
		{ { .target_id = "z" }, ERROR_NOT_FOUND },
		{ { .target_id = "y" }, ERROR_CONFLICT },
		{ { .target_xpath = "//i" }, ERROR_CONFLICT },
		{ { .target_xpath = "//z" }, ERROR_NOT_FOUND },
		{ { .target_xpath = "1 + 1" }, ERROR_MALFORMED },
		{ { .target_xpath = "//i[" }, ERROR_MALFORMED },
		{ { .target_xpath = "//@Id[. = 'x']" }, ERROR_CONFLICT },
		{ { .target_id = "x", .target_xpath = "//i" }, ERROR_MALFORMED },
		{ { .placement = "//z" }, ERROR_NOT_FOUND },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = ERROR_INIT;
		struct sign_options options = baseline();
		struct buf out = BUF_INIT(0);

		CU_ASSERT_EQUAL(sign_text(&out, text, &options, &rows[i].xml, &err), -1);
		CU_ASSERT_EQUAL(err.kind, rows[i].kind);
		CU_ASSERT_EQUAL(out.len, 0);
	}
}

static void
an_enveloping_signature_holds_xml_as_elements_and_the_rest_as_base64(void)
{
	static const struct {
		const char *mime, *text, *object;
	} rows[] = {
		{ "text/xml", "<?xml version=\"1.0\"?><o>1</o>\n", "<o>1</o></ds:Object>" },
		{ NULL, "plain text", "Encoding=" },
		{ "application/octet-stream", "<o>1</o>", "Encoding=" },
		{ "text/xml", "<o>1</o><!-- kept -->", "Encoding=" },
		{ "text/plain", "", "Encoding=" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = ERROR_INIT;
		struct sign_options options = baseline();
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);
		struct document doc = text_document("d", rows[i].mime, rows[i].text);

		options.packaging = PACKAGING_ENVELOPING;
		ASSERT_OK(xml_sign(&out, &doc, 1, &rsa.key, &options, NULL, &err), &err);
		CU_ASSERT(holds(&out, rows[i].object));
		read_back(&list, &out, NULL);
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
		if (rows[i].text[0] != '\0')
			CU_ASSERT_EQUAL(list.items[0].scope, SCOPE_FULL);
		if (strcmp(rows[i].object, "Encoding=") == 0)
			CU_ASSERT(span_equal(
			    SPAN_OF(&list.items[0].references[0].octets), span_str(rows[i].text)));
		signatures_release(&list);
		buf_release(&out);
	}
}

static void
detached_documents_may_be_known_by_digest_only(void)
{
	struct error err = ERROR_INIT;
	struct sign_options options = baseline();
	struct signatures list = { 0 };
	struct buf out = BUF_INIT(0);
	struct digest_values values = { .have = DIGEST_BIT(DIGEST_SHA256) };
	struct document docs[2] = { text_document("a b\xc3\xa4.txt", "text/plain", "one"),
		{ .name = "b", .digests = &values } };
	struct xml_read_options reading = { .detached = docs, .detached_count = 2 };

	ASSERT_OK(
	    digest_span(DIGEST_SHA256, span_str("two"), values.value[DIGEST_SHA256], &err), &err);
	ASSERT_OK(xml_sign(&out, docs, 2, &p256.key, &options, NULL, &err), &err);
	CU_ASSERT(holds(&out, "URI=\"a%20b%C3%A4.txt\""));
	ASSERT_OK(xml_read(&list, SPAN_OF(&out), &reading, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list.count, 1);
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	CU_ASSERT_EQUAL(list.items[0].scope, SCOPE_FULL);
	signatures_release(&list);

	docs[1].digests = NULL;
	docs[1].content = span_str("not two");
	docs[1].has_content = 1;
	ASSERT_OK(xml_read(&list, SPAN_OF(&out), &reading, &err), &err);
	CU_ASSERT(list.items[0].references[0].intact && !list.items[0].references[1].intact);
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_HASH_FAILURE);
	signatures_release(&list);

	reading.detached_count = 1;
	ASSERT_OK(xml_read(&list, SPAN_OF(&out), &reading, &err), &err);
	CU_ASSERT(!list.items[0].references[1].found && !list.items[0].references_intact);
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_SIGNED_DATA_NOT_FOUND);
	signatures_release(&list);
	buf_release(&out);
}

/* By whatever name it is handed in: what the document holds decides, not what it is called. */
static void
a_single_detached_document_may_have_been_renamed(void)
{
	static const struct {
		const char *content;
		unsigned int documents; /* that are signed */
		int names_bind;
		enum sub_indication failure;
	} rows[] = {
		{ "one", 1, 0, SUB_NONE },
		{ "another", 1, 0, SUB_HASH_FAILURE },
		{ "one", 1, 1, SUB_SIGNED_DATA_NOT_FOUND },
		{ "one", 2, 0, SUB_SIGNED_DATA_NOT_FOUND },
	};
	struct error err = ERROR_INIT;
	struct sign_options options = baseline();
	const struct document docs[2] = { text_document("order.txt", "text/plain", "one"),
		text_document("more.txt", "text/plain", "two") };
	size_t i;

	options.packaging = PACKAGING_DETACHED;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct document renamed =
		    text_document("order (1).txt", "text/plain", rows[i].content);
		const struct xml_read_options reading = {
			.detached = &renamed, .detached_count = 1, .names_bind = rows[i].names_bind
		};
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);

		ASSERT_OK(
		    xml_sign(&out, docs, rows[i].documents, &p256.key, &options, NULL, &err), &err);
		ASSERT_OK(xml_read(&list, SPAN_OF(&out), &reading, &err), &err);
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT_EQUAL(list.items[0].failure, rows[i].failure);
		CU_ASSERT_EQUAL(list.items[0].references_intact, rows[i].failure == SUB_NONE);
		signatures_release(&list);
		buf_release(&out);
	}
}

static void
detached_documents_need_names_of_their_own(void)
{
	struct error err = ERROR_INIT, err2 = ERROR_INIT;
	struct sign_options options = baseline();
	struct buf out = BUF_INIT(0);
	struct document docs[2] = { text_document("a", NULL, "1"), text_document("a", NULL, "2") };

	CU_ASSERT_EQUAL(xml_sign(&out, docs, 2, &p256.key, &options, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	docs[1].name = NULL;
	CU_ASSERT_EQUAL(xml_sign(&out, docs, 2, &p256.key, &options, NULL, &err2), -1);
	CU_ASSERT_EQUAL(err2.kind, ERROR_MALFORMED);
	CU_ASSERT_EQUAL(out.len, 0);
}

static void
further_signatures_leave_the_earlier_ones_intact(void)
{
	const struct test_signer *signers[] = { &rsa, &p256, &p521, &brainpool };
	enum packaging first;
	size_t n, i;

	for (first = PACKAGING_ENVELOPED; first <= PACKAGING_ENVELOPING; first++) {
		struct error err = ERROR_INIT;
		struct sign_options options = baseline();
		struct buf file = BUF_INIT(0), next = BUF_INIT(0);

		ASSERT_OK(buf_append_str(&file, order, &err), &err);
		for (n = 0; n < 4; n++) {
			struct document doc = {
				.mime_type = "text/xml", .content = SPAN_OF(&file), .has_content = 1
			};
			struct signatures list = { 0 };

			options.packaging = n == 0 ? first : PACKAGING_ENVELOPED;
			next.len = 0;
			ASSERT_OK(
			    xml_sign(&next, &doc, 1, &signers[n]->key, &options, NULL, &err), &err);
			file.len = 0;
			ASSERT_OK(buf_append_span(&file, SPAN_OF(&next), &err), &err);
			read_back(&list, &file, NULL);
			CU_ASSERT_EQUAL(list.count, n + 1);
			for (i = 0; i < list.count; i++) {
				CU_ASSERT(list.items[i].value_intact);
				CU_ASSERT(list.items[i].references_intact);
				CU_ASSERT_EQUAL(list.items[i].failure, SUB_NONE);
			}
			signatures_release(&list);
		}
		buf_release(&file);
		buf_release(&next);
	}
}

static void
a_place_that_would_break_an_earlier_signature_is_refused(void)
{
	struct error err = ERROR_INIT;
	struct sign_options options = baseline();
	struct xml_sign_options xml = { .placement = "/*" };
	struct buf once = BUF_INIT(0), twice = BUF_INIT(0);

	ASSERT_OK(sign_text(&once, order, &options, NULL, &err), &err);
	ASSERT_OK(buf_terminate(&once, &err), &err);
	CU_ASSERT_EQUAL(sign_text(&twice, (const char *)once.data, &options, &xml, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	CU_ASSERT_EQUAL(twice.len, 0);
	buf_release(&once);
}

static void
all_properties_are_signed_and_read(void)
{
	static const char *const roles[] = { "Auditor <1>", "Gr\xc3\xbc\xc3\x9f"
							    "e" };
	static const char *const commitments[] = { "1.2.840.113549.1.9.16.6.1" };
	unsigned char policy_digest[32] = { 1, 2, 3 };
	struct error err = ERROR_INIT;
	struct sign_options options = baseline();
	struct signatures list = { 0 };
	struct buf out = BUF_INIT(0);

	options.claimed_roles = roles;
	options.claimed_role_count = 2;
	options.commitment_types = commitments;
	options.commitment_type_count = 1;
	options.city = "K\xc3\xb6ln";
	options.country = "DE";
	options.policy_oid = "1.2.3.4";
	options.policy_digest = DIGEST_SHA256;
	options.policy_digest_value = (struct span){ policy_digest, 32 };
	options.policy_uri = "http://example.org/policy?a=1&b=2";
	options.include_chain = 1;
	ASSERT_OK(sign_text(&out, order, &options, NULL, &err), &err);
	CU_ASSERT(holds(&out, "<xades:City>K&#xF6;ln</xades:City>"));
	CU_ASSERT(holds(&out, "urn:oid:1.2.840.113549.1.9.16.6.1"));
	read_back(&list, &out, NULL);
	CU_ASSERT_EQUAL_FATAL(list.count, 1);
	CU_ASSERT_STRING_EQUAL(list.items[0].roles, "Auditor <1>\nGr\xc3\xbc\xc3\x9f"
						    "e");
	CU_ASSERT_STRING_EQUAL(list.items[0].policy, "urn:oid:1.2.3.4");
	CU_ASSERT_EQUAL_FATAL(list.items[0].commitment_count, 1);
	CU_ASSERT_STRING_EQUAL(
	    list.items[0].commitments[0].type, "urn:oid:1.2.840.113549.1.9.16.6.1");
	CU_ASSERT_EQUAL(list.items[0].commitments[0].of_all, 1);
	CU_ASSERT_STRING_EQUAL(list.items[0].commitments[0].problem, "");
	CU_ASSERT_EQUAL_FATAL(list.items[0].format_count, 1);
	CU_ASSERT_STRING_EQUAL(list.items[0].formats[0].problem, "");
	CU_ASSERT_EQUAL(sk_X509_num(list.items[0].certificates), 2);
	signatures_release(&list);

	options.city = "bell\a";
	out.len = 0;
	CU_ASSERT_EQUAL(sign_text(&out, order, &options, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&out);
}

/* A time-stamp source that only notes what it was asked. */
struct fake_source {
	enum digest digest;
	unsigned char imprint[DIGEST_SIZE_MAX];
	int fails;
};

static int
fake_stamp(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	struct fake_source *fake = ctx;

	if (fake->fails)
		return error_set(err, ERROR_UNAVAILABLE, "no authority answers");
	fake->digest = digest;
	memcpy(fake->imprint, imprint, digest_size(digest));
	return buf_append(token, "token", 5, err);
}

static void
a_time_stamp_covers_the_signature_value(void)
{
	struct fake_source fake = { 0 };
	struct timestamp_source source = { fake_stamp, &fake, DIGEST_SHA512 };
	struct error err = ERROR_INIT;
	struct sign_options options = baseline();
	struct signatures list = { 0 };
	struct buf out = BUF_INIT(0);
	const struct embedded_timestamp *stamp;

	options.level = LEVEL_T;
	options.timestamp = &source;
	ASSERT_OK(sign_text(&out, order, &options, NULL, &err), &err);
	read_back(&list, &out, NULL);
	CU_ASSERT_EQUAL_FATAL(list.count, 1);
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	CU_ASSERT_EQUAL_FATAL(list.items[0].timestamp_count, 1);
	stamp = &list.items[0].timestamps[0];
	CU_ASSERT_EQUAL(stamp->kind, TIMESTAMP_SIGNATURE);
	CU_ASSERT(stamp->imprint_known);
	CU_ASSERT(span_equal(SPAN_OF(&stamp->token), span_str("token")));
	CU_ASSERT_EQUAL(memcmp(stamp->imprint.value[DIGEST_SHA512], fake.imprint, 64), 0);
	signatures_release(&list);
	out.len = 0;

	fake.fails = 1;
	CU_ASSERT_EQUAL(sign_text(&out, order, &options, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	error_clear(&err);
	options.timestamp = NULL;
	CU_ASSERT_EQUAL(sign_text(&out, order, &options, NULL, &err), -1);
	error_clear(&err);
	options.timestamp = &source;
	options.plain = 1;
	CU_ASSERT_EQUAL(sign_text(&out, order, &options, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&out);
}

static void
a_certificate_of_another_key_is_noticed_before_anything_is_returned(void)
{
	struct error err = ERROR_INIT;
	struct sign_options options = baseline();
	struct sign_key mixed = p256.key;
	struct document doc = text_document("d", "text/xml", order);
	struct test_signer other;
	struct buf out = BUF_INIT(0);

	CU_ASSERT_EQUAL_FATAL(test_signer_make(&other, "P-256", NULL), 0);
	mixed.cert = other.key.cert;
	CU_ASSERT_EQUAL(xml_sign(&out, &doc, 1, &mixed, &options, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	CU_ASSERT_EQUAL(out.len, 0);
	test_signer_free(&other);
}

static void
a_result_over_the_limit_is_refused(void)
{
	struct error err = ERROR_INIT;
	struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	struct sign_options options = baseline();
	struct buf out = BUF_INIT(0);

	limits.output_bytes = 1000;
	options.limits = &limits;
	CU_ASSERT_EQUAL(sign_text(&out, order, &options, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_TOO_LARGE);
	CU_ASSERT_EQUAL(out.len, 0);
}

static const struct test tests[] = { TEST(an_enveloped_signature_covers_the_whole_document),
	TEST(the_bytes_of_the_document_stay_as_they_were), TEST(a_changed_document_is_found),
	TEST(a_changed_signed_info_is_found), TEST(every_key_digest_and_canonicalization_signs),
	TEST(an_algorithm_without_an_identifier_in_xml_is_refused),
	TEST(every_form_of_document_takes_a_signature),
	TEST(what_cannot_be_signed_enveloped_is_refused),
	TEST(one_element_is_signed_by_its_id_or_by_xpath),
	TEST(a_target_that_is_missing_or_not_one_is_refused),
	TEST(an_enveloping_signature_holds_xml_as_elements_and_the_rest_as_base64),
	TEST(detached_documents_may_be_known_by_digest_only),
	TEST(a_single_detached_document_may_have_been_renamed),
	TEST(detached_documents_need_names_of_their_own),
	TEST(further_signatures_leave_the_earlier_ones_intact),
	TEST(a_place_that_would_break_an_earlier_signature_is_refused),
	TEST(all_properties_are_signed_and_read), TEST(a_time_stamp_covers_the_signature_value),
	TEST(a_certificate_of_another_key_is_noticed_before_anything_is_returned),
	TEST(a_result_over_the_limit_is_refused), TEST_END };
const struct suite suite_signing_format_xml_sign = { "signing/format/xml/sign", make_signers,
	free_signers, tests };
