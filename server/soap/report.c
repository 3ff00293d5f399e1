/* Verdicts of signing/verify to messages of the contract. Words and bytes stay the report's. */
#include <stdio.h>
#include <string.h>

#include "server/soap/call.h"
#include "server/soap/xml.h"
#include "signing/core/indication.h"
#include "signing/core/ossl.h"
#include "signing/verify/verify.h"

#define REASONS_MAX  100
#define ROLES_MAX    20
#define FINDINGS_MAX 50

#define SEND(name, value)                                                                          \
	do {                                                                                       \
		struct _sig__##name##Response response_ = { value };                               \
		return soap_out__sig__##name##Response(                                            \
		    c->soap, "sig:" #name "Response", 0, &response_, NULL);                        \
	} while (0)

static const enum sig__Indication indications[] = {
	[INDICATION_TOTAL_PASSED] = sig__Indication__TotalPassed,
	[INDICATION_INDETERMINATE] = sig__Indication__Indeterminate,
	[INDICATION_TOTAL_FAILED] = sig__Indication__TotalFailed,
};

static char *
sub_name(struct call *c, enum sub_indication sub)
{
	return xml_name_or_none(c->soap, sub_indication_name(sub));
}

/* ---- reasons: what decided comes first, then all else that failed or should be known ---- */

static int
reason_add(struct call *c, struct sig__Reason *all, int *count, const char *code, const char *text)
{
	if (*count >= REASONS_MAX)
		return 0;
	all[*count].code = xml_name(c->soap, code);
	all[*count].text = xml_text(c->soap, text, TEXT_MAX_LENGTH);
	if (all[*count].code == NULL || all[*count].text == NULL)
		return -1;
	++*count;
	return 0;
}

static int
reasons_out(struct call *c, const struct verify_conclusion *conclusion,
    const struct verify_checks *checks, struct sig__Reason **to, int *count)
{
	size_t i, max = checks->count + 1 < REASONS_MAX ? checks->count + 1 : REASONS_MAX;

	*count = 0;
	*to = call_alloc(c, max, sizeof(**to));
	if (*to == NULL)
		return -1;
	if (conclusion->text[0] != '\0' &&
	    reason_add(c, *to, count, conclusion->code, conclusion->text) != 0)
		return -1;
	for (i = 0; i < checks->count && (size_t)*count < max; i++) {
		const struct verify_check *check = &checks->items[i];

		if (check->outcome == CHECK_PASSED ||
		    (strcmp(check->code, conclusion->code) == 0 &&
			strcmp(check->text, conclusion->text) == 0))
			continue;
		if (reason_add(c, *to, count, check->code, check->text) != 0)
			return -1;
	}
	return 0;
}

/* ---- qualification ---- */

static int
level_out(struct call *c, enum qualification level, enum sig__QualificationLevel *to)
{
	return soap_s2sig__QualificationLevel(c->soap, qualification_name(level), to) == SOAP_OK
		   ? 0
		   : -1;
}

/* A level and the time that it is of; both stay absent where nobody asked. */
static int
level_at_out(struct call *c, enum qualification level, int64_t time,
    enum sig__QualificationLevel **to, char **when)
{
	if (level == QUALIFICATION_UNTOLD)
		return 0;
	*to = call_alloc(c, 1, sizeof(**to));
	*when = xml_time(c->soap, time);
	return *to != NULL && *when != NULL ? level_out(c, level, *to) : -1;
}

static int
findings_out(struct call *c, const struct verify_checks *from, struct sig__Qualification *to)
{
	static const enum sig__FindingWeight weights[] = {
		[CHECK_NOTE] = sig__FindingWeight__Note,
		[CHECK_WARNING] = sig__FindingWeight__Warning,
		[CHECK_FAILED] = sig__FindingWeight__Decides,
	};
	size_t i, n = from->count < FINDINGS_MAX ? from->count : FINDINGS_MAX;

	to->finding = call_alloc(c, n + 1, sizeof(*to->finding));
	if (to->finding == NULL)
		return -1;
	to->__sizefinding = (int)n;
	for (i = 0; i < n; i++) {
		struct sig__QualificationFinding *f = &to->finding[i];

		f->weight = weights[from->items[i].outcome];
		f->code = xml_name(c->soap, from->items[i].code);
		f->text = xml_text(c->soap, from->items[i].text, TEXT_MAX_LENGTH);
		if (f->code == NULL || f->text == NULL)
			return -1;
	}
	return 0;
}

static int
qualification_out(
    struct call *c, const struct verify_qualification *from, struct sig__Qualification **to)
{
	struct sig__Qualification *q;

	*to = NULL;
	if (from->level == QUALIFICATION_UNTOLD)
		return 0;
	q = call_alloc(c, 1, sizeof(*q));
	if (q == NULL)
		return -1;
	soap_default_sig__Qualification(c->soap, q);
	q->term = xml_name(c->soap, qualification_term(from->level));
	if (q->term == NULL || level_out(c, from->level, &q->level) != 0 ||
	    level_at_out(c, from->first, from->first_time, &q->levelAtIssuance, &q->issuanceTime) !=
		0 ||
	    level_at_out(c, from->last, from->last_time, &q->levelAtUse, &q->useTime) != 0 ||
	    findings_out(c, &from->findings, q) != 0)
		return -1;
	*to = q;
	return 0;
}

/* ---- certificates ---- */

static int
certificate_out(struct call *c, X509 *cert, struct sig__Certificate *to)
{
	char name[TEXT_MAX_LENGTH];
	int len = i2d_X509(cert, NULL), ok_before, ok_after;
	int64_t before = asn1_time_seconds(X509_get0_notBefore(cert), &ok_before);
	int64_t after = asn1_time_seconds(X509_get0_notAfter(cert), &ok_after);
	unsigned char *der, *at;

	der = at = len > 0 ? call_alloc(c, (size_t)len, 1) : NULL;
	if (der == NULL || i2d_X509(cert, &at) != len)
		return -1;
	x509_name_text(X509_get_subject_name(cert), name, sizeof(name));
	to->subject = xml_text(c->soap, name[0] != '\0' ? name : "-", TEXT_MAX_LENGTH);
	x509_name_text(X509_get_issuer_name(cert), name, sizeof(name));
	to->issuer = xml_text(c->soap, name[0] != '\0' ? name : "-", TEXT_MAX_LENGTH);
	asn1_integer_text(X509_get0_serialNumber(cert), name, sizeof(name));
	to->serialNumber = xml_name(c->soap, name);
	to->notBefore = ok_before ? xml_time(c->soap, before) : NULL;
	to->notAfter = ok_after ? xml_time(c->soap, after) : NULL;
	to->certificate = xml_binary((struct span){ der, (size_t)len });
	return to->subject != NULL && to->issuer != NULL && to->serialNumber != NULL ? 0 : -1;
}

static struct sig__Signer *
signer_out(struct call *c, X509 *cert)
{
	struct sig__Certificate all = { 0 };
	struct sig__Signer *to;

	if (cert == NULL)
		return NULL;
	to = call_alloc(c, 1, sizeof(*to));
	if (to == NULL || certificate_out(c, cert, &all) != 0)
		return NULL;
	to->subject = all.subject;
	to->issuer = all.issuer;
	to->serialNumber = all.serialNumber;
	to->certificate = all.certificate;
	return to;
}

static int
path_out(struct call *c, const struct path_result *path, struct sig__Certificate **to, int *count,
    char **anchor)
{
	char name[TEXT_MAX_LENGTH];
	size_t i;

	*to = call_alloc(c, path->certificate_count + 1, sizeof(**to));
	if (*to == NULL)
		return -1;
	*count = (int)path->certificate_count;
	for (i = 0; i < path->certificate_count; i++)
		if (certificate_out(c, path->certificates[i].cert, &(*to)[i]) != 0)
			return -1;
	if (path->anchor == NULL)
		return 0;
	x509_name_text(X509_get_subject_name(path->anchor), name, sizeof(name));
	*anchor = xml_text(c->soap, name, TEXT_MAX_LENGTH);
	return *anchor != NULL ? 0 : -1;
}

/* ---- revocation: of each certificate about which something is known ---- */

static int
one_revocation_out(struct call *c, const struct path_certificate *from, struct sig__Revocation *to)
{
	const struct revocation_result *r = &from->revocation;
	char name[TEXT_MAX_LENGTH];

	soap_default_sig__Revocation(c->soap, to);
	x509_name_text(X509_get_subject_name(from->cert), name, sizeof(name));
	to->subject = xml_text(c->soap, name[0] != '\0' ? name : "-", TEXT_MAX_LENGTH);
	to->source = xml_text(c->soap,
	    r->kind == REVOCATION_BY_OCSP ? "embedded OCSP response" : "embedded CRL",
	    TEXT_MAX_LENGTH);
	to->status = r->status == REVOCATION_GOOD ? sig__RevocationStatus__Good
						  : sig__RevocationStatus__Revoked;
	to->thisUpdate = xml_time(c->soap, r->this_update);
	to->nextUpdate = r->next_update != 0 ? xml_time(c->soap, r->next_update) : NULL;
	if (r->status != REVOCATION_GOOD) {
		to->revocationTime = xml_time(c->soap, r->revoked_at);
		to->revocationReason = xml_name(c->soap, crl_reason_name(r->reason));
	}
	return to->subject != NULL && to->source != NULL && to->thisUpdate != NULL ? 0 : -1;
}

static int
revocation_out(
    struct call *c, const struct path_result *path, struct sig__Revocation **to, int *count)
{
	size_t i;

	*count = 0;
	*to = call_alloc(c, path->certificate_count + 1, sizeof(**to));
	if (*to == NULL)
		return -1;
	for (i = 0; i < path->certificate_count; i++)
		if (path->certificates[i].revocation.status >= REVOCATION_GOOD &&
		    one_revocation_out(c, &path->certificates[i], &(*to)[(*count)++]) != 0)
			return -1;
	return 0;
}

static X509 *
leaf_of(const struct path_result *path)
{
	return path->certificate_count > 0 ? path->certificates[0].cert : NULL;
}

/* ---- time stamps ---- */

static int
timestamp_out(struct call *c, const struct verify_timestamp *from, struct sig__Timestamp *to)
{
	static const enum sig__TimestampType types[] = {
		[TIMESTAMP_CONTENT] = sig__TimestampType__Content,
		[TIMESTAMP_SIGNATURE] = sig__TimestampType__Signature,
		[TIMESTAMP_ARCHIVE] = sig__TimestampType__Archive,
		[TIMESTAMP_DOCUMENT] = sig__TimestampType__Document,
		[TIMESTAMP_REFERENCES] = sig__TimestampType__References,
	};

	soap_default_sig__Timestamp(c->soap, to);
	to->type = types[from->kind];
	to->indication = indications[from->conclusion.indication];
	to->subIndication = sub_name(c, from->conclusion.sub);
	to->imprintIntact = from->imprint_intact != 0;
	if (reasons_out(c, &from->conclusion, &from->checks, &to->reason, &to->__sizereason) != 0)
		return -1;
	if (!from->readable)
		return 0;
	to->productionTime = xml_time(c->soap, from->time);
	to->serialNumber = xml_name_or_none(c->soap, from->serial);
	to->policy = xml_name_or_none(c->soap, from->policy);
	to->digestAlgorithm = xml_name(c->soap, digest_name(from->digest));
	to->signatureAlgorithm = xml_name_or_none(c->soap, from->algorithm);
	to->signedBy = signer_out(c, leaf_of(&from->path));
	to->authority = to->signedBy != NULL ? to->signedBy->subject : NULL;
	if (revocation_out(c, &from->path, &to->revocation, &to->__sizerevocation) != 0)
		return -1;
	to->trustServiceStatus = xml_name_or_none(c->soap, from->trust.status);
	if (qualification_out(c, &from->qualification, &to->qualification) != 0)
		return -1;
	return path_out(
	    c, &from->path, &to->certificateChain, &to->__sizecertificateChain, &to->trustAnchor);
}

/* ---- signatures ---- */

static void
reference_out(struct call *c, const struct reference *from, struct sig__Reference *to)
{
	soap_default_sig__Reference(c->soap, to);
	to->uri = xml_text(c->soap, from->uri, TEXT_MAX_LENGTH);
	to->type = xml_text(c->soap, from->type, TEXT_MAX_LENGTH);
	to->id = xml_text(c->soap, from->id, TEXT_MAX_LENGTH);
	to->path = xml_text(c->soap, from->path, TEXT_MAX_LENGTH);
	to->transforms = xml_text(c->soap, from->transforms, TEXT_MAX_LENGTH);
	to->coversDocument = from->is_document != 0;
	to->found = from->found != 0;
	to->intact = from->intact != 0;
	to->scope = from->scope == SCOPE_FULL ? sig__Scope__Full : sig__Scope__Partial;
	to->digestAlgorithm = xml_name(c->soap, digest_name(from->digest));
	to->digestValue = xml_binary_or_none(SPAN_OF(&from->digest_value));
	to->computedDigestValue = xml_binary_or_none(SPAN_OF(&from->computed));
	to->problem = xml_text_or_none(c->soap, from->problem);
}

/* Claimed roles come one a line. */
static int
roles_out(struct call *c, const char *roles, struct sig__Signature *to)
{
	char *copy, *at, *line;

	if (roles == NULL || roles[0] == '\0')
		return 0;
	copy = soap_strdup(c->soap, roles);
	to->claimedRole = call_alloc(c, ROLES_MAX, sizeof(*to->claimedRole));
	if (copy == NULL || to->claimedRole == NULL)
		return -1;
	for (line = strtok_r(copy, "\n", &at); line != NULL && to->__sizeclaimedRole < ROLES_MAX;
	     line = strtok_r(NULL, "\n", &at)) {
		line = xml_text(c->soap, line, TEXT_MAX_LENGTH);
		if (line == NULL)
			return -1;
		to->claimedRole[to->__sizeclaimedRole++] = line;
	}
	return 0;
}

/* "B-B", "B-T", ...; None for what is no AdES baseline, time stamp or not. */
static enum sig__SignatureLevel
level_of(const char *level)
{
	static const struct {
		const char *name;
		enum sig__SignatureLevel level;
	} levels[] = {
		{ "B-B", sig__SignatureLevel__B },
		{ "B-T", sig__SignatureLevel__T },
		{ "B-LT", sig__SignatureLevel__LT },
		{ "B-LTA", sig__SignatureLevel__LTA },
	};
	size_t i;

	for (i = 0; level != NULL && i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(levels[i].name, level) == 0)
			return levels[i].level;
	return sig__SignatureLevel__None;
}

/* What the revisions after a signature changed: one entry a change, with its object. */
static int
modifications_out(struct call *c, const struct signature *from, struct sig__Signature *to)
{
	static const char *const classes[] = { [CHANGE_NONE] = "None",
		[CHANGE_LTA] = "ValidationData",
		[CHANGE_FORM] = "FormFilling",
		[CHANGE_ANNOTATION] = "Annotation",
		[CHANGE_OTHER] = "Other" };
	char object[32], **objects;
	size_t i;

	to->modificationsAfter =
	    call_alloc(c, from->change_count + 1, sizeof(*to->modificationsAfter));
	objects = call_alloc(c, from->change_count + 1, sizeof(*objects));
	if (to->modificationsAfter == NULL || objects == NULL)
		return -1;
	for (i = 0; i < from->change_count; i++) {
		struct sig__Modification *m = &to->modificationsAfter[i];

		soap_default_sig__Modification(c->soap, m);
		m->class_ = xml_name(c->soap, classes[from->changes[i].class]);
		if (from->changes[i].object != 0) {
			snprintf(object, sizeof(object), "%u", from->changes[i].object);
			objects[i] = xml_name(c->soap, object);
			m->object = &objects[i];
			m->__sizeobject = 1;
		}
		if (m->class_ == NULL || (m->object != NULL && *m->object == NULL))
			return -1;
	}
	to->__sizemodificationsAfter = (int)from->change_count;
	return 0;
}

static int
pdf_out(struct call *c, const struct signature *from, struct sig__Signature *to)
{
	static const enum sig__Certification certifications[] = { sig__Certification__None,
		sig__Certification__NoChanges, sig__Certification__FillForms,
		sig__Certification__Annotate };

	if (from->format != FORMAT_PDF)
		return 0;
	to->pdfReason = xml_text_or_none(c->soap, from->reason);
	to->pdfLocation = xml_text_or_none(c->soap, from->location);
	to->certification = call_alloc(c, 1, sizeof(*to->certification));
	if (to->certification == NULL)
		return -1;
	*to->certification = certifications[from->certification >= 0 && from->certification <= 3
						? from->certification
						: 0];
	return modifications_out(c, from, to);
}

static int
signature_parts_out(struct call *c, const struct verify_signature *from, struct sig__Signature *to)
{
	const struct signature *source = from->source;
	size_t i;

	to->reference = call_alloc(c, source->reference_count + 1, sizeof(*to->reference));
	to->timestamp = call_alloc(c, from->timestamp_count + 1, sizeof(*to->timestamp));
	if (to->reference == NULL || to->timestamp == NULL)
		return -1;
	to->__sizereference = (int)source->reference_count;
	for (i = 0; i < source->reference_count; i++)
		reference_out(c, &source->references[i], &to->reference[i]);
	to->__sizetimestamp = (int)from->timestamp_count;
	for (i = 0; i < from->timestamp_count; i++)
		if (timestamp_out(c, &from->timestamps[i], &to->timestamp[i]) != 0)
			return -1;
	if (revocation_out(c, &from->path, &to->revocation, &to->__sizerevocation) != 0)
		return -1;
	to->trustServiceStatus = xml_name_or_none(c->soap, from->trust.status);
	if (qualification_out(c, &from->qualification, &to->qualification) != 0)
		return -1;
	return path_out(
	    c, &from->path, &to->certificateChain, &to->__sizecertificateChain, &to->trustAnchor);
}

static int
signature_out(struct call *c, const struct verify_signature *from, struct sig__Signature *to)
{
	static const enum sig__SignatureFormat formats[FORMATS] = {
		[FORMAT_CMS] = sig__SignatureFormat__CMS,
		[FORMAT_XML] = sig__SignatureFormat__XML_,
		[FORMAT_PDF] = sig__SignatureFormat__PDF,
	};
	const struct signature *source = from->source;

	soap_default_sig__Signature(c->soap, to);
	to->id = xml_name(c->soap, source->id);
	to->format = formats[source->format];
	to->level = level_of(from->level);
	to->indication = indications[from->conclusion.indication];
	to->subIndication = sub_name(c, from->conclusion.sub);
	to->signatureValueIntact = source->value_intact != 0;
	to->referencesIntact = source->references_intact != 0;
	to->scope = source->scope == SCOPE_FULL ? sig__Scope__Full : sig__Scope__Partial;
	if (source->has_claimed_time)
		to->claimedSigningTime = xml_time(c->soap, source->claimed_time);
	to->bestSignatureTime = xml_time(c->soap, from->best_time);
	to->signedBy = signer_out(c, source->signer);
	to->signatureAlgorithm = xml_name(c->soap, from->algorithm);
	to->digestAlgorithm = xml_name(c->soap, digest_name(source->alg.digest));
	to->counterSignatureOf = xml_name_or_none(c->soap, source->parent);
	to->signaturePolicy = xml_name_or_none(c->soap, source->policy);
	if (to->id == NULL || to->bestSignatureTime == NULL || to->signatureAlgorithm == NULL ||
	    (source->signer != NULL && to->signedBy == NULL) ||
	    roles_out(c, source->roles, to) != 0 || pdf_out(c, source, to) != 0 ||
	    reasons_out(c, &from->conclusion, &from->checks, &to->reason, &to->__sizereason) != 0)
		return -1;
	return signature_parts_out(c, from, to);
}

/* ---- answers ---- */

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
	*to->indication = indications[report->conclusion.indication];
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
		if (signature_out(c, &report->items[i], &to->signature[i]) != 0)
			return -1;
	to->timestamp = call_alloc(c, from->timestamp_count + 1, sizeof(*to->timestamp));
	if (to->timestamp == NULL)
		return -1;
	to->__sizetimestamp = (int)from->timestamp_count;
	for (i = 0; i < from->timestamp_count; i++)
		if (timestamp_out(c, &from->timestamps[i], &to->timestamp[i]) != 0)
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
	indication = indications[report->conclusion.indication];
	a.indication = &indication;
	a.subIndication = sub_name(c, report->conclusion.sub);
	a.validationTime = xml_time(c->soap, report->time);
	a.validationPolicy = out_version(c, report->policy);
	a.trustSnapshot = out_version(c, report->snapshot);
	a.trustServiceStatus = xml_name_or_none(c->soap, report->trust.status);
	a.algorithmCatalogue = out_version(c, report->catalogue);
	if (a.result == NULL ||
	    reasons_out(c, &report->conclusion, &report->checks, &a.reason, &a.__sizereason) != 0 ||
	    path_out(c, &report->path, &a.certificateChain, &a.__sizecertificateChain,
		&a.trustAnchor) != 0 ||
	    qualification_out(c, &report->qualification, &a.qualification) != 0 ||
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
	if (a.result == NULL || timestamp_out(c, report, &all) != 0 ||
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
	SEND(VerifyTimestamp, &a);
}
