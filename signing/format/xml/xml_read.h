/*
 * signing/format/xml/xml_read.h: XML signatures (XML-DSig 1.1, RFC 9231 algorithms) and XAdES
 * (EN 319 132-1, TS 101 903) as facts, in the vocabulary of signing/format/signature.h. No DTD, no
 * network, no XSLT; an ID that two elements carry is refused.
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_READ_H
#define SIGNET_SIGNING_FORMAT_XML_READ_H

#include "signing/format/signature.h"

/* All fields stay the caller's; zeroed is fine. */
struct xml_read_options {
	const struct format_limits *limits; /* NULL: the defaults */
	/*
	 * Documents outside the signature file: name = the URI that they stand for (percent-encoded
	 * or not). A single one without a name stands for any external URI. A single one at all
	 * stands for a reference without URI, and, whatever it is called by now, for the only
	 * external one among the references beside it: XML-DSig section 3.2.1 leaves to the
	 * application how a URI is resolved, and whoever hands in one document says which is meant.
	 * Of several, one stands for a URI that is none of their names where it has the digest that
	 * the reference states: what was signed is found, whatever it is called by now.
	 * URIs are never dialled.
	 */
	const struct document *detached;
	size_t detached_count;
	int names_bind; /* a document stands for its own name alone: in containers */
	/* Certificates that KeyInfo may name without holding them. */
	STACK_OF(X509) * extra_certificates;
	/*
	 * A key agreed on outside: the HMAC key (EVP_PKEY_HMAC), or a public key for signatures
	 * without KeyInfo. HMAC signatures verify with nothing else.
	 */
	EVP_PKEY *key;
	int keep_octets; /* fill reference.octets with what was digested */
	/* Least bits of a truncated HMAC; 0: half the digest and 80 (XML-DSig 1.1 section 6.3.1).
	 */
	unsigned int hmac_bits_min;
	uint64_t work; /* what one pass may cost, in nodes visited; 0: as the document's size */
	/* DEVIATION_BIT()s that are noted and do not make a signature fail; 0: each does. */
	unsigned int tolerate;
	/* Names of attributes that are IDs beside Id, ID, id, xml:id, wsu:Id; NULL-terminated. */
	const char *const *id_attributes;
};

/*
 * Append every ds:Signature of the document, in document order; counter-signatures carry `parent`.
 * A document without any gives 0 and adds none.
 *
 * Per signature: value_intact is core validation of SignedInfo, references_intact that of all its
 * references; entries of a referenced ds:Manifest are listed (in_manifest) and not counted, as
 * XML-DSig says. A reference's scope is FULL only when all nodes of the document but the
 * signature's own are digested, all of a detached document, or all of an enveloped ds:Object where
 * the signature is the root. Broken signatures are reported (failure), not errors.
 *
 * On -1 `out` holds what it held: ERROR_MALFORMED (not well-formed), ERROR_UNSUPPORTED (DTD,
 * encoding), ERROR_LIMIT, ERROR_TOO_LARGE, ERROR_UNAVAILABLE.
 */
int xml_read(struct signatures *out, struct span document, const struct xml_read_options *options,
    struct error *err);

#endif
