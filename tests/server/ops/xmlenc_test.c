/* XML encryption on its way to a verdict, and decrypted: signatures inside, around and over it
 * (S2-20). */
#include <stdio.h>
#include <string.h>

#include "server/ops/decrypt.h"
#include "signing/format/xml/xml_sign.h"
#include "tests/support/ops_world.h"
#include "tests/support/suite.h"
#include "tests/support/xml_encrypted.h"

#define PRICE "<o:price currency='EUR'>1,000</o:price>"
#define ORDER "<o:order xmlns:o='urn:order'><o:total>2</o:total>" PRICE "<o:to/></o:order>"

static const struct sign_options options = { .signing_time = PKI_NOW - 3600, .claim_time = 1 };
static const struct xml_recipe cbc = { .cipher = "aes256-cbc" };

static int
setup(void)
{
	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", NULL, 0);
	ops_tenant_without("auditor", "DecryptDocument");
	return 0;
}

static void
sign(struct buf *out, struct span document, const char *target)
{
	const struct document doc = { .content = document, .has_content = 1 };
	const struct xml_sign_options xml = { .target_xpath = target };
	struct error err = ERROR_INIT;

	out->len = 0;
	ASSERT_OK(xml_sign(out, &doc, 1, pki_key(PKI_P256), &options, &xml, &err), &err);
}

/* Put the encrypted form in the place of what it is. */
static void
encrypt_part(
    struct buf *document, const char *part, enum pki_id to, const struct xml_recipe *recipe)
{
	unsigned char *at = memmem(document->data, document->len, part, strlen(part));
	struct buf sealed = BUF_INIT(0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	xml_encrypt(&sealed, span_str(part), pki_cert(to), recipe);
	CU_ASSERT_EQUAL_FATAL(buf_splice(document, (size_t)(at - document->data), strlen(part),
				  SPAN_OF(&sealed), NULL),
	    0);
	buf_release(&sealed);
}

static struct verified_document *
verify(struct ops_verification *v, const char *user, struct span document)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(ops_verify(v, user, document, SPAN_NONE, &err), &err);
	return &v->req.out.verified[0];
}

static void
assert_passed(const struct verified_document *d, const char *key)
{
	CU_ASSERT_FATAL(d->is_judged);
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_EQUAL(d->signatures.count, 1);
	CU_ASSERT_EQUAL_FATAL(d->encryptions.count, 1);
	CU_ASSERT_STRING_EQUAL(d->encryptions.items[0].opened_by, key);
}

static void
assert_closed(const struct verified_document *d)
{
	CU_ASSERT_EQUAL_FATAL(d->encryptions.count, 1);
	CU_ASSERT(!encryption_is_open(&d->encryptions.items[0]));
	CU_ASSERT_STRING_EQUAL(d->encryptions.items[0].opened_by, "");
}

static void
what_was_signed_and_then_encrypted_is_verified(void)
{
	static const struct {
		enum pki_id to;
		const char *key;
		struct xml_recipe recipe;
	} cases[] = { { PKI_RSA3072, "unlock", { 0 } },
		{ PKI_RSA3072, "unlock", { .cipher = "aes128-cbc" } },
		{ PKI_RSA3072, "unlock", { .cipher = "aes128-cbc", .transport = "rsa-1_5" } },
		{ PKI_RSA3072, "unlock",
		    { .transport = "rsa-oaep", .digest = DIGEST_SHA256, .mask = DIGEST_SHA256 } },
		{ PKI_RSA3072, "unlock", { .hint = HINT_NONE } },
		{ PKI_BRAINPOOL256, "unlock-ec", { 0 } },
		{ PKI_BRAINPOOL256, "unlock-ec", { .wrap = "", .kdf = DIGEST_SHA384 } } };
	struct buf document = BUF_INIT(0), whole = BUF_INIT(0);
	struct ops_verification v;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* A part of what is signed. */
		sign(&document, span_str(ORDER), NULL);
		encrypt_part(&document, PRICE, cases[i].to, &cases[i].recipe);
		assert_passed(verify(&v, "acme/erp", SPAN_OF(&document)), cases[i].key);
		CU_ASSERT_STRING_EQUAL(
		    v.req.out.verified[0].encryptions.items[0].part, "/o:order/xenc:EncryptedData");
		CU_ASSERT_EQUAL(v.req.out.verified[0].signatures.items[0].scope, SCOPE_FULL);
		request_release(&v.req);
		/* All of it, its signature too. */
		sign(&document, span_str(ORDER), NULL);
		whole.len = 0;
		xml_encrypt(&whole, SPAN_OF(&document), pki_cert(cases[i].to), &cases[i].recipe);
		assert_passed(verify(&v, "acme/erp", SPAN_OF(&whole)), cases[i].key);
		request_release(&v.req);
	}
	buf_release(&document);
	buf_release(&whole);
}

static void
what_was_changed_before_it_was_encrypted_fails(void)
{
	struct buf document = BUF_INIT(0);
	struct ops_verification v;
	const struct verified_document *d;

	sign(&document, span_str(ORDER), NULL);
	*(char *)memmem(document.data, document.len, "1,000", 5) = '9';
	encrypt_part(&document, "<o:price currency='EUR'>9,000</o:price>", PKI_RSA3072, NULL);
	d = verify(&v, "acme/erp", SPAN_OF(&document));
	CU_ASSERT(d->is_judged);
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_FAILED);
	request_release(&v.req);
	/* Where nothing authenticates it, it is told as not decrypted: the signature fails over the
	 * encrypted form. */
	sign(&document, span_str(ORDER), NULL);
	*(char *)memmem(document.data, document.len, "1,000", 5) = '9';
	encrypt_part(&document, "<o:price currency='EUR'>9,000</o:price>", PKI_RSA3072, &cbc);
	d = verify(&v, "acme/erp", SPAN_OF(&document));
	assert_closed(d);
	CU_ASSERT(d->is_judged);
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_FAILED);
	CU_ASSERT_EQUAL(d->result.major, RESULT_WARNING);
	request_release(&v.req);
	buf_release(&document);
}

/* Encrypted first: the signature is over the encrypted form, and says nothing of the other. */
static void
a_signature_over_the_encrypted_form_passes_and_it_is_said(void)
{
	struct buf encrypted = BUF_INIT(0), document = BUF_INIT(0);
	struct ops_verification v;
	const struct verified_document *d;

	CU_ASSERT_EQUAL_FATAL(buf_append_str(&encrypted, ORDER, NULL), 0);
	encrypt_part(&encrypted, PRICE, PKI_RSA3072, NULL);
	sign(&document, SPAN_OF(&encrypted), NULL);
	d = verify(&v, "acme/erp", SPAN_OF(&document));
	assert_passed(d, "unlock");
	CU_ASSERT_EQUAL(d->result.major, RESULT_WARNING);
	CU_ASSERT_PTR_NOT_NULL(strstr(d->result.message, "over the encrypted form"));
	request_release(&v.req);
	buf_release(&encrypted);
	buf_release(&document);
}

/*
 * CBC beside what is signed, not in it: that it opens must not show. The same of a signature that
 * is over nothing of it by an XPath, and so whole whatever it holds.
 */
static void
a_signature_beside_proves_nothing(void)
{
	/* The second one's last octet is no padding: it does not decrypt. */
	static const char *const contents[] = { "<o:p>5678</o:p>\1", "<o:p>5678</o:p>\177" };
	const struct xml_recipe raw = { .cipher = "aes256-cbc", .is_raw = 1 };
	char message[2][400];
	struct buf sealed = BUF_INIT(0), document = BUF_INIT(0);
	struct ops_verification v;
	const struct verified_document *d;
	unsigned char *at;
	int i;

	for (i = 0; i < 2; i++) {
		sign(&document, span_str(ORDER), "/o:order/o:total");
		sealed.len = 0;
		xml_encrypt(&sealed, span_str(contents[i]), pki_cert(PKI_RSA3072), &raw);
		at = memmem(document.data, document.len, PRICE, strlen(PRICE));
		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		CU_ASSERT_EQUAL_FATAL(buf_splice(&document, (size_t)(at - document.data),
					  strlen(PRICE), SPAN_OF(&sealed), NULL),
		    0);
		d = verify(&v, "acme/erp", SPAN_OF(&document));
		assert_closed(d);
		CU_ASSERT(d->is_judged);
		CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
		CU_ASSERT_EQUAL(d->result.major, RESULT_WARNING);
		snprintf(message[i], sizeof(message[i]), "%s", d->result.message);
		request_release(&v.req);
	}
	CU_ASSERT_STRING_EQUAL(message[0], message[1]);
	buf_release(&document);
	buf_release(&sealed);
}

/* ---- one answer ---- */

/* Contents in whole blocks: padding, XML, elements right or wrong. */
static void
mangled_xml_in_cbc_gets_one_answer(void)
{
	static const char *const contents[] = { "0123456789abcdef", "0123456789abcde\1",
		"<a>4567</a>bcde\1", "<a>45678</a>cdef", "<a>456789</a>de\2", "</a><a>789abcde\1",
		"<o:a/>789abcdef0123456789abcdefgh\20", "<!--4567-->bcde\4" };
	struct buf document = BUF_INIT(0);
	struct xml_recipe raw = { .cipher = "aes256-cbc", .is_raw = 1 };
	char first[400] = "";
	size_t i, n;

	for (n = 0; n < 12; n++)
		for (i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
			struct ops_verification v;
			const struct verified_document *d;

			raw.transport = n % 2 == 0 ? "rsa-1_5" : NULL;
			document.len = 0;
			CU_ASSERT_EQUAL_FATAL(
			    buf_append_str(&document, "<o:x xmlns:o='urn:o'>", NULL), 0);
			xml_encrypt(&document,
			    (struct span){
				(const unsigned char *)contents[i], strlen(contents[i]) / 16 * 16 },
			    pki_cert(PKI_RSA3072), &raw);
			CU_ASSERT_EQUAL_FATAL(buf_append_str(&document, "</o:x>", NULL), 0);
			d = verify(&v, "acme/erp", SPAN_OF(&document));
			assert_closed(d);
			CU_ASSERT(!d->is_judged);
			CU_ASSERT_EQUAL(d->result.major, RESULT_INSUFFICIENT_INFORMATION);
			if (first[0] == '\0')
				snprintf(first, sizeof(first), "%s", d->result.message);
			CU_ASSERT_STRING_EQUAL(d->result.message, first);
			request_release(&v.req);
		}
	buf_release(&document);
}

static void
without_right_or_key_the_document_stays_as_it_is(void)
{
	struct buf document = BUF_INIT(0);
	struct ops_verification v;
	const struct verified_document *d;

	sign(&document, span_str(ORDER), NULL);
	encrypt_part(&document, PRICE, PKI_RSA3072, NULL);
	d = verify(&v, "auditor/erp", SPAN_OF(&document));
	assert_closed(d);
	CU_ASSERT_PTR_NOT_NULL(strstr(d->result.message, "you lack the right DecryptDocument"));
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_FAILED);
	request_release(&v.req);
	sign(&document, span_str(ORDER), NULL);
	encrypt_part(&document, PRICE, PKI_RSA2048, NULL);
	d = verify(&v, "acme/erp", SPAN_OF(&document));
	assert_closed(d);
	CU_ASSERT_PTR_NOT_NULL(strstr(d->result.message, "nothing that you may use opens it"));
	request_release(&v.req);
	buf_release(&document);
}

static void
more_encrypted_parts_than_the_limit_are_refused(void)
{
	struct buf document = BUF_INIT(0);
	struct ops_verification v;
	struct error err = ERROR_INIT;
	size_t i;

	CU_ASSERT_EQUAL_FATAL(buf_append_str(&document, "<o:x xmlns:o='urn:o'>", NULL), 0);
	for (i = 0; i <= ENVELOPE_LAYERS_MAX; i++)
		xml_encrypt(&document, span_str("<a/>"), pki_cert(PKI_RSA3072), NULL);
	CU_ASSERT_EQUAL_FATAL(buf_append_str(&document, "</o:x>", NULL), 0);
	CU_ASSERT_EQUAL(ops_verify(&v, "acme/erp", SPAN_OF(&document), SPAN_NONE, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "envelope-layers");
	request_release(&v.req);
	buf_release(&document);
}

/* ---- DecryptDocument ---- */

static void
decrypt(struct request *req, struct op_document *doc, struct span body)
{
	const struct ops_bodies bodies = { &body, NULL };
	struct error err = ERROR_INIT;

	memset(doc, 0, sizeof(*doc));
	ops_request(req, OP_DECRYPT_DOCUMENT, "acme/erp");
	req->in.documents = doc;
	req->in.document_count = 1;
	ASSERT_OK(ops_serve(req, &bodies, &err), &err);
}

static void
a_decrypted_document_is_what_it_was(void)
{
	struct buf document = BUF_INIT(0), before = BUF_INIT(0);
	struct op_document doc;
	struct request req;
	char audit[300];

	sign(&document, span_str(ORDER), NULL);
	CU_ASSERT_EQUAL_FATAL(buf_append_span(&before, SPAN_OF(&document), NULL), 0);
	encrypt_part(&document, PRICE, PKI_RSA3072, NULL);
	decrypt(&req, &doc, SPAN_OF(&document));
	CU_ASSERT(span_equal(SPAN_OF(&req.out.items[0].document), SPAN_OF(&before)));
	CU_ASSERT_STRING_EQUAL(req.out.result.message, "");
	ops_last_audit(audit, sizeof(audit));
	CU_ASSERT_PTR_NOT_NULL(strstr(audit, "DecryptDocument unlock Success"));
	request_release(&req);
	/* One part for us, one for others: what is left is told. */
	encrypt_part(&document, "<o:to/>", PKI_RSA2048, NULL);
	decrypt(&req, &doc, SPAN_OF(&document));
	CU_ASSERT_EQUAL(req.out.result.major, RESULT_WARNING);
	CU_ASSERT_PTR_NOT_NULL(strstr(req.out.result.message, "still encrypted"));
	CU_ASSERT_PTR_NOT_NULL(memmem(
	    req.out.items[0].document.data, req.out.items[0].document.len, PRICE, strlen(PRICE)));
	request_release(&req);
	/* CBC, 3DES: said. */
	document.len = 0;
	CU_ASSERT_EQUAL_FATAL(buf_append_str(&document, ORDER, NULL), 0);
	encrypt_part(&document, PRICE, PKI_RSA3072,
	    &(struct xml_recipe){ .cipher = "tripledes-cbc", .transport = "rsa-1_5" });
	decrypt(&req, &doc, SPAN_OF(&document));
	CU_ASSERT(span_equal(SPAN_OF(&req.out.items[0].document), span_str(ORDER)));
	CU_ASSERT_PTR_NOT_NULL(strstr(req.out.result.message, "without authentication"));
	CU_ASSERT_PTR_NOT_NULL(strstr(req.out.result.message, "3DES is out of date"));
	request_release(&req);
	buf_release(&document);
	buf_release(&before);
}

static const struct test tests[] = { TEST(what_was_signed_and_then_encrypted_is_verified),
	TEST(what_was_changed_before_it_was_encrypted_fails),
	TEST(a_signature_over_the_encrypted_form_passes_and_it_is_said),
	TEST(a_signature_beside_proves_nothing), TEST(mangled_xml_in_cbc_gets_one_answer),
	TEST(without_right_or_key_the_document_stays_as_it_is),
	TEST(more_encrypted_parts_than_the_limit_are_refused),
	TEST(a_decrypted_document_is_what_it_was), TEST_END };
const struct suite suite_server_ops_xmlenc = { "server/ops/xmlenc", setup, ops_world_end, tests };
