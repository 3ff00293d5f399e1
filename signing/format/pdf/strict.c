#include "signing/format/pdf/strict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/pdf/compare.h"

/* Numbers and offsets of one object stream: more are not read. */
#define MEMBERS_MAX 1000000

/* ---- object streams ---- */

struct holder {
	uint32_t number; /* 0: none */
	struct buf data;
	struct {
		uint64_t number, offset;
	} * members;
	size_t count;
	uint64_t first; /* where the objects begin in the data */
};

static void
holder_release(struct holder *h)
{
	buf_release(&h->data);
	free(h->members);
	*h = (struct holder){ 0 };
}

static int
damaged(uint32_t number, struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
	    "the PDF is damaged: object %u is not where its object stream should have it", number);
}

static int
is_space(unsigned char c)
{
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

/* A whole number in the head of the stream; -1 where there is none. */
static int
next_number(const unsigned char **at, const unsigned char *end, uint64_t *value)
{
	const unsigned char *from;

	while (*at < end && is_space(**at))
		(*at)++;
	for (from = *at, *value = 0; *at < end && **at >= '0' && **at <= '9' && *at - from < 11;)
		*value = *value * 10 + (uint64_t)(*(*at)++ - '0');
	return *at > from && *at - from < 11 ? 0 : -1;
}

static int
read_head(struct holder *h, int64_t count, int64_t first)
{
	const unsigned char *at = h->data.data, *end;

	if (count < 0 || count > MEMBERS_MAX || first < 0 || (uint64_t)first > h->data.len)
		return -1;
	h->members = calloc((size_t)count + 1, sizeof(*h->members));
	if (h->members == NULL)
		return -1;
	h->first = (uint64_t)first;
	for (end = at + first; h->count < (size_t)count; h->count++)
		if (next_number(&at, end, &h->members[h->count].number) != 0 ||
		    next_number(&at, end, &h->members[h->count].offset) != 0)
			return -1;
	return 0;
}

static int
holder_read(struct holder *h, struct pdf_doc *doc, uint32_t number, struct error *err)
{
	qpdf_oh stream = qpdf_get_object_by_id(doc->q, (int)number, 0);
	unsigned char *data = NULL;
	size_t len = 0;
	int64_t count, first;
	int rc = -1;

	holder_release(h);
	h->number = number;
	if (!qpdf_oh_is_stream(doc->q, stream) ||
	    !pdf_get_is_name(doc, stream, "/Type", "/ObjStm") ||
	    pdf_get_integer(doc, stream, "/N", &count) != 0 ||
	    pdf_get_integer(doc, stream, "/First", &first) != 0 ||
	    step_data(doc, stream, 1, &data, &len) != 0)
		damaged(number, err);
	else if (buf_append(&h->data, data, len, err) == 0 &&
		 (rc = read_head(h, count, first)) != 0)
		damaged(number, err);
	free(data);
	qpdf_oh_release(doc->q, stream);
	return rc;
}

static int
is_member(const struct holder *h, const struct pdf_xref_entry *entry)
{
	uint64_t from, to;
	size_t i;

	if (entry->index >= h->count || h->members[entry->index].number != entry->number)
		return 0;
	for (i = 0; i < h->count; i++)
		if (i != entry->index && h->members[i].number == entry->number)
			return 0;
	from = h->first + h->members[entry->index].offset;
	to = entry->index + 1 < h->count ? h->first + h->members[entry->index + 1].offset
					 : h->data.len;
	if (from >= to || to > h->data.len)
		return 0;
	return memmem(h->data.data + from, (size_t)(to - from), "endstream", 9) == NULL;
}

/* 1 when the earlier revision has the object at the same place. */
static int
was_checked(
    const struct pdf_doc *doc, const struct pdf_doc *before, const struct pdf_xref_entry *entry)
{
	const struct pdf_xref_entry *old, *a, *b;

	if (before == NULL)
		return 0;
	old = pdf_find(before, (int)entry->number, (int)entry->generation);
	a = pdf_find(before, (int)entry->in_stream, 0);
	b = pdf_find(doc, (int)entry->in_stream, 0);
	return old != NULL && a != NULL && b != NULL && old->in_stream == entry->in_stream &&
	       old->index == entry->index && a->in_stream == 0 && b->in_stream == 0 &&
	       a->offset == b->offset;
}

/* By object stream, then index: each stream is read once. */
static int
by_holder(const void *a, const void *b)
{
	const struct pdf_xref_entry *x = *(const struct pdf_xref_entry *const *)a;
	const struct pdf_xref_entry *y = *(const struct pdf_xref_entry *const *)b;

	if (x->in_stream != y->in_stream)
		return x->in_stream < y->in_stream ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

int
pdf_check_object_streams(struct pdf_doc *doc, const struct pdf_doc *before, struct error *err)
{
	const struct pdf_xref_entry **list = calloc(doc->shim.count + 1, sizeof(*list));
	struct holder h = { 0 };
	size_t i, n = 0;
	int rc = 0;

	if (list == NULL)
		return error_memory(err);
	for (i = 0; i < doc->shim.count; i++)
		if (doc->shim.entries[i].in_stream != 0 &&
		    !was_checked(doc, before, &doc->shim.entries[i]))
			list[n++] = &doc->shim.entries[i];
	qsort(list, n, sizeof(*list), by_holder);
	for (i = 0; rc == 0 && i < n; i++) {
		if (list[i]->in_stream != h.number)
			rc = holder_read(&h, doc, list[i]->in_stream, err);
		if (rc == 0 && !is_member(&h, list[i]))
			rc = damaged(list[i]->number, err);
	}
	holder_release(&h);
	free(list);
	return rc;
}

/* ---- keys ---- */

/* 1 when the earlier revision has that object, from the very same bytes. */
static int
was_there(
    const struct pdf_doc *doc, const struct pdf_doc *before, const struct pdf_xref_entry *entry)
{
	const struct pdf_xref_entry *old =
	    pdf_find(before, (int)entry->number, (int)entry->generation);

	if (entry->in_stream != 0)
		return was_checked(doc, before, entry);
	return old != NULL && old->in_stream == 0 && old->offset == entry->offset;
}

/* Does what the library warned of stand in bytes that the earlier revision does not have? */
static int
is_of_update(const struct pdf_doc *doc, const struct pdf_doc *before, qpdf_error e)
{
	const char *in = strstr(qpdf_get_error_full_text(doc->q, e), "object stream ");
	const struct pdf_xref_entry *holder, *old;
	unsigned int number;

	if (in == NULL || sscanf(in, "object stream %u", &number) != 1)
		return qpdf_get_error_file_position(doc->q, e) >= before->bytes.len;
	holder = pdf_find(doc, (int)number, 0);
	old = pdf_find(before, (int)number, 0);
	return holder == NULL || old == NULL || holder->offset != old->offset;
}

int
pdf_check_keys(struct pdf_doc *doc, const struct pdf_doc *before, struct error *err)
{
	static const char twice[] = "dictionary has duplicated key ";
	const char *text, *at;
	qpdf_error e;
	qpdf_oh oh;
	size_t i;

	/* Objects are read when their kind is asked for. */
	for (i = 0; i < doc->shim.count; i++) {
		const struct pdf_xref_entry *entry = &doc->shim.entries[i];

		if (was_there(doc, before, entry))
			continue;
		oh = qpdf_get_object_by_id(doc->q, (int)entry->number, (int)entry->generation);
		(void)qpdf_oh_get_type_code(doc->q, oh);
		qpdf_oh_release(doc->q, oh);
	}
	while (qpdf_more_warnings(doc->q)) {
		e = qpdf_next_warning(doc->q);
		text = qpdf_get_error_message_detail(doc->q, e);
		at = text != NULL ? strstr(text, twice) : NULL;
		if (at == NULL || !is_of_update(doc, before, e))
			continue;
		at += sizeof(twice) - 1;
		return error_set(err, ERROR_MALFORMED,
		    "a later revision has the key %.*s twice in one dictionary, which readers take "
		    "differently",
		    (int)(strcspn(at, ";") < 60 ? strcspn(at, ";") : 60), at);
	}
	return 0;
}

/* ---- the table ---- */

/* "0000000017 00000 n" and a line end of two bytes, or of one. */
static int
is_entry(const unsigned char *at)
{
	int i;

	for (i = 0; i < 18; i++)
		if (i == 10 || i == 16 ? at[i] != ' '
		    : i == 17	       ? at[i] != 'n' && at[i] != 'f'
				       : at[i] < '0' || at[i] > '9')
			return 0;
	return is_space(at[18]);
}

int
pdf_check_table(const struct pdf_doc *doc, struct error *err)
{
	const unsigned char *at = doc->bytes.data + doc->shift + doc->startxref;
	const unsigned char *end = doc->bytes.data + doc->bytes.len;
	uint64_t first, count;

	while (at < end && is_space(*at))
		at++;
	if (end - at < 4 || memcmp(at, "xref", 4) != 0)
		return 0; /* a stream */
	at += 4;
	while (next_number(&at, end, &first) == 0 && next_number(&at, end, &count) == 0) {
		while (at < end && is_space(*at))
			at++;
		for (; count > 0; count--) {
			if (end - at < 20 || !is_entry(at))
				return error_set(err, ERROR_MALFORMED,
				    "the PDF is damaged: its cross-reference table has an entry "
				    "that is none");
			for (at += 18; at < end && is_space(*at);)
				at++;
		}
	}
	return 0;
}
