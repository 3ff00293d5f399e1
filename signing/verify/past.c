#include "signing/verify/past.h"

#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/x509/cert.h"

#define SIGNERS_TRIED 3 /* of revocation data that is not proven within their life */

/* One sliding along one path. */
struct slide {
	const struct judge *judge;
	const struct past_input *in;
	const struct path_input *path_in;
	struct path_result *path;
	struct verify_checks *checks;
	int64_t control;
	const char *why; /* what moved the control time last; for people */
	int64_t end;	 /* the last second of the life of all of the path, or now */
};

static void
move_to(struct slide *s, int64_t time, const char *why)
{
	if (time < s->control) {
		s->control = time;
		s->why = why;
	}
}

/* ---- 5.6.2.1: a time at which all certificates of the path were valid ---- */

/*
 * The last second that lies in the life of all of the path, in which its anchor could be relied on,
 * and not in the future. 0: none.
 */
static int
common_time(const struct judge *judge, const struct path_result *path, enum path_purpose purpose,
    int64_t *time)
{
	STACK_OF(X509) *chain = path->chain;
	int64_t from = INT64_MIN, to = judge->context->time, a, b;
	int i, ok1, ok2;

	for (i = 0; i < sk_X509_num(chain); i++) {
		const X509 *cert = sk_X509_value(chain, i);

		a = asn1_time_seconds(X509_get0_notBefore(cert), &ok1);
		b = asn1_time_seconds(X509_get0_notAfter(cert), &ok2);
		if (!ok1 || !ok2)
			return 0;
		from = a > from ? a : from;
		to = b < to ? b : to;
	}
	*time = trust_holds_until(judge, path, purpose, to);
	return from <= *time;
}

/* A path for the certificate at some time in its past; 1 found, 0 told, -1. */
static int
find_past_path(const struct judge *judge, const struct past_input *in, struct path_input *input,
    struct path_result *path, struct verify_checks *checks, struct error *err)
{
	int64_t now = judge->context->time, common;
	int ok, tries;

	input->time = asn1_time_seconds(X509_get0_notAfter(in->cert), &ok);
	if (!ok || input->time > now)
		input->time = now;
	for (tries = 0; tries < 2; tries++) {
		path_result_release(path);
		if (path_validate(input, path, err) != 0)
			return -1;
		if (path->ok)
			return 1;
		/* An issuer or a trust service that ended earlier: where all were alive. */
		if ((path->sub != SUB_OUT_OF_BOUNDS_NO_POE &&
			path->sub != SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE) ||
		    !common_time(judge, path, in->purpose, &common) || common == input->time)
			break;
		input->time = common;
	}
	check_add(checks, BLOCK_PAST, CHECK_FAILED, path->sub, "PastCertificate",
	    "there was no time at which the path was valid: %s", path->text);
	return 0;
}

/* ---- 5.6.2.2: validation time sliding ---- */

/*
 * Step d): until when the algorithm of a signature by a key holds. What is signed so must be proven
 * to have existed by then (clause 5.6.2.4.4 step 4): 1; 0 told.
 */
static int
slide_by_algorithm(
    struct slide *s, const struct sig_alg *alg, const X509 *signer, int64_t proven, const char *why)
{
	EVP_PKEY *key = X509_get0_pubkey(signer);
	struct catalogue_verdict v = { 0 };
	char curve[32] = "";

	if (key == NULL)
		return 1;
	catalogue_judge_signature(s->judge->catalogue, alg, key_bits(key),
	    key_curve(key, curve, sizeof(curve)), s->control, &v);
	if (v.suitable)
		return 1;
	move_to(s, v.until, why);
	return check_that(s->checks, proven <= v.until, BLOCK_PAST, SUB_NO_POE, "PastAlgorithm",
	    "what a weak algorithm signed existed while it was suitable",
	    "what is signed is proven too late: %s", why);
}

static int
slide_by_certificate(struct slide *s, size_t i, int64_t proven)
{
	const X509 *cert = s->path->certificates[i].cert;
	const X509 *issuer = s->path->certificates[i + 1].cert;
	struct error err = ERROR_INIT;
	const X509_ALGOR *algor;
	struct sig_alg alg;

	X509_get0_signature(NULL, &algor, cert);
	if (sig_alg_by_x509(algor, DIGEST_NONE, &alg, &err) == 0)
		return slide_by_algorithm(s, &alg, issuer, proven,
		    "the algorithm of a certificate's signature ceased to be suitable");
	move_to(s, INT64_MIN, "the algorithm of a certificate's signature is not known");
	return 1;
}

/* When all that a status rests on is proven to have existed. */
static int64_t
proven_by(const struct slide *s, const struct revocation_result *r)
{
	int64_t last = INT64_MIN, time;
	size_t i;

	for (i = 0; i < r->proof.used_count; i++) {
		time = poe_time(s->in->poes, r->proof.used[i].sha256);
		last = time > last ? time : last;
	}
	return last;
}

/* Steps a) to c), with what existed and was made by the time `limit`. */
static int
judge_revocation(struct slide *s, size_t i, int64_t limit, struct error *err)
{
	struct revocation_result *r = &s->path->certificates[i].revocation;
	struct path_input input = *s->path_in;
	struct revocation_evidence view;
	int rc;

	if (pool_view(&s->judge->pool, s->in->poes, limit, &view, err) != 0)
		return -1;
	view.outdated_counts = 1;
	view.services = s->judge->services;
	input.revocation = &view;
	revocation_result_release(r);
	rc = revocation_judge(&input, s->path->chain, (int)i, r, err);
	pool_view_release(&view);
	return rc;
}

/*
 * Who has the key of an issuer that has ended could make what it never made. So what says that a
 * certificate is good must be proven within the life of who signed it (clause 5.6.2.4.4 step 1);
 * where the newest is not, what is older may be.
 */
static int
find_revocation(struct slide *s, size_t i, struct error *err)
{
	struct revocation_result *r = &s->path->certificates[i].revocation;
	int64_t limit = s->control, end;
	int tries, ok;

	for (tries = 0; tries < SIGNERS_TRIED; tries++) {
		if (judge_revocation(s, i, limit, err) != 0)
			return -1;
		if (r->status != REVOCATION_GOOD || r->signer == NULL)
			return 0;
		end = asn1_time_seconds(X509_get0_notAfter(r->signer), &ok);
		if (!ok || proven_by(s, r) <= end)
			return 0;
		limit = end;
	}
	revocation_result_release(r);
	return 0;
}

/* 1 went on, 0 told, -1. */
static int
slide_by_revocation(struct slide *s, size_t i, struct error *err)
{
	struct path_certificate *pc = &s->path->certificates[i];
	struct revocation_result *r = &pc->revocation;
	char label[120];

	if (find_revocation(s, i, err) != 0)
		return -1;
	switch (r->status) {
	case REVOCATION_REVOKED:
	case REVOCATION_ON_HOLD:
		move_to(s, r->revoked_at, "a certificate was revoked");
		break;
	case REVOCATION_GOOD:
		if (!revocation_is_fresh(s->judge, r, s->control))
			move_to(
			    s, r->this_update, "the newest revocation data with a proof was made");
		break;
	default:
		cert_label(pc->cert, label, sizeof(label));
		check_add(s->checks, BLOCK_PAST, CHECK_FAILED, SUB_NO_POE, "PastRevocation",
		    "no revocation information on \"%s\" is proven to have existed in time", label);
		return 0;
	}
	if (r->signer == NULL)
		return 1;
	return slide_by_algorithm(s, &r->sig_alg, r->signer, proven_by(s, r),
	    "the algorithm of revocation data ceased to be suitable");
}

/* From the certificate below the anchor to the signer's. */
static int
slide_along(struct slide *s, struct error *err)
{
	unsigned char name[POE_NAME_SIZE];
	char label[120];
	int64_t proven;
	size_t i;
	int rc;

	for (i = s->path->certificate_count - 1; i-- > 0;) {
		const struct path_certificate *pc = &s->path->certificates[i];

		if (X509_digest(pc->cert, EVP_sha256(), name, NULL) != 1)
			return error_memory(err);
		proven = poe_time(s->in->poes, name);
		if (proven > s->control) {
			check_add(s->checks, BLOCK_PAST, CHECK_FAILED, SUB_NO_POE,
			    "PastCertificate",
			    "the certificate \"%s\" is not proven to have existed in time",
			    cert_label(pc->cert, label, sizeof(label)));
			return 0;
		}
		if (!slide_by_certificate(s, i, proven))
			return 0;
		if (!pc->needs_revocation || s->judge->policy->without_revocation)
			continue;
		rc = slide_by_revocation(s, i, err);
		if (rc != 1)
			return rc;
	}
	return 1;
}

/* ---- 5.6.2.4 ---- */

/* Step 3: 1 when the signature existed while its certificate could be relied on. */
static int
tell_order(const struct slide *s)
{
	char when[TEXT_TIME_SIZE], limit[TEXT_TIME_SIZE];
	struct trust_verdict trust;
	int ok;
	int64_t from = asn1_time_seconds(X509_get0_notBefore(s->in->cert), &ok);

	text_time(when, s->in->existed);
	if (s->in->existed > s->control)
		check_add(s->checks, BLOCK_PAST, CHECK_FAILED, SUB_NO_POE, "PastSignature",
		    "the signature is proven to have existed by %s only, but its certificate can "
		    "be "
		    "relied on until %s: %s",
		    when, text_time(limit, s->control), s->why);
	else if (s->in->existed > s->end)
		check_add(s->checks, BLOCK_PAST, CHECK_FAILED, SUB_OUT_OF_BOUNDS_NO_POE,
		    "PastSignature",
		    "the signature is proven to have existed by %s only, but a certificate of its "
		    "path ended on %s",
		    when, text_time(limit, s->end));
	else if (!ok || s->in->existed < from)
		check_add(s->checks, BLOCK_PAST, CHECK_FAILED, SUB_NOT_YET_VALID, "PastSignature",
		    "the signature existed by %s, before its certificate began", when);
	else if (!trust_holds(s->judge, s->path, s->in->purpose, s->in->existed, &trust))
		check_add(s->checks, BLOCK_PAST, CHECK_FAILED, SUB_NO_CERTIFICATE_CHAIN_FOUND,
		    "TrustServiceStatus", "%s", trust.text);
	else
		return check_that(s->checks, 1, BLOCK_PAST, SUB_NONE, "PastSignature",
		    "the signature existed while its certificate could be relied on", "%s", "");
	return 0;
}

static int
slide(struct slide *s, struct path_input *input, struct error *err)
{
	int rc = find_past_path(s->judge, s->in, input, s->path, s->checks, err);

	/*
	 * Clause 5.6.2.2.4 step 1. That certificates end does not move the control time: of an
	 * expired one more can be learnt later. What the signature itself must keep to is told in
	 * the end.
	 */
	if (rc == 1) {
		s->end = input->time;
		move_to(s,
		    trust_holds_until(s->judge, s->path, s->in->purpose, s->judge->context->time),
		    "what stands behind its trust anchor could be relied on no longer");
		rc = slide_along(s, err);
	}
	return rc == 1 ? tell_order(s) : rc;
}

int
past_validate(const struct judge *judge, const struct past_input *in, struct verify_checks *checks,
    struct path_result *path, struct error *err)
{
	const struct x509_block block = { .cert = in->cert,
		.embedded = in->embedded,
		.around = in->around,
		.anchors = in->anchors,
		.purpose = in->purpose };
	struct path_result past = { 0 };
	struct verify_checks found = { 0 };
	struct path_input input;
	struct slide s = { .judge = judge,
		.in = in,
		.path_in = &input,
		.path = &past,
		.checks = &found,
		.control = judge->context->time,
		.why = "this is the time of the validation" };
	int rc;

	if (block_path_input(judge, &block, &input, err) != 0)
		return -1;
	rc = slide(&s, &input, err);
	if (rc == 1) {
		checks_supersede(checks);
		path_result_release(path);
		*path = past;
	} else {
		path_result_release(&past);
	}
	checks_move(checks, &found, rc != 1);
	sk_X509_free(input.untrusted);
	return rc;
}
