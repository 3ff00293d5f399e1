/*
 * signing/format/pdf/rule_field.h: form fields that a revision adds (signature fields alone may be)
 * and values that make a field signed. Inside of this folder.
 */
#ifndef SIGNET_FORMAT_PDF_RULE_FIELD_H
#define SIGNET_FORMAT_PDF_RULE_FIELD_H

#include "signing/format/pdf/rules.h"

/* "parent.name" as UTF-8, or the parent's name where `own` is no text; NULL when step->failed. */
const char *field_name(
    struct pdf_step *step, struct pdf_doc *doc, const char *parent, const struct pdf_node *own);

/* A list of the new revision into which something was put. */
struct field_list {
	const struct pdf_part *parent;
	const struct pdf_node *items;
	uint32_t added;
};
/* `item` stands in the list and stood not in the old one. */
void field_added(struct pdf_step *step, const struct pdf_node *item, struct field_list *list);

/* What became the value of a signature field. */
struct field_value {
	int is_stamp;
};
/* 1; or 0, and told as OTHER, when it is no signature that was made now. */
int field_value_read(struct pdf_step *step, const struct pdf_node *value, uint32_t field,
    const struct pdf_spot *place, struct field_value *out);
/* 1 when something of the field (of the new revision) or of a kid shows on a page. */
int field_is_visible(struct pdf_step *step, const struct pdf_node *field);

#endif
