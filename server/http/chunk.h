/*
 * server/http/chunk.h: takes the chunked transfer coding (RFC 9112 section 7.1) off a body,
 * strictly and piece by piece. Chunk extensions are refused, trailer fields are skipped: nobody
 * here needs them, and both have hidden requests.
 */
#ifndef SIGNET_HTTP_CHUNK_H
#define SIGNET_HTTP_CHUNK_H

#include "server/base/buf.h"

#define HTTP_TRAILER_MAX 4096

/* All zero at the start of a body. */
struct chunk_reader {
	int state;
	unsigned int digits;  /* of the size line so far */
	unsigned int trailer; /* bytes of trailer fields so far */
	uint64_t left;	      /* of the chunk */
	int ended;	      /* the body and its trailer are over; nothing more is taken */
};

/*
 * Look at `raw`; *used says how many of its bytes are done with, and *payload is the next piece of
 * the body, a view into raw (empty where raw held only framing). Call again with what is left until
 * *used is 0 or `ended`. ERROR_MALFORMED when the coding is broken.
 */
int chunk_take(struct chunk_reader *reader, struct span raw, size_t *used, struct span *payload,
    struct error *err);

#endif
