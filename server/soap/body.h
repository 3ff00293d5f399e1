/*
 * server/soap/body.h: the body of a request as a stream, and the parts of a MIME body (RFC 2046,
 * RFC 2387; XOP) in it. Parts are given out as views of one window, so that a document of any size
 * streams through a fixed amount of memory.
 */
#ifndef SIGNET_SOAP_BODY_H
#define SIGNET_SOAP_BODY_H

#include "server/ops/exchange.h"

#define BODY_WINDOW   65536
#define BODY_BOUNDARY 70 /* RFC 2046 section 5.1.1 */

struct body {
	struct exchange *x;
	unsigned char *window; /* BODY_WINDOW bytes, the worker's */
	size_t at, len;	       /* unread: window[at] .. window[len - 1] */
	int ended;	       /* read_body() gave 0 */
	uint64_t received;
	uint64_t max; /* "limit-message" */
	/* MIME; delimiter is "" for a body that is XML from end to end */
	char delimiter[BODY_BOUNDARY + 5]; /* CR LF "--" boundary */
	size_t delimiter_len;
	int in_part;
	int last; /* the closing delimiter was read */
};

struct body_part {
	char id[256];	/* Content-ID without < and >, or "" */
	char type[128]; /* Content-Type, or "" */
};

void body_init(struct body *b, struct exchange *x, unsigned char *window, uint64_t max);
/*
 * The next bytes of the current part (or of the body when it has no parts) as a view that holds
 * until the next call. 1, or 0 at the end, or -1.
 */
int body_read(struct body *b, struct span *bytes, struct error *err);

/* The body has parts, divided by `boundary`: goes to the first one. */
int body_parts(struct body *b, const char *boundary, struct body_part *part, struct error *err);
/* Go to the next part; what was not read of the current one is skipped. 1, 0 behind the last, -1.
 */
int body_next(struct body *b, struct body_part *part, struct error *err);

#endif
