#include "signing/format/xml/xml_subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/xml/xml_make.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;

void
xml_subject_release(struct xml_subject *subject)
{
	size_t i;

	for (i = 0; i < subject->count; i++) {
		free(subject->over[i].uri);
		free(subject->over[i].transforms);
		free(subject->over[i].mime_type);
		free(subject->over[i].type);
		buf_release(&subject->over[i].octets);
	}
	free(subject->over);
	free(subject->c14n);
	free(subject->inherited);
	memset(subject, 0, sizeof(*subject));
}

/* ---- the maker's side ---- */

static int
put_attribute(struct buf *out, const char *prefix, const char *name, const char *value)
{
	if (buf_printf(out, NULL, " %s%s%s=\"", prefix, name[0] != '\0' ? ":" : "", name) != 0 ||
	    xml_escape(out, value, NULL) != 0)
		return -1;
	return buf_append_str(out, "\"", NULL);
}

/* libxml2 keeps an ampersand in the name of a namespace as "&#38;", however it was written. */
static int
put_namespace(struct buf *out, const xmlNs *ns)
{
	char *href = strdup(ns->href != NULL ? (const char *)ns->href : ""), *at;
	int rc;

	for (at = href; at != NULL && (at = strstr(at, "&#38;")) != NULL; at++)
		memmove(at + 1, at + 5, strlen(at + 5) + 1);
	rc = href != NULL ? put_attribute(out, "xmlns",
				ns->prefix != NULL ? (const char *)ns->prefix : "", href)
			  : -1;
	free(href);
	return rc;
}

/* What one element gives to those in it, as a line. */
static int
put_inherited(struct buf *out, const xmlNode *element)
{
	const xmlNs *ns;
	const xmlAttr *a;
	xmlChar *value;
	int rc = 0;

	for (ns = element->nsDef; rc == 0 && ns != NULL; ns = ns->next)
		rc = put_namespace(out, ns);
	for (a = element->properties; rc == 0 && a != NULL; a = a->next) {
		if (a->ns == NULL || !xmlStrEqual(a->ns->href, XML_XML_NAMESPACE))
			continue;
		value = xmlNodeGetContent((const xmlNode *)a);
		rc = value != NULL
			 ? put_attribute(out, "xml", (const char *)a->name, (const char *)value)
			 : -1;
		xmlFree(value);
	}
	return rc == 0 ? buf_append_str(out, "\n", NULL) : -1;
}

/* A line for each ancestor, the outermost first. */
static int
find_inherited(struct buf *out, const xmlNode *signature, struct error *err)
{
	const xmlNode *around = signature->parent, *e;
	size_t depth = 0, i;

	for (e = around; e != NULL && e->type == XML_ELEMENT_NODE; e = e->parent)
		depth++;
	for (; depth > 0; depth--) {
		for (e = around, i = 1; i < depth; i++)
			e = e->parent;
		if (put_inherited(out, e) != 0)
			return error_memory(err);
	}
	return buf_terminate(out, err);
}

int
xml_make_ask(
    struct xml_making *m, struct xml_reader *r, const struct xml_parts *parts, struct buf *value)
{
	struct xml_subject s = { .c14n = (char *)m->b.c14n, .count = m->b.planned_count };
	struct buf inherited = BUF_INIT(0);
	const xmlNode *c;
	size_t i = 0;
	int rc = -1;

	snprintf(s.uuid, sizeof(s.uuid), "%s", m->b.id + strlen("sig-"));
	s.over = calloc(s.count + 1, sizeof(*s.over));
	if (s.over == NULL)
		return error_memory(m->err);
	for (c = xml_first(parts->signed_info); c != NULL && i < s.count; c = xml_next(c)) {
		struct xml_over *o = &s.over[i];
		struct xml_planned *p = &m->b.planned[i];

		if (!xml_is(c, XML_NS_DSIG, "Reference"))
			continue;
		*o = (struct xml_over){ .uri = (char *)p->uri.data,
			.transforms = (char *)p->transforms.data,
			.mime_type = (char *)p->mime_type,
			.type = (char *)p->type,
			.octets = BUF_INIT(m->file.max) };
		i++;
		if (buf_terminate(&p->transforms, m->err) != 0)
			goto done;
		o->transforms = (char *)p->transforms.data;
		if (xml_reference_octets(r, parts->signature, c, NULL, &o->octets, m->err) != 0)
			goto done;
	}
	if (find_inherited(&inherited, parts->signature, m->err) != 0)
		goto done;
	s.inherited = (char *)inherited.data;
	rc = m->key->sign_xml(m->key, &s, value, m->err);
done:
	for (i = 0; i < s.count; i++)
		buf_release(&s.over[i].octets);
	free(s.over);
	buf_release(&inherited);
	return rc;
}

/* ---- is it what was asked for? ---- */

static int
differs(struct error *err, const char *what)
{
	return error_cause(err, ERROR_INTERNAL, "the document could not be signed",
	    "what was prepared for signing is not what was asked for: %s", what);
}

static int
is_uuid(const char *s)
{
	size_t i;

	for (i = 0; i < XML_UUID_SIZE - 1; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? s[i] != '-'
							    : text_hex_value(s[i]) < 0)
			return 0;
	return s[i] == '\0';
}

static int
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

/* Nothing but xmlns="", xmlns:name="" and xml:name="", in lines. */
static int
is_inherited(const char *s)
{
	while (s != NULL && *s != '\0') {
		if (*s == '\n') {
			s++;
			continue;
		}
		if (strncmp(s, " xmlns", 6) == 0)
			s += 6;
		else if (strncmp(s, " xml:", 5) == 0)
			s += 4;
		else
			return 0;
		if (*s == ':') {
			if (!is_name_char(*++s))
				return 0;
			while (is_name_char(*s))
				s++;
		}
		if (s[0] != '=' || s[1] != '"')
			return 0;
		for (s += 2; *s != '"'; s++)
			if ((unsigned char)*s < ' ' || *s == '<')
				return 0;
		s++;
	}
	return 1;
}

/* One of the three ways in which xml_plan_transform() can have written it. */
static int
is_transforms(const char *text, const struct xml_asked *asked, const char *c14n, int *is_base64,
    struct error *err)
{
	struct buf own = BUF_INIT(0);
	const int most = asked->xml->target_xpath != NULL ? 1 : 0;
	int enveloped, filtered, is = 0;

	*is_base64 = strcmp(text, "<ds:Transform Algorithm=\"" XML_TRANSFORM_BASE64 "\"/>") == 0;
	for (enveloped = 0; enveloped < 2 && !is; enveloped++)
		for (filtered = 0; filtered <= most && !is; filtered++) {
			own.len = 0;
			if ((enveloped &&
				xml_put_transform(&own, XML_TRANSFORM_ENVELOPED, err) != 0) ||
			    (filtered &&
				xml_put_filter(&own, asked->xml->target_xpath, err) != 0) ||
			    xml_put_transform(&own, c14n, err) != 0 ||
			    buf_terminate(&own, err) != 0)
				is = -1;
			else
				is = strcmp(text, (char *)own.data) == 0;
		}
	buf_release(&own);
	return is < 0 ? 0 : is || *is_base64;
}

/* "<name Id=...>base64</name>", as it is canonical, around the value. */
static int
is_signature_value(struct span octets, struct span value)
{
	const unsigned char *end = octets.data + octets.len, *from, *to;
	struct buf got = BUF_INIT(0);
	int is = 0;

	from =
	    octets.len > 0 && octets.data[0] == '<' ? memchr(octets.data, '>', octets.len) : NULL;
	if (from == NULL)
		return 0;
	from++;
	to = memchr(from, '<', (size_t)(end - from));
	if (to != NULL && end - to > 2 && to[1] == '/' &&
	    memchr(to, '>', (size_t)(end - to)) == end - 1 &&
	    text_base64_decode(&got, (struct span){ from, (size_t)(to - from) }, NULL) == 0)
		is = span_equal(SPAN_OF(&got), value);
	buf_release(&got);
	return is;
}

static int
same_text(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static int
counter_fits(
    const struct xml_over *o, const struct xml_asked *asked, const char *c14n, struct error *err)
{
	int is_base64;

	if (!same_text(o->type, XML_COUNTERSIGNED))
		return differs(err, "its type");
	if (o->uri == NULL || o->uri[0] != '#' || o->transforms == NULL ||
	    !is_transforms(o->transforms, asked, c14n, &is_base64, err) || is_base64)
		return differs(err, "its transforms");
	return is_signature_value(SPAN_OF(&o->octets), asked->counter)
		   ? 0
		   : differs(err, "the value to be counter-signed");
}

/* By its content, or by one of the digests that are known of it. */
static int
is_document(struct span octets, const struct document *doc)
{
	unsigned char value[DIGEST_SIZE_MAX];
	unsigned int d;

	if (doc->has_content)
		return span_equal(octets, doc->content);
	for (d = DIGEST_SHA224; doc->digests != NULL && d < DIGESTS; d++)
		if (doc->digests->have & DIGEST_BIT(d))
			return digest_span((enum digest)d, octets, value, NULL) == 0 &&
			       memcmp(value, doc->digests->value[d], digest_size((enum digest)d)) ==
				   0;
	return 0;
}

static int
detached_fits(const struct xml_over *o, const struct document *doc, struct error *err)
{
	struct buf uri = BUF_INIT(0);
	int fits = 0;

	if (doc->name != NULL && xml_uri_of_name(&uri, doc->name, NULL) == 0 &&
	    buf_terminate(&uri, NULL) == 0)
		fits = same_text(o->uri, (char *)uri.data);
	buf_release(&uri);
	if (!fits || (o->transforms != NULL && o->transforms[0] != '\0'))
		return differs(err, "its address");
	return is_document(SPAN_OF(&o->octets), doc) ? 0 : differs(err, "its octets");
}

static int
reference_fits(const struct xml_subject *s, const struct xml_over *o, const struct document *doc,
    const struct xml_asked *asked, struct error *err)
{
	const char *id = asked->xml->target_id;
	char object[XML_MADE_ID + 1];
	int is_base64;

	if (o->type != NULL || o->mime_type == NULL ||
	    (doc->mime_type != NULL ? strcmp(o->mime_type, doc->mime_type) != 0
				    : strcmp(o->mime_type, "text/xml") != 0 &&
					  strcmp(o->mime_type, "application/octet-stream") != 0))
		return differs(err, "its media type");
	if (o->uri == NULL)
		return differs(err, "its address");
	if (o->uri[0] != '\0' && o->uri[0] != '#')
		return detached_fits(o, doc, err);
	if (o->transforms == NULL || !is_transforms(o->transforms, asked, s->c14n, &is_base64, err))
		return differs(err, "its transforms");
	snprintf(object, sizeof(object), "#obj-%s", s->uuid);
	if (is_base64)
		return strcmp(o->uri, object) == 0 && span_equal(SPAN_OF(&o->octets), doc->content)
			   ? 0
			   : differs(err, "its octets");
	if (strcmp(o->uri, object) == 0)
		return 0;
	if (id != NULL ? strcmp(o->uri + (o->uri[0] == '#'), id) != 0
		       : o->uri[0] != '\0' && asked->xml->target_xpath == NULL)
		return differs(err, "its address");
	return 0;
}

int
xml_subject_fits(const struct xml_subject *s, const struct xml_asked *asked, struct error *err)
{
	size_t i;

	if (!is_uuid(s->uuid) || !is_inherited(s->inherited) ||
	    !same_text(s->c14n, xml_canonicalization_uri(asked->xml->canonicalization)))
		return differs(err, "its form");
	if (s->count != (asked->counter.data != NULL ? 1 : asked->count))
		return differs(err, "the number of its references");
	if (asked->counter.data != NULL)
		return counter_fits(&s->over[0], asked, s->c14n, err);
	for (i = 0; i < s->count; i++)
		if (reference_fits(s, &s->over[i], &asked->docs[i], asked, err) != 0)
			return -1;
	return 0;
}

/* ---- the key's side ---- */

/* One signature that is written to be digested and signed. */
struct valuing {
	struct xml_build b;
	struct buf file;
	size_t depth; /* elements around the signature */
	struct xml_doc doc;
	struct xml_budget budget;
	struct error *err;
};

static int
plan(struct valuing *v, const struct xml_subject *s)
{
	size_t i;

	v->b.planned = calloc(s->count + 1, sizeof(*v->b.planned));
	if (v->b.planned == NULL)
		return error_memory(v->err);
	v->b.planned_count = s->count;
	xml_build_ids_of(&v->b, s->uuid);
	for (i = 0; i < s->count; i++) {
		const struct xml_over *o = &s->over[i];
		struct xml_planned *p = &v->b.planned[i];

		if (buf_append_str(&p->uri, o->uri != NULL ? o->uri : "", v->err) != 0 ||
		    buf_terminate(&p->uri, v->err) != 0 ||
		    (o->transforms != NULL &&
			buf_append_str(&p->transforms, o->transforms, v->err) != 0))
			return -1;
		p->mime_type = o->mime_type;
		p->type = o->type;
	}
	return xml_build_text(&v->b, v->err);
}

static int
put_digest(struct valuing *v, size_t i, struct span octets)
{
	unsigned char digest[DIGEST_SIZE_MAX];
	struct buf text = BUF_INIT(0);
	int rc = -1;

	if (digest_span(v->b.digest, octets, digest, v->err) == 0 &&
	    text_base64(&text, (struct span){ digest, digest_size(v->b.digest) }, 0, v->err) == 0 &&
	    text.len == v->b.digests[i].len) {
		memcpy(v->b.text.data + v->b.digests[i].at, text.data, text.len);
		rc = 0;
	}
	buf_release(&text);
	return rc;
}

/* In as many elements as stand around it in the document, with what it inherits from each. */
static int
lay_out(struct valuing *v, const char *inherited)
{
	size_t i, n;

	for (; inherited != NULL && *inherited != '\0'; inherited += n + 1) {
		n = strcspn(inherited, "\n");
		if (buf_append_str(&v->file, "<w", v->err) != 0 ||
		    buf_append(&v->file, inherited, n, v->err) != 0 ||
		    buf_append_str(&v->file, ">", v->err) != 0)
			return -1;
		v->depth++;
		if (inherited[n] == '\0')
			break;
	}
	if (buf_append_span(&v->file, SPAN_OF(&v->b.text), v->err) != 0)
		return -1;
	for (i = 0; i < v->depth; i++)
		if (buf_append_str(&v->file, "</w>", v->err) != 0)
			return -1;
	return 0;
}

/* SignedProperties are the reference behind those to what is signed. */
static int
digest_properties(struct valuing *v, const xmlNode *signature, const xmlNode *signed_info)
{
	unsigned char digest[DIGEST_SIZE_MAX];
	struct buf octets = BUF_INIT(0), text = BUF_INIT(0);
	struct xml_c14n c14n;
	const xmlNode *properties = xml_child(xml_child(xml_child(signature, XML_NS_DSIG, "Object"),
						  XML_NS_XADES, "QualifyingProperties"),
	    XML_NS_XADES, "SignedProperties");
	const xmlNode *value =
	    xml_child(xml_child_at(signed_info, XML_NS_DSIG, "Reference", v->b.planned_count),
		XML_NS_DSIG, "DigestValue");
	int rc = -1;

	xml_c14n_by_uri(xml_canonicalization_uri(XML_CANONICALIZATION_EXCLUSIVE), &c14n);
	if (properties == NULL || value == NULL || value->children == NULL)
		error_set(v->err, ERROR_INTERNAL, "the signature's properties cannot be found");
	else if (xml_c14n_subtree(&c14n, &v->doc, properties, &v->budget, &octets, v->err) == 0 &&
		 digest_span(v->b.digest, SPAN_OF(&octets), digest, v->err) == 0 &&
		 text_base64(&text, (struct span){ digest, digest_size(v->b.digest) }, 0, v->err) ==
		     0 &&
		 strlen((const char *)value->children->content) == text.len) {
		memcpy(value->children->content, text.data, text.len);
		rc = 0;
	}
	buf_release(&octets);
	buf_release(&text);
	return rc;
}

static int
sign(struct valuing *v, struct buf *value)
{
	const xmlNode *signature = xmlDocGetRootElement(v->doc.doc), *info;
	unsigned char digest[1][DIGEST_SIZE_MAX];
	struct buf octets = BUF_INIT(0);
	struct xml_c14n c14n = { 0 };
	size_t i;
	int rc = -1;

	for (i = 0; i < v->depth; i++)
		signature = xml_first(signature);
	info = xml_child(signature, XML_NS_DSIG, "SignedInfo");
	if (info == NULL)
		return error_set(v->err, ERROR_INTERNAL, "what is to be signed cannot be found");
	if ((v->b.options->plain || digest_properties(v, signature, info) == 0) &&
	    xml_c14n_of(xml_first(info), &c14n, v->err) == 0 &&
	    xml_c14n_subtree(&c14n, &v->doc, info, &v->budget, &octets, v->err) == 0 &&
	    digest_span(v->b.alg.digest, SPAN_OF(&octets), digest[0], v->err) == 0)
		rc = sign_key_digests(v->b.key, &v->b.alg,
		    (const unsigned char(*)[DIGEST_SIZE_MAX])digest, 1, value, v->err);
	xml_c14n_release(&c14n);
	buf_release(&octets);
	return rc;
}

int
xml_value_of(struct buf *value, const struct xml_subject *subject, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	struct xml_making m = { .key = key, .options = options, .err = err };
	struct valuing v = { .err = err };
	size_t i;
	int rc = -1;

	if (xml_make_choose(&m) != 0)
		return -1;
	v.b.key = key;
	v.b.options = options;
	v.b.alg = m.b.alg;
	v.b.digest = m.b.digest;
	v.b.c14n = subject->c14n;
	v.budget.limits = options->limits != NULL ? *options->limits : default_limits;
	v.budget.work = v.budget.allowed = XML_WORK_BASE;
	if (plan(&v, subject) != 0)
		goto done;
	for (i = 0; i < subject->count; i++)
		if (put_digest(&v, i, SPAN_OF(&subject->over[i].octets)) != 0)
			goto done;
	if (lay_out(&v, subject->inherited) != 0 ||
	    xml_doc_parse(&v.doc, SPAN_OF(&v.file), &v.budget.limits, NULL, err) != 0)
		goto done;
	rc = sign(&v, value);
	xml_doc_release(&v.doc);
done:
	xml_build_release(&v.b);
	buf_release(&v.file);
	return rc;
}
