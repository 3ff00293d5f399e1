/* Entries by libzip, which must see what archive_scan() saw. */
#include "signing/format/asic/archive.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "server/base/text.h"

static const struct asic_limits default_limits = ASIC_LIMITS_DEFAULT;

static int
is_damaged(struct error *err, const char *cause)
{
	return error_cause(
	    err, ERROR_MALFORMED, "an entry of the ZIP file is damaged", "libzip: %s", cause);
}

/* ---- names ---- */

/* A step of a path that means something else than a name. */
static int
is_odd_step(const char *step, size_t len)
{
	return len == 0 || (len == 1 && step[0] == '.') ||
	       (len == 2 && step[0] == '.' && step[1] == '.');
}

int
archive_name_is_fine(const char *name, struct error *err)
{
	const char *p, *step = name;
	size_t len = strlen(name);

	if (len == 0 || name[0] == '/' || (len > 1 && name[1] == ':') || !text_is_utf8(name, len)) {
		error_set(err, ERROR_MALFORMED,
		    "an entry has no name, an absolute one, or one that is not UTF-8");
		return 0;
	}
	for (p = name; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '\\') {
			error_set(err, ERROR_MALFORMED,
			    "the name of an entry has a backslash or control characters");
			return 0;
		}
	/* A '/' at the end is a directory's. */
	for (p = name; *p != '\0'; p++)
		if (*p == '/' || p[1] == '\0') {
			size_t n = (size_t)(p - step) + (*p != '/');

			if (is_odd_step(step, n)) {
				error_set(err, ERROR_MALFORMED,
				    "the name of an entry leads out of its folder: %.150s", name);
				return 0;
			}
			step = p + 1;
		}
	return 1;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A file and a folder of one name are two of one name as well. Frees `names`. */
static int
check_differ(char **names, size_t count, struct error *err)
{
	size_t i, len;
	int rc = 0;

	for (i = 0; i < count && rc == 0; i++) {
		if (names[i] == NULL)
			rc = error_memory(err);
		else if ((len = strlen(names[i])) > 0 && names[i][len - 1] == '/')
			names[i][len - 1] = '\0';
	}
	if (rc == 0)
		qsort(names, count, sizeof(*names), by_name);
	for (i = 1; i < count && rc == 0; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			rc = error_set(err, ERROR_MALFORMED,
			    "two entries of the container have one name: %.150s",
			    text_is_utf8(names[i], strlen(names[i])) ? names[i] : "(not UTF-8)");
	for (i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return rc;
}

static int
check_bytes_of_names(const struct archive_scan *scan, struct error *err)
{
	char **names = calloc(scan->count + 1, sizeof(*names));
	size_t i;

	if (names == NULL)
		return error_memory(err);
	for (i = 0; i < scan->count; i++)
		names[i] =
		    strndup((const char *)scan->records[i].name.data, scan->records[i].name.len);
	return check_differ(names, scan->count, err);
}

/* What differs in bytes may be one name in UTF-8. */
static int
check_names(const struct archive *a, struct error *err)
{
	char **names = calloc(a->count + 1, sizeof(*names));
	size_t i;

	if (names == NULL)
		return error_memory(err);
	for (i = 0; i < a->count; i++)
		names[i] = strdup(a->entries[i].name);
	return check_differ(names, a->count, err);
}

/* ---- contents ---- */

static int
inflate_entry(zip_t *zip, size_t i, uint64_t size, struct buf *data, struct error *err)
{
	zip_file_t *file = zip_fopen_index(zip, i, 0);
	unsigned char *room, more;
	zip_int64_t got = 0;
	int rc = -1;

	if (file == NULL)
		return is_damaged(err, zip_strerror(zip));
	buf_init(data, size + 1);
	room = buf_reserve(data, size + 1, err);
	if (room == NULL)
		goto done;
	while (data->len < size &&
	       (got = zip_fread(file, data->data + data->len, size - data->len)) > 0)
		data->len += (size_t)got;
	/* The end is where the checksum is compared. */
	if (got < 0 || data->len != size || zip_fread(file, &more, 1) != 0)
		is_damaged(err, zip_file_strerror(file));
	else
		rc = 0;
done:
	zip_fclose(file);
	return rc;
}

static int
read_entry(zip_t *zip, size_t i, const struct archive_record *r, struct archive_entry *e,
    struct error *err)
{
	const char *raw = zip_get_name(zip, i, ZIP_FL_ENC_RAW), *name;
	struct zip_stat st;
	size_t len;

	if (raw == NULL || !span_equal(span_str(raw), r->name) ||
	    zip_stat_index(zip, i, 0, &st) != 0 || !(st.valid & ZIP_STAT_SIZE) ||
	    st.size != r->size || !(st.valid & ZIP_STAT_COMP_SIZE) || st.comp_size != r->packed ||
	    !(st.valid & ZIP_STAT_CRC) || st.crc != r->crc)
		return is_damaged(err, "sees another entry");
	name = zip_get_name(zip, i, ZIP_FL_ENC_GUESS);
	if (name == NULL)
		return is_damaged(err, zip_strerror(zip));
	if (!archive_name_is_fine(name, err))
		return -1;
	e->name = strdup(name);
	if (e->name == NULL)
		return error_memory(err);
	len = strlen(name);
	e->is_directory = name[len - 1] == '/';
	e->is_stored = r->is_stored;
	e->has_local_extra = r->has_local_extra;
	e->start = r->start;
	if (e->is_directory && r->size > 0)
		return error_set(
		    err, ERROR_MALFORMED, "the folder %.150s of the container has data", name);
	return inflate_entry(zip, i, r->size, &e->data, err);
}

static zip_t *
open_zip(struct span file, struct error *err)
{
	zip_error_t why;
	zip_source_t *source;
	zip_t *zip = NULL;

	zip_error_init(&why);
	source = zip_source_buffer_create(file.data, file.len, 0, &why);
	if (source != NULL)
		zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &why);
	if (zip == NULL) {
		error_cause(err, ERROR_MALFORMED, "the ZIP file cannot be read", "libzip: %s",
		    zip_error_strerror(&why));
		zip_source_free(source);
	}
	zip_error_fini(&why);
	return zip;
}

int
archive_open(
    struct archive *archive, struct span file, const struct asic_limits *limits, struct error *err)
{
	struct archive_scan scan;
	zip_t *zip = NULL;
	int rc = -1;

	memset(archive, 0, sizeof(*archive));
	if (archive_scan(&scan, file, limits != NULL ? limits : &default_limits, err) != 0)
		return -1;
	if (check_bytes_of_names(&scan, err) != 0)
		goto done;
	archive->comment = scan.comment;
	archive->entries = calloc(scan.count + 1, sizeof(*archive->entries));
	if (archive->entries == NULL) {
		error_memory(err);
		goto done;
	}
	zip = open_zip(file, err);
	if (zip == NULL)
		goto done;
	if (zip_get_num_entries(zip, 0) != (zip_int64_t)scan.count) {
		is_damaged(err, "sees another number of entries");
		goto done;
	}
	while (archive->count < scan.count) {
		size_t i = archive->count++;

		if (read_entry(zip, i, &scan.records[i], &archive->entries[i], err) != 0)
			goto done;
	}
	rc = check_names(archive, err);
done:
	if (zip != NULL)
		zip_discard(zip);
	archive_scan_release(&scan);
	if (rc != 0)
		archive_release(archive);
	return rc;
}

void
archive_release(struct archive *archive)
{
	size_t i;

	for (i = 0; i < archive->count; i++) {
		free(archive->entries[i].name);
		buf_release(&archive->entries[i].data);
	}
	free(archive->entries);
	memset(archive, 0, sizeof(*archive));
}

const struct archive_entry *
archive_find(const struct archive *archive, const char *name)
{
	size_t i;

	for (i = 0; i < archive->count; i++)
		if (strcmp(archive->entries[i].name, name) == 0)
			return &archive->entries[i];
	return NULL;
}
