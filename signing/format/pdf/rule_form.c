/*
 * The interactive form (ISO 32000-2 clause 12.7): fields that both revisions have. What was added
 * is rule_field.c's.
 */
#include <string.h>

#include "signing/format/pdf/rule_field.h"
#include "signing/format/pdf/rule_shown.h"

/* Other fields than these many are not walked: they stay unmarked and must be equal. */
#define FIELDS_MAX 100000

/* ---- marking ---- */

static int
mark_field(struct pdf_step *step, const struct pdf_node *ref, const struct pdf_part *parent,
    struct pdf_parts *fields, int depth)
{
	const struct pdf_node *node = step_old(step, ref), *kids, *type;
	struct pdf_part part = { .ref = ref };
	uint32_t i;

	if (ref->type != PDF_REF || node->type != PDF_DICT || depth > PDF_DEPTH_MAX ||
	    fields->count >= FIELDS_MAX || step_marks(step, ref) & MARK_FIELD)
		return 0;
	step_mark(step, ref, MARK_FIELD | MARK_WIDGET);
	type = step_old_get(step, node, "/FT");
	part.type = type->type == PDF_NAME ? type->text : parent->type;
	part.name = field_name(step, step->old, parent->name, step_old_get(step, node, "/T"));
	part.is_signed = parent->is_signed;
	if (part.type != NULL && strcmp(part.type, "/Sig") == 0)
		part.is_signed |= step_old_get(step, node, "/V")->type != PDF_NULL;
	if (part.name == NULL || pdf_parts_add(step, fields, &part) != 0)
		return -1;
	kids = step_old_get(step, node, "/Kids");
	for (i = 0; kids->type == PDF_ARRAY && i < kids->count; i++)
		if (mark_field(step, kids->items[i], &part, fields, depth + 1) != 0)
			return -1;
	return 0;
}

int
pdf_form_mark(struct pdf_step *step, const struct pdf_node *a, struct pdf_parts *fields)
{
	const struct pdf_node *list = step_old_get(step, step_old(step, a), "/Fields");
	const struct pdf_part top = { .name = "" };
	uint32_t i;

	for (i = 0; list->type == PDF_ARRAY && i < list->count; i++)
		if (mark_field(step, list->items[i], &top, fields, 0) != 0)
			return -1;
	return 0;
}

/* ---- one field ---- */

/* A signature, where there was none: what it may be and what it counts as. */
static void
compare_new_signature(struct pdf_step *step, const struct pdf_part *part, const struct pdf_node *b,
    const struct pdf_spot *place)
{
	struct field_value value;
	struct pdf_found_change *told;

	if (!field_value_read(step, pdf_node_get(b, "/V"), part->ref->ref.number, place, &value))
		return;
	if (value.is_stamp)
		step_tell(step, field_is_visible(step, b) ? CHANGE_FORM : CHANGE_LTA,
		    part->ref->ref.number, place, "a document time stamp was put into it");
	else
		step_tell(step, CHANGE_FORM, part->ref->ref.number, place, "the field was signed");
	told = step_told(step);
	if (told != NULL)
		told->is_stamp = value.is_stamp;
}

/*
 * A new appearance must show the value, where that can be told; and where an appearance goes, and
 * the viewer's own comes for it, it must have shown the value already.
 */
static void
compare_shown(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    int value_changed, uint32_t number, const struct pdf_spot *place)
{
	if (pdf_node_get(b, "/AP")->type != PDF_NULL) {
		if (field_shown(step, step->new, b) == SHOWN_OTHER)
			step_tell(step, CHANGE_OTHER, number, place,
			    "its appearance shows something else than its value");
	} else if (!value_changed && field_shown(step, step->old, a) == SHOWN_OTHER) {
		step_tell(step, CHANGE_OTHER, number, place,
		    "its appearance, which showed something else than its value, is gone");
	}
}

/* A button that is on shows the state that is its value (clause 12.7.5.2.3). */
static void
compare_state(
    struct pdf_step *step, const struct pdf_node *b, uint32_t number, const struct pdf_spot *place)
{
	const struct pdf_node *state = step_new_get(step, b, "/AS");
	const struct pdf_node *value = step_new_get(step, b, "/V");

	if (value->type == PDF_NULL)
		value = step_new_get(step, step_new_get(step, b, "/Parent"), "/V");
	if (state->type == PDF_NAME && value->type == PDF_NAME &&
	    strcmp(state->text, "/Off") != 0 && strcmp(state->text, value->text) != 0)
		step_tell(step, CHANGE_OTHER, number, place,
		    "it shows a state (/AS) that is not its value");
}

/* What viewers write when a field is filled in; "/V" is looked at beside it. */
static const char *const fill_keys[] = { "/AP", "/AS", "/F", "/DA", "/Q", "/Ff", "/I", "/TI", "/RV",
	"/M", NULL };
static const char *const fill_but[] = { "/V", "/AP", "/AS", "/F", "/DA", "/Q", "/Ff", "/I", "/TI",
	"/RV", "/M", "/Kids", "/Type", NULL };
static const char *const signed_but[] = { "/Ff", "/Kids", "/Type", NULL };

/* A field or a widget without a signature. */
static void
compare_open(struct pdf_step *step, const struct pdf_part *part, const struct pdf_node *a,
    const struct pdf_node *b, const struct pdf_spot *place)
{
	const char *const *key;
	const char *first = NULL;
	uint32_t number = part->ref->ref.number;
	int value = step_differs(step, pdf_node_get(a, "/V"), pdf_node_get(b, "/V"));
	size_t before;

	for (key = fill_keys; *key != NULL; key++) {
		const struct pdf_node *was = pdf_node_get(a, *key), *is = pdf_node_get(b, *key);

		if (!step_differs(step, was, is))
			continue;
		step_explain(step, was);
		if (strcmp(*key, "/AP") == 0)
			step_own(step, was);
		/* An appearance that is no appearance would be anything. */
		if (strcmp(*key, "/AP") == 0 && is->type != PDF_NULL &&
		    step_new(step, is)->type != PDF_DICT)
			step_tell(step, CHANGE_OTHER, number, place,
			    "its appearance is none (/AP is no dictionary)");
		if (strcmp(*key, "/AP") == 0)
			compare_shown(step, a, b, value, number, place);
		if (strcmp(*key, "/AS") == 0)
			compare_state(step, b, number, place);
		if (first == NULL || strcmp(*key, "/AP") == 0)
			first = *key;
	}
	before = step->out->count;
	if (value && part->type != NULL && strcmp(part->type, "/Sig") == 0) {
		compare_new_signature(step, part, b, place);
		if (step->out->count > before)
			return; /* the rest of the changes go with it */
	}
	if (value) {
		step_explain(step, pdf_node_get(a, "/V"));
		step_tell(step, CHANGE_FORM, number, place, "the field was filled in");
	} else if (first != NULL && strcmp(first, "/AP") == 0) {
		step_tell(step, CHANGE_FORM, number, place,
		    "its appearance was changed, its value was not");
	} else if (first != NULL) {
		step_tell(step, CHANGE_FORM, number, place, "its %s was changed", first + 1);
	}
}

static void
kid_added(struct pdf_step *step, const struct pdf_node *item, void *ctx)
{
	field_added(step, item, ctx);
}

static void
kid_removed(struct pdf_step *step, const struct pdf_node *item, void *ctx)
{
	const struct pdf_part *parent = ((const struct field_list *)ctx)->parent;
	const struct pdf_spot place = { .field = parent->name[0] != '\0' ? parent->name : NULL };

	step_tell(step, CHANGE_OTHER, item->type == PDF_REF ? item->ref.number : 0, &place,
	    "a field or a widget of the form was removed");
}

static void
kid_direct(struct pdf_step *step, const struct pdf_node *old, const struct pdf_node *new, void *ctx)
{
	const struct pdf_part *parent = ((const struct field_list *)ctx)->parent;
	const struct pdf_spot place = { .key = "/Fields", .field = parent->name };

	step_equal(step, old, new, "/Fields", 0, &place);
}

/* Lists of fields: the form's, or the kids of a field. `number` is the object that has the list. */
static void
compare_list(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const struct pdf_part *parent, uint32_t number)
{
	static const struct pdf_list_rule rule = { kid_added, kid_removed, kid_direct };
	const struct pdf_node *old = step_old(step, a), *new = step_new(step, b);
	const struct pdf_spot place = { .field = parent->name[0] != '\0' ? parent->name : NULL };
	struct field_list list = { parent, new, 0 };
	int moved;

	step_mark(step, a, MARK_EXPLAINED);
	if (a->type == PDF_NULL && b->type == PDF_NULL)
		return;
	moved = step_list(step, old, new, &rule, &list);
	if (moved < 0)
		step_tell(step, CHANGE_OTHER, number, &place, "its fields are no list (any more)");
	else if (moved > 0)
		step_tell(
		    step, CHANGE_OTHER, number, &place, "its fields were put into another order");
}

/* /Type may be said where it was not. */
static void
compare_type(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    uint32_t number, const struct pdf_spot *place)
{
	const struct pdf_node *was = pdf_node_get(a, "/Type"), *is = pdf_node_get(b, "/Type");

	if (was->type != PDF_NULL || !pdf_node_is_name(is, "/Annot"))
		step_equal(step, was, is, "/Type", number, place);
}

static void
compare_field(struct pdf_step *step, const struct pdf_part *part)
{
	const struct pdf_node *a = step_old(step, part->ref), *b = step_new(step, part->ref);
	const struct pdf_spot place = { .field = part->name };
	uint32_t number = part->ref->ref.number;

	step_mark(step, part->ref, MARK_EXPLAINED);
	if (b->type != PDF_DICT || b->is_stream) {
		step_tell(step, CHANGE_OTHER, number, &place, "the field was replaced by none");
		return;
	}
	step_dict(step, a, b, part->is_signed ? signed_but : fill_but, number, &place);
	compare_type(step, a, b, number, &place);
	if (!part->is_signed)
		compare_open(step, part, a, b, &place);
	/* Not even an empty list may come or go: it makes another kind of field. */
	if ((pdf_node_get(a, "/Kids")->type == PDF_NULL) !=
	    (pdf_node_get(b, "/Kids")->type == PDF_NULL)) {
		step_tell(step, CHANGE_OTHER, number, &place,
		    "the field got other fields or widgets below it (/Kids), or lost them");
		return;
	}
	compare_list(step, pdf_node_get(a, "/Kids"), pdf_node_get(b, "/Kids"), part, number);
}

/* ---- the form ---- */

/* Named resources: what there was must be equal, more may come. */
static void
compare_resources(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    uint32_t number, int depth)
{
	const struct pdf_spot place = { .key = "/DR" };
	const struct pdf_node *old = step_old(step, a), *new = step_new(step, b);
	uint32_t i;

	step_mark(step, a, MARK_EXPLAINED);
	if (old->type == PDF_NULL || step_new(step, b) == old)
		return;
	if (old->type != PDF_DICT || new->type != PDF_DICT || new->is_stream || depth > 1) {
		step_equal(step, old, new, "/DR", number, &place);
		return;
	}
	for (i = 0; i < old->count; i++) {
		const struct pdf_node *was = old->entries[i].value;
		const struct pdf_node *is = pdf_node_get(new, old->entries[i].key);

		if (depth == 0 && step_old(step, was)->type == PDF_DICT)
			compare_resources(step, was, is, number, 1);
		else if (depth > 0 || strcmp(old->entries[i].key, "/ProcSet") != 0)
			step_equal(step, was, is, old->entries[i].key, number, &place);
	}
}

/* Bits may be set, never taken. */
static void
compare_flags(
    struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b, uint32_t number)
{
	const struct pdf_node *was = step_old(step, a), *is = step_new(step, b);
	int64_t old = was->type == PDF_INTEGER ? was->number : 0;
	int64_t new = is->type == PDF_INTEGER ? is->number : 0;

	step_mark(step, a, MARK_EXPLAINED);
	if ((old & ~new) != 0 || (new & ~(int64_t)3 & ~old) != 0)
		step_tell(step, CHANGE_OTHER, number, NULL,
		    "the form no longer says that it holds signatures (/SigFlags)");
}

static void
compare_defaults(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const char *key, uint32_t number)
{
	const struct pdf_node *was = pdf_node_get(a, key), *is = pdf_node_get(b, key);

	if (!step_differs(step, was, is))
		return;
	step_explain(step, was);
	step_tell(step, CHANGE_FORM, number, NULL, "the form's %s was changed", key + 1);
}

/* Viewers that draw all values anew may not show something else by that. */
static void
compare_redrawn(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const struct pdf_parts *fields)
{
	const struct pdf_node *need = step_new_get(step, b, "/NeedAppearances");
	const struct pdf_node *needed = step_old_get(step, a, "/NeedAppearances");
	size_t i;

	if (need->type != PDF_BOOLEAN || !need->number ||
	    (needed->type == PDF_BOOLEAN && needed->number))
		return;
	for (i = 0; i < fields->count && !step->failed; i++) {
		const struct pdf_part *part = &fields->items[i];
		const struct pdf_spot place = { .field = part->name };

		if (field_shown(step, step->old, step_old(step, part->ref)) == SHOWN_OTHER)
			step_tell(step, CHANGE_OTHER, part->ref->ref.number, &place,
			    "it showed something else than its value, and is drawn anew now");
	}
}

void
pdf_form_compare(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const struct pdf_parts *fields)
{
	static const struct pdf_node empty = { .type = PDF_DICT };
	static const char *const but[] = { "/Fields", "/DR", "/DA", "/Q", "/NeedAppearances",
		"/SigFlags", NULL };
	const struct pdf_node *old = step_old(step, a), *new = step_new(step, b);
	const struct pdf_part top = { .name = "" };
	const struct pdf_spot place = { .key = "/AcroForm" };
	uint32_t number = b->type == PDF_REF ? b->ref.number : 0;
	size_t i;

	step_mark(step, a, MARK_EXPLAINED);
	if (old->type == PDF_NULL && new->type == PDF_NULL)
		return;
	if (old->type == PDF_NULL)
		old = &empty;
	step_dict(step, old, new, but, number, &place);
	if (new->type != PDF_DICT)
		return;
	compare_resources(step, pdf_node_get(old, "/DR"), pdf_node_get(new, "/DR"), number, 0);
	compare_defaults(step, old, new, "/DA", number);
	compare_defaults(step, old, new, "/Q", number);
	compare_defaults(step, old, new, "/NeedAppearances", number);
	compare_redrawn(step, old, new, fields);
	compare_flags(step, pdf_node_get(old, "/SigFlags"), pdf_node_get(new, "/SigFlags"), number);
	compare_list(
	    step, pdf_node_get(old, "/Fields"), pdf_node_get(new, "/Fields"), &top, number);
	for (i = 0; i < fields->count && !step->failed; i++)
		compare_field(step, &fields->items[i]);
}
