/* What api does with a child that says what no honest one says. */
#include <string.h>

#include "server/read/facts.h"
#include "server/read/frame.h"
#include "server/read/subject.h"
#include "server/read/unlock_pack.h"
#include "tests/support/envelopes.h"
#include "tests/support/fuzz.h"
#include "tests/support/pki.h"
#include "tests/support/read_child.h"
#include "tests/support/suite.h"
#include "tests/support/unlock_desk.h"

static const struct format_limits limits = FORMAT_LIMITS_DEFAULT;
static const struct reader_bounds bounds = {
	.memory = (uint64_t)64 << 20, .cpu_seconds = 20, .seconds = 20, .limits = &limits
};
static struct buf says;
static size_t signed_here;

static const char mail[] = "From: a@b\r\nContent-Type: application/pkcs7-mime\r\n\r\n";
static const char pdf[] = "%PDF-1.7\nread by nobody here\n";
#define PDF_LEN (sizeof(pdf) - 1)
static const char before_gap[] = "7 0 obj<</Contents ";
static const char behind_gap[] = ">>endobj\n";

static int
teardown(void)
{
	buf_release(&says);
	return 0;
}

static void
say(enum frame_type type, struct span payload, uint64_t announced)
{
	struct {
		uint32_t type, unused;
		uint64_t len;
	} head = { type, 0, announced };
	struct error err = ERROR_INIT;

	ASSERT_OK(buf_append(&says, &head, sizeof(head), &err), &err);
	ASSERT_OK(buf_append_span(&says, payload, &err), &err);
}

static void
say_outcome(const struct error *outcome)
{
	struct error copy = *outcome, err = ERROR_INIT;
	struct buf packed = BUF_INIT(0);
	struct pack p;

	pack_write(&p, &packed, &err);
	pack_error(&p, &copy);
	ASSERT_OK(pack_end(&p), &err);
	say(FRAME_ANSWER, SPAN_OF(&packed), packed.len);
	buf_release(&packed);
}

/* Ask for the value of a gap of so many bytes; `shift` moves where its end is said to be. */
static void
say_contents(size_t room, int shift)
{
	uint64_t at[4] = { 0, PDF_LEN + strlen(before_gap), 0, strlen(behind_gap) };
	struct buf appended = BUF_INIT(0), packed = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct span s;
	struct pack p;

	at[2] = at[1] + 2 * room + 2;
	ASSERT_OK(
	    buf_printf(&appended, &err, "%s<%0*d>%s", before_gap, (int)(2 * room), 0, behind_gap),
	    &err);
	at[2] -= (uint64_t)shift;
	at[3] += (uint64_t)shift;
	s = SPAN_OF(&appended);
	pack_write(&p, &packed, &err);
	pack_span(&p, &s);
	pack_raw(&p, at, sizeof(at));
	ASSERT_OK(pack_end(&p), &err);
	say(FRAME_CONTENTS, SPAN_OF(&packed), packed.len);
	buf_release(&appended);
	buf_release(&packed);
}

static int
count_signatures(const struct sign_key *key, const struct sig_alg *alg,
    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *sigs,
    struct error *err)
{
	struct sign_key plain = *key;

	signed_here += count;
	plain.sign_many = NULL;
	return sign_key_digests(&plain, alg, digests, count, sigs, err);
}

/* What was said is the answer to a signing; it is gone then. */
/* The child dies while the key signs. */
static int
sign_when_it_left(const struct sign_key *key, const struct sig_alg *alg,
    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *sigs,
    struct error *err)
{
	struct read_child *child = key->ctx;

	while (sem_wait(&child->gone) != 0)
		;
	return count_signatures(key, alg, digests, count, sigs, err);
}

static int
sign_by(int leaves, struct buf *out, struct error *err)
{
	static const struct sign_options level_b = { .signing_time = PKI_NOW };
	static const struct pdf_sign_options plain_pdf;
	struct sign_key key = *pki_key(PKI_P256);
	struct read_child child = { .says = SPAN_OF(&says), .leaves = leaves };
	int rc;

	key.sign_many = leaves ? sign_when_it_left : count_signatures;
	key.ctx = &child;
	signed_here = 0;
	CU_ASSERT_EQUAL_FATAL(read_child_start(&child), 0);
	rc = reader_pdf_sign(&child.reader, &bounds, out,
	    (struct span){ (const unsigned char *)pdf, PDF_LEN }, &key, &level_b, &plain_pdf, err);
	read_child_end(&child);
	says.len = 0;
	return rc;
}

static int
sign(struct buf *out, struct error *err)
{
	return sign_by(0, out, err);
}

static int
read_it(struct span answer, struct error *err)
{
	const struct document_read_options options = { .limits = &limits };
	struct document_facts facts;
	struct read_child child = { .says = answer };
	int rc;

	CU_ASSERT_EQUAL_FATAL(read_child_start(&child), 0);
	rc = reader_read(&child.reader, &bounds, &facts, span_str(pdf), &options, err);
	read_child_end(&child);
	CU_ASSERT(rc == 0 || (facts.signatures.count == 0 && facts.stamps.count == 0));
	document_facts_release(&facts);
	return rc;
}

static void
what_it_asks_for_once_is_signed_and_filled_in(void)
{
	const struct error none = ERROR_INIT;
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);

	say_contents(3000, 0);
	say_outcome(&none);
	ASSERT_OK(sign(&out, &err), &err);
	CU_ASSERT_EQUAL(signed_here, 1);
	CU_ASSERT(out.len > PDF_LEN && memcmp(out.data, pdf, PDF_LEN) == 0);
	CU_ASSERT_PTR_NOT_NULL(memmem(out.data, out.len, "Contents <30", 12));
	buf_release(&out);
}

static void
one_that_asks_and_asks_gets_two_values_and_no_file(void)
{
	const struct error none = ERROR_INIT;
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);
	int i;

	for (i = 0; i < 5; i++)
		say_contents(3000, 0);
	say_outcome(&none);
	CU_ASSERT_EQUAL(sign(&out, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	CU_ASSERT_EQUAL(signed_here, 2);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&out);
}

static void
one_that_moves_the_gap_or_is_done_without_a_value_gets_nothing(void)
{
	const struct error none = ERROR_INIT;
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);

	say_contents(3000, 1);
	say_outcome(&none);
	CU_ASSERT_EQUAL(sign(&out, &err), -1);
	CU_ASSERT_EQUAL(signed_here, 0);
	error_clear(&err);
	say_outcome(&none);
	CU_ASSERT_EQUAL(sign(&out, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&out);
}

static void
what_it_died_of_while_the_key_signed_is_told(void)
{
	const unsigned int loss = LOST_TIME;
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);

	say_contents(3000, 0);
	say(FRAME_LOST, (struct span){ (const unsigned char *)&loss, sizeof(loss) }, sizeof(loss));
	CU_ASSERT_EQUAL(sign_by(1, &out, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "limit-request-seconds");
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&out);
}

static void
one_that_only_reads_may_not_ask(void)
{
	struct error err = ERROR_INIT;

	say_contents(3000, 0);
	CU_ASSERT_EQUAL(read_it(SPAN_OF(&says), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	says.len = 0;
}

/* What it says when it meets an envelope for the first of the keys. */
static void
say_envelope(const char *part)
{
	struct unlock_try tries = { 0, 1, 0 };
	struct unlock_met met = { .part = part, .is_readable = 1, .tries = &tries, .try_count = 1 };
	uint64_t worked = UINT64_MAX;
	struct buf packed = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct pack p;

	pack_write(&p, &packed, NULL);
	pack_u64(&p, &worked);
	pack_met(&p, &met);
	p.failed = 0; /* no place at all is said, too */
	ASSERT_OK(pack_end(&p), &err);
	say(FRAME_ENVELOPE, SPAN_OF(&packed), packed.len);
	buf_release(&packed);
}

static void
say_transport(struct span encrypted, size_t key)
{
	struct unlock_wish wish = { .key = key, .len = 32, .encrypted = encrypted };
	struct buf packed = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct pack p;

	pack_write(&p, &packed, &err);
	pack_transport(&p, &wish);
	ASSERT_OK(pack_end(&p), &err);
	say(FRAME_TRANSPORT, SPAN_OF(&packed), packed.len);
	buf_release(&packed);
}

static void
say_opened(int is_open)
{
	struct envelope envelope = { 0 };
	struct unlock_end end = { .part = "1", .envelope = &envelope, .is_open = is_open };
	struct buf packed = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct pack p;

	pack_write(&p, &packed, &err);
	pack_end_of_unlock(&p, &end);
	ASSERT_OK(pack_end(&p), &err);
	say(FRAME_OPENED, SPAN_OF(&packed), packed.len);
	buf_release(&packed);
}

static struct test_desk desk;

static int
read_mail(struct error *err)
{
	const struct document_read_options options = { .limits = &limits };
	struct read_child child = { .says = SPAN_OF(&says) };
	struct document_facts facts;
	int rc;

	desk = (struct test_desk){ .keys = { PKI_RSA2048 }, .key_count = 1, .go = UNLOCK_TRY };
	test_desk_init(&desk);
	CU_ASSERT_EQUAL_FATAL(read_child_start(&child), 0);
	rc = reader_read_open(
	    &child.reader, &bounds, &facts, span_str(mail), &options, &desk.desk, err);
	read_child_end(&child);
	says.len = 0;
	return rc;
}

/* An envelope that a child is to open, and says what was said before. */
static int
open_envelope(struct span document, struct error *err)
{
	struct read_child child = { .says = SPAN_OF(&says) };
	struct unlocked clear = { 0 };
	int rc;

	desk = (struct test_desk){ .keys = { PKI_RSA2048 }, .key_count = 1, .go = UNLOCK_TRY };
	test_desk_init(&desk);
	CU_ASSERT_EQUAL_FATAL(read_child_start(&child), 0);
	rc = reader_open(&child.reader, &bounds, &clear, document, &desk.desk, err);
	read_child_end(&child);
	unlocked_release(&clear);
	says.len = 0;
	return rc;
}

/* What stands in the envelope may be what a key decrypts; for what does not, nobody asked. */
static void
only_what_stands_in_the_document_is_decrypted(void)
{
	struct error err = ERROR_INIT;
	struct buf sealed = BUF_INIT(0);
	struct span there;

	envelope_make_for(&sealed, span_str("text"), PKI_RSA2048, NULL);
	there = (struct span){ sealed.data + sealed.len / 2, 100 };
	say_envelope("");
	say_transport(there, 0);
	CU_ASSERT_EQUAL(open_envelope(SPAN_OF(&sealed), &err), -1); /* it says no more */
	CU_ASSERT_EQUAL(desk.secrets, 1);
	error_clear(&err);
	say_envelope("");
	say_transport(span_str("what another message was encrypted with"), 0);
	CU_ASSERT_EQUAL(open_envelope(SPAN_OF(&sealed), &err), -1);
	CU_ASSERT_EQUAL(desk.secrets, 0);
	/* Of what was in one nothing is here to be compared with, but it must be met as well. */
	error_clear(&err);
	say_envelope("");
	say_opened(1);
	say_transport(span_str("what stood in that"), 0);
	CU_ASSERT_EQUAL(open_envelope(SPAN_OF(&sealed), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	CU_ASSERT_EQUAL(desk.secrets, 0);
	error_clear(&err);
	say_envelope("");
	say_opened(1);
	say_envelope("1");
	say_transport(span_str("what stood in that"), 0);
	CU_ASSERT_EQUAL(open_envelope(SPAN_OF(&sealed), &err), -1);
	CU_ASSERT_EQUAL(desk.secrets, 1);
	buf_release(&sealed);
}

static void
one_that_tells_of_or_asks_for_envelopes_that_it_did_not_meet_is_left(void)
{
	struct error err = ERROR_INIT;

	say_transport(span_str("From"), 0);
	CU_ASSERT_EQUAL(read_mail(&err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	CU_ASSERT_EQUAL(desk.secrets, 0);
	error_clear(&err);
	say_opened(1);
	CU_ASSERT_EQUAL(read_mail(&err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	CU_ASSERT_EQUAL(desk.ended, 0);
	error_clear(&err);
	say_envelope("1");
	say_opened(0);
	say_opened(1);
	CU_ASSERT_EQUAL(read_mail(&err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	CU_ASSERT_EQUAL(desk.ended, 1);
	CU_ASSERT_EQUAL(desk.opened, 0);
}

static void
one_that_has_envelopes_opened_and_opened_is_left(void)
{
	struct error err = ERROR_INIT;
	int i;

	for (i = 0; i < 2 * READER_ENVELOPES_MAX; i++)
		say_envelope("1");
	CU_ASSERT_EQUAL(read_mail(&err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "mail-envelopes");
	CU_ASSERT_EQUAL(desk.met, READER_ENVELOPES_MAX);
	/* A value of a PDF is nothing for a mail, and the other way round. */
	error_clear(&err);
	say_contents(3000, 0);
	CU_ASSERT_EQUAL(read_mail(&err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	error_clear(&err);
	say_envelope("1");
	CU_ASSERT_EQUAL(read_it(SPAN_OF(&says), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	says.len = 0;
	/* No place at all. */
	error_clear(&err);
	say_envelope(NULL);
	CU_ASSERT_EQUAL(read_mail(&err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	CU_ASSERT_EQUAL(desk.met, 0);
}

/* ---- what it wants signed ---- */

#define ENVELOPED                                                                                  \
	"<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>"
#define C14N	"http://www.w3.org/2001/10/xml-exc-c14n#"
#define BY_C14N "<ds:Transform Algorithm=\"" C14N "\"/>"
#define UUID	"01234567-89ab-4cde-8f01-23456789abcd"

static void
say_xml_value(const struct xml_subject *subject)
{
	struct xml_subject copy = *subject;
	struct buf packed = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct pack p;

	pack_write(&p, &packed, &err);
	pack_xml_subject(&p, &copy);
	ASSERT_OK(pack_end(&p), &err);
	say(FRAME_XML_VALUE, SPAN_OF(&packed), packed.len);
	buf_release(&packed);
}

static void
say_cms_value(const char *content_type, const char *octets)
{
	struct cms_subject subject = { .content_type = content_type, .octets = span_str(octets) };
	struct buf packed = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct pack p;

	pack_write(&p, &packed, &err);
	pack_cms_subject(&p, &subject);
	ASSERT_OK(pack_end(&p), &err);
	say(FRAME_CMS_VALUE, SPAN_OF(&packed), packed.len);
	buf_release(&packed);
}

static const char xml[] = "<a><b Id=\"i\"/></a>";

/* It is to sign that document, or counter-sign `value` in it, and says what was said before. */
static int
make_xml(const char *value, struct error *err)
{
	static const struct sign_options options = { .signing_time = PKI_NOW,
		.packaging = PACKAGING_ENVELOPED };
	static const struct xml_sign_options plain;
	const struct document doc = {
		.mime_type = "text/xml", .content = span_str(xml), .has_content = 1
	};
	const struct document_change change = { .signature = "s", .limits = &limits };
	struct sign_key key = *pki_key(PKI_P256);
	struct read_child child = { .says = SPAN_OF(&says) };
	struct buf out = BUF_INIT(0);
	int rc;

	key.sign_many = count_signatures;
	key.ctx = &child;
	signed_here = 0;
	CU_ASSERT_EQUAL_FATAL(read_child_start(&child), 0);
	rc = value == NULL
		 ? reader_xml_sign(&child.reader, &bounds, &out, &doc, &key, &options, &plain, err)
		 : reader_counter_sign(&child.reader, &bounds, &out, doc.content, &change,
		       span_str(value), &key, &options, err);
	read_child_end(&child);
	says.len = 0;
	CU_ASSERT(rc == 0 || out.len == 0);
	buf_release(&out);
	return rc;
}

/* What it says it has made. */
static void
say_made(const char *file)
{
	const struct error none = ERROR_INIT;
	struct error copy = none, err = ERROR_INIT;
	struct buf packed = BUF_INIT(0);
	struct span s = span_str(file);
	struct pack p;

	pack_write(&p, &packed, &err);
	pack_error(&p, &copy);
	pack_span(&p, &s);
	ASSERT_OK(pack_end(&p), &err);
	say(FRAME_ANSWER, SPAN_OF(&packed), packed.len);
	buf_release(&packed);
}

static void
only_what_was_asked_for_is_signed(void)
{
	struct xml_over good = { .uri = "",
		.transforms = ENVELOPED BY_C14N,
		.mime_type = "text/xml" },
			other[2];
	const struct xml_subject subject = { .uuid = UUID,
		.c14n = C14N,
		.inherited = " xmlns=\"urn:a\"\n",
		.over = &good,
		.count = 1 };
	struct xml_subject wrong;
	struct error err = ERROR_INIT;
	size_t i;

	say_xml_value(&subject);
	say_made("<a><b Id=\"i\"/><ds:Signature/></a>");
	ASSERT_OK(make_xml(NULL, &err), &err);
	CU_ASSERT_EQUAL(signed_here, 1);
	for (i = 0; i < 12; i++) {
		wrong = subject;
		other[0] = other[1] = good;
		wrong.over = other;
		switch (i) {
		case 0:
			wrong.count = 2;
			break;
		case 1:
			wrong.count = 0;
			break;
		case 2:
			wrong.c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
			break;
		case 3:
			wrong.inherited = " xmlns=\"urn:a\"><ds:SignedInfo x=\"\"";
			break;
		case 4:
			snprintf(wrong.uuid, sizeof(wrong.uuid), "\"/><a b=\"");
			break;
		case 5:
			other[0].uri = "#i";
			break;
		case 6:
			other[0].uri = "http://a/other.xml";
			break;
		case 7:
			other[0].transforms = ENVELOPED BY_C14N BY_C14N;
			break;
		case 8:
			other[0].transforms =
			    "<ds:Transform "
			    "Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>";
			break;
		case 9:
			other[0].type = "http://uri.etsi.org/01903#SignedProperties";
			break;
		case 10:
			other[0].mime_type = "application/pdf";
			break;
		default: /* other bytes than those of the document */
			other[0].uri = "#obj-" UUID;
			other[0].transforms =
			    "<ds:Transform "
			    "Algorithm=\"http://www.w3.org/2000/09/xmldsig#base64\"/>";
		}
		error_clear(&err);
		say_xml_value(&wrong);
		say_made("<a><b Id=\"i\"/><ds:Signature/></a>");
		CU_ASSERT_EQUAL(make_xml(NULL, &err), -1);
		if (err.kind != ERROR_INTERNAL || signed_here != 0)
			fprintf(stderr, "%zu: %s\n", i, err.text);
		CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
		CU_ASSERT_EQUAL(signed_here, 0);
	}
}

static void
one_that_wants_more_signed_than_once_or_something_else_gets_nothing(void)
{
	struct xml_over good = {
		.uri = "", .transforms = ENVELOPED BY_C14N, .mime_type = "text/xml"
	};
	const struct xml_subject subject = {
		.uuid = UUID, .c14n = C14N, .over = &good, .count = 1
	};
	struct error err = ERROR_INIT;

	say_xml_value(&subject);
	say_xml_value(&subject);
	CU_ASSERT_EQUAL(make_xml(NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	CU_ASSERT_EQUAL(signed_here, 1);
	error_clear(&err);
	say_cms_value(NULL, "a value");
	CU_ASSERT_EQUAL(make_xml(NULL, &err), -1);
	CU_ASSERT_EQUAL(signed_here, 0);
	error_clear(&err);
	say_contents(3000, 0);
	CU_ASSERT_EQUAL(make_xml(NULL, &err), -1);
	CU_ASSERT_EQUAL(signed_here, 0);
	/* A counter-signature is over the value that was read, and over nothing else. */
	error_clear(&err);
	say_cms_value(NULL, "a value");
	say_made("<a><b Id=\"i\"/></a>");
	ASSERT_OK(make_xml("a value", &err), &err);
	CU_ASSERT_EQUAL(signed_here, 1);
	say_cms_value(NULL, "another value");
	CU_ASSERT_EQUAL(make_xml("a value", &err), -1);
	CU_ASSERT_EQUAL(signed_here, 0);
	error_clear(&err);
	say_cms_value("1.2.840.113549.1.7.1", "a value");
	CU_ASSERT_EQUAL(make_xml("a value", &err), -1);
	CU_ASSERT_EQUAL(signed_here, 0);
	error_clear(&err);
	say_xml_value(&subject);
	CU_ASSERT_EQUAL(make_xml("a value", &err), -1);
	CU_ASSERT_EQUAL(signed_here, 0);
}

static void
a_document_that_comes_back_as_another_is_not_handed_out(void)
{
	struct error err = ERROR_INIT;

	say_made("<a><b Id=\"j\"/><ds:Signature/></a>");
	CU_ASSERT_EQUAL(make_xml(NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
}

/* It stands in a fault's XML as it is. */
static void
a_limit_that_is_no_name_is_not_told(void)
{
	struct error outcome = ERROR_INIT, err = ERROR_INIT;

	error_limit(&outcome, ERROR_LIMIT, "pdf_objects", 10, 11, "objects");
	say_outcome(&outcome);
	CU_ASSERT_EQUAL(read_it(SPAN_OF(&says), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "pdf_objects");
	error_clear(&err);
	says.len = 0;
	snprintf(outcome.limit, sizeof(outcome.limit), "x</sig:limit><sig:code>");
	say_outcome(&outcome);
	CU_ASSERT_EQUAL(read_it(SPAN_OF(&says), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	CU_ASSERT_STRING_EQUAL(err.limit, "");
	says.len = 0;
}

static void
one_that_announces_more_than_it_says_is_not_waited_for(void)
{
	struct error err = ERROR_INIT;

	say(FRAME_ANSWER, span_str("short"), UINT64_MAX);
	CU_ASSERT_EQUAL(read_it(SPAN_OF(&says), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	error_clear(&err);
	CU_ASSERT_EQUAL(read_it(SPAN_NONE, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	says.len = 0;
}

/* A struct that changes makes the seeds of the fuzz target worthless: then make them anew. */
static void
check_seed(void *arg, const char *name, const unsigned char *data, size_t size)
{
	const struct span answer = { data + 1, size - 1 };
	struct error err = ERROR_INIT;

	if (strcmp(name, "read-framed.b64") != 0)
		return;
	ASSERT_OK(read_it(answer, &err), &err);
	++*(int *)arg;
}

static void
the_seeds_of_the_fuzz_target_are_still_answers(void)
{
	int seen = 0;

	CU_ASSERT(fuzz_each_seed("read_answer", check_seed, &seen) > 0);
	CU_ASSERT_EQUAL(seen, 1);
}

static const struct test tests[] = { TEST(what_it_asks_for_once_is_signed_and_filled_in),
	TEST(one_that_asks_and_asks_gets_two_values_and_no_file),
	TEST(one_that_moves_the_gap_or_is_done_without_a_value_gets_nothing),
	TEST(what_it_died_of_while_the_key_signed_is_told), TEST(one_that_only_reads_may_not_ask),
	TEST(one_that_has_envelopes_opened_and_opened_is_left),
	TEST(only_what_stands_in_the_document_is_decrypted),
	TEST(one_that_tells_of_or_asks_for_envelopes_that_it_did_not_meet_is_left),
	TEST(only_what_was_asked_for_is_signed),
	TEST(one_that_wants_more_signed_than_once_or_something_else_gets_nothing),
	TEST(a_document_that_comes_back_as_another_is_not_handed_out),
	TEST(a_limit_that_is_no_name_is_not_told),
	TEST(one_that_announces_more_than_it_says_is_not_waited_for),
	TEST(the_seeds_of_the_fuzz_target_are_still_answers), TEST_END };
const struct suite suite_server_read_child = { "server/read/child", NULL, teardown, tests };
