/* From a verdict to a stored case. */
#include "server/ops/cases/case.h"

#include <string.h>

#include "authz/caller.h"
#include "schema/store/pool.h"
#include "server/ops/cases/case_digest.h"
#include "server/ops/cases/case_draft.h"
#include "server/ops/report.h"
#include "signing/core/ossl.h"
#include "signing/report/etsi.h"

/* ---- documents ---- */

static int
add_digest(struct draft *d, struct buf *text, enum digest method, const unsigned char *value,
    struct error *err)
{
	char hex[2 * DIGEST_SIZE_MAX + 1];
	struct span copy = draft_bytes(d, value, digest_size(method), err);

	if (copy.data == NULL || draft_key(d, "digest", copy, err) != 0)
		return -1;
	return buf_printf(text, err, "%s%s %s", text->len > 0 ? " " : "", digest_name(method),
	    text_hex(hex, value, digest_size(method)));
}

/* SHA-256 and SHA-512 of what is at hand; of the rest, what is known. */
static int
add_document(struct draft *d, const struct document *from, const char *role, struct error *err)
{
	struct case_document *to = &d->file.documents[d->file.document_count];
	unsigned char value[DIGEST_SIZE_MAX];
	struct buf text = BUF_INIT(4096);
	int i, rc = 0;

	for (i = DIGEST_NONE + 1; rc == 0 && i < DIGESTS; i++) {
		const int known = from->digests != NULL && (from->digests->have & DIGEST_BIT(i));

		if (!known && !(from->has_content && (i == DIGEST_SHA256 || i == DIGEST_SHA512)))
			continue;
		rc = document_digest(from, (enum digest)i, value, err);
		if (rc == 0)
			rc = add_digest(d, &text, (enum digest)i, value, err);
	}
	if (rc == 0)
		rc = buf_terminate(&text, err);
	if (rc == 0) {
		*to = (struct case_document){ .role = role,
			.name = draft_text(d, from->name, err),
			.mime_type = draft_text(d, from->mime_type, err),
			.size = from->has_content ? (int64_t)from->content.len
				: from->digests != NULL && from->digests->length > 0
				    ? (int64_t)from->digests->length
				    : -1,
			.digests = draft_text(d, (const char *)text.data, err) };
		d->file.document_count++;
	}
	buf_release(&text);
	return rc;
}

static int
add_documents(struct draft *d, struct error *err)
{
	const struct report_input *in = d->in;
	size_t i;

	d->file.documents = draft_alloc(d, in->document_count, sizeof(*d->file.documents), err);
	if (d->file.documents == NULL)
		return -1;
	for (i = 0; i < in->document_count; i++)
		if (add_document(d, &in->documents[i], i == 0 ? "Signed" : "Original", err) != 0)
			return -1;
	return 0;
}

/* ---- signatures ---- */

static const char *
name_text(struct draft *d, const X509_NAME *name, struct error *err)
{
	char text[DRAFT_TEXT_MAX + 1];

	return draft_text(d, x509_name_text(name, text, sizeof(text)), err);
}

static int
add_signer(struct draft *d, struct case_signature *to, X509 *cert, struct error *err)
{
	unsigned char sha256[CASE_DIGEST_SIZE];
	char serial[200];

	to->subject = to->issuer = to->serial = "";
	if (cert == NULL)
		return 0;
	if (X509_digest(cert, EVP_sha256(), sha256, NULL) != 1)
		return error_openssl(err, "a signer's certificate could not be digested");
	to->subject = name_text(d, X509_get_subject_name(cert), err);
	to->issuer = name_text(d, X509_get_issuer_name(cert), err);
	to->serial = draft_text(
	    d, asn1_integer_text(X509_get0_serialNumber(cert), serial, sizeof(serial)), err);
	to->certificate = draft_bytes(d, sha256, sizeof(sha256), err);
	if (to->certificate.data == NULL ||
	    draft_key(d, "certificate", to->certificate, err) != 0 ||
	    draft_signer_key(d, to->subject, err) != 0 ||
	    draft_name_keys(d, X509_get_subject_name(cert), err) != 0)
		return -1;
	return draft_address_keys(d, cert, err);
}

/* What a signature covers is known by its digest too: a document inside of a container, say. */
static int
add_reference_keys(struct draft *d, const struct signature *sig, struct error *err)
{
	size_t i;

	for (i = 0; i < sig->reference_count; i++) {
		const struct reference *r = &sig->references[i];

		if (r->is_document && r->intact && r->computed.len >= 20 &&
		    r->computed.len <= DIGEST_SIZE_MAX &&
		    draft_key(d, "digest", SPAN_OF(&r->computed), err) != 0)
			return -1;
	}
	return 0;
}

static int
add_signature(struct draft *d, const struct verify_signature *from, struct error *err)
{
	static const char *const formats[FORMATS] = {
		[FORMAT_CMS] = "CMS", [FORMAT_XML] = "XML", [FORMAT_PDF] = "PDF"
	};
	const struct signature *source = from->source;
	struct case_signature *to = &d->file.signatures[d->file.signature_count++];

	*to = (struct case_signature){ .name = draft_text(d, source->id, err),
		.counter_of = draft_text(d, source->parent, err),
		.format = formats[source->format],
		.level = from->level != NULL ? from->level : "",
		.algorithm = draft_text(d, from->algorithm, err),
		.indication = indication_name(from->conclusion.indication),
		.sub_indication = sub_indication_name(from->conclusion.sub),
		.reason = draft_text(d, from->conclusion.text, err),
		.claimed_us =
		    source->has_claimed_time ? source->claimed_time * 1000000 : DB_NO_TIME,
		.best_us = from->best_time * 1000000 };
	if (add_reference_keys(d, source, err) != 0)
		return -1;
	return add_signer(d, to, source->signer, err);
}

static int
add_signatures(struct draft *d, struct error *err)
{
	const struct verify_report *report = &d->verified->report;
	size_t i;

	d->file.signatures = draft_alloc(d, report->count, sizeof(*d->file.signatures), err);
	if (d->file.signatures == NULL)
		return -1;
	for (i = 0; i < report->count; i++)
		if (add_signature(d, &report->items[i], err) != 0)
			return -1;
	return 0;
}

/* ---- objects ---- */

/* As many uses and contents as there may be. */
static int
make_room(struct draft *d, size_t count, struct error *err)
{
	d->file.uses = draft_alloc(d, count, sizeof(*d->file.uses), err);
	d->contents = draft_alloc(d, count, sizeof(*d->contents), err);
	return d->file.uses != NULL && d->contents != NULL ? 0 : -1;
}

static int
add_use(struct draft *d, const char *role, const char *name, const char *mime_type,
    struct span content, struct error *err)
{
	struct case_content *c = &d->contents[d->content_count];
	unsigned char digest[DIGEST_SIZE_MAX];

	if (digest_span(DIGEST_SHA256, content, digest, err) != 0)
		return -1;
	memcpy(c->digest, digest, sizeof(c->digest));
	c->content = content.data != NULL ? content : (struct span){ (const unsigned char *)"", 0 };
	d->file.uses[d->file.use_count++] = (struct case_use){ .role = role,
		.name = draft_text(d, name, err),
		.mime_type = draft_text(d, mime_type, err),
		.digest = draft_bytes(d, c->digest, sizeof(c->digest), err),
		.size = (int64_t)content.len };
	d->content_count++;
	return 0;
}

/*
 * A detached signature is kept as it came: it is what was verified. Documents are kept only when
 * that was asked for.
 */
static int
add_document_uses(struct draft *d, struct error *err)
{
	const struct document *all = d->in->documents;
	const int is_detached = d->in->document_count > 1, keeps = d->req->in.store_document;
	size_t i;

	if ((is_detached || keeps) && add_use(d, is_detached ? "Signature" : "Document",
					  all[0].name, all[0].mime_type, all[0].content, err) != 0)
		return -1;
	for (i = 1; keeps && i < d->in->document_count; i++)
		if (all[i].has_content &&
		    add_use(d, "Original", all[i].name, all[i].mime_type, all[i].content, err) != 0)
			return -1;
	return 0;
}

static const struct {
	const char *role, *mime_type; /* role NULL: documents, which add_document_uses() knows */
} roles[REPORT_OBJECT_KINDS] = {
	[REPORT_SIGNED_DATA] = { NULL, NULL },
	[REPORT_SIGNATURE] = { "Signature", "application/octet-stream" },
	[REPORT_TIMESTAMP] = { "Timestamp", "application/timestamp-token" },
	[REPORT_CERTIFICATE] = { "Certificate", "application/pkix-cert" },
	[REPORT_CRL] = { "CRL", "application/pkix-crl" },
	[REPORT_OCSP] = { "OCSP", "application/ocsp-response" },
};

static int
add_object_uses(struct draft *d, struct error *err)
{
	size_t i;

	for (i = 0; i < d->objects.count; i++) {
		const struct report_object *o = &d->objects.items[i];

		if (roles[o->kind].role != NULL &&
		    add_use(d, roles[o->kind].role, o->id, roles[o->kind].mime_type, o->bytes,
			err) != 0)
			return -1;
	}
	return 0;
}

/* The report in XML, and as it was answered where that is another. */
static int
add_report_uses(struct draft *d, struct error *err)
{
	static const struct {
		const char *name, *mime_type;
	} forms[] = { [REPORT_NONE] = { NULL, NULL },
		[REPORT_ETSI] = { "report.xml", "application/xml" },
		[REPORT_HTML] = { "report.html", "text/html" },
		[REPORT_PDF] = { "report.pdf", "application/pdf" } };
	const int form = d->req->in.return_report;

	if (form != REPORT_NONE && add_use(d, "Report", forms[form].name, forms[form].mime_type,
				       SPAN_OF(&d->verified->report_file), err) != 0)
		return -1;
	if (form == REPORT_ETSI)
		return 0;
	if (report_etsi_write(&d->etsi, d->in, NULL, err) != 0)
		return -1;
	return add_use(d, "Report", forms[REPORT_ETSI].name, forms[REPORT_ETSI].mime_type,
	    SPAN_OF(&d->etsi), err);
}

static int
add_objects(struct draft *d, struct error *err)
{
	if (report_objects_make(&d->objects, d->in, err) != 0 ||
	    make_room(d, d->objects.count + d->in->document_count + 2, err) != 0 ||
	    add_document_uses(d, err) != 0 || add_object_uses(d, err) != 0)
		return -1;
	return add_report_uses(d, err);
}

/* ---- all of it ---- */

static int
add_facts(struct draft *d, struct error *err)
{
	const struct verify_conclusion *c = &d->verified->report.conclusion;
	const struct caller *caller = d->req->caller;
	struct case_file *f = &d->file;
	char label[300];

	uuid_random(&f->id);
	if (uuid_parse(d->req->id, &f->request) != 0)
		uuid_random(&f->request);
	f->user = caller->user;
	f->stored_us = d->req->time_us;
	f->validation_us = d->verified->report.time * 1000000;
	f->request_id = draft_text(d, d->req->client_request_id, err);
	ops_caller_label(caller, label, sizeof(label));
	f->caller = draft_text(d, label, err);
	f->node = draft_text(d, engine_node(d->engine), err);
	f->program = draft_text(d, d->in->program, err);
	f->door = "Api";
	f->kind = case_kind_name(d->req->in.case_kind);
	f->indication = indication_name(c->indication);
	f->sub_indication = sub_indication_name(c->sub);
	f->reason_code = draft_text(d, c->code, err);
	f->reason = draft_text(d, c->text, err);
	f->policy = draft_text(d, d->verified->report.policy, err);
	f->catalogue = draft_text(d, d->verified->report.catalogue, err);
	f->trust_snapshot = draft_text(d, d->verified->report.snapshot, err);
	return draft_key(d, "all", SPAN_NONE, err) != 0
		   ? -1
		   : draft_key(d, "indication", span_str(f->indication), err);
}

const char *
case_kind_name(enum case_kind kind)
{
	static const char *const names[CASE_KINDS] = { [CASE_FILE] = "File",
		[CASE_MAIL] = "Mail",
		[CASE_WORKFLOW] = "Workflow",
		[CASE_SCANNED_BATCH] = "ScannedBatch" };

	return names[kind];
}

static int
write_draft(struct draft *d, struct error *err)
{
	struct db *db;
	int rc;

	if (db_pool_take(d->engine->parts.pool, &db, err) != 0)
		return -1;
	rc = store_case_add(db, &d->req->caller->tenant, &d->file, d->keys, d->key_count,
	    d->contents, d->content_count, err);
	db_pool_give(d->engine->parts.pool, db);
	return rc;
}

int
ops_case_store(struct engine *engine, const struct request *req, size_t index,
    const struct ops_report *report, struct error *err)
{
	struct verified_document *verified = &req->out.verified[index];
	struct draft d = { .engine = engine, .req = req, .verified = verified, .in = &report->in };
	struct error lost = ERROR_INIT; /* of texts that found no memory */
	int rc = -1;

	if (add_facts(&d, &lost) == 0 && add_documents(&d, &lost) == 0 &&
	    add_signatures(&d, &lost) == 0 && add_objects(&d, &lost) == 0 &&
	    lost.kind == ERROR_NONE &&
	    case_digest(&req->caller->tenant, &d.file, d.file.digest, &lost) == 0)
		rc = write_draft(&d, &lost);
	if (rc == 0) {
		verified->has_case = 1;
		verified->case_id = d.file.id;
		memcpy(verified->case_digest, d.file.digest, sizeof(verified->case_digest));
	} else if (err->kind == ERROR_NONE) {
		*err = lost;
	}
	draft_release(&d);
	return rc;
}
