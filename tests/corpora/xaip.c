/* XAIP containers (BSI TR-03125): the detached signatures of their credentials over their data
 * objects. The container itself is the archive's business; here it is taken apart by hand. */
#include <stdlib.h>
#include <string.h>

#include "signing/format/cms/cms_read.h"
#include "signing/format/xml/xml_dom.h"
#include "tests/corpora/corpora.h"

#define NS_XAIP "http://www.bsi.bund.de/tr-esor/xaip"
#define NS_DSS	"urn:oasis:names:tc:dss:1.0:core:schema"

/* The data object with that ID, decoded. */
static int
read_object(const xmlNode *root, const char *id, struct buf *out, struct error *err)
{
	const xmlNode *section = xml_child(root, NS_XAIP, "dataObjectsSection"), *o;

	for (o = xml_first(section); o != NULL; o = xml_next(o))
		if (xml_attr(o, "dataObjectID") != NULL &&
		    strcmp(xml_attr(o, "dataObjectID"), id) == 0)
			return xml_base64(
			    xml_child(o, NS_XAIP, "binaryData"), "a data object", out, err);
	return error_set(err, ERROR_NOT_FOUND, "there is no data object %s", id);
}

/* Append what the credential's signature says of the object that it names. */
static int
read_credential(
    const xmlNode *root, const xmlNode *credential, struct signatures *list, struct error *err)
{
	const xmlNode *object = xml_child(credential, NS_DSS, "SignatureObject");
	const char *id = xml_attr(credential, "relatedObjects");
	struct buf der = BUF_INIT(0), data = BUF_INIT(0);
	struct document doc = { .has_content = 1 };
	int rc = -1;

	if (id == NULL)
		error_set(err, ERROR_MALFORMED, "a credential names no object");
	else if (xml_base64(
		     xml_child(object, NS_DSS, "Base64Signature"), "a signature", &der, err) == 0 &&
		 read_object(root, id, &data, err) == 0) {
		doc.content = SPAN_OF(&data);
		rc = cms_read(list, SPAN_OF(&der), &doc, NULL, err);
	}
	buf_release(&der);
	buf_release(&data);
	return rc;
}

static void
check_xaip(const struct corpus_row *row, struct corpus_finding *found)
{
	const struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	struct signatures list = { 0 };
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct xml_doc x = { 0 };
	const xmlNode *root, *c;
	int rc;

	rc = corpus_read(row, row->file, &file, &err);
	if (rc == 0)
		rc = xml_doc_parse(&x, SPAN_OF(&file), &limits, NULL, &err);
	root = rc == 0 ? xmlDocGetRootElement(x.doc) : NULL;
	c = xml_first(xml_child(root, NS_XAIP, "credentialsSection"));
	for (; rc == 0 && c != NULL; c = xml_next(c))
		if (xml_child(c, NS_DSS, "SignatureObject") != NULL)
			rc = read_credential(root, c, &list, &err);
	if (rc != 0)
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
	else
		corpus_judge(&list, found);
	signatures_release(&list);
	xml_doc_release(&x);
	buf_release(&file);
}

const struct corpus_kind corpora_xaip[] = { { "bsi-tresor-c2", "xaip", check_xaip },
	{ NULL, NULL, NULL } };
