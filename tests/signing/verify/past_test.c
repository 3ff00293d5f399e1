/* Revocation in verdicts, and what proofs of existence make of it: EN 319 102-1 clauses 5.5, 5.6.
 */
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/scene.h"
#include "tests/support/status.h"

/* What a signature brings along: a CRL of the signers' CA that lists so many of them. */
static void
bring_crl(
    struct scene *s, int64_t made, int64_t next, const struct status_entry *entries, size_t count)
{
	struct status_crl in = status_crl_of(PKI_INTERMEDIATE);
	struct error err = ERROR_INIT;
	struct buf der;

	in.this_update = made;
	in.next_update = next;
	in.entries = entries;
	in.count = count;
	der = status_crl_make(&in);
	ASSERT_OK(values_add(&s->list.evidence.crls, SPAN_OF(&der), &err), &err);
	buf_release(&der);
}

static struct status_entry
revoked(int64_t at)
{
	return (struct status_entry){ pki_cert(PKI_REVOCABLE), at, CRL_KEY_COMPROMISE, 0, NULL };
}

/* A further time stamp over the signature and what is added to its coverage. */
static struct embedded_timestamp *
stamp(struct scene *s, const struct test_tsa *tsa, int covers_signature)
{
	struct embedded_timestamp *e = signature_add_timestamp(s->sig, NULL, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	e->kind = TIMESTAMP_ARCHIVE;
	SHA256((const unsigned char *)"all of it", 9, e->imprint.value[DIGEST_SHA256]);
	e->imprint.have = DIGEST_BIT(DIGEST_SHA256);
	e->imprint_known = 1;
	e->covers.signature = covers_signature;
	test_token(&e->token, tsa, DIGEST_SHA256, e->imprint.value[DIGEST_SHA256]);
	return e;
}

static void
cover(struct embedded_timestamp *e, struct span object)
{
	unsigned char name[32];

	SHA256(object.data, object.len, name);
	CU_ASSERT_EQUAL(coverage_add(&e->covers, name, NULL), 0);
}

static void
cover_certificate(struct embedded_timestamp *e, enum pki_id id)
{
	unsigned char name[32];

	X509_digest(pki_cert(id), EVP_sha256(), name, NULL);
	CU_ASSERT_EQUAL(coverage_add(&e->covers, name, NULL), 0);
}

/* ---- today ---- */

static void
a_signer_whose_status_is_known_passes(void)
{
	struct scene s;

	scene_make(&s, PKI_REVOCABLE, NULL);
	EXPECT_OPEN(&s, SUB_TRY_LATER, "");
	bring_crl(&s, PKI_NOW - PKI_DAY, PKI_NOW + PKI_DAY, NULL, 0);
	EXPECT_PASSED(&s);
	CU_ASSERT(scene_has_check(&s, "RevocationFreshness", CHECK_PASSED));
	scene_drop(&s);
}

static void
what_was_known_too_long_ago_is_not_known(void)
{
	struct scene s;

	scene_make(&s, PKI_REVOCABLE, NULL);
	bring_crl(&s, PKI_NOW - 9 * PKI_DAY, PKI_NOW - 8 * PKI_DAY, NULL, 0);
	EXPECT_OPEN(&s, SUB_TRY_LATER, "");
	scene_drop(&s);
	scene_make(&s, PKI_REVOCABLE, NULL);
	bring_crl(&s, PKI_NOW - 9 * PKI_DAY, PKI_NOW + 9 * PKI_DAY, NULL, 0);
	EXPECT_PASSED(&s);
	s.policy.revocation_freshness = 8 * PKI_DAY;
	EXPECT_OPEN(&s, SUB_TRY_LATER, "too old");
	s.policy.revocation_freshness = 10 * PKI_DAY;
	EXPECT_PASSED(&s);
	scene_drop(&s);
}

static void
a_list_of_tomorrow_says_nothing_today(void)
{
	struct scene s;

	scene_make(&s, PKI_REVOCABLE, NULL);
	bring_crl(&s, PKI_NOW + PKI_DAY, PKI_NOW + 2 * PKI_DAY, NULL, 0);
	EXPECT_OPEN(&s, SUB_TRY_LATER, "");
	scene_drop(&s);
}

static void
what_the_caller_hands_in_counts_as_well(void)
{
	const struct status_ocsp in = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	struct buf der = status_ocsp_make(&in);
	struct ocsp_response *answer = NULL;
	const struct ocsp_response *answers[1];
	struct revocation_evidence evidence = { .ocsps = answers, .ocsp_count = 1 };
	struct error err = ERROR_INIT;
	struct scene s;

	ASSERT_OK(ocsp_response_read(&answer, SPAN_OF(&der), &err), &err);
	answers[0] = answer;
	scene_make(&s, PKI_REVOCABLE, NULL);
	s.context.revocation = &evidence;
	EXPECT_PASSED(&s);
	scene_drop(&s);
	ocsp_response_free(answer);
	buf_release(&der);
}

static void
evidence_that_does_not_decode_says_nothing(void)
{
	static const unsigned char nonsense[] = { 0x30, 0x03, 0x02, 0x01, 0x05 };
	const struct span junk = { nonsense, sizeof(nonsense) };
	struct scene s;

	scene_make(&s, PKI_REVOCABLE, NULL);
	CU_ASSERT_EQUAL(values_add(&s.list.evidence.crls, junk, NULL), 0);
	CU_ASSERT_EQUAL(values_add(&s.list.evidence.ocsps, junk, NULL), 0);
	EXPECT_OPEN(&s, SUB_TRY_LATER, "");
	bring_crl(&s, PKI_NOW - PKI_DAY, PKI_NOW + PKI_DAY, NULL, 0);
	EXPECT_PASSED(&s);
	scene_drop(&s);
}

/* ---- with a time stamp: clause 5.5 ---- */

static void
a_revocation_counts_from_its_day_on(void)
{
	static const struct test_tsa before = { PKI_TSA, PKI_NOW - 10 * PKI_DAY, 0 },
				     after = { PKI_TSA, PKI_NOW - 8 * PKI_DAY, 0 };
	const struct status_entry entry = revoked(PKI_NOW - 9 * PKI_DAY);
	struct scene s;

	scene_make(&s, PKI_REVOCABLE, NULL);
	bring_crl(&s, PKI_NOW - PKI_DAY, PKI_NOW + PKI_DAY, &entry, 1);
	EXPECT_OPEN(&s, SUB_REVOKED_NO_POE, "revoked");
	scene_drop(&s);
	scene_make(&s, PKI_REVOCABLE, &before);
	bring_crl(&s, PKI_NOW - PKI_DAY, PKI_NOW + PKI_DAY, &entry, 1);
	EXPECT_PASSED(&s);
	CU_ASSERT_EQUAL(s.report.items[0].basic.sub, SUB_REVOKED_NO_POE);
	scene_drop(&s);
	scene_make(&s, PKI_REVOCABLE, &after);
	bring_crl(&s, PKI_NOW - PKI_DAY, PKI_NOW + PKI_DAY, &entry, 1);
	EXPECT_OPEN(&s, SUB_REVOKED_NO_POE, "revoked");
	scene_drop(&s);
}

static void
what_was_fresh_when_the_signature_existed_is_enough(void)
{
	static const struct test_tsa then = { PKI_TSA, PKI_NOW - 100 * PKI_DAY, 0 };
	struct scene s;

	/* Level LT: the list of those days came along. */
	scene_make(&s, PKI_REVOCABLE, &then);
	bring_crl(&s, then.time - PKI_DAY / 2, then.time + PKI_DAY, NULL, 0);
	EXPECT_PASSED(&s);
	scene_drop(&s);
	scene_make(&s, PKI_REVOCABLE, &then);
	bring_crl(&s, then.time + PKI_DAY, then.time + 2 * PKI_DAY, NULL, 0);
	EXPECT_PASSED(&s);
	scene_drop(&s);
	/* One that had ended before the signature is no proof of its day. */
	scene_make(&s, PKI_REVOCABLE, &then);
	bring_crl(&s, then.time - 3 * PKI_DAY, then.time - PKI_DAY, NULL, 0);
	EXPECT_OPEN(&s, SUB_TRY_LATER, "");
	scene_drop(&s);
}

static void
a_content_time_stamp_after_the_revocation_is_final(void)
{
	static const struct test_tsa after = { PKI_TSA, PKI_NOW - 8 * PKI_DAY, 0 };
	const struct status_entry entry = revoked(PKI_NOW - 9 * PKI_DAY);
	struct embedded_timestamp *e;
	struct scene s;

	scene_make(&s, PKI_REVOCABLE, NULL);
	bring_crl(&s, PKI_NOW - PKI_DAY, PKI_NOW + PKI_DAY, &entry, 1);
	e = stamp(&s, &after, 0);
	e->kind = TIMESTAMP_CONTENT;
	EXPECT_FAILED(&s, SUB_REVOKED, "revoked");
	scene_drop(&s);
}

/* ---- with proofs for what ended: clause 5.6 ---- */

/* An expired signer, stamped in time by an authority that has ended since. */
static void
expect_chain_of_proofs(
    int64_t archived, int covers_token, int covers_authority, enum sub_indication sub)
{
	static const struct test_tsa in_time = { PKI_TSA_EXPIRED, PKI_NOW - 40 * PKI_DAY, 0 };
	const struct test_tsa archive = { PKI_TSA, archived, 0 };
	struct embedded_timestamp *e;
	struct scene s;

	scene_make(&s, PKI_EXPIRED, &in_time);
	e = stamp(&s, &archive, 0);
	if (covers_token)
		cover(e, SPAN_OF(&s.sig->timestamps[0].token));
	if (covers_authority)
		cover_certificate(e, PKI_TSA_EXPIRED);
	if (sub == SUB_NONE)
		EXPECT_PASSED(&s);
	else
		EXPECT_OPEN(&s, sub, "Expired signer");
	CU_ASSERT_EQUAL(s.report.items[0].timestamps[0].conclusion.indication,
	    sub == SUB_NONE ? INDICATION_TOTAL_PASSED : INDICATION_INDETERMINATE);
	CU_ASSERT_EQUAL(
	    s.report.items[0].timestamps[1].conclusion.indication, INDICATION_TOTAL_PASSED);
	scene_drop(&s);
}

static void
a_later_time_stamp_keeps_an_ended_one_alive(void)
{
	const int64_t in_time = PKI_NOW - 35 * PKI_DAY, too_late = PKI_NOW - 20 * PKI_DAY;

	expect_chain_of_proofs(in_time, 1, 1, SUB_NONE);
	expect_chain_of_proofs(too_late, 1, 1, SUB_OUT_OF_BOUNDS_NO_POE);
	expect_chain_of_proofs(in_time, 0, 1, SUB_OUT_OF_BOUNDS_NO_POE);
	expect_chain_of_proofs(in_time, 1, 0, SUB_OUT_OF_BOUNDS_NO_POE);
}

static void
of_a_broken_archive_time_stamp_nothing_is_taken(void)
{
	static const struct test_tsa in_time = { PKI_TSA_EXPIRED, PKI_NOW - 40 * PKI_DAY, 0 },
				     archive = { PKI_TSA, PKI_NOW - 35 * PKI_DAY, 0 };
	struct embedded_timestamp *e;
	struct scene s;

	scene_make(&s, PKI_EXPIRED, &in_time);
	e = stamp(&s, &archive, 1);
	cover(e, SPAN_OF(&s.sig->timestamps[0].token));
	cover_certificate(e, PKI_TSA_EXPIRED);
	EXPECT_PASSED(&s);
	e->imprint.value[DIGEST_SHA256][3] ^= 4;
	EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "");
	scene_drop(&s);
}

/* Revoked today, but a list from before, with a proof from before, says that it was not then. */
static void
a_signature_proven_before_the_revocation_stays_valid(void)
{
	static const struct test_tsa then = { PKI_TSA, PKI_NOW - 12 * PKI_DAY, 0 };
	const struct status_entry entry = revoked(PKI_NOW - 9 * PKI_DAY);
	struct embedded_timestamp *e;
	struct scene s;

	scene_make(&s, PKI_REVOCABLE, NULL);
	bring_crl(&s, PKI_NOW - PKI_DAY, PKI_NOW + PKI_DAY, &entry, 1);
	e = stamp(&s, &then, 1);
	EXPECT_PASSED(&s); /* clause 5.5: it covers the signature itself */
	e->covers.signature = 0;
	EXPECT_OPEN(&s, SUB_REVOKED_NO_POE, "");
	scene_drop(&s);
}

static void
a_hash_index_of_a_weak_digest_binds_nothing(void)
{
	static const struct test_tsa in_time = { PKI_TSA_EXPIRED, PKI_NOW - 40 * PKI_DAY, 0 },
				     archive = { PKI_TSA, PKI_NOW - 35 * PKI_DAY, 0 };
	struct embedded_timestamp *e;
	struct scene s;

	scene_make(&s, PKI_EXPIRED, &in_time);
	e = stamp(&s, &archive, 0);
	cover(e, SPAN_OF(&s.sig->timestamps[0].token));
	cover_certificate(e, PKI_TSA_EXPIRED);
	e->covers.index = DIGEST_SHA256;
	EXPECT_PASSED(&s);
	e->covers.index = DIGEST_SHA1;
	EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "");
	scene_drop(&s);
}

static const struct test tests[] = { TEST(a_signer_whose_status_is_known_passes),
	TEST(what_was_known_too_long_ago_is_not_known), TEST(a_list_of_tomorrow_says_nothing_today),
	TEST(what_the_caller_hands_in_counts_as_well),
	TEST(evidence_that_does_not_decode_says_nothing), TEST(a_revocation_counts_from_its_day_on),
	TEST(what_was_fresh_when_the_signature_existed_is_enough),
	TEST(a_content_time_stamp_after_the_revocation_is_final),
	TEST(a_later_time_stamp_keeps_an_ended_one_alive),
	TEST(of_a_broken_archive_time_stamp_nothing_is_taken),
	TEST(a_signature_proven_before_the_revocation_stays_valid),
	TEST(a_hash_index_of_a_weak_digest_binds_nothing), TEST_END };
const struct suite suite_signing_verify_past = { "signing/verify/past", NULL, NULL, tests };
