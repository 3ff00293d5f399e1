/*
 * signing/format/pdf/lock.h: what the signatures of a document still allow: certification (DocMDP),
 * FieldMDP and the locks of signed fields (ISO 32000-2 clauses 12.7.5.5, 12.8.2).
 */
#ifndef SIGNET_FORMAT_PDF_LOCK_H
#define SIGNET_FORMAT_PDF_LOCK_H

#include "signing/format/pdf/form.h"

/* P of the DocMDP transform of a signature dictionary: 1..3, or 0 when it certifies nothing. */
int pdf_docmdp_of(struct pdf_doc *doc, qpdf_oh value);
/* The strictest P that binds the whole document: of a certification or a signed field's lock; 0. */
int pdf_permission(struct pdf_doc *doc, const struct pdf_form *form);
/* The same of the catalog's certification alone, and of one signed field: its signature, its lock.
 */
int pdf_certified(struct pdf_doc *doc);
int pdf_permission_of(struct pdf_doc *doc, const struct pdf_field *field);
/* The stricter of two; 0 restricts nothing. */
int pdf_stricter(int a, int b);
/*
 * 1 when a dictionary with Action and Fields (a lock, FieldMDP parameters) locks the field of that
 * fully qualified name. One that cannot be understood locks all.
 */
int pdf_locks_field(struct pdf_doc *doc, qpdf_oh lock, const char *name);

/*
 * 1 when the signature in `field`, or the field's lock, locks the field called `name`; with
 * `by_name`: names it in an /Include list.
 */
int pdf_field_locks(
    struct pdf_doc *doc, const struct pdf_field *field, const char *name, int by_name);

/*
 * May the field (that exists or is to be made) be signed, with this certification (0: none)?
 * ERROR_CONFLICT says which signature stands against it.
 */
int pdf_may_sign(struct pdf_doc *doc, const struct pdf_form *form, const char *name,
    int certification, struct error *err);
/*
 * May the field take a document time stamp? DocMDP does not matter (clause 12.8.2.2, Table 257,
 * entry P: time stamps are no changes). Of the locks one that names the field, and for a field that
 * exists also one over all fields. Errors as pdf_may_sign().
 */
int pdf_may_stamp(struct pdf_doc *doc, const struct pdf_form *form, const char *name, int exists,
    struct error *err);

#endif
