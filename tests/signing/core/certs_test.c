#include "signing/core/certs.h"

#include <openssl/err.h>
#include <string.h>

#include "tests/support/signers.h"
#include "tests/support/suite.h"

static void
one_encoding_is_decoded_once(void)
{
	struct test_signer signer;
	unsigned char *der = NULL;
	X509 *first, *second, *other;
	int len;

	CU_ASSERT_EQUAL_FATAL(test_signer_make(&signer, "P-256", NULL), 0);
	len = i2d_X509(signer.key.cert, &der);
	first = cert_decode((struct span){ der, (size_t)len });
	second = cert_decode((struct span){ der, (size_t)len });
	CU_ASSERT_PTR_NOT_NULL_FATAL(first);
	CU_ASSERT_PTR_EQUAL(first, second);
	CU_ASSERT_EQUAL(X509_cmp(first, signer.key.cert), 0);
	/* Another byte, another certificate. */
	der[len - 1] ^= 1;
	other = cert_decode((struct span){ der, (size_t)len });
	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	CU_ASSERT_PTR_NOT_EQUAL(first, other);
	CU_ASSERT_NOT_EQUAL(X509_cmp(first, other), 0);
	X509_free(first);
	certs_forget();
	/* Who holds one keeps it. */
	CU_ASSERT_EQUAL(X509_cmp(second, signer.key.cert), 0);
	X509_free(second);
	X509_free(other);
	OPENSSL_free(der);
	test_signer_free(&signer);
}

static void
what_is_no_certificate_is_none(void)
{
	struct test_signer signer;
	unsigned char *der = NULL;
	int len;

	CU_ASSERT_EQUAL_FATAL(test_signer_make(&signer, "P-256", NULL), 0);
	len = i2d_X509(signer.key.cert, &der);
	CU_ASSERT_PTR_NULL(cert_decode(SPAN_NONE));
	CU_ASSERT_PTR_NULL(cert_decode(span_str("certificate")));
	CU_ASSERT_PTR_NULL(cert_decode((struct span){ der, (size_t)len - 1 }));
	der = OPENSSL_realloc(der, (size_t)len + 1);
	der[len] = 0;
	CU_ASSERT_PTR_NULL(cert_decode((struct span){ der, (size_t)len + 1 }));
	CU_ASSERT_EQUAL(ERR_peek_error(), 0);
	OPENSSL_free(der);
	test_signer_free(&signer);
}

static const struct test tests[] = { TEST(one_encoding_is_decoded_once),
	TEST(what_is_no_certificate_is_none), TEST_END };
const struct suite suite_signing_core_certs = { "signing/core/certs", NULL, NULL, tests };
