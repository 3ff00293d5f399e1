/* The document with what it was before it was encrypted, level by level. */
#include "signing/format/xml/xml_decrypt.h"

#include <stdlib.h>
#include <string.h>

#include "signing/format/xml/xml_locked.h"

int
xml_is_encrypted(struct span document)
{
	static const char ns[] = XML_NS_ENC, element[] = "EncryptedData";

	return memmem(document.data, document.len, ns, sizeof(ns) - 1) != NULL &&
	       memmem(document.data, document.len, element, sizeof(element) - 1) != NULL;
}

/* A piece of the document that is looked through, and whose content it is. */
struct range {
	size_t from, to, layer;
};

struct decrypting {
	struct xml_decrypted *out;
	const struct format_limits *limits;
	const struct xml_opener *opener;
	struct xml_doc doc;
	struct span now;      /* the document as it is by now */
	struct buf text;      /* that, when something of it was opened */
	struct buf next;      /* with what is opened of it now */
	size_t copied;	      /* of now, into next */
	struct range *ranges; /* of it */
	size_t range_count;
	struct range *opened; /* of next */
	size_t opened_count;
	int is_done;
	struct error *err;
};

static const struct range *
range_of(const struct decrypting *d, const struct xml_place *place)
{
	size_t i;

	for (i = 0; i < d->range_count; i++)
		if (place->start >= d->ranges[i].from && place->end <= d->ranges[i].to)
			return &d->ranges[i];
	return NULL;
}

static struct xml_layer *
add_layer(struct decrypting *d, const xmlNode *data, size_t inside)
{
	struct xml_decrypted *out = d->out;
	struct xml_layer *bigger = realloc(out->layers, (out->count + 1) * sizeof(*bigger));
	int is_root = data->parent == NULL || data->parent->type != XML_ELEMENT_NODE;

	if (bigger == NULL) {
		error_memory(d->err);
		return NULL;
	}
	out->layers = bigger;
	bigger = &bigger[out->count];
	memset(bigger, 0, sizeof(*bigger));
	bigger->inside = inside;
	buf_init(&bigger->content, d->limits->output_bytes);
	out->count++;
	if (!is_root && (bigger->parent = xml_path_of(data->parent)) == NULL) {
		error_memory(d->err);
		return NULL;
	}
	return bigger;
}

static int
add_opened(struct decrypting *d, size_t from, size_t to)
{
	struct range *bigger = realloc(d->opened, (d->opened_count + 1) * sizeof(*bigger));

	if (bigger == NULL)
		return error_memory(d->err);
	d->opened = bigger;
	d->opened[d->opened_count++] = (struct range){ from, to, d->out->count - 1 };
	return 0;
}

/*
 * Where it stood stands its content; what is no part of a document is all there is. The layer keeps
 * the content.
 */
static int
put_in_place(struct decrypting *d, const xmlNode *data, const struct xml_place *place,
    size_t inside, struct buf *content)
{
	struct xml_layer *layer = add_layer(d, data, inside);
	const struct span before = { d->now.data + d->copied, place->start - d->copied };
	const char *type = xml_attr(data, "Type");
	struct span part = xml_without_declaration(SPAN_OF(content));
	size_t from;

	/* All at once: a buffer that grows leaves decrypted bytes behind, which nobody wipes. */
	if (layer == NULL ||
	    (d->next.len == 0 && buf_reserve(&d->next, d->now.len, d->err) == NULL))
		return -1;
	if (type == NULL ||
	    (strcmp(type, XML_TYPE_ELEMENT) != 0 && strcmp(type, XML_TYPE_CONTENT) != 0)) {
		d->out->is_octets = d->is_done = 1;
		d->copied = d->now.len;
		part = SPAN_OF(content);
	} else if (buf_append_span(&d->next, before, d->err) != 0) {
		return -1;
	} else {
		d->copied = place->end;
	}
	from = d->next.len;
	if (buf_append_span(&d->next, part, d->err) != 0 ||
	    buf_move(&layer->content, content, d->err) != 0)
		return -1;
	return d->is_done ? 0 : add_opened(d, from, d->next.len);
}

static int
open_one(struct decrypting *d, const xmlNode *data, const struct xml_place *place, size_t inside)
{
	struct buf content = BUF_INIT(d->limits->output_bytes);
	const struct span element = { d->now.data + place->start, place->end - place->start };
	struct envelope envelope;
	char *part = xml_path_of(data);
	int rc = -1;

	if (part == NULL) {
		error_memory(d->err);
		goto done;
	}
	if (xml_locked_read(&envelope, &d->doc, data, d->limits, d->err) != 0)
		goto done;
	rc = d->opener->open(d->opener->ctx, part, element, &envelope, &content, d->err);
	if (rc > 0)
		rc = put_in_place(d, data, place, inside, &content);
done:
	buf_wipe(&content);
	free(part);
	return rc;
}

/* Each EncryptedData in the ranges that does not stand in another one. */
static int
open_level(struct decrypting *d)
{
	const struct range *range;
	struct xml_place place;
	size_t i;

	for (i = 0; i < d->doc.count && !d->is_done; i++) {
		if (!xml_is(d->doc.nodes[i], XML_NS_ENC, "EncryptedData"))
			continue;
		if (xml_lex_place(d->now, xml_ordinal(&d->doc, d->doc.nodes[i]), &place, d->err) !=
		    0)
			return -1;
		range = range_of(d, &place);
		if (range != NULL && open_one(d, d->doc.nodes[i], &place, range->layer) < 0)
			return -1;
		i = d->doc.ends[i] - 1;
	}
	return 0;
}

/* What was opened is looked through next. */
static int
next_level(struct decrypting *d)
{
	const struct span rest = { d->now.data + d->copied, d->now.len - d->copied };

	if (buf_append_span(&d->next, rest, d->err) != 0)
		return -1;
	buf_wipe(&d->text);
	d->text = d->next;
	d->now = SPAN_OF(&d->text);
	buf_init(&d->next, d->limits->output_bytes);
	d->copied = 0;
	free(d->ranges);
	d->ranges = d->opened;
	d->range_count = d->opened_count;
	d->opened = NULL;
	d->opened_count = 0;
	return 0;
}

/* Parsing it, copying it, and looking up where its encrypted parts stand. */
static int
pay(const struct decrypting *d)
{
	struct work *work = d->opener->work;

	if (work_spend(work, xml_parse_work(d->now.len, d->limits->xml_nodes)))
		return 0;
	return error_limit(d->err, ERROR_LIMIT, "xml-decrypt-work", work->allowed, work->met,
	    "work to open the encrypted parts of the document");
}

/* 1 when something was opened. */
static int
decrypt_level(struct decrypting *d)
{
	const size_t before = d->out->count;
	int rc;

	if (pay(d) != 0 || xml_doc_parse(&d->doc, d->now, d->limits, NULL, d->err) != 0)
		return -1;
	rc = open_level(d);
	xml_doc_release(&d->doc);
	if (rc != 0 || d->out->count == before)
		return rc;
	return next_level(d) == 0 ? 1 : -1;
}

int
xml_decrypt(struct xml_decrypted *out, struct span document, const struct format_limits *limits,
    const struct xml_opener *opener, struct error *err)
{
	struct decrypting d = { .out = out, .limits = limits, .opener = opener, .err = err };
	char encoding[32];
	int rc;

	buf_init(&d.text, limits->output_bytes);
	buf_init(&d.next, limits->output_bytes);
	if (xml_lex_encoding(document, encoding) != XML_ENCODING_UTF8)
		return error_set(err, ERROR_UNSUPPORTED,
		    "what is encrypted in an XML document is UTF-8, and the document is not");
	d.ranges = calloc(1, sizeof(*d.ranges));
	if (d.ranges == NULL)
		return error_memory(err);
	d.ranges[0] = (struct range){ 0, document.len, XML_LAYER_NONE };
	d.range_count = 1;
	d.now = document;
	do {
		rc = decrypt_level(&d);
	} while (rc > 0 && !d.is_done);
	if (rc >= 0) {
		rc = 0;
		if (out->count > 0) {
			out->document = d.text;
			buf_init(&d.text, 0);
		}
	}
	free(d.ranges);
	free(d.opened);
	buf_wipe(&d.text);
	buf_wipe(&d.next);
	return rc;
}

void
xml_decrypted_release(struct xml_decrypted *out)
{
	size_t i;

	for (i = 0; i < out->count; i++) {
		free(out->layers[i].parent);
		buf_wipe(&out->layers[i].content);
	}
	free(out->layers);
	buf_wipe(&out->document);
	memset(out, 0, sizeof(*out));
}
