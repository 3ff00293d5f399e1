/* Verdicts of signing/verify to messages of the contract. Words and bytes stay the report's. */
#include <string.h>

#include "server/soap/report_parts.h"
#include "server/soap/xml.h"

#define SEND(name, value)                                                                          \
	do {                                                                                       \
		struct _sig__##name##Response response_ = { value };                               \
		return soap_out__sig__##name##Response(                                            \
		    c->soap, "sig:" #name "Response", 0, &response_, NULL);                        \
	} while (0)

/* The report that was asked for, as a document; *to stays NULL where none was. */
static int
report_out(struct call *c, const struct buf *file, struct sig__Document **to)
{
	static const struct {
		const char *name, *type;
	} forms[] = { [REPORT_ETSI] = { "report.xml", "application/xml" },
		[REPORT_HTML] = { "report.html", "text/html" },
		[REPORT_PDF] = { "report.pdf", "application/pdf" } };
	const int form = c->req.in.return_report;

	if (form == REPORT_NONE || file->len == 0)
		return 0;
	*to = out_document(c, SPAN_OF(file), forms[form].name, forms[form].type);
	return *to != NULL ? 0 : -1;
}

static int
encryptions_out(struct call *c, const struct encryptions *from, struct sig__VerificationAnswer *to)
{
	size_t i;

	to->encryption = call_alloc(c, from->count + 1, sizeof(*to->encryption));
	if (to->encryption == NULL)
		return -1;
	to->__sizeencryption = (int)from->count;
	for (i = 0; i < from->count; i++) {
		if (encryption_out(c, &from->items[i], &to->encryption[i]) != 0)
			return -1;
		if (to->decryptedFor == NULL)
			to->decryptedFor = to->encryption[i].decryptedFor;
	}
	return 0;
}

static int
verification_out(
    struct call *c, const struct verified_document *from, struct sig__VerificationAnswer *to)
{
	const struct verify_report *report = &from->report;
	char id[TEXT_UUID_SIZE];
	size_t i;

	soap_default_sig__VerificationAnswer(c->soap, to);
	to->result = xml_result(c->soap, &from->result);
	if (to->result == NULL || encryptions_out(c, &from->encryptions, to) != 0)
		return -1;
	if (!from->is_judged)
		return 0;
	to->indication = call_alloc(c, 1, sizeof(*to->indication));
	to->signature = call_alloc(c, report->count + 1, sizeof(*to->signature));
	if (to->indication == NULL || to->signature == NULL)
		return -1;
	*to->indication = report_indications[report->conclusion.indication];
	if (from->has_case)
		to->caseId = xml_name(c->soap, uuid_text(id, &from->case_id));
	to->validationTime = xml_time(c->soap, report->time);
	to->validationPolicy = out_version(c, report->policy);
	to->trustSnapshot = out_version(c, report->snapshot);
	to->algorithmCatalogue = out_version(c, report->catalogue);
	if (report->count == 0 && to->result->message == NULL) /* no signature tells it */
		to->result->message = xml_text_or_none(c->soap, report->conclusion.text);
	to->__sizesignature = (int)report->count;
	for (i = 0; i < report->count; i++)
		if (report_signature_out(c, &report->items[i], &to->signature[i]) != 0)
			return -1;
	to->timestamp = call_alloc(c, from->timestamp_count + 1, sizeof(*to->timestamp));
	if (to->timestamp == NULL)
		return -1;
	to->__sizetimestamp = (int)from->timestamp_count;
	for (i = 0; i < from->timestamp_count; i++)
		if (report_timestamp_out(
			c, from->timestamps, from->timestamp_count, i, &to->timestamp[i]) != 0)
			return -1;
	return report_out(c, &from->report_file, &to->report);
}

OUT_FUNCTION(VerifyDocument)
{
	struct sig__VerificationAnswer a;

	if (c->req.out.verified_count < 1)
		return c->soap->error = SOAP_ERR;
	if (verification_out(c, c->req.out.verified, &a) != 0)
		return c->soap->error = SOAP_EOM;
	SEND(VerifyDocument, &a);
}

OUT_FUNCTION(VerifyDocuments)
{
	struct sig__VerifyDocumentsAnswer a;
	struct sig__VerificationAnswer *all;
	size_t i, n = c->req.out.verified_count;

	soap_default_sig__VerifyDocumentsAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.item = call_alloc(c, n + 1, sizeof(*a.item));
	all = call_alloc(c, n + 1, sizeof(*all));
	if (a.result == NULL || a.item == NULL || all == NULL)
		return c->soap->error = SOAP_EOM;
	a.__sizeitem = (int)n;
	for (i = 0; i < n; i++) {
		if (verification_out(c, &c->req.out.verified[i], &all[i]) != 0)
			return c->soap->error = SOAP_EOM;
		a.item[i].index = (int)i;
		a.item[i].verification = &all[i];
	}
	SEND(VerifyDocuments, &a);
}

OUT_FUNCTION(ValidateCertificate)
{
	const struct verify_certificate_report *report = c->req.out.certificate_report;
	struct sig__ValidateCertificateAnswer a;
	enum sig__Indication indication;

	if (report == NULL)
		return c->soap->error = SOAP_ERR;
	soap_default_sig__ValidateCertificateAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	indication = report_indications[report->conclusion.indication];
	a.indication = &indication;
	a.subIndication = report_sub_name(c, report->conclusion.sub);
	a.validationTime = xml_time(c->soap, report->time);
	a.validationPolicy = out_version(c, report->policy);
	a.trustSnapshot = out_version(c, report->snapshot);
	a.trustServiceStatus = xml_name_or_none(c->soap, report->trust.status);
	a.algorithmCatalogue = out_version(c, report->catalogue);
	if (a.result == NULL ||
	    report_reasons_out(
		c, &report->conclusion, &report->checks, &a.reason, &a.__sizereason) != 0 ||
	    report_path_out(c, &report->path, &a.certificateChain, &a.__sizecertificateChain,
		&a.trustAnchor) != 0 ||
	    report_qualification_out(c, &report->qualification, &a.qualification) != 0 ||
	    report_advice_out(c, &report->conclusion, NULL, &a.advice) != 0 ||
	    report_out(c, &c->req.out.report_file, &a.report) != 0)
		return c->soap->error = SOAP_EOM;
	SEND(ValidateCertificate, &a);
}

OUT_FUNCTION(VerifyTimestamp)
{
	const struct verify_timestamp *report = c->req.out.timestamp_report;
	struct sig__VerifyTimestampAnswer a;
	struct sig__Timestamp all;

	if (report == NULL)
		return c->soap->error = SOAP_ERR;
	soap_default_sig__VerifyTimestampAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	if (a.result == NULL || report_timestamp_out(c, report, 1, 0, &all) != 0 ||
	    report_out(c, &c->req.out.report_file, &a.report) != 0)
		return c->soap->error = SOAP_EOM;
	a.indication = &all.indication;
	a.subIndication = all.subIndication;
	a.__sizereason = all.__sizereason;
	a.reason = all.reason;
	a.validationTime = xml_time(c->soap, c->req.out.validation_time);
	a.validationPolicy = out_version(c, c->req.out.cited.policy);
	a.trustSnapshot = out_version(c, c->req.out.cited.snapshot);
	a.algorithmCatalogue = out_version(c, c->req.out.cited.catalogue);
	a.imprintIntact = report->readable ? &all.imprintIntact : NULL;
	a.generationTime = all.productionTime;
	a.authority = all.authority;
	a.serialNumber = all.serialNumber;
	a.policy = all.policy;
	a.digestAlgorithm = all.digestAlgorithm;
	a.signatureAlgorithm = all.signatureAlgorithm;
	a.signedBy = all.signedBy;
	a.__sizecertificateChain = all.__sizecertificateChain;
	a.certificateChain = all.certificateChain;
	a.trustAnchor = all.trustAnchor;
	a.trustServiceStatus = all.trustServiceStatus;
	a.qualification = all.qualification;
	a.provable = all.provable;
	a.advice = all.advice;
	SEND(VerifyTimestamp, &a);
}
