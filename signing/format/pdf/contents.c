#include "signing/format/pdf/contents.h"

#include "signing/format/cms/cms_sign.h"

int
pdf_contents_sign(struct buf *value, struct span file, const struct pdf_range *range,
    const struct sign_key *key, const struct sign_options *options, struct error *err)
{
	struct sign_options detached = *options; /* the PDF is enveloped, its CMS is not */
	struct digest_values digests;
	const struct document document = { .digests = &digests };
	struct sig_alg alg;
	unsigned int bits;

	detached.packaging = PACKAGING_DETACHED;
	if (sig_alg_for_key(key->pkey, options->digest, options->padding, &alg, err) != 0)
		return -1;
	bits = alg.digest != DIGEST_NONE ? DIGEST_BIT(alg.digest) : DIGEST_BITS_MODERN;
	if (pdf_range_digest(range, file, bits, &digests, err) != 0)
		return -1;
	return cms_sign(value, &document, CMS_PROFILE_PADES, key, &detached, err);
}

int
pdf_contents_stamp(struct buf *value, struct span file, const struct pdf_range *range,
    const struct timestamp_source *source, struct error *err)
{
	enum digest digest = source->digest != DIGEST_NONE ? source->digest : DIGEST_SHA256;
	struct digest_values digests;

	if (pdf_range_digest(range, file, DIGEST_BIT(digest), &digests, err) != 0)
		return -1;
	return source->get(source->ctx, digest, digests.value[digest], value, err);
}

/* 1 when the bytes are "<", zeros and ">". */
static int
is_empty_gap(struct span gap)
{
	size_t i;

	if (gap.len < 4 || gap.len % 2 != 0 || gap.data[0] != '<' || gap.data[gap.len - 1] != '>')
		return 0;
	for (i = 1; i + 1 < gap.len; i++)
		if (gap.data[i] != '0')
			return 0;
	return 1;
}

int
pdf_contents_check(
    struct span file, size_t document_len, const struct pdf_range *range, struct error *err)
{
	const uint64_t *at = range->at;

	/* No sum before its parts are known to lie in the file. */
	if (at[0] == 0 && at[1] >= document_len && at[1] < at[2] && at[2] <= file.len &&
	    at[3] == file.len - at[2] && range->end == file.len &&
	    is_empty_gap((struct span){ file.data + at[1], (size_t)(at[2] - at[1]) }))
		return 0;
	return error_cause(err, ERROR_INTERNAL, "the PDF could not be prepared",
	    "the range %llu %llu %llu %llu does not fit %zu bytes behind %zu",
	    (unsigned long long)at[0], (unsigned long long)at[1], (unsigned long long)at[2],
	    (unsigned long long)at[3], file.len, document_len);
}

size_t
pdf_contents_room(const struct pdf_range *range)
{
	return (size_t)(range->at[2] - range->at[1]) / 2 - 1;
}

int
pdf_contents_fill(
    unsigned char *file, const struct pdf_range *range, struct span value, struct error *err)
{
	unsigned char *hex = file + range->at[1] + 1;
	size_t i;

	if (value.len > pdf_contents_room(range))
		return error_cause(err, ERROR_INTERNAL, "the signature is larger than expected",
		    "%zu bytes, room for %zu", value.len, pdf_contents_room(range));
	for (i = 0; i < value.len; i++) {
		*hex++ = (unsigned char)"0123456789abcdef"[value.data[i] >> 4];
		*hex++ = (unsigned char)"0123456789abcdef"[value.data[i] & 15];
	}
	return 0;
}
