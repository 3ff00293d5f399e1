/* S2-27: trusted lists (ETSI TS 119 612) are read in full, and relied on only when signed right. */
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "signing/format/xml/xml_sign.h"
#include "signing/trust/qualified_private.h"
#include "tests/support/suite.h"
#include "tests/support/trusted.h"

static struct test_list list;
static struct buf text = BUF_INIT(0);
static STACK_OF(X509) * signers;

static int
setup(void)
{
	test_list_init(&list);
	signers = test_signers(PKI_P256, PKI_IDS);
	return signers != NULL ? 0 : -1;
}

static int
teardown(void)
{
	test_list_release(&list);
	buf_release(&text);
	sk_X509_free(signers);
	return 0;
}

static struct trust_list_input
input(void)
{
	return (struct trust_list_input){
		.bytes = SPAN_OF(&text), .signers = signers, .time = PKI_NOW
	};
}

/* Check; the verdict must be this and its sentence hold `says`. A list only when accepted. */
static void
expect(const struct trust_list_input *in, enum trust_list_verdict verdict, const char *says)
{
	struct trust_list_result result = { 0 };
	struct trust_list *read;
	struct error err = ERROR_INIT;

	ASSERT_OK(trust_list_check(in, &read, &result, &err), &err);
	if (result.verdict != verdict || strstr(result.text, says) == NULL)
		fprintf(stderr, "%s: %s; expected %s: %s\n",
		    trust_list_verdict_name(result.verdict), result.text,
		    trust_list_verdict_name(verdict), says);
	CU_ASSERT_EQUAL(result.verdict, verdict);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.text, says));
	CU_ASSERT_EQUAL(
	    read != NULL, verdict == TRUST_LIST_ACCEPTED || verdict == TRUST_LIST_UNCHANGED);
	trust_list_free(read);
	trust_list_result_release(&result);
}

static void
expect_now(enum trust_list_verdict verdict, const char *says)
{
	const struct trust_list_input in = input();

	expect(&in, verdict, says);
}

/* The list with one text changed before it was signed. */
static void
make_with(const char *from, const char *to)
{
	test_list_text(&list, &text);
	test_swap(&text, from, to);
	test_list_sign(&text, PKI_P256);
}

static void
a_list_is_read_with_all_that_it_says(void)
{
	const struct trust_list_input in = input();
	struct trust_list_result result = { 0 };
	const struct trust_service *ca;
	struct trust_list *read;
	struct error err = ERROR_INIT;

	test_list_make(&list, PKI_P256, &text);
	ASSERT_OK(trust_list_check(
		      &(struct trust_list_input){
			  .bytes = SPAN_OF(&text), .signers = in.signers, .time = in.time },
		      &read, &result, &err),
	    &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(read);
	CU_ASSERT_EQUAL(read->version, 6);
	CU_ASSERT_EQUAL(read->sequence, 7);
	CU_ASSERT_STRING_EQUAL(read->territory, "DE");
	CU_ASSERT_STRING_EQUAL(read->operator_name, "Example Operator");
	CU_ASSERT_EQUAL(read->issued, PKI_NOW - PKI_DAY);
	CU_ASSERT_EQUAL(read->next_update, PKI_NOW + 30 * PKI_DAY);
	CU_ASSERT_EQUAL(read->provider_count, 2);
	CU_ASSERT_EQUAL(trust_list_services(read), 3);
	CU_ASSERT_STRING_EQUAL(read->providers[0].name, "Alpha Trust");
	ca = &read->providers[0].services[0];
	CU_ASSERT_EQUAL(ca->instance_count, 3);
	CU_ASSERT_STRING_EQUAL(ca->supply_points.items[0], "http://ocsp.example.org/");
	CU_ASSERT_EQUAL(ca->instances[0].certificates.count, 1);
	CU_ASSERT(span_equal(ca->instances[0].certificates.items[0], list.certificates[0]));
	CU_ASSERT_EQUAL(ca->instances[1].skis.count, 1);
	CU_ASSERT_EQUAL(ca->instances[1].subjects.count, 1);
	CU_ASSERT_EQUAL(trust_instance_fits(&ca->instances[1], pki_cert(PKI_INTERMEDIATE)), 1);
	CU_ASSERT_EQUAL(trust_instance_fits(&ca->instances[1], pki_cert(PKI_ROOT)), 0);
	CU_ASSERT_STRING_EQUAL(trust_short(ca->instances[0].type), "CA/PKC");
	CU_ASSERT_EQUAL(X509_cmp(result.signer, pki_cert(PKI_P256)), 0);
	CU_ASSERT_STRING_EQUAL(result.note, "");
	trust_list_free(read);
	trust_list_result_release(&result);
}

static void
versions_5_and_6_are_read_and_no_other(void)
{
	make_with("Identifier>6<", "Identifier>5<");
	expect_now(TRUST_LIST_ACCEPTED, "list 7");
	make_with("Identifier>6<", "Identifier>4<");
	expect_now(TRUST_LIST_VERSION, "version 4");
	make_with("Identifier>6<", "Identifier>7<");
	expect_now(TRUST_LIST_VERSION, "version 7");
	make_with("19612/TSLTag", "02231/TSLTag");
	expect_now(TRUST_LIST_MALFORMED, "TSLTag");
}

static void
a_changed_list_is_refused(void)
{
	test_list_make(&list, PKI_P256, &text);
	expect_now(TRUST_LIST_ACCEPTED, "Example Operator");
	test_swap(&text, "deprecatedatnational", "recognisedatnational");
	expect_now(TRUST_LIST_BROKEN, "does not hold");
	/* A comment is not signed, and changes nothing that is read. */
	test_list_make(&list, PKI_P256, &text);
	test_swap(&text, "<SchemeName>", "<!-- --><SchemeName>");
	expect_now(TRUST_LIST_ACCEPTED, "");
	test_list_make(&list, PKI_P256, &text);
	test_swap(
	    &text, "<Name xml:lang=\"en\">Alpha CA", "<Name xml:lang=\"en\">Alpha<!-- --> CA");
	expect_now(TRUST_LIST_MALFORMED, "more than text");
}

static void
only_pinned_signers_are_believed(void)
{
	struct trust_list_input in;

	test_list_make(&list, PKI_P384, &text);
	expect_now(TRUST_LIST_STRANGER, "not one of its pinned signers");
	in = input();
	in.signers = NULL;
	expect(&in, TRUST_LIST_STRANGER, "");
	test_list_make(&list, PKI_P256, &text);
	in = input();
	in.signers = NULL;
	expect(&in, TRUST_LIST_STRANGER, "");
}

static void
an_expired_signer_is_noted(void)
{
	STACK_OF(X509) *old = test_signers(PKI_EXPIRED, PKI_IDS);
	struct trust_list_result result = { 0 };
	struct trust_list_input in;
	struct trust_list *read;
	struct error err = ERROR_INIT;

	test_list_make(&list, PKI_EXPIRED, &text);
	in = input();
	in.signers = old;
	ASSERT_OK(trust_list_check(&in, &read, &result, &err), &err);
	CU_ASSERT_EQUAL(result.verdict, TRUST_LIST_ACCEPTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.note, "ended at"));
	trust_list_free(read);
	trust_list_result_release(&result);
	sk_X509_free(old);
}

static void
numbers_do_not_fall(void)
{
	struct trust_list_input in;
	struct trust_list *read;
	struct error err = ERROR_INIT;

	test_list_make(&list, PKI_P256, &text);
	ASSERT_OK(trust_list_read(&read, SPAN_OF(&text), &err), &err);
	in = input();
	in.has_previous = 1;
	in.previous_sequence = 7;
	memcpy(in.previous_digest, read->digest, 32);
	trust_list_free(read);
	expect(&in, TRUST_LIST_UNCHANGED, "list 7");
	in.previous_digest[0] ^= 1;
	expect(&in, TRUST_LIST_OLD, "other content");
	in.previous_sequence = 8;
	expect(&in, TRUST_LIST_OLD, "an old one");
	in.previous_sequence = 6;
	expect(&in, TRUST_LIST_ACCEPTED, "list 7");
}

static void
time_decides(void)
{
	struct trust_list_input in;

	test_list_make(&list, PKI_P256, &text);
	in = input();
	in.time = PKI_NOW + 31 * PKI_DAY;
	expect(&in, TRUST_LIST_EXPIRED, "fetch the new one");
	in.is_past = 1;
	expect(&in, TRUST_LIST_ACCEPTED, "");
	in = input();
	in.time = PKI_NOW - 2 * PKI_DAY;
	expect(&in, TRUST_LIST_NOT_YET, "yet to come");
}

static void
a_closed_list_does_not_expire(void)
{
	struct trust_list_input in;

	list.scheme.next_update = TRUST_NO_TIME;
	test_list_make(&list, PKI_P256, &text);
	list.scheme.next_update = PKI_NOW + 30 * PKI_DAY;
	in = input();
	in.time = PKI_NOW + 5 * PKI_YEAR;
	expect(&in, TRUST_LIST_ACCEPTED, "it is closed");
}

static void
another_list_under_the_same_signer_is_told_apart(void)
{
	struct trust_list_input in;

	test_list_make(&list, PKI_P256, &text);
	in = input();
	in.territory = "AT";
	expect(&in, TRUST_LIST_WRONG_LIST, "\"DE\", not of AT");
	in.territory = "DE";
	in.type = TRUST_TYPE_PRIVATE;
	expect(&in, TRUST_LIST_ACCEPTED, "");
	in.type = TEST_LOTL_TYPE;
	expect(&in, TRUST_LIST_WRONG_LIST, "not of");
}

static void
weak_algorithms_are_refused(void)
{
	static const struct catalogue_digest digests[] = { { DIGEST_SHA256, "2020-01-01", NULL } };
	static const struct catalogue strict = {
		.name = "test", .version = "1", .digests = digests, .digest_count = 1
	};
	struct trust_list_input in;

	test_list_make(&list, PKI_P256, &text);
	in = input();
	in.catalogue = &strict;
	expect(&in, TRUST_LIST_WEAK, "too weak");
}

static void
there_is_exactly_one_signature_and_it_stands_last(void)
{
	test_list_text(&list, &text);
	expect_now(TRUST_LIST_NOT_SIGNED, "is not signed");
	test_list_make(&list, PKI_P256, &text);
	test_list_sign(&text, PKI_P256);
	expect_now(TRUST_LIST_NOT_SIGNED, "more than one");
	test_list_make(&list, PKI_P256, &text);
	test_swap(&text, "</TrustServiceStatusList>", "<x/></TrustServiceStatusList>");
	expect_now(TRUST_LIST_NOT_SIGNED, "not the last");
}

/* Signed otherwise than TS 119 612 annex B has it. */
static void
sign_otherwise(const struct sign_options *options, const struct xml_sign_options *xml)
{
	struct document doc = { .has_content = 1 };
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	test_list_text(&list, &text);
	doc.content = SPAN_OF(&text);
	ASSERT_OK(xml_sign(&out, &doc, 1, pki_key(PKI_P256), options, xml, &err), &err);
	text.len = 0;
	ASSERT_OK(buf_append_span(&text, SPAN_OF(&out), &err), &err);
	buf_release(&out);
}

static void
the_form_of_the_signature_is_that_of_the_standard(void)
{
	sign_otherwise(&(struct sign_options){ .packaging = PACKAGING_ENVELOPED },
	    &(struct xml_sign_options){ .target_xpath = "//*[local-name()='SchemeName']" });
	expect_now(TRUST_LIST_NOT_SIGNED, "not over the whole");
	sign_otherwise(&(struct sign_options){ .packaging = PACKAGING_ENVELOPED },
	    &(struct xml_sign_options){ .canonicalization = XML_CANONICALIZATION_INCLUSIVE });
	expect_now(TRUST_LIST_NOT_SIGNED, "two transforms");
	sign_otherwise(&(struct sign_options){ .packaging = PACKAGING_ENVELOPED, .plain = 1 },
	    &(struct xml_sign_options){ 0 });
	expect_now(TRUST_LIST_NOT_SIGNED, "signed property");
	sign_otherwise(&(struct sign_options){ .packaging = PACKAGING_ENVELOPED },
	    &(struct xml_sign_options){ 0 });
	expect_now(TRUST_LIST_ACCEPTED, "");
}

static void
what_is_out_of_its_place_makes_the_list_malformed(void)
{
	static const struct {
		const char *from, *to, *says;
	} cases[] = {
		{ "<SchemeTerritory>DE</SchemeTerritory>", "", "accepted" },
		{ "<TSLSequenceNumber>7", "<TSLSequenceNumber>-7", "no number" },
		{ "<TSLSequenceNumber>7", "<TSLSequenceNumber>7.0", "no number" },
		{ "<ServiceStatus>", "<SchemeTerritory>DE</SchemeTerritory><ServiceStatus>",
		    "no ServiceStatus" },
		{ "<NextUpdate>", "<NextUpdate><dateTime>2026-03-09T00:00:00Z</dateTime>",
		    "out of its place" },
		{ "<StatusStartingTime>", "<StatusStartingTime>x", "no time" },
		{ "<X509Certificate>", "<X509Certificate>AAAA", "does not decode" },
		{ "<X509Certificate>", "<X509Certificate>!", "base64" },
		{ "<TSPName>", "<TSPName><URI>x</URI>", "stands where a Name should" },
		{ "<TSPServices>", "<TSPServices><x/>", "no TSPService" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_with(cases[i].from, cases[i].to);
		if (strcmp(cases[i].says, "accepted") == 0)
			expect_now(TRUST_LIST_ACCEPTED, "");
		else
			expect_now(TRUST_LIST_MALFORMED, cases[i].says);
	}
}

static void
a_state_of_the_past_cannot_outlive_the_current_one(void)
{
	char was[TEXT_TIME_SIZE], later[TEXT_TIME_SIZE];

	text_time(was, PKI_NOW - 2 * PKI_YEAR);
	text_time(later, PKI_NOW - PKI_DAY);
	make_with(was, later);
	expect_now(TRUST_LIST_MALFORMED, "begins after the current one");
}

static void
entities_and_masses_of_elements_are_refused(void)
{
	struct error err = ERROR_INIT;
	const char *tag = "<TSPServices>";
	struct buf many = BUF_INIT(0);
	int64_t began;
	size_t i;

	test_list_make(&list, PKI_P256, &text);
	test_swap(&text, "<TrustServiceStatusList",
	    "<!DOCTYPE t [<!ENTITY a \"aaaa\">]><TrustServiceStatusList");
	expect_now(TRUST_LIST_MALFORMED, "DOCTYPE");
	ASSERT_OK(buf_append_str(&many, tag, &err), &err);
	for (i = 0; i < TRUST_LIST_NODES_MAX; i++)
		if (buf_append_str(&many, "<a/>", &err) != 0)
			break;
	ASSERT_OK(buf_terminate(&many, &err), &err);
	test_list_make(&list, PKI_P256, &text);
	test_swap(&text, tag, (const char *)many.data);
	began = clock_monotonic_us();
	expect_now(TRUST_LIST_MALFORMED, "");
	CU_ASSERT(clock_monotonic_us() - began < 10000000);
	buf_release(&many);
}

#define QUALIFICATIONS(criteria)                                                                   \
	"<ServiceInformationExtensions><Extension Critical=\"true\">"                              \
	"<q:Qualifications xmlns:q=\"http://uri.etsi.org/TrstSvc/SvcInfoExt/"                      \
	"eSigDir-1999-93-EC-TrustedList/#\"><q:QualificationElement><q:Qualifiers>"                \
	"<q:Qualifier uri=\"urn:q\"/></q:Qualifiers>" criteria                                     \
	"</q:QualificationElement></q:Qualifications></Extension>"                                 \
	"</ServiceInformationExtensions></ServiceInformation>"

static void
expect_qualifier(const char *extensions, int has, int undecided)
{
	struct trust_list *read;
	struct error err = ERROR_INIT;
	unsigned int set;

	test_list_text(&list, &text);
	test_swap(&text, "</ServiceInformation>", extensions);
	ASSERT_OK(trust_list_read(&read, SPAN_OF(&text), &err), &err);
	set = trust_qualifier_set(&read->providers[0].services[0].instances[0], pki_cert(PKI_P256));
	CU_ASSERT_EQUAL((set & (QUALIFIER_UNKNOWN | QUALIFIER_UNKNOWN_CRITICAL)) != 0, has);
	CU_ASSERT_EQUAL((set & QUALIFIER_UNDECIDED) != 0, undecided);
	trust_list_free(read);
}

#define TYPES "xmlns:t=\"http://uri.etsi.org/02231/v2/additionaltypes#\""
#define OID(text)                                                                                  \
	"<x:Identifier xmlns:x=\"http://uri.etsi.org/01903/v1.3.2#\">urn:oid:" text                \
	"</x:Identifier>"
#define PURPOSE(oid)                                                                               \
	"<t:ExtendedKeyUsage " TYPES                                                               \
	"><t:KeyPurposeId>" OID(oid) "</t:KeyPurposeId></t:ExtendedKeyUsage>"
#define ATTRIBUTE(oid)                                                                             \
	"<t:CertSubjectDNAttribute " TYPES                                                         \
	"><t:AttributeOID>" OID(oid) "</t:AttributeOID></t:CertSubjectDNAttribute>"
#define OTHERS(criteria)                                                                           \
	QUALIFICATIONS("<q:CriteriaList assert=\"all\"><q:otherCriteriaList>" criteria             \
		       "</q:otherCriteriaList></q:CriteriaList>")

static void
qualifiers_follow_their_criteria(void)
{
	expect_qualifier(QUALIFICATIONS("<q:CriteriaList assert=\"all\"><q:KeyUsage>"
					"<q:KeyUsageBit name=\"keyCertSign\">false</q:KeyUsageBit>"
					"</q:KeyUsage></q:CriteriaList>"),
	    1, 0);
	expect_qualifier(QUALIFICATIONS("<q:CriteriaList assert=\"all\"><q:KeyUsage>"
					"<q:KeyUsageBit name=\"keyCertSign\">true</q:KeyUsageBit>"
					"</q:KeyUsage></q:CriteriaList>"),
	    0, 0);
	expect_qualifier(
	    QUALIFICATIONS("<q:CriteriaList assert=\"atLeastOne\"><q:PolicySet>"
			   "<q:PolicyIdentifier><x:Identifier xmlns:x=\"http://uri.etsi.org/"
			   "01903/v1.3.2#\">1.2.3</x:Identifier></q:PolicyIdentifier>"
			   "</q:PolicySet></q:CriteriaList>"),
	    0, 0);
	expect_qualifier(
	    QUALIFICATIONS("<q:CriteriaList assert=\"none\"><q:CriteriaList assert=\"all\">"
			   "<q:KeyUsage><q:KeyUsageBit name=\"keyCertSign\">true</q:KeyUsageBit>"
			   "</q:KeyUsage></q:CriteriaList></q:CriteriaList>"),
	    1, 0);
	expect_qualifier(OTHERS("<x/>"), 0, 1);
	expect_qualifier(OTHERS(""), 0, 1);
	expect_qualifier(OTHERS(PURPOSE("1.3.6.1.5.5.7.3.36")), 1, 0);
	expect_qualifier(OTHERS(PURPOSE("1.3.6.1.5.5.7.3.1")), 0, 0);
	expect_qualifier(OTHERS(ATTRIBUTE("2.5.4.3")), 1, 0);
	expect_qualifier(OTHERS(ATTRIBUTE("2.5.4.4")), 0, 0);
	expect_qualifier(OTHERS(ATTRIBUTE("not an OID")), 0, 1);
	/* Of several all count. */
	expect_qualifier(OTHERS(PURPOSE("1.3.6.1.5.5.7.3.36") ATTRIBUTE("2.5.4.3")), 1, 0);
	expect_qualifier(OTHERS(PURPOSE("1.3.6.1.5.5.7.3.36") ATTRIBUTE("2.5.4.4")), 0, 0);
	expect_qualifier(OTHERS(ATTRIBUTE("2.5.4.3") "<x/>"), 0, 1);
}

static void
extensions_are_known_or_told(void)
{
	struct trust_list *read;
	const struct trust_instance *ca;
	struct error err = ERROR_INIT;

	test_list_text(&list, &text);
	test_swap(&text, "</ServiceInformation>",
	    "<ServiceInformationExtensions>"
	    "<Extension Critical=\"false\"><AdditionalServiceInformation>"
	    "<URI xml:lang=\"en\">urn:for</URI></AdditionalServiceInformation></Extension>"
	    "<Extension Critical=\"true\"><ExpiredCertsRevocationInfo>2020-01-01T00:00:00Z"
	    "</ExpiredCertsRevocationInfo></Extension>"
	    "<Extension Critical=\"false\"><t:TakenOverBy xmlns:t=\"http://uri.etsi.org/02231/v2/"
	    "additionaltypes#\"><URI xml:lang=\"en\">urn:x</URI><t:TSPName><Name xml:lang=\"en\">"
	    "Gamma</Name></t:TSPName></t:TakenOverBy></Extension>"
	    "<Extension Critical=\"true\"><surprise/></Extension>"
	    "</ServiceInformationExtensions></ServiceInformation>");
	ASSERT_OK(trust_list_read(&read, SPAN_OF(&text), &err), &err);
	ca = &read->providers[0].services[0].instances[0];
	CU_ASSERT_EQUAL(ca->additional.count, 1);
	CU_ASSERT_STRING_EQUAL(ca->additional.items[0], "urn:for");
	CU_ASSERT_EQUAL(ca->expired_certs_revocation, 1577836800);
	CU_ASSERT_STRING_EQUAL(ca->taken_over_by, "Gamma");
	CU_ASSERT_STRING_EQUAL(ca->unknown_critical, "surprise");
	trust_list_free(read);
}

static void
what_a_list_cannot_hold_is_not_written(void)
{
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct test_list l;

	test_list_init(&l);
	l.scheme.territory = "DEU";
	CU_ASSERT_EQUAL(trust_list_write(&out, &l.scheme, l.providers, 2, &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "two letters"));
	l.scheme.territory = "DE";
	l.instances[0].certificates.count = 0;
	error_clear(&err);
	CU_ASSERT_EQUAL(trust_list_write(&out, &l.scheme, l.providers, 2, &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "has no certificate"));
	l.instances[0].certificates.count = 1;
	l.instances[1].start = PKI_NOW;
	error_clear(&err);
	CU_ASSERT_EQUAL(trust_list_write(&out, &l.scheme, l.providers, 2, &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "follow each other"));
	l.instances[1].start = PKI_NOW - 2 * PKI_YEAR;
	l.providers[0].provider.name = "\xff";
	error_clear(&err);
	CU_ASSERT_EQUAL(trust_list_write(&out, &l.scheme, l.providers, 2, &err), -1);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&out);
	test_list_release(&l);
}

static void
a_list_signed_here_is_accepted(void)
{
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	test_list_text(&list, &text);
	ASSERT_OK(trust_list_sign(&out, SPAN_OF(&text), pki_key(PKI_P256), PKI_NOW, &err), &err);
	text.len = 0;
	ASSERT_OK(buf_append_span(&text, SPAN_OF(&out), &err), &err);
	expect_now(TRUST_LIST_ACCEPTED, "list 7");
	out.len = 0;
	CU_ASSERT_EQUAL(
	    trust_list_sign(&out, span_str("<a/>"), pki_key(PKI_P256), PKI_NOW, &err), -1);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&out);
}

static const struct test tests[] = { TEST(a_list_is_read_with_all_that_it_says),
	TEST(versions_5_and_6_are_read_and_no_other), TEST(a_changed_list_is_refused),
	TEST(only_pinned_signers_are_believed), TEST(an_expired_signer_is_noted),
	TEST(numbers_do_not_fall), TEST(time_decides), TEST(a_closed_list_does_not_expire),
	TEST(another_list_under_the_same_signer_is_told_apart), TEST(weak_algorithms_are_refused),
	TEST(there_is_exactly_one_signature_and_it_stands_last),
	TEST(the_form_of_the_signature_is_that_of_the_standard),
	TEST(what_is_out_of_its_place_makes_the_list_malformed),
	TEST(a_state_of_the_past_cannot_outlive_the_current_one),
	TEST(entities_and_masses_of_elements_are_refused), TEST(qualifiers_follow_their_criteria),
	TEST(extensions_are_known_or_told), TEST(what_a_list_cannot_hold_is_not_written),
	TEST(a_list_signed_here_is_accepted), TEST_END };
const struct suite suite_signing_trust_list = { "signing/trust/list", setup, teardown, tests };
