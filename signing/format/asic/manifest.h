/*
 * signing/format/asic/manifest.h: ASiCManifest files (EN 319 162-1 annex A.4), read and written.
 * Only for this folder.
 */
#ifndef SIGNET_SIGNING_FORMAT_ASIC_MANIFEST_H
#define SIGNET_SIGNING_FORMAT_ASIC_MANIFEST_H

#include "signing/format/signature.h"

#define ASIC_NAMESPACE "http://uri.etsi.org/02918/v1.2.1#"

/* A DataObjectReference. */
struct manifest_object {
	char *name;	    /* of the entry: the URI, its %XX decoded */
	enum digest digest; /* DIGEST_NONE: unknown */
	struct buf value;
	int is_root; /* Rootfile="true" */
};
struct manifest {
	char *signature; /* name of the entry that signs or stamps it */
	struct manifest_object *objects;
	size_t count;
	char problem[160]; /* where it departs from the schema; "" = conformant */
};
/*
 * ERROR_MALFORMED (not well-formed, another root, no SigReference, a URI that names no entry, an
 * object named twice), ERROR_UNSUPPORTED (DTD), ERROR_LIMIT (limits->references, XML limits).
 * Objects that stand elsewhere than under the root are read and told in `problem`. On -1 nothing is
 * held.
 */
int manifest_read(struct manifest *manifest, struct span file, const struct format_limits *limits,
    struct error *err);
void manifest_release(struct manifest *manifest);

/* The entry that a URI names, relative to the container's root: malloc()ed, NULL without memory or
 * where it cannot be one (a scheme, a fragment, a NUL). */
char *asic_name_of_uri(const char *uri);

/* Append a manifest over the documents, each of which needs a name and content. */
struct manifest_plan {
	const char *signature; /* name of the entry that will sign it */
	const char *mime_type; /* of that entry */
	const struct document *docs;
	size_t count;
	const char *root; /* the document that gets Rootfile="true", or NULL */
	enum digest digest;
};
int manifest_write(struct buf *out, const struct manifest_plan *plan, struct error *err);
/* Append META-INF/manifest.xml (OpenDocument part 3) that lists the documents. */
int manifest_write_package(struct buf *out, const char *container_type, const struct document *docs,
    size_t count, struct error *err);

#endif
