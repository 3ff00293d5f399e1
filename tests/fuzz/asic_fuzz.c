/*
 * Containers from anywhere: read as they are, and as a ZIP put together from lines of text, so that
 * what lies behind the checksums is reached too: "name\n" followed by the data up to a line of
 * "--".
 */
#include <stddef.h>
#include <string.h>

#include "signing/format/asic/asic_read.h"

#define ENTRIES 16

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
read_one(struct span file)
{
	static const struct asic_limits small = { 64, 256, 200, 1 << 20, 1 << 21, 1 << 16 };
	const struct asic_read_options options = {
		.archive = &small, .name = "x.asics", .keep_octets = 1
	};
	struct asic_container container = { 0 };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	asic_read(&list, &container, file, &options, &err);
	signatures_release(&list);
	asic_container_release(&container);
}

static int
next_entry(struct span *text, char *name, size_t name_size, struct span *data)
{
	const unsigned char *line = memchr(text->data, '\n', text->len), *end;
	size_t len;

	if (line == NULL || (size_t)(line - text->data) >= name_size || line == text->data)
		return 0;
	len = (size_t)(line - text->data);
	memcpy(name, text->data, len);
	name[len] = '\0';
	text->data += len + 1;
	text->len -= len + 1;
	end = memmem(text->data, text->len, "\n--\n", 4);
	len = end != NULL ? (size_t)(end - text->data) : text->len;
	*data = (struct span){ text->data, len };
	len = end != NULL ? len + 4 : len;
	text->data += len;
	text->len -= len;
	return strlen(name) > 0;
}

static void
read_assembled(struct span text)
{
	struct archive_new entries[ENTRIES] = { 0 };
	char names[ENTRIES][64];
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t n = 0;

	while (n < ENTRIES && next_entry(&text, names[n], sizeof(names[n]), &entries[n].data)) {
		entries[n].name = names[n];
		entries[n].is_stored = n % 2 == 0;
		n++;
	}
	if (n > 0 && archive_write(&file, SPAN_NONE, entries, n, 0, &err) == 0)
		read_one(SPAN_OF(&file));
	buf_release(&file);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct span input = { data, size };

	read_one(input);
	read_assembled(input);
	return 0;
}
