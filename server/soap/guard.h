/*
 * server/soap/guard.h: looks at XML before the parser does and stops what would cost too much or
 * has no place in SOAP: DOCTYPE (and with it entities), tags that are too long, too many attributes
 * (80,000 in one tag cost gSOAP 30 s), elements that are too deep, anything behind the root, and
 * bytes that are not UTF-8 (gSOAP would make other characters of them).
 *
 * It checks no well-formedness beyond that: the parser does. Bytes may come in any pieces.
 */
#ifndef SIGNET_SOAP_GUARD_H
#define SIGNET_SOAP_GUARD_H

#include "server/base/error.h"

#include <stddef.h>
#include <stdint.h>

#define GUARD_DEPTH_MAX 200

struct guard_limits {
	unsigned int depth;	 /* nested elements; at most GUARD_DEPTH_MAX */
	unsigned int attributes; /* of an element and all around it, namespaces included */
	unsigned int tag_bytes;
	uint64_t bytes; /* of the XML as a whole */
	const char *bytes_name;
};

struct guard {
	struct guard_limits limits;
	int state;
	unsigned char quote;
	unsigned int matched; /* of what ends a comment, CDATA or instruction */
	unsigned int tag;     /* bytes of the tag so far */
	unsigned int depth;
	unsigned int attributes; /* in scope */
	unsigned int own[GUARD_DEPTH_MAX + 1];
	char opening[8]; /* behind "<!" */
	uint64_t bytes;
	unsigned int utf8_more; /* bytes that the character still needs */
	unsigned int utf8_least, utf8_value;
	int slash; /* the tag's last character was '/' */
};

void guard_init(struct guard *g, const struct guard_limits *limits);
/* ERROR_MALFORMED, ERROR_LIMIT or ERROR_TOO_LARGE, with words for the caller. */
int guard_feed(struct guard *g, const void *data, size_t len, struct error *err);
/* 1 = the root element has ended. */
int guard_is_done(const struct guard *g);

#endif
