/* signing/report/compare_parts.h: what parts of a report are called. For compare*.c only. */
#ifndef SIGNET_SIGNING_REPORT_COMPARE_PARTS_H
#define SIGNET_SIGNING_REPORT_COMPARE_PARTS_H

#include "server/base/buf.h"
#include "signing/report/compare.h"
#include "signing/report/recorded_parts.h"

/* A validation object: two are the same when their kind and digest are, whatever their ids. */
struct compare_object {
	const char *id; /* the document's */
	char *name;	/* kind and digest; the id where it has no digest */
	const xmlNode *node;
};
struct compare_side {
	const xmlNode *root, *objects;
	struct compare_object *items; /* by id */
	size_t count;
};
int compare_side_make(struct compare_side *side, const xmlNode *root, struct error *err);
void compare_side_release(struct compare_side *side);
const struct compare_object *compare_object_of(const struct compare_side *side, const char *id);
/* Append the names of the objects of a list of ids; what is no id stays as it is. */
int compare_references(
    const struct compare_side *side, const char *ids, struct buf *out, struct error *err);
/* The same for people: "certificate-2 (Alice)". */
int compare_references_told(
    const struct compare_side *side, const char *ids, struct buf *out, struct error *err);

/* How an element is known among its siblings of the same name. */
enum compare_by {
	BY_PLACE,
	BY_CHILD,     /* the text of a child element */
	BY_ATTRIBUTE, /* an attribute */
	BY_REFERENCE, /* an attribute that names an object */
	BY_OBJECT,    /* what the reference in a child element leads to */
	BY_ITSELF     /* it is a validation object */
};
struct compare_rule {
	const char *ns, *parent, *name; /* parent NULL: any */
	const char *word;		/* for people; "": its parts speak for themselves */
	enum compare_by by;
	const char *key;
	int is_left_out;
};
/* Never NULL: of what is not known the word is NULL, and its name speaks. */
const struct compare_rule *compare_rule_of(const xmlNode *node);
int compare_is_reference(const xmlAttr *attribute);
/* Append by what two such elements are the same. */
int compare_key(
    const struct compare_side *side, const xmlNode *node, struct buf *out, struct error *err);
/* Append ": words" for people, or nothing where it has no word. */
int compare_words(const struct compare_side *side, const xmlNode *node, size_t place,
    struct buf *out, struct error *err);
/* Text between its tags, white space at both ends cut; the caller frees it. NULL without memory. */
char *compare_text(const xmlNode *node);
/* A value without the prefix that all words of the standard have. */
const char *compare_word(const char *value);

#endif
