/* What is found between two revisions, what is known of their objects, and lists of references. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/pdf/compare.h"

/* The most that is kept of all steps together; graver ones take the place of others. */
#define FOUND_MAX 2000

/* ---- telling ---- */

void
step_no_memory(struct pdf_step *step)
{
	error_memory(step->err);
	step->failed = 1;
}

void
pdf_found_changes_release(struct pdf_found_changes *list)
{
	while (list->count > 0)
		free(list->items[--list->count].field);
	free(list->items);
	list->items = NULL;
}

/* Room for one more: NULL when there is none, or this one is not grave enough to take another's. */
static struct pdf_found_change *
room_for(struct pdf_step *step, enum change_class class)
{
	struct pdf_found_changes *list = step->out;
	struct pdf_found_change *bigger, *last;

	if (list->count >= FOUND_MAX) {
		last = &list->items[list->count - 1];
		if (last->class >= class)
			return NULL;
		free(last->field);
		return last;
	}
	if (list->count % 16 == 0) {
		bigger = realloc(list->items, (list->count + 16) * sizeof(*bigger));
		if (bigger == NULL) {
			error_memory(step->err);
			step->failed = 1;
			return NULL;
		}
		list->items = bigger;
	}
	return &list->items[list->count++];
}

void
step_tell(struct pdf_step *step, enum change_class class, uint32_t object,
    const struct pdf_spot *place, const char *fmt, ...)
{
	struct pdf_found_change *c = room_for(step, class);
	char where[120] = "", words[100];
	va_list ap;

	if (c == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	if (place != NULL && place->field != NULL)
		snprintf(where, sizeof(where), ", field \"%.100s\"", place->field);
	else if (place != NULL && place->page != 0)
		snprintf(where, sizeof(where), ", page %u", place->page);
	*c = (struct pdf_found_change){
		.class = class, .revision = step->revision, .object = object
	};
	if (object != 0)
		snprintf(c->text, sizeof(c->text), "object %u%s: %s", object, where, words);
	else
		snprintf(c->text, sizeof(c->text), "%s%s%s", where[0] != '\0' ? where + 2 : "",
		    where[0] != '\0' ? ": " : "", words);
	if (place != NULL && place->field != NULL) {
		c->field = strdup(place->field);
		if (c->field == NULL) {
			error_memory(step->err);
			step->failed = 1;
		}
	}
}

struct pdf_found_change *
step_told(struct pdf_step *step)
{
	return step->out->count > 0 ? &step->out->items[step->out->count - 1] : NULL;
}

static const struct {
	const char *key, *words;
} key_words[] = {
	{ "/Contents", "its content was replaced" },
	{ "/Resources", "fonts, images or forms that its content uses were changed" },
	{ "/MediaBox", "its size was changed" },
	{ "/CropBox", "its visible part was changed" },
	{ "/Rotate", "it was turned" },
	{ "/Outlines", "the outlines were changed" },
	{ "/Names", "names (attached files, scripts, destinations) were changed" },
	{ "/OpenAction", "what is done on opening was changed" },
	{ "/AA", "an action was changed" },
	{ "/OCProperties", "the layers were changed" },
	{ "/Pages", "the page tree was changed" },
	{ "/XFA", "the XFA form was changed" },
};

void
step_tell_difference(
    struct pdf_step *step, uint32_t object, const struct pdf_spot *place, const char *inner)
{
	const char *words = NULL;
	size_t i;

	for (i = 0; place->key != NULL && i < sizeof(key_words) / sizeof(key_words[0]); i++)
		if (strcmp(place->key, key_words[i].key) == 0)
			words = key_words[i].words;
	if (inner == NULL || (place->key != NULL && strcmp(inner, place->key) == 0))
		inner = "";
	if (words != NULL)
		step_tell(step, CHANGE_OTHER, object, place, "%s%s%.60s%s", words,
		    *inner != '\0' ? " (" : "", inner, *inner != '\0' ? ")" : "");
	else
		step_tell(step, CHANGE_OTHER, object, place, "%.60s%s%.60s was changed",
		    place->key != NULL ? place->key : "", *inner != '\0' ? " " : "",
		    place->key == NULL && *inner == '\0' ? "it" : inner);
}

/* ---- objects and marks ---- */

const struct pdf_node *
step_object(struct pdf_step *step, struct pdf_doc *doc, uint32_t number, uint32_t generation)
{
	const struct pdf_node *node = NULL;

	if (!step->failed)
		node = pdf_object(step->objects, doc, number, generation, step->err);
	if (node != NULL)
		return node;
	step->failed = 1;
	return &pdf_node_null;
}

const struct pdf_node *
step_old(struct pdf_step *step, const struct pdf_node *value)
{
	return value->type != PDF_REF
		   ? value
		   : step_object(step, step->old, value->ref.number, value->ref.generation);
}

const struct pdf_node *
step_new(struct pdf_step *step, const struct pdf_node *value)
{
	return value->type != PDF_REF
		   ? value
		   : step_object(step, step->new, value->ref.number, value->ref.generation);
}

const struct pdf_node *
step_old_get(struct pdf_step *step, const struct pdf_node *dict, const char *key)
{
	return step_old(step, pdf_node_get(dict, key));
}

const struct pdf_node *
step_new_get(struct pdf_step *step, const struct pdf_node *dict, const char *key)
{
	return step_new(step, pdf_node_get(dict, key));
}

static uint16_t *
mark_of(const struct pdf_doc *doc, uint16_t *marks, const struct pdf_node *ref)
{
	const struct pdf_xref_entry *e;

	if (ref->type != PDF_REF)
		return NULL;
	e = pdf_find(doc, (int)ref->ref.number, (int)ref->ref.generation);
	return e != NULL ? &marks[e - doc->shim.entries] : NULL;
}

unsigned int
step_marks(const struct pdf_step *step, const struct pdf_node *ref)
{
	const uint16_t *m = mark_of(step->old, step->old_marks, ref);

	return m != NULL ? *m : 0;
}

unsigned int
step_new_marks(const struct pdf_step *step, const struct pdf_node *ref)
{
	const uint16_t *m = mark_of(step->new, step->new_marks, ref);

	return m != NULL ? *m : 0;
}

void
step_mark(struct pdf_step *step, const struct pdf_node *ref, unsigned int marks)
{
	uint16_t *m = mark_of(step->old, step->old_marks, ref);

	if (m != NULL)
		*m |= (uint16_t)marks;
}

void
step_mark_new(struct pdf_step *step, const struct pdf_node *ref, unsigned int marks)
{
	uint16_t *m = mark_of(step->new, step->new_marks, ref);

	if (m != NULL)
		*m |= (uint16_t)marks;
}

void
step_unmark_new(struct pdf_step *step, const struct pdf_node *ref, unsigned int marks)
{
	uint16_t *m = mark_of(step->new, step->new_marks, ref);

	if (m != NULL)
		*m &= (uint16_t)~marks;
}

size_t
step_first_entry(const struct pdf_doc *doc, uint32_t number)
{
	size_t low = 0, high = doc->shim.count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (doc->shim.entries[mid].number < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int
step_is_fresh(const struct pdf_step *step, const struct pdf_node *ref)
{
	size_t at;

	if (ref->type != PDF_REF ||
	    pdf_find(step->new, (int)ref->ref.number, (int)ref->ref.generation) == NULL)
		return 0;
	at = step_first_entry(step->old, ref->ref.number);
	return at == step->old->shim.count || step->old->shim.entries[at].number != ref->ref.number;
}

/* ---- lists ---- */

static void
mark_list(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b, int set)
{
	uint32_t i;
	uint16_t *m;

	for (i = 0; i < a->count; i++) {
		m = mark_of(step->old, step->old_marks, a->items[i]);
		if (m != NULL)
			*m = (uint16_t)(set ? *m | MARK_LISTED : *m & ~MARK_LISTED);
	}
	for (i = 0; i < b->count; i++) {
		m = mark_of(step->new, step->new_marks, b->items[i]);
		if (m != NULL)
			*m = (uint16_t)(set ? *m | MARK_LISTED : *m & ~MARK_LISTED);
	}
}

/* 1 when an item of the new list stands in the old one as well. */
static int
was_listed(const struct pdf_step *step, const struct pdf_node *item)
{
	return item->type == PDF_REF && (step_marks(step, item) & MARK_LISTED) != 0;
}

static int
is_still_listed(const struct pdf_step *step, const struct pdf_node *item)
{
	return item->type == PDF_REF && (step_new_marks(step, item) & MARK_LISTED) != 0;
}

int
step_list(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const struct pdf_list_rule *rule, void *ctx)
{
	static const struct pdf_node empty = { .type = PDF_ARRAY };
	uint32_t i = 0, j = 0;
	int moved = 0;

	a = a->type == PDF_NULL ? &empty : a;
	b = b->type == PDF_NULL ? &empty : b;
	if (a->type != PDF_ARRAY || b->type != PDF_ARRAY)
		return -1;
	mark_list(step, a, b, 1);
	while ((i < a->count || j < b->count) && !step->failed) {
		const struct pdf_node *old = i < a->count ? a->items[i] : NULL;
		const struct pdf_node *new = j < b->count ? b->items[j] : NULL;

		if (old != NULL && new != NULL && pdf_node_same_ref(old, new)) {
			i++;
			j++;
		} else if (new != NULL &&new->type == PDF_REF && !was_listed(step, new)) {
			rule->added(step, new, ctx);
			j++;
		} else if (old != NULL && old->type == PDF_REF && !is_still_listed(step, old)) {
			rule->removed(step, old, ctx);
			i++;
		} else if (old != NULL && new != NULL &&
			   old->type != PDF_REF &&new->type != PDF_REF) {
			rule->direct(step, old, new, ctx);
			i++;
			j++;
		} else if (old != NULL && old->type != PDF_REF) {
			rule->removed(step, old, ctx);
			i++;
		} else if (new != NULL &&new->type != PDF_REF) {
			rule->added(step, new, ctx);
			j++;
		} else {
			moved = 1; /* both lists have both items, at other places */
			i += old != NULL;
			j += new != NULL;
		}
	}
	mark_list(step, a, b, 0);
	return moved;
}
