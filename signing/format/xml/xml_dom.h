/*
 * signing/format/xml/xml_dom.h: a parsed document with its nodes numbered in document order, so
 * that a node-set is a bit string and a subtree an interval, and with every ID attribute known.
 * Only for this folder, signing/trust and signing/report.
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_DOM_H
#define SIGNET_SIGNING_FORMAT_XML_DOM_H

#include <libxml/tree.h>

#include "signing/format/signature.h"
#include "signing/format/xml/xml_lex.h"

#define XML_NS_DSIG   "http://www.w3.org/2000/09/xmldsig#"
#define XML_NS_DSIG11 "http://www.w3.org/2009/xmldsig11#"
#define XML_NS_XADES  "http://uri.etsi.org/01903/v1.3.2#"
#define XML_NS_XADES4 "http://uri.etsi.org/01903/v1.4.1#"
#define XML_NS_WSU                                                                                 \
	"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

struct xml_id {
	const char *value;
	const xmlNode *element;
};

struct xml_doc {
	xmlDoc *doc;
	xmlNode **nodes; /* elements, attributes, text, comments, PIs in document order */
	uint32_t *ends;	 /* one behind the last node of the subtree of nodes[i] */
	size_t count;
	struct xml_surplus surplus; /* cost of a walk beyond count */
	struct xml_id *ids;	    /* sorted by value */
	size_t id_count;
};

/*
 * Parse without DTD (but limits->xml_declarations), entities, network and recovery. UTF-16 is
 * transcoded; encodings whose bytes hide the tags are ERROR_UNSUPPORTED. `id_attributes`
 * (NULL-terminated, may be NULL) are names of further attributes to take as IDs beside Id, ID, id,
 * xml:id and wsu:Id. On -1 nothing is held.
 */
int xml_doc_parse(struct xml_doc *x, struct span bytes, const struct format_limits *limits,
    const char *const *id_attributes, struct error *err);
void xml_doc_release(struct xml_doc *x);

/* Number of a node (an attribute too) of a numbered document. */
size_t xml_index(const void *node);
/* How many elements stand before it: its number for xml_lex_place(). */
size_t xml_ordinal(const struct xml_doc *x, const xmlNode *element);
int xml_is_inside(const struct xml_doc *x, const xmlNode *node, const xmlNode *ancestor);

/* The one element with that ID: NULL with *hits 0 (none) or 2 (more than one). */
const xmlNode *xml_by_id(const struct xml_doc *x, const char *id, int *hits);

/* ---- looking at elements; a NULL node is fine everywhere ---- */

int xml_is(const xmlNode *node, const char *ns, const char *name);
int xml_has_ns(const xmlNode *node, const char *ns);
xmlNode *xml_first(const xmlNode *parent); /* first child element */
xmlNode *xml_next(const xmlNode *node);	   /* next sibling element */
xmlNode *xml_child(const xmlNode *parent, const char *ns, const char *name); /* first such child */
/* The n-th (from 0) child element of that name, or NULL. */
xmlNode *xml_child_at(const xmlNode *parent, const char *ns, const char *name, size_t n);
xmlNode *xml_path(const xmlNode *from, const char *ns, const char *path); /* "A/B/C" in one ns */
/* Value of an attribute without namespace, or NULL; stays the document's. */
const char *xml_attr(const xmlNode *node, const char *name);
/* The ID attribute's value as xml_by_id sees it, or NULL. */
const char *xml_id_of(const xmlNode *node);

/*
 * Text of an element that may hold nothing but text, white space at both ends cut; NULL when it has
 * comments, processing instructions or elements in it (or no memory). The caller frees it.
 */
char *xml_node_text(const xmlNode *node);
/*
 * The same of what a signature covers, comments passed over: they are not in the canonical form
 * that is signed, so anybody may put them there, and the text is what it is without them.
 */
char *xml_signed_text(const xmlNode *node);
/* Base64 in such an element; ERROR_MALFORMED with `what` when it
 * is not just that. */
int xml_base64(const xmlNode *node, const char *what, struct buf *out, struct error *err);
/* "/a/b[2]/c"; the caller frees it. NULL without memory. */
char *xml_path_of(const xmlNode *node);

#endif
