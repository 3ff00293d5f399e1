/* Is it qualified? TS 119 615 by the trust snapshot, TS 119 172-4 with the verdict. */
#include <stdio.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/trust/qualified.h"
#include "signing/verify/blocks.h"

/*
 * A chain that proves who issued the certificate: to an anchor, every signature good, nobody in it
 * who may not issue. What time and revocation say is the verdict's; whether the anchor is relied
 * on, and for what, is what will be asked of the lists.
 */
static STACK_OF(X509) * chain_of(const struct path_result *path)
{
	size_t i;

	if (path->anchor == NULL)
		return NULL;
	for (i = 0; i < path->problem_count; i++) {
		const struct path_problem *p = &path->problems[i];
		const int of_anchor = p->depth == (int)path->certificate_count - 1;

		if (!sub_is_healable(p->sub) &&
		    !(p->sub == SUB_NO_CERTIFICATE_CHAIN_FOUND && of_anchor) &&
		    !(p->sub == SUB_CHAIN_CONSTRAINTS_FAILURE && p->depth == 0))
			return NULL;
	}
	return path->chain;
}

static void
tell(struct verify_qualification *q, const struct trust_qualified *from)
{
	static const enum check_outcome outcomes[] = { [TRUST_TELLS] = CHECK_NOTE,
		[TRUST_WARNS] = CHECK_WARNING,
		[TRUST_DECIDES] = CHECK_FAILED };
	size_t i, k;

	for (i = 0; i < from->finding_count; i++) {
		const struct trust_finding *f = &from->findings[i];

		for (k = 0; k < q->findings.count; k++)
			if (strcmp(q->findings.items[k].code, f->code) == 0 &&
			    strcmp(q->findings.items[k].text, f->text) == 0)
				break;
		if (k == q->findings.count)
			check_add(&q->findings, BLOCK_QUALIFICATION, outcomes[f->weight], SUB_NONE,
			    f->code, "%s", f->text);
	}
}

/* Of what no list has to say anything no times are told. */
static void
forget_times(struct verify_qualification *q)
{
	if (q->level != QUALIFICATION_NOT_APPLICABLE)
		return;
	q->first = q->last = QUALIFICATION_UNTOLD;
	q->first_time = q->last_time = 0;
}

/* ---- certificates ---- */

static int
is_level_of_seals(enum qualification q)
{
	return q == QC_ESEAL || q == QC_ESEAL_QSCD;
}

/*
 * PRO-4.4.4-34 to 36, by article 32(1): (a) a qualified certificate when it was used that (b) was
 * one when it was issued, too. Two times that tell different things never make a qualified one: not
 * qualified where one of them says so, INDETERMINATE where they differ in what it is for.
 */
static enum qualification
of_both_times(struct verify_qualification *q, const struct trust_qualified *issue,
    const struct trust_qualified *use)
{
	const enum qualification a = issue->level, b = use->level;
	const int is_same = memcmp(issue->kinds, use->kinds, sizeof(use->kinds)) == 0;
	const int are_qc = qualification_is_qc(a) && qualification_is_qc(b);

	if (a == QUALIFICATION_NOT_APPLICABLE || b == QUALIFICATION_NOT_APPLICABLE)
		return QUALIFICATION_NOT_APPLICABLE;
	if (a == QUALIFICATION_INDETERMINATE || b == QUALIFICATION_INDETERMINATE)
		return QUALIFICATION_INDETERMINATE;
	if (is_same)
		return b;
	check_add(&q->findings, BLOCK_QUALIFICATION, CHECK_FAILED, SUB_NONE, "TimesDiffer",
	    a == b
		? "the trusted list contradicts itself on the certificate (\"%s\") at one of its "
		  "issue and its use alone%.0s"
		: "by the trusted list the certificate was \"%s\" when it was issued and \"%s\" "
		  "when it was used",
	    qualification_term(a), qualification_term(b));
	if (are_qc)
		return QUALIFICATION_INDETERMINATE;
	return qualification_is_qc(b) ? is_level_of_seals(b) ? CERT_ESEAL
					: b == QC_WSA	     ? CERT_WSA
							     : CERT_ESIG
				      : b;
}

void
qualify_certificate(const struct judge *judge, X509 *cert, const struct path_result *path,
    int64_t time, struct verify_qualification *out)
{
	const struct trust_qualifying in = {
		.trust = judge->context->trust,
		.cert = cert,
		.chain = chain_of(path),
		.now = judge->context->time,
	};
	struct trust_qualified issue, use;
	int ok;

	out->first_time = asn1_time_seconds(X509_get0_notBefore(cert), &ok);
	out->last_time = time;
	trust_qualify(&in, out->first_time, &issue);
	trust_qualify(&in, time, &use);
	out->first = issue.level;
	out->last = use.level;
	tell(out, &issue);
	tell(out, &use);
	out->level = of_both_times(out, &issue, &use);
	if (out->findings.incomplete && qualification_is_qualified(out->level))
		out->level = QUALIFICATION_INDETERMINATE;
	forget_times(out);
}

/* ---- signatures ---- */

/* Rows as the EU's validation tool has them: what the verdict makes of a certificate's level. */
static const struct {
	enum qualification certificate, passed, indeterminate, failed;
} levels[] = {
	{ QC_ESIG_QSCD, SIG_QESIG, SIG_INDETERMINATE_QESIG, SIG_NOT_ADES_QC_QSCD },
	{ QC_ESEAL_QSCD, SIG_QESEAL, SIG_INDETERMINATE_QESEAL, SIG_NOT_ADES_QC_QSCD },
	{ QC_ESIG, SIG_ADESIG_QC, SIG_INDETERMINATE_ADESIG_QC, SIG_NOT_ADES_QC },
	{ QC_ESEAL, SIG_ADESEAL_QC, SIG_INDETERMINATE_ADESEAL_QC, SIG_NOT_ADES_QC },
	{ QC_WSA, SIG_NOT_ADES, SIG_NOT_ADES, SIG_NOT_ADES },
	{ CERT_ESIG, SIG_ADESIG, SIG_INDETERMINATE_ADESIG, SIG_NOT_ADES },
	{ CERT_ESEAL, SIG_ADESEAL, SIG_INDETERMINATE_ADESEAL, SIG_NOT_ADES },
	{ CERT_WSA, SIG_NOT_ADES, SIG_NOT_ADES, SIG_NOT_ADES },
	{ CERT_UNKNOWN, SIG_UNKNOWN, SIG_INDETERMINATE_UNKNOWN, SIG_NOT_ADES },
	{ QUALIFICATION_INDETERMINATE, SIG_INDETERMINATE_UNKNOWN, SIG_INDETERMINATE_UNKNOWN,
	    SIG_NOT_ADES },
	{ QUALIFICATION_NOT_APPLICABLE, QUALIFICATION_NOT_APPLICABLE, QUALIFICATION_NOT_APPLICABLE,
	    SIG_NOT_ADES },
};

enum qualification
qualification_of_signature(enum qualification certificate, enum indication verdict)
{
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (levels[i].certificate == certificate)
			return verdict == INDICATION_TOTAL_PASSED    ? levels[i].passed
			       : verdict == INDICATION_INDETERMINATE ? levels[i].indeterminate
								     : levels[i].failed;
	return QUALIFICATION_INDETERMINATE;
}

void
qualify_signature(const struct judge *judge, struct verify_signature *out)
{
	struct verify_qualification *q = &out->qualification;

	if (out->source->signer != NULL)
		qualify_certificate(judge, out->source->signer, &out->path, out->best_time, q);
	else
		q->level = QUALIFICATION_NOT_APPLICABLE;
	q->level = qualification_of_signature(q->level, out->conclusion.indication);
}

/* ---- time stamps ---- */

/* PRO-4.7.4-04 to 06: when it was made, and when it is proven to have been there. */
static enum qualification
of_timestamp(struct verify_qualification *q)
{
	const enum qualification a = q->first, b = q->last;

	if (a == QUALIFICATION_NOT_APPLICABLE || b == QUALIFICATION_NOT_APPLICABLE)
		return QUALIFICATION_NOT_APPLICABLE;
	if (a == QUALIFICATION_INDETERMINATE || b == QUALIFICATION_INDETERMINATE)
		return QUALIFICATION_INDETERMINATE;
	if (a != b)
		check_add(&q->findings, BLOCK_QUALIFICATION, CHECK_FAILED, SUB_NONE, "TimesDiffer",
		    "by the trusted list it was \"%s\" when it was made and \"%s\" when it is "
		    "proven to have existed",
		    qualification_term(a), qualification_term(b));
	return a == b ? a : TIMESTAMP_TSA;
}

void
qualify_timestamp(
    const struct judge *judge, X509 *unit, int64_t proven, struct verify_timestamp *out)
{
	struct verify_qualification *q = &out->qualification;
	const struct trust_qualifying in = {
		.trust = judge->context->trust,
		.cert = unit,
		.chain = chain_of(&out->path),
		.now = judge->context->time,
	};
	struct trust_qualified made, kept;

	q->level = QUALIFICATION_NOT_APPLICABLE;
	if (unit == NULL)
		return;
	q->first_time = out->time;
	q->last_time = proven;
	trust_qualify_timestamp(&in, out->time, &made);
	trust_qualify_timestamp(&in, proven, &kept);
	q->first = made.level;
	q->last = kept.level;
	tell(q, &made);
	tell(q, &kept);
	q->level = of_timestamp(q);
	forget_times(q);
	qualify_by_verdict(out);
}

void
qualify_by_verdict(struct verify_timestamp *out)
{
	struct verify_qualification *q = &out->qualification;

	if (q->level != TIMESTAMP_QTSA)
		return;
	if (out->conclusion.indication == INDICATION_INDETERMINATE || q->findings.incomplete)
		q->level = QUALIFICATION_INDETERMINATE;
	else if (out->conclusion.indication == INDICATION_TOTAL_FAILED)
		q->level = TIMESTAMP_TSA;
}
