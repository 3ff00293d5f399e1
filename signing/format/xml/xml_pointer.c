/* XPointers that name an element by its ID, or the whole document: XML-DSig section 4.4.3.2. */
#include <stdlib.h>
#include <string.h>

#include "signing/format/xml/xml_transform.h"

static int
find(const struct xml_doc *x, const char *id, const xmlNode **element, struct error *err)
{
	int hits;

	*element = xml_by_id(x, id, &hits);
	if (*element != NULL)
		return 0;
	return error_set(err, hits == 0 ? ERROR_NOT_FOUND : ERROR_CONFLICT,
	    hits == 0 ? "no element has the ID %.150s"
		      : "more than one element has the ID %.150s, so what is signed cannot be told",
	    id);
}

/* What stands between the quotes of xpointer(id('...')), into `id`; -1: it is another form. */
static int
quoted_id(const char *fragment, char *id, size_t size)
{
	static const char head[] = "xpointer(id(";
	size_t len;

	if (strncmp(fragment, head, sizeof(head) - 1) != 0)
		return -1;
	fragment += sizeof(head) - 1;
	len = strcspn(fragment + (*fragment != '\0'), "'\"()");
	if ((*fragment != '\'' && *fragment != '"') || len == 0 || len >= size ||
	    fragment[len + 1] != *fragment || strcmp(fragment + len + 2, "))") != 0)
		return -1;
	memcpy(id, fragment + 1, len);
	id[len] = '\0';
	return 0;
}

int
xml_pointer(const struct xml_doc *x, const char *fragment, const xmlNode **element, int *comments,
    struct error *err)
{
	char id[256];

	*element = NULL;
	*comments = 0;
	if (fragment == NULL)
		return 0;
	if (strcmp(fragment, "xpointer(/)") == 0) {
		*comments = 1;
		return 0;
	}
	if (strlen(fragment) >= sizeof(id))
		return error_set(err, ERROR_MALFORMED, "a reference's XPointer is too long");
	if (strchr(fragment, '(') == NULL)
		return find(x, fragment, element, err);
	if (quoted_id(fragment, id, sizeof(id)) != 0)
		return error_set(
		    err, ERROR_UNSUPPORTED, "the XPointer %.150s is not supported", fragment);
	*comments = 1;
	return find(x, id, element, err);
}

/*
 * Input that is a node-set already is octets to this transform first, canonical ones without
 * comments (XML-DSig section 4.4.3.2): so comments are gone in any case, and an element that
 * earlier transforms took out cannot be selected. Which of them has an ID is told by the document
 * as a whole, so that a second one that was filtered away is still one too many.
 */
int
xml_pointer_filter(const struct xml_transforming *t, const xmlNode *transform,
    struct xml_data *data, struct error *err)
{
	const xmlNode *parameter = xml_first(transform), *element;
	int is_own = data->set.x == t->x, comments, rc = -1;
	struct xml_set chosen = { 0 };
	char *text =
	    xml_is(parameter, XML_TRANSFORM_XPTR, "XPointer") && xml_next(parameter) == NULL
		? xml_node_text(parameter)
		: NULL;

	if (text == NULL || text[0] == '\0') {
		error_set(err, ERROR_MALFORMED, "an XPointer transform has not just one XPointer");
		goto done;
	}
	if (xml_pointer(data->set.x, text, &element, &comments, err) != 0)
		goto done;
	if (element != NULL && !xml_set_has(&data->set, xml_index(element))) {
		error_set(err, ERROR_NOT_FOUND,
		    "the XPointer %.150s names what an earlier transform took out", text);
		goto done;
	}
	if (is_own || !comments)
		xml_set_drop_comments(&data->set);
	if (element == NULL) {
		rc = 0;
		goto done;
	}
	if (xml_spend(t->budget, data->set.x->count / 64 + 1, err) != 0 ||
	    xml_set_init(&chosen, data->set.x, err) != 0)
		goto done;
	xml_set_fill(&chosen, element, 1);
	xml_set_and(&data->set, &chosen);
	data->set.apex = element;
	data->reduced |= !is_own;
	if (is_own)
		data->selected = element;
	rc = 0;
done:
	xml_set_release(&chosen);
	free(text);
	return rc;
}
