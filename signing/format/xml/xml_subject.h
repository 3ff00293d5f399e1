/*
 * signing/format/xml/xml_subject.h: what one XML signature is over, so that its value can be made
 * where the document is not read: by whoever has the key, of this alone.
 *
 * SignedInfo and SignedProperties are written anew from it and from the key and the options; of the
 * maker's own text nothing is taken. What the maker may choose is checked by xml_subject_fits().
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_SUBJECT_H
#define SIGNET_SIGNING_FORMAT_XML_SUBJECT_H

#include "signing/format/xml/xml_sign.h"

#define XML_UUID_SIZE 37

/* One ds:Reference to what is signed. */
struct xml_over {
	char *uri, *transforms, *mime_type, *type; /* as struct xml_planned has them; or NULL */
	struct buf octets;			   /* what is digested */
};
/* Owned, but for what xml_sign() hands to key->sign_xml, which is the maker's. */
struct xml_subject {
	char uuid[XML_UUID_SIZE]; /* of which its Ids are made */
	char *c14n;		  /* canonicalisation of SignedInfo */
	/*
	 * What canonical forms that are not exclusive inherit: declarations of namespaces and
	 * attributes "xml:...", as in a tag; or NULL.
	 */
	char *inherited;
	struct xml_over *over;
	size_t count;
};
void xml_subject_release(struct xml_subject *subject);

/* What may be signed: that of one call of xml_sign(), or a counter-signature. */
struct xml_asked {
	const struct document *docs;
	size_t count;
	const struct xml_sign_options *xml;
	struct span counter; /* the value that is counter-signed; else data is NULL */
};

/*
 * ERROR_INTERNAL unless the subject is over what was asked for and nothing else: number, addresses,
 * transforms and media types of its references; and the octets, as far as that can be seen without
 * reading the document: a document that is enveloped as base64 or detached, and a value that is
 * counter-signed, are that. Of a document in elements it is the reader's word that they are its
 * canonical form.
 */
int xml_subject_fits(
    const struct xml_subject *subject, const struct xml_asked *asked, struct error *err);

/*
 * The value of the signature over it, as sign_key_digests() makes it. `value` is empty and
 * initialised. ERROR_MALFORMED, ERROR_UNSUPPORTED, ERROR_LIMIT, ERROR_UNAVAILABLE, ERROR_INTERNAL.
 */
int xml_value_of(struct buf *value, const struct xml_subject *subject, const struct sign_key *key,
    const struct sign_options *options, struct error *err);

#endif
