/*
 * server/ops/evidence/judge.h: verdicts of signing/verify with all validation data that can be had.
 *
 * A verdict that lacks a certificate, a CRL or an OCSP answer is given again with what was found
 * for it, until nothing new is found. The context (anchors, catalogue, policy, time) is that of
 * context_of().
 *
 * *gathered is NULL before the first call and the caller's for gathered_free() afterwards, on -1
 * too; what one call gathered serves the next one with it. It looks into signatures that were
 * judged, so these must live as long.
 */
#ifndef SIGNET_OPS_JUDGE_H
#define SIGNET_OPS_JUDGE_H

#include "server/ops/evidence/gather.h"
#include "signing/verify/verify.h"

struct engine;
struct request;
struct material;

/* verify_signatures(), and its errors. */
int ops_judge(struct engine *engine, struct request *req, const struct material *material,
    const struct signatures *signatures, struct verify_report *report, struct gathered **gathered,
    struct error *err);
/* verify_document_timestamps() */
int ops_judge_document_timestamps(struct engine *engine, struct request *req,
    const struct material *material, const struct verify_document_stamp *in, size_t count,
    const struct signatures *around, struct verify_timestamp *out, struct gathered **gathered,
    struct error *err);
/* verify_timestamp_token() */
int ops_judge_timestamp(struct engine *engine, struct request *req, const struct material *material,
    struct span token, const struct document *document, struct verify_timestamp *out,
    struct gathered **gathered, struct error *err);
/* verify_certificate(), with the certificate policies that the request asks for. */
int ops_judge_certificate(struct engine *engine, struct request *req,
    const struct material *material, X509 *cert, STACK_OF(X509) * untrusted,
    enum path_purpose purpose, struct verify_certificate_report *report, struct gathered **gathered,
    struct error *err);

#endif
