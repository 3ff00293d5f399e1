/* The PDF around the sheets: ISO 32000-1, with one font inside. */
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "server/base/text.h"
#include "signing/report/markup.h"
#include "signing/report/sheets.h"

enum { CATALOG = 1, PAGES, FONT, DESCENDANT, DESCRIPTOR, FONT_FILE, TO_UNICODE, INFO, FIRST_PAGE };
#define FONT_NAME "SIGNET+DejaVuSans"

struct pdf {
	struct buf *out;
	size_t start;
	size_t *offsets; /* of each object */
	size_t objects;
	struct error *err;
};

static int
begin(struct pdf *p, size_t number)
{
	p->offsets[number] = p->out->len - p->start;
	return buf_printf(p->out, p->err, "%zu 0 obj\n", number);
}

static int
stream(struct pdf *p, size_t number, struct span bytes, const char *more)
{
	uLongf len = compressBound(bytes.len);
	unsigned char *packed = malloc(len);
	int rc = -1;

	if (packed == NULL)
		return error_memory(p->err);
	if (compress2(packed, &len, bytes.data, bytes.len, 9) != Z_OK)
		error_set(p->err, ERROR_INTERNAL, "a stream of the PDF could not be packed");
	else if (begin(p, number) == 0 &&
		 buf_printf(p->out, p->err, "<< /Length %lu /Filter /FlateDecode%s >>\nstream\n",
		     (unsigned long)len, more) == 0 &&
		 buf_append(p->out, packed, len, p->err) == 0)
		rc = buf_append_str(p->out, "\nendstream\nendobj\n", p->err);
	free(packed);
	return rc;
}

/* ---- the font ---- */

static int
widths(struct pdf *p, const struct sheets *s)
{
	unsigned int i;

	for (i = 0; i < s->font.glyphs; i++)
		if (s->used[i] &&
		    buf_printf(p->out, p->err, "%u [%u]\n", i, font_width(&s->font, i)) != 0)
			return -1;
	return 0;
}

static int
font_objects(struct pdf *p, const struct sheets *s)
{
	const int *box = s->font.box;

	if (begin(p, FONT) != 0 ||
	    buf_printf(p->out, p->err,
		"<< /Type /Font /Subtype /Type0 /BaseFont /" FONT_NAME
		" /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>\nendobj\n",
		DESCENDANT, TO_UNICODE) != 0 ||
	    begin(p, DESCENDANT) != 0 ||
	    buf_printf(p->out, p->err,
		"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /" FONT_NAME
		" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
		" /CIDToGIDMap /Identity /DW 600 /FontDescriptor %d 0 R /W [",
		DESCRIPTOR) != 0 ||
	    widths(p, s) != 0 || buf_append_str(p->out, "] >>\nendobj\n", p->err) != 0 ||
	    begin(p, DESCRIPTOR) != 0)
		return -1;
	return buf_printf(p->out, p->err,
	    "<< /Type /FontDescriptor /FontName /" FONT_NAME
	    " /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %d /Descent %d"
	    " /CapHeight 729 /StemV 80 /FontFile2 %d 0 R >>\nendobj\n",
	    box[0], box[1], box[2], box[3], s->font.ascent, s->font.descent, FONT_FILE);
}

static int
font_file(struct pdf *p, struct sheets *s)
{
	struct buf file = BUF_INIT(0);
	char length[40];
	int rc = font_subset(&s->font, s->used, &file, p->err);

	snprintf(length, sizeof(length), " /Length1 %zu", file.len);
	if (rc == 0)
		rc = stream(p, FONT_FILE, SPAN_OF(&file), length);
	buf_release(&file);
	return rc;
}

static int
utf16(struct buf *out, uint32_t c, struct error *err)
{
	if (c < 0x10000)
		return buf_printf(out, err, "%04X", (unsigned int)c);
	return buf_printf(out, err, "%04X%04X", (unsigned int)(0xd800 + ((c - 0x10000) >> 10)),
	    (unsigned int)(0xdc00 + ((c - 0x10000) & 0x3ff)));
}

/* Clause 9.10.3: so that text can be searched and copied. */
static int
to_unicode(struct pdf *p, const struct sheets *s)
{
	struct buf map = BUF_INIT(0);
	unsigned int i;
	int rc;

	rc = buf_append_str(&map,
	    "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
	    "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
	    "/CMapName /Signet def /CMapType 2 def\n"
	    "1 begincodespacerange <0000> <FFFF> endcodespacerange\n",
	    p->err);
	for (i = 0; rc == 0 && i < s->font.glyphs; i++) {
		if (s->meaning[i] == 0)
			continue;
		rc = buf_printf(&map, p->err, "1 beginbfchar <%04X> <", i);
		if (rc == 0)
			rc = utf16(&map, s->meaning[i], p->err);
		if (rc == 0)
			rc = buf_append_str(&map, "> endbfchar\n", p->err);
	}
	if (rc == 0)
		rc = buf_append_str(&map,
		    "endcmap CMapName currentdict /CMap defineresource pop end end\n", p->err);
	if (rc == 0)
		rc = stream(p, TO_UNICODE, SPAN_OF(&map), "");
	buf_release(&map);
	return rc;
}

/* ---- pages ---- */

/* A text string as UTF-16 with its mark, in hex. */
static int
text_string(struct buf *out, const char *text, struct error *err)
{
	size_t len;
	uint32_t c;

	if (buf_append_str(out, "<FEFF", err) != 0)
		return -1;
	for (; (c = text_next(text, &len)) != 0; text += len)
		if (utf16(out, c, err) != 0)
			return -1;
	return buf_append_str(out, ">", err);
}

static int
pages(struct pdf *p, const struct sheets *s)
{
	size_t i;

	if (begin(p, PAGES) != 0 ||
	    buf_printf(p->out, p->err, "<< /Type /Pages /Count %zu /Kids [", s->count) != 0)
		return -1;
	for (i = 0; i < s->count; i++)
		if (buf_printf(p->out, p->err, "%zu 0 R\n", FIRST_PAGE + 2 * i) != 0)
			return -1;
	if (buf_append_str(p->out, "] >>\nendobj\n", p->err) != 0)
		return -1;
	for (i = 0; i < s->count; i++)
		if (begin(p, FIRST_PAGE + 2 * i) != 0 ||
		    buf_printf(p->out, p->err,
			"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /Contents %zu 0 R"
			" /Resources << /Font << /F1 %d 0 R >> >> >>\nendobj\n",
			PAGES, (int)SHEET_WIDTH, (int)SHEET_HEIGHT, FIRST_PAGE + 2 * i + 1,
			FONT) != 0 ||
		    stream(p, FIRST_PAGE + 2 * i + 1, SPAN_OF(&s->pages[i]), "") != 0)
			return -1;
	return 0;
}

static int
properties(struct pdf *p, const char *title, int64_t made)
{
	const time_t seconds = (time_t)made;
	char date[40] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL)
		strftime(date, sizeof(date), "D:%Y%m%d%H%M%SZ", &tm);
	if (begin(p, INFO) != 0 || buf_append_str(p->out, "<< /Title ", p->err) != 0 ||
	    text_string(p->out, title, p->err) != 0 ||
	    buf_printf(
		p->out, p->err, " /Producer (Signet) /CreationDate (%s) >>\nendobj\n", date) != 0 ||
	    begin(p, CATALOG) != 0)
		return -1;
	return buf_printf(p->out, p->err,
	    "<< /Type /Catalog /Pages %d 0 R /Lang (en)"
	    " /ViewerPreferences << /DisplayDocTitle true >> >>\nendobj\n",
	    PAGES);
}

static int
trailer(struct pdf *p)
{
	unsigned char digest[32];
	const size_t at = p->out->len - p->start;
	char id[33];
	size_t i;

	SHA256(p->out->data + p->start, at, digest);
	text_hex(id, digest, 16);
	if (buf_printf(p->out, p->err, "xref\n0 %zu\n0000000000 65535 f \n", p->objects) != 0)
		return -1;
	for (i = 1; i < p->objects; i++)
		if (buf_printf(p->out, p->err, "%010zu 00000 n \n", p->offsets[i]) != 0)
			return -1;
	return buf_printf(p->out, p->err,
	    "trailer\n<< /Size %zu /Root %d 0 R /Info %d 0 R /ID [<%s> <%s>] >>\n"
	    "startxref\n%zu\n%%%%EOF\n",
	    p->objects, CATALOG, INFO, id, id, at);
}

int
sheets_write(struct sheets *s, struct buf *out, const char *title, int64_t made, struct error *err)
{
	struct pdf p = { .out = out, .start = out->len, .err = err };
	int rc = -1;

	if (s->failed)
		return -1;
	p.objects = FIRST_PAGE + 2 * s->count;
	p.offsets = calloc(p.objects, sizeof(*p.offsets));
	if (p.offsets == NULL)
		return error_memory(err);
	/* The subset adds what glyphs are composed of: the widths come after it. */
	if (buf_append_str(out, "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", err) == 0 &&
	    font_file(&p, s) == 0 && font_objects(&p, s) == 0 && to_unicode(&p, s) == 0 &&
	    pages(&p, s) == 0 && properties(&p, title, made) == 0)
		rc = trailer(&p);
	if (rc != 0)
		out->len = p.start;
	free(p.offsets);
	return rc;
}
