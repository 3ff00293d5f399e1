#include "signing/format/pdf/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/pdf/strict.h"

static int
is_space(unsigned char c)
{
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static const unsigned char *
skip_space(const unsigned char *at, const unsigned char *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

/* 1 when there is nothing but white space and comments, "%%EOF" among them. */
static int
is_filler(const unsigned char *at, const unsigned char *end)
{
	for (at = skip_space(at, end); at < end && *at == '%'; at = skip_space(at, end))
		while (at < end && *at != '\n' && *at != '\r')
			at++;
	return at == end;
}

/*
 * "startxref N %%EOF" at `at`: where the mark ends with one line end; NULL when something else
 * stands there.
 */
static const unsigned char *
end_mark(const unsigned char *at, const unsigned char *end, uint64_t number)
{
	uint64_t n = 0;
	const unsigned char *digits;

	at = skip_space(at + 9, end);
	for (digits = at; at < end && *at >= '0' && *at <= '9' && at - digits < 11; at++)
		n = n * 10 + (uint64_t)(*at - '0');
	if (at == digits || n != number)
		return NULL;
	at = skip_space(at, end);
	if (end - at < 5 || memcmp(at, "%%EOF", 5) != 0)
		return NULL;
	at += 5;
	if (at < end && *at == '\r')
		at++;
	if (at < end && *at == '\n')
		at++;
	return at;
}

/* Where the revision ends whose newest cross-reference section stands at `section`; 0: nowhere. */
static size_t
find_end(const struct pdf_doc *doc, uint64_t section)
{
	struct span rest = { doc->bytes.data + doc->shift, doc->bytes.len - doc->shift };
	const unsigned char *end = rest.data + rest.len, *at, *mark;

	if (section >= rest.len)
		return 0;
	for (at = rest.data + section;; at += 9) {
		at = memmem(at, (size_t)(end - at), "startxref", 9);
		if (at == NULL)
			return 0;
		mark = end_mark(at, end, section);
		if (mark != NULL)
			return (size_t)(mark - doc->bytes.data);
	}
}

static int
push(struct pdf_history *h, struct pdf_doc *doc, size_t end, struct error *err)
{
	struct pdf_revision *bigger;

	if (h->count % 16 == 0) {
		bigger = realloc(h->items, (h->count + 16) * sizeof(*bigger));
		if (bigger == NULL)
			return error_memory(err);
		h->items = bigger;
	}
	h->items[h->count++] = (struct pdf_revision){ doc, end };
	return 0;
}

static int
broken(struct pdf_history *h, const char *why)
{
	snprintf(h->problem, sizeof(h->problem), "%.239s", why);
	return 0;
}

static int
damaged(struct pdf_history *h, const char *why)
{
	h->damaged = 1;
	return broken(h, why);
}

/*
 * The revision before `doc`: 1 and *before, 0 when there is none or, with a problem, when it cannot
 * be opened; -1 on an error.
 */
static int
step_back(struct pdf_history *h, struct pdf_doc *doc, const char *password, struct pdf_doc **before,
    size_t *end, struct error *err)
{
	struct error why = ERROR_INIT;
	int64_t prev;

	if (pdf_get_integer(doc, qpdf_get_trailer(doc->q), "/Prev", &prev) != 0)
		return 0;
	if (prev <= 0 || (uint64_t)prev == doc->startxref)
		return broken(h, "a revision does not say which one went before");
	*end = find_end(doc, (uint64_t)prev);
	if (*end == 0 || *end >= doc->bytes.len)
		return 0; /* both sections are of one revision: the file is linearized */
	if (pdf_open(before, (struct span){ doc->bytes.data, *end }, password, doc->limits, &why) !=
		0 ||
	    pdf_check_headers(*before, &why) != 0) {
		pdf_close(*before);
		*before = NULL;
		if (why.kind == ERROR_MALFORMED || why.kind == ERROR_UNSUPPORTED)
			return broken(h, why.text);
		if (err != NULL)
			*err = why;
		return -1;
	}
	if ((*before)->startxref != (uint64_t)prev) {
		pdf_close(*before);
		return broken(h, "a revision does not end where its cross-reference section says");
	}
	return 1;
}

/* No two readers agree on what else is that stands behind the last end mark. */
static int
ends_well(const struct pdf_doc *doc)
{
	const unsigned char *end = doc->bytes.data + doc->bytes.len;
	size_t at = find_end(doc, doc->startxref);

	return at != 0 && is_filler(doc->bytes.data + at, end);
}

/* From the oldest on, so that each entry of a table is looked at once. */
static int
check_streams(struct pdf_history *h, struct error *err)
{
	struct error why = ERROR_INIT;
	size_t i;

	for (i = 0; i < h->count; i++) {
		struct pdf_doc *before = i > 0 ? h->items[i - 1].doc : NULL;

		if (pdf_check_object_streams(h->items[i].doc, before, &why) == 0 &&
		    (before == NULL || pdf_check_keys(h->items[i].doc, before, &why) == 0))
			continue;
		if (why.kind == ERROR_MALFORMED)
			return damaged(h, why.text);
		if (err != NULL)
			*err = why;
		return -1;
	}
	return 0;
}

static void
turn(struct pdf_history *h)
{
	size_t i;

	for (i = 0; i < h->count / 2; i++) {
		struct pdf_revision swap = h->items[i];

		h->items[i] = h->items[h->count - 1 - i];
		h->items[h->count - 1 - i] = swap;
	}
}

/* 1 when the first `wanted` bytes are the revision that ends at `end`, or one behind it. */
static int
is_revision(const struct pdf_doc *last, size_t end, size_t wanted)
{
	return wanted > end || is_filler(last->bytes.data + wanted, last->bytes.data + end);
}

int
pdf_history_open(struct pdf_history *h, struct pdf_doc *last, size_t from, const char *password,
    struct error *err)
{
	struct pdf_doc *doc = last, *before = NULL;
	size_t end = last->bytes.len;
	struct error why = ERROR_INIT;
	int rc = 1;

	memset(h, 0, sizeof(*h));
	h->last = last;
	if (push(h, last, end, err) != 0)
		return -1;
	if (pdf_check_headers(last, &why) != 0)
		return damaged(h, why.text);
	if (!ends_well(last))
		return damaged(h, "other data stands behind the end of its last revision");
	while (rc == 1 && !is_revision(last, end, from)) {
		rc = step_back(h, doc, password, &before, &end, err);
		if (rc != 1)
			break;
		if (h->count >= last->limits->pdf_revisions) {
			pdf_close(before);
			rc = error_limit(err, ERROR_LIMIT, "pdf_revisions",
			    last->limits->pdf_revisions, 0, "too many revisions in the PDF");
		} else if (push(h, before, end, err) != 0) {
			pdf_close(before);
			rc = -1;
		} else {
			doc = before;
		}
	}
	turn(h);
	return rc < 0 ? -1 : check_streams(h, err);
}

void
pdf_history_close(struct pdf_history *h)
{
	while (h->count > 0) {
		struct pdf_revision *r = &h->items[--h->count];

		if (r->doc != h->last)
			pdf_close(r->doc);
	}
	free(h->items);
	memset(h, 0, sizeof(*h));
}

size_t
pdf_history_find(const struct pdf_history *h, size_t end)
{
	size_t i;

	if (h->damaged)
		return h->count;
	for (i = 0; i < h->count && h->items[i].end < end; i++)
		;
	return i < h->count && is_revision(h->last, h->items[i].end, end) ? i : h->count;
}
