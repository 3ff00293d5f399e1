#include "signing/format/xml/xml_sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/xml/xml_lex.h"
#include "signing/format/xml/xml_make.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;
static const struct xml_sign_options no_xml;
static const char declaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/* ---- choosing ---- */

int
xml_make_choose(struct xml_making *m)
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
check_options(const struct xml_making *m)
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
is_xml(const struct xml_making *m, const struct document *doc)
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
choose_packaging(const struct xml_making *m)
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

/* The whole result is the signature. */
static int
lay_out_root(struct xml_making *m)
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
sign_detached(struct xml_making *m)
{
	size_t i, k;

	if (xml_plan(m, m->count) != 0)
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
	return lay_out_root(m) == 0 ? xml_make_complete(m) : -1;
}

/* ---- enveloping ---- */

/* XML in UTF-8 with nothing but a declaration and white space around its root: the root. */
static int
root_text(const struct xml_making *m, struct span *root)
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
sign_enveloping(struct xml_making *m)
{
	struct span root;

	if (m->count != 1 || !m->docs[0].has_content)
		return error_set(m->err, ERROR_MALFORMED,
		    "an enveloping signature holds the content of exactly one document");
	if (xml_plan(m, 1) != 0)
		return -1;
	m->b.has_object = 1;
	m->b.object_is_base64 = !root_text(m, &root);
	if (m->b.object_is_base64) {
		if (text_base64(&m->object, m->docs[0].content, 0, m->err) != 0 ||
		    xml_plan_transform(m, XML_TRANSFORM_BASE64) != 0)
			return -1;
		root = SPAN_OF(&m->object);
	} else {
		if (m->docs[0].mime_type == NULL)
			m->b.planned[0].mime_type = "text/xml";
		if (xml_plan_transform(m, m->b.c14n) != 0)
			return -1;
	}
	m->b.object = root;
	if (xml_plan_uri(m, "#", m->b.object_id) != 0)
		return -1;
	return lay_out_root(m) == 0 ? xml_make_complete(m) : -1;
}

/* ---- the door ---- */

int
xml_sign(struct buf *out, const struct document *docs, size_t count, const struct sign_key *key,
    const struct sign_options *options, const struct xml_sign_options *xml, struct error *err)
{
	const struct format_limits *limits =
	    options->limits != NULL ? options->limits : &default_limits;
	struct xml_making m = { .docs = docs,
		.count = count,
		.key = key,
		.options = options,
		.xml = xml != NULL ? xml : &no_xml,
		.err = err,
		.file = BUF_INIT(limits->output_bytes),
		.object = BUF_INIT(limits->output_bytes) };
	int rc = -1;

	m.reading = (struct xml_read_options){ .limits = limits, .work = m.xml->work };
	m.b.key = key;
	m.b.options = options;
	m.b.c14n = xml_canonicalization_uri(m.xml->canonicalization);
	m.b.text = (struct buf)BUF_INIT(limits->output_bytes);
	if (check_options(&m) != 0 || xml_make_choose(&m) != 0)
		goto done;
	switch (choose_packaging(&m)) {
	case PACKAGING_ENVELOPED:
		rc = xml_make_enveloped(&m);
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
	if (rc != 0 && err != NULL)
		xml_tidy(err->text);
	xml_build_release(&m.b);
	signatures_release(&m.earlier);
	buf_release(&m.object);
	buf_release(&m.file);
	return rc;
}
