/* Basic signatures, documents as a whole, and certificates alone. */
#include "signing/verify/verify.h"

#include <stdio.h>
#include <string.h>

#include "signing/format/cms/cms_sign.h"
#include "tests/support/scene.h"

static void
a_good_signature_passes_with_every_kind_of_key(void)
{
	static const enum pki_id ids[] = { PKI_RSA2048, PKI_RSA3072, PKI_P256, PKI_P384, PKI_P521,
		PKI_BRAINPOOL256 };
	const struct verify_signature *v;
	struct scene s;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		scene_make(&s, ids[i], NULL);
		EXPECT_PASSED(&s);
		v = &s.report.items[0];
		CU_ASSERT_EQUAL(v->best_time, PKI_NOW);
		CU_ASSERT_STRING_EQUAL(v->best_time_source, "validation time");
		CU_ASSERT_STRING_EQUAL(v->level, "B-B");
		CU_ASSERT_EQUAL(X509_cmp(v->path.anchor, pki_cert(PKI_INTERMEDIATE)), 0);
		scene_drop(&s);
	}
}

static void
a_report_cites_policy_catalogue_and_time(void)
{
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	s.context.policy = NULL;
	EXPECT_PASSED(&s);
	CU_ASSERT_STRING_EQUAL(s.report.policy, "signet-strict 1");
	CU_ASSERT_STRING_EQUAL(s.report.catalogue, "ETSI TS 119 312 v1.5.1 (2024-10-13)");
	CU_ASSERT_EQUAL(s.report.time, PKI_NOW);
	CU_ASSERT_STRING_EQUAL(s.report.items[0].algorithm, "ECDSA with SHA256");
	CU_ASSERT_EQUAL(s.report.items[0].key_bits, 256);
	scene_drop(&s);
}

/* ETSI TS 119 172-1 annex A: what the policy asks of commitments. */
static void
a_policy_may_ask_for_a_commitment(void)
{
	static const char *const wanted[] = { "http://uri.etsi.org/01903/v1.2.2#ProofOfApproval",
		"1.2.3.4" };
	struct error err = ERROR_INIT;
	struct commitment *c;
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	EXPECT_PASSED(&s);
	s.policy.commitment_types = wanted;
	s.policy.commitment_type_count = 2;
	EXPECT_OPEN(&s, SUB_SIG_CONSTRAINTS_FAILURE, "does not commit himself");
	ASSERT_OK(signature_add_commitment(s.sig, &c, &err), &err);
	c->type = strdup("1.2.840.113549.1.9.16.6.4"); /* another one */
	c->of_all = 1;
	EXPECT_OPEN(&s, SUB_SIG_CONSTRAINTS_FAILURE, "does not commit himself");
	c->type[strlen(c->type) - 1] = '5';
	EXPECT_PASSED(&s);
	CU_ASSERT(scene_has_check(&s, "CommitmentType", CHECK_PASSED));
	c->of_all = 0; /* for a part alone */
	EXPECT_OPEN(&s, SUB_SIG_CONSTRAINTS_FAILURE, "does not commit himself");
	s.policy.levels[CONSTRAINT_COMMITMENT] = VERIFY_WARN;
	EXPECT_PASSED(&s);
	CU_ASSERT(scene_has_check(&s, "CommitmentType", CHECK_WARNING));
	scene_drop(&s);
}

static void
what_is_stated_of_nothing_that_is_signed_is_warned_of(void)
{
	struct error err = ERROR_INIT;
	struct data_format *f;
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	ASSERT_OK(signature_add_format(s.sig, &f, &err), &err);
	EXPECT_PASSED(&s);
	CU_ASSERT(!scene_has_check(&s, "SignedDataStatements", CHECK_WARNING));
	snprintf(f->problem, sizeof(f->problem), "it names \"#x\"");
	EXPECT_PASSED(&s);
	CU_ASSERT(scene_has_check(&s, "SignedDataStatements", CHECK_WARNING));
	s.policy.levels[CONSTRAINT_STATEMENTS] = VERIFY_FAIL;
	EXPECT_OPEN(&s, SUB_SIG_CONSTRAINTS_FAILURE, "\"#x\"");
	scene_drop(&s);
}

static void
a_changed_document_fails_for_good(void)
{
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	scene_read(&s, "An invoice over 9,000 euros.");
	EXPECT_FAILED(&s, SUB_HASH_FAILURE, "");
	s.context.anchors = NULL; /* who is trusted makes no difference */
	EXPECT_FAILED(&s, SUB_HASH_FAILURE, "");
	scene_drop(&s);
}

static void
a_flipped_byte_of_the_value_fails_for_good(void)
{
	struct scene s;

	scene_make(&s, PKI_RSA2048, NULL);
	s.der.data[s.der.len - 1] ^= 1;
	scene_read(&s, SCENE_TEXT);
	EXPECT_FAILED(&s, SUB_SIG_CRYPTO_FAILURE, "");
	scene_drop(&s);
	scene_make(&s, PKI_RSA2048, NULL);
	s.sig->value_intact = 0; /* a reader that does not say why */
	EXPECT_FAILED(&s, SUB_SIG_CRYPTO_FAILURE, "does not check under the signer's key");
	scene_drop(&s);
}

static void
a_broken_form_fails_for_good(void)
{
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	signature_fail(s.sig, SUB_FORMAT_FAILURE, "the messageDigest stands there twice");
	EXPECT_FAILED(&s, SUB_FORMAT_FAILURE, "stands there twice");
	s.sig->failure = SUB_NONE;
	s.sig->cert_ref = CERT_REF_MALFORMED;
	EXPECT_FAILED(&s, SUB_FORMAT_FAILURE, "does not decode");
	scene_drop(&s);
}

static void
a_rule_that_a_reader_found_broken_never_passes(void)
{
	struct scene s;
	int sub;

	scene_make(&s, PKI_P256, NULL);
	for (sub = SUB_NONE + 1; sub < SUB_INDICATIONS; sub++) {
		s.sig->failure = (enum sub_indication)sub;
		scene_expect(
		    &s, indication_of((enum sub_indication)sub), (enum sub_indication)sub, "");
		CU_ASSERT_NOT_EQUAL(s.report.conclusion.indication, INDICATION_TOTAL_PASSED);
	}
	scene_drop(&s);
}

/* EN 319 102-1 table 6: these six sub-indications are TOTAL-FAILED, all others INDETERMINATE. */
static void
only_what_is_final_is_total_failed(void)
{
	static const enum sub_indication final[] = { SUB_FORMAT_FAILURE, SUB_HASH_FAILURE,
		SUB_SIG_CRYPTO_FAILURE, SUB_REVOKED, SUB_EXPIRED, SUB_NOT_YET_VALID };
	int sub, failed = 0;
	size_t i;

	for (i = 0; i < sizeof(final) / sizeof(final[0]); i++)
		CU_ASSERT_EQUAL(indication_of(final[i]), INDICATION_TOTAL_FAILED);
	for (sub = SUB_NONE + 1; sub < SUB_INDICATIONS; sub++)
		failed += indication_of((enum sub_indication)sub) == INDICATION_TOTAL_FAILED;
	CU_ASSERT_EQUAL(failed, 6);
	CU_ASSERT_EQUAL(indication_of(SUB_NONE), INDICATION_TOTAL_PASSED);
}

static void
what_cannot_be_checked_is_not_called_broken(void)
{
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	s.sig->value_intact = s.sig->references_intact = s.sig->references[0].intact = 0;
	s.sig->references[0].digest = DIGEST_NONE;
	signature_fail(s.sig, SUB_CRYPTO_CONSTRAINTS_FAILURE, "the algorithm 1.2.3 is not known");
	EXPECT_OPEN(&s, SUB_CRYPTO_CONSTRAINTS_FAILURE, "not known");
	scene_drop(&s);
	/* and no proof of existence heals that */
	scene_make(&s, PKI_P256, &(struct test_tsa){ PKI_TSA, PKI_NOW - PKI_DAY, 0 });
	s.sig->value_intact = 0;
	s.sig->alg = (struct sig_alg){ 0 };
	signature_fail(s.sig, SUB_CRYPTO_CONSTRAINTS_FAILURE, "the algorithm 1.2.3 is not known");
	EXPECT_OPEN(&s, SUB_CRYPTO_CONSTRAINTS_FAILURE, "not known");
	scene_drop(&s);
}

/* Without signed attributes the value is over the content; there is no digest to compare. */
static void
plain_cms_fails_by_its_value(void)
{
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	s.sig->references[0].digest_value.len = 0;
	EXPECT_PASSED(&s);
	s.sig->references[0].intact = s.sig->references_intact = s.sig->value_intact = 0;
	EXPECT_FAILED(&s, SUB_SIG_CRYPTO_FAILURE, "does not check");
	s.sig->value_intact = 1; /* a reader that contradicts itself */
	EXPECT_FAILED(&s, SUB_HASH_FAILURE, "as a whole");
	scene_drop(&s);
}

static void
without_the_document_nothing_is_known(void)
{
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	scene_read(&s, NULL);
	EXPECT_OPEN(&s, SUB_SIGNED_DATA_NOT_FOUND, "");
	scene_drop(&s);
}

static void
a_signature_over_nothing_never_passes(void)
{
	struct scene s;
	size_t count;

	scene_make(&s, PKI_P256, NULL);
	count = s.sig->reference_count;
	s.sig->reference_count = 0;
	EXPECT_OPEN(&s, SUB_SIGNED_DATA_NOT_FOUND, "signs no document");
	s.sig->reference_count = count;
	s.sig->references[0].is_document = 0; /* only its own properties, say */
	EXPECT_OPEN(&s, SUB_SIGNED_DATA_NOT_FOUND, "signs no document");
	s.sig->parent = strdup("signer-1"); /* a counter-signature signs a signature */
	EXPECT_PASSED(&s);
	s.sig->references[0].is_document = 1;
	s.sig->references_intact = 0;
	EXPECT_FAILED(&s, SUB_HASH_FAILURE, "as a whole");
	scene_drop(&s);
}

static void
without_the_signers_certificate_nobody_is_known(void)
{
	struct scene s;
	X509 *signer;

	scene_make(&s, PKI_P256, NULL);
	signer = s.sig->signer;
	s.sig->signer = NULL;
	s.sig->value_intact = 0;
	EXPECT_OPEN(&s, SUB_NO_SIGNING_CERTIFICATE_FOUND, "was not handed in");
	s.sig->bare_key = X509_get_pubkey(signer);
	s.sig->value_intact = 1;
	EXPECT_OPEN(&s, SUB_NO_SIGNING_CERTIFICATE_FOUND, "bare key");
	s.sig->signer = signer;
	scene_drop(&s);
}

static void
the_signing_certificate_must_be_the_one_that_was_signed(void)
{
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	s.sig->cert_ref = CERT_REF_DIFFERS;
	EXPECT_OPEN(&s, SUB_NO_SIGNING_CERTIFICATE_FOUND, "does not fit \"Signer P-256\"");
	/* Nobody is called the signer and missing at once. */
	CU_ASSERT(!scene_has_check(&s, "SigningCertificate", CHECK_PASSED));
	s.sig->value_intact = 0; /* under a certificate that is not the signer's */
	EXPECT_OPEN(&s, SUB_NO_SIGNING_CERTIFICATE_FOUND, "");
	CU_ASSERT(!scene_has_check(&s, "SigningCertificate", CHECK_PASSED));
	signature_fail(s.sig, SUB_SIG_CRYPTO_FAILURE, "the value does not check");
	EXPECT_OPEN(&s, SUB_NO_SIGNING_CERTIFICATE_FOUND, "");
	s.sig->value_intact = 1;
	s.sig->failure = SUB_NONE;
	s.sig->cert_ref = CERT_REF_ABSENT; /* in a baseline signature */
	EXPECT_OPEN(&s, SUB_SIG_CONSTRAINTS_FAILURE, "does not name its signing certificate");
	s.policy.levels[CONSTRAINT_BASELINE_REFERENCE] = VERIFY_INFORM;
	EXPECT_PASSED(&s);
	s.policy.levels[CONSTRAINT_BASELINE_REFERENCE] = VERIFY_BY_DEFAULT;
	s.sig->baseline = 0; /* plain CMS never has it */
	s.sig->level = ADES_BASIC;
	EXPECT_PASSED(&s);
	CU_ASSERT_STRING_EQUAL(s.report.items[0].level, "Basic");
	CU_ASSERT(scene_has_check(&s, "SigningCertificateReference", CHECK_NOTE));
	s.policy.levels[CONSTRAINT_PLAIN_REFERENCE] = VERIFY_FAIL;
	EXPECT_OPEN(&s, SUB_SIG_CONSTRAINTS_FAILURE, "does not name its signing certificate");
	scene_drop(&s);
}

/* What a reader was told to tolerate: the policy has the last word, and never says nothing. */
static void
a_departure_from_a_form_is_judged_by_the_policy(void)
{
	enum verify_constraint c;
	enum deviation deviation;
	const unsigned int lenient = DEVIATION_BIT(DEVIATION_CONTENTS_ENCRYPTED);
	unsigned int others;
	struct scene s;
	int forms = 0;

	scene_make(&s, PKI_P256, NULL);
	CU_ASSERT_EQUAL(verify_policy_tolerates(NULL), lenient);
	for (c = 0; c < VERIFY_CONSTRAINTS; c++) {
		if (!verify_constraint_is_form(c, &deviation))
			continue;
		forms++;
		s.sig->deviations = DEVIATION_BIT(deviation);
		others = lenient & ~s.sig->deviations;
		CU_ASSERT_EQUAL(verify_constraint_default(c),
		    s.sig->deviations == lenient ? VERIFY_WARN : VERIFY_FAIL);
		s.policy.levels[c] = VERIFY_FAIL;
		CU_ASSERT_EQUAL(verify_policy_tolerates(&s.policy), others);
		EXPECT_FAILED(&s, SUB_FORMAT_FAILURE, "");
		CU_ASSERT(scene_has_check(&s, verify_constraint_name(c), CHECK_FAILED));
		s.policy.levels[c] = VERIFY_WARN;
		EXPECT_PASSED(&s);
		CU_ASSERT(scene_has_check(&s, verify_constraint_name(c), CHECK_WARNING));
		CU_ASSERT_EQUAL(verify_policy_tolerates(&s.policy), s.sig->deviations | others);
		s.policy.levels[c] = VERIFY_IGNORE;
		EXPECT_PASSED(&s);
		CU_ASSERT(scene_has_check(&s, verify_constraint_name(c), CHECK_NOTE));
		s.policy.levels[c] = VERIFY_BY_DEFAULT;
	}
	CU_ASSERT_EQUAL(forms, DEVIATIONS);
	scene_drop(&s);
}

static void
who_is_not_trusted_has_no_chain(void)
{
	struct scene s;

	scene_make(&s, PKI_OTHER_SIGNER, NULL);
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND, "Other signer");
	scene_drop(&s);
	scene_make(&s, PKI_P256, NULL);
	s.context.anchors = NULL; /* the anchors of time stamps are not those of signers */
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND, "");
	scene_drop(&s);
}

static void
a_certificate_for_other_uses_does_not_sign(void)
{
	struct scene s;

	scene_make(&s, PKI_WRONG_USAGE, NULL);
	EXPECT_OPEN(&s, SUB_CHAIN_CONSTRAINTS_FAILURE, "\"Not a signer\" may not sign documents");
	scene_drop(&s);
	scene_make(&s, PKI_TSA, NULL);
	EXPECT_OPEN(&s, SUB_CHAIN_CONSTRAINTS_FAILURE, "\"Test TSA\" may not sign documents");
	scene_drop(&s);
}

static void
where_revocation_must_be_known_it_is_waited_for(void)
{
	struct scene s;

	scene_make(&s, PKI_REVOCABLE, NULL);
	EXPECT_OPEN(&s, SUB_TRY_LATER,
	    "whether the certificate \"Revocable signer\" is revoked is not known");
	s.policy.without_revocation = 1;
	EXPECT_PASSED(&s);
	scene_drop(&s);
	scene_make(&s, PKI_P256, NULL);
	s.context.anchors = pki_root_only();
	EXPECT_OPEN(&s, SUB_TRY_LATER, "\"Test Issuing CA\" is revoked is not known");
	scene_drop(&s);
}

static void
weak_algorithms_are_named_with_their_day(void)
{
	struct scene s;

	scene_make(&s, PKI_RSA2048, NULL);
	s.sig->alg.digest = DIGEST_SHA1;
	EXPECT_OPEN(
	    &s, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, "SHA1 is not suitable after 2012-07-31");
	s.sig->alg.digest = DIGEST_SHA256;
	EXPECT_PASSED(&s);
	s.sig->references[0].digest = DIGEST_MD5;
	EXPECT_OPEN(
	    &s, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, "MD5 is not suitable after 2004-07-31");
	scene_drop(&s);
}

static void
a_partial_scope_is_told_and_refused_only_on_wish(void)
{
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	s.sig->scope = SCOPE_PARTIAL;
	EXPECT_PASSED(&s);
	CU_ASSERT(scene_has_check(&s, "Scope", CHECK_NOTE));
	s.policy.levels[CONSTRAINT_SCOPE] = VERIFY_FAIL;
	EXPECT_OPEN(&s, SUB_SIG_CONSTRAINTS_FAILURE, "only a part");
	scene_drop(&s);
}

/* What a reader found of the revisions after the signature. */
static void
add_change(struct signature *sig, enum change_class class, int permitted, const char *text)
{
	struct change *c;

	if (sig->changes == NULL)
		sig->changes = calloc(CHANGES_MAX, sizeof(*sig->changes));
	CU_ASSERT_PTR_NOT_NULL_FATAL(sig->changes);
	c = &sig->changes[sig->change_count++];
	*c = (struct change){ .class = class, .permitted = permitted, .revision = 1 };
	snprintf(c->text, sizeof(c->text), "%s", text);
	sig->change_class = class;
	sig->changes_permitted = permitted;
}

static void
a_pdf_that_was_continued_passes_only_when_the_changes_are_permitted(void)
{
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	s.sig->format = FORMAT_PDF;
	s.sig->revision_is_last = 1;
	EXPECT_PASSED(&s);
	s.sig->revision_is_last = 0;
	EXPECT_OPEN(&s, SUB_SIG_CONSTRAINTS_FAILURE, "could not be examined");
	add_change(s.sig, CHANGE_FORM, 1, "object 7, field \"Name\": the field was filled in");
	EXPECT_PASSED(&s);
	CU_ASSERT(scene_has_check(&s, "LaterRevisions", CHECK_PASSED));
	CU_ASSERT(scene_has_check(&s, "LaterChange", CHECK_NOTE));
	s.sig->change_count = 0;
	add_change(s.sig, CHANGE_OTHER, 0, "object 5, page 1: its content was replaced");
	EXPECT_OPEN(&s, SUB_SIG_CONSTRAINTS_FAILURE,
	    "does not permit it: object 5, page 1: its content was replaced");
	scene_drop(&s);
}

static void
a_signature_policy_is_told_and_refused_only_on_wish(void)
{
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	s.sig->policy = strdup("1.2.3.4");
	EXPECT_PASSED(&s);
	CU_ASSERT(scene_has_check(&s, "SignaturePolicy", CHECK_NOTE));
	s.policy.levels[CONSTRAINT_SIGNATURE_POLICY] = VERIFY_FAIL;
	EXPECT_OPEN(&s, SUB_SIGNATURE_POLICY_NOT_AVAILABLE, "1.2.3.4");
	scene_drop(&s);
}

static void
the_worst_signature_decides_for_the_document(void)
{
	struct document doc = { .content = span_str(SCENE_TEXT), .has_content = 1 };
	struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
	struct error err = ERROR_INIT;
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	ASSERT_OK(cms_add_signer(
		      &s.der, &doc, CMS_PROFILE_CADES, pki_key(PKI_OTHER_SIGNER), &options, &err),
	    &err);
	scene_read(&s, SCENE_TEXT);
	CU_ASSERT_EQUAL_FATAL(s.list.count, 2);
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND, "Other signer");
	CU_ASSERT_EQUAL(s.report.count, 2);
	s.list.items[0].value_intact = 0;
	EXPECT_FAILED(&s, SUB_SIG_CRYPTO_FAILURE, "");
	s.list.items[0].value_intact = 1;
	s.list.items[1].value_intact = 0;
	EXPECT_FAILED(&s, SUB_SIG_CRYPTO_FAILURE, "");
	scene_drop(&s);
}

static void
a_document_without_signature_is_no_valid_one(void)
{
	struct signatures none = { .items = NULL, .count = 0 };
	struct verify_context context = { .time = PKI_NOW };
	struct verify_report report;
	struct error err = ERROR_INIT;

	ASSERT_OK(verify_signatures(&none, &context, &report, &err), &err);
	CU_ASSERT_EQUAL(report.conclusion.indication, INDICATION_INDETERMINATE);
	CU_ASSERT_EQUAL(report.conclusion.sub, SUB_NONE);
	CU_ASSERT_STRING_EQUAL(report.conclusion.code, "NoSignature");
	verify_report_release(&report);
}

static void
a_certificate_policy_that_is_no_oid_gives_no_report(void)
{
	static const char *const bad[] = { "seven" };
	struct error err = ERROR_INIT;
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	s.policy.certificate_policies = bad;
	s.policy.certificate_policy_count = 1;
	CU_ASSERT_EQUAL(verify_signatures(&s.list, &s.context, &s.report, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_EQUAL(s.report.count, 0);
	scene_drop(&s);
}

static void
a_certificate_is_judged_for_a_purpose_at_a_time(void)
{
	static const struct {
		enum pki_id id;
		enum path_purpose purpose;
		enum sub_indication sub;
	} want[] = {
		{ PKI_P256, PATH_SIGNING, SUB_NONE },
		{ PKI_TLS_CLIENT, PATH_TLS_CLIENT, SUB_NONE },
		{ PKI_TLS_SERVER, PATH_TLS_SERVER, SUB_NONE },
		{ PKI_TSA, PATH_TIMESTAMPING, SUB_NONE },
		{ PKI_P256, PATH_TLS_SERVER, SUB_CHAIN_CONSTRAINTS_FAILURE },
		{ PKI_EXPIRED, PATH_SIGNING, SUB_OUT_OF_BOUNDS_NO_POE },
		{ PKI_NOT_YET_VALID, PATH_SIGNING, SUB_OUT_OF_BOUNDS_NO_POE },
		{ PKI_OTHER_SIGNER, PATH_SIGNING, SUB_NO_CERTIFICATE_CHAIN_FOUND },
		{ PKI_REVOCABLE, PATH_SIGNING, SUB_TRY_LATER },
	};
	struct verify_context context = {
		.anchors = pki_anchors(), .timestamp_anchors = pki_anchors(), .time = PKI_NOW
	};
	struct verify_certificate_report report;
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ASSERT_OK(verify_certificate(
			      pki_cert(want[i].id), NULL, want[i].purpose, &context, &report, &err),
		    &err);
		CU_ASSERT_EQUAL(report.conclusion.sub, want[i].sub);
		CU_ASSERT_EQUAL(report.conclusion.indication, indication_of(want[i].sub));
		verify_certificate_report_release(&report);
	}
	context.time = PKI_NOW - 40 * PKI_DAY;
	ASSERT_OK(
	    verify_certificate(pki_cert(PKI_EXPIRED), NULL, PATH_SIGNING, &context, &report, &err),
	    &err);
	CU_ASSERT_EQUAL(report.conclusion.indication, INDICATION_TOTAL_PASSED);
	verify_certificate_report_release(&report);
}

static void
a_weak_certificate_signature_is_found(void)
{
	static const struct catalogue_digest digests[] = { { DIGEST_SHA256, "2020-01-01", NULL } };
	static const struct catalogue_key keys[] = { { KEY_EC, PADDING_NONE, 256, NULL, NULL,
	    DIGEST_NONE, NULL } };
	static const struct catalogue old = { "test", "1", digests, 1, keys, 1 };
	struct verify_context context = {
		.anchors = pki_anchors(), .time = PKI_NOW, .catalogue = &old
	};
	struct verify_certificate_report report;
	struct error err = ERROR_INIT;

	ASSERT_OK(
	    verify_certificate(pki_cert(PKI_P256), NULL, PATH_SIGNING, &context, &report, &err),
	    &err);
	CU_ASSERT_EQUAL(report.conclusion.sub, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE);
	CU_ASSERT_PTR_NOT_NULL(strstr(report.conclusion.text, "\"Signer P-256\" is too weak"));
	CU_ASSERT_STRING_EQUAL(report.catalogue, "test 1");
	verify_certificate_report_release(&report);
}

static const struct test tests[] = { TEST(a_good_signature_passes_with_every_kind_of_key),
	TEST(a_report_cites_policy_catalogue_and_time), TEST(a_policy_may_ask_for_a_commitment),
	TEST(what_is_stated_of_nothing_that_is_signed_is_warned_of),
	TEST(a_changed_document_fails_for_good), TEST(a_flipped_byte_of_the_value_fails_for_good),
	TEST(a_broken_form_fails_for_good), TEST(a_rule_that_a_reader_found_broken_never_passes),
	TEST(only_what_is_final_is_total_failed), TEST(what_cannot_be_checked_is_not_called_broken),
	TEST(plain_cms_fails_by_its_value), TEST(without_the_document_nothing_is_known),
	TEST(a_signature_over_nothing_never_passes),
	TEST(without_the_signers_certificate_nobody_is_known),
	TEST(the_signing_certificate_must_be_the_one_that_was_signed),
	TEST(a_departure_from_a_form_is_judged_by_the_policy),
	TEST(who_is_not_trusted_has_no_chain), TEST(a_certificate_for_other_uses_does_not_sign),
	TEST(where_revocation_must_be_known_it_is_waited_for),
	TEST(weak_algorithms_are_named_with_their_day),
	TEST(a_partial_scope_is_told_and_refused_only_on_wish),
	TEST(a_pdf_that_was_continued_passes_only_when_the_changes_are_permitted),
	TEST(a_signature_policy_is_told_and_refused_only_on_wish),
	TEST(the_worst_signature_decides_for_the_document),
	TEST(a_document_without_signature_is_no_valid_one),
	TEST(a_certificate_policy_that_is_no_oid_gives_no_report),
	TEST(a_certificate_is_judged_for_a_purpose_at_a_time),
	TEST(a_weak_certificate_signature_is_found), TEST_END };
const struct suite suite_signing_verify_verify = { "signing/verify/verify", NULL, NULL, tests };
