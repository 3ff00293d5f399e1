/* S2-27: the signers of a list of lists change by pivots, and by nothing else. */
#include <stdio.h>
#include <string.h>

#include "signing/trust/lotl.h"
#include "tests/support/suite.h"
#include "tests/support/trusted.h"

/* P-256 signs and hands on to P-384 (10), that to P-521 (20), which signs the list (30). */
static struct buf first = BUF_INIT(0), second = BUF_INIT(0), lotl = BUF_INIT(0);
static STACK_OF(X509) * pinned;

static int
setup(void)
{
	test_lotl(&first, 10, PKI_P384, PKI_RSA2048, PKI_P256);
	test_lotl(&second, 20, PKI_P521, PKI_RSA2048, PKI_P384);
	test_lotl(&lotl, 30, PKI_P521, PKI_RSA2048, PKI_P521);
	pinned = test_signers(PKI_P256, PKI_IDS);
	return 0;
}

static int
teardown(void)
{
	buf_release(&first);
	buf_release(&second);
	buf_release(&lotl);
	sk_X509_free(pinned);
	return 0;
}

/* Check with up to two pivots (NULL: none); `signer` must be the only accepted one in the end. */
static void
expect(const struct buf *list, const struct buf *a, const struct buf *b,
    enum trust_list_verdict verdict, const char *says, enum pki_id signer)
{
	struct span pivots[2];
	struct trust_lotl_input in = { .list = { .bytes = SPAN_OF(list),
					   .signers = pinned,
					   .time = PKI_NOW,
					   .territory = "EU",
					   .type = TEST_LOTL_TYPE },
		.pivots = pivots };
	struct trust_lotl_result result = { 0 };
	struct trust_list *read;
	struct error err = ERROR_INIT;

	if (a != NULL)
		pivots[in.pivot_count++] = SPAN_OF(a);
	if (b != NULL)
		pivots[in.pivot_count++] = SPAN_OF(b);
	ASSERT_OK(trust_lotl_check(&in, &read, &result, &err), &err);
	if (result.list.verdict != verdict || strstr(result.list.text, says) == NULL)
		fprintf(stderr, "%s: %s\n", trust_list_verdict_name(result.list.verdict),
		    result.list.text);
	CU_ASSERT_EQUAL(result.list.verdict, verdict);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.list.text, says));
	CU_ASSERT_EQUAL(read != NULL, verdict == TRUST_LIST_ACCEPTED);
	CU_ASSERT_EQUAL(sk_X509_num(result.signers), 1);
	CU_ASSERT_EQUAL(X509_cmp(sk_X509_value(result.signers, 0), pki_cert(signer)), 0);
	trust_list_free(read);
	trust_lotl_result_release(&result);
}

static void
pivots_hand_on_from_the_pinned_signers(void)
{
	expect(&lotl, &first, &second, TRUST_LIST_ACCEPTED, "list 30", PKI_P521);
	expect(&lotl, &second, &first, TRUST_LIST_ACCEPTED, "list 30", PKI_P521);
}

static void
a_missing_pivot_breaks_the_chain(void)
{
	expect(&lotl, NULL, NULL, TRUST_LIST_STRANGER, "pinned signers", PKI_P256);
	expect(&lotl, &first, NULL, TRUST_LIST_STRANGER, "pinned signers", PKI_P384);
	expect(&lotl, &second, NULL, TRUST_LIST_STRANGER, "the pivot 20", PKI_P256);
}

static void
a_pivot_that_was_changed_or_is_a_strangers_fails_all(void)
{
	struct buf forged = BUF_INIT(0);

	test_lotl(&forged, 10, PKI_P384, PKI_RSA2048, PKI_RSA3072);
	expect(&lotl, &forged, &second, TRUST_LIST_STRANGER, "the pivot 10", PKI_P256);
	test_lotl(&forged, 10, PKI_P384, PKI_RSA2048, PKI_P256);
	test_swap(&forged, "Example Operator", "Example operator");
	expect(&lotl, &forged, &second, TRUST_LIST_BROKEN, "the pivot 10", PKI_P256);
	buf_release(&forged);
}

static void
the_list_follows_its_pivots(void)
{
	struct buf old = BUF_INIT(0);

	test_lotl(&old, 15, PKI_P521, PKI_RSA2048, PKI_P521);
	expect(&old, &first, &second, TRUST_LIST_OLD, "15", PKI_P521);
	test_lotl(&old, 20, PKI_RSA3072, PKI_RSA2048, PKI_P384);
	expect(&lotl, &old, &second, TRUST_LIST_STRANGER, "the pivot 20", PKI_P256);
	buf_release(&old);
}

static void
the_list_may_be_its_own_newest_pivot(void)
{
	expect(&second, &first, &second, TRUST_LIST_ACCEPTED, "list 20", PKI_P384);
}

static void
pointers_tell_who_signs_the_national_lists(void)
{
	STACK_OF(X509) *signers = sk_X509_new_null();
	const struct trust_pointer *p;
	struct trust_list *read;
	struct error err = ERROR_INIT;

	ASSERT_OK(trust_list_read(&read, SPAN_OF(&lotl), &err), &err);
	p = trust_lotl_own_pointer(read);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(p->location, "https://tl.example/EU.xml");
	CU_ASSERT_PTR_NULL(trust_lotl_pointer(read, "EU"));
	CU_ASSERT_PTR_NULL(trust_lotl_pointer(read, "AT"));
	p = trust_lotl_pointer(read, "DE");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(p->mime_type, TRUST_MIME_XML);
	ASSERT_OK(trust_pointer_signers(p, signers, &err), &err);
	CU_ASSERT_EQUAL(sk_X509_num(signers), 1);
	CU_ASSERT_EQUAL(X509_cmp(sk_X509_value(signers, 0), pki_cert(PKI_RSA2048)), 0);
	sk_X509_pop_free(signers, X509_free);
	trust_list_free(read);
}

static void
a_new_announcement_is_noticed(void)
{
	struct trust_lotl_input in = {
		.list = { .bytes = SPAN_OF(&first), .signers = pinned, .time = PKI_NOW },
		.announcement = "https://tl.example.org/scheme"
	};
	struct trust_lotl_result result = { 0 };
	struct trust_list *read;
	struct error err = ERROR_INIT;
	int changed;

	for (changed = 0; changed < 2; changed++) {
		ASSERT_OK(trust_lotl_check(&in, &read, &result, &err), &err);
		CU_ASSERT_EQUAL(result.list.verdict, TRUST_LIST_ACCEPTED);
		CU_ASSERT_EQUAL(result.announcement_changed, changed);
		trust_list_free(read);
		trust_lotl_result_release(&result);
		in.announcement = "https://journal.example/other";
	}
}

static void
addresses_of_pivots_stand_before_the_announcement(void)
{
	struct buf text = BUF_INIT(0);
	const char *uris[4];
	struct trust_list *read;
	struct error err = ERROR_INIT;
	struct test_list l;

	test_list_init(&l);
	test_list_text(&l, &text);
	test_swap(&text, "<SchemeInformationURI>",
	    "<SchemeInformationURI><URI xml:lang=\"en\">https://a/pivot-20.xml</URI>"
	    "<URI xml:lang=\"en\">https://a/pivot-10.xml</URI>"
	    "<URI xml:lang=\"en\">https://journal/oj</URI>"
	    "<URI xml:lang=\"en\">https://a/older.xml</URI>");
	ASSERT_OK(trust_list_read(&read, SPAN_OF(&text), &err), &err);
	CU_ASSERT_EQUAL(trust_lotl_pivots(read, "https://journal/oj", uris, 4), 2);
	CU_ASSERT_STRING_EQUAL(uris[0], "https://a/pivot-20.xml");
	CU_ASSERT_EQUAL(trust_lotl_pivots(read, NULL, uris, 4), 3);
	trust_list_free(read);
	test_list_release(&l);
	buf_release(&text);
}

static const struct test tests[] = { TEST(pivots_hand_on_from_the_pinned_signers),
	TEST(a_missing_pivot_breaks_the_chain),
	TEST(a_pivot_that_was_changed_or_is_a_strangers_fails_all),
	TEST(the_list_follows_its_pivots), TEST(the_list_may_be_its_own_newest_pivot),
	TEST(pointers_tell_who_signs_the_national_lists), TEST(a_new_announcement_is_noticed),
	TEST(addresses_of_pivots_stand_before_the_announcement), TEST_END };
const struct suite suite_signing_trust_lotl = { "signing/trust/lotl", setup, teardown, tests };
