/*
 * signing/format/pdf/pdf_decrypt.h: an encrypted PDF without its encryption.
 *
 * The file is written anew, and so no signature over its bytes would survive: a PDF that has one is
 * refused. It can be verified and read as it is, by whoever has the password.
 */
#ifndef SIGNET_FORMAT_PDF_DECRYPT_H
#define SIGNET_FORMAT_PDF_DECRYPT_H

#include "signing/format/pdf/pdf_read.h"

/*
 * Append the document in clear. What the author allowed those who have the user's password alone is
 * not asked: whoever may read may decrypt. On -1 `out` is as it was, and err->kind is
 *   ERROR_MALFORMED    as of pdf_read(), or it is not encrypted
 *   ERROR_UNSUPPORTED  as of pdf_read(), or it has signatures or time stamps
 *   ERROR_LIMIT, ERROR_TOO_LARGE
 */
int pdf_decrypt(struct buf *out, struct span document, const struct pdf_read_options *options,
    struct error *err);

#endif
