#include "signing/format/pdf/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How deep references are followed inside of one value; more is not equal. */
#define FOLLOW_MAX 600
/* Objects under other numbers that are compared, for each object that there is. */
#define PAIRS_PER_OBJECT 4

/* ---- walking ---- */

/* Trial walks leave their number at each object that they come to; the strict one a mark. */
static void
walk_begin(struct pdf_walk *w, struct pdf_step *step)
{
	*w = (struct pdf_walk){ .tells = 0 };
	step->walks++;
}

static void
walk_end(struct pdf_walk *w)
{
	free(w->queue);
	free(w->pairs);
	*w = (struct pdf_walk){ 0 };
}

/* 1 when the walk was at the object already. */
static int
was_visited(struct pdf_step *step, const struct pdf_walk *w, size_t at)
{
	int was;

	if (w->tells) {
		was = (step->old_marks[at] & MARK_STRICT) != 0;
		step->old_marks[at] |= MARK_STRICT;
		return was;
	}
	was = step->visits[at] == step->walks || (step->old_marks[at] & MARK_CLEAN) != 0;
	step->visits[at] = step->walks;
	return was;
}

static void
push(struct pdf_step *step, struct pdf_walk *w, const struct pdf_pair *pair)
{
	struct pdf_pair *bigger;

	if (w->count == w->cap) {
		size_t cap = w->cap == 0 ? 64 : 2 * w->cap;

		bigger = realloc(w->queue, cap * sizeof(*bigger));
		if (bigger == NULL) {
			step_no_memory(step);
			return;
		}
		w->queue = bigger;
		w->cap = cap;
	}
	w->queue[w->count++] = *pair;
}

static uint64_t *
pair_slot(uint64_t *pairs, size_t cap, uint64_t key)
{
	size_t at = (size_t)((key * 0x9e3779b97f4a7c15u) >> 24) & (cap - 1);

	while (pairs[at] != 0 && pairs[at] != key)
		at = (at + 1) & (cap - 1);
	return &pairs[at];
}

/* 1 when the pair was not known. */
static int
add_pair(struct pdf_step *step, struct pdf_walk *w, uint32_t old_number, uint32_t new_number)
{
	uint64_t key = (uint64_t)old_number << 32 | new_number, *slot, *bigger;
	size_t i, cap;

	if (2 * (w->pair_count + 1) > w->pair_cap) {
		cap = w->pair_cap == 0 ? 64 : 2 * w->pair_cap;
		bigger = calloc(cap, sizeof(*bigger));
		if (bigger == NULL) {
			step_no_memory(step);
			return 0;
		}
		for (i = 0; i < w->pair_cap; i++)
			if (w->pairs[i] != 0)
				*pair_slot(bigger, cap, w->pairs[i]) = w->pairs[i];
		free(w->pairs);
		w->pairs = bigger;
		w->pair_cap = cap;
	}
	slot = pair_slot(w->pairs, w->pair_cap, key);
	if (*slot == key)
		return 0;
	*slot = key;
	w->pair_count++;
	return 1;
}

/* Where two values stand that are being compared. */
struct spot {
	const char *key;
	uint32_t from;
	const struct pdf_spot *place;
	int depth;
};

static int same(struct pdf_step *step, struct pdf_walk *w, const struct pdf_node *a,
    const struct pdf_node *b, struct spot spot);

/* Keys under which fields, widgets and annotations refer to each other. */
static int
is_back_reference(const char *key)
{
	static const char *const keys[] = { "/Parent", "/Kids", "/Annots", "/Fields", "/IRT",
		"/Popup", "/Obj", "/CO" };
	size_t i;

	for (i = 0; key != NULL && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i]) == 0)
			return 1;
	return 0;
}

static int
same_refs(struct pdf_step *step, struct pdf_walk *w, const struct pdf_node *a,
    const struct pdf_node *b, struct spot spot)
{
	const struct pdf_xref_entry *old =
	    pdf_find(step->old, (int)a->ref.number, (int)a->ref.generation);
	const struct pdf_xref_entry *new =
	    pdf_find(step->new, (int)b->ref.number, (int)b->ref.generation);
	struct pdf_pair pair = { a->ref.number, a->ref.generation, b->ref.number, b->ref.generation,
		spot.from, *spot.place };
	size_t at;

	/* A dangling reference reads as null and must stay so. */
	if (old == NULL || new == NULL)
		return old == NULL && new == NULL;
	at = (size_t)(old - step->old->shim.entries);
	if (!pdf_node_same_ref(a, b)) {
		if (w->pair_count > PAIRS_PER_OBJECT * (step->old->shim.count + 1000))
			return 0; /* more than renumbering makes */
		if (add_pair(step, w, a->ref.number, b->ref.number))
			push(step, w, &pair);
		return 1;
	}
	if (step->old_marks[at] & MARK_TREE ||
	    (step->old_marks[at] & MARK_WIDGET && is_back_reference(spot.key)))
		return 1;
	if (!was_visited(step, w, at))
		push(step, w, &pair);
	return 1;
}

static int
same_arrays(struct pdf_step *step, struct pdf_walk *w, const struct pdf_node *a,
    const struct pdf_node *b, struct spot spot)
{
	uint32_t i;

	if (a->count != b->count)
		return 0;
	for (i = 0; i < a->count; i++)
		if (!same(step, w, a->items[i], b->items[i], spot))
			return 0;
	return 1;
}

static int
same_dicts(struct pdf_step *step, struct pdf_walk *w, const struct pdf_node *a,
    const struct pdf_node *b, struct spot spot)
{
	uint32_t i = 0, j = 0;
	int c;

	if (a->is_stream != b->is_stream)
		return 0;
	while (i < a->count || j < b->count) {
		c = i == a->count   ? 1
		    : j == b->count ? -1
				    : strcmp(a->entries[i].key, b->entries[j].key);
		spot.key = c <= 0 ? a->entries[i].key : b->entries[j].key;
		/* How long the data are is seen from the data. */
		if ((!a->is_stream || strcmp(spot.key, "/Length") != 0) &&
		    !same(step, w, c <= 0 ? a->entries[i].value : &pdf_node_null,
			c >= 0 ? b->entries[j].value : &pdf_node_null, spot)) {
			if (w->key == NULL)
				w->key = spot.key;
			return 0;
		}
		i += c <= 0;
		j += c >= 0;
	}
	return 1;
}

static int
same(struct pdf_step *step, struct pdf_walk *w, const struct pdf_node *a, const struct pdf_node *b,
    struct spot spot)
{
	if (++spot.depth > FOLLOW_MAX || step->failed)
		return 0;
	if (a->type == PDF_REF && b->type == PDF_REF)
		return same_refs(step, w, a, b, spot);
	if (a->type == PDF_REF || b->type == PDF_REF) {
		a = step_old(step, a);
		b = step_new(step, b);
		if (a->is_stream || b->is_stream)
			return 0;
	}
	if (a->type == PDF_ARRAY && b->type == PDF_ARRAY)
		return same_arrays(step, w, a, b, spot);
	if (a->type == PDF_DICT && b->type == PDF_DICT)
		return same_dicts(step, w, a, b, spot);
	return pdf_node_same_leaf(a, b);
}

int
step_data(struct pdf_doc *doc, qpdf_oh stream, int decoded, unsigned char **data, size_t *len)
{
	qpdf_oh filter = pdf_get(doc, stream, "/Filter");
	int has_filter = !qpdf_oh_is_null(doc->q, filter);
	QPDF_BOOL filtered = QPDF_FALSE;
	QPDF_ERROR_CODE rc;

	qpdf_oh_release(doc->q, filter);
	*data = NULL;
	*len = 0;
	/* Warnings of the document are in the code as well, whatever they are about. */
	rc = qpdf_oh_get_stream_data(
	    doc->q, stream, decoded ? qpdf_dl_generalized : qpdf_dl_none, &filtered, data, len);
	return (rc & QPDF_ERRORS) == 0 && (!decoded || filtered || !has_filter) ? 0 : -1;
}

static int
same_data(struct pdf_step *step, const struct pdf_pair *p)
{
	qpdf_oh a = qpdf_get_object_by_id(step->old->q, (int)p->old_number, (int)p->old_generation);
	qpdf_oh b = qpdf_get_object_by_id(step->new->q, (int)p->new_number, (int)p->new_generation);
	unsigned char *data[2] = { NULL, NULL };
	size_t len[2] = { 0, 0 };
	int same;

	same = step_data(step->old, a, 0, &data[0], &len[0]) == 0 &&
	       step_data(step->new, b, 0, &data[1], &len[1]) == 0 && len[0] == len[1] &&
	       (len[0] == 0 || memcmp(data[0], data[1], len[0]) == 0);
	free(data[0]);
	free(data[1]);
	qpdf_oh_release(step->old->q, a);
	qpdf_oh_release(step->new->q, b);
	return same;
}

static int
same_objects(struct pdf_step *step, struct pdf_walk *w, const struct pdf_pair *p)
{
	const struct pdf_node *a = step_object(step, step->old, p->old_number, p->old_generation);
	const struct pdf_node *b = step_object(step, step->new, p->new_number, p->new_generation);
	struct spot spot = { NULL, p->old_number, &p->place, 0 };

	w->key = NULL;
	if (a != b && a->is_stream && b->is_stream && !same_data(step, p))
		return 0;
	return same(step, w, a, b, spot);
}

/* Compare what is queued, and what that leads to. */
static void
drain(struct pdf_step *step, struct pdf_walk *w)
{
	struct pdf_pair p;
	char other[60];

	while (w->next < w->count && !step->failed && (w->tells || !w->differs)) {
		p = w->queue[w->next++]; /* the queue moves when it grows */
		if (same_objects(step, w, &p))
			continue;
		w->differs = 1;
		if (!w->tells)
			break;
		if (p.old_number == p.new_number) {
			step_tell_difference(step, p.old_number, &p.place, w->key);
			continue;
		}
		snprintf(
		    other, sizeof(other), "object %u instead of %u", p.new_number, p.old_number);
		step_tell_difference(step, p.from, &p.place, other);
	}
}

/* ---- the three ways ---- */

void
step_equal(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const char *key, uint32_t from, const struct pdf_spot *place)
{
	struct spot spot = { key, from, place, 0 };

	step->strict.key = NULL;
	if (!same(step, &step->strict, a, b, spot) && !step->failed)
		step_tell_difference(
		    step, from, place, step->strict.key != NULL ? step->strict.key : key);
}

/* All that a walk without differences came to is equal for every later one. */
static void
mark_clean(struct pdf_step *step, const struct pdf_walk *w)
{
	size_t i;

	for (i = 0; i < w->count; i++) {
		const struct pdf_xref_entry *e = pdf_find(
		    step->old, (int)w->queue[i].old_number, (int)w->queue[i].old_generation);

		if (e != NULL && w->queue[i].old_number == w->queue[i].new_number)
			step->old_marks[e - step->old->shim.entries] |= MARK_CLEAN;
	}
}

int
step_differs(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b)
{
	static const struct pdf_spot nowhere = { 0 };
	struct spot spot = { NULL, 0, &nowhere, 0 };
	struct pdf_walk w;
	int differs;

	if (a->type == PDF_NULL && b->type == PDF_NULL)
		return 0;
	walk_begin(&w, step);
	if (!same(step, &w, a, b, spot))
		w.differs = 1;
	drain(step, &w);
	differs = w.differs || step->failed;
	if (!differs)
		mark_clean(step, &w);
	walk_end(&w);
	return differs;
}

/* Objects of the old revision whose own references are still to be followed. */
struct refs {
	struct pdf_node *items;
	size_t count, cap;
};

static void
collect(struct pdf_step *step, struct refs *refs, const struct pdf_node *value, int depth)
{
	struct pdf_node *bigger;
	uint32_t i;

	if (depth > FOLLOW_MAX)
		return;
	for (i = 0; value->type == PDF_ARRAY && i < value->count; i++)
		collect(step, refs, value->items[i], depth + 1);
	for (i = 0; value->type == PDF_DICT && i < value->count; i++)
		collect(step, refs, value->entries[i].value, depth + 1);
	if (value->type != PDF_REF ||
	    step_marks(step, value) & (MARK_EXPLAINED | MARK_TREE | MARK_WIDGET))
		return;
	step_mark(step, value, MARK_EXPLAINED);
	if (refs->count == refs->cap) {
		refs->cap = refs->cap == 0 ? 16 : 2 * refs->cap;
		bigger = realloc(refs->items, refs->cap * sizeof(*bigger));
		if (bigger == NULL) {
			step_no_memory(step);
			refs->cap = refs->count;
			return;
		}
		refs->items = bigger;
	}
	refs->items[refs->count++] = *value;
}

void
step_explain(struct pdf_step *step, const struct pdf_node *a)
{
	struct refs refs = { 0 };
	struct pdf_node ref;

	collect(step, &refs, a, 0);
	while (refs.count > 0 && !step->failed) {
		ref = refs.items[--refs.count];
		collect(step, &refs, step_old(step, &ref), 0);
	}
	free(refs.items);
}

void
step_own(struct pdf_step *step, const struct pdf_node *a)
{
	const struct pdf_node **bigger;

	if (a->type != PDF_REF)
		return;
	if (step->own_count == step->own_cap) {
		step->own_cap = step->own_cap == 0 ? 16 : 2 * step->own_cap;
		bigger = realloc(step->own, step->own_cap * sizeof(*bigger));
		if (bigger == NULL) {
			step_no_memory(step);
			step->own_cap = step->own_count;
			return;
		}
		step->own = bigger;
	}
	step->own[step->own_count++] = a;
}

static int
is_listed(const char *const *keys, const char *key)
{
	for (; keys != NULL && *keys != NULL; keys++)
		if (strcmp(*keys, key) == 0)
			return 1;
	return 0;
}

void
step_dict(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const char *const *but, uint32_t from, const struct pdf_spot *place)
{
	struct pdf_spot inner = *place;
	uint32_t i;

	if (a->type != PDF_DICT || b->type != PDF_DICT || a->is_stream || b->is_stream) {
		step_tell(step, CHANGE_OTHER, from, place, "it is no dictionary (any more)");
		return;
	}
	for (i = 0; i < a->count; i++) {
		if (is_listed(but, a->entries[i].key))
			continue;
		if (place->key == NULL)
			inner.key = a->entries[i].key;
		step_equal(step, a->entries[i].value, pdf_node_get(b, a->entries[i].key),
		    a->entries[i].key, from, &inner);
	}
	for (i = 0; i < b->count; i++) {
		if (is_listed(but, b->entries[i].key) ||
		    pdf_node_get(a, b->entries[i].key)->type != PDF_NULL)
			continue;
		if (place->key == NULL)
			inner.key = b->entries[i].key;
		step_equal(
		    step, &pdf_node_null, b->entries[i].value, b->entries[i].key, from, &inner);
	}
}

/* ---- beginning and end ---- */

int
pdf_step_open(struct pdf_step *step, struct error *err)
{
	step->err = err;
	step->old_marks = calloc(step->old->shim.count + 1, sizeof(*step->old_marks));
	step->new_marks = calloc(step->new->shim.count + 1, sizeof(*step->new_marks));
	step->visits = calloc(step->old->shim.count + 1, sizeof(*step->visits));
	step->strict.tells = 1;
	if (step->old_marks == NULL || step->new_marks == NULL || step->visits == NULL)
		return error_memory(err);
	return 0;
}

void
pdf_step_close(struct pdf_step *step)
{
	free(step->old_marks);
	free(step->new_marks);
	free(step->visits);
	free(step->own);
	walk_end(&step->strict);
}

/* 1 when the entries lead to the same bytes. */
static int
same_place(
    const struct pdf_step *step, const struct pdf_xref_entry *old, const struct pdf_xref_entry *new)
{
	const struct pdf_xref_entry *a, *b;

	if (old->in_stream == 0 || new->in_stream == 0)
		return old->in_stream == new->in_stream && old->offset == new->offset;
	a = pdf_find(step->old, (int)old->in_stream, 0);
	b = pdf_find(step->new, (int)new->in_stream, 0);
	return a != NULL && b != NULL && a->offset == b->offset;
}

/* Nothing leads from the trailer to it, or nothing that was compared: it must be as it was. */
static void
judge_unexplained(struct pdf_step *step, const struct pdf_xref_entry *old)
{
	const struct pdf_xref_entry *new =
	    pdf_find(step->new, (int)old->number, (int)old->generation);
	const struct pdf_spot nowhere = { 0 };
	struct pdf_pair pair = { old->number, old->generation, old->number, old->generation, 0,
		nowhere };
	struct pdf_walk w;

	if (new == NULL) {
		step_tell(step, CHANGE_OTHER, old->number, NULL, "it was deleted");
		return;
	}
	if (same_place(step, old, new))
		return;
	walk_begin(&w, step);
	if (!same_objects(step, &w, &pair))
		w.differs = 1;
	drain(step, &w);
	/* A damaged object reads as null, and so would another one in its place. */
	if (w.differs ||
	    step_object(step, step->new, new->number, new->generation)->type == PDF_NULL)
		step_tell(step, CHANGE_OTHER, old->number, NULL,
		    "it was replaced, which nothing that may change accounts for");
	walk_end(&w);
}

/*
 * A number that comes back under another generation: the library keeps both objects, other readers
 * show the new one for both.
 */
static void
judge_generation(struct pdf_step *step, const struct pdf_xref_entry *new)
{
	size_t at = step_first_entry(step->old, new->number);

	if (at < step->old->shim.count &&
	    step->old->shim.entries[at].number ==
		new->number &&pdf_find(step->old, (int)new->number, (int)new->generation) == NULL)
		step_tell(step, CHANGE_OTHER, new->number, NULL,
		    "its number was used again, with generation %u", new->generation);
}

void
pdf_step_finish(struct pdf_step *step)
{
	size_t i;

	drain(step, &step->strict);
	for (i = 0; i < step->own_count; i++)
		if (step_marks(step, step->own[i]) & MARK_STRICT)
			step_tell(step, CHANGE_OTHER, step->own[i]->ref.number, NULL,
			    "it was replaced in a field, but is part of something else as well");
	for (i = 0; i < step->old->shim.count && !step->failed; i++) {
		const struct pdf_xref_entry *old = &step->old->shim.entries[i];
		int missing = pdf_find(step->new, (int)old->number, (int)old->generation) == NULL;

		if (missing || !(step->old_marks[i] & (MARK_EXPLAINED | MARK_STRICT)))
			judge_unexplained(step, old);
	}
	for (i = 0; i < step->new->shim.count && !step->failed; i++)
		judge_generation(step, &step->new->shim.entries[i]);
}
