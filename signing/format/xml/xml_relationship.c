/*
 * The relationships transform of Office packages (ISO/IEC 29500-2 clause 13.2.4.24). Its first step
 * is markup compatibility (ISO/IEC 29500-3), by which the namespace of relationships is the only
 * one that is understood: what is of a namespace that the part calls ignorable is left out, what is
 * of any other is an error, as it is to clause 9.1.4 (M1.20) without these instructions. Left out
 * of ours: AlternateContent and ProcessContent, which are refused.
 */
#include <stdlib.h>
#include <string.h>

#include "signing/format/xml/xml_transform.h"

#define NS_PACKAGE "http://schemas.openxmlformats.org/package/2006/relationships"
#define NS_DIGSIG  "http://schemas.openxmlformats.org/package/2006/digital-signature"
#define NS_COMPAT  "http://schemas.openxmlformats.org/markup-compatibility/2006"
/* Of looking for a prefix among the namespaces of two elements. */
#define SEARCH_COST 16

/* In the order of canonical XML. */
enum { ID, TARGET, TARGET_MODE, TYPE, ATTRIBUTES };
static const char *const names[ATTRIBUTES] = { "Id", "Target", "TargetMode", "Type" };

struct relationship {
	const char *values[ATTRIBUTES];
};

/* ---- markup compatibility ---- */

#define BLANKS " \t\r\n"

/*
 * Is `ns` one of those whose prefixes an attribute of `e` lists? 1, 0, -1 (limit). *unknown: one
 * that is listed is not the namespace of relationships.
 */
static int
lists_namespace(const struct xml_transforming *t, const xmlNode *e, const char *attribute,
    const char *ns, int *unknown, struct error *err)
{
	xmlChar *list = xmlGetNsProp((xmlNode *)e, BAD_CAST attribute, BAD_CAST NS_COMPAT);
	char *save = NULL, *prefix;
	int hit = 0;

	*unknown = 0;
	if (list != NULL && xml_spend_bytes(t->budget, strlen((char *)list), err) != 0)
		hit = -1;
	prefix = list != NULL ? strtok_r((char *)list, BLANKS, &save) : NULL;
	for (; prefix != NULL && hit >= 0; prefix = strtok_r(NULL, BLANKS, &save)) {
		const xmlNs *named = xmlSearchNs(e->doc, (xmlNode *)e, BAD_CAST prefix);

		*unknown |= named == NULL || strcmp((const char *)named->href, NS_PACKAGE) != 0;
		hit |= named != NULL && strcmp((const char *)named->href, ns) == 0;
		if (xml_spend(t->budget, SEARCH_COST, err) != 0)
			hit = -1;
	}
	xmlFree(list);
	return hit;
}

/* Does the element, or one around it, call the namespace ignorable? 1, 0, -1 (limit). */
static int
is_ignorable(const struct xml_transforming *t, const xmlNode *e, const xmlNs *ns, struct error *err)
{
	int unknown, hit = 0;

	if (ns == NULL || strcmp((const char *)ns->href, NS_PACKAGE) == 0 ||
	    strcmp((const char *)ns->href, NS_COMPAT) == 0)
		return 0;
	for (; hit == 0 && e != NULL && e->type == XML_ELEMENT_NODE; e = e->parent)
		hit = lists_namespace(t, e, "Ignorable", (const char *)ns->href, &unknown, err);
	return hit;
}

static int
is_instruction(const xmlAttr *a)
{
	static const char *const names_known[] = { "Ignorable", "PreserveElements",
		"PreserveAttributes", "MustUnderstand" };
	size_t i;

	for (i = 0; i < sizeof(names_known) / sizeof(names_known[0]); i++)
		if (a->ns != NULL && strcmp((const char *)a->ns->href, NS_COMPAT) == 0 &&
		    strcmp((const char *)a->name, names_known[i]) == 0)
			return 1;
	return 0;
}

/* Each must be one of `own`, an instruction that can be followed, or ignorable. */
static int
judge_attributes(const struct xml_transforming *t, const xmlNode *e, const char *const *own,
    size_t own_count, struct error *err)
{
	const xmlAttr *a;
	int unknown, may;
	size_t i;

	if (lists_namespace(t, e, "MustUnderstand", NS_PACKAGE, &unknown, err) < 0)
		return -1;
	if (unknown)
		return error_set(err, ERROR_UNSUPPORTED,
		    "a relationships part wants namespaces understood that are not");
	for (a = e->properties; a != NULL; a = a->next) {
		for (i = 0; i < own_count; i++)
			if (a->ns == NULL && strcmp((const char *)a->name, own[i]) == 0)
				break;
		may = i < own_count || is_instruction(a) ? 1 : is_ignorable(t, e, a->ns, err);
		if (may < 0)
			return -1;
		if (!may)
			return error_set(err, ERROR_MALFORMED,
			    "a relationships part has the attribute %.100s, which such parts do "
			    "not know",
			    (const char *)a->name);
	}
	return 0;
}

static int
read_relationship(
    const struct xml_transforming *t, const xmlNode *e, struct relationship *out, struct error *err)
{
	size_t i;

	if (judge_attributes(t, e, names, ATTRIBUTES, err) != 0)
		return -1;
	for (i = 0; i < ATTRIBUTES; i++)
		out->values[i] = xml_attr(e, names[i]);
	if (out->values[TARGET_MODE] == NULL)
		out->values[TARGET_MODE] = "Internal";
	if (out->values[ID] == NULL || out->values[TARGET] == NULL || out->values[TYPE] == NULL)
		return error_set(
		    err, ERROR_MALFORMED, "a relationship has not all of Id, Type and Target");
	return 0;
}

/* 1 when the transform names it by its Id or its type; -1 for a selector that is not known. */
static int
is_selected(const xmlNode *transform, const struct relationship *r, struct error *err)
{
	const xmlNode *c;
	const char *id, *type;
	int hit = 0;

	for (c = xml_first(transform); c != NULL; c = xml_next(c)) {
		id = xml_is(c, NS_DIGSIG, "RelationshipReference") ? xml_attr(c, "SourceId") : NULL;
		type = xml_is(c, NS_DIGSIG, "RelationshipsGroupReference")
			   ? xml_attr(c, "SourceType")
			   : NULL;
		if (id == NULL && type == NULL)
			return error_set(err, ERROR_MALFORMED,
			    "a relationships transform holds what selects no relationship");
		hit |= id != NULL && strcmp(id, r->values[ID]) == 0;
		hit |= type != NULL && strcmp(type, r->values[TYPE]) == 0;
	}
	return hit;
}

static int
compare(const void *a, const void *b)
{
	const struct relationship *l = a, *r = b;

	return strcmp(l->values[ID], r->values[ID]);
}

static int
put_value(struct buf *out, const char *value, struct error *err)
{
	static const struct {
		char c;
		const char *as;
	} escapes[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '"', "&quot;" }, { '\t', "&#x9;" },
		{ '\n', "&#xA;" }, { '\r', "&#xD;" } };
	size_t i;
	int rc = 0;

	for (; rc == 0 && *value != '\0'; value++) {
		for (i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
			if (escapes[i].c == *value)
				break;
		rc = i < sizeof(escapes) / sizeof(escapes[0])
			 ? buf_append_str(out, escapes[i].as, err)
			 : buf_append(out, value, 1, err);
	}
	return rc;
}

static int
put_relationship(struct buf *out, const struct relationship *r, struct error *err)
{
	size_t i;

	if (buf_append_str(out, "<Relationship", err) != 0)
		return -1;
	for (i = 0; i < ATTRIBUTES; i++)
		if (buf_printf(out, err, " %s=\"", names[i]) != 0 ||
		    put_value(out, r->values[i], err) != 0 || buf_append_str(out, "\"", err) != 0)
			return -1;
	return buf_append_str(out, "></Relationship>", err);
}

/* The selected ones into `list`, which has room for all. */
static int
select_all(const struct xml_transforming *t, const xmlNode *root, const xmlNode *transform,
    struct relationship *list, size_t *count, struct error *err)
{
	const xmlNode *c;
	int hit;

	*count = 0;
	for (c = xml_first(root); c != NULL; c = xml_next(c)) {
		hit = is_ignorable(t, c, c->ns, err);
		if (hit < 0)
			return -1;
		if (hit)
			continue;
		if (!xml_is(c, NS_PACKAGE, "Relationship"))
			return error_set(err, ERROR_UNSUPPORTED,
			    "a relationships part holds what is no relationship and may not be "
			    "ignored");
		if (read_relationship(t, c, &list[*count], err) != 0)
			return -1;
		hit = is_selected(transform, &list[*count], err);
		if (hit < 0)
			return -1;
		*count += (size_t)hit;
	}
	qsort(list, *count, sizeof(*list), compare);
	return 0;
}

/* An older signer made an element of each piece of white space in front of the relationships. */
static int
put_space(const xmlNode *root, struct buf *out, struct error *err)
{
	const xmlNode *c;

	for (c = root->children; c != NULL; c = c->next)
		if (c->type == XML_TEXT_NODE && xmlIsBlankNode(c) &&
		    buf_append_str(out, "<text></text>", err) != 0)
			return -1;
	return 0;
}

static size_t
children(const xmlNode *root)
{
	const xmlNode *c;
	size_t n = 0;

	for (c = xml_first(root); c != NULL; c = xml_next(c))
		n++;
	return n;
}

int
xml_relationships(const struct xml_transforming *t, const xmlNode *transform, const xmlNode *root,
    struct buf *out, struct error *err)
{
	struct relationship *list;
	size_t count, i, selectors = children(transform), all = children(root);
	int rc = -1;

	if (!xml_is(root, NS_PACKAGE, "Relationships"))
		return error_set(err, ERROR_MALFORMED,
		    "a relationships transform is applied to what is no relationships part");
	if (xml_spend(t->budget, (uint64_t)(selectors + 1) * (all + 1), err) != 0)
		return -1;
	list = calloc(all + 1, sizeof(*list));
	if (list == NULL)
		return error_memory(err);
	if (judge_attributes(t, root, NULL, 0, err) != 0 ||
	    select_all(t, root, transform, list, &count, err) != 0 ||
	    buf_append_str(out, "<Relationships xmlns=\"" NS_PACKAGE "\">", err) != 0 ||
	    (t->keeps_space && put_space(root, out, err) != 0))
		goto done;
	for (i = 0; i < count; i++) {
		if (i > 0 && compare(&list[i - 1], &list[i]) == 0) {
			error_set(err, ERROR_MALFORMED, "two relationships have one Id");
			goto done;
		}
		if (put_relationship(out, &list[i], err) != 0)
			goto done;
	}
	rc = buf_append_str(out, "</Relationships>", err);
done:
	free(list);
	return rc;
}
