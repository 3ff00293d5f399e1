/* What XAdES properties and KeyInfo hold of certificates, revocation data, tokens and references.
 */
#include <stdlib.h>
#include <string.h>

#include "signing/core/digests.h"
#include "signing/format/xml/xml_items.h"

/* Elements with base64 of DER in them, by their local names: their namespace is XAdES's or DSig's.
 */
static const struct {
	const char *name;
	enum cms_item kind;
} holders[] = {
	{ "EncapsulatedX509Certificate", CMS_ITEM_CERTIFICATE },
	{ "X509Certificate", CMS_ITEM_CERTIFICATE },
	{ "EncapsulatedCRLValue", CMS_ITEM_CRL },
	{ "X509CRL", CMS_ITEM_CRL },
	{ "EncapsulatedOCSPValue", CMS_ITEM_OCSP },
	{ "EncapsulatedTimeStamp", CMS_ITEM_TOKEN },
};

/* CertDigest and DigestAlgAndValue: DigestMethod and DigestValue of SHA-256. */
static int
tell_reference(const xmlNode *element, cms_item_visit *visit, void *arg)
{
	const xmlNode *method = xml_child(element, XML_NS_DSIG, "DigestMethod");
	const xmlNode *value = xml_child(element, XML_NS_DSIG, "DigestValue");
	const char *uri = xml_attr(method, "Algorithm");
	struct buf hash = BUF_INIT(0);
	int rc = 0;

	if (uri != NULL && digest_by_uri(uri) == DIGEST_SHA256 &&
	    xml_base64(value, "a digest", &hash, NULL) == 0 && hash.len == 32)
		rc = visit(arg, CMS_ITEM_HASH, SPAN_OF(&hash));
	buf_release(&hash);
	return rc;
}

static int
tell_value(const xmlNode *element, enum cms_item kind, cms_item_visit *visit, void *arg)
{
	struct buf der = BUF_INIT(0);
	int rc = 0;

	if (xml_base64(element, "a value", &der, NULL) == 0 && der.len > 0)
		rc = visit(arg, kind, SPAN_OF(&der));
	buf_release(&der);
	return rc;
}

int
xml_items_of(const xmlNode *element, cms_item_visit *visit, void *arg)
{
	const xmlNode *c;
	size_t i;
	int rc = 0;

	/* A counter-signature's own are told where it is read. */
	if (element == NULL || xml_is(element, XML_NS_DSIG, "Signature"))
		return 0;
	for (i = 0; i < sizeof(holders) / sizeof(holders[0]); i++)
		if (strcmp((const char *)element->name, holders[i].name) == 0)
			return tell_value(element, holders[i].kind, visit, arg);
	if (strcmp((const char *)element->name, "CertDigest") == 0 ||
	    strcmp((const char *)element->name, "DigestAlgAndValue") == 0)
		return tell_reference(element, visit, arg);
	for (c = xml_first(element); rc == 0 && c != NULL; c = xml_next(c))
		rc = xml_items_of(c, visit, arg);
	return rc;
}
