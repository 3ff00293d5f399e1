/* signing/verify/document.h: the time stamps of a document itself, of whatever kind it is. */
#ifndef SIGNET_SIGNING_VERIFY_DOCUMENT_H
#define SIGNET_SIGNING_VERIFY_DOCUMENT_H

#include "signing/format/read.h"
#include "signing/verify/verify.h"

size_t verify_document_stamp_count(const struct document_facts *facts);
/* The n-th of them, for verify_document_timestamp(); looks into the facts. */
struct verify_document_stamp verify_document_stamp_at(const struct document_facts *facts, size_t n);

#endif
