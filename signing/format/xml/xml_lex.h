/*
 * signing/format/xml/xml_lex.h: the look at an XML document's bytes before any parser sees them.
 * It bounds what costs a parser or a canonicaliser more than linear time, refuses what has no place
 * in signed documents (DTDs, but for what limits->xml_declarations lets pass), and finds the byte
 * positions that text is spliced in at. It does not judge well-formedness beyond that: the parser
 * does.
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_LEX_H
#define SIGNET_SIGNING_FORMAT_XML_LEX_H

#include "server/base/buf.h"
#include "signing/format/signature.h"

/* Where one element stands in the bytes. */
struct xml_place {
	size_t start;	   /* of '<' of the start tag */
	size_t open_end;   /* behind '>' of the start tag */
	size_t close;	   /* of '<' of the end tag; for <a/> the '/' of "/>" */
	size_t end;	   /* behind the element */
	int is_empty_tag;  /* <a/> */
	struct span qname; /* as written, for the end tag that <a/> lacks */
};

enum xml_encoding {
	XML_ENCODING_UTF8,  /* declared or default; US-ASCII too */
	XML_ENCODING_BYTE,  /* ISO-8859-x, windows-125x: ASCII below 128, one byte a character */
	XML_ENCODING_UTF16, /* to be transcoded first */
	XML_ENCODING_OTHER  /* refused: its bytes do not show where the tags are */
};

/* From byte order mark and XML declaration; `name` (32 bytes) gets the declared name or "". */
enum xml_encoding xml_lex_encoding(struct span document, char name[32]);

/*
 * Check the whole document: ERROR_UNSUPPORTED for a DTD, ERROR_LIMIT for depth, attributes in a tag
 * nodes, or namespace declarations in scope, ERROR_MALFORMED where a tag does not end. *surplus is
 * what a walk over the document costs beyond its nodes, since parser and canonicaliser take
 * quadratic time in the attributes of a tag and in the namespaces in scope.
 */
struct xml_surplus {
	uint64_t total;	  /* for the whole document, in nodes */
	uint64_t dearest; /* of the one element that costs most */
};
int xml_lex_check(struct span document, const struct format_limits *limits,
    struct xml_surplus *surplus, struct error *err);

/*
 * The place of element number `ordinal` (0 = the root) in document order; the document has been
 * checked and parsed before. ERROR_INTERNAL when there is none.
 */
int xml_lex_place(struct span document, size_t ordinal, struct xml_place *place, struct error *err);

#endif
