/*
 * signing/format/asic/archive.h: a ZIP file in memory, taken apart within limits and put together.
 *
 * Readers of ZIP files differ in what they look at (the central directory, the local headers, the
 * first or the last of two names), and a signature must not be shown over one content to some and
 * over another to others. So only files are taken in which all see the same: no bytes before,
 * between or behind the records, no overlap, local headers and data descriptors that say what the
 * central directory says, each name once, in one spelling. Stored and deflated entries only
 * (ISO/IEC 21320-1). Only for this folder.
 */
#ifndef SIGNET_SIGNING_FORMAT_ASIC_ARCHIVE_H
#define SIGNET_SIGNING_FORMAT_ASIC_ARCHIVE_H

#include "server/base/buf.h"

#define ASIC_ENTRIES_MAX 4096u		       /* "asic-entries" */
#define ASIC_NAME_MAX	 1024u		       /* "asic-name": bytes of one */
#define ASIC_ENTRY_MAX	 ((uint64_t)256 << 20) /* "asic-entry": bytes of one, inflated */
#define ASIC_TOTAL_MAX	 ((uint64_t)512 << 20) /* "asic-total": bytes of all, inflated */
#define ASIC_RATIO_MAX	 200u		       /* "asic-ratio": inflated to deflated ... */
#define ASIC_RATIO_FROM	 ((uint64_t)1 << 20)   /* ... of entries above this size */

struct asic_limits {
	unsigned int entries, name, ratio;
	uint64_t entry, total, ratio_from;
};
#define ASIC_LIMITS_DEFAULT                                                                        \
	{                                                                                          \
		ASIC_ENTRIES_MAX, ASIC_NAME_MAX, ASIC_RATIO_MAX, ASIC_ENTRY_MAX, ASIC_TOTAL_MAX,   \
		    ASIC_RATIO_FROM                                                                \
	}

/* ---- what the bytes say (archive_scan.c) ---- */

struct archive_record {
	struct span name;    /* as it stands in the file */
	struct span central; /* its record in the directory */
	uint64_t start, end; /* of local header, data and descriptor */
	uint64_t data;	     /* where the data begins */
	uint64_t packed, size;
	uint32_t crc;
	int is_stored;
	int is_utf8;	     /* the file says so of the name */
	int has_local_extra; /* the local header has extra fields */
};
struct archive_scan {
	struct archive_record *records; /* in the order of the central directory */
	size_t count;
	struct span comment; /* of the file */
};
/*
 * ERROR_MALFORMED, ERROR_UNSUPPORTED (encrypted, ZIP64, other methods), ERROR_LIMIT,
 * ERROR_TOO_LARGE. On -1 nothing is held.
 */
int archive_scan(struct archive_scan *scan, struct span file, const struct asic_limits *limits,
    struct error *err);
void archive_scan_release(struct archive_scan *scan);

/* ---- its entries (archive.c) ---- */

struct archive_entry {
	char *name; /* UTF-8; no "..", not absolute, no control characters, no backslash */
	struct buf data;
	int is_directory; /* the name ends with '/'; no data */
	int is_stored;
	int has_local_extra;
	uint64_t start; /* of its local header */
};
struct archive {
	struct archive_entry *entries; /* in the order of the central directory */
	size_t count;
	struct span comment; /* a view of the file */
};
/* `limits` may be NULL: the defaults. Errors as of archive_scan(). On -1 nothing is held. */
int archive_open(
    struct archive *archive, struct span file, const struct asic_limits *limits, struct error *err);
void archive_release(struct archive *archive);
/* The entry of that name, or NULL. */
const struct archive_entry *archive_find(const struct archive *archive, const char *name);
/* 1 when an entry may have that name; else err says what is wrong with it. */
int archive_name_is_fine(const char *name, struct error *err);

/* ---- making (archive_write.c) ---- */

/* An entry to be written. */
struct archive_new {
	const char *name;
	struct span data;
	int is_stored;
};
/*
 * Append a ZIP file to `out`: that of `base` (empty: none) with the entries added, or put in the
 * place of those of the same name. All other entries of `base` keep their order and all their
 * bytes, those of their headers too; its comment stays. `seconds` is the time that the new entries
 * carry. On -1 `out` is as it was: errors as of archive_scan(), ERROR_UNAVAILABLE (memory),
 * ERROR_INTERNAL.
 */
int archive_write(struct buf *out, struct span base, const struct archive_new *entries,
    size_t count, int64_t seconds, struct error *err);

#endif
