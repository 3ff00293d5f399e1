/*
 * signing/format/change.h: signatures that are there, changed: extended and counter-signed by what
 * the document is. The one table of these makers, as signing/format/read.h is of readers: for the
 * server's operations and for its reading children. A PDF is not among them (signing/format/pdf).
 */
#ifndef SIGNET_SIGNING_FORMAT_CHANGE_H
#define SIGNET_SIGNING_FORMAT_CHANGE_H

#include "signing/format/kind.h"
#include "signing/format/signature.h"

/* Everything stays the caller's. */
struct document_change {
	const char *signature; /* its id, as readers tell it */
	const struct format_limits *limits;
	const struct document *originals; /* of detached signatures */
	size_t original_count;
	int64_t seconds; /* that new entries of containers get */
};

/*
 * Put the changed document into `out`, which is empty. `to`, `data`, `source` and errors as of
 * cms_extend(), xml_extend(), asic_extend() and smime_extend(); CMS is binary. ERROR_UNSUPPORTED
 * for what is none of these.
 */
int document_extend(struct buf *out, struct span file, const struct document_change *change,
    enum extension to, const struct evidence *data, const struct timestamp_source *source,
    struct error *err);
/* The same with a counter-signature, as cms_counter_sign() and the others make it. */
int document_counter_sign(struct buf *out, struct span file, const struct document_change *change,
    const struct sign_key *key, const struct sign_options *options, struct error *err);

/* ---- for those makers themselves ---- */

/* What is done to one signature: with a key a counter-signature, else the extension. */
struct changing {
	const struct sign_key *key;
	const struct sign_options *options;
	enum extension to;
	const struct evidence *data;
	const struct timestamp_source *source;
	const struct format_limits *limits;
};
/* Do it to signature `id` of the message in `der`; `doc` as of cms_extend(). */
int changing_cms(const struct changing *c, struct buf *der, const char *id,
    const struct document *doc, struct error *err);
/* Append to `out` the XML document with it done. */
struct xml_read_options;
int changing_xml(const struct changing *c, struct buf *out, struct span file, const char *id,
    const struct xml_read_options *reading, struct error *err);

#endif
