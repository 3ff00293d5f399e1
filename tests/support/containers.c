#include "tests/support/containers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"
#include "tests/support/tsa.h"

const struct document *
container_documents(void)
{
	static struct document docs[CONTAINER_DOCUMENTS];

	docs[0] = (struct document){ .name = "a.txt",
		.mime_type = "text/plain",
		.content = span_str("An invoice over 1,000 euros."),
		.has_content = 1 };
	docs[1] = (struct document){ .name = "b/\xc3\xa4 +.xml",
		.mime_type = "text/xml",
		.content = span_str("<order><item>42</item></order>"),
		.has_content = 1 };
	return docs;
}

void
container_make(
    struct buf *out, enum asic_type type, enum format family, enum level level, enum pki_id signer)
{
	const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW };
	const struct timestamp_source source = test_tsa_source(&tsa);
	const struct sign_options options = {
		.level = level, .signing_time = PKI_NOW, .claim_time = 1, .timestamp = &source
	};
	const struct asic_sign_options asic = { type, family };
	struct error err = ERROR_INIT;

	ASSERT_OK(asic_sign(out, container_documents(), type == ASIC_S ? 1 : CONTAINER_DOCUMENTS,
		      &asic, pki_key(signer), &options, &err),
	    &err);
}

void
container_change(struct buf *file, const struct container_change *changes, size_t count)
{
	struct archive_new *entries;
	struct archive archive;
	struct buf made = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t i, k, n = 0;

	ASSERT_OK(archive_open(&archive, SPAN_OF(file), NULL, &err), &err);
	entries = calloc(archive.count + count, sizeof(*entries));
	CU_ASSERT_PTR_NOT_NULL_FATAL(entries);
	for (i = 0; i < archive.count; i++) {
		const struct archive_entry *e = &archive.entries[i];
		struct archive_new as = { e->name, SPAN_OF(&e->data), e->is_stored };
		int drop = 0;

		for (k = 0; k < count; k++) {
			if (changes[k].name == NULL || strcmp(changes[k].name, e->name) != 0)
				continue;
			drop |= changes[k].drop;
			as.name = changes[k].rename != NULL ? changes[k].rename : as.name;
			as.data = changes[k].data != NULL ? span_str(changes[k].data) : as.data;
		}
		if (!drop)
			entries[n++] = as;
	}
	for (k = 0; k < count; k++)
		if (changes[k].name == NULL)
			entries[n++] =
			    (struct archive_new){ changes[k].rename, span_str(changes[k].data), 0 };
	ASSERT_OK(archive_write(&made, SPAN_NONE, entries, n, PKI_NOW, &err), &err);
	free(entries);
	archive_release(&archive);
	buf_release(file);
	*file = made;
}

void
container_read(struct container_reading *r, const struct buf *file)
{
	struct error err = ERROR_INIT;

	memset(r, 0, sizeof(*r));
	ASSERT_OK(asic_read(&r->list, &r->container, SPAN_OF(file), NULL, &err), &err);
}

void
container_release(struct container_reading *r)
{
	signatures_release(&r->list);
	asic_container_release(&r->container);
}

int
container_signed(const struct container_reading *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->container.entry_count; i++)
		if (strcmp(r->container.entries[i].name, name) == 0)
			return r->container.entries[i].is_signed;
	return -1;
}

int
container_holds(const struct container_reading *r)
{
	size_t i;

	for (i = 0; i < r->list.count; i++)
		if (!r->list.items[i].value_intact || !r->list.items[i].references_intact ||
		    r->list.items[i].failure != SUB_NONE)
			return 0;
	return r->list.count > 0;
}
