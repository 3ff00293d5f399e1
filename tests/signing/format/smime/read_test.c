/* Mails made here, signed and encrypted by libcrypto, and changed on their way. */
#include "signing/format/smime/smime_read.h"

#include <openssl/cms.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/cms/cms_sign.h"
#include "tests/support/signers.h"
#include "tests/support/suite.h"

#define PART "Content-Type: text/plain\r\n\r\nAn invoice over 1,000 euros.\r\nBest wishes"
#define FROM "From: Alice <alice@example.com>\r\nSubject: invoice\r\nMIME-Version: 1.0\r\n"

static struct test_signer alice;

static int
setup(void)
{
	return test_signer_make(&alice, "P-256", NULL);
}

static int
teardown(void)
{
	test_signer_free(&alice);
	return 0;
}

static void
sign(struct buf *der, const char *text, enum packaging packaging)
{
	const struct sign_options options = {
		.signing_time = TEST_TIME, .claim_time = 1, .packaging = packaging
	};
	const struct document doc = { .content = span_str(text), .has_content = 1 };
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_sign(der, &doc, CMS_PROFILE_CADES, &alice.key, &options, &err), &err);
}

static void
put(struct buf *out, const char *text)
{
	CU_ASSERT_EQUAL_FATAL(buf_append_str(out, text, NULL), 0);
}

static void
put_der(struct buf *out, const struct buf *der)
{
	CU_ASSERT_EQUAL_FATAL(text_base64(out, SPAN_OF(der), 64, NULL), 0);
	put(out, "\r\n");
}

/* multipart/signed over `signed_text`, carrying `sent`. */
static void
put_clear(struct buf *out, const char *header, const char *signed_text, const char *sent)
{
	struct buf der = BUF_INIT(0);

	sign(&der, signed_text, PACKAGING_DETACHED);
	put(out, header);
	put(out, "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n"
		 " micalg=sha-256; boundary=\"b1\"\r\n\r\nprologue\r\n--b1\r\n");
	put(out, sent);
	put(out, "\r\n--b1\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n"
		 "Content-Transfer-Encoding: base64\r\n\r\n");
	put_der(out, &der);
	put(out, "--b1--\r\n");
	buf_release(&der);
}

static void
put_opaque(struct buf *out, const char *header, const char *inner)
{
	struct buf der = BUF_INIT(0);

	sign(&der, inner, PACKAGING_ENVELOPING);
	put(out, header);
	put(out, "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n"
		 "Content-Transfer-Encoding: base64\r\n\r\n");
	put_der(out, &der);
	buf_release(&der);
}

struct mail_reading {
	struct signatures list;
	struct smime_mail mail;
};

static void
read_mail(struct mail_reading *r, struct buf *file)
{
	struct error err = ERROR_INIT;

	memset(r, 0, sizeof(*r));
	ASSERT_OK(smime_read(&r->list, &r->mail, SPAN_OF(file), NULL, &err), &err);
	buf_release(file);
}

static void
release(struct mail_reading *r)
{
	signatures_release(&r->list);
	smime_mail_release(&r->mail);
}

static int
is_intact(const struct signature *sig)
{
	return sig->value_intact && sig->references_intact && sig->failure == SUB_NONE;
}

static void
a_clear_signed_mail_is_signed_as_a_whole(void)
{
	struct buf file = BUF_INIT(0);
	struct mail_reading r;

	put_clear(&file, FROM, PART, PART);
	read_mail(&r, &file);
	CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
	CU_ASSERT(is_intact(&r.list.items[0]));
	CU_ASSERT_STRING_EQUAL(r.list.items[0].id, "signer-1");
	CU_ASSERT_STRING_EQUAL(r.list.items[0].references[0].uri, "mail");
	CU_ASSERT_EQUAL(r.list.items[0].scope, SCOPE_FULL);
	CU_ASSERT_STRING_EQUAL(r.mail.from, "alice@example.com");
	CU_ASSERT_EQUAL(r.mail.unsigned_count, 0);
	release(&r);
}

static void
a_changed_text_breaks_it(void)
{
	struct buf file = BUF_INIT(0);
	struct mail_reading r;

	put_clear(&file, FROM, PART,
	    "Content-Type: text/plain\r\n\r\nAn invoice over 9,000 euros.\r\nBest wishes");
	read_mail(&r, &file);
	CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
	CU_ASSERT_EQUAL(r.list.items[0].failure, SUB_HASH_FAILURE);
	CU_ASSERT_EQUAL(r.mail.unsigned_count, 1);
	release(&r);
}

/* A mail as Unix programs keep it: bare line feeds, signed with CR LF. */
static void
line_ends_that_were_changed_on_the_way_do_no_harm(void)
{
	struct buf file = BUF_INIT(0), bare = BUF_INIT(0);
	struct mail_reading r;
	size_t i;

	put_clear(&file, FROM, PART, PART);
	for (i = 0; i < file.len; i++)
		if (file.data[i] != '\r')
			CU_ASSERT_EQUAL_FATAL(buf_append(&bare, file.data + i, 1, NULL), 0);
	read_mail(&r, &bare);
	CU_ASSERT_FATAL(r.list.count == 1 && is_intact(&r.list.items[0]));
	CU_ASSERT_STRING_EQUAL(r.list.items[0].references[0].transforms, "canonical");
	release(&r);
	buf_release(&file);
}

static void
an_opaque_mail_and_layers_in_it_are_read(void)
{
	struct buf file = BUF_INIT(0), inner = BUF_INIT(0);
	struct mail_reading r;

	put_clear(&inner, "", PART, PART);
	CU_ASSERT_EQUAL_FATAL(buf_terminate(&inner, NULL), 0);
	put_opaque(&file, FROM, (const char *)inner.data);
	read_mail(&r, &file);
	CU_ASSERT_EQUAL_FATAL(r.list.count, 2);
	CU_ASSERT(is_intact(&r.list.items[0]) && is_intact(&r.list.items[1]));
	CU_ASSERT_STRING_EQUAL(r.list.items[1].id, "1#signer-1");
	CU_ASSERT_EQUAL(r.mail.unsigned_count, 0);
	release(&r);
	buf_release(&inner);
}

static void
a_signed_part_of_a_mail_is_no_signed_mail(void)
{
	struct buf file = BUF_INIT(0);
	struct mail_reading r;

	put(&file, FROM "Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n"
			"Content-Type: text/plain\r\n\r\nnot signed\r\n--out\r\n");
	put_clear(&file, "", PART, PART);
	put(&file, "\r\n--out--\r\n");
	read_mail(&r, &file);
	CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
	CU_ASSERT(is_intact(&r.list.items[0]));
	CU_ASSERT_EQUAL(r.list.items[0].scope, SCOPE_PARTIAL);
	CU_ASSERT_STRING_EQUAL(r.list.items[0].references[0].uri, "part 2");
	CU_ASSERT_EQUAL(r.mail.unsigned_count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.mail.remarks, "not covered"));
	release(&r);
}

static void
a_third_part_or_a_second_content_type_fails_the_format(void)
{
	struct buf file = BUF_INIT(0);
	struct mail_reading r;

	put_clear(&file, FROM, PART, PART "\r\n--b1\r\n\r\nsmuggled");
	read_mail(&r, &file);
	CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
	CU_ASSERT_EQUAL(r.list.items[0].failure, SUB_FORMAT_FAILURE);
	release(&r);
	put_clear(&file,
	    FROM "Content-Type: multipart/signed; boundary=b2; "
		 "protocol=\"application/pkcs7-signature\"\r\n",
	    PART, PART);
	read_mail(&r, &file);
	CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
	CU_ASSERT_EQUAL(r.list.items[0].failure, SUB_FORMAT_FAILURE);
	release(&r);
}

static void
a_sender_who_did_not_sign_is_told(void)
{
	static const char *const headers[] = { "Subject: x\r\n",
		"From: \"alice@example.com\" <eve@example.org>\r\n",
		"From: alice@example.com\r\nFrom: eve@example.org\r\n" };
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct buf file = BUF_INIT(0);
		struct mail_reading r;

		put_clear(&file, headers[i], PART, PART);
		read_mail(&r, &file);
		CU_ASSERT_FATAL(r.list.count == 1 && is_intact(&r.list.items[0]));
		CU_ASSERT(r.mail.is_doubtful && r.mail.remarks[0] != '\0');
		release(&r);
	}
}

static void
a_mail_dated_hours_away_from_its_signature_is_doubtful(void)
{
	/* The signature claims 2026-03-01T12:00:00Z. */
	static const struct {
		const char *date;
		int is_doubtful;
	} rows[] = { { "", 0 }, { "Date: Sun, 01 Mar 2026 12:59:00 +0000\r\n", 0 },
		{ "Date: Sun, 01 Mar 2026 13:30:00 +0200\r\n", 0 },
		{ "Date: Sun, 01 Mar 2026 13:01:00 +0000\r\n", 1 },
		{ "Date: Sun, 01 Mar 2026 12:00:00 +0200\r\n", 1 } };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf file = BUF_INIT(0), header = BUF_INIT(0);
		struct mail_reading r;

		put(&header, rows[i].date);
		put(&header, FROM);
		CU_ASSERT_EQUAL(buf_terminate(&header, NULL), 0);
		put_clear(&file, (const char *)header.data, PART, PART);
		read_mail(&r, &file);
		CU_ASSERT_FATAL(r.list.count == 1 && is_intact(&r.list.items[0]));
		CU_ASSERT_EQUAL(
		    strstr(r.mail.remarks, "Date is much") != NULL, rows[i].is_doubtful);
		CU_ASSERT(r.mail.is_doubtful >= rows[i].is_doubtful);
		release(&r);
		buf_release(&header);
	}
}

static void
an_encrypted_mail_tells_for_whom_it_is(void)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct test_signer rsa;
	struct buf file = BUF_INIT(0), der = BUF_INIT(0);
	struct mail_reading r;
	unsigned char *bytes = NULL;
	CMS_ContentInfo *cms;
	BIO *in = BIO_new_mem_buf(PART, -1);
	int len;

	CU_ASSERT_EQUAL_FATAL(test_signer_make(&rsa, "RSA-2048", NULL), 0);
	sk_X509_push(certs, rsa.key.cert);
	sk_X509_push(certs, alice.key.cert);
	cms = CMS_encrypt(certs, in, EVP_aes_128_cbc(), CMS_BINARY);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cms);
	len = i2d_CMS_ContentInfo(cms, &bytes);
	CU_ASSERT_FATAL(len > 0 && buf_append(&der, bytes, (size_t)len, NULL) == 0);
	put(&file, FROM "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n"
			"Content-Transfer-Encoding: base64\r\n\r\n");
	put_der(&file, &der);
	read_mail(&r, &file);
	CU_ASSERT_EQUAL(r.list.count, 0);
	CU_ASSERT_EQUAL(r.mail.encrypted_count, 1);
	CU_ASSERT_EQUAL_FATAL(r.mail.recipient_count, 2);
	CU_ASSERT_PTR_NOT_NULL(r.mail.recipients[0].issuer);
	CU_ASSERT_PTR_NOT_NULL(r.mail.recipients[0].serial);
	CU_ASSERT_PTR_NOT_NULL(r.mail.recipients[1].serial);
	release(&r);
	OPENSSL_free(bytes);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	sk_X509_free(certs);
	test_signer_free(&rsa);
	buf_release(&der);
}

static void
parts_that_nest_too_deep_are_refused(void)
{
	struct buf file = BUF_INIT(0);
	struct signatures list = { 0 };
	struct smime_mail mail = { 0 };
	struct error err = ERROR_INIT;
	unsigned int i;

	for (i = 0; i < SMIME_DEPTH_MAX + 2; i++)
		CU_ASSERT_EQUAL_FATAL(
		    buf_printf(&file, &err,
			"Content-Type: multipart/mixed; boundary=b%u-\r\n\r\n--b%u-\r\n", i, i),
		    0);
	for (; i-- > 0;)
		CU_ASSERT_EQUAL_FATAL(buf_printf(&file, &err, "\r\n--b%u---\r\n", i), 0);
	CU_ASSERT_EQUAL(smime_read(&list, &mail, SPAN_OF(&file), NULL, &err), -1);
	CU_ASSERT_STRING_EQUAL(err.limit, "smime-depth");
	signatures_release(&list);
	smime_mail_release(&mail);
	buf_release(&file);
}

/* An opener for whom every envelope holds this. */
static int
give(void *ctx, const char *part, struct span file, struct buf *content, struct error *err)
{
	(void)part;
	(void)file;
	return ctx != NULL ? (buf_append_str(content, ctx, err) == 0 ? 1 : -1) : 0;
}

static void
put_envelope(struct buf *out)
{
	static const unsigned char envelope[] = { 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 0x01, 0x07, 0x03 };

	put(out, "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n"
		 "Content-Transfer-Encoding: base64\r\n\r\n");
	CU_ASSERT_EQUAL_FATAL(
	    text_base64(out, (struct span){ envelope, sizeof(envelope) }, 64, NULL), 0);
	put(out, "\r\n");
}

/* What was encrypted as a whole is the mail; what was in a part of it is a part. */
static void
what_an_opener_opens_is_read_as_if_it_stood_there(void)
{
	struct buf file = BUF_INIT(0), inner = BUF_INIT(0);
	struct envelope_opener opener = { give, NULL };
	const struct smime_read_options options = { .opener = &opener };
	struct mail_reading r = { 0 };
	struct error err = ERROR_INIT;

	put_opaque(&inner, "", PART);
	ASSERT_OK(buf_terminate(&inner, &err), &err);
	opener.ctx = inner.data;
	put(&file, FROM);
	put_envelope(&file);
	ASSERT_OK(smime_read(&r.list, &r.mail, SPAN_OF(&file), &options, &err), &err);
	CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
	CU_ASSERT(is_intact(&r.list.items[0]) && r.list.items[0].scope == SCOPE_FULL);
	CU_ASSERT_STRING_EQUAL(r.list.items[0].id, "1#signer-1");
	CU_ASSERT(r.mail.is_doubtful); /* the signer's certificate names nobody's mail address */
	CU_ASSERT(r.mail.opened_count == 1 && r.mail.unsigned_count == 0);
	release(&r);
	memset(&r, 0, sizeof(r));
	file.len = 0;
	put(&file,
	    FROM "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" PART "\r\n--b\r\n");
	put_envelope(&file);
	put(&file, "--b--\r\n");
	ASSERT_OK(smime_read(&r.list, &r.mail, SPAN_OF(&file), &options, &err), &err);
	CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
	CU_ASSERT(is_intact(&r.list.items[0]) && r.list.items[0].scope == SCOPE_PARTIAL);
	CU_ASSERT_EQUAL(r.mail.unsigned_count, 1);
	release(&r);
	/* An envelope in an envelope in an envelope ...: as deep as parts may be, no deeper. */
	memset(&r, 0, sizeof(r));
	inner.len = file.len = 0;
	put_envelope(&inner);
	ASSERT_OK(buf_terminate(&inner, &err), &err);
	opener.ctx = inner.data;
	put(&file, FROM);
	put_envelope(&file);
	CU_ASSERT_EQUAL(smime_read(&r.list, &r.mail, SPAN_OF(&file), &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "smime-depth");
	release(&r);
	buf_release(&file);
	buf_release(&inner);
}

static const struct test tests[] = { TEST(a_clear_signed_mail_is_signed_as_a_whole),
	TEST(a_changed_text_breaks_it), TEST(line_ends_that_were_changed_on_the_way_do_no_harm),
	TEST(an_opaque_mail_and_layers_in_it_are_read),
	TEST(a_signed_part_of_a_mail_is_no_signed_mail),
	TEST(a_third_part_or_a_second_content_type_fails_the_format),
	TEST(a_sender_who_did_not_sign_is_told),
	TEST(a_mail_dated_hours_away_from_its_signature_is_doubtful),
	TEST(an_encrypted_mail_tells_for_whom_it_is),
	TEST(what_an_opener_opens_is_read_as_if_it_stood_there),
	TEST(parts_that_nest_too_deep_are_refused), TEST_END };
const struct suite suite_signing_format_smime_read = { "signing/format/smime/read", setup, teardown,
	tests };
