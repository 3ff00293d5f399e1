/* What is encrypted, opened by a child that has no key: it asks for what only keys can answer. */
#include <string.h>

#include "server/base/text.h"
#include "signing/format/cms/cms_sign.h"
#include "tests/support/envelopes.h"
#include "tests/support/reading.h"
#include "tests/support/suite.h"
#include "tests/support/unlock_desk.h"
#include "tests/support/xml_encrypted.h"

#define TEXT "An invoice over 1,000 euros."

static struct reading_process process;
static const struct format_limits limits = FORMAT_LIMITS_DEFAULT;
/* The times by the clock are long: a loaded machine shall not decide. */
static const struct reader_bounds bounds = {
	.memory = (uint64_t)256 << 20, .cpu_seconds = 20, .seconds = 240, .limits = &limits
};
static struct test_desk desk;

static int
setup(void)
{
	return reading_start(&process);
}

static int
teardown(void)
{
	return reading_stop(&process);
}

static int
open_it(struct unlocked *out, struct span document, struct error *err)
{
	memset(out, 0, sizeof(*out));
	test_desk_init(&desk);
	return reader_open(&process.reader, &bounds, out, document, &desk.desk, err);
}

/* A desk with the keys of both kinds that lets all be tried. */
static void
have_keys(void)
{
	desk = (struct test_desk){
		.keys = { PKI_RSA3072, PKI_BRAINPOOL256 }, .key_count = 2, .go = UNLOCK_TRY
	};
}

static void
envelopes_of_all_sorts_are_opened_with_one_secret_each(void)
{
	const struct envelope_recipe recipes[] = { { 0 }, { .cipher = EVP_aes_256_gcm() },
		{ .oaep = EVP_sha256(), .kdf = EVP_sha256() }, { .flags = CMS_USE_KEYID },
		{ .is_stream = 1 }, { .is_pem = 1 } };
	static const enum pki_id to[] = { PKI_RSA3072, PKI_BRAINPOOL256 };
	struct buf message = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct unlocked clear;
	size_t i, k;

	for (i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++)
		for (k = 0; k < 2; k++) {
			have_keys();
			envelope_make_for(&message, span_str(TEXT), to[k], &recipes[i]);
			ASSERT_OK(open_it(&clear, SPAN_OF(&message), &err), &err);
			CU_ASSERT(clear.is_met && clear.is_open);
			CU_ASSERT(span_equal(SPAN_OF(&clear.content), span_str(TEXT)));
			CU_ASSERT_EQUAL(desk.secrets, 1);
			CU_ASSERT_EQUAL(desk.opened, 1);
			CU_ASSERT_EQUAL(desk.recipients, 1);
			CU_ASSERT(desk.work >= ENVELOPE_TRY_WORK);
			unlocked_release(&clear);
		}
	buf_release(&message);
}

static void
a_password_opens_without_any_key(void)
{
	const struct envelope_recipe recipe = { .password = "geheim" };
	struct buf message = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct unlocked clear;

	desk = (struct test_desk){ .go = UNLOCK_TRY, .password = "geheim" };
	envelope_make_for(&message, span_str(TEXT), PKI_OTHER_SIGNER, &recipe);
	ASSERT_OK(open_it(&clear, SPAN_OF(&message), &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&clear.content), span_str(TEXT)));
	CU_ASSERT_EQUAL(desk.secrets, 0);
	unlocked_release(&clear);
	desk = (struct test_desk){ .go = UNLOCK_TRY, .password = "Geheim" };
	ASSERT_OK(open_it(&clear, SPAN_OF(&message), &err), &err);
	CU_ASSERT(clear.is_met && !clear.is_open && clear.content.len == 0);
	CU_ASSERT_STRING_EQUAL(desk.why, ENVELOPE_DOES_NOT_DECRYPT);
	unlocked_release(&clear);
	buf_release(&message);
}

static void
what_is_for_others_or_was_changed_stays_closed(void)
{
	const struct envelope_recipe recipe = { .cipher = EVP_aes_256_gcm() };
	struct buf message = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct unlocked clear;

	have_keys();
	envelope_make_for(&message, span_str(TEXT), PKI_RSA2048, &recipe);
	ASSERT_OK(open_it(&clear, SPAN_OF(&message), &err), &err);
	CU_ASSERT(clear.is_met && !clear.is_open);
	CU_ASSERT(desk.secrets == 0 && desk.ended == 1 && desk.recipients == 1);
	CU_ASSERT_STRING_EQUAL(desk.why, "");
	unlocked_release(&clear);
	have_keys();
	envelope_make_for(&message, span_str(TEXT), PKI_RSA3072, &recipe);
	message.data[message.len - 40] ^= 1;
	ASSERT_OK(open_it(&clear, SPAN_OF(&message), &err), &err);
	CU_ASSERT(clear.is_met && !clear.is_open && clear.content.len == 0);
	CU_ASSERT(desk.secrets == 1 && desk.ended == 1 && desk.opened == 0);
	CU_ASSERT_STRING_EQUAL(desk.why, ENVELOPE_DOES_NOT_DECRYPT);
	unlocked_release(&clear);
	buf_release(&message);
}

static void
the_desk_decides_whether_anything_is_tried(void)
{
	struct buf message = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct unlocked clear;

	envelope_make_for(&message, span_str(TEXT), PKI_RSA3072, NULL);
	have_keys();
	desk.go = UNLOCK_CLOSED;
	ASSERT_OK(open_it(&clear, SPAN_OF(&message), &err), &err);
	CU_ASSERT(!clear.is_open && desk.secrets == 0 && desk.ended == 1);
	unlocked_release(&clear);
	have_keys();
	desk.go = UNLOCK_SKIP;
	ASSERT_OK(open_it(&clear, SPAN_OF(&message), &err), &err);
	CU_ASSERT(!clear.is_open && desk.secrets == 0 && desk.ended == 0);
	unlocked_release(&clear);
	have_keys();
	desk.fails = ERROR_UNAVAILABLE;
	CU_ASSERT_EQUAL(open_it(&clear, SPAN_OF(&message), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_STRING_EQUAL(err.text, "the keys are away");
	unlocked_release(&clear);
	buf_release(&message);
}

static void
what_a_signed_message_holds_is_opened(void)
{
	const struct sign_options enveloping = {
		.signing_time = PKI_NOW, .claim_time = 1, .packaging = PACKAGING_ENVELOPING
	};
	struct document doc = { .has_content = 1 };
	struct buf sealed = BUF_INIT(0), message = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct unlocked clear;

	have_keys();
	envelope_make_for(&sealed, span_str(TEXT), PKI_RSA3072, NULL);
	doc.content = SPAN_OF(&sealed);
	ASSERT_OK(cms_sign(&message, &doc, CMS_PROFILE_CADES, pki_key(PKI_P256), &enveloping, &err),
	    &err);
	ASSERT_OK(open_it(&clear, SPAN_OF(&message), &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&clear.content), span_str(TEXT)));
	unlocked_release(&clear);
	/* One that holds none has nothing to open. */
	message.len = 0;
	doc.content = span_str(TEXT);
	ASSERT_OK(cms_sign(&message, &doc, CMS_PROFILE_CADES, pki_key(PKI_P256), &enveloping, &err),
	    &err);
	ASSERT_OK(open_it(&clear, SPAN_OF(&message), &err), &err);
	CU_ASSERT(!clear.is_met && !clear.is_open);
	unlocked_release(&clear);
	buf_release(&message);
	buf_release(&sealed);
}

/* A mail whose one part is an envelope, around an entity. */
static void
make_mail(struct buf *mail)
{
	struct buf sealed = BUF_INIT(0);
	struct error err = ERROR_INIT;

	envelope_make_for(
	    &sealed, span_str("Content-Type: text/plain\r\n\r\n" TEXT "\r\n"), PKI_RSA3072, NULL);
	ASSERT_OK(buf_append_str(mail,
		      "From: a@example.com\r\nMIME-Version: 1.0\r\nContent-Type: "
		      "application/pkcs7-mime; smime-type=enveloped-data\r\n"
		      "Content-Transfer-Encoding: base64\r\n\r\n",
		      &err),
	    &err);
	ASSERT_OK(text_base64(mail, SPAN_OF(&sealed), 64, &err), &err);
	ASSERT_OK(buf_append_str(mail, "\r\n", &err), &err);
	buf_release(&sealed);
}

static void
a_mail_is_read_with_its_envelopes_opened_or_its_first_one_is_handed_out(void)
{
	const struct document_read_options options = { .limits = &limits };
	struct buf mail = BUF_INIT(0);
	struct document_facts facts;
	struct error err = ERROR_INIT;
	struct unlocked clear;

	make_mail(&mail);
	have_keys();
	test_desk_init(&desk);
	ASSERT_OK(reader_read_open(
		      &process.reader, &bounds, &facts, SPAN_OF(&mail), &options, &desk.desk, &err),
	    &err);
	CU_ASSERT(facts.mail.opened_count == 1 && facts.mail.encrypted_count == 0);
	document_facts_release(&facts);
	have_keys();
	desk.go = UNLOCK_CLOSED;
	test_desk_init(&desk);
	ASSERT_OK(reader_read_open(
		      &process.reader, &bounds, &facts, SPAN_OF(&mail), &options, &desk.desk, &err),
	    &err);
	CU_ASSERT(facts.mail.opened_count == 0 && facts.mail.encrypted_count == 1);
	CU_ASSERT_EQUAL(facts.mail.recipient_count, 1);
	document_facts_release(&facts);
	have_keys();
	ASSERT_OK(open_it(&clear, SPAN_OF(&mail), &err), &err);
	CU_ASSERT(clear.is_open && clear.is_mail == 1);
	CU_ASSERT(span_equal(
	    SPAN_OF(&clear.content), span_str("Content-Type: text/plain\r\n\r\n" TEXT "\r\n")));
	unlocked_release(&clear);
	buf_release(&mail);
}

static void
parts_of_an_xml_document_are_opened_in_their_places(void)
{
	const struct xml_recipe recipe = { 0 };
	struct buf document = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct unlocked clear;
	int i;

	for (i = 0; i < 2; i++) {
		have_keys();
		document.len = 0;
		ASSERT_OK(buf_append_str(&document, "<a><b>1</b>", &err), &err);
		xml_encrypt(&document, span_str("<c>2</c>"),
		    pki_cert(i == 0 ? PKI_RSA3072 : PKI_BRAINPOOL256), &recipe);
		ASSERT_OK(buf_append_str(&document, "</a>", &err), &err);
		ASSERT_OK(open_it(&clear, SPAN_OF(&document), &err), &err);
		CU_ASSERT_EQUAL_FATAL(clear.clear.count, 1);
		CU_ASSERT_STRING_EQUAL(clear.clear.layers[0].parent, "/a");
		CU_ASSERT_EQUAL(clear.clear.layers[0].inside, XML_LAYER_NONE);
		CU_ASSERT(span_equal(
		    SPAN_OF(&clear.clear.document), span_str("<a><b>1</b><c>2</c></a>")));
		CU_ASSERT_EQUAL(desk.secrets, 1);
		unlocked_release(&clear);
		/* Nobody's key: as it was. */
		desk = (struct test_desk){ .go = UNLOCK_TRY };
		ASSERT_OK(open_it(&clear, SPAN_OF(&document), &err), &err);
		CU_ASSERT(clear.is_met && !clear.is_open);
		CU_ASSERT_EQUAL(clear.clear.document.len, 0);
		unlocked_release(&clear);
	}
	buf_release(&document);
}

static const struct test tests[] = { TEST(envelopes_of_all_sorts_are_opened_with_one_secret_each),
	TEST(a_password_opens_without_any_key),
	TEST(what_is_for_others_or_was_changed_stays_closed),
	TEST(the_desk_decides_whether_anything_is_tried),
	TEST(what_a_signed_message_holds_is_opened),
	TEST(a_mail_is_read_with_its_envelopes_opened_or_its_first_one_is_handed_out),
	TEST(parts_of_an_xml_document_are_opened_in_their_places), TEST_END };
const struct suite suite_server_read_open = { "server/read/open", setup, teardown, tests };
