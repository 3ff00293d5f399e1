/*
 * signing/format/pdf/field.h: the signature field of a new signature: an empty one of the document
 * or a new one with its widget, and the page, form and catalog that lead to it.
 */
#ifndef SIGNET_FORMAT_PDF_FIELD_H
#define SIGNET_FORMAT_PDF_FIELD_H

#include "signing/format/pdf/form.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/pdf/update.h"

struct pdf_place {
	char *name;			  /* fully qualified */
	const struct pdf_field *existing; /* of the form, or NULL: a new field */
	qpdf_oh page;			  /* of a new field */
	qpdf_oh widget;			  /* of an existing one: itself, or its only kid */
	double rect[4];			  /* ordered; all 0 when invisible */
};

/*
 * Choose by pdf->field_name and pdf->appearance. pdf_place_release() is due in any case. Errors as
 * pdf_sign().
 */
int pdf_place_choose(struct pdf_place *place, struct pdf_doc *doc, const struct pdf_form *form,
    const struct pdf_sign_options *pdf, struct error *err);
void pdf_place_release(struct pdf_place *place);

/*
 * Write the field with the signature dictionary `value` (an object number) and the appearance (0:
 * none), and whatever must lead to both; with `certify` the catalog's /Perms too.
 */
int pdf_place_write(const struct pdf_place *place, struct pdf_update *up, uint32_t value,
    uint32_t appearance, int certify, struct error *err);

#endif
