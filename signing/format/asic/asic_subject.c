#include "signing/format/asic/asic_subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "server/base/text.h"
#include "signing/format/asic/archive.h"
#include "signing/format/asic/asic_parts.h"
#include "signing/format/asic/manifest.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/cms/oids.h"

#define PIECE 65536

static int
is_damaged(struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "an entry of the ZIP file is damaged");
}

/* Digest what the deflated data inflate to, which must be so many bytes. */
static int
digest_inflated(struct digests *d, struct span packed, uint64_t size, struct error *err)
{
	unsigned char *piece = malloc(PIECE);
	z_stream z = { .next_in = (unsigned char *)packed.data, .avail_in = (uInt)packed.len };
	uint64_t got = 0;
	int how = Z_OK, rc = -1;

	if (piece == NULL || inflateInit2(&z, -MAX_WBITS) != Z_OK) {
		free(piece);
		return error_memory(err);
	}
	while (how == Z_OK && got <= size) {
		z.next_out = piece;
		z.avail_out = PIECE;
		how = inflate(&z, Z_NO_FLUSH);
		got += PIECE - z.avail_out;
		if (digests_update(d, piece, PIECE - z.avail_out, err) != 0)
			goto done;
	}
	rc = how == Z_STREAM_END && got == size && z.avail_in == 0 ? 0 : is_damaged(err);
done:
	inflateEnd(&z);
	free(piece);
	return rc;
}

static int
digest_record(struct span file, const struct archive_record *r, enum digest digest,
    struct digest_values *values, struct error *err)
{
	const struct span packed = { file.data + r->data, r->packed };
	struct digests *d;
	int rc;

	if (packed.len > UINT32_MAX)
		return is_damaged(err);
	if (digests_new(&d, DIGEST_BIT(digest), err) != 0)
		return -1;
	rc = !r->is_stored	    ? digest_inflated(d, packed, r->size, err)
	     : r->packed == r->size ? digests_update(d, packed.data, packed.len, err)
				    : is_damaged(err);
	if (rc == 0)
		rc = digests_final(d, values, err);
	digests_free(d);
	return rc;
}

/* Names in another encoding are read in ways that differ: nothing is signed by them here. */
static int
take_name(const struct archive_record *r, char **name, struct error *err)
{
	size_t i;

	for (i = 0; i < r->name.len && (r->is_utf8 || r->name.data[i] < 0x80); i++)
		;
	if (i < r->name.len && !text_is_utf8((const char *)r->name.data, r->name.len))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the container has names that are not UTF-8; no signature is added to it");
	*name = strndup((const char *)r->name.data, r->name.len);
	if (*name == NULL)
		return error_memory(err);
	return archive_name_is_fine(*name, err) ? 0 : -1;
}

static int
take_record(
    struct asic_holdings *h, struct span file, const struct archive_record *r, struct error *err)
{
	struct document *doc = &h->docs[h->count];
	char *name = NULL;

	if (take_name(r, &name, err) != 0 ||
	    (asic_role_of(name, name[strlen(name) - 1] == '/') == ASIC_DATA &&
		digest_record(file, r, h->digest, &h->values[h->count], err) != 0)) {
		free(name);
		return -1;
	}
	if (asic_role_of(name, name[strlen(name) - 1] == '/') != ASIC_DATA) {
		free(name);
		return 0;
	}
	*doc = (struct document){ .name = name, .digests = &h->values[h->count] };
	h->count++;
	return 0;
}

int
asic_holdings_find(
    struct asic_holdings *h, struct span container, enum digest digest, struct error *err)
{
	static const struct asic_limits limits = ASIC_LIMITS_DEFAULT;
	struct archive_scan scan;
	size_t i;
	int rc = 0;

	*h = (struct asic_holdings){ .digest = digest };
	if (archive_scan(&scan, container, &limits, err) != 0)
		return -1;
	h->docs = calloc(scan.count + 1, sizeof(*h->docs));
	h->values = calloc(scan.count + 1, sizeof(*h->values));
	if (h->docs == NULL || h->values == NULL)
		rc = error_memory(err);
	for (i = 0; rc == 0 && i < scan.count; i++)
		rc = take_record(h, container, &scan.records[i], err);
	archive_scan_release(&scan);
	if (rc != 0)
		asic_holdings_release(h);
	return rc;
}

void
asic_holdings_release(struct asic_holdings *h)
{
	size_t i;

	for (i = 0; i < h->count; i++)
		free((char *)h->docs[i].name);
	free(h->docs);
	free(h->values);
	memset(h, 0, sizeof(*h));
}

/* ---- is it over all of them? ---- */

static int
is_only_document(const struct asic_holdings *h, struct span octets)
{
	unsigned char value[DIGEST_SIZE_MAX];

	return h->count == 1 && digest_span(h->digest, octets, value, NULL) == 0 &&
	       memcmp(value, h->values[0].value[h->digest], digest_size(h->digest)) == 0;
}

/* The number that the maker chose stands in it; all else is known. */
static int
is_manifest(const struct asic_holdings *h, struct span octets)
{
	static const char start[] = "\"META-INF/signature";
	const unsigned char *at = memmem(octets.data, octets.len, start, strlen(start));
	char name[64];
	struct manifest_plan plan = { .signature = name,
		.mime_type = "application/pkcs7-signature",
		.docs = h->docs,
		.count = h->count,
		.digest = h->digest };
	struct buf own = BUF_INIT(0);
	unsigned int number = 0;
	int is = 0;

	if (at == NULL)
		return 0;
	for (at += strlen(start); at < octets.data + octets.len && *at >= '0' && *at <= '9' &&
				  number <= ASIC_ENTRIES_MAX;
	     at++)
		number = number * 10 + (unsigned int)(*at - '0');
	snprintf(name, sizeof(name), "META-INF/signature%03u.p7s", number);
	is = number <= ASIC_ENTRIES_MAX && manifest_write(&own, &plan, NULL) == 0 &&
	     span_equal(SPAN_OF(&own), octets);
	buf_release(&own);
	return is;
}

int
asic_subject_fits(
    const struct asic_holdings *h, const struct cms_subject *subject, struct error *err)
{
	if (subject->profile == CMS_PROFILE_CADES && subject->content_type != NULL &&
	    strcmp(subject->content_type, OID_DATA) == 0 &&
	    (is_only_document(h, subject->octets) || is_manifest(h, subject->octets)))
		return 0;
	return error_cause(err, ERROR_INTERNAL, "the document could not be signed",
	    "what was prepared for signing is not over all documents of the container");
}
