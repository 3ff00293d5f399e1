/* Containers: what is told of them, and how they are made. */
#include <stdio.h>
#include <string.h>

#include "server/ops/private.h"
#include "signing/format/asic/asic_sign.h"

/* ---- what the answer's result says of a container ---- */

static void
append(char *text, size_t size, const char *more)
{
	size_t len = strlen(text);

	if (len + strlen(more) + 1 <= size)
		memcpy(text + len, more, strlen(more) + 1);
	else if (len > 3)
		memcpy(text + len - 3, "...", 4);
}

/* Entries that no signature covers are named, so that nobody takes them for signed. */
static void
say_unsigned(struct result *result, const struct asic_container *container)
{
	const char *between = "";
	size_t i;

	result->major = RESULT_WARNING;
	snprintf(result->message, sizeof(result->message), "not covered by any intact signature: ");
	for (i = 0; i < container->entry_count; i++) {
		if (container->entries[i].role != ASIC_DATA || container->entries[i].is_signed)
			continue;
		append(result->message, sizeof(result->message) - 4, between);
		append(result->message, sizeof(result->message) - 4, container->entries[i].name);
		between = ", ";
	}
}

void
ops_asic_describe(struct result *result, const struct asic_container *container, size_t signatures)
{
	if (signatures > 0 && container->unsigned_count > 0)
		say_unsigned(result, container);
	else if (container->remarks[0] != '\0')
		snprintf(result->message, sizeof(result->message), "%.399s", container->remarks);
}

/* ---- making ---- */

/* A document without a name needs one in a container. */
static struct document
named(const struct document *doc)
{
	struct document d = *doc;

	if (d.name == NULL || d.name[0] == '\0')
		d.name = "document";
	return d;
}

/* A container of that type gets a signature more; all else is put into a new one. */
int
ops_asic_sign(const struct engine *engine, struct request *req, struct buf *out,
    const struct document *doc, enum asic_type type, enum format family, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	const char *mime_type = type == ASIC_S ? ASIC_MIME_S : ASIC_MIME_E;
	const struct asic_sign_options asic = { type, family };
	const struct document d = named(doc);

	if (asic_says_it_is(doc->content, mime_type))
		return ops_container_sign(engine, req, out, doc->content, key, options, err);
	return asic_sign(out, &d, 1, &asic, key, options, err);
}

int
ops_asic_timestamp(struct buf *out, const struct document *doc,
    const struct timestamp_source *source, int64_t seconds, const struct format_limits *limits,
    struct error *err)
{
	const struct document d = named(doc);

	return asic_timestamp(out, &d, 1, ASIC_S, source, seconds, limits, err);
}
