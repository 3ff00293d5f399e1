#include "signing/format/pdf/range.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "signing/format/pdf/form.h"

static int problem_set(struct pdf_problem *problem, int rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
problem_set(struct pdf_problem *problem, int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(problem->text, sizeof(problem->text), fmt, ap);
	va_end(ap);
	return rc;
}

/* ---- the byte range ---- */

static int
read_integers(struct pdf_doc *doc, qpdf_oh value, uint64_t at[4])
{
	qpdf_oh array = pdf_get(doc, value, "/ByteRange"), item;
	int64_t n;
	int i, rc = pdf_array_len(doc, array) == 4 ? 0 : -1;

	for (i = 0; rc == 0 && i < 4; i++) {
		item = qpdf_oh_get_array_item(doc->q, array, i);
		rc = pdf_integer(doc, item, &n);
		qpdf_oh_release(doc->q, item);
		if (rc == 0 && n < 0)
			rc = -1;
		at[i] = rc == 0 ? (uint64_t)n : 0;
	}
	qpdf_oh_release(doc->q, array);
	return rc;
}

static int
is_hex(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

int
pdf_range_read(
    struct pdf_range *range, struct pdf_doc *doc, qpdf_oh value, struct pdf_problem *problem)
{
	uint64_t *at = range->at, size = doc->bytes.len, i;
	const unsigned char *bytes = doc->bytes.data;

	memset(range, 0, sizeof(*range));
	if (read_integers(doc, value, at) != 0)
		return problem_set(
		    problem, -1, "the byte range of the signature is not four whole numbers");
	if (at[0] != 0)
		return problem_set(
		    problem, -1, "the signature does not cover the document from its first byte");
	if (at[1] > size || at[2] > size || at[3] > size - at[2])
		return problem_set(
		    problem, -1, "the byte range of the signature reaches past the document's end");
	if (at[2] < at[1] || at[2] - at[1] < 2)
		return problem_set(problem, -1,
		    "the byte range of the signature leaves no room for the signature");
	range->end = at[2] + at[3];
	if (bytes[at[1]] != '<' || bytes[at[2] - 1] != '>')
		return problem_set(
		    problem, -1, "the gap in the byte range is not exactly the signature's value");
	for (i = at[1] + 1; i < at[2] - 1; i++)
		if (!is_hex(bytes[i]))
			return problem_set(problem, -1,
			    "the gap in the byte range holds more than the signature's value");
	return 0;
}

/* ---- what stands in the gap ---- */

static unsigned char
nibble(unsigned char c)
{
	return c <= '9' ? c - '0' : (unsigned char)((c | 0x20) - 'a' + 10);
}

static int
decode_gap(const struct pdf_range *range, struct span document, struct buf *der, struct error *err)
{
	const unsigned char *hex = document.data + range->at[1] + 1;
	size_t digits = range->at[2] - range->at[1] - 2, i;
	unsigned char *at = buf_reserve(der, digits / 2 + 1, err);

	if (at == NULL)
		return -1;
	for (i = 0; i + 1 < digits; i += 2)
		*at++ = (unsigned char)(nibble(hex[i]) << 4 | nibble(hex[i + 1]));
	if (digits % 2 != 0) /* a missing last digit stands for 0 */
		*at = (unsigned char)(nibble(hex[digits - 1]) << 4);
	der->len += (digits + 1) / 2;
	return 0;
}

/*
 * The library reads /Contents of an encrypted document undecrypted only where /Type is /Sig, so
 * there it cannot be compared.
 */
static int
same_as_parsed(struct pdf_doc *doc, qpdf_oh value, struct span gap)
{
	qpdf_oh contents = pdf_get(doc, value, "/Contents");
	const char *s;
	size_t len = 0;
	int same;

	if (doc->shim.encrypted && !pdf_get_is_name(doc, value, "/Type", "/Sig"))
		return 1;
	if (!qpdf_oh_is_string(doc->q, contents))
		return 0;
	s = qpdf_oh_get_binary_string_value(doc->q, contents, &len);
	same = len == gap.len && memcmp(s, gap.data, len) == 0;
	qpdf_oh_release(doc->q, contents);
	return same;
}

/* How many bytes the BER value at the start of `data` takes, indefinite lengths included; 0: bad.
 */
static size_t
ber_length(struct span data)
{
	size_t at = 0, open = 0, len;
	unsigned int n;

	do {
		if (data.len - at < 2)
			return 0;
		if (open > 0 && data.data[at] == 0 && data.data[at + 1] == 0) {
			at += 2; /* end of contents */
			open--;
			continue;
		}
		if ((data.data[at] & 0x1f) == 0x1f)
			return 0; /* no tag of CMS is that high */
		n = data.data[at + 1];
		at += 2;
		if (n == 0x80) {
			open++;
			continue;
		}
		for (len = n < 0x80 ? n : 0, n = n < 0x80 ? 0 : n & 0x7f; n > 0; n--) {
			if (at >= data.len || len > data.len >> 8)
				return 0;
			len = len << 8 | data.data[at++];
		}
		if (len > data.len - at)
			return 0;
		at += len;
	} while (open > 0);
	return at;
}

int
pdf_range_contents(const struct pdf_range *range, struct pdf_doc *doc, qpdf_oh value,
    struct buf *der, enum pdf_fill *fill, struct pdf_problem *problem, struct error *err)
{
	size_t before = der->len, len;
	struct span gap;

	if (decode_gap(range, doc->bytes, der, err) != 0)
		return -1;
	gap = (struct span){ der->data + before, der->len - before };
	if (!same_as_parsed(doc, value, gap))
		return problem_set(problem, 1,
		    "the gap in the byte range is not the value of this signature but of another");
	len = ber_length(gap);
	if (len == 0)
		return problem_set(
		    problem, 1, "the value of the signature is cut short, or it is no CMS value");
	if (pdf_fill_of(fill, doc, value, gap, len, err) != 0)
		return -1;
	der->len = before + len;
	return 0;
}

int
pdf_range_claimed(struct pdf_doc *doc, qpdf_oh value, struct buf *der, struct error *err)
{
	qpdf_oh contents = pdf_get(doc, value, "/Contents");
	struct span bytes = SPAN_NONE;
	int rc;

	if (qpdf_oh_is_string(doc->q, contents))
		bytes.data = (const unsigned char *)qpdf_oh_get_binary_string_value(
		    doc->q, contents, &bytes.len);
	bytes.len = bytes.len > 0 ? ber_length(bytes) : 0;
	rc = buf_append_span(der, bytes, err);
	qpdf_oh_release(doc->q, contents);
	return rc;
}

int
pdf_range_digest(const struct pdf_range *range, struct span document, unsigned int bits,
    struct digest_values *values, struct error *err)
{
	struct digests *d = NULL;
	int rc = -1;

	if (digests_new(&d, bits, err) == 0 &&
	    digests_update(d, document.data + range->at[0], range->at[1], err) == 0 &&
	    digests_update(d, document.data + range->at[2], range->at[3], err) == 0)
		rc = digests_final(d, values, err);
	digests_free(d);
	return rc;
}

/* ---- the signed revision ---- */

static int
same_value(struct pdf_doc *then, struct pdf_form *form, const char *name, struct pdf_doc *now,
    qpdf_oh value, const struct pdf_range *range)
{
	const struct pdf_field *field = pdf_form_find(form, name);
	uint64_t at[4];

	if (field == NULL || !field->is_signed ||
	    qpdf_oh_get_object_id(then->q, field->value) != qpdf_oh_get_object_id(now->q, value) ||
	    qpdf_oh_get_generation(then->q, field->value) != qpdf_oh_get_generation(now->q, value))
		return 0;
	return read_integers(then, field->value, at) == 0 && memcmp(at, range->at, sizeof(at)) == 0;
}

int
pdf_revision_check(const struct pdf_range *range, const struct pdf_history *history,
    const char *field, qpdf_oh value, size_t *index, struct pdf_problem *problem, struct error *err)
{
	struct pdf_form form = { 0 };
	struct error why = ERROR_INIT;
	struct pdf_doc *then;
	int rc = 1;

	*index = pdf_history_find(history, (size_t)range->end);
	if (*index == history->count)
		return problem_set(problem, 1,
		    "what the signature covers is no whole revision of the document%s%.150s",
		    history->problem[0] != '\0' ? ": " : "", history->problem);
	then = history->items[*index].doc;
	if (pdf_form_read(&form, then, &why) != 0) {
		if (why.kind != ERROR_MALFORMED) {
			if (err != NULL && err->kind == ERROR_NONE)
				*err = why;
			rc = -1;
		} else {
			problem_set(problem, 1,
			    "the form of the revision that the signature covers is damaged: %.150s",
			    why.text);
		}
	} else if (same_value(then, &form, field, history->last, value, range)) {
		rc = 0;
	} else {
		problem_set(problem, 1,
		    "the revision that the signature covers does not hold this signature");
	}
	pdf_form_release(&form);
	return rc;
}
