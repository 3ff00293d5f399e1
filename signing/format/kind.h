/* signing/format/kind.h: which of the readers a document is for. */
#ifndef SIGNET_SIGNING_FORMAT_KIND_H
#define SIGNET_SIGNING_FORMAT_KIND_H

#include "server/base/buf.h"

enum document_kind {
	KIND_UNKNOWN,
	KIND_CMS,
	KIND_XML,
	KIND_PDF,
	KIND_ASIC,
	KIND_SMIME,
	KIND_ENVELOPE,
	KINDS
};
/* By the first bytes; nothing is parsed, and what it says need not be so. */
enum document_kind document_kind_of(struct span content);

#endif
