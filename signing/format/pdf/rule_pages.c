/* Pages and annotations: what of them may differ between two revisions. */
#include <string.h>

#include "signing/format/pdf/rules.h"

/* ---- marking ---- */

static int
mark_annotations(struct pdf_step *step, const struct pdf_node *page)
{
	const struct pdf_node *annots = step_old_get(step, page, "/Annots");
	uint32_t i;

	for (i = 0; annots->type == PDF_ARRAY && i < annots->count; i++)
		step_mark(step, annots->items[i], MARK_WIDGET);
	return 0;
}

static int
mark_node(struct pdf_step *step, const struct pdf_node *ref, struct pdf_parts *pages,
    unsigned int *number, int depth)
{
	const struct pdf_node *node = step_old(step, ref), *kids;
	struct pdf_part part = { .ref = ref };
	uint32_t i;

	if (depth > PDF_DEPTH_MAX || ref->type != PDF_REF || node->type != PDF_DICT ||
	    step_marks(step, ref) & MARK_TREE) {
		step_tell(step, CHANGE_OTHER, ref->type == PDF_REF ? ref->ref.number : 0, NULL,
		    "the page tree is no tree of pages, so that pages cannot be compared");
		return -1;
	}
	step_mark(step, ref, MARK_TREE | MARK_EXPLAINED);
	kids = step_old_get(step, node, "/Kids");
	if (kids->type != PDF_ARRAY) {
		part.page = ++*number;
		mark_annotations(step, node);
	}
	if (pdf_parts_add(step, pages, &part) != 0)
		return -1;
	for (i = 0; kids->type == PDF_ARRAY && i < kids->count; i++)
		if (mark_node(step, kids->items[i], pages, number, depth + 1) != 0)
			return -1;
	return 0;
}

int
pdf_pages_mark(struct pdf_step *step, const struct pdf_node *root, struct pdf_parts *pages)
{
	unsigned int number = 0;

	return mark_node(step, pdf_node_get(root, "/Pages"), pages, &number, 0);
}

/* ---- annotations ---- */

static uint32_t
number_of(const struct pdf_node *ref)
{
	return ref->type == PDF_REF ? ref->ref.number : 0;
}

/* What an annotation does may be to lead somewhere; nothing runs by itself, no scripts. */
static int
does_little(struct pdf_step *step, const struct pdf_node *annot)
{
	static const char *const kinds[] = { "/GoTo", "/GoToR", "/URI", "/Named" };
	const struct pdf_node *action = step_new_get(step, annot, "/A");
	size_t i;

	if (pdf_node_get(annot, "/AA")->type != PDF_NULL)
		return 0;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (pdf_node_is_name(step_new_get(step, action, "/S"), kinds[i]))
			return pdf_node_get(action, "/Next")->type == PDF_NULL;
	return action->type == PDF_NULL;
}

static void
annotation_added(struct pdf_step *step, const struct pdf_node *item, void *ctx)
{
	const struct pdf_node *annot = step_new(step, item);

	if (step_new_marks(step, item) & MARK_NEW_WIDGET)
		return; /* told with its field */
	if (annot->type != PDF_DICT || annot->is_stream)
		step_tell(step, CHANGE_OTHER, number_of(item), ctx,
		    "something that is no annotation was added to the annotations");
	else if (pdf_node_is_name(step_new_get(step, annot, "/Subtype"), "/Widget"))
		step_tell(step, CHANGE_OTHER, number_of(item), ctx,
		    "a widget was added that belongs to no new signature field");
	else if (item->type == PDF_REF && !step_is_fresh(step, item))
		step_tell(step, CHANGE_OTHER, number_of(item), ctx,
		    "an object that was there before was made an annotation");
	else if (!does_little(step, annot))
		step_tell(step, CHANGE_OTHER, number_of(item), ctx,
		    "an annotation with an action was added");
	else
		step_tell(step, CHANGE_ANNOTATION, number_of(item), ctx, "an annotation was added");
}

static void
annotation_removed(struct pdf_step *step, const struct pdf_node *item, void *ctx)
{
	const struct pdf_node *annot = step_old(step, item);

	if (step_marks(step, item) & MARK_FIELD ||
	    pdf_node_is_name(step_old_get(step, annot, "/Subtype"), "/Widget")) {
		step_tell(step, CHANGE_OTHER, number_of(item), ctx,
		    "the widget of a form field was removed from the page");
		return;
	}
	step_tell(step, CHANGE_ANNOTATION, number_of(item), ctx, "an annotation was removed");
	step_explain(step, annot);
	step_mark(step, item, MARK_EXPLAINED | MARK_GONE);
}

/* An annotation that both revisions have; `item` is its reference, or the direct old one. */
static void
compare_annotation(struct pdf_step *step, const struct pdf_node *item, const struct pdf_node *a,
    const struct pdf_node *b, const struct pdf_spot *place)
{
	static const char *const actions[] = { "/A", "/AA", NULL };
	const char *const kind = "/Subtype", *const * key;

	step_mark(step, item, MARK_EXPLAINED);
	if (!step_differs(step, a, b))
		return;
	if (a->type != PDF_DICT || b->type != PDF_DICT || b->is_stream ||
	    pdf_node_is_name(step_old_get(step, a, kind), "/Widget") ||
	    step_differs(step, pdf_node_get(a, kind), pdf_node_get(b, kind))) {
		step_tell(step, CHANGE_OTHER, number_of(item), place,
		    "it was an annotation or a widget and is another one now");
		return;
	}
	for (key = actions; *key != NULL; key++)
		if (step_differs(step, pdf_node_get(a, *key), pdf_node_get(b, *key)) &&
		    !does_little(step, b)) {
			step_tell(step, CHANGE_OTHER, number_of(item), place,
			    "the annotation was given another action");
			return;
		}
	step_tell(step, CHANGE_ANNOTATION, number_of(item), place, "the annotation was changed");
	step_explain(step, a);
}

static void
direct_annotation(
    struct pdf_step *step, const struct pdf_node *old, const struct pdf_node *new, void *ctx)
{
	compare_annotation(step, old, old, new, ctx);
}

static void
compare_annotations(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const struct pdf_spot *place)
{
	static const struct pdf_list_rule rule = { annotation_added, annotation_removed,
		direct_annotation };
	const struct pdf_node *old = step_old(step, a), *new = step_new(step, b);
	uint32_t i;
	int moved;

	step_mark(step, a, MARK_EXPLAINED);
	moved = step_list(step, old, new, &rule, (void *)place);
	if (moved < 0)
		step_tell(step, CHANGE_OTHER, number_of(b), place,
		    "its annotations are no list (any more)");
	else if (moved > 0)
		step_tell(step, CHANGE_ANNOTATION, number_of(b), place,
		    "its annotations were put into another order");
	for (i = 0; old->type == PDF_ARRAY && i < old->count && !step->failed; i++) {
		const struct pdf_node *item = old->items[i];

		/* Fields and their widgets have a rule of their own; removed ones are told. */
		if (item->type == PDF_REF &&
		    !(step_marks(step, item) & (MARK_FIELD | MARK_EXPLAINED)))
			compare_annotation(
			    step, item, step_old(step, item), step_new(step, item), place);
	}
}

/* ---- the page tree ---- */

#define NOTES_MAX 8 /* of its maker, that a node may have */

/*
 * A string under a name that clause 7.7.3.2 gives no meaning in a node of the page tree (tables 30
 * and 31: names, numbers, references and arrays alone): makers leave their mark there, as
 * iText does (/ITXT), and readers pass over it (annex E).
 */
static int
is_note(
    struct pdf_step *step, const char *key, const struct pdf_node *was, const struct pdf_node *is)
{
	static const char *const meant[] = { "/Type", "/Parent", "/Kids", "/Count", "/Resources",
		"/MediaBox", "/CropBox", "/Rotate" };
	size_t i;

	for (i = 0; i < sizeof(meant) / sizeof(meant[0]); i++)
		if (strcmp(key, meant[i]) == 0)
			return 0;
	return (was->type == PDF_NULL || step_old(step, was)->type == PDF_STRING) &&
	       (is->type == PDF_NULL || step_new(step, is)->type == PDF_STRING);
}

/* Notes of `from`, one of the two, that differ; their keys go behind `but`. */
static size_t
tell_notes(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const struct pdf_node *from, uint32_t number, const char **but, size_t count)
{
	const struct pdf_node *was, *is;
	uint32_t i;

	for (i = 0; from->type == PDF_DICT && i < from->count && count < NOTES_MAX; i++) {
		was = pdf_node_get(a, from->entries[i].key);
		is = pdf_node_get(b, from->entries[i].key);
		if ((from == b && was->type != PDF_NULL) ||
		    !is_note(step, from->entries[i].key, was, is) || !step_differs(step, was, is))
			continue;
		but[count++] = from->entries[i].key;
		step_explain(step, was);
		step_tell(step, CHANGE_LTA, number, NULL,
		    "what its maker noted in the page tree (%.40s) was changed",
		    from->entries[i].key);
	}
	return count;
}

static void
compare_tree_node(
    struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b, uint32_t number)
{
	const struct pdf_spot tree = { .key = "/Pages" };
	const char *but[NOTES_MAX + 1] = { NULL };
	size_t count = tell_notes(step, a, b, a, number, but, 0);

	tell_notes(step, a, b, b, number, but, count);
	step_dict(step, a, b, but, number, &tree);
}

/* ---- pages ---- */

/* What ties a page to the structure tree may be said where it was not: nothing of it is shown. */
static void
compare_structure_keys(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    uint32_t number, const struct pdf_spot *place)
{
	static const struct {
		const char *key;
		enum pdf_node_type type;
	} keys[] = { { "/StructParents", PDF_INTEGER }, { "/Tabs", PDF_NAME } };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct pdf_node *was = pdf_node_get(a, keys[i].key);
		const struct pdf_node *is = pdf_node_get(b, keys[i].key);

		if (was->type != PDF_NULL || is->type != keys[i].type)
			step_equal(step, was, is, keys[i].key, number, place);
	}
}

void
pdf_pages_compare(struct pdf_step *step, const struct pdf_parts *pages)
{
	static const char *const but[] = { "/Annots", "/StructParents", "/Tabs", NULL };
	const struct pdf_part *part;

	for (part = pages->items; part < pages->items + pages->count && !step->failed; part++) {
		const struct pdf_node *a = step_old(step, part->ref);
		const struct pdf_node *b = step_new(step, part->ref);
		const struct pdf_spot place = { .page = part->page };

		if (part->page == 0) {
			compare_tree_node(step, a, b, part->ref->ref.number);
			continue;
		}
		step_dict(step, a, b, but, part->ref->ref.number, &place);
		compare_structure_keys(step, a, b, part->ref->ref.number, &place);
		compare_annotations(
		    step, pdf_node_get(a, "/Annots"), pdf_node_get(b, "/Annots"), &place);
	}
}
