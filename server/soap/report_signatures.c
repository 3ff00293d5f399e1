/* Signatures and time stamps. */
#include <stdio.h>
#include <string.h>

#include "server/soap/report_parts.h"
#include "server/soap/xml.h"
#include "signing/verify/advice.h"

#define ROLES_MAX   20
#define OBJECTS_MAX 100

/* ---- time stamps ---- */

/* The token by which it ends, among those that belong together. */
static struct span
stamp_of(const struct verify_timestamp *all, const struct verify_lasting *lasting)
{
	return lasting->known && lasting->timestamp > 0
		   ? SPAN_OF(&all[lasting->timestamp - 1].token)
		   : SPAN_NONE;
}

static int
covers_out(struct call *c, unsigned int kinds, struct sig__Timestamp *to)
{
	static const struct {
		unsigned int kind;
		enum sig__CoveredData word;
	} words[] = {
		{ COVERS_SIGNATURE, sig__CoveredData__Signature },
		{ COVERS_DOCUMENT, sig__CoveredData__Document },
		{ COVERS_VALIDATION_DATA, sig__CoveredData__ValidationData },
		{ COVERS_TIMESTAMPS, sig__CoveredData__Timestamps },
	};
	size_t i, n = sizeof(words) / sizeof(words[0]);

	to->covers = call_alloc(c, n, sizeof(*to->covers));
	if (to->covers == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (kinds & words[i].kind)
			to->covers[to->__sizecovers++] = words[i].word;
	return 0;
}

int
report_timestamp_out(struct call *c, const struct verify_timestamp *all, size_t count, size_t i,
    struct sig__Timestamp *to)
{
	const struct verify_timestamp *from = &all[i];
	static const enum sig__TimestampType types[] = {
		[TIMESTAMP_CONTENT] = sig__TimestampType__Content,
		[TIMESTAMP_SIGNATURE] = sig__TimestampType__Signature,
		[TIMESTAMP_ARCHIVE] = sig__TimestampType__Archive,
		[TIMESTAMP_DOCUMENT] = sig__TimestampType__Document,
		[TIMESTAMP_REFERENCES] = sig__TimestampType__References,
	};

	soap_default_sig__Timestamp(c->soap, to);
	to->type = types[from->kind];
	to->indication = report_indications[from->conclusion.indication];
	to->subIndication = report_sub_name(c, from->conclusion.sub);
	to->imprintIntact = from->imprint_intact != 0;
	if (report_reasons_out(
		c, &from->conclusion, &from->checks, &to->reason, &to->__sizereason) != 0)
		return -1;
	to->tokenId = report_token_id(c, SPAN_OF(&from->token));
	if (to->tokenId == NULL || covers_out(c, verify_timestamp_covers(all, count, i), to) != 0 ||
	    report_advice_out(c, &from->conclusion, &from->lasting, &to->advice) != 0 ||
	    report_provable_out(c, &from->lasting, stamp_of(all, &from->lasting), &to->provable) !=
		0)
		return -1;
	if (!from->readable)
		return 0;
	to->productionTime = xml_time(c->soap, from->time);
	to->serialNumber = xml_name_or_none(c->soap, from->serial);
	to->policy = xml_name_or_none(c->soap, from->policy);
	to->digestAlgorithm = xml_name(c->soap, digest_name(from->digest));
	to->signatureAlgorithm = xml_name_or_none(c->soap, from->algorithm);
	to->signedBy = report_signer_out(c, report_leaf_of(&from->path));
	to->authority = to->signedBy != NULL ? to->signedBy->subject : NULL;
	if (report_revocation_out(c, &from->path, &to->revocation, &to->__sizerevocation) != 0)
		return -1;
	to->trustServiceStatus = xml_name_or_none(c->soap, from->trust.status);
	if (report_qualification_out(c, &from->qualification, &to->qualification) != 0)
		return -1;
	return report_path_out(
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

/* URIs come one a line, and one may be empty: the document itself. */
static int
uris_out(struct call *c, const char *of, char ***to, int *count)
{
	char *copy = soap_strdup(c->soap, of), *line = copy;

	*to = call_alloc(c, OBJECTS_MAX, sizeof(**to));
	if (copy == NULL || *to == NULL)
		return -1;
	while (line != NULL && *count < OBJECTS_MAX) {
		(*to)[*count] = xml_text(c->soap, strsep(&line, "\n"), TEXT_MAX_LENGTH);
		if ((*to)[(*count)++] == NULL)
			return -1;
	}
	return 0;
}

static int
commitment_out(struct call *c, const struct commitment *from, struct sig__Commitment *to)
{
	const char *name = commitment_name(from->type);

	soap_default_sig__Commitment(c->soap, to);
	to->type = xml_text(c->soap, from->type, TEXT_MAX_LENGTH);
	to->name = name != NULL ? xml_name(c->soap, name) : NULL;
	to->description = xml_text(c->soap, from->description, TEXT_MAX_LENGTH);
	to->allDocuments = from->of_all != 0;
	to->problem = xml_text_or_none(c->soap, from->problem);
	if (to->type == NULL)
		return -1;
	return from->of != NULL ? uris_out(c, from->of, &to->uri, &to->__sizeuri) : 0;
}

static void
format_out(struct call *c, const struct data_format *from, struct sig__DataFormat *to)
{
	soap_default_sig__DataFormat(c->soap, to);
	to->uri = xml_text(c->soap, from->of, TEXT_MAX_LENGTH);
	to->mimeType = xml_text(c->soap, from->mime_type, TEXT_MAX_LENGTH);
	to->encoding = xml_text(c->soap, from->encoding, TEXT_MAX_LENGTH);
	to->description = xml_text(c->soap, from->description, TEXT_MAX_LENGTH);
	to->identifier = xml_text(c->soap, from->identifier, TEXT_MAX_LENGTH);
	to->problem = xml_text_or_none(c->soap, from->problem);
}

/* What the signer says of the data that he signs. */
static int
statements_out(struct call *c, const struct signature *from, struct sig__Signature *to)
{
	size_t i;

	to->commitment = call_alloc(c, from->commitment_count + 1, sizeof(*to->commitment));
	to->dataFormat = call_alloc(c, from->format_count + 1, sizeof(*to->dataFormat));
	if (to->commitment == NULL || to->dataFormat == NULL)
		return -1;
	to->__sizecommitment = (int)from->commitment_count;
	for (i = 0; i < from->commitment_count; i++)
		if (commitment_out(c, &from->commitments[i], &to->commitment[i]) != 0)
			return -1;
	to->__sizedataFormat = (int)from->format_count;
	for (i = 0; i < from->format_count; i++)
		format_out(c, &from->formats[i], &to->dataFormat[i]);
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
		if (report_timestamp_out(
			c, from->timestamps, from->timestamp_count, i, &to->timestamp[i]) != 0)
			return -1;
	if (report_advice_out(c, &from->conclusion, &from->lasting, &to->advice) != 0 ||
	    report_provable_out(
		c, &from->lasting, stamp_of(from->timestamps, &from->lasting), &to->provable) != 0)
		return -1;
	if (report_revocation_out(c, &from->path, &to->revocation, &to->__sizerevocation) != 0)
		return -1;
	to->trustServiceStatus = xml_name_or_none(c->soap, from->trust.status);
	if (report_qualification_out(c, &from->qualification, &to->qualification) != 0)
		return -1;
	return report_path_out(
	    c, &from->path, &to->certificateChain, &to->__sizecertificateChain, &to->trustAnchor);
}

int
report_signature_out(struct call *c, const struct verify_signature *from, struct sig__Signature *to)
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
	to->indication = report_indications[from->conclusion.indication];
	to->subIndication = report_sub_name(c, from->conclusion.sub);
	to->signatureValueIntact = source->value_intact != 0;
	to->referencesIntact = source->references_intact != 0;
	to->scope = source->scope == SCOPE_FULL ? sig__Scope__Full : sig__Scope__Partial;
	if (source->has_claimed_time)
		to->claimedSigningTime = xml_time(c->soap, source->claimed_time);
	to->bestSignatureTime = xml_time(c->soap, from->best_time);
	to->signedBy = report_signer_out(c, source->signer);
	to->signatureAlgorithm = xml_name(c->soap, from->algorithm);
	to->digestAlgorithm = xml_name(c->soap, digest_name(source->alg.digest));
	to->counterSignatureOf = xml_name_or_none(c->soap, source->parent);
	to->signaturePolicy = xml_name_or_none(c->soap, source->policy);
	if (to->id == NULL || to->bestSignatureTime == NULL || to->signatureAlgorithm == NULL ||
	    (source->signer != NULL && to->signedBy == NULL) ||
	    roles_out(c, source->roles, to) != 0 || statements_out(c, source, to) != 0 ||
	    pdf_out(c, source, to) != 0 ||
	    report_reasons_out(
		c, &from->conclusion, &from->checks, &to->reason, &to->__sizereason) != 0)
		return -1;
	return signature_parts_out(c, from, to);
}
