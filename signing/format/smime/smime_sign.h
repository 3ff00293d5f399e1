/*
 * signing/format/smime/smime_sign.h: mails signed with S/MIME (RFC 8551): multipart/signed, which
 * every mail program shows, or opaque application/pkcs7-mime; and their signatures brought to
 * further levels. Pure, as all makers.
 */
#ifndef SIGNET_SIGNING_FORMAT_SMIME_SIGN_H
#define SIGNET_SIGNING_FORMAT_SMIME_SIGN_H

#include "signing/format/smime/smime_read.h"

/*
 * Append the signed mail to `out`; PACKAGING_ENVELOPING makes an opaque one, else it is clear.
 *
 * `doc` is
 *  - a mail, or a MIME entity: its media type is message/rfc822, or none is given and it begins
 * with header fields. Fields that tell of the content (Content-...) go with it under the signature;
 *    all others stay, in their order, in front of the signed mail and are not signed. What no relay
 *    would leave alone is encoded before it is signed (entity_transportable()). A mail that is
 *    signed already gets a layer around it.
 *  - anything else, of the media type that is given: it becomes the content of an entity, as an
 *    attachment of the document's name.
 *
 * The result is read back. On -1 `out` is as it was: errors as of cms_sign() and smime_read(), and
 *   ERROR_MALFORMED    no media type is given and it is no mail; header fields that decide what it
 *                      is stand there twice; a media type that is none
 *   ERROR_UNSUPPORTED  8-bit text where it cannot be encoded
 */
int smime_sign(struct buf *out, const struct document *doc, const struct sign_key *key,
    const struct sign_options *options, struct error *err);

/*
 * Append to `out` the mail with one signature extended; `signature` is its id as smime_read() tells
 * it. `to`, `data`, `source` and errors as of cms_extend(); besides
 *   ERROR_NOT_FOUND    no such signature
 *   ERROR_UNSUPPORTED  it stands inside of an opaque signature or of encryption
 *   ERROR_CONFLICT     another signature covers it
 */
int smime_extend(struct buf *out, struct span mail, const char *signature, enum extension to,
    const struct evidence *data, const struct timestamp_source *source,
    const struct format_limits *limits, struct error *err);
/* The same with a counter-signature of it, as of cms_counter_sign(). */
int smime_counter_sign(struct buf *out, struct span mail, const char *signature,
    const struct sign_key *key, const struct sign_options *options, struct error *err);

#endif
