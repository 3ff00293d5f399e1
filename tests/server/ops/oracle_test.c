/*
 * What the answers must not tell: of envelopes to callers without the right to have them opened,
 * and of content that nothing authenticates (S2-20; RFC 3218, EFAIL).
 */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "server/ops/decrypt.h"
#include "signing/format/cms/cms_sign.h"
#include "tests/support/envelopes.h"
#include "tests/support/ops_world.h"
#include "tests/support/suite.h"

#define TEXT "An invoice over 1,000 euros, and so on for more than one block of the cipher."

static const struct sign_options options = {
	.signing_time = PKI_NOW - 3600, .claim_time = 1, .packaging = PACKAGING_ENVELOPING
};
static struct buf signed_text;

static int
setup(void)
{
	const struct document text = { .content = span_str(TEXT), .has_content = 1 };
	struct error err = ERROR_INIT;

	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", NULL, 0);
	ops_tenant_without("auditor", "DecryptDocument");
	return cms_sign(&signed_text, &text, CMS_PROFILE_CADES, pki_key(PKI_P256), &options, &err);
}

static int
teardown(void)
{
	buf_release(&signed_text);
	return ops_world_end();
}

/* ---- the right ---- */

static int
verify_by(struct ops_verification *v, const char *user, struct span document, const char *password,
    struct error *err)
{
	const struct ops_bodies bodies = { &document, NULL };

	memset(v, 0, sizeof(*v));
	ops_request(&v->req, OP_VERIFY_DOCUMENT, user);
	v->req.in.documents = &v->signed_document;
	v->req.in.document_count = 1;
	v->req.in.password = password;
	return ops_serve(&v->req, &bodies, err);
}

static void
assert_lacks_right(struct span document, const char *password)
{
	struct ops_verification v;
	const struct verified_document *d;
	struct error err = ERROR_INIT;
	char audit[300];

	ASSERT_OK(verify_by(&v, "auditor/erp", document, password, &err), &err);
	d = &v.req.out.verified[0];
	CU_ASSERT(!d->is_judged);
	CU_ASSERT_EQUAL(d->result.major, RESULT_INSUFFICIENT_INFORMATION);
	CU_ASSERT_STRING_EQUAL(d->result.minor, "urn:signet:v1:resultminor:NotDecrypted");
	CU_ASSERT_PTR_NOT_NULL(strstr(d->result.message, "you lack the right DecryptDocument"));
	CU_ASSERT_PTR_NOT_NULL(strstr(d->result.message, "; recipients: "));
	CU_ASSERT_EQUAL_FATAL(d->encryptions.count, 1);
	CU_ASSERT(!encryption_is_open(&d->encryptions.items[0]));
	CU_ASSERT(d->encryptions.items[0].envelope.recipient_count > 0);
	ops_last_audit(audit, sizeof(audit));
	CU_ASSERT_PTR_NULL(strstr(audit, "decrypted"));
	request_release(&v.req);
}

/* He may use the keys, and he has the password: it is the right that decides. */
static void
without_the_right_to_decrypt_verification_opens_nothing(void)
{
	static const enum pki_id ids[] = { PKI_RSA3072, PKI_BRAINPOOL256, PKI_OTHER_SIGNER };
	const struct envelope_recipe recipes[] = { { 0 }, { .cipher = EVP_aes_256_gcm() } };
	struct buf sealed = BUF_INIT(0), mail = BUF_INIT(0);
	size_t i, n;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		for (n = 0; n < sizeof(recipes) / sizeof(recipes[0]); n++) {
			envelope_make_for(&sealed, SPAN_OF(&signed_text), ids[i], &recipes[n]);
			assert_lacks_right(SPAN_OF(&sealed), NULL);
		}
	envelope_make_for(&sealed, SPAN_OF(&signed_text), PKI_OTHER_SIGNER,
	    &(struct envelope_recipe){ .password = "geheim" });
	assert_lacks_right(SPAN_OF(&sealed), "geheim");
	envelope_make_for(&sealed, SPAN_OF(&signed_text), PKI_RSA3072, NULL);
	CU_ASSERT_EQUAL_FATAL(
	    buf_append_str(&mail,
		"From: a@example.com\r\nContent-Type: application/pkcs7-mime; "
		"smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n\r\n",
		NULL),
	    0);
	CU_ASSERT_EQUAL_FATAL(text_base64(&mail, SPAN_OF(&sealed), 64, NULL), 0);
	assert_lacks_right(SPAN_OF(&mail), NULL);
	buf_release(&sealed);
	buf_release(&mail);
}

/* ---- a thousand messages that were changed on their way ---- */

/* All that an answer shows of a document. */
struct shown {
	enum result_major major;
	const char *minor;
	char message[400], problem[240];
	int is_judged, is_open;
	size_t signatures, layers;
};

static struct shown first;
static unsigned int seen;

static void
compare(struct span document)
{
	struct shown now = { 0 };
	struct ops_verification v;
	const struct verified_document *d;
	struct error err = ERROR_INIT;

	ASSERT_OK(ops_verify(&v, "acme/erp", document, SPAN_NONE, &err), &err);
	d = &v.req.out.verified[0];
	CU_ASSERT_FATAL(d->encryptions.count > 0);
	now.major = d->result.major;
	now.minor = d->result.minor;
	snprintf(now.message, sizeof(now.message), "%s", d->result.message);
	snprintf(now.problem, sizeof(now.problem), "%s", d->encryptions.items[0].problem);
	now.is_judged = d->is_judged;
	now.is_open = encryption_is_open(&d->encryptions.items[0]);
	now.signatures = d->signatures.count;
	now.layers = d->encryptions.count;
	request_release(&v.req);
	if (seen++ == 0)
		first = now;
	CU_ASSERT_EQUAL(now.major, first.major);
	CU_ASSERT_EQUAL(now.minor, first.minor);
	CU_ASSERT_STRING_EQUAL(now.message, first.message);
	CU_ASSERT_STRING_EQUAL(now.problem, first.problem);
	CU_ASSERT_EQUAL(now.is_judged, first.is_judged);
	CU_ASSERT_EQUAL(now.is_open, first.is_open);
	CU_ASSERT_EQUAL(now.signatures, first.signatures);
	CU_ASSERT_EQUAL(now.layers, first.layers);
}

/* `count` changed copies: a bit of the ciphertext each, which stands at the end of the message. */
static void
flip_each(struct span content, unsigned int count, unsigned int seed)
{
	struct buf sealed = BUF_INIT(0);
	size_t len = (content.len / 16 + 1) * 16, at;
	unsigned int i;

	envelope_make_for(&sealed, content, PKI_RSA3072, NULL);
	for (i = 0; i < count; i++) {
		seed = seed * 1103515245u + 12345u;
		/* Not in the block whose change would only be another text. */
		at = sealed.len - len + (seed >> 8) % len;
		sealed.data[at] ^= (unsigned char)(1u << i % 8);
		compare(SPAN_OF(&sealed));
		sealed.data[at] ^= (unsigned char)(1u << i % 8);
	}
	buf_release(&sealed);
}

/* The last byte of the block before the last: every value that the padding can get. */
static void
change_padding(struct span content)
{
	struct buf sealed = BUF_INIT(0);
	unsigned int i;

	envelope_make_for(&sealed, content, PKI_RSA3072, NULL);
	for (i = 1; i < 256; i++) {
		sealed.data[sealed.len - 17] ^= (unsigned char)i;
		compare(SPAN_OF(&sealed));
		sealed.data[sealed.len - 17] ^= (unsigned char)i;
	}
	buf_release(&sealed);
}

/* The encrypted key: its padding is right or not, the key another one in any case. */
static void
change_keys(unsigned int count)
{
	struct buf sealed = BUF_INIT(0);
	size_t len = (signed_text.len / 16 + 1) * 16, at;
	unsigned int i;

	envelope_make_for(&sealed, SPAN_OF(&signed_text), PKI_RSA3072, NULL);
	/* 384 bytes, some 40 before the content; the first ones stay: below the modulus */
	for (i = 0; i < count; i++) {
		at = sealed.len - len - 80 - i % 200;
		sealed.data[at] ^= (unsigned char)(1u << i % 8);
		compare(SPAN_OF(&sealed));
		sealed.data[at] ^= (unsigned char)(1u << i % 8);
	}
	buf_release(&sealed);
}

/*
 * Padding right or wrong, a text, something like XML, PDF, ZIP, CMS or a mail, a signature that is
 * broken, another key: one answer, to a caller who may have it all decrypted.
 */
static void
a_thousand_mangled_messages_in_cbc_get_the_same_answer(void)
{
	static const char *const contents[] = { TEXT, "<a>" TEXT "</a>", "%PDF-1.7 " TEXT,
		"PK\003\004" TEXT, "Content-Type: application/pkcs7-mime\r\n\r\n" TEXT, "" };
	size_t i;

	seen = 0;
	for (i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		flip_each(span_str(contents[i]), 50, (unsigned int)i);
	flip_each(SPAN_OF(&signed_text), 250, 77);
	change_padding(SPAN_OF(&signed_text));
	change_keys(200);
	CU_ASSERT(seen >= 1000);
	CU_ASSERT(!first.is_judged && !first.is_open);
	CU_ASSERT_PTR_NOT_NULL(strstr(first.message, "nothing authenticates it (AES-256-CBC)"));
}

/* Not changed at all, and not signed: that too is the same answer. */
static void
whole_content_in_cbc_counts_only_where_it_is_signed(void)
{
	struct buf sealed = BUF_INIT(0);
	struct ops_verification v;
	struct error err = ERROR_INIT;

	CU_ASSERT_FATAL(seen > 0);
	envelope_make_for(&sealed, span_str(TEXT), PKI_RSA3072, NULL);
	compare(SPAN_OF(&sealed));
	envelope_make_for(&sealed, SPAN_OF(&signed_text), PKI_RSA3072, NULL);
	ASSERT_OK(ops_verify(&v, "acme/erp", SPAN_OF(&sealed), SPAN_NONE, &err), &err);
	CU_ASSERT(v.req.out.verified[0].is_judged);
	CU_ASSERT_EQUAL(
	    v.req.out.verified[0].report.conclusion.indication, INDICATION_TOTAL_PASSED);
	request_release(&v.req);
	buf_release(&sealed);
}

/* DecryptDocument hands out what comes out; where nothing does, it says the same of everything. */
static void
what_does_not_decrypt_is_refused_in_the_same_words(void)
{
	const struct envelope_recipe recipes[] = { { 0 }, { .cipher = EVP_aes_128_gcm() },
		{ .oaep = EVP_sha256() } };
	char words[400] = "";
	struct buf sealed = BUF_INIT(0);
	size_t i, n, failed = 0;

	for (n = 0; n < sizeof(recipes) / sizeof(recipes[0]); n++) {
		envelope_make_for(&sealed, span_str(TEXT), PKI_RSA3072, &recipes[n]);
		for (i = 1; i < 200; i++) {
			const struct span body = SPAN_OF(&sealed);
			const struct ops_bodies bodies = { &body, NULL };
			struct op_document doc = { 0 };
			struct error err = ERROR_INIT;
			struct request req;

			sealed.data[sealed.len - i - (i > 96 ? 60 : 0)] ^= 1;
			ops_request(&req, OP_DECRYPT_DOCUMENT, "acme/erp");
			req.in.documents = &doc;
			req.in.document_count = 1;
			if (ops_serve(&req, &bodies, &err) == 0 &&
			    req.out.result.major == RESULT_INSUFFICIENT_INFORMATION &&
			    strstr(req.out.result.message, "does not decrypt") != NULL) {
				if (words[0] == '\0')
					snprintf(
					    words, sizeof(words), "%s", req.out.result.message);
				CU_ASSERT_STRING_EQUAL(req.out.result.message, words);
				CU_ASSERT_EQUAL(req.out.items[0].document.len, 0);
				failed++;
			}
			request_release(&req);
			sealed.data[sealed.len - i - (i > 96 ? 60 : 0)] ^= 1;
		}
	}
	CU_ASSERT(failed > 300);
	buf_release(&sealed);
}

static const struct test tests[] = { TEST(without_the_right_to_decrypt_verification_opens_nothing),
	TEST(a_thousand_mangled_messages_in_cbc_get_the_same_answer),
	TEST(whole_content_in_cbc_counts_only_where_it_is_signed),
	TEST(what_does_not_decrypt_is_refused_in_the_same_words), TEST_END };
const struct suite suite_server_ops_oracle = { "server/ops/oracle", setup, teardown, tests };
