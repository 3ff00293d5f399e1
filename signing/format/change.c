#include "signing/format/change.h"

#include "signing/format/asic/asic_extend.h"
#include "signing/format/cms/cms_extend.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/smime/smime_sign.h"
#include "signing/format/xml/xml_extend.h"

int
changing_cms(const struct changing *c, struct buf *der, const char *id, const struct document *doc,
    struct error *err)
{
	size_t number;

	if (c->key != NULL)
		return cms_counter_sign(der, id, c->key, c->options, err);
	if (cms_signer_number(id, &number, err) != 0)
		return -1;
	return cms_extend(der, number, c->to, doc, c->data, c->source, c->limits, err);
}

int
changing_xml(const struct changing *c, struct buf *out, struct span file, const char *id,
    const struct xml_read_options *reading, struct error *err)
{
	return c->key != NULL ? xml_counter_sign(out, file, id, c->key, c->options, reading, err)
			      : xml_extend(out, file, id, c->to, c->data, c->source, reading, err);
}

/* ---- by what the document is ---- */

struct changing_document {
	const struct document_change *change;
	struct changing what;
};

static int
change_cms(struct buf *out, struct span file, const struct changing_document *c, struct error *err)
{
	const struct document_change *d = c->change;

	if (buf_append_span(out, file, err) != 0)
		return -1;
	return changing_cms(
	    &c->what, out, d->signature, d->original_count == 1 ? d->originals : NULL, err);
}

static int
change_xml(struct buf *out, struct span file, const struct changing_document *c, struct error *err)
{
	const struct document_change *d = c->change;
	const struct xml_read_options reading = {
		.limits = d->limits, .detached = d->originals, .detached_count = d->original_count
	};

	return changing_xml(&c->what, out, file, d->signature, &reading, err);
}

static int
change_container(
    struct buf *out, struct span file, const struct changing_document *c, struct error *err)
{
	const struct document_change *d = c->change;
	const struct changing *w = &c->what;

	return w->key != NULL ? asic_counter_sign(out, file, d->signature, w->key, w->options, err)
			      : asic_extend(out, file, d->signature, w->to, w->data, w->source,
				    d->seconds, d->limits, err);
}

static int
change_mail(struct buf *out, struct span file, const struct changing_document *c, struct error *err)
{
	const struct document_change *d = c->change;
	const struct changing *w = &c->what;

	return w->key != NULL ? smime_counter_sign(out, file, d->signature, w->key, w->options, err)
			      : smime_extend(out, file, d->signature, w->to, w->data, w->source,
				    d->limits, err);
}

static int
change_document(
    struct buf *out, struct span file, const struct changing_document *c, struct error *err)
{
	static int (*const by_kind[KINDS])(struct buf * out, struct span file,
	    const struct changing_document *c, struct error *err) = { [KIND_CMS] = change_cms,
		[KIND_XML] = change_xml,
		[KIND_ASIC] = change_container,
		[KIND_SMIME] = change_mail };
	const enum document_kind kind = document_kind_of(file);
	size_t before = out->len;
	int rc;

	if (by_kind[kind] == NULL)
		return error_set(err, ERROR_UNSUPPORTED, "such a document cannot be %s",
		    c->what.key != NULL ? "counter-signed" : "extended");
	rc = by_kind[kind](out, file, c, err);
	if (rc != 0)
		out->len = before;
	return rc;
}

int
document_extend(struct buf *out, struct span file, const struct document_change *change,
    enum extension to, const struct evidence *data, const struct timestamp_source *source,
    struct error *err)
{
	const struct changing_document c = { change,
		{ .to = to, .data = data, .source = source, .limits = change->limits } };

	return change_document(out, file, &c, err);
}

int
document_counter_sign(struct buf *out, struct span file, const struct document_change *change,
    const struct sign_key *key, const struct sign_options *options, struct error *err)
{
	const struct changing_document c = { change, { .key = key, .options = options } };

	return change_document(out, file, &c, err);
}
