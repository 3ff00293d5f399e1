/* ZIP files made in memory by libzip. */
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

int
archive_write(struct buf *out, struct span base, const struct archive_new *entries, size_t count,
    int64_t seconds, struct error *err)
{
	struct error own = ERROR_INIT;
	zip_error_t why;
	zip_source_t *source;
	zip_t *zip = NULL;
	size_t i;
	int rc = -1;

	if (err == NULL)
		err = &own;
	zip_error_init(&why);
	source = zip_source_buffer_create(base.data, base.len, 0, &why);
	if (source != NULL) {
		zip_source_keep(source); /* it is read after zip_close() */
		zip = zip_open_from_source(
		    source, base.len == 0 ? ZIP_CREATE | ZIP_TRUNCATE : 0, &why);
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
