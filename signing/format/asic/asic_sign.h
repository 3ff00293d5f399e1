/*
 * signing/format/asic/asic_sign.h: containers, made: ASiC-S and ASiC-E (EN 319 162-1 clause 5) with
 * CAdES or XAdES baseline signatures of levels B-B and B-T, or with a time stamp alone.
 *
 * What is made is read back before it is returned: all that was signed is intact and covered.
 */
#ifndef SIGNET_SIGNING_FORMAT_ASIC_SIGN_H
#define SIGNET_SIGNING_FORMAT_ASIC_SIGN_H

#include "signing/format/asic/asic_read.h"

struct asic_sign_options {
	enum asic_type type; /* ASIC_S or ASIC_E */
	enum format family;  /* FORMAT_CMS: CAdES; FORMAT_XML: XAdES */
};

/*
 * Append a container with the documents and a signature over all of them to `out`. Each document
 * has content and a name, which its entry gets: UTF-8, relative, no "..", not "mimetype", not in
 * META-INF. ASiC-S takes exactly one, in its root. Entries carry options->signing_time.
 * On -1 `out` is as it was:
 *   ERROR_MALFORMED    names, number of documents, a document without content
 *   ERROR_CONFLICT     two documents of one name
 *   ERROR_UNSUPPORTED  options->plain; key and algorithm as of cms_sign() and xml_sign()
 *   ERROR_LIMIT, ERROR_TOO_LARGE, ERROR_UNAVAILABLE (key, time stamp), ERROR_INTERNAL
 */
int asic_sign(struct buf *out, const struct document *docs, size_t count,
    const struct asic_sign_options *asic, const struct sign_key *key,
    const struct sign_options *options, struct error *err);

/*
 * Append a copy of the container with one signature more, of the family that it has (CAdES where it
 * has none), over all of its documents. What was in it stays: documents, manifests and signatures
 * with all their bytes; in ASiC-S the new signature joins the others in their file. Errors as of
 * asic_read() and asic_sign(), and
 *   ERROR_UNSUPPORTED  it is no ASiC container
 *   ERROR_CONFLICT     an ASiC-S with a time stamp or evidence record instead of signatures, or
 *                      one that breaks the rules of its type; an earlier signature would suffer
 */
int asic_add_signature(struct buf *out, struct span container, const struct sign_key *key,
    const struct sign_options *options, struct error *err);

/* 1 when the bytes begin as a container of that media type does (annex A.1); reads no further. */
int asic_says_it_is(struct span file, const char *mime_type);

/*
 * Append a container with the documents and a time stamp over them instead of a signature. `digest`
 * is that of the imprint (and of the manifest's objects in ASiC-E). Errors as of asic_sign().
 */
int asic_timestamp(struct buf *out, const struct document *docs, size_t count, enum asic_type type,
    const struct timestamp_source *source, int64_t seconds, const struct format_limits *limits,
    struct error *err);

#endif
