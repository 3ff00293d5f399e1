#include "signing/format/change.h"

#include "signing/format/asic/asic_extend.h"
#include "signing/format/cms/cms_extend.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/smime/smime_sign.h"
#include "signing/format/xml/xml_extend.h"

/* What is done: with a key, a counter-signature; else the extension. */
struct changing {
	const struct document_change *change;
	enum extension to;
	const struct evidence *data;
	const struct timestamp_source *source;
	const struct sign_key *key;
	const struct sign_options *options;
};

static int
change_cms(struct buf *out, struct span file, const struct changing *c, struct error *err)
{
	const struct document_change *d = c->change;
	size_t number;

	if ((c->key == NULL && cms_signer_number(d->signature, &number, err) != 0) ||
	    buf_append_span(out, file, err) != 0)
		return -1;
	return c->key != NULL
		   ? cms_counter_sign(out, d->signature, c->key, c->options, err)
		   : cms_extend(out, number, c->to, d->original_count == 1 ? d->originals : NULL,
			 c->data, c->source, d->limits, err);
}

static int
change_xml(struct buf *out, struct span file, const struct changing *c, struct error *err)
{
	const struct document_change *d = c->change;
	const struct xml_read_options reading = {
		.limits = d->limits, .detached = d->originals, .detached_count = d->original_count
	};

	return c->key != NULL
		   ? xml_counter_sign(out, file, d->signature, c->key, c->options, &reading, err)
		   : xml_extend(out, file, d->signature, c->to, c->data, c->source, &reading, err);
}

static int
change_container(struct buf *out, struct span file, const struct changing *c, struct error *err)
{
	const struct document_change *d = c->change;

	return c->key != NULL ? asic_counter_sign(out, file, d->signature, c->key, c->options, err)
			      : asic_extend(out, file, d->signature, c->to, c->data, c->source,
				    d->seconds, d->limits, err);
}

static int
change_mail(struct buf *out, struct span file, const struct changing *c, struct error *err)
{
	const struct document_change *d = c->change;

	return c->key != NULL ? smime_counter_sign(out, file, d->signature, c->key, c->options, err)
			      : smime_extend(out, file, d->signature, c->to, c->data, c->source,
				    d->limits, err);
}

static int
change_document(struct buf *out, struct span file, const struct changing *c, struct error *err)
{
	static int (*const by_kind[KINDS])(struct buf * out, struct span file,
	    const struct changing *c, struct error *err) = { [KIND_CMS] = change_cms,
		[KIND_XML] = change_xml,
		[KIND_ASIC] = change_container,
		[KIND_SMIME] = change_mail };
	const enum document_kind kind = document_kind_of(file);
	size_t before = out->len;
	int rc;

	if (by_kind[kind] == NULL)
		return error_set(err, ERROR_UNSUPPORTED, "such a document cannot be %s",
		    c->key != NULL ? "counter-signed" : "extended");
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
	const struct changing c = { .change = change, .to = to, .data = data, .source = source };

	return change_document(out, file, &c, err);
}

int
document_counter_sign(struct buf *out, struct span file, const struct document_change *change,
    const struct sign_key *key, const struct sign_options *options, struct error *err)
{
	const struct changing c = { .change = change, .key = key, .options = options };

	return change_document(out, file, &c, err);
}
