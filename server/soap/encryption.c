/* Encryption to messages of the contract: DecryptDocument, and what verification met of it. */
#include <stdio.h>
#include <string.h>

#include "server/soap/call.h"
#include "server/soap/xml.h"

static const enum sig__RecipientKind kinds[] = {
	[ENVELOPE_TRANSPORT] = sig__RecipientKind__KeyTransport,
	[ENVELOPE_AGREEMENT] = sig__RecipientKind__KeyAgreement,
	[ENVELOPE_KEK] = sig__RecipientKind__KeyEncryptionKey,
	[ENVELOPE_PASSWORD] = sig__RecipientKind__Password,
	[ENVELOPE_OTHER] = sig__RecipientKind__Other,
};

int
encryption_out(struct call *c, const struct encryption *from, struct sig__Encryption *to)
{
	const struct envelope *e = &from->envelope;
	size_t i;

	soap_default_sig__Encryption(c->soap, to);
	to->part = xml_name_or_none(c->soap, from->part);
	to->algorithm = xml_name_or_none(c->soap, e->algorithm);
	to->authenticated = e->is_authenticated != 0;
	to->decryptedFor =
	    xml_name_or_none(c->soap, from->by_password ? "password" : from->opened_by);
	to->reason = xml_text_or_none(c->soap, from->problem);
	to->recipient = call_alloc(c, e->recipient_count + 1, sizeof(*to->recipient));
	if (to->recipient == NULL)
		return -1;
	to->__sizerecipient = (int)e->recipient_count;
	for (i = 0; i < e->recipient_count; i++) {
		const struct envelope_recipient *r = &e->recipients[i];

		to->recipient[i].kind = kinds[r->kind];
		to->recipient[i].issuer = xml_text_or_none(c->soap, r->issuer);
		to->recipient[i].serialNumber = xml_name_or_none(c->soap, r->serial);
		to->recipient[i].keyIdentifier = xml_name_or_none(c->soap, r->key_id);
	}
	return 0;
}

/* invoice.xml.p7m holds invoice.xml; of all others the name stays. */
static const char *
name_of(const struct op_document *doc, char *out, size_t size)
{
	static const char *const suffixes[] = { ".p7m", ".p7", ".cms" };
	size_t i, len, n;

	if (doc->name == NULL)
		return NULL;
	snprintf(out, size, "%s", doc->name);
	len = strlen(out);
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		n = strlen(suffixes[i]);
		if (len > n && strcmp(out + len - n, suffixes[i]) == 0) {
			out[len - n] = '\0';
			break;
		}
	}
	return out;
}

OUT_FUNCTION(DecryptDocument)
{
	const struct encryptions *all = &c->req.out.encryptions;
	const struct op_document *doc = c->req.in.documents;
	struct sig__DecryptDocumentAnswer a;
	struct sig__Encryption encryption;
	char name[NAME_MAX_LENGTH * 4 + 8];
	struct _sig__DecryptDocumentResponse response = { &a };

	if (c->req.out.item_count < 1)
		return c->soap->error = SOAP_ERR;
	soap_default_sig__DecryptDocumentAnswer(c->soap, &a);
	a.result = xml_result(c->soap, &c->req.out.result);
	if (a.result == NULL)
		return c->soap->error = SOAP_EOM;
	if (all->count > 0) {
		if (encryption_out(c, &all->items[0], &encryption) != 0)
			return c->soap->error = SOAP_EOM;
		a.encryption = &encryption;
		a.recipientKey = xml_name_or_none(c->soap, all->items[0].opened_by);
	}
	if (all->count == 0 || encryption_is_open(&all->items[0])) {
		a.decryptedDocument = out_document(c, SPAN_OF(&c->req.out.items[0].document),
		    name_of(doc, name, sizeof(name)), all->count == 0 ? "application/pdf" : NULL);
		if (a.decryptedDocument == NULL)
			return c->soap->error = SOAP_EOM;
	}
	return soap_out__sig__DecryptDocumentResponse(
	    c->soap, "sig:DecryptDocumentResponse", 0, &response, NULL);
}
