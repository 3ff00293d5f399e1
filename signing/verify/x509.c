/* X.509 certificate validation, EN 319 102-1 clause 5.2.6. */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/verify/blocks.h"
#include "signing/x509/cert.h"

/* Pointers that are copied and looked at in a microsecond. */
#define ITEMS_PER_UNIT 50

static const struct {
	enum sub_indication sub;
	const char *code;
} path_codes[] = {
	{ SUB_NO_CERTIFICATE_CHAIN_FOUND, "CertificatePath" },
	{ SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, "TrustServiceStatus" },
	{ SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, "CertificatePathRules" },
	{ SUB_CHAIN_CONSTRAINTS_FAILURE, "CertificatePathConstraints" },
	{ SUB_OUT_OF_BOUNDS_NO_POE, "CertificateValidity" },
	{ SUB_OUT_OF_BOUNDS_NOT_REVOKED, "CertificateValidity" },
	{ SUB_REVOKED_NO_POE, "RevocationStatus" },
	{ SUB_REVOKED_CA_NO_POE, "RevocationStatus" },
	{ SUB_TRY_LATER, "RevocationStatus" },
};

static const char *
path_code(enum sub_indication sub)
{
	size_t i;

	for (i = 0; i < sizeof(path_codes) / sizeof(path_codes[0]); i++)
		if (path_codes[i].sub == sub)
			return path_codes[i].code;
	return "CertificatePath";
}

static int
push_all(STACK_OF(X509) * pool, const STACK_OF(X509) * more)
{
	int i;

	for (i = 0; i < sk_X509_num(more); i++)
		if (sk_X509_push(pool, sk_X509_value(more, i)) <= 0)
			return -1;
	return 0;
}

int
block_path_input(const struct judge *judge, const struct x509_block *in, struct path_input *input,
    struct error *err)
{
	const struct verify_policy *policy = judge->policy;
	/* The policies that a caller wants of signers are not asked of time-stamping authorities.
	 */
	int asks_policies = in->purpose != PATH_TIMESTAMPING;
	STACK_OF(X509) *pool = sk_X509_new_null();

	*input = (struct path_input){ .cert = in->cert,
		.untrusted = pool,
		.time = in->time,
		.purpose = in->purpose,
		.work = judge->work,
		.policies = policy->certificate_policies,
		.policy_count = asks_policies ? policy->certificate_policy_count : 0,
		.explicit_policy = asks_policies && policy->explicit_policy,
		.inhibit_mapping = policy->inhibit_mapping,
		.inhibit_any_policy = policy->inhibit_any_policy };
	if (judge->context->trust != NULL)
		input->trust = trust_path(judge->context->trust, in->purpose);
	else
		input->anchors = in->anchors;
	/* What the administrator gave is looked at before what the document brought. */
	if (pool != NULL && push_all(pool, judge->context->certificates) == 0 &&
	    push_all(pool, in->embedded) == 0 && push_all(pool, in->around) == 0 &&
	    push_all(pool, judge->pool.certificates) == 0)
		return 0;
	sk_X509_free(pool);
	input->untrusted = NULL;
	return error_memory(err);
}

int
revocation_is_fresh(
    const struct judge *judge, const struct revocation_result *revocation, int64_t time)
{
	int64_t most = judge->policy->revocation_freshness;

	if (revocation->this_update >= time)
		return 1;
	if (most == 0 && revocation->next_update != 0)
		return revocation->next_update >= time;
	return revocation->this_update + (most > 0 ? most : VERIFY_FRESH_WITHOUT_END) >= time;
}

/* ---- revocation ---- */

/* Validation at an earlier time: the path as it was then, revocation as it is known today. */
static int
judge_revocation(const struct judge *judge, const struct path_input *at, struct path_result *path,
    struct error *err)
{
	struct path_input input = *at;
	struct revocation_evidence view;
	size_t i;
	int rc = 0;

	if (pool_view(&judge->pool, NULL, judge->context->time, &view, err) != 0)
		return -1;
	view.outdated_counts = 1;
	view.services = judge->services;
	input.revocation = &view;
	for (i = 0; rc == 0 && i < path->certificate_count; i++)
		if (path->certificates[i].needs_revocation)
			rc = revocation_judge(
			    &input, path->chain, (int)i, &path->certificates[i].revocation, err);
	pool_view_release(&view);
	return rc;
}

static int
find_path(const struct judge *judge, const struct x509_block *in, struct path_result *path,
    struct error *err)
{
	struct revocation_evidence view = { 0 };
	struct path_input input;
	int is_past = in->time < judge->context->time, rc = -1;

	if (block_path_input(judge, in, &input, err) != 0)
		return -1;
	/* The lists of all that may be of use are put together for each path. */
	work_spend(
	    judge->work, 20 + (uint64_t)sk_X509_num(input.untrusted) / ITEMS_PER_UNIT +
			     (judge->pool.crl_count + judge->pool.ocsp_count) / ITEMS_PER_UNIT);
	if (is_past || judge->policy->without_revocation) {
		rc = path_validate(&input, path, err);
		if (rc == 0 && path->ok && !judge->policy->without_revocation)
			rc = judge_revocation(judge, &input, path, err);
	} else if (pool_view(&judge->pool, NULL, in->time, &view, err) == 0) {
		view.services = judge->services;
		input.revocation = &view;
		rc = path_validate(&input, path, err);
		pool_view_release(&view);
	}
	sk_X509_free(input.untrusted);
	return rc;
}

/* A problem that is only that nobody could say whether the certificate is revoked. */
static int
is_unknown_status(const struct path_result *path, const struct path_problem *p)
{
	return p->sub == SUB_TRY_LATER && p->depth >= 0 &&
	       (size_t)p->depth < path->certificate_count &&
	       path->certificates[p->depth].revocation.status == REVOCATION_UNKNOWN;
}

static void
tell_path(const struct judge *judge, const struct x509_block *in, const struct path_result *path,
    struct verify_checks *checks)
{
	char label[120];
	size_t i;

	for (i = 0; i < path->problem_count; i++) {
		const struct path_problem *p = &path->problems[i];

		if (is_unknown_status(path, p))
			constraint_broken(judge, CONSTRAINT_REVOCATION_KNOWN, checks, in->block,
			    p->sub, path_code(p->sub), "%s", p->text);
		else
			check_add(checks, in->block, CHECK_FAILED, p->sub, path_code(p->sub), "%s",
			    p->text);
	}
	if (path->ok)
		check_add(checks, in->block, CHECK_PASSED, SUB_NONE, "CertificatePath",
		    "the path leads to the trust anchor \"%s\"",
		    cert_label(path->anchor, label, sizeof(label)));
}

/* What is known of a certificate that may be revoked, against the time that matters. */
static void
tell_status(const struct judge *judge, const struct x509_block *in, const struct path_result *path,
    size_t i, struct verify_checks *checks)
{
	const struct revocation_result *r = &path->certificates[i].revocation;
	enum sub_indication revoked = i == 0 ? SUB_REVOKED_NO_POE : SUB_REVOKED_CA_NO_POE;
	int is_past = in->time < judge->context->time;
	char when[TEXT_TIME_SIZE];

	switch (r->status) {
	case REVOCATION_GOOD:
		if (!r->is_stale)
			check_add(checks, in->block, CHECK_PASSED, SUB_NONE, "RevocationFreshness",
			    "%s", r->text);
		else
			constraint_broken(judge, CONSTRAINT_REVOCATION_FRESH, checks, in->block,
			    SUB_TRY_LATER, "RevocationFreshness",
			    "what is known of revocation is too old, of %s: %s",
			    text_time(when, r->this_update), r->text);
		break;
	case REVOCATION_REVOKED:
		/* At the validation time itself the path has said so. */
		if (is_past)
			check_that(checks, r->revoked_at > in->time, in->block, revoked,
			    "RevocationStatus",
			    "the certificate was revoked only after the signature is proven to "
			    "have "
			    "existed",
			    "%s", r->text);
		break;
	case REVOCATION_UNKNOWN:
		if (is_past && path->ok)
			constraint_broken(judge, CONSTRAINT_REVOCATION_KNOWN, checks, in->block,
			    SUB_TRY_LATER, "RevocationStatus", "%s", r->text);
		break;
	default:
		if (is_past && path->ok)
			check_add(checks, in->block, CHECK_FAILED, SUB_TRY_LATER,
			    "RevocationStatus", "%s", r->text);
		break;
	}
}

static void
tell_revocation(const struct judge *judge, const struct x509_block *in,
    const struct path_result *path, struct verify_checks *checks)
{
	const struct path_certificate *pc;
	char label[120];
	size_t i;

	for (i = 0; i < path->certificate_count; i++) {
		pc = &path->certificates[i];
		cert_label(pc->cert, label, sizeof(label));
		if (!pc->needs_revocation)
			check_add(checks, in->block, CHECK_PASSED, SUB_NONE, "RevocationStatus",
			    "no revocation information is needed for \"%s\": %s", label,
			    pc->why_not);
		else if (judge->policy->without_revocation)
			check_add(checks, in->block, CHECK_NOTE, SUB_NONE, "RevocationStatus",
			    "the policy does not ask whether \"%s\" is revoked", label);
		else
			tell_status(judge, in, path, i, checks);
	}
}

/* The algorithm by which certificate i was signed, with its issuer's key. */
static void
tell_algorithm(const struct judge *judge, const struct x509_block *in,
    const struct path_result *path, size_t i, struct verify_checks *checks)
{
	const X509 *cert = path->certificates[i].cert;
	EVP_PKEY *key = X509_get0_pubkey(path->certificates[i + 1].cert);
	struct catalogue_verdict v;
	struct error err = ERROR_INIT;
	const X509_ALGOR *algor;
	struct sig_alg alg;
	char curve[32] = "", label[120], name[64], good[300];
	int64_t time = i == 0 ? in->leaf_algorithm_time : in->ca_algorithm_time;

	cert_label(cert, label, sizeof(label));
	X509_get0_signature(NULL, &algor, cert);
	if (key == NULL || sig_alg_by_x509(algor, DIGEST_NONE, &alg, &err) != 0) {
		check_add(checks, in->block, CHECK_FAILED, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
		    "CertificateAlgorithm",
		    "the algorithm that the certificate \"%s\" is signed with is not known here",
		    label);
		return;
	}
	catalogue_judge_signature(
	    judge->catalogue, &alg, key_bits(key), key_curve(key, curve, sizeof(curve)), time, &v);
	sig_alg_name(&alg, name, sizeof(name));
	snprintf(good, sizeof(good),
	    "%s with %d bits, which signed the certificate \"%s\", is suitable", name,
	    key_bits(key), label);
	check_that(checks, v.suitable, in->block, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
	    "CertificateAlgorithm", good, "the signature of the certificate \"%s\" is too weak: %s",
	    label, v.text);
}

static void
note_freshness(const struct judge *judge, const struct x509_block *in, struct path_result *path)
{
	size_t i;

	for (i = 0; i < path->certificate_count; i++) {
		struct revocation_result *r = &path->certificates[i].revocation;

		r->is_stale =
		    r->status == REVOCATION_GOOD && !revocation_is_fresh(judge, r, in->time);
	}
}

int
block_x509(const struct judge *judge, const struct x509_block *in, struct verify_checks *checks,
    struct path_result *path, struct error *err)
{
	size_t i;

	path_result_release(path);
	if (find_path(judge, in, path, err) != 0)
		return -1;
	note_freshness(judge, in, path);
	tell_path(judge, in, path, checks);
	block_trust(judge, in, path, checks);
	tell_revocation(judge, in, path, checks);
	for (i = 0; i + 1 < path->certificate_count; i++)
		tell_algorithm(judge, in, path, i, checks);
	return 0;
}
