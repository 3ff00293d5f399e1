#include <stdlib.h>
#include <string.h>

#include "server/soap/call.h"

/*
 * References were collected by gSOAP in a list, last first. Parts come in the order of the
 * references (all known senders do so), so that looking from where the last one was found makes it
 * one step each.
 */
static void
reverse(struct call *c)
{
	struct soap_xlist *next, *at = c->soap->xlist;

	c->soap->xlist = NULL;
	c->xlist = NULL;
	for (; at != NULL; at = next) {
		next = at->next;
		at->next = c->xlist;
		c->xlist = at;
	}
}

static void
drop(struct soap_xlist **at)
{
	struct soap_xlist *gone = *at;

	*at = gone->next;
	free(gone); /* gSOAP's SOAP_MALLOC is malloc() */
}

/* Its part has come. */
static void
take(struct call *c, struct soap_xlist **at)
{
	struct soap_xlist *taken = *at;

	*at = taken->next;
	taken->next = c->taken;
	c->taken = taken;
}

static struct soap_xlist **
find_reference(struct call *c, const char *id)
{
	struct soap_xlist **at;

	for (at = &c->xlist; *at != NULL; at = &(*at)->next)
		if (soap_match_cid(c->soap, (*at)->id, id) == 0)
			return at;
	return NULL;
}

static struct call_document *
find_document(struct call *c, const struct soap_xlist *reference)
{
	size_t i;

	for (i = 0; i < c->document_count; i++)
		if (&c->documents[i].content->__ptr == (unsigned char *const *)reference->ptr)
			return &c->documents[i];
	return NULL;
}

/* A binary that is no document, such as a digest with MTOM on: kept in memory. */
static int
keep_small(struct call *c, struct soap_xlist **at, struct error *err)
{
	struct buf content = BUF_INIT(c->limits->inline_bytes);
	struct span bytes;
	unsigned char *copy;
	int more;

	while ((more = body_read(&c->body, &bytes, err)) > 0)
		if (buf_append_span(&content, bytes, err) != 0)
			break;
	copy = more == 0 ? call_alloc(c, content.len + 1, 1) : NULL;
	if (copy != NULL) {
		if (content.len > 0)
			memcpy(copy, content.data, content.len);
		*(*at)->ptr = copy;
		*(*at)->size = (int)content.len;
		take(c, at);
	}
	buf_release(&content);
	return copy != NULL ? 0 : error_memory(err);
}

static int
stream(struct call *c, struct call_document *d, struct error *err)
{
	struct span bytes;
	int more;

	while ((more = body_read(&c->body, &bytes, err)) > 0)
		if (op_document_write(d->doc, bytes.data, bytes.len, err) != 0)
			return -1;
	if (more < 0 || op_document_end(d->doc, err) != 0)
		return -1;
	d->has_come = 1;
	return 0;
}

/* Which of two parts was meant cannot be told, and who looks at the message may see the other. */
static int
is_a_second(struct call *c, const struct body_part *part, struct error *err)
{
	const struct soap_xlist *taken;
	char id[80];

	for (taken = c->taken; taken != NULL; taken = taken->next) {
		if (soap_match_cid(c->soap, taken->id, part->id) != 0)
			continue;
		text_printable(id, sizeof(id), part->id);
		error_set(err, ERROR_MALFORMED, "two MIME parts have the Content-ID \"%s\"", id);
		return 1;
	}
	return 0;
}

/*
 * Read parts: all, or those before the first document. A part that nothing refers to is skipped.
 * c->part is the part that body stands in; 1 when it is a document that was left there.
 */
static int
read_parts(struct call *c, int with_documents, struct error *err)
{
	struct call_document *d;
	struct soap_xlist **at;
	int more = 1;

	while (c->xlist != NULL && more > 0) {
		at = find_reference(c, c->part.id);
		d = at == NULL ? NULL : find_document(c, *at);
		if (d != NULL && !with_documents)
			return 1;
		if (d != NULL) {
			if (stream(c, d, err) != 0)
				return -1;
			take(c, at);
		} else if (at == NULL && is_a_second(c, &c->part, err)) {
			return -1;
		} else if (at != NULL && keep_small(c, at, err) != 0) {
			return -1;
		}
		more = c->xlist != NULL ? body_next(&c->body, &c->part, err) : 1;
	}
	return more < 0 ? -1 : 0;
}

static int
missing(struct call *c, struct error *err)
{
	char id[80];

	text_printable(id, sizeof(id), c->xlist->id);
	return error_set(err, ERROR_MALFORMED, "no MIME part has the Content-ID of \"%s\"", id);
}

int
attachments_begin(struct call *c, struct error *err)
{
	int more;

	reverse(c);
	if (c->xlist == NULL)
		return 0;
	if (!c->is_multipart)
		return missing(c, err);
	more = body_next(&c->body, &c->part, err);
	if (more == 0)
		return missing(c, err);
	return more;
}

/* Parts have come: the spans that look at them. */
static void
look_again(struct call *c)
{
	size_t i;

	for (i = 0; i < c->late_count; i++)
		*c->late[i].to =
		    (struct span){ c->late[i].from->__ptr, (size_t)c->late[i].from->__size };
}

int
attachments_read_small(struct call *c, struct error *err)
{
	if (c->xlist == NULL)
		return 0;
	if (read_parts(c, 0, err) < 0)
		return -1;
	look_again(c);
	return 0;
}

static int
take_inline(struct call *c, struct call_document *d, struct error *err)
{
	size_t size = (size_t)d->content->__size;

	if (size > c->limits->inline_bytes)
		return error_limit(err, ERROR_TOO_LARGE, "limit-inline", c->limits->inline_bytes,
		    size, "bytes of a document inside the XML; send it by MTOM");
	if (size > 0 && op_document_write(d->doc, d->content->__ptr, size, err) != 0)
		return -1;
	d->has_come = 1;
	return op_document_end(d->doc, err);
}

/* To the closing boundary, so that a message that was cut short is found out. */
static int
skip_rest(struct call *c, struct error *err)
{
	struct body_part part;
	int more;

	while ((more = body_next(&c->body, &part, err)) > 0)
		if (is_a_second(c, &part, err))
			return -1;
	return more;
}

int
attachments_receive(struct call *c, struct error *err)
{
	size_t i;

	for (i = 0; i < c->document_count; i++)
		if (!c->documents[i].is_attached && take_inline(c, &c->documents[i], err) != 0)
			return -1;
	if (!c->is_multipart)
		return 0;
	if (c->xlist != NULL && read_parts(c, 1, err) < 0)
		return -1;
	if (c->xlist != NULL)
		return missing(c, err);
	look_again(c);
	return skip_rest(c, err);
}

void
attachments_release(struct call *c)
{
	while (c->xlist != NULL)
		drop(&c->xlist);
	while (c->taken != NULL)
		drop(&c->taken);
	while (c->soap->xlist != NULL)
		drop(&c->soap->xlist);
}
