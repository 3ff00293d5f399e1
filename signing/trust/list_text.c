/* The smallest parts of trusted lists: walks, texts, times, identities. */
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/trust/list_private.h"

struct tl_walk
tl_into(struct tl_work *work, const xmlNode *parent)
{
	return (struct tl_walk){ work, parent, xml_first(parent) };
}

const xmlNode *
tl_take(struct tl_walk *walk, const char *name)
{
	const xmlNode *node = walk->at;

	if (walk->work->err->kind != ERROR_NONE || !xml_is(node, XML_NS_TSL, name))
		return NULL;
	walk->at = xml_next(node);
	return node;
}

const xmlNode *
tl_need(struct tl_walk *walk, const char *name)
{
	const xmlNode *node = tl_take(walk, name);

	if (node == NULL)
		error_set(walk->work->err, ERROR_MALFORMED,
		    "line %ld of the trusted list: the %s has no %s, or not in its place",
		    walk->parent != NULL ? xmlGetLineNo(walk->parent) : 0,
		    walk->parent != NULL ? (const char *)walk->parent->name : "list", name);
	return node;
}

int
tl_end(struct tl_walk *walk)
{
	if (walk->work->err->kind != ERROR_NONE)
		return -1;
	if (walk->at != NULL)
		return error_set(walk->work->err, ERROR_MALFORMED,
		    "line %ld of the trusted list: the element %.60s is out of its place in %s",
		    xmlGetLineNo(walk->at), walk->at->name, walk->parent->name);
	return 0;
}

size_t
tl_count(const xmlNode *parent, const char *ns, const char *name)
{
	const xmlNode *c;
	size_t n = 0;

	for (c = xml_first(parent); c != NULL; c = xml_next(c))
		n += xml_is(c, ns, name);
	return n;
}

static int
bad(struct tl_work *work, const xmlNode *node, const char *what)
{
	return error_set(work->err, ERROR_MALFORMED, "line %ld of the trusted list: the %.60s %s",
	    node != NULL ? xmlGetLineNo(node) : 0,
	    node != NULL ? (const char *)node->name : "element", what);
}

int
tl_text(struct tl_work *work, const xmlNode *node, const char **text)
{
	char *own;

	if (work->err->kind != ERROR_NONE)
		return -1;
	own = xml_node_text(node);
	if (own == NULL || *own == '\0') {
		free(own);
		return bad(work, node, "is empty or holds more than text");
	}
	*text = arena_text(work->arena, own, work->err);
	free(own);
	return *text != NULL ? 0 : -1;
}

int
tl_time(struct tl_work *work, const xmlNode *node, int64_t *time)
{
	char *own;
	int rc;

	if (work->err->kind != ERROR_NONE)
		return -1;
	own = xml_node_text(node);
	rc = own != NULL ? text_parse_time(own, time) : -1;
	free(own);
	return rc == 0 ? 0 : bad(work, node, "is no time such as 2026-03-01T12:00:00Z");
}

int
tl_base64(struct tl_work *work, const xmlNode *node, struct span *out)
{
	struct buf bytes = BUF_INIT(0);
	int rc = -1;

	if (work->err->kind != ERROR_NONE)
		return -1;
	if (xml_base64(node, "it", &bytes, NULL) != 0 || bytes.len == 0)
		bad(work, node, "is not plain base64");
	else
		rc = arena_bytes(work->arena, SPAN_OF(&bytes), out, work->err);
	buf_release(&bytes);
	return rc;
}

static int
is_english(const xmlNode *node)
{
	const xmlAttr *a;

	for (a = node->properties; a != NULL; a = a->next)
		if (a->ns != NULL && xmlStrEqual(a->ns->href, XML_XML_NAMESPACE) &&
		    xmlStrEqual(a->name, (const xmlChar *)"lang"))
			return a->children != NULL && a->children->content != NULL &&
			       xmlStrncasecmp(a->children->content, (const xmlChar *)"en", 2) == 0;
	return 0;
}

int
tl_name(struct tl_work *work, const xmlNode *node, const char **text)
{
	const xmlNode *c, *best = NULL;

	if (work->err->kind != ERROR_NONE)
		return -1;
	for (c = xml_first(node); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, XML_NS_TSL, "Name"))
			return bad(work, c, "stands where a Name should");
		if (best == NULL || (is_english(c) && !is_english(best)))
			best = c;
	}
	if (best == NULL)
		return bad(work, node, "has no Name");
	return tl_text(work, best, text);
}

int
tl_texts(struct tl_work *work, const xmlNode *node, const char *ns, const char *name,
    struct trust_texts *texts)
{
	const size_t n = tl_count(node, ns, name);
	const xmlNode *c;

	if (work->err->kind != ERROR_NONE)
		return -1;
	texts->count = 0;
	texts->items = arena_array(work->arena, n, sizeof(*texts->items), work->err);
	for (c = xml_first(node); c != NULL && texts->items != NULL; c = xml_next(c))
		if (xml_is(c, ns, name) && tl_text(work, c, &texts->items[texts->count++]) != 0)
			return -1;
	return texts->items != NULL ? 0 : -1;
}

int
tl_identity(struct tl_work *work, const xmlNode *node, struct trust_blobs *certificates,
    struct trust_blobs *skis, struct trust_texts *subjects)
{
	const xmlNode *id, *c;
	int rc = 0;

	for (id = xml_first(node); id != NULL && rc == 0; id = xml_next(id)) {
		c = xml_first(id);
		if (!xml_is(id, XML_NS_TSL, "DigitalId") || c == NULL || xml_next(c) != NULL)
			return bad(work, id, "is no DigitalId with one identifier");
		if (xml_is(c, XML_NS_TSL, "X509Certificate"))
			rc = tl_base64(work, c, &certificates->items[certificates->count++]);
		else if (xml_is(c, XML_NS_TSL, "X509SKI"))
			rc = tl_base64(work, c, &skis->items[skis->count++]);
		else if (xml_is(c, XML_NS_TSL, "X509SubjectName"))
			rc = tl_text(work, c, &subjects->items[subjects->count++]);
		else if (!xml_is(c, XML_NS_DSIG, "KeyValue") && !xml_is(c, XML_NS_TSL, "Other"))
			return bad(work, c, "is no identifier of clause 5.5.3");
	}
	return rc;
}
