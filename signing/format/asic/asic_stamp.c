/* Time-stamp tokens of a container: what each must cover, and whether that is as it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/asic/asic_parts.h"
#include "signing/format/cms/items.h"
#include "signing/format/cms/tst_info.h"

/* The most that all time stamps of all signatures may cover together. */
#define COVERED_MAX 1000000

/* `left` counts the entries with data that are not covered yet. */
static int
add_cover(struct asic_stamp *stamp, const char *name, size_t *left, struct error *err)
{
	size_t len = stamp->covers != NULL ? strlen(stamp->covers) : 0;
	char *bigger = realloc(stamp->covers, len + strlen(name) + 2);

	if (bigger == NULL)
		return error_memory(err);
	stamp->covers = bigger;
	sprintf(bigger + len, "%s%s", len > 0 ? "\n" : "", name);
	*left -= asic_role_of(name, 0) == ASIC_DATA;
	stamp->covers_all = *left == 0;
	return 0;
}

static void
fail(struct asic_stamp *stamp, enum sub_indication failure, const char *text)
{
	if (stamp->failure != SUB_NONE)
		return;
	stamp->failure = failure;
	snprintf(stamp->failure_text, sizeof(stamp->failure_text), "%s", text);
}

/* What an entry holds is proven with it. */
static int
cover_entry(const struct asic_reading *r, struct coverage *covers, size_t entry)
{
	const struct span data = SPAN_OF(&r->archive.entries[entry].data);
	struct cms_covering inside = { covers, r->err, 0 };

	switch (r->container->entries[entry].role) {
	case ASIC_DATA:
		covers->document = 1;
		return 0;
	case ASIC_CADES:
		return cms_items_of_token(data, cms_cover_item, &inside);
	case ASIC_TIMESTAMP:
		return cms_cover_token(covers, data, r->err);
	default:
		return 0;
	}
}

/* An object that is as the manifest says. Older algorithms have the lower numbers. */
static int
cover_object(struct asic_reading *r, struct asic_stamp *stamp, const struct manifest_object *object,
    size_t entry, size_t *left)
{
	struct coverage *covers = &stamp->stamp.covers;

	if (covers->manifest == DIGEST_NONE || object->digest < covers->manifest)
		covers->manifest = object->digest;
	if (add_cover(stamp, object->name, left, r->err) != 0)
		return -1;
	return cover_entry(r, covers, entry);
}

/* The objects of the manifest that the token stamps. */
static int
read_objects(
    struct asic_reading *r, struct asic_stamp *stamp, const struct manifest *m, size_t *left)
{
	char problem[240];
	size_t i;
	int entry, holds;

	for (i = 0; i < m->count; i++) {
		holds = asic_object_holds(r, &m->objects[i], &entry, problem, sizeof(problem));
		if (holds == 0)
			fail(stamp, entry < 0 ? SUB_SIGNED_DATA_NOT_FOUND : SUB_HASH_FAILURE,
			    problem);
		else if (cover_object(r, stamp, &m->objects[i], (size_t)entry, left) != 0)
			return -1;
	}
	if (m->problem[0] != '\0')
		fail(stamp, SUB_SIG_CONSTRAINTS_FAILURE, m->problem);
	return 0;
}

/* The imprint that the token must have, over the entry. */
static int
set_imprint(struct asic_reading *r, struct asic_stamp *stamp, int entry)
{
	enum digest digest = tst_info_digest_of(SPAN_OF(&stamp->stamp.token));
	const unsigned char *value = entry >= 0 ? asic_digest(r, (size_t)entry, digest) : NULL;

	if (value == NULL) {
		snprintf(stamp->stamp.problem, sizeof(stamp->stamp.problem), "%s",
		    entry < 0 ? "no manifest and no single document says what it covers"
			      : "the token does not decode, or its digest algorithm is unknown");
		return 0;
	}
	memcpy(stamp->stamp.imprint.value[digest], value, digest_size(digest));
	stamp->stamp.imprint.have = DIGEST_BIT(digest);
	stamp->stamp.imprint_known = 1;
	return 0;
}

static int
read_stamp(struct asic_reading *r, size_t at, size_t left)
{
	const char *name = r->archive.entries[at].name;
	struct asic_stamp *stamp = &r->container->stamps[r->container->stamp_count++];
	const struct asic_named_manifest *m;
	int covered;

	stamp->name = strdup(name);
	if (stamp->name == NULL)
		return error_memory(r->err);
	if (buf_append_span(&stamp->stamp.token, SPAN_OF(&r->archive.entries[at].data), r->err) !=
	    0)
		return -1;
	stamp->stamp.kind = TIMESTAMP_DOCUMENT;
	if (asic_manifest_for(r, name, 1u << ASIC_MANIFEST | 1u << ASIC_ARCHIVE_MANIFEST, &m) ==
	    0) {
		covered = asic_only_document(r);
		stamp->stamp.covers.document = covered >= 0;
		if (covered >= 0 &&
		    add_cover(stamp, r->archive.entries[covered].name, &left, r->err) != 0)
			return -1;
		return set_imprint(r, stamp, covered);
	}
	if (r->container->entries[m->entry].role == ASIC_ARCHIVE_MANIFEST)
		stamp->stamp.kind = TIMESTAMP_ARCHIVE;
	stamp->manifest = strdup(r->archive.entries[m->entry].name);
	if (stamp->manifest == NULL)
		return error_memory(r->err);
	if (set_imprint(r, stamp, (int)m->entry) != 0)
		return -1;
	return read_objects(r, stamp, &m->manifest, &left);
}

int
asic_read_stamps(struct asic_reading *r)
{
	size_t i, count = 0, documents = 0;

	for (i = 0; i < r->archive.count; i++) {
		documents += r->container->entries[i].role == ASIC_DATA;
		count += r->container->entries[i].role == ASIC_TIMESTAMP;
	}
	if (count > r->limits->timestamps)
		return error_limit(r->err, ERROR_LIMIT, "timestamps", r->limits->timestamps, count,
		    "too many time stamps in the container");
	r->container->stamps = calloc(count + 1, sizeof(*r->container->stamps));
	if (r->container->stamps == NULL)
		return error_memory(r->err);
	for (i = 0; i < r->archive.count; i++)
		if (r->container->entries[i].role == ASIC_TIMESTAMP &&
		    read_stamp(r, i, documents) != 0)
			return -1;
	return 0;
}

/* ---- archive time stamps are the signatures' too ---- */

int
asic_stamp_covers(const struct asic_stamp *stamp, const char *name, size_t len)
{
	const char *at = stamp->covers;
	size_t n;

	for (; at != NULL && *at != '\0'; at += n + (at[n] == '\n')) {
		n = strcspn(at, "\n");
		if (n == len && memcmp(at, name, n) == 0)
			return 1;
	}
	return 0;
}

static int
may_copy(const struct asic_reading *r, size_t more)
{
	size_t i, k, total = more;

	for (i = r->first; i < r->out->count; i++)
		for (k = 0; k < r->out->items[i].timestamp_count; k++)
			total += r->out->items[i].timestamps[k].covers.count;
	return total <= COVERED_MAX
		   ? 0
		   : error_limit(r->err, ERROR_LIMIT, "covered-items", COVERED_MAX, total,
			 "too many time stamps over too many validation data in the container");
}

/* A copy of the stamp: over nothing where what it covers is not as it was. */
static int
copy_stamp(struct asic_reading *r, const struct asic_stamp *from, struct signature *sig)
{
	struct embedded_timestamp *to;

	if (may_copy(r, from->stamp.covers.count) != 0)
		return -1;
	to = signature_add_timestamp(sig, r->limits, r->err);
	if (to == NULL)
		return -1;
	to->kind = TIMESTAMP_ARCHIVE;
	if (buf_append_span(&to->token, SPAN_OF(&from->stamp.token), r->err) != 0)
		return -1;
	if (from->failure != SUB_NONE || !from->stamp.imprint_known) {
		snprintf(to->problem, sizeof(to->problem), "%.239s",
		    from->failure != SUB_NONE ? from->failure_text : from->stamp.problem);
		return 0;
	}
	to->imprint = from->stamp.imprint;
	to->imprint_known = 1;
	if (coverage_copy(&to->covers, &from->stamp.covers, r->err) != 0)
		return -1;
	to->covers.signature = 1;
	return 0;
}

int
asic_spread_stamps(struct asic_reading *r)
{
	size_t i, k;

	for (i = r->first; i < r->out->count; i++) {
		struct signature *sig = &r->out->items[i];

		for (k = 0; k < r->container->stamp_count; k++) {
			const struct asic_stamp *stamp = &r->container->stamps[k];

			if (stamp->stamp.kind != TIMESTAMP_ARCHIVE ||
			    !asic_stamp_covers(stamp, sig->id, strcspn(sig->id, "#")))
				continue;
			if (copy_stamp(r, stamp, sig) != 0)
				return -1;
			sig->form.archive |= sig->parent == NULL;
		}
		if (sig->form.archive)
			sig->level = ades_level_of(&sig->form);
	}
	return 0;
}
