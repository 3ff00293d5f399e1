/* What signed properties say of the signed data (EN 319 132-1 clauses 5.2.3 and 5.2.4). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/xml/xml_reader.h"

static void
tell(char problem[200], const char *fmt, const char *what)
{
	if (problem[0] != '\0')
		return;
	snprintf(problem, 200, fmt, what);
	xml_tidy(problem);
}

/*
 * The reference that is named by its Id: one of SignedInfo, or of a Manifest that is signed. Only
 * those are in sig->references, so that nothing else can be taken for signed.
 */
static const struct reference *
named(const struct signature *sig, const char *object, char problem[200])
{
	const struct reference *found = NULL;
	size_t i, count = 0;

	for (i = 0; object[0] == '#' && i < sig->reference_count; i++)
		if (sig->references[i].name != NULL &&
		    strcmp(sig->references[i].name, object + 1) == 0) {
			found = &sig->references[i];
			count++;
		}
	if (count == 1 && found->is_document)
		return found;
	tell(problem,
	    count == 0	? "it names \"%.80s\", which is no reference that the signature holds"
	    : count > 1 ? "it names \"%.80s\", which more than one reference is called"
			: "it names \"%.80s\", which is a part of the signature and no data",
	    object);
	return NULL;
}

/* The text of a child that is there, else NULL. */
static int
take(const struct xml_parts *parts, const xmlNode *from, const char *name, char **to)
{
	const xmlNode *child = xml_child(from, parts->xades, name);

	*to = child != NULL ? xml_signed_text(child) : NULL;
	return *to != NULL;
}

/* ---- DataObjectFormat ---- */

static int
read_format(
    const struct xml_parts *parts, const xmlNode *element, struct signature *sig, struct error *err)
{
	const char *object = xml_attr(element, "ObjectReference");
	const struct reference *ref;
	struct data_format *f;

	if (signature_add_format(sig, &f, err) != 0)
		return -1;
	if (f == NULL)
		return 0;
	take(parts, element, "MimeType", &f->mime_type);
	take(parts, element, "Encoding", &f->encoding);
	take(parts, element, "Description", &f->description);
	take(parts, xml_child(element, parts->xades, "ObjectIdentifier"), "Identifier",
	    &f->identifier);
	if (object == NULL) {
		tell(f->problem, "it does not say %s", "which data it means");
		return 0;
	}
	ref = named(sig, object, f->problem);
	f->of = strdup(ref == NULL ? object : ref->uri != NULL ? ref->uri : "");
	return f->of != NULL ? 0 : error_memory(err);
}

/* ---- CommitmentTypeIndication ---- */

/* Note one that it names; documents[i] is set for what was named. */
static int
read_object(const xmlNode *element, const struct signature *sig, struct commitment *c,
    unsigned char *documents, const char *gap, struct buf *of, struct error *err)
{
	char *object = xml_signed_text(element);
	const struct reference *ref = named(sig, object != NULL ? object : "", c->problem);
	const char *uri = ref != NULL ? ref->uri : object;
	int rc;

	if (ref != NULL)
		documents[ref - sig->references] = 1;
	rc = buf_printf(of, err, "%s%s", gap, uri != NULL ? uri : "");
	free(object);
	return rc;
}

static int
names_all(const struct signature *sig, const unsigned char *documents)
{
	size_t i;

	for (i = 0; i < sig->reference_count; i++)
		if (sig->references[i].is_document && !documents[i])
			return 0;
	return 1;
}

/* AllSignedDataObjects, or ObjectReference elements. */
static int
read_objects(const struct xml_parts *parts, const xmlNode *element, const struct signature *sig,
    struct commitment *c, struct error *err)
{
	const xmlNode *all = xml_child(element, parts->xades, "AllSignedDataObjects"), *one;
	unsigned char *documents = calloc(sig->reference_count + 1, 1);
	struct buf of = BUF_INIT(0);
	int rc = documents != NULL ? 0 : error_memory(err), count = 0;

	for (one = xml_first(element); rc == 0 && one != NULL; one = xml_next(one))
		if (xml_is(one, parts->xades, "ObjectReference")) {
			rc = read_object(one, sig, c, documents, count++ > 0 ? "\n" : "", &of, err);
		}
	if (rc == 0 && (all != NULL) == (count > 0))
		tell(c->problem, "it does not say %s", "which data it means");
	if (rc == 0 && count > 0) {
		rc = buf_terminate(&of, err);
		c->of = rc == 0 ? strdup((const char *)of.data) : NULL;
		if (rc == 0 && c->of == NULL)
			rc = error_memory(err);
	}
	c->of_all = rc == 0 && c->problem[0] == '\0' && (all != NULL || names_all(sig, documents));
	free(documents);
	buf_release(&of);
	return rc;
}

static int
read_commitment(
    const struct xml_parts *parts, const xmlNode *element, struct signature *sig, struct error *err)
{
	const xmlNode *id = xml_child(element, parts->xades, "CommitmentTypeId");
	struct commitment *c;

	if (signature_add_commitment(sig, &c, err) != 0)
		return -1;
	if (c == NULL)
		return 0;
	if (!take(parts, id, "Identifier", &c->type)) {
		tell(c->problem, "it does not say %s", "to what the signer commits himself");
		c->type = strdup("unreadable");
		if (c->type == NULL)
			return error_memory(err);
	}
	take(parts, id, "Description", &c->description);
	return read_objects(parts, element, sig, c, err);
}

int
xml_statements_read(const struct xml_parts *parts, struct signature *sig, struct error *err)
{
	const xmlNode *c = xml_first(
	    xml_child(parts->signed_properties, parts->xades, "SignedDataObjectProperties"));
	int rc = 0;

	for (; rc == 0 && c != NULL; c = xml_next(c)) {
		if (xml_is(c, parts->xades, "DataObjectFormat"))
			rc = read_format(parts, c, sig, err);
		else if (xml_is(c, parts->xades, "CommitmentTypeIndication"))
			rc = read_commitment(parts, c, sig, err);
	}
	return rc;
}
