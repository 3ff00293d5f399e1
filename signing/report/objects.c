#include "signing/report/objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/x509/cert.h"

static const char *const kind_names[REPORT_OBJECT_KINDS] = {
	[REPORT_SIGNED_DATA] = "signed-data",
	[REPORT_SIGNATURE] = "signature",
	[REPORT_TIMESTAMP] = "timestamp",
	[REPORT_CERTIFICATE] = "certificate",
	[REPORT_CRL] = "CRL",
	[REPORT_OCSP] = "OCSP",
};

const char *
report_object_kind_name(enum report_object_kind kind)
{
	return (unsigned int)kind < REPORT_OBJECT_KINDS ? kind_names[kind] : "";
}

/* ---- the list, and an index over it ---- */

static int
compare(const struct report_object *o, enum report_object_kind kind, const unsigned char *value)
{
	if (o->kind != kind)
		return o->kind < kind ? -1 : 1;
	return memcmp(o->value, value, 32);
}

/* Where in the order such an object stands, or would. */
static size_t
place_of(const struct report_objects *all, enum report_object_kind kind, const unsigned char *value)
{
	size_t low = 0, high = all->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare(&all->items[all->order[middle]], kind, value) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct report_object *
at_place(const struct report_objects *all, size_t place, enum report_object_kind kind,
    const unsigned char *value)
{
	if (place == all->count || compare(&all->items[all->order[place]], kind, value) != 0)
		return NULL;
	return &all->items[all->order[place]];
}

static size_t
count_of(const struct report_objects *all, enum report_object_kind kind)
{
	size_t i, n = 0;

	for (i = all->count; i-- > 0 && n == 0;)
		if (all->items[i].kind == kind)
			n = strtoul(strrchr(all->items[i].id, '-') + 1, NULL, 10);
	return n;
}

static int
grow(struct report_objects *all, struct error *err)
{
	struct report_object *items;
	size_t *order;

	if (all->count % 64 != 0)
		return 0;
	items = realloc(all->items, (all->count + 64) * sizeof(*items));
	if (items == NULL)
		return error_memory(err);
	all->items = items;
	order = realloc(all->order, (all->count + 64) * sizeof(*order));
	if (order == NULL)
		return error_memory(err);
	all->order = order;
	return 0;
}

/* One of that kind and digest: that which is there, or a new one; NULL without memory. */
static struct report_object *
object_at(struct report_objects *all, enum report_object_kind kind, const unsigned char *value,
    struct error *err)
{
	size_t place = place_of(all, kind, value);
	struct report_object *o = at_place(all, place, kind, value);

	if (o != NULL)
		return o;
	if (grow(all, err) != 0)
		return NULL;
	memmove(
	    &all->order[place + 1], &all->order[place], (all->count - place) * sizeof(*all->order));
	all->order[place] = all->count;
	o = &all->items[all->count];
	memset(o, 0, sizeof(*o));
	o->kind = kind;
	snprintf(o->id, sizeof(o->id), "%s-%zu", kind_names[kind], count_of(all, kind) + 1);
	o->digest = DIGEST_SHA256;
	memcpy(o->value, value, 32);
	buf_init(&o->own, 0);
	all->count++;
	return o;
}

/* What the document has was not needed from elsewhere. */
static void
came_from(struct report_object *o, unsigned int from)
{
	if (from != REPORT_GATHERED || o->from == 0)
		o->from |= from;
}

static int
add_bytes(struct report_objects *all, enum report_object_kind kind, struct span bytes,
    unsigned int from, struct error *err)
{
	unsigned char sha256[DIGEST_SIZE_MAX];
	struct report_object *o;

	if (digest_span(DIGEST_SHA256, bytes, sha256, err) != 0)
		return -1;
	o = object_at(all, kind, sha256, err);
	if (o == NULL)
		return -1;
	came_from(o, from);
	o->bytes = bytes;
	o->size = bytes.len;
	return 0;
}

static struct report_object *
add_certificate(struct report_objects *all, X509 *cert, unsigned int from, struct error *err)
{
	unsigned char sha256[DIGEST_SIZE_MAX];
	struct report_object *o;

	if (X509_digest(cert, EVP_sha256(), sha256, NULL) != 1) {
		error_set(err, ERROR_INTERNAL, "a certificate could not be digested");
		return NULL;
	}
	o = object_at(all, REPORT_CERTIFICATE, sha256, err);
	if (o == NULL)
		return NULL;
	came_from(o, from);
	if (o->own.len == 0 && cert_write_der(&o->own, cert, err) != 0)
		return NULL;
	o->bytes = SPAN_OF(&o->own);
	o->size = o->own.len;
	return o;
}

static int
add_certificates(
    struct report_objects *all, STACK_OF(X509) * certs, unsigned int from, struct error *err)
{
	int i;

	for (i = 0; i < sk_X509_num(certs); i++)
		if (add_certificate(all, sk_X509_value(certs, i), from, err) == NULL)
			return -1;
	return 0;
}

/* ---- documents ---- */

/* SHA-256 where it can be had, else the strongest digest that is known. */
static int
add_document(
    struct report_objects *all, const struct document *doc, size_t *place, struct error *err)
{
	unsigned char value[DIGEST_SIZE_MAX] = { 0 };
	enum digest d = DIGEST_SHA256;
	struct report_object *o;
	int i;

	if (!doc->has_content &&
	    (doc->digests == NULL || !(doc->digests->have & DIGEST_BIT(DIGEST_SHA256)))) {
		d = DIGEST_NONE;
		for (i = DIGEST_NONE + 1; doc->digests != NULL && i < DIGESTS; i++)
			if (doc->digests->have & DIGEST_BIT(i))
				d = (enum digest)i;
		if (d == DIGEST_NONE)
			return error_set(
			    err, ERROR_NOT_FOUND, "no digest of a document is known to report on");
	}
	if (document_digest(doc, d, value, err) != 0)
		return -1;
	o = object_at(all, REPORT_SIGNED_DATA, value, err);
	if (o == NULL)
		return -1;
	*place = (size_t)(o - all->items);
	o->digest = d;
	memcpy(o->value, value, sizeof(o->value));
	o->name = o->name != NULL ? o->name : doc->name;
	o->from |= REPORT_FROM_DOCUMENT;
	if (doc->has_content) {
		o->bytes = doc->content;
		o->size = doc->content.len;
	} else {
		o->size = doc->digests->length;
	}
	return 0;
}

/* What was in the envelopes that were opened. */
static int
add_contents(struct report_objects *all, const struct report_input *in, struct error *err)
{
	struct report_object *o;
	size_t i;

	all->contents = calloc(in->layer_count + 1, sizeof(*all->contents));
	if (all->contents == NULL)
		return error_memory(err);
	for (i = 0; i < in->layer_count; i++) {
		if (!in->layers[i].is_open)
			continue;
		o = object_at(all, REPORT_SIGNED_DATA, in->layers[i].content, err);
		if (o == NULL)
			return -1;
		all->contents[i] = (size_t)(o - all->items);
		o->from |= REPORT_FROM_DOCUMENT;
		o->size = in->layers[i].size;
	}
	return 0;
}

/* ---- what a path rests on ---- */

static void
mark(struct report_objects *all, enum report_object_kind kind, const unsigned char *sha256)
{
	struct report_object *o = at_place(all, place_of(all, kind, sha256), kind, sha256);

	if (o != NULL)
		o->decided = 1;
}

static int
add_revocation(struct report_objects *all, const struct revocation_result *r, struct error *err)
{
	const struct revocation_proof *proof = &r->proof;
	struct report_object *o;
	size_t i;
	int n;

	for (i = 0; r->status >= REVOCATION_GOOD && i < proof->used_count; i++)
		mark(all, proof->used[i].kind == REVOCATION_BY_OCSP ? REPORT_OCSP : REPORT_CRL,
		    proof->used[i].sha256);
	for (n = 0; n < sk_X509_num(proof->signers); n++) {
		o = add_certificate(all, sk_X509_value(proof->signers, n), 0, err);
		if (o == NULL)
			return -1;
		o->decided = 1;
	}
	return 0;
}

static int
add_path(
    struct report_objects *all, const struct path_result *path, int is_timestamp, struct error *err)
{
	struct report_object *o;
	size_t i;

	for (i = 0; i < path->certificate_count; i++) {
		const struct path_certificate *pc = &path->certificates[i];

		o = add_certificate(all, pc->cert, 0, err);
		if (o == NULL)
			return -1;
		o->decided = 1;
		if (path->anchor != NULL && i + 1 == path->certificate_count) {
			o->is_anchor |= !is_timestamp;
			o->is_timestamp_anchor |= is_timestamp;
		}
		if (add_revocation(all, &pc->revocation, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- what was brought along and fetched ---- */

static int
add_values(struct report_objects *all, enum report_object_kind kind, const struct values *values,
    unsigned int from, struct error *err)
{
	size_t i;

	for (i = 0; i < values->count; i++)
		if (add_bytes(all, kind, SPAN_OF(&values->items[i].der), from, err) != 0)
			return -1;
	return 0;
}

static int
add_evidence(struct report_objects *all, const struct evidence *evidence, unsigned int from,
    struct error *err)
{
	if (add_certificates(all, evidence->certificates, from, err) != 0 ||
	    add_values(all, REPORT_CRL, &evidence->crls, from, err) != 0)
		return -1;
	return add_values(all, REPORT_OCSP, &evidence->ocsps, from, err);
}

/* ---- proofs of existence ---- */

static int
proves(const struct report_object *o, const struct verify_signature *v, size_t n)
{
	const struct embedded_timestamp *e = &v->source->timestamps[n];

	if (v->timestamps[n].conclusion.indication != INDICATION_TOTAL_PASSED ||
	    v->timestamps[n].time != o->existed)
		return 0;
	return coverage_has(&e->covers, o->value) ||
	       (o->kind == REPORT_SIGNATURE && e->covers.signature) ||
	       (o->kind == REPORT_CERTIFICATE && e->covers.signature);
}

static void
prove(struct report_objects *all, struct report_object *o, const struct verify_signature *v)
{
	const struct report_object *by;
	int64_t time;
	size_t n;

	time = poe_time(&v->proofs, o->value);
	if (time >= o->existed)
		return;
	o->existed = time;
	for (n = 0; n < v->timestamp_count; n++) {
		if (!proves(o, v, n))
			continue;
		by =
		    report_object_of_bytes(all, REPORT_TIMESTAMP, SPAN_OF(&v->timestamps[n].token));
		o->proof = by != NULL ? by->id : NULL;
	}
}

static void
prove_all(struct report_objects *all, const struct report_input *in)
{
	size_t i, j;

	for (i = 0; i < all->count; i++) {
		all->items[i].existed = in->time;
		if (all->items[i].kind == REPORT_SIGNED_DATA || in->report == NULL)
			continue;
		for (j = 0; j < in->report->count; j++)
			prove(all, &all->items[i], &in->report->items[j]);
	}
}

/* ---- all of it ---- */

static int
add_stamps(struct report_objects *all, const struct verify_timestamp *stamps, size_t count,
    struct error *err)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (add_bytes(all, REPORT_TIMESTAMP, SPAN_OF(&stamps[i].token),
			REPORT_FROM_DOCUMENT, err) != 0)
			return -1;
	return 0;
}

static int
add_signature(struct report_objects *all, const struct verify_signature *v, struct error *err)
{
	const struct signature *sig = v->source;

	if (sig->value.len > 0 &&
	    add_bytes(all, REPORT_SIGNATURE, SPAN_OF(&sig->value), REPORT_FROM_DOCUMENT, err) != 0)
		return -1;
	if (add_stamps(all, v->timestamps, v->timestamp_count, err) != 0)
		return -1;
	return add_certificates(all, sig->certificates, REPORT_FROM_DOCUMENT, err);
}

static int
add_things(struct report_objects *all, const struct report_input *in, struct error *err)
{
	size_t i;

	all->documents = calloc(in->document_count + 1, sizeof(*all->documents));
	if (all->documents == NULL)
		return error_memory(err);
	for (i = 0; i < in->document_count; i++)
		if (add_document(all, &in->documents[i], &all->documents[i], err) != 0)
			return -1;
	if (add_contents(all, in, err) != 0)
		return -1;
	for (i = 0; in->report != NULL && i < in->report->count; i++)
		if (add_signature(all, &in->report->items[i], err) != 0)
			return -1;
	if (add_stamps(all, in->timestamps, in->timestamp_count, err) != 0)
		return -1;
	if (in->signatures != NULL &&
	    add_evidence(all, &in->signatures->evidence, REPORT_FROM_DOCUMENT, err) != 0)
		return -1;
	if (in->gathered != NULL && add_evidence(all, in->gathered, REPORT_GATHERED, err) != 0)
		return -1;
	for (i = 0; i < in->excerpted_count; i++) {
		struct report_object *o = object_at(all, REPORT_CRL, in->excerpted[i], err);

		if (o == NULL)
			return -1;
		came_from(o, REPORT_GATHERED);
	}
	return 0;
}

static int
add_paths(struct report_objects *all, const struct report_input *in, struct error *err)
{
	size_t i, j;

	for (i = 0; in->report != NULL && i < in->report->count; i++) {
		const struct verify_signature *v = &in->report->items[i];

		if (add_path(all, &v->path, 0, err) != 0)
			return -1;
		for (j = 0; j < v->timestamp_count; j++)
			if (add_path(all, &v->timestamps[j].path, 1, err) != 0)
				return -1;
	}
	for (i = 0; i < in->timestamp_count; i++)
		if (add_path(all, &in->timestamps[i].path, 1, err) != 0)
			return -1;
	return in->certificate != NULL
		   ? add_path(all, &in->certificate->path, in->purpose == PATH_TIMESTAMPING, err)
		   : 0;
}

int
report_objects_make(struct report_objects *all, const struct report_input *in, struct error *err)
{
	memset(all, 0, sizeof(*all));
	if (add_things(all, in, err) != 0 || add_paths(all, in, err) != 0) {
		report_objects_release(all);
		return -1;
	}
	prove_all(all, in);
	return 0;
}

void
report_objects_release(struct report_objects *all)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		buf_release(&all->items[i].own);
	free(all->items);
	free(all->order);
	free(all->documents);
	free(all->contents);
	memset(all, 0, sizeof(*all));
}

/* ---- looking up ---- */

const struct report_object *
report_object_find(
    const struct report_objects *all, enum report_object_kind kind, const unsigned char sha256[32])
{
	return at_place(all, place_of(all, kind, sha256), kind, sha256);
}

const struct report_object *
report_object_of_cert(const struct report_objects *all, const X509 *cert)
{
	unsigned char sha256[DIGEST_SIZE_MAX];

	if (cert == NULL || X509_digest(cert, EVP_sha256(), sha256, NULL) != 1)
		return NULL;
	return report_object_find(all, REPORT_CERTIFICATE, sha256);
}

const struct report_object *
report_object_of_bytes(
    const struct report_objects *all, enum report_object_kind kind, struct span bytes)
{
	unsigned char sha256[DIGEST_SIZE_MAX];

	if (digest_span(DIGEST_SHA256, bytes, sha256, NULL) != 0)
		return NULL;
	return report_object_find(all, kind, sha256);
}
