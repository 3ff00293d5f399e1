#include "signing/format/pdf/put.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/base/text.h"
#include "signing/format/pdf/crypt.h"

static int put_nested(struct pdf_put *put, qpdf_oh value, int depth, struct error *err);

/* ---- leaves ---- */

int
pdf_put_name(struct pdf_put *put, const char *name, size_t len, struct error *err)
{
	size_t i;

	if (buf_append(put->out, "/", 1, err) != 0)
		return -1;
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];
		int rc = c <= ' ' || c > '~' || strchr("#()<>[]{}/%", c) != NULL
			     ? buf_printf(put->out, err, "#%02x", c)
			     : buf_append(put->out, &c, 1, err);

		if (rc != 0)
			return -1;
	}
	return 0;
}

static int
put_hex(struct buf *out, struct span bytes, struct error *err)
{
	unsigned char *at = buf_reserve(out, 2 * bytes.len + 3, err);

	if (at == NULL)
		return -1;
	at[0] = '<';
	text_hex((char *)at + 1, bytes.data, bytes.len);
	at[1 + 2 * bytes.len] = '>';
	out->len += 2 * bytes.len + 2;
	return 0;
}

static int
put_literal(struct buf *out, struct span bytes, struct error *err)
{
	size_t i;
	int rc = buf_append(out, "(", 1, err);

	for (i = 0; rc == 0 && i < bytes.len; i++) {
		if (strchr("()\\", bytes.data[i]) != NULL)
			rc = buf_append(out, "\\", 1, err);
		if (rc == 0)
			rc = buf_append(out, &bytes.data[i], 1, err);
	}
	return rc == 0 ? buf_append(out, ")", 1, err) : -1;
}

static int
is_printable(struct span bytes)
{
	size_t i;

	for (i = 0; i < bytes.len; i++)
		if (bytes.data[i] < ' ' || bytes.data[i] > '~')
			return 0;
	return 1;
}

int
pdf_put_string(struct pdf_put *put, struct span bytes, struct error *err)
{
	const struct pdf_shim *shim = &put->doc->shim;
	struct buf cipher = BUF_INIT(0);
	int rc = -1;

	if (put->plain || !shim->encrypted || shim->strings == PDF_CIPHER_NONE)
		return is_printable(bytes) ? put_literal(put->out, bytes, err)
					   : put_hex(put->out, bytes, err);
	if (pdf_encrypt(shim, shim->strings, put->number, put->generation, bytes, &cipher, err) ==
	    0)
		rc = put_hex(put->out, SPAN_OF(&cipher), err);
	buf_release(&cipher);
	return rc;
}

uint32_t
pdf_next_character(const unsigned char **at)
{
	const unsigned char *p = *at;
	uint32_t c = *p++;
	int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;

	if (more > 0)
		c &= 0x3fu >> more;
	while (more-- > 0)
		c = c << 6 | (*p++ & 0x3fu);
	*at = p;
	return c;
}

static int
append_utf16(struct buf *out, uint32_t c, struct error *err)
{
	unsigned char unit[4];
	size_t n = 2;

	if (c >= 0x10000) {
		uint32_t low = 0xdc00u + ((c - 0x10000) & 0x3ff);

		unit[2] = (unsigned char)(low >> 8);
		unit[3] = (unsigned char)low;
		n = 4;
		c = 0xd800u + ((c - 0x10000) >> 10);
	}
	unit[0] = (unsigned char)(c >> 8);
	unit[1] = (unsigned char)c;
	return buf_append(out, unit, n, err);
}

int
pdf_put_text(struct pdf_put *put, const char *utf8, struct error *err)
{
	const unsigned char *at = (const unsigned char *)utf8, *end = at + strlen(utf8);
	struct buf wide = BUF_INIT(0);
	int rc;

	if (!text_is_utf8(utf8, (size_t)(end - at)))
		return error_set(err, ERROR_MALFORMED, "a text for the PDF is not UTF-8");
	if (is_printable(span_str(utf8)))
		return pdf_put_string(put, span_str(utf8), err);
	rc = append_utf16(&wide, 0xfeff, err);
	while (rc == 0 && at < end)
		rc = append_utf16(&wide, pdf_next_character(&at), err);
	if (rc == 0)
		rc = pdf_put_string(put, SPAN_OF(&wide), err);
	buf_release(&wide);
	return rc;
}

int
pdf_put_date(struct pdf_put *put, int64_t seconds, struct error *err)
{
	char text[40];
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900)
		return error_set(err, ERROR_MALFORMED, "the signing time is out of range");
	strftime(text, sizeof(text), "D:%Y%m%d%H%M%SZ", &tm);
	return pdf_put_string(put, span_str(text), err);
}

/* ---- containers ---- */

static void
free_keys(char **keys, size_t count)
{
	while (count > 0)
		free(keys[--count]);
	free(keys);
}

/* Add a copy of a key; -1 when there is no memory. */
static int
add_key(char ***keys, size_t *count, const char *key)
{
	char **bigger;

	if ((*count & (*count - 1)) == 0) {
		bigger = realloc(*keys, (*count == 0 ? 1 : 2 * *count) * sizeof(**keys));
		if (bigger == NULL)
			return -1;
		*keys = bigger;
	}
	(*keys)[*count] = strdup(key);
	if ((*keys)[*count] == NULL)
		return -1;
	(*count)++;
	return 0;
}

/* All keys of a dictionary, copied: the library's iterator knows only one dictionary at a time. */
static int
copy_keys(struct pdf_doc *doc, qpdf_oh dict, char ***keys, size_t *count, struct error *err)
{
	*keys = NULL;
	*count = 0;
	if (!qpdf_oh_is_dictionary(doc->q, dict))
		return 0; /* a null */
	qpdf_oh_begin_dict_key_iter(doc->q, dict);
	while (qpdf_oh_dict_more_keys(doc->q))
		if (add_key(keys, count, qpdf_oh_dict_next_key(doc->q)) != 0)
			return error_memory(err);
	return 0;
}

static const struct pdf_change *
find_change(const struct pdf_change *changes, size_t count, const char *key)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(changes[i].key, key) == 0)
			return &changes[i];
	return NULL;
}

static int
put_entry(struct pdf_put *put, const char *key, const struct span *text, qpdf_oh value, int depth,
    struct error *err)
{
	if (pdf_put_name(put, key + 1, strlen(key) - 1, err) != 0 ||
	    buf_append(put->out, " ", 1, err) != 0)
		return -1;
	if (text != NULL)
		return buf_append_span(put->out, *text, err);
	return put_nested(put, value, depth, err);
}

static int
put_dict(struct pdf_put *put, qpdf_oh dict, const struct pdf_change *changes, size_t change_count,
    int depth, struct error *err)
{
	size_t i, count;
	char **keys;
	int rc = -1;

	if (copy_keys(put->doc, dict, &keys, &count, err) != 0 ||
	    buf_append(put->out, "<<", 2, err) != 0)
		goto done;
	for (i = 0; i < count; i++) {
		qpdf_oh value;

		if (find_change(changes, change_count, keys[i]) != NULL)
			continue;
		value = pdf_get(put->doc, dict, keys[i]);
		if (put_entry(put, keys[i], NULL, value, depth, err) != 0)
			goto done;
		qpdf_oh_release(put->doc->q, value);
	}
	for (i = 0; i < change_count; i++)
		if (changes[i].text.data != NULL &&
		    put_entry(put, changes[i].key, &changes[i].text, 0, depth, err) != 0)
			goto done;
	rc = buf_append(put->out, ">>", 2, err);
done:
	free_keys(keys, count);
	return rc;
}

static int
put_array(struct pdf_put *put, qpdf_oh array, struct span more, int depth, struct error *err)
{
	int i, n = pdf_array_len(put->doc, array);

	if (buf_append(put->out, "[", 1, err) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(put->doc->q, array, i);

		if ((i > 0 && buf_append(put->out, " ", 1, err) != 0) ||
		    put_nested(put, item, depth, err) != 0)
			return -1;
		qpdf_oh_release(put->doc->q, item);
	}
	if (more.len > 0 && ((n > 0 && buf_append(put->out, " ", 1, err) != 0) ||
				buf_append_span(put->out, more, err) != 0))
		return -1;
	return buf_append(put->out, "]", 1, err);
}

static int
put_string_of(struct pdf_put *put, qpdf_oh value, struct error *err)
{
	struct buf bytes = BUF_INIT(0);
	int rc = pdf_string(put->doc, value, &bytes, err);

	if (rc == 0)
		rc = pdf_put_string(put, SPAN_OF(&bytes), err);
	buf_release(&bytes);
	return rc;
}

static int
put_direct(struct pdf_put *put, qpdf_oh value, int depth, struct error *err)
{
	if (depth > PDF_DEPTH_MAX)
		return error_limit(err, ERROR_LIMIT, "pdf_depth", PDF_DEPTH_MAX, 0,
		    "an object of the PDF is nested too deeply");
	switch (qpdf_oh_get_type_code(put->doc->q, value)) {
	case ot_dictionary:
		return put_dict(put, value, NULL, 0, depth + 1, err);
	case ot_array:
		return put_array(put, value, SPAN_NONE, depth + 1, err);
	case ot_string:
		return put_string_of(put, value, err);
	case ot_null:
	case ot_boolean:
	case ot_integer:
	case ot_real:
	case ot_name:
		return buf_append_str(put->out, qpdf_oh_unparse_resolved(put->doc->q, value), err);
	default:
		return error_set(err, ERROR_UNSUPPORTED,
		    "the PDF holds an object of a kind that must not stand where it stands");
	}
}

static int
put_nested(struct pdf_put *put, qpdf_oh value, int depth, struct error *err)
{
	if (qpdf_oh_is_indirect(put->doc->q, value))
		return buf_printf(put->out, err, "%d %d R",
		    qpdf_oh_get_object_id(put->doc->q, value),
		    qpdf_oh_get_generation(put->doc->q, value));
	return put_direct(put, value, depth, err);
}

int
pdf_put_item(struct pdf_put *put, qpdf_oh value, struct error *err)
{
	return put_nested(put, value, 0, err);
}

int
pdf_put_value(struct pdf_put *put, qpdf_oh value, struct error *err)
{
	return put_direct(put, value, 0, err);
}

int
pdf_put_dict(struct pdf_put *put, qpdf_oh dict, const struct pdf_change *changes, size_t count,
    struct error *err)
{
	return put_dict(put, dict, changes, count, 0, err);
}

int
pdf_put_array(struct pdf_put *put, qpdf_oh array, struct span more, struct error *err)
{
	return put_array(put, array, more, 0, err);
}
