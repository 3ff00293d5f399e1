/*
 * ExtendSignature: levels T, LT and LTA of each format, read by VerifyDocument long afterwards, and
 * what is refused.
 */
#include <openssl/cms.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "signing/format/asic/asic_extend.h"
#include "signing/format/asic/asic_sign.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/pdf/pdf_extend.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/smime/smime_sign.h"
#include "signing/format/xml/xml_extend.h"
#include "signing/format/xml/xml_sign.h"
#include "tests/support/asked.h"
#include "tests/support/containers.h"
#include "tests/support/longterm.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/status.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

#define TEXT "An invoice over 1,000 euros."

static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW - 60 };

static void
clock_stands_at(int64_t seconds)
{
	clock_set_offset(0);
	clock_set_offset(seconds - clock_now());
}

/* ---- signatures by a signer whose status must be known, with what tells it inside ---- */

/* A list that says nothing of the signer, as of a day ago. */
static struct evidence
status_of_signer(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct buf der = status_crl_make(&crl);
	struct evidence data = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(values_add(&data.crls, SPAN_OF(&der), &err), &err);
	buf_release(&der);
	return data;
}

static const struct sign_options options = { .signing_time = PKI_NOW - 3600, .claim_time = 1 };

static void
cms_with_status(struct buf *out, enum packaging packaging, struct span content)
{
	const struct document doc = { .content = content, .has_content = 1 };
	struct sign_options with = options;
	struct evidence data = status_of_signer();
	const struct values *crls = &data.crls;
	const unsigned char *p = crls->items[0].der.data, *m;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)crls->items[0].der.len);
	struct buf der = BUF_INIT(0);
	struct error err = ERROR_INIT;
	CMS_ContentInfo *cms;
	unsigned char *again = NULL;
	int len;

	with.packaging = packaging;
	ASSERT_OK(
	    cms_sign(&der, &doc, CMS_PROFILE_CADES, pki_key(PKI_REVOCABLE), &with, &err), &err);
	m = der.data;
	cms = d2i_CMS_ContentInfo(NULL, &m, (long)der.len);
	CU_ASSERT_FATAL(cms != NULL && crl != NULL && CMS_add1_crl(cms, crl) == 1);
	len = i2d_CMS_ContentInfo(cms, &again);
	CU_ASSERT_FATAL(len > 0);
	ASSERT_OK(buf_append(out, again, (size_t)len, &err), &err);
	OPENSSL_free(again);
	CMS_ContentInfo_free(cms);
	X509_CRL_free(crl);
	evidence_release(&data);
	buf_release(&der);
}

static void
make_cms(struct buf *out)
{
	cms_with_status(out, PACKAGING_ENVELOPING, span_str(TEXT));
}

/* The other formats take such data with a time stamp only: these are at level LT from the start. */
static void
make_xml(struct buf *out)
{
	const struct document doc = { .content = span_str("<a><b>1</b></a>"), .has_content = 1 };
	struct timestamp_source source = test_tsa_source(&tsa);
	struct evidence data = status_of_signer();
	struct buf b = BUF_INIT(0), t = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(xml_sign(&b, &doc, 1, pki_key(PKI_REVOCABLE), &options, NULL, &err), &err);
	ASSERT_OK(xml_extend(&t, SPAN_OF(&b), NULL, EXTEND_T, NULL, &source, NULL, &err), &err);
	ASSERT_OK(xml_extend(out, SPAN_OF(&t), NULL, EXTEND_LT, &data, NULL, NULL, &err), &err);
	evidence_release(&data);
	buf_release(&b);
	buf_release(&t);
}

static void
make_pdf(struct buf *out)
{
	const struct pdf_sample sample = { 0 };
	struct evidence data = status_of_signer();
	struct buf pdf = BUF_INIT(0), b = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_sample_make(&pdf, &sample, &err), &err);
	ASSERT_OK(pdf_sign(&b, SPAN_OF(&pdf), pki_key(PKI_REVOCABLE), &options, NULL, &err), &err);
	ASSERT_OK(pdf_extend(out, SPAN_OF(&b), EXTEND_LT, &data, NULL, NULL, NULL, &err), &err);
	evidence_release(&data);
	buf_release(&b);
	buf_release(&pdf);
}

static void
make_asic(struct buf *out, enum asic_type type, enum format family)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct evidence data = status_of_signer();
	struct buf b = BUF_INIT(0), t = BUF_INIT(0);
	struct container_reading r = { 0 };
	struct error err = ERROR_INIT;

	container_make(&b, type, family, LEVEL_B, PKI_REVOCABLE);
	container_read(&r, &b);
	ASSERT_OK(asic_extend(&t, SPAN_OF(&b), r.list.items[0].id, EXTEND_T, NULL, &source, PKI_NOW,
		      NULL, &err),
	    &err);
	ASSERT_OK(asic_extend(out, SPAN_OF(&t), r.list.items[0].id, EXTEND_LT, &data, NULL, PKI_NOW,
		      NULL, &err),
	    &err);
	container_release(&r);
	evidence_release(&data);
	buf_release(&b);
	buf_release(&t);
}

static void
make_asic_s_cades(struct buf *out)
{
	make_asic(out, ASIC_S, FORMAT_CMS);
}

static void
make_asic_s_xades(struct buf *out)
{
	make_asic(out, ASIC_S, FORMAT_XML);
}

static void
make_asic_e_cades(struct buf *out)
{
	make_asic(out, ASIC_E, FORMAT_CMS);
}

static void
make_asic_e_xades(struct buf *out)
{
	make_asic(out, ASIC_E, FORMAT_XML);
}

static void
make_mail(struct buf *out)
{
	const struct document doc = {
		.content = span_str("Subject: invoice\r\nContent-Type: text/plain\r\n\r\n" TEXT),
		.has_content = 1
	};
	struct timestamp_source source = test_tsa_source(&tsa);
	struct evidence data = status_of_signer();
	struct buf b = BUF_INIT(0), t = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(smime_sign(&b, &doc, pki_key(PKI_REVOCABLE), &options, &err), &err);
	ASSERT_OK(
	    smime_extend(&t, SPAN_OF(&b), "signer-1", EXTEND_T, NULL, &source, NULL, &err), &err);
	ASSERT_OK(
	    smime_extend(out, SPAN_OF(&t), "signer-1", EXTEND_LT, &data, NULL, NULL, &err), &err);
	evidence_release(&data);
	buf_release(&b);
	buf_release(&t);
}

static const struct kind {
	const char *name;
	void (*make)(struct buf *out);
	const char *tamper; /* bytes that are signed */
} kinds[] = { { "a.p7m", make_cms, "invoice over" }, { "a.xml", make_xml, "1</b>" },
	{ "a.pdf", make_pdf, "MediaBox" }, { "s.asics", make_asic_s_cades, NULL },
	{ "s.asics", make_asic_s_xades, NULL }, { "e.asice", make_asic_e_cades, NULL },
	{ "e.asice", make_asic_e_xades, NULL }, { "a.eml", make_mail, "invoice over" } };
#define KINDS_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* ---- extending ---- */

static void
ask(struct asked *a, const char *name, const char *id, enum doc_level level)
{
	asked_begin(a, OP_EXTEND_SIGNATURE, name);
	a->req.in.sign.level = level;
	a->req.in.signature_id = id;
}

/* Replace `file` by the extended one. */
static void
extend(struct buf *file, enum doc_level level, struct span original, const char *reached)
{
	struct error err = ERROR_INIT;
	struct asked a;

	ask(&a, "x", NULL, level);
	ASSERT_OK(asked_serve(&a, SPAN_OF(file), original, &err), &err);
	CU_ASSERT_STRING_EQUAL(a.req.out.items[0].level, reached);
	CU_ASSERT_EQUAL(a.req.out.result.major, RESULT_SUCCESS);
	file->len = 0;
	ASSERT_OK(buf_append_span(file, asked_document(&a), &err), &err);
	request_release(&a.req);
}

static void
refused(int line, const char *id, enum doc_level level, struct span document, struct span original,
    enum error_kind kind, const char *words)
{
	struct asked a;

	ask(&a, "x", id, level);
	asked_refused(line, &a, document, original, kind, words);
}
#define REFUSED(id, level, document, original, kind, words)                                        \
	refused(__LINE__, (id), DOC_LEVEL_##level, (document), (original), (kind), (words))

static void
flip(struct buf *file, const char *what)
{
	unsigned char *at = memmem(file->data, file->len, what, strlen(what));

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	*at ^= 1;
}

/* LTA at once, years later renewed, and at each time it still passes. */
static void
what_is_extended_outlives_its_signer(void)
{
	const struct container_change other = { .name = "a.txt", .data = "other" };
	size_t i;

	for (i = 0; i < KINDS_COUNT; i++) {
		struct buf file = BUF_INIT(0);

		kinds[i].make(&file);
		extend(&file, DOC_LEVEL_LTA, SPAN_NONE, "B-LTA");
		EXPECT_VERDICT(SPAN_OF(&file), SPAN_NONE, TOTAL_PASSED, "B-LTA");
		clock_stands_at(PKI_NOW + 2 * PKI_YEAR);
		EXPECT_VERDICT(SPAN_OF(&file), SPAN_NONE, TOTAL_PASSED, "B-LTA");
		extend(&file, DOC_LEVEL_LTA, SPAN_NONE, "B-LTA");
		EXPECT_VERDICT(SPAN_OF(&file), SPAN_NONE, TOTAL_PASSED, "B-LTA");
		if (kinds[i].tamper != NULL)
			flip(&file, kinds[i].tamper);
		else
			container_change(&file, &other, 1);
		EXPECT_VERDICT(SPAN_OF(&file), SPAN_NONE, TOTAL_FAILED, NULL);
		REFUSED(NULL, LTA, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, "is broken");
		clock_stands_at(PKI_NOW);
		buf_release(&file);
	}
}

static void
without_a_level_the_signature_dies_with_its_certificate(void)
{
	struct buf file = BUF_INIT(0);

	make_cms(&file);
	EXPECT_VERDICT(SPAN_OF(&file), SPAN_NONE, TOTAL_PASSED, "B-B");
	clock_stands_at(PKI_NOW + 2 * PKI_YEAR);
	EXPECT_VERDICT(SPAN_OF(&file), SPAN_NONE, INDETERMINATE, "B-B");
	REFUSED(NULL, LTA, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, "OUT_OF_BOUNDS");
	clock_stands_at(PKI_NOW);
	buf_release(&file);
}

static void
a_signature_climbs_level_by_level(void)
{
	const struct span original = span_str(TEXT);
	struct buf file = BUF_INIT(0);

	cms_with_status(&file, PACKAGING_DETACHED, span_str(TEXT));
	extend(&file, DOC_LEVEL_T, original, "B-LT"); /* a list of its signer it had before */
	REFUSED(NULL, T, SPAN_OF(&file), original, ERROR_CONFLICT, "already");
	extend(&file, DOC_LEVEL_LT, original, "B-LT");
	extend(&file, DOC_LEVEL_LTA, original, "B-LTA");
	extend(&file, DOC_LEVEL_LTA, original, "B-LTA");
	EXPECT_VERDICT(SPAN_OF(&file), original, TOTAL_PASSED, "B-LTA");
	EXPECT_VERDICT(SPAN_OF(&file), span_str("another"), TOTAL_FAILED, NULL);
	REFUSED(NULL, LTA, SPAN_OF(&file), span_str("another"), ERROR_CONFLICT, "is broken");
	REFUSED(NULL, LTA, SPAN_OF(&file), SPAN_NONE, ERROR_NOT_FOUND, "not in the document");
	buf_release(&file);
}

static void
the_digest_of_a_document_is_enough_for_every_level(void)
{
	struct digest_values values = { 0 };
	struct document_digest digest = { .method = DIGEST_SHA256 };
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct asked a;

	ASSERT_OK(digest_span(DIGEST_SHA256, span_str(TEXT), values.value[0], &err), &err);
	digest.value = (struct span){ values.value[0], 32 };
	cms_with_status(&file, PACKAGING_DETACHED, span_str(TEXT));
	ask(&a, "x", NULL, DOC_LEVEL_LTA);
	a.req.in.digests = &digest;
	a.req.in.digest_count = 1;
	ASSERT_OK(asked_serve(&a, SPAN_OF(&file), SPAN_NONE, &err), &err);
	CU_ASSERT_STRING_EQUAL(a.req.out.items[0].level, "B-LTA");
	EXPECT_VERDICT(asked_document(&a), span_str(TEXT), TOTAL_PASSED, "B-LTA");
	request_release(&a.req);
	values.value[0][0] ^= 1;
	ask(&a, "x", NULL, DOC_LEVEL_LTA);
	a.req.in.digests = &digest;
	a.req.in.digest_count = 1;
	EXPECT_REFUSED(&a, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, "is broken");
	buf_release(&file);
}

/* The document of a detached signature is only digested: it may be larger than one that is kept. */
static void
a_document_that_is_too_large_to_be_kept_is_streamed(void)
{
	static unsigned char large[1500000];
	const struct span original = { large, sizeof(large) };
	struct buf file = BUF_INIT(0);

	CU_ASSERT_FATAL(sizeof(large) > ops_limits().document_bytes);
	cms_with_status(&file, PACKAGING_DETACHED, original);
	extend(&file, DOC_LEVEL_LTA, original, "B-LTA");
	EXPECT_VERDICT(SPAN_OF(&file), original, TOTAL_PASSED, "B-LTA");
	large[700000] ^= 1;
	REFUSED(NULL, LTA, SPAN_OF(&file), original, ERROR_CONFLICT, "is broken");
	buf_release(&file);
}

static void
pem_is_taken_and_the_answer_is_binary(void)
{
	struct buf file = BUF_INIT(0), pem = BUF_INIT(0);
	struct error err = ERROR_INIT;

	make_cms(&file);
	ASSERT_OK(buf_append_str(&pem, "-----BEGIN CMS-----\n", &err), &err);
	ASSERT_OK(text_base64(&pem, SPAN_OF(&file), 64, &err), &err);
	ASSERT_OK(buf_append_str(&pem, "\n-----END CMS-----\n", &err), &err);
	extend(&pem, DOC_LEVEL_LTA, SPAN_NONE, "B-LTA");
	CU_ASSERT_EQUAL(pem.data[0], 0x30);
	buf_release(&file);
	buf_release(&pem);
}

/* ---- several signatures in one document ---- */

/* By a second signer, whom nobody trusts or who is the same again. */
static void
sign_again(struct buf *file, size_t kind, enum pki_id signer)
{
	const struct document doc = { .content = { file->data, file->len }, .has_content = 1 };
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	if (kinds[kind].make == make_cms) {
		ASSERT_OK(buf_append_span(&out, SPAN_OF(file), &err), &err);
		ASSERT_OK(
		    cms_add_signer(&out, NULL, CMS_PROFILE_CADES, pki_key(signer), &options, &err),
		    &err);
	} else if (kinds[kind].make == make_xml) {
		ASSERT_OK(xml_sign(&out, &doc, 1, pki_key(signer), &options, NULL, &err), &err);
	} else if (kinds[kind].make == make_pdf) {
		ASSERT_OK(
		    pdf_sign(&out, SPAN_OF(file), pki_key(signer), &options, NULL, &err), &err);
	} else {
		ASSERT_OK(
		    asic_add_signature(&out, SPAN_OF(file), pki_key(signer), &options, &err), &err);
	}
	buf_release(file);
	*file = out;
}

/* Levels of all signatures, space separated, and their ids. */
static void
levels_of(struct span file, char levels[64], char ids[4][160])
{
	struct ops_verification v;
	struct error err = ERROR_INIT;
	size_t i, n = 0;

	levels[0] = '\0';
	ASSERT_OK(ops_verify(&v, "acme/erp", file, SPAN_NONE, &err), &err);
	for (i = 0; i < v.req.out.verified[0].report.count && i < 4; i++) {
		const struct verify_signature *s = &v.req.out.verified[0].report.items[i];

		n += (size_t)snprintf(levels + n, 64 - n, "%s%s", i > 0 ? " " : "", s->level);
		snprintf(ids[i], 160, "%s", s->source->id);
	}
	request_release(&v.req);
}

static void
extend_one(struct buf *file, const char *id, const char *reached)
{
	struct error err = ERROR_INIT;
	struct asked a;

	ask(&a, "x", id, DOC_LEVEL_LTA);
	ASSERT_OK(asked_serve(&a, SPAN_OF(file), SPAN_NONE, &err), &err);
	CU_ASSERT_STRING_EQUAL(a.req.out.items[0].level, reached);
	file->len = 0;
	ASSERT_OK(buf_append_span(file, asked_document(&a), &err), &err);
	request_release(&a.req);
}

/* The kinds that hold several beside each other; in XML the later covers the earlier. */
static const size_t several[] = { 0, 2, 3, 4, 5, 6 };
#define SEVERAL (sizeof(several) / sizeof(several[0]))

/* Of two signatures the named one; then all, of which one is renewed. */
static void
one_of_several_is_extended_and_then_all(void)
{
	char levels[64], ids[4][160];
	size_t i, n;

	for (n = 0, i = several[0]; n < SEVERAL; i = several[++n % SEVERAL]) {
		const int is_whole =
		    kinds[i].make == make_pdf || kinds[i].make == make_asic_e_cades;
		struct buf file = BUF_INIT(0);

		kinds[i].make(&file);
		sign_again(&file, i, PKI_REVOCABLE);
		levels_of(SPAN_OF(&file), levels, ids);
		extend_one(&file, ids[0], "B-LTA");
		EXPECT_VERDICT(SPAN_OF(&file), SPAN_NONE, TOTAL_PASSED, "B-LTA");
		levels_of(SPAN_OF(&file), levels, ids);
		/* A PDF's and such a container's protection is for all. */
		if (is_whole)
			CU_ASSERT_STRING_EQUAL(levels, "B-LTA B-LTA")
		else
			CU_ASSERT(
			    strcmp(levels, "B-LTA B-B") == 0 || strcmp(levels, "B-LTA B-LT") == 0)
		extend_one(&file, NULL, "B-LTA");
		EXPECT_VERDICT(SPAN_OF(&file), SPAN_NONE, TOTAL_PASSED, "B-LTA");
		levels_of(SPAN_OF(&file), levels, ids);
		clock_stands_at(PKI_NOW + 2 * PKI_YEAR);
		EXPECT_VERDICT(SPAN_OF(&file), SPAN_NONE, TOTAL_PASSED, "B-LTA");
		clock_stands_at(PKI_NOW);
		buf_release(&file);
	}
}

static void
what_another_signature_covers_is_not_extended(void)
{
	char levels[64], ids[4][160];
	struct buf file = BUF_INIT(0);

	make_xml(&file);
	sign_again(&file, 1, PKI_REVOCABLE);
	levels_of(SPAN_OF(&file), levels, ids);
	REFUSED(ids[0], LTA, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, "covers it");
	REFUSED(NULL, LTA, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, "covers it");
	extend_one(&file, ids[1], "B-LTA");
	EXPECT_VERDICT(SPAN_OF(&file), SPAN_NONE, TOTAL_PASSED, NULL);
	buf_release(&file);
}

/* One whose signer nobody knows hinders all, unless another one is asked for. */
static void
one_that_does_not_hold_hinders_unless_another_is_named(void)
{
	char levels[64], ids[4][160];
	size_t i, n;

	for (n = 0, i = several[0]; n < SEVERAL; i = several[++n % SEVERAL]) {
		struct buf file = BUF_INIT(0);

		kinds[i].make(&file);
		sign_again(&file, i, PKI_OTHER_SIGNER);
		levels_of(SPAN_OF(&file), levels, ids);
		REFUSED(NULL, LTA, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT,
		    "NO_CERTIFICATE_CHAIN_FOUND");
		REFUSED(ids[1], LTA, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, ids[1]);
		extend_one(&file, ids[0], "B-LTA");
		buf_release(&file);
	}
}

/* ---- a time stamp that is over other data ---- */

static int
lie(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	unsigned char other[DIGEST_SIZE_MAX];

	(void)ctx, (void)err;
	memcpy(other, imprint, digest_size(digest));
	other[0] ^= 1;
	test_token(token, &tsa, digest, other);
	return 0;
}

static const struct timestamp_source liar = { .get = lie };

/* Level B, and the time stamp of level T from somebody who stamps what he likes. */
static void
make_misfit(struct buf *out, size_t kind)
{
	static const char xml[] = "<a><b>1</b></a>";
	static const char mail[] = "Subject: invoice\r\n\r\n" TEXT;
	const struct document doc = { .name = "a.txt",
		.content = span_str(kinds[kind].make == make_xml    ? xml
				    : kinds[kind].make == make_mail ? mail
								    : TEXT),
		.has_content = 1 };
	const struct pdf_sample sample = { 0 };
	const struct asic_sign_options asic = { kinds[kind].make == make_asic_s_cades ||
							kinds[kind].make == make_asic_s_xades
						    ? ASIC_S
						    : ASIC_E,
		kinds[kind].make == make_asic_s_xades || kinds[kind].make == make_asic_e_xades
		    ? FORMAT_XML
		    : FORMAT_CMS };
	const struct sign_key *key = pki_key(PKI_P256);
	struct sign_options with = options;
	struct buf pdf = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int rc;

	with.level = LEVEL_T;
	with.timestamp = &liar;
	if (kinds[kind].make == make_cms) {
		with.packaging = PACKAGING_ENVELOPING;
		rc = cms_sign(out, &doc, CMS_PROFILE_CADES, key, &with, &err);
	} else if (kinds[kind].make == make_xml) {
		rc = xml_sign(out, &doc, 1, key, &with, NULL, &err);
	} else if (kinds[kind].make == make_pdf) {
		ASSERT_OK(pdf_sample_make(&pdf, &sample, &err), &err);
		rc = pdf_sign(out, SPAN_OF(&pdf), key, &with, NULL, &err);
	} else if (kinds[kind].make == make_mail) {
		rc = smime_sign(out, &doc, key, &with, &err);
	} else {
		rc = asic_sign(out, &doc, 1, &asic, key, &with, &err);
	}
	ASSERT_OK(rc, &err);
	buf_release(&pdf);
}

static void
nothing_is_built_on_a_time_stamp_that_is_over_other_data(void)
{
	size_t i;

	for (i = 0; i < KINDS_COUNT; i++) {
		struct buf file = BUF_INIT(0);

		make_misfit(&file, i);
		REFUSED(NULL, LT, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, "must cover");
		REFUSED(NULL, LTA, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, "must cover");
		buf_release(&file);
	}
}

/* The same of a document time stamp of a PDF, which stands for itself. */
static void
nor_on_a_document_time_stamp_of_a_pdf(void)
{
	const struct pdf_sample sample = { 0 };
	struct buf pdf = BUF_INIT(0), b = BUF_INIT(0), file = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_sample_make(&pdf, &sample, &err), &err);
	ASSERT_OK(pdf_sign(&b, SPAN_OF(&pdf), pki_key(PKI_P256), &options, NULL, &err), &err);
	ASSERT_OK(pdf_extend(&file, SPAN_OF(&b), EXTEND_T, NULL, &liar, NULL, NULL, &err), &err);
	REFUSED(NULL, LT, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, "must cover");
	REFUSED(NULL, LTA, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, "must cover");
	buf_release(&pdf);
	buf_release(&b);
	buf_release(&file);
}

/* ---- refusals ---- */

static void
what_cannot_be_extended_is_refused_with_the_reason(void)
{
	const struct signature_parameters wish = { .packaging = PACKAGING_ENVELOPING };
	struct buf file = BUF_INIT(0), strange = BUF_INIT(0);
	const struct document doc = { .content = span_str(TEXT), .has_content = 1 };
	struct sign_options with = options;
	struct error err = ERROR_INIT;
	struct asked a;

	REFUSED(NULL, LT, span_str("<a/>"), SPAN_NONE, ERROR_NOT_FOUND, "no signature");
	REFUSED(NULL, LT, span_str("text"), SPAN_NONE, ERROR_MALFORMED, "neither");
	asked_sign(&file, &wish, "a", span_str(TEXT));
	REFUSED("signer-2", LT, SPAN_OF(&file), SPAN_NONE, ERROR_NOT_FOUND, "there is: signer-1");
	ask(&a, "x", NULL, DOC_LEVEL_LT);
	a.req.in.sign.timestamp_authority = "nobody";
	EXPECT_REFUSED(&a, SPAN_OF(&file), SPAN_NONE, ERROR_NOT_FOUND, "nobody");
	flip(&file, "invoice over");
	REFUSED(NULL, T, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, "signer-1 is broken");
	with.packaging = PACKAGING_ENVELOPING;
	ASSERT_OK(
	    cms_sign(&strange, &doc, CMS_PROFILE_CADES, pki_key(PKI_OTHER_SIGNER), &with, &err),
	    &err);
	REFUSED(
	    NULL, LT, SPAN_OF(&strange), SPAN_NONE, ERROR_CONFLICT, "NO_CERTIFICATE_CHAIN_FOUND");
	buf_release(&strange);
	buf_release(&file);
}

static void
missing_revocation_data_are_named_with_certificate_and_address(void)
{
	const struct document doc = { .content = span_str(TEXT), .has_content = 1 };
	struct sign_options with = options;
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct asked a;

	with.packaging = PACKAGING_ENVELOPING;
	ASSERT_OK(
	    cms_sign(&file, &doc, CMS_PROFILE_CADES, pki_key(PKI_REVOCABLE), &with, &err), &err);
	REFUSED(NULL, LT, SPAN_OF(&file), SPAN_NONE, ERROR_UNAVAILABLE, "Revocable signer");
	REFUSED(NULL, LTA, SPAN_OF(&file), SPAN_NONE, ERROR_UNAVAILABLE, "http://pki.example/ocsp");
	/* A time stamp needs none of it. */
	ask(&a, "x", NULL, DOC_LEVEL_T);
	ASSERT_OK(asked_serve(&a, SPAN_OF(&file), SPAN_NONE, &err), &err);
	CU_ASSERT_STRING_EQUAL(a.req.out.items[0].level, "B-T");
	request_release(&a.req);
	buf_release(&file);
}

/* Signers of the test PKI but one have no revocation data: the data of LT are certificates. */
static void
a_level_that_its_form_does_not_show_is_a_warning(void)
{
	const struct signature_parameters wish = { .packaging = PACKAGING_ENVELOPING };
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct asked a;

	asked_sign(&file, &wish, "a", span_str(TEXT));
	ask(&a, "x", NULL, DOC_LEVEL_LTA);
	ASSERT_OK(asked_serve(&a, SPAN_OF(&file), SPAN_NONE, &err), &err);
	CU_ASSERT_STRING_EQUAL(a.req.out.items[0].level, "B-T");
	CU_ASSERT_EQUAL(a.req.out.result.major, RESULT_WARNING);
	CU_ASSERT_PTR_NOT_NULL(strstr(a.req.out.result.message, "no certificate"));
	request_release(&a.req);
	buf_release(&file);
}

static void
the_same_request_gets_the_same_level(void)
{
	struct buf file = BUF_INIT(0), first = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct asked a;
	int i;

	make_cms(&file);
	for (i = 0; i < 2; i++) {
		ask(&a, "x", NULL, DOC_LEVEL_LTA);
		a.req.client_request_id = "extend 7";
		ASSERT_OK(asked_serve(&a, SPAN_OF(&file), SPAN_NONE, &err), &err);
		CU_ASSERT_EQUAL(a.req.is_replay, i);
		CU_ASSERT_STRING_EQUAL(a.req.out.items[0].level, "B-LTA");
		if (i == 0)
			ASSERT_OK(buf_append_span(&first, asked_document(&a), &err), &err);
		CU_ASSERT(span_equal(SPAN_OF(&first), asked_document(&a)));
		request_release(&a.req);
	}
	ask(&a, "x", "signer-1", DOC_LEVEL_LTA);
	a.req.client_request_id = "extend 7";
	EXPECT_REFUSED(&a, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, "extend 7");
	buf_release(&file);
	buf_release(&first);
}

static const struct test tests[] = { TEST(what_is_extended_outlives_its_signer),
	TEST(without_a_level_the_signature_dies_with_its_certificate),
	TEST(a_signature_climbs_level_by_level),
	TEST(the_digest_of_a_document_is_enough_for_every_level),
	TEST(a_document_that_is_too_large_to_be_kept_is_streamed),
	TEST(pem_is_taken_and_the_answer_is_binary), TEST(one_of_several_is_extended_and_then_all),
	TEST(what_another_signature_covers_is_not_extended),
	TEST(one_that_does_not_hold_hinders_unless_another_is_named),
	TEST(nothing_is_built_on_a_time_stamp_that_is_over_other_data),
	TEST(nor_on_a_document_time_stamp_of_a_pdf),
	TEST(what_cannot_be_extended_is_refused_with_the_reason),
	TEST(missing_revocation_data_are_named_with_certificate_and_address),
	TEST(a_level_that_its_form_does_not_show_is_a_warning),
	TEST(the_same_request_gets_the_same_level), TEST_END };
const struct suite suite_server_ops_level = { "server/ops/level", ops_world_stamping, ops_world_end,
	tests };
