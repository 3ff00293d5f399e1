/* Mails signed here: what is kept, what is signed, and how it goes on its way. */
#include "signing/format/smime/smime_sign.h"

#include <openssl/cms.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/longterm.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

#define HEADER                                                                                     \
	"Received: from a.example\r\n by b.example\r\nFrom: Alice <alice@example.com>\r\n"         \
	"To: bob@example.com\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nMIME-Version: 1.0\r\n"
#define MAIL                                                                                       \
	HEADER "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "            \
	       "quoted-printable\r\n\r\nAn invoice over 1,000 euros.\r\nGr=C3=BC=C3=9Fe\r\n"

static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW - 60 };

static int
sign(struct buf *out, const char *mail, const char *type, enum packaging packaging,
    struct error *err)
{
	const struct sign_options options = {
		.signing_time = PKI_NOW, .claim_time = 1, .packaging = packaging
	};
	const struct document doc = { .name = "b\xc3\xa4.txt",
		.mime_type = type,
		.content = span_str(mail),
		.has_content = 1 };

	return smime_sign(out, &doc, pki_key(PKI_P256), &options, err);
}

static struct buf
made(const char *mail, const char *type, enum packaging packaging)
{
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(sign(&out, mail, type, packaging, &err), &err);
	ASSERT_OK(buf_terminate(&out, &err), &err);
	return out;
}

static const char *
text_of(const struct buf *mail)
{
	return (const char *)mail->data;
}

/* How many signatures hold, with all of the mail under them; -1: something does not. */
static int
holding(const struct buf *mail, const char *level)
{
	struct signatures list = { 0 };
	struct smime_mail facts = { 0 };
	struct error err = ERROR_INIT;
	size_t i;
	int n = 0;

	ASSERT_OK(smime_read(&list, &facts, SPAN_OF(mail), NULL, &err), &err);
	for (i = 0; i < list.count; i++) {
		const struct signature *sig = &list.items[i];

		if (!sig->value_intact || !sig->references_intact || sig->failure != SUB_NONE)
			n = -1;
		else if (n >= 0)
			n++;
		if (level != NULL && i == 0)
			CU_ASSERT_STRING_EQUAL(ades_level_name(sig->level), level);
	}
	if (facts.unsigned_count > 0)
		n = -1;
	signatures_release(&list);
	smime_mail_release(&facts);
	return n;
}

/* As another program sees it. */
static int
openssl_accepts(const struct buf *mail, struct buf *content)
{
	BIO *in = BIO_new_mem_buf(mail->data, (int)mail->len), *detached = NULL;
	BIO *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = SMIME_read_CMS(in, &detached);
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
	char *data;
	long len;
	int i, ok;

	for (i = 0; i < sk_X509_num(pki_anchors()); i++)
		X509_STORE_add_cert(store, sk_X509_value(pki_anchors(), i));
	X509_VERIFY_PARAM_set_time(param, PKI_NOW);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
	ok = cms != NULL && CMS_verify(cms, NULL, store, detached, out,
				(detached == NULL ? CMS_BINARY : 0) | CMS_CADES) == 1;
	len = BIO_get_mem_data(out, &data);
	if (ok && content != NULL)
		CU_ASSERT_EQUAL(buf_append(content, data, (size_t)len, NULL), 0);
	CMS_ContentInfo_free(cms);
	X509_STORE_free(store);
	BIO_free(in);
	BIO_free(detached);
	BIO_free(out);
	return ok;
}

/* ---- made ---- */

static void
a_clear_mail_keeps_its_header_and_signs_its_content(void)
{
	static const char *const kept[] = { "Received: from a.example\r\n by b.example\r\n",
		"From: Alice <alice@example.com>\r\n", "To: bob@example.com\r\n",
		"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n" };
	struct buf mail = made(MAIL, NULL, PACKAGING_DETACHED), content = BUF_INIT(0);
	const char *top = strstr(text_of(&mail), "\r\n\r\n"), *at;
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(top);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		at = strstr(text_of(&mail), kept[i]);
		CU_ASSERT(at != NULL && at < top);
		CU_ASSERT(at != NULL && strstr(at + 1, kept[i]) == NULL);
	}
	at = strstr(text_of(&mail), "MIME-Version: 1.0\r\n");
	CU_ASSERT(at != NULL && at < top && strstr(at + 1, "MIME-Version") == NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&mail), "micalg=sha-256;"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&mail), "protocol=\"application/pkcs7-signature\""));
	at = strstr(text_of(&mail), "Content-Type: text/plain; charset=utf-8\r\n");
	CU_ASSERT(at != NULL && at > top);
	CU_ASSERT_EQUAL(holding(&mail, "B-B"), 1);
	CU_ASSERT(openssl_accepts(&mail, &content));
	CU_ASSERT_PTR_NOT_NULL(memmem(content.data, content.len, "quoted-printable\r\n\r\nAn", 22));
	buf_release(&content);
	buf_release(&mail);
}

static void
an_opaque_mail_holds_what_it_signs(void)
{
	struct buf mail = made(MAIL, NULL, PACKAGING_ENVELOPING), content = BUF_INIT(0);

	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&mail), "smime-type=signed-data"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&mail), "Subject: =?utf-8"));
	CU_ASSERT_PTR_NULL(strstr(text_of(&mail), "invoice"));
	CU_ASSERT_EQUAL(holding(&mail, "B-B"), 1);
	CU_ASSERT(openssl_accepts(&mail, &content));
	CU_ASSERT_PTR_NOT_NULL(memmem(content.data, content.len, "An invoice over", 15));
	buf_release(&content);
	buf_release(&mail);
}

static void
the_micalg_names_the_digest(void)
{
	static const struct {
		enum digest digest;
		const char *name;
	} rows[] = { { DIGEST_SHA384, "micalg=sha-384;" }, { DIGEST_SHA512, "micalg=sha-512;" } };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sign_options options = {
			.signing_time = PKI_NOW, .claim_time = 1, .digest = rows[i].digest
		};
		const struct document doc = { .content = span_str(MAIL), .has_content = 1 };
		struct buf out = BUF_INIT(0);
		struct error err = ERROR_INIT;

		ASSERT_OK(smime_sign(&out, &doc, pki_key(PKI_RSA2048), &options, &err), &err);
		ASSERT_OK(buf_terminate(&out, &err), &err);
		CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&out), rows[i].name));
		CU_ASSERT(openssl_accepts(&out, NULL));
		buf_release(&out);
	}
}

/* What a relay would change or refuse, and what must not be touched. */
static void
what_no_relay_would_leave_alone_is_encoded_before_it_is_signed(void)
{
	static const struct {
		const char *mail, *has, *has_not;
	} rows[] = {
		{ HEADER "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
			 "8bit\r\n\r\nGr\xc3\xbc\xc3\x9f"
			 "e\r\n",
		    "Content-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ0K", "\xc3" },
		{ HEADER "\r\nGr\xc3\xbc\xc3\x9f"
			 "e\r\n",
		    "Content-Type: text/plain; charset=utf-8\r\n", "\xc3" },
		{ HEADER "\r\nGr\xfc\xdf"
			 "e\r\n",
		    "charset=unknown-8bit", "\xfc" },
		{ HEADER "\r\nHello\r\nFrom here on\r\n", "Content-Transfer-Encoding: base64",
		    "\nFrom here" },
		{ HEADER "\r\nHello\n", "charset=us-ascii\r\n\r\nHello\r\n", "8bit" },
		{ HEADER "Content-Type: multipart/mixed; boundary=x\r\nContent-Transfer-Encoding: "
			 "8bit\r\n\r\nprologue\r\n--x\r\n\r\nplain\r\n--x\r\nContent-Type: "
			 "text/html; charset=utf-8\r\n\r\n<b>\xc3\xbc</b>\r\n--x--\r\n",
		    "--x\r\n\r\nplain\r\n--x\r\nContent-Type: text/html; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n",
		    "\xc3" },
		{ HEADER "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n\xc3\xbc\r\n",
		    "Content-Type: message/rfc822\r\n\r\nSubject: x\r\nContent-Transfer-Encoding: "
		    "base64",
		    "\xc3" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf mail = made(rows[i].mail, NULL, PACKAGING_DETACHED);

		CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&mail), rows[i].has));
		CU_ASSERT_PTR_NULL(strstr(text_of(&mail), rows[i].has_not));
		CU_ASSERT_EQUAL(holding(&mail, NULL), 1);
		CU_ASSERT(openssl_accepts(&mail, NULL));
		buf_release(&mail);
	}
}

static void
a_line_that_is_too_long_is_encoded(void)
{
	char text[2000] = HEADER "\r\n";
	size_t n = strlen(text);
	struct buf mail;

	memset(text + n, 'x', 1100);
	memcpy(text + n + 1100, "\r\n", 3);
	mail = made(text, NULL, PACKAGING_DETACHED);
	CU_ASSERT_PTR_NULL(strstr(text_of(&mail), "xxxx"));
	CU_ASSERT_EQUAL(holding(&mail, NULL), 1);
	buf_release(&mail);
}

static void
a_file_becomes_an_attachment(void)
{
	struct buf mail = made("%PDF-1.7 \x01\xff binary", "application/pdf", PACKAGING_DETACHED);

	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&mail),
	    "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment;\r\n filename*=UTF-8''b%C3%A4%2Etxt\r\n\r\n"));
	CU_ASSERT_EQUAL(strncmp(text_of(&mail), "MIME-Version: 1.0\r\n", 19), 0);
	CU_ASSERT_EQUAL(holding(&mail, NULL), 1);
	CU_ASSERT(openssl_accepts(&mail, NULL));
	buf_release(&mail);
}

static void
a_signed_mail_gets_a_layer_around_it(void)
{
	static const enum packaging kinds[] = { PACKAGING_DETACHED, PACKAGING_ENVELOPING };
	size_t i, k;

	for (i = 0; i < 2; i++)
		for (k = 0; k < 2; k++) {
			struct buf one = made(MAIL, NULL, kinds[i]);
			struct buf two = made(text_of(&one), NULL, kinds[k]);

			CU_ASSERT_EQUAL(holding(&two, NULL), 2);
			CU_ASSERT(openssl_accepts(&two, NULL));
			buf_release(&one);
			buf_release(&two);
		}
}

/* ---- tampered ---- */

static void
what_was_changed_in_a_signed_mail_breaks_it(void)
{
	struct buf mail = made(MAIL, NULL, PACKAGING_DETACHED);
	char *at = strstr((char *)mail.data, "1,000");

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	*at = '9';
	CU_ASSERT_EQUAL(holding(&mail, NULL), -1);
	CU_ASSERT_FALSE(openssl_accepts(&mail, NULL));
	buf_release(&mail);
	/* The header is not signed: what it says proves nothing, and changing it breaks nothing. */
	mail = made(MAIL, NULL, PACKAGING_DETACHED);
	at = strstr((char *)mail.data, "bob@");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	*at = 'r';
	CU_ASSERT_EQUAL(holding(&mail, NULL), 1);
	buf_release(&mail);
}

/* ---- refused ---- */

static void
what_is_no_mail_is_refused_with_the_reason(void)
{
	static const struct {
		const char *mail, *type;
		enum error_kind kind;
		const char *says;
	} rows[] = {
		{ "just some text", NULL, ERROR_MALFORMED, "mimeType" },
		{ "Note: this is no mail\r\n\r\ntext", NULL, ERROR_MALFORMED, "mimeType" },
		{ "", NULL, ERROR_MALFORMED, "" },
		{ "text", "nonsense", ERROR_MALFORMED, "media type" },
		{ "text", "a/b\r\nX: y", ERROR_MALFORMED, "media type" },
		{ "From: a@b\r\nno field\r\n\r\nx", "message/rfc822", ERROR_MALFORMED, "no field" },
		{ HEADER "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx", NULL,
		    ERROR_MALFORMED, "twice" },
		{ HEADER "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n\xc3\xbc\r\n",
		    NULL, ERROR_MALFORMED, "cut off" },
		{ HEADER "Content-Transfer-Encoding: base64\r\n\r\n\xc3\xbc\r\n", NULL,
		    ERROR_MALFORMED, "Content-Transfer-Encoding" },
		{ HEADER
		    "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; "
		    "boundary=x\r\n\r\n--x\r\n\r\n\xc3\xbc\r\n--x\r\n\r\nno\r\n--x--\r\n",
		    NULL, ERROR_UNSUPPORTED, "signed part" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT(0);
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(
		    sign(&out, rows[i].mail, rows[i].type, PACKAGING_DETACHED, &err), -1);
		CU_ASSERT_EQUAL(err.kind, rows[i].kind);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, rows[i].says));
		if (err.kind != rows[i].kind || strstr(err.text, rows[i].says) == NULL)
			fprintf(stderr, "row %zu: %s\n", i, err.text);
		CU_ASSERT_EQUAL(out.len, 0);
		buf_release(&out);
	}
}

/* ---- levels and counter-signatures ---- */

static struct buf
extended(const struct buf *mail, const char *id, enum extension to, const struct evidence *data)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(smime_extend(&out, SPAN_OF(mail), id, to, data, &source, NULL, &err), &err);
	ASSERT_OK(buf_terminate(&out, &err), &err);
	return out;
}

static void
both_kinds_climb_to_lta_with_their_header_as_it_was(void)
{
	static const enum packaging kinds[] = { PACKAGING_DETACHED, PACKAGING_ENVELOPING };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct evidence data = longterm_evidence();
		struct buf b = made(MAIL, NULL, kinds[i]);
		struct buf t = extended(&b, "signer-1", EXTEND_T, NULL);
		struct buf lt = extended(&t, "signer-1", EXTEND_LT, &data);
		struct buf lta = extended(&lt, "signer-1", EXTEND_LTA, NULL);

		CU_ASSERT_EQUAL(holding(&t, "B-T"), 1);
		CU_ASSERT_EQUAL(holding(&lt, "B-LT"), 1);
		CU_ASSERT_EQUAL(holding(&lta, "B-LTA"), 1);
		CU_ASSERT(openssl_accepts(&lta, NULL));
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(text_of(&lta), "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?="));
		buf_release(&b);
		buf_release(&t);
		buf_release(&lt);
		buf_release(&lta);
		evidence_release(&data);
	}
}

/* As a program that keeps mails with bare line feeds has it. */
static void
a_mail_with_bare_line_feeds_stays_one(void)
{
	struct buf mail = made(MAIL, NULL, PACKAGING_DETACHED), t;
	size_t i, n = 0;

	for (i = 0; i < mail.len; i++)
		if (mail.data[i] != '\r')
			mail.data[n++] = mail.data[i];
	mail.len = n;
	mail.data[n] = '\0';
	CU_ASSERT_EQUAL(holding(&mail, "B-B"), 1);
	t = extended(&mail, "signer-1", EXTEND_T, NULL);
	CU_ASSERT_EQUAL(holding(&t, "B-T"), 1);
	CU_ASSERT_PTR_NULL(memchr(t.data, '\r', t.len));
	buf_release(&mail);
	buf_release(&t);
}

static void
an_inner_signature_is_changed_only_where_nothing_covers_it(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct buf one = made(MAIL, NULL, PACKAGING_DETACHED);
	struct buf two = made(text_of(&one), NULL, PACKAGING_DETACHED), t;
	struct buf out = BUF_INIT(0), listed = BUF_INIT(0);
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(
	    smime_extend(&out, SPAN_OF(&two), "1#signer-1", EXTEND_T, NULL, &source, NULL, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	t = extended(&two, "signer-1", EXTEND_T, NULL);
	CU_ASSERT_EQUAL(holding(&t, "B-T"), 2);
	/* A mailing list put it beside a footer. */
	ASSERT_OK(buf_printf(&listed, &err,
		      "Subject: x\r\nContent-Type: multipart/mixed; boundary=l\r\n\r\n--l\r\n%s\r\n"
		      "--l\r\n\r\nfooter\r\n--l--\r\n",
		      strstr(text_of(&one), "MIME-Version")),
	    &err);
	error_clear(&err);
	buf_release(&t);
	t = extended(&listed, "1#signer-1", EXTEND_T, NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&t), "footer\r\n--l--\r\n"));
	CU_ASSERT_EQUAL(
	    smime_extend(&out, SPAN_OF(&listed), "2#signer-1", EXTEND_T, NULL, &source, NULL, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	error_clear(&err);
	buf_release(&two);
	two = made(text_of(&one), NULL, PACKAGING_ENVELOPING);
	CU_ASSERT_EQUAL(
	    smime_extend(&out, SPAN_OF(&two), "1#signer-1", EXTEND_T, NULL, &source, NULL, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&one);
	buf_release(&two);
	buf_release(&listed);
	buf_release(&t);
}

static void
a_mail_is_counter_signed(void)
{
	const struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
	struct buf mail = made(MAIL, NULL, PACKAGING_DETACHED), out = BUF_INIT(0);
	struct buf again = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(smime_counter_sign(
		      &out, SPAN_OF(&mail), "signer-1", pki_key(PKI_RSA2048), &options, &err),
	    &err);
	CU_ASSERT_EQUAL(holding(&out, NULL), 2);
	ASSERT_OK(smime_counter_sign(
		      &again, SPAN_OF(&out), "signer-1.1", pki_key(PKI_P256), &options, &err),
	    &err);
	CU_ASSERT_EQUAL(holding(&again, NULL), 3);
	buf_release(&mail);
	buf_release(&out);
	buf_release(&again);
}

static const struct test tests[] = { TEST(a_clear_mail_keeps_its_header_and_signs_its_content),
	TEST(an_opaque_mail_holds_what_it_signs), TEST(the_micalg_names_the_digest),
	TEST(what_no_relay_would_leave_alone_is_encoded_before_it_is_signed),
	TEST(a_line_that_is_too_long_is_encoded), TEST(a_file_becomes_an_attachment),
	TEST(a_signed_mail_gets_a_layer_around_it),
	TEST(what_was_changed_in_a_signed_mail_breaks_it),
	TEST(what_is_no_mail_is_refused_with_the_reason),
	TEST(both_kinds_climb_to_lta_with_their_header_as_it_was),
	TEST(a_mail_with_bare_line_feeds_stays_one),
	TEST(an_inner_signature_is_changed_only_where_nothing_covers_it),
	TEST(a_mail_is_counter_signed), TEST_END };
const struct suite suite_signing_format_smime_sign = { "signing/format/smime/sign", NULL, NULL,
	tests };
