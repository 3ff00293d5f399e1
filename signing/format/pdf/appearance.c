#include "signing/format/pdf/appearance.h"

#include <string.h>

#include "signing/format/pdf/image.h"
#include "signing/format/pdf/winansi.h"

#define MARGIN	      2.0
#define FONT_SIZE_MAX 12.0
#define FONT_SIZE_MIN 1.0
#define LEADING	      1.2   /* of the font size */
#define ASCENT	      0.718 /* Helvetica's, of the font size */
#define LINES_MAX     50

struct box {
	double left, bottom, width, height;
};

/* The lines of a text, in WinAnsi; all in one buffer. */
struct lines {
	struct buf bytes;
	size_t end[LINES_MAX];
	unsigned int count, widest; /* in thousandths of the font size */
};

static struct span
line_at(const struct lines *lines, unsigned int i)
{
	size_t from = i > 0 ? lines->end[i - 1] : 0;

	return (struct span){ lines->bytes.data + from, lines->end[i] - from };
}

static int
split_lines(struct lines *lines, const char *text, struct error *err)
{
	unsigned int width;

	for (;;) {
		size_t n = strcspn(text, "\n"), len = n;

		if (lines->count == LINES_MAX)
			return error_limit(err, ERROR_LIMIT, "appearance_lines", LINES_MAX, 0,
			    "too many lines in the appearance");
		if (len > 0 && text[len - 1] == '\r')
			len--;
		if (len > 0 && winansi_from_utf8(&lines->bytes,
				   (struct span){ (const unsigned char *)text, len }, err) != 0)
			return -1;
		lines->end[lines->count++] = lines->bytes.len;
		width = winansi_width(line_at(lines, lines->count - 1));
		if (width > lines->widest)
			lines->widest = width;
		if (text[n] == '\0')
			return 0;
		text += n + 1;
	}
}

static int
put_line(struct buf *content, struct span line, struct error *err)
{
	size_t i;

	if (buf_append_str(content, "<", err) != 0)
		return -1;
	for (i = 0; i < line.len; i++)
		if (buf_printf(content, err, "%02x", line.data[i]) != 0)
			return -1;
	return buf_append_str(content, "> Tj T*\n", err);
}

/* The largest size at which all lines fit, set from the top. */
static int
draw_text(struct buf *content, const struct lines *lines, struct box box, struct error *err)
{
	double size = FONT_SIZE_MAX, fit;
	unsigned int i;

	if (lines->widest > 0 && (fit = box.width * 1000 / lines->widest) < size)
		size = fit;
	if ((fit = box.height / (lines->count * LEADING)) < size)
		size = fit;
	if (size < FONT_SIZE_MIN)
		return error_set(err, ERROR_MALFORMED,
		    "the rectangle of the appearance is too small for its text");
	if (buf_printf(content, err, "BT\n/F1 %.2f Tf %.2f TL 0 g %.2f %.2f Td\n", size,
		size * LEADING, box.left, box.bottom + box.height - size * ASCENT) != 0)
		return -1;
	for (i = 0; i < lines->count; i++)
		if (put_line(content, line_at(lines, i), err) != 0)
			return -1;
	return buf_append_str(content, "ET\n", err);
}

/* As large as fits, in the middle. */
static int
draw_image(struct buf *content, const struct pdf_image *image, struct box box, struct error *err)
{
	double scale = box.width / image->width, width, height;

	if (box.height / image->height < scale)
		scale = box.height / image->height;
	width = image->width * scale;
	height = image->height * scale;
	return buf_printf(content, err, "q %.3f 0 0 %.3f %.3f %.3f cm /Im1 Do Q\n", width, height,
	    box.left + (box.width - width) / 2, box.bottom + (box.height - height) / 2);
}

static int
put_font(struct pdf_update *up, uint32_t *number, struct error *err)
{
	*number = pdf_update_number(up);
	if (pdf_update_object(up, *number, 0, err) != 0 ||
	    buf_append_str(up->out,
		"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>",
		err) != 0)
		return -1;
	return pdf_update_object_end(up, err);
}

static int
has_text(const struct pdf_appearance *a)
{
	return a->text != NULL && a->text[0] != '\0';
}

/* Content stream and resources. */
static int
compose(struct pdf_update *up, const struct pdf_appearance *a, struct box box, struct buf *content,
    struct buf *resources, struct error *err)
{
	struct lines lines = { 0 };
	struct pdf_image image;
	uint32_t font;
	int rc = -1;

	if (a->image.len > 0) {
		struct box place = box;

		if (has_text(a))
			place.width = box.width * 0.4;
		box.left += place.width + MARGIN;
		box.width -= place.width + MARGIN;
		if (pdf_image_write(&image, up, a->image, err) != 0 ||
		    draw_image(content, &image, place, err) != 0 ||
		    buf_printf(resources, err, "/XObject <</Im1 %u 0 R>> ", image.number) != 0)
			goto done;
	}
	if (has_text(a)) {
		if (split_lines(&lines, a->text, err) != 0 || put_font(up, &font, err) != 0 ||
		    draw_text(content, &lines, box, err) != 0 ||
		    buf_printf(resources, err, "/Font <</F1 %u 0 R>> ", font) != 0)
			goto done;
	}
	rc = buf_terminate(resources, err);
done:
	buf_release(&lines.bytes);
	return rc;
}

int
pdf_appearance_write(struct pdf_update *up, const struct pdf_appearance *appearance, double width,
    double height, uint32_t *number, struct error *err)
{
	struct box box = { MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN };
	struct buf content = BUF_INIT(0), resources = BUF_INIT(0), dict = BUF_INIT(0);
	int rc = -1;

	if (!has_text(appearance) && appearance->image.len == 0)
		return error_set(
		    err, ERROR_MALFORMED, "a visible signature needs a text or an image");
	if (!(box.width >= 1 && box.height >= 1))
		return error_set(
		    err, ERROR_MALFORMED, "the rectangle of the visible signature is too small");
	if (compose(up, appearance, box, &content, &resources, err) != 0 ||
	    buf_printf(&dict, err,
		"/Type /XObject /Subtype /Form /BBox [0 0 %.3f %.3f] /Resources <<%s>>", width,
		height, (const char *)resources.data) != 0)
		goto done;
	*number = pdf_update_number(up);
	rc = pdf_update_stream(up, *number, (const char *)dict.data, SPAN_OF(&content), 1, err);
done:
	buf_release(&content);
	buf_release(&resources);
	buf_release(&dict);
	return rc;
}
