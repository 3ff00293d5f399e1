/* What is seen of a signature, as mutool draws it and qpdf reads it. */
#include "signing/format/pdf/appearance.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/pdf/crypt.h"
#include "signing/format/pdf/date.h"
#include "signing/format/pdf/winansi.h"
#include "server/base/text.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/signers.h"
#include "tests/support/suite.h"

static struct test_signer signer;
static struct buf sample;
static const struct sign_options level_b = { .signing_time = TEST_TIME, .claim_time = 1 };

static int
setup(void)
{
	static const struct pdf_sample plain = { 0 };
	struct error err = ERROR_INIT;

	return test_signer_make(&signer, "P-256", NULL) != 0 ||
	       pdf_sample_make(&sample, &plain, &err) != 0;
}

static int
teardown(void)
{
	test_signer_free(&signer);
	buf_release(&sample);
	return 0;
}

/* A PNG of one colour, in a format of libpng's simplified interface. */
static void
make_png(struct buf *out, unsigned int width, unsigned int height, unsigned int format,
    const unsigned char pixel[4])
{
	png_image png = { .version = PNG_IMAGE_VERSION };
	unsigned int channels = PNG_IMAGE_SAMPLE_CHANNELS(format);
	unsigned char *pixels = malloc((size_t)width * height * channels), *at;
	struct error err = ERROR_INIT;
	png_alloc_size_t size = 0;
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(pixels);
	for (i = 0; i < (size_t)width * height; i++)
		memcpy(pixels + i * channels, pixel, channels);
	png.width = width;
	png.height = height;
	png.format = format;
	CU_ASSERT_FATAL(png_image_write_to_memory(&png, NULL, &size, 0, pixels, 0, NULL) != 0);
	at = buf_reserve(out, size, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	CU_ASSERT_FATAL(png_image_write_to_memory(&png, at, &size, 0, pixels, 0, NULL) != 0);
	out->len += size;
	free(pixels);
}

static int
sign_with(struct buf *out, const struct pdf_appearance *appearance, struct error *err)
{
	const struct pdf_sign_options pdf = { .appearance = appearance };

	return pdf_sign(out, SPAN_OF(&sample), &signer.key, &level_b, &pdf, err);
}

/* The colour of the page at a point, drawn at one dot a point (0, 0: left, top); -1: not drawn. */
static int
colour_at(struct span pdf, unsigned int page, unsigned int x, unsigned int y, unsigned char rgb[3])
{
	struct buf ppm = BUF_INIT(0);
	unsigned int width, height;
	char command[100];
	size_t at;
	int n, rc = -1;

	snprintf(command, sizeof(command), "sh -c 'pdftoppm -r 72 -f %u -l %u \"$0\"'", page, page);
	if (pdf_sample_judge(&ppm, pdf, command) == 0 &&
	    sscanf((const char *)ppm.data, "P6 %u %u 255%n", &width, &height, &n) == 2) {
		at = (size_t)n + 1 + 3 * ((size_t)y * width + x);
		if (at + 3 <= ppm.len) {
			memcpy(rgb, ppm.data + at, 3);
			rc = 0;
		}
	}
	buf_release(&ppm);
	return rc;
}

static void
a_png_of_each_kind_is_drawn_in_its_colour(void)
{
	static const struct {
		unsigned int format;
		unsigned char pixel[4], seen[3];
	} rows[] = {
		{ PNG_FORMAT_RGB, { 255, 0, 0 }, { 255, 0, 0 } },
		{ PNG_FORMAT_GRAY, { 128 }, { 128, 128, 128 } },
		{ PNG_FORMAT_RGBA, { 0, 0, 255, 255 }, { 0, 0, 255 } },
		{ PNG_FORMAT_RGBA, { 0, 0, 255, 0 }, { 255, 255, 255 } },
		{ PNG_FORMAT_GA, { 0, 0 }, { 255, 255, 255 } },
	};
	struct pdf_appearance appearance = { 2, { 100, 642, 300, 742 }, NULL, SPAN_NONE };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf png = BUF_INIT(0), out = BUF_INIT(0);
		struct error err = ERROR_INIT;
		unsigned char rgb[3];
		int c;

		make_png(&png, 20, 10, rows[i].format, rows[i].pixel);
		appearance.image = SPAN_OF(&png);
		ASSERT_OK(sign_with(&out, &appearance, &err), &err);
		CU_ASSERT_EQUAL_FATAL(colour_at(SPAN_OF(&out), 2, 200, 150, rgb), 0);
		for (c = 0; c < 3; c++)
			CU_ASSERT(abs(rgb[c] - rows[i].seen[c]) <= 3);
		CU_ASSERT_EQUAL(colour_at(SPAN_OF(&out), 2, 400, 150, rgb), 0);
		CU_ASSERT(rgb[0] == 255 && rgb[1] == 255 && rgb[2] == 255); /* outside */
		buf_release(&png);
		buf_release(&out);
	}
}

/* The text that pdftotext finds, without form feeds. */
static int
text_has(struct span pdf, const char *wanted)
{
	struct buf said = BUF_INIT(0);
	int has;

	pdf_sample_judge(&said, pdf, "sh -c 'pdftotext -enc UTF-8 \"$0\" -'");
	has = pdf_sample_find(SPAN_OF(&said), wanted, 0) < said.len;
	buf_release(&said);
	return has;
}

static void
text_beside_an_image_can_be_read_again(void)
{
	static const unsigned char red[4] = { 255, 0, 0 };
	struct pdf_appearance appearance = { 1, { 300, 180, 100, 100 }, /* corners in any order */
		"Signed by Jörg Müller\r\nfor 1,000 € (net)\n\\ ), ok", SPAN_NONE };
	struct buf png = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	make_png(&png, 8, 8, PNG_FORMAT_RGB, red);
	ASSERT_OK(sign_with(&out, &appearance, &err), &err);
	CU_ASSERT(text_has(SPAN_OF(&out), "Signed by Jörg Müller\nfor 1,000 € (net)\n\\ ), ok"));
	out.len = 0;
	appearance.image = SPAN_OF(&png);
	ASSERT_OK(sign_with(&out, &appearance, &err), &err);
	CU_ASSERT(text_has(SPAN_OF(&out), "for 1,000 € (net)"));
	buf_release(&png);
	buf_release(&out);
}

/* SOI, a frame header, EOI: all that is looked at here. */
static void
a_jpeg_goes_in_as_it_is_or_is_refused_with_its_reason(void)
{
	static const struct {
		unsigned char sof, bits, components, adobe;
		enum error_kind kind;
		const char *must_have;
	} rows[] = {
		{ 0xc0, 8, 3, 0, ERROR_NONE, "/DeviceRGB" },
		{ 0xc2, 8, 1, 0, ERROR_NONE, "/DeviceGray" },
		{ 0xc1, 8, 4, 0, ERROR_NONE, "/DeviceCMYK" },
		{ 0xc0, 8, 4, 1, ERROR_NONE, "/Decode [1 0 1 0 1 0 1 0]" },
		{ 0xc0, 12, 3, 0, ERROR_UNSUPPORTED, NULL },
		{ 0xc0, 8, 2, 0, ERROR_UNSUPPORTED, NULL },
		{ 0xc9, 8, 3, 0, ERROR_UNSUPPORTED, NULL },
	};
	struct pdf_appearance appearance = { 1, { 10, 10, 90, 60 }, NULL, SPAN_NONE };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char jpeg[64] = { 0xff, 0xd8 }, *p = jpeg + 2;
		struct buf out = BUF_INIT(0);
		struct error err = ERROR_INIT;

		if (rows[i].adobe) {
			memcpy(p,
			    "\xff\xee\x00\x0e"
			    "Adobe\x00\x64\x00\x00\x00\x00\x02",
			    16);
			p += 16;
		}
		memcpy(p, "\xff\x00\x00\x0b\x08\x00\x10\x00\x20\x03", 10);
		p[1] = rows[i].sof;
		p[4] = rows[i].bits;
		p[9] = rows[i].components;
		memcpy(p + 10, "\x00\x00\x00\xff\xd9", 5);
		appearance.image = (struct span){ jpeg, (size_t)(p + 15 - jpeg) };
		CU_ASSERT_EQUAL(
		    sign_with(&out, &appearance, &err) != 0, rows[i].kind != ERROR_NONE);
		CU_ASSERT_EQUAL(err.kind, rows[i].kind);
		if (rows[i].must_have != NULL)
			CU_ASSERT(pdf_sample_find(SPAN_OF(&out), rows[i].must_have, 0) < out.len);
		buf_release(&out);
	}
}

static void
what_cannot_be_shown_is_refused(void)
{
	static const unsigned char red[4] = { 255, 0, 0 };
	static const char wide[] = "a line that is much too long for a box of a few points";
	struct buf png = BUF_INIT(0), out = BUF_INIT(0);
	struct pdf_appearance rows[] = {
		{ 1, { 0, 0, 100, 50 }, NULL, SPAN_NONE },
		{ 1, { 0, 0, 0, 0 }, "x", SPAN_NONE },
		{ 1, { 0, 0, 6, 6 }, wide, SPAN_NONE },
		{ 1, { 0, 0, 1.0 / 0.0, 50 }, "x", SPAN_NONE },
		{ 1, { 0, 0, 100, 50 }, "\xff", SPAN_NONE },
		{ 1, { 0, 0, 100, 50 }, "Łódź", SPAN_NONE },
		{ 1, { 0, 0, 100, 50 }, NULL, { (const unsigned char *)"GIF89a....", 10 } },
		{ 1, { 0, 0, 100, 50 }, NULL, SPAN_NONE },
		{ 1, { 0, 0, 100, 50 }, NULL, SPAN_NONE },
		{ 0, { 0, 0, 100, 50 }, "x", SPAN_NONE },
		{ 3, { 0, 0, 100, 50 }, "x", SPAN_NONE },
	};
	static const enum error_kind kinds[] = { ERROR_MALFORMED, ERROR_MALFORMED, ERROR_MALFORMED,
		ERROR_MALFORMED, ERROR_MALFORMED, ERROR_UNSUPPORTED, ERROR_UNSUPPORTED,
		ERROR_MALFORMED, ERROR_MALFORMED, ERROR_NOT_FOUND, ERROR_NOT_FOUND };
	size_t i;

	make_png(&png, 30, 30, PNG_FORMAT_RGB, red);
	rows[7].image = (struct span){ png.data, png.len / 2 };
	rows[8].image = (struct span){ png.data, 9 };
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(sign_with(&out, &rows[i], &err), -1);
		CU_ASSERT_EQUAL(err.kind, kinds[i]);
		if (err.kind != kinds[i])
			fprintf(stderr, "row %zu: %s\n", i, err.text);
		CU_ASSERT_EQUAL(out.len, 0);
	}
	buf_release(&png);
	buf_release(&out);
}

static void
an_image_of_too_many_pixels_is_not_decoded(void)
{
	static const unsigned char grey[4] = { 9 };
	struct pdf_appearance appearance = { 1, { 0, 0, 100, 50 }, NULL, SPAN_NONE };
	struct buf png = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	make_png(&png, 4097, 4096, PNG_FORMAT_GRAY, grey);
	appearance.image = SPAN_OF(&png);
	CU_ASSERT_EQUAL(sign_with(&out, &appearance, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_TOO_LARGE);
	CU_ASSERT_STRING_EQUAL(err.limit, "image_pixels");
	buf_release(&png);
	buf_release(&out);
}

/* ---- small parts ---- */

static void
dates_of_pdf_are_read(void)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: refused */
	} rows[] = {
		{ "D:20260301120000Z", TEST_TIME },
		{ "D:20260301120000", TEST_TIME },
		{ "D:20260301130000+01'00'", TEST_TIME },
		{ "D:20260301073000-04'30", TEST_TIME },
		{ "20260301120000Z00'00'", TEST_TIME },
		{ "D:2026", 1767225600 },
		{ "D:20260301", TEST_TIME - 12 * 3600 },
		{ "", -1 },
		{ "D:", -1 },
		{ "D:20261301", -1 },
		{ "D:2026030112000", -1 },
		{ "D:20260301120000+1", -1 },
		{ "D:20260301120000+01'00'x", -1 },
		{ "1 March 2026", -1 },
	};
	int64_t seconds;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = pdf_date_parse(rows[i].text, &seconds);

		CU_ASSERT_EQUAL(rc, rows[i].seconds >= 0 ? 0 : -1);
		if (rc == 0 && seconds != rows[i].seconds)
			CU_FAIL(rows[i].text);
	}
}

/* Test vectors that are known for RC4. */
static void
rc4_gives_what_it_gives_elsewhere(void)
{
	unsigned char a[] = "Plaintext", b[] = "Attack at dawn";
	char hex[40];

	pdf_rc4((const unsigned char *)"Key", 3, a, 9);
	CU_ASSERT_STRING_EQUAL(text_hex(hex, a, 9), "bbf316e8d940af0ad3");
	pdf_rc4((const unsigned char *)"Secret", 6, b, 14);
	CU_ASSERT_STRING_EQUAL(text_hex(hex, b, 14), "45a01f645fc35b383552544b9bf5");
}

static void
text_becomes_winansi_or_names_the_character(void)
{
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(winansi_from_utf8(&out, span_str("A€é\tŸ–"), &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&out), span_str("A\x80\xe9 \x9f\x96")));
	CU_ASSERT_EQUAL(winansi_width(span_str("Wii ")), 944 + 222 + 222 + 278);
	CU_ASSERT_EQUAL(winansi_from_utf8(&out, span_str("ok Ω"), &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "U+03A9"));
	buf_release(&out);
}

static const struct test tests[] = {
	TEST(a_png_of_each_kind_is_drawn_in_its_colour),
	TEST(text_beside_an_image_can_be_read_again),
	TEST(a_jpeg_goes_in_as_it_is_or_is_refused_with_its_reason),
	TEST(what_cannot_be_shown_is_refused),
	TEST(an_image_of_too_many_pixels_is_not_decoded),
	TEST(dates_of_pdf_are_read),
	TEST(rc4_gives_what_it_gives_elsewhere),
	TEST(text_becomes_winansi_or_names_the_character),
	TEST_END,
};
const struct suite suite_signing_format_pdf_appearance = { "signing/format/pdf/appearance", setup,
	teardown, tests };
