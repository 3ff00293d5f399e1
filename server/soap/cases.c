/* GetCase, FindCases, CheckCase: messages in and out. Words and bytes stay the request's. */
#include <stdio.h>
#include <string.h>

#include "server/ops/cases/case.h"
#include "server/soap/call.h"
#include "server/soap/report_parts.h"
#include "server/soap/xml.h"

#define SEND(name, value)                                                                          \
	do {                                                                                       \
		struct _sig__##name##Response response_ = { value };                               \
		return soap_out__sig__##name##Response(                                            \
		    c->soap, "sig:" #name "Response", 0, &response_, NULL);                        \
	} while (0)

/* ---- in ---- */

static int
case_id_in(struct call *c, const char *id, struct error *err)
{
	if (uuid_parse(id, &c->req.in.case_id) == 0)
		return 0;
	return error_set(err, ERROR_MALFORMED,
	    "the element caseId is no id such as 0b8e0c1e-9d3b-4c5f-8f27-3d0c5f7e2a11");
}

IN_FUNCTION(GetCase)
{
	static const int contents[] = { [sig__CaseContents__None] = CASE_CONTENTS_NONE,
		[sig__CaseContents__Report] = CASE_CONTENTS_REPORT,
		[sig__CaseContents__All] = CASE_CONTENTS_ALL };
	const struct _sig__GetCase *m = message;
	struct span *digests;
	int i;

	if (request_id_in(c, m->requestId, err) != 0 || case_id_in(c, m->caseId, err) != 0)
		return -1;
	if (m->contents != NULL)
		c->req.in.case_contents = contents[*m->contents];
	digests = call_alloc(c, (size_t)m->__sizeobjectDigest + 1, sizeof(*digests));
	if (digests == NULL)
		return error_memory(err);
	for (i = 0; i < m->__sizeobjectDigest; i++)
		if (binary_in(c, &m->objectDigest[i], &digests[i], err) != 0)
			return -1;
	c->req.in.object_digests = digests;
	c->req.in.object_digest_count = (size_t)m->__sizeobjectDigest;
	return 0;
}

IN_FUNCTION(FindCases)
{
	static const char *const indications[] = {
		[sig__Indication__TotalPassed] = "TotalPassed",
		[sig__Indication__Indeterminate] = "Indeterminate",
		[sig__Indication__TotalFailed] = "TotalFailed",
	};
	const struct _sig__FindCases *m = message;

	if (m->indication != NULL)
		c->req.in.find.indication = indications[*m->indication];
	if (m->pageSize != NULL && *m->pageSize < 1)
		return error_set(
		    err, ERROR_MALFORMED, "pageSize is 1 or more, not %d", *m->pageSize);
	c->req.in.find.page_size = m->pageSize != NULL ? *m->pageSize : 0;
	if (request_id_in(c, m->requestId, err) != 0 ||
	    text_in(m->signer, "signer", &c->req.in.find.signer, err) != 0 ||
	    text_in(m->pageToken, "pageToken", &c->req.in.find.page_token, err) != 0 ||
	    time_in(m->storedSince, "storedSince", &c->req.in.find.has_since, &c->req.in.find.since,
		err) != 0 ||
	    time_in(m->storedBefore, "storedBefore", &c->req.in.find.has_before,
		&c->req.in.find.before, err) != 0)
		return -1;
	return binary_in(c, &m->digest, &c->req.in.find.digest, err) != 0
		   ? -1
		   : binary_in(c, &m->certificateDigest, &c->req.in.find.certificate, err);
}

IN_FUNCTION(CheckCase)
{
	const struct _sig__CheckCase *m = message;

	return request_id_in(c, m->requestId, err) != 0 ? -1 : case_id_in(c, m->caseId, err);
}

/* ---- words ---- */

static int
indication_out(struct call *c, const char *name, enum sig__Indication *to)
{
	return soap_s2sig__Indication(c->soap, name, to) == SOAP_OK ? 0 : -1;
}

static int
kind_out(struct call *c, const char *name, enum sig__CaseKind *to)
{
	return soap_s2sig__CaseKind(c->soap, name, to) == SOAP_OK ? 0 : -1;
}

/* ---- one case ---- */

/* The bytes of `hex`, up to its next space; SPAN_NONE without memory. */
static struct span
hex_out(struct call *c, const char *hex, size_t len)
{
	unsigned char *bytes = call_alloc(c, len / 2 + 1, 1);
	unsigned int byte;
	size_t i;

	if (bytes == NULL)
		return SPAN_NONE;
	for (i = 0; i < len / 2; i++)
		if (sscanf(hex + 2 * i, "%2x", &byte) == 1)
			bytes[i] = (unsigned char)byte;
	return (struct span){ bytes, len / 2 };
}

/* "SHA256 <hex> SHA512 <hex>"; what the contract has no word for is left out. */
static int
digests_out(struct call *c, const char *text, struct sig__CaseDocument *to)
{
	char method[24];
	int used;

	to->digest = call_alloc(c, DIGESTS, sizeof(*to->digest));
	if (to->digest == NULL)
		return -1;
	while (to->__sizedigest < DIGESTS && sscanf(text, "%23s %n", method, &used) == 1) {
		struct sig__DocumentDigest *d = &to->digest[to->__sizedigest];
		const size_t len = strcspn(text += used, " ");

		soap_default_sig__DocumentDigest(c->soap, d);
		if (soap_s2sig__DigestMethod(c->soap, method, &d->digestMethod) == SOAP_OK) {
			d->digestValue = xml_binary(hex_out(c, text, len));
			to->__sizedigest++;
		}
		text += len;
	}
	c->soap->error = SOAP_OK;
	return 0;
}

static int
document_out(struct call *c, const struct case_document *from, struct sig__CaseDocument *to)
{
	soap_default_sig__CaseDocument(c->soap, to);
	to->role = xml_name(c->soap, from->role);
	to->name = xml_name_or_none(c->soap, from->name);
	to->mimeType = xml_name_or_none(c->soap, from->mime_type);
	if (from->size >= 0) {
		to->size = call_alloc(c, 1, sizeof(*to->size));
		if (to->size == NULL)
			return -1;
		*to->size = from->size;
	}
	return to->role != NULL ? digests_out(c, from->digests, to) : -1;
}

static int
signature_out(struct call *c, const struct case_signature *from, struct sig__CaseSignature *to)
{
	soap_default_sig__CaseSignature(c->soap, to);
	to->id = xml_name(c->soap, from->name);
	to->counterSignatureOf = xml_name_or_none(c->soap, from->counter_of);
	to->format = xml_name(c->soap, from->format);
	to->level = xml_name_or_none(c->soap, from->level);
	to->signatureAlgorithm = xml_name_or_none(c->soap, from->algorithm);
	to->subIndication = xml_name_or_none(c->soap, from->sub_indication);
	to->reason = xml_text_or_none(c->soap, from->reason);
	to->subject = xml_text_or_none(c->soap, from->subject);
	to->issuer = xml_text_or_none(c->soap, from->issuer);
	to->serialNumber = xml_name_or_none(c->soap, from->serial);
	to->certificateDigest = xml_binary_or_none(from->certificate);
	if (from->claimed_us != DB_NO_TIME)
		to->claimedSigningTime = xml_time(c->soap, from->claimed_us / 1000000);
	to->bestSignatureTime = xml_time(c->soap, from->best_us / 1000000);
	if (to->id == NULL || to->format == NULL || to->bestSignatureTime == NULL)
		return -1;
	return indication_out(c, from->indication, &to->indication);
}

/* Until when what was passed then could be proven, as the report says. */
static int
provable_out(struct call *c, const struct case_answer *from, struct sig__StoredCase *to)
{
	const size_t count = from->row.file.signature_count;
	struct verify_lasting *all = call_alloc(c, count + 1, sizeof(*all));
	size_t i;

	if (all == NULL)
		return -1;
	ops_case_provable(from, all);
	for (i = 0; i < count; i++)
		if (report_provable_out(c, &all[i], SPAN_NONE, &to->signature[i].provable) != 0)
			return -1;
	return 0;
}

static int
object_out(struct call *c, const struct case_use *from, struct span content, int has_content,
    struct sig__CaseObject *to)
{
	soap_default_sig__CaseObject(c->soap, to);
	to->role = xml_name(c->soap, from->role);
	to->name = xml_name_or_none(c->soap, from->name);
	to->mimeType = xml_name_or_none(c->soap, from->mime_type);
	to->digestValue = xml_binary(from->digest);
	to->size = from->size;
	if (has_content) {
		to->document = out_document(c, content, from->name, from->mime_type);
		if (to->document == NULL)
			return -1;
	}
	return to->role != NULL ? 0 : -1;
}

static int
lists_out(struct call *c, const struct case_answer *from, struct sig__StoredCase *to)
{
	const struct case_file *f = &from->row.file;
	size_t i;

	to->document = call_alloc(c, f->document_count + 1, sizeof(*to->document));
	to->signature = call_alloc(c, f->signature_count + 1, sizeof(*to->signature));
	to->object = call_alloc(c, f->use_count + 1, sizeof(*to->object));
	if (to->document == NULL || to->signature == NULL || to->object == NULL)
		return -1;
	to->__sizedocument = (int)f->document_count;
	to->__sizesignature = (int)f->signature_count;
	to->__sizeobject = (int)f->use_count;
	for (i = 0; i < f->document_count; i++)
		if (document_out(c, &f->documents[i], &to->document[i]) != 0)
			return -1;
	for (i = 0; i < f->signature_count; i++)
		if (signature_out(c, &f->signatures[i], &to->signature[i]) != 0)
			return -1;
	for (i = 0; i < f->use_count; i++)
		if (object_out(c, &f->uses[i], from->contents[i], from->results[i] != NULL,
			&to->object[i]) != 0)
			return -1;
	return provable_out(c, from, to);
}

static struct sig__Reason *
reason_out(struct call *c, const char *code, const char *text)
{
	struct sig__Reason *r;

	if (code[0] == '\0' || (r = call_alloc(c, 1, sizeof(*r))) == NULL)
		return NULL;
	r->code = xml_name(c->soap, code);
	r->text = xml_text(c->soap, text, TEXT_MAX_LENGTH);
	return r->code != NULL && r->text != NULL ? r : NULL;
}

static int
case_out(struct call *c, const struct case_answer *from, struct sig__StoredCase *to)
{
	const struct case_file *f = &from->row.file;
	char id[TEXT_UUID_SIZE];

	soap_default_sig__StoredCase(c->soap, to);
	to->caseId = xml_name(c->soap, uuid_text(id, &f->id));
	to->stored = xml_time(c->soap, f->stored_us / 1000000);
	to->caller = xml_name(c->soap, f->caller);
	to->requestId = xml_name_or_none(c->soap, f->request_id);
	to->door = xml_name(c->soap, f->door);
	to->subIndication = xml_name_or_none(c->soap, f->sub_indication);
	to->reason = reason_out(c, f->reason_code, f->reason);
	to->validationTime = xml_time(c->soap, f->validation_us / 1000000);
	to->validationPolicy = out_version(c, f->policy);
	to->trustSnapshot = out_version(c, f->trust_snapshot);
	to->algorithmCatalogue = out_version(c, f->catalogue);
	to->program = xml_name(c->soap, f->program);
	to->node = xml_name(c->soap, f->node);
	to->digestValue = xml_binary((struct span){ f->digest, sizeof(f->digest) });
	if (to->caseId == NULL || to->stored == NULL || to->caller == NULL || to->door == NULL ||
	    to->validationTime == NULL || to->program == NULL || to->node == NULL ||
	    indication_out(c, f->indication, &to->indication) != 0 ||
	    kind_out(c, f->kind, &to->kind) != 0)
		return -1;
	return lists_out(c, from, to);
}

OUT_FUNCTION(GetCase)
{
	struct sig__GetCaseAnswer a;
	struct sig__StoredCase stored;

	if (c->req.out.case_file == NULL)
		return c->soap->error = SOAP_ERR;
	soap_default_sig__GetCaseAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.storedCase = &stored;
	if (a.result == NULL || case_out(c, c->req.out.case_file, &stored) != 0)
		return c->soap->error = SOAP_EOM;
	SEND(GetCase, &a);
}

/* ---- what was found ---- */

static int
found_out(struct call *c, const struct case_item *from, struct sig__FoundCase *to)
{
	size_t i;

	soap_default_sig__FoundCase(c->soap, to);
	to->caseId = xml_name(c->soap, from->id);
	to->stored = xml_time(c->soap, from->stored);
	to->caller = xml_name(c->soap, from->caller);
	to->subIndication = xml_name_or_none(c->soap, from->sub_indication);
	to->validationTime = xml_time(c->soap, from->validation_time);
	to->documentName = xml_name_or_none(c->soap, from->document_name);
	to->digestValue = xml_binary_or_none(from->sha256);
	to->signer = call_alloc(c, from->signer_count + 1, sizeof(*to->signer));
	if (to->caseId == NULL || to->stored == NULL || to->caller == NULL ||
	    to->validationTime == NULL || to->signer == NULL ||
	    indication_out(c, from->indication, &to->indication) != 0 ||
	    kind_out(c, from->kind, &to->kind) != 0)
		return -1;
	for (i = 0; i < from->signer_count && to->__sizesigner < 100; i++)
		if ((to->signer[to->__sizesigner++] =
			    xml_text(c->soap, from->signers[i], TEXT_MAX_LENGTH)) == NULL)
			return -1;
	return 0;
}

OUT_FUNCTION(FindCases)
{
	struct sig__FindCasesAnswer a;
	size_t i, n = c->req.out.found.count;

	soap_default_sig__FindCasesAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.item = call_alloc(c, n + 1, sizeof(*a.item));
	a.nextPageToken = xml_name_or_none(c->soap, c->req.out.found.next_page);
	if (a.result == NULL || a.item == NULL)
		return c->soap->error = SOAP_EOM;
	a.__sizeitem = (int)n;
	for (i = 0; i < n; i++)
		if (found_out(c, &c->req.out.found.items[i], &a.item[i]) != 0)
			return c->soap->error = SOAP_EOM;
	SEND(FindCases, &a);
}

/* ---- the check ---- */

OUT_FUNCTION(CheckCase)
{
	struct sig__CheckCaseAnswer a;
	size_t i, n = c->req.out.check.problem_count;

	soap_default_sig__CheckCaseAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.intact = n == 0;
	a.objects = (int)c->req.out.check.objects;
	a.problem = call_alloc(c, n + 1, sizeof(*a.problem));
	if (a.result == NULL || a.problem == NULL)
		return c->soap->error = SOAP_EOM;
	a.__sizeproblem = (int)n;
	for (i = 0; i < n; i++) {
		const struct case_problem *p = &c->req.out.check.problems[i];

		a.problem[i].code = xml_name(c->soap, p->code);
		a.problem[i].text = xml_text(c->soap, p->text, TEXT_MAX_LENGTH);
		if (a.problem[i].code == NULL || a.problem[i].text == NULL)
			return c->soap->error = SOAP_EOM;
	}
	SEND(CheckCase, &a);
}
