#include "signing/format/pdf/fill.h"

#include <string.h>

#include "signing/format/pdf/crypt.h"

#define BLOCK 16

static int
is_zeros(struct span s)
{
	size_t i;

	for (i = 0; i < s.len && s.data[i] == 0; i++)
		continue;
	return i == s.len;
}

/* Zeros, and at the end n bytes of the number n, as clause 7.6.3.1 pads for AES. */
static int
is_padded_zeros(struct span s)
{
	const size_t n = s.len > 0 ? s.data[s.len - 1] : 0;
	size_t i;

	if (n < 1 || n > BLOCK || n > s.len)
		return 0;
	for (i = s.len - n; i < s.len; i++)
		if (s.data[i] != n)
			return 0;
	return is_zeros((struct span){ s.data, s.len - n });
}

/* RC4 makes of zeros the same bytes each time. */
static int
is_stream(const struct pdf_shim *file, int number, int generation, struct span gap, size_t len,
    struct error *err)
{
	struct buf zeros = BUF_INIT(gap.len), made = BUF_INIT(gap.len);
	unsigned char *at = buf_reserve(&zeros, gap.len, err);
	int rc = -1;

	if (at == NULL)
		goto done;
	memset(at, 0, gap.len);
	zeros.len = gap.len;
	rc = pdf_encrypt(file, PDF_CIPHER_RC4, (uint32_t)number, (uint32_t)generation,
	    SPAN_OF(&zeros), &made, err);
	if (rc == 0)
		rc = memcmp(made.data + len, gap.data + len, gap.len - len) == 0;
done:
	buf_release(&made);
	buf_release(&zeros);
	return rc;
}

/*
 * The value lies over the first bytes; from the first block that it does not touch all can be
 * decrypted. The first block's bytes are chained to those in front of it, of which the last are
 * still the maker's: the plain text shows both. Every byte has a block behind it that proves it,
 * so two are the least.
 */
static int
is_chained(const struct pdf_shim *file, int number, int generation, struct span gap, size_t len,
    struct error *err)
{
	const size_t first = (len + BLOCK - 1) / BLOCK * BLOCK, unknown = len + BLOCK - first;
	struct buf plain = BUF_INIT(gap.len + BLOCK);
	int rc;

	if (first < BLOCK || gap.len % BLOCK != 0 || gap.len < first + (size_t)2 * BLOCK)
		return 0;
	rc = pdf_decrypt_blocks(file, file->strings, (uint32_t)number, (uint32_t)generation,
	    gap.data + first - BLOCK, (struct span){ gap.data + first, gap.len - first }, &plain,
	    err);
	if (rc == 0)
		rc = is_padded_zeros((struct span){ plain.data + unknown, plain.len - unknown });
	buf_release(&plain);
	return rc;
}

int
pdf_fill_of(enum pdf_fill *fill, struct pdf_doc *doc, qpdf_oh value, struct span gap, size_t len,
    struct error *err)
{
	const struct pdf_shim *file = &doc->shim;
	int number, generation, rc = 0;

	*fill = PDF_FILL_ZEROS;
	if (is_zeros((struct span){ gap.data + len, gap.len - len }))
		return 0;
	number = qpdf_oh_get_object_id(doc->q, value);
	generation = qpdf_oh_get_generation(doc->q, value);
	if (file->encrypted && number > 0 && generation >= 0) {
		if (file->strings == PDF_CIPHER_RC4)
			rc = is_stream(file, number, generation, gap, len, err);
		else if (file->strings != PDF_CIPHER_NONE)
			rc = is_chained(file, number, generation, gap, len, err);
	}
	*fill = rc == 1 ? PDF_FILL_ENCRYPTED : PDF_FILL_OTHER;
	return rc < 0 ? -1 : 0;
}
