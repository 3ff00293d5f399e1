#include "signing/format/xml/xml_make.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/digests.h"

/* ---- planning references ---- */

int
xml_plan(struct xml_making *m, size_t count)
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

int
xml_plan_transform(struct xml_making *m, const char *uri)
{
	return xml_put_transform(&m->b.planned[0].transforms, uri, m->err);
}

int
xml_put_transform(struct buf *out, const char *uri, struct error *err)
{
	return buf_printf(out, err, "<ds:Transform Algorithm=\"%s\"/>", uri);
}

int
xml_put_filter(struct buf *out, const char *xpath, struct error *err)
{
	if (buf_printf(out, err,
		"<ds:Transform Algorithm=\"%s\"><f2:XPath xmlns:f2=\"%s\" Filter=\"intersect\">",
		XML_TRANSFORM_FILTER2, XML_TRANSFORM_FILTER2) != 0 ||
	    xml_escape(out, xpath, err) != 0)
		return -1;
	return buf_append_str(out, "</f2:XPath></ds:Transform>", err);
}

int
xml_plan_uri(struct xml_making *m, const char *prefix, const char *rest)
{
	struct buf *uri = &m->b.planned[0].uri;

	uri->len = 0;
	if (buf_append_str(uri, prefix, m->err) != 0 || buf_append_str(uri, rest, m->err) != 0)
		return -1;
	return buf_terminate(uri, m->err);
}

/* ---- computing digests and the value in a file whose text is laid out ---- */

/* The signature being made, in a parsed copy of m->file. */
static int
find_own(const struct xml_making *m, const struct xml_doc *x, struct xml_parts *parts)
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
fill(struct xml_making *m, const struct xml_slot *slot, const xmlNode *element, struct span value)
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
fill_digest(struct xml_making *m, struct xml_reader *r, const struct xml_parts *parts,
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
fill_digests(struct xml_making *m, struct xml_reader *r, const struct xml_parts *parts)
{
	const xmlNode *c;
	size_t i = 0;

	for (c = xml_first(parts->signed_info); c != NULL; c = xml_next(c))
		if (xml_is(c, XML_NS_DSIG, "Reference") &&
		    fill_digest(m, r, parts, c, &m->b.digests[i++]) != 0)
			return -1;
	return 0;
}

/* The value as the key gives it, over SignedInfo. */
static int
make_value(
    struct xml_making *m, struct xml_reader *r, const struct xml_parts *parts, struct buf *raw)
{
	unsigned char digest[1][DIGEST_SIZE_MAX];
	struct buf info = BUF_INIT(0);
	struct xml_c14n c14n = { 0 };
	int rc = -1;

	if (m->key->sign_xml != NULL)
		return xml_make_ask(m, r, parts, raw);
	if (xml_c14n_of(xml_first(parts->signed_info), &c14n, m->err) == 0 &&
	    xml_c14n_subtree(&c14n, &r->doc, parts->signed_info, &r->budget, &info, m->err) == 0 &&
	    digest_span(m->b.alg.digest, SPAN_OF(&info), digest[0], m->err) == 0)
		rc = sign_key_digests(m->key, &m->b.alg,
		    (const unsigned char(*)[DIGEST_SIZE_MAX])digest, 1, raw, m->err);
	xml_c14n_release(&c14n);
	buf_release(&info);
	return rc;
}

static int
fill_value(struct xml_making *m, struct xml_reader *r, const struct xml_parts *parts)
{
	struct buf raw = BUF_INIT(0), value = BUF_INIT(0);
	int rc = -1;

	if (make_value(m, r, parts, &raw) == 0 &&
	    xml_value_encode(
		&m->b.alg, X509_get0_pubkey(m->key->cert), SPAN_OF(&raw), &value, m->err) == 0)
		rc = fill(m, &m->b.value, parts->value, SPAN_OF(&value));
	buf_release(&raw);
	buf_release(&value);
	return rc;
}

/* Level T: stamp the value and put the token into the file, behind all that is signed. */
static int
add_stamp(struct xml_making *m, struct xml_reader *r, const struct xml_parts *parts)
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
next_other(const struct xml_making *m, const struct signatures *list, size_t *at)
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
int
xml_make_keeps_earlier(const struct xml_making *m, const struct signatures *now, int with_scope)
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
check_result(struct xml_making *m)
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
	if (!xml_make_keeps_earlier(m, &list, 0)) {
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
int
xml_make_complete(struct xml_making *m)
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
