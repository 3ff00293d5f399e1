/* The XML reader on signatures laid out by hand: each transform, each attack, each limit. */
#include "signing/format/xml/xml_read.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/format/xml/xml_sign.h"
#include "tests/support/signers.h"
#include "tests/support/suite.h"

#define DS	"http://www.w3.org/2000/09/xmldsig#"
#define EXC	"http://www.w3.org/2001/10/xml-exc-c14n#"
#define C14N10	"http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define C14N11	"http://www.w3.org/2006/12/xml-c14n11"
#define XPATH	"http://www.w3.org/TR/1999/REC-xpath-19991116"
#define FILTER2 "http://www.w3.org/2002/06/xmldsig-filter2"
#define MORE	"http://www.w3.org/2001/04/xmldsig-more#"
#define SHA256	"http://www.w3.org/2001/04/xmlenc#sha256"
#define XADES	"http://uri.etsi.org/01903/v1.3.2#"

#define TRANSFORM(uri)		 "<ds:Transform Algorithm=\"" uri "\"></ds:Transform>"
#define TRANSFORM_OF(uri, inner) "<ds:Transform Algorithm=\"" uri "\">" inner "</ds:Transform>"
/* 200 bytes */
#define TWENTY		      "xxxxxxxxxxxxxxxxxxxx"
#define LONG_TEXT	      TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY
#define XPATH_OF(expression)  TRANSFORM_OF(XPATH, "<ds:XPath>" expression "</ds:XPath>")
#define XPTR		      "http://www.w3.org/2001/04/xmldsig-more/xptr"
#define POINTER_ELEMENT(text) "<p:XPointer xmlns:p=\"" XPTR "\">" text "</p:XPointer>"
#define POINTER(text)	      TRANSFORM_OF(XPTR, POINTER_ELEMENT(text))
#define FILTER(kind, expression)                                                                   \
	"<f:XPath xmlns:f=\"" FILTER2 "\" Filter=\"" kind "\">" expression "</f:XPath>"

static struct test_signer rsa, p256;

static int
make_signers(void)
{
	return test_signer_make(&rsa, "RSA-2048", NULL) == 0 &&
		       test_signer_make(&p256, "P-256", NULL) == 0
		   ? 0
		   : -1;
}

static int
free_signers(void)
{
	test_signer_free(&rsa);
	test_signer_free(&p256);
	return 0;
}

/* ---- laying out by hand: everything is written as its canonical form is ---- */

/* One signature of a test. NULL is empty. */
struct layout {
	const char *references; /* ds:Reference elements; %DIGEST% is filled in, in order */
	const char *method;	/* SignatureMethod URI; NULL: rsa-sha256 with the key `rsa` */
	const char *method_inner;
	const char *before, *after; /* text around the ds:Signature */
	const char *key_info;
	const char *objects;
	const char *id;
	const char *more_signed_info; /* a second one */
	struct span hmac;	      /* secret, for HMAC methods */
	size_t hmac_bytes;	      /* of the value; 0: all */
	int der;		      /* an ECDSA value left in DER */
};

static void
must(int rc, const struct error *err)
{
	if (rc != 0) {
		fprintf(stderr, "%s [%s]\n", err->text, err->cause);
		CU_FAIL_FATAL("a step of the test itself failed");
	}
}

static void
put(struct buf *out, const char *s)
{
	struct error err = ERROR_INIT;

	must(s == NULL ? 0 : buf_append_str(out, s, &err), &err);
}

static void
put_base64(struct buf *out, struct span data)
{
	struct error err = ERROR_INIT;

	must(text_base64(out, data, 0, &err), &err);
}

static void
signed_info(struct buf *out, const struct layout *l, const char *references, int canonical)
{
	put(out, "<ds:SignedInfo");
	put(out, canonical ? " xmlns:ds=\"" DS "\">" : ">");
	put(out, "<ds:CanonicalizationMethod Algorithm=\"" EXC "\"></ds:CanonicalizationMethod>"
		 "<ds:SignatureMethod Algorithm=\"");
	put(out, l->method != NULL ? l->method : MORE "rsa-sha256");
	put(out, "\">");
	put(out, l->method_inner);
	put(out, "</ds:SignatureMethod>");
	put(out, references);
	put(out, "</ds:SignedInfo>");
}

static void
put_value(struct buf *out, const struct layout *l, struct span info)
{
	unsigned char mac[64], *raw = NULL;
	struct error err = ERROR_INIT;
	unsigned int mac_len = 0;
	struct sig_alg alg;
	size_t len;

	if (l->hmac.data != NULL) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(HMAC(EVP_sha256(), l->hmac.data, (int)l->hmac.len,
		    info.data, info.len, mac, &mac_len));
		put_base64(out, (struct span){ mac, l->hmac_bytes ? l->hmac_bytes : mac_len });
		return;
	}
	must(sig_alg_for_key(
		 l->der ? p256.key.pkey : rsa.key.pkey, DIGEST_SHA256, PADDING_NONE, &alg, &err),
	    &err);
	must(sig_alg_sign(&alg, l->der ? p256.key.pkey : rsa.key.pkey, info.data, info.len, &raw,
		 &len, &err),
	    &err);
	put_base64(out, (struct span){ raw, len });
	OPENSSL_free(raw);
}

static void
write_out(struct buf *out, const struct layout *l, const char *references)
{
	struct buf canonical = BUF_INIT(0);

	signed_info(&canonical, l, references, 1);
	out->len = 0;
	put(out, l->before);
	put(out, "<ds:Signature xmlns:ds=\"" DS "\"");
	if (l->id != NULL) {
		put(out, " Id=\"");
		put(out, l->id);
		put(out, "\"");
	}
	put(out, ">");
	signed_info(out, l, references, 0);
	put(out, l->more_signed_info);
	put(out, "<ds:SignatureValue Id=\"value\">");
	put_value(out, l, SPAN_OF(&canonical));
	put(out, "</ds:SignatureValue>");
	put(out, l->key_info);
	put(out, l->objects);
	put(out, "</ds:Signature>");
	put(out, l->after);
	buf_release(&canonical);
}

/* `references` with the n-th %DIGEST% replaced by what the reader computed for reference n. */
static void
fill(struct buf *out, const char *references, const struct signature *sig)
{
	const char *hole;
	size_t n = 0;
	struct error err = ERROR_INIT;

	while ((hole = strstr(references, "%DIGEST%")) != NULL) {
		must(buf_append(out, references, (size_t)(hole - references), &err), &err);
		if (sig != NULL && n < sig->reference_count)
			put_base64(out, SPAN_OF(&sig->references[n].computed));
		else
			put(out, "AAAA");
		n++;
		references = hole + strlen("%DIGEST%");
	}
	put(out, references);
	must(buf_terminate(out, &err), &err);
}

static void
read_it(struct signatures *list, const struct buf *file, const struct xml_read_options *options)
{
	struct error err = ERROR_INIT;

	must(xml_read(list, SPAN_OF(file), options, &err), &err);
}

/*
 * Sign the layout, the last signature of the document, with the digests that the reader computes.
 * What was digested is compared with literal texts where it matters.
 */
static void
craft(struct buf *out, const struct layout *l, const struct xml_read_options *options)
{
	struct buf references = BUF_INIT(0);
	struct signatures list = { 0 };

	fill(&references, l->references, NULL);
	write_out(out, l, (const char *)references.data);
	read_it(&list, out, options);
	CU_ASSERT_FATAL(list.count > 0);
	references.len = 0;
	fill(&references, l->references, &list.items[list.count - 1]);
	write_out(out, l, (const char *)references.data);
	signatures_release(&list);
	buf_release(&references);
}

#define REFERENCE(uri, attributes, transforms)                                                     \
	"<ds:Reference" attributes " URI=\"" uri "\"><ds:Transforms>" transforms                   \
	"</ds:Transforms><ds:DigestMethod Algorithm=\"" SHA256                                     \
	"\"></ds:DigestMethod><ds:DigestValue>%DIGEST%</ds:DigestValue></ds:Reference>"
#define PLAIN_REFERENCE(uri)                                                                       \
	"<ds:Reference URI=\"" uri "\"><ds:DigestMethod Algorithm=\"" SHA256                       \
	"\"></ds:DigestMethod><ds:DigestValue>%DIGEST%</ds:DigestValue></ds:Reference>"

static const struct xml_read_options *
with_key(EVP_PKEY *key)
{
	static struct xml_read_options options;

	options = (struct xml_read_options){ .key = key, .keep_octets = 1 };
	return &options;
}

/* ---- transforms ---- */

static void
transforms_give_the_octets_that_the_standards_say(void)
{
	static const char before[] =
	    "<r xmlns=\"urn:d\" xmlns:u=\"urn:u\" xml:lang=\"de\" b='1' a='2'>"
	    "<x Id='x' xml:id='y'>\r\n<!-- c --><e/>&#13;<![CDATA[<]]></x>"
	    "<u:y>t</u:y>";
	static const struct {
		const char *reference, *octets;
	} rows[] = {
		{ PLAIN_REFERENCE("#x"),
		    "<x xmlns=\"urn:d\" xmlns:u=\"urn:u\" Id=\"x\" xml:id=\"y\" xml:lang=\"de\">\n"
		    "<e></e>&#xD;&lt;</x>" },
		{ REFERENCE("#x", "", TRANSFORM(EXC)),
		    "<x xmlns=\"urn:d\" Id=\"x\" xml:id=\"y\">\n<e></e>&#xD;&lt;</x>" },
		{ REFERENCE("#x", "",
		      TRANSFORM_OF(EXC, "<n:InclusiveNamespaces xmlns:n=\"" EXC
					"\" PrefixList=\"u\"></n:InclusiveNamespaces>")),
		    "<x xmlns=\"urn:d\" xmlns:u=\"urn:u\" Id=\"x\" "
		    "xml:id=\"y\">\n<e></e>&#xD;&lt;</x>" },
		{ REFERENCE("#xpointer(id('x'))", "", TRANSFORM(EXC "WithComments")),
		    "<x xmlns=\"urn:d\" Id=\"x\" xml:id=\"y\">\n<!-- c --><e></e>&#xD;&lt;</x>" },
		{ REFERENCE("#x", "", TRANSFORM(EXC "WithComments")),
		    "<x xmlns=\"urn:d\" Id=\"x\" xml:id=\"y\">\n<e></e>&#xD;&lt;</x>" },
		{ REFERENCE("#y", "", TRANSFORM(C14N11)),
		    "<x xmlns=\"urn:d\" xmlns:u=\"urn:u\" Id=\"x\" xml:id=\"y\" xml:lang=\"de\">\n"
		    "<e></e>&#xD;&lt;</x>" },
		{ REFERENCE("", "",
		      TRANSFORM(DS "enveloped-signature")
			  XPATH_OF("not(ancestor-or-self::*[local-name()='x'])") TRANSFORM(EXC)),
		    "<r xmlns=\"urn:d\" a=\"2\" b=\"1\" xml:lang=\"de\">"
		    "<u:y xmlns:u=\"urn:u\">t</u:y></r>" },
		{ REFERENCE("", "", XPATH_OF("ancestor-or-self::u:y") TRANSFORM(EXC)),
		    "<u:y xmlns:u=\"urn:u\">t</u:y>" },
		{ REFERENCE("", "",
		      XPATH_OF("count(ancestor-or-self::ds:Signature | "
			       "here()/ancestor::ds:Signature[1]) &gt; "
			       "count(ancestor-or-self::ds:Signature) and self::text()")),
		    "\n&#xD;&lt;t" },
		{ REFERENCE(
		      "", "", TRANSFORM_OF(FILTER2, FILTER("intersect", "//u:y")) TRANSFORM(EXC)),
		    "<u:y xmlns:u=\"urn:u\">t</u:y>" },
		{ REFERENCE("", "",
		      TRANSFORM_OF(FILTER2,
			  FILTER("intersect", "id('x') | //u:y") FILTER("subtract", "id('x')/*")
			      FILTER("union", "//u:y/text()")) TRANSFORM(EXC)),
		    "<x xmlns=\"urn:d\" Id=\"x\" xml:id=\"y\">\n&#xD;&lt;</x>"
		    "<u:y xmlns:u=\"urn:u\">t</u:y>" },
		{ REFERENCE("", "",
		      TRANSFORM(DS "enveloped-signature") TRANSFORM(C14N10)
			  XPATH_OF("self::text() and parent::u:y")),
		    "t" },
		{ REFERENCE("", "", POINTER("xpointer(id(\"x\"))") TRANSFORM(EXC)),
		    "<x xmlns=\"urn:d\" Id=\"x\" xml:id=\"y\">\n<e></e>&#xD;&lt;</x>" },
		{ REFERENCE("", "", POINTER("\n\ty ")),
		    "<x xmlns=\"urn:d\" xmlns:u=\"urn:u\" Id=\"x\" xml:id=\"y\" xml:lang=\"de\">\n"
		    "<e></e>&#xD;&lt;</x>" },
		/* Octets come first, and canonical ones have no comments. */
		{ REFERENCE("#xpointer(/)", "",
		      POINTER("xpointer(id('x'))") TRANSFORM(EXC "WithComments")),
		    "<x xmlns=\"urn:d\" Id=\"x\" xml:id=\"y\">\n<e></e>&#xD;&lt;</x>" },
		{ REFERENCE("#x", "", POINTER("xpointer(/)") TRANSFORM(EXC)),
		    "<x xmlns=\"urn:d\" Id=\"x\" xml:id=\"y\">\n<e></e>&#xD;&lt;</x>" },
		{ REFERENCE("other", "", POINTER("xpointer(/)")), "<o>\n</o>" },
		{ REFERENCE("#b", "", TRANSFORM(DS "base64")), "hello" },
		{ PLAIN_REFERENCE("other"), "<o>\r\n</o>" },
		{ REFERENCE("other", "", TRANSFORM(C14N10)), "<o>\n</o>" },
	};
	const struct document other = { .content = { (const unsigned char *)"<o>\r\n</o>", 9 },
		.has_content = 1 };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct xml_read_options options = { .key = rsa.key.pkey,
			.keep_octets = 1,
			.detached = &other,
			.detached_count = 1 };
		struct layout l = { .references = rows[i].reference,
			.before = before,
			.after = "</r>",
			.objects = "<ds:Object Id=\"b\">aGVs<u:i/>bG8=</ds:Object>" };
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);
		const struct reference *ref;

		craft(&out, &l, &options);
		read_it(&list, &out, &options);
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
		ref = &list.items[0].references[0];
		if (!span_equal(SPAN_OF(&ref->octets), span_str(rows[i].octets)))
			fprintf(stderr, "%zu: %.*s (%s)\n", i, (int)ref->octets.len,
			    (const char *)ref->octets.data, ref->problem);
		CU_ASSERT(span_equal(SPAN_OF(&ref->octets), span_str(rows[i].octets)));
		signatures_release(&list);
		buf_release(&out);
	}
}

/* A reference to all of the document that selects a part of it is told as one to that part. */
static void
an_xpointer_tells_where_its_data_is(void)
{
	static const struct {
		const char *reference, *path;
	} rows[] = {
		{ REFERENCE("", "", POINTER("x") TRANSFORM(EXC)), "/r/x" },
		{ REFERENCE("", "", TRANSFORM(DS "enveloped-signature") POINTER("x")), "/r/x" },
		{ REFERENCE("", "", POINTER("x") TRANSFORM(C14N10) XPATH_OF("1")), "/r/x" },
		{ REFERENCE("", "", TRANSFORM(DS "enveloped-signature") POINTER("xpointer(/)")),
		    "/" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct layout l = { .references = rows[i].reference,
			.before = "<r><x Id='x'>1</x><y>2</y>",
			.after = "</r>" };
		struct signatures list = { 0 };
		struct error err = ERROR_INIT;
		struct buf out = BUF_INIT(0);
		const struct reference *ref;

		craft(&out, &l, with_key(rsa.key.pkey));
		read_it(&list, &out, with_key(rsa.key.pkey));
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
		ref = &list.items[0].references[0];
		CU_ASSERT_STRING_EQUAL(ref->path, rows[i].path);
		CU_ASSERT_EQUAL(
		    ref->scope, strcmp(rows[i].path, "/") == 0 ? SCOPE_FULL : SCOPE_PARTIAL);
		signatures_release(&list);
		must(buf_terminate(&out, &err), &err);
		strstr((char *)out.data, ">1<")[1] = '3';
		read_it(&list, &out, with_key(rsa.key.pkey));
		CU_ASSERT(list.items[0].value_intact && !list.items[0].references_intact);
		signatures_release(&list);
		buf_release(&out);
	}
}

static void
transforms_off_the_list_are_refused_with_the_reason(void)
{
	static const struct {
		const char *reference, *problem;
	} rows[] = {
		{ REFERENCE("", "", TRANSFORM("http://www.w3.org/TR/1999/REC-xslt-19991116")),
		    "XSLT" },
		{ REFERENCE("", "",
		      TRANSFORM(
			  "http://schemas.openxmlformats.org/package/2006/RelationshipTransform")),
		    "relationships part" },
		{ REFERENCE("", "", TRANSFORM(XPTR)), "XPointer" },
		{ REFERENCE("", "", POINTER("xpointer(//s)")), "XPointer" },
		{ REFERENCE("", "", POINTER("xpointer(id('s')) xpointer(id('t'))")), "XPointer" },
		{ REFERENCE("", "", POINTER("element(/1)")), "XPointer" },
		{ REFERENCE("", "", POINTER("nobody")), "no element" },
		{ REFERENCE("", "", POINTER("")), "XPointer" },
		{ REFERENCE("", "", TRANSFORM_OF(XPTR, POINTER_ELEMENT("s") POINTER_ELEMENT("s"))),
		    "XPointer" },
		{ REFERENCE("", "", POINTER("twice")), "more than one element" },
		{ REFERENCE("", "", POINTER("xpointer(id('twice'))")), "more than one element" },
		{ REFERENCE("", "", TRANSFORM(DS "enveloped-signature") POINTER("s")), "took out" },
		{ REFERENCE("", "", TRANSFORM("urn:new")), "urn:new" },
		{ REFERENCE("#xpointer(//x)", "", TRANSFORM(EXC)), "XPointer" },
		{ REFERENCE("", "", XPATH_OF("document('/etc/passwd')")), "XPath" },
		{ REFERENCE("", "", XPATH_OF("][")), "XPath" },
		{ REFERENCE("", "", TRANSFORM(EXC) TRANSFORM(DS "enveloped-signature")),
		    "enveloped" },
		{ REFERENCE("", "", TRANSFORM_OF(FILTER2, FILTER("divide", "//x"))),
		    "XPath filter" },
		{ REFERENCE("#s", "", TRANSFORM(DS "base64")), "base64" },
		{ REFERENCE("http://localhost/x", "", TRANSFORM(EXC)), "not at hand" },
		{ REFERENCE("file:///etc/passwd", "", TRANSFORM(EXC)), "not at hand" },
		{ PLAIN_REFERENCE("#nobody"), "no element" },
		{ PLAIN_REFERENCE("#twice"), "more than one element" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct layout l = { .references = rows[i].reference,
			.id = "s",
			.before = "<r><a Id='twice'/><b id='twice'/>",
			.after = "</r>" };
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);

		craft(&out, &l, with_key(rsa.key.pkey));
		read_it(&list, &out, with_key(rsa.key.pkey));
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT(list.items[0].value_intact && !list.items[0].references_intact);
		CU_ASSERT(!list.items[0].references[0].found);
		CU_ASSERT_EQUAL(list.items[0].failure, SUB_SIGNED_DATA_NOT_FOUND);
		if (strstr(list.items[0].references[0].problem, rows[i].problem) == NULL)
			fprintf(stderr, "%zu: %s\n", i, list.items[0].references[0].problem);
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(list.items[0].references[0].problem, rows[i].problem));
		signatures_release(&list);
		buf_release(&out);
	}
}

/* ---- scope ---- */

static void
only_what_covers_every_node_is_full(void)
{
	static const struct {
		const char *before, *reference, *after;
		enum scope scope;
	} rows[] = {
		{ "<r Id='r'>1", REFERENCE("", "", TRANSFORM(DS "enveloped-signature")), "</r>",
		    SCOPE_FULL },
		{ "<r Id='r'>1", REFERENCE("#r", "", TRANSFORM(DS "enveloped-signature")), "</r>",
		    SCOPE_FULL },
		/* a comment is no data; a processing instruction is */
		{ "<!-- c --><r Id='r'>1", REFERENCE("#r", "", TRANSFORM(DS "enveloped-signature")),
		    "</r>", SCOPE_FULL },
		{ "<?p i?><r Id='r'>1", REFERENCE("#r", "", TRANSFORM(DS "enveloped-signature")),
		    "</r>", SCOPE_PARTIAL },
		{ "<r><x Id='x'/>", PLAIN_REFERENCE("#x"), "</r>", SCOPE_PARTIAL },
		{ "<r>1", REFERENCE("", "", XPATH_OF("not(ancestor-or-self::ds:Signature)")),
		    "</r>", SCOPE_FULL },
		/* the same over a document with something else that calls itself a Signature */
		{ "<r>1<ds:Signature xmlns:ds=\"" DS "\">evil</ds:Signature>",
		    REFERENCE("", "", XPATH_OF("not(ancestor-or-self::ds:Signature)")), "</r>",
		    SCOPE_PARTIAL },
		{ "<r a='1'>1",
		    REFERENCE("", "",
			TRANSFORM(DS "enveloped-signature")
			    XPATH_OF("not(self::node()[name()='a'])")),
		    "</r>", SCOPE_PARTIAL },
		/* after canonicalisation something is filtered away */
		{ "<r><q>1</q>",
		    REFERENCE("", "",
			TRANSFORM(DS "enveloped-signature") TRANSFORM(C14N10)
			    XPATH_OF("not(ancestor-or-self::q)")),
		    "</r>", SCOPE_PARTIAL },
		{ "", PLAIN_REFERENCE("#o"), "", SCOPE_FULL },
		{ "", REFERENCE("#o", "", XPATH_OF("not(self::text())")), "", SCOPE_PARTIAL },
		{ "", PLAIN_REFERENCE("#part"), "", SCOPE_PARTIAL },
		{ "<r>", PLAIN_REFERENCE("#o"), "</r>", SCOPE_PARTIAL },
		{ "", PLAIN_REFERENCE("file"), "", SCOPE_PARTIAL }, /* #o stays uncovered */
	};
	const struct document file = { .content = { (const unsigned char *)"x", 1 },
		.has_content = 1 };
	size_t i, last;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct xml_read_options options = {
			.key = rsa.key.pkey, .detached = &file, .detached_count = 1
		};
		struct layout l = { .references = rows[i].reference,
			.before = rows[i].before,
			.after = rows[i].after,
			.objects = "<ds:Object Id=\"o\"><e Id=\"part\">1</e>2</ds:Object>" };
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);

		craft(&out, &l, &options);
		read_it(&list, &out, &options);
		CU_ASSERT_FATAL(list.count > 0);
		last = list.count - 1;
		CU_ASSERT(list.items[last].value_intact && list.items[last].references_intact);
		if (list.items[last].scope != rows[i].scope)
			fprintf(stderr, "scope of row %zu\n", i);
		CU_ASSERT_EQUAL(list.items[last].scope, rows[i].scope);
		signatures_release(&list);
		buf_release(&out);
	}
}

/* Who is shown the XML document must not take it for what was signed. */
static void
a_document_around_a_signature_over_another_one_is_not_covered(void)
{
	static const struct {
		const char *before, *after;
		enum scope scope;
	} rows[] = {
		{ "", "", SCOPE_FULL },
		{ "<s>\n <t>", "</t>\n</s>", SCOPE_FULL },
		{ "<s><!-- c -->", "</s>", SCOPE_FULL },
		{ "<s><t></t>", "</s>", SCOPE_PARTIAL },
		{ "<s>", "<t>pay 1000</t></s>", SCOPE_PARTIAL },
		{ "<s>", "pay 1000</s>", SCOPE_PARTIAL },
	};
	const struct document file = { .content = { (const unsigned char *)"x", 1 },
		.has_content = 1 };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct xml_read_options options = {
			.key = rsa.key.pkey, .detached = &file, .detached_count = 1
		};
		struct layout l = { .references = PLAIN_REFERENCE("file"),
			.before = rows[i].before,
			.after = rows[i].after };
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);

		craft(&out, &l, &options);
		read_it(&list, &out, &options);
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
		CU_ASSERT_EQUAL(list.items[0].references[0].scope, SCOPE_FULL);
		CU_ASSERT_EQUAL(list.items[0].scope, rows[i].scope);
		signatures_release(&list);
		buf_release(&out);
	}
}

static void
a_wrapped_element_is_told_by_its_path(void)
{
	static const char moved[] = "<r><evil Id='other'>pay 1000</evil><w>";
	struct layout l = { .references = PLAIN_REFERENCE("#x"),
		.before = "<r><x Id='x'>pay 1</x>",
		.after = "</r>" };
	struct buf out = BUF_INIT(0), wrapped = BUF_INIT(0);
	struct signatures list = { 0 };

	craft(&out, &l, with_key(rsa.key.pkey));
	put(&wrapped, moved);
	put(&wrapped, "<x Id='x'>pay 1</x>");
	buf_append(&wrapped, out.data + strlen(l.before), out.len - strlen(l.before) - 4, NULL);
	put(&wrapped, "</w></r>");
	read_it(&list, &wrapped, with_key(rsa.key.pkey));
	CU_ASSERT_EQUAL_FATAL(list.count, 1);
	CU_ASSERT(list.items[0].references_intact);
	CU_ASSERT_EQUAL(list.items[0].scope, SCOPE_PARTIAL);
	CU_ASSERT_STRING_EQUAL(list.items[0].references[0].path, "/r/w/x");
	CU_ASSERT_STRING_EQUAL(list.items[0].references[0].id, "x");
	signatures_release(&list);
	buf_release(&out);
	buf_release(&wrapped);
}

/* ---- structure ---- */

/* Replace the first `from` by `to` of any length. */
static void
edit(struct buf *file, const char *from, const char *to)
{
	unsigned char *at = memmem(file->data, file->len, from, strlen(from));
	struct error err = ERROR_INIT;

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	must(buf_splice(file, (size_t)(at - file->data), strlen(from), span_str(to), &err), &err);
}

static void
a_signature_out_of_shape_is_never_intact(void)
{
	static const struct {
		const char *from, *to;
	} edits[] = {
		{ "<ds:DigestValue>", "<ds:DigestValue><!-- x -->" },
		{ "<ds:DigestValue>", "<ds:DigestValue><?x?>" },
		{ "<ds:SignatureValue Id=\"value\">",
		    "<ds:SignatureValue Id=\"value\"><!-- x -->" },
		{ "<ds:SignatureValue Id=\"value\">", "<ds:SignatureValue Id=\"value\"><x/>" },
		{ "<ds:SignatureValue Id=\"value\">", "<x/><ds:SignatureValue Id=\"value\">" },
		{ "<ds:SignedInfo>", "<ds:Object/><ds:SignedInfo>" },
		{ "</ds:SignedInfo>", "</ds:SignedInfo><ds:SignedInfo></ds:SignedInfo>" },
		{ "</ds:SignedInfo>", "<ds:Object/></ds:SignedInfo>" },
		{ "</ds:SignatureValue>", "</ds:SignatureValue><ds:SignedInfo></ds:SignedInfo>" },
		{ "</ds:SignatureValue>", "=</ds:SignatureValue>" },
		{ "<ds:DigestMethod ", "<ds:DigestMethod/><ds:DigestMethod " },
		{ "</ds:DigestValue>", "</ds:DigestValue><ds:DigestValue>AAAA</ds:DigestValue>" },
		{ MORE "rsa-sha256", MORE "rsa-sha512" },
		{ MORE "rsa-sha256", "urn:unknown" },
		{ MORE "rsa-sha256", MORE "hmac-sha256" },
		{ SHA256, "urn:unknown" },
		{ EXC, "urn:unknown" },
	};
	struct layout l = { .references = REFERENCE("", "", TRANSFORM(DS "enveloped-signature")),
		.before = "<r>",
		.after = "</r>" };
	size_t i;

	for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);

		craft(&out, &l, with_key(rsa.key.pkey));
		edit(&out, edits[i].from, edits[i].to);
		read_it(&list, &out, with_key(rsa.key.pkey));
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		if (list.items[0].value_intact && list.items[0].references_intact)
			fprintf(stderr, "edit %zu passed\n", i);
		CU_ASSERT(!list.items[0].value_intact || !list.items[0].references_intact);
		CU_ASSERT_NOT_EQUAL(list.items[0].failure, SUB_NONE);
		signatures_release(&list);
		buf_release(&out);
	}
}

static void
what_is_no_acceptable_xml_is_an_error(void)
{
	static const struct {
		const char *text;
		enum error_kind kind;
	} bad[] = {
		{ "", ERROR_MALFORMED },
		{ "x", ERROR_MALFORMED },
		{ "<r", ERROR_MALFORMED },
		{ "<r><!-- ", ERROR_MALFORMED },
		{ "<r a='", ERROR_MALFORMED },
		{ "</r>", ERROR_MALFORMED },
		{ "<!DOCTYPE r><r/>", ERROR_UNSUPPORTED },
		{ "<!DOCTYPE r [<!ENTITY a 'b'>]><r>&a;</r>", ERROR_UNSUPPORTED },
		{ "<?xml version='1.0'?><!-- --><!DOCTYPE r SYSTEM 'http://localhost/'><r/>",
		    ERROR_UNSUPPORTED },
		{ "<?xml version='1.0' encoding='UTF-7'?><r/>", ERROR_UNSUPPORTED },
		{ "<r>&a;</r>", ERROR_MALFORMED },
		{ "<r>\xff</r>", ERROR_MALFORMED },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct signatures list = { 0 };
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(xml_read(&list, span_str(bad[i].text), NULL, &err), -1);
		if (err.kind != bad[i].kind)
			fprintf(stderr, "%s: %s\n", bad[i].text, err.text);
		CU_ASSERT_EQUAL(err.kind, bad[i].kind);
		CU_ASSERT_EQUAL(list.count, 0);
	}
}

/* XML 1.0 clause 2.2: U+0000 is no character; the library reads to the first and says nothing. */
static void
nothing_may_stand_behind_a_nul_character(void)
{
	static const char *const ends[] = { "\0", "\0<evil/>", "\n\0 evil", "<!-- -->\0\0" };
	static const size_t lengths[] = { 1, 8, 7, 10 };
	struct layout l = { .references = REFERENCE("", "", TRANSFORM(DS "enveloped-signature")),
		.before = "<r>",
		.after = "</r>" };
	const struct xml_read_options *options = with_key(rsa.key.pkey);
	struct signatures list = { 0 };
	struct buf out = BUF_INIT(0);
	size_t i, len;

	craft(&out, &l, with_key(rsa.key.pkey));
	len = out.len;
	buf_append(&out, "\n<!-- -->\n", 10, NULL);
	read_it(&list, &out, options);
	CU_ASSERT(list.count == 1 && list.items[0].references_intact);
	signatures_release(&list);
	for (i = 0; i < 4; i++) {
		struct error err = ERROR_INIT;

		out.len = len;
		buf_append(&out, ends[i], lengths[i], NULL);
		CU_ASSERT_EQUAL(xml_read(&list, SPAN_OF(&out), options, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
		signatures_release(&list);
	}
	buf_release(&out);
}

static void
a_document_in_utf16_is_read(void)
{
	struct layout l = { .references = REFERENCE("", "", TRANSFORM(DS "enveloped-signature")),
		.before = "<r>",
		.after = "</r>" };
	struct signatures list = { 0 };
	struct buf out = BUF_INIT(0), wide = BUF_INIT(0);
	size_t i;

	craft(&out, &l, with_key(rsa.key.pkey));
	buf_append(&wide, "\xff\xfe", 2, NULL);
	for (i = 0; i < out.len; i++) {
		buf_append(&wide, out.data + i, 1, NULL);
		buf_append(&wide, "", 1, NULL);
	}
	read_it(&list, &wide, with_key(rsa.key.pkey));
	CU_ASSERT_EQUAL_FATAL(list.count, 1);
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	signatures_release(&list);
	buf_release(&out);
	buf_release(&wide);
}

/* ---- limits ---- */

static void
repeat(struct buf *out, const char *text, size_t times)
{
	while (times-- > 0)
		put(out, text);
}

static void
every_limit_is_told_by_its_name(void)
{
	static const struct {
		const char *name, *start, *repeated, *end;
		size_t times;
	} rows[] = {
		{ "xml_depth", "", "<a>", "", 100000 },
		{ "xml_attributes", "<r ", "a='1' ", "/>", 80000 },
		{ "xml_namespaces", "<r ", "xmlns:a='u' ", "/>", 501 },
		{ "xml_nodes", "<r>", "<a/>", "</r>", 2000000 },
		{ "xml_nodes", "<r>", "<?a?>", "</r>", 2000000 },
		{ "xml_nodes", "<r>", "<a b=''/>", "</r>", 1000000 },
		{ "signatures", "<r>", "<ds:Signature xmlns:ds='" DS "'/>", "</r>", 101 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct format_limits limits = FORMAT_LIMITS_DEFAULT;
		struct xml_read_options options = { .limits = &limits };
		struct signatures list = { 0 };
		struct error err = ERROR_INIT;
		struct buf out = BUF_INIT(0);

		if (strcmp(rows[i].name, "xml_namespaces") == 0)
			limits.xml_attributes = 100000;
		put(&out, rows[i].start);
		repeat(&out, rows[i].repeated, rows[i].times);
		put(&out, rows[i].end);
		CU_ASSERT_EQUAL(xml_read(&list, SPAN_OF(&out), &options, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
		CU_ASSERT_STRING_EQUAL(err.limit, rows[i].name);
		CU_ASSERT_EQUAL(list.count, 0);
		buf_release(&out);
	}
}

/* A signature with n references of t transforms each over a document of `nodes` elements. */
static void
costly(struct buf *out, size_t references, size_t transforms, const char *transform,
    const char *node, size_t nodes)
{
	size_t i;

	put(out, "<r xmlns:u=\"u:");
	repeat(out, "x", 1000);
	put(out, "\">");
	repeat(out, node, nodes);
	put(out, "<ds:Signature xmlns:ds=\"" DS "\"><ds:SignedInfo><ds:CanonicalizationMethod "
		 "Algorithm=\"" EXC "\"/><ds:SignatureMethod Algorithm=\"" MORE "rsa-sha256\"/>");
	for (i = 0; i < references; i++) {
		put(out, "<ds:Reference URI=\"\"><ds:Transforms>");
		repeat(out, transform, transforms);
		put(out, "</ds:Transforms><ds:DigestMethod Algorithm=\"" SHA256
			 "\"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>");
	}
	put(out, "</ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature></r>");
}

static void
references_transforms_and_their_work_are_bounded(void)
{
	static const struct {
		const char *name, *transform, *node;
		size_t references, transforms, nodes;
	} rows[] = {
		{ "references", TRANSFORM(EXC), "<a/>", 101, 1, 1 },
		{ "transforms", TRANSFORM(EXC), "<a/>", 1, 11, 1 },
		{ "xml_work", TRANSFORM(EXC), "<a/>", 100, 10, 60000 },
		{ "xml_work", XPATH_OF("1"), "<a/>", 100, 1, 60000 },
		/* a kilobyte of name space for each element: 20 KB are written as 100 MB */
		{ "xml_work", TRANSFORM(EXC), "<u:a/>", 100, 1, 4000 },
		/* few nodes, much text */
		{ "xml_work", TRANSFORM(EXC), LONG_TEXT, 100, 1, 20000 },
		/* what libxml2 does not count: strings of whole documents, sorting, joining */
		{ "xml_work", XPATH_OF("string-length(/) &gt; 0"), "<a>x</a>", 1, 1, 5000 },
		{ "xml_work", XPATH_OF("contains(preceding::*,'x')"), "<a>x</a>", 1, 1, 5000 },
		{ "xml_work", XPATH_OF("translate(/,/,/) = 'x'"), LONG_TEXT "<a/>", 1, 1, 100 },
		{ "xml_work", XPATH_OF("/ = 'x'"), "<a>x</a>", 1, 1, 5000 },
		{ "xml_work", XPATH_OF("count(/r/a | /r/a/text()) &gt; 1"), "<a>x</a>", 1, 1,
		    5000 },
		{ "xml_work", XPATH_OF("//a/following::*"), "<a>x</a>", 1, 1, 5000 },
		{ "xml_work", XPATH_OF("count(//*/ancestor-or-self::*)"), "<a>x</a>", 1, 1, 5000 },
		{ "xml_work", TRANSFORM_OF(FILTER2, FILTER("subtract", "//a[contains(/,'y')]")),
		    "<a>x</a>", 1, 1, 5000 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct signatures list = { 0 };
		struct error err = ERROR_INIT;
		struct buf out = BUF_INIT(0);

		costly(&out, rows[i].references, rows[i].transforms, rows[i].transform,
		    rows[i].node, rows[i].nodes);
		CU_ASSERT_EQUAL(xml_read(&list, SPAN_OF(&out), NULL, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
		CU_ASSERT_STRING_EQUAL(err.limit, rows[i].name);
		signatures_release(&list);
		buf_release(&out);
	}
}

static void
ordinary_expressions_over_a_large_document_are_not_too_much(void)
{
	static const char *const transforms[] = {
		XPATH_OF("not(ancestor-or-self::ds:Signature)"),
		XPATH_OF("not(ancestor-or-self::*[local-name()='x'])"),
		XPATH_OF("not(parent::a[@Id='x' or @n &gt; 3]) and not(self::comment())"),
		XPATH_OF("count(ancestor-or-self::ds:Signature | here()/ancestor::ds:Signature[1]) "
			 "&gt; count(ancestor-or-self::ds:Signature)"),
		TRANSFORM_OF(FILTER2, FILTER("subtract", "//a[@Id='y']")),
		TRANSFORM_OF(FILTER2, FILTER("intersect", "/r/*[position() &lt; 3]")),
	};
	size_t i;

	for (i = 0; i < sizeof(transforms) / sizeof(transforms[0]); i++) {
		struct signatures list = { 0 };
		struct error err = ERROR_INIT;
		struct buf out = BUF_INIT(0);

		costly(&out, 1, 1, transforms[i], "<a Id='z'>x</a>", 20000);
		ASSERT_OK(xml_read(&list, SPAN_OF(&out), NULL, &err), &err);
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT(list.items[0].references[0].found);
		signatures_release(&list);
		buf_release(&out);
	}
}

/* Each reference costs what its document is large, also outside of the signature's own file. */
static void
digests_of_a_large_detached_document_are_bounded(void)
{
	struct buf big = BUF_INIT(0), out = BUF_INIT(0);
	struct document detached = { .name = "big", .has_content = 1 };
	struct xml_read_options options = { .detached = &detached, .detached_count = 1 };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	size_t i;

	repeat(&big, LONG_TEXT, 200000);
	detached.content = SPAN_OF(&big);
	put(&out, "<ds:Signature xmlns:ds=\"" DS "\"><ds:SignedInfo><ds:CanonicalizationMethod "
		  "Algorithm=\"" EXC "\"/><ds:SignatureMethod Algorithm=\"" MORE "rsa-sha256\"/>");
	for (i = 0; i < 100; i++)
		put(&out, "<ds:Reference URI=\"big\"><ds:DigestMethod Algorithm=\"" SHA256
			  "\"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>");
	put(&out, "</ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>");
	CU_ASSERT_EQUAL(xml_read(&list, SPAN_OF(&out), &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "xml_work");
	buf_release(&big);
	buf_release(&out);
}

/* ---- keys ---- */

static EVP_PKEY *
secret(const char *text)
{
	return EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_HMAC, NULL, (const unsigned char *)text, strlen(text));
}

static void
an_hmac_checks_under_its_own_key_and_length_only(void)
{
	static const struct {
		const char *length;
		size_t bytes;
		int good;
	} rows[] = {
		{ NULL, 0, 1 },
		{ "128", 16, 1 },
		{ "128", 32, 0 },
		{ NULL, 16, 0 },
		{ "120", 15, 0 }, /* below half */
		{ "40", 5, 0 },
		{ "8", 1, 0 },
		{ "0", 0, 0 },
		{ "129", 17, 0 },
		{ "264", 0, 0 },
		{ "x", 0, 0 },
	};
	EVP_PKEY *right = secret("right"), *wrong = secret("wrong");
	char inner[100];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct layout l = { .references = PLAIN_REFERENCE("#o"),
			.method = MORE "hmac-sha256",
			.method_inner = rows[i].length != NULL ? inner : NULL,
			.hmac = span_str("right"),
			.hmac_bytes = rows[i].bytes,
			.objects = "<ds:Object Id=\"o\">1</ds:Object>" };
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);

		snprintf(inner, sizeof(inner), "<ds:HMACOutputLength>%s</ds:HMACOutputLength>",
		    rows[i].length != NULL ? rows[i].length : "");
		craft(&out, &l, with_key(right));
		read_it(&list, &out, with_key(right));
		CU_ASSERT_EQUAL(list.items[0].value_intact, rows[i].good);
		signatures_release(&list);
		read_it(&list, &out, with_key(wrong));
		CU_ASSERT_EQUAL(list.items[0].value_intact, 0);
		signatures_release(&list);
		read_it(&list, &out, with_key(NULL));
		CU_ASSERT_EQUAL(list.items[0].value_intact, 0);
		CU_ASSERT_NOT_EQUAL(list.items[0].failure, SUB_NONE);
		signatures_release(&list);
		/* The public key as the secret: the old confusion of HMAC and RSA. */
		read_it(&list, &out, with_key(rsa.key.pkey));
		CU_ASSERT_EQUAL(list.items[0].value_intact, 0);
		signatures_release(&list);
		buf_release(&out);
	}
	EVP_PKEY_free(right);
	EVP_PKEY_free(wrong);
}

static void
a_caller_may_let_a_shorter_hmac_pass(void)
{
	static const struct {
		unsigned int least;
		const char *length;
		size_t bytes;
		int good;
	} rows[] = { { 0, "80", 10, 0 }, { 80, "80", 10, 1 }, { 80, "72", 9, 0 },
		{ 40, "40", 5, 1 }, { 40, "32", 4, 0 } };
	EVP_PKEY *right = secret("right");
	char inner[100];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct layout l = { .references = PLAIN_REFERENCE("#o"),
			.method = MORE "hmac-sha256",
			.method_inner = inner,
			.hmac = span_str("right"),
			.hmac_bytes = rows[i].bytes,
			.objects = "<ds:Object Id=\"o\">1</ds:Object>" };
		struct xml_read_options options = { .key = right, .hmac_bits_min = rows[i].least };
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);

		snprintf(inner, sizeof(inner), "<ds:HMACOutputLength>%s</ds:HMACOutputLength>",
		    rows[i].length);
		craft(&out, &l, &options);
		read_it(&list, &out, &options);
		CU_ASSERT_EQUAL(list.items[0].value_intact, rows[i].good);
		signatures_release(&list);
		buf_release(&out);
	}
	EVP_PKEY_free(right);
}

/* Attributes that a DOCTYPE declares are digested, where the caller lets it pass. */
static void
declared_attributes_count_where_a_doctype_may_be(void)
{
	static const struct {
		const char *doctype, *octets; /* NULL: refused */
	} rows[] = {
		{ "<!DOCTYPE r [<!ATTLIST e a CDATA 'x'>]>", "<e Id=\"e\" a=\"x\"></e>" },
		{ "<!DOCTYPE r [<!-- ]> --><!ELEMENT e EMPTY> <!ATTLIST e k ID #IMPLIED>]>",
		    "<e Id=\"e\"></e>" },
		{ "<!DOCTYPE r>", NULL },
		{ "<!DOCTYPE r SYSTEM 'file:///etc/passwd' [<!ATTLIST e a CDATA 'x'>]>", NULL },
		{ "<!DOCTYPE r [<!ENTITY x 'y'>]>", NULL },
		{ "<!DOCTYPE r [<!ENTITY % x 'y'> %x;]>", NULL },
		{ "<!DOCTYPE r [%x;]>", NULL },
		{ "<!DOCTYPE r [<!NOTATION n SYSTEM 'x'>]>", NULL },
		{ "<!DOCTYPE r [<?x?>]>", NULL },
		{ "<!DOCTYPE r [<!ATTLIST e xmlns CDATA 'urn:x'>]>", NULL },
	};
	struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	struct xml_read_options options = {
		.limits = &limits, .key = rsa.key.pkey, .keep_octets = 1
	};
	char before[300];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct layout l = { .references = REFERENCE("#e", "", TRANSFORM(EXC)),
			.before = before,
			.after = "</r>" };
		struct signatures list = { 0 };
		struct error err = ERROR_INIT;
		struct buf out = BUF_INIT(0);

		snprintf(before, sizeof(before), "%s<r><e Id='e'/>", rows[i].doctype);
		limits.xml_declarations = 1000;
		if (rows[i].octets != NULL) {
			craft(&out, &l, &options);
			read_it(&list, &out, &options);
			CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
			CU_ASSERT(span_equal(SPAN_OF(&list.items[0].references[0].octets),
			    span_str(rows[i].octets)));
			signatures_release(&list);
		} else {
			write_out(&out, &l, "");
			CU_ASSERT_EQUAL(xml_read(&list, SPAN_OF(&out), &options, &err), -1);
			error_clear(&err);
		}
		limits.xml_declarations = 0;
		CU_ASSERT_EQUAL(xml_read(&list, SPAN_OF(&out), &options, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
		signatures_release(&list);
		buf_release(&out);
	}
}

#define PACKAGE "http://schemas.openxmlformats.org/package/2006/"
#define SELECTOR(name, attribute)                                                                  \
	"<m:" name " xmlns:m=\"" PACKAGE "digital-signature\" " attribute "></m:" name ">"

/* What is digested of a part; NULL: the transform is refused. */
static void
expect_relationships(const char *part, const char *selector, const char *wanted)
{
	static const char before_selector[] =
	    "<ds:Reference URI=\"rels\"><ds:Transforms><ds:Transform Algorithm=\"" PACKAGE
	    "RelationshipTransform\">";
	static const char behind_selector[] = "</ds:Transform>" TRANSFORM(
	    C14N10) "</ds:Transforms><ds:DigestMethod Algorithm=\"" SHA256
		    "\"></ds:DigestMethod><ds:DigestValue>%DIGEST%</ds:DigestValue></ds:Reference>";
	const struct document rels = {
		.name = "rels", .content = span_str(part), .has_content = 1
	};
	const struct xml_read_options options = {
		.key = rsa.key.pkey, .keep_octets = 1, .detached = &rels, .detached_count = 1
	};
	char reference[2000], octets[1000];
	struct layout l = { .references = reference };
	struct signatures list = { 0 };
	struct buf out = BUF_INIT(0);

	snprintf(
	    reference, sizeof(reference), "%s%s%s", before_selector, selector, behind_selector);
	craft(&out, &l, &options);
	read_it(&list, &out, &options);
	CU_ASSERT_EQUAL(list.items[0].references_intact, wanted != NULL);
	CU_ASSERT_EQUAL(list.items[0].references[0].scope, SCOPE_PARTIAL);
	if ((wanted != NULL) != list.items[0].references_intact)
		fprintf(stderr, "%s: %s\n", part, list.items[0].references[0].problem);
	if (wanted != NULL) {
		snprintf(octets, sizeof(octets),
		    "<Relationships xmlns=\"" PACKAGE "relationships\">%s</Relationships>", wanted);
		CU_ASSERT(
		    span_equal(SPAN_OF(&list.items[0].references[0].octets), span_str(octets)));
	}
	signatures_release(&list);
	buf_release(&out);
}

static void
selected_relationships_are_digested_sorted_and_complete(void)
{
	static const char part[] =
	    "<Relationships xmlns='" PACKAGE "relationships' xmlns:x='urn:x'>\n"
	    " <Relationship Type='t2' Id='b' Target='&amp;\"' TargetMode='External'/>\n"
	    " <Relationship Id='a' Type='t1' Target='x.xml'>text</Relationship>"
	    "<Relationship Id='c' Type='t2' Target='z'/></Relationships>";
	static const struct {
		const char *selector, *octets; /* NULL: refused */
	} rows[] = {
		{ SELECTOR("RelationshipReference", "SourceId=\"a\""),
		    "<Relationship Id=\"a\" Target=\"x.xml\" TargetMode=\"Internal\" "
		    "Type=\"t1\"></Relationship>" },
		{ SELECTOR("RelationshipsGroupReference", "SourceType=\"t2\"")
			SELECTOR("RelationshipReference", "SourceId=\"a\""),
		    "<Relationship Id=\"a\" Target=\"x.xml\" TargetMode=\"Internal\" "
		    "Type=\"t1\"></Relationship>"
		    "<Relationship Id=\"b\" Target=\"&amp;&quot;\" TargetMode=\"External\" "
		    "Type=\"t2\"></Relationship>"
		    "<Relationship Id=\"c\" Target=\"z\" TargetMode=\"Internal\" "
		    "Type=\"t2\"></Relationship>" },
		{ SELECTOR("RelationshipReference", "SourceId=\"nobody\""), "" },
		{ SELECTOR("Other", "SourceId=\"a\""), NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_relationships(part, rows[i].selector, rows[i].octets);
}

/*
 * An older signer digested an element for each white space: refused, or noted. Only the white
 * space: another relationship is another digest.
 */
static void
white_space_among_relationships_that_was_signed_is_refused_or_noted(void)
{
	static const char one[] = "<Relationships xmlns='" PACKAGE "relationships'>\n "
				  "<Relationship Id='a' Type='t' Target='x'/>\n</Relationships>";
	static const char other[] = "<Relationships xmlns='" PACKAGE "relationships'>\n "
				    "<Relationship Id='a' Type='t' Target='y'/>\n</Relationships>";
	static const char octets[] =
	    "<Relationships xmlns=\"" PACKAGE "relationships\"><text></text><text></text>"
	    "<Relationship Id=\"a\" Target=\"x\" TargetMode=\"Internal\" "
	    "Type=\"t\"></Relationship></Relationships>";
	const unsigned int bit = DEVIATION_BIT(DEVIATION_RELATIONSHIP_SPACE);
	struct document rels = { .name = "rels", .content = span_str(one), .has_content = 1 };
	struct xml_read_options options = {
		.key = rsa.key.pkey, .detached = &rels, .detached_count = 1
	};
	unsigned char digest[DIGEST_SIZE_MAX];
	struct buf base64 = BUF_INIT(0), out = BUF_INIT(0);
	struct layout l = { 0 };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	char reference[2000];

	ASSERT_OK(digest_span(DIGEST_SHA256, span_str(octets), digest, &err), &err);
	ASSERT_OK(text_base64(&base64, (struct span){ digest, 32 }, 0, &err), &err);
	snprintf(reference, sizeof(reference),
	    "<ds:Reference URI=\"rels\"><ds:Transforms><ds:Transform Algorithm=\"" PACKAGE
	    "RelationshipTransform\">" SELECTOR("RelationshipReference",
		"SourceId=\"a\"") "</ds:Transform></ds:Transforms><ds:DigestMethod "
				  "Algorithm=\"" SHA256
				  "\"></ds:DigestMethod><ds:DigestValue>%.*s</ds:DigestValue>"
				  "</ds:Reference>",
	    (int)base64.len, (const char *)base64.data);
	l.references = reference;
	craft(&out, &l, &options);
	read_it(&list, &out, &options);
	CU_ASSERT(list.items[0].value_intact && !list.items[0].references_intact);
	signatures_release(&list);
	options.tolerate = bit;
	read_it(&list, &out, &options);
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	CU_ASSERT_EQUAL(list.items[0].deviations, bit);
	signatures_release(&list);
	rels.content = span_str(other);
	read_it(&list, &out, &options);
	CU_ASSERT_FALSE(list.items[0].references_intact);
	CU_ASSERT_EQUAL(list.items[0].deviations, 0);
	signatures_release(&list);
	buf_release(&base64);
	buf_release(&out);
}

/* ISO/IEC 29500-3: only what a part calls ignorable may stand beside relationships. */
static void
foreign_parts_of_a_relationships_part_are_ignored_where_it_says_so(void)
{
	static const char mc[] =
	    "xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'";
	static const char relationship[] = "Id='a' Type='t' Target='x'";
	static const struct {
		const char *root, *attributes, *beside;
		int ok;
	} rows[] = {
		{ "", "", "", 1 },
		{ "xmlns:o='urn:o' mc:Ignorable='o'", "", "<o:Relationship Id='b'/>", 1 },
		{ "xmlns:o='urn:o' mc:Ignorable='o' mc:PreserveElements='o:*'", "o:new='1'", "",
		    1 },
		{ "xmlns:o='urn:o'", "mc:Ignorable='o' o:new='1'", "", 1 },
		{ "mc:MustUnderstand=''", "", "", 1 },
		{ "xmlns:o='urn:o'", "", "<o:Relationship Id='b'/>", 0 },
		{ "xmlns:o='urn:o'", "o:new='1'", "", 0 },
		{ "xmlns:o='urn:o'", "mc:Ignorable='o'", "<o:Relationship Id='b'/>", 0 },
		{ "xmlns:o='urn:o' mc:Ignorable='o' mc:MustUnderstand='o'", "", "", 0 },
		{ "xmlns:o='urn:o' mc:Ignorable='o' mc:ProcessContent='o:x'", "", "", 0 },
		{ "mc:Ignorable='mc'", "", "<mc:AlternateContent/>", 0 },
		{ "other='1'", "", "", 0 },
		{ "xml:lang='de'", "", "", 0 },
		{ "", "other='1'", "", 0 },
	};
	char part[1000];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(part, sizeof(part),
		    "<Relationships xmlns='" PACKAGE "relationships' %s %s>"
		    "<Relationship %s %s/>%s</Relationships>",
		    mc, rows[i].root, relationship, rows[i].attributes, rows[i].beside);
		expect_relationships(part, SELECTOR("RelationshipReference", "SourceId=\"a\""),
		    rows[i].ok ? "<Relationship Id=\"a\" Target=\"x\" TargetMode=\"Internal\" "
				 "Type=\"t\"></Relationship>"
			       : NULL);
	}
}

static void
an_ecdsa_value_in_der_is_refused_or_noted(void)
{
	struct xml_read_options options = { .key = p256.key.pkey };
	struct layout l = { .references = PLAIN_REFERENCE("#o"),
		.method = MORE "ecdsa-sha256",
		.der = 1,
		.objects = "<ds:Object Id=\"o\">1</ds:Object>" };
	struct signatures list = { 0 };
	struct buf out = BUF_INIT(0);

	craft(&out, &l, &options);
	read_it(&list, &out, &options);
	CU_ASSERT(!list.items[0].value_intact && list.items[0].references_intact);
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_SIG_CRYPTO_FAILURE);
	CU_ASSERT_PTR_NOT_NULL(strstr(list.items[0].failure_text, "is DER"));
	signatures_release(&list);
	options.tolerate = DEVIATION_BIT(DEVIATION_VALUE_ENCODING);
	read_it(&list, &out, &options);
	CU_ASSERT(list.items[0].value_intact && list.items[0].failure == SUB_NONE);
	CU_ASSERT_EQUAL(list.items[0].deviations, options.tolerate);
	signatures_release(&list);
	/* Over other data it is no one's. */
	*(char *)memmem(out.data, out.len, "ecdsa-sha256", 12) = 'E';
	read_it(&list, &out, &options);
	CU_ASSERT_FALSE(list.items[0].value_intact);
	CU_ASSERT_EQUAL(list.items[0].deviations, 0);
	signatures_release(&list);
	buf_release(&out);
}

/* A reference with the Type of this signature's Objects, to what is none of them. */
static void
a_reference_that_is_not_of_its_type_is_refused(void)
{
	struct xml_read_options options = { .key = rsa.key.pkey };
	struct layout l = { .references = REFERENCE("#o",
				" Type=\"http://www.w3.org/2000/09/xmldsig#Object\"",
				TRANSFORM(EXC)),
		.before = "<r><e Id=\"o\">1</e>",
		.after = "</r>" };
	struct signatures list = { 0 };
	struct buf out = BUF_INIT(0);

	options.tolerate = DEVIATION_BIT(DEVIATIONS) - 1;
	craft(&out, &l, &options);
	read_it(&list, &out, &options);
	CU_ASSERT_FALSE(list.items[0].references_intact);
	CU_ASSERT_EQUAL(list.items[0].deviations, 0);
	signatures_release(&list);
	buf_release(&out);
}

/* The integers are what is verified, however many zeros stand in front of both. */
static void
an_ecdsa_value_may_be_padded_and_not_otherwise_changed(void)
{
	static const struct {
		size_t zeros;	   /* in front of r and s */
		unsigned char add; /* to the last octet of s */
		size_t cut;	   /* octets from the end */
		int good;
	} rows[] = { { 0, 0, 0, 1 }, { 1, 0, 0, 1 }, { 1, 1, 0, 0 }, { 2, 0, 0, 0 }, { 0, 0, 1, 0 },
		{ 0, 0, 2, 0 } };
	struct layout l = { .references = PLAIN_REFERENCE("#o"),
		.method = MORE "ecdsa-sha256",
		.der = 1,
		.objects = "<ds:Object Id=\"o\">1</ds:Object>" };
	size_t i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static const unsigned char zeros[2];
		unsigned char half[32];
		const unsigned char *p;
		ECDSA_SIG *sig;
		struct buf out = BUF_INIT(0), was = BUF_INIT(0), now = BUF_INIT(0),
			   text = BUF_INIT(0);
		struct signatures list = { 0 };
		struct error err = ERROR_INIT;

		craft(&out, &l, with_key(p256.key.pkey));
		read_it(&list, &out, with_key(p256.key.pkey));
		p = list.items[0].value.data;
		sig = d2i_ECDSA_SIG(NULL, &p, (long)list.items[0].value.len);
		CU_ASSERT_PTR_NOT_NULL_FATAL(sig);
		for (k = 0; k < 2; k++) {
			BN_bn2binpad(k == 0 ? ECDSA_SIG_get0_r(sig) : ECDSA_SIG_get0_s(sig), half,
			    sizeof(half));
			must(buf_append(&now, zeros, rows[i].zeros, &err), &err);
			must(buf_append(&now, half, sizeof(half), &err), &err);
		}
		ECDSA_SIG_free(sig);
		now.data[now.len - 1] += rows[i].add;
		now.len -= rows[i].cut;
		put_base64(&was, SPAN_OF(&list.items[0].value));
		put_base64(&text, SPAN_OF(&now));
		must(buf_terminate(&was, &err), &err);
		must(buf_terminate(&text, &err), &err);
		edit(&out, (const char *)was.data, (const char *)text.data);
		signatures_release(&list);
		read_it(&list, &out, with_key(p256.key.pkey));
		CU_ASSERT_EQUAL(list.items[0].value_intact, rows[i].good);
		signatures_release(&list);
		buf_release(&out);
		buf_release(&was);
		buf_release(&now);
		buf_release(&text);
	}
}

static void
put_certificate(struct buf *out, X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);

	put(out, "<ds:X509Certificate>");
	put_base64(out, (struct span){ der, (size_t)len });
	put(out, "</ds:X509Certificate>");
	OPENSSL_free(der);
}

static void
the_signer_is_found_among_certificates_by_hints_and_key_values(void)
{
	struct xml_read_options options = { 0 };
	struct layout l = { .references = PLAIN_REFERENCE("#o"),
		.objects = "<ds:Object Id=\"o\">1</ds:Object>" };
	STACK_OF(X509) *extra = sk_X509_new_null();
	struct buf out = BUF_INIT(0), info = BUF_INIT(0), digest = BUF_INIT(0);
	unsigned char value[32];
	struct signatures list = { 0 };
	size_t i;

	sk_X509_push(extra, p256.key.cert);
	sk_X509_push(extra, rsa.issuer);
	sk_X509_push(extra, rsa.key.cert);
	CU_ASSERT_EQUAL(X509_digest(rsa.key.cert, EVP_sha256(), value, NULL), 1);
	put_base64(&digest, (struct span){ value, 32 });
	buf_terminate(&digest, NULL);
	for (i = 0; i < 4; i++) {
		info.len = 0;
		options.extra_certificates = i == 0 ? NULL : extra;
		put(&info, "<ds:KeyInfo><ds:X509Data>");
		if (i == 0) { /* issuer first: the end of the chain signs */
			put_certificate(&info, rsa.issuer);
			put_certificate(&info, rsa.key.cert);
		} else if (i == 1) {
			put(&info, "<ds:X509SubjectName>CN=any</ds:X509SubjectName>");
		} else {
			put(&info, "<d:X509Digest xmlns:d=\"http://www.w3.org/2009/xmldsig11#\" "
				   "Algorithm=\"" SHA256 "\">");
			put(&info, i == 2 ? (const char *)digest.data : "AAAA");
			put(&info, "</d:X509Digest>");
		}
		put(&info, "</ds:X509Data></ds:KeyInfo>");
		buf_terminate(&info, NULL);
		l.key_info = (const char *)info.data;
		craft(&out, &l, &options);
		read_it(&list, &out, &options);
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT_EQUAL(list.items[0].value_intact, i != 3);
		CU_ASSERT_EQUAL(list.items[0].signer != NULL &&
				    X509_cmp(list.items[0].signer, rsa.key.cert) == 0,
		    i != 3);
		CU_ASSERT_EQUAL(
		    list.items[0].failure, i != 3 ? SUB_NONE : SUB_NO_SIGNING_CERTIFICATE_FOUND);
		signatures_release(&list);
	}
	sk_X509_free(extra);
	buf_release(&out);
	buf_release(&info);
	buf_release(&digest);
}

/* RetrievalMethod to a file: only one that the caller has, and by its name. */
static void
a_certificate_beside_the_document_is_taken_when_handed_in_by_name(void)
{
	struct layout l = { .references = PLAIN_REFERENCE("#o"),
		.key_info = "<ds:KeyInfo><ds:RetrievalMethod Type=\"" DS
			    "rawX509Certificate\" URI=\"certs/a.der\"/></ds:KeyInfo>",
		.objects = "<ds:Object Id=\"o\">1</ds:Object>" };
	static const char *const names[] = { "certs/a.der", "certs/b.der", NULL };
	struct buf out = BUF_INIT(0), der = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t i;

	must(OSSL_APPEND_DER(X509, rsa.key.cert, &der, &err), &err);
	craft(&out, &l, with_key(rsa.key.pkey));
	for (i = 0; i < 3; i++) {
		const struct document file = {
			.name = names[i], .content = SPAN_OF(&der), .has_content = 1
		};
		const struct xml_read_options options = { .detached = &file, .detached_count = 1 };
		struct signatures list = { 0 };

		read_it(&list, &out, &options);
		CU_ASSERT_EQUAL(list.items[0].value_intact, i == 0);
		CU_ASSERT_EQUAL(list.items[0].signer != NULL, i == 0);
		signatures_release(&list);
	}
	buf_release(&out);
	buf_release(&der);
}

static void
a_key_value_is_a_key_without_a_name(void)
{
	struct xml_read_options options = { 0 };
	struct layout l = { .references = PLAIN_REFERENCE("#o"),
		.objects = "<ds:Object Id=\"o\">1</ds:Object>" };
	struct buf out = BUF_INIT(0), info = BUF_INIT(0);
	struct signatures list = { 0 };
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(rsa.key.pkey, &der);

	put(&info,
	    "<ds:KeyInfo><d:DEREncodedKeyValue xmlns:d=\"http://www.w3.org/2009/xmldsig11#\">");
	put_base64(&info, (struct span){ der, (size_t)len });
	put(&info, "</d:DEREncodedKeyValue></ds:KeyInfo>");
	buf_terminate(&info, NULL);
	l.key_info = (const char *)info.data;
	craft(&out, &l, &options);
	read_it(&list, &out, &options);
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	CU_ASSERT_PTR_NULL(list.items[0].signer);
	CU_ASSERT_EQUAL(EVP_PKEY_eq(list.items[0].bare_key, rsa.key.pkey), 1);
	signatures_release(&list);
	OPENSSL_free(der);
	buf_release(&out);
	buf_release(&info);
}

/* ---- manifest, properties, counter-signature ---- */

static void
entries_of_a_manifest_are_listed_and_not_counted(void)
{
	struct layout l = { .references = PLAIN_REFERENCE("#m"),
		.objects = "<ds:Object><ds:Manifest Id=\"m\"><ds:Reference URI=\"#o\">"
			   "<ds:DigestMethod Algorithm=\"" SHA256 "\"></ds:DigestMethod>"
			   "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:Manifest>"
			   "</ds:Object><ds:Object Id=\"o\">1</ds:Object>" };
	struct signatures list = { 0 };
	struct buf out = BUF_INIT(0);

	craft(&out, &l, with_key(rsa.key.pkey));
	read_it(&list, &out, with_key(rsa.key.pkey));
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	CU_ASSERT_EQUAL_FATAL(list.items[0].reference_count, 2);
	CU_ASSERT(!list.items[0].references[0].is_document);
	CU_ASSERT(list.items[0].references[1].in_manifest);
	CU_ASSERT(list.items[0].references[1].is_document);
	CU_ASSERT(list.items[0].references[1].found && !list.items[0].references[1].intact);
	CU_ASSERT_EQUAL(list.items[0].scope, SCOPE_PARTIAL);
	signatures_release(&list);
	buf_release(&out);
}

#define PROPERTIES(target, id)                                                                     \
	"<ds:Object><x:QualifyingProperties xmlns:x=\"" XADES "\" Target=\"" target                \
	"\"><x:SignedProperties Id=\"" id "\"><x:SignedSignatureProperties><x:SigningTime>"        \
	"2026-03-01T12:00:00Z</x:SigningTime></x:SignedSignatureProperties></x:SignedProperties>"  \
	"</x:QualifyingProperties></ds:Object>"
#define PROPERTIES_REFERENCE(id)                                                                   \
	REFERENCE("#" id, " Type=\"http://uri.etsi.org/01903#SignedProperties\"", TRANSFORM(EXC))
#define PROPERTIES_CUT(id)                                                                         \
	REFERENCE("#" id, " Type=\"http://uri.etsi.org/01903#SignedProperties\"",                  \
	    XPATH_OF("not(self::text())"))

static void
properties_are_believed_only_when_this_signature_covers_them(void)
{
	static const struct {
		const char *references, *objects, *after;
		int intact, believed;
	} rows[] = {
		{ PROPERTIES_REFERENCE("p"), PROPERTIES("#s", "p"), "</r>", 1, 1 },
		/* not referenced */
		{ PLAIN_REFERENCE("#d"), PROPERTIES("#s", "p"), "</r>", 1, 0 },
		/* of another signature */
		{ PROPERTIES_REFERENCE("p"), PROPERTIES("#t", "p"), "</r>", 0, 0 },
		/* outside the signature */
		{ PROPERTIES_REFERENCE("p"), "", PROPERTIES("#s", "p") "</r>", 0, 0 },
		/* two of them */
		{ PROPERTIES_REFERENCE("p"), PROPERTIES("#s", "p") PROPERTIES("#s", "q"), "</r>", 0,
		    0 },
		/* what they say is filtered away before it is digested */
		{ PROPERTIES_CUT("p"), PROPERTIES("#s", "p"), "</r>", 1, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct layout l = { .references = rows[i].references,
			.id = "s",
			.before = "<r xmlns:ds=\"" DS "\"><d Id=\"d\"/>",
			.after = rows[i].after,
			.objects = rows[i].objects };
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);

		craft(&out, &l, with_key(rsa.key.pkey));
		read_it(&list, &out, with_key(rsa.key.pkey));
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT(list.items[0].value_intact);
		CU_ASSERT_EQUAL(list.items[0].references_intact, rows[i].intact);
		CU_ASSERT_EQUAL(list.items[0].has_claimed_time, rows[i].believed);
		CU_ASSERT_EQUAL(list.items[0].failure == SUB_NONE, rows[i].believed);
		signatures_release(&list);
		buf_release(&out);
	}
}

static void
a_reference_to_properties_must_say_so_by_its_type(void)
{
	static const struct {
		const char *reference;
		enum sub_indication failure;
	} rows[] = { { PROPERTIES_REFERENCE("p"), SUB_NONE },
		{ REFERENCE("#p", "", TRANSFORM(EXC)), SUB_SIG_CONSTRAINTS_FAILURE },
		{ REFERENCE("#p", " Type=\"http://uri.etsi.org/01903#Other\"", TRANSFORM(EXC)),
		    SUB_SIG_CONSTRAINTS_FAILURE } };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct layout l = { .references = rows[i].reference,
			.id = "s",
			.before = "<r>",
			.after = "</r>",
			.objects = PROPERTIES("#s", "p") };
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);

		craft(&out, &l, with_key(rsa.key.pkey));
		read_it(&list, &out, with_key(rsa.key.pkey));
		CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
		CU_ASSERT_EQUAL(list.items[0].failure, rows[i].failure);
		signatures_release(&list);
		buf_release(&out);
	}
}

static void
a_certificate_swapped_for_another_of_the_same_key_is_noticed(void)
{
	struct sign_options options = { .signing_time = TEST_TIME, .claim_time = 1 };
	struct document doc = { .content = { (const unsigned char *)"<r/>", 4 }, .has_content = 1 };
	X509 *twin = X509_dup(rsa.key.cert);
	struct buf out = BUF_INIT(0), own = BUF_INIT(0), other = BUF_INIT(0);
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	must(xml_sign(&out, &doc, 1, &rsa.key, &options, NULL, &err), &err);
	CU_ASSERT(X509_gmtime_adj(X509_getm_notAfter(twin), 0) != NULL);
	CU_ASSERT(X509_sign(twin, rsa.issuer_key, EVP_sha256()) > 0);
	put_certificate(&own, rsa.key.cert);
	put_certificate(&other, twin);
	buf_terminate(&own, NULL);
	buf_terminate(&other, NULL);
	edit(&out, (const char *)own.data, (const char *)other.data);
	read_it(&list, &out, NULL);
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	CU_ASSERT_EQUAL(list.items[0].cert_ref, CERT_REF_DIFFERS);
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_NO_SIGNING_CERTIFICATE_FOUND);
	CU_ASSERT(!list.items[0].baseline);
	signatures_release(&list);
	X509_free(twin);
	buf_release(&out);
	buf_release(&own);
	buf_release(&other);
}

/* Canonical XML leaves comments out: who adds one changes nothing of what was signed. */
static void
a_comment_neither_hides_nor_changes_a_signed_text(void)
{
	struct sign_options options = { .signing_time = TEST_TIME, .claim_time = 1 };
	struct document doc = { .content = { (const unsigned char *)"<r/>", 4 }, .has_content = 1 };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);

	must(xml_sign(&out, &doc, 1, &rsa.key, &options, NULL, &err), &err);
	edit(&out, ":SigningTime>", ":SigningTime><!--1999-01-01T00:00:00Z-->");
	read_it(&list, &out, NULL);
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_NONE);
	CU_ASSERT(list.items[0].has_claimed_time);
	CU_ASSERT_EQUAL(list.items[0].claimed_time, TEST_TIME);
	signatures_release(&list);
	buf_release(&out);
}

static void
unsigned_properties_stand_there_once(void)
{
#define UP  "xades:UnsignedProperties"
#define USP "<xades:UnsignedSignatureProperties/>"
	static const struct {
		const char *added;
		enum sub_indication failure;
	} rows[] = { { "<" UP ">" USP "</" UP ">", SUB_NONE },
		{ "<" UP ">" USP "</" UP "><" UP "/>", SUB_FORMAT_FAILURE },
		{ "<" UP ">" USP USP "</" UP ">", SUB_FORMAT_FAILURE } };
	struct sign_options options = { .signing_time = TEST_TIME, .claim_time = 1 };
	struct document doc = { .content = { (const unsigned char *)"<r/>", 4 }, .has_content = 1 };
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);
		char text[400];

		snprintf(text, sizeof(text), "%s</xades:QualifyingProperties>", rows[i].added);
		must(xml_sign(&out, &doc, 1, &rsa.key, &options, NULL, &err), &err);
		edit(&out, "</xades:QualifyingProperties>", text);
		read_it(&list, &out, NULL);
		CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
		CU_ASSERT_EQUAL(list.items[0].failure, rows[i].failure);
		signatures_release(&list);
		buf_release(&out);
	}
#undef UP
#undef USP
}

#define STATED(statements)                                                                         \
	"<ds:Object><x:QualifyingProperties xmlns:x=\"" XADES                                      \
	"\" Target=\"#s\"><x:SignedProperties Id=\"p\"><x:SignedDataObjectProperties>" statements  \
	"</x:SignedDataObjectProperties></x:SignedProperties></x:QualifyingProperties></"          \
	"ds:Object>"
#define FORMAT(object, inner)                                                                      \
	"<x:DataObjectFormat ObjectReference=\"" object "\">" inner "</x:DataObjectFormat>"
#define COMMITMENT(objects)                                                                        \
	"<x:CommitmentTypeIndication><x:CommitmentTypeId><x:Identifier>"                           \
	"http://uri.etsi.org/01903/v1.2.2#ProofOfOrigin</x:Identifier><x:Description>mine"         \
	"</x:Description></x:CommitmentTypeId>" objects "</x:CommitmentTypeIndication>"
#define OBJECT(object) "<x:ObjectReference>" object "</x:ObjectReference>"

/* Sign two elements, "#d" by the reference r and "#e" by q, and say this of them. */
static void
state(struct signatures *list, const char *objects, int is_signed)
{
	struct layout l = { .id = "s",
		.before = "<r><f Id=\"d\">1</f><f Id=\"e\">2</f>",
		.after = "</r>",
		.objects = objects,
		.references = is_signed ? REFERENCE("#d", " Id=\"r\"", TRANSFORM(EXC))
					      REFERENCE("#e", " Id=\"q\"", TRANSFORM(EXC))
						  PROPERTIES_REFERENCE("p")
					: REFERENCE("#d", " Id=\"r\"", TRANSFORM(EXC)) };
	struct buf out = BUF_INIT(0);

	craft(&out, &l, with_key(rsa.key.pkey));
	read_it(list, &out, with_key(rsa.key.pkey));
	CU_ASSERT_EQUAL_FATAL(list->count, 1);
	CU_ASSERT(list->items[0].references_intact);
	buf_release(&out);
}

/* External data of several documents; a transform is no hindrance. */
static void
of_several_documents_the_digest_finds_what_no_name_does(void)
{
	static const char one[] = "<a><b/></a>", two[] = "<a><c/></a>";
	struct document docs[] = { { .name = "1.xml", .content = span_str(one), .has_content = 1 },
		{ .name = "2.xml", .content = span_str(two), .has_content = 1 } };
	struct xml_read_options options = {
		.key = rsa.key.pkey, .detached = docs, .detached_count = 2
	};
	struct layout l = { .id = "s",
		.references = REFERENCE("1.xml", "", TRANSFORM(EXC)) PLAIN_REFERENCE("2.xml") };
	static const struct {
		const char *names[2];
		int names_bind, found[2];
		unsigned int original[2];
	} rows[] = { { { "1.xml", "2.xml" }, 0, { 1, 1 }, { 1, 2 } },
		{ { "p", "q" }, 0, { 1, 1 }, { 1, 2 } },
		{ { "1.xml", "q" }, 0, { 1, 1 }, { 1, 2 } },
		{ { "p", "q" }, 1, { 0, 0 }, { 0, 0 } } };
	struct buf out = BUF_INIT(0);
	size_t i, k;

	craft(&out, &l, &options);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct signatures list = { 0 };

		docs[0].name = rows[i].names[0];
		docs[1].name = rows[i].names[1];
		options.names_bind = rows[i].names_bind;
		read_it(&list, &out, &options);
		CU_ASSERT_EQUAL_FATAL(list.items[0].reference_count, 2);
		for (k = 0; k < 2; k++) {
			CU_ASSERT_EQUAL(list.items[0].references[k].intact, rows[i].found[k]);
			CU_ASSERT_EQUAL(list.items[0].references[k].original, rows[i].original[k]);
		}
		signatures_release(&list);
	}
	/* Changed and renamed, it is not there. */
	options.names_bind = 0;
	docs[0].name = "p";
	docs[1].name = "q";
	docs[1].content = span_str("<a><d/></a>");
	{
		struct signatures list = { 0 };

		read_it(&list, &out, &options);
		CU_ASSERT(list.items[0].references[0].intact);
		CU_ASSERT(!list.items[0].references[1].found);
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(list.items[0].references[1].problem, "or its digest"));
		signatures_release(&list);
	}
	buf_release(&out);
}

/* EN 319 132-1 clause 5.2.4. */
static void
a_format_is_told_of_the_reference_that_it_names(void)
{
	static const struct {
		const char *object, *of, *problem;
	} rows[] = {
		{ STATED(FORMAT("#r", "<x:Description>a</x:Description><x:ObjectIdentifier>"
				      "<x:Identifier>urn:k</x:Identifier></x:ObjectIdentifier>"
				      "<x:MimeType>text/plain</x:MimeType>"
				      "<x:Encoding>urn:e</x:Encoding>")),
		    "#d", "" },
		{ STATED(FORMAT("#q", "<x:MimeType>text/plain</x:MimeType>")), "#e", "" },
		/* the data's own Id is not the reference's */
		{ STATED(FORMAT("#d", "<x:MimeType>text/plain</x:MimeType>")), "#d",
		    "no reference" },
		{ STATED(FORMAT("r", "<x:MimeType>text/plain</x:MimeType>")), "r", "no reference" },
		{ STATED("<x:DataObjectFormat><x:MimeType>text/plain</x:MimeType>"
			 "</x:DataObjectFormat>"),
		    NULL, "which data" },
	};
	struct data_format *f;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct signatures list = { 0 };

		state(&list, rows[i].object, 1);
		CU_ASSERT_EQUAL_FATAL(list.items[0].format_count, 1);
		f = &list.items[0].formats[0];
		CU_ASSERT_STRING_EQUAL(f->mime_type, "text/plain");
		CU_ASSERT(rows[i].of == NULL ? f->of == NULL : strcmp(f->of, rows[i].of) == 0);
		if (rows[i].problem[0] == '\0')
			CU_ASSERT_STRING_EQUAL(f->problem, "");
		CU_ASSERT_PTR_NOT_NULL(strstr(f->problem, rows[i].problem));
		if (i == 0) {
			CU_ASSERT_STRING_EQUAL(f->description, "a");
			CU_ASSERT_STRING_EQUAL(f->identifier, "urn:k");
			CU_ASSERT_STRING_EQUAL(f->encoding, "urn:e");
		}
		signatures_release(&list);
	}
	/* Properties that nothing covers say nothing. */
	{
		struct signatures list = { 0 };

		state(&list, rows[0].object, 0);
		CU_ASSERT_EQUAL(list.items[0].format_count, 0);
		signatures_release(&list);
	}
}

/* EN 319 132-1 clause 5.2.3. */
static void
a_commitment_is_for_the_references_that_it_names(void)
{
	static const struct {
		const char *object, *of;
		int all;
		const char *problem;
	} rows[] = {
		{ STATED(COMMITMENT("<x:AllSignedDataObjects/>")), NULL, 1, "" },
		{ STATED(COMMITMENT(OBJECT("#r") OBJECT("#q"))), "#d\n#e", 1, "" },
		{ STATED(COMMITMENT(OBJECT("#q"))), "#e", 0, "" },
		{ STATED(COMMITMENT(OBJECT("#q") OBJECT("#x"))), "#e\n#x", 0, "no reference" },
		{ STATED(COMMITMENT(OBJECT("#s"))), "#s", 0, "no reference" },
		{ STATED(COMMITMENT("")), NULL, 0, "which data" },
		{ STATED(COMMITMENT("<x:AllSignedDataObjects/>" OBJECT("#q"))), "#e", 0,
		    "which data" },
	};
	const struct commitment *c;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct signatures list = { 0 };

		state(&list, rows[i].object, 1);
		CU_ASSERT_EQUAL_FATAL(list.items[0].commitment_count, 1);
		c = &list.items[0].commitments[0];
		CU_ASSERT_STRING_EQUAL(commitment_name(c->type), "ProofOfOrigin");
		CU_ASSERT(commitment_is(c->type, "urn:oid:1.2.840.113549.1.9.16.6.1"));
		CU_ASSERT(!commitment_is(c->type, "1.2.840.113549.1.9.16.6.2"));
		CU_ASSERT_STRING_EQUAL(c->description, "mine");
		CU_ASSERT(rows[i].of == NULL ? c->of == NULL : strcmp(c->of, rows[i].of) == 0);
		CU_ASSERT_EQUAL(c->of_all, rows[i].all);
		if (rows[i].problem[0] == '\0')
			CU_ASSERT_STRING_EQUAL(c->problem, "");
		CU_ASSERT_PTR_NOT_NULL(strstr(c->problem, rows[i].problem));
		signatures_release(&list);
	}
}

/* Ten thousand of them are no reason to refuse what is signed, nor to hold them all. */
static void
more_statements_than_anybody_needs_are_counted_off(void)
{
	struct signatures list = { 0 };
	struct buf many = BUF_INIT(0);
	int i;

	put(&many, "<ds:Object><x:QualifyingProperties xmlns:x=\"" XADES
		   "\" Target=\"#s\"><x:SignedProperties Id=\"p\"><x:SignedDataObjectProperties>");
	for (i = 0; i < 1000; i++)
		put(&many, FORMAT("#r", "<x:MimeType>text/plain</x:MimeType>"));
	put(&many, COMMITMENT("<x:AllSignedDataObjects/>"));
	put(&many, "</x:SignedDataObjectProperties></x:SignedProperties></x:QualifyingProperties>"
		   "</ds:Object>");
	CU_ASSERT_EQUAL_FATAL(buf_terminate(&many, NULL), 0);
	state(&list, (const char *)many.data, 1);
	CU_ASSERT_EQUAL(list.items[0].format_count, STATEMENTS_MAX);
	CU_ASSERT_EQUAL(list.items[0].commitment_count, 1);
	CU_ASSERT(list.items[0].statements_untold);
	signatures_release(&list);
	buf_release(&many);
}

#define COUNTER_OPEN(parent, target)                                                               \
	"<r><ds:Signature xmlns:ds=\"" DS "\"/><ds:Signature xmlns:ds=\"" DS "\"" parent           \
	"><ds:SignedInfo>"                                                                         \
	"<ds:CanonicalizationMethod Algorithm=\"" EXC "\"></ds:CanonicalizationMethod>"            \
	"<ds:SignatureMethod Algorithm=\"" MORE "rsa-sha256\"></ds:SignatureMethod>"               \
	"<ds:Reference URI=\"#z\"><ds:DigestMethod Algorithm=\"" SHA256 "\"></ds:DigestMethod>"    \
	"<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo>"                     \
	"<ds:SignatureValue Id=\"pv\">AAAA</ds:SignatureValue><ds:Object>"                         \
	"<x:QualifyingProperties xmlns:x=\"" XADES "\" Target=\"" target                           \
	"\"><x:UnsignedProperties><x:UnsignedSignatureProperties><x:CounterSignature>"
#define COUNTER_WITH_ID	   COUNTER_OPEN(" Id=\"parent\"", "#parent")
#define COUNTER_WITHOUT_ID COUNTER_OPEN("", "")
#define COUNTER_CLOSE                                                                              \
	"</x:CounterSignature></x:UnsignedSignatureProperties></x:UnsignedProperties>"             \
	"</x:QualifyingProperties></ds:Object></ds:Signature><e Id=\"z\"/></r>"

static void
a_counter_signature_must_cover_its_parents_value(void)
{
	static const struct {
		const char *reference, *before, *parent;
		int good;
	} rows[] = {
		{ REFERENCE("#pv", "", TRANSFORM(EXC)), COUNTER_WITH_ID, "parent", 1 },
		{ REFERENCE("#pv", "", TRANSFORM(EXC)), COUNTER_WITHOUT_ID, "signature-2", 1 },
		{ REFERENCE("#z", "", TRANSFORM(EXC)), COUNTER_WITH_ID, "parent", 0 },
		{ REFERENCE("#pv", "", XPATH_OF("not(self::text())")), COUNTER_WITH_ID, "parent",
		    0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct layout l = { .references = rows[i].reference,
			.id = "counter",
			.before = rows[i].before,
			.after = COUNTER_CLOSE };
		struct buf out = BUF_INIT(0);
		struct signatures list = { 0 };

		craft(&out, &l, with_key(rsa.key.pkey));
		read_it(&list, &out, with_key(rsa.key.pkey));
		CU_ASSERT_EQUAL_FATAL(list.count, 3);
		CU_ASSERT_PTR_NULL(list.items[1].parent);
		CU_ASSERT_STRING_EQUAL(list.items[1].id, rows[i].parent);
		CU_ASSERT_PTR_NOT_NULL_FATAL(list.items[2].parent);
		CU_ASSERT_STRING_EQUAL(list.items[2].parent, rows[i].parent);
		CU_ASSERT(list.items[2].value_intact && list.items[2].references[0].intact);
		CU_ASSERT_EQUAL(list.items[2].references_intact, rows[i].good);
		CU_ASSERT_EQUAL(list.items[2].failure, rows[i].good ? SUB_NONE : SUB_HASH_FAILURE);
		signatures_release(&list);
		buf_release(&out);
	}
}

static void
an_endless_xpath_expression_is_refused(void)
{
	struct buf reference = BUF_INIT(0), out = BUF_INIT(0);
	struct signatures list = { 0 };
	struct layout l = { .before = "<r>", .after = "</r>" };

	put(&reference, "<ds:Reference URI=\"\"><ds:Transforms><ds:Transform Algorithm=\"" XPATH
			"\"><ds:XPath>a");
	repeat(&reference, " or a", 5000);
	put(&reference,
	    "</ds:XPath></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"" SHA256
	    "\"></ds:DigestMethod><ds:DigestValue>%DIGEST%</ds:DigestValue></ds:Reference>");
	buf_terminate(&reference, NULL);
	l.references = (const char *)reference.data;
	craft(&out, &l, with_key(rsa.key.pkey));
	read_it(&list, &out, with_key(rsa.key.pkey));
	CU_ASSERT(list.items[0].value_intact && !list.items[0].references_intact);
	CU_ASSERT_PTR_NOT_NULL(strstr(list.items[0].references[0].problem, "4096"));
	signatures_release(&list);
	buf_release(&reference);
	buf_release(&out);
}

static void
texts_are_not_cut_within_a_character(void)
{
	static const char *const starts[] = { "", "a", "ab", "abc" };
	size_t i;

	for (i = 0; i < 4; i++) {
		struct buf reference = BUF_INIT(0), out = BUF_INIT(0);
		struct signatures list = { 0 };
		struct layout l = { .before = "<r>", .after = "</r>" };

		put(&reference, "<ds:Reference URI=\"");
		put(&reference, starts[i]);
		repeat(&reference, "\xf0\x9f\x98\x80", 100);
		put(&reference, "\"><ds:DigestMethod Algorithm=\"" SHA256
				"\"></ds:DigestMethod><ds:DigestValue>%DIGEST%</ds:DigestValue>"
				"</ds:Reference>");
		buf_terminate(&reference, NULL);
		l.references = (const char *)reference.data;
		craft(&out, &l, with_key(rsa.key.pkey));
		read_it(&list, &out, with_key(rsa.key.pkey));
		CU_ASSERT_EQUAL(list.items[0].failure, SUB_SIGNED_DATA_NOT_FOUND);
		CU_ASSERT(
		    text_is_utf8(list.items[0].failure_text, strlen(list.items[0].failure_text)));
		signatures_release(&list);
		buf_release(&reference);
		buf_release(&out);
	}
}

static void
a_document_without_signatures_has_none(void)
{
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(xml_read(&list, span_str("<Signature/>"), NULL, &err), &err);
	CU_ASSERT_EQUAL(list.count, 0);
}

static const struct test tests[] = { TEST(transforms_give_the_octets_that_the_standards_say),
	TEST(transforms_off_the_list_are_refused_with_the_reason),
	TEST(only_what_covers_every_node_is_full),
	TEST(a_document_around_a_signature_over_another_one_is_not_covered),
	TEST(a_wrapped_element_is_told_by_its_path), TEST(a_signature_out_of_shape_is_never_intact),
	TEST(what_is_no_acceptable_xml_is_an_error), TEST(nothing_may_stand_behind_a_nul_character),
	TEST(a_document_in_utf16_is_read), TEST(every_limit_is_told_by_its_name),
	TEST(references_transforms_and_their_work_are_bounded),
	TEST(ordinary_expressions_over_a_large_document_are_not_too_much),
	TEST(digests_of_a_large_detached_document_are_bounded),
	TEST(an_hmac_checks_under_its_own_key_and_length_only),
	TEST(a_caller_may_let_a_shorter_hmac_pass),
	TEST(declared_attributes_count_where_a_doctype_may_be),
	TEST(selected_relationships_are_digested_sorted_and_complete),
	TEST(white_space_among_relationships_that_was_signed_is_refused_or_noted),
	TEST(foreign_parts_of_a_relationships_part_are_ignored_where_it_says_so),
	TEST(an_xpointer_tells_where_its_data_is), TEST(an_ecdsa_value_in_der_is_refused_or_noted),
	TEST(a_reference_that_is_not_of_its_type_is_refused),
	TEST(an_ecdsa_value_may_be_padded_and_not_otherwise_changed),
	TEST(the_signer_is_found_among_certificates_by_hints_and_key_values),
	TEST(a_certificate_beside_the_document_is_taken_when_handed_in_by_name),
	TEST(a_key_value_is_a_key_without_a_name),
	TEST(entries_of_a_manifest_are_listed_and_not_counted),
	TEST(properties_are_believed_only_when_this_signature_covers_them),
	TEST(a_reference_to_properties_must_say_so_by_its_type),
	TEST(a_certificate_swapped_for_another_of_the_same_key_is_noticed),
	TEST(a_comment_neither_hides_nor_changes_a_signed_text),
	TEST(unsigned_properties_stand_there_once),
	TEST(of_several_documents_the_digest_finds_what_no_name_does),
	TEST(a_format_is_told_of_the_reference_that_it_names),
	TEST(a_commitment_is_for_the_references_that_it_names),
	TEST(more_statements_than_anybody_needs_are_counted_off),
	TEST(a_counter_signature_must_cover_its_parents_value),
	TEST(an_endless_xpath_expression_is_refused), TEST(texts_are_not_cut_within_a_character),
	TEST(a_document_without_signatures_has_none), TEST_END };
const struct suite suite_signing_format_xml_read = { "signing/format/xml/read", make_signers,
	free_signers, tests };
