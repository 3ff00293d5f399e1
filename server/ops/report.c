#include "server/ops/report.h"

#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "server/ops/evidence/gather.h"
#include "signing/report/etsi.h"
#include "signing/report/html.h"
#include "signing/report/pdf.h"

int
report_admit(struct engine *engine, struct request *req, struct error *err)
{
	const struct material *material = NULL;
	const struct material_key *key;
	int rc;

	if (req->in.report_key == NULL)
		return 0;
	if (req->in.return_report != REPORT_ETSI)
		return error_set(err, ERROR_MALFORMED,
		    "reportKey signs reports in XML: ask for returnReport Etsi, or leave it out");
	if (material_get(&material, engine, req->caller, err) != 0)
		return -1;
	rc = material_signing_key(&key, material, req, req->in.report_key, err);
	if (rc == 0) /* whose key signed what is in the audit, always */
		text_copy(req->object, sizeof(req->object), key->name);
	material_unref(material);
	return rc;
}

/* ---- what it is made of ---- */

static void
begin(struct ops_report *r, struct engine *engine, const struct request *req,
    const struct material *material)
{
	memset(r, 0, sizeof(*r));
	r->context = context_of(engine, req, material);
	snprintf(r->program, sizeof(r->program), "Signet %s", SIGNET_VERSION);
	r->in = (struct report_input){ .time = r->context.time,
		.made = req->time_us / 1000000,
		.gathered = &r->evidence,
		.policy = r->context.policy,
		.catalogue = r->context.catalogue,
		.program = r->program,
		.node = engine_node(engine) };
	if (r->context.trust == NULL)
		return;
	r->in.trust = r->context.trust;
	r->in.snapshot = trust_snapshot_name(r->context.trust, r->snapshot);
	r->in.snapshot_number = (uint64_t)r->context.trust_number;
}

/* The evidence of one path, as far as it was judged. */
static int
take(struct ops_report *r, const struct gathered *gathered, const struct path_result *path,
    struct error *err)
{
	struct error gone = ERROR_INIT;

	if (gathered == NULL || path->certificate_count == 0 ||
	    gathered_evidence(gathered, path, &r->evidence, &gone) == 0)
		return 0;
	if (gone.kind == ERROR_NOT_FOUND)
		return error_set(err, ERROR_UNAVAILABLE,
		    "evidence was replaced while the report was made; ask again");
	if (err != NULL)
		*err = gone;
	return -1;
}

static int
take_all(struct ops_report *r, const struct verified_document *v, struct error *err)
{
	size_t i, j;

	for (i = 0; i < v->report.count; i++) {
		const struct verify_signature *s = &v->report.items[i];

		if (take(r, v->gathered, &s->path, err) != 0)
			return -1;
		for (j = 0; j < s->timestamp_count; j++)
			if (take(r, v->gathered, &s->timestamps[j].path, err) != 0)
				return -1;
	}
	for (i = 0; i < v->timestamp_count; i++)
		if (take(r, v->gathered, &v->timestamps[i].path, err) != 0)
			return -1;
	return 0;
}

static void
take_layers(struct ops_report *r, const struct encryptions *found)
{
	size_t i;

	for (i = 0; i < found->count && i < ENVELOPE_LAYERS_MAX; i++) {
		const struct encryption *e = &found->items[i];
		struct report_layer *l = &r->layers[i];

		*l = (struct report_layer){ .is_open = encryption_is_open(e),
			.size = e->content_size };
		text_copy(l->part, sizeof(l->part), e->part);
		memcpy(l->envelope, e->sha256, sizeof(l->envelope));
		memcpy(l->content, e->content_sha256, sizeof(l->content));
	}
	r->in.layers = r->layers;
	r->in.layer_count = i;
}

int
ops_report_of_document(struct ops_report *r, struct engine *engine, const struct request *req,
    const struct material *material, const struct verified_document *verified,
    const struct document *documents, size_t count, struct error *err)
{
	begin(r, engine, req, material);
	r->in.documents = documents;
	r->in.document_count = count;
	r->in.report = &verified->report;
	r->in.signatures = &verified->signatures;
	r->in.timestamps = verified->timestamps;
	r->in.timestamp_count = verified->timestamp_count;
	r->in.mail_need_address = engine_limits(engine)->mail_need_address != 0;
	r->in.mail_need_match = engine_limits(engine)->mail_need_match != 0;
	take_layers(r, &verified->encryptions);
	return take_all(r, verified, err);
}

int
ops_report_of_certificate(struct ops_report *r, struct engine *engine, const struct request *req,
    const struct material *material, const struct verify_certificate_report *certificate,
    struct error *err)
{
	begin(r, engine, req, material);
	r->in.policy = verdict_rules_with(req, r->context.policy, &r->rules);
	r->in.certificate = certificate;
	r->in.purpose = (enum path_purpose)req->in.purpose;
	return take(r, req->out.gathered, &certificate->path, err);
}

int
ops_report_of_token(struct ops_report *r, struct engine *engine, const struct request *req,
    const struct material *material, const struct verify_timestamp *timestamp,
    const struct document *document, struct error *err)
{
	begin(r, engine, req, material);
	r->in.documents = document;
	r->in.document_count = 1;
	r->in.timestamps = timestamp;
	r->in.timestamp_count = 1;
	return take(r, req->out.gathered, &timestamp->path, err);
}

void
ops_report_end(struct ops_report *r)
{
	evidence_release(&r->evidence);
}

/* ---- writing ---- */

static int
write_etsi(const struct ops_report *r, const struct request *req, const struct material *material,
    struct buf *out, struct error *err)
{
	const struct material_key *key = NULL;
	struct buf plain = BUF_INIT(0);
	int rc;

	if (req->in.report_key == NULL)
		return report_etsi_write(out, &r->in, NULL, err);
	rc = material_signing_key(&key, material, req, req->in.report_key, err);
	if (rc == 0)
		rc = report_etsi_write(&plain, &r->in, key->sign.cert, err);
	if (rc == 0)
		rc =
		    report_etsi_sign(out, SPAN_OF(&plain), &key->sign, req->time_us / 1000000, err);
	buf_release(&plain);
	return rc;
}

int
ops_report_write(const struct ops_report *r, const struct request *req,
    const struct material *material, struct buf *out, struct error *err)
{
	switch (req->in.return_report) {
	case REPORT_ETSI:
		return write_etsi(r, req, material, out, err);
	case REPORT_HTML:
		return report_html_write(out, &r->in, err);
	case REPORT_PDF:
		return report_pdf_write(out, &r->in, err);
	default:
		return 0;
	}
}
