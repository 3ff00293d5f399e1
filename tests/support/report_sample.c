#include "tests/support/report_sample.h"

#include <string.h>

#include "signing/format/asic/asic_sign.h"
#include "signing/format/cms/cms_extend.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/pdf/pdf_extend.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/smime/smime_sign.h"
#include "signing/format/xml/xml_extend.h"
#include "signing/format/xml/xml_sign.h"
#include "tests/support/longterm.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

#define TEXT "An invoice over 1,000 euros."
#define XML  "<invoice><total currency=\"EUR\">1000</total></invoice>"

static const struct test_tsa tsa = { PKI_TSA, PKI_NOW - PKI_DAY, 0 };
static const struct test_tsa later = { PKI_TSA, PKI_NOW - 60, 0 };

#define MAIL                                                                                       \
	"From: Signer <p256@example.org>\r\nSubject: Invoice\r\nMIME-Version: 1.0\r\n"             \
	"Content-Type: text/plain; charset=us-ascii\r\n\r\n" TEXT "\r\n"

static void
sign_container(struct buf *out, enum report_sample_kind kind, const struct sign_key *key,
    const struct sign_options *options)
{
	const struct document docs[] = {
		{ .name = "invoice.txt", .content = span_str(TEXT), .has_content = 1 },
		{ .name = "order.xml", .content = span_str(XML), .has_content = 1 }
	};
	const int is_e = kind == SAMPLE_ASICE_CADES || kind == SAMPLE_ASICE_XADES;
	const struct asic_sign_options asic = { is_e ? ASIC_E : ASIC_S,
		kind == SAMPLE_ASICS_CADES || kind == SAMPLE_ASICE_CADES ? FORMAT_CMS
									 : FORMAT_XML };
	struct error err = ERROR_INIT;

	ASSERT_OK(asic_sign(out, docs, is_e ? 2 : 1, &asic, key, options, &err), &err);
}

static void
sign_mail(struct buf *out, enum report_sample_kind kind, const struct sign_key *key,
    const struct sign_options *options)
{
	const struct document mail = { .content = span_str(MAIL), .has_content = 1 };
	struct sign_options with = *options;
	struct error err = ERROR_INIT;

	with.packaging = kind == SAMPLE_MAIL ? PACKAGING_DETACHED : PACKAGING_ENVELOPING;
	ASSERT_OK(smime_sign(out, &mail, key, &with, &err), &err);
}

static void
sign(struct report_sample *s, enum report_sample_kind kind, const struct sign_key *key)
{
	static const char *const approval[] = { "1.2.840.113549.1.9.16.6.5" };
	struct timestamp_source source = test_tsa_source(&tsa);
	const struct sign_options options = { .level = LEVEL_T,
		.timestamp = &source,
		.commitment_types = approval,
		.commitment_type_count =
		    kind % 3 != SAMPLE_PDF || kind >= SAMPLE_KINDS, /* a PDF has a reason */
		.signing_time = PKI_NOW - PKI_DAY,
		.claim_time = 1 };
	const struct pdf_sign_options pdf = { .reason = "Approved", .location = "Wien" };
	const struct xml_sign_options xml = { 0 };
	struct document doc = {
		.name = "invoice.txt", .content = span_str(TEXT), .has_content = 1
	};
	struct buf plain = BUF_INIT(0);
	struct error err = ERROR_INIT;

	if (kind >= SAMPLE_MAIL) {
		sign_mail(&s->file, kind, key, &options);
	} else if (kind >= SAMPLE_KINDS) {
		sign_container(&s->file, kind, key, &options);
	} else if (kind % 3 == SAMPLE_CMS) {
		ASSERT_OK(cms_sign(&s->file, &doc, CMS_PROFILE_CADES, key, &options, &err), &err);
		s->documents[1] = doc;
		s->count = 2;
	} else if (kind % 3 == SAMPLE_XML) {
		doc.content = span_str(XML);
		ASSERT_OK(xml_sign(&s->file, &doc, 1, key, &options, &xml, &err), &err);
	} else {
		ASSERT_OK(
		    pdf_sample_make(&plain, &(struct pdf_sample){ .xref = SAMPLE_TABLE }, &err),
		    &err);
		ASSERT_OK(pdf_sign(&s->file, SPAN_OF(&plain), key, &options, &pdf, &err), &err);
	}
	buf_release(&plain);
}

static void
extend(struct report_sample *s, enum report_sample_kind kind)
{
	struct timestamp_source source = test_tsa_source(&later);
	struct evidence data = longterm_evidence();
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	if (kind == SAMPLE_CMS_LTA) {
		ASSERT_OK(cms_extend(&s->file, 0, EXTEND_LTA, &s->documents[1], &data, &source,
			      NULL, &err),
		    &err);
	} else {
		if (kind == SAMPLE_XML_LTA)
			ASSERT_OK(xml_extend(&out, SPAN_OF(&s->file), NULL, EXTEND_LTA, &data,
				      &source, NULL, &err),
			    &err);
		else
			ASSERT_OK(pdf_extend(&out, SPAN_OF(&s->file), EXTEND_LTA, &data, &source,
				      &(struct pdf_extend_options){ 0 }, NULL, &err),
			    &err);
		buf_release(&s->file);
		s->file = out;
	}
	evidence_release(&data);
}

/* What is handed in beside the document, opened. */
struct opened {
	struct crl *crls[8];
	struct crl_source sources[8];
	struct ocsp_response *answers[8];
	const struct ocsp_response *list[8];
	struct revocation_evidence evidence;
};

static void
open_gathered(struct opened *o, const struct evidence *gathered)
{
	struct error err = ERROR_INIT;
	size_t i;

	memset(o, 0, sizeof(*o));
	for (i = 0; i < gathered->crls.count && i < 8; i++) {
		ASSERT_OK(crl_open(&o->crls[i], SPAN_OF(&gathered->crls.items[i].der), &err), &err);
		o->sources[i] = crl_source_of(o->crls[i]);
	}
	o->evidence.crls = o->sources;
	o->evidence.crl_count = i;
	for (i = 0; i < gathered->ocsps.count && i < 8; i++) {
		ASSERT_OK(ocsp_response_read(
			      &o->answers[i], SPAN_OF(&gathered->ocsps.items[i].der), &err),
		    &err);
		o->list[i] = o->answers[i];
	}
	o->evidence.ocsps = o->list;
	o->evidence.ocsp_count = i;
	o->evidence.certificates = gathered->certificates;
}

void
report_sample_judge(struct report_sample *s)
{
	const struct examine_options options = { .extra_certificates = s->context.anchors };
	struct opened opened;
	struct error err = ERROR_INIT;
	size_t i;

	examination_release(&s->examination);
	open_gathered(&opened, &s->gathered);
	s->context.revocation = &opened.evidence;
	s->documents[0] =
	    (struct document){ .name = "signed", .content = SPAN_OF(&s->file), .has_content = 1 };
	ASSERT_OK(
	    examine(&s->examination, s->documents, s->count, &options, &s->context, &err), &err);
	s->in = (struct report_input){ .documents = s->documents,
		.document_count = s->count,
		.report = &s->examination.report,
		.signatures = &s->examination.facts.signatures,
		.timestamps = s->examination.timestamps,
		.timestamp_count = s->examination.timestamp_count,
		.time = s->context.time,
		.made = s->context.time,
		.gathered = &s->gathered,
		.policy = s->context.policy,
		.catalogue = s->context.catalogue,
		.program = "Signet 0.1.0",
		.node = "node-1" };
	s->context.revocation = NULL;
	for (i = 0; i < 8; i++) {
		crl_free(opened.crls[i]);
		ocsp_response_free(opened.answers[i]);
	}
}

void
report_sample_make_with(
    struct report_sample *s, enum report_sample_kind kind, const struct sign_key *key)
{
	memset(s, 0, sizeof(*s));
	s->count = 1;
	sign(s, kind, key);
	if (kind >= SAMPLE_CMS_LTA && kind < SAMPLE_KINDS)
		extend(s, kind);
	s->context.anchors = s->context.timestamp_anchors = pki_anchors();
	s->context.time = PKI_NOW;
	s->context.policy = &s->policy;
	report_sample_judge(s);
}

void
report_sample_make_by(struct report_sample *s, enum report_sample_kind kind, enum pki_id signer)
{
	report_sample_make_with(s, kind, pki_key(signer));
}

void
report_sample_make(struct report_sample *s, enum report_sample_kind kind)
{
	report_sample_make_by(s, kind, PKI_P256);
}

void
report_sample_drop(struct report_sample *s)
{
	examination_release(&s->examination);
	evidence_release(&s->gathered);
	buf_release(&s->file);
}
