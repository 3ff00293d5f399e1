/*
 * GetOriginalDocument: exactly the bytes that a signature signs. Whatever the format, the octets
 * that were digested, and only where their digest is the signed one; of a PDF the revision that the
 * signature covers, as a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/ops/reading.h"

/* ---- the answer ---- */

static int
add_original(struct request *req, const char *name, const char *mime_type, struct span content,
    struct error *err)
{
	struct original *all = realloc(
	    req->out.originals, (req->out.original_count + 1) * sizeof(*req->out.originals));
	struct original *o;

	if (all == NULL)
		return error_memory(err);
	req->out.originals = all;
	o = &all[req->out.original_count];
	memset(o, 0, sizeof(*o));
	buf_init(&o->content, content.len + 1);
	if (name != NULL && (o->name = strdup(name)) == NULL)
		return error_memory(err);
	o->mime_type = mime_type;
	req->out.original_count++;
	return buf_append_span(&o->content, content, err);
}

/* "invoice.txt.p7m" holds "invoice.txt". */
static const char *
without_ending(char *name)
{
	static const char *const endings[] = { ".p7m", ".p7s", ".p7b", ".cms" };
	size_t i, n = strlen(name);

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (n > 4 && strcasecmp(name + n - 4, endings[i]) == 0)
			name[n - 4] = '\0';
	return name;
}

/* ---- PDF ---- */

/* The whole revision, the signature's own value included: the first bytes of the file. */
static int
give_revision(struct task *t, struct request *req, const struct signature *sig, struct error *err)
{
	const uint64_t *at = sig->byte_range;
	struct span file = SPAN_OF(&t->doc->content);

	if (at[0] != 0 || at[2] > file.len || at[3] > file.len - at[2])
		return error_set(err, ERROR_INTERNAL, "the signature covers more than the file");
	return add_original(req, t->doc->name, "application/pdf",
	    (struct span){ file.data, (size_t)(at[2] + at[3]) }, err);
}

/* ---- all others: references ---- */

/* 1 when these octets are what the reference's digest was made of, 0, or -1. */
static int
is_what_was_signed(const struct reference *ref, struct span octets, struct error *err)
{
	unsigned char value[DIGEST_SIZE_MAX];

	if (digest_span(ref->digest, octets, value, err) != 0)
		return -1;
	return span_equal(
	    SPAN_OF(&ref->digest_value), (struct span){ value, digest_size(ref->digest) });
}

/* Readers keep a document once that several signatures sign: 1 found, 0 it is not there, -1. */
static int
find_octets(const struct signatures *list, const struct reference *ref, struct span *octets,
    struct error *err)
{
	size_t i, k;
	int is;

	*octets = SPAN_OF(&ref->octets);
	is = is_what_was_signed(ref, *octets, err);
	for (i = 0; is == 0 && i < list->count; i++)
		for (k = 0; is == 0 && k < list->items[i].reference_count; k++) {
			*octets = SPAN_OF(&list->items[i].references[k].octets);
			if (octets->len > 0)
				is = is_what_was_signed(ref, *octets, err);
		}
	return is;
}

/* What it is called: the entry of a container, the URI of an external document, or the file. */
static int
give_reference(const struct task *t, struct request *req, const struct reference *ref,
    struct span octets, struct error *err)
{
	const char *name = t->doc->name;
	char file[256];
	int is_inside = ref->path != NULL; /* of an XML document */

	if (document_kind_of(SPAN_OF(&t->doc->content)) == KIND_CMS && name != NULL) {
		snprintf(file, sizeof(file), "%s", name);
		name = without_ending(file);
	} else if (ref->uri != NULL && ref->uri[0] != '\0' &&
		   document_kind_of(SPAN_OF(&t->doc->content)) != KIND_CMS) {
		name = ref->uri;
	}
	return add_original(req, name,
	    is_inside && octets.len > 0 && octets.data[0] == '<' ? "application/xml" : NULL, octets,
	    err);
}

static int
give_references(struct task *t, struct request *req, const struct signature *sig, struct error *err)
{
	struct span octets;
	size_t i, broken = 0;
	int found;

	for (i = 0; i < sig->reference_count; i++) {
		const struct reference *ref = &sig->references[i];

		if (!ref->is_document)
			continue;
		if (!ref->intact) { /* of a ds:Manifest: the signature holds without it */
			broken++;
			continue;
		}
		found = find_octets(&t->out->signatures, ref, &octets, err);
		if (found == 0)
			error_set(err, ERROR_NOT_FOUND, "what %.200s names was not kept", ref->uri);
		if (found != 1 || give_reference(t, req, ref, octets, err) != 0)
			return -1;
	}
	if (broken > 0) {
		req->out.result.major = RESULT_WARNING;
		snprintf(req->out.result.message, sizeof(req->out.result.message),
		    "%zu entries of a manifest are not as they were signed, or not at hand; they "
		    "are left out",
		    broken);
	}
	return 0;
}

/* ---- which signature ---- */

/* 1 when both sign the same documents. */
static int
sign_the_same(const struct signature *a, const struct signature *b)
{
	size_t i;

	if (a->format == FORMAT_PDF || a->reference_count != b->reference_count)
		return 0;
	for (i = 0; i < a->reference_count; i++)
		if (a->references[i].digest != b->references[i].digest ||
		    (a->references[i].is_document &&
			!span_equal(SPAN_OF(&a->references[i].digest_value),
			    SPAN_OF(&b->references[i].digest_value))))
			return 0;
	return 1;
}

/* The one that is named; without a name, any of those that all sign the same. */
static const struct signature *
choose(const struct signatures *list, const char *id, struct error *err)
{
	static const char what[] = "whose original is wanted";
	const struct signature *first = NULL;
	size_t i;

	for (i = 0; id == NULL && i < list->count; i++) {
		if (list->items[i].parent != NULL)
			continue;
		if (first == NULL)
			first = &list->items[i];
		else if (!sign_the_same(first, &list->items[i]))
			return signature_named(list, id, what, err);
	}
	return first != NULL ? first : signature_named(list, id, what, err);
}

static int
give(struct task *t, struct request *req, struct error *err)
{
	const struct signature *sig;

	if (read_document(t, err) != 0)
		return -1;
	sig = choose(&t->out->signatures, req->in.signature_id, err);
	if (sig == NULL)
		return -1;
	if (sig->parent != NULL)
		return error_set(err, ERROR_MALFORMED,
		    "%.100s is a counter-signature: it signs the value of %.100s, and no document",
		    sig->id, sig->parent);
	if (signature_is_whole(sig, err) != 0)
		return -1;
	if (sig->format == FORMAT_PDF)
		return give_revision(t, req, sig, err);
	if (give_references(t, req, sig, err) != 0)
		return -1;
	return req->out.original_count > 0
		   ? 0
		   : error_set(err, ERROR_NOT_FOUND, "signature %.100s signs no document", sig->id);
}

int
run_get_original_document(struct engine *engine, struct request *req, struct error *err)
{
	struct verified_document read = { 0 };
	const struct material *material = NULL;
	struct task t = { .engine = engine,
		.req = req,
		.doc = req->in.documents,
		.limits = &engine_limits(engine)->format,
		.keep_octets = 1,
		.out = &read };
	int rc = -1;

	if (may_read_documents(engine, req, err) != 0 ||
	    material_get(&material, engine, req->caller, err) != 0)
		return -1;
	t.certificates = material->signing_anchors;
	snprintf(req->object, sizeof(req->object), "%s", t.doc->name != NULL ? t.doc->name : "");
	if (task_take_originals(&t, 0, err) == 0)
		rc = give(&t, req, err);
	task_release(&t);
	signatures_release(&read.signatures);
	material_unref(material);
	return rc;
}
