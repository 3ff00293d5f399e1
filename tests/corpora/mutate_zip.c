/* Mutations of containers: entries that nobody signed, changed, renamed and lost ones. */
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>

#include "tests/corpora/mutate.h"

#define ENTRIES_MAX 300
#define ENTRY_MAX   ((zip_uint64_t)64 << 20)

struct entry {
	char name[300];
	struct buf bytes;
};
struct entries {
	struct entry items[ENTRIES_MAX];
	size_t count;
};

static zip_t *
open_zip(struct span file)
{
	zip_source_t *source = zip_source_buffer_create(file.data, file.len, 0, NULL);
	zip_t *zip = source != NULL ? zip_open_from_source(source, ZIP_RDONLY, NULL) : NULL;

	if (zip == NULL && source != NULL)
		zip_source_free(source);
	return zip;
}

static int
read_entry(zip_t *zip, zip_uint64_t index, struct entry *e)
{
	const char *name = zip_get_name(zip, index, ZIP_FL_ENC_RAW);
	zip_file_t *file = zip_fopen_index(zip, index, 0);
	unsigned char chunk[4096];
	zip_int64_t n = 0;

	buf_init(&e->bytes, ENTRY_MAX);
	if (name == NULL || strlen(name) >= sizeof(e->name) || file == NULL) {
		if (file != NULL)
			zip_fclose(file);
		return -1;
	}
	snprintf(e->name, sizeof(e->name), "%s", name);
	while (e->bytes.len + sizeof(chunk) < ENTRY_MAX &&
	       (n = zip_fread(file, chunk, sizeof(chunk))) > 0)
		mutant_collect(&e->bytes, chunk, (size_t)n);
	zip_fclose(file);
	return n == 0 ? 0 : -1;
}

static void
release(struct entries *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		buf_release(&l->items[i].bytes);
	free(l);
}

/* All entries, in their order; NULL where the container cannot be read. */
static struct entries *
read_entries(struct span file)
{
	zip_t *zip = open_zip(file);
	struct entries *l = calloc(1, sizeof(*l));
	zip_int64_t i;
	int ok = zip != NULL;

	if (l == NULL)
		abort();
	for (i = 0; ok && i < zip_get_num_entries(zip, 0); i++) {
		ok = l->count < ENTRIES_MAX;
		if (ok)
			ok = read_entry(zip, (zip_uint64_t)i, &l->items[l->count++]) == 0;
	}
	if (zip != NULL)
		zip_discard(zip);
	if (ok && l->count > 0)
		return l;
	release(l);
	return NULL;
}

/* ---- writing: stored, nothing but what a container needs ---- */

static void
put(struct mutant *m, unsigned long value, int bytes)
{
	unsigned char c;

	for (; bytes > 0; bytes--, value >>= 8) {
		c = (unsigned char)value;
		mutant_put(m, &c, 1);
	}
}

/* What local headers and the directory share. */
static void
put_head(struct mutant *m, const struct entry *e)
{
	put(m, 20, 2);	   /* version */
	put(m, 0x800, 2);  /* names are UTF-8 */
	put(m, 0, 2);	   /* stored */
	put(m, 0, 2);	   /* time */
	put(m, 0x5c21, 2); /* date */
	put(m, crc32(0, e->bytes.data, (unsigned int)e->bytes.len), 4);
	put(m, e->bytes.len, 4);
	put(m, e->bytes.len, 4);
	put(m, strlen(e->name), 2);
	put(m, 0, 2); /* extra */
}

static int
write_out(struct mutant *m, struct entries *l)
{
	size_t offsets[ENTRIES_MAX], i, directory, end;

	for (i = 0; i < l->count; i++) {
		offsets[i] = m->out.len;
		put(m, 0x04034b50, 4);
		put_head(m, &l->items[i]);
		mutant_put(m, l->items[i].name, strlen(l->items[i].name));
		if (l->items[i].bytes.len > 0)
			mutant_put(m, l->items[i].bytes.data, l->items[i].bytes.len);
	}
	directory = m->out.len;
	for (i = 0; i < l->count; i++) {
		put(m, 0x02014b50, 4);
		put(m, 20, 2);
		put_head(m, &l->items[i]);
		put(m, 0, 2); /* comment */
		put(m, 0, 2); /* disk */
		put(m, 0, 2);
		put(m, 0, 4);
		put(m, offsets[i], 4);
		mutant_put(m, l->items[i].name, strlen(l->items[i].name));
	}
	end = m->out.len;
	put(m, 0x06054b50, 4);
	put(m, 0, 4);
	put(m, l->count, 2);
	put(m, l->count, 2);
	put(m, end - directory, 4);
	put(m, directory, 4);
	put(m, 0, 2);
	release(l);
	return 1;
}

/* ---- mutations ---- */

static int
add(struct mutant *m, const char *name, const char *content)
{
	struct entries *l = read_entries(m->from);
	struct entry *e;

	if (l == NULL || l->count == ENTRIES_MAX) {
		if (l != NULL)
			release(l);
		return 0;
	}
	e = &l->items[l->count++];
	snprintf(e->name, sizeof(e->name), "%s", name);
	mutant_collect(&e->bytes, content, strlen(content));
	mutant_say(m, "entry %s added", name);
	return write_out(m, l);
}

static int
add_document(struct mutant *m)
{
	return add(m, "unsigned.txt", "pay 1000");
}

static int
add_folder(struct mutant *m)
{
	return add(m, "folder/unsigned.txt", "pay 1000");
}

static int
add_nested(struct mutant *m)
{
	return add(m, "META-INF/unsigned.txt", "pay 1000");
}

static int
add_manifest(struct mutant *m)
{
	return add(m, "META-INF/ASiCManifest99.xml",
	    "<ASiCManifest xmlns=\"http://uri.etsi.org/02918/v1.2.1#\"><SigReference "
	    "URI=\"META-INF/signature99.p7s\"/></ASiCManifest>");
}

static int
add_open_manifest(struct mutant *m)
{
	return add(m, "META-INF/manifest.xml",
	    "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:"
	    "1.0\"><manifest:file-entry manifest:full-path=\"/\" manifest:media-type=\"x/y\"/>"
	    "</manifest:manifest>");
}

/* One that is no signature, manifest or mimetype: SIZE_MAX: none. */
static size_t
pick_document(struct mutant *m, const struct entries *l)
{
	size_t at = mutant_random(m, l->count), n;

	for (n = 0; n < l->count; n++, at = (at + 1) % l->count) {
		const char *name = l->items[at].name;

		if (strcmp(name, "mimetype") != 0 && name[0] != '\0' &&
		    name[strlen(name) - 1] != '/' && strncmp(name, "META-INF/", 9) != 0)
			return at;
	}
	return SIZE_MAX;
}

enum way { CONTENT, RENAMED, SECOND_OF_NAME };

static int
change(struct mutant *m, enum way how)
{
	static const char *const words[] = { "other content in", "another name for",
		"a second entry named" };
	struct entries *l = read_entries(m->from);
	size_t at = l != NULL ? pick_document(m, l) : SIZE_MAX;
	struct entry *e;

	if (at == SIZE_MAX || l->count == ENTRIES_MAX) {
		if (l != NULL)
			release(l);
		return 0;
	}
	e = &l->items[at];
	mutant_say(m, "%s %.100s", words[how], e->name);
	if (how == SECOND_OF_NAME) {
		memcpy(l->items[l->count].name, e->name, sizeof(e->name));
		e = &l->items[l->count++];
	}
	if (how == RENAMED)
		snprintf(e->name, sizeof(e->name), "renamed.txt");
	else {
		e->bytes.len = 0;
		mutant_collect(&e->bytes, "pay 1000", 8);
	}
	return write_out(m, l);
}

static int
change_content(struct mutant *m)
{
	return change(m, CONTENT);
}

static int
rename_document(struct mutant *m)
{
	return change(m, RENAMED);
}

static int
double_name(struct mutant *m)
{
	return change(m, SECOND_OF_NAME);
}

static int
lose(struct mutant *m)
{
	struct entries *l = read_entries(m->from);
	size_t at;

	if (l == NULL || l->count < 2) {
		if (l != NULL)
			release(l);
		return 0;
	}
	at = mutant_random(m, l->count);
	mutant_say(m, "entry %.100s taken out", l->items[at].name);
	buf_release(&l->items[at].bytes);
	memmove(&l->items[at], &l->items[at + 1], (l->count - at - 1) * sizeof(l->items[0]));
	l->count--;
	return write_out(m, l);
}

/* A bit of an entry's content, which compression and check sums would hide from plain flips. */
static int
flip_inside(struct mutant *m)
{
	struct entries *l = read_entries(m->from);
	struct entry *e;
	size_t at;

	if (l == NULL)
		return 0;
	e = &l->items[mutant_random(m, l->count)];
	if (e->bytes.len == 0) {
		release(l);
		return 0;
	}
	at = mutant_random(m, e->bytes.len);
	e->bytes.data[at] ^= (unsigned char)(1u << mutant_random(m, 8));
	mutant_say(m, "a bit of byte %zu of %.100s", at, e->name);
	return write_out(m, l);
}

/* Written anew: must be harmless, or else the mutations above show nothing. */
static int
rewrite(struct mutant *m)
{
	struct entries *l = read_entries(m->from);

	mutant_say(m, "written anew");
	return l != NULL && write_out(m, l);
}

#define ZIP (1u << MUTANT_ZIP)

const struct mutation mutations_of_zip[] = {
	{ "zip-rewrite", ZIP, rewrite },
	{ "zip-flip", ZIP, flip_inside },
	{ "zip-document", ZIP, add_document },
	{ "zip-folder", ZIP, add_folder },
	{ "zip-nested", ZIP, add_nested },
	{ "zip-manifest", ZIP, add_manifest },
	{ "zip-open-manifest", ZIP, add_open_manifest },
	{ "zip-content", ZIP, change_content },
	{ "zip-rename", ZIP, rename_document },
	{ "zip-double", ZIP, double_name },
	{ "zip-lose", ZIP, lose },
	{ NULL, 0, NULL },
};

/* ---- what is shown: every entry outside of META-INF ---- */

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

int
shown_zip(struct span file, unsigned char digest[32])
{
	struct entries *l = read_entries(file);
	struct buf all = BUF_INIT(0);
	size_t i;

	if (l == NULL)
		return 0;
	qsort(l->items, l->count, sizeof(l->items[0]), compare);
	for (i = 0; i < l->count; i++) {
		const struct entry *e = &l->items[i];

		if (e->name[0] == '\0' || e->name[strlen(e->name) - 1] == '/' ||
		    strncmp(e->name, "META-INF/", 9) == 0 || strcmp(e->name, "mimetype") == 0)
			continue;
		mutant_collect(&all, e->name, strlen(e->name) + 1);
		mutant_collect(&all, &e->bytes.len, sizeof(e->bytes.len));
		if (e->bytes.len > 0)
			mutant_collect(&all, e->bytes.data, e->bytes.len);
	}
	SHA256(all.data, all.len, digest);
	buf_release(&all);
	release(l);
	return 1;
}
