/* signing/verify/document.h: the time stamps of a document itself, of whatever kind it is. */
#ifndef SIGNET_SIGNING_VERIFY_DOCUMENT_H
#define SIGNET_SIGNING_VERIFY_DOCUMENT_H

#include "signing/format/read.h"
#include "signing/verify/verify.h"

/*
 * All of them for verify_document_timestamps(): the caller's to free, looking into the facts; NULL
 * where there are none. *covered: one covers what the document shows.
 */
int verify_document_stamps(const struct document_facts *facts, struct verify_document_stamp **in,
    size_t *count, int *covered, struct error *err);
/* The n-th of them. */
struct verify_document_stamp verify_document_stamp_at(const struct document_facts *facts, size_t n);

#endif
