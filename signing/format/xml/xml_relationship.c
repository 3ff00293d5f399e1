/* The relationships transform of Office packages (ISO/IEC 29500-2 clause 13.2.4.24). */
#include <stdlib.h>
#include <string.h>

#include "signing/format/xml/xml_transform.h"

#define NS_PACKAGE "http://schemas.openxmlformats.org/package/2006/relationships"
#define NS_DIGSIG  "http://schemas.openxmlformats.org/package/2006/digital-signature"

/* In the order of canonical XML. */
enum { ID, TARGET, TARGET_MODE, TYPE, ATTRIBUTES };
static const char *const names[ATTRIBUTES] = { "Id", "Target", "TargetMode", "Type" };

struct relationship {
	const char *values[ATTRIBUTES];
};

static int
read_relationship(const xmlNode *e, struct relationship *out, struct error *err)
{
	const xmlAttr *a;
	size_t i, known = 0, all = 0;

	for (i = 0; i < ATTRIBUTES; i++) {
		out->values[i] = xml_attr(e, names[i]);
		known += out->values[i] != NULL;
	}
	for (a = e->properties; a != NULL; a = a->next)
		all++;
	if (out->values[TARGET_MODE] == NULL)
		out->values[TARGET_MODE] = "Internal";
	if (out->values[ID] == NULL || out->values[TARGET] == NULL || out->values[TYPE] == NULL ||
	    known != all)
		return error_set(err, ERROR_MALFORMED,
		    "a relationship has not just Id, Type, Target and TargetMode");
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
select_all(const xmlNode *root, const xmlNode *transform, struct relationship *list, size_t *count,
    struct error *err)
{
	const xmlNode *c;
	int hit;

	*count = 0;
	for (c = xml_first(root); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, NS_PACKAGE, "Relationship"))
			return error_set(err, ERROR_UNSUPPORTED,
			    "a relationships part holds what is no relationship");
		if (read_relationship(c, &list[*count], err) != 0)
			return -1;
		hit = is_selected(transform, &list[*count], err);
		if (hit < 0)
			return -1;
		*count += (size_t)hit;
	}
	qsort(list, *count, sizeof(*list), compare);
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
	if (select_all(root, transform, list, &count, err) != 0 ||
	    buf_append_str(out, "<Relationships xmlns=\"" NS_PACKAGE "\">", err) != 0)
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
