/* Messages of the contract to requests. What the schema says was checked by gSOAP before. */
#include <stdint.h>
#include <string.h>

#include "server/soap/call.h"

static const enum doc_format formats[] = {
	[sig__SignatureFormat__CMS] = DOC_CMS,
	[sig__SignatureFormat__XML_] = DOC_XML,
	[sig__SignatureFormat__PDF] = DOC_PDF,
	[sig__SignatureFormat__SMIME] = DOC_SMIME,
	[sig__SignatureFormat__ASiCS] = DOC_ASICS,
	[sig__SignatureFormat__ASiCE] = DOC_ASICE,
	[sig__SignatureFormat__Raw] = DOC_RAW,
};
static const enum doc_level levels[] = {
	[sig__SignatureLevel__None] = DOC_LEVEL_B,
	[sig__SignatureLevel__B] = DOC_LEVEL_B,
	[sig__SignatureLevel__T] = DOC_LEVEL_T,
	[sig__SignatureLevel__LT] = DOC_LEVEL_LT,
	[sig__SignatureLevel__LTA] = DOC_LEVEL_LTA,
};
static const enum doc_level extension_levels[] = {
	[sig__ExtensionLevel__T] = DOC_LEVEL_T,
	[sig__ExtensionLevel__LT] = DOC_LEVEL_LT,
	[sig__ExtensionLevel__LTA] = DOC_LEVEL_LTA,
};
static const enum packaging packagings[] = {
	[sig__Packaging__Enveloped] = PACKAGING_ENVELOPED,
	[sig__Packaging__Enveloping] = PACKAGING_ENVELOPING,
	[sig__Packaging__Detached] = PACKAGING_DETACHED,
};
static const enum digest digest_methods[] = {
	[sig__DigestMethod__SHA1] = DIGEST_SHA1,
	[sig__DigestMethod__SHA224] = DIGEST_SHA224,
	[sig__DigestMethod__SHA256] = DIGEST_SHA256,
	[sig__DigestMethod__SHA384] = DIGEST_SHA384,
	[sig__DigestMethod__SHA512] = DIGEST_SHA512,
	[sig__DigestMethod__SHA3_256] = DIGEST_SHA3_256,
	[sig__DigestMethod__SHA3_384] = DIGEST_SHA3_384,
	[sig__DigestMethod__SHA3_512] = DIGEST_SHA3_512,
};
static const enum padding paddings[] = {
	[sig__SignatureMethod__PKCS1] = PADDING_PKCS1,
	[sig__SignatureMethod__PSS] = PADDING_PSS,
};
static const enum canonicalization canonicalizations[] = {
	[sig__CanonicalizationMethod__Exclusive] = CANON_EXCLUSIVE,
	[sig__CanonicalizationMethod__Inclusive] = CANON_INCLUSIVE,
	[sig__CanonicalizationMethod__Inclusive11] = CANON_INCLUSIVE_11,
};
static const enum certification certifications[] = {
	[sig__Certification__None] = CERTIFY_NONE,
	[sig__Certification__NoChanges] = CERTIFY_NO_CHANGES,
	[sig__Certification__FillForms] = CERTIFY_FILL_FORMS,
	[sig__Certification__Annotate] = CERTIFY_ANNOTATE,
};
static const int timestamp_formats[] = {
	[sig__TimestampFormat__Token] = TIMESTAMP_AS_TOKEN,
	[sig__TimestampFormat__PDF] = TIMESTAMP_AS_PDF,
	[sig__TimestampFormat__ASiCS] = TIMESTAMP_AS_ASICS,
};

/* A text as it goes on into names, logs and signatures: UTF-8 without control characters. */
int
text_in(const char *text, const char *what, const char **to, struct error *err)
{
	const char *p;

	*to = text;
	if (text == NULL)
		return 0;
	for (p = text; *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 && strchr("\t\r\n", *p) == NULL) || *p == 0x7f)
			return error_set(
			    err, ERROR_MALFORMED, "the element %s holds a control character", what);
	if (!text_is_utf8(text, (size_t)(p - text)))
		return error_set(err, ERROR_MALFORMED, "the element %s is not UTF-8", what);
	return 0;
}

int
time_in(const char *text, const char *what, int *has, int64_t *to, struct error *err)
{
	*has = text != NULL;
	if (text == NULL || text_parse_time(text, to) == 0)
		return 0;
	return error_set(
	    err, ERROR_MALFORMED, "the element %s is no time such as 2026-03-01T12:00:00Z", what);
}

/* A binary in memory; with MTOM on it may come as a part behind the envelope. */
int
binary_in(struct call *c, const struct xsd__base64Binary *from, struct span *to, struct error *err)
{
	*to = (struct span){ from->__ptr, (size_t)from->__size };
	if (from->id == NULL)
		return 0;
	if (c->late_count == c->late_max) {
		size_t max = c->late_max == 0 ? 16 : c->late_max * 2;
		struct call_late *late = call_alloc(c, max, sizeof(*late));

		if (late == NULL)
			return error_memory(err);
		if (c->late_count > 0)
			memcpy(late, c->late, c->late_count * sizeof(*late));
		c->late = late;
		c->late_max = max;
	}
	c->late[c->late_count++] = (struct call_late){ from, to };
	return 0;
}

static int
document_in(
    struct call *c, const struct sig__Document *from, struct op_document *to, struct error *err)
{
	if (text_in(from->name, "name", &to->name, err) != 0 ||
	    text_in(from->mimeType, "mimeType", &to->mime_type, err) != 0)
		return -1;
	if (c->document_count == c->document_max) {
		size_t max = c->document_max == 0 ? 4 : c->document_max * 2;
		struct call_document *all = call_alloc(c, max, sizeof(*all));

		if (all == NULL)
			return error_memory(err);
		if (c->document_count > 0)
			memcpy(all, c->documents, c->document_count * sizeof(*all));
		c->documents = all;
		c->document_max = max;
	}
	c->documents[c->document_count++] =
	    (struct call_document){ &from->content, to, from->content.id != NULL, 0 };
	return 0;
}

static int
documents_in(struct call *c, const struct sig__Document *from, int count, struct op_document **to,
    size_t *to_count, struct error *err)
{
	int i;

	if (count <= 0)
		return 0;
	if ((unsigned int)count > c->limits->documents)
		return error_limit(err, ERROR_LIMIT, "limit-documents", c->limits->documents,
		    (uint64_t)count, "documents in one request");
	*to = call_alloc(c, (size_t)count, sizeof(**to));
	if (*to == NULL)
		return error_memory(err);
	*to_count = (size_t)count;
	for (i = 0; i < count; i++)
		if (document_in(c, &from[i], &(*to)[i], err) != 0)
			return -1;
	return 0;
}

static int
digest_in(struct call *c, const struct sig__DocumentDigest *from, struct document_digest *to,
    struct error *err)
{
	to->method = digest_methods[from->digestMethod];
	if (text_in(from->name, "name", &to->name, err) != 0)
		return -1;
	return binary_in(c, &from->digestValue, &to->value, err);
}

static int
digests_in(struct call *c, const struct sig__DocumentDigest *from, int count,
    const struct document_digest **to, size_t *to_count, struct error *err)
{
	struct document_digest *all;
	int i;

	if (count <= 0)
		return 0;
	if ((unsigned int)count > c->limits->digests)
		return error_limit(err, ERROR_LIMIT, "limit-digests", c->limits->digests,
		    (uint64_t)count, "digests in one request");
	all = call_alloc(c, (size_t)count, sizeof(*all));
	if (all == NULL)
		return error_memory(err);
	for (i = 0; i < count; i++)
		if (digest_in(c, &from[i], &all[i], err) != 0)
			return -1;
	*to = all;
	*to_count = (size_t)count;
	return 0;
}

static int
texts_in(struct call *c, char **from, int count, const char *what, const char ***to,
    size_t *to_count, struct error *err)
{
	int i;

	if (count <= 0)
		return 0;
	*to = call_alloc(c, (size_t)count, sizeof(**to));
	if (*to == NULL)
		return error_memory(err);
	*to_count = (size_t)count;
	for (i = 0; i < count; i++)
		if (text_in(from[i], what, &(*to)[i], err) != 0)
			return -1;
	return 0;
}

static int
xml_parameters_in(
    const struct sig__XmlParameters *x, struct signature_parameters *p, struct error *err)
{
	p->has_xml = x != NULL;
	if (x == NULL)
		return 0;
	if (x->canonicalizationMethod != NULL)
		p->xml.canonicalization = canonicalizations[*x->canonicalizationMethod];
	return text_in(x->targetId, "targetId", &p->xml.target_id, err) != 0 ||
		       text_in(x->targetXPath, "targetXPath", &p->xml.target_xpath, err) != 0 ||
		       text_in(x->placement, "placement", &p->xml.placement, err) != 0
		   ? -1
		   : 0;
}

static int
appearance_in(struct call *c, const struct sig__PdfAppearance *a, struct signature_parameters *p,
    struct error *err)
{
	if (a == NULL)
		return 0;
	if (a->page < 1)
		return error_set(err, ERROR_MALFORMED, "pages are counted from 1, not %d", a->page);
	p->pdf.has_appearance = 1;
	p->pdf.page = (unsigned int)a->page;
	p->pdf.rectangle[0] = a->rectangle->left;
	p->pdf.rectangle[1] = a->rectangle->bottom;
	p->pdf.rectangle[2] = a->rectangle->right;
	p->pdf.rectangle[3] = a->rectangle->top;
	if (text_in(a->text, "text", &p->pdf.text, err) != 0)
		return -1;
	return binary_in(c, &a->image, &p->pdf.image, err);
}

static int
pdf_parameters_in(struct call *c, const struct sig__PdfParameters *x,
    struct signature_parameters *p, struct error *err)
{
	if (x == NULL)
		return 0;
	if (x->certification != NULL)
		p->pdf.certification = certifications[*x->certification];
	if (text_in(x->fieldName, "fieldName", &p->pdf.field_name, err) != 0 ||
	    text_in(x->reason, "reason", &p->pdf.reason, err) != 0 ||
	    text_in(x->location, "location", &p->pdf.location, err) != 0 ||
	    text_in(x->contactInfo, "contactInfo", &p->pdf.contact_info, err) != 0 ||
	    text_in(x->password, "password", &p->pdf.password, err) != 0)
		return -1;
	return appearance_in(c, x->appearance, p, err);
}

static int
claims_in(struct call *c, const struct sig__SignatureParameters *x, struct signature_parameters *p,
    struct error *err)
{
	const struct sig__ProductionPlace *place = x->productionPlace;
	const struct sig__SignaturePolicy *policy = x->signaturePolicy;

	if (time_in(x->claimedSigningTime, "claimedSigningTime", &p->has_claimed_time,
		&p->claimed_time, err) != 0 ||
	    texts_in(c, x->claimedRole, x->__sizeclaimedRole, "claimedRole", &p->claimed_roles,
		&p->claimed_role_count, err) != 0 ||
	    texts_in(c, x->commitmentType, x->__sizecommitmentType, "commitmentType",
		&p->commitment_types, &p->commitment_type_count, err) != 0)
		return -1;
	if (place != NULL &&
	    (text_in(place->city, "city", &p->city, err) != 0 ||
		text_in(place->stateOrProvince, "stateOrProvince", &p->state, err) != 0 ||
		text_in(place->postalCode, "postalCode", &p->postal_code, err) != 0 ||
		text_in(place->country, "country", &p->country, err) != 0))
		return -1;
	if (policy == NULL)
		return 0;
	p->policy_digest = digest_methods[policy->digestMethod];
	if (text_in(policy->identifier, "identifier", &p->policy_oid, err) != 0 ||
	    text_in(policy->uri, "uri", &p->policy_uri, err) != 0)
		return -1;
	return binary_in(c, &policy->digestValue, &p->policy_digest_value, err);
}

static int
parameters_in(struct call *c, const struct sig__SignatureParameters *x, struct error *err)
{
	struct signature_parameters *p = &c->req.in.sign;

	p->format = formats[x->format];
	if (x->level != NULL) {
		p->level = levels[*x->level];
		p->plain = *x->level == sig__SignatureLevel__None;
	}
	if (x->packaging != NULL)
		p->packaging = packagings[*x->packaging];
	if (x->digestMethod != NULL)
		p->digest = digest_methods[*x->digestMethod];
	if (x->signatureMethod != NULL)
		p->padding = paddings[*x->signatureMethod];
	p->include_chain = x->includeChain != NULL && *x->includeChain;
	p->recipient_count = (size_t)x->__sizerecipient;
	if (text_in(x->key, "key", &p->key, err) != 0 ||
	    text_in(x->timestampAuthority, "timestampAuthority", &p->timestamp_authority, err) !=
		0 ||
	    claims_in(c, x, p, err) != 0 || xml_parameters_in(x->xml, p, err) != 0)
		return -1;
	return pdf_parameters_in(c, x->pdf, p, err);
}

int
request_id_in(struct call *c, const char *id, struct error *err)
{
	return text_in(id, "requestId", &c->req.client_request_id, err);
}

IN_FUNCTION(SignDocument)
{
	const struct _sig__SignDocument *m = message;

	if (request_id_in(c, m->requestId, err) != 0 || parameters_in(c, m->parameters, err) != 0)
		return -1;
	return documents_in(
	    c, m->document, 1, &c->req.in.documents, &c->req.in.document_count, err);
}

IN_FUNCTION(SignDocuments)
{
	const struct _sig__SignDocuments *m = message;

	if (request_id_in(c, m->requestId, err) != 0 || parameters_in(c, m->parameters, err) != 0)
		return -1;
	return documents_in(c, m->document, m->__sizedocument, &c->req.in.documents,
	    &c->req.in.document_count, err);
}

IN_FUNCTION(SignDigests)
{
	const struct _sig__SignDigests *m = message;

	if (request_id_in(c, m->requestId, err) != 0 || parameters_in(c, m->parameters, err) != 0)
		return -1;
	return digests_in(
	    c, m->digest, m->__sizedigest, &c->req.in.digests, &c->req.in.digest_count, err);
}

/* A signed document and what it signs, which comes behind it: the signature tells what is needed.
 */
static int
signed_in(struct call *c, const struct sig__Document *document,
    const struct sig__DocumentDigest *digests, int digest_count,
    const struct sig__Document *originals, int original_count, struct error *err)
{
	if (digests_in(
		c, digests, digest_count, &c->req.in.digests, &c->req.in.digest_count, err) != 0 ||
	    documents_in(c, document, 1, &c->req.in.documents, &c->req.in.document_count, err) != 0)
		return -1;
	return documents_in(
	    c, originals, original_count, &c->req.in.originals, &c->req.in.original_count, err);
}

static int
counter_parameters_in(
    struct call *c, const struct sig__CounterSignatureParameters *x, struct error *err)
{
	/* What both kinds of parameters have stands in both alike. */
	struct sig__SignatureParameters all;

	soap_default_sig__SignatureParameters(c->soap, &all);
	all.level = x->level;
	all.key = x->key;
	all.digestMethod = x->digestMethod;
	all.signatureMethod = x->signatureMethod;
	all.timestampAuthority = x->timestampAuthority;
	all.claimedSigningTime = x->claimedSigningTime;
	all.__sizeclaimedRole = x->__sizeclaimedRole;
	all.claimedRole = x->claimedRole;
	all.productionPlace = x->productionPlace;
	all.__sizecommitmentType = x->__sizecommitmentType;
	all.commitmentType = x->commitmentType;
	all.signaturePolicy = x->signaturePolicy;
	all.includeChain = x->includeChain;
	return parameters_in(c, &all, err);
}

IN_FUNCTION(CounterSign)
{
	const struct _sig__CounterSign *m = message;

	if (request_id_in(c, m->requestId, err) != 0 ||
	    counter_parameters_in(c, m->parameters, err) != 0 ||
	    text_in(m->signatureId, "signatureId", &c->req.in.signature_id, err) != 0)
		return -1;
	return signed_in(c, m->signedDocument, m->originalDigest, m->__sizeoriginalDigest,
	    m->originalDocument, m->__sizeoriginalDocument, err);
}

IN_FUNCTION(ExtendSignature)
{
	const struct _sig__ExtendSignature *m = message;

	c->req.in.sign.level = extension_levels[m->parameters->level];
	if (request_id_in(c, m->requestId, err) != 0 ||
	    text_in(m->parameters->timestampAuthority, "timestampAuthority",
		&c->req.in.sign.timestamp_authority, err) != 0 ||
	    text_in(m->signatureId, "signatureId", &c->req.in.signature_id, err) != 0 ||
	    text_in(m->password, "password", &c->req.in.password, err) != 0)
		return -1;
	return signed_in(c, m->signedDocument, m->originalDigest, m->__sizeoriginalDigest,
	    m->originalDocument, m->__sizeoriginalDocument, err);
}

IN_FUNCTION(DecryptDocument)
{
	const struct _sig__DecryptDocument *m = message;

	if (request_id_in(c, m->requestId, err) != 0 ||
	    text_in(m->password, "password", &c->req.in.password, err) != 0)
		return -1;
	return documents_in(
	    c, m->document, 1, &c->req.in.documents, &c->req.in.document_count, err);
}

IN_FUNCTION(ListKeys)
{
	const struct _sig__ListKeys *m = message;

	if (request_id_in(c, m->requestId, err) != 0)
		return -1;
	return text_in(m->filter, "filter", &c->req.in.filter, err);
}

IN_FUNCTION(TimestampDigest)
{
	const struct _sig__TimestampDigest *m = message;

	if (request_id_in(c, m->requestId, err) != 0 ||
	    text_in(m->authority, "authority", &c->req.in.authority, err) != 0)
		return -1;
	return digests_in(c, m->digest, 1, &c->req.in.digests, &c->req.in.digest_count, err);
}

IN_FUNCTION(TimestampDocument)
{
	const struct _sig__TimestampDocument *m = message;

	if (request_id_in(c, m->requestId, err) != 0 ||
	    text_in(m->authority, "authority", &c->req.in.authority, err) != 0)
		return -1;
	if (m->format != NULL)
		c->req.in.timestamp_format = timestamp_formats[*m->format];
	if (text_in(m->password, "password", &c->req.in.password, err) != 0)
		return -1;
	return documents_in(
	    c, m->document, 1, &c->req.in.documents, &c->req.in.document_count, err);
}

static int
report_in(struct call *c, const enum sig__ReportFormat *form, const char *key, struct error *err)
{
	/* The contract's forms stand in the order of enum report_form. */
	c->req.in.return_report = form != NULL ? (int)*form : REPORT_NONE;
	return text_in(key, "reportKey", &c->req.in.report_key, err);
}

static int
basis_in(struct call *c, const char *policy, const char *time, struct error *err)
{
	if (text_in(policy, "validationPolicy", &c->req.in.validation_policy, err) != 0)
		return -1;
	return time_in(time, "validationTime", &c->req.in.has_validation_time,
	    &c->req.in.validation_time, err);
}

/* The contract's kinds stand in the order of enum case_kind. */
static void
store_in(struct call *c, const bool *store, const bool *document, const enum sig__CaseKind *kind)
{
	c->req.in.store = store != NULL && *store;
	c->req.in.store_document = document != NULL && *document;
	c->req.in.case_kind = kind != NULL ? (enum case_kind) * kind : CASE_FILE;
}

IN_FUNCTION(VerifyDocument)
{
	const struct _sig__VerifyDocument *m = message;

	if (request_id_in(c, m->requestId, err) != 0 ||
	    basis_in(c, m->validationPolicy, m->validationTime, err) != 0 ||
	    report_in(c, m->returnReport, m->reportKey, err) != 0 ||
	    text_in(m->password, "password", &c->req.in.password, err) != 0)
		return -1;
	store_in(c, m->store, m->storeDocument, m->caseKind);
	if (digests_in(c, m->originalDigest, m->__sizeoriginalDigest, &c->req.in.digests,
		&c->req.in.digest_count, err) != 0 ||
	    documents_in(
		c, m->signedDocument, 1, &c->req.in.documents, &c->req.in.document_count, err) != 0)
		return -1;
	return documents_in(c, m->originalDocument, m->__sizeoriginalDocument, &c->req.in.originals,
	    &c->req.in.original_count, err);
}

/* All items' documents stand in one array each; `of` tells whose they are. */
static int
items_make(struct call *c, const struct _sig__VerifyDocuments *m, struct document_digest **digests,
    struct error *err)
{
	size_t items = (size_t)m->__sizeitem, originals = 0, values = 0;
	int i;

	for (i = 0; i < m->__sizeitem; i++) {
		originals += (size_t)m->item[i].__sizeoriginalDocument;
		values += (size_t)m->item[i].__sizeoriginalDigest;
	}
	if (items + originals > c->limits->documents)
		return error_limit(err, ERROR_LIMIT, "limit-documents", c->limits->documents,
		    items + originals, "documents in one request");
	if (values > c->limits->digests)
		return error_limit(err, ERROR_LIMIT, "limit-digests", c->limits->digests, values,
		    "digests in one request");
	c->req.in.documents = call_alloc(c, items + 1, sizeof(*c->req.in.documents));
	c->req.in.originals = call_alloc(c, originals + 1, sizeof(*c->req.in.originals));
	*digests = call_alloc(c, values + 1, sizeof(**digests));
	if (c->req.in.documents == NULL || c->req.in.originals == NULL || *digests == NULL)
		return error_memory(err);
	c->req.in.digests = *digests;
	return 0;
}

static int
item_in(struct call *c, const struct sig__VerifyItem *item, struct document_digest *digests,
    struct error *err)
{
	size_t of = c->req.in.document_count;
	struct op_document *doc = &c->req.in.documents[c->req.in.document_count++];
	int i;

	if (text_in(item->password, "password", &doc->password, err) != 0)
		return -1;
	for (i = 0; i < item->__sizeoriginalDigest; i++) {
		struct document_digest *to = &digests[c->req.in.digest_count++];

		to->of = of;
		if (digest_in(c, &item->originalDigest[i], to, err) != 0)
			return -1;
	}
	if (document_in(c, item->signedDocument, doc, err) != 0)
		return -1;
	for (i = 0; i < item->__sizeoriginalDocument; i++) {
		struct op_document *to = &c->req.in.originals[c->req.in.original_count++];

		to->of = of;
		if (document_in(c, &item->originalDocument[i], to, err) != 0)
			return -1;
	}
	return 0;
}

IN_FUNCTION(VerifyDocuments)
{
	const struct _sig__VerifyDocuments *m = message;
	struct document_digest *digests = NULL;
	int i;

	if (request_id_in(c, m->requestId, err) != 0 ||
	    basis_in(c, m->validationPolicy, m->validationTime, err) != 0 ||
	    report_in(c, m->returnReport, m->reportKey, err) != 0 ||
	    items_make(c, m, &digests, err) != 0)
		return -1;
	store_in(c, m->store, m->storeDocument, m->caseKind);
	for (i = 0; i < m->__sizeitem; i++)
		if (item_in(c, &m->item[i], digests, err) != 0)
			return -1;
	return 0;
}

static void
flag_in(const _Bool *from, int *to)
{
	*to = from != NULL && *from;
}

static int
policies_in(struct call *c, const struct sig__CertificatePolicies *from, struct error *err)
{
	const char **oids;
	int i;

	if (from == NULL)
		return 0;
	oids = call_alloc(c, (size_t)from->__sizepolicy + 1, sizeof(*oids));
	if (oids == NULL)
		return error_memory(err);
	for (i = 0; i < from->__sizepolicy; i++)
		if (text_in(from->policy[i], "policy", &oids[i], err) != 0)
			return -1;
	c->req.in.policies = oids;
	c->req.in.policy_count = (size_t)from->__sizepolicy;
	flag_in(from->requireExplicitPolicy, &c->req.in.explicit_policy);
	flag_in(from->inhibitPolicyMapping, &c->req.in.inhibit_mapping);
	flag_in(from->inhibitAnyPolicy, &c->req.in.inhibit_any_policy);
	return 0;
}

IN_FUNCTION(ValidateCertificate)
{
	const struct _sig__ValidateCertificate *m = message;
	struct span *chain;
	int i;

	if (request_id_in(c, m->requestId, err) != 0 ||
	    basis_in(c, m->validationPolicy, m->validationTime, err) != 0 ||
	    policies_in(c, m->policies, err) != 0 ||
	    report_in(c, m->returnReport, m->reportKey, err) != 0)
		return -1;
	/* The contract's purposes stand in the order of enum path_purpose. */
	c->req.in.purpose = m->purpose != NULL ? (int)*m->purpose : 0;
	chain = call_alloc(c, (size_t)m->__sizechain + 1, sizeof(*chain));
	if (chain == NULL)
		return error_memory(err);
	for (i = 0; i < m->__sizechain; i++)
		if (binary_in(c, &m->chain[i], &chain[i], err) != 0)
			return -1;
	c->req.in.chain = chain;
	c->req.in.chain_count = (size_t)m->__sizechain;
	return binary_in(c, &m->certificate, &c->req.in.certificate, err);
}

IN_FUNCTION(VerifyTimestamp)
{
	const struct _sig__VerifyTimestamp *m = message;

	if ((m->originalDigest != NULL) == (m->originalDocument != NULL))
		return error_set(err, ERROR_MALFORMED,
		    "give either originalDigest or originalDocument: what was stamped");
	if (request_id_in(c, m->requestId, err) != 0 ||
	    basis_in(c, m->validationPolicy, m->validationTime, err) != 0 ||
	    report_in(c, m->returnReport, m->reportKey, err) != 0 ||
	    binary_in(c, &m->timestampToken, &c->req.in.token, err) != 0)
		return -1;
	if (m->originalDigest != NULL)
		return digests_in(
		    c, m->originalDigest, 1, &c->req.in.digests, &c->req.in.digest_count, err);
	return documents_in(
	    c, m->originalDocument, 1, &c->req.in.originals, &c->req.in.original_count, err);
}

IN_FUNCTION(GetOriginalDocument)
{
	const struct _sig__GetOriginalDocument *m = message;

	if (request_id_in(c, m->requestId, err) != 0 ||
	    text_in(m->signatureId, "signatureId", &c->req.in.signature_id, err) != 0 ||
	    text_in(m->password, "password", &c->req.in.password, err) != 0)
		return -1;
	return signed_in(c, m->signedDocument, NULL, 0, NULL, 0, err);
}

IN_FUNCTION(CheckAccess)
{
	const struct _sig__CheckAccess *m = message;

	c->req.in.access.host = "";
	return request_id_in(c, m->requestId, err) != 0 ||
		       text_in(m->method, "method", &c->req.in.access.method, err) != 0 ||
		       text_in(m->url, "url", &c->req.in.access.target, err) != 0 ||
		       binary_in(c, &m->certificate, &c->req.in.access.certificate, err) != 0
		   ? -1
		   : 0;
}

IN_FUNCTION(WhoAmI)
{
	const struct _sig__WhoAmI *m = message;

	return request_id_in(c, m->requestId, err);
}
