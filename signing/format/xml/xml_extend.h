/*
 * signing/format/xml/xml_extend.h: XAdES signatures brought to the levels B-T, B-LT and B-LTA
 * (EN 319 132-1 clauses 5.3 to 5.5 and 6). Pure, as all makers.
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_EXTEND_H
#define SIGNET_SIGNING_FORMAT_XML_EXTEND_H

#include "signing/format/xml/xml_read.h"

/*
 * Append to `out` the document with one signature extended; `signature` is its id as xml_read()
 * tells it, or NULL for the first. The caller's bytes stay as they were around what is put in.
 *
 *  EXTEND_T    a SignatureTimeStamp. `data` is not asked for.
 *  EXTEND_LT   CertificateValues and RevocationValues with what of `data` the signature does not
 *              hold yet; where it has such values, a TimeStampValidationData (XAdES 1.4.1) with
 *              both. The signature must have a SignatureTimeStamp. No time stamp is fetched.
 *  EXTEND_LTA  the same with `data` (NULL: it is all there), then an ArchiveTimeStamp of
 *              XAdES 1.4.1 over all that the signature signs and holds. Once more: one more.
 *
 * `reading` is as for xml_read() (detached documents, limits) and may be NULL. The result is read
 * again: every signature and every earlier time stamp must be as it was. On -1 `out` is as it was:
 *   ERROR_NOT_FOUND    no such signature
 *   ERROR_UNSUPPORTED  no XAdES of version 1.3.2 or later; UTF-16
 *   ERROR_CONFLICT     no time stamp over the signature yet (LT, LTA); another signature covers
 * what would change ERROR_MALFORMED    not XML; a value that does not decode; a document that is
 * signed is missing ERROR_UNAVAILABLE, ERROR_TOO_LARGE, ERROR_LIMIT, ERROR_INTERNAL
 */
int xml_extend(struct buf *out, struct span document, const char *signature, enum extension to,
    const struct evidence *data, const struct timestamp_source *source,
    const struct xml_read_options *reading, struct error *err);

/*
 * Append to `out` the document with a counter-signature of `signature` (its id, NULL: the first): a
 * XAdES signature over its SignatureValue, level B or T by `options`, in a CounterSignature
 * property. Errors as of xml_extend() and xml_sign(); ERROR_UNSUPPORTED too where the
 * SignatureValue has no Id. Everything is read back, as always.
 */
int xml_counter_sign(struct buf *out, struct span document, const char *signature,
    const struct sign_key *key, const struct sign_options *options,
    const struct xml_read_options *reading, struct error *err);

#endif
