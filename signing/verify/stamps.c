/* Time stamps beside each other: of a signature, of a document, and one alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/verify/lasting.h"
#include "signing/verify/timestamp.h"

/* ---- time stamps, the latest first: what it covers is proven for the earlier ones ---- */

/* A hash index binds what it lists by a digest of its own, which must have held while it was bound.
 */
static int
is_index_suitable(
    const struct judge *judge, const struct embedded_timestamp *e, const struct poes *poes)
{
	unsigned char name[POE_NAME_SIZE];
	struct catalogue_verdict v;

	if (e->covers.index == DIGEST_NONE)
		return 1;
	poe_name(SPAN_OF(&e->token), name);
	return catalogue_judge_digest(judge->catalogue, e->covers.index, poe_time(poes, name), &v);
}

/* Clause 5.6.2.3: what a valid time stamp proves; `sig` NULL: it belongs to no signature. */
static void
take_proofs(const struct judge *judge, const struct embedded_timestamp *e,
    const struct verify_timestamp *t, const struct signature *sig, struct poes *poes)
{
	unsigned char name[POE_NAME_SIZE];
	size_t i;

	if (t->conclusion.indication != INDICATION_TOTAL_PASSED)
		return;
	for (i = 0; is_index_suitable(judge, e, poes) && i < e->covers.count; i++)
		poe_add(poes, e->covers.items[i], t->time);
	if (sig == NULL || !e->covers.signature)
		return;
	poe_name(SPAN_OF(&sig->value), name);
	poe_add(poes, name, t->time);
	/* The signed reference to the signing certificate is covered with the signature. */
	if (sig->signer != NULL && sig->cert_ref == CERT_REF_MATCHES &&
	    X509_digest(sig->signer, EVP_sha256(), name, NULL) == 1)
		poe_add(poes, name, t->time);
}

static int
judge_timestamp(const struct judge *judge, const struct signature *sig, size_t i, struct poes *poes,
    struct verify_timestamp *out, struct error *err)
{
	const struct embedded_timestamp *e = &sig->timestamps[i];
	const struct document covered = { .digests = &e->imprint };
	const struct timestamp_input in = { .token = SPAN_OF(&e->token),
		.kind = e->kind,
		.document = e->imprint_known ? &covered : NULL,
		.problem = e->problem,
		.manifest = e->covers.manifest,
		.around = sig->certificates,
		.poes = poes,
		.deviations = e->deviations };

	if (timestamp_judge(judge, &in, out, err) != 0)
		return -1;
	out->covers = &e->covers;
	take_proofs(judge, e, out, sig, poes);
	return 0;
}

/* Times as the tokens say, to be judged from the latest; 0 for one that cannot be read. */
static int64_t
token_time(const struct judge *judge, const struct embedded_timestamp *e)
{
	const struct token *token = pool_token(&judge->pool, SPAN_OF(&e->token));

	return token != NULL ? token->info.time : 0;
}

int
timestamps_judge(
    const struct judge *judge, struct verify_signature *out, struct poes *poes, struct error *err)
{
	const struct signature *sig = out->source;
	size_t count = sig->timestamp_count, i, n, latest;
	int64_t *times;
	int rc = 0;

	if (count == 0)
		return 0;
	times = calloc(count, sizeof(*times));
	out->timestamps = calloc(count, sizeof(*out->timestamps));
	if (times == NULL || out->timestamps == NULL) {
		free(times);
		return error_memory(err);
	}
	out->timestamp_count = count;
	for (i = 0; count > 1 && i < count; i++)
		times[i] = token_time(judge, &sig->timestamps[i]);
	for (n = 0; rc == 0 && n < count; n++) {
		for (latest = 0, i = 1; i < count; i++)
			if (times[i] > times[latest])
				latest = i;
		rc = judge_timestamp(judge, sig, latest, poes, &out->timestamps[latest], err);
		times[latest] = -1 - (int64_t)n;
	}
	free(times);
	return rc;
}

static int
find_lasting_of_stamps(const struct judge *judge, const struct lasting_stamp *stamps, size_t count,
    const struct poes *poes, struct error *err)
{
	struct lasting l;
	int rc;

	if (lasting_begin(&l, judge, err) != 0)
		return -1;
	rc = lasting_stamps(&l, stamps, count, poes, err);
	lasting_end(&l);
	return rc;
}

/* A time stamp that belongs to no signature, with what it brings along. */
static int
judge_alone(const struct timestamp_input *in, const struct verify_context *context,
    struct verify_timestamp *out, struct error *err)
{
	struct judge judge;
	int rc;

	memset(out, 0, sizeof(*out));
	if (judge_begin(&judge, context, err) != 0)
		return -1;
	rc = pool_add_token(&judge.pool, in->token, context->certificates, err);
	if (rc == 0)
		rc = timestamp_judge(&judge, in, out, err);
	if (rc == 0 && ((rc = work_check(judge.work, err)) != 0 ||
			   (rc = find_lasting_of_stamps(
				&judge, &(struct lasting_stamp){ NULL, out }, 1, NULL, err)) != 0))
		verify_timestamp_release(out);
	judge_end(&judge);
	return rc;
}

int
verify_timestamp_token(struct span token, const struct document *document,
    const struct verify_context *context, struct verify_timestamp *timestamp, struct error *err)
{
	const struct timestamp_input in = { .token = token,
		.kind = TIMESTAMP_CONTENT,
		.document = document,
		.problem = "no document was given" };

	return judge_alone(&in, context, timestamp, err);
}

/* ---- time stamps of a document ---- */

static int
judge_stamp(const struct judge *judge, const struct verify_document_stamp *in, struct poes *poes,
    struct verify_timestamp *out, struct error *err)
{
	const struct embedded_timestamp *stamp = in->stamp;
	const struct document covered = { .digests = &stamp->imprint };
	const struct timestamp_input input = { .token = SPAN_OF(&stamp->token),
		.kind = TIMESTAMP_DOCUMENT,
		.document = stamp->imprint_known ? &covered : NULL,
		.problem = stamp->problem,
		.manifest = stamp->covers.manifest,
		.poes = poes,
		.deviations = stamp->deviations };

	if (timestamp_judge(judge, &input, out, err) != 0)
		return -1;
	if (coverage_copy(&out->own_covers, &stamp->covers, err) != 0)
		return -1;
	if (in->failure != SUB_NONE)
		check_add(&out->checks, BLOCK_FORMAT, CHECK_FAILED, in->failure, "TimestampPlace",
		    "%.100s: %s", in->name, in->failure_text);
	if (!in->revision_is_last && in->content_is_covered)
		check_add(&out->checks, BLOCK_TIMESTAMP, CHECK_NOTE, SUB_NONE, "LaterRevision",
		    "the document was added to after the time stamp %.100s, with validation data "
		    "or "
		    "what else is not shown, which it does not cover",
		    in->name);
	else if (!in->revision_is_last)
		check_add(&out->checks, BLOCK_TIMESTAMP, CHECK_NOTE, SUB_NONE, "LaterRevision",
		    "the document was added to after the time stamp %.100s, which does not cover "
		    "what was added",
		    in->name);
	out->conclusion = checks_conclude(&out->checks);
	qualify_by_verdict(out);
	take_proofs(judge, stamp, out, NULL, poes);
	return 0;
}

/* From the latest to the first; on -1 some of `out` are made. */
static int
judge_stamps(const struct judge *judge, const struct verify_document_stamp *in, size_t count,
    struct verify_timestamp *out, struct error *err)
{
	struct poes poes = { .now = judge->context->time };
	struct lasting_stamp *stamps = calloc(count + 1, sizeof(*stamps));
	int64_t *times = calloc(count + 1, sizeof(*times));
	size_t i, n, latest;
	int rc = times != NULL && stamps != NULL ? 0 : error_memory(err);

	for (i = 0; rc == 0 && i < count; i++) {
		times[i] = token_time(judge, in[i].stamp);
		stamps[i] = (struct lasting_stamp){ in[i].stamp, &out[i] };
	}
	for (n = 0; rc == 0 && n < count; n++) {
		for (latest = 0, i = 1; i < count; i++)
			if (times[i] > times[latest])
				latest = i;
		rc = judge_stamp(judge, &in[latest], &poes, &out[latest], err);
		times[latest] = -1 - (int64_t)n;
	}
	if (rc == 0)
		rc = find_lasting_of_stamps(judge, stamps, count, &poes, err);
	free(stamps);
	free(times);
	poes_release(&poes);
	return rc;
}

int
verify_document_timestamps(const struct verify_document_stamp *in, size_t count,
    const struct signatures *around, const struct verify_context *context,
    struct verify_timestamp *out, struct error *err)
{
	struct judge judge;
	size_t i;
	int rc;

	memset(out, 0, count * sizeof(*out));
	if (judge_begin(&judge, context, err) != 0)
		return -1;
	rc = around != NULL ? pool_add(&judge.pool, around, err) : 0;
	for (i = 0; rc == 0 && i < count; i++)
		rc = pool_add_token(
		    &judge.pool, SPAN_OF(&in[i].stamp->token), context->certificates, err);
	if (rc == 0)
		rc = judge_stamps(&judge, in, count, out, err);
	for (i = 0; rc != 0 && i < count; i++)
		verify_timestamp_release(&out[i]);
	judge_end(&judge);
	return rc;
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
