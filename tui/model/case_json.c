/* Stored cases as JSON. */
#include "server/base/text.h"
#include "soapH.h"
#include "tui/model/answers.h"
#include "tui/model/json.h"

#define DIGEST_MOST 64 /* bytes */

struct span
answer_bytes(const struct xsd__base64Binary *b)
{
	return (struct span){ b->__ptr, (size_t)b->__size };
}

void
put_hex(json_t *object, const char *key, struct span value)
{
	char hex[2 * DIGEST_MOST + 1];

	if (value.len > 0 && value.len <= DIGEST_MOST)
		put_text(object, key, text_hex(hex, value.data, value.len));
}

static json_t *
version_json(const struct sig__PolicyVersion *v)
{
	return v == NULL ? json_null()
			 : json_pack("{ssss}", "name", v->name, "version", v->version);
}

static json_t *
documents_json(struct soap *soap, const struct sig__StoredCase *c)
{
	json_t *list = json_array(), *one;
	int i, k;

	for (i = 0; i < c->__sizedocument; i++) {
		const struct sig__CaseDocument *d = &c->document[i];

		one = json_object();
		put_text(one, "role", d->role);
		put_text(one, "name", d->name);
		put_text(one, "mimeType", d->mimeType);
		if (d->size != NULL)
			json_object_set_new(one, "size", json_integer(*d->size));
		for (k = 0; k < d->__sizedigest; k++)
			put_hex(one, soap_sig__DigestMethod2s(soap, d->digest[k].digestMethod),
			    answer_bytes(&d->digest[k].digestValue));
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
signatures_json(struct soap *soap, const struct sig__StoredCase *c)
{
	json_t *list = json_array(), *one;
	int i;

	for (i = 0; i < c->__sizesignature; i++) {
		const struct sig__CaseSignature *s = &c->signature[i];

		one = json_object();
		put_text(one, "id", s->id);
		put_text(one, "counterSignatureOf", s->counterSignatureOf);
		put_text(one, "format", s->format);
		put_text(one, "level", s->level);
		put_text(one, "signatureAlgorithm", s->signatureAlgorithm);
		put_text(one, "indication", soap_sig__Indication2s(soap, s->indication));
		put_text(one, "subIndication", s->subIndication);
		put_text(one, "reason", s->reason);
		put_text(one, "subject", s->subject);
		put_text(one, "issuer", s->issuer);
		put_text(one, "serialNumber", s->serialNumber);
		put_hex(one, "certificateDigest", answer_bytes(&s->certificateDigest));
		put_text(one, "claimedSigningTime", s->claimedSigningTime);
		put_text(one, "bestSignatureTime", s->bestSignatureTime);
		if (s->provable != NULL)
			put_text(one, "provableUntil", s->provable->until);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
objects_json(const struct sig__StoredCase *c)
{
	json_t *list = json_array(), *one;
	int i;

	for (i = 0; i < c->__sizeobject; i++) {
		const struct sig__CaseObject *o = &c->object[i];

		one = json_object();
		put_text(one, "role", o->role);
		put_text(one, "name", o->name);
		put_text(one, "mimeType", o->mimeType);
		put_hex(one, "SHA256", answer_bytes(&o->digestValue));
		json_object_set_new(one, "size", json_integer(o->size));
		json_array_append_new(list, one);
	}
	return list;
}

json_t *
case_json(struct soap *soap, const struct sig__StoredCase *c)
{
	json_t *out = json_object();

	put_text(out, "caseId", c->caseId);
	put_text(out, "stored", c->stored);
	put_text(out, "caller", c->caller);
	put_text(out, "requestId", c->requestId);
	put_text(out, "kind", soap_sig__CaseKind2s(soap, c->kind));
	put_text(out, "door", c->door);
	put_text(out, "indication", soap_sig__Indication2s(soap, c->indication));
	put_text(out, "subIndication", c->subIndication);
	if (c->reason != NULL)
		put_text(out, "reason", c->reason->text);
	put_text(out, "validationTime", c->validationTime);
	json_object_set_new(out, "validationPolicy", version_json(c->validationPolicy));
	json_object_set_new(out, "trustSnapshot", version_json(c->trustSnapshot));
	json_object_set_new(out, "algorithmCatalogue", version_json(c->algorithmCatalogue));
	put_text(out, "program", c->program);
	put_text(out, "node", c->node);
	put_hex(out, "digest", answer_bytes(&c->digestValue));
	json_object_set_new(out, "documents", documents_json(soap, c));
	json_object_set_new(out, "signatures", signatures_json(soap, c));
	json_object_set_new(out, "objects", objects_json(c));
	return out;
}

json_t *
found_case_json(struct soap *soap, const struct sig__FoundCase *f)
{
	json_t *out = json_object(), *signers = json_array();
	int i;

	put_text(out, "caseId", f->caseId);
	put_text(out, "stored", f->stored);
	put_text(out, "caller", f->caller);
	put_text(out, "kind", soap_sig__CaseKind2s(soap, f->kind));
	put_text(out, "indication", soap_sig__Indication2s(soap, f->indication));
	put_text(out, "subIndication", f->subIndication);
	put_text(out, "validationTime", f->validationTime);
	put_text(out, "documentName", f->documentName);
	put_hex(out, "SHA256", answer_bytes(&f->digestValue));
	for (i = 0; i < f->__sizesigner; i++)
		json_array_append_new(signers, json_string(f->signer[i]));
	json_object_set_new(out, "signers", signers);
	return out;
}
