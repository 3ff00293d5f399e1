#include "signing/format/pdf/rule_field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names compared when fields are added: siblings times additions. */
#define SIBLINGS_MAX 500000u

const char *
field_name(
    struct pdf_step *step, struct pdf_doc *doc, const char *parent, const struct pdf_node *own)
{
	char *text = NULL, *joined = NULL;
	const char *name = parent;
	qpdf_oh oh;

	if (own->type == PDF_STRING) {
		oh = qpdf_oh_new_binary_string(doc->q, own->text, own->count);
		text = pdf_text(doc, oh);
		qpdf_oh_release(doc->q, oh);
	}
	if (text != NULL && parent[0] != '\0') {
		if (asprintf(&joined, "%s.%s", parent, text) < 0)
			joined = NULL;
		name = joined;
	} else if (text != NULL) {
		name = text;
	}
	if (name != NULL && (name != parent || parent[0] == '\0'))
		name = pdf_objects_text(step->objects, name, step->err);
	else if (name == NULL)
		error_memory(step->err);
	if (name == NULL)
		step->failed = 1;
	free(text);
	free(joined);
	return name;
}

/* ---- visible? ---- */

static double
number_in(const struct pdf_node *node)
{
	return node->type == PDF_INTEGER ? (double)node->number
	       : node->type == PDF_REAL	 ? strtod(node->text, NULL)
					 : 0;
}

static int
widget_is_visible(struct pdf_step *step, const struct pdf_node *widget)
{
	const struct pdf_node *rect = step_new_get(step, widget, "/Rect");
	const struct pdf_node *flags = step_new_get(step, widget, "/F");
	double side[4];
	int i;

	/* Hidden (bit 2) or NoView (bit 6). */
	if (flags->type == PDF_INTEGER && (flags->number & (2 | 32)) != 0)
		return 0;
	if (rect->type != PDF_ARRAY || rect->count != 4)
		return rect->type != PDF_NULL;
	for (i = 0; i < 4; i++)
		side[i] = number_in(step_new(step, rect->items[i]));
	return side[0] != side[2] && side[1] != side[3];
}

int
field_is_visible(struct pdf_step *step, const struct pdf_node *field)
{
	const struct pdf_node *kids = step_new_get(step, field, "/Kids");
	int visible = widget_is_visible(step, field);
	uint32_t i;

	for (i = 0; kids->type == PDF_ARRAY && i < kids->count && !visible; i++)
		visible = widget_is_visible(step, step_new(step, kids->items[i]));
	return visible;
}

/* ---- values ---- */

int
field_value_read(struct pdf_step *step, const struct pdf_node *value, uint32_t field,
    const struct pdf_spot *place, struct field_value *out)
{
	const struct pdf_node *dict = step_new(step, value), *type;

	if (!step_is_fresh(step, value)) {
		step_tell(step, CHANGE_OTHER, field, place,
		    "its value is no object of its own, or one that was there before");
		return 0;
	}
	type = step_new_get(step, dict, "/Type");
	out->is_stamp = pdf_node_is_name(type, "/DocTimeStamp") ||
			pdf_node_is_name(step_new_get(step, dict, "/SubFilter"), "/ETSI.RFC3161");
	if (dict->type == PDF_DICT && !dict->is_stream &&
	    (type->type == PDF_NULL || pdf_node_is_name(type, "/Sig") ||
		pdf_node_is_name(type, "/DocTimeStamp")) &&
	    step_new_get(step, dict, "/ByteRange")->type == PDF_ARRAY &&
	    step_new_get(step, dict, "/Contents")->type == PDF_STRING)
		return 1;
	step_tell(step, CHANGE_OTHER, field, place, "its value is no signature");
	return 0;
}

/* ---- new fields ---- */

static int
refuse(struct pdf_step *step, const struct pdf_node *item, const struct pdf_spot *place,
    const char *why)
{
	step_tell(
	    step, CHANGE_OTHER, item->type == PDF_REF ? item->ref.number : 0, place, "%s", why);
	return -1;
}

/* 1 when every key of the dictionary is listed. */
static int
has_only(const struct pdf_node *dict, const char *const *keys)
{
	const char *const *key;
	uint32_t i;

	for (i = 0; i < dict->count; i++) {
		for (key = keys; *key != NULL; key++)
			if (strcmp(*key, dict->entries[i].key) == 0)
				break;
		if (*key == NULL)
			return 0;
	}
	return 1;
}

/* The name must be text, without a dot, and no sibling's. */
static int
check_name(struct pdf_step *step, const struct pdf_node *item, const struct pdf_node *own,
    struct field_list *list, const struct pdf_spot *place)
{
	const char *name, *other;
	uint32_t i;

	if (own->type != PDF_STRING || own->count == 0)
		return refuse(step, item, place, "a field was added that has no name");
	if ((uint64_t)++list->added * list->items->count > SIBLINGS_MAX)
		return refuse(step, item, place, "too many fields were added");
	name = field_name(step, step->new, "", own);
	if (name == NULL)
		return -1;
	if (name[0] == '\0' || strchr(name, '.') != NULL)
		return refuse(step, item, place, "a field was added whose name cannot be one");
	for (i = 0; i < list->items->count; i++) {
		const struct pdf_node *sibling = list->items->items[i];

		if (pdf_node_same_ref(sibling, item))
			continue;
		sibling = step_new_get(step, step_new(step, sibling), "/T");
		if (sibling->type == PDF_NULL)
			continue;
		other = field_name(step, step->new, "", sibling);
		if (other == NULL)
			return -1;
		if (strcmp(name, other) == 0)
			return refuse(
			    step, item, place, "a field was added that has the name of another");
	}
	return 0;
}

/* The keys of a signature field, of its widget, and of both in one; no actions among them. */
static const char *const field_keys[] = { "/Type", "/Subtype", "/FT", "/T", "/TU", "/TM", "/Ff",
	"/V", "/DV", "/DA", "/Q", "/Rect", "/F", "/P", "/AP", "/AS", "/MK", "/BS", "/Border", "/C",
	"/H", "/M", "/NM", "/Contents", "/StructParent", "/DR", "/Kids", "/Parent", "/Lock", "/SV",
	NULL };
/* Those of a node that only holds other fields. */
static const char *const holder_keys[] = { "/T", "/TU", "/TM", "/FT", "/Ff", "/Kids", "/Parent",
	"/DA", "/Q", NULL };

static int
add_widgets(struct pdf_step *step, const struct pdf_node *kids, const struct pdf_spot *place)
{
	uint32_t i;

	for (i = 0; i < kids->count; i++) {
		const struct pdf_node *item = kids->items[i], *widget = step_new(step, item);

		if (!step_is_fresh(step, item) || widget->type != PDF_DICT || widget->is_stream ||
		    !has_only(widget, field_keys))
			return refuse(step, item, place,
			    "a widget was added that is no new widget of a signature field");
		step_mark_new(step, item, MARK_NEW_WIDGET);
	}
	return 0;
}

static void
tell_new_field(struct pdf_step *step, const struct pdf_node *item, const struct pdf_node *field,
    const struct pdf_spot *place)
{
	const struct pdf_node *value = pdf_node_get(field, "/V");
	int visible = field_is_visible(step, field);
	struct field_value v = { 0 };
	struct pdf_found_change *told;
	const char *what = "an empty signature field was added";

	if (step_new(step, value)->type != PDF_NULL) {
		if (!field_value_read(step, value, item->ref.number, place, &v))
			return;
		what = v.is_stamp ? "a document time stamp was added" : "a signature was added";
	}
	step_tell(step, v.is_stamp && !visible ? CHANGE_LTA : CHANGE_FORM, item->ref.number, place,
	    "%s%s", what, visible ? ", which is seen on a page" : "");
	told = step_told(step);
	if (told != NULL) {
		told->is_stamp = v.is_stamp;
		told->is_new = 1;
		told->is_seen = visible;
	}
}

static void add_fields(
    struct pdf_step *step, const struct pdf_node *kids, const struct pdf_part *parent, int depth);

static int
has_named_kid(struct pdf_step *step, const struct pdf_node *kids)
{
	uint32_t i;

	for (i = 0; i < kids->count; i++)
		if (step_new_get(step, step_new(step, kids->items[i]), "/T")->type != PDF_NULL)
			return 1;
	return 0;
}

static void
add_field(struct pdf_step *step, const struct pdf_node *item, struct field_list *list, int depth)
{
	const struct pdf_node *field = step_new(step, item), *type, *kids;
	struct pdf_part part = { .ref = item };
	struct pdf_spot place = { .field = list->parent->name };

	if (!step_is_fresh(step, item) || field->type != PDF_DICT || field->is_stream ||
	    depth > PDF_DEPTH_MAX || step_new_marks(step, item) & MARK_EXPLAINED) {
		refuse(step, item, &place, "something was added to the form that is no new field");
		return;
	}
	step_mark_new(step, item, MARK_EXPLAINED); /* kids may go in circles */
	part.name =
	    field_name(step, step->new, list->parent->name, step_new_get(step, field, "/T"));
	if (part.name == NULL)
		return;
	place.field = part.name;
	if (check_name(step, item, step_new_get(step, field, "/T"), list, &place) != 0)
		return;
	type = step_new_get(step, field, "/FT");
	part.type = type->type == PDF_NAME ? type->text : list->parent->type;
	kids = step_new_get(step, field, "/Kids");
	if (kids->type == PDF_ARRAY && has_named_kid(step, kids)) {
		if (!has_only(field, holder_keys))
			refuse(step, item, &place, "a field was added that is no signature field");
		else
			add_fields(step, kids, &part, depth + 1);
		return;
	}
	if (part.type == NULL || strcmp(part.type, "/Sig") != 0 || !has_only(field, field_keys)) {
		refuse(step, item, &place, "a field was added that is no signature field");
		return;
	}
	if (kids->type == PDF_ARRAY && add_widgets(step, kids, &place) != 0)
		return;
	step_mark_new(step, item, MARK_NEW_WIDGET);
	tell_new_field(step, item, field, &place);
}

static void
add_fields(
    struct pdf_step *step, const struct pdf_node *kids, const struct pdf_part *parent, int depth)
{
	struct field_list list = { parent, kids, 0 };
	uint32_t i;

	for (i = 0; i < kids->count && !step->failed; i++)
		add_field(step, kids->items[i], &list, depth);
}

void
field_added(struct pdf_step *step, const struct pdf_node *item, struct field_list *list)
{
	struct pdf_spot place = { .field = list->parent->name };

	/* Below a field that holds a value there are only its widgets. */
	if (list->parent->ref != NULL && list->parent->type != NULL &&
	    step_new_get(step, step_new(step, item), "/T")->type == PDF_NULL) {
		refuse(step, item, &place, "a widget was added to a field");
		return;
	}
	add_field(step, item, list, 0);
}
