/*
 * signing/format/xml/xml_transform.h: what a ds:Reference's data is turned into on its way to the
 * digest, by the closed list of transforms: Canonical XML 1.0, 1.1 and exclusive, with and without
 * comments; enveloped signature; base64; XPath 1.0; XPath filter 2; XPointers that name an element
 * by its ID or the whole document; the relationships of Office packages. XSLT runs programs: it is
 * refused, as all that is unknown. Only for this folder.
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_TRANSFORM_H
#define SIGNET_SIGNING_FORMAT_XML_TRANSFORM_H

#include "signing/format/xml/xml_set.h"

#define XML_TRANSFORM_ENVELOPED XML_NS_DSIG "enveloped-signature"
#define XML_TRANSFORM_BASE64	XML_NS_DSIG "base64"
#define XML_TRANSFORM_XPATH	"http://www.w3.org/TR/1999/REC-xpath-19991116"
#define XML_TRANSFORM_FILTER2	"http://www.w3.org/2002/06/xmldsig-filter2"
#define XML_TRANSFORM_XPTR	"http://www.w3.org/2001/04/xmldsig-more/xptr"
#define XML_TRANSFORM_RELATIONSHIPS                                                                \
	"http://schemas.openxmlformats.org/package/2006/RelationshipTransform"

/* A node-set or octets. Zeroed: neither, holds nothing. */
struct xml_data {
	int is_nodes;
	struct xml_set set;    /* is_nodes */
	struct xml_doc parsed; /* what the set is of, when octets had to be parsed */
	struct span octets;    /* not is_nodes: bytes of `own` or of the caller's document */
	struct buf own;
	/* facts on the way, for the scope */
	int reduced; /* a transform left something of the octets out */
	/* What an XPointer selected of the signature's own document; it tells where the data is. */
	const xmlNode *selected;
};
void xml_data_release(struct xml_data *data);

/* What transforms need beside the data. */
struct xml_transforming {
	const struct xml_doc *x;  /* the document that the signature stands in */
	const xmlNode *signature; /* the ds:Signature that the enveloped transform takes out */
	struct xml_budget *budget;
	/* Called once, when nodes of x become octets, to judge what they cover. May be NULL. */
	void (*judge)(void *arg, const struct xml_set *set, int as_text);
	void *arg;
	int keeps_space; /* DEVIATION_RELATIONSHIP_SPACE, as an older signer made it */
};

/* Apply one ds:Transform. ERROR_UNSUPPORTED and ERROR_MALFORMED are the signature's fault. */
int xml_transform(const struct xml_transforming *t, const xmlNode *transform, struct xml_data *data,
    struct error *err);
/* The octets in the end: nodes are canonicalised (NULL: C14N 1.0 without comments). */
int xml_to_octets(const struct xml_transforming *t, const struct xml_c14n *c14n,
    struct xml_data *data, struct error *err);

/* ---- Office packages (xml_relationship.c) ---- */

/* Append the relationships of the part that the transform selects, in their canonical form. */
int xml_relationships(const struct xml_transforming *t, const xmlNode *transform,
    const xmlNode *root, struct buf *out, struct error *err);

/* ---- XPointers (xml_pointer.c) ---- */

/*
 * What a fragment (without its #) names: NULL and "xpointer(/)" the whole document (*element is
 * NULL), a bare name and "xpointer(id('name'))" the element with that ID, which must be the only
 * one. *comments: 1 for the forms that keep comments (XML-DSig section 4.4.3.3). ERROR_NOT_FOUND,
 * ERROR_CONFLICT for an ID that is there twice, ERROR_UNSUPPORTED for other forms.
 */
int xml_pointer(const struct xml_doc *x, const char *fragment, const xmlNode **element,
    int *comments, struct error *err);
/* The transform of RFC 9231 section 2.5.1: of `set` only what its XPointer names stays. */
int xml_pointer_filter(const struct xml_transforming *t, const xmlNode *transform,
    struct xml_data *data, struct error *err);

/* ---- XPath (xml_xpath.c, xml_xpath_cost.c) ---- */

/* The most that one operation of an expression costs in this document; 1 is the least. */
uint64_t xml_xpath_cost(const struct xml_doc *x, const char *expression);

/* Keep the nodes for which the expression in `xpath` is true. */
int xml_xpath_filter(
    const struct xml_transforming *t, const xmlNode *xpath, struct xml_set *set, struct error *err);
/* Keep what the XPath filter 2 elements in `transform` keep. */
int xml_xpath_filter2(const struct xml_transforming *t, const xmlNode *transform,
    struct xml_set *set, struct error *err);
/* The one element that `expression` selects, with the namespaces in scope at `scope`. */
int xml_xpath_element(const struct xml_doc *x, const xmlNode *scope, const char *expression,
    struct xml_budget *budget, xmlNode **element, struct error *err);

#endif
