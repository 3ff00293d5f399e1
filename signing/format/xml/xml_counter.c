/* Counter-signatures: XAdES CounterSignature, EN 319 132-1 clause 5.2.7.2. */
#include <string.h>

#include "signing/format/xml/xml_extend.h"
#include "signing/format/xml/xml_extending.h"
#include "signing/format/xml/xml_make.h"
#include "signing/format/xml/xml_sign.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;

/* The text of the new signature, with room for its values: over the other one's SignatureValue. */
static int
write_signature(struct xml_making *m, const struct xml_look *look)
{
	const char *id = xml_attr(look->parts.value, "Id");

	if (id == NULL || id[0] == '\0')
		return error_set(m->err, ERROR_UNSUPPORTED,
		    "the signature value has no Id by which a counter-signature could refer to it");
	if (xml_plan(m, 1) != 0)
		return -1;
	m->b.planned[0].type = XML_COUNTERSIGNED;
	if (xml_plan_transform(m, m->b.c14n) != 0 || xml_plan_uri(m, "#", id) != 0)
		return -1;
	return xml_build_text(&m->b, m->err);
}

/* Put it into the file as a property of the other one. */
static int
place(struct xml_making *m, struct xml_extending *e, const struct xml_look *look)
{
	struct buf property = BUF_INIT(e->file.max);
	const unsigned char *at;
	int rc = -1;

	if (buf_append_str(&property, "<xades:CounterSignature" XML_PREFIXES ">", m->err) == 0 &&
	    buf_append_span(&property, SPAN_OF(&m->b.text), m->err) == 0 &&
	    buf_append_str(&property, "</xades:CounterSignature>", m->err) == 0)
		rc = xml_put_property(e, look, SPAN_OF(&property));
	if (rc == 0) {
		at = memmem(e->file.data, e->file.len, m->b.text.data, m->b.text.len);
		rc = at != NULL ? 0
				: error_set(m->err, ERROR_INTERNAL,
				      "the signature that is being made cannot be found");
		m->base = at != NULL ? (size_t)(at - e->file.data) : 0;
	}
	buf_release(&property);
	return rc;
}

static int
lay_out(struct xml_making *m, struct xml_extending *e)
{
	struct xml_look look;
	int rc = -1;

	if (xml_look_at(&look, e) != 0)
		return -1;
	if (write_signature(m, &look) == 0)
		rc = place(m, e, &look);
	xml_look_close(&look);
	return rc;
}

int
xml_counter_sign(struct buf *out, struct span document, const char *signature,
    const struct sign_key *key, const struct sign_options *options,
    const struct xml_read_options *reading, struct error *err)
{
	static const struct xml_sign_options no_xml;
	struct document doc = { .content = document, .has_content = 1 };
	const struct format_limits *limits =
	    options->limits != NULL ? options->limits : &default_limits;
	struct xml_making m = {
		.docs = &doc, .count = 1, .key = key, .options = options, .xml = &no_xml, .err = err
	};
	struct xml_extending e = { reading, signature, BUF_INIT(limits->output_bytes), err };
	char encoding[32];
	int rc = -1;

	if (reading != NULL)
		m.reading = *reading;
	m.reading.limits = limits;
	m.b.key = key;
	m.b.options = options;
	m.b.c14n = xml_canonicalization_uri(XML_CANONICALIZATION_EXCLUSIVE);
	m.b.text = (struct buf)BUF_INIT(limits->output_bytes);
	if (xml_lex_encoding(document, encoding) == XML_ENCODING_UTF16) {
		error_set(err, ERROR_UNSUPPORTED,
		    "documents in UTF-16 are not signed; convert the document to UTF-8");
		goto done;
	}
	if (options->plain) {
		error_set(err, ERROR_UNSUPPORTED, "a counter-signature is an XAdES signature");
		goto done;
	}
	if (xml_make_choose(&m) != 0 || buf_append_span(&e.file, document, err) != 0 ||
	    xml_read(&m.earlier, document, &m.reading, err) != 0 || lay_out(&m, &e) != 0)
		goto done;
	m.file = e.file;
	e.file = (struct buf)BUF_INIT(0);
	if (xml_make_complete(&m) == 0)
		rc = buf_append_span(out, SPAN_OF(&m.file), err);
done:
	if (rc != 0 && err != NULL)
		xml_tidy(err->text);
	xml_build_release(&m.b);
	signatures_release(&m.earlier);
	buf_release(&m.file);
	buf_release(&e.file);
	return rc;
}
