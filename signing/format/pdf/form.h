/*
 * signing/format/pdf/form.h: the signature fields of a document (ISO 32000-2 clauses 12.7 and
 * 12.8), found from the catalog's AcroForm. A field that is not there is not a field: a widget of
 * a page that no field list names is left out.
 */
#ifndef SIGNET_FORMAT_PDF_FORM_H
#define SIGNET_FORMAT_PDF_FORM_H

#include "signing/format/pdf/doc.h"

struct pdf_field {
	char *name;    /* fully qualified, UTF-8 */
	qpdf_oh field; /* its dictionary; handles live as long as the document is open */
	qpdf_oh value; /* the signature dictionary, or a null */
	int is_signed; /* the value is a dictionary */
};

struct pdf_form {
	struct pdf_field *fields; /* signature fields, in document order */
	size_t count;
	char **names; /* names of all fields at the top, of any type */
	size_t name_count;
};

/*
 * ERROR_LIMIT for more signature fields than limits->signatures have values, for a tree that is too
 * deep; ERROR_MALFORMED for a name that is no text. On -1 the form is empty.
 */
int pdf_form_read(struct pdf_form *form, struct pdf_doc *doc, struct error *err);
void pdf_form_release(struct pdf_form *form);
/* The field of that name, or NULL. */
const struct pdf_field *pdf_form_find(const struct pdf_form *form, const char *name);
/* 1 when a field at the top has the name. */
int pdf_form_has_name(const struct pdf_form *form, const char *name);

/* 1 when it is a document time stamp (clause 12.8.5) and no signature. */
int pdf_is_timestamp(struct pdf_doc *doc, qpdf_oh value);

#endif
