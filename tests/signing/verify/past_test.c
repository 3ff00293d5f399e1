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
revoked_of(enum pki_id id, int64_t at)
{
	return (struct status_entry){ pki_cert(id), at, CRL_KEY_COMPROMISE, 0, NULL };
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
expect_chain_of_proofs(int64_t archived, int covers_token, enum sub_indication sub)
{
	static const struct test_tsa in_time = { PKI_TSA_EXPIRED, PKI_NOW - 40 * PKI_DAY, 0 };
	const struct test_tsa archive = { PKI_TSA, archived, 0 };
	struct embedded_timestamp *e;
	struct scene s;

	scene_make(&s, PKI_EXPIRED, &in_time);
	e = stamp(&s, &archive, 0);
	if (covers_token)
		cover(e, SPAN_OF(&s.sig->timestamps[0].token));
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

	expect_chain_of_proofs(in_time, 1, SUB_NONE);
	expect_chain_of_proofs(too_late, 1, SUB_OUT_OF_BOUNDS_NO_POE);
	expect_chain_of_proofs(in_time, 0, SUB_OUT_OF_BOUNDS_NO_POE);
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

/* ---- clause 5.6.2.2.4, step by step: how the control time slides ---- */

/*
 * An expired signer, stamped forty days ago by an authority that can be revoked, and renewed by
 * another's archive time stamp five days later, which covers the token and `covered`, where it is
 * not NULL. What is known of the authority stands in one list.
 */
struct renewal {
	enum pki_id authority;
	int64_t made, next, expired_from; /* of the list; from PKI_NOW, in days; 0: not said */
	int is_covered;
	int64_t revoked_at; /* in days; 0: not revoked */
};
#define STAMPED	 (PKI_NOW - 40 * PKI_DAY)
#define ARCHIVED (PKI_NOW - 35 * PKI_DAY)

static void
expect_renewal(const struct renewal *r, enum sub_indication sub, const char *note)
{
	const struct test_tsa first = { r->authority, STAMPED, 0 },
			      archive = { PKI_TSA, ARCHIVED, 0 };
	const struct status_entry entry =
	    revoked_of(r->authority, PKI_NOW + r->revoked_at * PKI_DAY);
	struct status_crl in = status_crl_of(PKI_INTERMEDIATE);
	const struct verify_timestamp *t;
	struct embedded_timestamp *e;
	struct error err = ERROR_INIT;
	struct scene s;
	struct buf der;
	size_t i;
	int told = 0;

	scene_make(&s, PKI_EXPIRED, &first);
	e = stamp(&s, &archive, 0);
	cover(e, SPAN_OF(&s.sig->timestamps[0].token));
	in.this_update = PKI_NOW + r->made * PKI_DAY;
	in.next_update = PKI_NOW + r->next * PKI_DAY;
	in.expired_from = r->expired_from != 0 ? PKI_NOW + r->expired_from * PKI_DAY : 0;
	in.entries = &entry;
	in.count = r->revoked_at != 0;
	der = status_crl_make(&in);
	ASSERT_OK(values_add(&s.list.evidence.crls, SPAN_OF(&der), &err), &err);
	if (r->is_covered)
		cover(e, SPAN_OF(&der));
	if (sub == SUB_NONE)
		EXPECT_PASSED(&s);
	else
		EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "Expired signer");
	t = &s.report.items[0].timestamps[0];
	CU_ASSERT_EQUAL(t->conclusion.sub, sub);
	for (i = 0; i < t->checks.count; i++)
		told |= t->checks.items[i].block == BLOCK_PAST &&
			strstr(t->checks.items[i].text, note) != NULL;
	CU_ASSERT(told);
	for (i = 0; !told && i < t->checks.count; i++)
		fprintf(stderr, "%s\n", t->checks.items[i].text);
	buf_release(&der);
	scene_drop(&s);
}

/* Step 2 a): of an authority that has ended since, what was learnt after the renewal counts. */
static void
one_renewal_keeps_a_time_stamp_alive_whose_authority_ended(void)
{
	const struct renewal behind_it = { PKI_TSA_ENDED, -32, -31, 0, 0, 0 },
			     of_today = { PKI_TSA_ENDED, -1, 1, -1000, 0, 0 },
			     silent = { PKI_TSA_ENDED, -1, 1, 0, 0, 0 },
			     still_fresh = { PKI_TSA_ENDED, -36, 1, 0, 1, 0 };

	expect_renewal(&behind_it, SUB_NONE, "could be relied on");
	expect_renewal(&of_today, SUB_NONE, "could be relied on");
	expect_renewal(&still_fresh, SUB_NONE, "could be relied on");
	/* A list that was made after its end and keeps no expired ones says nothing. */
	expect_renewal(&silent, SUB_OUT_OF_BOUNDS_NO_POE, "no revocation information");
}

/* Step 2 b). */
static void
a_revocation_slides_the_control_time_to_its_day(void)
{
	const struct renewal after = { PKI_TSA_REVOCABLE, -1, 1, 0, 0, -34 },
			     before = { PKI_TSA_REVOCABLE, -1, 1, 0, 0, -36 },
			     of_an_ended_one = { PKI_TSA_ENDED, -1, 1, -1000, 0, -34 };

	expect_renewal(&after, SUB_NONE, "could be relied on");
	expect_renewal(&of_an_ended_one, SUB_NONE, "could be relied on");
	expect_renewal(&before, SUB_REVOKED_NO_POE, "was revoked");
}

/* Step 2 c): to the day of the newest list, which is before the renewal here. */
static void
what_is_not_fresh_slides_the_control_time_to_the_day_it_was_made(void)
{
	const struct renewal older = { PKI_TSA_ENDED, -36, -34, 0, 1, 0 };

	expect_renewal(&older, SUB_OUT_OF_BOUNDS_NO_POE, "was made");
}

/* Stricter than clause 5.6.2.4.4 step 5: newer data is waited for while it may come. */
static void
what_is_not_fresh_today_is_asked_for_again(void)
{
	const struct renewal fresh_then = { PKI_TSA_REVOCABLE, -36, -34, 0, 0, 0 };

	expect_renewal(&fresh_then, SUB_TRY_LATER, "was made");
}

/* Of a responder that ended what it said must be proven from its life. */
static void
revocation_data_is_proven_within_the_life_of_its_signer(void)
{
	static const struct test_tsa first = { PKI_TSA_ENDED, STAMPED, 0 },
				     archive = { PKI_TSA, ARCHIVED, 0 };
	struct status_ocsp in = status_ocsp_of(PKI_TSA_ENDED, PKI_INTERMEDIATE);
	struct issue_request request = pki_request(PKI_P256);
	struct embedded_timestamp *e;
	struct error err = ERROR_INIT;
	struct scene s;
	struct buf der;
	int covered;

	request.profile = ISSUE_OCSP;
	request.common_name = "Ended responder";
	request.key = pki_key(PKI_P256)->pkey;
	request.not_before = PKI_NOW - 100 * PKI_DAY;
	request.not_after = ARCHIVED + PKI_DAY;
	in.signer = pki_issue(&request, PKI_INTERMEDIATE);
	in.key = request.key;
	in.produced_at = in.this_update = ARCHIVED - PKI_DAY / 2;
	in.next_update = PKI_NOW + PKI_DAY;
	der = status_ocsp_make(&in);
	for (covered = 0; covered < 2; covered++) {
		scene_make(&s, PKI_EXPIRED, &first);
		e = stamp(&s, &archive, 0);
		cover(e, SPAN_OF(&s.sig->timestamps[0].token));
		if (covered)
			cover(e, SPAN_OF(&der));
		ASSERT_OK(values_add(&s.list.evidence.ocsps, SPAN_OF(&der), &err), &err);
		if (covered)
			EXPECT_PASSED(&s);
		else
			EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "");
		scene_drop(&s);
	}
	X509_free(in.signer);
	buf_release(&der);
}

/* Step 2 d): SHA-1 ended twenty days ago, and a certificate of the path is signed with it. */
static void
an_algorithm_slides_the_control_time_to_its_end(void)
{
	static const struct catalogue_digest digests[] = { { DIGEST_SHA1, "2026-02-09", NULL },
		{ DIGEST_SHA256, NULL, NULL } };
	static const struct catalogue_key keys[] = {
		{ KEY_EC, PADDING_NONE, 256, NULL, NULL, DIGEST_NONE, NULL },
	};
	static const struct catalogue catalogue = { "test", "1", digests, 2, keys, 1 };
	static const struct {
		int64_t archived; /* in days */
		int covers_certificate;
		enum sub_indication sub;
	} rows[] = {
		{ -35, 1, SUB_NONE },
		{ -35, 0, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE },
		{ -15, 1, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE },
	};
	static const struct test_tsa weak = { PKI_TSA, STAMPED, 0 };
	struct sign_key key = *pki_key(PKI_TSA);
	const struct sign_key *ca = pki_key(PKI_INTERMEDIATE);
	struct embedded_timestamp *e, *first;
	unsigned char name[32];
	struct scene s;
	size_t i;

	key.cert = X509_dup(key.cert);
	CU_ASSERT_FATAL(X509_sign(key.cert, ca->pkey, EVP_sha1()) > 0);
	X509_digest(key.cert, EVP_sha256(), name, NULL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct test_tsa archive = { PKI_TSA, PKI_NOW + rows[i].archived * PKI_DAY,
			0 };

		scene_make(&s, PKI_EXPIRED, NULL);
		s.context.catalogue = &catalogue;
		first = stamp(&s, &weak, 1);
		first->token.len = 0;
		test_token_by(
		    &first->token, &weak, &key, DIGEST_SHA256, first->imprint.value[DIGEST_SHA256]);
		e = stamp(&s, &archive, 0);
		cover(e, SPAN_OF(&s.sig->timestamps[0].token));
		if (rows[i].covers_certificate)
			CU_ASSERT_EQUAL(coverage_add(&e->covers, name, NULL), 0);
		if (rows[i].sub == SUB_NONE)
			EXPECT_PASSED(&s);
		else
			EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "");
		CU_ASSERT_EQUAL(s.report.items[0].timestamps[0].conclusion.sub, rows[i].sub);
		scene_drop(&s);
	}
	X509_free(key.cert);
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
	TEST(a_hash_index_of_a_weak_digest_binds_nothing),
	TEST(one_renewal_keeps_a_time_stamp_alive_whose_authority_ended),
	TEST(a_revocation_slides_the_control_time_to_its_day),
	TEST(what_is_not_fresh_slides_the_control_time_to_the_day_it_was_made),
	TEST(what_is_not_fresh_today_is_asked_for_again),
	TEST(revocation_data_is_proven_within_the_life_of_its_signer),
	TEST(an_algorithm_slides_the_control_time_to_its_end), TEST_END };
const struct suite suite_signing_verify_past = { "signing/verify/past", NULL, NULL, tests };
