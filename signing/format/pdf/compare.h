/*
 * signing/format/pdf/compare.h: two revisions of a document, one after the other, compared object
 * by object. Inside of this folder: the rules (rules.h) walk both from the trailer down and say
 * where what may differ; all that no rule explains must be equal.
 *
 * Three ways to look at a value of the old revision and one of the new:
 *   step_equal()    it must be equal, with all that it refers to; what is not is told as OTHER
 *   step_differs()  is it? tells nothing
 *   step_explain()  it may be anything: what the old value refers to is explained
 * An object is compared in every place where the old revision uses it. So one that a rule lets
 * change in one place and that is used in another, where it may not, is told there.
 */
#ifndef SIGNET_FORMAT_PDF_COMPARE_H
#define SIGNET_FORMAT_PDF_COMPARE_H

#include "signing/format/pdf/objects.h"

/* One change, as found between two revisions; whose signature permits it comes later. */
struct pdf_found_change {
	enum change_class class;
	size_t revision; /* index of the newer one in the history */
	uint32_t object;
	char *field;  /* the form field that it belongs to, or NULL; owned */
	int is_new;   /* the field was not there before */
	int is_stamp; /* the field was given a document time stamp */
	int is_seen;  /* the new field shows on a page */
	char text[240];
};
struct pdf_found_changes {
	struct pdf_found_change *items;
	size_t count;
};
void pdf_found_changes_release(struct pdf_found_changes *list);

/* Where a value stands, for the sentences; 0 and NULL where that is not known. */
struct pdf_spot {
	unsigned int page;
	const char *key;   /* of the page, the catalog or the trailer */
	const char *field; /* fully qualified name */
};

/* What is known of an object of the old revision. */
enum {
	MARK_EXPLAINED = 1,   /* a rule looked at it */
	MARK_STRICT = 2,      /* it is compared, as all that must be equal */
	MARK_TREE = 4,	      /* a page, a node of the page tree, the catalog, a structure element:
			       * compared by a rule once, whoever else refers to it */
	MARK_WIDGET = 8,      /* a field, a widget or an annotation: so for back references only */
	MARK_FIELD = 16,      /* a field or its widget */
	MARK_NEW_WIDGET = 32, /* new revision: belongs to a field that was added by the rules */
	MARK_LISTED = 64,     /* scratch: stands in the list that is being compared */
	MARK_GONE = 128,      /* an annotation that was removed from its page */
	MARK_CLEAN = 256      /* it and all that it refers to was found equal */
};

struct pdf_pair {
	uint32_t old_number, old_generation, new_number, new_generation;
	uint32_t from; /* the object that refers to it */
	struct pdf_spot place;
};
struct pdf_walk {
	struct pdf_pair *queue;
	size_t next, count, cap;
	uint64_t *pairs; /* those of different numbers: an open hash table */
	size_t pair_count, pair_cap;
	int tells; /* 1 = differences are told, 0 = the first one ends it */
	int differs;
	const char *key; /* the innermost one that differed */
};

struct pdf_step {
	struct pdf_objects *objects;
	struct pdf_doc *old, *new;
	size_t revision;
	uint16_t *old_marks, *new_marks; /* by entry of the table */
	uint32_t *visits;		 /* by entry of the old one: the walk that was there last */
	uint32_t walks;
	unsigned int looks; /* into the structure tree's kids, which may share theirs */
	struct pdf_walk strict;
	/* Values that were replaced and may not be used where all must be equal */
	const struct pdf_node **own;
	size_t own_count, own_cap;
	struct pdf_found_changes *out;
	struct error *err;
	int failed; /* memory or a limit: err says which; nothing that follows counts */
};

int pdf_step_open(struct pdf_step *step, struct error *err);
void pdf_step_close(struct pdf_step *step);

/* The object that a reference leads to in the old or the new revision; other values as they are. */
const struct pdf_node *step_old(struct pdf_step *step, const struct pdf_node *value);
const struct pdf_node *step_new(struct pdf_step *step, const struct pdf_node *value);
/* The same for the value of a key. */
const struct pdf_node *step_old_get(
    struct pdf_step *step, const struct pdf_node *dict, const char *key);
const struct pdf_node *step_new_get(
    struct pdf_step *step, const struct pdf_node *dict, const char *key);

/*
 * The data of a stream: as they stand there (but decrypted), or decoded. 0 and *data for free();
 * -1 when they cannot be had.
 */
int step_data(struct pdf_doc *doc, qpdf_oh stream, int decoded, unsigned char **data, size_t *len);

/* The marks of the object that a reference leads to; 0 for other values and missing objects. */
unsigned int step_marks(const struct pdf_step *step, const struct pdf_node *ref);
unsigned int step_new_marks(const struct pdf_step *step, const struct pdf_node *ref);
void step_mark(struct pdf_step *step, const struct pdf_node *ref, unsigned int marks);
void step_mark_new(struct pdf_step *step, const struct pdf_node *ref, unsigned int marks);
void step_unmark_new(struct pdf_step *step, const struct pdf_node *ref, unsigned int marks);
/* 1 when the reference leads to an object whose number the old revision did not have. */
int step_is_fresh(const struct pdf_step *step, const struct pdf_node *ref);

/* `from` is the object in which both stand; 0: the trailer. */
void step_equal(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const char *key, uint32_t from, const struct pdf_spot *place);
int step_differs(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b);
void step_explain(struct pdf_step *step, const struct pdf_node *a);
/*
 * The value was replaced: where it is an object of its own, that must not be part of what must be
 * equal, or it was not the field's alone.
 */
void step_own(struct pdf_step *step, const struct pdf_node *a);
/* All keys of two dictionaries must be equal, but for those of a list that NULL ends. */
void step_dict(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const char *const *but, uint32_t from, const struct pdf_spot *place);

/*
 * Compare two arrays of references as lists: what was added, what was removed, and pairs of direct
 * items. Returns 1 when items that both have changed places, 0 when not, -1 for what is no array (a
 * null is an empty one).
 */
struct pdf_list_rule {
	void (*added)(struct pdf_step *step, const struct pdf_node *item, void *ctx);
	void (*removed)(struct pdf_step *step, const struct pdf_node *item, void *ctx);
	void (*direct)(struct pdf_step *step, const struct pdf_node *old,
	    const struct pdf_node *new, void *ctx);
};
int step_list(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const struct pdf_list_rule *rule, void *ctx);

/* Add a change. `place` may be NULL; the words follow "object 12, page 2: ". */
void step_tell(struct pdf_step *step, enum change_class class, uint32_t object,
    const struct pdf_spot *place, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The change that was told last; NULL when none was. */
struct pdf_found_change *step_told(struct pdf_step *step);

/* ---- for compare.c and step.c themselves ---- */

void step_no_memory(struct pdf_step *step);
const struct pdf_node *step_object(
    struct pdf_step *step, struct pdf_doc *doc, uint32_t number, uint32_t generation);
/* The first entry of that number or a higher one. */
size_t step_first_entry(const struct pdf_doc *doc, uint32_t number);
/* What differs at a place, in the object itself or below it, under the key `inner` (or NULL). */
void step_tell_difference(
    struct pdf_step *step, uint32_t object, const struct pdf_spot *place, const char *inner);

/* When all rules are through: compare what must be equal, then all that nothing explained. */
void pdf_step_finish(struct pdf_step *step);

#endif
