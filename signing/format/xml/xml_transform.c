#include "signing/format/xml/xml_transform.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"

void
xml_data_release(struct xml_data *data)
{
	xml_set_release(&data->set);
	xml_doc_release(&data->parsed);
	buf_release(&data->own);
	memset(data, 0, sizeof(*data));
}

/* `made` becomes the data; what was there goes. */
static void
become_octets(struct xml_data *data, struct buf *made)
{
	const xmlNode *selected = data->selected;
	int reduced = data->reduced;

	xml_data_release(data);
	data->own = *made;
	*made = (struct buf)BUF_INIT(0);
	data->octets = SPAN_OF(&data->own);
	data->reduced = reduced;
	data->selected = selected;
}

static void
judge(const struct xml_transforming *t, const struct xml_data *data, int as_text)
{
	if (t->judge != NULL && data->set.x == t->x)
		t->judge(t->arg, &data->set, as_text);
}

int
xml_to_octets(const struct xml_transforming *t, const struct xml_c14n *c14n, struct xml_data *data,
    struct error *err)
{
	static const struct xml_c14n plain = { 0, 0, NULL }; /* XML_C14N_1_0 */
	struct buf out = BUF_INIT(t->budget->limits.output_bytes);
	int rc = -1;

	if (!data->is_nodes)
		return 0;
	judge(t, data, 0);
	if (xml_c14n_set(c14n != NULL ? c14n : &plain, &data->set, t->budget, &out, err) != 0)
		goto done;
	become_octets(data, &out);
	rc = 0;
done:
	buf_release(&out);
	return rc;
}

/* Octets are parsed, under the limits that the document itself is under. */
static int
to_nodes(const struct xml_transforming *t, struct xml_data *data, struct error *err)
{
	struct xml_doc parsed;

	if (data->is_nodes)
		return 0;
	if (xml_spend_bytes(t->budget, data->octets.len, err) != 0 ||
	    xml_doc_parse(&parsed, data->octets, &t->budget->limits, NULL, err) != 0)
		return -1;
	if (xml_spend(t->budget, xml_walk_cost(&parsed, NULL), err) != 0) {
		xml_doc_release(&parsed);
		return -1;
	}
	buf_release(&data->own);
	data->octets = SPAN_NONE;
	data->parsed = parsed;
	if (xml_set_init(&data->set, &data->parsed, err) != 0)
		return -1;
	xml_set_fill(&data->set, NULL, 1);
	data->is_nodes = 1;
	return 0;
}

static int
canonicalization(const struct xml_transforming *t, const xmlNode *transform, struct xml_data *data,
    struct error *err)
{
	struct xml_c14n c14n = { 0 };
	int rc = -1;

	if (xml_c14n_of(transform, &c14n, err) == 0 && to_nodes(t, data, err) == 0)
		rc = xml_to_octets(t, &c14n, data, err);
	xml_c14n_release(&c14n);
	return rc;
}

static int
enveloped(const struct xml_transforming *t, const xmlNode *transform, struct xml_data *data,
    struct error *err)
{
	(void)transform;
	if (!data->is_nodes || data->set.x != t->x)
		return error_set(err, ERROR_MALFORMED,
		    "the enveloped-signature transform is applied to data that the signature is "
		    "not part of");
	xml_set_fill(&data->set, t->signature, 0);
	return 0;
}

/* The text of a node-set, markup left out (XML-DSig section 6.6.2). */
static int
text_of_set(const struct xml_set *set, struct buf *out, struct error *err)
{
	size_t i;

	for (i = xml_set_from(set); i < xml_set_to(set); i++)
		if (xml_set_has(set, i) && set->x->nodes[i]->type == XML_TEXT_NODE &&
		    buf_append_str(out, (const char *)set->x->nodes[i]->content, err) != 0)
			return -1;
	return 0;
}

static int
base64(const struct xml_transforming *t, const xmlNode *transform, struct xml_data *data,
    struct error *err)
{
	struct buf text = BUF_INIT(t->budget->limits.output_bytes);
	struct buf out = BUF_INIT(t->budget->limits.output_bytes);
	int rc = -1;

	(void)transform;
	if (data->is_nodes) {
		judge(t, data, 1);
		if (text_of_set(&data->set, &text, err) != 0)
			goto done;
	}
	if (text_base64_decode(&out, data->is_nodes ? SPAN_OF(&text) : data->octets, err) != 0)
		goto done;
	become_octets(data, &out);
	rc = 0;
done:
	buf_release(&text);
	buf_release(&out);
	return rc;
}

static int
xpath(const struct xml_transforming *t, const xmlNode *transform, struct xml_data *data,
    struct error *err)
{
	const xmlNode *expression = xml_child(transform, XML_NS_DSIG, "XPath");

	if (expression == NULL)
		return error_set(err, ERROR_MALFORMED, "an XPath transform has no expression");
	if (to_nodes(t, data, err) != 0)
		return -1;
	data->reduced |= data->set.x != t->x;
	return xml_xpath_filter(t, expression, &data->set, err);
}

static int
filter2(const struct xml_transforming *t, const xmlNode *transform, struct xml_data *data,
    struct error *err)
{
	if (to_nodes(t, data, err) != 0)
		return -1;
	data->reduced |= data->set.x != t->x;
	return xml_xpath_filter2(t, transform, &data->set, err);
}

static int
pointer(const struct xml_transforming *t, const xmlNode *transform, struct xml_data *data,
    struct error *err)
{
	if (to_nodes(t, data, err) != 0)
		return -1;
	return xml_pointer_filter(t, transform, data, err);
}

static int
relationships(const struct xml_transforming *t, const xmlNode *transform, struct xml_data *data,
    struct error *err)
{
	struct buf out = BUF_INIT(t->budget->limits.output_bytes);
	int rc = -1;

	if (to_nodes(t, data, err) != 0)
		return -1;
	judge(t, data, 1);
	data->reduced = 1;
	if (xml_set_covers(&data->set, 0, data->set.x->count))
		rc = xml_relationships(
		    t, transform, xmlDocGetRootElement(data->set.x->doc), &out, err);
	else
		error_set(err, ERROR_MALFORMED,
		    "a relationships transform is applied to a part of a document");
	if (rc == 0)
		become_octets(data, &out);
	buf_release(&out);
	return rc;
}

static const struct {
	const char *uri;
	int (*apply)(const struct xml_transforming *t, const xmlNode *transform,
	    struct xml_data *data, struct error *err);
} transforms[] = {
	{ XML_TRANSFORM_ENVELOPED, enveloped },
	{ XML_TRANSFORM_BASE64, base64 },
	{ XML_TRANSFORM_XPATH, xpath },
	{ XML_TRANSFORM_FILTER2, filter2 },
	{ XML_TRANSFORM_XPTR, pointer },
	{ XML_TRANSFORM_RELATIONSHIPS, relationships },
};

static const struct {
	const char *uri;
	const char *why;
} refused[] = {
	{ "http://www.w3.org/TR/1999/REC-xslt-19991116",
	    "XSLT transforms are refused: they run programs of the document's author" },
};

int
xml_transform(const struct xml_transforming *t, const xmlNode *transform, struct xml_data *data,
    struct error *err)
{
	const char *uri = xml_attr(transform, "Algorithm");
	struct xml_c14n c14n;
	size_t i;

	if (uri == NULL)
		return error_set(err, ERROR_MALFORMED, "a transform names no algorithm");
	if (xml_c14n_by_uri(uri, &c14n) == 0)
		return canonicalization(t, transform, data, err);
	for (i = 0; i < sizeof(transforms) / sizeof(transforms[0]); i++)
		if (strcmp(transforms[i].uri, uri) == 0)
			return transforms[i].apply(t, transform, data, err);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strcmp(refused[i].uri, uri) == 0)
			return error_set(err, ERROR_UNSUPPORTED, "%s", refused[i].why);
	return error_set(err, ERROR_UNSUPPORTED, "the transform %.200s is not supported", uri);
}
