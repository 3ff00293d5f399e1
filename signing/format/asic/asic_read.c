#include "signing/format/asic/asic_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/asic/asic_parts.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/xml/xml_reader.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;
static const struct asic_read_options no_options;

/* An entry that should be a signature and cannot be read. */
static int
add_broken(struct asic_reading *r, const char *entry, enum format format, const struct error *why)
{
	struct signature *sig;

	if (why->kind == ERROR_LIMIT || why->kind == ERROR_TOO_LARGE ||
	    why->kind == ERROR_UNAVAILABLE || why->kind == ERROR_INTERNAL) {
		*r->err = *why;
		return -1;
	}
	sig = signatures_add(r->out, r->limits, r->err);
	if (sig == NULL)
		return -1;
	sig->format = format;
	sig->id = strdup(entry);
	if (sig->id == NULL)
		return error_memory(r->err);
	signature_fail(sig, SUB_FORMAT_FAILURE, "%.100s cannot be read as a signature: %.250s",
	    entry, why->text);
	return 0;
}

static struct document
document_of(struct asic_reading *r, size_t entry)
{
	const struct archive_entry *e = &r->archive.entries[entry];

	return (struct document){ .name = e->name,
		.content = { e->data.data != NULL ? e->data.data : (const unsigned char *)"",
		    e->data.len },
		.has_content = 1,
		.digests = &r->digests[entry] };
}

/* ---- CAdES ---- */

static int
name_content(struct signature *sig, const char *name, int is_document, struct error *err)
{
	size_t i;

	for (i = 0; i < sig->reference_count; i++) {
		char *copy = strdup(name);

		if (copy == NULL)
			return error_memory(err);
		free(sig->references[i].uri);
		sig->references[i].uri = copy;
		sig->references[i].is_document = is_document;
	}
	return 0;
}

/* What was read of one entry: over a manifest, or over the only document. */
static int
complete_cades(struct asic_reading *r, struct signatures *list, const char *covered,
    const struct asic_named_manifest *m, size_t manifests)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		struct signature *sig = &list->items[i];

		if (sig->parent != NULL)
			continue;
		if (covered != NULL && name_content(sig, covered, m == NULL, r->err) != 0)
			return -1;
		if (m != NULL && asic_add_objects(r, sig, &m->manifest) != 0)
			return -1;
		if (manifests > 1)
			signature_fail(sig, SUB_FORMAT_FAILURE,
			    "%zu manifests say that they are signed by this signature; it can "
			    "cover one",
			    manifests);
	}
	return 0;
}

/* Some signatures hold a copy of what they sign: one that is equal does no harm. */
static int
holds_equal(struct span der, struct span content)
{
	struct buf own = BUF_INIT(content.len + 1);
	int is_equal =
	    cms_content(&own, NULL, 0, der, NULL) == 0 && span_equal(SPAN_OF(&own), content);

	buf_release(&own);
	return is_equal;
}

int
asic_cades_subject(struct asic_reading *r, size_t at, const struct asic_named_manifest **m,
    size_t *manifests, struct document *doc)
{
	const struct span der = SPAN_OF(&r->archive.entries[at].data);
	const struct cms_read_options options = { .limits = r->limits };
	unsigned int bits = 0, d;
	int covered;

	*m = NULL;
	*manifests = 0;
	if (r->container->type != ASIC_S)
		*manifests =
		    asic_manifest_for(r, r->archive.entries[at].name, 1u << ASIC_MANIFEST, m);
	covered = *m != NULL ? (int)(*m)->entry : asic_only_document(r);
	memset(doc, 0, sizeof(*doc));
	if (covered < 0)
		return 0;
	if (cms_digests_needed(der, &options, &bits, NULL) == 0)
		for (d = 0; d < DIGESTS; d++)
			if (bits & DIGEST_BIT(d))
				asic_digest(r, (size_t)covered, (enum digest)d);
	*doc = document_of(r, (size_t)covered);
	return !holds_equal(der, doc->content);
}

static int
read_cades(struct asic_reading *r, size_t at)
{
	struct cms_read_options reading = { .limits = r->limits,
		.extra_certificates = r->options->extra_certificates,
		.tolerate = r->options->tolerate };
	const char *name = r->archive.entries[at].name;
	const struct span der = SPAN_OF(&r->archive.entries[at].data);
	const struct asic_named_manifest *m = NULL;
	struct signatures list = { 0 };
	struct document doc = { 0 };
	struct error why = ERROR_INIT;
	size_t manifests = 0;
	int is_beside = asic_cades_subject(r, at, &m, &manifests, &doc), rc = -1;

	reading.keep_octets = r->options->keep_octets && m == NULL;
	if (cms_read(&list, der, is_beside ? &doc : NULL, &reading, &why) != 0)
		rc = add_broken(r, name, FORMAT_CMS, &why);
	else if (complete_cades(r, &list, doc.name, m, manifests) == 0)
		rc = signatures_take(r->out, &list, name, r->limits, r->err);
	signatures_release(&list);
	return rc;
}

/* ---- XAdES ---- */

/* References to entries are named by them, however the URI spells it. */
static int
name_references(struct asic_reading *r, struct signature *sig)
{
	size_t i;

	for (i = 0; i < sig->reference_count; i++) {
		struct reference *ref = &sig->references[i];
		char *name = ref->uri != NULL && ref->uri[0] != '#' && ref->found
				 ? asic_name_of_uri(ref->uri)
				 : NULL;

		if (name == NULL)
			continue;
		if (asic_entry_at(r, name) < 0) {
			free(name);
			continue;
		}
		free(ref->uri);
		ref->uri = name;
	}
	return 0;
}

/* All other entries are documents that a signature may name. */
size_t
asic_documents(struct asic_reading *r, size_t without, struct document *docs)
{
	size_t i, n = 0;

	for (i = 0; i < r->archive.count; i++)
		if (i != without && !r->archive.entries[i].is_directory)
			docs[n++] = document_of(r, i);
	return n;
}

static int
read_xades(struct asic_reading *r, size_t at)
{
	const char *name = r->archive.entries[at].name;
	struct document *docs = calloc(r->archive.count + 1, sizeof(*docs));
	struct xml_read_options options = { .limits = r->limits,
		.detached = docs,
		.names_bind = 1,
		.extra_certificates = r->options->extra_certificates,
		.keep_octets = r->options->keep_octets,
		.tolerate = r->options->tolerate };
	struct signatures list = { 0 };
	struct error why = ERROR_INIT;
	size_t i;
	int rc = -1;

	if (docs == NULL)
		return error_memory(r->err);
	options.detached_count = asic_documents(r, at, docs);
	if (xml_read(&list, SPAN_OF(&r->archive.entries[at].data), &options, &why) != 0) {
		rc = add_broken(r, name, FORMAT_XML, &why);
		goto done;
	}
	if (list.count == 0) {
		error_set(&why, ERROR_MALFORMED, "it holds no ds:Signature");
		rc = add_broken(r, name, FORMAT_XML, &why);
		goto done;
	}
	for (i = 0; i < list.count; i++)
		if (name_references(r, &list.items[i]) != 0)
			goto done;
	rc = signatures_take(r->out, &list, name, r->limits, r->err);
done:
	signatures_release(&list);
	free(docs);
	return rc;
}

/* ---- the door ---- */

static int
read_signatures(struct asic_reading *r)
{
	const char *rule;
	size_t i;

	for (i = 0; i < r->archive.count; i++) {
		enum asic_role role = r->container->entries[i].role;

		if ((role == ASIC_CADES && read_cades(r, i) != 0) ||
		    (role == ASIC_XADES && read_xades(r, i) != 0))
			return -1;
	}
	rule = asic_broken_rule(r);
	for (i = r->first; rule != NULL && i < r->out->count; i++)
		signature_fail(&r->out->items[i], SUB_FORMAT_FAILURE, "%s", rule);
	return 0;
}

int
asic_reading_open(struct asic_reading *r, struct span file)
{
	r->limits = r->options->limits != NULL ? r->options->limits : &default_limits;
	r->first = r->out->count;
	if (archive_open(&r->archive, file, r->options->archive, r->err) != 0)
		return -1;
	r->digests = calloc(r->archive.count + 1, sizeof(*r->digests));
	r->kept = calloc(r->archive.count + 1, 1);
	if (r->digests == NULL || r->kept == NULL)
		return error_memory(r->err);
	if (asic_describe(r) != 0 || asic_read_manifests(r) != 0 || read_signatures(r) != 0 ||
	    asic_read_stamps(r) != 0 || asic_spread_stamps(r) != 0)
		return -1;
	asic_judge_cover(r);
	return 0;
}

/* Names of entries stand in texts, cut where there was no more room. */
static void
tidy(struct asic_reading *r)
{
	struct asic_container *c = r->container;
	size_t i, k;

	for (i = r->first; i < r->out->count; i++) {
		xml_tidy(r->out->items[i].failure_text);
		for (k = 0; k < r->out->items[i].reference_count; k++)
			xml_tidy(r->out->items[i].references[k].problem);
		for (k = 0; k < r->out->items[i].timestamp_count; k++)
			xml_tidy(r->out->items[i].timestamps[k].problem);
	}
	for (i = 0; i < c->stamp_count; i++) {
		xml_tidy(c->stamps[i].failure_text);
		xml_tidy(c->stamps[i].stamp.problem);
	}
	xml_tidy(c->remarks);
	xml_tidy(r->err->text);
}

void
asic_reading_close(struct asic_reading *r)
{
	tidy(r);
	asic_release_manifests(r);
	free(r->digests);
	free(r->kept);
	archive_release(&r->archive);
}

int
asic_read(struct signatures *out, struct asic_container *container, struct span file,
    const struct asic_read_options *options, struct error *err)
{
	struct asic_container own = { 0 };
	struct error own_err = ERROR_INIT;
	struct asic_reading r = { .out = out,
		.container = container != NULL ? container : &own,
		.options = options != NULL ? options : &no_options,
		.err = err != NULL ? err : &own_err };
	int rc;

	rc = asic_reading_open(&r, file);
	asic_reading_close(&r);
	asic_container_release(&own);
	return rc;
}
