/* The documents of a replay, and what was in those that are encrypted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/report/replay_parts.h"

/* ---- encrypted layers ---- */

static const struct report_layer *
layer_of(const struct recorded *rec, const unsigned char sha256[32])
{
	size_t i;

	for (i = 0; i < rec->layer_count; i++)
		if (memcmp(rec->layers[i].envelope, sha256, 32) == 0)
			return &rec->layers[i];
	return NULL;
}

static int
add_layer(struct run *r, const struct report_layer *layer, struct error *err)
{
	if (r->layer_count == REPLAY_LAYERS_MAX)
		return error_limit(err, ERROR_LIMIT, "envelope-layers", REPLAY_LAYERS_MAX, 0,
		    "encrypted layers of the document");
	r->layers[r->layer_count++] = *layer;
	return 0;
}

static int
is_it(const struct report_layer *layer, struct span content)
{
	unsigned char sha256[DIGEST_SIZE_MAX];

	return digest_span(DIGEST_SHA256, content, sha256, NULL) == 0 &&
	       memcmp(sha256, layer->content, 32) == 0;
}

/*
 * A whole file, or the end of one, as of a decrypted mail, which has header fields before it. 1
 * found, 0 not.
 */
static int
find_at_end(const struct report_layer *layer, struct span file, struct span *content)
{
	*content = file;
	if (content->len > layer->size && layer->size > 0) {
		content->data += content->len - layer->size;
		content->len = layer->size;
	}
	return is_it(layer, *content);
}

#define INSIDE_BYTES_MAX ((size_t)4 << 30) /* digested in search of one content, all in all */

/* Within a decrypted XML file: an element, or what stands between tags. */
static int
find_between_tags(const struct report_layer *layer, struct span file, struct span *content)
{
	size_t at, left = INSIDE_BYTES_MAX;

	if (layer->size == 0)
		return find_at_end(layer, file, content);
	for (at = 0; at + layer->size <= file.len && left >= layer->size; at++) {
		const unsigned char *from = file.data + at, *end = from + layer->size;
		const int is_element = from[0] == '<' && end[-1] == '>';
		const int is_content =
		    at > 0 && from[-1] == '>' && end < file.data + file.len && *end == '<';

		if (!is_element && !is_content)
			continue;
		*content = (struct span){ from, layer->size };
		if (is_it(layer, *content))
			return 1;
		left -= layer->size;
	}
	return find_at_end(layer, file, content);
}

typedef int (*find_fn)(const struct report_layer *layer, struct span file, struct span *content);

/* What the report says had been opened must be at hand; what had stayed closed stays closed. */
static int
open_by(struct run *r, find_fn find, const char *part, struct span file, struct buf *content,
    struct error *err)
{
	const struct report_layer *then;
	struct report_layer now = { 0 };
	struct span at_hand;
	unsigned char sha256[DIGEST_SIZE_MAX];
	char hex[65];
	size_t i;

	if (digest_span(DIGEST_SHA256, file, sha256, err) != 0)
		return -1;
	then = layer_of(r->recorded, sha256);
	text_copy(now.part, sizeof(now.part), part);
	memcpy(now.envelope, sha256, sizeof(now.envelope));
	if (then == NULL || !then->is_open)
		return add_layer(r, &now, err);
	for (i = 0; i < r->in->opened_count; i++)
		if (find(then, r->in->opened[i].content, &at_hand))
			break;
	if (i == r->in->opened_count)
		return error_set(err, ERROR_NOT_FOUND,
		    "%s%s%s is encrypted, and had been opened with a key that is not here: decrypt "
		    "it, and give what was in it as well (SHA-256 %s)",
		    part[0] != '\0' ? "part " : "the document", part,
		    part[0] != '\0' ? " of it" : "", text_hex(hex, then->content, 32));
	now.is_open = 1;
	memcpy(now.content, then->content, sizeof(now.content));
	now.size = at_hand.len;
	return add_layer(r, &now, err) == 0 && buf_append_span(content, at_hand, err) == 0 ? 1 : -1;
}

static int
open_layer(void *ctx, const char *part, struct span file, struct buf *content, struct error *err)
{
	return open_by(ctx, find_at_end, part, file, content, err);
}

static int
open_xml(void *ctx, const char *part, struct span element, struct envelope *envelope,
    struct buf *content, struct error *err)
{
	envelope_release(envelope);
	return open_by(ctx, find_between_tags, part, element, content, err);
}

/*
 * 1 when this is not the document of the report but what was in it: then its layers up to there are
 * as the report says.
 */
static int
is_content(struct run *r, const struct document *doc)
{
	const struct recorded *rec = r->recorded;
	unsigned char sha256[DIGEST_SIZE_MAX];
	size_t i, n;

	if (digest_span(DIGEST_SHA256, doc->content, sha256, NULL) != 0)
		return 0;
	for (i = 0; i < rec->layer_count && i < REPLAY_LAYERS_MAX; i++)
		if (rec->layers[i].is_open && rec->layers[i].part[0] == '\0' &&
		    memcmp(rec->layers[i].content, sha256, 32) == 0)
			break;
	if (i == rec->layer_count || i == REPLAY_LAYERS_MAX)
		return 0;
	for (n = 0; n <= i; n++)
		r->layers[n] = rec->layers[n];
	r->layers[i].size = doc->content.len;
	r->layer_count = i + 1;
	return 1;
}

/* ---- documents ---- */

static int
tell_other(struct run *r, size_t i, const unsigned char *value)
{
	const struct recorded_document *d = &r->recorded->documents[i];
	char what[60], was[2 * DIGEST_SIZE_MAX + 1], is[2 * DIGEST_SIZE_MAX + 1];

	snprintf(what, sizeof(what), "document %zu, which is another one: %s", i + 1,
	    digest_name(d->digest));
	return replay_differ(
	    r, what, text_hex(was, d->value.data, d->value.len), text_hex(is, value, d->value.len));
}

/* One that both have. */
static int
take_document(struct run *r, size_t i)
{
	const struct recorded_document *d = &r->recorded->documents[i];
	unsigned char value[DIGEST_SIZE_MAX];

	if (document_digest(&r->in->documents[i], d->digest, value, r->err) != 0)
		return -1;
	if (memcmp(value, d->value.data, d->value.len) != 0) {
		if (i > 0 || !is_content(r, &r->in->documents[i]))
			return tell_other(r, i, value);
		return replay_believe(r,
		    "that the encrypted document held what was given now is what the report says: "
		    "give the document, and this beside it, to be independent of that");
	}
	r->judged[i].name = d->name[0] != '\0' ? d->name : NULL;
	r->values[i].length = r->in->documents[i].content.len;
	return 0;
}

int
replay_take_documents(struct run *r)
{
	const struct recorded *rec = r->recorded;
	const size_t given = r->in->document_count;
	char was[24], is[24];
	size_t i;

	r->opener = (struct envelope_opener){ open_layer, r };
	r->xml_opener = (struct xml_opener){ .open = open_xml, .ctx = r };
	r->judged = calloc(given + 1, sizeof(*r->judged));
	r->told = calloc(rec->document_count + 1, sizeof(*r->told));
	r->values = calloc(rec->document_count + 1, sizeof(*r->values));
	if (r->judged == NULL || r->told == NULL || r->values == NULL)
		return error_memory(r->err);
	for (i = 0; i < given; i++)
		r->judged[i] = r->in->documents[i];
	for (i = 0; i < rec->document_count; i++) {
		const struct recorded_document *d = &rec->documents[i];

		r->values[i].have = DIGEST_BIT(d->digest);
		memcpy(r->values[i].value[d->digest], d->value.data, d->value.len);
		r->told[i] = (struct document){ .name = d->name, .digests = &r->values[i] };
		if (i < given && take_document(r, i) != 0)
			return -1;
	}
	/* A token's report has the digest that counts. */
	if (given == rec->document_count || (given == 0 && rec->of == RECORDED_TIMESTAMP))
		return 0;
	snprintf(was, sizeof(was), "%zu", rec->document_count);
	snprintf(is, sizeof(is), "%zu", given);
	return replay_differ(r, "how many documents", was, is);
}

void
replay_drop_documents(struct run *r)
{
	free(r->judged);
	free(r->told);
	free(r->values);
}
