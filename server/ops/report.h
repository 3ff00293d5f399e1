/*
 * server/ops/report.h: the verdicts of a request as reports for auditors and people, by
 * signing/report. Inside of this folder.
 */
#ifndef SIGNET_OPS_REPORT_H
#define SIGNET_OPS_REPORT_H

#include "server/ops/decrypt.h"
#include "server/ops/private.h"
#include "signing/report/input.h"

/*
 * For admit: a key is named for signed reports alone, it exists, the caller may use it, and it can
 * sign. ERROR_MALFORMED, and as material_signing_key().
 */
int report_admit(struct engine *engine, struct request *req, struct error *err);

/* What a report is made of, put together; `in` looks into the request and the verdict. */
struct ops_report {
	struct report_input in;
	struct verify_context context;
	struct evidence evidence; /* what was gathered and decided */
	char program[48], snapshot[24];
	struct report_layer layers[ENVELOPE_LAYERS_MAX];
	struct verify_policy rules; /* where a request asked for certificate policies */
};
/*
 * Of a document, a certificate, a token; release with ops_report_end() also on -1. `documents` is
 * the signed one and its originals. ERROR_UNAVAILABLE when evidence is no longer at hand: judge
 * again.
 */
int ops_report_of_document(struct ops_report *r, struct engine *engine, const struct request *req,
    const struct material *material, const struct verified_document *verified,
    const struct document *documents, size_t count, struct error *err);
int ops_report_of_certificate(struct ops_report *r, struct engine *engine,
    const struct request *req, const struct material *material,
    const struct verify_certificate_report *certificate, struct error *err);
int ops_report_of_token(struct ops_report *r, struct engine *engine, const struct request *req,
    const struct material *material, const struct verify_timestamp *timestamp,
    const struct document *document, struct error *err);
void ops_report_end(struct ops_report *r);

/* Append the report in the form that the request asks for (nothing for REPORT_NONE), signed where
 * it names a key. */
int ops_report_write(const struct ops_report *r, const struct request *req,
    const struct material *material, struct buf *out, struct error *err);

#endif
