#include "signing/format/pdf/rule_shown.h"

#include <stdlib.h>
#include <string.h>

/* How far up a field's parents are asked for what it inherits. */
#define PARENTS_MAX 20
#define FF_PASSWORD (1 << 13)
#define FF_RICH	    (1 << 25)

static const struct pdf_node *
follow(struct pdf_step *step, struct pdf_doc *doc, const struct pdf_node *value)
{
	return doc == step->old ? step_old(step, value) : step_new(step, value);
}

static const struct pdf_node *
get(struct pdf_step *step, struct pdf_doc *doc, const struct pdf_node *dict, const char *key)
{
	return follow(step, doc, pdf_node_get(dict, key));
}

/* Of the field, or of the nearest parent that has it. */
static const struct pdf_node *
inherited(struct pdf_step *step, struct pdf_doc *doc, const struct pdf_node *field, const char *key)
{
	const struct pdf_node *value = get(step, doc, field, key);
	int i;

	for (i = 0; value->type == PDF_NULL && i < PARENTS_MAX; i++) {
		field = get(step, doc, field, "/Parent");
		value = get(step, doc, field, key);
	}
	return value;
}

int
stream_data(struct pdf_step *step, struct pdf_doc *doc, const struct pdf_node *ref, struct buf *out)
{
	const struct pdf_node *dict = follow(step, doc, ref);
	const struct pdf_node *length = get(step, doc, dict, "/Length");
	unsigned char *data = NULL;
	size_t len = 0;
	qpdf_oh oh;
	int rc = 0;

	if (ref->type != PDF_REF || !dict->is_stream || length->type != PDF_INTEGER ||
	    length->number > STREAM_RAW_MAX)
		return 0;
	oh = qpdf_get_object_by_id(doc->q, (int)ref->ref.number, (int)ref->ref.generation);
	if (step_data(doc, oh, 1, &data, &len) == 0) {
		rc = buf_append(out, data, len, step->err) == 0;
		step->failed |= !rc;
	}
	free(data);
	qpdf_oh_release(doc->q, oh);
	return rc;
}

/* ---- the texts of a content stream ---- */

struct scan {
	const unsigned char *at, *end;
	struct buf *operands; /* strings since the last operator */
	struct buf *texts;
	int unknown;
	struct error *err;
};

static int
is_space(unsigned char c)
{
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static void
add_byte(struct scan *s, unsigned char c)
{
	if (buf_append(s->operands, &c, 1, s->err) != 0)
		s->unknown = 1;
}

/* Behind a backslash. */
static void
scan_escape(struct scan *s)
{
	static const char letters[] = "nrtbf", codes[] = "\n\r\t\b\f";
	const char *known;
	unsigned int code = 0, digits;

	if (s->at == s->end)
		return;
	for (digits = 0; digits < 3 && s->at < s->end && *s->at >= '0' && *s->at <= '7'; digits++)
		code = code * 8 + (unsigned int)(*s->at++ - '0');
	if (digits > 0) {
		add_byte(s, (unsigned char)code);
		return;
	}
	known = strchr(letters, *s->at);
	if (*s->at != '\n' && *s->at != '\r') /* else the line goes on */
		add_byte(s, known != NULL ? (unsigned char)codes[known - letters] : *s->at);
	s->at++;
}

static void
scan_string(struct scan *s)
{
	int open = 1;

	for (s->at++; s->at < s->end; s->at++) {
		if (*s->at == '\\') {
			s->at++;
			scan_escape(s);
			s->at--;
			continue;
		}
		open += (*s->at == '(') - (*s->at == ')');
		if (open == 0)
			break;
		add_byte(s, *s->at);
	}
	s->at += s->at < s->end;
}

static void
scan_hex(struct scan *s)
{
	unsigned int value = 0, digits = 0;

	for (s->at++; s->at < s->end && *s->at != '>'; s->at++) {
		unsigned char c = *s->at | 0x20;

		if (is_space(*s->at))
			continue;
		value = value << 4 | (c >= 'a' ? c - 'a' + 10u : c - '0' - 0u);
		if (++digits % 2 == 0)
			add_byte(s, (unsigned char)value);
	}
	if (digits % 2 != 0)
		add_byte(s, (unsigned char)(value << 4));
	s->at += s->at < s->end;
}

static void
scan_operator(struct scan *s)
{
	static const char *const shows[] = { "Tj", "TJ", "'", "\"" };
	const unsigned char *from = s->at;
	size_t i, len;

	while (s->at < s->end && !is_space(*s->at) && strchr("()<>[]{}/%", *s->at) == NULL)
		s->at++;
	len = (size_t)(s->at - from);
	/* Drawn by reference, or an image in the content: what it shows is not seen here. */
	if ((len == 2 && memcmp(from, "Do", 2) == 0) || (len == 2 && memcmp(from, "BI", 2) == 0))
		s->unknown = 1;
	if (len > 0 && ((*from >= '0' && *from <= '9') || strchr("+-.", *from) != NULL))
		return; /* a number */
	for (i = 0; i < sizeof(shows) / sizeof(shows[0]); i++)
		if (len == strlen(shows[i]) && memcmp(from, shows[i], len) == 0 &&
		    buf_append_span(s->texts, SPAN_OF(s->operands), s->err) != 0)
			s->unknown = 1;
	s->operands->len = 0;
}

/* All that the content shows, in its order; -1 when that cannot be told. */
static int
scan_texts(struct span content, struct buf *texts, struct error *err)
{
	struct buf operands = BUF_INIT(0);
	struct scan s = { content.data, content.data + content.len, &operands, texts, 0, err };

	while (s.at < s.end && !s.unknown) {
		if (is_space(*s.at) || strchr("[]{}>)", *s.at) != NULL)
			s.at++;
		else if (*s.at == '%')
			while (s.at < s.end && *s.at != '\n' && *s.at != '\r')
				s.at++;
		else if (*s.at == '(')
			scan_string(&s);
		else if (*s.at == '<' && s.at + 1 < s.end && s.at[1] == '<')
			s.at += 2;
		else if (*s.at == '<')
			scan_hex(&s);
		else if (*s.at == '/') /* a name */
			for (s.at++; s.at < s.end && !is_space(*s.at) &&
				     strchr("()<>[]{}/%", *s.at) == NULL;)
				s.at++;
		else
			scan_operator(&s);
	}
	buf_release(&operands);
	return s.unknown ? -1 : 0;
}

/* ---- comparing ---- */

/* Drop white space; 0 when all that is left is printable ASCII. */
static int
squeeze(struct buf *text)
{
	size_t i, n = 0;
	int odd = 0;

	for (i = 0; i < text->len; i++) {
		if (is_space(text->data[i]))
			continue;
		odd |= text->data[i] < 0x21 || text->data[i] > 0x7e;
		text->data[n++] = text->data[i];
	}
	text->len = n;
	return odd;
}

static enum shown
compare_text(struct pdf_step *step, struct pdf_doc *doc, const struct pdf_node *stream,
    const struct pdf_node *value)
{
	struct buf content = BUF_INIT(0), texts = BUF_INIT(0), wanted = BUF_INIT(0);
	enum shown shown = SHOWN_UNKNOWN;
	int odd;

	if (stream_data(step, doc, stream, &content) &&
	    scan_texts(SPAN_OF(&content), &texts, step->err) == 0 &&
	    buf_append(&wanted, value->type == PDF_STRING ? value->text : "",
		value->type == PDF_STRING ? value->count : 0, step->err) == 0) {
		odd = squeeze(&texts) | squeeze(&wanted);
		if (span_equal(SPAN_OF(&texts), SPAN_OF(&wanted)))
			shown = SHOWN_VALUE;
		else if (!odd) /* other characters depend on the font's encoding */
			shown = SHOWN_OTHER;
	}
	buf_release(&content);
	buf_release(&texts);
	buf_release(&wanted);
	return shown;
}

enum shown
field_shown(struct pdf_step *step, struct pdf_doc *doc, const struct pdf_node *field)
{
	const struct pdf_node *flags = inherited(step, doc, field, "/Ff");
	const struct pdf_node *value = inherited(step, doc, field, "/V");
	const struct pdf_node *ap = get(step, doc, field, "/AP");

	if (!pdf_node_is_name(inherited(step, doc, field, "/FT"), "/Tx") || ap->type != PDF_DICT ||
	    inherited(step, doc, field, "/AA")->type != PDF_NULL ||
	    inherited(step, doc, field, "/RV")->type != PDF_NULL ||
	    (flags->type == PDF_INTEGER && (flags->number & (FF_PASSWORD | FF_RICH)) != 0) ||
	    (value->type != PDF_STRING && value->type != PDF_NULL))
		return SHOWN_UNKNOWN;
	return compare_text(step, doc, pdf_node_get(ap, "/N"), value);
}
