/* ExtendSignature. */
#include <stdio.h>
#include <string.h>

#include "server/ops/level.h"

int
admit_extend(struct engine *engine, struct request *req, struct error *err)
{
	const struct material *material;
	int rc;

	decide_originals(engine, req);
	/* What is embedded may have to be fetched. */
	req->must_wait |= req->in.sign.level > DOC_LEVEL_T;
	if (material_get(&material, engine, req->caller, err) != 0)
		return -1;
	rc = authority_check(req, material, req->in.sign.timestamp_authority, err);
	material_unref(material);
	return rc;
}

static int
extend(const struct task *t, const struct raising *raising, struct error *err)
{
	struct signed_item *item = t->req->out.items;

	buf_init(&item->document, t->limits->output_bytes);
	if (buf_append_span(&item->document, SPAN_OF(&t->doc->content), err) != 0 ||
	    ops_raise_level(raising, &item->document, item, err) != 0)
		return -1;
	t->req->out.result = item->result;
	return 0;
}

int
run_extend_signature(struct engine *engine, struct request *req, struct error *err)
{
	const struct op_document *doc = req->in.documents;
	struct task t = {
		.engine = engine, .req = req, .doc = doc, .limits = &engine_limits(engine)->format
	};
	struct authority_source authority;
	struct raising raising = { .engine = engine,
		.req = req,
		.source = &authority.source,
		.to = req->in.sign.level,
		.name = doc->name,
		.password = doc->password != NULL ? doc->password : req->in.password,
		.id = req->in.signature_id };
	int rc;

	if (may_read_documents(engine, req, err) != 0 ||
	    material_get(&raising.material, engine, req->caller, err) != 0)
		return -1;
	snprintf(req->object, sizeof(req->object), "%s", doc->name != NULL ? doc->name : "");
	authority_source_init(&authority, engine, req, raising.material,
	    req->in.sign.timestamp_authority, &req->out.token);
	rc = items_make(req, 1, err);
	if (rc == 0)
		rc = task_take_originals(&t, 0, err);
	raising.originals = t.originals;
	raising.original_count = t.original_count;
	if (rc == 0)
		rc = extend(&t, &raising, err);
	task_release(&t);
	material_unref(raising.material);
	return rc;
}
