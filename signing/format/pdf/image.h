/* signing/format/pdf/image.h: PNG and JPEG files as image XObjects (ISO 32000-2 clause 8.9). */
#ifndef SIGNET_FORMAT_PDF_IMAGE_H
#define SIGNET_FORMAT_PDF_IMAGE_H

#include "signing/format/pdf/update.h"

/* More pixels than that are not decoded. */
#define PDF_IMAGE_PIXELS_MAX (16u << 20)

struct pdf_image {
	unsigned int width, height;
	uint32_t number; /* of the XObject */
};

/*
 * Write the image into the update. A PNG is decoded (palette, grey, 16 bits, interlaced; alpha
 * becomes a soft mask), a JPEG goes in as it is. ERROR_MALFORMED, ERROR_UNSUPPORTED for another
 * form, ERROR_TOO_LARGE.
 */
int pdf_image_write(
    struct pdf_image *image, struct pdf_update *up, struct span file, struct error *err);

#endif
