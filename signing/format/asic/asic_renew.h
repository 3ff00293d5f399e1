/*
 * signing/format/asic/asic_renew.h: a container protected as a whole for longer than its
 * certificates live: an ASiCArchiveManifest over all that is in it, and a time stamp over that (EN
 * 319 162-1 annex A.7). Again and again: the newest one is META-INF/ASiCArchiveManifest.xml, the
 * one before gets a number and is the Rootfile of the newest, which names everything anew.
 */
#ifndef SIGNET_SIGNING_FORMAT_ASIC_RENEW_H
#define SIGNET_SIGNING_FORMAT_ASIC_RENEW_H

#include "signing/format/asic/asic_read.h"

/*
 * 1 for containers that are protected so: ASiC-E with CAdES signatures, and those with time stamps
 * alone. XAdES, and the CAdES of ASiC-S, have archive time stamps of their own (asic_extend()).
 */
int asic_is_renewed_whole(const struct asic_container *container);
/* 1 when an ASiCArchiveManifest with a time stamp names the signature's file: it cannot change. */
int asic_is_archived(const struct asic_container *container, const char *signature);

/*
 * Append to `out` the container with one more ASiCArchiveManifest and its time stamp. `data` (NULL:
 * none) are put into the token of the last time stamp of the container, as far as they are nowhere
 * in it yet; where there is no time stamp, the signatures have to have them (EXTEND_LT) before.
 * `seconds` is the time that new entries get. What is made is read back: signatures, time stamps
 * and entries are as they were. On -1 `out` is as it was: errors as of asic_read(), and
 *   ERROR_UNSUPPORTED  asic_is_renewed_whole() is 0
 *   ERROR_NOT_FOUND    the container holds neither signature nor time stamp
 *   ERROR_CONFLICT     a time stamp of the container is not over what it must cover
 *   ERROR_LIMIT        "references": more files than a manifest may name
 *   ERROR_UNAVAILABLE  no time stamp is to be had
 */
int asic_renew(struct buf *out, struct span container, const struct evidence *data,
    const struct timestamp_source *source, int64_t seconds, const struct format_limits *limits,
    struct error *err);

#endif
