/* Documents of other formats than PDF, changed and signed by a child with this process's key. */
#include <stdio.h>
#include <string.h>

#include "server/read/reader_parts.h"
#include "signing/format/asic/asic_subject.h"
#include "signing/format/cms/oids.h"

/* ---- what comes back ---- */

/* XML is the caller's bytes with something put in at one place; <a/> loses its '/' by that. */
static int
is_put_into(struct span made, struct span document)
{
	size_t front = 0, back = 0;

	while (front < document.len && front < made.len && made.data[front] == document.data[front])
		front++;
	while (back < document.len - front && back < made.len - front &&
	       made.data[made.len - 1 - back] == document.data[document.len - 1 - back])
		back++;
	return front + back == document.len ||
	       (front + back + 1 == document.len && document.data[front] == '/');
}

struct made {
	struct buf *out;
	struct span document;
	int is_put_into; /* else it is the child's word what of the document it is */
};

static void
take_made(struct pack *p, void *to)
{
	const struct made *m = to;
	struct span made = SPAN_NONE;

	pack_span(p, &made);
	if (p->failed)
		return;
	if (m->is_put_into && !is_put_into(made, m->document))
		pack_broken(p);
	else if (buf_append_span(m->out, made, p->err) != 0)
		p->failed = 1;
}

static int
have_made(const struct reader *reader, const struct reader_bounds *bounds, struct order *order,
    struct help *help, struct buf *out, int put_into, struct error *err)
{
	struct made made = { out, order->document, put_into };
	size_t before = out->len;
	int rc;

	if (help->key != NULL) {
		order->cert = help->key->cert;
		order->chain = help->key->chain;
		order->options = *help->options;
		help->source = help->options->timestamp;
	}
	order->stamp_digest = help->source != NULL ? help->source->digest : DIGEST_NONE;
	rc = reader_have_done(reader, bounds, order, help, take_made, &made, err);
	if (rc != 0)
		out->len = before;
	return rc;
}

static int
not_asked_for(struct error *err)
{
	return error_cause(err, ERROR_INTERNAL, "the document could not be signed",
	    "what was prepared for signing is not what was asked for");
}

/* ---- signatures that are there ---- */

static struct order
order_of_change(enum order_kind kind, struct span document, const struct document_change *change)
{
	return (struct order){ .kind = kind,
		.signature = change->signature,
		.originals = change->originals,
		.original_count = change->original_count,
		.seconds = change->seconds,
		.document = document };
}

int
reader_extend(const struct reader *reader, const struct reader_bounds *bounds, struct buf *out,
    struct span document, const struct document_change *change, enum extension to,
    const struct evidence *data, const struct timestamp_source *source, struct error *err)
{
	struct order order = order_of_change(ORDER_EXTEND, document, change);
	struct help help = { .source = source };

	order.extension = to;
	if (data != NULL)
		order.evidence = *data;
	return have_made(
	    reader, bounds, &order, &help, out, document_kind_of(document) == KIND_XML, err);
}

int
reader_renew(const struct reader *reader, const struct reader_bounds *bounds, struct buf *out,
    struct span container, const struct evidence *data, const struct timestamp_source *source,
    int64_t seconds, struct error *err)
{
	struct order order = { .kind = ORDER_RENEW, .seconds = seconds, .document = container };
	struct help help = { .source = source };

	if (data != NULL)
		order.evidence = *data;
	return have_made(reader, bounds, &order, &help, out, 0, err);
}

static int
is_counter_cms(void *ctx, const struct cms_subject *subject, struct error *err)
{
	const struct xml_asked *asked = ctx;

	return subject->content_type == NULL && subject->profile == CMS_PROFILE_CADES &&
		       span_equal(subject->octets, asked->counter)
		   ? 0
		   : not_asked_for(err);
}

static int
is_asked_xml(void *ctx, const struct xml_subject *subject, struct error *err)
{
	return xml_subject_fits(subject, ctx, err);
}

int
reader_counter_sign(const struct reader *reader, const struct reader_bounds *bounds,
    struct buf *out, struct span document, const struct document_change *change, struct span value,
    const struct sign_key *key, const struct sign_options *options, struct error *err)
{
	static const struct xml_sign_options no_xml;
	struct order order = order_of_change(ORDER_COUNTER_SIGN, document, change);
	struct xml_asked asked = { .xml = &no_xml, .counter = value };
	struct help help = { .key = key,
		.options = options,
		.cms_fits = is_counter_cms,
		.xml_fits = is_asked_xml,
		.fits_ctx = &asked };

	if (value.len == 0)
		return error_set(err, ERROR_CONFLICT, "the signature has no value");
	return have_made(
	    reader, bounds, &order, &help, out, document_kind_of(document) == KIND_XML, err);
}

/* ---- documents that are signed ---- */

int
reader_xml_sign(const struct reader *reader, const struct reader_bounds *bounds, struct buf *out,
    const struct document *doc, const struct sign_key *key, const struct sign_options *options,
    const struct xml_sign_options *xml, struct error *err)
{
	struct order order = { .kind = ORDER_XML_SIGN,
		.name = doc->name,
		.mime_type = doc->mime_type,
		.xml = *xml,
		.document = doc->content };
	struct xml_asked asked = { .docs = doc, .count = 1, .xml = xml };
	struct help help = {
		.key = key, .options = options, .xml_fits = is_asked_xml, .fits_ctx = &asked
	};

	return have_made(
	    reader, bounds, &order, &help, out, options->packaging == PACKAGING_ENVELOPED, err);
}

/* What the container holds is looked at when a child has read it within its bounds. */
struct container {
	struct span file;
	enum digest digest;
};

static int
is_over_container(void *ctx, const struct cms_subject *subject, struct error *err)
{
	const struct container *c = ctx;
	struct asic_holdings held;
	int rc;

	if (asic_holdings_find(&held, c->file, c->digest, err) != 0)
		return -1;
	rc = asic_subject_fits(&held, subject, err);
	asic_holdings_release(&held);
	return rc;
}

static int
is_xml_over_container(void *ctx, const struct xml_subject *subject, struct error *err)
{
	static const struct xml_sign_options no_xml;
	const struct container *c = ctx;
	struct asic_holdings held;
	struct xml_asked asked = { .xml = &no_xml };
	int rc;

	if (asic_holdings_find(&held, c->file, c->digest, err) != 0)
		return -1;
	asked.docs = held.docs;
	asked.count = held.count;
	rc = xml_subject_fits(subject, &asked, err);
	asic_holdings_release(&held);
	return rc;
}

int
reader_container_sign(const struct reader *reader, const struct reader_bounds *bounds,
    struct buf *out, struct span container, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	struct order order = { .kind = ORDER_CONTAINER_SIGN, .document = container };
	struct container c = { .file = container };
	struct help help = { .key = key,
		.options = options,
		.cms_fits = is_over_container,
		.xml_fits = is_xml_over_container,
		.fits_ctx = &c };

	if (cms_digest(key, options, &c.digest, err) != 0)
		return -1;
	return have_made(reader, bounds, &order, &help, out, 0, err);
}

static int
is_mail(void *ctx, const struct cms_subject *subject, struct error *err)
{
	(void)ctx;
	return subject->content_type != NULL && strcmp(subject->content_type, OID_DATA) == 0 &&
		       subject->profile == CMS_PROFILE_CADES && subject->octets.len > 0
		   ? 0
		   : not_asked_for(err);
}

int
reader_mail_sign(const struct reader *reader, const struct reader_bounds *bounds, struct buf *out,
    const struct document *doc, const struct sign_key *key, const struct sign_options *options,
    struct error *err)
{
	struct order order = { .kind = ORDER_MAIL_SIGN,
		.name = doc->name,
		.mime_type = doc->mime_type,
		.document = doc->content };
	struct help help = { .key = key, .options = options, .cms_fits = is_mail };

	return have_made(reader, bounds, &order, &help, out, 0, err);
}
