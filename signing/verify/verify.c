#include "signing/verify/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/verify/blocks.h"
#include "signing/verify/timestamp.h"

static void
cite(const struct judge *judge, char policy[96], char catalogue[96])
{
	const struct verify_policy *p = judge->policy;

	snprintf(policy, 96, "%s %s", p->name != NULL ? p->name : VERIFY_POLICY_NAME,
	    p->version != NULL ? p->version : VERIFY_POLICY_VERSION);
	snprintf(catalogue, 96, "%s %s", judge->catalogue->name, judge->catalogue->version);
}

static int
judge_timestamps(const struct judge *judge, struct verify_signature *out, struct error *err)
{
	const struct signature *sig = out->source;
	size_t i;

	if (sig->timestamp_count == 0)
		return 0;
	out->timestamps = calloc(sig->timestamp_count, sizeof(*out->timestamps));
	if (out->timestamps == NULL)
		return error_memory(err);
	out->timestamp_count = sig->timestamp_count;
	for (i = 0; i < sig->timestamp_count; i++) {
		const struct embedded_timestamp *e = &sig->timestamps[i];
		const struct document covered = { .digests = &e->imprint };

		if (timestamp_judge(judge, SPAN_OF(&e->token), e->kind,
			e->imprint_known ? &covered : NULL, e->problem, sig->certificates,
			&out->timestamps[i], err) != 0)
			return -1;
	}
	return 0;
}

static void
describe(struct verify_signature *out)
{
	const struct signature *sig = out->source;
	EVP_PKEY *key = sig->signer != NULL ? X509_get0_pubkey(sig->signer) : sig->bare_key;

	out->level = ades_level_name(sig->level);
	sig_alg_name(&sig->alg, out->algorithm, sizeof(out->algorithm));
	out->key_bits = key != NULL ? key_bits(key) : 0;
}

/* The process for basic signatures, clause 5.3, and then the one with time. */
static int
judge_signature(const struct judge *judge, const struct signature *sig,
    struct verify_signature *out, struct error *err)
{
	struct x509_block in = { .cert = sig->signer,
		.embedded = sig->certificates,
		.anchors = judge->context->anchors,
		.purpose = PATH_SIGNING,
		.block = BLOCK_X509,
		.time = judge->context->time,
		.leaf_algorithm_time = judge->context->time,
		.ca_algorithm_time = judge->context->time };

	out->source = sig;
	describe(out);
	block_format(sig, &out->checks);
	block_signing_certificate(sig, &out->checks);
	block_context(judge, sig, &out->checks);
	if (sig->signer != NULL && block_x509(judge, &in, &out->checks, &out->path, err) != 0)
		return -1;
	block_crypto(sig, &out->checks);
	block_acceptance(judge, sig, &out->checks);
	if (judge_timestamps(judge, out, err) != 0 || process_with_time(judge, out, err) != 0)
		return -1;
	out->conclusion = checks_conclude(&out->checks);
	return 0;
}

static void
conclude_report(struct verify_report *report)
{
	size_t i;

	if (report->count == 0) {
		report->conclusion.indication = INDICATION_INDETERMINATE;
		snprintf(report->conclusion.code, sizeof(report->conclusion.code), "NoSignature");
		snprintf(report->conclusion.text, sizeof(report->conclusion.text),
		    "the document holds no signature");
		return;
	}
	report->conclusion = report->items[0].conclusion;
	for (i = 1; i < report->count; i++)
		if (conclusion_is_worse(&report->items[i].conclusion, &report->conclusion))
			report->conclusion = report->items[i].conclusion;
}

int
verify_signatures(const struct signatures *signatures, const struct verify_context *context,
    struct verify_report *report, struct error *err)
{
	struct judge judge = judge_of(context);
	size_t i;

	memset(report, 0, sizeof(*report));
	report->time = context->time;
	cite(&judge, report->policy, report->catalogue);
	if (signatures->count > 0) {
		report->items = calloc(signatures->count, sizeof(*report->items));
		if (report->items == NULL)
			return error_memory(err);
	}
	report->count = signatures->count;
	for (i = 0; i < signatures->count; i++) {
		if (judge_signature(&judge, &signatures->items[i], &report->items[i], err) == 0)
			continue;
		verify_report_release(report);
		return -1;
	}
	conclude_report(report);
	return 0;
}

int
verify_certificate(X509 *cert, STACK_OF(X509) * untrusted, enum path_purpose purpose,
    const struct verify_context *context, struct verify_certificate_report *report,
    struct error *err)
{
	struct judge judge = judge_of(context);
	struct x509_block in = { .cert = cert,
		.embedded = untrusted,
		.anchors =
		    purpose == PATH_TIMESTAMPING ? context->timestamp_anchors : context->anchors,
		.purpose = purpose,
		.block = BLOCK_X509,
		.time = context->time,
		.leaf_algorithm_time = context->time,
		.ca_algorithm_time = context->time };

	memset(report, 0, sizeof(*report));
	report->time = context->time;
	cite(&judge, report->policy, report->catalogue);
	if (block_x509(&judge, &in, &report->checks, &report->path, err) != 0) {
		verify_certificate_report_release(report);
		return -1;
	}
	report->conclusion = checks_conclude(&report->checks);
	return 0;
}

void
verify_certificate_report_release(struct verify_certificate_report *report)
{
	checks_release(&report->checks);
	path_result_release(&report->path);
}

int
verify_timestamp_token(struct span token, const struct document *document,
    const struct verify_context *context, struct verify_timestamp *timestamp, struct error *err)
{
	struct judge judge = judge_of(context);

	return timestamp_judge(&judge, token, TIMESTAMP_CONTENT, document, "no document was given",
	    NULL, timestamp, err);
}

int
verify_document_timestamp(const struct verify_document_stamp *in,
    const struct verify_context *context, struct verify_timestamp *out, struct error *err)
{
	const struct embedded_timestamp *stamp = in->stamp;
	const struct document covered = { .digests = &stamp->imprint };
	struct judge judge = judge_of(context);

	if (timestamp_judge(&judge, SPAN_OF(&stamp->token), TIMESTAMP_DOCUMENT,
		stamp->imprint_known ? &covered : NULL, stamp->problem, NULL, out, err) != 0)
		return -1;
	if (in->failure != SUB_NONE)
		check_add(&out->checks, BLOCK_FORMAT, CHECK_FAILED, in->failure, "TimestampPlace",
		    "field %.100s: %s", in->name, in->failure_text);
	if (!in->revision_is_last)
		check_add(&out->checks, BLOCK_TIMESTAMP, CHECK_NOTE, SUB_NONE, "LaterRevision",
		    "the document was added to after the time stamp in field %.100s, which does "
		    "not cover what was added",
		    in->name);
	out->conclusion = checks_conclude(&out->checks);
	return 0;
}

void
verify_report_conclude_timestamps(
    struct verify_report *report, const struct verify_timestamp *stamps, size_t count, int covered)
{
	const struct verify_conclusion uncovered = { .indication = INDICATION_INDETERMINATE,
		.sub = SUB_SIG_CONSTRAINTS_FAILURE,
		.code = "LaterRevisions",
		.text = "the document was added to after the last of them, and no time stamp "
			"covers what was added" };
	const struct verify_conclusion *worst;
	struct verify_conclusion *to = &report->conclusion;
	size_t i;

	if (report->count > 0 || count == 0)
		return;
	worst = &stamps[0].conclusion;
	for (i = 1; i < count; i++)
		if (conclusion_is_worse(&stamps[i].conclusion, worst))
			worst = &stamps[i].conclusion;
	if (!covered && conclusion_is_worse(&uncovered, worst))
		worst = &uncovered;
	*to = *worst;
	snprintf(to->text, sizeof(to->text),
	    "the document holds no signature; judged are its time stamps%s%.300s",
	    worst->text[0] != '\0' ? ": " : "", worst->text);
}
