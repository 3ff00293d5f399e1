/* Canonical XML by libxml2, which walks; what is visible is decided here. */
#include <libxml/c14n.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/xml/xml_set.h"

#define C14N10	     "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define C14N11	     "http://www.w3.org/2006/12/xml-c14n11"
#define EXC	     "http://www.w3.org/2001/10/xml-exc-c14n#"
#define PREFIXES_MAX 100
#define DEPTH_MAX    300 /* libxml2 itself stops at 256 */

static const struct {
	const char *uri;
	int mode;
	int comments;
} methods[] = {
	{ C14N10, XML_C14N_1_0, 0 },
	{ C14N10 "#WithComments", XML_C14N_1_0, 1 },
	{ C14N11, XML_C14N_1_1, 0 },
	{ C14N11 "#WithComments", XML_C14N_1_1, 1 },
	{ EXC, XML_C14N_EXCLUSIVE_1_0, 0 },
	{ EXC "WithComments", XML_C14N_EXCLUSIVE_1_0, 1 },
};

int
xml_c14n_by_uri(const char *uri, struct xml_c14n *c14n)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(methods[i].uri, uri) == 0) {
			*c14n = (struct xml_c14n){ methods[i].mode, methods[i].comments, NULL };
			return 0;
		}
	return -1;
}

int
xml_c14n_of(const xmlNode *method, struct xml_c14n *c14n, struct error *err)
{
	const char *uri = xml_attr(method, "Algorithm"), *list;

	*c14n = (struct xml_c14n){ XML_C14N_1_0, 0, NULL };
	if (method == NULL)
		return 0;
	if (uri == NULL || xml_c14n_by_uri(uri, c14n) != 0)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the canonicalization method %.200s is not supported",
		    uri != NULL ? uri : "(none)");
	list = xml_attr(xml_child(method, EXC, "InclusiveNamespaces"), "PrefixList");
	if (c14n->mode != XML_C14N_EXCLUSIVE_1_0 || list == NULL)
		return 0;
	c14n->prefixes = strdup(list);
	return c14n->prefixes != NULL ? 0 : error_memory(err);
}

void
xml_c14n_release(struct xml_c14n *c14n)
{
	free(c14n->prefixes);
	c14n->prefixes = NULL;
}

/* libxml2 wants an array of prefixes; "#default" is spelt as it is there. Cuts `list` up. */
static int
split_prefixes(char *list, xmlChar *out[PREFIXES_MAX + 1], struct error *err)
{
	char *save = NULL, *word;
	size_t n = 0;

	for (word = strtok_r(list, " \t\r\n", &save); word != NULL;
	     word = strtok_r(NULL, " \t\r\n", &save)) {
		if (n == PREFIXES_MAX)
			return error_limit(err, ERROR_LIMIT, "xml_prefixes", PREFIXES_MAX, 0,
			    "too many prefixes in an InclusiveNamespaces list");
		out[n++] = (xmlChar *)word;
	}
	out[n] = NULL;
	return 0;
}

/*
 * One walk. libxml2 does not stop when its output fails, but goes on to gather what is not taken:
 * once that happened, nothing is visible any more.
 */
struct walk {
	const struct xml_set *set; /* or NULL: all below apex */
	const struct xml_doc *x;
	const xmlNode *apex;
	struct xml_budget *budget;
	struct buf *out;
	struct error *err;
	int failed;
};

static int
write_out(void *arg, const char *data, int len)
{
	struct walk *w = arg;

	if (!w->failed)
		w->failed = xml_spend_bytes(w->budget, (size_t)len, w->err) != 0 ||
			    buf_append(w->out, data, (size_t)len, w->err) != 0;
	return w->failed ? -1 : len;
}

static int
in_set(void *arg, xmlNodePtr node, xmlNodePtr parent)
{
	const struct walk *w = arg;

	if (w->failed)
		return 0;
	if (node->type == XML_NAMESPACE_DECL)
		return xml_set_has_ns(w->set, parent, (const xmlNs *)node);
	return node->_private != NULL && xml_set_has(w->set, xml_index(node));
}

static int
in_subtree(void *arg, xmlNodePtr node, xmlNodePtr parent)
{
	const struct walk *w = arg;

	if (w->failed)
		return 0;
	if (node->type == XML_NAMESPACE_DECL)
		node = parent;
	return node->_private != NULL && xml_is_inside(w->x, node, w->apex);
}

/*
 * The walk starts at the document and would visit all of it. While a subtree is canonicalised, its
 * ancestors have no other child than the way down to it: siblings cannot be in it, and attributes
 * and namespaces of the ancestors stay.
 */
struct detour {
	xmlNode *parent, *first, *last, *child, *prev, *next;
};

static size_t
narrow(const xmlNode *apex, struct detour *detours, size_t max)
{
	xmlNode *child = (xmlNode *)apex;
	size_t n;

	for (n = 0; n < max && child->parent != NULL; n++, child = child->parent) {
		detours[n] = (struct detour){ child->parent, child->parent->children,
			child->parent->last, child, child->prev, child->next };
		child->parent->children = child->parent->last = child;
		child->prev = child->next = NULL;
	}
	return n;
}

static void
widen(const struct detour *detours, size_t n)
{
	while (n-- > 0) {
		detours[n].parent->children = detours[n].first;
		detours[n].parent->last = detours[n].last;
		detours[n].child->prev = detours[n].prev;
		detours[n].child->next = detours[n].next;
	}
}

static int
canonicalize(const struct xml_c14n *c14n, xmlC14NIsVisibleCallback visible, struct walk *w)
{
	struct error *err = w->err;
	xmlOutputBufferPtr io = NULL;
	xmlChar *prefixes[PREFIXES_MAX + 1];
	char *list = NULL;
	size_t before = w->out->len;
	int rc = -1;

	if (c14n->prefixes != NULL) {
		list = strdup(c14n->prefixes);
		if (list == NULL)
			return error_memory(err);
		if (split_prefixes(list, prefixes, err) != 0)
			goto done;
	}
	io = xmlOutputBufferCreateIO(write_out, NULL, w, NULL);
	if (io == NULL) {
		error_memory(err);
		goto done;
	}
	if (xmlC14NExecute(w->x->doc, visible, w, c14n->mode, list != NULL ? prefixes : NULL,
		c14n->comments, io) < 0) {
		error_set(err, ERROR_MALFORMED,
		    "the data cannot be canonicalized (a relative namespace URI, for example)");
		goto done;
	}
	if (xmlOutputBufferFlush(io) < 0) {
		error_set(err, ERROR_INTERNAL, "the canonical form could not be written");
		goto done;
	}
	rc = w->failed ? -1 : 0;
done:
	if (io != NULL && xmlOutputBufferClose(io) < 0)
		rc = error_set(err, ERROR_INTERNAL, "the canonical form could not be written");
	if (rc != 0)
		w->out->len = before;
	free(list);
	return rc;
}

int
xml_c14n_set(const struct xml_c14n *c14n, const struct xml_set *set, struct xml_budget *budget,
    struct buf *out, struct error *err)
{
	struct walk w = { set, set->x, set->apex, budget, out, err, 0 };
	struct detour detours[DEPTH_MAX];
	size_t n;
	int rc;

	if (xml_spend(budget, xml_walk_cost(set->x, set->apex), err) != 0)
		return -1;
	n = set->apex != NULL ? narrow(set->apex, detours, DEPTH_MAX) : 0;
	rc = canonicalize(c14n, in_set, &w);
	widen(detours, n);
	return rc;
}

int
xml_c14n_subtree(const struct xml_c14n *c14n, const struct xml_doc *x, const xmlNode *apex,
    struct xml_budget *budget, struct buf *out, struct error *err)
{
	struct walk w = { NULL, x, apex, budget, out, err, 0 };
	struct detour detours[DEPTH_MAX];
	size_t n;
	int rc;

	if (xml_spend(budget, xml_walk_cost(x, apex), err) != 0)
		return -1;
	n = narrow(apex, detours, DEPTH_MAX);
	rc = canonicalize(c14n, in_subtree, &w);
	widen(detours, n);
	return rc;
}
