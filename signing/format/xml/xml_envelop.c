/* Enveloped signatures: what is covered, where the text goes, which bytes it is spliced into. */
#include <stdlib.h>
#include <string.h>

#include "signing/format/xml/xml_lex.h"
#include "signing/format/xml/xml_make.h"

static const char object_open[] = "<ds:Object xmlns:ds=\"" XML_NS_DSIG "\">";
static const char object_close[] = "</ds:Object>";

#define PLACES_MAX 20

/* The caller's document, parsed, and where things are in it. */
struct host {
	struct xml_reader r;
	const xmlNode *root;
	const xmlNode *target; /* NULL: the whole document */
	const xmlNode *places[PLACES_MAX];
	int wrapped[PLACES_MAX]; /* in a ds:Object of an earlier signature */
	size_t place_count;
};

static int
find_target(struct xml_making *m, struct host *h)
{
	const struct xml_sign_options *xml = m->xml;
	xmlNode *element = NULL;
	int hits;

	if (xml->target_id != NULL) {
		h->target = xml_by_id(&h->r.doc, xml->target_id, &hits);
		if (h->target == NULL)
			return error_set(m->err, hits == 0 ? ERROR_NOT_FOUND : ERROR_CONFLICT,
			    hits == 0 ? "no element of the document has the ID \"%.100s\""
				      : "more than one element of the document has the ID "
					"\"%.100s\"",
			    xml->target_id);
		if (strpbrk(xml->target_id, "( \t\r\n") != NULL)
			return error_set(m->err, ERROR_UNSUPPORTED,
			    "the ID \"%.100s\" cannot be referred to", xml->target_id);
	} else if (xml->target_xpath != NULL) {
		if (xml_xpath_element(
			&h->r.doc, h->root, xml->target_xpath, &h->r.budget, &element, m->err) != 0)
			return -1;
		h->target = element;
	}
	return 0;
}

static void
add_place(struct host *h, const xmlNode *element, int wrapped)
{
	if (h->place_count == PLACES_MAX)
		return;
	h->places[h->place_count] = element;
	h->wrapped[h->place_count++] = wrapped;
}

/* Where the signature may go, best first. */
static int
find_places(struct xml_making *m, struct host *h)
{
	xmlNode *element = NULL;
	size_t i;

	if (m->xml->placement != NULL) {
		if (xml_xpath_element(
			&h->r.doc, h->root, m->xml->placement, &h->r.budget, &element, m->err) != 0)
			return -1;
		add_place(h, element, 0);
		return 0;
	}
	add_place(h, h->root, 0);
	for (i = h->r.doc.count; i-- > 0;)
		if (xml_is(h->r.doc.nodes[i], XML_NS_DSIG, "Signature"))
			add_place(h, h->r.doc.nodes[i], 1);
	return 0;
}

/* The reference's URI and transforms for a signature at that place. */
static int
plan_enveloped(struct xml_making *m, const struct host *h, const xmlNode *place)
{
	struct buf *transforms = &m->b.planned[0].transforms;
	const char *id = xml_id_of(h->target);
	int hits = 0, by_id;

	if (m->xml->target_id != NULL)
		id = m->xml->target_id;
	by_id = h->target != NULL && id != NULL && id[0] != '\0' &&
		strpbrk(id, "( \t\r\n") == NULL && xml_by_id(&h->r.doc, id, &hits) == h->target;
	transforms->len = 0;
	if (xml_plan_uri(m, by_id ? "#" : "", by_id ? id : "") != 0)
		return -1;
	if ((!by_id || xml_is_inside(&h->r.doc, place, h->target)) &&
	    xml_plan_transform(m, XML_TRANSFORM_ENVELOPED) != 0)
		return -1;
	if (h->target != NULL && !by_id &&
	    xml_put_filter(transforms, m->xml->target_xpath, m->err) != 0)
		return -1;
	return xml_plan_transform(m, m->b.c14n);
}

/* The caller's bytes with the signature's text in front of the end tag of `place`. */
static int
splice(struct xml_making *m, const struct host *h, const xmlNode *element, int wrapped)
{
	struct span in = m->docs[0].content;
	struct xml_place place;
	struct buf *f = &m->file;

	f->len = 0;
	if (xml_lex_place(in, xml_ordinal(&h->r.doc, element), &place, m->err) != 0 ||
	    buf_append(f, in.data, place.close, m->err) != 0 ||
	    (place.is_empty_tag && buf_append_str(f, ">", m->err) != 0) ||
	    (wrapped && buf_append_str(f, object_open, m->err) != 0))
		return -1;
	m->base = f->len;
	if (buf_append_span(f, SPAN_OF(&m->b.text), m->err) != 0 ||
	    (wrapped && buf_append_str(f, object_close, m->err) != 0))
		return -1;
	if (place.is_empty_tag) {
		if (buf_append_str(f, "</", m->err) != 0 ||
		    buf_append_span(f, place.qname, m->err) != 0 ||
		    buf_append_str(f, ">", m->err) != 0)
			return -1;
		place.close = place.end;
	}
	return buf_append(f, in.data + place.close, in.len - place.close, m->err);
}

/* With its text still blank, does the signature leave the earlier ones as they are? */
static int
leaves_earlier(struct xml_making *m, int with_scope, int *leaves)
{
	struct signatures now = { 0 };
	int rc;

	*leaves = 1;
	if (m->earlier.count == 0)
		return 0;
	rc = xml_read(&now, SPAN_OF(&m->file), &m->reading, m->err);
	if (rc == 0)
		*leaves = xml_make_keeps_earlier(m, &now, with_scope);
	signatures_release(&now);
	return rc;
}

static int
lay_out_enveloped(struct xml_making *m, const struct host *h)
{
	int with_scope, leaves = 0;
	size_t i;

	for (with_scope = 1; with_scope >= 0; with_scope--)
		for (i = 0; i < h->place_count; i++) {
			if (plan_enveloped(m, h, h->places[i]) != 0 ||
			    xml_build_text(&m->b, m->err) != 0 ||
			    splice(m, h, h->places[i], h->wrapped[i]) != 0 ||
			    leaves_earlier(m, with_scope, &leaves) != 0)
				return -1;
			if (leaves)
				return 0;
		}
	return error_set(m->err, ERROR_CONFLICT,
	    "an earlier signature of the document would be broken by a further one%s",
	    m->xml->placement != NULL ? " at that place" : "");
}

int
xml_make_enveloped(struct xml_making *m)
{
	struct host h = { .place_count = 0 };
	char name[32];
	int rc = -1;

	if (m->count != 1 || !m->docs[0].has_content)
		return error_set(m->err, ERROR_MALFORMED,
		    "an enveloped signature is put into the content of exactly one document");
	if (xml_lex_encoding(m->docs[0].content, name) == XML_ENCODING_UTF16)
		return error_set(m->err, ERROR_UNSUPPORTED,
		    "documents in UTF-16 are not signed enveloped; convert the document to UTF-8");
	if (xml_plan(m, 1) != 0 ||
	    xml_reader_open(&h.r, m->docs[0].content, &m->reading, m->err) != 0)
		return -1;
	if (m->docs[0].mime_type == NULL)
		m->b.planned[0].mime_type = "text/xml";
	h.root = xmlDocGetRootElement(h.r.doc.doc);
	if (xml_read(&m->earlier, m->docs[0].content, &m->reading, m->err) == 0 &&
	    find_target(m, &h) == 0 && find_places(m, &h) == 0)
		rc = lay_out_enveloped(m, &h);
	xml_reader_close(&h.r);
	return rc == 0 ? xml_make_complete(m) : -1;
}
