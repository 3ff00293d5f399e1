#include "signing/format/cms/cms_read.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/asn1.h"
#include "signing/format/cms/attributes.h"
#include "signing/format/cms/ber.h"
#include "signing/format/cms/oids.h"
#include "tests/support/signers.h"
#include "tests/support/suite.h"

static struct test_signer rsa, p256, p384;
static const char hello[] = "An invoice over 1,000 euros.";

static int
setup(void)
{
	return test_signer_make(&rsa, "RSA-2048", NULL) == 0 &&
		       test_signer_make(&p256, "P-256", NULL) == 0 &&
		       test_signer_make(&p384, "P-384", NULL) == 0
		   ? 0
		   : 1;
}

static int
teardown(void)
{
	test_signer_free(&rsa);
	test_signer_free(&p256);
	test_signer_free(&p384);
	return 0;
}

static struct document
document_of(const char *text)
{
	return (struct document){ .content = span_str(text), .has_content = 1 };
}

static void
sign_hello(struct buf *der, const struct test_signer *signer, const struct sign_options *options)
{
	struct error err = ERROR_INIT;
	struct document doc = document_of(hello);
	struct sign_options usual = { .signing_time = TEST_TIME, .claim_time = 1 };

	ASSERT_OK(cms_sign(der, &doc, CMS_PROFILE_CADES, &signer->key,
		      options != NULL ? options : &usual, &err),
	    &err);
}

/* Read der as a signature over `text` (NULL: attached) and give the n-th signature. */
static const struct signature *
read_nth(struct signatures *list, const struct buf *der, const char *text, size_t n)
{
	struct error err = ERROR_INIT;
	struct document doc = document_of(text);

	signatures_release(list);
	ASSERT_OK(cms_read(list, SPAN_OF(der), text != NULL ? &doc : NULL, NULL, &err), &err);
	CU_ASSERT_FATAL(list->count > n);
	CU_ASSERT_EQUAL(ERR_peek_error(), 0);
	return &list->items[n];
}

static int
is_intact(const struct signature *sig)
{
	return sig->value_intact && sig->references_intact && sig->failure == SUB_NONE;
}

static void
what_is_made_here_is_read_back(void)
{
	static const struct {
		struct test_signer *signer;
		enum digest digest;
		enum padding padding;
	} rows[] = {
		{ &rsa, DIGEST_SHA256, PADDING_PKCS1 },
		{ &rsa, DIGEST_SHA3_512, PADDING_PKCS1 },
		{ &rsa, DIGEST_SHA384, PADDING_PSS },
		{ &rsa, DIGEST_SHA3_256, PADDING_PSS },
		{ &p256, DIGEST_NONE, PADDING_NONE },
		{ &p384, DIGEST_NONE, PADDING_NONE },
		{ &p256, DIGEST_SHA3_256, PADDING_NONE },
		{ &p384, DIGEST_SHA3_512, PADDING_NONE },
	};
	struct signatures list = { 0 };
	const struct signature *sig;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sign_options options = { .signing_time = TEST_TIME,
			.claim_time = 1,
			.digest = rows[i].digest,
			.padding = rows[i].padding };
		struct buf der = BUF_INIT(0);

		sign_hello(&der, rows[i].signer, &options);
		sig = read_nth(&list, &der, hello, 0);
		CU_ASSERT(is_intact(sig) && sig->baseline && sig->scope == SCOPE_FULL);
		CU_ASSERT_EQUAL(sig->cert_ref, CERT_REF_MATCHES);
		CU_ASSERT_EQUAL(X509_cmp(sig->signer, rows[i].signer->key.cert), 0);
		CU_ASSERT_STRING_EQUAL(sig->id, "signer-1");
		CU_ASSERT(sig->has_claimed_time && sig->claimed_time == TEST_TIME);
		CU_ASSERT_EQUAL(sig->reference_count, 1);
		sig = read_nth(&list, &der, "Another text", 0);
		CU_ASSERT(sig->value_intact && !sig->references_intact);
		CU_ASSERT_EQUAL(sig->failure, SUB_HASH_FAILURE);
		buf_release(&der);
	}
	signatures_release(&list);
}

static void
no_flipped_byte_goes_unseen(void)
{
	struct sign_options options = {
		.signing_time = TEST_TIME, .claim_time = 1, .packaging = PACKAGING_ENVELOPING
	};
	struct buf der = BUF_INIT(0);
	size_t i, cert_at, cert_end;
	unsigned char *cert = NULL;
	int cert_len = i2d_X509(p256.key.cert, &cert), unseen = 0;

	sign_hello(&der, &p256, &options);
	cert_at =
	    (size_t)((unsigned char *)memmem(der.data, der.len, cert, (size_t)cert_len) - der.data);
	cert_end = cert_at + (size_t)cert_len;
	for (i = 0; i < der.len; i++) {
		struct signatures list = { 0 };
		struct error err = ERROR_INIT;

		der.data[i] ^= 0x04;
		if (cms_read(&list, SPAN_OF(&der), NULL, NULL, &err) == 0 && list.count == 1 &&
		    is_intact(&list.items[0])) {
			/* Outside of what is signed: versions, and the list of digests. */
			int harmless = i < 41 || (i > cert_end && der.data[i - 1] == 1);

			unseen += !harmless;
			if (!harmless)
				printf("byte %zu of %zu (certificate %zu-%zu)\n", i, der.len,
				    cert_at, cert_end);
		}
		der.data[i] ^= 0x04;
		signatures_release(&list);
	}
	CU_ASSERT_EQUAL(unseen, 0);
	OPENSSL_free(cert);
	buf_release(&der);
}

static void
what_the_signer_claims_is_told(void)
{
	static const char *const roles[] = { "Geschäftsführer", "Prokurist" };
	static const unsigned char policy[32] = { 7 };
	struct sign_options options = { .claimed_roles = roles,
		.claimed_role_count = 2,
		.city = "Köln",
		.country = "DE",
		.policy_oid = "1.2.276.0.1.2.3",
		.policy_digest = DIGEST_SHA256,
		.policy_digest_value = { policy, sizeof(policy) } };
	struct signatures list = { 0 };
	struct buf der = BUF_INIT(0);
	const struct signature *sig;

	sign_hello(&der, &p256, &options);
	sig = read_nth(&list, &der, hello, 0);
	CU_ASSERT(is_intact(sig));
	CU_ASSERT_PTR_NOT_NULL_FATAL(sig->roles);
	CU_ASSERT_STRING_EQUAL(sig->roles, "Prokurist\nGeschäftsführer");
	CU_ASSERT_STRING_EQUAL(sig->location, "Köln, DE");
	CU_ASSERT_STRING_EQUAL(sig->policy, "1.2.276.0.1.2.3");
	CU_ASSERT(!sig->has_claimed_time && !sig->baseline);
	signatures_release(&list);
	buf_release(&der);
}

static void
a_streamed_document_is_known_by_its_digests(void)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct signatures list = { 0 };
	struct digest_values values = { 0 };
	struct document doc = { .digests = &values };
	unsigned int bits;

	sign_hello(&der, &p384, NULL);
	ASSERT_OK(cms_digests_needed(SPAN_OF(&der), NULL, &bits, &err), &err);
	CU_ASSERT_EQUAL(bits, DIGEST_BIT(DIGEST_SHA384));
	ASSERT_OK(
	    digest_span(DIGEST_SHA384, span_str(hello), values.value[DIGEST_SHA384], &err), &err);
	values.have = bits;
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), &doc, NULL, &err), &err);
	CU_ASSERT(is_intact(&list.items[0]));
	signatures_release(&list);
	values.have = DIGEST_BIT(DIGEST_SHA256);
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), &doc, NULL, &err), &err);
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_SIGNED_DATA_NOT_FOUND);
	CU_ASSERT_FALSE(list.items[0].references_intact);
	signatures_release(&list);
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), NULL, NULL, &err), &err);
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_SIGNED_DATA_NOT_FOUND);
	CU_ASSERT_FALSE(list.items[0].references_intact);
	signatures_release(&list);
	buf_release(&der);
}

static void
attached_content_comes_out_exactly(void)
{
	struct sign_options options = { .packaging = PACKAGING_ENVELOPING };
	struct error err = ERROR_INIT;
	struct signatures list = { 0 };
	struct document other = document_of("Another text"), same = document_of(hello);
	struct buf der = BUF_INIT(0), content = BUF_INIT(0);
	char type[64];

	sign_hello(&der, &p256, &options);
	ASSERT_OK(cms_content(&content, type, sizeof(type), SPAN_OF(&der), &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&content), span_str(hello)));
	CU_ASSERT_STRING_EQUAL(type, OID_DATA);
	CU_ASSERT(is_intact(read_nth(&list, &der, NULL, 0)));
	signatures_release(&list);
	/* Never two contents, not even equal ones. */
	CU_ASSERT_EQUAL(cms_read(&list, SPAN_OF(&der), &other, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_EQUAL(cms_read(&list, SPAN_OF(&der), &same, NULL, &err), -1);
	CU_ASSERT_EQUAL(list.count, 0);
	error_clear(&err);
	der.len = 0;
	sign_hello(&der, &p256, NULL);
	CU_ASSERT_EQUAL(cms_content(&content, NULL, 0, SPAN_OF(&der), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	buf_release(&content);
	buf_release(&der);
}

static void
bytes_behind_the_message_are_refused(void)
{
	struct cms_read_options padded = { .allow_zero_padding = 1 };
	struct document doc = document_of(hello);
	struct signatures list = { 0 };
	struct buf der = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t len;

	sign_hello(&der, &p256, NULL);
	len = der.len;
	ASSERT_OK(buf_append(&der, "\0\0\0", 3, &err), &err);
	CU_ASSERT_EQUAL(cms_read(&list, SPAN_OF(&der), &doc, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	error_clear(&err);
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), &doc, &padded, &err), &err);
	CU_ASSERT(is_intact(&list.items[0]));
	signatures_release(&list);
	der.data[len + 1] = 'x';
	CU_ASSERT_EQUAL(cms_read(&list, SPAN_OF(&der), &doc, &padded, &err), -1);
	der.len = len - 1;
	error_clear(&err);
	CU_ASSERT_EQUAL(cms_read(&list, SPAN_OF(&der), &doc, &padded, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	buf_release(&der);
}

static void
pem_is_read_too(void)
{
	struct error err = ERROR_INIT;
	struct signatures list = { 0 };
	struct buf der = BUF_INIT(0), pem = BUF_INIT(0);

	sign_hello(&der, &p256, NULL);
	ASSERT_OK(buf_append_str(&pem, "some words\n-----BEGIN PKCS7-----\n", &err), &err);
	ASSERT_OK(text_base64(&pem, SPAN_OF(&der), 64, &err), &err);
	ASSERT_OK(buf_append_str(&pem, "\n-----END PKCS7-----\n", &err), &err);
	CU_ASSERT(is_intact(read_nth(&list, &pem, hello, 0)));
	CU_ASSERT_FALSE(is_intact(read_nth(&list, &pem, "Another text", 0)));
	signatures_release(&list);
	buf_release(&pem);
	buf_release(&der);
}

static void
an_empty_document_is_a_document(void)
{
	struct sign_options options = { .packaging = PACKAGING_ENVELOPING };
	struct document empty = { .has_content = 1 }, other = document_of("x");
	struct error err = ERROR_INIT;
	struct signatures list = { 0 };
	struct buf der = BUF_INIT(0);
	int i;

	for (i = 0; i < 2; i++) {
		der.len = 0;
		options.packaging = i ? PACKAGING_ENVELOPING : PACKAGING_DETACHED;
		ASSERT_OK(
		    cms_sign(&der, &empty, CMS_PROFILE_CADES, &p256.key, &options, &err), &err);
		ASSERT_OK(cms_read(&list, SPAN_OF(&der), i ? NULL : &empty, NULL, &err), &err);
		CU_ASSERT(is_intact(&list.items[0]));
		signatures_release(&list);
	}
	der.len = 0;
	options.packaging = PACKAGING_DETACHED;
	ASSERT_OK(cms_sign(&der, &empty, CMS_PROFILE_CADES, &p256.key, &options, &err), &err);
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), &other, NULL, &err), &err);
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_HASH_FAILURE);
	signatures_release(&list);
	buf_release(&der);
}

/* ---- messages that libcrypto makes ---- */

static void
openssl_signs(
    struct buf *der, const struct test_signer *signer, unsigned int flags, const char *oid)
{
	struct error err = ERROR_INIT;
	BIO *in = BIO_new_mem_buf(hello, -1);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags | CMS_PARTIAL | CMS_BINARY);

	if (oid != NULL) {
		ASN1_OBJECT *type = OBJ_txt2obj(oid, 1);

		CMS_set1_eContentType(cms, type);
		ASN1_OBJECT_free(type);
	}
	CU_ASSERT_PTR_NOT_NULL(
	    CMS_add1_signer(cms, signer->key.cert, signer->key.pkey, EVP_sha256(), flags));
	CU_ASSERT_EQUAL(CMS_final(cms, in, NULL, flags | CMS_BINARY), 1);
	OSSL_APPEND_DER(CMS_ContentInfo, cms, der, &err);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
}

static void
signers_by_key_id_and_without_attributes_are_read(void)
{
	static const unsigned int flags[] = { 0, CMS_USE_KEYID, CMS_NOATTR,
		CMS_NOATTR | CMS_USE_KEYID };
	struct signatures list = { 0 };
	const struct signature *sig;
	size_t i, s;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		for (s = 0; s < 2; s++) {
			struct buf der = BUF_INIT(0);

			openssl_signs(&der, s ? &rsa : &p256, flags[i] | CMS_DETACHED, NULL);
			sig = read_nth(&list, &der, hello, 0);
			CU_ASSERT(is_intact(sig));
			CU_ASSERT_EQUAL(sig->cert_ref, CERT_REF_ABSENT);
			CU_ASSERT_FALSE(sig->baseline);
			sig = read_nth(&list, &der, "Another text", 0);
			CU_ASSERT_FALSE(sig->references_intact || is_intact(sig));
			buf_release(&der);
		}
	signatures_release(&list);
}

static void
other_content_types_need_signed_attributes(void)
{
	struct signatures list = { 0 };
	struct buf der = BUF_INIT(0);
	const struct signature *sig;

	openssl_signs(&der, &rsa, 0, OID_TST_INFO);
	CU_ASSERT(is_intact(read_nth(&list, &der, NULL, 0)));
	der.len = 0;
	openssl_signs(&der, &rsa, CMS_NOATTR, OID_TST_INFO);
	sig = read_nth(&list, &der, NULL, 0);
	CU_ASSERT_EQUAL(sig->failure, SUB_FORMAT_FAILURE);
	CU_ASSERT_FALSE(sig->value_intact || sig->references_intact);
	signatures_release(&list);
	buf_release(&der);
}

static void
what_is_no_signature_is_refused_by_name(void)
{
	struct error err = ERROR_INIT;
	struct signatures list = { 0 };
	struct buf der = BUF_INIT(0);
	STACK_OF(X509) *certs = sk_X509_new_null();
	BIO *in = BIO_new_mem_buf(hello, -1);
	CMS_ContentInfo *cms;

	sk_X509_push(certs, rsa.key.cert);
	cms = CMS_sign(NULL, NULL, certs, NULL, CMS_DETACHED | CMS_PARTIAL);
	OSSL_APPEND_DER(CMS_ContentInfo, cms, &der, &err);
	CMS_ContentInfo_free(cms);
	CU_ASSERT_EQUAL(cms_read(&list, SPAN_OF(&der), NULL, NULL, &err), -1);
	CU_ASSERT(err.kind == ERROR_MALFORMED && strstr(err.text, "no signature") != NULL);
	error_clear(&err);
	der.len = 0;
	cms = CMS_encrypt(certs, in, EVP_aes_128_cbc(), CMS_BINARY);
	OSSL_APPEND_DER(CMS_ContentInfo, cms, &der, &err);
	CMS_ContentInfo_free(cms);
	CU_ASSERT_EQUAL(cms_read(&list, SPAN_OF(&der), NULL, NULL, &err), -1);
	CU_ASSERT(err.kind == ERROR_UNSUPPORTED && strstr(err.text, "encrypted") != NULL);
	error_clear(&err);
	CU_ASSERT_EQUAL(cms_read(&list, span_str("Dear sir"), NULL, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	error_clear(&err);
	CU_ASSERT_EQUAL(cms_read(&list, SPAN_NONE, NULL, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_EQUAL(list.count, 0);
	BIO_free(in);
	sk_X509_free(certs);
	buf_release(&der);
}

/* ---- messages that were tampered with ---- */

/* Change the first SignerInfo by `edit` and encode the message anew. */
static void
edit_signer(struct buf *der, void (*edit)(DER_CMS *cms, DER_SIGNER_INFO *signer))
{
	struct error err = ERROR_INIT;
	DER_CMS *cms = DER_DECODE(DER_CMS, SPAN_OF(der));
	DER_SIGNER_INFO *signer;
	struct buf encoded = BUF_INIT(0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(cms);
	signer =
	    DER_DECODE(DER_SIGNER_INFO, der_raw_span(sk_ASN1_TYPE_value(cms->data->signers, 0)));
	CU_ASSERT_PTR_NOT_NULL_FATAL(signer);
	edit(cms, signer);
	OSSL_APPEND_DER(DER_SIGNER_INFO, signer, &encoded, &err);
	ASN1_TYPE_free(sk_ASN1_TYPE_shift(cms->data->signers));
	sk_ASN1_TYPE_unshift(cms->data->signers, der_raw(SPAN_OF(&encoded)));
	der->len = 0;
	OSSL_APPEND_DER(DER_CMS, cms, der, &err);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	buf_release(&encoded);
}

static void
reverse_attributes(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	STACK_OF(ASN1_TYPE) *reversed = sk_ASN1_TYPE_new_null();

	(void)cms;
	while (sk_ASN1_TYPE_num(signer->signed_attributes) > 0)
		sk_ASN1_TYPE_push(reversed, sk_ASN1_TYPE_pop(signer->signed_attributes));
	sk_ASN1_TYPE_free(signer->signed_attributes);
	signer->signed_attributes = reversed;
}

static void
double_digest(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	static const unsigned char other[] = { 0x04, 0x20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
		13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32 };
	struct error err = ERROR_INIT;

	(void)cms;
	cms_push_attribute(signer->signed_attributes, OID_MESSAGE_DIGEST,
	    (struct span){ other, sizeof(other) }, &err);
}

static void
double_content_type(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	static const unsigned char data[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
		0x07, 0x01 };
	struct error err = ERROR_INIT;

	(void)cms;
	cms_push_attribute(
	    signer->signed_attributes, OID_CONTENT_TYPE, (struct span){ data, sizeof(data) }, &err);
}

/* Of one attribute two values: the first as it was, the second another document's. */
static void
two_digest_values(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	struct error err = ERROR_INIT;
	int i;

	(void)cms;
	for (i = 0; i < sk_ASN1_TYPE_num(signer->signed_attributes); i++) {
		DER_ATTRIBUTE *a = DER_DECODE(
		    DER_ATTRIBUTE, der_raw_span(sk_ASN1_TYPE_value(signer->signed_attributes, i)));
		struct buf der = BUF_INIT(0);

		if (a != NULL && der_oid_is(a->type, OID_MESSAGE_DIGEST)) {
			ASN1_TYPE *more = ASN1_TYPE_new();
			ASN1_OCTET_STRING *other = ASN1_OCTET_STRING_new();

			ASN1_OCTET_STRING_set(other, (const unsigned char *)"other", 5);
			ASN1_TYPE_set(more, V_ASN1_OCTET_STRING, other);
			sk_ASN1_TYPE_push(a->values, more);
			OSSL_APPEND_DER(DER_ATTRIBUTE, a, &der, &err);
			ASN1_TYPE_free(sk_ASN1_TYPE_delete(signer->signed_attributes, i));
			der_push(signer->signed_attributes, SPAN_OF(&der));
			i = sk_ASN1_TYPE_num(signer->signed_attributes);
		}
		DER_ATTRIBUTE_free(a);
		buf_release(&der);
	}
}

/* There, and with nothing in it: neither over attributes nor over content. */
static void
empty_attributes(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	(void)cms;
	while (sk_ASN1_TYPE_num(signer->signed_attributes) > 0)
		ASN1_TYPE_free(sk_ASN1_TYPE_pop(signer->signed_attributes));
}

static void
drop_attribute(DER_SIGNER_INFO *signer, const char *oid)
{
	int i;

	for (i = 0; i < sk_ASN1_TYPE_num(signer->signed_attributes); i++) {
		DER_ATTRIBUTE *a = DER_DECODE(
		    DER_ATTRIBUTE, der_raw_span(sk_ASN1_TYPE_value(signer->signed_attributes, i)));

		if (a != NULL && der_oid_is(a->type, oid))
			ASN1_TYPE_free(sk_ASN1_TYPE_delete(signer->signed_attributes, i--));
		DER_ATTRIBUTE_free(a);
	}
}

static void
drop_digest(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	(void)cms;
	drop_attribute(signer, OID_MESSAGE_DIGEST);
}

static void
drop_content_type(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	(void)cms;
	drop_attribute(signer, OID_CONTENT_TYPE);
}

static void
drop_all_attributes(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	(void)cms;
	sk_ASN1_TYPE_pop_free(signer->signed_attributes, ASN1_TYPE_free);
	signer->signed_attributes = NULL;
}

static void
empty_digest(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	static const unsigned char empty[] = { 0x04, 0x00 };
	struct error err = ERROR_INIT;

	(void)cms;
	drop_attribute(signer, OID_MESSAGE_DIGEST);
	cms_push_attribute(signer->signed_attributes, OID_MESSAGE_DIGEST,
	    (struct span){ empty, sizeof(empty) }, &err);
}

static void
other_content_type(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	(void)signer;
	ASN1_OBJECT_free(cms->data->content->type);
	cms->data->content->type = OBJ_txt2obj(OID_TST_INFO, 1);
}

static void
other_digest_algorithm(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	(void)cms;
	X509_ALGOR_set0(signer->digest_algorithm, OBJ_nid2obj(NID_sha3_256), V_ASN1_UNDEF, NULL);
}

static void
unsigned_time(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	static const unsigned char time[] = { 0x17, 0x0d, '2', '6', '0', '3', '0', '1', '1', '2',
		'0', '0', '0', '0', 'Z' };
	struct error err = ERROR_INIT;

	(void)cms;
	signer->unsigned_attributes = sk_ASN1_TYPE_new_null();
	cms_push_attribute(signer->unsigned_attributes, OID_SIGNING_TIME,
	    (struct span){ time, sizeof(time) }, &err);
}

static void
drop_certificates(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	(void)signer;
	sk_ASN1_TYPE_pop_free(cms->data->certificates, ASN1_TYPE_free);
	cms->data->certificates = NULL;
}

static void
attributes_out_of_order_are_put_in_order(void)
{
	struct signatures list = { 0 };
	struct buf der = BUF_INIT(0), before = BUF_INIT(0);
	struct error err = ERROR_INIT;

	sign_hello(&der, &p256, NULL);
	ASSERT_OK(buf_append_span(&before, SPAN_OF(&der), &err), &err);
	edit_signer(&der, reverse_attributes);
	CU_ASSERT_FALSE(span_equal(SPAN_OF(&der), SPAN_OF(&before)));
	CU_ASSERT(is_intact(read_nth(&list, &der, hello, 0)));
	CU_ASSERT_FALSE(is_intact(read_nth(&list, &der, "Another text", 0)));
	signatures_release(&list);
	buf_release(&der);
	buf_release(&before);
}

static void
a_signer_that_breaks_a_rule_is_not_intact(void)
{
	static const struct {
		void (*edit)(DER_CMS *cms, DER_SIGNER_INFO *signer);
		enum sub_indication failure;
		int value_may_hold;
	} rows[] = {
		{ double_digest, SUB_FORMAT_FAILURE, 0 },
		{ double_content_type, SUB_FORMAT_FAILURE, 0 },
		{ two_digest_values, SUB_FORMAT_FAILURE, 0 },
		{ empty_attributes, SUB_FORMAT_FAILURE, 0 },
		{ drop_digest, SUB_FORMAT_FAILURE, 0 },
		{ drop_content_type, SUB_FORMAT_FAILURE, 0 },
		{ empty_digest, SUB_FORMAT_FAILURE, 0 },
		{ other_content_type, SUB_FORMAT_FAILURE, 0 },
		{ other_digest_algorithm, SUB_FORMAT_FAILURE, 0 },
		{ unsigned_time, SUB_FORMAT_FAILURE, 0 },
		{ drop_all_attributes, SUB_SIG_CRYPTO_FAILURE, 0 },
		{ drop_certificates, SUB_NO_SIGNING_CERTIFICATE_FOUND, 0 },
	};
	struct signatures list = { 0 };
	const struct signature *sig;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf der = BUF_INIT(0);

		sign_hello(&der, &p256, NULL);
		edit_signer(&der, rows[i].edit);
		sig = read_nth(&list, &der, hello, 0);
		CU_ASSERT_EQUAL(sig->failure, rows[i].failure);
		CU_ASSERT_FALSE(sig->value_intact);
		CU_ASSERT_NOT_EQUAL(sig->failure_text[0], '\0');
		buf_release(&der);
	}
	signatures_release(&list);
}

static struct buf attributes_der; /* of the signer that keep_attributes() edited */

/* Out of the signer, and kept as the SET OF that the value stands over. */
static void
keep_attributes(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	struct error err = ERROR_INIT;

	der_sort(signer->signed_attributes);
	attributes_der.len = 0;
	CU_ASSERT_EQUAL(
	    OSSL_APPEND_DER(ASN1_SET_ANY, signer->signed_attributes, &attributes_der, &err), 0);
	drop_all_attributes(cms, signer);
}

/*
 * The same value, shown over a document that is the attributes: the signer never saw it. Without
 * the rule it would be intact: the value is good over these very bytes.
 */
static void
a_value_over_attributes_is_none_over_a_document_that_they_are(void)
{
	const struct test_signer *const signers[] = { &rsa, &p256 };
	struct signatures list = { 0 };
	size_t i;

	for (i = 0; i < sizeof(signers) / sizeof(signers[0]); i++) {
		struct document doc = { .has_content = 1 };
		struct error err = ERROR_INIT;
		struct buf der = BUF_INIT(0);

		sign_hello(&der, signers[i], NULL);
		edit_signer(&der, keep_attributes);
		doc.content = SPAN_OF(&attributes_der);
		signatures_release(&list);
		ASSERT_OK(cms_read(&list, SPAN_OF(&der), &doc, NULL, &err), &err);
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT_EQUAL(list.items[0].failure, SUB_FORMAT_FAILURE);
		CU_ASSERT_FALSE(list.items[0].value_intact || list.items[0].references_intact);
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(list.items[0].failure_text, "a set of signed attributes"));
		buf_release(&der);
	}
	signatures_release(&list);
	buf_release(&attributes_der);
}

static void
a_missing_certificate_may_be_handed_in(void)
{
	struct error err = ERROR_INIT;
	STACK_OF(X509) *extra = sk_X509_new_null();
	struct cms_read_options options = { .extra_certificates = extra };
	struct document doc = document_of(hello);
	struct signatures list = { 0 };
	struct buf der = BUF_INIT(0);
	X509 *twin = test_signer_twin(&p256, rsa.key.pkey);

	sign_hello(&der, &p256, NULL);
	edit_signer(&der, drop_certificates);
	/* The same name and number with another key is not the signer. */
	sk_X509_push(extra, twin);
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), &doc, &options, &err), &err);
	CU_ASSERT(!list.items[0].value_intact);
	CU_ASSERT_EQUAL(list.items[0].cert_ref, CERT_REF_DIFFERS);
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_NO_SIGNING_CERTIFICATE_FOUND);
	signatures_release(&list);
	/* Beside it, the real one is found. */
	sk_X509_push(extra, p256.key.cert);
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), &doc, &options, &err), &err);
	CU_ASSERT(is_intact(&list.items[0]));
	CU_ASSERT_EQUAL(X509_cmp(list.items[0].signer, p256.key.cert), 0);
	signatures_release(&list);
	sk_X509_free(extra);
	X509_free(twin);
	buf_release(&der);
}

static void
the_octets_are_kept_once_when_asked_for(void)
{
	struct cms_read_options options = { .keep_octets = 1 };
	struct sign_options making = { .packaging = PACKAGING_ENVELOPING };
	struct error err = ERROR_INIT;
	struct signatures list = { 0 };
	struct buf der = BUF_INIT(0);

	sign_hello(&der, &p256, &making);
	ASSERT_OK(cms_add_signer(&der, NULL, CMS_PROFILE_CADES, &rsa.key, &making, &err), &err);
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), NULL, &options, &err), &err);
	CU_ASSERT(is_intact(&list.items[0]) && is_intact(&list.items[1]));
	CU_ASSERT(span_equal(SPAN_OF(&list.items[0].references[0].octets), span_str(hello)));
	CU_ASSERT_EQUAL(list.items[1].references[0].octets.len, 0);
	signatures_release(&list);
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), NULL, NULL, &err), &err);
	CU_ASSERT_EQUAL(list.items[0].references[0].octets.len, 0);
	signatures_release(&list);
	buf_release(&der);
}

static void
each_signer_is_told_for_itself(void)
{
	struct error err = ERROR_INIT;
	struct document doc = document_of(hello), other = document_of("Another text");
	struct sign_options options = { .signing_time = TEST_TIME, .claim_time = 1 };
	struct cms_read_options limited = { 0 };
	struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	struct signatures list = { 0 };
	struct buf der = BUF_INIT(0);

	sign_hello(&der, &p256, NULL);
	ASSERT_OK(cms_add_signer(&der, &doc, CMS_PROFILE_CADES, &rsa.key, &options, &err), &err);
	/* The third signed something else. */
	ASSERT_OK(cms_add_signer(&der, &other, CMS_PROFILE_CADES, &p384.key, &options, &err), &err);
	CU_ASSERT(is_intact(read_nth(&list, &der, hello, 0)));
	CU_ASSERT_EQUAL(list.count, 3);
	CU_ASSERT(is_intact(&list.items[1]));
	CU_ASSERT_EQUAL(X509_cmp(list.items[1].signer, rsa.key.cert), 0);
	CU_ASSERT_STRING_EQUAL(list.items[2].id, "signer-3");
	CU_ASSERT_EQUAL(list.items[2].failure, SUB_HASH_FAILURE);
	signatures_release(&list);
	limits.signatures = 2;
	limited.limits = &limits;
	CU_ASSERT_EQUAL(cms_read(&list, SPAN_OF(&der), &doc, &limited, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	signatures_release(&list);
	buf_release(&der);
}

/* ---- counter-signatures ---- */

static const struct test_signer *counter_by;

/* Counter-sign the SignerInfo by a SignerInfo made over its value. */
static void
counter_sign(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	struct error err = ERROR_INIT;
	struct document value = { .has_content = 1,
		.content = { ASN1_STRING_get0_data(signer->signature),
		    (size_t)ASN1_STRING_length(signer->signature) } };
	struct sign_options options = { 0 };
	struct buf der = BUF_INIT(0);
	DER_CMS *counter;

	ASSERT_OK(
	    cms_sign(&der, &value, CMS_PROFILE_CADES, &counter_by->key, &options, &err), &err);
	counter = DER_DECODE(DER_CMS, SPAN_OF(&der));
	signer->unsigned_attributes = sk_ASN1_TYPE_new_null();
	ASSERT_OK(cms_push_attribute(signer->unsigned_attributes, OID_COUNTER_SIGNATURE,
		      der_raw_span(sk_ASN1_TYPE_value(counter->data->signers, 0)), &err),
	    &err);
	der_push(cms->data->certificates,
	    der_raw_span(sk_ASN1_TYPE_value(counter->data->certificates, 0)));
	DER_CMS_free(counter);
	buf_release(&der);
}

static void
break_counter_sign(DER_CMS *cms, DER_SIGNER_INFO *signer)
{
	unsigned char *first;

	counter_sign(cms, signer);
	/* After it was made, another value takes the place of the one it covers. */
	first = (unsigned char *)ASN1_STRING_get0_data(signer->signature);
	first[ASN1_STRING_length(signer->signature) - 1] ^= 1;
}

static void
a_counter_signature_is_a_signature_of_its_own(void)
{
	struct signatures list = { 0 };
	struct buf der = BUF_INIT(0);

	counter_by = &rsa;
	sign_hello(&der, &p256, NULL);
	edit_signer(&der, counter_sign);
	CU_ASSERT(is_intact(read_nth(&list, &der, hello, 0)));
	CU_ASSERT_EQUAL_FATAL(list.count, 2);
	CU_ASSERT_STRING_EQUAL(list.items[1].id, "signer-1.1");
	CU_ASSERT_STRING_EQUAL(list.items[1].parent, "signer-1");
	CU_ASSERT(is_intact(&list.items[1]));
	CU_ASSERT_FALSE(list.items[1].references[0].is_document);
	CU_ASSERT_EQUAL(X509_cmp(list.items[1].signer, rsa.key.cert), 0);
	der.len = 0;
	sign_hello(&der, &p256, NULL);
	edit_signer(&der, break_counter_sign);
	CU_ASSERT_FALSE(is_intact(read_nth(&list, &der, hello, 0)));
	CU_ASSERT_EQUAL(list.items[1].failure, SUB_HASH_FAILURE);
	signatures_release(&list);
	buf_release(&der);
}

/* ---- BER ---- */

static void
ber_becomes_der(void)
{
	static const struct {
		const char *ber, *der;
	} rows[] = {
		{ "\x30\x80\x02\x01\x05\x00\x00", "\x30\x03\x02\x01\x05" },
		{ "\x24\x80\x04\x01\x41\x04\x81\x01\x42\x00\x00", "\x04\x02\x41\x42" },
		{ "\x31\x06\x02\x01\x07\x02\x01\x03", "\x31\x06\x02\x01\x03\x02\x01\x07" },
		{ "\x30\x03\x01\x01\x01", "\x30\x03\x01\x01\xff" },
		{ "\x30\x81\x03\x02\x01\x05", "\x30\x03\x02\x01\x05" },
		{ "\xa0\x80\x30\x80\x00\x00\x00\x00", "\xa0\x02\x30\x00" },
	};
	static const size_t ber_len[] = { 7, 11, 8, 5, 6, 8 };
	static const size_t der_len[] = { 5, 4, 8, 5, 5, 4 };
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);
	unsigned char deep[100];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		out.len = 0;
		ASSERT_OK(
		    ber_to_der((struct span){ (const unsigned char *)rows[i].ber, ber_len[i] },
			&out, &err),
		    &err);
		CU_ASSERT(span_equal(SPAN_OF(&out),
		    (struct span){ (const unsigned char *)rows[i].der, der_len[i] }));
		/* One byte less is not a value; one more is not one value. */
		CU_ASSERT_EQUAL(
		    ber_to_der((struct span){ (const unsigned char *)rows[i].ber, ber_len[i] - 1 },
			&out, &err),
		    -1);
		error_clear(&err);
	}
	for (i = 0; i < sizeof(deep); i += 2) {
		deep[i] = 0x30;
		deep[i + 1] = 0x80;
	}
	CU_ASSERT_EQUAL(ber_to_der((struct span){ deep, sizeof(deep) }, &out, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	buf_release(&out);
}

static const struct test tests[] = { TEST(what_is_made_here_is_read_back),
	TEST(no_flipped_byte_goes_unseen), TEST(what_the_signer_claims_is_told),
	TEST(a_streamed_document_is_known_by_its_digests), TEST(attached_content_comes_out_exactly),
	TEST(bytes_behind_the_message_are_refused), TEST(pem_is_read_too),
	TEST(an_empty_document_is_a_document),
	TEST(signers_by_key_id_and_without_attributes_are_read),
	TEST(other_content_types_need_signed_attributes),
	TEST(what_is_no_signature_is_refused_by_name),
	TEST(attributes_out_of_order_are_put_in_order),
	TEST(a_signer_that_breaks_a_rule_is_not_intact),
	TEST(a_value_over_attributes_is_none_over_a_document_that_they_are),
	TEST(a_missing_certificate_may_be_handed_in), TEST(the_octets_are_kept_once_when_asked_for),
	TEST(each_signer_is_told_for_itself), TEST(a_counter_signature_is_a_signature_of_its_own),
	TEST(ber_becomes_der), TEST_END };
const struct suite suite_signing_format_cms_read = { "signing/format/cms/read", setup, teardown,
	tests };
