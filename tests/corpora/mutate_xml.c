/* Mutations of XML documents: wrapped, doubled and moved elements, IDs, texts; and what is shown.
 */
#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "tests/corpora/mutate.h"

#define DSIG	  BAD_CAST "http://www.w3.org/2000/09/xmldsig#"
#define NODES_MAX 20000

struct tree {
	xmlDoc *doc;
	xmlNode *elements[NODES_MAX];
	size_t count;
};

static int
is_signature(const xmlNode *n)
{
	return n->ns != NULL && xmlStrEqual(n->ns->href, DSIG) &&
	       xmlStrEqual(n->name, BAD_CAST "Signature");
}

static void
gather(struct tree *t, xmlNode *n)
{
	for (; n != NULL && t->count < NODES_MAX; n = n->next)
		if (n->type == XML_ELEMENT_NODE) {
			t->elements[t->count++] = n;
			gather(t, n->children);
		}
}

static xmlDoc *
parse(struct span file)
{
	return xmlReadMemory((const char *)file.data, (int)file.len, NULL, NULL,
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE);
}

static struct tree *
tree_of(struct span file)
{
	struct tree *t = calloc(1, sizeof(*t));
	xmlDoc *doc = parse(file);

	if (t == NULL)
		abort();
	if (doc == NULL) {
		free(t);
		return NULL;
	}
	t->doc = doc;
	gather(t, doc->children);
	return t;
}

static void
tree_free(struct tree *t)
{
	xmlFreeDoc(t->doc);
	free(t);
}

static int
write_out(struct mutant *m, struct tree *t)
{
	xmlChar *text = NULL;
	int len = 0;

	xmlDocDumpMemory(t->doc, &text, &len);
	mutant_put(m, text, (size_t)len);
	xmlFree(text);
	tree_free(t);
	return 1;
}

static xmlAttr *
id_of(const xmlNode *e)
{
	static const char *const names[] = { "Id", "ID", "id", "AssertionID" };
	xmlAttr *a;
	size_t i;

	for (a = e->properties; a != NULL; a = a->next)
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (xmlStrEqual(a->name, BAD_CAST names[i]))
				return a;
	return NULL;
}

/* One of the elements that have an ID (or, with any, of all below the root); NULL: none. */
static xmlNode *
pick(struct mutant *m, const struct tree *t, int with_id)
{
	size_t at, n;

	if (t->count < 2)
		return NULL;
	at = mutant_random(m, t->count);
	for (n = 0; n < t->count; n++, at = (at + 1) % t->count)
		if (at > 0 && (!with_id || id_of(t->elements[at]) != NULL))
			return t->elements[at];
	return NULL;
}

static xmlNode *
add_text(xmlNode *e, const char *text)
{
	return xmlAddChild(e, xmlNewText(BAD_CAST text));
}

/* The signed element goes into a wrapper elsewhere, a changed copy takes its place. */
static int
wrap(struct mutant *m, int keep_id, int behind)
{
	struct tree *t = tree_of(m->from);
	xmlNode *e = t != NULL ? pick(m, t, 1) : NULL, *copy, *wrapper, *root;

	if (e == NULL) {
		if (t != NULL)
			tree_free(t);
		return 0;
	}
	root = xmlDocGetRootElement(t->doc);
	copy = xmlDocCopyNode(e, t->doc, 1);
	add_text(copy, "changed");
	if (!keep_id)
		xmlRemoveProp(id_of(copy));
	xmlReplaceNode(e, copy);
	wrapper = xmlNewNode(NULL, BAD_CAST "Wrapper");
	if (behind || root->children == NULL)
		xmlAddChild(root, wrapper);
	else
		xmlAddPrevSibling(root->children, wrapper);
	xmlAddChild(wrapper, e);
	mutant_say(m, "<%s> wrapped, %s the ID at its place", (const char *)e->name,
	    keep_id ? "with" : "without");
	return write_out(m, t);
}

static int
wrap_with_id(struct mutant *m)
{
	return wrap(m, 1, (int)mutant_random(m, 2));
}

static int
wrap_without_id(struct mutant *m)
{
	return wrap(m, 0, (int)mutant_random(m, 2));
}

static int
double_id(struct mutant *m)
{
	struct tree *t = tree_of(m->from);
	xmlNode *e = t != NULL ? pick(m, t, 1) : NULL, *to, *other;
	xmlChar *value;

	if (e == NULL) {
		if (t != NULL)
			tree_free(t);
		return 0;
	}
	to = t->elements[mutant_random(m, t->count)];
	other = xmlNewNode(NULL, BAD_CAST "Other");
	value = xmlNodeGetContent((xmlNode *)id_of(e));
	xmlNewProp(other, id_of(e)->name, value);
	if (to->children != NULL && mutant_random(m, 2))
		xmlAddPrevSibling(to->children, other);
	else
		xmlAddChild(to, other);
	mutant_say(m, "another element with the ID %.50s", (const char *)value);
	xmlFree(value);
	return write_out(m, t);
}

static int
add_element(struct mutant *m)
{
	struct tree *t = tree_of(m->from);
	xmlNode *to, *other;

	if (t == NULL)
		return 0;
	to = t->elements[mutant_random(m, t->count)];
	other = xmlNewNode(NULL, BAD_CAST "Added");
	add_text(other, "1000");
	xmlAddChild(to, other);
	mutant_say(m, "an element added to <%s>", (const char *)to->name);
	return write_out(m, t);
}

static int
add_attribute(struct mutant *m)
{
	struct tree *t = tree_of(m->from);
	xmlNode *to;

	if (t == NULL)
		return 0;
	to = t->elements[mutant_random(m, t->count)];
	xmlNewProp(to, BAD_CAST "added", BAD_CAST "1");
	mutant_say(m, "an attribute added to <%s>", (const char *)to->name);
	return write_out(m, t);
}

static int
add_words(struct mutant *m)
{
	struct tree *t = tree_of(m->from);
	xmlNode *to;

	if (t == NULL)
		return 0;
	to = t->elements[mutant_random(m, t->count)];
	if (mutant_random(m, 2) || to->children == NULL)
		add_text(to, "words");
	else
		xmlAddPrevSibling(to->children, xmlNewComment(BAD_CAST "comment"));
	mutant_say(m, "words or a comment added to <%s>", (const char *)to->name);
	return write_out(m, t);
}

static int
move(struct mutant *m)
{
	struct tree *t = tree_of(m->from);
	xmlNode *e = t != NULL ? pick(m, t, 0) : NULL, *to, *up;

	if (e == NULL) {
		if (t != NULL)
			tree_free(t);
		return 0;
	}
	to = t->elements[mutant_random(m, t->count)];
	for (up = to; up != NULL; up = up->parent)
		if (up == e)
			to = xmlDocGetRootElement(t->doc);
	mutant_say(m, "<%s> moved into <%s>", (const char *)e->name, (const char *)to->name);
	xmlUnlinkNode(e);
	if (to->children != NULL && mutant_random(m, 2))
		xmlAddPrevSibling(to->children, e);
	else
		xmlAddChild(to, e);
	xmlReconciliateNs(t->doc, e);
	return write_out(m, t);
}

static int
double_element(struct mutant *m)
{
	struct tree *t = tree_of(m->from);
	xmlNode *e = t != NULL ? pick(m, t, 0) : NULL;

	if (e == NULL) {
		if (t != NULL)
			tree_free(t);
		return 0;
	}
	xmlAddNextSibling(e, xmlDocCopyNode(e, t->doc, 1));
	mutant_say(m, "<%s> twice", (const char *)e->name);
	return write_out(m, t);
}

static int
remove_element(struct mutant *m)
{
	struct tree *t = tree_of(m->from);
	xmlNode *e = t != NULL ? pick(m, t, 0) : NULL;

	if (e == NULL) {
		if (t != NULL)
			tree_free(t);
		return 0;
	}
	mutant_say(m, "<%s> taken out", (const char *)e->name);
	xmlUnlinkNode(e);
	xmlFreeNode(e);
	return write_out(m, t);
}

/* A document around the whole: its root is another one. */
static int
new_root(struct mutant *m)
{
	struct tree *t = tree_of(m->from);
	xmlNode *root, *other;

	if (t == NULL)
		return 0;
	root = xmlDocGetRootElement(t->doc);
	other = xmlNewNode(NULL, BAD_CAST "Around");
	xmlDocSetRootElement(t->doc, other);
	add_text(other, "pay 1000");
	xmlAddChild(other, root);
	mutant_say(m, "another root around <%s>", (const char *)root->name);
	return write_out(m, t);
}

/* Written anew, nothing changed: must be harmless, or else the mutations above show nothing. */
static int
rewrite(struct mutant *m)
{
	struct tree *t = tree_of(m->from);

	if (t == NULL)
		return 0;
	mutant_say(m, "written anew");
	return write_out(m, t);
}

#define XML (1u << MUTANT_XML)

const struct mutation mutations_of_xml[] = {
	{ "xml-rewrite", XML, rewrite },
	{ "xml-wrap-id", XML, wrap_with_id },
	{ "xml-wrap", XML, wrap_without_id },
	{ "xml-double-id", XML, double_id },
	{ "xml-element", XML, add_element },
	{ "xml-attribute", XML, add_attribute },
	{ "xml-words", XML, add_words },
	{ "xml-move", XML, move },
	{ "xml-twice", XML, double_element },
	{ "xml-remove", XML, remove_element },
	{ "xml-root", XML, new_root },
	{ NULL, 0, NULL },
};

/* ---- what is shown ---- */

static int
holds_properties(const xmlNode *object)
{
	const xmlNode *n;

	for (n = object->children; n != NULL; n = n->next)
		if (n->type == XML_ELEMENT_NODE &&
		    (xmlStrEqual(n->name, BAD_CAST "QualifyingProperties") ||
			xmlStrEqual(n->name, BAD_CAST "Manifest") ||
			xmlStrEqual(n->name, BAD_CAST "SignatureProperties")))
			return 1;
	return 0;
}

static void
keep_alone(xmlDoc *doc, const xmlNode *root)
{
	xmlNode *n, *next;

	for (n = doc->children; n != NULL; n = next) {
		next = n->next;
		if (n == root)
			continue;
		xmlUnlinkNode(n);
		xmlFreeNode(n);
	}
}

/*
 * Of an enveloping signature only what stands in ds:Objects with a user's data is shown; their
 * attributes are advice (XML-DSig section 4.5).
 */
static void
keep_objects(xmlNode *signature)
{
	xmlNode *n, *next;

	keep_alone(signature->doc, signature);

	for (n = signature->children; n != NULL; n = next) {
		next = n->next;
		if (n->type == XML_ELEMENT_NODE && xmlStrEqual(n->name, BAD_CAST "Object") &&
		    !holds_properties(n)) {
			while (n->properties != NULL)
				xmlRemoveProp(n->properties);
			continue;
		}
		xmlUnlinkNode(n);
		xmlFreeNode(n);
	}
	while (signature->properties != NULL)
		xmlRemoveProp(signature->properties);
}

int
shown_xml(struct span file, unsigned char digest[32])
{
	struct tree *t = tree_of(file);
	xmlChar *text = NULL;
	xmlNode *root;
	size_t i;
	int len;

	if (t == NULL)
		return 0;
	root = xmlDocGetRootElement(t->doc);
	if (is_signature(root)) {
		keep_objects(root);
	} else {
		/* From the last, so that one inside of another goes first. */
		for (i = t->count; i-- > 0;)
			if (is_signature(t->elements[i])) {
				xmlUnlinkNode(t->elements[i]);
				xmlFreeNode(t->elements[i]);
			}
	}
	/* Exclusive canonicalisation leaves out the namespaces that no name uses. */
	len = xmlC14NDocDumpMemory(t->doc, NULL, XML_C14N_EXCLUSIVE_1_0, NULL, 0, &text);
	if (len >= 0)
		SHA256(text, (size_t)len, digest);
	xmlFree(text);
	tree_free(t);
	return len >= 0;
}
