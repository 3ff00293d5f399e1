/*
 * signing/format/xml/xml_sign.h: XML signatures, made: XAdES baseline B-B and B-T (EN 319 132-1)
 * or plain XML-DSig, enveloped, enveloping or detached.
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_SIGN_H
#define SIGNET_SIGNING_FORMAT_XML_SIGN_H

#include "signing/format/signature.h"

enum xml_canonicalization {
	XML_CANONICALIZATION_EXCLUSIVE, /* the default: the signature survives being moved */
	XML_CANONICALIZATION_INCLUSIVE, /* Canonical XML 1.0 */
	XML_CANONICALIZATION_INCLUSIVE_11
};

/* All strings are UTF-8, NULL where absent, and stay the caller's; zeroed is fine. */
struct xml_sign_options {
	enum xml_canonicalization canonicalization;
	/* What an enveloped signature covers, at most one of the two; NULL: the whole document. */
	const char *target_id;	  /* value of an ID attribute */
	const char *target_xpath; /* selects one element; prefixes as bound at the root */
	/* XPath of the element that the signature becomes the last child of; NULL: the root. */
	const char *placement;
	uint64_t work; /* as in struct xml_read_options; ERROR_LIMIT "xml_work" */
};

/*
 * Sign and append the signature file to `out`.
 *
 * Packaging by options->packaging; by default a single XML document is signed enveloped, other
 * content of one document enveloping, and several documents, or one of which only digests are
 * known, detached.
 *  - enveloped: one document with content. The signature is spliced into the caller's bytes, which
 *    stay as they were (any ASCII-compatible encoding). In a document that is signed already, it is
 *    put where every earlier signature stays as intact as it was: at the end of the root, or
 *    inside an earlier signature.
 *  - enveloping: one document with content; XML in UTF-8 as elements, all else in base64.
 *  - detached: any number of documents; each needs a name, which becomes its URI, percent-encoded.
 * The result is read back and everything in it checked before it is returned.
 *
 * With options->plain no XAdES properties; LEVEL_T needs them, and options->timestamp.
 *
 * On -1 `out` is as it was:
 *   ERROR_MALFORMED    the document is not well-formed XML, a relative namespace URI, characters
 *                      that XML has not, documents without names
 *   ERROR_UNSUPPORTED  DTD, UTF-16, key and algorithm without an XML identifier
 *   ERROR_NOT_FOUND    target or placement is not in the document
 *   ERROR_CONFLICT     more than one element is meant; an earlier signature would be broken
 *   ERROR_LIMIT, ERROR_TOO_LARGE, ERROR_UNAVAILABLE (key, time stamp), ERROR_INTERNAL
 */
int xml_sign(struct buf *out, const struct document *docs, size_t count, const struct sign_key *key,
    const struct sign_options *options, const struct xml_sign_options *xml, struct error *err);

#endif
