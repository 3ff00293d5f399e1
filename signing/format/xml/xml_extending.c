/* Unsigned properties put into a signature that is there. */
#include "signing/format/xml/xml_extending.h"

#include <stdio.h>
#include <string.h>

/* ---- the signature in the file ---- */

static const xmlNode *
find_signature(const struct xml_doc *x, const char *id)
{
	char made[40];
	size_t i, number = 0;

	for (i = 0; i < x->count; i++) {
		const xmlNode *node = x->nodes[i];
		const char *own;

		if (!xml_is(node, XML_NS_DSIG, "Signature"))
			continue;
		own = xml_attr(node, "Id");
		snprintf(made, sizeof(made), "signature-%zu", ++number);
		if (id == NULL || strcmp(id, own != NULL && own[0] != '\0' ? own : made) == 0)
			return node;
	}
	return NULL;
}

static int
find_parts(struct xml_look *look, const char *id, struct error *err)
{
	const xmlNode *signature = find_signature(&look->r.doc, id);
	struct signature broken = { 0 };

	if (signature == NULL)
		return error_set(err, ERROR_NOT_FOUND, "the document has no such signature");
	if (xml_take_apart(signature, &look->parts, &broken) != 0)
		return error_set(err, ERROR_MALFORMED, "%s", broken.failure_text);
	if (look->parts.properties == NULL || strcmp(look->parts.xades, XML_NS_XADES) != 0)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the signature is no XAdES signature of version 1.3.2 or later and cannot be "
		    "extended");
	look->properties = xml_path(look->parts.properties, look->parts.xades,
	    "UnsignedProperties/UnsignedSignatureProperties");
	return 0;
}

int
xml_look_at(struct xml_look *look, struct xml_extending *e)
{
	memset(look, 0, sizeof(*look));
	if (xml_reader_open(&look->r, SPAN_OF(&e->file), e->reading, e->err) != 0)
		return -1;
	if (find_parts(look, e->id, e->err) != 0) {
		xml_reader_close(&look->r);
		return -1;
	}
	return 0;
}

void
xml_look_close(struct xml_look *look)
{
	xml_reader_close(&look->r);
}

/* ---- putting in ---- */

/* Text in front of the end tag of an element of the file. */
int
xml_put_into(
    struct xml_extending *e, const struct xml_look *look, const xmlNode *element, struct span text)
{
	struct xml_place place;
	struct buf all = BUF_INIT(e->file.max);
	int rc = -1;

	if (xml_lex_place(SPAN_OF(&e->file), xml_ordinal(&look->r.doc, element), &place, e->err) !=
	    0)
		return -1;
	if (!place.is_empty_tag)
		return buf_splice(&e->file, place.close, 0, text, e->err);
	/* <a/> becomes <a>text</a> */
	if (buf_append_str(&all, ">", e->err) == 0 && buf_append_span(&all, text, e->err) == 0 &&
	    buf_append_str(&all, "</", e->err) == 0 &&
	    buf_append_span(&all, place.qname, e->err) == 0 &&
	    buf_append_str(&all, ">", e->err) == 0)
		rc = buf_splice(
		    &e->file, place.close, place.end - place.close, SPAN_OF(&all), e->err);
	buf_release(&all);
	return rc;
}

/* A further unsigned signature property, behind those that are there. */
int
xml_put_property(struct xml_extending *e, const struct xml_look *look, struct span text)
{
	const xmlNode *unsigned_ones =
	    xml_child(look->parts.properties, look->parts.xades, "UnsignedProperties");
	struct buf all = BUF_INIT(e->file.max);
	int rc = -1;

	if (look->properties != NULL)
		return xml_put_into(e, look, look->properties, text);
	/* UnsignedDataObjectProperties stand behind those of the signature: not read here. */
	if (unsigned_ones != NULL && xml_first(unsigned_ones) != NULL)
		return error_set(e->err, ERROR_UNSUPPORTED,
		    "the signature has unsigned properties of its data only");
	if ((unsigned_ones != NULL ||
		buf_append_str(&all, "<xades:UnsignedProperties" XML_PREFIXES ">", e->err) == 0) &&
	    buf_append_str(&all, "<xades:UnsignedSignatureProperties" XML_PREFIXES ">", e->err) ==
		0 &&
	    buf_append_span(&all, text, e->err) == 0 &&
	    buf_append_str(&all, "</xades:UnsignedSignatureProperties>", e->err) == 0 &&
	    (unsigned_ones != NULL ||
		buf_append_str(&all, "</xades:UnsignedProperties>", e->err) == 0))
		rc = xml_put_into(e, look,
		    unsigned_ones != NULL ? unsigned_ones : look->parts.properties, SPAN_OF(&all));
	buf_release(&all);
	return rc;
}
