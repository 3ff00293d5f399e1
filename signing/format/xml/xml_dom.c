#include "signing/format/xml/xml_dom.h"

#include <iconv.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/xml/xml_lex.h"

/* ---- parsing ---- */

static xmlParserInputPtr
refuse_entity(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	(void)url;
	(void)id;
	(void)ctxt;
	return NULL;
}

static void
start_libxml(void)
{
	xmlInitParser();
	xmlSetExternalEntityLoader(refuse_entity);
}

static void
print_nothing(void *arg, const char *fmt, ...)
{
	(void)arg;
	(void)fmt;
}

static void
be_silent(void *arg, xmlErrorPtr error)
{
	(void)arg;
	(void)error;
}

/* The lexer refuses a DTD before; should the parser ever see one where the lexer did not, it stops.
 */
static void
stop_at_dtd(void *ctx, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
	xmlParserCtxtPtr ctxt = ctx;

	(void)name;
	(void)external_id;
	(void)system_id;
	*(int *)ctxt->_private = 1;
	xmlStopParser(ctxt);
}

static int
transcode_utf16(struct span in, struct buf *out, struct error *err)
{
	static const char *const from[] = { "UTF-16", "UTF-16LE", "UTF-16BE" };
	int has_bom = in.data[0] >= 0xfe;
	iconv_t cd = iconv_open("UTF-8", has_bom ? from[0] : in.data[0] == 0 ? from[2] : from[1]);
	char *src = (char *)in.data, *dst;
	size_t left = in.len, room = in.len / 2 * 3 + 16, size = room;
	int rc = -1;

	if (cd == (iconv_t)-1)
		return error_errno(err, "UTF-16 could not be read");
	dst = (char *)buf_reserve(out, room, err);
	if (dst == NULL)
		goto done;
	if (iconv(cd, &src, &left, &dst, &room) == (size_t)-1) {
		error_set(err, ERROR_MALFORMED, "the XML document is not well-formed UTF-16");
		goto done;
	}
	out->len += size - room;
	rc = 0;
done:
	iconv_close(cd);
	return rc;
}

/* `declarations`: the lexer has let a DOCTYPE pass that declares attributes and elements alone. */
static int
parse(
    struct xml_doc *x, struct span bytes, const char *encoding, int declarations, struct error *err)
{
	/* Defaults become attributes of the tree, which canonicalisation and XPath then see. */
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
			    XML_PARSE_NOCDATA | (declarations ? XML_PARSE_DTDATTR : 0);
	xmlParserCtxtPtr ctxt = xmlNewParserCtxt();
	int saw_dtd = 0, rc = -1;

	if (ctxt == NULL)
		return error_memory(err);
	ctxt->_private = &saw_dtd;
	if (!declarations)
		ctxt->sax->internalSubset = stop_at_dtd;
	x->doc = xmlCtxtReadMemory(
	    ctxt, (const char *)bytes.data, (int)bytes.len, NULL, encoding, options);
	if (saw_dtd)
		error_set(err, ERROR_UNSUPPORTED,
		    "the XML document has a document type declaration (DOCTYPE), which is not "
		    "accepted; remove it");
	else if (x->doc == NULL || !ctxt->wellFormed)
		error_cause(err, ERROR_MALFORMED, "the XML document is not well-formed",
		    "line %d: %s", ctxt->lastError.line,
		    ctxt->lastError.message != NULL ? ctxt->lastError.message : "");
	else if (ctxt->input->cur < ctxt->input->end)
		/* XML 1.0 clause 2.2: U+0000 is no character. The library ends there, unasked. */
		error_set(err, ERROR_MALFORMED,
		    "the XML document is not well-formed: a NUL character stands behind its end");
	else if (x->doc->intSubset != NULL &&
		 (x->doc->intSubset->entities != NULL || x->doc->intSubset->pentities != NULL ||
		     x->doc->intSubset->SystemID != NULL || x->doc->intSubset->ExternalID != NULL))
		error_set(err, ERROR_UNSUPPORTED,
		    "the document type declaration (DOCTYPE) has entities, which are not accepted");
	else if (xmlDocGetRootElement(x->doc) == NULL)
		error_set(err, ERROR_MALFORMED, "the XML document has no root element");
	else
		rc = 0;
	xmlFreeParserCtxt(ctxt);
	return rc;
}

/* ---- numbering ---- */

static size_t
count_attributes(const xmlNode *node)
{
	const xmlAttr *a;
	size_t n = 0;

	if (node->type == XML_ELEMENT_NODE)
		for (a = node->properties; a != NULL; a = a->next)
			n++;
	return n;
}

/* The node after `node` in document order; *left counts the elements that were left on the way. */
static xmlNode *
walk(xmlNode *node, size_t *ends_at, struct xml_doc *x)
{
	if (node->type == XML_ELEMENT_NODE && node->children != NULL)
		return node->children;
	for (;;) {
		if (x != NULL)
			x->ends[xml_index(node)] = (uint32_t)*ends_at;
		if (node->next != NULL)
			return node->next;
		node = node->parent;
		if (node == NULL || node->type != XML_ELEMENT_NODE)
			return NULL;
	}
}

static void
put(struct xml_doc *x, size_t at, void *node)
{
	((xmlNode *)node)->_private = (void *)(uintptr_t)(at + 1);
	x->nodes[at] = node;
	x->ends[at] = (uint32_t)at + 1;
}

static int
number_nodes(struct xml_doc *x, struct error *err)
{
	xmlNode *node;
	xmlAttr *a;
	size_t n = 0;

	for (node = x->doc->children; node != NULL; node = walk(node, NULL, NULL))
		n += 1 + count_attributes(node);
	if (n >= UINT32_MAX)
		return error_set(err, ERROR_TOO_LARGE, "the XML document has too many nodes");
	x->nodes = calloc(n + 1, sizeof(xmlNode *));
	x->ends = calloc(n + 1, sizeof(*x->ends));
	if (x->nodes == NULL || x->ends == NULL)
		return error_memory(err);
	n = 0;
	for (node = x->doc->children; node != NULL; node = walk(node, &n, x)) {
		put(x, n++, node);
		if (node->type == XML_ELEMENT_NODE)
			for (a = node->properties; a != NULL; a = a->next)
				put(x, n++, a);
	}
	x->count = n;
	return 0;
}

/* ---- IDs ---- */

static int
is_id_attribute(const xmlAttr *a, const char *const *more)
{
	const char *name = (const char *)a->name;
	const char *ns = a->ns != NULL ? (const char *)a->ns->href : NULL;

	/* Declared as one, where declarations are let pass. */
	if (a->atype == XML_ATTRIBUTE_ID)
		return 1;
	if (ns == NULL &&
	    (strcmp(name, "Id") == 0 || strcmp(name, "ID") == 0 || strcmp(name, "id") == 0))
		return 1;
	if (ns != NULL &&
	    ((strcmp(name, "id") == 0 && strcmp(ns, (const char *)XML_XML_NAMESPACE) == 0) ||
		(strcmp(name, "Id") == 0 && strcmp(ns, XML_NS_WSU) == 0)))
		return 1;
	for (; more != NULL && *more != NULL; more++)
		if (strcmp(name, *more) == 0)
			return 1;
	return 0;
}

static const char *
attr_value(const xmlAttr *a)
{
	if (a->children == NULL)
		return "";
	/* Without entities the value is one text node. */
	return a->children->next == NULL && a->children->content != NULL
		   ? (const char *)a->children->content
		   : NULL;
}

static int
compare_ids(const void *a, const void *b)
{
	const struct xml_id *l = a, *r = b;
	int order = strcmp(l->value, r->value);

	return order != 0 ? order : (l->element > r->element) - (l->element < r->element);
}

static int
collect_ids(struct xml_doc *x, const char *const *more, struct error *err)
{
	const xmlAttr *a;
	const char *value;
	size_t i, cap = 0;
	struct xml_id *bigger;

	for (i = 0; i < x->count; i++) {
		a = (const xmlAttr *)x->nodes[i];
		if (a->type != XML_ATTRIBUTE_NODE || !is_id_attribute(a, more) ||
		    (value = attr_value(a)) == NULL)
			continue;
		if (x->id_count == cap) {
			cap = cap * 2 + 16;
			bigger = realloc(x->ids, cap * sizeof(*bigger));
			if (bigger == NULL)
				return error_memory(err);
			x->ids = bigger;
		}
		x->ids[x->id_count++] = (struct xml_id){ value, a->parent };
	}
	if (x->id_count > 0)
		qsort(x->ids, x->id_count, sizeof(*x->ids), compare_ids);
	return 0;
}

const xmlNode *
xml_by_id(const struct xml_doc *x, const char *id, int *hits)
{
	size_t low = 0, high = x->id_count, mid;
	const xmlNode *first;

	*hits = 0;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(x->ids[mid].value, id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == x->id_count || strcmp(x->ids[low].value, id) != 0)
		return NULL;
	first = x->ids[low].element;
	*hits = 1;
	for (; low < x->id_count && strcmp(x->ids[low].value, id) == 0; low++)
		if (x->ids[low].element != first)
			*hits = 2;
	return *hits == 1 ? first : NULL;
}

int
xml_doc_parse(struct xml_doc *x, struct span bytes, const struct format_limits *limits,
    const char *const *id_attributes, struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct buf utf8 = BUF_INIT(0);
	const char *encoding = NULL;
	char name[32];
	int rc = -1;

	memset(x, 0, sizeof(*x));
	pthread_once(&once, start_libxml);
	/* Of this thread; C14N and XPath print to stderr else. */
	xmlSetStructuredErrorFunc(NULL, be_silent);
	xmlSetGenericErrorFunc(NULL, print_nothing);
	if (bytes.len == 0 || bytes.len > INT_MAX)
		return error_set(err, bytes.len == 0 ? ERROR_MALFORMED : ERROR_TOO_LARGE,
		    bytes.len == 0 ? "the XML document is empty" : "the XML document is too large");
	switch (xml_lex_encoding(bytes, name)) {
	case XML_ENCODING_UTF16:
		if (bytes.len < 4 || transcode_utf16(bytes, &utf8, err) != 0)
			goto done;
		bytes = SPAN_OF(&utf8);
		encoding = "UTF-8";
		break;
	case XML_ENCODING_OTHER:
		error_set(err, ERROR_UNSUPPORTED,
		    "the XML document is in an encoding that is not supported; use UTF-8");
		goto done;
	default:
		break;
	}
	if (xml_lex_check(bytes, limits, &x->surplus, err) != 0 ||
	    parse(x, bytes, encoding, limits->xml_declarations > 0, err) != 0 ||
	    number_nodes(x, err) != 0 || collect_ids(x, id_attributes, err) != 0)
		goto done;
	rc = 0;
done:
	if (rc != 0) {
		error_set(err, ERROR_MALFORMED, "the XML document is not well-formed");
		xml_doc_release(x);
	}
	buf_release(&utf8);
	return rc;
}

void
xml_doc_release(struct xml_doc *x)
{
	xmlFreeDoc(x->doc);
	free(x->nodes);
	free(x->ends);
	free(x->ids);
	memset(x, 0, sizeof(*x));
}

size_t
xml_index(const void *node)
{
	return (size_t)(uintptr_t)((const xmlNode *)node)->_private - 1;
}

size_t
xml_ordinal(const struct xml_doc *x, const xmlNode *element)
{
	size_t i, n = 0;

	for (i = 0; i < xml_index(element); i++)
		n += x->nodes[i]->type == XML_ELEMENT_NODE;
	return n;
}

int
xml_is_inside(const struct xml_doc *x, const xmlNode *node, const xmlNode *ancestor)
{
	size_t i = xml_index(node), from = xml_index(ancestor);

	return i >= from && i < x->ends[from];
}

/* ---- elements ---- */

int
xml_has_ns(const xmlNode *node, const char *ns)
{
	return node != NULL && ns != NULL && node->type == XML_ELEMENT_NODE && node->ns != NULL &&
	       strcmp((const char *)node->ns->href, ns) == 0;
}

int
xml_is(const xmlNode *node, const char *ns, const char *name)
{
	return xml_has_ns(node, ns) && strcmp((const char *)node->name, name) == 0;
}

static xmlNode *
element_from(xmlNode *node)
{
	while (node != NULL && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

xmlNode *
xml_first(const xmlNode *parent)
{
	return parent == NULL ? NULL : element_from(parent->children);
}

xmlNode *
xml_next(const xmlNode *node)
{
	return node == NULL ? NULL : element_from(node->next);
}

xmlNode *
xml_child_at(const xmlNode *parent, const char *ns, const char *name, size_t n)
{
	xmlNode *c;

	for (c = xml_first(parent); c != NULL; c = xml_next(c))
		if (xml_is(c, ns, name) && n-- == 0)
			return c;
	return NULL;
}

xmlNode *
xml_child(const xmlNode *parent, const char *ns, const char *name)
{
	return xml_child_at(parent, ns, name, 0);
}

xmlNode *
xml_path(const xmlNode *from, const char *ns, const char *path)
{
	char name[64];
	size_t n;

	while (from != NULL && *path != '\0') {
		n = strcspn(path, "/");
		snprintf(name, sizeof(name), "%.*s", (int)n, path);
		from = xml_child(from, ns, name);
		path += n + (path[n] == '/');
	}
	return (xmlNode *)from;
}

const char *
xml_attr(const xmlNode *node, const char *name)
{
	const xmlAttr *a;

	if (node != NULL && node->type == XML_ELEMENT_NODE)
		for (a = node->properties; a != NULL; a = a->next)
			if (a->ns == NULL && strcmp((const char *)a->name, name) == 0)
				return attr_value(a);
	return NULL;
}

const char *
xml_id_of(const xmlNode *node)
{
	const xmlAttr *a;

	if (node != NULL && node->type == XML_ELEMENT_NODE)
		for (a = node->properties; a != NULL; a = a->next)
			if (is_id_attribute(a, NULL))
				return attr_value(a);
	return NULL;
}

static int
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The text; comments are passed over, or make it none. */
static char *
text_of(const xmlNode *node, int pass_comments)
{
	const xmlNode *c;
	const char *from;
	char *text;
	size_t n = 0;

	if (node == NULL)
		return NULL;
	for (c = node->children; c != NULL; c = c->next) {
		if (c->type == XML_COMMENT_NODE && pass_comments)
			continue;
		if (c->type != XML_TEXT_NODE)
			return NULL;
		n += strlen((const char *)c->content);
	}
	text = malloc(n + 1);
	if (text == NULL)
		return NULL;
	for (n = 0, c = node->children; c != NULL; c = c->next) {
		if (c->type == XML_COMMENT_NODE)
			continue;
		from = (const char *)c->content;
		while (n == 0 && is_white(*from))
			from++;
		memcpy(text + n, from, strlen(from));
		n += strlen(from);
	}
	while (n > 0 && is_white(text[n - 1]))
		n--;
	text[n] = '\0';
	return text;
}

char *
xml_node_text(const xmlNode *node)
{
	return text_of(node, 0);
}

char *
xml_signed_text(const xmlNode *node)
{
	return text_of(node, 1);
}

int
xml_base64(const xmlNode *node, const char *what, struct buf *out, struct error *err)
{
	char *text = xml_node_text(node);
	int rc = text != NULL ? text_base64_decode(out, span_str(text), NULL) : -1;

	free(text);
	return rc == 0 ? 0
		       : error_set(err, ERROR_MALFORMED,
			     "%s is not plain base64 (missing, or with other content in it)", what);
}

static int
same_name(const xmlNode *a, const xmlNode *b)
{
	return a->type == XML_ELEMENT_NODE && xmlStrEqual(a->name, b->name) &&
	       (a->ns == b->ns ||
		   (a->ns != NULL && b->ns != NULL && xmlStrEqual(a->ns->href, b->ns->href)));
}

/* "/b[2]" in front of what `path` holds. */
static int
prepend_step(struct buf *path, const xmlNode *node)
{
	const xmlNode *s;
	struct buf step = BUF_INIT(0);
	size_t before = 0, after = 0;
	int rc = -1;

	for (s = node->prev; s != NULL; s = s->prev)
		before += same_name(s, node);
	for (s = node->next; s != NULL && after == 0; s = s->next)
		after += same_name(s, node);
	if (buf_append_str(&step, "/", NULL) != 0)
		goto done;
	if (node->ns != NULL && node->ns->prefix != NULL &&
	    buf_printf(&step, NULL, "%s:", (const char *)node->ns->prefix) != 0)
		goto done;
	if (buf_append_str(&step, (const char *)node->name, NULL) != 0 ||
	    (before + after > 0 && buf_printf(&step, NULL, "[%zu]", before + 1) != 0) ||
	    buf_splice(path, 0, 0, SPAN_OF(&step), NULL) != 0)
		goto done;
	rc = 0;
done:
	buf_release(&step);
	return rc;
}

char *
xml_path_of(const xmlNode *node)
{
	struct buf path = BUF_INIT(0);

	for (; node != NULL && node->type == XML_ELEMENT_NODE; node = node->parent)
		if (prepend_step(&path, node) != 0)
			goto failed;
	if (buf_terminate(&path, NULL) == 0)
		return (char *)path.data;
failed:
	buf_release(&path);
	return NULL;
}
