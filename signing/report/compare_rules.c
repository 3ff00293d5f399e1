/* What parts of a report are called, and by what two of them are the same. */
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/report/compare_parts.h"
#include "signing/x509/cert.h"

#define LEFT_OUT .is_left_out = 1
#define TOLD_MAX 2000 /* bytes of a list of objects for people; more is cut in any case */

/* The first that fits; elements without a rule have their own name as a word. */
static const struct compare_rule rules[] = {
	/* not compared */
	{ XML_NS_DSIG, "ValidationReport", "Signature", "signature", BY_PLACE, NULL, LEFT_OUT },
	{ VR, NULL, "DocHashOnly", "", BY_PLACE, NULL, LEFT_OUT },
	{ SR, NULL, "Program", "", BY_PLACE, NULL, LEFT_OUT },
	{ SR, NULL, "Node", "", BY_PLACE, NULL, LEFT_OUT },
	{ SR, NULL, "Made", "", BY_PLACE, NULL, LEFT_OUT },
	/* its maker and the verdicts */
	{ VR, "ValidationReport", "SignatureValidator", "made by", BY_PLACE, NULL, 0 },
	{ VR, NULL, "DigitalId", "", BY_PLACE, NULL, 0 },
	{ SR, "Context", "Conclusion", "the whole", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignatureValidationReport", "signature", BY_CHILD,
	    "SignatureIdentifier/DAIdentifier", 0 },
	{ VR, NULL, "ValidationReport", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignatureIdentifier", "identifier", BY_PLACE, NULL, 0 },
	{ XML_NS_DSIG, NULL, "SignatureValue", "signature value", BY_PLACE, NULL, 0 },
	{ VR, NULL, "DAIdentifier", "name", BY_PLACE, NULL, 0 },
	{ VR, NULL, "HashOnly", "by digest alone", BY_PLACE, NULL, 0 },
	/* constraints */
	{ VR, NULL, "ValidationConstraintsEvaluationReport", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignatureValidationPolicy", "policy", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignaturePolicyIdentifier", "", BY_PLACE, NULL, 0 },
	{ XML_NS_XADES, NULL, "SignaturePolicyId", "", BY_PLACE, NULL, 0 },
	{ XML_NS_XADES, NULL, "SigPolicyId", "", BY_PLACE, NULL, 0 },
	{ XML_NS_XADES, NULL, "Identifier", "identifier", BY_PLACE, NULL, 0 },
	{ XML_NS_XADES, NULL, "Description", "description", BY_PLACE, NULL, 0 },
	{ XML_NS_XADES, NULL, "SigPolicyHash", "digest", BY_PLACE, NULL, 0 },
	{ VR, NULL, "PolicyName", "name", BY_PLACE, NULL, 0 },
	{ VR, NULL, "FormalPolicyObject", "constraints", BY_PLACE, NULL, 0 },
	{ VR, NULL, "ValidationConstraint", "check", BY_CHILD, "ValidationConstraintIdentifier",
	    0 },
	{ VR, NULL, "ConstraintStatus", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "Status", "status", BY_PLACE, NULL, 0 },
	{ VR, NULL, "ValidationStatus", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "Indications", "reason", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Note", "", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Warning", "", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Superseded", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "OverriddenBy", "overridden by", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignatureValidationStatus", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "MainIndication", "indication", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SubIndication", "sub-indication", BY_PLACE, NULL, 0 },
	/* times and signed documents */
	{ VR, NULL, "ValidationTimeInfo", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "ValidationTime", "validation time", BY_PLACE, NULL, 0 },
	{ VR, NULL, "BestSignatureTime", "best signature time", BY_PLACE, NULL, 0 },
	{ VR, NULL, "POE", "known to exist", BY_PLACE, NULL, 0 },
	{ VR, NULL, "POETime", "since", BY_PLACE, NULL, 0 },
	{ VR, NULL, "TypeOfProof", "kind of proof", BY_PLACE, NULL, 0 },
	{ VR, NULL, "POEObject", "proof", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignersDocument", "signed document", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignersDocumentRepresentation", "which", BY_PLACE, NULL, 0 },
	/* attributes */
	{ VR, NULL, "SignatureAttributes", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SigningTime", "claimed signing time", BY_PLACE, NULL, 0 },
	{ VR, NULL, "Time", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "DataObjectFormat", "format of signed data", BY_PLACE, NULL, 0 },
	{ VR, NULL, "MimeType", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "CommitmentTypeIndication", "commitment", BY_PLACE, NULL, 0 },
	{ VR, NULL, "CommitmentTypeIdentifier", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SigPolicyIdentifier", "signature policy", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SigPolicyId", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignatureProductionPlace", "place", BY_PLACE, NULL, 0 },
	{ VR, NULL, "AddressString", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignerRole", "claimed roles", BY_PLACE, NULL, 0 },
	{ VR, NULL, "RoleDetails", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "Role", "role", BY_PLACE, NULL, 0 },
	{ VR, NULL, "EndorsementType", "endorsement", BY_PLACE, NULL, 0 },
	{ VR, NULL, "AllDataObjectsTimeStamp", "time stamp over the content", BY_OBJECT,
	    "AttributeObject", 0 },
	{ VR, NULL, "SignatureTimeStamp", "time stamp over the signature", BY_OBJECT,
	    "AttributeObject", 0 },
	{ VR, NULL, "ArchiveTimeStamp", "archive time stamp", BY_OBJECT, "AttributeObject", 0 },
	{ VR, NULL, "DocTimeStamp", "document time stamp", BY_OBJECT, "AttributeObject", 0 },
	{ VR, NULL, "SigAndRefsTimeStamp", "time stamp over references", BY_OBJECT,
	    "AttributeObject", 0 },
	{ VR, NULL, "AttributeObject", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "TimeStampValue", "time", BY_PLACE, NULL, 0 },
	{ VR, NULL, "Reason", "reason for signing", BY_PLACE, NULL, 0 },
	{ VR, NULL, "ReasonElement", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "ContactInfo", "contact", BY_PLACE, NULL, 0 },
	{ VR, NULL, "ContactInfoElement", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "ByteRange", "byte range", BY_PLACE, NULL, 0 },
	/* the signer and his path */
	{ VR, NULL, "SignerInformation", "signer", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignerCertificate", "certificate", BY_PLACE, NULL, 0 },
	{ VR, NULL, "Signer", "name", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignatureQuality", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignatureQualityInformation", "qualification", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignatureValidationProcess", "process", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SignatureValidationProcessID", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "AssociatedValidationReportData", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "TrustAnchor", "trust anchor", BY_PLACE, NULL, 0 },
	{ VR, NULL, "CertificateChain", "certificate path", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SigningCertificate", "signer's certificate", BY_PLACE, NULL, 0 },
	{ VR, NULL, "IntermediateCertificate", "intermediate certificate", BY_PLACE, NULL, 0 },
	{ VR, NULL, "RevocationStatusInformation", "revocation", BY_PLACE, NULL, 0 },
	{ VR, NULL, "ValidationObjectId", "of", BY_PLACE, NULL, 0 },
	{ VR, NULL, "RevocationTime", "time", BY_PLACE, NULL, 0 },
	{ VR, NULL, "RevocationReason", "reason", BY_PLACE, NULL, 0 },
	{ VR, NULL, "RevocationObject", "evidence", BY_PLACE, NULL, 0 },
	{ VR, NULL, "CryptoInformation", "algorithm", BY_PLACE, NULL, 0 },
	{ VR, NULL, "Algorithm", "name", BY_PLACE, NULL, 0 },
	{ VR, NULL, "SecureAlgorithm", "secure", BY_PLACE, NULL, 0 },
	{ VR, NULL, "NotAfter", "secure until", BY_PLACE, NULL, 0 },
	{ VR, NULL, "AdditionalValidationReportData", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "ReportData", "", BY_CHILD, "Type", 0 },
	{ VR, NULL, "Type", "kind", BY_PLACE, NULL, 0 },
	{ VR, NULL, "Value", "reason", BY_PLACE, NULL, 0 },
	/* what our namespace adds */
	{ VR, NULL, "OtherInformation", "", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Conclusion", "decided by", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Signature", "", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Reference", "covered data", BY_ATTRIBUTE, "uri", 0 },
	{ SR, NULL, "Commitment", "commitment", BY_PLACE, NULL, 0 },
	{ SR, NULL, "DataFormat", "format of signed data", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Change", "later change", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Provable", "provable", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Qualification", "qualification", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Finding", "finding", BY_PLACE, NULL, 0 },
	{ SR, NULL, "RevocationStatus", "revocation of", BY_REFERENCE, "certificate", 0 },
	/* objects and context */
	{ VR, NULL, "SignatureValidationObjects", "", BY_PLACE, NULL, 0 },
	{ VR, "POEProvisioning", "ValidationObject", "covers", BY_REFERENCE, "VOReference", 0 },
	{ VR, NULL, "POEProvisioning", "proves to exist", BY_PLACE, NULL, 0 },
	{ VR, NULL, "ValidationObject", "", BY_ITSELF, NULL, 0 },
	{ VR, NULL, "ObjectType", "kind", BY_PLACE, NULL, 0 },
	{ VR, NULL, "ValidationObjectRepresentation", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "direct", "", BY_PLACE, NULL, 0 },
	{ VR, NULL, "base64", "content", BY_PLACE, NULL, 0 },
	{ VR, NULL, "DigestAlgAndValue", "digest", BY_PLACE, NULL, 0 },
	{ XML_NS_DSIG, NULL, "DigestMethod", "method", BY_PLACE, NULL, 0 },
	{ XML_NS_DSIG, NULL, "DigestValue", "value", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Context", "", BY_PLACE, NULL, 0 },
	{ SR, NULL, "ValidationTime", "validation time", BY_PLACE, NULL, 0 },
	{ SR, NULL, "AlgorithmCatalogue", "algorithm catalogue", BY_PLACE, NULL, 0 },
	{ SR, NULL, "TrustSnapshot", "trust snapshot", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Document", "document", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Encryption", "encrypted part", BY_ATTRIBUTE, "part", 0 },
	{ SR, NULL, "Anchor", "trust anchor", BY_REFERENCE, "object", 0 },
	{ SR, NULL, "CrlExcerpt", "", BY_PLACE, NULL, 0 },
	{ SR, NULL, "Entry", "entry", BY_PLACE, NULL, 0 },
};
static const struct compare_rule unknown = { .by = BY_PLACE };

const struct compare_rule *
compare_rule_of(const xmlNode *node)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (xml_is(node, rules[i].ns, rules[i].name) &&
		    (rules[i].parent == NULL ||
			(node->parent != NULL && node->parent->name != NULL &&
			    strcmp((const char *)node->parent->name, rules[i].parent) == 0)))
			return &rules[i];
	return &unknown;
}

int
compare_is_reference(const xmlAttr *attribute)
{
	static const char *const names[] = { "VOReference", "object", "certificate", "evidence",
		"timestamp" };
	size_t i;

	for (i = 0; attribute->ns == NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp((const char *)attribute->name, names[i]) == 0)
			return 1;
	return 0;
}

char *
compare_text(const xmlNode *node)
{
	struct buf text = BUF_INIT(SIZE_MAX);
	const xmlNode *c;
	size_t from = 0;
	int rc = 0;

	for (c = node->children; rc == 0 && c != NULL; c = c->next)
		if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE)
			rc = buf_append_str(&text, (const char *)c->content, NULL);
	while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]) != NULL)
		text.len--;
	while (from < text.len && strchr(" \t\r\n", text.data[from]) != NULL)
		from++;
	if (rc == 0 && from > 0)
		rc = buf_splice(&text, 0, from, SPAN_NONE, NULL);
	if (rc == 0 && buf_terminate(&text, NULL) == 0)
		return (char *)text.data;
	buf_release(&text);
	return NULL;
}

const char *
compare_word(const char *value)
{
	static const char *const prefixes[] = { "urn:etsi:019102:", "urn:signet:check:" };
	const char *end;

	if (strncmp(value, prefixes[1], strlen(prefixes[1])) == 0)
		return value + strlen(prefixes[1]);
	if (strncmp(value, prefixes[0], strlen(prefixes[0])) != 0)
		return value;
	end = strrchr(value, ':');
	return end[1] != '\0' ? end + 1 : value;
}

/* ---- validation objects ---- */

static const xmlNode *
excerpt_in(const xmlNode *object)
{
	return xml_child(
	    xml_path(object, VR, "ValidationObjectRepresentation/direct"), SR, "CrlExcerpt");
}

/* Kind, method and digest; of what has no digest the id. */
static char *
name_of(const xmlNode *object, const char *id)
{
	const xmlNode *digest =
	    xml_path(object, VR, "ValidationObjectRepresentation/DigestAlgAndValue");
	const xmlNode *value = xml_child(digest, XML_NS_DSIG, "DigestValue");
	const char *method = xml_attr(xml_child(digest, XML_NS_DSIG, "DigestMethod"), "Algorithm");
	const xmlNode *type = xml_child(object, VR, "ObjectType");
	char *kind, *text;
	struct buf name = BUF_INIT(0);
	int rc;

	if (value == NULL || method == NULL || type == NULL)
		return strdup(id);
	kind = compare_text(type);
	text = compare_text(value);
	rc = kind != NULL && text != NULL ? buf_printf(&name, NULL, "%s %s %s", kind, method, text)
					  : -1;
	free(kind);
	free(text);
	if (rc == 0 && buf_terminate(&name, NULL) == 0)
		return (char *)name.data;
	buf_release(&name);
	return NULL;
}

static int
by_id(const void *a, const void *b)
{
	const struct compare_object *one = a, *two = b;

	return strcmp(one->id, two->id);
}

int
compare_side_make(struct compare_side *side, const xmlNode *root, struct error *err)
{
	const xmlNode *node;
	size_t count = 0;

	*side = (struct compare_side){ .root = root,
		.objects = xml_child(root, VR, "SignatureValidationObjects") };
	for (node = xml_first(side->objects); node != NULL; node = xml_next(node))
		count++;
	side->items = calloc(count + 1, sizeof(*side->items));
	if (side->items == NULL)
		return error_memory(err);
	for (node = xml_first(side->objects); node != NULL; node = xml_next(node)) {
		struct compare_object *o = &side->items[side->count];

		o->id = xml_attr(node, "id");
		if (o->id == NULL)
			continue;
		o->node = node;
		o->name = name_of(node, o->id);
		side->count++;
		if (o->name == NULL)
			return error_memory(err);
	}
	qsort(side->items, side->count, sizeof(*side->items), by_id);
	return 0;
}

void
compare_side_release(struct compare_side *side)
{
	size_t i;

	for (i = 0; i < side->count; i++)
		free(side->items[i].name);
	free(side->items);
	memset(side, 0, sizeof(*side));
}

const struct compare_object *
compare_object_of(const struct compare_side *side, const char *id)
{
	const struct compare_object key = { .id = id };

	return id != NULL && side->count > 0
		   ? bsearch(&key, side->items, side->count, sizeof(key), by_id)
		   : NULL;
}

static const struct compare_object *
object_named(const struct compare_side *side, const char *id, size_t len)
{
	char name[200];

	if (len >= sizeof(name))
		return NULL;
	memcpy(name, id, len);
	name[len] = '\0';
	return compare_object_of(side, name);
}

/* Append the id, and of a certificate whose it is. */
static int
tell_object(const struct compare_object *o, struct buf *out, struct error *err)
{
	const xmlNode *bytes = xml_path(o->node, VR, "ValidationObjectRepresentation/base64");
	struct buf der = BUF_INIT(CERT_BYTES_MAX);
	X509 *cert = NULL;
	char label[200];
	int rc;

	rc = buf_append_str(out, o->id, err);
	if (rc == 0 && strncmp(o->name, "urn:etsi:019102:validationObject:certificate ", 45) == 0 &&
	    xml_base64(bytes, "a certificate", &der, NULL) == 0 &&
	    cert_read(&cert, SPAN_OF(&der), NULL) == 0)
		rc = buf_printf(out, err, " (%s)", cert_label(cert, label, sizeof(label)));
	X509_free(cert);
	buf_release(&der);
	return rc;
}

static int
references(const struct compare_side *side, const char *ids, int is_told, struct buf *out,
    struct error *err)
{
	size_t len;
	int rc = 0, first = 1;

	for (; rc == 0 && *ids != '\0' && (!is_told || out->len < TOLD_MAX); ids += len) {
		const struct compare_object *o;

		ids += strspn(ids, " \t\r\n");
		len = strcspn(ids, " \t\r\n");
		if (len == 0)
			break;
		o = object_named(side, ids, len);
		if (!first)
			rc = buf_append_str(out, " ", err);
		first = 0;
		if (rc != 0)
			break;
		if (o != NULL)
			rc = is_told ? tell_object(o, out, err) : buf_append_str(out, o->name, err);
		else
			rc = buf_printf(out, err, "%.*s%s", (int)len, ids,
			    is_told ? " (which is not there)" : " is not there");
	}
	return rc;
}

int
compare_references(
    const struct compare_side *side, const char *ids, struct buf *out, struct error *err)
{
	return references(side, ids, 0, out, err);
}

int
compare_references_told(
    const struct compare_side *side, const char *ids, struct buf *out, struct error *err)
{
	return references(side, ids, 1, out, err);
}

/* ---- keys and words ---- */

/* The reference that such an element is known by, or NULL. */
static const char *
reference_of(const struct compare_rule *rule, const xmlNode *node)
{
	if (rule->by == BY_REFERENCE)
		return xml_attr(node, rule->key);
	return rule->by == BY_OBJECT ? xml_attr(xml_child(node, VR, rule->key), "VOReference")
				     : NULL;
}

static int
object_key(const struct compare_side *side, const xmlNode *node, struct buf *out, struct error *err)
{
	const xmlNode *excerpt = excerpt_in(node);
	const struct compare_object *o = compare_object_of(side, xml_attr(node, "id")), *of;

	if (excerpt != NULL) {
		of = compare_object_of(side, xml_attr(excerpt, "of"));
		return buf_printf(out, err, "excerpt of %s", of != NULL ? of->name : "nothing");
	}
	return buf_append_str(out, o != NULL ? o->name : "", err);
}

static int
child_text(const xmlNode *node, const char *path, struct buf *out, struct error *err)
{
	const xmlNode *child = xml_path(node, VR, path);
	char *text = child != NULL ? compare_text(child) : NULL;
	int rc = 0;

	if (text != NULL)
		rc = buf_append_str(out, compare_word(text), err);
	else if (child != NULL)
		rc = error_memory(err);
	free(text);
	return rc;
}

int
compare_key(
    const struct compare_side *side, const xmlNode *node, struct buf *out, struct error *err)
{
	const struct compare_rule *rule = compare_rule_of(node);
	const char *value;

	if (buf_printf(out, err, "{%s}%s|",
		node->ns != NULL && node->ns->href != NULL ? (const char *)node->ns->href : "",
		(const char *)node->name) != 0)
		return -1;
	switch (rule->by) {
	case BY_CHILD:
		return child_text(node, rule->key, out, err);
	case BY_ATTRIBUTE:
		value = xml_attr(node, rule->key);
		return value != NULL ? buf_append_str(out, value, err) : 0;
	case BY_REFERENCE:
	case BY_OBJECT:
		value = reference_of(rule, node);
		return value != NULL ? compare_references(side, value, out, err) : 0;
	case BY_ITSELF:
		return object_key(side, node, out, err);
	default:
		return 0;
	}
}

static int
told_key(const struct compare_side *side, const xmlNode *node, struct buf *out, struct error *err)
{
	const struct compare_rule *rule = compare_rule_of(node);
	const struct compare_object *o;
	const char *value;

	switch (rule->by) {
	case BY_CHILD:
		return child_text(node, rule->key, out, err);
	case BY_ATTRIBUTE:
		value = xml_attr(node, rule->key);
		return buf_printf(out, err, "\"%s\"", value != NULL ? value : "");
	case BY_REFERENCE:
	case BY_OBJECT:
		value = reference_of(rule, node);
		return value != NULL ? compare_references_told(side, value, out, err) : 0;
	case BY_ITSELF:
		o = compare_object_of(side, xml_attr(node, "id"));
		if (xml_child(xml_path(node, VR, "ValidationObjectRepresentation/direct"), SR,
			"Context") != NULL)
			return 0; /* its parts are facts of the whole */
		return o != NULL ? tell_object(o, out, err) : 0;
	default:
		return 0;
	}
}

int
compare_words(const struct compare_side *side, const xmlNode *node, size_t place, struct buf *out,
    struct error *err)
{
	const struct compare_rule *rule = compare_rule_of(node);
	const char *word = rule->word != NULL ? rule->word : (const char *)node->name;
	struct buf told = BUF_INIT(0);
	int rc = told_key(side, node, &told, err);

	/* Reports on certificates and time stamps are on no signature. */
	if (xml_is(node, VR, "SignatureValidationReport") && told.len == 0)
		word = "the verdict";
	if (rc == 0 && place > 0 && told.len == 0 && *word != '\0')
		rc = buf_printf(&told, err, "%zu", place);
	if (rc == 0 && (*word != '\0' || (told.len > 0 && rule->by == BY_ITSELF)))
		rc = buf_printf(out, err, "%s%s%s%.*s", out->len > 0 ? ": " : "", word,
		    *word != '\0' && told.len > 0 ? " " : "", (int)told.len,
		    told.len > 0 ? (const char *)told.data : "");
	buf_release(&told);
	return rc;
}
