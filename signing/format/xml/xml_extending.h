/* signing/format/xml/xml_extending.h: unsigned properties put into a signature that is there. Only
 * for this folder. */
#ifndef SIGNET_SIGNING_FORMAT_XML_EXTENDING_H
#define SIGNET_SIGNING_FORMAT_XML_EXTENDING_H

#include "signing/format/xml/xml_reader.h"

/* Each element that is put in brings its own prefixes: what the document binds them to is its
 * business. */
#define XML_PREFIXES  " xmlns:xades=\"" XML_NS_XADES "\" xmlns:ds=\"" XML_NS_DSIG "\""
#define XML_PREFIXES4 XML_PREFIXES " xmlns:xades141=\"" XML_NS_XADES4 "\""

struct xml_extending {
	const struct xml_read_options *reading;
	const char *id;	 /* of the signature, or NULL: the first */
	struct buf file; /* the document as it becomes */
	struct error *err;
};

/* The file as it is now, parsed, and the signature in it. */
struct xml_look {
	struct xml_reader r;
	struct xml_parts parts;
	const xmlNode *properties; /* UnsignedSignatureProperties, or NULL */
};

/* ERROR_NOT_FOUND, ERROR_UNSUPPORTED (no XAdES of version 1.3.2). xml_look_close() is due after 0
 * only. */
int xml_look_at(struct xml_look *look, struct xml_extending *e);
void xml_look_close(struct xml_look *look);
/* Text in front of the end tag of an element of the file; what was looked at is old then. */
int xml_put_into(
    struct xml_extending *e, const struct xml_look *look, const xmlNode *element, struct span text);
/* A further unsigned signature property, behind those that are there. */
int xml_put_property(struct xml_extending *e, const struct xml_look *look, struct span text);

#endif
