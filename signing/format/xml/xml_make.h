/*
 * signing/format/xml/xml_make.h: one signature in the making, shared by the ways of packaging it.
 * Only for this folder.
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_MAKE_H
#define SIGNET_SIGNING_FORMAT_XML_MAKE_H

#include "signing/format/xml/xml_build.h"
#include "signing/format/xml/xml_reader.h"
#include "signing/format/xml/xml_subject.h"

#define XML_COUNTERSIGNED "http://uri.etsi.org/01903#CountersignedSignature"

/* One call of xml_sign. */
struct xml_making {
	const struct document *docs;
	size_t count;
	const struct sign_key *key;
	const struct sign_options *options;
	const struct xml_sign_options *xml;
	struct xml_read_options reading;
	struct xml_build b;
	struct buf object;	   /* enveloping: the content as XML text */
	struct buf file;	   /* the result */
	size_t base;		   /* where b.text begins in it */
	struct signatures earlier; /* of the document as it came */
	struct error *err;
};

/* Signature and digest algorithm of m->b by key and options. */
int xml_make_choose(struct xml_making *m);
/* Make room for the references to the first `count` documents, with identifiers and types. */
int xml_plan(struct xml_making *m, size_t count);
/* Set the URI of the first reference; add a transform to it. */
int xml_plan_uri(struct xml_making *m, const char *prefix, const char *rest);
int xml_plan_transform(struct xml_making *m, const char *uri);
/* One ds:Transform; the XPath filter that intersects with what an expression selects. */
int xml_put_transform(struct buf *out, const char *uri, struct error *err);
int xml_put_filter(struct buf *out, const char *xpath, struct error *err);

/*
 * m->file is laid out with m->b.text at m->base: compute the digests and the value, add the time
 * stamp of level T, read the result back. ERROR_CONFLICT when a signature of m->earlier suffers.
 */
int xml_make_complete(struct xml_making *m);
/* The value of the signature at `parts`, by key->sign_xml (xml_subject.c). */
int xml_make_ask(
    struct xml_making *m, struct xml_reader *r, const struct xml_parts *parts, struct buf *value);
/* Are the signatures of m->earlier in `now` as they were, their scope too where asked? */
int xml_make_keeps_earlier(
    const struct xml_making *m, const struct signatures *now, int with_scope);

/* Enveloped packaging, all of it (xml_envelop.c). */
int xml_make_enveloped(struct xml_making *m);

#endif
