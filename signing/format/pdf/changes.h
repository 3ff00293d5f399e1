/*
 * signing/format/pdf/changes.h: what the revisions of a document after a signature changed, and
 * whether the signature and those before it permit that (ISO 32000-2 clauses 12.8.2.2 DocMDP,
 * 12.8.2.4 FieldMDP, 12.7.5.5 locks; EN 319 142-1 clause 5.4).
 *
 * Each revision is compared with the one before it, so that no change hides behind a later one that
 * undoes it. All that no rule explains is CHANGE_OTHER, which nothing permits:
 *   LTA         validation data (/DSS), document time stamps that nobody sees, /Extensions,
 *               /Version, metadata, /Info: permitted always
 *   FORM        values and appearances of fields, signatures, new signature fields: unless P is 1,
 *               and not in a field that a lock or FieldMDP names; a new field that is seen on a
 *               page only where annotations are permitted
 *   ANNOTATION  annotations added, changed or removed: when P is 3, or nothing restricts changes
 * The strictest P of the signatures up to this one holds, since a later one restricts only what
 * comes after itself.
 */
#ifndef SIGNET_FORMAT_PDF_CHANGES_H
#define SIGNET_FORMAT_PDF_CHANGES_H

#include "signing/format/pdf/compare.h"
#include "signing/format/pdf/history.h"
#include "signing/format/pdf/value.h"

/*
 * Compare all revisions of the history. On -1 (ERROR_LIMIT, ERROR_UNAVAILABLE) nothing was found;
 * pdf_found_changes_release() is due in any case.
 */
int pdf_changes_find(
    struct pdf_found_changes *out, const struct pdf_history *history, struct error *err);
/* 1 when the document ends with the value, or goes on with nothing but CHANGE_LTA after it. */
int pdf_changes_are_lta(const struct pdf_values *values, const struct pdf_value *value);
/*
 * Is the document one whose revisions can be compared: its table, object streams, page tree and
 * structure tree are as they must be? ERROR_MALFORMED says what is not; other errors as pdf_open().
 */
int pdf_check_comparable(struct span document, const char *password,
    const struct format_limits *limits, struct error *err);
/*
 * What of them came after revision `index`, which is that of the value: into `sig`, with what is
 * permitted.
 */
int pdf_changes_judge(const struct pdf_values *values, const struct pdf_value *value, size_t index,
    struct signature *sig, struct error *err);

#endif
