/* Loading a packed snapshot (signing/trust/snapshot.h). */
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/digests.h"
#include "signing/trust/snapshot_private.h"

struct loading {
	struct snap_in u;
	int version;
	struct arena *arena;
	struct error *err;
};

static void *
room(struct loading *l, size_t count, size_t size)
{
	void *p = arena_array(l->arena, count, size, l->err);

	if (p == NULL)
		l->u.bad = 1;
	return p;
}

static void
load_texts(struct loading *l, struct trust_texts *texts)
{
	size_t i, n = snap_get_count(&l->u);

	texts->items = room(l, n, sizeof(char *));
	for (i = 0; i < n && !l->u.bad; i++)
		texts->items[texts->count++] = snap_get_string(&l->u);
}

static void
load_blobs(struct loading *l, struct trust_blobs *blobs)
{
	size_t i, n = snap_get_count(&l->u);

	blobs->items = room(l, n, sizeof(struct span));
	for (i = 0; i < n && !l->u.bad; i++)
		blobs->items[blobs->count++] = snap_get_blob(&l->u);
}

static void
load_criterion(struct loading *l, struct trust_criterion *c, int depth)
{
	const uint64_t kind = snap_get_number(&l->u), asserted = snap_get_number(&l->u);
	const uint64_t mask = snap_get_number(&l->u), bits = snap_get_number(&l->u);
	size_t i, n;

	if (kind > CRITERION_SUBJECT || asserted > ASSERT_NONE || mask > 0x1ff || bits > 0x1ff ||
	    depth > 12)
		l->u.bad = 1;
	c->kind = (enum trust_criterion_kind)kind;
	c->assert = (enum trust_assert)asserted;
	c->mask = (uint16_t)mask;
	c->bits = (uint16_t)bits;
	load_texts(l, &c->oids);
	n = snap_get_count(&l->u);
	c->parts = room(l, n, sizeof(*c->parts));
	for (i = 0; i < n && !l->u.bad; i++)
		load_criterion(l, &c->parts[c->part_count++], depth + 1);
}

static void
load_instance(struct loading *l, struct trust_instance *in)
{
	size_t i, n;

	in->type = snap_get_string(&l->u);
	in->name = snap_get_string(&l->u);
	in->status = snap_get_string(&l->u);
	in->start = snap_get_time(&l->u);
	load_blobs(l, &in->certificates);
	load_blobs(l, &in->skis);
	load_texts(l, &in->subjects);
	load_texts(l, &in->additional);
	n = snap_get_count(&l->u);
	in->qualifications = room(l, n, sizeof(*in->qualifications));
	for (i = 0; i < n && !l->u.bad; i++) {
		struct trust_qualification *q = &in->qualifications[in->qualification_count++];

		load_texts(l, &q->qualifiers);
		load_criterion(l, &q->criteria, 0);
		q->is_critical = l->version < 2 || snap_get_number(&l->u) != 0;
	}
	in->expired_certs_revocation = snap_get_time(&l->u);
	in->taken_over_by = snap_get_text(&l->u);
	in->unknown_critical = snap_get_text(&l->u);
}

static void
load_entry(struct loading *l, const struct trust_snapshot *s, struct trust_entry *e)
{
	const uint64_t source = snap_get_number(&l->u);
	size_t i, n;

	if (source >= s->source_count) {
		l->u.bad = 1;
		return;
	}
	e->source = &s->sources[source];
	e->provider = snap_get_string(&l->u);
	if (l->version >= 2)
		load_texts(l, &e->names);
	load_texts(l, &e->service.supply_points);
	n = snap_get_count(&l->u);
	if (n == 0)
		l->u.bad = 1;
	e->service.instances = room(l, n, sizeof(*e->service.instances));
	for (i = 0; i < n && !l->u.bad; i++)
		load_instance(l, &e->service.instances[e->service.instance_count++]);
}

static void
load_source(struct loading *l, struct trust_source *s)
{
	uint64_t version;

	s->name = snap_get_string(&l->u);
	s->territory = snap_get_string(&l->u);
	s->operator_name = snap_get_string(&l->u);
	s->type = snap_get_string(&l->u);
	version = snap_get_number(&l->u);
	s->version = version <= 1000 ? (int)version : 0;
	s->sequence = snap_get_number(&l->u);
	s->issued = snap_get_time(&l->u);
	s->next_update = snap_get_time(&l->u);
	s->digest = (struct span){ snap_get_raw(&l->u, 32), 32 };
}

static void
load_own(struct loading *l, struct trust_own *own)
{
	uint64_t purposes;

	own->name = snap_get_string(&l->u);
	own->certificate = snap_get_blob(&l->u);
	purposes = snap_get_number(&l->u);
	own->purposes = (unsigned int)(purposes & 0xffffffff);
	load_texts(l, &own->crl_urls);
	load_texts(l, &own->ocsp_urls);
}

static void
load_index(struct loading *l, struct trust_index *x, size_t refs_max)
{
	const uint64_t name = snap_get_number(&l->u);
	size_t i, n;
	uint64_t ref;

	if (name > UINT32_MAX)
		l->u.bad = 1;
	x->name = (uint32_t)name;
	x->key = snap_get_raw(&l->u, 32);
	x->certificate = snap_get_blob(&l->u);
	n = snap_get_count(&l->u);
	x->refs = room(l, n, sizeof(*x->refs));
	for (i = 0; i < n && !l->u.bad; i++) {
		ref = snap_get_number(&l->u);
		if (ref >= refs_max)
			l->u.bad = 1;
		else
			x->refs[x->ref_count++] = (uint32_t)ref;
	}
}

/* Looking up is by halving, which needs the order. */
static int
is_sorted(const struct trust_inside *in)
{
	size_t i;

	for (i = 1; i < in->index_count; i++) {
		const struct trust_index *a = &in->index[i - 1], *b = &in->index[i];

		if (a->name > b->name || (a->name == b->name && memcmp(a->key, b->key, 32) > 0))
			return 0;
	}
	return 1;
}

static void
load_all(struct loading *l, struct trust_snapshot *s, struct trust_inside *in)
{
	size_t i, n = snap_get_count(&l->u);

	s->sources = room(l, n, sizeof(*s->sources));
	for (i = 0; i < n && !l->u.bad; i++)
		load_source(l, &s->sources[s->source_count++]);
	n = snap_get_count(&l->u);
	s->entries = room(l, n, sizeof(*s->entries));
	for (i = 0; i < n && !l->u.bad; i++)
		load_entry(l, s, &s->entries[s->entry_count++]);
	n = snap_get_count(&l->u);
	s->own = room(l, n, sizeof(*s->own));
	for (i = 0; i < n && !l->u.bad; i++)
		load_own(l, &s->own[s->own_count++]);
	n = snap_get_count(&l->u);
	in->index = room(l, n, sizeof(*in->index));
	for (i = 0; i < n && !l->u.bad; i++)
		load_index(l, &in->index[in->index_count++], s->entry_count + s->own_count);
	if (l->u.at != l->u.end || (!l->u.bad && !is_sorted(in)))
		l->u.bad = 1;
}

int
trust_snapshot_is(struct span bytes)
{
	return bytes.len >= strlen(SNAPSHOT_MAGIC) &&
	       memcmp(bytes.data, SNAPSHOT_MAGIC, strlen(SNAPSHOT_MAGIC)) == 0;
}

static int
check_head(struct span bytes, int *version, struct error *err)
{
	const size_t n = strlen(SNAPSHOT_MAGIC);

	if (!trust_snapshot_is(bytes))
		return error_set(err, ERROR_MALFORMED, "these bytes are no trust snapshot");
	if (bytes.len > TRUST_SNAPSHOT_BYTES_MAX)
		return error_limit(err, ERROR_TOO_LARGE, "trust_snapshot_bytes",
		    TRUST_SNAPSHOT_BYTES_MAX, bytes.len, "the trust snapshot is too large");
	if (bytes.len < n + strlen(SNAPSHOT_VERSION) ||
	    (memcmp(bytes.data + n, SNAPSHOT_VERSION, strlen(SNAPSHOT_VERSION)) != 0 &&
		memcmp(bytes.data + n, SNAPSHOT_BEFORE, strlen(SNAPSHOT_BEFORE)) != 0))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the trust snapshot is of a version that this program does not read");
	*version = bytes.data[n] - '0';
	return 0;
}

int
trust_snapshot_load(struct trust_snapshot **out, struct span bytes, struct error *err)
{
	const size_t head = strlen(SNAPSHOT_MAGIC SNAPSHOT_VERSION);
	struct trust_snapshot *s = calloc(1, sizeof(*s));
	struct trust_inside *in = calloc(1, sizeof(*in));
	unsigned char digest[DIGEST_SIZE_MAX];
	struct error own = ERROR_INIT;
	struct loading l = { .err = err != NULL ? err : &own };
	int rc = -1;

	*out = NULL;
	if (s == NULL || in == NULL) {
		error_memory(err);
		free(in);
		free(s);
		return -1;
	}
	s->inside = in;
	l.arena = &in->arena;
	if (check_head(bytes, &l.version, err) != 0 ||
	    buf_append_span(&in->bytes, bytes, err) != 0 ||
	    digest_span(DIGEST_SHA256, bytes, digest, err) != 0 ||
	    snap_get_init(&l.u, (struct span){ in->bytes.data + head, bytes.len - head }, err) != 0)
		goto done;
	memcpy(s->digest, digest, sizeof(s->digest));
	load_all(&l, s, in);
	rc = l.u.bad ? error_set(err, ERROR_MALFORMED, "the trust snapshot is damaged") : 0;
done:
	snap_get_release(&l.u);
	if (rc == 0)
		*out = s;
	else
		trust_snapshot_free(s);
	return rc;
}

void
trust_snapshot_free(struct trust_snapshot *s)
{
	struct trust_inside *in;

	if (s == NULL)
		return;
	in = s->inside;
	buf_release(&in->bytes);
	arena_release(&in->arena);
	free(in);
	free(s);
}

struct span
trust_snapshot_bytes(const struct trust_snapshot *s)
{
	const struct trust_inside *in = s->inside;

	return SPAN_OF(&in->bytes);
}

char *
trust_snapshot_name(const struct trust_snapshot *s, char out[24])
{
	memcpy(out, "sha256:", 7);
	text_hex(out + 7, s->digest, 6);
	return out;
}
