#include "signing/format/asic/asic_extend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/asic/asic_parts.h"
#include "signing/format/asic/asic_renew.h"
#include "signing/format/change.h"
#include "signing/format/xml/xml_read.h"

struct place {
	struct changing what;
	struct error *err;
	const char *id;	    /* in its file */
	size_t entry;	    /* its file */
	struct buf changed; /* that file */
};

static int
change_cades(struct place *c, struct asic_look *l)
{
	const struct asic_named_manifest *m;
	struct document doc;
	size_t manifests;
	int is_beside = asic_cades_subject(&l->r, c->entry, &m, &manifests, &doc);

	if (buf_append_span(&c->changed, SPAN_OF(&l->r.archive.entries[c->entry].data), c->err) !=
	    0)
		return -1;
	return changing_cms(&c->what, &c->changed, c->id, is_beside ? &doc : NULL, c->err);
}

static int
change_xades(struct place *c, struct asic_look *l)
{
	struct document *docs = calloc(l->r.archive.count + 1, sizeof(*docs));
	struct xml_read_options reading = {
		.limits = c->what.limits, .detached = docs, .names_bind = 1
	};
	const struct span file = SPAN_OF(&l->r.archive.entries[c->entry].data);
	int rc;

	if (docs == NULL)
		return error_memory(c->err);
	reading.detached_count = asic_documents(&l->r, c->entry, docs);
	rc = changing_xml(&c->what, &c->changed, file, c->id, &reading, c->err);
	free(docs);
	return rc;
}

/* Find the signature's file and what it is called there. */
static int
find(struct place *c, struct asic_look *l, const char *id)
{
	const struct signature *sig = NULL;
	const char *hash = strrchr(id, '#');
	char name[ASIC_NAME_MAX + 1];
	size_t i;
	int at;

	if (l->container.type == ASIC_NONE)
		return error_set(c->err, ERROR_UNSUPPORTED,
		    "the document is a package of another type than ASiC; nothing is added to it");
	for (i = 0; i < l->list.count && sig == NULL; i++)
		if (strcmp(l->list.items[i].id, id) == 0)
			sig = &l->list.items[i];
	if (sig == NULL || hash == NULL || (size_t)(hash - id) >= sizeof(name))
		return error_set(
		    c->err, ERROR_NOT_FOUND, "the container has no signature %.150s", id);
	memcpy(name, id, (size_t)(hash - id));
	name[hash - id] = '\0';
	at = asic_entry_at(&l->r, name);
	if (at < 0)
		return error_set(
		    c->err, ERROR_NOT_FOUND, "the container has no signature %.150s", id);
	c->entry = (size_t)at;
	c->id = hash + 1;
	if (asic_is_archived(&l->container, id))
		return error_set(c->err, ERROR_CONFLICT,
		    "%.150s is protected by an ASiCArchiveManifest with a time stamp of the "
		    "container and cannot be changed any more; level LTA adds a further one",
		    id);
	return sig->format == FORMAT_XML ? change_xades(c, l) : change_cades(c, l);
}

/* ---- all else is as it was ---- */

static int
check_unharmed(const struct place *c, const struct asic_look *before, struct span file)
{
	const char *const but[2] = { before->r.archive.entries[c->entry].name, NULL };
	struct asic_look after;
	int rc = asic_look_open(&after, file, c->what.limits, c->err);

	if (rc == 0 && (after.r.archive.count != before->r.archive.count ||
			   !asic_look_unharmed(before, &after, but)))
		rc = error_set(c->err, ERROR_CONFLICT,
		    "nothing can be added to this signature without harm to another signature or "
		    "time stamp of the container");
	asic_look_close(&after);
	return rc;
}

static int
run(struct buf *out, struct span container, const char *signature, struct place *c, int64_t seconds)
{
	const size_t most = c->what.limits != NULL ? c->what.limits->output_bytes : 0;
	struct buf file = BUF_INIT(most);
	struct archive_new entry = { 0 };
	struct asic_look before;
	int rc = -1;

	buf_init(&c->changed, most);
	if (asic_look_open(&before, container, c->what.limits, c->err) != 0 ||
	    find(c, &before, signature) != 0)
		goto done;
	entry.name = before.r.archive.entries[c->entry].name;
	entry.data = SPAN_OF(&c->changed);
	entry.is_stored = before.r.archive.entries[c->entry].is_stored;
	if (archive_write(&file, container, &entry, 1, seconds, c->err) == 0 &&
	    check_unharmed(c, &before, SPAN_OF(&file)) == 0)
		rc = buf_append_span(out, SPAN_OF(&file), c->err);
done:
	asic_look_close(&before);
	buf_release(&c->changed);
	buf_release(&file);
	return rc;
}

int
asic_extend(struct buf *out, struct span container, const char *signature, enum extension to,
    const struct evidence *data, const struct timestamp_source *source, int64_t seconds,
    const struct format_limits *limits, struct error *err)
{
	struct error own = ERROR_INIT;
	struct place place = {
		.what = { .to = to, .data = data, .source = source, .limits = limits },
		.err = err != NULL ? err : &own
	};

	return run(out, container, signature, &place, seconds);
}

int
asic_counter_sign(struct buf *out, struct span container, const char *signature,
    const struct sign_key *key, const struct sign_options *options, struct error *err)
{
	struct error own = ERROR_INIT;
	struct place place = {
		.what = { .key = key, .options = options, .limits = options->limits },
		.err = err != NULL ? err : &own
	};

	return run(out, container, signature, &place, options->signing_time);
}
