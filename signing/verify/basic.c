/* The building blocks over one signature: EN 319 102-1 clauses 5.2.2 to 5.2.4, 5.2.7 and 5.2.8. */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/verify/blocks.h"
#include "signing/x509/cert.h"

static const struct verify_policy strict_policy = { .name = VERIFY_POLICY_NAME,
	.version = VERIFY_POLICY_VERSION };

/* Status services of trusted lists, and those that the caller names. */
static int
gather_services(struct judge *judge, struct error *err)
{
	const struct verify_context *context = judge->context;
	STACK_OF(X509) *callers =
	    context->revocation != NULL ? context->revocation->services : NULL;

	judge->services = sk_X509_new_null();
	if (judge->services == NULL || (callers != NULL && X509_add_certs(judge->services, callers,
							       X509_ADD_FLAG_UP_REF) != 1))
		return error_memory(err);
	if (context->trust == NULL)
		return 0;
	return trust_status_services(context->trust, context->time, judge->services, err);
}

int
judge_begin(struct judge *judge, const struct verify_context *context, struct error *err)
{
	judge->context = context;
	judge->catalogue = context->catalogue != NULL ? context->catalogue : catalogue_builtin();
	judge->policy = context->policy != NULL ? context->policy : &strict_policy;
	judge->own = (struct work)WORK_INIT(WORK_VERDICT_MAX);
	judge->work = context->work != NULL ? context->work : &judge->own;
	if (pool_begin(&judge->pool, context->revocation, err) != 0)
		return -1;
	judge->pool.work = judge->work;
	if (gather_services(judge, err) == 0)
		return 0;
	judge_end(judge);
	return -1;
}

void
judge_end(struct judge *judge)
{
	sk_X509_pop_free(judge->services, X509_free);
	pool_release(&judge->pool);
}

/* The block to which a rule belongs that a reader found broken. */
static enum verify_block
block_of(enum sub_indication sub)
{
	switch (sub) {
	case SUB_HASH_FAILURE:
	case SUB_SIG_CRYPTO_FAILURE:
	case SUB_SIGNED_DATA_NOT_FOUND:
		return BLOCK_CRYPTO;
	case SUB_NO_SIGNING_CERTIFICATE_FOUND:
		return BLOCK_SIGNING_CERTIFICATE;
	case SUB_FORMAT_FAILURE:
		return BLOCK_FORMAT;
	default:
		return BLOCK_ACCEPTANCE;
	}
}

/*
 * Clause 5.2.3 comes before 5.2.7: where the certificate at hand is not the one that the signature
 * names, a value that does not check under it says nothing about the signature.
 */
static int
is_signer_known(const struct signature *sig)
{
	return (sig->signer != NULL || sig->bare_key != NULL) && sig->cert_ref != CERT_REF_DIFFERS;
}

void
block_format(const struct signature *sig, struct verify_checks *checks)
{
	enum sub_indication sub = sig->failure;
	const char *text = sig->failure_text;

	if (sub == SUB_SIG_CRYPTO_FAILURE && !is_signer_known(sig)) {
		sub = SUB_NO_SIGNING_CERTIFICATE_FOUND;
		text = "the signature value does not check under any key that is at hand, and the "
		       "certificate that the signature names is not";
	}
	if (sub == SUB_NONE)
		check_add(checks, BLOCK_FORMAT, CHECK_PASSED, SUB_NONE, "Format",
		    "the signature has the form of its standard");
	else
		check_add(checks, block_of(sub), CHECK_FAILED, sub,
		    sub == SUB_FORMAT_FAILURE ? "Format" : "Reader", "%s", text);
}

void
block_signing_certificate(const struct signature *sig, struct verify_checks *checks)
{
	char label[120];

	if (sig->signer == NULL) {
		check_add(checks, BLOCK_SIGNING_CERTIFICATE, CHECK_FAILED,
		    SUB_NO_SIGNING_CERTIFICATE_FOUND, "SigningCertificate", "%s",
		    sig->bare_key != NULL
			? "the signature names a bare key but no certificate: nobody vouches for "
			  "whose it is"
			: "the signer's certificate is not in the signature and was not handed in");
		return;
	}
	cert_label(sig->signer, label, sizeof(label));
	/*
	 * Clause 5.2.3.4: the certificate must be the one that the signed attribute refers to. One
	 * that is not is called nobody's here: the signer's may be missing.
	 */
	if (sig->cert_ref == CERT_REF_DIFFERS) {
		check_add(checks, BLOCK_SIGNING_CERTIFICATE, CHECK_FAILED,
		    SUB_NO_SIGNING_CERTIFICATE_FOUND, "SigningCertificateReference",
		    sig->value_intact
			? "the signed reference to the signing certificate does not fit \"%s\", by "
			  "whose key the value is"
			: "the signed reference to the signing certificate does not fit \"%s\", "
			  "the "
			  "one at hand: the signer's own is missing",
		    label);
		return;
	}
	check_add(checks, BLOCK_SIGNING_CERTIFICATE, CHECK_PASSED, SUB_NONE, "SigningCertificate",
	    "the signer's certificate is \"%s\"", label);
	if (sig->cert_ref == CERT_REF_MALFORMED)
		check_add(checks, BLOCK_FORMAT, CHECK_FAILED, SUB_FORMAT_FAILURE,
		    "SigningCertificateReference",
		    "the signed reference to the signing certificate does not decode");
	else if (sig->cert_ref == CERT_REF_MATCHES)
		check_add(checks, BLOCK_SIGNING_CERTIFICATE, CHECK_PASSED, SUB_NONE,
		    "SigningCertificateReference",
		    "the signed reference to the signing certificate fits it");
}

void
block_context(const struct judge *judge, const struct signature *sig, struct verify_checks *checks)
{
	if (sig->policy == NULL)
		return;
	/* Clause 5.2.4: the policy of this validation is the caller's, not the signature's. */
	constraint_broken(judge, CONSTRAINT_SIGNATURE_POLICY, checks, BLOCK_CONTEXT,
	    SUB_SIGNATURE_POLICY_NOT_AVAILABLE, "SignaturePolicy",
	    "the signature names the policy %.200s, whose rules were not applied", sig->policy);
}

/* ---- 5.2.7 cryptographic verification ---- */

/* 1 good, 0 not, and said so; -1 not, and left to the signature value to say so. */
static int
tell_reference(const struct reference *ref, struct verify_checks *checks)
{
	const char *uri = ref->uri != NULL && ref->uri[0] != '\0' ? ref->uri : "the document";
	const char *gap = ref->problem[0] != '\0' ? ": " : "";
	char good[160];

	if (!ref->found)
		return check_that(checks, 0, BLOCK_CRYPTO, SUB_SIGNED_DATA_NOT_FOUND,
		    "ReferenceData", "", "the signed data \"%.100s\" was not found%s%s", uri, gap,
		    ref->problem);
	/* CMS without signed attributes has no digest of its own: the value is over the data. */
	if (ref->digest_value.len == 0)
		return ref->intact ? 1 : -1;
	snprintf(good, sizeof(good), "the signed data \"%.100s\" is unchanged", uri);
	return check_that(checks, ref->intact, BLOCK_CRYPTO,
	    ref->digest == DIGEST_NONE ? SUB_CRYPTO_CONSTRAINTS_FAILURE : SUB_HASH_FAILURE,
	    "ReferenceDigest", good, "the signed data \"%.100s\" %s%s%s", uri,
	    ref->digest == DIGEST_NONE ? "has a digest that is not known here" : "was changed", gap,
	    ref->problem);
}

/* 1 when a reference's data is missing: without it some signature values cannot be checked. */
static int
is_data_missing(const struct signature *sig)
{
	size_t i;

	for (i = 0; i < sig->reference_count; i++)
		if (!sig->references[i].found)
			return 1;
	return sig->failure == SUB_SIGNED_DATA_NOT_FOUND;
}

/* A value that did not check: was it broken, or could it not be checked? */
static void
tell_broken_value(const struct signature *sig, struct verify_checks *checks)
{
	enum sub_indication sub = SUB_SIG_CRYPTO_FAILURE;
	char label[120], named[240];
	const char *text = "the signature value does not check under the signer's key";

	if (sig->signer != NULL) {
		snprintf(named, sizeof(named),
		    "%s: it was not made with that of \"%s\", or changed", text,
		    cert_label(sig->signer, label, sizeof(label)));
		text = named;
	}
	if (!is_signer_known(sig)) {
		sub = SUB_NO_SIGNING_CERTIFICATE_FOUND;
		text = "the signature value cannot be checked without the signer's certificate";
	} else if (sig->failure == SUB_CRYPTO_CONSTRAINTS_FAILURE) {
		sub = SUB_CRYPTO_CONSTRAINTS_FAILURE;
		text = "the signature value cannot be checked: its algorithm is not known here";
	} else if (sig->format != FORMAT_XML && is_data_missing(sig)) {
		/* A CMS value without signed attributes is over the data; XML's never is. */
		sub = SUB_SIGNED_DATA_NOT_FOUND;
		text = "the signature value cannot be checked without the data";
	}
	check_add(checks, BLOCK_CRYPTO, CHECK_FAILED, sub, "SignatureValue", "%s", text);
}

/* A signature over its own properties alone signs nothing of the user's. */
static int
covers_document(const struct signature *sig)
{
	size_t i;

	for (i = 0; i < sig->reference_count; i++)
		if (sig->references[i].is_document)
			return 1;
	/* A counter-signature is over another signature. */
	return sig->parent != NULL && sig->reference_count > 0;
}

void
block_crypto(const struct signature *sig, struct verify_checks *checks)
{
	int all_good = 1, untold = 0, good;
	size_t i;

	for (i = 0; i < sig->reference_count; i++) {
		good = tell_reference(&sig->references[i], checks);
		all_good &= good == 1;
		untold |= good == -1;
	}
	if (!covers_document(sig))
		check_add(checks, BLOCK_CRYPTO, CHECK_FAILED, SUB_SIGNED_DATA_NOT_FOUND,
		    "ReferenceData", "the signature signs no document");
	else if (sig->value_intact && (untold || (all_good && !sig->references_intact)))
		check_add(checks, BLOCK_CRYPTO, CHECK_FAILED, SUB_HASH_FAILURE, "ReferenceDigest",
		    "the signed data as a whole is not intact");
	if (sig->value_intact)
		check_add(checks, BLOCK_CRYPTO, CHECK_PASSED, SUB_NONE, "SignatureValue",
		    "the signature value is the signer's");
	else
		tell_broken_value(sig, checks);
}

/* ---- 5.2.8 signature acceptance validation ---- */

static void
tell_certificate_reference(
    const struct judge *judge, const struct signature *sig, struct verify_checks *checks)
{
	if (sig->cert_ref == CERT_REF_ABSENT)
		constraint_broken(judge,
		    sig->baseline ? CONSTRAINT_BASELINE_REFERENCE : CONSTRAINT_PLAIN_REFERENCE,
		    checks, BLOCK_ACCEPTANCE, SUB_SIG_CONSTRAINTS_FAILURE,
		    "SigningCertificateReference",
		    "the signature does not name its signing certificate in a signed attribute");
}

/*
 * What later revisions of a PDF changed. EN 319 102-1 has no rule of its own: what DocMDP, FieldMDP
 * and locks allow (ISO 32000-2 clause 12.8.2) and what EN 319 142-1 adds is told, all else is a
 * constraint that the signature does not meet.
 */
static void
tell_changes(const struct signature *sig, struct verify_checks *checks)
{
	static const char *const words[CHANGE_CLASSES] = { "nothing of it",
		"validation data, time stamps or information about it",
		"form fields, signatures among them", "annotations", "more than that" };
	size_t i;

	if (sig->changes == NULL) {
		check_add(checks, BLOCK_ACCEPTANCE, CHECK_FAILED, SUB_SIG_CONSTRAINTS_FAILURE,
		    "LaterRevisions",
		    "the document was continued after this signature, and the later changes could "
		    "not be examined");
		return;
	}
	if (sig->changes_permitted)
		check_add(checks, BLOCK_ACCEPTANCE, CHECK_PASSED, SUB_NONE, "LaterRevisions",
		    "the document was continued after this signature, which permits all that was "
		    "changed: %s",
		    words[sig->change_class]);
	else
		check_add(checks, BLOCK_ACCEPTANCE, CHECK_FAILED, SUB_SIG_CONSTRAINTS_FAILURE,
		    "LaterRevisions",
		    "the document was changed after this signature, which does not permit it: %s",
		    sig->change_count > 0 ? sig->changes[0].text : "");
	for (i = 0; i < sig->change_count; i++)
		check_add(checks, BLOCK_ACCEPTANCE, CHECK_NOTE, SUB_NONE, "LaterChange",
		    "later revision %u, %s: %s", sig->changes[i].revision,
		    sig->changes[i].permitted ? "permitted" : "not permitted",
		    sig->changes[i].text);
	if (sig->changes_untold > 0)
		check_add(checks, BLOCK_ACCEPTANCE, CHECK_NOTE, SUB_NONE, "LaterChange",
		    "and %zu more changes", sig->changes_untold);
}

static void
tell_scope(const struct judge *judge, const struct signature *sig, struct verify_checks *checks)
{
	if (sig->scope == SCOPE_FULL)
		check_add(checks, BLOCK_ACCEPTANCE, CHECK_PASSED, SUB_NONE, "Scope",
		    "the signature covers the whole document");
	else
		constraint_broken(judge, CONSTRAINT_SCOPE, checks, BLOCK_ACCEPTANCE,
		    SUB_SIG_CONSTRAINTS_FAILURE, "Scope",
		    "the signature covers only a part of the document");
	if (sig->format == FORMAT_PDF && sig->parent == NULL && !sig->revision_is_last)
		tell_changes(sig, checks);
}

static int
has_commitment(const struct signature *sig, const char *type)
{
	size_t i;

	for (i = 0; i < sig->commitment_count; i++)
		if (sig->commitments[i].of_all && commitment_is(sig->commitments[i].type, type))
			return 1;
	return 0;
}

/* What the policy asks of commitments, TS 119 172-1 annex A. */
static void
tell_commitments(
    const struct judge *judge, const struct signature *sig, struct verify_checks *checks)
{
	const struct verify_policy *p = judge->policy;
	size_t i;

	if (p->commitment_type_count == 0 || sig->parent != NULL)
		return;
	for (i = 0; i < p->commitment_type_count; i++)
		if (has_commitment(sig, p->commitment_types[i])) {
			check_add(checks, BLOCK_ACCEPTANCE, CHECK_PASSED, SUB_NONE,
			    "CommitmentType", "the signer commits himself as the policy asks: %s",
			    p->commitment_types[i]);
			return;
		}
	constraint_broken(judge, CONSTRAINT_COMMITMENT, checks, BLOCK_ACCEPTANCE,
	    SUB_SIG_CONSTRAINTS_FAILURE, "CommitmentType",
	    "the signer does not commit himself, for all that is signed, to what the policy asks: "
	    "%.100s%s",
	    p->commitment_types[0], p->commitment_type_count > 1 ? ", or another that it has" : "");
}

static void
tell_statement(
    const struct judge *judge, const char *what, const char *problem, struct verify_checks *checks)
{
	if (problem[0] != '\0')
		constraint_broken(judge, CONSTRAINT_STATEMENTS, checks, BLOCK_ACCEPTANCE,
		    SUB_SIG_CONSTRAINTS_FAILURE, "SignedDataStatements", "%s does not count: %s",
		    what, problem);
}

/* EN 319 132-1 clauses 5.2.3 and 5.2.4: they are of references of the signature itself. */
static void
tell_statements(
    const struct judge *judge, const struct signature *sig, struct verify_checks *checks)
{
	size_t i;

	for (i = 0; i < sig->commitment_count; i++)
		tell_statement(judge, "a stated commitment", sig->commitments[i].problem, checks);
	for (i = 0; i < sig->format_count; i++)
		tell_statement(judge, "a stated format of data", sig->formats[i].problem, checks);
	if (sig->statements_untold)
		check_add(checks, BLOCK_ACCEPTANCE, CHECK_NOTE, SUB_NONE, "SignedDataStatements",
		    "of the commitments and formats that it states, %d each are told",
		    STATEMENTS_MAX);
}

void
block_acceptance(
    const struct judge *judge, const struct signature *sig, struct verify_checks *checks)
{
	char claimed[TEXT_TIME_SIZE], now[TEXT_TIME_SIZE];

	tell_certificate_reference(judge, sig, checks);
	tell_scope(judge, sig, checks);
	tell_commitments(judge, sig, checks);
	tell_statements(judge, sig, checks);
	if (sig->has_claimed_time && sig->claimed_time > judge->context->time)
		constraint_broken(judge, CONSTRAINT_SIGNING_TIME, checks, BLOCK_ACCEPTANCE,
		    SUB_SIG_CONSTRAINTS_FAILURE, "SigningTime",
		    "the claimed signing time %s lies after the time of this validation, %s",
		    text_time(claimed, sig->claimed_time), text_time(now, judge->context->time));
	block_algorithms(judge, sig, BLOCK_ACCEPTANCE, judge->context->time, checks);
}

void
block_algorithms(const struct judge *judge, const struct signature *sig, enum verify_block block,
    int64_t time, struct verify_checks *checks)
{
	EVP_PKEY *key = sig->signer != NULL ? X509_get0_pubkey(sig->signer) : sig->bare_key;
	struct catalogue_verdict v;
	char curve[32] = "", name[64], good[160];
	unsigned int seen = 0;
	size_t i;

	if (key != NULL) {
		sig_alg_name(&sig->alg, name, sizeof(name));
		snprintf(good, sizeof(good),
		    "%s with %d bits, the signature algorithm, is suitable", name, key_bits(key));
		catalogue_judge_signature(judge->catalogue, &sig->alg, key_bits(key),
		    key_curve(key, curve, sizeof(curve)), time, &v);
		check_that(checks, v.suitable, block, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
		    "SignatureAlgorithm", good, "the signature is too weak: %s", v.text);
	}
	for (i = 0; i < sig->reference_count; i++) {
		enum digest d = sig->references[i].digest;

		if (seen & DIGEST_BIT(d))
			continue;
		seen |= DIGEST_BIT(d);
		catalogue_judge_digest(judge->catalogue, d, time, &v);
		snprintf(good, sizeof(good), "%s, the digest algorithm of signed data, is suitable",
		    digest_name(d));
		check_that(checks, v.suitable, block, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
		    "DigestAlgorithm", good, "the digest of signed data is too weak: %s", v.text);
	}
}
