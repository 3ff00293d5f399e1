#include "signing/format/pdf/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

static int
check_size(const struct pdf_image *image, struct error *err)
{
	if (image->width == 0 || image->height == 0)
		return error_set(err, ERROR_MALFORMED, "the image has no pixels");
	if ((uint64_t)image->width * image->height > PDF_IMAGE_PIXELS_MAX)
		return error_limit(err, ERROR_TOO_LARGE, "image_pixels", PDF_IMAGE_PIXELS_MAX,
		    (uint64_t)image->width * image->height, "the image has too many pixels");
	return 0;
}

static int
xobject_dict(
    char *out, size_t size, const struct pdf_image *image, const char *space, const char *more)
{
	int n = snprintf(out, size,
	    "/Type /XObject /Subtype /Image /Width %u /Height %u /ColorSpace /%s "
	    "/BitsPerComponent 8%s",
	    image->width, image->height, space, more);

	return n > 0 && (size_t)n < size ? 0 : -1;
}

/* ---- PNG ---- */

/* Part the alpha channel (the last of `channels`) from the colours, in place. */
static void
split_alpha(unsigned char *pixels, size_t count, unsigned int channels, unsigned char *alpha)
{
	size_t i;
	unsigned int c;

	for (i = 0; i < count; i++) {
		for (c = 0; c + 1 < channels; c++)
			pixels[i * (channels - 1) + c] = pixels[i * channels + c];
		alpha[i] = pixels[i * channels + channels - 1];
	}
}

static int
write_mask(struct pdf_image *image, struct pdf_update *up, const unsigned char *alpha,
    uint32_t *number, struct error *err)
{
	struct span data = { alpha, (size_t)image->width * image->height };
	char dict[256];

	*number = pdf_update_number(up);
	if (xobject_dict(dict, sizeof(dict), image, "DeviceGray", "") != 0)
		return error_set(err, ERROR_INTERNAL, "an image could not be written");
	return pdf_update_stream(up, *number, dict, data, 1, err);
}

static int
write_pixels(struct pdf_image *image, struct pdf_update *up, unsigned char *pixels,
    unsigned char *alpha, unsigned int channels, struct error *err)
{
	size_t count = (size_t)image->width * image->height;
	unsigned int colours = alpha != NULL ? channels - 1 : channels;
	char dict[256], mask[32] = "";
	uint32_t number;

	if (alpha != NULL) {
		split_alpha(pixels, count, channels, alpha);
		if (write_mask(image, up, alpha, &number, err) != 0)
			return -1;
		snprintf(mask, sizeof(mask), " /SMask %u 0 R", number);
	}
	if (xobject_dict(
		dict, sizeof(dict), image, colours == 1 ? "DeviceGray" : "DeviceRGB", mask) != 0)
		return error_set(err, ERROR_INTERNAL, "an image could not be written");
	image->number = pdf_update_number(up);
	return pdf_update_stream(
	    up, image->number, dict, (struct span){ pixels, colours * count }, 1, err);
}

static int
write_png(struct pdf_image *image, struct pdf_update *up, struct span file, struct error *err)
{
	png_image png = { .version = PNG_IMAGE_VERSION };
	unsigned char *pixels = NULL, *alpha = NULL;
	unsigned int channels;
	int rc = -1;

	if (!png_image_begin_read_from_memory(&png, file.data, file.len)) {
		error_cause(err, ERROR_MALFORMED, "the image is a damaged PNG", "%s", png.message);
		goto done;
	}
	image->width = png.width;
	image->height = png.height;
	if (check_size(image, err) != 0)
		goto done;
	png.format &= PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA; /* 8 bits, no palette */
	channels = PNG_IMAGE_SAMPLE_CHANNELS(png.format);
	pixels = malloc(PNG_IMAGE_SIZE(png));
	if (png.format & PNG_FORMAT_FLAG_ALPHA)
		alpha = malloc((size_t)image->width * image->height);
	if (pixels == NULL || ((png.format & PNG_FORMAT_FLAG_ALPHA) && alpha == NULL)) {
		error_memory(err);
		goto done;
	}
	if (!png_image_finish_read(&png, NULL, pixels, 0, NULL)) {
		error_cause(err, ERROR_MALFORMED, "the image is a damaged PNG", "%s", png.message);
		goto done;
	}
	rc = write_pixels(image, up, pixels, alpha, channels, err);
done:
	png_image_free(&png);
	free(pixels);
	free(alpha);
	return rc;
}

/* ---- JPEG ---- */

struct jpeg {
	unsigned int components;
	int adobe; /* an APP14 Adobe marker: CMYK values are stored inverted */
};

/* SOF0..SOF2: baseline, extended and progressive Huffman, which are what DCTDecode takes. */
static int
frame_header(struct pdf_image *image, struct jpeg *jpeg, const unsigned char *p, size_t len,
    struct error *err)
{
	if (len < 8 || p[2] != 8)
		return error_set(err, ERROR_UNSUPPORTED, "the JPEG does not have 8 bits a sample");
	image->height = (unsigned int)p[3] << 8 | p[4];
	image->width = (unsigned int)p[5] << 8 | p[6];
	jpeg->components = p[7];
	return check_size(image, err);
}

/* Walk the segments up to the frame header. */
static int
read_jpeg(struct pdf_image *image, struct jpeg *jpeg, struct span file, struct error *err)
{
	const unsigned char *p = file.data + 2, *end = file.data + file.len;
	size_t len;
	int marker;

	while (end - p >= 4 && p[0] == 0xff) {
		marker = p[1];
		if (marker == 0xff || marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
			p += marker == 0xff ? 1 : 2;
			continue;
		}
		p += 2;
		len = (size_t)p[0] << 8 | p[1];
		if (len < 2 || len > (size_t)(end - p))
			break;
		if (marker >= 0xc0 && marker <= 0xc2)
			return frame_header(image, jpeg, p, len, err);
		if (marker >= 0xc3 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
		    marker != 0xcc)
			return error_set(err, ERROR_UNSUPPORTED,
			    "the JPEG is lossless, hierarchical or arithmetically coded");
		if (marker == 0xee && len >= 7 && memcmp(p + 2, "Adobe", 5) == 0)
			jpeg->adobe = 1;
		p += len;
	}
	return error_set(err, ERROR_MALFORMED, "the image is a damaged JPEG");
}

static int
write_jpeg(struct pdf_image *image, struct pdf_update *up, struct span file, struct error *err)
{
	static const char *const spaces[] = { NULL, "DeviceGray", NULL, "DeviceRGB", "DeviceCMYK" };
	struct jpeg jpeg = { 0 };
	char dict[256];

	if (read_jpeg(image, &jpeg, file, err) != 0)
		return -1;
	if (jpeg.components > 4 || spaces[jpeg.components] == NULL)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the JPEG has %u colour components; 1, 3 or 4 are supported", jpeg.components);
	if (xobject_dict(dict, sizeof(dict), image, spaces[jpeg.components],
		jpeg.components == 4 && jpeg.adobe ? " /Filter /DCTDecode /Decode [1 0 1 0 1 0 1 0]"
						   : " /Filter /DCTDecode") != 0)
		return error_set(err, ERROR_INTERNAL, "an image could not be written");
	image->number = pdf_update_number(up);
	return pdf_update_stream(up, image->number, dict, file, 0, err);
}

int
pdf_image_write(struct pdf_image *image, struct pdf_update *up, struct span file, struct error *err)
{
	static const unsigned char png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };

	memset(image, 0, sizeof(*image));
	if (file.len > sizeof(png) && memcmp(file.data, png, sizeof(png)) == 0)
		return write_png(image, up, file, err);
	if (file.len > 4 && file.data[0] == 0xff && file.data[1] == 0xd8)
		return write_jpeg(image, up, file, err);
	return error_set(err, ERROR_UNSUPPORTED, "the image is neither a PNG nor a JPEG");
}
