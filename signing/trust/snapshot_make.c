/* Packing a snapshot (signing/trust/snapshot.h). snapshot_load.c reads what this writes. */
#include <stdlib.h>
#include <string.h>

#include "signing/core/certs.h"
#include "signing/trust/snapshot_private.h"

uint32_t
trust_name_of(const X509_NAME *name)
{
	int ok = 0;
	const unsigned long hash = X509_NAME_hash_ex(name, NULL, NULL, &ok);

	return ok ? (uint32_t)hash : 0;
}

int
trust_key_of(X509 *cert, uint32_t *name, unsigned char key[32])
{
	unsigned char *der = NULL, digest[DIGEST_SIZE_MAX];
	const int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	int rc = -1;

	if (len > 0 &&
	    digest_span(DIGEST_SHA256, (struct span){ der, (size_t)len }, digest, NULL) == 0) {
		memcpy(key, digest, 32);
		*name = trust_name_of(X509_get_subject_name(cert));
		rc = 0;
	}
	OPENSSL_free(der);
	return rc;
}

/* ---- what is found by which certificate ---- */

struct found {
	uint32_t name;
	unsigned char key[32];
	uint64_t blob; /* number in the table */
	uint32_t ref;
};
struct making {
	const struct trust_making *in;
	struct snap_out pack;
	struct found *found;
	size_t found_count, found_size;
	uint64_t last_blob; /* whose key is in `last` */
	struct found last;
	uint32_t entry_count;
};

static int
note_certificate(struct making *m, struct span der, uint32_t ref)
{
	const uint64_t blob = snap_put_intern(&m->pack, der);
	struct found *bigger;
	X509 *cert;
	int rc = 0;

	if (blob == 0)
		return -1; /* told by the pack */
	if (blob != m->last_blob) {
		cert = cert_decode(der);
		rc = cert != NULL ? trust_key_of(cert, &m->last.name, m->last.key) : -1;
		X509_free(cert);
		m->last_blob = rc == 0 ? blob : 0;
	}
	if (rc != 0)
		return error_set(&m->pack.err, ERROR_MALFORMED,
		    "a certificate of a trust service, or its key, does not decode");
	if (m->found_count == m->found_size) {
		m->found_size = m->found_size * 2 + 256;
		bigger = realloc(m->found, m->found_size * sizeof(*bigger));
		if (bigger == NULL)
			return error_memory(&m->pack.err);
		m->found = bigger;
	}
	m->last.blob = blob;
	m->last.ref = ref;
	m->found[m->found_count++] = m->last;
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	const struct found *l = a, *r = b;
	int order;

	if (l->name != r->name)
		return l->name < r->name ? -1 : 1;
	order = memcmp(l->key, r->key, sizeof(l->key));
	if (order != 0)
		return order;
	if (l->blob != r->blob)
		return l->blob < r->blob ? -1 : 1;
	return (l->ref > r->ref) - (l->ref < r->ref);
}

/* Each certificate once, with all that refer to it. */
static void
pack_index(struct making *m)
{
	size_t i, k, n = 0, end, refs;

	if (m->found_count > 0)
		qsort(m->found, m->found_count, sizeof(*m->found), by_key);
	for (i = 0; i < m->found_count; i++)
		n += i == 0 || m->found[i].blob != m->found[i - 1].blob;
	snap_put_number(&m->pack, n);
	for (i = 0; i < m->found_count; i = end) {
		for (end = i, refs = 0;
		     end < m->found_count && m->found[end].blob == m->found[i].blob; end++)
			refs += end == i || m->found[end].ref != m->found[end - 1].ref;
		snap_put_number(&m->pack, m->found[i].name);
		snap_put_raw(&m->pack, m->found[i].key, 32);
		snap_put_number(&m->pack, m->found[i].blob);
		snap_put_number(&m->pack, refs);
		for (k = i; k < end; k++)
			if (k == i || m->found[k].ref != m->found[k - 1].ref)
				snap_put_number(&m->pack, m->found[k].ref);
	}
}

/* ---- services ---- */

static void
pack_texts(struct snap_out *p, const struct trust_texts *texts)
{
	size_t i;

	snap_put_number(p, texts->count);
	for (i = 0; i < texts->count; i++)
		snap_put_text(p, texts->items[i]);
}

static void
pack_blobs(struct snap_out *p, const struct trust_blobs *blobs)
{
	size_t i;

	snap_put_number(p, blobs->count);
	for (i = 0; i < blobs->count; i++)
		snap_put_blob(p, blobs->items[i]);
}

static void
pack_criterion(struct snap_out *p, const struct trust_criterion *c)
{
	size_t i;

	snap_put_number(p, (uint64_t)c->kind);
	snap_put_number(p, (uint64_t)c->assert);
	snap_put_number(p, c->mask);
	snap_put_number(p, c->bits);
	pack_texts(p, &c->oids);
	snap_put_number(p, c->part_count);
	for (i = 0; i < c->part_count; i++)
		pack_criterion(p, &c->parts[i]);
}

static void
pack_instance(struct snap_out *p, const struct trust_instance *in)
{
	size_t i;

	snap_put_text(p, in->type);
	snap_put_text(p, in->name);
	snap_put_text(p, in->status);
	snap_put_time(p, in->start);
	pack_blobs(p, &in->certificates);
	pack_blobs(p, &in->skis);
	pack_texts(p, &in->subjects);
	pack_texts(p, &in->additional);
	snap_put_number(p, in->qualification_count);
	for (i = 0; i < in->qualification_count; i++) {
		pack_texts(p, &in->qualifications[i].qualifiers);
		pack_criterion(p, &in->qualifications[i].criteria);
		snap_put_number(p, in->qualifications[i].is_critical != 0);
	}
	snap_put_time(p, in->expired_certs_revocation);
	snap_put_text(p, in->taken_over_by);
	snap_put_text(p, in->unknown_critical);
}

int
trust_service_digest(const struct trust_service *s, unsigned char out[32], struct error *err)
{
	unsigned char digest[DIGEST_SIZE_MAX];
	struct buf bytes = BUF_INIT(0);
	struct snap_out p;
	size_t i;
	int rc = -1;

	snap_put_init(&p);
	pack_texts(&p, &s->supply_points);
	for (i = 0; i < s->instance_count; i++)
		pack_instance(&p, &s->instances[i]);
	if (snap_put_finish(&p, SPAN_NONE, &bytes, err) == 0 &&
	    digest_span(DIGEST_SHA256, SPAN_OF(&bytes), digest, err) == 0) {
		memcpy(out, digest, 32);
		rc = 0;
	}
	snap_put_release(&p);
	buf_release(&bytes);
	return rc;
}

static int
pack_service(struct making *m, size_t source, const struct trust_provider *provider,
    const struct trust_service *s)
{
	size_t i, k;

	snap_put_number(&m->pack, source);
	snap_put_text(&m->pack, provider->name);
	snap_put_number(&m->pack, provider->names.count + provider->trade_names.count);
	for (i = 0; i < provider->names.count; i++)
		snap_put_text(&m->pack, provider->names.items[i]);
	for (i = 0; i < provider->trade_names.count; i++)
		snap_put_text(&m->pack, provider->trade_names.items[i]);
	pack_texts(&m->pack, &s->supply_points);
	snap_put_number(&m->pack, s->instance_count);
	for (i = 0; i < s->instance_count; i++) {
		pack_instance(&m->pack, &s->instances[i]);
		for (k = 0; k < s->instances[i].certificates.count; k++)
			if (note_certificate(
				m, s->instances[i].certificates.items[k], m->entry_count) != 0)
				return -1;
	}
	m->entry_count++;
	return 0;
}

static int
is_chosen(const struct trust_making *in, const char *source, const char *provider)
{
	size_t i;

	for (i = 0; i < in->choice_count; i++)
		if (strcmp(in->choices[i].source, source) == 0 &&
		    (in->choices[i].provider == NULL ||
			strcmp(in->choices[i].provider, provider) == 0))
			return 1;
	return 0;
}

/* The chosen services: counted in the first round, packed in the second. */
static int
walk_services(struct making *m, const struct trust_listed *lists, size_t *count)
{
	size_t i, k, s;

	for (i = 0; i < m->in->list_count; i++)
		for (k = 0; k < lists[i].list->provider_count; k++) {
			const struct trust_provider *p = &lists[i].list->providers[k];

			if (!is_chosen(m->in, lists[i].source, p->name))
				continue;
			for (s = 0; s < p->service_count; s++) {
				if (count != NULL)
					++*count;
				else if (pack_service(m, i, p, &p->services[s]) != 0)
					return -1;
			}
		}
	return 0;
}

/* ---- sources and own certificates, in the order of their names ---- */

static int
by_source(const void *a, const void *b)
{
	return strcmp(
	    ((const struct trust_listed *)a)->source, ((const struct trust_listed *)b)->source);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct trust_own *)a)->name, ((const struct trust_own *)b)->name);
}

static void
pack_source(struct snap_out *p, const struct trust_listed *listed)
{
	const struct trust_list *l = listed->list;

	snap_put_text(p, listed->source);
	snap_put_text(p, l->territory);
	snap_put_text(p, l->operator_name);
	snap_put_text(p, l->type);
	snap_put_number(p, (uint64_t)l->version);
	snap_put_number(p, l->sequence);
	snap_put_time(p, l->issued);
	snap_put_time(p, l->next_update);
	snap_put_raw(p, l->digest, sizeof(l->digest));
}

static int
pack_own(struct making *m, const struct trust_own *own, size_t index)
{
	snap_put_text(&m->pack, own->name);
	snap_put_blob(&m->pack, own->certificate);
	snap_put_number(&m->pack, own->purposes);
	pack_texts(&m->pack, &own->crl_urls);
	pack_texts(&m->pack, &own->ocsp_urls);
	return note_certificate(m, own->certificate, m->entry_count + (uint32_t)index);
}

static int
check_names(const struct trust_listed *lists, size_t n, const struct trust_own *own, size_t own_n,
    struct error *err)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (strcmp(lists[i - 1].source, lists[i].source) == 0)
			return error_set(err, ERROR_CONFLICT,
			    "two trusted lists are called \"%.100s\"", lists[i].source);
	for (i = 1; i < own_n; i++)
		if (strcmp(own[i - 1].name, own[i].name) == 0)
			return error_set(err, ERROR_CONFLICT,
			    "two CA certificates are called \"%.100s\"", own[i].name);
	return 0;
}

static int
pack_all(struct making *m, const struct trust_listed *lists, const struct trust_own *own)
{
	size_t i, count = 0;

	snap_put_number(&m->pack, m->in->list_count);
	for (i = 0; i < m->in->list_count; i++)
		pack_source(&m->pack, &lists[i]);
	walk_services(m, lists, &count);
	snap_put_number(&m->pack, count);
	if (walk_services(m, lists, NULL) != 0)
		return -1;
	snap_put_number(&m->pack, m->in->own_count);
	for (i = 0; i < m->in->own_count; i++)
		if (pack_own(m, &own[i], i) != 0)
			return -1;
	pack_index(m);
	return 0;
}

int
trust_snapshot_make(struct buf *out, const struct trust_making *in, struct error *err)
{
	static const struct span magic = { (const unsigned char *)SNAPSHOT_MAGIC SNAPSHOT_VERSION,
		sizeof(SNAPSHOT_MAGIC SNAPSHOT_VERSION) - 1 };
	struct making m = { .in = in };
	struct trust_listed *lists = calloc(in->list_count + 1, sizeof(*lists));
	struct trust_own *own = calloc(in->own_count + 1, sizeof(*own));
	int rc = -1;

	snap_put_init(&m.pack);
	if (lists == NULL || own == NULL) {
		error_memory(err);
		goto done;
	}
	if (in->list_count > 0) {
		memcpy(lists, in->lists, in->list_count * sizeof(*lists));
		qsort(lists, in->list_count, sizeof(*lists), by_source);
	}
	if (in->own_count > 0) {
		memcpy(own, in->own, in->own_count * sizeof(*own));
		qsort(own, in->own_count, sizeof(*own), by_name);
	}
	if (check_names(lists, in->list_count, own, in->own_count, err) != 0)
		goto done;
	pack_all(&m, lists, own);
	rc = snap_put_finish(&m.pack, magic, out, err);
done:
	snap_put_release(&m.pack);
	free(m.found);
	free(lists);
	free(own);
	return rc;
}
