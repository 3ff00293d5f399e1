/*
 * signing/format/pdf/rules.h: what may differ between two revisions, each part of a document with
 * its rule. Inside of this folder.
 *
 * First every rule marks the objects of the old revision that it will look at, then each looks: so
 * a reference to a page or a field from anywhere is not followed there. A rule tells what it found
 * (step_tell) in a class; whose signature permits that class is decided elsewhere.
 */
#ifndef SIGNET_FORMAT_PDF_RULES_H
#define SIGNET_FORMAT_PDF_RULES_H

#include "signing/format/pdf/compare.h"

/* One object that a rule looks at. */
struct pdf_part {
	const struct pdf_node *ref; /* to it, in the old revision */
	unsigned int page;	    /* number of a page; 0: no page */
	const char *name;	    /* of a field */
	const char *type;	    /* /FT of a field, inherited as well; NULL: none */
	int is_signed;		    /* it belongs to a signature field that had a value */
};
struct pdf_parts {
	struct pdf_part *items;
	size_t count;
};
int pdf_parts_add(struct pdf_step *step, struct pdf_parts *parts, const struct pdf_part *part);

/* Trailer and catalog, and all below them by the rules that follow. */
void pdf_compare_all(struct pdf_step *step);

/* Pages: nothing but /Annots may differ. Annotations. */
int pdf_pages_mark(struct pdf_step *step, const struct pdf_node *root, struct pdf_parts *pages);
void pdf_pages_compare(struct pdf_step *step, const struct pdf_parts *pages);

/* The form: values may be filled in, signature fields added. `a` and `b` are the AcroForm's. */
int pdf_form_mark(struct pdf_step *step, const struct pdf_node *a, struct pdf_parts *fields);
void pdf_form_compare(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const struct pdf_parts *fields);

/* The structure tree: elements of annotations may come, and go with them. */
int pdf_structure_mark(struct pdf_step *step, const struct pdf_node *a, struct pdf_parts *elements);
void pdf_structure_compare(struct pdf_step *step, const struct pdf_node *a,
    const struct pdf_node *b, const struct pdf_parts *elements);

/* Validation data (EN 319 142-1 clause 5.4.2). */
void pdf_dss_compare(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b);

#endif
