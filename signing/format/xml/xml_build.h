/*
 * signing/format/xml/xml_build.h: the text of a ds:Signature, with placeholders of the right width
 * where digests and the value will stand. ASCII only, so that it fits into any document. Only for
 * this folder.
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_BUILD_H
#define SIGNET_SIGNING_FORMAT_XML_BUILD_H

#include "signing/format/xml/xml_sign.h"

#define XML_MADE_ID 72

struct xml_slot {
	size_t at, len; /* in the text */
};

/* One reference to a document. */
struct xml_planned {
	char id[XML_MADE_ID];
	struct buf uri;	       /* unescaped */
	struct buf transforms; /* ds:Transform elements, or empty */
	const char *mime_type;
	const char *type; /* of the Reference, or NULL: a document */
};

struct xml_build {
	/* set by the caller */
	const struct sign_key *key;
	const struct sign_options *options;
	struct sig_alg alg;
	enum digest digest;
	const char *c14n; /* URI of SignedInfo's canonicalisation */
	struct xml_planned *planned;
	size_t planned_count;
	struct span object; /* enveloping: content of the ds:Object, as XML text; may be empty */
	int has_object, object_is_base64;
	/* made */
	char id[XML_MADE_ID], value_id[XML_MADE_ID], properties_id[XML_MADE_ID],
	    object_id[XML_MADE_ID];
	struct buf text;
	struct xml_slot *digests; /* planned_count, and one more for SignedProperties */
	struct xml_slot value;
	size_t unsigned_at; /* where UnsignedProperties go */
};

const char *xml_canonicalization_uri(enum xml_canonicalization c);
/* Fresh identifiers; before references are planned, since Object and its reference share one. */
void xml_build_ids(struct xml_build *b);
void xml_build_ids_of(struct xml_build *b, const char *uuid);
/* Write b->text. */
int xml_build_text(struct xml_build *b, struct error *err);
void xml_build_release(struct xml_build *b);
/* Append a string as attribute value or text: escaped, ASCII. ERROR_MALFORMED for what XML cannot
 * hold. */
int xml_escape(struct buf *out, const char *s, struct error *err);
/* Append the name as a URI reference, percent-encoded. */
int xml_uri_of_name(struct buf *out, const char *name, struct error *err);
/* UnsignedProperties with one SignatureTimeStamp. */
int xml_build_stamp(
    const struct xml_build *b, struct span token, struct buf *out, struct error *err);

#endif
