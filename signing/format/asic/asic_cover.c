/* What signatures cover: manifests and their objects, and the entries that nothing covers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/asic/asic_parts.h"

/* ---- manifests ---- */

static int
is_manifest(enum asic_role role)
{
	return role == ASIC_MANIFEST || role == ASIC_ARCHIVE_MANIFEST;
}

/* Whether an error ends the reading, rather than telling that one file is broken. */
static int
is_fatal(const struct error *err)
{
	return err->kind == ERROR_LIMIT || err->kind == ERROR_TOO_LARGE ||
	       err->kind == ERROR_UNAVAILABLE || err->kind == ERROR_INTERNAL;
}

int
asic_read_manifests(struct asic_reading *r)
{
	size_t i;

	r->manifests = calloc(r->archive.count + 1, sizeof(*r->manifests));
	if (r->manifests == NULL)
		return error_memory(r->err);
	for (i = 0; i < r->archive.count; i++) {
		struct asic_named_manifest *m = &r->manifests[r->manifest_count];
		struct error why = ERROR_INIT;

		if (!is_manifest(r->container->entries[i].role))
			continue;
		if (r->manifest_count >= r->limits->signatures)
			return error_limit(r->err, ERROR_LIMIT, "signatures", r->limits->signatures,
			    0, "too many manifests in the container");
		m->entry = i;
		r->manifest_count++;
		m->is_read = manifest_read(&m->manifest, SPAN_OF(&r->archive.entries[i].data),
				 r->limits, &why) == 0;
		if (m->is_read)
			continue;
		if (is_fatal(&why)) {
			*r->err = why;
			return -1;
		}
		snprintf(m->problem, sizeof(m->problem), "%.239s", why.text);
		asic_remark(r->container, "%.80s cannot be read: %.150s",
		    r->container->entries[i].name, m->problem);
	}
	return 0;
}

void
asic_release_manifests(struct asic_reading *r)
{
	size_t i;

	for (i = 0; i < r->manifest_count; i++)
		manifest_release(&r->manifests[i].manifest);
	free(r->manifests);
}

size_t
asic_manifest_for(const struct asic_reading *r, const char *name, unsigned int roles,
    const struct asic_named_manifest **first)
{
	size_t i, n = 0;

	*first = NULL;
	for (i = 0; i < r->manifest_count; i++) {
		const struct asic_named_manifest *m = &r->manifests[i];

		if (!m->is_read || !(roles & 1u << r->container->entries[m->entry].role) ||
		    strcmp(m->manifest.signature, name) != 0)
			continue;
		if (n++ == 0)
			*first = m;
	}
	return n;
}

/* ---- entries ---- */

int
asic_entry_at(const struct asic_reading *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->archive.count; i++)
		if (strcmp(r->archive.entries[i].name, name) == 0)
			return (int)i;
	return -1;
}

const unsigned char *
asic_digest(struct asic_reading *r, size_t entry, enum digest digest)
{
	struct digest_values *v = &r->digests[entry];

	if (digest == DIGEST_NONE)
		return NULL;
	if (!(v->have & DIGEST_BIT(digest))) {
		if (digest_span(digest, SPAN_OF(&r->archive.entries[entry].data), v->value[digest],
			NULL) != 0)
			return NULL;
		v->have |= DIGEST_BIT(digest);
	}
	return v->value[digest];
}

int
asic_object_holds(struct asic_reading *r, const struct manifest_object *object, int *entry,
    char *problem, size_t size)
{
	const unsigned char *value;

	*entry = asic_entry_at(r, object->name);
	if (*entry < 0 || r->archive.entries[*entry].is_directory) {
		snprintf(problem, size, "%.150s is signed but not in the container", object->name);
		*entry = -1;
		return 0;
	}
	value = asic_digest(r, (size_t)*entry, object->digest);
	if (value == NULL) {
		snprintf(problem, size, "the digest algorithm for %.150s is unknown", object->name);
		return 0;
	}
	if (object->value.len == digest_size(object->digest) &&
	    memcmp(object->value.data, value, object->value.len) == 0)
		return 1;
	snprintf(problem, size, "%.150s was changed after it was signed", object->name);
	return 0;
}

static int
add_object(struct asic_reading *r, struct signature *sig, const struct manifest_object *object)
{
	struct reference *ref = signature_add_reference(sig, r->limits, r->err);
	const unsigned char *value;
	int entry;

	if (ref == NULL)
		return -1;
	ref->uri = strdup(object->name);
	if (ref->uri == NULL)
		return error_memory(r->err);
	ref->is_document = 1;
	ref->scope = SCOPE_FULL;
	ref->digest = object->digest;
	ref->intact = asic_object_holds(r, object, &entry, ref->problem, sizeof(ref->problem)) == 1;
	ref->found = entry >= 0;
	if (buf_append_span(&ref->digest_value, SPAN_OF(&object->value), r->err) != 0)
		return -1;
	value = ref->found ? asic_digest(r, (size_t)entry, object->digest) : NULL;
	if (value != NULL &&
	    buf_append(&ref->computed, value, digest_size(object->digest), r->err) != 0)
		return -1;
	if (ref->found && r->options->keep_octets && !r->kept[entry]) {
		r->kept[entry] = 1;
		if (buf_append_span(
			&ref->octets, SPAN_OF(&r->archive.entries[entry].data), r->err) != 0)
			return -1;
	}
	if (ref->intact)
		return 0;
	sig->references_intact = 0;
	signature_fail(
	    sig, ref->found ? SUB_HASH_FAILURE : SUB_SIGNED_DATA_NOT_FOUND, "%s", ref->problem);
	return 0;
}

int
asic_add_objects(struct asic_reading *r, struct signature *sig, const struct manifest *manifest)
{
	size_t i;

	for (i = 0; i < manifest->count; i++)
		if (add_object(r, sig, &manifest->objects[i]) != 0)
			return -1;
	/* It could be read, so that this is no failure of format (EN 319 102-1 table 5). */
	if (manifest->problem[0] != '\0')
		signature_fail(sig, SUB_SIG_CONSTRAINTS_FAILURE,
		    "the manifest is not of the schema of EN 319 162-1: %s", manifest->problem);
	return 0;
}

/* ---- what is covered ---- */

/* Does an intact reference of the signature cover all of the entry? */
static int
covers(const struct signature *sig, const char *name)
{
	size_t i;

	for (i = 0; i < sig->reference_count; i++) {
		const struct reference *ref = &sig->references[i];

		if (ref->intact && ref->is_document && ref->scope == SCOPE_FULL &&
		    ref->uri != NULL && strcmp(ref->uri, name) == 0)
			return 1;
	}
	return 0;
}

static void
judge_one(struct asic_reading *r, struct signature *sig)
{
	int is_intact = sig->value_intact && sig->references_intact, all = 1, any = 0;
	size_t i;

	for (i = 0; i < r->container->entry_count; i++) {
		struct asic_entry *e = &r->container->entries[i];
		int is_covered = covers(sig, e->name);

		e->is_signed |= is_intact && is_covered;
		if (e->role == ASIC_DATA) {
			any = 1;
			all &= is_covered;
		}
	}
	sig->scope = any && all ? SCOPE_FULL : SCOPE_PARTIAL;
	if (r->container->type == ASIC_S && sig->scope != SCOPE_FULL && is_intact)
		signature_fail(sig, SUB_FORMAT_FAILURE,
		    "the signature does not cover the document of its ASiC-S container (EN 319 "
		    "162-1 clause 4.3.3.2)");
}

void
asic_judge_cover(struct asic_reading *r)
{
	size_t i;

	for (i = r->first; i < r->out->count; i++)
		if (r->out->items[i].parent == NULL)
			judge_one(r, &r->out->items[i]);
	for (i = 0; i < r->container->entry_count; i++)
		r->container->unsigned_count += r->container->entries[i].role == ASIC_DATA &&
						!r->container->entries[i].is_signed;
}
