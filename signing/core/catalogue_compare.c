/* What a new catalogue would change (signing/core/catalogue.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/catalogue.h"

/* What a catalogue says of one algorithm: the row that lasts longest. Days as in the rows. */
struct span_of_days {
	int listed;
	const char *since, *until;
};

static int
lasts_longer(const char *until, const struct span_of_days *than)
{
	if (!than->listed)
		return 1;
	if (than->until == NULL || until == NULL)
		return until == NULL && than->until != NULL;
	return strcmp(until, than->until) > 0;
}

static struct span_of_days
days_of_digest(const struct catalogue *c, enum digest digest)
{
	struct span_of_days s = { 0, NULL, NULL };
	size_t i;

	for (i = 0; i < c->digest_count; i++)
		if (c->digests[i].digest == digest && lasts_longer(c->digests[i].until, &s))
			s = (struct span_of_days){ 1, c->digests[i].since, c->digests[i].until };
	return s;
}

/* A key as the rows of both catalogues tell them apart. */
struct kind {
	enum key_type key;
	enum padding padding;
	int bits;
	const char *curve; /* NULL: one that no row names */
};

static struct span_of_days
days_of_key(const struct catalogue *c, const struct kind *k, enum digest digest)
{
	struct span_of_days s = { 0, NULL, NULL };
	size_t i;

	for (i = 0; i < c->key_count; i++) {
		const struct catalogue_key *row = &c->keys[i];

		if (row->key == k->key && row->bits_min <= k->bits &&
		    (row->key != KEY_RSA || row->padding == k->padding) &&
		    (row->digest == DIGEST_NONE || row->digest == digest) &&
		    (row->curve == NULL ||
			(k->curve != NULL && strcmp(row->curve, k->curve) == 0)) &&
		    lasts_longer(row->until, &s))
			s = (struct span_of_days){ 1, row->since, row->until };
	}
	return s;
}

static int
same_day(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static int
same_days(const struct span_of_days *a, const struct span_of_days *b)
{
	return a->listed == b->listed && same_day(a->since, b->since) &&
	       same_day(a->until, b->until);
}

static char *
days_text(const struct span_of_days *s, char *out, size_t size)
{
	if (!s->listed)
		snprintf(out, size, "not suitable");
	else
		snprintf(out, size, "suitable%s%s %s%s", s->since != NULL ? " from " : "",
		    s->since != NULL ? s->since : "", s->until != NULL ? "until " : "without end",
		    s->until != NULL ? s->until : "");
	return out;
}

struct comparing {
	const struct catalogue *from, *to;
	struct buf *out;
	struct error *err;
	int count;
};

static int
say(struct comparing *c, const char *what, const struct span_of_days *was,
    const struct span_of_days *is)
{
	char before[80], after[80];

	c->count++;
	return buf_printf(c->out, c->err, "%s: %s -> %s\n", what,
	    days_text(was, before, sizeof(before)), days_text(is, after, sizeof(after)));
}

static int
compare_digests(struct comparing *c)
{
	enum digest d;

	for (d = DIGEST_NONE + 1; d < DIGESTS; d++) {
		const struct span_of_days was = days_of_digest(c->from, d),
					  is = days_of_digest(c->to, d);

		if (!same_days(&was, &is) && say(c, digest_name(d), &was, &is) != 0)
			return -1;
	}
	return 0;
}

static void
name_kind(const struct kind *k, char *out, size_t size)
{
	snprintf(out, size, "%s%s from %d bits%s%s", key_type_name(k->key),
	    k->key != KEY_RSA		? ""
	    : k->padding == PADDING_PSS ? "-PSS"
					: " PKCS#1 v1.5",
	    k->bits,
	    k->curve != NULL   ? " on "
	    : k->key == KEY_EC ? " on other curves"
			       : "",
	    k->curve != NULL ? k->curve : "");
}

/* Digests that changed alike are told together. */
static int
compare_kind(struct comparing *c, const struct kind *k)
{
	struct span_of_days was[DIGESTS], is[DIGESTS];
	unsigned int told = 0, all = 0, group;
	char what[300];
	enum digest d, e;
	size_t n;

	for (d = DIGEST_NONE + 1; d < DIGESTS; d++) {
		was[d] = days_of_key(c->from, k, d);
		is[d] = days_of_key(c->to, k, d);
		all |= 1u << d;
	}
	for (d = DIGEST_NONE + 1; d < DIGESTS; d++) {
		if ((told & (1u << d)) != 0 || same_days(&was[d], &is[d]))
			continue;
		name_kind(k, what, sizeof(what));
		for (group = 0, e = d; e < DIGESTS; e++)
			if (same_days(&was[d], &was[e]) && same_days(&is[d], &is[e]))
				group |= 1u << e;
		n = strlen(what);
		for (e = d; e < DIGESTS && group != all; e++)
			if ((group & (1u << e)) != 0)
				n += (size_t)snprintf(what + n, sizeof(what) - n, "%s%s",
				    e == d ? " with " : ", ", digest_name(e));
		told |= group;
		if (say(c, what, &was[d], &is[d]) != 0)
			return -1;
	}
	return 0;
}

static int
by_kind(const void *a, const void *b)
{
	const struct kind *l = a, *r = b;

	if (l->key != r->key)
		return l->key < r->key ? -1 : 1;
	if (l->padding != r->padding)
		return l->padding < r->padding ? -1 : 1;
	if ((l->curve == NULL) != (r->curve == NULL))
		return l->curve == NULL ? -1 : 1;
	if (l->curve != NULL && strcmp(l->curve, r->curve) != 0)
		return strcmp(l->curve, r->curve);
	return (l->bits > r->bits) - (l->bits < r->bits);
}

static int
compare_keys(struct comparing *c)
{
	const size_t max = c->from->key_count + c->to->key_count;
	struct kind *kinds = calloc(max + 1, sizeof(*kinds));
	size_t i, n = 0;
	int rc = 0;

	if (kinds == NULL)
		return error_memory(c->err);
	for (i = 0; i < max; i++) {
		const struct catalogue_key *row = i < c->from->key_count
						      ? &c->from->keys[i]
						      : &c->to->keys[i - c->from->key_count];

		kinds[n++] = (struct kind){ row->key, row->padding, row->bits_min, row->curve };
	}
	if (n > 1)
		qsort(kinds, n, sizeof(*kinds), by_kind);
	for (i = 0; i < n && rc == 0; i++)
		if (i == 0 || by_kind(&kinds[i - 1], &kinds[i]) != 0)
			rc = compare_kind(c, &kinds[i]);
	free(kinds);
	return rc;
}

int
catalogue_compare(
    const struct catalogue *from, const struct catalogue *to, struct buf *out, struct error *err)
{
	struct comparing c = { from, to, out, err, 0 };

	return compare_digests(&c) == 0 && compare_keys(&c) == 0 ? c.count : -1;
}
