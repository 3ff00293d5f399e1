/* Keys that cost libcrypto more to decode than a check by them may: they are not decoded. */
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "signing/core/certs.h"
#include "signing/x509/cert.h"
#include "tests/support/odd_certs.h"
#include "tests/support/suite.h"

#define ROUNDS	20
#define MOST_MS 100 /* for all of them; a slow one takes three times that */

static void
a_compressed_point_on_a_curve_by_parameters_is_not_decoded(void)
{
	static const char *const names[] = { "EC, roots that take long", "EC, order 1",
		"EC, order 2", "EC, cofactor 0", "EC, cofactor of 100,000 bits",
		"EC, binary field of 570 bits" };
	const clock_t began = clock();
	size_t i;
	int n;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (n = 0; n < ROUNDS; n++) {
			struct buf der = odd_certificate_with(names[i]);
			struct error err = ERROR_INIT;
			X509 *cert = NULL;

			der.data[der.len - 1] ^= (unsigned char)n; /* none is as the last was */
			CU_ASSERT(has_slow_key(SPAN_OF(&der)));
			CU_ASSERT_PTR_NULL(cert_decode(SPAN_OF(&der)));
			CU_ASSERT_EQUAL(cert_read(&cert, SPAN_OF(&der), &err), -1);
			CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
			buf_release(&der);
		}
	CU_ASSERT((clock() - began) / (CLOCKS_PER_SEC / 1000) < 10 * MOST_MS);
}

/* Also where it stands among others, or its length is written in another way. */
static void
it_is_found_wherever_it_stands(void)
{
	struct buf der = odd_certificate_with("EC, roots that take long"), two = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(cert_write_der(&two, pki_cert(PKI_P256), &err), &err);
	CU_ASSERT_FALSE(has_slow_key(SPAN_OF(&two)));
	ASSERT_OK(buf_append_span(&two, SPAN_OF(&der), &err), &err);
	CU_ASSERT(has_slow_key(SPAN_OF(&two)));
	CU_ASSERT_FALSE(has_slow_key(SPAN_NONE));
	/* What ends within the parameters is as good as one. */
	CU_ASSERT(has_slow_key((struct span){ der.data, der.len / 2 }));
	buf_release(&two);
	buf_release(&der);
}

static void
whole_points_and_curves_with_a_name_are_decoded(void)
{
	struct buf der = odd_certificate_with("EC, a curve of its own");
	X509 *cert = cert_decode(SPAN_OF(&der));

	CU_ASSERT_FALSE(has_slow_key(SPAN_OF(&der)));
	CU_ASSERT_PTR_NOT_NULL(cert);
	CU_ASSERT_PTR_NOT_NULL(cert != NULL ? X509_get0_pubkey(cert) : NULL);
	X509_free(cert);
	buf_release(&der);
}

static void
a_key_by_itself_is_looked_at_too(void)
{
	const struct odd_key *slow = odd_key_named("EC, roots that take long"),
			     *whole = odd_key_named("EC, a curve of its own");
	struct buf der = BUF_INIT(0);
	EVP_PKEY *key;

	slow->make(&der, slow->number);
	CU_ASSERT_PTR_NULL(key_decode(SPAN_OF(&der)));
	der.len = 0;
	whole->make(&der, whole->number);
	key = key_decode(SPAN_OF(&der));
	CU_ASSERT_PTR_NOT_NULL(key);
	EVP_PKEY_free(key);
	CU_ASSERT_PTR_NULL(key_decode(SPAN_NONE));
	buf_release(&der);
}

static const struct test tests[] = {
	TEST(a_compressed_point_on_a_curve_by_parameters_is_not_decoded),
	TEST(it_is_found_wherever_it_stands), TEST(whole_points_and_curves_with_a_name_are_decoded),
	TEST(a_key_by_itself_is_looked_at_too), TEST_END
};
const struct suite suite_signing_core_slow_keys = { "signing/core/slow_keys", NULL, NULL, tests };
