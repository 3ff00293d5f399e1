/* Encrypted documents: opened with what the caller may use, and with nothing else (S2-20). */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/pdf/pdf_sign.h"
#include "server/ops/decrypt.h"
#include "tests/support/envelopes.h"
#include "tests/support/ops_world.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#define TEXT   "An invoice over 1,000 euros."
#define ENTITY "Content-Type: text/plain\r\n\r\nAn invoice over 1,000 euros.\r\n"
#define FROM   "From: Alice <alice@example.com>\r\nSubject: invoice\r\nMIME-Version: 1.0\r\n"

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
	ops_tenant("rival", NULL, 0);
	return cms_sign(&signed_text, &text, CMS_PROFILE_CADES, pki_key(PKI_P256), &options, &err);
}

static int
teardown(void)
{
	buf_release(&signed_text);
	return ops_world_end();
}

static struct verified_document *
verify(struct ops_verification *v, const char *user, struct span document)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(ops_verify(v, user, document, SPAN_NONE, &err), &err);
	CU_ASSERT_EQUAL_FATAL(v->req.out.verified_count, 1);
	return &v->req.out.verified[0];
}

static void
assert_passed(const struct verified_document *d, const char *key)
{
	CU_ASSERT_FATAL(d->is_judged);
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_EQUAL(d->signatures.count, 1);
	CU_ASSERT_FATAL(d->encryptions.count > 0);
	CU_ASSERT_STRING_EQUAL(d->encryptions.items[0].opened_by, key);
}

/* ---- verification ---- */

static void
what_is_encrypted_for_a_key_of_the_callers_is_opened_and_judged(void)
{
	static const struct {
		enum pki_id to;
		const char *key;
	} cases[] = { { PKI_RSA3072, "unlock" }, { PKI_BRAINPOOL256, "unlock-ec" } };
	const struct envelope_recipe recipes[] = { { 0 }, { .cipher = EVP_aes_256_gcm() },
		{ .oaep = EVP_sha256(), .kdf = EVP_sha256() }, { .flags = CMS_USE_KEYID },
		{ .is_stream = 1 }, { .is_pem = 1 } };
	struct buf message = BUF_INIT(0);
	struct ops_verification v;
	char audit[300];
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (n = 0; n < sizeof(recipes) / sizeof(recipes[0]); n++) {
			struct verified_document *d;

			envelope_make_for(
			    &message, SPAN_OF(&signed_text), cases[i].to, &recipes[n]);
			d = verify(&v, "acme/erp", SPAN_OF(&message));
			assert_passed(d, cases[i].key);
			CU_ASSERT_EQUAL(d->encryptions.items[0].envelope.is_authenticated,
			    recipes[n].cipher != NULL);
			snprintf(audit, sizeof(audit), "decrypted with key %s", cases[i].key);
			CU_ASSERT_STRING_EQUAL(v.req.out.result.message, audit);
			request_release(&v.req);
		}
	buf_release(&message);
}

static void
layers_of_signatures_and_encryption_are_all_looked_into(void)
{
	struct buf inner = BUF_INIT(0), around = BUF_INIT(0), outer = BUF_INIT(0);
	struct document doc = { .has_content = 1 };
	struct error err = ERROR_INIT;
	struct ops_verification v;
	struct verified_document *d;

	/* Signed, encrypted, signed, encrypted again. */
	envelope_make_for(&inner, SPAN_OF(&signed_text), PKI_RSA3072, NULL);
	doc.content = SPAN_OF(&inner);
	ASSERT_OK(
	    cms_sign(&around, &doc, CMS_PROFILE_CADES, pki_key(PKI_RSA2048), &options, &err), &err);
	envelope_make_for(&outer, SPAN_OF(&around), PKI_BRAINPOOL256, NULL);
	d = verify(&v, "acme/erp", SPAN_OF(&outer));
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_EQUAL_FATAL(d->signatures.count, 2);
	CU_ASSERT_STRING_EQUAL(d->signatures.items[0].id, "signer-1");
	CU_ASSERT_STRING_EQUAL(d->signatures.items[1].id, "1#signer-1");
	CU_ASSERT_EQUAL_FATAL(d->encryptions.count, 2);
	CU_ASSERT_STRING_EQUAL(d->encryptions.items[0].opened_by, "unlock-ec");
	CU_ASSERT_STRING_EQUAL(d->encryptions.items[1].opened_by, "unlock");
	request_release(&v.req);
	/* The inner layer for somebody else: the outer signature counts, and it is said. */
	envelope_make_for(&inner, SPAN_OF(&signed_text), PKI_OTHER_SIGNER, NULL);
	doc.content = SPAN_OF(&inner);
	around.len = 0;
	ASSERT_OK(
	    cms_sign(&around, &doc, CMS_PROFILE_CADES, pki_key(PKI_RSA2048), &options, &err), &err);
	d = verify(&v, "acme/erp", SPAN_OF(&around));
	CU_ASSERT(d->is_judged);
	CU_ASSERT_EQUAL(d->signatures.count, 1);
	CU_ASSERT_EQUAL(d->result.major, RESULT_WARNING);
	CU_ASSERT_PTR_NOT_NULL(strstr(d->result.message, "not all of it was looked into"));
	request_release(&v.req);
	buf_release(&inner);
	buf_release(&around);
	buf_release(&outer);
}

static void
too_many_layers_are_refused(void)
{
	const struct envelope_recipe recipe = { .cipher = EVP_aes_128_gcm() };
	struct buf a = BUF_INIT(0), b = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct ops_verification v;
	size_t i;

	envelope_make_for(&a, SPAN_OF(&signed_text), PKI_RSA3072, &recipe);
	for (i = 0; i < ENVELOPE_LAYERS_MAX; i++) {
		struct buf swap = a;

		envelope_make_for(&b, SPAN_OF(&a), PKI_RSA3072, &recipe);
		a = b;
		b = swap;
	}
	CU_ASSERT_EQUAL(ops_verify(&v, "acme/erp", SPAN_OF(&a), SPAN_NONE, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "envelope-layers");
	request_release(&v.req);
	buf_release(&a);
	buf_release(&b);
}

static void
keys_that_were_used_before_the_reading_failed_are_in_the_audit(void)
{
	const struct envelope_recipe recipe = { .cipher = EVP_aes_256_gcm() };
	struct buf sealed = BUF_INIT(0), broken = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct ops_verification v;
	char reason[700];
	size_t i;

	/* Layer in layer, one too many: all but the last were opened; of CBC no more is told. */
	envelope_make_for(&sealed, SPAN_OF(&signed_text), PKI_RSA3072, &recipe);
	for (i = 0; i < ENVELOPE_LAYERS_MAX; i++) {
		envelope_make_for(&broken, SPAN_OF(&sealed), PKI_RSA3072, &recipe);
		buf_release(&sealed);
		sealed = broken;
		broken = (struct buf)BUF_INIT(0);
	}
	CU_ASSERT_EQUAL(ops_verify(&v, "acme/erp", SPAN_OF(&sealed), SPAN_NONE, &err), -1);
	request_release(&v.req);
	ASSERT_OK(postgres_ask(ops_database(), "postgres",
		      "SELECT reason FROM signet.audit ORDER BY seq DESC LIMIT 1", reason,
		      sizeof(reason), &err),
	    &err);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "envelope-layers"));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "decrypted with key unlock"));
	buf_release(&sealed);
}

/* The first layer has its turn always; no further one when the request's time is over. */
static void
layers_after_the_requests_time_are_not_opened(void)
{
	struct encryptions found = { 0 };
	struct request req = { .until_us = 1 };
	struct buf damaged = BUF_INIT(0);
	struct unlocked clear = { 0 };
	struct error err = ERROR_INIT;
	struct opening o;

	envelope_make_for(&damaged, span_str(TEXT), PKI_RSA3072, NULL);
	damaged.len /= 2;
	opening_init(&o, ops_engine(), &req, NULL, NULL, &found);
	ASSERT_OK(opening_open(&o, &clear, SPAN_OF(&damaged), &err), &err);
	CU_ASSERT(clear.is_met && !clear.is_open);
	CU_ASSERT_EQUAL(found.count, 1);
	unlocked_release(&clear);
	CU_ASSERT_EQUAL(opening_open(&o, &clear, SPAN_OF(&damaged), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "limit-request-seconds");
	CU_ASSERT_EQUAL(found.count, 1);
	unlocked_release(&clear);
	opening_release(&o);
	encryptions_release(&found);
	buf_release(&damaged);
}

/* ---- closed ---- */

static void
assert_closed(const char *user, enum pki_id to, char *message, size_t size)
{
	struct buf sealed = BUF_INIT(0);
	struct ops_verification v;
	struct verified_document *d;
	char serial[128];

	envelope_make_for(&sealed, SPAN_OF(&signed_text), to, NULL);
	d = verify(&v, user, SPAN_OF(&sealed));
	CU_ASSERT(!d->is_judged);
	CU_ASSERT_EQUAL(d->result.major, RESULT_INSUFFICIENT_INFORMATION);
	CU_ASSERT_STRING_EQUAL(d->result.minor, "urn:signet:v1:resultminor:NotDecrypted");
	CU_ASSERT_EQUAL_FATAL(d->encryptions.count, 1);
	CU_ASSERT(!encryption_is_open(&d->encryptions.items[0]));
	CU_ASSERT_STRING_EQUAL(d->encryptions.items[0].problem, "");
	CU_ASSERT_EQUAL_FATAL(d->encryptions.items[0].envelope.recipient_count, 1);
	snprintf(
	    serial, sizeof(serial), "%s", d->encryptions.items[0].envelope.recipients[0].serial);
	CU_ASSERT_PTR_NOT_NULL(strstr(d->result.message, serial));
	/* Without the serial number all messages are to be the same. */
	snprintf(message, size, "%.*s",
	    (int)(strstr(d->result.message, serial) - d->result.message), d->result.message);
	CU_ASSERT_STRING_EQUAL(v.req.out.result.message, "");
	request_release(&v.req);
	buf_release(&sealed);
}

/*
 * Nobody's certificate; one of a key that is not the caller's, that was disabled, that is for
 * signing alone; a key that the same tenant has in use, for a caller without it: not to be told
 * apart.
 */
static void
where_no_key_may_be_used_only_the_recipients_are_told(void)
{
	static const struct {
		const char *user;
		enum pki_id to;
	} cases[] = { { "acme/erp", PKI_OTHER_SIGNER }, { "acme/erp", PKI_REVOCABLE },
		{ "acme/erp", PKI_P521 }, { "acme/erp", PKI_RSA2048 } };
	char first[400], other[400];
	size_t i;

	assert_closed("acme/erp", PKI_OTHER_SIGNER, first, sizeof(first));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_closed(cases[i].user, cases[i].to, other, sizeof(other));
		CU_ASSERT_STRING_EQUAL(other, first);
	}
}

/* The key of another tenant, and one that was taken from the caller's group. */
static void
a_key_of_another_tenant_or_group_does_not_open_it(void)
{
	char first[400], other[400];

	assert_closed("acme/erp", PKI_OTHER_SIGNER, first, sizeof(first));
	ops_change(
	    "DELETE FROM signet.group_key g USING signet.signing_key k, signet.tenant t WHERE "
	    "g.key_id = k.id AND k.tenant_id = t.id AND t.name = 'rival' AND k.name = "
	    "'unlock'");
	assert_closed("rival/erp", PKI_RSA3072, other, sizeof(other));
	CU_ASSERT_STRING_EQUAL(other, first);
	ops_change("UPDATE signet.signing_key k SET state = 'disabled' FROM signet.tenant t WHERE "
		   "k.tenant_id = t.id AND t.name = 'rival' AND k.name = 'unlock-ec'");
	assert_closed("rival/erp", PKI_BRAINPOOL256, other, sizeof(other));
	CU_ASSERT_STRING_EQUAL(other, first);
}

/* The key whose certificate is named twice, once for signing and once for decrypting. */
static void
a_key_for_decrypting_alone_does_not_sign(void)
{
	struct op_document doc = { .name = "a.txt" };
	const struct span body = span_str(TEXT);
	const struct ops_bodies bodies = { &body, NULL };
	struct request req;
	struct error err = ERROR_INIT;

	ops_request(&req, OP_SIGN_DOCUMENT, "acme/erp");
	req.in.documents = &doc;
	req.in.document_count = 1;
	req.in.sign.key = "unlock";
	CU_ASSERT_EQUAL(ops_serve(&req, &bodies, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHORIZED);
	request_release(&req);
}

static void
what_was_changed_on_its_way_stays_closed_and_says_why(void)
{
	struct buf sealed = BUF_INIT(0);
	struct ops_verification v;
	struct verified_document *d;

	envelope_make_for(&sealed, SPAN_OF(&signed_text), PKI_RSA3072,
	    &(struct envelope_recipe){ .cipher = EVP_aes_256_gcm() });
	sealed.data[sealed.len - 40] ^= 1;
	d = verify(&v, "acme/erp", SPAN_OF(&sealed));
	CU_ASSERT(!d->is_judged);
	CU_ASSERT_EQUAL(d->result.major, RESULT_INSUFFICIENT_INFORMATION);
	CU_ASSERT_PTR_NOT_NULL(strstr(d->result.message, "does not decrypt"));
	request_release(&v.req);
	buf_release(&sealed);
}

static void
what_is_encrypted_and_not_signed_is_told_as_such(void)
{
	static const char *const contents[] = { TEXT, "<html>no XML<br></html>", "%PDF-1.7 no PDF",
		"" };
	const struct envelope_recipe recipe = { .cipher = EVP_aes_256_gcm() };
	struct buf sealed = BUF_INIT(0);
	struct ops_verification v;
	size_t i;

	for (i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		struct verified_document *d;

		envelope_make_for(&sealed, span_str(contents[i]), PKI_RSA3072, &recipe);
		d = verify(&v, "acme/erp", SPAN_OF(&sealed));
		CU_ASSERT(d->is_judged);
		CU_ASSERT_EQUAL(d->signatures.count, 0);
		CU_ASSERT_NOT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
		CU_ASSERT_STRING_EQUAL(d->encryptions.items[0].opened_by, "unlock");
		request_release(&v.req);
	}
	buf_release(&sealed);
}

/* ---- mails ---- */

static void
put(struct buf *out, const char *text)
{
	CU_ASSERT_EQUAL_FATAL(buf_append_str(out, text, NULL), 0);
}

static void
put_part(struct buf *out, const char *type, struct span der)
{
	put(out, "Content-Type: application/pkcs7-mime; smime-type=");
	put(out, type);
	put(out, "; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	CU_ASSERT_EQUAL_FATAL(text_base64(out, der, 64, NULL), 0);
	put(out, "\r\n");
}

/* FROM, and in it an envelope around an entity that is signed (opaque) or ENTITY. */
static void
make_mail(struct buf *mail, int is_signed, enum pki_id to)
{
	const struct document doc = { .content = span_str(ENTITY), .has_content = 1 };
	struct buf der = BUF_INIT(0), entity = BUF_INIT(0), sealed = BUF_INIT(0);
	struct error err = ERROR_INIT;

	if (is_signed) {
		ASSERT_OK(
		    cms_sign(&der, &doc, CMS_PROFILE_CADES, pki_key(PKI_P256), &options, &err),
		    &err);
		put_part(&entity, "signed-data", SPAN_OF(&der));
	} else {
		put(&entity, ENTITY);
	}
	envelope_make_for(&sealed, SPAN_OF(&entity), to, NULL);
	put(mail, FROM);
	put_part(mail, "enveloped-data", SPAN_OF(&sealed));
	buf_release(&der);
	buf_release(&entity);
	buf_release(&sealed);
}

static void
a_mail_that_was_signed_and_encrypted_is_verified(void)
{
	struct buf mail = BUF_INIT(0);
	struct ops_verification v;
	struct verified_document *d;

	make_mail(&mail, 1, PKI_RSA3072);
	d = verify(&v, "acme/erp", SPAN_OF(&mail));
	assert_passed(d, "unlock");
	CU_ASSERT_STRING_EQUAL(d->encryptions.items[0].part, "");
	CU_ASSERT_EQUAL(d->signatures.items[0].scope, SCOPE_FULL);
	CU_ASSERT_STRING_EQUAL(d->signatures.items[0].id, "1#signer-1");
	/* Who signed has no mail address, and the mail says that it is from Alice. */
	CU_ASSERT_EQUAL(d->result.major, RESULT_WARNING);
	CU_ASSERT_PTR_NOT_NULL(strstr(d->result.message, "mail address"));
	request_release(&v.req);
	mail.len = 0;
	make_mail(&mail, 1, PKI_OTHER_SIGNER);
	d = verify(&v, "acme/erp", SPAN_OF(&mail));
	CU_ASSERT(!d->is_judged);
	CU_ASSERT_EQUAL(d->result.major, RESULT_INSUFFICIENT_INFORMATION);
	request_release(&v.req);
	buf_release(&mail);
}

static void
a_setting_makes_a_mail_of_somebody_else_fail(void)
{
	struct limits limits = ops_limits();
	struct buf mail = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct ops_verification v;
	struct verified_document *d;

	limits.mail_need_address = 1;
	ASSERT_OK(engine_set_limits(ops_engine(), &limits, &err), &err);
	make_mail(&mail, 1, PKI_RSA3072);
	d = verify(&v, "acme/erp", SPAN_OF(&mail));
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_INDETERMINATE);
	CU_ASSERT_EQUAL(d->report.conclusion.sub, SUB_SIG_CONSTRAINTS_FAILURE);
	request_release(&v.req);
	limits.mail_need_address = 0;
	ASSERT_OK(engine_set_limits(ops_engine(), &limits, &err), &err);
	buf_release(&mail);
}

/* ---- DecryptDocument ---- */

static uint64_t worked_before; /* microseconds */

static int
decrypt(struct request *req, struct op_document *doc, const char *user, struct span body,
    const char *password, struct error *err)
{
	const struct ops_bodies bodies = { &body, NULL };

	memset(doc, 0, sizeof(*doc));
	ops_request(req, OP_DECRYPT_DOCUMENT, user);
	req->in.documents = doc;
	req->in.document_count = 1;
	req->in.password = password;
	req->file_us = worked_before;
	return ops_serve(req, &bodies, err);
}

static void
a_document_is_decrypted_and_the_audit_names_the_key(void)
{
	struct buf sealed = BUF_INIT(0);
	struct op_document doc;
	struct request req;
	struct error err = ERROR_INIT;
	char audit[300];

	envelope_make_for(&sealed, span_str(TEXT), PKI_RSA3072, NULL);
	ASSERT_OK(decrypt(&req, &doc, "acme/erp", SPAN_OF(&sealed), NULL, &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&req.out.items[0].document), span_str(TEXT)));
	CU_ASSERT_STRING_EQUAL(req.out.encryptions.items[0].opened_by, "unlock");
	/* CBC: that nothing authenticates it is said. */
	CU_ASSERT_PTR_NOT_NULL(strstr(req.out.result.message, "without authentication"));
	ops_last_audit(audit, sizeof(audit));
	CU_ASSERT_PTR_NOT_NULL(strstr(audit, "DecryptDocument unlock Success"));
	request_release(&req);
	envelope_make_for(&sealed, span_str(TEXT), PKI_BRAINPOOL256,
	    &(struct envelope_recipe){ .cipher = EVP_aes_128_gcm() });
	ASSERT_OK(decrypt(&req, &doc, "acme/erp", SPAN_OF(&sealed), NULL, &err), &err);
	CU_ASSERT_STRING_EQUAL(req.out.result.message, "");
	request_release(&req);
	buf_release(&sealed);
}

static void
without_the_right_or_a_key_nothing_is_decrypted(void)
{
	struct buf sealed = BUF_INIT(0);
	struct op_document doc;
	struct request req;
	struct error err = ERROR_INIT;
	char audit[300];

	envelope_make_for(&sealed, span_str(TEXT), PKI_RSA3072, NULL);
	CU_ASSERT_EQUAL(decrypt(&req, &doc, "acme/clerk", SPAN_OF(&sealed), NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHORIZED);
	request_release(&req);
	envelope_make_for(&sealed, span_str(TEXT), PKI_REVOCABLE, NULL);
	error_clear(&err);
	ASSERT_OK(decrypt(&req, &doc, "acme/erp", SPAN_OF(&sealed), NULL, &err), &err);
	CU_ASSERT_EQUAL(req.out.result.major, RESULT_INSUFFICIENT_INFORMATION);
	CU_ASSERT_EQUAL(req.out.items[0].document.len, 0);
	ops_last_audit(audit, sizeof(audit));
	CU_ASSERT_PTR_NULL(strstr(audit, "Success"));
	request_release(&req);
	error_clear(&err);
	CU_ASSERT_EQUAL(decrypt(&req, &doc, "acme/erp", span_str(TEXT), NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not encrypted"));
	request_release(&req);
	buf_release(&sealed);
}

static void
a_password_decrypts_what_was_encrypted_for_one(void)
{
	const struct envelope_recipe recipe = { .password = "geheim" };
	struct buf sealed = BUF_INIT(0);
	struct op_document doc;
	struct request req;
	struct error err = ERROR_INIT;

	envelope_make_for(&sealed, span_str(TEXT), PKI_OTHER_SIGNER, &recipe);
	ASSERT_OK(decrypt(&req, &doc, "acme/erp", SPAN_OF(&sealed), "geheim", &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&req.out.items[0].document), span_str(TEXT)));
	CU_ASSERT(req.out.encryptions.items[0].by_password);
	request_release(&req);
	ASSERT_OK(decrypt(&req, &doc, "acme/erp", SPAN_OF(&sealed), "Geheim", &err), &err);
	CU_ASSERT_EQUAL(req.out.result.major, RESULT_INSUFFICIENT_INFORMATION);
	request_release(&req);
	buf_release(&sealed);
}

/* Rounds of a password are work on the file, paid before they are made. */
static void
a_password_that_takes_too_much_work_is_refused(void)
{
	const struct envelope_recipe recipe = { .password = "geheim", .rounds = 100000 };
	const uint64_t most = (uint64_t)ops_limits().read_seconds * 1000000;
	struct buf sealed = BUF_INIT(0);
	struct op_document doc;
	struct request req;
	struct error err = ERROR_INIT;

	envelope_make_for(&sealed, span_str(TEXT), PKI_OTHER_SIGNER, &recipe);
	worked_before = most - 100000 - ENVELOPE_TRY_WORK;
	ASSERT_OK(decrypt(&req, &doc, "acme/erp", SPAN_OF(&sealed), "geheim", &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&req.out.items[0].document), span_str(TEXT)));
	CU_ASSERT_EQUAL(req.file_us, most);
	request_release(&req);
	worked_before++;
	CU_ASSERT_EQUAL(decrypt(&req, &doc, "acme/erp", SPAN_OF(&sealed), "geheim", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "limit-read-seconds");
	CU_ASSERT_EQUAL(req.file_us, worked_before);
	request_release(&req);
	worked_before = 0;
	buf_release(&sealed);
}

/* What opens it does not make it cheaper: that would tell which of the keys was right. */
static void
all_tries_are_paid_for_though_the_first_opens(void)
{
	const struct envelope_recipe recipe = { .cipher = EVP_aes_128_gcm() };
	X509 *certs[5];
	struct buf sealed = BUF_INIT(0);
	struct op_document doc;
	struct request req;
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < 5; i++)
		certs[i] = pki_cert(PKI_RSA3072);
	envelope_make(&sealed, span_str(TEXT), certs, 5, &recipe);
	ASSERT_OK(decrypt(&req, &doc, "acme/erp", SPAN_OF(&sealed), NULL, &err), &err);
	CU_ASSERT_STRING_EQUAL(req.out.encryptions.items[0].opened_by, "unlock");
	CU_ASSERT_EQUAL(req.file_us, 5 * ENVELOPE_TRY_WORK);
	request_release(&req);
	buf_release(&sealed);
}

/* What an envelope for the tenant's key cost, and how it was answered. */
static uint64_t
cost_of(const struct buf *document, char *said, size_t size)
{
	struct ops_verification v;
	struct verified_document *d = verify(&v, "acme/erp", SPAN_OF(document));
	const uint64_t cost = v.req.file_us;

	CU_ASSERT_EQUAL(v.req.file_aside_us, 0);
	snprintf(said, size, "%s", d->result.message);
	request_release(&v.req);
	return cost;
}

/*
 * Nothing authenticates it, and nothing in it is signed: that it was opened is not told by what
 * work is left for the rest either.
 */
static void
what_proves_nothing_costs_the_same_whether_it_opens_or_not(void)
{
	const struct envelope_recipe gcm = { .cipher = EVP_aes_256_gcm() };
	const uint64_t half = (uint64_t)ops_limits().read_seconds * 500000;
	char opens[400], fails[400];
	struct buf sealed = BUF_INIT(0), mail = BUF_INIT(0);
	uint64_t cost;

	envelope_make_for(&sealed, span_str(TEXT), PKI_RSA3072, NULL);
	cost = cost_of(&sealed, opens, sizeof(opens));
	CU_ASSERT_EQUAL(cost, half);
	sealed.data[sealed.len - 1] ^= 1; /* the padding */
	CU_ASSERT_EQUAL(cost_of(&sealed, fails, sizeof(fails)), cost);
	CU_ASSERT_STRING_EQUAL(opens, fails);
	/* What stands in a mail is read again without it. */
	put(&mail, FROM);
	envelope_make_for(&sealed, span_str(TEXT), PKI_RSA3072, NULL);
	put_part(&mail, "enveloped-data", SPAN_OF(&sealed));
	cost = cost_of(&mail, opens, sizeof(opens));
	CU_ASSERT(cost > half && cost < half + half / 2);
	mail.len = 0;
	put(&mail, FROM);
	sealed.data[sealed.len - 1] ^= 1;
	put_part(&mail, "enveloped-data", SPAN_OF(&sealed));
	CU_ASSERT_EQUAL(cost_of(&mail, fails, sizeof(fails)), cost);
	CU_ASSERT_STRING_EQUAL(opens, fails);
	/* What is authenticated, or proven, has nothing to hide. */
	envelope_make_for(&sealed, span_str(TEXT), PKI_RSA3072, &gcm);
	CU_ASSERT(cost_of(&sealed, opens, sizeof(opens)) < half);
	envelope_make_for(&sealed, SPAN_OF(&signed_text), PKI_RSA3072, NULL);
	CU_ASSERT(cost_of(&sealed, opens, sizeof(opens)) < half);
	buf_release(&mail);
	buf_release(&sealed);
}

/* Layers in each other are held at the same time, each as large as what is around it. */
static void
layers_that_are_held_at_once_are_bounded(void)
{
	const struct envelope_recipe recipe = { .cipher = EVP_aes_128_gcm() };
	struct limits limits = ops_limits();
	struct buf a = BUF_INIT(0), b = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct ops_verification v;
	size_t sizes[4];
	int i;

	envelope_make_for(&a, SPAN_OF(&signed_text), PKI_RSA3072, &recipe);
	for (i = 0; i < 4; i++) {
		struct buf swap = a;

		sizes[i] = a.len;
		envelope_make_for(&b, SPAN_OF(&a), PKI_RSA3072, &recipe);
		a = b;
		b = swap;
	}
	/* Five layers: all but the last content are held while that one is opened. */
	limits.read_memory = sizes[0] + sizes[1] + sizes[2] + sizes[3] + signed_text.len;
	ASSERT_OK(engine_set_limits(ops_engine(), &limits, &err), &err);
	verify(&v, "acme/erp", SPAN_OF(&a));
	CU_ASSERT_EQUAL(v.req.out.verified[0].encryptions.count, 5);
	request_release(&v.req);
	limits.read_memory--;
	ASSERT_OK(engine_set_limits(ops_engine(), &limits, &err), &err);
	CU_ASSERT_EQUAL(ops_verify(&v, "acme/erp", SPAN_OF(&a), SPAN_NONE, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "limit-read-memory");
	request_release(&v.req);
	limits = ops_limits();
	error_clear(&err);
	ASSERT_OK(engine_set_limits(ops_engine(), &limits, &err), &err);
	buf_release(&a);
	buf_release(&b);
}

static void
a_mail_is_decrypted_in_its_place(void)
{
	struct buf mail = BUF_INIT(0);
	struct op_document doc;
	struct request req;
	struct error err = ERROR_INIT;

	make_mail(&mail, 0, PKI_RSA3072);
	ASSERT_OK(decrypt(&req, &doc, "acme/erp", SPAN_OF(&mail), NULL, &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&req.out.items[0].document),
	    span_str("From: Alice <alice@example.com>\r\nSubject: invoice\r\nMIME-Version: "
		     "1.0\r\n" ENTITY)));
	request_release(&req);
	/* Inside it is signed: what comes out is a mail that verifies. */
	mail.len = 0;
	make_mail(&mail, 1, PKI_RSA3072);
	ASSERT_OK(decrypt(&req, &doc, "acme/erp", SPAN_OF(&mail), NULL, &err), &err);
	{
		struct ops_verification v;
		struct verified_document *d =
		    verify(&v, "acme/erp", SPAN_OF(&req.out.items[0].document));

		CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
		CU_ASSERT_EQUAL(d->encryptions.count, 0);
		request_release(&v.req);
	}
	request_release(&req);
	buf_release(&mail);
}

static void
a_pdf_is_decrypted_with_its_password_unless_it_is_signed(void)
{
	const struct pdf_sample sample = { 0 };
	struct buf clear = BUF_INIT(0), closed = BUF_INIT(0);
	struct op_document doc;
	struct request req;
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_sample_make(&clear, &sample, &err), &err);
	ASSERT_OK(
	    pdf_sample_qpdf(&closed, SPAN_OF(&clear), "--encrypt user owner 256 --", &err), &err);
	{
		/* To verify it, its password is asked for. */
		struct ops_verification v;
		struct verified_document *d = verify(&v, "acme/erp", SPAN_OF(&closed));

		CU_ASSERT(!d->is_judged);
		CU_ASSERT_EQUAL(d->result.major, RESULT_INSUFFICIENT_INFORMATION);
		CU_ASSERT_PTR_NOT_NULL(strstr(d->result.message, "password"));
		CU_ASSERT_EQUAL_FATAL(d->encryptions.count, 1);
		CU_ASSERT_EQUAL(
		    d->encryptions.items[0].envelope.recipients[0].kind, ENVELOPE_PASSWORD);
		request_release(&v.req);
	}
	ASSERT_OK(decrypt(&req, &doc, "acme/erp", SPAN_OF(&closed), "user", &err), &err);
	CU_ASSERT_EQUAL(
	    pdf_sample_judge(NULL, SPAN_OF(&req.out.items[0].document), "qpdf --check"), 0);
	CU_ASSERT_NOT_EQUAL(
	    pdf_sample_judge(NULL, SPAN_OF(&req.out.items[0].document), "qpdf --is-encrypted"), 0);
	request_release(&req);
	CU_ASSERT_EQUAL(decrypt(&req, &doc, "acme/erp", SPAN_OF(&closed), "User", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	request_release(&req);
	error_clear(&err);
	CU_ASSERT_EQUAL(decrypt(&req, &doc, "acme/erp", SPAN_OF(&clear), NULL, &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not encrypted"));
	request_release(&req);
	/* Signed as it is, encrypted: decrypting would break the signature. */
	error_clear(&err);
	clear.len = 0;
	{
		const struct pdf_sign_options pdf = { .password = "user" };

		ASSERT_OK(pdf_sign(&clear, SPAN_OF(&closed), pki_key(PKI_P256),
			      &(struct sign_options){ .signing_time = PKI_NOW }, &pdf, &err),
		    &err);
	}
	CU_ASSERT_EQUAL(decrypt(&req, &doc, "acme/erp", SPAN_OF(&clear), "user", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	request_release(&req);
	buf_release(&clear);
	buf_release(&closed);
}

static const struct test tests[] = {
	TEST(what_is_encrypted_for_a_key_of_the_callers_is_opened_and_judged),
	TEST(layers_of_signatures_and_encryption_are_all_looked_into),
	TEST(too_many_layers_are_refused),
	TEST(keys_that_were_used_before_the_reading_failed_are_in_the_audit),
	TEST(layers_after_the_requests_time_are_not_opened),
	TEST(where_no_key_may_be_used_only_the_recipients_are_told),
	TEST(a_key_of_another_tenant_or_group_does_not_open_it),
	TEST(a_key_for_decrypting_alone_does_not_sign),
	TEST(what_was_changed_on_its_way_stays_closed_and_says_why),
	TEST(what_is_encrypted_and_not_signed_is_told_as_such),
	TEST(a_mail_that_was_signed_and_encrypted_is_verified),
	TEST(a_setting_makes_a_mail_of_somebody_else_fail),
	TEST(a_document_is_decrypted_and_the_audit_names_the_key),
	TEST(without_the_right_or_a_key_nothing_is_decrypted),
	TEST(a_password_decrypts_what_was_encrypted_for_one),
	TEST(a_password_that_takes_too_much_work_is_refused),
	TEST(all_tries_are_paid_for_though_the_first_opens),
	TEST(what_proves_nothing_costs_the_same_whether_it_opens_or_not),
	TEST(layers_that_are_held_at_once_are_bounded), TEST(a_mail_is_decrypted_in_its_place),
	TEST(a_pdf_is_decrypted_with_its_password_unless_it_is_signed), TEST_END
};
const struct suite suite_server_ops_decrypt = { "server/ops/decrypt", setup, teardown, tests };
