/*
 * signing/trust/signed_xml.h: is an XML document as a whole signed by one of a few pinned signers?
 * For trusted lists, algorithm catalogues and reports, which are signed alike.
 */
#ifndef SIGNET_SIGNING_TRUST_SIGNED_XML_H
#define SIGNET_SIGNING_TRUST_SIGNED_XML_H

#include "signing/core/catalogue.h"
#include "signing/format/xml/xml_reader.h"

enum signed_xml_verdict {
	SIGNED_XML_GOOD,
	SIGNED_XML_UNSIGNED, /* no signature, several, or one that is not over the whole document */
	SIGNED_XML_BROKEN,
	SIGNED_XML_WEAK,
	SIGNED_XML_STRANGER
};
struct signed_xml_input {
	STACK_OF(X509) * signers; /* pinned, byte for byte; NULL = none */
	int64_t time;
	const struct catalogue *catalogue; /* NULL: the built-in one */
	const char *what;		   /* "the trusted list", for the sentences */
};
struct signed_xml_result {
	enum signed_xml_verdict verdict;
	char text[300]; /* why not; "" when good */
	char note[200]; /* the signer's certificate is out of its time, or "" */
	X509 *signer;	/* owned by the caller, or NULL */
};

/*
 * TS 119 612 clause 5.7 and annex B: one ds:Signature, last child of the root, XAdES, over the
 * whole document by exactly the enveloped and the exclusive canonicalisation transform; SignedInfo
 * canonicalised exclusively. -1 only when it could not be judged.
 */
int signed_xml_check(struct xml_reader *r, const struct signed_xml_input *in,
    struct signed_xml_result *result, struct error *err);

#endif
