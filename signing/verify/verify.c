#include "signing/verify/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/verify/blocks.h"
#include "signing/verify/lasting.h"
#include "signing/verify/longterm.h"
#include "signing/verify/past.h"
#include "signing/verify/timestamp.h"

void
verify_cite(const struct verify_context *context, struct verify_citation *c)
{
	const struct catalogue *catalogue =
	    context->catalogue != NULL ? context->catalogue : catalogue_builtin();
	const struct verify_policy *p = context->policy;
	char name[24];

	snprintf(c->policy, sizeof(c->policy), "%s %s",
	    p != NULL && p->name != NULL ? p->name : VERIFY_POLICY_NAME,
	    p != NULL && p->version != NULL ? p->version : VERIFY_POLICY_VERSION);
	snprintf(c->catalogue, sizeof(c->catalogue), "%s %s", catalogue->name, catalogue->version);
	c->snapshot[0] = '\0';
	if (context->trust != NULL)
		snprintf(c->snapshot, sizeof(c->snapshot), "%s %d",
		    trust_snapshot_name(context->trust, name), (int)context->trust_number);
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

/* ---- one signature ---- */

/* Clause 5.6.3: what neither today nor the proven time could settle, by all proofs of existence. */
static int
process_past(const struct judge *judge, const struct poes *poes, struct verify_signature *out,
    struct error *err)
{
	const struct signature *sig = out->source;
	struct past_input past = { .cert = sig->signer,
		.embedded = sig->certificates,
		.anchors = judge->context->anchors,
		.purpose = PATH_SIGNING,
		.poes = poes };
	unsigned char name[POE_NAME_SIZE];
	int rc;

	out->conclusion = checks_conclude(&out->checks);
	if (sig->signer == NULL || !sub_is_healable(out->conclusion.sub))
		return 0;
	poe_name(SPAN_OF(&sig->value), name);
	past.existed = poe_time(poes, name);
	if (past.existed >= judge->context->time)
		return 0; /* nothing proves it */
	rc = past_validate(judge, &past, &out->checks, &out->path, err);
	if (rc != 1)
		return rc;
	block_algorithms(judge, sig, BLOCK_PAST, past.existed, &out->checks);
	out->conclusion = checks_conclude(&out->checks);
	return 0;
}

/* The processes of clauses 5.3, 5.5 and 5.6, each where the one before could not settle it. */
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

	struct poes *poes = &out->proofs;

	out->source = sig;
	poes->now = judge->context->time;
	describe(out);
	block_format(sig, &out->checks);
	constraints_of_form(judge, sig->deviations, &out->checks);
	block_signing_certificate(sig, &out->checks);
	block_context(judge, sig, &out->checks);
	if (sig->signer != NULL && block_x509(judge, &in, &out->checks, &out->path, err) != 0)
		return -1;
	block_crypto(sig, &out->checks);
	block_acceptance(judge, sig, &out->checks);
	if (timestamps_judge(judge, out, poes, err) != 0 ||
	    process_with_time(judge, out, err) != 0 || process_past(judge, poes, out, err) != 0)
		return -1;
	longterm_remark(judge, out);
	trust_describe(judge, &out->path, PATH_SIGNING, out->best_time, &out->trust);
	qualify_signature(judge, out);
	return 0;
}

/* All that the signatures and their time stamps bring along may serve each of them. */
static int
gather(struct judge *judge, const struct signatures *signatures, struct error *err)
{
	size_t i, j;
	int rc = pool_add(&judge->pool, signatures, err);

	for (i = 0; rc == 0 && i < signatures->count; i++) {
		const struct signature *sig = &signatures->items[i];

		for (j = 0; rc == 0 && j < sig->timestamp_count; j++)
			rc = pool_add_token(&judge->pool, SPAN_OF(&sig->timestamps[j].token),
			    judge->context->certificates, err);
	}
	return rc;
}

/* Until when each of those that passed can be proven. */
static int
find_lasting(const struct judge *judge, struct verify_report *report, struct error *err)
{
	struct lasting l;
	size_t i;
	int rc = 0;

	if (lasting_begin(&l, judge, err) != 0)
		return -1;
	for (i = 0; rc == 0 && i < report->count; i++) {
		struct verify_signature *v = &report->items[i];

		rc = lasting_signature(&l, v, err);
		if (rc == 0 && v->lasting.known)
			v->lasting.extend_from = longterm_extend_from(judge, v);
	}
	lasting_end(&l);
	return rc;
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
	struct verify_citation cited;
	struct judge judge;
	size_t i;
	int rc;

	memset(report, 0, sizeof(*report));
	if (judge_begin(&judge, context, err) != 0)
		return -1;
	report->time = context->time;
	verify_cite(context, &cited);
	memcpy(report->policy, cited.policy, sizeof(report->policy));
	memcpy(report->catalogue, cited.catalogue, sizeof(report->catalogue));
	memcpy(report->snapshot, cited.snapshot, sizeof(report->snapshot));
	report->items = calloc(signatures->count + 1, sizeof(*report->items));
	report->count = report->items != NULL ? signatures->count : 0;
	rc = report->items != NULL ? gather(&judge, signatures, err) : error_memory(err);
	for (i = 0; rc == 0 && i < signatures->count; i++) {
		rc = judge_signature(&judge, &signatures->items[i], &report->items[i], err);
		if (rc == 0)
			rc = work_check(judge.work, err);
	}
	if (rc == 0)
		rc = find_lasting(&judge, report, err);
	if (rc == 0)
		conclude_report(report);
	else
		verify_report_release(report);
	judge_end(&judge);
	return rc;
}

int
verify_certificate(X509 *cert, STACK_OF(X509) * untrusted, enum path_purpose purpose,
    const struct verify_context *context, struct verify_certificate_report *report,
    struct error *err)
{
	struct verify_citation cited;
	struct judge judge;
	struct x509_block in = { .cert = cert,
		.embedded = untrusted,
		.anchors =
		    purpose == PATH_TIMESTAMPING ? context->timestamp_anchors : context->anchors,
		.purpose = purpose,
		.block = BLOCK_X509,
		.time = context->time,
		.leaf_algorithm_time = context->time,
		.ca_algorithm_time = context->time };

	int rc;

	memset(report, 0, sizeof(*report));
	if (judge_begin(&judge, context, err) != 0)
		return -1;
	report->time = context->time;
	verify_cite(context, &cited);
	memcpy(report->policy, cited.policy, sizeof(report->policy));
	memcpy(report->catalogue, cited.catalogue, sizeof(report->catalogue));
	memcpy(report->snapshot, cited.snapshot, sizeof(report->snapshot));
	rc = block_x509(&judge, &in, &report->checks, &report->path, err);
	if (rc == 0)
		rc = work_check(judge.work, err);
	report->conclusion = checks_conclude(&report->checks);
	trust_describe(&judge, &report->path, purpose, context->time, &report->trust);
	if (rc == 0 && purpose != PATH_TIMESTAMPING)
		qualify_certificate(
		    &judge, cert, &report->path, context->time, &report->qualification);
	if (rc != 0)
		verify_certificate_report_release(report);
	judge_end(&judge);
	return rc;
}

void
verify_certificate_report_release(struct verify_certificate_report *report)
{
	checks_release(&report->checks);
	checks_release(&report->qualification.findings);
	path_result_release(&report->path);
}
