/* Verdicts as JSON, and that for people. */
#include <stdio.h>
#include <string.h>

#include "soapH.h"
#include "tui/cli/command.h"

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

static json_t *
timestamp_json(struct soap *soap, const struct sig__Timestamp *t)
{
	json_t *out = json_object();

	put_text(out, "type", soap_sig__TimestampType2s(soap, t->type));
	put_text(out, "indication", soap_sig__Indication2s(soap, t->indication));
	put_text(out, "subIndication", t->subIndication);
	json_object_set_new(out, "reasons", reasons_json(t->reason, t->__sizereason));
	json_object_set_new(out, "imprintIntact", json_boolean(t->imprintIntact));
	put_text(out, "productionTime", t->productionTime);
	put_text(out, "authority", t->authority);
	put_text(out, "serialNumber", t->serialNumber);
	put_text(out, "policy", t->policy);
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
	put_text(out, "trustAnchor", s->trustAnchor);
	put_text(out, "trustServiceStatus", s->trustServiceStatus);
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
	put_qualification(out, soap, a->qualification);
	put_basis(out, a->validationPolicy, a->trustSnapshot, a->algorithmCatalogue);
	return out;
}

int
exit_of(const json_t *object)
{
	const char *word = get_text(object, "indication");

	if (strcmp(word, "TotalPassed") == 0)
		return EXIT_PASSED;
	return strcmp(word, "TotalFailed") == 0 ? EXIT_FAILED : EXIT_INDETERMINATE;
}

int
worse_verdict(int a, int b)
{
	static const int rank[] = { [EXIT_PASSED] = 0,
		[EXIT_INDETERMINATE] = 1,
		[EXIT_REFUSED] = 2,
		[EXIT_USAGE] = 3,
		[EXIT_UNAVAILABLE] = 4,
		[EXIT_FAILED] = 5 };

	return rank[a] >= rank[b] ? a : b;
}

/* ---- for people ---- */

static void
line(FILE *out, const char *title, const char *text, const char *more)
{
	if (text[0] != '\0')
		fprintf(out, "    %-12s %s%s%s\n", title, text, more[0] != '\0' ? "  " : "", more);
}

static void
reasons_text(FILE *out, const json_t *object)
{
	const json_t *reason;
	size_t i;

	json_array_foreach(json_object_get(object, "reasons"), i, reason)
	    line(out, i == 0 ? "because" : "", get_text(reason, "text"), "");
}

/* The passed time stamp of the list that was made at this time, or NULL. */
static const json_t *
stamp_of(const json_t *list, const char *time)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strcmp(get_text(item, "indication"), "TotalPassed") == 0 &&
		    strcmp(get_text(item, "productionTime"), time) == 0)
			return item;
	}
	return NULL;
}

/* Two times that must not be taken for each other: what the signer says, and what is proven. */
static void
times_text(FILE *out, const json_t *s, const json_t *report)
{
	const char *best = get_text(s, "bestSignatureTime");
	const json_t *own = stamp_of(json_object_get(s, "timestamps"), best);
	const json_t *over = stamp_of(json_object_get(report, "timestamps"), best);
	char by[600];

	if (own != NULL || over != NULL)
		snprintf(by, sizeof(by), "(proven by a time stamp %s, of %s)",
		    own != NULL ? "on the signature" : "over the document",
		    get_text(own != NULL ? own : over, "authority"));
	else
		snprintf(by, sizeof(by), "(when it was verified: no time stamp proves it earlier)");
	line(out, "claimed time", get_text(s, "claimedSigningTime"), "(the signer's word)");
	line(out, "existed by", best, by);
}

/* What trusted lists make of it; nothing where they have nothing to say. */
static void
qualification_text(FILE *out, const json_t *object)
{
	const json_t *q = json_object_get(object, "qualification"), *f;
	size_t i;

	if (q == NULL || strcmp(get_text(q, "level"), "NotApplicable") == 0)
		return;
	line(out, "qualified", get_text(q, "term"), "");
	json_array_foreach(json_object_get(q, "findings"), i, f)
	{
		if (strcmp(get_text(f, "weight"), "Note") != 0)
			line(out, "", get_text(f, "text"), "");
	}
}

static void
signature_text(FILE *out, const json_t *s, const json_t *report)
{
	const json_t *item, *signer = json_object_get(s, "signedBy");
	size_t i;

	fprintf(out, "  %s %s: %s%s%s\n", get_text(s, "format"), get_text(s, "id"),
	    get_text(s, "indication"), get_text(s, "subIndication")[0] != '\0' ? " / " : "",
	    get_text(s, "subIndication"));
	reasons_text(out, s);
	qualification_text(out, s);
	line(out, "signed by", get_text(signer, "subject"), "");
	line(out, "issued by", get_text(signer, "issuer"), "");
	times_text(out, s, report);
	line(out, "algorithm", get_text(s, "signatureAlgorithm"), "");
	line(out, "level", get_text(s, "level"), "");
	line(out, "covers", get_text(s, "scope"), "");
	json_array_foreach(json_object_get(s, "references"), i, item)
	{
		if (!json_is_true(json_object_get(item, "intact")))
			line(out,
			    json_is_true(json_object_get(item, "found")) ? "  broken" : "  missing",
			    get_text(item, "uri"), get_text(item, "problem"));
	}
	json_array_foreach(json_object_get(s, "timestamps"), i, item)
	{
		line(out, "time stamp", get_text(item, "productionTime"),
		    get_text(item, "indication"));
		reasons_text(out, item);
		qualification_text(out, item);
	}
	line(out, "counter of", get_text(s, "counterSignatureOf"), "");
	line(out, "trusted by", get_text(s, "trustAnchor"), get_text(s, "trustServiceStatus"));
}

static void
head_text(FILE *out, const char *name, const json_t *object)
{
	fprintf(out, "%s: %s%s%s\n", name,
	    get_text(object, "indication")[0] != '\0' ? get_text(object, "indication")
						      : "no verdict",
	    get_text(object, "subIndication")[0] != '\0' ? " / " : "",
	    get_text(object, "subIndication"));
	if (get_text(object, "message")[0] != '\0')
		fprintf(out, "  %s\n", get_text(object, "message"));
}

/* For whom: the first few. */
static void
recipients_text(FILE *out, const json_t *list)
{
	const json_t *r;
	char more[64];
	size_t i;

	json_array_foreach(list, i, r)
	{
		if (i == 5) {
			snprintf(more, sizeof(more), "%zu others", json_array_size(list) - i);
			line(out, "", more, "");
			return;
		}
		if (get_text(r, "serialNumber")[0] != '\0')
			line(out, i == 0 ? "for" : "", get_text(r, "serialNumber"),
			    get_text(r, "issuer"));
		else
			line(out, i == 0 ? "for" : "",
			    get_text(r, "keyIdentifier")[0] != '\0' ? get_text(r, "keyIdentifier")
								    : get_text(r, "kind"),
			    "");
	}
}

void
encryption_text(FILE *out, const json_t *e)
{
	const char *part = get_text(e, "part");

	if (e == NULL)
		return;
	fprintf(out, "  encrypted%s%s: %s\n", part[0] != '\0' ? " part " : "", part,
	    get_text(e, "decryptedFor")[0] != '\0' ? "opened" : "closed");
	line(out, "by", get_text(e, "decryptedFor"), "");
	line(out, "because", get_text(e, "reason"), "");
	line(out, "algorithm", get_text(e, "algorithm"),
	    json_is_true(json_object_get(e, "authenticated"))
		? "(authenticated)"
		: "(not authenticated: it may have been changed on its way)");
	recipients_text(out, json_object_get(e, "recipients"));
}

void
verification_text(FILE *out, const json_t *object)
{
	const json_t *s;
	size_t i;

	head_text(out, get_text(object, "document"), object);
	json_array_foreach(json_object_get(object, "encryptions"), i, s) encryption_text(out, s);
	if (get_text(object, "caseId")[0] != '\0')
		fprintf(out, "  stored as case %s\n", get_text(object, "caseId"));
	json_array_foreach(json_object_get(object, "signatures"), i, s)
	    signature_text(out, s, object);
	json_array_foreach(json_object_get(object, "timestamps"), i, s)
	{
		fprintf(out, "  time stamp over the document: %s%s%s\n", get_text(s, "indication"),
		    get_text(s, "subIndication")[0] != '\0' ? " / " : "",
		    get_text(s, "subIndication"));
		reasons_text(out, s);
		line(out, "made", get_text(s, "productionTime"), "");
		line(out, "by", get_text(s, "authority"), "");
		qualification_text(out, s);
	}
}

void
token_text(FILE *out, const json_t *object)
{
	head_text(out, get_text(object, "token"), object);
	reasons_text(out, object);
	qualification_text(out, object);
	line(out, "made", get_text(object, "generationTime"), "");
	line(out, "by", get_text(object, "authority"), "");
	line(out, "serial", get_text(object, "serialNumber"), "");
	line(out, "policy", get_text(object, "policy"), "");
	line(out, "trusted by", get_text(object, "trustAnchor"),
	    get_text(object, "trustServiceStatus"));
}

void
certificate_text(FILE *out, const json_t *object)
{
	const json_t *c;
	size_t i;

	head_text(out, get_text(object, "certificate"), object);
	reasons_text(out, object);
	qualification_text(out, object);
	json_array_foreach(json_object_get(object, "certificateChain"), i, c)
	    line(out, i == 0 ? "path" : "", get_text(c, "subject"), get_text(c, "notAfter"));
}
