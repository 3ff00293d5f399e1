#include "signing/format/pdf/update.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>
#include <zlib.h>

#include "signing/core/ossl.h"
#include "signing/format/pdf/crypt.h"

#define NUMBER_MAX	  0x7fffff00u /* object numbers are signed 32-bit in most readers */
#define TABLE_OFFSET_MAX  9999999999u /* ten digits */
#define STREAM_OFFSET_MAX 0xffffffffu /* four bytes, /W [1 4 2] */

/* ---- begin ---- */

/*
 * Numbers are never reused: not one of the table, not one that was freed (below /Size), not one
 * that only a dangling reference mentions, which the library's own count respects.
 */
static int
first_number(struct pdf_update *up, struct error *err)
{
	struct pdf_doc *doc = up->doc;
	int64_t next, size = 0;
	qpdf_oh fresh;

	fresh = qpdf_make_indirect_object(doc->q, qpdf_oh_new_null(doc->q));
	if (pdf_check_damage(doc, err) != 0)
		return -1;
	next = qpdf_oh_get_object_id(doc->q, fresh);
	if (pdf_get_integer(doc, qpdf_get_trailer(doc->q), "/Size", &size) == 0 && size > next)
		next = size;
	if (doc->shim.count > 0 && next <= doc->shim.entries[doc->shim.count - 1].number)
		next = (int64_t)doc->shim.entries[doc->shim.count - 1].number + 1;
	if (next <= 0 || next > NUMBER_MAX)
		return error_set(err, ERROR_UNSUPPORTED, "the PDF has no object numbers left");
	up->next = (uint32_t)next;
	return 0;
}

int
pdf_update_begin(struct pdf_update *up, struct pdf_doc *doc, struct buf *out, struct error *err)
{
	memset(up, 0, sizeof(*up));
	up->doc = doc;
	up->out = out;
	up->base = out->len;
	up->put.doc = doc;
	up->put.out = out;
	if (doc->shift != 0)
		return error_set(err, ERROR_MALFORMED,
		    "the PDF begins with %zu bytes that are not its own; remove them", doc->shift);
	if (pdf_check_headers(doc, err) != 0 || first_number(up, err) != 0 ||
	    buf_append_span(out, doc->bytes, err) != 0)
		return -1;
	if (doc->bytes.data[doc->bytes.len - 1] != '\n')
		return buf_append(out, "\n", 1, err);
	return 0;
}

uint32_t
pdf_update_number(struct pdf_update *up)
{
	return up->next++;
}

void
pdf_update_release(struct pdf_update *up)
{
	free(up->entries);
	up->entries = NULL;
	up->count = up->cap = 0;
}

/* ---- objects ---- */

int
pdf_update_has(const struct pdf_update *up, uint32_t number)
{
	size_t i;

	for (i = 0; i < up->count; i++)
		if (up->entries[i].number == number)
			return 1;
	return 0;
}

static int
add_entry(struct pdf_update *up, uint32_t number, uint32_t generation, struct error *err)
{
	struct pdf_update_entry *bigger;

	if (pdf_update_has(up, number))
		return error_set(err, ERROR_MALFORMED,
		    "the PDF is damaged: its object %u stands for two things at once", number);
	if (up->count == up->cap) {
		bigger = realloc(up->entries, (up->cap + 32) * sizeof(*bigger));
		if (bigger == NULL)
			return error_memory(err);
		up->entries = bigger;
		up->cap += 32;
	}
	up->entries[up->count++] =
	    (struct pdf_update_entry){ number, generation, up->out->len - up->base };
	return 0;
}

int
pdf_update_object(struct pdf_update *up, uint32_t number, uint32_t generation, struct error *err)
{
	if (add_entry(up, number, generation, err) != 0)
		return -1;
	up->put.number = number;
	up->put.generation = generation;
	return buf_printf(up->out, err, "%u %u obj\n", number, generation);
}

int
pdf_update_object_end(struct pdf_update *up, struct error *err)
{
	return buf_append_str(up->out, "\nendobj\n", err);
}

int
pdf_update_rewrite(struct pdf_update *up, qpdf_oh object, struct error *err)
{
	return pdf_update_object(up, (uint32_t)qpdf_oh_get_object_id(up->doc->q, object),
	    (uint32_t)qpdf_oh_get_generation(up->doc->q, object), err);
}

static int
deflated(struct span data, struct buf *out, struct error *err)
{
	uLongf len = compressBound(data.len);
	unsigned char *at = buf_reserve(out, len, err);

	if (at == NULL)
		return -1;
	if (compress2(at, &len, data.data, data.len, Z_DEFAULT_COMPRESSION) != Z_OK)
		return error_memory(err);
	out->len += len;
	return 0;
}

int
pdf_update_stream(struct pdf_update *up, uint32_t number, const char *dict, struct span data,
    int deflate, struct error *err)
{
	const struct pdf_shim *shim = &up->doc->shim;
	struct buf packed = BUF_INIT(0), cipher = BUF_INIT(0);
	int rc = -1;

	if (deflate && deflated(data, &packed, err) != 0)
		goto done;
	if (deflate)
		data = SPAN_OF(&packed);
	if (shim->encrypted) {
		if (pdf_encrypt(shim, shim->streams, number, 0, data, &cipher, err) != 0)
			goto done;
		data = SPAN_OF(&cipher);
	}
	if (pdf_update_object(up, number, 0, err) != 0 ||
	    buf_printf(up->out, err, "<<%s%s /Length %zu>>\nstream\n", dict,
		deflate ? " /Filter /FlateDecode" : "", data.len) != 0 ||
	    buf_append_span(up->out, data, err) != 0 ||
	    buf_append_str(up->out, "\nendstream", err) != 0)
		goto done;
	rc = pdf_update_object_end(up, err);
done:
	buf_release(&packed);
	buf_release(&cipher);
	return rc;
}

/* ---- cross-reference section and trailer ---- */

static int
by_number(const void *a, const void *b)
{
	const struct pdf_update_entry *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* How many entries from `at` on have consecutive numbers. */
static size_t
run_length(const struct pdf_update *up, size_t at)
{
	size_t n = 1;

	while (at + n < up->count && up->entries[at + n].number == up->entries[at].number + n)
		n++;
	return n;
}

/* The first string of the old identifier stays, the second is new (clause 14.4). */
static int
put_id(struct pdf_update *up, qpdf_oh trailer, struct error *err)
{
	struct pdf_doc *doc = up->doc;
	qpdf_oh id = pdf_get(doc, trailer, "/ID");
	struct buf first = BUF_INIT(0);
	unsigned char fresh[16];
	int rc = -1;

	if (RAND_bytes(fresh, sizeof(fresh)) != 1)
		return error_openssl(err, "no random bytes");
	if (pdf_array_len(doc, id) == 2 &&
	    qpdf_oh_is_string(doc->q, qpdf_oh_get_array_item(doc->q, id, 0))) {
		if (pdf_string(doc, qpdf_oh_get_array_item(doc->q, id, 0), &first, err) != 0)
			goto done;
	} else if (doc->shim.encrypted) {
		return 0; /* the key was made without one: it must stay absent */
	} else if (buf_append(&first, fresh, sizeof(fresh), err) != 0) {
		goto done;
	}
	if (buf_append_str(up->out, " /ID [", err) == 0 &&
	    pdf_put_string(&up->put, SPAN_OF(&first), err) == 0 &&
	    pdf_put_string(&up->put, (struct span){ fresh, sizeof(fresh) }, err) == 0)
		rc = buf_append_str(up->out, "]", err);
done:
	buf_release(&first);
	return rc;
}

/* What a trailer and the dictionary of a cross-reference stream share; all of it, since readers
 * look at the last one only. */
static int
put_trailer_keys(struct pdf_update *up, struct error *err)
{
	static const char *const copied[] = { "/Root", "/Info", "/Encrypt" };
	struct pdf_doc *doc = up->doc;
	qpdf_oh trailer = qpdf_get_trailer(doc->q);
	size_t i;

	up->put.plain = 1;
	if (buf_printf(up->out, err, "/Size %u /Prev %llu", up->next,
		(unsigned long long)doc->startxref) != 0)
		return -1;
	for (i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
		qpdf_oh value = pdf_get(doc, trailer, copied[i]);

		if (qpdf_oh_is_null(doc->q, value))
			continue;
		if (buf_printf(up->out, err, " %s ", copied[i]) != 0 ||
		    pdf_put_item(&up->put, value, err) != 0)
			return -1;
	}
	return put_id(up, trailer, err);
}

static int
put_table(struct pdf_update *up, struct error *err)
{
	size_t i, n, k;

	if (buf_append_str(up->out, "xref\n", err) != 0)
		return -1;
	for (i = 0; i < up->count; i += n) {
		n = run_length(up, i);
		if (buf_printf(up->out, err, "%u %zu\n", up->entries[i].number, n) != 0)
			return -1;
		for (k = i; k < i + n; k++)
			if (buf_printf(up->out, err, "%010llu %05u n\r\n",
				(unsigned long long)up->entries[k].offset,
				up->entries[k].generation) != 0)
				return -1;
	}
	if (buf_append_str(up->out, "trailer\n<<", err) != 0 || put_trailer_keys(up, err) != 0)
		return -1;
	return buf_append_str(up->out, ">>\n", err);
}

static int
put_stream_data(struct pdf_update *up, struct error *err)
{
	size_t i;

	for (i = 0; i < up->count; i++) {
		const struct pdf_update_entry *e = &up->entries[i];
		unsigned char row[7] = { 1, (unsigned char)(e->offset >> 24),
			(unsigned char)(e->offset >> 16), (unsigned char)(e->offset >> 8),
			(unsigned char)e->offset, (unsigned char)(e->generation >> 8),
			(unsigned char)e->generation };

		if (buf_append(up->out, row, sizeof(row), err) != 0)
			return -1;
	}
	return 0;
}

/* A cross-reference stream has an entry for itself and is never encrypted (clause 7.5.8). */
static int
put_stream(struct pdf_update *up, uint32_t number, struct error *err)
{
	size_t i, n;

	if (buf_printf(up->out, err, "%u 0 obj\n<</Type /XRef /W [1 4 2] /Index [", number) != 0)
		return -1;
	for (i = 0; i < up->count; i += n) {
		n = run_length(up, i);
		if (buf_printf(
			up->out, err, "%s%u %zu", i > 0 ? " " : "", up->entries[i].number, n) != 0)
			return -1;
	}
	if (buf_printf(up->out, err, "] /Length %zu ", 7 * up->count) != 0 ||
	    put_trailer_keys(up, err) != 0 || buf_append_str(up->out, ">>\nstream\n", err) != 0 ||
	    put_stream_data(up, err) != 0)
		return -1;
	return buf_append_str(up->out, "\nendstream\nendobj\n", err);
}

int
pdf_update_finish(struct pdf_update *up, struct error *err)
{
	int as_stream = up->doc->form == PDF_XREF_STREAM;
	uint64_t start = up->out->len - up->base;
	uint32_t number = 0;

	if (start > (as_stream ? STREAM_OFFSET_MAX : TABLE_OFFSET_MAX))
		return error_set(err, ERROR_TOO_LARGE, "the PDF is too large to be signed");
	if (as_stream) {
		number = pdf_update_number(up);
		if (add_entry(up, number, 0, err) != 0)
			return -1;
	}
	qsort(up->entries, up->count, sizeof(*up->entries), by_number);
	if ((as_stream ? put_stream(up, number, err) : put_table(up, err)) != 0)
		return -1;
	return buf_printf(up->out, err, "startxref\n%llu\n%%%%EOF\n", (unsigned long long)start);
}
