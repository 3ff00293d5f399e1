/*
 * Levels LT and LTA with what must be fetched for them: SignDocument and ExtendSignature against a
 * server of CRLs made on the spot, and VerifyDocument when that server is gone, the signer has
 * expired, or was revoked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "signing/core/ossl.h"
#include "tests/support/asked.h"
#include "tests/support/http_stub.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/status.h"
#include "tests/support/suite.h"

#define TEXT "An invoice over 1,000 euros."

/* What the server gives at /issuing.crl and /root.crl. */
static struct {
	struct http_stub stub;
	int is_away;		/* the list of signers is not there any more: 404 */
	int is_gone;		/* nor is that of the authority */
	int64_t now;		/* when the lists were made */
	int64_t signer_revoked; /* or 0 */
	X509 *signer, *authority;
	unsigned int number; /* of the test: what the engine keeps goes by addresses */
} world;

static struct buf
list_by(enum pki_id ca)
{
	const struct status_entry entry = {
		.cert = world.signer, .at = world.signer_revoked, .reason = -1
	};
	struct status_crl crl = status_crl_of(ca);

	crl.this_update = world.now - 3600;
	crl.next_update = world.now + PKI_DAY;
	if (ca == PKI_INTERMEDIATE && world.signer_revoked != 0) {
		crl.entries = &entry;
		crl.count = 1;
	}
	return status_crl_make(&crl);
}

static void
serve(void *arg, const char *head, struct span body, struct buf *answer)
{
	const int is_root = strstr(head, "root.crl") != NULL;
	struct buf crl;

	(void)arg, (void)body;
	if (is_root ? world.is_gone : world.is_away) {
		http_stub_answer(answer, "404 Not Found", "text/plain", span_str("no"));
		return;
	}
	crl = list_by(is_root ? PKI_ROOT : PKI_INTERMEDIATE);
	http_stub_answer(answer, "200 OK", "application/pkix-crl", SPAN_OF(&crl));
	buf_release(&crl);
}

static void
clock_stands_at(int64_t seconds)
{
	clock_set_offset(0);
	clock_set_offset(seconds - clock_now());
	world.now = seconds;
}

/* The member's key with a certificate whose status is at the server. */
static X509 *
certificate(enum pki_id id, enum pki_id issuer, const char *list)
{
	struct issue_request r = pki_request(id);
	char url[128];

	snprintf(url, sizeof(url), "%s%u/%s", world.stub.url, world.number, list);
	r.key = pki_key(id)->pkey;
	r.crl_url = url;
	r.ocsp_url = NULL;
	return pki_issue(&r, issuer);
}

static const char update_authority[] =
    "UPDATE signet.timestamp_authority SET certificates = ARRAY[decode('%s', 'hex')]";

static void
give_certificate(const char *update, X509 *cert)
{
	struct buf der = BUF_INIT(0), hex = BUF_INIT(0), sql = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t i;

	OSSL_APPEND_DER(X509, cert, &der, &err);
	for (i = 0; i < der.len; i++)
		buf_printf(&hex, &err, "%02x", der.data[i]);
	buf_terminate(&hex, &err);
	buf_printf(&sql, &err, update, (const char *)hex.data);
	buf_terminate(&sql, &err);
	ops_change((const char *)sql.data);
	buf_release(&der);
	buf_release(&hex);
	buf_release(&sql);
}

static int
setup(void)
{
	const struct ops_authority own = { .name = "own" };
	struct limits limits = ops_limits();
	struct error err = ERROR_INIT;

	if (http_stub_start(&world.stub, serve, NULL) != 0 || ops_world_make() != 0)
		return -1;
	limits.fetch.is_on = 1;
	limits.fetch.connect_ms = 2000;
	limits.fetch.seconds = 10;
	limits.fetch.retry_seconds = 1;
	limits.fetch.keep_seconds = 3600;
	limits.fetch.fetches = 20;
	limits.fetch.bytes = 1 << 20;
	limits.fetch.cache_bytes = 10 << 20;
	if (guard_allow(&limits.fetch.guard, "127.0.0.1", &err) != 0 ||
	    engine_set_limits(ops_engine(), &limits, &err) != 0)
		return -1;
	ops_tenant("acme", &own, 1);
	return 0;
}

/* Each test has a time of its own to go through, and certificates with other addresses. */
static void
begin(void)
{
	X509_free(world.signer);
	X509_free(world.authority);
	world.is_away = world.is_gone = 0;
	world.signer_revoked = 0;
	world.number++;
	clock_stands_at(PKI_NOW);
	world.signer = certificate(PKI_REVOCABLE, PKI_INTERMEDIATE, "issuing.crl");
	world.authority = certificate(PKI_TSA, PKI_ROOT, "root.crl");
	give_certificate("UPDATE signet.signing_key SET certificate = decode('%s', 'hex') "
			 "WHERE name = 'revocable'",
	    world.signer);
	give_certificate(update_authority, world.authority);
}

static int
teardown(void)
{
	X509_free(world.signer);
	X509_free(world.authority);
	ops_world_end();
	http_stub_end(&world.stub);
	return 0;
}

/* ---- signing ---- */

static const struct kind {
	const char *name;
	struct signature_parameters wish;
	int is_detached;
} kinds[] = {
	{ "a.txt", { .format = DOC_CMS }, 1 },
	{ "a.txt", { .format = DOC_CMS, .packaging = PACKAGING_ENVELOPING }, 0 },
	{ "a.xml", { .format = DOC_XML }, 0 },
	{ "a.xml", { .format = DOC_XML, .packaging = PACKAGING_DETACHED }, 1 },
	{ "a.pdf", { .format = DOC_PDF }, 0 },
	{ "a.txt", { .format = DOC_ASICS }, 0 },
	{ "a.txt", { .format = DOC_ASICS, .has_xml = 1 }, 0 },
	{ "a.txt", { .format = DOC_ASICE }, 0 },
	{ "a.txt", { .format = DOC_ASICE, .has_xml = 1 }, 0 },
	{ "a.eml", { .format = DOC_SMIME }, 0 },
	{ "a.eml", { .format = DOC_SMIME, .packaging = PACKAGING_ENVELOPING }, 0 },
};
#define KINDS_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static struct buf pdf;

static struct span
document_of(const struct kind *k)
{
	const struct pdf_sample sample = { 0 };
	struct error err = ERROR_INIT;

	if (k->wish.format == DOC_XML)
		return span_str("<a><b>1</b></a>");
	if (k->wish.format == DOC_SMIME)
		return span_str("Subject: invoice\r\n\r\n" TEXT);
	if (k->wish.format != DOC_PDF)
		return span_str(TEXT);
	if (pdf.len == 0)
		ASSERT_OK(pdf_sample_make(&pdf, &sample, &err), &err);
	return SPAN_OF(&pdf);
}

/* What is sent with the signature. */
static struct span
beside(const struct kind *k)
{
	return k->is_detached ? document_of(k) : SPAN_NONE;
}

static void
sign(struct buf *out, const struct kind *k, enum doc_level level)
{
	struct signature_parameters wish = k->wish;

	wish.key = "revocable";
	wish.level = level;
	asked_sign(out, &wish, k->name, document_of(k));
}

/* Every format at both levels, in one call. Two years later only the authority can still be asked.
 */
static void
what_is_signed_at_a_long_level_outlives_its_signer(void)
{
	struct buf lt[KINDS_COUNT] = { { 0 } }, lta[KINDS_COUNT] = { { 0 } };
	size_t i;

	begin();
	for (i = 0; i < KINDS_COUNT; i++) {
		sign(&lt[i], &kinds[i], DOC_LEVEL_LT);
		sign(&lta[i], &kinds[i], DOC_LEVEL_LTA);
		EXPECT_VERDICT(SPAN_OF(&lt[i]), beside(&kinds[i]), TOTAL_PASSED, "B-LT");
		EXPECT_VERDICT(SPAN_OF(&lta[i]), beside(&kinds[i]), TOTAL_PASSED, "B-LTA");
	}
	world.is_away = 1;
	clock_stands_at(PKI_NOW + 2 * PKI_YEAR);
	for (i = 0; i < KINDS_COUNT; i++) {
		EXPECT_VERDICT(SPAN_OF(&lt[i]), beside(&kinds[i]), TOTAL_PASSED, "B-LT");
		EXPECT_VERDICT(SPAN_OF(&lta[i]), beside(&kinds[i]), TOTAL_PASSED, "B-LTA");
		buf_release(&lt[i]);
		buf_release(&lta[i]);
	}
}

static void
extend(struct buf *file, enum doc_level level, struct span original, const char *reached)
{
	struct error err = ERROR_INIT;
	struct asked a;

	asked_begin(&a, OP_EXTEND_SIGNATURE, "x");
	a.req.in.sign.level = level;
	ASSERT_OK(asked_serve(&a, SPAN_OF(file), original, &err), &err);
	CU_ASSERT_STRING_EQUAL(a.req.out.items[0].level, reached);
	file->len = 0;
	ASSERT_OK(buf_append_span(file, asked_document(&a), &err), &err);
	request_release(&a.req);
}

/* The authority's key with a certificate for the years to come, without a status to ask for. */
static void
next_authority(void)
{
	struct issue_request r = pki_request(PKI_TSA);
	X509 *cert;

	r.key = pki_key(PKI_TSA)->pkey;
	r.common_name = "Later TSA";
	r.not_before = PKI_NOW + PKI_YEAR;
	r.not_after = PKI_NOW + 6 * PKI_YEAR;
	cert = pki_issue(&r, PKI_ROOT);
	give_certificate(update_authority, cert);
	X509_free(cert);
}

/*
 * The archive time stamp is renewed while its authority can still be asked, by another authority,
 * and once more when there is a list newer than that (EN 319 102-1 clause 5.6.2.2.4: what a list
 * says counts up to its issuance): all that is known of the first authority is then inside and
 * proven, and nobody need be there when it has expired.
 */
static void
a_renewed_archive_time_stamp_outlives_the_authority_before_it(void)
{
	struct buf renewed[KINDS_COUNT] = { { 0 } }, left[KINDS_COUNT] = { { 0 } };
	struct error err = ERROR_INIT;
	int round;
	size_t i;

	begin();
	for (i = 0; i < KINDS_COUNT; i++) {
		sign(&renewed[i], &kinds[i], DOC_LEVEL_LTA);
		ASSERT_OK(buf_append_span(&left[i], SPAN_OF(&renewed[i]), &err), &err);
	}
	world.is_away = 1;
	for (round = 0; round < 2; round++) {
		clock_stands_at(PKI_NOW + 2 * PKI_YEAR + round * 2 * PKI_DAY);
		if (round == 0)
			next_authority();
		for (i = 0; i < KINDS_COUNT; i++)
			extend(&renewed[i], DOC_LEVEL_LTA, beside(&kinds[i]), "B-LTA");
	}
	world.is_gone = 1;
	clock_stands_at(PKI_NOW + 4 * PKI_YEAR);
	for (i = 0; i < KINDS_COUNT; i++) {
		EXPECT_VERDICT(SPAN_OF(&renewed[i]), beside(&kinds[i]), TOTAL_PASSED, "B-LTA");
		EXPECT_VERDICT(SPAN_OF(&left[i]), beside(&kinds[i]), INDETERMINATE, "B-LTA");
		buf_release(&renewed[i]);
		buf_release(&left[i]);
	}
}

/*
 * The same of time stamps that stand for themselves: a document that nobody signed, kept alive over
 * the end of two authorities.
 */
static void
time_stamps_of_a_document_are_renewed_beyond_their_authority(void)
{
	static const int formats[] = { TIMESTAMP_AS_ASICS, TIMESTAMP_AS_PDF };
	struct buf file[2] = { { 0 } }, left[2] = { { 0 } };
	struct error err = ERROR_INIT;
	struct asked a;
	int round;
	size_t i;

	begin();
	for (i = 0; i < 2; i++) {
		asked_begin(&a, OP_TIMESTAMP_DOCUMENT, i == 0 ? "a.txt" : "a.pdf");
		a.req.in.timestamp_format = formats[i];
		ASSERT_OK(
		    asked_serve(&a, document_of(&kinds[i == 0 ? 0 : 4]), SPAN_NONE, &err), &err);
		ASSERT_OK(buf_append_span(&file[i], asked_document(&a), &err), &err);
		ASSERT_OK(buf_append_span(&left[i], asked_document(&a), &err), &err);
		request_release(&a.req);
		asked_begin(&a, OP_EXTEND_SIGNATURE, "x");
		a.req.in.sign.level = DOC_LEVEL_T;
		EXPECT_REFUSED(&a, SPAN_OF(&file[i]), SPAN_NONE, ERROR_UNSUPPORTED, "LTA");
	}
	for (round = 0; round < 2; round++) {
		clock_stands_at(PKI_NOW + 2 * PKI_YEAR + round * 2 * PKI_DAY);
		if (round == 0)
			next_authority();
		for (i = 0; i < 2; i++)
			extend(&file[i], DOC_LEVEL_LTA, SPAN_NONE, "LTA");
	}
	world.is_gone = 1;
	clock_stands_at(PKI_NOW + 4 * PKI_YEAR);
	for (i = 0; i < 2; i++) {
		EXPECT_VERDICT(SPAN_OF(&file[i]), SPAN_NONE, TOTAL_PASSED, NULL);
		EXPECT_VERDICT(SPAN_OF(&left[i]), SPAN_NONE, INDETERMINATE, NULL);
		asked_begin(&a, OP_EXTEND_SIGNATURE, "x");
		a.req.in.sign.level = DOC_LEVEL_LTA;
		EXPECT_REFUSED(&a, SPAN_OF(&left[i]), SPAN_NONE, ERROR_CONFLICT, "time stamp");
		buf_release(&file[i]);
		buf_release(&left[i]);
	}
}

/* Revoked a month after it signed: what was stamped before passes, what was not fails. */
static void
a_revocation_after_the_time_stamp_does_no_harm(void)
{
	struct buf plain[KINDS_COUNT] = { { 0 } }, lt[KINDS_COUNT] = { { 0 } },
		   lta[KINDS_COUNT] = { { 0 } };
	size_t i;

	begin();
	for (i = 0; i < KINDS_COUNT; i++) {
		sign(&plain[i], &kinds[i], DOC_LEVEL_B);
		sign(&lt[i], &kinds[i], DOC_LEVEL_LT);
		sign(&lta[i], &kinds[i], DOC_LEVEL_LTA);
	}
	world.signer_revoked = PKI_NOW + 30 * PKI_DAY;
	clock_stands_at(PKI_NOW + 60 * PKI_DAY);
	for (i = 0; i < KINDS_COUNT; i++) {
		EXPECT_VERDICT(SPAN_OF(&plain[i]), beside(&kinds[i]), INDETERMINATE, "B-B");
		EXPECT_VERDICT(SPAN_OF(&lt[i]), beside(&kinds[i]), TOTAL_PASSED, "B-LT");
		EXPECT_VERDICT(SPAN_OF(&lta[i]), beside(&kinds[i]), TOTAL_PASSED, "B-LTA");
		buf_release(&plain[i]);
		buf_release(&lt[i]);
		buf_release(&lta[i]);
	}
}

static void
without_the_list_nothing_is_signed_and_the_answer_says_which(void)
{
	struct signature_parameters wish = { .key = "revocable", .level = DOC_LEVEL_LT };
	struct buf file = BUF_INIT(0);
	struct asked a;

	begin();
	sign(&file, &kinds[0], DOC_LEVEL_T);
	world.is_away = world.is_gone = 1;
	clock_stands_at(PKI_NOW + 10 * PKI_DAY);
	asked_begin(&a, OP_SIGN_DOCUMENT, "a.txt");
	a.req.in.sign = wish;
	EXPECT_REFUSED(&a, span_str(TEXT), SPAN_NONE, ERROR_UNAVAILABLE, "issuing.crl");
	asked_begin(&a, OP_EXTEND_SIGNATURE, "a.txt");
	a.req.in.sign.level = DOC_LEVEL_LTA;
	EXPECT_REFUSED(&a, SPAN_OF(&file), span_str(TEXT), ERROR_UNAVAILABLE, "Revocable signer");
	world.is_away = 0;
	clock_stands_at(PKI_NOW + 20 * PKI_DAY);
	asked_begin(&a, OP_EXTEND_SIGNATURE, "a.txt");
	a.req.in.sign.level = DOC_LEVEL_LTA;
	EXPECT_REFUSED(&a, SPAN_OF(&file), span_str(TEXT), ERROR_UNAVAILABLE, "root.crl");
	buf_release(&file);
}

static void
a_revoked_signer_is_not_extended(void)
{
	struct buf file = BUF_INIT(0);
	struct asked a;

	begin();
	sign(&file, &kinds[1], DOC_LEVEL_B);
	world.signer_revoked = PKI_NOW + 25 * PKI_DAY;
	clock_stands_at(PKI_NOW + 30 * PKI_DAY);
	asked_begin(&a, OP_EXTEND_SIGNATURE, "a.txt");
	a.req.in.sign.level = DOC_LEVEL_LTA;
	EXPECT_REFUSED(&a, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, "REVOKED_NO_POE");
	buf_release(&file);
}

static void
digests_are_signed_at_long_levels_too(void)
{
	struct digest_values values = { 0 };
	struct document_digest digests[2] = { { .method = DIGEST_SHA256 },
		{ .method = DIGEST_SHA512 } };
	struct error err = ERROR_INIT;
	struct asked a;
	size_t i;

	begin();
	asked_begin(&a, OP_SIGN_DIGESTS, NULL);
	a.req.in.document_count = 0;
	for (i = 0; i < 2; i++) {
		unsigned char *to = values.value[digests[i].method];

		ASSERT_OK(digest_span(digests[i].method, span_str(TEXT), to, &err), &err);
		digests[i].value = (struct span){ to, digest_size(digests[i].method) };
	}
	a.req.in.digests = digests;
	a.req.in.digest_count = 2;
	a.req.in.sign.key = "revocable";
	a.req.in.sign.level = DOC_LEVEL_LTA;
	ASSERT_OK(ops_serve(&a.req, NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(a.req.out.item_count, 2);
	for (i = 0; i < 2; i++)
		EXPECT_VERDICT(
		    SPAN_OF(&a.req.out.items[i].document), span_str(TEXT), TOTAL_PASSED, "B-LTA");
	request_release(&a.req);
}

/* Of a document that was signed before, only the new signature is asked about and extended. */
static void
an_earlier_signature_of_a_stranger_does_not_hinder(void)
{
	static const size_t which[] = { 2, 4, 5, 7 }; /* and no mail: a layer is new around it */
	size_t i;

	for (i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
		const struct kind *k = &kinds[which[i]];
		struct signature_parameters wish = k->wish;
		struct buf first = BUF_INIT(0), both = BUF_INIT(0);
		struct ops_verification v;
		const struct verify_report *r;
		struct error err = ERROR_INIT;

		begin();
		/* Its status can be asked for no more when the second one is made. */
		sign(&first, k, DOC_LEVEL_B);
		wish.level = DOC_LEVEL_LT;
		world.is_away = 1;
		clock_stands_at(PKI_NOW + 40 * PKI_DAY);
		asked_sign(&both, &wish, k->name, SPAN_OF(&first));
		ASSERT_OK(ops_verify(&v, "acme/erp", SPAN_OF(&both), SPAN_NONE, &err), &err);
		r = &v.req.out.verified[0].report;
		CU_ASSERT_EQUAL_FATAL(r->count, 2);
		CU_ASSERT_EQUAL(r->items[0].conclusion.sub, SUB_TRY_LATER);
		CU_ASSERT_EQUAL(r->items[1].conclusion.indication, INDICATION_TOTAL_PASSED);
		request_release(&v.req);
		buf_release(&first);
		buf_release(&both);
	}
}

static const struct test tests[] = { TEST(what_is_signed_at_a_long_level_outlives_its_signer),
	TEST(a_renewed_archive_time_stamp_outlives_the_authority_before_it),
	TEST(time_stamps_of_a_document_are_renewed_beyond_their_authority),
	TEST(a_revocation_after_the_time_stamp_does_no_harm),
	TEST(without_the_list_nothing_is_signed_and_the_answer_says_which),
	TEST(a_revoked_signer_is_not_extended), TEST(digests_are_signed_at_long_levels_too),
	TEST(an_earlier_signature_of_a_stranger_does_not_hinder), TEST_END };
const struct suite suite_server_ops_longterm = { "server/ops/longterm", setup, teardown, tests };
