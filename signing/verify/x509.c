/* X.509 certificate validation, EN 319 102-1 clause 5.2.6. */
#include <stdio.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/verify/blocks.h"
#include "signing/x509/cert.h"

static const struct {
	enum sub_indication sub;
	const char *code;
} path_codes[] = {
	{ SUB_NO_CERTIFICATE_CHAIN_FOUND, "CertificatePath" },
	{ SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, "CertificatePathRules" },
	{ SUB_CHAIN_CONSTRAINTS_FAILURE, "CertificatePathConstraints" },
	{ SUB_OUT_OF_BOUNDS_NO_POE, "CertificateValidity" },
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

static int
find_path(const struct judge *judge, const struct x509_block *in, struct path_result *path,
    struct error *err)
{
	const struct verify_policy *policy = judge->policy;
	STACK_OF(X509) *pool = sk_X509_new_null();
	struct path_input input = { .cert = in->cert,
		.untrusted = pool,
		.anchors = in->anchors,
		.time = in->time,
		.purpose = in->purpose,
		.policies = policy->certificate_policies,
		.policy_count = policy->certificate_policy_count,
		.explicit_policy = policy->explicit_policy,
		.inhibit_mapping = policy->inhibit_mapping,
		.inhibit_any_policy = policy->inhibit_any_policy };
	int rc;

	/* The policies that a caller wants of signers are not asked of time-stamping authorities.
	 */
	if (in->purpose == PATH_TIMESTAMPING) {
		input.policy_count = 0;
		input.explicit_policy = 0;
	}
	/* What the administrator gave is looked at before what the document brought. */
	if (pool == NULL || push_all(pool, judge->context->certificates) != 0 ||
	    push_all(pool, in->embedded) != 0 || push_all(pool, in->around) != 0)
		rc = error_memory(err);
	else
		rc = path_validate(&input, path, err);
	sk_X509_free(pool);
	return rc;
}

static void
tell_path(const struct x509_block *in, const struct path_result *path, struct verify_checks *checks)
{
	char label[120];
	size_t i;

	for (i = 0; i < path->problem_count; i++)
		check_add(checks, in->block, CHECK_FAILED, path->problems[i].sub,
		    path_code(path->problems[i].sub), "%s", path->problems[i].text);
	if (path->ok)
		check_add(checks, in->block, CHECK_PASSED, SUB_NONE, "CertificatePath",
		    "the path leads to the trust anchor \"%s\"",
		    cert_label(path->anchor, label, sizeof(label)));
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
			check_add(checks, in->block, CHECK_FAILED, SUB_TRY_LATER,
			    "RevocationStatus",
			    "whether the certificate \"%s\" is revoked is not known: no revocation "
			    "information is at hand",
			    label);
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
	char curve[32] = "", label[120];
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
	check_that(checks, v.suitable, in->block, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
	    "CertificateAlgorithm", "the algorithm of a certificate's signature is suitable",
	    "the signature of the certificate \"%s\" is too weak: %s", label, v.text);
}

int
block_x509(const struct judge *judge, const struct x509_block *in, struct verify_checks *checks,
    struct path_result *path, struct error *err)
{
	size_t i;

	path_result_release(path);
	if (find_path(judge, in, path, err) != 0)
		return -1;
	tell_path(in, path, checks);
	tell_revocation(judge, in, path, checks);
	for (i = 0; i + 1 < path->certificate_count; i++)
		tell_algorithm(judge, in, path, i, checks);
	return 0;
}
