#include "tui/model/audit_record.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"

/* Columns of CSV; numbers are bare. */
static const struct {
	const char *name;
	int is_number;
} columns[] = { { "record", 0 }, { "node", 0 }, { "seq", 1 }, { "time", 0 }, { "request", 0 },
	{ "tenant", 0 }, { "user", 0 }, { "caller", 0 }, { "operation", 0 }, { "object", 0 },
	{ "outcome", 0 }, { "reason", 0 }, { "digest", 0 }, { "sizeIn", 1 }, { "sizeOut", 1 },
	{ "peer", 0 }, { "durationMicroseconds", 1 }, { "previous", 0 }, { "hash", 0 },
	{ "day", 0 }, { "statement", 0 }, { "authority", 0 }, { "token", 0 }, { "version", 1 },
	{ "kind", 0 }, { "since", 0 }, { "until", 0 }, { "rows", 1 }, { "links", 1 } };
#define COLUMNS ((int)(sizeof(columns) / sizeof(columns[0])))

/* ---- texts ---- */

static char *
put_utf8(char *at, unsigned int c)
{
	if (c < 0x80) {
		*at++ = (char)c;
	} else if (c < 0x800) {
		*at++ = (char)(0xc0 | c >> 6);
		*at++ = (char)(0x80 | (c & 0x3f));
	} else {
		*at++ = (char)(0xe0 | c >> 12);
		*at++ = (char)(0x80 | (c >> 6 & 0x3f));
		*at++ = (char)(0x80 | (c & 0x3f));
	}
	return at;
}

static int
read_unit(const char *s, unsigned int *c)
{
	int i, digit;

	*c = 0;
	for (i = 0; i < 4; i++) {
		digit = text_hex_value(s[i]);
		if (digit < 0)
			return -1;
		*c = *c << 4 | (unsigned int)digit;
	}
	return *c != 0 ? 0 : -1;
}

void
audit_unescape(char *text)
{
	char *to = text;
	unsigned int c;

	for (; *text != '\0'; text++)
		if (text[0] == '\\' && text[1] == 'u' && read_unit(text + 2, &c) == 0) {
			to = put_utf8(to, c);
			text += 5;
		} else if (text[0] == '\\' && text[1] == '\\') {
			*to++ = '\\';
			text++;
		} else {
			*to++ = *text;
		}
	*to = '\0';
}

/* ---- writing CSV ---- */

/* The full-width forms of = + - @, which some spreadsheets take for the same. */
static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
	"\xef\xbc\xa0" };

static int
begins_formula(const char *s)
{
	size_t i;

	s += strspn(s, " ");
	if (*s != '\0' && strchr("=+-@", *s) != NULL)
		return 1;
	for (i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (strncmp(s, wide[i], 3) == 0)
			return 1;
	return 0;
}

static void
write_cell(FILE *out, const char *s)
{
	int is_behind = 0; /* what separates cells elsewhere */

	fputc('"', out);
	if (s[0] == '\'' || begins_formula(s))
		fputc('\'', out);
	for (; *s != '\0'; s++) {
		const unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f || (is_behind && strchr("=+-@", *s) != NULL))
			fprintf(out, "\\u%04x", c);
		else if (c == '\\')
			fputs("\\\\", out);
		else if (c == '"')
			fputs("\"\"", out);
		else
			fputc(c, out);
		if (strchr(";,\"|", *s) != NULL || c < 0x20)
			is_behind = 1;
		else if (c != ' ')
			is_behind = 0;
	}
	fputc('"', out);
}

static void
write_csv(FILE *out, const json_t *record)
{
	const json_t *value;
	int i;

	for (i = 0; i < COLUMNS; i++) {
		value = json_object_get(record, columns[i].name);
		if (i > 0)
			fputc(',', out);
		if (json_is_integer(value))
			fprintf(out, "%lld", (long long)json_integer_value(value));
		else if (json_is_string(value))
			write_cell(out, json_string_value(value));
	}
	fputs("\r\n", out);
}

int
audit_record_begin(FILE *out, enum audit_form form)
{
	int i;

	if (form == AUDIT_CSV) {
		for (i = 0; i < COLUMNS; i++)
			fprintf(out, "%s%s", i > 0 ? "," : "", columns[i].name);
		fputs("\r\n", out);
	}
	return ferror(out) ? -1 : 0;
}

int
audit_record_write(FILE *out, enum audit_form form, const json_t *record)
{
	if (form == AUDIT_CSV)
		write_csv(out, record);
	else if (json_dumpf(record, out, JSON_COMPACT | JSON_PRESERVE_ORDER) == 0)
		fputc('\n', out);
	else
		return -1;
	return ferror(out) ? -1 : 0;
}

/* ---- reading ---- */

void
audit_reader_init(struct audit_reader *r, FILE *in)
{
	memset(r, 0, sizeof(*r));
	r->in = in;
	buf_init(&r->text, AUDIT_LINE_MAX);
}

void
audit_reader_release(struct audit_reader *r)
{
	buf_release(&r->text);
}

static int
wrong(const struct audit_reader *r, struct error *err, const char *what)
{
	return error_set(err, ERROR_MALFORMED, "line %lld %s", (long long)r->line, what);
}

static int
add(struct audit_reader *r, int c, struct error *err)
{
	const char byte = (char)c;

	if (buf_append(&r->text, &byte, 1, NULL) == 0)
		return 0;
	return wrong(r, err, "is longer than any line of an export");
}

/* Up to the end of the record: in CSV a line break within quotes is none. 1, 0 at the end, -1. */
static int
read_line(struct audit_reader *r, struct error *err)
{
	int c, in_quotes = 0;

	r->text.len = 0;
	r->line++;
	while ((c = getc_unlocked(r->in)) != EOF) {
		if (c == '\n' && !in_quotes)
			break;
		if (c == '"' && r->form == AUDIT_CSV)
			in_quotes = !in_quotes;
		if (c == '\0')
			return wrong(r, err, "holds a NUL");
		if (add(r, c, err) != 0)
			return -1;
	}
	if (ferror(r->in))
		return error_errno(err, "the file could not be read");
	if (c == EOF && r->text.len == 0)
		return 0;
	if (r->text.len > 0 && r->text.data[r->text.len - 1] == '\r')
		r->text.len--;
	return buf_terminate(&r->text, err) == 0 ? 1 : -1;
}

/* The next cell of the line, unquoted in place; NULL: the line is none. *at is behind its comma. */
static char *
next_cell(char **at, int *is_last)
{
	char *s = *at, *cell = s, *to;

	if (*s != '"') {
		s += strcspn(s, ",");
	} else {
		cell = to = ++s;
		for (; *s != '\0' && (*s != '"' || s[1] == '"'); s++) {
			if (*s == '"')
				s++;
			*to++ = *s;
		}
		if (*s++ != '"')
			return NULL;
		*to = '\0';
	}
	if (*s != ',' && *s != '\0')
		return NULL;
	*is_last = *s == '\0';
	*s = '\0';
	*at = s + 1;
	return cell;
}

static int
column_of(const char *name)
{
	int i;

	for (i = 0; i < COLUMNS; i++)
		if (strcmp(columns[i].name, name) == 0)
			return i;
	return -1;
}

static int
read_head(struct audit_reader *r, struct error *err)
{
	char *at = (char *)r->text.data, *cell;
	int is_last = 0;

	while (!is_last) {
		cell = next_cell(&at, &is_last);
		if (cell == NULL || r->columns == 32)
			return wrong(r, err, "is no head of an export");
		r->order[r->columns++] = column_of(cell);
	}
	return r->order[0] == 0 ? 0 : wrong(r, err, "is no head of an export");
}

static int
put_cell(json_t *record, int column, char *cell)
{
	char *end;
	long long number;

	if (cell[0] == '\0' || column < 0)
		return 0;
	if (columns[column].is_number) {
		number = strtoll(cell, &end, 10);
		return *end == '\0'
			   ? json_object_set_new(record, columns[column].name, json_integer(number))
			   : -1;
	}
	if (cell[0] == '\'')
		cell++;
	audit_unescape(cell);
	return json_object_set_new(record, columns[column].name, json_string(cell));
}

static int
read_csv(struct audit_reader *r, json_t **record, struct error *err)
{
	char *at = (char *)r->text.data, *cell;
	int i, is_last = 0;

	*record = json_object();
	for (i = 0; !is_last && i < r->columns; i++) {
		cell = next_cell(&at, &is_last);
		if (cell == NULL || put_cell(*record, r->order[i], cell) != 0)
			break;
	}
	if (is_last && i == r->columns)
		return 1;
	json_decref(*record);
	*record = NULL;
	return wrong(r, err, "does not have the columns of the first one");
}

static int
read_json(struct audit_reader *r, json_t **record, struct error *err)
{
	*record = json_loadb((char *)r->text.data, r->text.len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(*record))
		return 1;
	json_decref(*record);
	*record = NULL;
	return wrong(r, err, "is no record of an export");
}

int
audit_record_read(struct audit_reader *r, json_t **record, struct error *err)
{
	static const char bom[] = "\xef\xbb\xbf";
	int c, rc;

	*record = NULL;
	if (!r->has_begun) {
		r->has_begun = 1;
		c = getc(r->in);
		ungetc(c, r->in);
		r->form = c == '{' ? AUDIT_JSON_LINES : AUDIT_CSV;
		if (r->form == AUDIT_CSV) {
			rc = read_line(r, err);
			if (rc <= 0)
				return rc;
			if (r->text.len > 3 && memcmp(r->text.data, bom, 3) == 0)
				buf_splice(&r->text, 0, 3, SPAN_NONE, NULL);
			if (buf_terminate(&r->text, err) != 0 || read_head(r, err) != 0)
				return -1;
		}
	}
	rc = read_line(r, err);
	if (rc <= 0)
		return rc;
	return r->form == AUDIT_CSV ? read_csv(r, record, err) : read_json(r, record, err);
}
