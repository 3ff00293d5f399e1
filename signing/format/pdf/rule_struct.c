/*
 * The structure tree (ISO 32000-2 clause 14.7): elements of annotations that were added may come,
 * elements of annotations that were removed may go; all else must be equal. What leads back from
 * pages to elements (/ParentTree, /IDTree) follows from it and may differ.
 */
#include "signing/format/pdf/rules.h"

/* Elements of new annotations, nested in each other. */
#define NEW_DEPTH_MAX 8
/* Kids that are looked into to find those: elements may share theirs, level by level. */
#define LOOKS_MAX 1000000u

static const struct pdf_spot place = { .key = "/StructTreeRoot" };

/* /K is one kid or an array of them. */
struct kids {
	const struct pdf_node *const *items;
	uint32_t count;
	const struct pdf_node *one;
};

static void
kids_of(struct kids *kids, const struct pdf_node *value)
{
	kids->one = value;
	kids->items = value->type == PDF_ARRAY ? value->items : &kids->one;
	kids->count = value->type == PDF_ARRAY ? value->count : value->type != PDF_NULL;
}

static int
is_element(const struct pdf_node *node)
{
	return node->type == PDF_DICT && !node->is_stream &&
	       pdf_node_get(node, "/S")->type == PDF_NAME;
}

/* ---- marking ---- */

static int
mark_element(
    struct pdf_step *step, const struct pdf_node *ref, struct pdf_parts *elements, int depth)
{
	const struct pdf_node *node = step_old(step, ref), *value;
	struct pdf_part part = { .ref = ref };
	struct kids kids;
	uint32_t i;

	if (ref->type != PDF_REF || (depth > 0 && !is_element(node)) || depth > PDF_DEPTH_MAX)
		return 0;
	if (step_marks(step, ref) & MARK_TREE) {
		step_tell(step, CHANGE_OTHER, ref->ref.number, NULL,
		    "the structure tree is no tree, so that it cannot be compared");
		return -1;
	}
	step_mark(step, ref, MARK_TREE | MARK_EXPLAINED);
	if (pdf_parts_add(step, elements, &part) != 0)
		return -1;
	value = pdf_node_get(node, "/K");
	kids_of(&kids, step_old(step, value)->type == PDF_ARRAY ? step_old(step, value) : value);
	for (i = 0; i < kids.count; i++)
		if (mark_element(step, kids.items[i], elements, depth + 1) != 0)
			return -1;
	return 0;
}

int
pdf_structure_mark(struct pdf_step *step, const struct pdf_node *a, struct pdf_parts *elements)
{
	return mark_element(step, a, elements, 0);
}

/* ---- kids ---- */

/* A reference to a new annotation, or a new element that holds nothing else. */
static int
is_of_new(struct pdf_step *step, const struct pdf_node *item, int depth)
{
	const struct pdf_node *node = step_new(step, item);
	struct kids kids;
	uint32_t i;

	if (node->type != PDF_DICT || node->is_stream || depth > NEW_DEPTH_MAX ||
	    ++step->looks > LOOKS_MAX || (item->type == PDF_REF && !step_is_fresh(step, item)))
		return 0;
	if (pdf_node_is_name(pdf_node_get(node, "/Type"), "/OBJR"))
		return step_is_fresh(step, pdf_node_get(node, "/Obj"));
	kids_of(&kids, step_new_get(step, node, "/K"));
	if (!is_element(node) || kids.count == 0)
		return 0;
	for (i = 0; i < kids.count; i++)
		if (!is_of_new(step, kids.items[i], depth + 1))
			return 0;
	return 1;
}

/* The same of the old revision for annotations that the pages have no more. */
static int
is_of_gone(struct pdf_step *step, const struct pdf_node *item, int depth)
{
	const struct pdf_node *node = step_old(step, item);
	struct kids kids;
	uint32_t i;

	if (node->type != PDF_DICT || node->is_stream || depth > NEW_DEPTH_MAX ||
	    ++step->looks > LOOKS_MAX)
		return 0;
	if (pdf_node_is_name(pdf_node_get(node, "/Type"), "/OBJR"))
		return (step_marks(step, pdf_node_get(node, "/Obj")) & MARK_GONE) != 0;
	kids_of(&kids, step_old_get(step, node, "/K"));
	if (!is_element(node) || kids.count == 0)
		return 0;
	for (i = 0; i < kids.count; i++)
		if (!is_of_gone(step, kids.items[i], depth + 1))
			return 0;
	return 1;
}

static void
compare_kids(
    struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b, uint32_t number)
{
	struct kids old, new;
	uint32_t i = 0, j = 0;

	/* One kid by reference: the reference, not what it leads to. */
	kids_of(&old, step_old(step, a)->type == PDF_ARRAY ? step_old(step, a) : a);
	kids_of(&new, step_new(step, b)->type == PDF_ARRAY ? step_new(step, b) : b);
	if (old.one != a)
		step_mark(step, a, MARK_EXPLAINED);
	while ((i < old.count || j < new.count) && !step->failed) {
		if (i < old.count &&
		    j < new.count &&pdf_node_same_ref(old.items[i], new.items[j])) {
			step_equal(step, old.items[i++], new.items[j++], "/K", number, &place);
		} else if (i < old.count && is_of_gone(step, old.items[i], 0)) {
			step_explain(step, old.items[i]);
			i++;
		} else if (j < new.count && is_of_new(step, new.items[j], 0)) {
			j++;
		} else if (i == old.count || j == new.count) {
			step_tell(step, CHANGE_OTHER, number, NULL,
			    "an element was %s the structure tree",
			    i == old.count ? "added to" : "removed from");
			return;
		} else {
			step_equal(step, old.items[i++], new.items[j++], "/K", number, &place);
		}
	}
}

/* ---- elements ---- */

static const char *const root_but[] = { "/K", "/ParentTree", "/ParentTreeNextKey", "/IDTree",
	NULL };
static const char *const element_but[] = { "/K", NULL };

void
pdf_structure_compare(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const struct pdf_parts *elements)
{
	size_t i;

	if (elements->count == 0 || !pdf_node_same_ref(a, b)) {
		step_equal(step, a, b, "/StructTreeRoot", 0, &place);
		return;
	}
	for (i = 0; i < elements->count && !step->failed; i++) {
		const struct pdf_node *ref = elements->items[i].ref;
		const struct pdf_node *old = step_old(step, ref), *new = step_new(step, ref);

		step_dict(step, old, new, i == 0 ? root_but : element_but, ref->ref.number, &place);
		compare_kids(
		    step, pdf_node_get(old, "/K"), pdf_node_get(new, "/K"), ref->ref.number);
		if (i > 0)
			continue;
		step_explain(step, pdf_node_get(old, "/ParentTree"));
		step_explain(step, pdf_node_get(old, "/IDTree"));
	}
}
