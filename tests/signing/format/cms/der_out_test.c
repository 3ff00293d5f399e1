/* DER as it is written here against DER as OpenSSL writes it. */
#include "signing/format/cms/der_out.h"

#include <openssl/ess.h>
#include <stdio.h>
#include <string.h>

#include "signing/format/cms/attributes.h"
#include "signing/format/cms/oids.h"
#include "tests/support/signers.h"
#include "tests/support/suite.h"

static struct test_signer signer;

static int
setup(void)
{
	return test_signer_make(&signer, "P-256", NULL) == 0 ? 0 : 1;
}

static int
teardown(void)
{
	test_signer_free(&signer);
	return 0;
}

static void
identifiers_are_encoded_as_openssl_does(void)
{
	static const char *const oids[] = { "1.2.840.113549.1.7.2", "0.4.0.19122.1.1", "2.5.4.12",
		"0.0", "0.39", "1.39.1", "2.999", "2.40.127.128.16383.16384",
		"2.16.840.1.101.3.4.2.1", "1.2.4294967295.4294967296", "1.2.999999999999999999",
		/* more than 64 bits, as identifiers made of a UUID have */
		"2.25.329800735698586629295641978511506172918" };
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
		struct buf ours = BUF_INIT(0), theirs = BUF_INIT(0);
		struct der_out out = DER_OUT(&ours, &err);
		ASN1_OBJECT *oid = OBJ_txt2obj(oids[i], 1);

		der_put_oid(&out, oids[i]);
		ASSERT_OK(out.failed, &err);
		ASSERT_OK(OSSL_APPEND_DER(ASN1_OBJECT, oid, &theirs, &err), &err);
		CU_ASSERT(span_equal(SPAN_OF(&ours), SPAN_OF(&theirs)));
		ASN1_OBJECT_free(oid);
		buf_release(&ours);
		buf_release(&theirs);
	}
}

static void
what_is_no_identifier_is_refused(void)
{
	static const char *const oids[] = { "", "1", "1.", ".1", "3.1", "1.40", "1.2..3", "1.2.3.",
		"1.2.x", "1.2.3 ", "-1.2", "sha256" };
	size_t i;

	for (i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
		struct error err = ERROR_INIT;
		struct buf ours = BUF_INIT(0);
		struct der_out out = DER_OUT(&ours, &err);

		der_put_oid(&out, oids[i]);
		CU_ASSERT(out.failed);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
		CU_ASSERT_EQUAL(ours.len, 0);
		/* Nothing is written behind a failure. */
		der_put_value(&out, DER_OCTETS, span_str("x"));
		CU_ASSERT_EQUAL(ours.len, 0);
		buf_release(&ours);
	}
}

static void
lengths_are_as_short_as_they_can_be(void)
{
	static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 16777215,
		16777216, 0x7fffffff };
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		unsigned char theirs[16], *p = theirs;
		struct buf ours = BUF_INIT(0);
		struct der_out out = DER_OUT(&ours, &err);

		der_put_head(&out, DER_SEQUENCE, lengths[i]);
		ASN1_put_object(&p, 1, (int)lengths[i], V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
		CU_ASSERT(
		    span_equal(SPAN_OF(&ours), (struct span){ theirs, (size_t)(p - theirs) }));
		CU_ASSERT_EQUAL(der_size(lengths[i]), ours.len + lengths[i]);
		buf_release(&ours);
	}
}

/* Whether the attribute with this one value stands in the signed attributes. */
static int
has_attribute(const struct sign_key *key, const struct sign_options *options, enum digest digest,
    const char *oid, struct span value)
{
	struct buf set = BUF_INIT(0), wanted = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct der_out out = DER_OUT(&wanted, &err);
	struct sig_alg alg;
	int found;

	ASSERT_OK(sig_alg_for_key(key->pkey, digest, PADDING_NONE, &alg, &err), &err);
	ASSERT_OK(
	    cms_signed_attributes(&set, OID_DATA, CMS_PROFILE_CADES, &alg, key, options, &err),
	    &err);
	der_put_attribute(&out, oid, value);
	found = memmem(set.data, set.len, wanted.data, wanted.len) != NULL;
	buf_release(&set);
	buf_release(&wanted);
	return found;
}

static void
the_certificate_is_named_as_openssl_names_it(void)
{
	static const enum digest digests[] = { DIGEST_SHA224, DIGEST_SHA256, DIGEST_SHA384,
		DIGEST_SHA512, DIGEST_SHA3_256 };
	const struct sign_options options = { 0 };
	const struct sign_key *key = &signer.key;
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		struct buf theirs = BUF_INIT(0);
		ESS_SIGNING_CERT_V2 *cert =
		    OSSL_ESS_signing_cert_v2_new_init(digest_md(digests[i]), key->cert, NULL, 1);

		ASSERT_OK(OSSL_APPEND_DER(ESS_SIGNING_CERT_V2, cert, &theirs, &err), &err);
		CU_ASSERT(has_attribute(
		    key, &options, digests[i], OID_SIGNING_CERT_V2, SPAN_OF(&theirs)));
		theirs.data[theirs.len - 1] ^= 1;
		CU_ASSERT_FALSE(has_attribute(
		    key, &options, digests[i], OID_SIGNING_CERT_V2, SPAN_OF(&theirs)));
		ESS_SIGNING_CERT_V2_free(cert);
		buf_release(&theirs);
	}
}

static void
the_time_is_told_as_openssl_tells_it(void)
{
	/* 1949, 1950, 1970, 2026, the last of 2049, the first of 2050, 9999 */
	static const int64_t times[] = { -631152001, -631152000, 0, 1795240800, 2524607999,
		2524608000, 253402300799 };
	struct sign_options options = { .claim_time = 1 };
	struct error err = ERROR_INIT;
	struct buf set = BUF_INIT(0);
	struct sig_alg alg;
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct buf theirs = BUF_INIT(0);
		ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)times[i]);

		options.signing_time = times[i];
		ASSERT_OK(OSSL_APPEND_DER(ASN1_TIME, time, &theirs, &err), &err);
		CU_ASSERT(has_attribute(
		    &signer.key, &options, DIGEST_SHA256, OID_SIGNING_TIME, SPAN_OF(&theirs)));
		ASN1_TIME_free(time);
		buf_release(&theirs);
	}
	options.signing_time = times[i - 1] + 1;
	ASSERT_OK(sig_alg_for_key(signer.key.pkey, DIGEST_NONE, PADDING_NONE, &alg, &err), &err);
	CU_ASSERT_EQUAL(cms_signed_attributes(
			    &set, OID_DATA, CMS_PROFILE_CADES, &alg, &signer.key, &options, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	buf_release(&set);
}

static const struct test tests[] = { TEST(identifiers_are_encoded_as_openssl_does),
	TEST(what_is_no_identifier_is_refused), TEST(lengths_are_as_short_as_they_can_be),
	TEST(the_certificate_is_named_as_openssl_names_it),
	TEST(the_time_is_told_as_openssl_tells_it), TEST_END };
const struct suite suite_signing_format_cms_der_out = { "signing/format/cms/der_out", setup,
	teardown, tests };
