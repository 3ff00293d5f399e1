/* signing/format/asic/asic_parts.h: one reading of a container. Only for this folder. */
#ifndef SIGNET_SIGNING_FORMAT_ASIC_PARTS_H
#define SIGNET_SIGNING_FORMAT_ASIC_PARTS_H

#include "signing/format/asic/asic_read.h"
#include "signing/format/asic/manifest.h"

/* A manifest file as it was found. */
struct asic_named_manifest {
	size_t entry; /* in the archive */
	struct manifest manifest;
	int is_read;	   /* else problem says why not */
	char problem[240]; /* */
};

struct asic_reading {
	struct signatures *out;
	size_t first;			  /* of ours in it */
	struct asic_container *container; /* never NULL; entries as in the archive */
	const struct asic_read_options *options;
	const struct format_limits *limits;
	struct archive archive;
	struct digest_values *digests; /* of the entries, as far as they were asked for */
	unsigned char *kept;	       /* entries whose octets an object's reference holds */
	struct asic_named_manifest *manifests;
	size_t manifest_count;
	struct error *err;
};

/*
 * Read all of it: out, container, options and err are set, the rest is zero. On -1 too it is to be
 * closed, which leaves `out` and `container`.
 */
int asic_reading_open(struct asic_reading *r, struct span file);
void asic_reading_close(struct asic_reading *r);
/* What the CAdES signatures of an entry sign: 1 when they have no copy of it inside. doc->name is
 * NULL where nothing says what. */
int asic_cades_subject(struct asic_reading *r, size_t at, const struct asic_named_manifest **m,
    size_t *manifests, struct document *doc);
/* All other entries with data, as documents that a signature may name; how many. */
size_t asic_documents(struct asic_reading *r, size_t without, struct document *docs);

/* ---- what the container is (asic_container.c) ---- */

enum asic_role asic_role_of(const char *name, int is_directory);
/* Entries, media type, type and remarks of r->archive. */
int asic_describe(struct asic_reading *r);
/* The only document in the root of an ASiC-S; -1 when there is not exactly one. */
int asic_only_document(const struct asic_reading *r);
/* A rule of the container's type that all its signatures break; NULL: none. */
const char *asic_broken_rule(const struct asic_reading *r);
void asic_remark(struct asic_container *container, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- manifests (asic_cover.c) ---- */

int asic_read_manifests(struct asic_reading *r);
void asic_release_manifests(struct asic_reading *r);
/* Those of these roles (bits) that say that the entry signs or stamps them: how many; the first. */
size_t asic_manifest_for(const struct asic_reading *r, const char *name, unsigned int roles,
    const struct asic_named_manifest **first);
/* Number of an entry, or -1. */
int asic_entry_at(const struct asic_reading *r, const char *name);
/* The digest of an entry, computed once: NULL for an unknown algorithm and on failure. */
const unsigned char *asic_digest(struct asic_reading *r, size_t entry, enum digest digest);
/*
 * Is the object as the manifest says? 1 yes, 0 no (problem, of size bytes, says why; *entry is -1
 * when it is missing), -1 no memory.
 */
int asic_object_holds(struct asic_reading *r, const struct manifest_object *object, int *entry,
    char *problem, size_t size);
/* Add the manifest's objects to the signature as references, and note what is broken. */
int asic_add_objects(
    struct asic_reading *r, struct signature *sig, const struct manifest *manifest);
/* Scope of each signature, entries[].is_signed, unsigned_count. */
void asic_judge_cover(struct asic_reading *r);

/* ---- time stamps of the container (asic_stamp.c) ---- */

int asic_read_stamps(struct asic_reading *r);
/* Does it cover the entry, which is as it was? */
int asic_stamp_covers(const struct asic_stamp *stamp, const char *name, size_t len);
/* Those over an ASiCArchiveManifest are archive time stamps of every signature that it names. */
int asic_spread_stamps(struct asic_reading *r);

/* ---- a reading that holds what it found (asic_look.c) ---- */

struct asic_look {
	struct signatures list;
	struct asic_container container;
	struct asic_read_options options;
	struct asic_reading r;
};
/* On -1 too it is to be closed. */
int asic_look_open(
    struct asic_look *l, struct span file, const struct format_limits *limits, struct error *err);
void asic_look_close(struct asic_look *l);
/*
 * 1 when all of `before` is in `after`: entries but the two with their bytes, signatures and time
 * stamps over the same data, no more unsigned documents. `but` are names of entries that may
 * differ, or NULL.
 */
int asic_look_unharmed(
    const struct asic_look *before, const struct asic_look *after, const char *const but[2]);

#endif
