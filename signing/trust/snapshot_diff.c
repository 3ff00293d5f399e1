/* What differs between two snapshots, in sentences (signing/trust/snapshot.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/certs.h"
#include "signing/trust/snapshot_private.h"

struct diff {
	struct buf *out;
	struct error *err;
	int count;
};

static int __attribute__((format(printf, 2, 3))) say(struct diff *d, const char *fmt, ...)
{
	char line[900];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	d->count++;
	return buf_printf(d->out, d->err, "%s\n", line);
}

/* ---- lists: sorted by their names on both sides ---- */

static int
diff_source(struct diff *d, const struct trust_source *a, const struct trust_source *b)
{
	char from[TEXT_TIME_SIZE], to[TEXT_TIME_SIZE];

	if (span_equal(a->digest, b->digest))
		return 0;
	return say(d, "list \"%s\": number %llu of %s is replaced by number %llu of %s%s", a->name,
	    (unsigned long long)a->sequence, text_time(from, a->issued),
	    (unsigned long long)b->sequence, text_time(to, b->issued),
	    b->next_update == TRUST_NO_TIME ? ", which closes it" : "");
}

static int
diff_sources(struct diff *d, const struct trust_snapshot *a, const struct trust_snapshot *b)
{
	size_t i = 0, k = 0;
	int order, rc = 0;

	while ((i < a->source_count || k < b->source_count) && rc == 0) {
		order = i == a->source_count   ? 1
			: k == b->source_count ? -1
					       : strcmp(a->sources[i].name, b->sources[k].name);
		if (order < 0)
			rc = say(d, "list \"%s\" was removed", a->sources[i++].name);
		else if (order > 0) {
			rc = say(d, "list \"%s\" was added: number %llu of \"%s\"",
			    b->sources[k].name, (unsigned long long)b->sources[k].sequence,
			    b->sources[k].operator_name);
			k++;
		} else {
			rc = diff_source(d, &a->sources[i++], &b->sources[k++]);
		}
	}
	return rc;
}

/* ---- services: found again by source, provider, type and key ---- */

struct keyed {
	const struct trust_entry *entry;
	unsigned char key[32]; /* of the first certificate, zero without one */
};

static int
by_identity(const void *a, const void *b)
{
	const struct keyed *l = a, *r = b;
	int order = strcmp(l->entry->source->name, r->entry->source->name);

	if (order == 0)
		order = strcmp(l->entry->provider, r->entry->provider);
	if (order == 0)
		order = strcmp(
		    l->entry->service.instances[0].type, r->entry->service.instances[0].type);
	return order != 0 ? order : memcmp(l->key, r->key, sizeof(l->key));
}

static int
by_identity_and_name(const void *a, const void *b)
{
	const struct keyed *l = a, *r = b;
	int order = by_identity(a, b);

	if (order == 0)
		order = strcmp(
		    l->entry->service.instances[0].name, r->entry->service.instances[0].name);
	return order != 0 ? order : (l->entry > r->entry) - (l->entry < r->entry);
}

static struct keyed *
key_entries(const struct trust_snapshot *s)
{
	struct keyed *keyed = calloc(s->entry_count + 1, sizeof(*keyed));
	size_t i;

	for (i = 0; keyed != NULL && i < s->entry_count; i++) {
		const struct trust_instance *now = &s->entries[i].service.instances[0];
		X509 *cert =
		    now->certificates.count > 0 ? cert_decode(now->certificates.items[0]) : NULL;
		uint32_t name;

		keyed[i].entry = &s->entries[i];
		if (cert != NULL)
			trust_key_of(cert, &name, keyed[i].key);
		X509_free(cert);
	}
	if (keyed != NULL && s->entry_count > 1)
		qsort(keyed, s->entry_count, sizeof(*keyed), by_identity_and_name);
	return keyed;
}

static int
say_lone(struct diff *d, const struct trust_entry *e, const char *what)
{
	const struct trust_instance *now = &e->service.instances[0];
	char since[TEXT_TIME_SIZE];

	return say(d, "\"%.120s\" of \"%.120s\" (%.40s) was %s: %.60s, %.60s since %s", now->name,
	    e->provider, e->source->name, what, trust_short(now->type), trust_short(now->status),
	    text_time(since, now->start));
}

static int
diff_entry(struct diff *d, const struct trust_entry *a, const struct trust_entry *b)
{
	const struct trust_instance *was = &a->service.instances[0], *is = &b->service.instances[0];
	unsigned char before[32], after[32];
	char from[TEXT_TIME_SIZE], to[TEXT_TIME_SIZE];

	if (trust_service_digest(&a->service, before, d->err) != 0 ||
	    trust_service_digest(&b->service, after, d->err) != 0)
		return -1;
	if (memcmp(before, after, sizeof(before)) == 0)
		return 0;
	if (strcmp(was->name, is->name) != 0 &&
	    say(d, "\"%.120s\" of \"%.120s\" (%.40s) is now called \"%.120s\"", was->name,
		a->provider, a->source->name, is->name) != 0)
		return -1;
	if (strcmp(was->status, is->status) != 0 || was->start != is->start)
		return say(d,
		    "\"%.120s\" of \"%.120s\" (%.40s): %.60s since %s is replaced by %.60s since "
		    "%s",
		    is->name, b->provider, b->source->name, trust_short(was->status),
		    text_time(from, was->start), trust_short(is->status), text_time(to, is->start));
	if (strcmp(was->name, is->name) != 0)
		return 0;
	return say(d,
	    "\"%.120s\" of \"%.120s\" (%.40s): its identity, history, extensions or addresses "
	    "changed",
	    is->name, b->provider, b->source->name);
}

static int
diff_entries(struct diff *d, const struct trust_snapshot *a, const struct trust_snapshot *b)
{
	struct keyed *from = key_entries(a), *to = key_entries(b);
	size_t i = 0, k = 0;
	int order, rc = from != NULL && to != NULL ? 0 : error_memory(d->err);

	while (rc == 0 && (i < a->entry_count || k < b->entry_count)) {
		order = i == a->entry_count   ? 1
			: k == b->entry_count ? -1
					      : by_identity(&from[i], &to[k]);
		if (order < 0)
			rc = say_lone(d, from[i++].entry, "removed");
		else if (order > 0)
			rc = say_lone(d, to[k++].entry, "added");
		else
			rc = diff_entry(d, from[i++].entry, to[k++].entry);
	}
	free(from);
	free(to);
	return rc;
}

/* ---- own certificates: sorted by their names on both sides ---- */

static int
same_texts(const struct trust_texts *a, const struct trust_texts *b)
{
	size_t i;

	for (i = 0; i < a->count && i < b->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return 0;
	return a->count == b->count;
}

static int
diff_owned(struct diff *d, const struct trust_own *a, const struct trust_own *b)
{
	if (!span_equal(a->certificate, b->certificate))
		return say(d, "own CA \"%.120s\" has another certificate", a->name);
	if (a->purposes != b->purposes)
		return say(d, "own CA \"%.120s\" counts for other purposes", a->name);
	if (!same_texts(&a->crl_urls, &b->crl_urls) || !same_texts(&a->ocsp_urls, &b->ocsp_urls))
		return say(d, "own CA \"%.120s\" has other addresses for revocation", a->name);
	return 0;
}

static int
diff_own(struct diff *d, const struct trust_snapshot *a, const struct trust_snapshot *b)
{
	size_t i = 0, k = 0;
	int order, rc = 0;

	while ((i < a->own_count || k < b->own_count) && rc == 0) {
		order = i == a->own_count   ? 1
			: k == b->own_count ? -1
					    : strcmp(a->own[i].name, b->own[k].name);
		if (order < 0)
			rc = say(d, "own CA \"%.120s\" was removed", a->own[i++].name);
		else if (order > 0)
			rc = say(d, "own CA \"%.120s\" was added", b->own[k++].name);
		else
			rc = diff_owned(d, &a->own[i++], &b->own[k++]);
	}
	return rc;
}

int
trust_diff(const struct trust_snapshot *from, const struct trust_snapshot *to, struct buf *out,
    struct error *err)
{
	struct diff d = { out, err, 0 };

	if (diff_sources(&d, from, to) != 0 || diff_entries(&d, from, to) != 0 ||
	    diff_own(&d, from, to) != 0)
		return -1;
	return d.count;
}
