/* Levels LT and LTA of a signature that was made a moment ago. */
#include <string.h>

#include "server/ops/level.h"

/* A document that was signed detached goes along with its signature, but for these. */
static int
is_beside(const struct signing *s, struct span made)
{
	const enum document_kind kind = document_kind_of(made);

	return s->options.packaging == PACKAGING_DETACHED && kind != KIND_ASIC &&
	       kind != KIND_SMIME;
}

static int
has_value(const struct signatures *list, struct span value)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (span_equal(SPAN_OF(&list->items[i].value), value))
			return 1;
	return 0;
}

static int
read_signatures(const struct signing *s, const struct document *doc, struct span file,
    struct verified_document *found, struct error *err)
{
	const struct op_document view = { .name = doc->name,
		.password = s->req->in.sign.pdf.password,
		.content = { (unsigned char *)file.data, file.len, file.len, file.len },
		.has_content = 1 };
	struct task t = { .engine = s->authority.engine,
		.req = s->req,
		.material = s->material,
		.doc = &view,
		.limits = s->options.limits,
		.certificates = s->material->signing_anchors,
		.originals = (struct document *)doc,
		.original_count = (size_t)is_beside(s, file),
		.out = found };
	int rc = read_document(&t, err);

	t.originals = NULL;
	task_release(&t);
	return rc;
}

/* The value of the signature that the document did not have; of several in a PDF the last. */
static int
find_new(const struct signing *s, const struct document *doc, const struct buf *made,
    struct buf *value, struct error *err)
{
	struct verified_document before = { 0 }, after = { 0 };
	const struct signature *found = NULL;
	const enum document_kind kind = document_kind_of(SPAN_OF(made));
	struct error unread = ERROR_INIT;
	size_t i;
	int rc = -1;

	/* What cannot be read has no signatures. */
	if (kind != KIND_CMS && kind != KIND_PDF && doc->has_content &&
	    document_kind_of(doc->content) == kind)
		read_signatures(s, doc, doc->content, &before, &unread);
	if (read_signatures(s, doc, SPAN_OF(made), &after, err) != 0)
		goto done;
	for (i = 0; i < after.signatures.count; i++) {
		const struct signature *sig = &after.signatures.items[i];

		if (sig->parent == NULL && !has_value(&before.signatures, SPAN_OF(&sig->value)) &&
		    (found == NULL || sig->byte_range[2] > found->byte_range[2]))
			found = sig;
	}
	rc = found != NULL
		 ? buf_append_span(value, SPAN_OF(&found->value), err)
		 : error_set(err, ERROR_INTERNAL, "the new signature cannot be found again");
done:
	signatures_release(&before.signatures);
	signatures_release(&after.signatures);
	return rc;
}

int
raise_signed(const struct signing *s, const struct document *doc, struct buf *made,
    struct signed_item *item, struct error *err)
{
	struct raising raising = { .engine = s->authority.engine,
		.req = s->req,
		.material = s->material,
		.source = &s->authority.source,
		.to = s->req->in.sign.level,
		.name = doc->name,
		.password = s->req->in.sign.pdf.password,
		.originals = doc,
		.original_count = (size_t)is_beside(s, SPAN_OF(made)) };
	struct buf value = BUF_INIT(0);
	int rc = find_new(s, doc, made, &value, err);

	raising.value = SPAN_OF(&value);
	if (rc == 0)
		rc = ops_raise_level(&raising, made, item, err);
	buf_release(&value);
	return rc;
}
