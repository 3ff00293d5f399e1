#include "signing/verify/timestamp.h"

#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/verify/past.h"
#include "signing/verify/token.h"
#include "signing/x509/cert.h"

/* At the validation time, or in the past: the digests by which the token binds what it covers. */
static void
judge_digests(const struct judge *judge, const struct token *token, enum digest manifest,
    enum verify_block block, int64_t time, struct verify_checks *checks)
{
	struct catalogue_verdict v;

	catalogue_judge_digest(judge->catalogue, token->info.digest, time, &v);
	check_that(checks, v.suitable, block, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
	    "ImprintAlgorithm", "the digest of the time stamp's imprint is suitable",
	    "the imprint of the time stamp is too weak: %s", v.text);
	if (manifest == DIGEST_NONE)
		return;
	catalogue_judge_digest(judge->catalogue, manifest, time, &v);
	check_that(checks, v.suitable, block, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
	    "ManifestAlgorithm", "the digests of the time stamp's manifest are suitable",
	    "the manifest under the time stamp names what it covers too weakly: %s", v.text);
}

static void
judge_imprint(const struct token *token, const struct document *document, const char *problem,
    struct verify_timestamp *out)
{
	unsigned char value[DIGEST_SIZE_MAX];
	struct error err = ERROR_INIT;

	if (document == NULL) {
		check_add(&out->checks, BLOCK_TIMESTAMP, CHECK_FAILED, SUB_SIGNED_DATA_NOT_FOUND,
		    "Imprint", "what the time stamp covers could not be put together%s%s",
		    *problem != '\0' ? ": " : "", problem);
		return;
	}
	if (document_digest(document, token->info.digest, value, &err) != 0) {
		check_add(&out->checks, BLOCK_TIMESTAMP, CHECK_FAILED, SUB_SIGNED_DATA_NOT_FOUND,
		    "Imprint", "the time stamp's imprint cannot be compared: %s", err.text);
		return;
	}
	out->imprint_intact = memcmp(value, token->info.imprint.data, token->info.imprint.len) == 0;
	check_that(&out->checks, out->imprint_intact, BLOCK_TIMESTAMP, SUB_HASH_FAILURE, "Imprint",
	    "the time stamp is over this data", "the time stamp is over other data");
}

static int
judge_authority(const struct judge *judge, const struct signature *sig, STACK_OF(X509) * around,
    struct verify_timestamp *out, struct error *err)
{
	int64_t now = judge->context->time;
	struct x509_block in = { .cert = sig->signer,
		.embedded = sig->certificates,
		.around = around,
		.anchors = judge->context->timestamp_anchors,
		.purpose = PATH_TIMESTAMPING,
		.block = BLOCK_X509,
		.time = now,
		.leaf_algorithm_time = now,
		.ca_algorithm_time = now };

	if (sig->signer == NULL)
		return 0; /* told by block_signing_certificate */
	return block_x509(judge, &in, &out->checks, &out->path, err);
}

/* RFC 3161 section 2.4.2: the token was made while its authority's certificate was valid. */
static void
judge_time(const struct judge *judge, const struct token *token, const struct signature *sig,
    struct verify_timestamp *out)
{
	struct error err = ERROR_INIT;
	char when[TEXT_TIME_SIZE];
	struct cert_facts f;

	text_time(when, token->info.time);
	check_that(&out->checks, token->info.time <= judge->context->time, BLOCK_TIMESTAMP,
	    SUB_SIG_CONSTRAINTS_FAILURE, "GenerationTime",
	    "the time stamp is not later than this validation",
	    "the time stamp's time %s lies after the time of this validation", when);
	if (sig->signer == NULL || cert_facts_read(&f, sig->signer, &err) != 0)
		return; /* told by the path */
	check_that(&out->checks,
	    token->info.time >= f.not_before && token->info.time <= f.not_after, BLOCK_TIMESTAMP,
	    SUB_SIG_CONSTRAINTS_FAILURE, "GenerationTime",
	    "the time stamp was made while its authority's certificate was valid",
	    "the time stamp's time %s lies outside the validity of its authority's certificate",
	    when);
	cert_facts_release(&f);
}

/*
 * Lists that name the authority today say nothing of the time at which it made the token: it must
 * have been relied on then.
 */
static void
judge_trust_time(const struct judge *judge, const struct token *token, struct verify_timestamp *out)
{
	struct trust_verdict trust;

	if (!trust_holds(judge, &out->path, PATH_TIMESTAMPING, token->info.time, &trust))
		check_add(&out->checks, BLOCK_TIMESTAMP, CHECK_FAILED,
		    SUB_NO_CERTIFICATE_CHAIN_FOUND, "TrustServiceStatus", "%s", trust.text);
}

static void
describe(const struct token *token, const struct signature *sig, struct verify_timestamp *out)
{
	out->readable = 1;
	out->time = token->info.time;
	out->digest = token->info.digest;
	snprintf(out->serial, sizeof(out->serial), "%s", token->info.serial);
	snprintf(out->policy, sizeof(out->policy), "%.79s", token->info.policy);
	sig_alg_name(&sig->alg, out->algorithm, sizeof(out->algorithm));
}

/* ---- clause 5.6.2.4 for a time stamp ---- */

/* What made it fail today may have been well when it was made: with proofs that it existed then. */
static int
judge_past(const struct judge *judge, const struct timestamp_input *in, const struct token *token,
    struct verify_timestamp *out, struct error *err)
{
	const struct signature *sig = &token->signatures.items[0];
	unsigned char name[POE_NAME_SIZE];
	struct past_input past = { .cert = sig->signer,
		.embedded = sig->certificates,
		.around = in->around,
		.anchors = judge->context->timestamp_anchors,
		.purpose = PATH_TIMESTAMPING,
		.poes = in->poes };
	int rc;

	if (in->poes == NULL || sig->signer == NULL || !sub_is_healable(out->conclusion.sub))
		return 0;
	poe_name(in->token, name);
	past.existed = poe_time(in->poes, name);
	if (past.existed >= judge->context->time)
		return 0; /* nothing proves it */
	rc = past_validate(judge, &past, &out->checks, &out->path, err);
	if (rc != 1)
		return rc;
	block_algorithms(judge, sig, BLOCK_PAST, past.existed, &out->checks);
	judge_digests(judge, token, in->manifest, BLOCK_PAST, past.existed, &out->checks);
	out->conclusion = checks_conclude(&out->checks);
	return 0;
}

/* Since when the token is proven to exist, by time stamps over it. */
static int64_t
proven_since(const struct judge *judge, const struct timestamp_input *in)
{
	unsigned char name[POE_NAME_SIZE];

	if (in->poes == NULL)
		return judge->context->time;
	poe_name(in->token, name);
	return poe_time(in->poes, name);
}

/* What the pool does not have is no token: why not? */
static int
tell_unreadable(
    const struct judge *judge, struct span der, struct verify_timestamp *out, struct error *err)
{
	struct error bad = ERROR_INIT;
	struct token token;

	if (token_read(&token, der, judge->context->certificates, judge->work, &bad) == 0) {
		token_release(&token);
		error_set(&bad, ERROR_INTERNAL, "a time stamp was not gathered");
	}
	if (bad.kind == ERROR_UNAVAILABLE || bad.kind == ERROR_INTERNAL) {
		buf_release(&out->token);
		return error_cause(err, bad.kind, bad.text, "%s", bad.cause);
	}
	check_add(&out->checks, BLOCK_FORMAT, CHECK_FAILED, SUB_FORMAT_FAILURE, "Format",
	    "the time stamp cannot be read: %s", bad.text);
	out->conclusion = checks_conclude(&out->checks);
	return 0;
}

int
timestamp_judge(const struct judge *judge, const struct timestamp_input *in,
    struct verify_timestamp *out, struct error *err)
{
	const struct token *token = pool_token(&judge->pool, in->token);
	const struct signature *sig;
	int rc;

	memset(out, 0, sizeof(*out));
	out->kind = in->kind;
	buf_init(&out->token, 0);
	if (buf_append_span(&out->token, in->token, err) != 0)
		return -1;
	if (token == NULL)
		return tell_unreadable(judge, in->token, out, err);
	sig = &token->signatures.items[0];
	describe(token, sig, out);
	block_format(sig, &out->checks);
	constraints_of_form(judge, in->deviations, &out->checks);
	block_signing_certificate(sig, &out->checks);
	/* RFC 3161 section 2.4.2 wants it in every token. */
	if (sig->cert_ref == CERT_REF_ABSENT)
		check_add(&out->checks, BLOCK_ACCEPTANCE, CHECK_FAILED, SUB_SIG_CONSTRAINTS_FAILURE,
		    "SigningCertificateReference",
		    "the time stamp does not name its signing certificate");
	block_crypto(sig, &out->checks);
	block_algorithms(judge, sig, BLOCK_ACCEPTANCE, judge->context->time, &out->checks);
	judge_digests(
	    judge, token, in->manifest, BLOCK_TIMESTAMP, judge->context->time, &out->checks);
	judge_imprint(token, in->document, in->problem, out);
	judge_time(judge, token, sig, out);
	rc = judge_authority(judge, sig, in->around, out, err);
	if (rc == 0)
		judge_trust_time(judge, token, out);
	out->conclusion = checks_conclude(&out->checks);
	if (rc == 0)
		rc = judge_past(judge, in, token, out, err);
	trust_describe(judge, &out->path, PATH_TIMESTAMPING, token->info.time, &out->trust);
	if (rc == 0)
		qualify_timestamp(judge, sig->signer, proven_since(judge, in), out);
	if (rc != 0)
		verify_timestamp_release(out);
	return rc;
}
