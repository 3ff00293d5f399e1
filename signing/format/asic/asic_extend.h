/*
 * signing/format/asic/asic_extend.h: the signatures of a container brought to B-T, B-LT and B-LTA,
 * and counter-signed: the CAdES or XAdES signature in its entry, which alone is replaced. Pure, as
 * all makers.
 *
 * What is made is read back: all other entries keep their bytes, every signature and every time
 * stamp, those of the container too, is as it was. So an entry that an ASiCArchiveManifest covers
 * cannot be changed any more (ERROR_CONFLICT).
 */
#ifndef SIGNET_SIGNING_FORMAT_ASIC_EXTEND_H
#define SIGNET_SIGNING_FORMAT_ASIC_EXTEND_H

#include "signing/format/asic/asic_read.h"

/*
 * Append to `out` the container with one signature extended; `signature` is its id as asic_read()
 * tells it. `to`, `data` and `source` as of cms_extend() and xml_extend(), and errors too;
 * `seconds` is the time that the entry gets. Also
 *   ERROR_NOT_FOUND    no such signature
 *   ERROR_UNSUPPORTED  it is no ASiC container; it is a counter-signature
 *   ERROR_CONFLICT     something else in the container would not be as it was
 * On -1 `out` is as it was.
 */
int asic_extend(struct buf *out, struct span container, const char *signature, enum extension to,
    const struct evidence *data, const struct timestamp_source *source, int64_t seconds,
    const struct format_limits *limits, struct error *err);

/*
 * Append to `out` the container with a counter-signature of `signature`, as cms_counter_sign() and
 * xml_counter_sign() make it. Errors as these and as above.
 */
int asic_counter_sign(struct buf *out, struct span container, const char *signature,
    const struct sign_key *key, const struct sign_options *options, struct error *err);

#endif
