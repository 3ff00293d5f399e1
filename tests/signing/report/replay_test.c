/* A verdict given again from its report: the same, unless something was changed. */
#include "signing/report/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/report/etsi.h"
#include "signing/x509/cert.h"
#include "tests/support/replays.h"
#include "tests/support/report_sample.h"
#include "tests/support/status.h"
#include "tests/support/suite.h"
#include "tests/support/trusted.h"

/* The same verdict comes out, and it is this. */
static void
expect_same(const struct report_sample *s, const struct buf *report)
{
	struct replayed out;
	struct recorded *recorded = replay_run_over(&out, report,
	    &(struct replay_options){ .documents = s->documents, .document_count = s->count });

	replay_show(&out);
	CU_ASSERT(out.is_same);
	CU_ASSERT_EQUAL(out.conclusion.indication, s->examination.report.conclusion.indication);
	CU_ASSERT_EQUAL(out.conclusion.sub, s->examination.report.conclusion.sub);
	replayed_release(&out);
	recorded_free(recorded);
}

static void
verdicts_on_every_format_come_out_the_same(void)
{
	struct report_sample s;
	struct buf report;
	int i;

	for (i = 0; i < SAMPLE_ALL; i++) {
		report_sample_make(&s, (enum report_sample_kind)i);
		CU_ASSERT_EQUAL(
		    s.examination.report.conclusion.indication, INDICATION_TOTAL_PASSED);
		report = replay_report(&s);
		expect_same(&s, &report);
		buf_release(&report);
		report_sample_drop(&s);
	}
}

/* What a mail signs is beside the signature, and a container's signer may be trusted by nobody. */
static void
so_do_those_on_containers_and_mails_that_are_not_good(void)
{
	struct report_sample s;
	struct buf report;
	unsigned char *at;
	int i;

	for (i = SAMPLE_KINDS; i < SAMPLE_ALL; i++) {
		report_sample_make_by(
		    &s, (enum report_sample_kind)i, i == SAMPLE_MAIL ? PKI_P256 : PKI_OTHER_SIGNER);
		if (i == SAMPLE_MAIL) {
			at = memmem(s.file.data, s.file.len, "1,000 euros", 11);
			CU_ASSERT_PTR_NOT_NULL_FATAL(at);
			*at = '9';
		}
		report_sample_judge(&s);
		CU_ASSERT_EQUAL(s.examination.report.conclusion.sub,
		    i == SAMPLE_MAIL ? SUB_HASH_FAILURE : SUB_NO_CERTIFICATE_CHAIN_FOUND);
		report = replay_report(&s);
		expect_same(&s, &report);
		buf_release(&report);
		report_sample_drop(&s);
	}
}

static void
so_do_verdicts_by_proofs_of_existence_years_later(void)
{
	struct report_sample s;
	struct buf report;
	int i;

	for (i = SAMPLE_CMS_LTA; i < SAMPLE_KINDS; i++) {
		report_sample_make(&s, (enum report_sample_kind)i);
		s.context.time = PKI_NOW + 400 * PKI_DAY; /* the signer's certificate ended */
		report_sample_judge(&s);
		CU_ASSERT_EQUAL(
		    s.examination.report.conclusion.indication, INDICATION_TOTAL_PASSED);
		report = replay_report(&s);
		expect_same(&s, &report);
		buf_release(&report);
		report_sample_drop(&s);
	}
}

static void
so_do_verdicts_that_are_not_good(void)
{
	static const enum pki_id signers[] = { PKI_EXPIRED, PKI_WRONG_USAGE, PKI_REVOCABLE,
		PKI_OTHER_SIGNER, PKI_NOT_YET_VALID };
	struct report_sample s;
	struct buf report;
	size_t i;

	for (i = 0; i < sizeof(signers) / sizeof(signers[0]); i++) {
		report_sample_make_by(&s, SAMPLE_XML, signers[i]);
		CU_ASSERT_NOT_EQUAL(
		    s.examination.report.conclusion.indication, INDICATION_TOTAL_PASSED);
		report = replay_report(&s);
		expect_same(&s, &report);
		buf_release(&report);
		report_sample_drop(&s);
	}
}

/* ---- evidence that was fetched ---- */

static void
gather_crl(struct report_sample *s, const struct status_crl *in)
{
	struct buf der = status_crl_make(in);
	struct error err = ERROR_INIT;

	ASSERT_OK(values_add(&s->gathered.crls, SPAN_OF(&der), &err), &err);
	buf_release(&der);
}

static void
what_was_fetched_is_in_the_report(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct status_entry entry = { pki_cert(PKI_REVOCABLE), PKI_NOW - 9 * PKI_DAY,
		CRL_KEY_COMPROMISE, 0, NULL };
	struct report_sample s;
	struct buf report;

	report_sample_make_by(&s, SAMPLE_PDF, PKI_REVOCABLE);
	gather_crl(&s, &crl);
	report_sample_judge(&s);
	CU_ASSERT_EQUAL(s.examination.report.conclusion.indication, INDICATION_TOTAL_PASSED);
	report = replay_report(&s);
	expect_same(&s, &report);
	buf_release(&report);
	report_sample_drop(&s);

	report_sample_make_by(&s, SAMPLE_PDF, PKI_REVOCABLE);
	crl.entries = &entry;
	crl.count = 1;
	gather_crl(&s, &crl);
	report_sample_judge(&s);
	CU_ASSERT_NOT_EQUAL(s.examination.report.conclusion.indication, INDICATION_TOTAL_PASSED);
	report = replay_report(&s);
	CU_ASSERT_PTR_NOT_NULL(
	    memmem(report.data, report.len, "<vr:RevocationTime>", strlen("<vr:RevocationTime>")));
	expect_same(&s, &report);
	buf_release(&report);
	report_sample_drop(&s);
}

/* A list of so many others, and the signer where `revoked`. */
static struct buf
large_list(int revoked)
{
	const size_t count = 12000;
	struct status_entry *entries = calloc(count + 1, sizeof(*entries));
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	X509 *others = X509_dup(pki_cert(PKI_P256));
	struct buf der;
	size_t i;

	/* Serial numbers alone count: all entries but one are of the same foreign number. */
	CU_ASSERT_PTR_NOT_NULL_FATAL(entries);
	ASN1_INTEGER_set(X509_get_serialNumber(others), 424242);
	for (i = 0; i < count; i++)
		entries[i] = (struct status_entry){ others, PKI_NOW - 9 * PKI_DAY, -1, 0, NULL };
	if (revoked)
		entries[count] = (struct status_entry){ pki_cert(PKI_REVOCABLE),
			PKI_NOW - 9 * PKI_DAY, CRL_KEY_COMPROMISE, 0, NULL };
	crl.entries = entries;
	crl.count = count + (size_t)(revoked != 0);
	der = status_crl_make(&crl);
	CU_ASSERT(der.len > REPORT_CRL_WHOLE_MAX);
	X509_free(others);
	free(entries);
	return der;
}

static void
of_a_large_list_the_report_has_what_decided_and_says_so(void)
{
	struct report_sample s;
	struct replayed out;
	struct recorded *recorded;
	struct error err = ERROR_INIT;
	struct buf report, der;
	int revoked;

	for (revoked = 0; revoked < 2; revoked++) {
		report_sample_make_by(&s, SAMPLE_XML, PKI_REVOCABLE);
		der = large_list(revoked);
		ASSERT_OK(values_add(&s.gathered.crls, SPAN_OF(&der), &err), &err);
		report_sample_judge(&s);
		CU_ASSERT_EQUAL(
		    s.examination.report.conclusion.indication == INDICATION_TOTAL_PASSED,
		    !revoked);
		report = replay_report(&s);
		CU_ASSERT(report.len < der.len);
		expect_same(&s, &report);
		recorded = replay_run_over(&out, &report,
		    &(struct replay_options){ .documents = s.documents, .document_count = 1 });
		CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.rests_on.data, "give the whole list"));
		replayed_release(&out);
		recorded_free(recorded);
		recorded = replay_run_over(&out, &report,
		    &(struct replay_options){
			.documents = s.documents, .document_count = 1, .crls = &s.gathered.crls });
		CU_ASSERT(out.is_same);
		CU_ASSERT_PTR_NULL(strstr((char *)out.rests_on.data, "give the whole list"));
		replayed_release(&out);
		recorded_free(recorded);
		buf_release(&der);
		buf_release(&report);
		report_sample_drop(&s);
	}
}

/* ---- what was changed ---- */

static void
a_changed_document_is_another_one(void)
{
	struct report_sample s;
	struct replayed out;
	struct recorded *recorded;
	struct buf report;

	report_sample_make(&s, SAMPLE_CMS);
	report = replay_report(&s);
	s.documents[1].content = span_str("An invoice over 9,000 euros.");
	recorded = replay_run_over(&out, &report,
	    &(struct replay_options){ .documents = s.documents, .document_count = 2 });
	CU_ASSERT(!out.is_same);
	CU_ASSERT_EQUAL(out.conclusion.sub, SUB_HASH_FAILURE);
	CU_ASSERT(replay_tells(&out, "document 2, which is another one"));
	CU_ASSERT(replay_tells(&out, "HASH_FAILURE"));
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);
	report_sample_drop(&s);
}

static void
a_report_that_claims_another_verdict_is_contradicted(void)
{
	static const char *const claims[][2] = {
		{ "mainindication:indeterminate</vr:MainIndication><vr:SubIndication>"
		  "urn:etsi:019102:subindication:NO_CERTIFICATE_CHAIN_FOUND</vr:SubIndication>",
		    "mainindication:total-passed</vr:MainIndication>" },
		{ "indication=\"Indeterminate\" subIndication=\"NO_CERTIFICATE_CHAIN_FOUND\"",
		    "indication=\"TotalPassed\"" },
	};
	struct report_sample s;
	struct replayed out;
	struct recorded *recorded;
	struct buf report;
	int i;

	report_sample_make_by(&s, SAMPLE_XML, PKI_OTHER_SIGNER);
	report = replay_report(&s);
	for (i = 0; i < 2; i++)
		test_swap(&report, claims[i][0], claims[i][1]);
	recorded = replay_run_over(&out, &report,
	    &(struct replay_options){ .documents = s.documents, .document_count = 1 });
	CU_ASSERT(!out.is_same);
	CU_ASSERT_NOT_EQUAL(out.conclusion.indication, INDICATION_TOTAL_PASSED);
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);
	report_sample_drop(&s);
}

static void
anchors_of_the_report_are_told_and_those_of_the_reader_decide(void)
{
	STACK_OF(X509) *own = test_signers(PKI_OTHER_ROOT, PKI_IDS);
	struct report_sample s;
	struct replayed out;
	struct recorded *recorded;
	struct buf report;

	report_sample_make(&s, SAMPLE_XML);
	report = replay_report(&s);
	recorded = replay_run_over(&out, &report,
	    &(struct replay_options){ .documents = s.documents, .document_count = 1 });
	CU_ASSERT(out.is_same);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.rests_on.data, "trust anchors are those of"));
	replayed_release(&out);
	recorded_free(recorded);
	recorded = replay_run_over(&out, &report,
	    &(struct replay_options){
		.documents = s.documents, .document_count = 1, .anchors = own });
	CU_ASSERT(!out.is_same);
	CU_ASSERT_EQUAL(out.conclusion.sub, SUB_NO_CERTIFICATE_CHAIN_FOUND);
	replayed_release(&out);
	recorded_free(recorded);
	recorded = replay_run_over(&out, &report,
	    &(struct replay_options){
		.documents = s.documents, .document_count = 1, .anchors = pki_anchors() });
	CU_ASSERT(out.is_same);
	CU_ASSERT_EQUAL(out.rests_on.len, 0);
	replayed_release(&out);
	recorded_free(recorded);
	sk_X509_free(own);
	buf_release(&report);
	report_sample_drop(&s);
}

/* By a policy that lets pass what was not asked; its name is its writer's. */
static struct buf
report_by(struct report_sample *s, const char *name)
{
	s->policy = (struct verify_policy){ .name = name, .without_revocation = 1 };
	s->policy.levels[CONSTRAINT_REVOCATION_KNOWN] = VERIFY_IGNORE;
	report_sample_judge(s);
	return replay_report(s);
}

static void
a_laxer_policy_is_told_and_is_never_the_strict_one(void)
{
	struct report_sample s;
	struct replayed out;
	struct recorded *recorded;
	struct replay_options options;
	struct buf report;

	report_sample_make(&s, SAMPLE_XML);
	options = (struct replay_options){
		.documents = s.documents, .document_count = 1, .anchors = pki_anchors()
	};
	report = report_by(&s, "house");
	recorded = replay_run_over(&out, &report, &options);
	CU_ASSERT(out.is_same);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.rests_on.data,
	    "whoever wrote it chose RevocationKnown=ignore without revocation"));
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);

	report = report_by(&s, VERIFY_POLICY_NAME);
	recorded = replay_run_over(&out, &report, &options);
	CU_ASSERT(!out.is_same);
	CU_ASSERT(replay_tells(&out, "its constraints are laxer"));
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);
	report_sample_drop(&s);
}

/* ---- trust snapshots ---- */

/* Alpha CA and its TSA by a list, with history; and as an own certificate another root. */
static struct trust_snapshot *
snapshot_of(struct test_list *l, int with_list)
{
	const struct trust_choice choice = { .source = "DE" };
	struct trust_list *list = NULL;
	struct trust_snapshot *out = NULL;
	struct buf text = BUF_INIT(0), packed = BUF_INIT(0), der = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct trust_own own = { .name = "other",
		.purposes = TRUST_PURPOSE(PATH_SIGNING) | TRUST_PURPOSE(PATH_TIMESTAMPING) };
	struct trust_listed listed = { .source = "DE" };

	ASSERT_OK(cert_write_der(&der, pki_cert(PKI_OTHER_ROOT), &err), &err);
	own.certificate = SPAN_OF(&der);
	test_list_make(l, PKI_P256, &text);
	ASSERT_OK(trust_list_read(&list, SPAN_OF(&text), &err), &err);
	listed.list = list;
	ASSERT_OK(trust_snapshot_make(&packed,
		      &(struct trust_making){ .lists = &listed,
			  .list_count = (size_t)with_list,
			  .choices = &choice,
			  .choice_count = (size_t)with_list,
			  .own = &own,
			  .own_count = 1 },
		      &err),
	    &err);
	ASSERT_OK(trust_snapshot_load(&out, SPAN_OF(&packed), &err), &err);
	trust_list_free(list);
	buf_release(&text);
	buf_release(&packed);
	buf_release(&der);
	return out;
}

static void
judge_by(struct report_sample *s, const struct trust_snapshot *trust, char name[24])
{
	s->context.trust = trust;
	s->context.trust_number = 7;
	s->context.anchors = s->context.timestamp_anchors = NULL;
	report_sample_judge(s);
	s->in.trust = trust;
	s->in.snapshot = trust_snapshot_name(trust, name);
	s->in.snapshot_number = 7;
}

static void
forget(STACK_OF(X509) * certs)
{
	while (sk_X509_num(certs) > 0)
		X509_free(sk_X509_pop(certs));
}

static void
of_a_trust_snapshot_the_report_has_the_part_that_counts(void)
{
	struct trust_snapshot *trust, *other;
	struct report_sample s;
	struct replay_options options;
	struct replayed out;
	struct recorded *recorded;
	struct test_list l;
	struct buf report, forged;
	char name[24];
	struct error err = ERROR_INIT;

	test_list_init(&l);
	trust = snapshot_of(&l, 1);
	other = snapshot_of(&l, 0);
	report_sample_make(&s, SAMPLE_CMS);
	judge_by(&s, trust, name);
	CU_ASSERT_EQUAL(s.examination.report.conclusion.indication, INDICATION_TOTAL_PASSED);
	report = replay_report(&s);
	expect_same(&s, &report);

	options = (struct replay_options){ .documents = s.documents, .document_count = 2 };
	recorded = replay_run_over(&out, &report, &options);
	CU_ASSERT_STRING_EQUAL(recorded->snapshot, name);
	CU_ASSERT(recorded->trust.len > 0);
	CU_ASSERT(recorded->trust.len < trust_snapshot_bytes(trust).len);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.rests_on.data, "whoever wrote it chose them"));
	replayed_release(&out);
	recorded_free(recorded);

	/* Anchors that the report does not tell of are those of its snapshot all the same. */
	ASSERT_OK(recorded_read(&recorded, SPAN_OF(&report), NULL, PKI_NOW, &err), &err);
	forget(recorded->anchors);
	forget(recorded->timestamp_anchors);
	options.recorded = recorded;
	ASSERT_OK(replay(&out, &options, &err), &err);
	CU_ASSERT(out.is_same);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.rests_on.data, "whoever wrote it chose them"));
	replayed_release(&out);
	recorded_free(recorded);

	options.trust = trust;
	recorded = replay_run_over(&out, &report, &options);
	CU_ASSERT(out.is_same);
	CU_ASSERT_EQUAL(out.rests_on.len, 0);
	replayed_release(&out);
	recorded_free(recorded);

	/* Whoever has the whole finds another name of it in the report, and another part. */
	forged = replay_report(&s);
	test_swap(&forged, name, "sha256:000000000000");
	recorded = replay_run_over(&out, &forged, &options);
	CU_ASSERT_EQUAL(out.differences.count, 1);
	CU_ASSERT_STRING_EQUAL(out.differences.items[0].what, "trust snapshot");
	CU_ASSERT_STRING_EQUAL(out.differences.items[0].now, name);
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&forged);

	options.trust = other;
	recorded = replay_run_over(&out, &report, &options);
	CU_ASSERT(!out.is_same);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.rests_on.data, "snapshot at hand is"));
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);
	report_sample_drop(&s);
	trust_snapshot_free(trust);
	trust_snapshot_free(other);
	test_list_release(&l);
}

static void
what_a_list_said_in_the_past_is_in_that_part(void)
{
	struct trust_snapshot *trust;
	struct report_sample s;
	struct test_list l;
	struct buf report;
	char name[24];

	/* Alpha CA is deprecated now: a signer under it, judged today, has no anchor that counts.
	 */
	test_list_init(&l);
	trust = snapshot_of(&l, 1);
	report_sample_make_by(&s, SAMPLE_XML, PKI_P256);
	l.instances[0].status = l.instances[1].status;
	trust_snapshot_free(trust);
	trust = snapshot_of(&l, 1);
	judge_by(&s, trust, name);
	CU_ASSERT_NOT_EQUAL(s.examination.report.conclusion.indication, INDICATION_TOTAL_PASSED);
	report = replay_report(&s);
	expect_same(&s, &report);
	buf_release(&report);
	report_sample_drop(&s);
	trust_snapshot_free(trust);
	test_list_release(&l);
}

/* ---- the report's own signature ---- */

static void
refuse(const struct buf *report, STACK_OF(X509) * signers, enum error_kind kind, const char *says)
{
	struct recorded *recorded = NULL;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(recorded_read(&recorded, SPAN_OF(report), signers, PKI_NOW, &err), -1);
	if (err.kind != kind || strstr(err.text, says) == NULL)
		fprintf(stderr, "got %s: %s\n", error_kind_name(err.kind), err.text);
	CU_ASSERT_EQUAL(err.kind, kind);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, says));
	CU_ASSERT_PTR_NULL(recorded);
}

static void
a_signed_report_that_was_changed_is_refused(void)
{
	STACK_OF(X509) *right = test_signers(PKI_P384, PKI_IDS),
		       *wrong = test_signers(PKI_P256, PKI_IDS);
	struct recorded *recorded = NULL;
	struct error err = ERROR_INIT;
	struct report_sample s;
	struct buf report, plain;

	report_sample_make(&s, SAMPLE_CMS);
	report = replay_signed_report(&s);
	expect_same(&s, &report);
	ASSERT_OK(recorded_read(&recorded, SPAN_OF(&report), right, PKI_NOW, &err), &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(recorded->signer);
	CU_ASSERT_EQUAL(X509_cmp(recorded->signer, pki_cert(PKI_P384)), 0);
	recorded_free(recorded);
	refuse(&report, wrong, ERROR_NOT_AUTHORIZED, "not one of its pinned signers");
	test_swap(&report, "<sr:Node>node-1", "<sr:Node>node-2");
	refuse(&report, NULL, ERROR_NOT_AUTHORIZED, "does not hold");
	buf_release(&report);
	plain = replay_report(&s);
	refuse(&plain, right, ERROR_NOT_AUTHORIZED, "not signed");
	buf_release(&plain);
	sk_X509_free(right);
	sk_X509_free(wrong);
	report_sample_drop(&s);
}

static void
parts_that_contradict_each_other_are_refused(void)
{
	static const char *const swaps[][3] = {
		{ "</vr:base64><vr:DigestAlgAndValue>", "AA==</vr:base64><vr:DigestAlgAndValue>",
		    "" },
		{ "id=\"certificate-2\"", "id=\"certificate-1\"", "an id that another has" },
		{ "<sr:Context of=\"Document\">", "<sr:Context of=\"Nothing\">",
		    "what was judged" },
		{ "<sr:ValidationTime>", "<sr:ValidationTime>x", "a time" },
		{ "mainindication:total-passed", "mainindication:total", "verdict" },
		{ "xmlns:vr=\"http://uri.etsi.org/19102/v1.4.1#\"", "xmlns:vr=\"urn:x\"",
		    "not a validation report" },
		{ "urn:signet:report:1\">", "urn:signet:report:2\">", "what a replay needs" },
	};
	struct report_sample s;
	struct buf report;
	size_t i;

	report_sample_make(&s, SAMPLE_CMS);
	for (i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++) {
		report = replay_report(&s);
		test_swap(&report, swaps[i][0], swaps[i][1]);
		refuse(&report, NULL, ERROR_MALFORMED, swaps[i][2]);
		buf_release(&report);
	}
	report_sample_drop(&s);
}

static void
another_catalogue_is_asked_for(void)
{
	struct catalogue old = *catalogue_builtin();
	struct recorded *recorded = NULL;
	struct error err = ERROR_INIT;
	struct replay_options options;
	struct report_sample s;
	struct replayed out;
	struct buf report;

	old.version = "v0";
	report_sample_make(&s, SAMPLE_CMS);
	s.context.catalogue = &old;
	report_sample_judge(&s);
	report = replay_report(&s);
	ASSERT_OK(recorded_read(&recorded, SPAN_OF(&report), NULL, PKI_NOW, &err), &err);
	options = (struct replay_options){
		.recorded = recorded, .documents = s.documents, .document_count = 2
	};
	CU_ASSERT_EQUAL(replay(&out, &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "v0"));
	error_clear(&err);
	options.catalogue = &old;
	ASSERT_OK(replay(&out, &options, &err), &err);
	CU_ASSERT(out.is_same);
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);
	report_sample_drop(&s);
}

/* ---- the policy ---- */

static void
a_policy_is_asked_again_word_for_word(void)
{
	static const char *const oids[] = { "1.2.3", "2.5.29.32.0" };
	const struct verify_policy policy = { .name = "house rules",
		.version = "7",
		.revocation_freshness = 86400,
		.certificate_policies = oids,
		.certificate_policy_count = 2,
		.commitment_types = oids,
		.commitment_type_count = 1,
		.explicit_policy = 1 };
	const struct verify_policy broken = { .name = "a\nwithout_revocation 1" };
	struct policy_read read;
	struct error err = ERROR_INIT;
	struct buf one = BUF_INIT(0), two = BUF_INIT(0);

	ASSERT_OK(policy_text_write(&one, &policy, &err), &err);
	ASSERT_OK(policy_text_read(&read, SPAN_OF(&one), &err), &err);
	CU_ASSERT_EQUAL(read.policy.revocation_freshness, 86400);
	CU_ASSERT_EQUAL_FATAL(read.policy.commitment_type_count, 1);
	CU_ASSERT_STRING_EQUAL(read.policy.commitment_types[0], "1.2.3");
	ASSERT_OK(policy_text_write(&two, &read.policy, &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&one), SPAN_OF(&two)));
	policy_read_release(&read);
	ASSERT_OK(buf_append_str(&one, "colour 7\n", &err), &err);
	CU_ASSERT_EQUAL(policy_text_read(&read, SPAN_OF(&one), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	error_clear(&err);
	CU_ASSERT_EQUAL(policy_text_write(&two, &broken, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	buf_release(&one);
	buf_release(&two);
}

/* A program that did not know them had all of these fail, and nothing of other constraints. */
static void
what_an_older_policy_does_not_name_is_as_it_was_then(void)
{
	static const char text[] =
	    "signet-validation-policy 1\nname house\nversion 1\nScope warn\n";
	struct policy_read read;
	struct error err = ERROR_INIT;

	ASSERT_OK(policy_text_read(&read, span_str(text), &err), &err);
	CU_ASSERT_EQUAL(read.policy.levels[CONSTRAINT_SCOPE], VERIFY_WARN);
	CU_ASSERT_EQUAL(read.policy.levels[CONSTRAINT_SIGNING_TIME], VERIFY_IGNORE);
	CU_ASSERT_EQUAL(read.policy.levels[CONSTRAINT_DIGEST_AGREEMENT], VERIFY_FAIL);
	CU_ASSERT_EQUAL(read.policy.levels[CONSTRAINT_CONTENTS_ENCRYPTION], VERIFY_FAIL);
	CU_ASSERT_EQUAL(verify_policy_tolerates(&read.policy), 0);
	policy_read_release(&read);
}

/* ---- certificates and tokens ---- */

static void
verdicts_on_certificates_and_tokens_come_out_the_same(void)
{
	struct verify_certificate_report verdict;
	struct report_sample s, about;
	struct replayed out;
	struct recorded *recorded;
	struct error err = ERROR_INIT;
	struct buf report;

	report_sample_make(&s, SAMPLE_CMS);
	about = s;
	ASSERT_OK(verify_certificate(pki_cert(PKI_EXPIRED), pki_anchors(), PATH_SIGNING, &s.context,
		      &verdict, &err),
	    &err);
	about.in = (struct report_input){
		.certificate = &verdict, .purpose = PATH_SIGNING, .time = PKI_NOW, .made = PKI_NOW
	};
	report = replay_report(&about);
	recorded = replay_run_over(&out, &report, &(struct replay_options){ 0 });
	CU_ASSERT(out.is_same);
	CU_ASSERT_NOT_EQUAL(out.conclusion.indication, INDICATION_TOTAL_PASSED);
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);
	verify_certificate_report_release(&verdict);

	about.in = (struct report_input){ .documents = &s.documents[1],
		.document_count = 1,
		.timestamps = s.examination.report.items[0].timestamps,
		.timestamp_count = 1,
		.time = PKI_NOW,
		.made = PKI_NOW };
	report = replay_report(&about);
	recorded = replay_run_over(&out, &report, &(struct replay_options){ 0 });
	/* The recorded digest is not what this token is over: it is over a signature. */
	CU_ASSERT_NOT_EQUAL(out.conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT(!out.is_same);
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);
	report_sample_drop(&s);
}

static const struct test tests[] = {
	TEST(verdicts_on_every_format_come_out_the_same),
	TEST(so_do_those_on_containers_and_mails_that_are_not_good),
	TEST(so_do_verdicts_by_proofs_of_existence_years_later),
	TEST(so_do_verdicts_that_are_not_good),
	TEST(what_was_fetched_is_in_the_report),
	TEST(of_a_large_list_the_report_has_what_decided_and_says_so),
	TEST(a_changed_document_is_another_one),
	TEST(a_report_that_claims_another_verdict_is_contradicted),
	TEST(anchors_of_the_report_are_told_and_those_of_the_reader_decide),
	TEST(of_a_trust_snapshot_the_report_has_the_part_that_counts),
	TEST(what_a_list_said_in_the_past_is_in_that_part),
	TEST(a_signed_report_that_was_changed_is_refused),
	TEST(parts_that_contradict_each_other_are_refused),
	TEST(another_catalogue_is_asked_for),
	TEST(a_laxer_policy_is_told_and_is_never_the_strict_one),
	TEST(a_policy_is_asked_again_word_for_word),
	TEST(what_an_older_policy_does_not_name_is_as_it_was_then),
	TEST(verdicts_on_certificates_and_tokens_come_out_the_same),
	TEST_END,
};
const struct suite suite_signing_report_replay = { "signing/report/replay", NULL, NULL, tests };
