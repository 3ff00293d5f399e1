/* A signature more in a container that is there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/asic/asic_make.h"

/* The family of the signatures that are there. */
static enum format
family_of(const struct asic_container *container)
{
	size_t i;

	for (i = 0; i < container->entry_count; i++)
		if (container->entries[i].role == ASIC_XADES)
			return FORMAT_XML;
	return FORMAT_CMS;
}

/* A number that no file of META-INF has yet. */
static int
choose_number(struct making *m, const struct archive *archive)
{
	char signatures[MAKING_NAME_SIZE];

	for (m->number = 1; m->number <= ASIC_ENTRIES_MAX; m->number++) {
		making_name_files(m, "signature", ".p7s");
		snprintf(signatures, sizeof(signatures), "META-INF/signatures%03u.xml", m->number);
		if (archive_find(archive, m->signature_name) == NULL &&
		    archive_find(archive, m->manifest_name) == NULL &&
		    archive_find(archive, signatures) == NULL)
			return 0;
	}
	return error_limit(m->err, ERROR_LIMIT, "asic-entries", ASIC_ENTRIES_MAX, 0,
	    "the container has too many signatures");
}

static struct document *
documents_of(const struct archive *archive, const struct asic_container *container, size_t *count)
{
	struct document *docs = calloc(archive->count + 1, sizeof(*docs));
	size_t i;

	*count = 0;
	for (i = 0; docs != NULL && i < archive->count; i++)
		if (container->entries[i].role == ASIC_DATA)
			docs[(*count)++] = (struct document){ .name = archive->entries[i].name,
				.content = { archive->entries[i].data.data != NULL
						 ? archive->entries[i].data.data
						 : (const unsigned char *)"",
				    archive->entries[i].data.len },
				.has_content = 1 };
	return docs;
}

static int
is_suited(const struct making *m, const struct asic_container *container)
{
	size_t i;

	if (container->type == ASIC_NONE)
		return error_set(m->err, ERROR_UNSUPPORTED,
		    "the document is a package of another type than ASiC; nothing is added to it");
	for (i = 0; m->type == ASIC_S && i < container->entry_count; i++)
		if (container->entries[i].role == ASIC_TIMESTAMP ||
		    container->entries[i].role == ASIC_EVIDENCE)
			return error_set(m->err, ERROR_CONFLICT,
			    "the ASiC-S container holds a time stamp or an evidence record; a "
			    "signature cannot join it");
	return 0;
}

/* Entries and signatures that were there are as they were; what is new is sound. */
static int
check_kept(const struct making *m, const struct archive *before, const struct signatures *earlier)
{
	struct read_back b = { 0 };
	struct archive after = { 0 };
	size_t i, k;
	int rc = -1;

	if (making_read_back(m, SPAN_OF(&m->file), &b) != 0 ||
	    archive_open(&after, SPAN_OF(&m->file), NULL, m->err) != 0)
		goto done;
	for (i = 0; i < before->count; i++) {
		const struct archive_entry *was = &before->entries[i], *is = &after.entries[i];

		if (i >= after.count || strcmp(was->name, is->name) != 0 ||
		    (strcmp(was->name, m->signature_name) != 0 &&
			!span_equal(SPAN_OF(&was->data), SPAN_OF(&is->data)))) {
			error_set(m->err, ERROR_INTERNAL,
			    "the container would be changed by adding to it");
			goto done;
		}
	}
	for (i = 0; i < earlier->count; i++) {
		const struct signature *was = &earlier->items[i], *is = NULL;

		for (k = 0; k < b.list.count && is == NULL; k++)
			if (strcmp(b.list.items[k].id, was->id) == 0)
				is = &b.list.items[k];
		if (is == NULL || is->value_intact != was->value_intact ||
		    is->references_intact != was->references_intact || is->scope != was->scope ||
		    is->failure != was->failure) {
			error_set(m->err, ERROR_CONFLICT,
			    "the signature %.100s would not be as it was", was->id);
			goto done;
		}
	}
	rc = making_check_new(m, &b, earlier);
done:
	archive_release(&after);
	read_back_release(&b);
	return rc;
}

static int
add(struct making *m, struct buf *out, const struct archive *archive, const struct read_back *b)
{
	struct document *docs;
	int rc = -1;

	m->type = b->container.type;
	if (is_suited(m, &b->container) != 0)
		return -1;
	docs = documents_of(archive, &b->container, &m->count);
	if (docs == NULL)
		return error_memory(m->err);
	m->docs = docs;
	m->family = family_of(&b->container);
	if (making_check_documents(m) == 0 &&
	    choose_number(m, m->type == ASIC_E ? archive : &(struct archive){ 0 }) == 0 &&
	    (m->family == FORMAT_XML ? making_xades(m, archive) : making_cades(m, archive)) == 0 &&
	    making_write(m) == 0 && check_kept(m, archive, &b->list) == 0)
		rc = buf_append_span(out, SPAN_OF(&m->file), m->err);
	free(docs);
	return rc;
}

int
asic_add_signature(struct buf *out, struct span container, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	struct read_back before = { 0 };
	struct archive archive = { 0 };
	struct making m;
	int rc = -1;

	making_init(&m, options->limits, err);
	m.key = key;
	m.options = *options;
	m.options.packaging = PACKAGING_DETACHED;
	m.base = container;
	if (making_check_options(&m) == 0 && making_read_back(&m, container, &before) == 0 &&
	    archive_open(&archive, container, NULL, err) == 0)
		rc = add(&m, out, &archive, &before);
	archive_release(&archive);
	read_back_release(&before);
	making_release(&m);
	return rc;
}
