#include "tui/model/verdict.h"

#include <stdio.h>
#include <string.h>

#include "soapH.h"
#include "tui/model/json.h"

static struct span
bytes_of(const struct xsd__base64Binary *b)
{
	return (struct span){ b->__ptr, (size_t)b->__size };
}

static json_t *
reasons_json(const struct sig__Reason *reasons, int count)
{
	json_t *out = json_array();
	int i;

	for (i = 0; i < count; i++)
		json_array_append_new(
		    out, json_pack("{ssss}", "code", reasons[i].code, "text", reasons[i].text));
	return out;
}

static json_t *
signer_json(const struct sig__Signer *signer)
{
	json_t *out;

	if (signer == NULL)
		return json_null();
	out = json_object();
	put_text(out, "subject", signer->subject);
	put_text(out, "issuer", signer->issuer);
	put_text(out, "serialNumber", signer->serialNumber);
	put_base64(out, "certificate", bytes_of(&signer->certificate));
	return out;
}

static json_t *
chain_json(const struct sig__Certificate *chain, int count)
{
	json_t *out = json_array(), *item;
	int i;

	for (i = 0; i < count; i++) {
		item = json_object();
		put_text(item, "subject", chain[i].subject);
		put_text(item, "issuer", chain[i].issuer);
		put_text(item, "serialNumber", chain[i].serialNumber);
		put_text(item, "notBefore", chain[i].notBefore);
		put_text(item, "notAfter", chain[i].notAfter);
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *
qualification_json(struct soap *soap, const struct sig__Qualification *q)
{
	json_t *out = json_object(), *list = json_array(), *one;
	int i;

	put_text(out, "level", soap_sig__QualificationLevel2s(soap, q->level));
	put_text(out, "term", q->term);
	if (q->levelAtIssuance != NULL)
		put_text(out, "levelAtIssuance",
		    soap_sig__QualificationLevel2s(soap, *q->levelAtIssuance));
	put_text(out, "issuanceTime", q->issuanceTime);
	if (q->levelAtUse != NULL)
		put_text(out, "levelAtUse", soap_sig__QualificationLevel2s(soap, *q->levelAtUse));
	put_text(out, "useTime", q->useTime);
	for (i = 0; i < q->__sizefinding; i++) {
		one = json_object();
		put_text(one, "weight", soap_sig__FindingWeight2s(soap, q->finding[i].weight));
		put_text(one, "code", q->finding[i].code);
		put_text(one, "text", q->finding[i].text);
		json_array_append_new(list, one);
	}
	json_object_set_new(out, "findings", list);
	return out;
}

static void
put_qualification(json_t *out, struct soap *soap, const struct sig__Qualification *q)
{
	if (q != NULL)
		json_object_set_new(out, "qualification", qualification_json(soap, q));
}

static void
put_outlook(json_t *out, const struct sig__Provability *p, const char *advice)
{
	json_t *provable;

	if (p != NULL) {
		provable = json_object();
		put_text(provable, "until", p->until);
		put_text(provable, "ends", p->ends);
		put_text(provable, "tokenId", p->tokenId);
		put_text(provable, "extendFrom", p->extendFrom);
		json_object_set_new(out, "provable", provable);
	}
	put_text(out, "advice", advice);
}

static json_t *
timestamp_json(struct soap *soap, const struct sig__Timestamp *t)
{
	json_t *out = json_object(), *covers = json_array();
	int i;

	put_text(out, "type", soap_sig__TimestampType2s(soap, t->type));
	put_text(out, "indication", soap_sig__Indication2s(soap, t->indication));
	put_text(out, "subIndication", t->subIndication);
	json_object_set_new(out, "reasons", reasons_json(t->reason, t->__sizereason));
	json_object_set_new(out, "imprintIntact", json_boolean(t->imprintIntact));
	put_text(out, "productionTime", t->productionTime);
	put_text(out, "authority", t->authority);
	put_text(out, "serialNumber", t->serialNumber);
	put_text(out, "policy", t->policy);
	for (i = 0; i < t->__sizecovers; i++)
		json_array_append_new(
		    covers, json_string(soap_sig__CoveredData2s(soap, t->covers[i])));
	json_object_set_new(out, "covers", covers);
	put_text(out, "tokenId", t->tokenId);
	put_outlook(out, t->provable, t->advice);
	put_qualification(out, soap, t->qualification);
	return out;
}

static json_t *
reference_json(struct soap *soap, const struct sig__Reference *r)
{
	json_t *out = json_object();

	put_text(out, "uri", r->uri);
	put_text(out, "type", r->type);
	put_text(out, "id", r->id);
	put_text(out, "path", r->path);
	put_text(out, "transforms", r->transforms);
	json_object_set_new(out, "coversDocument", json_boolean(r->coversDocument));
	json_object_set_new(out, "found", json_boolean(r->found));
	json_object_set_new(out, "intact", json_boolean(r->intact));
	put_text(out, "scope", soap_sig__Scope2s(soap, r->scope));
	put_text(out, "digestAlgorithm", r->digestAlgorithm);
	put_base64(out, "digestValue", bytes_of(&r->digestValue));
	put_text(out, "problem", r->problem);
	return out;
}

/* Of the certificates about which something is known. */
static json_t *
revocations_json(struct soap *soap, const struct sig__Revocation *r, int count)
{
	json_t *list = json_array(), *one;
	int i;

	for (i = 0; i < count; i++) {
		one = json_object();
		put_text(one, "subject", r[i].subject);
		put_text(one, "source", r[i].source);
		put_text(one, "status", soap_sig__RevocationStatus2s(soap, r[i].status));
		put_text(one, "thisUpdate", r[i].thisUpdate);
		put_text(one, "nextUpdate", r[i].nextUpdate);
		put_text(one, "revocationTime", r[i].revocationTime);
		put_text(one, "revocationReason", r[i].revocationReason);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
modifications_json(const struct sig__Modification *m, int count)
{
	json_t *list = json_array(), *one;
	int i;

	for (i = 0; i < count; i++) {
		one = json_object();
		put_text(one, "class", m[i].class_);
		if (m[i].__sizeobject > 0)
			put_text(one, "object", m[i].object[0]);
		json_array_append_new(list, one);
	}
	return list;
}

/* What the signer says of the data that he signs. */
static json_t *
commitments_json(const struct sig__Commitment *from, int count)
{
	json_t *list = json_array(), *one, *uris;
	int i, k;

	for (i = 0; i < count; i++) {
		one = json_object();
		put_text(one, "type", from[i].type);
		put_text(one, "name", from[i].name);
		put_text(one, "description", from[i].description);
		json_object_set_new(one, "allDocuments", json_boolean(from[i].allDocuments));
		uris = json_array();
		for (k = 0; k < from[i].__sizeuri; k++)
			json_array_append_new(uris, json_string(from[i].uri[k]));
		json_object_set_new(one, "uris", uris);
		put_text(one, "problem", from[i].problem);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
formats_json(const struct sig__DataFormat *from, int count)
{
	json_t *list = json_array(), *one;
	int i;

	for (i = 0; i < count; i++) {
		one = json_object();
		put_text(one, "uri", from[i].uri);
		put_text(one, "mimeType", from[i].mimeType);
		put_text(one, "encoding", from[i].encoding);
		put_text(one, "description", from[i].description);
		put_text(one, "identifier", from[i].identifier);
		put_text(one, "problem", from[i].problem);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
signature_json(struct soap *soap, const struct sig__Signature *s)
{
	json_t *out = json_object(), *list;
	int i;

	put_text(out, "id", s->id);
	put_text(out, "format", soap_sig__SignatureFormat2s(soap, s->format));
	put_text(out, "level", soap_sig__SignatureLevel2s(soap, s->level));
	put_text(out, "indication", soap_sig__Indication2s(soap, s->indication));
	put_text(out, "subIndication", s->subIndication);
	json_object_set_new(out, "reasons", reasons_json(s->reason, s->__sizereason));
	json_object_set_new(out, "signatureValueIntact", json_boolean(s->signatureValueIntact));
	json_object_set_new(out, "referencesIntact", json_boolean(s->referencesIntact));
	put_text(out, "scope", soap_sig__Scope2s(soap, s->scope));
	put_text(out, "claimedSigningTime", s->claimedSigningTime);
	put_text(out, "bestSignatureTime", s->bestSignatureTime);
	json_object_set_new(out, "signedBy", signer_json(s->signedBy));
	put_text(out, "signatureAlgorithm", s->signatureAlgorithm);
	put_text(out, "digestAlgorithm", s->digestAlgorithm);
	put_text(out, "counterSignatureOf", s->counterSignatureOf);
	put_text(out, "pdfReason", s->pdfReason);
	put_text(out, "pdfLocation", s->pdfLocation);
	put_text(out, "signaturePolicy", s->signaturePolicy);
	json_object_set_new(
	    out, "commitments", commitments_json(s->commitment, s->__sizecommitment));
	json_object_set_new(out, "dataFormats", formats_json(s->dataFormat, s->__sizedataFormat));
	put_text(out, "trustAnchor", s->trustAnchor);
	put_text(out, "trustServiceStatus", s->trustServiceStatus);
	put_outlook(out, s->provable, s->advice);
	put_qualification(out, soap, s->qualification);
	json_object_set_new(
	    out, "certificateChain", chain_json(s->certificateChain, s->__sizecertificateChain));
	json_object_set_new(
	    out, "revocation", revocations_json(soap, s->revocation, s->__sizerevocation));
	json_object_set_new(out, "modificationsAfter",
	    modifications_json(s->modificationsAfter, s->__sizemodificationsAfter));
	list = json_array();
	for (i = 0; i < s->__sizereference; i++)
		json_array_append_new(list, reference_json(soap, &s->reference[i]));
	json_object_set_new(out, "references", list);
	list = json_array();
	for (i = 0; i < s->__sizetimestamp; i++)
		json_array_append_new(list, timestamp_json(soap, &s->timestamp[i]));
	json_object_set_new(out, "timestamps", list);
	return out;
}

static json_t *
version_json(const struct sig__PolicyVersion *version)
{
	return version == NULL
		   ? json_null()
		   : json_pack("{ssss}", "name", version->name, "version", version->version);
}

static void
put_basis(json_t *out, const struct sig__PolicyVersion *policy,
    const struct sig__PolicyVersion *snapshot, const struct sig__PolicyVersion *catalogue)
{
	json_object_set_new(out, "validationPolicy", version_json(policy));
	json_object_set_new(out, "trustSnapshot", version_json(snapshot));
	json_object_set_new(out, "algorithmCatalogue", version_json(catalogue));
}

json_t *
verification_json(struct soap *soap, const char *path, const struct sig__VerificationAnswer *a)
{
	json_t *out = json_object(), *list = json_array();
	int i;

	put_text(out, "document", path);
	if (a->indication != NULL)
		put_text(out, "indication", soap_sig__Indication2s(soap, *a->indication));
	put_text(out, "message", a->result != NULL ? a->result->message : NULL);
	put_text(out, "caseId", a->caseId);
	put_text(out, "validationTime", a->validationTime);
	put_basis(out, a->validationPolicy, a->trustSnapshot, a->algorithmCatalogue);
	for (i = 0; i < a->__sizesignature; i++)
		json_array_append_new(list, signature_json(soap, &a->signature[i]));
	json_object_set_new(out, "signatures", list);
	list = json_array();
	for (i = 0; i < a->__sizetimestamp; i++)
		json_array_append_new(list, timestamp_json(soap, &a->timestamp[i]));
	json_object_set_new(out, "timestamps", list);
	put_text(out, "decryptedFor", a->decryptedFor);
	if (a->__sizeencryption == 0)
		return out;
	list = json_array();
	for (i = 0; i < a->__sizeencryption; i++)
		json_array_append_new(list, encryption_json(soap, &a->encryption[i]));
	json_object_set_new(out, "encryptions", list);
	return out;
}

json_t *
encryption_json(struct soap *soap, const struct sig__Encryption *e)
{
	json_t *out = json_object(), *list = json_array(), *one;
	int i;

	put_text(out, "part", e->part);
	put_text(out, "algorithm", e->algorithm);
	json_object_set_new(out, "authenticated", json_boolean(e->authenticated));
	put_text(out, "decryptedFor", e->decryptedFor);
	put_text(out, "reason", e->reason);
	for (i = 0; i < e->__sizerecipient; i++) {
		const struct sig__EncryptionRecipient *r = &e->recipient[i];

		one = json_object();
		put_text(one, "kind", soap_sig__RecipientKind2s(soap, r->kind));
		put_text(one, "issuer", r->issuer);
		put_text(one, "serialNumber", r->serialNumber);
		put_text(one, "keyIdentifier", r->keyIdentifier);
		json_array_append_new(list, one);
	}
	json_object_set_new(out, "recipients", list);
	return out;
}

json_t *
token_json(struct soap *soap, const char *path, const struct sig__VerifyTimestampAnswer *a)
{
	json_t *out = json_object();

	put_text(out, "token", path);
	if (a->indication != NULL)
		put_text(out, "indication", soap_sig__Indication2s(soap, *a->indication));
	put_text(out, "subIndication", a->subIndication);
	put_text(out, "message", a->result != NULL ? a->result->message : NULL);
	json_object_set_new(out, "reasons", reasons_json(a->reason, a->__sizereason));
	put_text(out, "validationTime", a->validationTime);
	if (a->imprintIntact != NULL)
		json_object_set_new(out, "imprintIntact", json_boolean(*a->imprintIntact));
	put_text(out, "generationTime", a->generationTime);
	put_text(out, "authority", a->authority);
	put_text(out, "serialNumber", a->serialNumber);
	put_text(out, "policy", a->policy);
	put_text(out, "digestAlgorithm", a->digestAlgorithm);
	put_text(out, "signatureAlgorithm", a->signatureAlgorithm);
	json_object_set_new(
	    out, "certificateChain", chain_json(a->certificateChain, a->__sizecertificateChain));
	put_text(out, "trustAnchor", a->trustAnchor);
	put_text(out, "trustServiceStatus", a->trustServiceStatus);
	put_outlook(out, a->provable, a->advice);
	put_qualification(out, soap, a->qualification);
	put_basis(out, a->validationPolicy, a->trustSnapshot, a->algorithmCatalogue);
	return out;
}

json_t *
certificate_json(
    struct soap *soap, const char *path, const struct sig__ValidateCertificateAnswer *a)
{
	json_t *out = json_object();

	put_text(out, "certificate", path);
	if (a->indication != NULL)
		put_text(out, "indication", soap_sig__Indication2s(soap, *a->indication));
	put_text(out, "subIndication", a->subIndication);
	put_text(out, "message", a->result != NULL ? a->result->message : NULL);
	json_object_set_new(out, "reasons", reasons_json(a->reason, a->__sizereason));
	put_text(out, "validationTime", a->validationTime);
	json_object_set_new(
	    out, "certificateChain", chain_json(a->certificateChain, a->__sizecertificateChain));
	put_text(out, "trustAnchor", a->trustAnchor);
	put_text(out, "trustServiceStatus", a->trustServiceStatus);
	put_outlook(out, NULL, a->advice);
	put_qualification(out, soap, a->qualification);
	put_basis(out, a->validationPolicy, a->trustSnapshot, a->algorithmCatalogue);
	return out;
}
