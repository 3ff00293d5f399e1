/* signing/format/xml/xml_check.h: is it XML at all? For formats that carry some (PDF's metadata).
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_CHECK_H
#define SIGNET_SIGNING_FORMAT_XML_CHECK_H

#include "server/base/buf.h"
#include "signing/format/signature.h"

/*
 * 0 when the bytes are well-formed XML without a DTD, within the limits; else -1 with
 * ERROR_MALFORMED, ERROR_UNSUPPORTED or ERROR_LIMIT.
 */
int xml_check(struct span bytes, const struct format_limits *limits, struct error *err);

#endif
