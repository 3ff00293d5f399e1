/* Documents outside of the signature's file: found by name, else by their digest. */
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/xml/xml_reader.h"

/* Does `uri`, its %XX decoded, spell `name`? */
static int
spells(const char *uri, const char *name)
{
	for (; *uri != '\0'; uri++, name++) {
		char c = *uri;

		if (c == '%' && text_hex_value(uri[1]) >= 0 && text_hex_value(uri[2]) >= 0) {
			c = (char)(text_hex_value(uri[1]) * 16 + text_hex_value(uri[2]));
			uri += 2;
		}
		if (c != *name || c == '\0')
			return 0;
	}
	return *name == '\0';
}

const struct document *
xml_detached_by_name(const struct xml_read_options *options, const char *uri)
{
	const struct document *d;
	size_t i;

	for (i = 0; uri != NULL && i < options->detached_count; i++) {
		d = &options->detached[i];
		if (d->name != NULL && (strcmp(uri, d->name) == 0 || spells(uri, d->name)))
			return d;
	}
	return NULL;
}

/* 1: the document as it is has this digest; computed once. */
static int
has_digest(struct xml_reader *r, size_t i, const struct reference *ref, struct error *err)
{
	const struct document *d = &r->options->detached[i];
	struct digest_values *known;
	struct error away = ERROR_INIT;

	if (r->digests == NULL)
		r->digests = calloc(r->options->detached_count, sizeof(*r->digests));
	if (r->digests == NULL)
		return error_memory(err);
	known = &r->digests[i];
	if (!(known->have & DIGEST_BIT(ref->digest))) {
		if (d->has_content && xml_spend_bytes(&r->budget, d->content.len, err) != 0)
			return -1;
		if (document_digest(d, ref->digest, known->value[ref->digest], &away) != 0)
			return 0; /* of what is known by other digests alone nothing can be said */
		known->have |= DIGEST_BIT(ref->digest);
	}
	return span_equal(SPAN_OF(&ref->digest_value),
	    (struct span){ known->value[ref->digest], digest_size(ref->digest) });
}

/* The same of what its transforms make of the document; while half of the work is left. */
static int
has_transformed_digest(struct xml_reader *r, const xmlNode *signature, const xmlNode *reference,
    const struct document *d, const struct reference *ref)
{
	unsigned char value[DIGEST_SIZE_MAX];
	struct xml_data data = { 0 };
	struct error unfit = ERROR_INIT;
	int fits = 0;

	if (!d->has_content || r->budget.work < r->budget.allowed / 2)
		return 0;
	if (xml_reference_try(r, signature, reference, d, &data, &unfit) == 0 &&
	    digest_span(ref->digest, data.octets, value, &unfit) == 0)
		fits = span_equal(
		    SPAN_OF(&ref->digest_value), (struct span){ value, digest_size(ref->digest) });
	xml_data_release(&data);
	return fits;
}

int
xml_detached_by_digest(struct xml_reader *r, const xmlNode *signature, const xmlNode *reference,
    const struct reference *ref, const struct document **found, struct error *err)
{
	const struct xml_read_options *o = r->options;
	const int is_plain = xml_first(xml_child(reference, XML_NS_DSIG, "Transforms")) == NULL;
	size_t i;
	int rc = 0;

	*found = NULL;
	if (o->names_bind || o->detached_count < 2 ||
	    (ref->uri != NULL && (ref->uri[0] == '\0' || ref->uri[0] == '#')) ||
	    xml_detached_by_name(o, ref->uri) != NULL)
		return 0;
	for (i = 0; rc == 0 && i < o->detached_count; i++) {
		rc = is_plain
			 ? has_digest(r, i, ref, err)
			 : has_transformed_digest(r, signature, reference, &o->detached[i], ref);
		if (rc == 1)
			*found = &o->detached[i];
	}
	return rc < 0 ? -1 : 0;
}
