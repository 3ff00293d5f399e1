/* Answers of the engine to messages of the contract. Strings and bytes stay the request's. */
#include <string.h>

#include "server/soap/call.h"
#include "server/soap/xml.h"

/* Send one response element; its only child is the answer. */
#define SEND(name, value)                                                                          \
	do {                                                                                       \
		struct _sig__##name##Response response_ = { value };                               \
		return soap_out__sig__##name##Response(                                            \
		    c->soap, "sig:" #name "Response", 0, &response_, NULL);                        \
	} while (0)

static int
no_memory(struct call *c)
{
	return c->soap->error = SOAP_EOM;
}

/* Make room for one more attachment of the answer; its number, or -1. */
static int
add_attachment(struct call *c, struct span content, const char *type)
{
	if (c->attachment_count == c->attachment_max) {
		size_t max = c->attachment_max == 0 ? 4 : c->attachment_max * 2;
		struct call_attachment *all = call_alloc(c, max, sizeof(*all));

		if (all == NULL)
			return -1;
		if (c->attachment_count > 0)
			memcpy(all, c->attachments, c->attachment_count * sizeof(*all));
		c->attachments = all;
		c->attachment_max = max;
	}
	c->attachments[c->attachment_count] = (struct call_attachment){ content, type };
	return (int)c->attachment_count++;
}

struct sig__Document *
out_document(struct call *c, struct span content, const char *name, const char *mime_type)
{
	struct sig__Document *d = call_alloc(c, 1, sizeof(*d));
	char id[40];
	int number;

	if (d == NULL)
		return NULL;
	d->name = xml_name_or_none(c->soap, name);
	d->mimeType = xml_name_or_none(c->soap, mime_type);
	d->content = xml_binary(content);
	if (!c->mtom_answer)
		return d;
	number = add_attachment(c, content, "application/octet-stream");
	if (number < 0)
		return NULL;
	snprintf(id, sizeof(id), "cid:document-%d@signet", number);
	d->content.id = soap_strdup(c->soap, id);
	return d->content.id != NULL ? d : NULL;
}

/* What a signed document is called and what it is, by the format it was signed in. */
static struct sig__Document *
signed_document(struct call *c, const struct signed_item *item, size_t index)
{
	static const struct {
		const char *type, *suffix;
	} forms[] = {
		[DOC_CMS] = { "application/pkcs7-signature", ".p7s" },
		[DOC_XML] = { "application/xml", "" },
		[DOC_PDF] = { "application/pdf", "" },
		[DOC_SMIME] = { "message/rfc822", ".eml" },
		[DOC_ASICS] = { "application/vnd.etsi.asic-s+zip", ".asics" },
		[DOC_ASICE] = { "application/vnd.etsi.asic-e+zip", ".asice" },
		[DOC_RAW] = { "application/octet-stream", ".sig" },
	};
	enum doc_format format = c->req.in.sign.format;
	const char *name =
	    index < c->req.in.document_count ? c->req.in.documents[index].name : NULL;
	const char *type = forms[format].type;
	char full[NAME_MAX_LENGTH * 4 + 8];

	if (format == DOC_CMS && c->req.in.sign.packaging == PACKAGING_ENVELOPING)
		type = "application/pkcs7-mime";
	if (name != NULL) {
		size_t n = strlen(name);
		int is_mail = n > 4 && strcasecmp(name + n - 4, ".eml") == 0;

		snprintf(full, sizeof(full), "%s%s", name,
		    format == DOC_CMS && c->req.in.sign.packaging == PACKAGING_ENVELOPING ? ".p7m"
		    : format == DOC_SMIME && is_mail					  ? ""
						     : forms[format].suffix);
		name = full;
	}
	return out_document(c, SPAN_OF(&item->document), name, type);
}

/* "name version" or "name vN version", as reports have it. */
struct sig__PolicyVersion *
out_version(struct call *c, const char *text)
{
	const char *space = strstr(text, " v");
	struct sig__PolicyVersion *p;
	char name[100];

	if (space == NULL || space[2] < '0' || space[2] > '9')
		space = strrchr(text, ' ');
	if (text[0] == '\0' || (p = call_alloc(c, 1, sizeof(*p))) == NULL)
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)(space != NULL ? space - text : 96), text);
	p->name = xml_name(c->soap, name);
	p->version = xml_name(c->soap, space != NULL ? space + 1 : NULL);
	return p;
}

OUT_FUNCTION(SignDocument)
{
	struct sig__SignDocumentAnswer a;
	const struct signed_item *item = c->req.out.items;

	if (c->req.out.item_count < 1)
		return c->soap->error = SOAP_ERR;
	soap_default_sig__SignDocumentAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.signatureId = xml_name(c->soap, item->signature_id);
	a.signingCertificate = xml_binary(SPAN_OF(&c->req.out.signing_certificate));
	a.timestampToken = xml_binary_or_none(SPAN_OF(&c->req.out.token));
	a.signedDocument = signed_document(c, item, 0);
	if (a.result == NULL || a.signatureId == NULL || a.signedDocument == NULL)
		return no_memory(c);
	SEND(SignDocument, &a);
}

OUT_FUNCTION(SignDocuments)
{
	struct sig__SignDocumentsAnswer a;
	size_t i, n = c->req.out.item_count;

	soap_default_sig__SignDocumentsAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.signingCertificate = xml_binary_or_none(SPAN_OF(&c->req.out.signing_certificate));
	a.__sizeitem = (int)n;
	a.item = call_alloc(c, n + 1, sizeof(*a.item));
	if (a.result == NULL || a.item == NULL)
		return no_memory(c);
	for (i = 0; i < n; i++) {
		const struct signed_item *item = &c->req.out.items[i];

		a.item[i].index = (int)i;
		a.item[i].result = xml_result(c->soap, &item->result);
		a.item[i].signatureId = xml_name_or_none(c->soap, item->signature_id);
		if (item->document.len > 0) {
			a.item[i].signedDocument = signed_document(c, item, i);
			if (a.item[i].signedDocument == NULL)
				return no_memory(c);
		}
		if (a.item[i].result == NULL)
			return no_memory(c);
	}
	SEND(SignDocuments, &a);
}

OUT_FUNCTION(SignDigests)
{
	struct sig__SignDigestsAnswer a;
	size_t i, n = c->req.out.item_count;

	soap_default_sig__SignDigestsAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.signingCertificate = xml_binary_or_none(SPAN_OF(&c->req.out.signing_certificate));
	a.__sizeitem = (int)n;
	a.item = call_alloc(c, n + 1, sizeof(*a.item));
	if (a.result == NULL || a.item == NULL)
		return no_memory(c);
	for (i = 0; i < n; i++) {
		const struct signed_item *item = &c->req.out.items[i];

		a.item[i].index = (int)i;
		a.item[i].result = xml_result(c->soap, &item->result);
		a.item[i].signatureId = xml_name_or_none(c->soap, item->signature_id);
		a.item[i].signatureValue = xml_binary_or_none(SPAN_OF(&item->document));
		if (a.item[i].result == NULL)
			return no_memory(c);
	}
	SEND(SignDigests, &a);
}

/* A signed document that got something more keeps its name and its type. */
static struct sig__Document *
changed_document(struct call *c)
{
	const struct op_document *doc = c->req.in.documents;

	return out_document(c, SPAN_OF(&c->req.out.items[0].document), doc->name, doc->mime_type);
}

OUT_FUNCTION(CounterSign)
{
	struct sig__CounterSignAnswer a;
	const struct signed_item *item = c->req.out.items;

	if (c->req.out.item_count < 1)
		return c->soap->error = SOAP_ERR;
	soap_default_sig__CounterSignAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.signatureId = xml_name(c->soap, item->signature_id);
	a.signingCertificate = xml_binary(SPAN_OF(&c->req.out.signing_certificate));
	a.timestampToken = xml_binary_or_none(SPAN_OF(&c->req.out.token));
	a.signedDocument = changed_document(c);
	if (a.result == NULL || a.signatureId == NULL || a.signedDocument == NULL)
		return no_memory(c);
	SEND(CounterSign, &a);
}

OUT_FUNCTION(ExtendSignature)
{
	struct sig__ExtendSignatureAnswer a;

	if (c->req.out.item_count < 1)
		return c->soap->error = SOAP_ERR;
	soap_default_sig__ExtendSignatureAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.level = xml_name(c->soap, c->req.out.items[0].level);
	a.timestampToken = xml_binary_or_none(SPAN_OF(&c->req.out.token));
	a.signedDocument = changed_document(c);
	if (a.result == NULL || a.level == NULL || a.signedDocument == NULL)
		return no_memory(c);
	SEND(ExtendSignature, &a);
}

OUT_FUNCTION(GetOriginalDocument)
{
	struct sig__GetOriginalDocumentAnswer a;
	size_t i, n = c->req.out.original_count;

	soap_default_sig__GetOriginalDocumentAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.__sizeoriginalDocument = (int)n;
	a.originalDocument = call_alloc(c, n + 1, sizeof(*a.originalDocument));
	if (a.result == NULL || a.originalDocument == NULL)
		return no_memory(c);
	for (i = 0; i < n; i++) {
		const struct original *o = &c->req.out.originals[i];
		const struct sig__Document *d =
		    out_document(c, SPAN_OF(&o->content), o->name, o->mime_type);

		if (d == NULL)
			return no_memory(c);
		a.originalDocument[i] = *d;
	}
	SEND(GetOriginalDocument, &a);
}

static int
key_out(struct call *c, const struct key_item *from, struct sig__Key *to)
{
	size_t i;

	soap_default_sig__Key(c->soap, to);
	to->name = xml_name(c->soap, from->name);
	to->algorithm = xml_name(c->soap, from->algorithm);
	to->size = from->size;
	to->state = from->state != NULL && strcmp(from->state, "Active") == 0
			? sig__KeyState__Active
		    : from->state != NULL && strcmp(from->state, "Disabled") == 0
			? sig__KeyState__Disabled
			: sig__KeyState__Unavailable;
	to->reason = xml_text_or_none(c->soap, from->reason);
	to->isDefault = from->is_default != 0;
	to->notAfter = from->not_after != 0 ? xml_time(c->soap, from->not_after) : NULL;
	to->certificate = xml_binary_or_none(SPAN_OF(&from->certificate));
	to->chain = call_alloc(c, from->chain_count + 1, sizeof(*to->chain));
	if (to->name == NULL || to->algorithm == NULL || to->chain == NULL)
		return -1;
	to->__sizechain = (int)from->chain_count;
	for (i = 0; i < from->chain_count; i++)
		to->chain[i] = xml_binary(SPAN_OF(&from->chain[i]));
	return 0;
}

OUT_FUNCTION(ListKeys)
{
	struct sig__ListKeysAnswer a;
	size_t i, n = c->req.out.key_count;

	soap_default_sig__ListKeysAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.__sizekey = (int)n;
	a.key = call_alloc(c, n + 1, sizeof(*a.key));
	if (a.result == NULL || a.key == NULL)
		return no_memory(c);
	for (i = 0; i < n; i++)
		if (key_out(c, &c->req.out.keys[i], &a.key[i]) != 0)
			return no_memory(c);
	SEND(ListKeys, &a);
}

OUT_FUNCTION(TimestampDigest)
{
	struct sig__TimestampDigestAnswer a;

	soap_default_sig__TimestampDigestAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.generationTime = xml_time(c->soap, c->req.out.generation_time);
	a.serialNumber = xml_name(c->soap, c->req.out.serial);
	a.policy = xml_name(c->soap, c->req.out.policy);
	a.timestampToken = xml_binary(SPAN_OF(&c->req.out.token));
	if (a.result == NULL || a.generationTime == NULL || a.serialNumber == NULL ||
	    a.policy == NULL)
		return no_memory(c);
	SEND(TimestampDigest, &a);
}

OUT_FUNCTION(TimestampDocument)
{
	static const struct {
		const char *type, *suffix;
	} forms[] = {
		[TIMESTAMP_AS_TOKEN] = { "application/timestamp-token", ".tst" },
		[TIMESTAMP_AS_PDF] = { "application/pdf", "" },
		[TIMESTAMP_AS_ASICS] = { "application/vnd.etsi.asic-s+zip", ".asics" },
	};
	struct sig__TimestampDocumentAnswer a;
	const struct op_document *doc = c->req.in.documents;
	const struct buf *made =
	    c->req.out.item_count > 0 ? &c->req.out.items[0].document : &c->req.out.token;
	char name[NAME_MAX_LENGTH * 4 + 8] = "";

	if (doc->name != NULL)
		snprintf(name, sizeof(name), "%s%s", doc->name,
		    forms[c->req.in.timestamp_format].suffix);
	soap_default_sig__TimestampDocumentAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.generationTime = xml_time(c->soap, c->req.out.generation_time);
	a.serialNumber = xml_name(c->soap, c->req.out.serial);
	a.policy = xml_name(c->soap, c->req.out.policy);
	a.timestampedDocument =
	    out_document(c, SPAN_OF(made), name, forms[c->req.in.timestamp_format].type);
	if (a.result == NULL || a.generationTime == NULL || a.serialNumber == NULL ||
	    a.policy == NULL || a.timestampedDocument == NULL)
		return no_memory(c);
	SEND(TimestampDocument, &a);
}

static int
names_out(struct call *c, const char **from, size_t n, char ***to, int *count)
{
	size_t i;

	*to = call_alloc(c, n + 1, sizeof(**to));
	if (*to == NULL)
		return -1;
	*count = (int)n;
	for (i = 0; i < n; i++)
		if (((*to)[i] = xml_name(c->soap, from[i])) == NULL)
			return -1;
	return 0;
}

OUT_FUNCTION(CheckAccess)
{
	const struct access_answer *from = &c->req.out.access;
	struct sig__CheckAccessAnswer a;

	soap_default_sig__CheckAccessAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.decision = from->is_allowed ? sig__AccessDecision__Allow : sig__AccessDecision__Deny;
	a.reason = xml_name(c->soap, from->reason);
	if (from->user[0] != '\0')
		a.user = xml_name(c->soap, from->user);
	a.cacheSeconds = from->cache_seconds;
	if (a.result == NULL || a.reason == NULL ||
	    names_out(
		c, (const char **)from->groups, from->group_count, &a.group, &a.__sizegroup) != 0)
		return no_memory(c);
	SEND(CheckAccess, &a);
}

OUT_FUNCTION(WhoAmI)
{
	static const enum sig__AuthenticationMethod methods[] = {
		[BY_CERTIFICATE] = sig__AuthenticationMethod__Certificate,
		[BY_PASSWORD] = sig__AuthenticationMethod__Password,
		[BY_TOKEN] = sig__AuthenticationMethod__Token,
	};
	struct sig__WhoAmIAnswer a;
	struct sig__Caller caller;
	struct sig__Server server;

	soap_default_sig__WhoAmIAnswer(c->soap, &a);
	soap_default_sig__Caller(c->soap, &caller);
	soap_default_sig__Server(c->soap, &server);
	caller.name = xml_name(c->soap, c->req.out.who.user);
	caller.tenant = xml_name(c->soap, c->req.out.who.tenant);
	caller.authenticatedBy = methods[c->req.out.who.authenticated_by];
	server.name = xml_name(c->soap, c->req.out.who.server);
	server.version = (char *)SIGNET_VERSION;
	server.time = xml_time(c->soap, c->req.out.who.time);
	server.algorithmCatalogue = out_version(c, c->req.out.who.catalogue);
	a.result = xml_result(c->soap, &c->req.out.result);
	a.caller = &caller;
	a.server = &server;
	if (caller.name == NULL || caller.tenant == NULL || server.name == NULL ||
	    server.time == NULL || a.result == NULL ||
	    names_out(c, c->req.out.who.groups, c->req.out.who.group_count, &caller.group,
		&caller.__sizegroup) != 0 ||
	    names_out(c, c->req.out.who.rights, c->req.out.who.right_count, &caller.right,
		&caller.__sizeright) != 0)
		return no_memory(c);
	SEND(WhoAmI, &a);
}
