/*
 * signing/format/pdf/strict.h: checks of what the library forgives and other readers may take
 * otherwise: what two readers see differently is what shadow attacks are made of.
 */
#ifndef SIGNET_FORMAT_PDF_STRICT_H
#define SIGNET_FORMAT_PDF_STRICT_H

#include "signing/format/pdf/doc.h"

/*
 * Every object in an object stream stands at the index that the table gives, is named there once,
 * and is no stream (ISO 32000-2 clause 7.5.7). Entries that `before` (an earlier revision, or NULL)
 * has as well are passed over. ERROR_MALFORMED names the object.
 */
int pdf_check_object_streams(struct pdf_doc *doc, const struct pdf_doc *before, struct error *err);
/*
 * No dictionary that `doc` added to `before`, the revision that it continues, has a key twice (ISO
 * 32000-2 clause 7.3.7): readers differ in which of both they take, so that one may see a change
 * where another sees none. Objects that nobody refers to are looked at as well: a later revision
 * may. ERROR_MALFORMED names the key.
 */
int pdf_check_keys(struct pdf_doc *doc, const struct pdf_doc *before, struct error *err);
/* The entries of the table at startxref have the form of clause 7.5.4; else ERROR_MALFORMED. */
int pdf_check_table(const struct pdf_doc *doc, struct error *err);

#endif
