/* An archive-time-stamp-v3 put together by hand, after EN 319 122-1 clause 5.5.3, as the reader
 * must find it. */
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/asn1.h"
#include "signing/format/cms/attributes.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/oids.h"
#include "signing/proof/tsa.h"
#include "signing/proof/tsp.h"
#include "tests/support/signers.h"
#include "tests/support/suite.h"

static struct test_signer ec, stamper;

static int
setup(void)
{
	return test_signer_make(&ec, "P-256", NULL) == 0 &&
		       test_signer_make(&stamper, "P-256", "critical,timeStamping") == 0
		   ? 0
		   : 1;
}

static int
teardown(void)
{
	test_signer_free(&ec);
	test_signer_free(&stamper);
	return 0;
}

/* Append tag, length and content. */
static void
put(struct buf *out, unsigned char tag, struct span content)
{
	struct error err = ERROR_INIT;
	unsigned char head[4] = { tag, 0x82, (unsigned char)(content.len >> 8),
		(unsigned char)content.len };

	if (content.len < 128) {
		head[1] = (unsigned char)content.len;
		buf_append(out, head, 2, &err);
	} else if (content.len < 256) {
		head[1] = 0x81;
		head[2] = (unsigned char)content.len;
		buf_append(out, head, 3, &err);
	} else {
		buf_append(out, head, 4, &err);
	}
	buf_append_span(out, content, &err);
}

static void
put_hashes(struct buf *out, const STACK_OF(ASN1_TYPE) * list)
{
	struct error err = ERROR_INIT;
	struct buf hashes = BUF_INIT(0);
	unsigned char hash[DIGEST_SIZE_MAX];
	int i;

	for (i = 0; i < sk_ASN1_TYPE_num(list); i++) {
		digest_span(DIGEST_SHA256, der_raw_span(sk_ASN1_TYPE_value(list, i)), hash, &err);
		put(&hashes, 0x04, (struct span){ hash, 32 });
	}
	put(out, 0x30, SPAN_OF(&hashes));
	buf_release(&hashes);
}

/* ATSHashIndexV3 over the message's certificates; no CRLs, no unsigned attributes. */
static void
hash_index(struct buf *out, const DER_CMS *cms)
{
	static const unsigned char sha256[] = { 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0x01 };
	struct error err = ERROR_INIT;
	struct buf body = BUF_INIT(0);

	buf_append(&body, sha256, sizeof(sha256), &err);
	put_hashes(&body, cms->data->certificates);
	put_hashes(&body, NULL);
	put_hashes(&body, NULL);
	put(out, 0x30, SPAN_OF(&body));
	buf_release(&body);
}

/* A token over the data, with the hash index among its unsigned attributes. */
static void
stamp(struct buf *out, struct span data, struct span index)
{
	static const unsigned char serial = 7;
	struct tsa tsa = { .key = &stamper.key, .policy = "1.2.3" };
	struct tsp_request request = { .digest = DIGEST_SHA256, .cert_req = 1 };
	struct buf asked = BUF_INIT(0), response = BUF_INIT(0), token = BUF_INIT(0),
		   signer_der = BUF_INIT(0);
	struct tsa_record record;
	struct error err = ERROR_INIT;
	DER_SIGNER_INFO *signer;
	DER_CMS *cms;

	digest_span(DIGEST_SHA256, data, request.imprint, &err);
	ASSERT_OK(tsp_request_make(&asked, &request, &err), &err);
	ASSERT_OK(tsa_respond(&response, SPAN_OF(&asked), &tsa, TEST_TIME * 1000000,
		      (struct span){ &serial, 1 }, &record, &err),
	    &err);
	ASSERT_OK(tsp_response_check(&token, SPAN_OF(&response), &request, NULL, &err), &err);
	cms = DER_DECODE(DER_CMS, SPAN_OF(&token));
	signer =
	    DER_DECODE(DER_SIGNER_INFO, der_raw_span(sk_ASN1_TYPE_value(cms->data->signers, 0)));
	signer->unsigned_attributes = sk_ASN1_TYPE_new_null();
	ASSERT_OK(
	    cms_push_attribute(signer->unsigned_attributes, OID_HASH_INDEX_V3, index, &err), &err);
	OSSL_APPEND_DER(DER_SIGNER_INFO, signer, &signer_der, &err);
	ASN1_TYPE_free(sk_ASN1_TYPE_pop(cms->data->signers));
	der_push(cms->data->signers, SPAN_OF(&signer_der));
	OSSL_APPEND_DER(DER_CMS, cms, out, &err);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	buf_release(&asked);
	buf_release(&response);
	buf_release(&token);
	buf_release(&signer_der);
}

/* Sign "hello" detached and add an archive time stamp; `drop` takes the certificates away after. */
static void
archived(struct buf *der, int drop)
{
	static const unsigned char id_data[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
		0x01, 0x07, 0x01 };
	struct sign_options options = { .signing_time = TEST_TIME, .claim_time = 1 };
	struct document doc = { .content = span_str("hello"), .has_content = 1 };
	struct buf index = BUF_INIT(0), data = BUF_INIT(0), token = BUF_INIT(0),
		   encoded = BUF_INIT(0);
	unsigned char hash[DIGEST_SIZE_MAX];
	struct error err = ERROR_INIT;
	struct span raw;
	size_t head;
	DER_SIGNER_INFO *signer;
	DER_CMS *cms;

	ASSERT_OK(cms_sign(der, &doc, CMS_PROFILE_CADES, &ec.key, &options, &err), &err);
	cms = DER_DECODE(DER_CMS, SPAN_OF(der));
	hash_index(&index, cms);
	digest_span(DIGEST_SHA256, span_str("hello"), hash, &err);
	buf_append(&data, id_data, sizeof(id_data), &err);
	buf_append(&data, hash, 32, &err);
	/* Without unsigned attributes, the SignerInfo's content is what counts. */
	raw = der_raw_span(sk_ASN1_TYPE_value(cms->data->signers, 0));
	head = raw.data[1] == 0x82 ? 4 : raw.data[1] == 0x81 ? 3 : 2;
	buf_append(&data, raw.data + head, raw.len - head, &err);
	buf_append_span(&data, SPAN_OF(&index), &err);
	stamp(&token, SPAN_OF(&data), SPAN_OF(&index));
	signer = DER_DECODE(DER_SIGNER_INFO, raw);
	signer->unsigned_attributes = sk_ASN1_TYPE_new_null();
	cms_push_attribute(
	    signer->unsigned_attributes, OID_ARCHIVE_TIMESTAMP_V3, SPAN_OF(&token), &err);
	OSSL_APPEND_DER(DER_SIGNER_INFO, signer, &encoded, &err);
	ASN1_TYPE_free(sk_ASN1_TYPE_pop(cms->data->signers));
	der_push(cms->data->signers, SPAN_OF(&encoded));
	if (drop) {
		sk_ASN1_TYPE_pop_free(cms->data->certificates, ASN1_TYPE_free);
		cms->data->certificates = NULL;
	}
	der->len = 0;
	OSSL_APPEND_DER(DER_CMS, cms, der, &err);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	buf_release(&index);
	buf_release(&data);
	buf_release(&token);
	buf_release(&encoded);
}

/* Read it with this content; what tsp_matches() says, or -2 when the imprint is not known. */
static int
read_archived(const struct buf *der, const char *content)
{
	struct document doc = { .content = span_str(content), .has_content = 1 };
	struct signatures list = { 0 };
	struct timestamp_token token;
	struct error err = ERROR_INIT;
	const struct embedded_timestamp *stamped;
	int says;

	ASSERT_OK(cms_read(&list, SPAN_OF(der), content != NULL ? &doc : NULL, NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list.items[0].timestamp_count, 1);
	stamped = &list.items[0].timestamps[0];
	CU_ASSERT_EQUAL(stamped->kind, TIMESTAMP_ARCHIVE);
	ASSERT_OK(timestamp_token_read(&token, SPAN_OF(&stamped->token), NULL, &err), &err);
	CU_ASSERT(token.value_intact && token.problem[0] == '\0');
	says = stamped->imprint_known ? tsp_matches(&token, &stamped->imprint) : -2;
	CU_ASSERT(stamped->imprint_known || stamped->problem[0] != '\0');
	timestamp_token_release(&token);
	signatures_release(&list);
	return says;
}

static void
an_archive_time_stamp_covers_content_signer_and_certificates(void)
{
	struct buf der = BUF_INIT(0);

	archived(&der, 0);
	CU_ASSERT_EQUAL(read_archived(&der, "hello"), 1);
	CU_ASSERT_EQUAL(read_archived(&der, "hullo"), 0);
	CU_ASSERT_EQUAL(read_archived(&der, NULL), -2);
	der.len = 0;
	archived(&der, 1);
	CU_ASSERT_EQUAL(read_archived(&der, "hello"), -2);
	buf_release(&der);
}

/* The same with an archive-time-stamp-v2, which covers the bytes (RFC 5126 section 6.4.1). */
static void
archived_v2(struct buf *der)
{
	struct sign_options options = { .signing_time = TEST_TIME, .claim_time = 1 };
	struct document doc = { .content = span_str("hello"), .has_content = 1 };
	struct buf data = BUF_INIT(0), certs = BUF_INIT(0), token = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct span raw;
	size_t head;
	DER_CMS *cms;
	DER_SIGNER_INFO *signer;

	ASSERT_OK(cms_sign(der, &doc, CMS_PROFILE_CADES, &ec.key, &options, &err), &err);
	cms = DER_DECODE(DER_CMS, SPAN_OF(der));
	OSSL_APPEND_DER(DER_CONTENT, cms->data->content, &data, &err);
	buf_append_str(&data, "hello", &err);
	raw = der_raw_span(sk_ASN1_TYPE_value(cms->data->certificates, 0));
	put(&data, 0xa0, raw);
	raw = der_raw_span(sk_ASN1_TYPE_value(cms->data->signers, 0));
	head = raw.data[1] == 0x82 ? 4 : raw.data[1] == 0x81 ? 3 : 2;
	buf_append(&data, raw.data + head, raw.len - head, &err);
	/* A token of this kind needs no hash index; one that is there does no harm. */
	hash_index(&certs, cms);
	stamp(&token, SPAN_OF(&data), SPAN_OF(&certs));
	signer = DER_DECODE(DER_SIGNER_INFO, raw);
	signer->unsigned_attributes = sk_ASN1_TYPE_new_null();
	cms_push_attribute(
	    signer->unsigned_attributes, OID_ARCHIVE_TIMESTAMP_V2, SPAN_OF(&token), &err);
	certs.len = 0;
	OSSL_APPEND_DER(DER_SIGNER_INFO, signer, &certs, &err);
	ASN1_TYPE_free(sk_ASN1_TYPE_pop(cms->data->signers));
	der_push(cms->data->signers, SPAN_OF(&certs));
	der->len = 0;
	OSSL_APPEND_DER(DER_CMS, cms, der, &err);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	buf_release(&data);
	buf_release(&certs);
	buf_release(&token);
}

static void
an_older_archive_time_stamp_covers_the_bytes(void)
{
	struct buf der = BUF_INIT(0);

	archived_v2(&der);
	CU_ASSERT_EQUAL(read_archived(&der, "hello"), 1);
	CU_ASSERT_EQUAL(read_archived(&der, "hullo"), 0);
	CU_ASSERT_EQUAL(read_archived(&der, NULL), -2);
	buf_release(&der);
}

static const struct test tests[] = {
	TEST(an_archive_time_stamp_covers_content_signer_and_certificates),
	TEST(an_older_archive_time_stamp_covers_the_bytes), TEST_END
};
const struct suite suite_signing_proof_archive = { "signing/proof/archive", setup, teardown,
	tests };
