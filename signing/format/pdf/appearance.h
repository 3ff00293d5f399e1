/* signing/format/pdf/appearance.h: what is seen of a signature, as a form XObject (ISO 32000-2
 * clauses 8.10, 12.5.5). */
#ifndef SIGNET_FORMAT_PDF_APPEARANCE_H
#define SIGNET_FORMAT_PDF_APPEARANCE_H

#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/pdf/update.h"

/* Write the XObject for a box of that size (in points) and what it needs; *number is its number. */
int pdf_appearance_write(struct pdf_update *up, const struct pdf_appearance *appearance,
    double width, double height, uint32_t *number, struct error *err);

#endif
