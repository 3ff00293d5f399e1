/*
 * signing/format/pdf/objects.h: the objects of a PDF as plain trees, to be compared.
 *
 * All revisions of a file share their bytes: an object that stands at the same place in two of them
 * is the same object, is read once, and has the same tree. So what did not change is told by
 * comparing pointers.
 */
#ifndef SIGNET_FORMAT_PDF_OBJECTS_H
#define SIGNET_FORMAT_PDF_OBJECTS_H

#include "signing/format/pdf/doc.h"

enum pdf_node_type {
	PDF_NULL,
	PDF_BOOLEAN,
	PDF_INTEGER,
	PDF_REAL,   /* the digits as they stand there */
	PDF_STRING, /* decrypted */
	PDF_NAME,
	PDF_ARRAY,
	PDF_DICT,
	PDF_REF
};

struct pdf_entry;
struct pdf_node {
	unsigned char type;
	unsigned char is_stream; /* the dictionary of a stream */
	uint32_t count;		 /* items, entries, or bytes of text */
	union {
		int64_t number;	  /* PDF_BOOLEAN, PDF_INTEGER */
		const char *text; /* PDF_REAL, PDF_STRING, PDF_NAME; NUL behind it */
		struct {
			uint32_t number, generation;
		} ref;
		const struct pdf_node *const *items;
		const struct pdf_entry *entries; /* ascending by key */
	};
};
struct pdf_entry {
	const char *key; /* "/Type" */
	const struct pdf_node *value;
};

extern const struct pdf_node pdf_node_null;

/* All trees of a file; they live until pdf_objects_free(). */
struct pdf_objects;
int pdf_objects_new(struct pdf_objects **objects, struct error *err);
void pdf_objects_free(struct pdf_objects *objects); /* NULL is fine */

/*
 * The object of that number and generation in a revision; pdf_node_null when there is none. NULL on
 * ERROR_LIMIT (more or deeper values than are read here) or without memory.
 */
const struct pdf_node *pdf_object(struct pdf_objects *objects, struct pdf_doc *doc, uint32_t number,
    uint32_t generation, struct error *err);
/* The trailer of a revision (of its newest section); errors likewise. */
const struct pdf_node *pdf_object_trailer(
    struct pdf_objects *objects, struct pdf_doc *doc, struct error *err);
/* A copy of a text that lives as long as the trees; NULL without memory. */
const char *pdf_objects_text(struct pdf_objects *objects, const char *text, struct error *err);

/* The value of a key; pdf_node_null for all that is no dictionary or lacks it. */
const struct pdf_node *pdf_node_get(const struct pdf_node *node, const char *key);
int pdf_node_is_name(const struct pdf_node *node, const char *name);
/* 1 when both refer to the same object. */
int pdf_node_same_ref(const struct pdf_node *a, const struct pdf_node *b);
/* Leaves alone: 1 when type and value agree; arrays, dictionaries and references never do. */
int pdf_node_same_leaf(const struct pdf_node *a, const struct pdf_node *b);

#endif
