/* ValidateCertificate and VerifyTimestamp. */
#include <stdlib.h>
#include <string.h>

#include "server/ops/evidence/judge.h"
#include "server/ops/private.h"
#include "server/ops/report.h"
#include "signing/proof/tsp.h"
#include "signing/x509/cert.h"

static STACK_OF(X509) *
    read_chain(const struct request *req, const struct format_limits *limits, struct error *err)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	size_t i;

	for (i = 0; chain != NULL && i < req->in.chain_count; i++)
		if (certs_read(chain, req->in.chain[i], limits->certificates, err) != 0) {
			sk_X509_pop_free(chain, X509_free);
			return NULL;
		}
	if (chain == NULL)
		error_memory(err);
	return chain;
}

static int
report_certificate(
    struct engine *engine, struct request *req, const struct material *material, struct error *err)
{
	struct ops_report report;
	int rc;

	if (req->in.return_report == REPORT_NONE)
		return 0;
	rc = ops_report_of_certificate(
	    &report, engine, req, material, req->out.certificate_report, err);
	if (rc == 0)
		rc = ops_report_write(&report, req, material, &req->out.report_file, err);
	ops_report_end(&report);
	return rc;
}

static int
report_token(struct engine *engine, struct request *req, const struct material *material,
    const struct document *document, struct error *err)
{
	struct ops_report report;
	int rc;

	if (req->in.return_report == REPORT_NONE)
		return 0;
	rc = ops_report_of_token(
	    &report, engine, req, material, req->out.timestamp_report, document, err);
	if (rc == 0)
		rc = ops_report_write(&report, req, material, &req->out.report_file, err);
	ops_report_end(&report);
	return rc;
}

int
admit_validate_certificate(struct engine *engine, struct request *req, struct error *err)
{
	size_t i;

	for (i = 0; i < req->in.policy_count; i++)
		if (!ops_policy_is_oid(req->in.policies[i]))
			return error_set(err, ERROR_MALFORMED,
			    "the policy \"%.80s\" is no object identifier in dots",
			    req->in.policies[i]);
	return admit_policy(engine, req, err);
}

int
run_validate_certificate(struct engine *engine, struct request *req, struct error *err)
{
	const struct material *material = NULL;
	struct verify_certificate_report *report = calloc(1, sizeof(*report));
	STACK_OF(X509) *chain = NULL;
	X509 *cert = NULL;
	int rc = -1;

	if (report == NULL)
		return error_memory(err);
	if (material_get(&material, engine, req->caller, err) != 0 ||
	    cert_read(&cert, req->in.certificate, err) != 0 ||
	    (chain = read_chain(req, &engine_limits(engine)->format, err)) == NULL ||
	    verdict_rules_note(engine, req, material, err) != 0)
		goto done;
	rc = ops_judge_certificate(engine, req, material, cert, chain,
	    (enum path_purpose)req->in.purpose, report, &req->out.gathered, err);
done:
	if (rc == 0) {
		req->out.certificate_report = report;
		rc = report_certificate(engine, req, material, err);
	} else {
		free(report);
	}
	sk_X509_pop_free(chain, X509_free);
	X509_free(cert);
	material_unref(material);
	return rc;
}

/* The token alone: it may come inside of the whole TimeStampResp; `inner` holds it then. */
static struct span
token_of(const struct request *req, struct buf *inner)
{
	struct error ignored = ERROR_INIT;

	return tsp_response_token(inner, req->in.token, &ignored) == 0 ? SPAN_OF(inner)
								       : req->in.token;
}

/* The digest in the token, so that the document, which follows it, need not be kept. */
static enum digest
digest_of_token(const struct request *req)
{
	struct timestamp_token read;
	struct error ignored = ERROR_INIT;
	struct buf inner = BUF_INIT(0);
	enum digest digest = DIGEST_NONE;

	if (req->in.token.len > 0 &&
	    timestamp_token_read(&read, token_of(req, &inner), NULL, &ignored) == 0) {
		digest = read.digest;
		timestamp_token_release(&read);
	}
	buf_release(&inner);
	return digest;
}

int
admit_verify_timestamp(struct engine *engine, struct request *req, struct error *err)
{
	enum digest digest;
	size_t i;

	if (admit_policy(engine, req, err) != 0)
		return -1;
	digest = req->in.original_count > 0 ? digest_of_token(req) : DIGEST_NONE;
	for (i = 0; digest != DIGEST_NONE && i < req->in.original_count; i++) {
		req->in.originals[i].want_digests = DIGEST_BIT(digest);
		req->in.originals[i].max_bytes = engine_limits(engine)->stream_bytes;
	}
	return 0;
}

/* The stamped document: sent whole, or known by the one digest that was sent. */
static struct document
stamped_document(const struct request *req, struct digest_values *values)
{
	if (req->in.original_count > 0)
		return op_document_view(&req->in.originals[0]);
	*values = (struct digest_values){ .have = DIGEST_BIT(req->in.digests[0].method) };
	memcpy(values->value[req->in.digests[0].method], req->in.digests[0].value.data,
	    req->in.digests[0].value.len);
	return (struct document){ .digests = values };
}

int
run_verify_timestamp(struct engine *engine, struct request *req, struct error *err)
{
	const struct material *material = NULL;
	struct verify_timestamp *report;
	struct digest_values values;
	struct buf inner = BUF_INIT(0);
	struct document doc;
	int rc;

	if (req->in.original_count + req->in.digest_count != 1)
		return error_set(err, ERROR_MALFORMED,
		    "send either the document or one digest of it beside the time stamp");
	if (req->in.digest_count > 0 &&
	    req->in.digests[0].value.len != digest_size(req->in.digests[0].method))
		return error_set(err, ERROR_MALFORMED, "originalDigest has not the length of %s",
		    digest_name(req->in.digests[0].method));
	doc = stamped_document(req, &values);
	if (material_get(&material, engine, req->caller, err) != 0)
		return -1;
	report = calloc(1, sizeof(*report));
	if (report == NULL)
		rc = error_memory(err);
	else if ((rc = verdict_rules_note(engine, req, material, err)) == 0)
		rc = ops_judge_timestamp(engine, req, material, token_of(req, &inner), &doc, report,
		    &req->out.gathered, err);
	if (rc == 0) {
		req->out.timestamp_report = report;
		rc = report_token(engine, req, material, &doc, err);
	} else {
		free(report);
	}
	buf_release(&inner);
	material_unref(material);
	return rc;
}
