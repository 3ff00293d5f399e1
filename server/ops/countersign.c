/* CounterSign: a signature over the value of another, inside of that one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ops/reading.h"
#include "signing/format/change.h"
#include "signing/format/cms/cms_read.h"

int
admit_counter_sign(struct engine *engine, struct request *req, struct error *err)
{
	if (req->in.sign.plain || req->in.sign.level > DOC_LEVEL_T)
		return error_set(err, ERROR_UNSUPPORTED,
		    "counter-signatures are made at level B or T; ExtendSignature brings the "
		    "signature with all its counter-signatures further");
	decide_originals(engine, req);
	return admit_signature(engine, req, err);
}

/* ---- making it ---- */

static int
make(struct buf *out, const struct task *t, const struct signature *sig, const struct signing *s,
    struct error *err)
{
	const struct document_change change = { .signature = sig->id,
		.limits = t->limits,
		.originals = t->originals,
		.original_count = t->original_count,
		.seconds = s->options.signing_time };
	struct buf binary = BUF_INIT(t->limits->output_bytes);
	struct span file = SPAN_OF(&t->doc->content);
	int rc = 0;

	if (document_kind_of(file) == KIND_CMS) {
		rc = cms_binary(&binary, file, err);
		file = SPAN_OF(&binary);
	}
	if (rc == 0)
		rc = ops_counter_sign(
		    t->engine, t->req, out, file, &change, sig, s->key, &s->options, err);
	buf_release(&binary);
	return rc;
}

/* ---- before and after ---- */

/* The value is what will be signed; the documents are looked at where they are at hand. */
static int
may_be_signed(const struct task *t, const struct signature *sig, struct error *err)
{
	struct error why = ERROR_INIT;

	if (signature_is_whole(sig, &why) == 0 ||
	    (why.kind == ERROR_NOT_FOUND && t->original_count == 0))
		return 0;
	*err = why;
	return -1;
}

static int
is_among(const struct signatures *list, const char *id)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (strcmp(list->items[i].id, id) == 0)
			return 1;
	return 0;
}

/* The id that the new one has in reports: of the one that was not there before. */
static int
name_new(
    const struct task *t, const struct signature *sig, struct signed_item *item, struct error *err)
{
	struct op_document made = { .name = t->doc->name,
		.password = t->doc->password,
		.content = item->document,
		.has_content = 1 };
	struct verified_document found = { 0 };
	struct task again = *t;
	size_t i;
	int rc = -1;

	again.doc = &made;
	again.out = &found;
	memset(&again.facts, 0, sizeof(again.facts));
	if (read_document(&again, err) != 0)
		goto done;
	for (i = 0; i < found.signatures.count && rc != 0; i++) {
		const struct signature *n = &found.signatures.items[i];

		if (n->parent == NULL || strcmp(n->parent, sig->id) != 0 ||
		    is_among(&t->out->signatures, n->id))
			continue;
		text_copy(item->signature_id, sizeof(item->signature_id), n->id);
		rc = 0;
	}
	if (rc != 0)
		error_set(err, ERROR_INTERNAL, "the counter-signature cannot be found again");
done:
	again.originals = NULL; /* the first task's */
	again.values = NULL;
	task_release(&again);
	signatures_release(&found.signatures);
	return rc;
}

static int
counter_sign(struct task *t, const struct signing *s, struct error *err)
{
	const enum document_kind kind = document_kind_of(SPAN_OF(&t->doc->content));
	struct signed_item *item = t->req->out.items;
	const struct signature *sig;

	if (kind == KIND_PDF)
		return error_set(err, ERROR_UNSUPPORTED,
		    "a PDF has no counter-signatures; a further signature in it is made by "
		    "SignDocument");
	if (read_document(t, err) != 0)
		return -1;
	sig = signature_named(&t->out->signatures, t->req->in.signature_id, "to counter-sign", err);
	if (sig == NULL || may_be_signed(t, sig, err) != 0)
		return -1;
	buf_init(&item->document, t->limits->output_bytes);
	if (make(&item->document, t, sig, s, err) != 0)
		return -1;
	return name_new(t, sig, item, err);
}

int
run_counter_sign(struct engine *engine, struct request *req, struct error *err)
{
	struct verified_document read = { 0 };
	struct task t = { .engine = engine,
		.req = req,
		.doc = req->in.documents,
		.limits = &engine_limits(engine)->format,
		.out = &read };
	struct signing s;
	int rc;

	if (may_read_documents(engine, req, err) != 0)
		return -1;
	rc = signing_start(&s, engine, req, err);
	if (rc == 0) {
		t.certificates = s.material->signing_anchors;
		t.material = s.material;
		rc = items_make(req, 1, err);
	}
	if (rc == 0)
		rc = task_take_originals(&t, 0, err);
	if (rc == 0)
		rc = counter_sign(&t, &s, err);
	task_release(&t);
	signatures_release(&read.signatures);
	signing_end(&s);
	return rc;
}
