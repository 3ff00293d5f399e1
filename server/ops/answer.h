/*
 * server/ops/answer.h: what makes a request with a requestId idempotent. The digest says whether
 * two requests ask the same; the encoded answer is kept in the database with the audit row, and
 * given again when the same caller comes with the same id and the same content.
 *
 * An answer of a format that leaves the document's bytes where they were (PDF, enveloped XML) is
 * kept as the difference to the document, which the repeated request brings along.
 */
#ifndef SIGNET_OPS_ANSWER_H
#define SIGNET_OPS_ANSWER_H

#include "server/ops/request.h"

/* SHA-256 over operation, parameters and documents (their digests); after the documents are there.
 */
/* ... and notes that of its document in req->document_digest. */
int request_digest(struct request *req, unsigned char out[32], struct error *err);
/* Append the encoding of the out part of a request that signs or stamps. */
int answer_encode(const struct request *req, struct buf *out, struct error *err);
/* Fill the out part from an encoding. ERROR_INTERNAL when it does not decode. */
int answer_decode(struct request *req, struct span answer, struct error *err);

#endif
