#include "signing/format/pdf/doc.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/pdf/pdf_read.h"
#include "signing/format/pdf/sections.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;

/* ---- opening ---- */

static const struct {
	enum error_kind kind;
	const char *text;
} shim_errors[] = {
	[PDF_SHIM_DAMAGED] = { ERROR_MALFORMED, "the document is not a PDF, or it is damaged" },
	[PDF_SHIM_CIPHER] = { ERROR_UNSUPPORTED,
	    "the PDF is encrypted in a way that a password does not open" },
	[PDF_SHIM_MEMORY] = { ERROR_UNAVAILABLE, "the PDF could not be read: out of memory" },
};

static int
shim_error(enum pdf_shim_result result, const char *password, const struct format_limits *limits,
    const char *cause, struct error *err)
{
	if (result == PDF_SHIM_PASSWORD)
		return error_set(err, ERROR_MALFORMED, "%s",
		    password == NULL ? PDF_PASSWORD_NEEDED
				     : "the PDF is encrypted and the password is not its");
	if (result == PDF_SHIM_TOO_MANY)
		return error_limit(err, ERROR_LIMIT, "pdf_objects", limits->pdf_objects, 0,
		    "too many objects in the PDF");
	return error_cause(err, shim_errors[result].kind, shim_errors[result].text, "%s", cause);
}

/* Where "%PDF-" stands in the first 1,024 bytes. */
static int
find_header(struct pdf_doc *doc, struct error *err)
{
	size_t n = doc->bytes.len < 1024 ? doc->bytes.len : 1024;
	const unsigned char *at = n > 0 ? memmem(doc->bytes.data, n, "%PDF-", 5) : NULL;

	if (at == NULL)
		return error_set(err, ERROR_MALFORMED, "the document is not a PDF");
	doc->shift = (size_t)(at - doc->bytes.data);
	return 0;
}

static int
is_space(unsigned char c)
{
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

/* Digits at `*at` before `end`; -1 when there are none or more than 10. */
static int
read_number(const unsigned char **at, const unsigned char *end, uint64_t *value)
{
	const unsigned char *p = *at;

	for (*value = 0; p < end && *p >= '0' && *p <= '9' && p - *at < 11; p++)
		*value = *value * 10 + (uint64_t)(*p - '0');
	if (p == *at || p - *at > 10)
		return -1;
	*at = p;
	return 0;
}

static void
skip_space(const unsigned char **at, const unsigned char *end)
{
	while (*at < end && is_space(**at))
		(*at)++;
}

/* The last "startxref" in the last 2 KB, its number, and a section's start at that offset. */
static int
find_startxref(struct pdf_doc *doc, struct error *err)
{
	static const char word[] = "startxref";
	const unsigned char *end = doc->bytes.data + doc->bytes.len, *p, *low;
	uint64_t number;

	low = doc->bytes.len > 2048 ? end - 2048 : doc->bytes.data;
	for (p = end - (sizeof(word) - 1); p >= low; p--)
		if (memcmp(p, word, sizeof(word) - 1) == 0)
			break;
	if (p < low)
		goto bad;
	p += sizeof(word) - 1;
	skip_space(&p, end);
	if (read_number(&p, end, &doc->startxref) != 0 ||
	    doc->startxref >= doc->bytes.len - doc->shift)
		goto bad;
	p = doc->bytes.data + doc->shift + doc->startxref;
	skip_space(&p, end);
	if (end - p > 4 && memcmp(p, "xref", 4) == 0)
		return 0;
	if (read_number(&p, end, &number) == 0)
		return 0;
bad:
	return error_set(err, ERROR_MALFORMED,
	    "the PDF is damaged: its end does not lead to a cross-reference section");
}

/*
 * Each object takes some bytes of the file even where it is compressed, and writers may leave out
 * many numbers; what says that it has more entries than that only wants them to be made.
 */
#define ENTRIES_PER_BYTE 8
#define ENTRIES_OF_ANY	 10000

static int
check_declared(struct pdf_doc *doc, struct error *err)
{
	size_t len = doc->bytes.len - doc->shift;
	uint64_t may = (uint64_t)len * ENTRIES_PER_BYTE + ENTRIES_OF_ANY;
	uint64_t declared = pdf_sections_declare(doc->bytes.data + doc->shift, len, doc->startxref,
	    may > doc->limits->pdf_objects ? may : doc->limits->pdf_objects);

	if (declared > may)
		return error_set(err, ERROR_MALFORMED,
		    "the PDF is damaged: its cross-reference streams have more entries than a file "
		    "of its length can have objects");
	if (declared > doc->limits->pdf_objects)
		return error_limit(err, ERROR_LIMIT, "pdf_objects", doc->limits->pdf_objects,
		    declared, "too many objects in the PDF");
	return 0;
}

static int
open_library(struct pdf_doc *doc, const char *password, struct error *err)
{
	doc->q = qpdf_init();
	if (doc->q == NULL)
		return error_memory(err);
	qpdf_silence_errors(doc->q);
	qpdf_set_suppress_warnings(doc->q, QPDF_TRUE);
	qpdf_set_attempt_recovery(doc->q, QPDF_FALSE);
	qpdf_read_memory(
	    doc->q, "document", (const char *)doc->bytes.data, doc->bytes.len, password);
	return pdf_check_damage(doc, err);
}

int
pdf_open(struct pdf_doc **out, struct span bytes, const char *password,
    const struct format_limits *limits, struct error *err)
{
	struct pdf_doc *doc = calloc(1, sizeof(*doc));
	enum pdf_shim_result result;
	qpdf_oh trailer, root;
	char cause[400];
	int64_t prev;

	*out = NULL;
	if (doc == NULL)
		return error_memory(err);
	doc->bytes = bytes;
	doc->limits = limits != NULL ? limits : &default_limits;
	if (find_header(doc, err) != 0 || find_startxref(doc, err) != 0 ||
	    check_declared(doc, err) != 0)
		goto fail;
	result = pdf_shim_read(bytes.data, bytes.len, password != NULL ? password : "",
	    doc->limits->pdf_objects, &doc->shim, cause, sizeof(cause));
	if (result != PDF_SHIM_OK) {
		shim_error(result, password, doc->limits, cause, err);
		goto fail;
	}
	if (open_library(doc, password, err) != 0)
		goto fail;
	trailer = qpdf_get_trailer(doc->q);
	root = qpdf_get_root(doc->q);
	if (!qpdf_oh_is_dictionary(doc->q, trailer) || !qpdf_oh_is_dictionary(doc->q, root) ||
	    !qpdf_oh_is_indirect(doc->q, pdf_get(doc, trailer, "/Root"))) {
		pdf_check_damage(doc, err);
		error_set(err, ERROR_MALFORMED, "the PDF is damaged: it has no catalog");
		goto fail;
	}
	if (pdf_get_integer(doc, trailer, "/Prev", &prev) == 0 && prev <= 0) {
		error_set(err, ERROR_MALFORMED,
		    "the PDF is damaged: its last revision does not say which one went before");
		goto fail;
	}
	doc->form = qpdf_oh_has_key(doc->q, trailer, "/W")	   ? PDF_XREF_STREAM
		    : qpdf_oh_has_key(doc->q, trailer, "/XRefStm") ? PDF_XREF_HYBRID
								   : PDF_XREF_TABLE;
	*out = doc;
	return 0;
fail:
	pdf_close(doc);
	return -1;
}

void
pdf_close(struct pdf_doc *doc)
{
	if (doc == NULL)
		return;
	if (doc->q != NULL) {
		/* An error that nobody fetched would be printed. */
		if (qpdf_has_error(doc->q))
			qpdf_get_error(doc->q);
		qpdf_cleanup(&doc->q);
	}
	free(doc->shim.entries);
	explicit_bzero(doc->shim.key, sizeof(doc->shim.key));
	free(doc);
}

/* ---- checks ---- */

int
pdf_check_damage(struct pdf_doc *doc, struct error *err)
{
	qpdf_error e;

	if (!qpdf_has_error(doc->q))
		return 0;
	e = qpdf_get_error(doc->q);
	return error_cause(err, ERROR_MALFORMED, "the PDF is damaged", "%s",
	    e != NULL ? qpdf_get_error_full_text(doc->q, e) : "");
}

static int
header_stands(const struct pdf_doc *doc, const struct pdf_xref_entry *entry)
{
	const unsigned char *p, *end = doc->bytes.data + doc->bytes.len;
	uint64_t number, generation;

	if (entry->offset >= doc->bytes.len - doc->shift)
		return 0;
	p = doc->bytes.data + doc->shift + entry->offset;
	skip_space(&p, end);
	if (read_number(&p, end, &number) != 0 || number != entry->number)
		return 0;
	skip_space(&p, end);
	if (read_number(&p, end, &generation) != 0 || generation != entry->generation)
		return 0;
	skip_space(&p, end);
	return end - p >= 3 && memcmp(p, "obj", 3) == 0;
}

int
pdf_check_headers(const struct pdf_doc *doc, struct error *err)
{
	const struct pdf_xref_entry *entry;

	for (entry = doc->shim.entries; entry < doc->shim.entries + doc->shim.count; entry++) {
		/* Offset 0 is how some writers mark a deleted object; it reads as null. */
		if (entry->in_stream != 0 || entry->offset == 0 || header_stands(doc, entry))
			continue;
		return error_set(err, ERROR_MALFORMED,
		    "the PDF is damaged: object %u is not where its cross-reference table says",
		    entry->number);
	}
	return 0;
}

const struct pdf_xref_entry *
pdf_find(const struct pdf_doc *doc, int number, int generation)
{
	size_t low = 0, high = doc->shim.count;
	uint64_t wanted = (uint64_t)(unsigned)number << 32 | (unsigned)generation, key;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		key = (uint64_t)doc->shim.entries[mid].number << 32 |
		      doc->shim.entries[mid].generation;
		if (key == wanted)
			return &doc->shim.entries[mid];
		if (key < wanted)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* ---- values ---- */

qpdf_oh
pdf_get(struct pdf_doc *doc, qpdf_oh dict, const char *key)
{
	qpdf_oh inner, value;

	if (!qpdf_oh_is_stream(doc->q, dict))
		return qpdf_oh_get_key_if_dict(doc->q, dict, key);
	inner = qpdf_oh_get_dict(doc->q, dict);
	value = qpdf_oh_get_key_if_dict(doc->q, inner, key);
	qpdf_oh_release(doc->q, inner);
	return value;
}

int
pdf_has(struct pdf_doc *doc, qpdf_oh dict, const char *key)
{
	qpdf_oh value = pdf_get(doc, dict, key);
	int has = !qpdf_oh_is_null(doc->q, value);

	qpdf_oh_release(doc->q, value);
	return has;
}

int
pdf_integer(struct pdf_doc *doc, qpdf_oh oh, int64_t *value)
{
	long long n;

	if (qpdf_oh_get_type_code(doc->q, oh) != ot_integer ||
	    !qpdf_oh_get_value_as_longlong(doc->q, oh, &n))
		return -1;
	*value = n;
	return 0;
}

int
pdf_get_integer(struct pdf_doc *doc, qpdf_oh dict, const char *key, int64_t *value)
{
	qpdf_oh oh = pdf_get(doc, dict, key);
	int rc = pdf_integer(doc, oh, value);

	qpdf_oh_release(doc->q, oh);
	return rc;
}

int
pdf_get_is_name(struct pdf_doc *doc, qpdf_oh dict, const char *key, const char *name)
{
	qpdf_oh value = pdf_get(doc, dict, key);
	int is = qpdf_oh_is_name_and_equals(doc->q, value, name) != 0;

	qpdf_oh_release(doc->q, value);
	return is;
}

static char *
copy_text(const char *s, size_t len)
{
	if (s == NULL || len > PDF_TEXT_MAX || memchr(s, 0, len) != NULL || !text_is_utf8(s, len))
		return NULL;
	return strndup(s, len);
}

char *
pdf_get_name(struct pdf_doc *doc, qpdf_oh dict, const char *key)
{
	qpdf_oh value = pdf_get(doc, dict, key);
	const char *s = NULL;
	size_t len = 0;

	if (!qpdf_oh_get_value_as_name(doc->q, value, &s, &len))
		s = NULL;
	qpdf_oh_release(doc->q, value);
	return copy_text(s, len);
}

char *
pdf_text(struct pdf_doc *doc, qpdf_oh oh)
{
	const char *s = NULL;
	size_t len = 0;

	if (qpdf_oh_is_string(doc->q, oh))
		s = qpdf_oh_get_binary_utf8_value(doc->q, oh, &len);
	return copy_text(s, len);
}

char *
pdf_get_text(struct pdf_doc *doc, qpdf_oh dict, const char *key)
{
	qpdf_oh value = pdf_get(doc, dict, key);
	char *text = pdf_text(doc, value);

	qpdf_oh_release(doc->q, value);
	return text;
}

int
pdf_string(struct pdf_doc *doc, qpdf_oh oh, struct buf *out, struct error *err)
{
	const char *s;
	size_t len = 0;

	if (!qpdf_oh_is_string(doc->q, oh))
		return error_set(err, ERROR_MALFORMED, "the PDF has no string where one must be");
	s = qpdf_oh_get_binary_string_value(doc->q, oh, &len);
	return buf_append(out, s, len, err);
}

int
pdf_array_len(struct pdf_doc *doc, qpdf_oh oh)
{
	return qpdf_oh_is_array(doc->q, oh) ? qpdf_oh_get_array_n_items(doc->q, oh) : 0;
}

int
pdf_same(struct pdf_doc *doc, qpdf_oh a, qpdf_oh b)
{
	return qpdf_oh_is_indirect(doc->q, a) && qpdf_oh_is_indirect(doc->q, b) &&
	       qpdf_oh_get_object_id(doc->q, a) == qpdf_oh_get_object_id(doc->q, b) &&
	       qpdf_oh_get_generation(doc->q, a) == qpdf_oh_get_generation(doc->q, b);
}

/* ---- sets ---- */

int
pdf_set_init(struct pdf_set *set, const struct pdf_doc *doc, struct error *err)
{
	set->bits = calloc(doc->shim.count / 8 + 1, 1);
	return set->bits != NULL ? 0 : error_memory(err);
}

void
pdf_set_release(struct pdf_set *set)
{
	free(set->bits);
	set->bits = NULL;
}

int
pdf_set_add(struct pdf_set *set, struct pdf_doc *doc, qpdf_oh oh)
{
	const struct pdf_xref_entry *entry;
	size_t at;

	if (!qpdf_oh_is_indirect(doc->q, oh))
		return 1;
	entry =
	    pdf_find(doc, qpdf_oh_get_object_id(doc->q, oh), qpdf_oh_get_generation(doc->q, oh));
	if (entry == NULL)
		return 1; /* it reads as null */
	at = (size_t)(entry - doc->shim.entries);
	if (set->bits[at / 8] & 1u << at % 8)
		return 0;
	set->bits[at / 8] |= (unsigned char)(1u << at % 8);
	return 1;
}
