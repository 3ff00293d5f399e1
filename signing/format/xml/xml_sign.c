#include "signing/format/xml/xml_sign.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/xml/xml_build.h"
#include "signing/format/xml/xml_lex.h"
#include "signing/format/xml/xml_reader.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;
static const struct xml_sign_options no_xml;
static const char declaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
static const char object_open[] = "<ds:Object xmlns:ds=\"" XML_NS_DSIG "\">";
static const char object_close[] = "</ds:Object>";

#define PLACES_MAX 20

/* One call of xml_sign. */
struct making {
	const struct document *docs;
	size_t count;
	const struct sign_key *key;
	const struct sign_options *options;
	const struct xml_sign_options *xml;
	struct xml_read_options reading;
	struct xml_build b;
	struct buf object;	   /* enveloping: the content as XML text */
	struct buf file;	   /* the result */
	size_t base;		   /* where b.text begins in it */
	struct signatures earlier; /* of the document as it came */
	struct error *err;
};

/* ---- choosing ---- */

static int
choose_algorithms(struct making *m)
{
	const struct sign_options *o = m->options;

	if (sig_alg_for_key(m->key->pkey, o->digest, o->padding, &m->b.alg, m->err) != 0)
		return -1;
	m->b.digest = m->b.alg.digest;
	if (sig_alg_uri(&m->b.alg) == NULL || digest_uri(m->b.digest) == NULL) {
		char name[64];

		return error_set(m->err, ERROR_UNSUPPORTED,
		    "XML has no identifier for %s signatures; choose another digest or RSA-PSS",
		    sig_alg_name(&m->b.alg, name, sizeof(name)));
	}
	return 0;
}

static int
check_options(const struct making *m)
{
	const struct sign_options *o = m->options;

	if (m->count == 0)
		return error_set(m->err, ERROR_MALFORMED, "there is no document to sign");
	if (o->plain && o->level != LEVEL_B)
		return error_set(m->err, ERROR_UNSUPPORTED,
		    "a time stamp needs XAdES; a plain XML signature has no place for it");
	if (o->level == LEVEL_T && o->timestamp == NULL)
		return error_set(m->err, ERROR_UNSUPPORTED,
		    "level T needs a time-stamp authority, and none is set");
	if (m->xml->target_id != NULL && m->xml->target_xpath != NULL)
		return error_set(m->err, ERROR_MALFORMED,
		    "name what is signed by its ID or by an XPath, not by both");
	if (o->policy_oid != NULL &&
	    (digest_uri(o->policy_digest) == NULL ||
		o->policy_digest_value.len != digest_size(o->policy_digest)))
		return error_set(m->err, ERROR_MALFORMED,
		    "a signature policy needs its digest, as long as its digest method says");
	return 0;
}

static int
is_xml_type(const char *mime)
{
	size_t n = mime != NULL ? strlen(mime) : 0;

	return mime != NULL &&
	       (strcmp(mime, "text/xml") == 0 || strcmp(mime, "application/xml") == 0 ||
		   (n > 4 && strcmp(mime + n - 4, "+xml") == 0));
}

/* Whether the content is XML that can be taken as elements; no error if it is not. */
static int
is_xml(const struct making *m, const struct document *doc)
{
	struct xml_reader r;
	struct error ignored = ERROR_INIT;
	size_t i = 0;
	int is;

	while (i < doc->content.len && strchr(" \t\r\n\xef\xbb\xbf", doc->content.data[i]) != NULL)
		i++;
	if (i == doc->content.len || doc->content.data[i] != '<')
		return 0;
	is = xml_reader_open(&r, doc->content, &m->reading, &ignored) == 0;
	if (is)
		xml_reader_close(&r);
	return is;
}

static enum packaging
choose_packaging(const struct making *m)
{
	const struct document *doc = &m->docs[0];

	if (m->options->packaging != PACKAGING_DEFAULT)
		return m->options->packaging;
	if (m->count > 1 || !doc->has_content)
		return PACKAGING_DETACHED;
	if (is_xml_type(doc->mime_type) || m->xml->target_id != NULL ||
	    m->xml->target_xpath != NULL || m->xml->placement != NULL)
		return PACKAGING_ENVELOPED;
	return doc->mime_type == NULL && is_xml(m, doc) ? PACKAGING_ENVELOPED
							: PACKAGING_ENVELOPING;
}

/* ---- computing digests and the value in a file whose text is laid out ---- */

/* The signature being made, in a parsed copy of m->file. */
static int
find_own(const struct making *m, const struct xml_doc *x, struct xml_parts *parts)
{
	const char *id;
	size_t i;

	memset(parts, 0, sizeof(*parts));
	for (i = 0; i < x->count && parts->signature == NULL; i++) {
		id = xml_is(x->nodes[i], XML_NS_DSIG, "Signature") ? xml_attr(x->nodes[i], "Id")
								   : NULL;
		if (id != NULL && strcmp(id, m->b.id) == 0)
			parts->signature = x->nodes[i];
	}
	parts->signed_info = xml_child(parts->signature, XML_NS_DSIG, "SignedInfo");
	parts->value = xml_child(parts->signature, XML_NS_DSIG, "SignatureValue");
	if (parts->signed_info == NULL || parts->value == NULL)
		return error_set(
		    m->err, ERROR_INTERNAL, "the signature that is being made cannot be found");
	xml_xades_find(parts);
	return 0;
}

/* Write a value as base64 over its placeholder, in the file and in the parsed copy of it. */
static int
fill(struct making *m, const struct xml_slot *slot, const xmlNode *element, struct span value)
{
	struct buf text = BUF_INIT(0);
	const xmlNode *node = element != NULL ? element->children : NULL;
	int rc = -1;

	if (text_base64(&text, value, 0, m->err) != 0)
		goto done;
	if (text.len != slot->len || node == NULL || node->type != XML_TEXT_NODE ||
	    node->next != NULL || strlen((const char *)node->content) != slot->len) {
		error_set(m->err, ERROR_INTERNAL, "a value does not fit into the signature");
		goto done;
	}
	memcpy(m->file.data + m->base + slot->at, text.data, text.len);
	memcpy(node->content, text.data, text.len);
	rc = 0;
done:
	buf_release(&text);
	return rc;
}

static int
fill_digest(struct making *m, struct xml_reader *r, const struct xml_parts *parts,
    const xmlNode *reference, const struct xml_slot *slot)
{
	struct signatures list = { 0 };
	struct reference *ref;
	struct xml_resolved resolved = { 0 };
	int rc = -1;

	if (signatures_add(&list, NULL, m->err) == NULL)
		return -1;
	ref = signature_add_reference(&list.items[0], NULL, m->err);
	if (ref == NULL || xml_reference_check(r, parts, reference, ref, &resolved, m->err) != 0)
		goto done;
	if (!ref->found) {
		error_set(
		    m->err, ERROR_MALFORMED, "the document cannot be signed: %s", ref->problem);
		goto done;
	}
	rc = fill(
	    m, slot, xml_child(reference, XML_NS_DSIG, "DigestValue"), SPAN_OF(&ref->computed));
done:
	signatures_release(&list);
	return rc;
}

static int
fill_digests(struct making *m, struct xml_reader *r, const struct xml_parts *parts)
{
	const xmlNode *c;
	size_t i = 0;

	for (c = xml_first(parts->signed_info); c != NULL; c = xml_next(c))
		if (xml_is(c, XML_NS_DSIG, "Reference") &&
		    fill_digest(m, r, parts, c, &m->b.digests[i++]) != 0)
			return -1;
	return 0;
}

static int
fill_value(struct making *m, struct xml_reader *r, const struct xml_parts *parts)
{
	struct buf info = BUF_INIT(0), value = BUF_INIT(0);
	struct xml_c14n c14n = { 0 };
	unsigned char *raw = NULL;
	size_t raw_len = 0;
	int rc = -1;

	if (xml_c14n_of(xml_first(parts->signed_info), &c14n, m->err) != 0 ||
	    xml_c14n_subtree(&c14n, &r->doc, parts->signed_info, &r->budget, &info, m->err) != 0 ||
	    sig_alg_sign(&m->b.alg, m->key->pkey, info.data, info.len, &raw, &raw_len, m->err) != 0)
		goto done;
	if (xml_value_encode(&m->b.alg, X509_get0_pubkey(m->key->cert),
		(struct span){ raw, raw_len }, &value, m->err) == 0)
		rc = fill(m, &m->b.value, parts->value, SPAN_OF(&value));
done:
	xml_c14n_release(&c14n);
	OPENSSL_free(raw);
	buf_release(&info);
	buf_release(&value);
	return rc;
}

/* Level T: stamp the value and put the token into the file, behind all that is signed. */
static int
add_stamp(struct making *m, struct xml_reader *r, const struct xml_parts *parts)
{
	const struct timestamp_source *source = m->options->timestamp;
	enum digest d = source->digest != DIGEST_NONE ? source->digest : DIGEST_SHA256;
	struct buf data = BUF_INIT(0), token = BUF_INIT(0), text = BUF_INIT(0);
	unsigned char imprint[DIGEST_SIZE_MAX];
	struct xml_c14n c14n;
	int rc = -1;

	xml_c14n_by_uri(xml_canonicalization_uri(XML_CANONICALIZATION_EXCLUSIVE), &c14n);
	if (xml_c14n_subtree(&c14n, &r->doc, parts->value, &r->budget, &data, m->err) != 0 ||
	    digest_span(d, SPAN_OF(&data), imprint, m->err) != 0 ||
	    source->get(source->ctx, d, imprint, &token, m->err) != 0 ||
	    xml_build_stamp(&m->b, SPAN_OF(&token), &text, m->err) != 0)
		goto done;
	rc = buf_splice(&m->file, m->base + m->b.unsigned_at, 0, SPAN_OF(&text), m->err);
done:
	buf_release(&data);
	buf_release(&token);
	buf_release(&text);
	return rc;
}

/* ---- checking what was made ---- */

/* The first signature from *at on that is not the one being made. */
static const struct signature *
next_other(const struct making *m, const struct signatures *list, size_t *at)
{
	while (*at < list->count) {
		const struct signature *sig = &list->items[(*at)++];

		if (strcmp(sig->id, m->b.id) != 0)
			return sig;
	}
	return NULL;
}

static int
same_judgement(const struct signature *a, const struct signature *b, int with_scope)
{
	size_t i;

	if (a->value_intact != b->value_intact || a->references_intact != b->references_intact ||
	    a->failure != b->failure || a->reference_count != b->reference_count ||
	    (with_scope && a->scope != b->scope))
		return 0;
	for (i = 0; i < a->reference_count; i++)
		if (a->references[i].intact != b->references[i].intact)
			return 0;
	return 1;
}

/* Are all earlier signatures as they were? */
static int
earlier_hold(const struct making *m, const struct signatures *now, int with_scope)
{
	const struct signature *sig;
	size_t at = 0, i;

	for (i = 0; i < m->earlier.count; i++) {
		sig = next_other(m, now, &at);
		if (sig == NULL || !same_judgement(&m->earlier.items[i], sig, with_scope))
			return 0;
	}
	return next_other(m, now, &at) == NULL;
}

/* Read the result as anybody would: ours must be good and the earlier ones as they were. */
static int
check_result(struct making *m)
{
	struct signatures list = { 0 };
	const struct signature *own = NULL;
	size_t i;
	int rc = -1;

	if (xml_read(&list, SPAN_OF(&m->file), &m->reading, m->err) != 0)
		goto done;
	for (i = 0; i < list.count; i++)
		if (strcmp(list.items[i].id, m->b.id) == 0)
			own = &list.items[i];
	if (own == NULL || !own->value_intact || !own->references_intact ||
	    own->failure != SUB_NONE || (!m->options->plain && own->cert_ref != CERT_REF_MATCHES)) {
		error_cause(m->err, ERROR_INTERNAL,
		    "the signature that was made does not check; does the certificate belong to "
		    "the key?",
		    "%s", own != NULL ? own->failure_text : "not found");
		goto done;
	}
	if (!earlier_hold(m, &list, 0)) {
		error_set(m->err, ERROR_CONFLICT,
		    "an earlier signature of the document would be broken by a further one");
		goto done;
	}
	rc = 0;
done:
	signatures_release(&list);
	return rc;
}

/* m->file is laid out: digests, value, time stamp, check. */
static int
complete(struct making *m)
{
	struct xml_reader r;
	struct xml_parts parts;
	int rc = -1;

	if (xml_reader_open(&r, SPAN_OF(&m->file), &m->reading, m->err) != 0)
		return -1;
	if (find_own(m, &r.doc, &parts) == 0 && fill_digests(m, &r, &parts) == 0 &&
	    fill_value(m, &r, &parts) == 0)
		rc = m->options->level == LEVEL_T ? add_stamp(m, &r, &parts) : 0;
	xml_reader_close(&r);
	return rc == 0 ? check_result(m) : -1;
}

/* ---- planning references ---- */

static int
plan(struct making *m, size_t count)
{
	size_t i;

	m->b.planned = calloc(count, sizeof(*m->b.planned));
	if (m->b.planned == NULL)
		return error_memory(m->err);
	m->b.planned_count = count;
	for (i = 0; i < count; i++)
		m->b.planned[i].mime_type = m->docs[i].mime_type != NULL
						? m->docs[i].mime_type
						: "application/octet-stream";
	xml_build_ids(&m->b);
	return 0;
}

static int
add_transform(struct making *m, const char *uri)
{
	return buf_printf(
	    &m->b.planned[0].transforms, m->err, "<ds:Transform Algorithm=\"%s\"/>", uri);
}

static int
set_uri(struct making *m, const char *prefix, const char *rest)
{
	struct buf *uri = &m->b.planned[0].uri;

	uri->len = 0;
	if (buf_append_str(uri, prefix, m->err) != 0 || buf_append_str(uri, rest, m->err) != 0)
		return -1;
	return buf_terminate(uri, m->err);
}

/* The whole result is the signature. */
static int
lay_out_root(struct making *m)
{
	if (xml_build_text(&m->b, m->err) != 0 ||
	    buf_append_str(&m->file, declaration, m->err) != 0)
		return -1;
	m->base = m->file.len;
	if (buf_append_span(&m->file, SPAN_OF(&m->b.text), m->err) != 0)
		return -1;
	return buf_append_str(&m->file, "\n", m->err);
}

/* ---- detached ---- */

static int
sign_detached(struct making *m)
{
	size_t i, k;

	if (plan(m, m->count) != 0)
		return -1;
	for (i = 0; i < m->count; i++) {
		const char *name = m->docs[i].name;

		if (name == NULL || name[0] == '\0' || name[0] == '#')
			return error_set(m->err, ERROR_MALFORMED,
			    "a detached XML signature refers to documents by their names; give "
			    "each one a name");
		for (k = 0; k < i; k++)
			if (strcmp(name, m->docs[k].name) == 0)
				return error_set(m->err, ERROR_CONFLICT,
				    "two documents have the same name; a detached XML signature "
				    "cannot tell them apart");
		if (xml_uri_of_name(&m->b.planned[i].uri, name, m->err) != 0 ||
		    buf_terminate(&m->b.planned[i].uri, m->err) != 0)
			return -1;
	}
	return lay_out_root(m) == 0 ? complete(m) : -1;
}

/* ---- enveloping ---- */

/* XML in UTF-8 with nothing but a declaration and white space around its root: the root. */
static int
root_text(const struct making *m, struct span *root)
{
	const struct document *doc = &m->docs[0];
	struct span in = doc->content;
	struct xml_place place;
	char name[32];
	size_t i = 0, k;

	if ((doc->mime_type != NULL && !is_xml_type(doc->mime_type)) || !is_xml(m, doc) ||
	    xml_lex_encoding(in, name) != XML_ENCODING_UTF8 ||
	    xml_lex_place(in, 0, &place, NULL) != 0)
		return 0;
	if (in.len >= 3 && memcmp(in.data, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	if (in.len - i > 5 && memcmp(in.data + i, "<?xml", 5) == 0)
		while (i < place.start && in.data[i++] != '>')
			;
	for (; i < place.start; i++)
		if (strchr(" \t\r\n", in.data[i]) == NULL)
			return 0;
	for (k = place.end; k < in.len; k++)
		if (strchr(" \t\r\n", in.data[k]) == NULL)
			return 0;
	*root = (struct span){ in.data + place.start, place.end - place.start };
	return 1;
}

static int
sign_enveloping(struct making *m)
{
	struct span root;

	if (m->count != 1 || !m->docs[0].has_content)
		return error_set(m->err, ERROR_MALFORMED,
		    "an enveloping signature holds the content of exactly one document");
	if (plan(m, 1) != 0)
		return -1;
	m->b.has_object = 1;
	m->b.object_is_base64 = !root_text(m, &root);
	if (m->b.object_is_base64) {
		if (text_base64(&m->object, m->docs[0].content, 0, m->err) != 0 ||
		    add_transform(m, XML_TRANSFORM_BASE64) != 0)
			return -1;
		root = SPAN_OF(&m->object);
	} else {
		if (m->docs[0].mime_type == NULL)
			m->b.planned[0].mime_type = "text/xml";
		if (add_transform(m, m->b.c14n) != 0)
			return -1;
	}
	m->b.object = root;
	if (set_uri(m, "#", m->b.object_id) != 0)
		return -1;
	return lay_out_root(m) == 0 ? complete(m) : -1;
}

/* ---- enveloped ---- */

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
find_target(struct making *m, struct host *h)
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
		if (xml_xpath_element(&h->r.doc, h->root, xml->target_xpath, &element, m->err) != 0)
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
find_places(struct making *m, struct host *h)
{
	xmlNode *element = NULL;
	size_t i;

	if (m->xml->placement != NULL) {
		if (xml_xpath_element(&h->r.doc, h->root, m->xml->placement, &element, m->err) != 0)
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
plan_enveloped(struct making *m, const struct host *h, const xmlNode *place)
{
	struct buf *transforms = &m->b.planned[0].transforms;
	const char *id = xml_id_of(h->target);
	int hits = 0, by_id;

	if (m->xml->target_id != NULL)
		id = m->xml->target_id;
	by_id = h->target != NULL && id != NULL && id[0] != '\0' &&
		strpbrk(id, "( \t\r\n") == NULL && xml_by_id(&h->r.doc, id, &hits) == h->target;
	transforms->len = 0;
	if (set_uri(m, by_id ? "#" : "", by_id ? id : "") != 0)
		return -1;
	if ((!by_id || xml_is_inside(&h->r.doc, place, h->target)) &&
	    add_transform(m, XML_TRANSFORM_ENVELOPED) != 0)
		return -1;
	if (h->target != NULL && !by_id &&
	    (buf_printf(transforms, m->err,
		 "<ds:Transform Algorithm=\"%s\"><f2:XPath xmlns:f2=\"%s\" Filter=\"intersect\">",
		 XML_TRANSFORM_FILTER2, XML_TRANSFORM_FILTER2) != 0 ||
		xml_escape(transforms, m->xml->target_xpath, m->err) != 0 ||
		buf_append_str(transforms, "</f2:XPath></ds:Transform>", m->err) != 0))
		return -1;
	return add_transform(m, m->b.c14n);
}

static size_t
element_ordinal(const struct xml_doc *x, const xmlNode *element)
{
	size_t i, n = 0;

	for (i = 0; i < xml_index(element); i++)
		n += x->nodes[i]->type == XML_ELEMENT_NODE;
	return n;
}

/* The caller's bytes with the signature's text in front of the end tag of `place`. */
static int
splice(struct making *m, const struct host *h, const xmlNode *element, int wrapped)
{
	struct span in = m->docs[0].content;
	struct xml_place place;
	struct buf *f = &m->file;

	f->len = 0;
	if (xml_lex_place(in, element_ordinal(&h->r.doc, element), &place, m->err) != 0 ||
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
leaves_earlier(struct making *m, int with_scope, int *leaves)
{
	struct signatures now = { 0 };
	int rc;

	*leaves = 1;
	if (m->earlier.count == 0)
		return 0;
	rc = xml_read(&now, SPAN_OF(&m->file), &m->reading, m->err);
	if (rc == 0)
		*leaves = earlier_hold(m, &now, with_scope);
	signatures_release(&now);
	return rc;
}

static int
lay_out_enveloped(struct making *m, const struct host *h)
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

static int
sign_enveloped(struct making *m)
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
	if (plan(m, 1) != 0 || xml_reader_open(&h.r, m->docs[0].content, &m->reading, m->err) != 0)
		return -1;
	if (m->docs[0].mime_type == NULL)
		m->b.planned[0].mime_type = "text/xml";
	h.root = xmlDocGetRootElement(h.r.doc.doc);
	if (xml_read(&m->earlier, m->docs[0].content, &m->reading, m->err) == 0 &&
	    find_target(m, &h) == 0 && find_places(m, &h) == 0)
		rc = lay_out_enveloped(m, &h);
	xml_reader_close(&h.r);
	return rc == 0 ? complete(m) : -1;
}

/* ---- the door ---- */

int
xml_sign(struct buf *out, const struct document *docs, size_t count, const struct sign_key *key,
    const struct sign_options *options, const struct xml_sign_options *xml, struct error *err)
{
	const struct format_limits *limits =
	    options->limits != NULL ? options->limits : &default_limits;
	struct making m = { .docs = docs,
		.count = count,
		.key = key,
		.options = options,
		.xml = xml != NULL ? xml : &no_xml,
		.err = err,
		.file = BUF_INIT(limits->output_bytes),
		.object = BUF_INIT(limits->output_bytes) };
	int rc = -1;

	m.reading = (struct xml_read_options){ .limits = limits };
	m.b.key = key;
	m.b.options = options;
	m.b.c14n = xml_canonicalization_uri(m.xml->canonicalization);
	m.b.text = (struct buf)BUF_INIT(limits->output_bytes);
	if (check_options(&m) != 0 || choose_algorithms(&m) != 0)
		goto done;
	switch (choose_packaging(&m)) {
	case PACKAGING_ENVELOPED:
		rc = sign_enveloped(&m);
		break;
	case PACKAGING_ENVELOPING:
		rc = sign_enveloping(&m);
		break;
	default:
		m.reading.detached = docs;
		m.reading.detached_count = count;
		rc = sign_detached(&m);
	}
	if (rc == 0)
		rc = buf_append_span(out, SPAN_OF(&m.file), err);
done:
	xml_build_release(&m.b);
	signatures_release(&m.earlier);
	buf_release(&m.object);
	buf_release(&m.file);
	return rc;
}
