/* The records of a ZIP file (APPNOTE.TXT 6.3.3), compared with each other. */
#include <stdlib.h>
#include <string.h>

#include "signing/format/asic/archive.h"

#define END_SIGNATURE	     0x06054b50u
#define CENTRAL_SIGNATURE    0x02014b50u
#define LOCAL_SIGNATURE	     0x04034b50u
#define DESCRIPTOR_SIGNATURE 0x08074b50u
#define END_SIZE	     22u
#define CENTRAL_SIZE	     46u
#define LOCAL_SIZE	     30u

#define FLAG_ENCRYPTED	0x0001u
#define FLAG_DESCRIPTOR 0x0008u
#define FLAG_PATCH	0x0020u
#define FLAG_STRONG	0x0040u
#define FLAG_UTF8	0x0800u
#define FLAG_MASKED	0x2000u
#define FLAGS_COMPARED	(FLAG_ENCRYPTED | FLAG_DESCRIPTOR | FLAG_UTF8)
#define FLAGS_REFUSED	(FLAG_ENCRYPTED | FLAG_PATCH | FLAG_STRONG | FLAG_MASKED)

#define METHOD_STORED	0
#define METHOD_DEFLATED 8

/* Extra fields that give an entry another name or length than its header does. */
#define EXTRA_ZIP64	   0x0001u
#define EXTRA_UNICODE_NAME 0x7075u
#define EXTRA_AES	   0x9901u

static uint32_t
u16(struct span s, size_t at)
{
	return (uint32_t)s.data[at] | (uint32_t)s.data[at + 1] << 8;
}

static uint32_t
u32(struct span s, size_t at)
{
	return u16(s, at) | u16(s, at + 2) << 16;
}

static int
is_cut(struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "the ZIP file is cut off or damaged");
}

/* The part of the file, or -1 when it does not hold it. */
static int
part(struct span file, uint64_t at, uint64_t len, struct span *out)
{
	if (at > file.len || len > file.len - at)
		return -1;
	*out = (struct span){ file.data + at, (size_t)len };
	return 0;
}

/* ---- the end record ---- */

/* The last one in the file; what follows it must be its comment. */
static int
find_end(struct span file, size_t *at, struct error *err)
{
	size_t i = file.len < END_SIZE ? 0 : file.len - END_SIZE + 1;

	while (i-- > 0 && file.len - i <= END_SIZE + 0xffff)
		if (u32(file, i) == END_SIGNATURE) {
			if (file.len - i - END_SIZE != u16(file, i + 20))
				return error_set(err, ERROR_MALFORMED,
				    "the ZIP file's comment does not end with the file");
			if (memmem(file.data + i + END_SIZE, file.len - i - END_SIZE, "PK\5\6",
				4) != NULL)
				break;
			*at = i;
			return 0;
		}
	return error_set(err, ERROR_MALFORMED, "the ZIP file has no end record, or more than one");
}

struct central {
	uint64_t at, len;
	uint32_t count;
};

static int
read_end(struct span file, size_t at, const struct asic_limits *limits, struct central *c,
    struct error *err)
{
	c->count = u16(file, at + 10);
	c->len = u32(file, at + 12);
	c->at = u32(file, at + 16);
	if (c->count == 0xffff || c->len == 0xffffffff || c->at == 0xffffffff)
		return error_set(
		    err, ERROR_UNSUPPORTED, "the container is a ZIP64 file, which is not read");
	if (u16(file, at + 4) != 0 || u16(file, at + 6) != 0 || u16(file, at + 8) != c->count)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the ZIP file is one of several parts, which are not read");
	if (c->count > limits->entries)
		return error_limit(err, ERROR_LIMIT, "asic-entries", limits->entries, c->count,
		    "the container has too many entries");
	if (c->at + c->len != at)
		return error_set(err, ERROR_MALFORMED,
		    "the ZIP file's directory does not end where its end record begins");
	return 0;
}

/* ---- one record ---- */

static int
check_extra(struct span extra, struct error *err)
{
	size_t i = 0, len;

	while (i + 4 <= extra.len) {
		len = u16(extra, i + 2);
		switch (u16(extra, i)) {
		case EXTRA_ZIP64:
			return error_set(err, ERROR_UNSUPPORTED,
			    "the container has entries in ZIP64 form, which are not read");
		case EXTRA_AES:
			return error_set(
			    err, ERROR_UNSUPPORTED, "the container has encrypted entries");
		case EXTRA_UNICODE_NAME:
			return error_set(err, ERROR_UNSUPPORTED,
			    "an entry of the container has a second name in an extra field");
		default:
			break;
		}
		if (len > extra.len - i - 4)
			return is_cut(err);
		i += 4 + len;
	}
	return 0;
}

static int
check_flags(uint32_t flags, uint32_t method, struct error *err)
{
	if (flags & FLAGS_REFUSED)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the container has encrypted entries; decrypt it first");
	if (method != METHOD_STORED && method != METHOD_DEFLATED)
		return error_set(err, ERROR_UNSUPPORTED,
		    "an entry of the container is compressed by method %u; stored and deflated "
		    "ones are read",
		    method);
	return 0;
}

static int
check_sizes(const struct archive_record *r, const struct asic_limits *limits, struct error *err)
{
	if (r->name.len > limits->name)
		return error_limit(err, ERROR_LIMIT, "asic-name", limits->name, r->name.len,
		    "the name of an entry is too long");
	if (r->size > limits->entry)
		return error_limit(err, ERROR_TOO_LARGE, "asic-entry", limits->entry, r->size,
		    "an entry of the container is too large");
	if (r->size > limits->ratio_from && r->size / limits->ratio > r->packed)
		return error_limit(err, ERROR_TOO_LARGE, "asic-ratio", limits->ratio,
		    r->packed > 0 ? r->size / r->packed : 0,
		    "an entry of the container inflates to too many times its size");
	if (r->is_stored && r->size != r->packed)
		return error_set(
		    err, ERROR_MALFORMED, "an entry of the ZIP file is stored but has two lengths");
	return 0;
}

/* The descriptor behind the data, with or without its signature. */
static int
check_descriptor(
    struct span file, const struct archive_record *r, uint64_t at, uint64_t *end, struct error *err)
{
	struct span d;
	size_t skip;

	for (skip = 4;; skip = 0) {
		if (part(file, at, skip + 12, &d) == 0 &&
		    (skip == 0 || u32(d, 0) == DESCRIPTOR_SIGNATURE) && u32(d, skip) == r->crc &&
		    u32(d, skip + 4) == r->packed && u32(d, skip + 8) == r->size) {
			*end = at + skip + 12;
			return 0;
		}
		if (skip == 0)
			return error_set(err, ERROR_MALFORMED,
			    "what follows an entry of the ZIP file differs from the directory");
	}
}

/* A value of the local header: the directory's, or zero where a descriptor has it. */
static int
agrees(uint32_t local, uint64_t central, uint32_t flags)
{
	return local == central || (local == 0 && (flags & FLAG_DESCRIPTOR));
}

static int
check_local(
    struct span file, struct archive_record *r, uint32_t flags, uint32_t method, struct error *err)
{
	struct span h, name, extra, data;

	if (part(file, r->start, LOCAL_SIZE, &h) != 0 || u32(h, 0) != LOCAL_SIGNATURE)
		return is_cut(err);
	if (part(file, r->start + LOCAL_SIZE, u16(h, 26), &name) != 0 ||
	    part(file, r->start + LOCAL_SIZE + name.len, u16(h, 28), &extra) != 0)
		return is_cut(err);
	if (((u16(h, 6) ^ flags) & FLAGS_COMPARED) != 0 || u16(h, 8) != method ||
	    !span_equal(name, r->name) || !agrees(u32(h, 14), r->crc, flags) ||
	    !agrees(u32(h, 18), r->packed, flags) || !agrees(u32(h, 22), r->size, flags))
		return error_set(err, ERROR_MALFORMED,
		    "an entry of the ZIP file and its directory contradict each other");
	if (check_extra(extra, err) != 0)
		return -1;
	r->has_local_extra = extra.len > 0;
	r->data = r->start + LOCAL_SIZE + name.len + extra.len;
	if (part(file, r->data, r->packed, &data) != 0)
		return is_cut(err);
	r->end = r->data + r->packed;
	return flags & FLAG_DESCRIPTOR ? check_descriptor(file, r, r->end, &r->end, err) : 0;
}

/* The directory's record at *at, which moves behind it. */
static int
read_record(struct span file, uint64_t *at, uint64_t directory_end, struct archive_record *r,
    const struct asic_limits *limits, struct error *err)
{
	struct span h, extra, comment;
	const uint64_t start = *at;
	uint32_t flags, method;

	if (part(file, *at, CENTRAL_SIZE, &h) != 0 || u32(h, 0) != CENTRAL_SIGNATURE)
		return is_cut(err);
	flags = u16(h, 8);
	method = u16(h, 10);
	r->crc = u32(h, 16);
	r->packed = u32(h, 20);
	r->size = u32(h, 24);
	r->start = u32(h, 42);
	r->is_stored = method == METHOD_STORED;
	r->is_utf8 = (flags & FLAG_UTF8) != 0;
	*at += CENTRAL_SIZE;
	if (part(file, *at, u16(h, 28), &r->name) != 0 ||
	    part(file, *at + r->name.len, u16(h, 30), &extra) != 0 ||
	    part(file, *at + r->name.len + extra.len, u16(h, 32), &comment) != 0)
		return is_cut(err);
	*at += r->name.len + extra.len + comment.len;
	if (*at > directory_end)
		return is_cut(err);
	r->central = (struct span){ file.data + start, (size_t)(*at - start) };
	if (r->packed == 0xffffffff || r->size == 0xffffffff || r->start == 0xffffffff)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the container has entries in ZIP64 form, which are not read");
	if (u16(h, 34) != 0)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the ZIP file is one of several parts, which are not read");
	if (check_flags(flags, method, err) != 0 || check_extra(extra, err) != 0 ||
	    check_sizes(r, limits, err) != 0)
		return -1;
	return check_local(file, r, flags, method, err);
}

/* ---- all of them ---- */

static int
by_start(const void *a, const void *b)
{
	const struct archive_record *x = *(const struct archive_record *const *)a;
	const struct archive_record *y = *(const struct archive_record *const *)b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* From the first byte to the directory one entry follows the other. */
static int
check_layout(const struct archive_scan *scan, uint64_t directory, struct error *err)
{
	const struct archive_record **sorted = calloc(scan->count + 1, sizeof(*sorted));
	uint64_t at = 0;
	size_t i;
	int rc = -1;

	if (sorted == NULL)
		return error_memory(err);
	for (i = 0; i < scan->count; i++)
		sorted[i] = &scan->records[i];
	qsort(sorted, scan->count, sizeof(*sorted), by_start);
	for (i = 0; i < scan->count && sorted[i]->start == at; i++)
		at = sorted[i]->end;
	if (i < scan->count && sorted[i]->start < at)
		error_set(err, ERROR_MALFORMED, "entries of the ZIP file overlap");
	else if (i < scan->count || at != directory)
		error_set(err, ERROR_MALFORMED,
		    "the ZIP file has bytes that belong to no entry; some programs would take them "
		    "for content");
	else
		rc = 0;
	free(sorted);
	return rc;
}

static int
check_total(const struct archive_scan *scan, const struct asic_limits *limits, struct error *err)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < scan->count; i++)
		total += scan->records[i].size;
	if (total > limits->total)
		return error_limit(err, ERROR_TOO_LARGE, "asic-total", limits->total, total,
		    "the container inflates to too many bytes");
	return 0;
}

int
archive_scan(struct archive_scan *scan, struct span file, const struct asic_limits *limits,
    struct error *err)
{
	struct central c;
	uint64_t at;
	size_t end = 0;

	memset(scan, 0, sizeof(*scan));
	if (find_end(file, &end, err) != 0 || read_end(file, end, limits, &c, err) != 0)
		return -1;
	scan->comment = (struct span){ file.data + end + END_SIZE, file.len - end - END_SIZE };
	scan->records = calloc(c.count + 1, sizeof(*scan->records));
	if (scan->records == NULL)
		return error_memory(err);
	for (at = c.at; scan->count < c.count; scan->count++)
		if (read_record(file, &at, end, &scan->records[scan->count], limits, err) != 0)
			goto fail;
	if (at != end) {
		is_cut(err);
		goto fail;
	}
	if (check_layout(scan, c.at, err) == 0 && check_total(scan, limits, err) == 0)
		return 0;
fail:
	archive_scan_release(scan);
	return -1;
}

void
archive_scan_release(struct archive_scan *scan)
{
	free(scan->records);
	memset(scan, 0, sizeof(*scan));
}
