/*
 * ZIP files made in memory: new entries by libzip, in a file of their own, which is then joined
 * with the file that is there, record by record, so that of this one nothing is written anew.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zip.h>

#include "signing/format/asic/archive.h"

/* MS-DOS date and time of the UTC second; 1980-01-01 for what lies before. */
static void
dos_time(int64_t seconds, zip_uint16_t *date, zip_uint16_t *hour)
{
	time_t t = (time_t)seconds;
	struct tm tm = { 0 };

	*date = 1 << 5 | 1;
	*hour = 0;
	if (gmtime_r(&t, &tm) == NULL || tm.tm_year < 80 || tm.tm_year > 80 + 127)
		return;
	*date = (zip_uint16_t)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 | tm.tm_mday);
	*hour = (zip_uint16_t)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2);
}

static int
put_entry(zip_t *zip, const struct archive_new *entry, int64_t seconds)
{
	zip_source_t *source = zip_source_buffer(zip, entry->data.data, entry->data.len, 0);
	zip_uint16_t date, hour;
	zip_int64_t i;

	if (source == NULL)
		return -1;
	i = zip_file_add(zip, entry->name, source, ZIP_FL_OVERWRITE | ZIP_FL_ENC_UTF_8);
	if (i < 0) {
		zip_source_free(source);
		return -1;
	}
	dos_time(seconds, &date, &hour);
	if (zip_file_set_dostime(zip, (zip_uint64_t)i, hour, date, 0) != 0)
		return -1;
	return zip_set_file_compression(
	    zip, (zip_uint64_t)i, entry->is_stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0);
}

/* What the source holds after zip_close(). */
static int
take_out(struct buf *out, zip_source_t *source, struct error *err)
{
	struct zip_stat st;
	unsigned char *room;

	if (zip_source_stat(source, &st) != 0 || !(st.valid & ZIP_STAT_SIZE))
		return error_set(err, ERROR_INTERNAL, "the container cannot be written");
	room = buf_reserve(out, st.size, err);
	if (room == NULL)
		return -1;
	if (zip_source_open(source) != 0)
		return error_set(err, ERROR_INTERNAL, "the container cannot be written");
	if (zip_source_read(source, room, st.size) == (zip_int64_t)st.size)
		out->len += st.size;
	else
		error_set(err, ERROR_INTERNAL, "the container cannot be written");
	zip_source_close(source);
	return err == NULL || err->kind == ERROR_NONE ? 0 : -1;
}

static int
make_file(struct buf *out, const struct archive_new *entries, size_t count, int64_t seconds,
    struct error *err)
{
	zip_error_t why;
	zip_source_t *source;
	zip_t *zip = NULL;
	size_t i;
	int rc = -1;

	zip_error_init(&why);
	source = zip_source_buffer_create(NULL, 0, 0, &why);
	if (source != NULL) {
		zip_source_keep(source); /* it is read after zip_close() */
		zip = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &why);
		if (zip == NULL)
			zip_source_free(source);
	}
	if (zip == NULL) {
		error_cause(err, ERROR_INTERNAL, "the container cannot be written", "libzip: %s",
		    zip_error_strerror(&why));
		goto done;
	}
	for (i = 0; i < count; i++)
		if (put_entry(zip, &entries[i], seconds) != 0)
			break;
	if (i < count || zip_close(zip) != 0) {
		error_cause(err, ERROR_INTERNAL, "the container cannot be written", "libzip: %s",
		    zip_strerror(zip));
		zip_discard(zip);
		goto done;
	}
	rc = take_out(out, source, err);
done:
	if (source != NULL)
		zip_source_free(source);
	zip_error_fini(&why);
	return rc;
}

/* ---- joining two files ---- */

/* Where an entry of the result comes from. */
struct taken {
	struct span file;
	const struct archive_record *record;
};

static const struct archive_record *
record_named(const struct archive_scan *scan, struct span name)
{
	size_t i;

	for (i = 0; i < scan->count; i++)
		if (span_equal(scan->records[i].name, name))
			return &scan->records[i];
	return NULL;
}

static size_t
choose(struct taken *taken, const struct archive_scan *base, struct span base_file,
    const struct archive_scan *fresh, struct span fresh_file)
{
	const struct archive_record *instead;
	size_t i, n = 0;

	for (i = 0; i < base->count; i++) {
		instead = record_named(fresh, base->records[i].name);
		taken[n++] = instead != NULL ? (struct taken){ fresh_file, instead }
					     : (struct taken){ base_file, &base->records[i] };
	}
	for (i = 0; i < fresh->count; i++)
		if (record_named(base, fresh->records[i].name) == NULL)
			taken[n++] = (struct taken){ fresh_file, &fresh->records[i] };
	return n;
}

static void
put_number(unsigned char *at, uint64_t value, size_t bytes)
{
	while (bytes-- > 0) {
		*at++ = (unsigned char)value;
		value >>= 8;
	}
}

static int
put_directory(struct buf *out, const struct taken *taken, const uint64_t *starts, size_t count,
    struct span comment, struct error *err)
{
	unsigned char end[22] = { 'P', 'K', 5, 6 };
	const uint64_t directory = out->len;
	size_t i;

	for (i = 0; i < count; i++) {
		if (buf_append_span(out, taken[i].record->central, err) != 0)
			return -1;
		put_number(out->data + out->len - taken[i].record->central.len + 42, starts[i], 4);
	}
	put_number(end + 8, count, 2);
	put_number(end + 10, count, 2);
	put_number(end + 12, out->len - directory, 4);
	put_number(end + 16, directory, 4);
	put_number(end + 20, comment.len, 2);
	return buf_append(out, end, sizeof(end), err) == 0 ? buf_append_span(out, comment, err)
							   : -1;
}

static int
put_joined(struct buf *out, const struct taken *taken, size_t count, struct span comment,
    struct error *err)
{
	uint64_t *starts = calloc(count + 1, sizeof(*starts));
	size_t i;
	int rc = -1;

	if (starts == NULL)
		return error_memory(err);
	for (i = 0; i < count; i++) {
		const struct archive_record *r = taken[i].record;

		starts[i] = out->len;
		if (buf_append(
			out, taken[i].file.data + r->start, (size_t)(r->end - r->start), err) != 0)
			goto done;
	}
	if (out->len >= UINT32_MAX || count >= UINT16_MAX)
		error_set(err, ERROR_TOO_LARGE, "the container would be too large");
	else
		rc = put_directory(out, taken, starts, count, comment, err);
done:
	free(starts);
	return rc;
}

static int
join(struct buf *out, struct span base, struct span fresh, struct error *err)
{
	const struct asic_limits limits = ASIC_LIMITS_DEFAULT;
	struct archive_scan old = { 0 }, new = { 0 };
	struct taken *taken = NULL;
	int rc = -1;

	if (archive_scan(&old, base, &limits, err) != 0 ||
	    archive_scan(&new, fresh, &limits, err) != 0)
		goto done;
	taken = calloc(old.count + new.count + 1, sizeof(*taken));
	if (taken == NULL)
		error_memory(err);
	else
		rc = put_joined(
		    out, taken, choose(taken, &old, base, &new, fresh), old.comment, err);
done:
	free(taken);
	archive_scan_release(&old);
	archive_scan_release(&new);
	return rc;
}

int
archive_write(struct buf *out, struct span base, const struct archive_new *entries, size_t count,
    int64_t seconds, struct error *err)
{
	struct error own = ERROR_INIT;
	struct buf fresh = BUF_INIT(0), whole = BUF_INIT(0);
	int rc = -1;

	if (err == NULL)
		err = &own;
	if (make_file(&fresh, entries, count, seconds, err) != 0)
		goto done;
	if (base.len == 0)
		rc = buf_append_span(out, SPAN_OF(&fresh), err);
	else if (join(&whole, base, SPAN_OF(&fresh), err) == 0)
		rc = buf_append_span(out, SPAN_OF(&whole), err);
done:
	buf_release(&fresh);
	buf_release(&whole);
	return rc;
}
