#include "signing/x509/path.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <openssl/x509_vfy.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/x509/cert.h"
#include "signing/x509/purpose.h"

/*
 * OpenSSL's findings: which rule they are, and whether they count. Those that do not (SUB_NONE) are
 * slips of the issuer that RFC 5280 forbids to CAs but that its section 6 does not ask verifiers to
 * look for; real roots and PKITS 4.6.4 have them.
 */
static const struct finding {
	int code;
	enum sub_indication sub;
	const char *text; /* "%s" is the certificate */
} findings[] = {
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "no trusted issuer was found for the certificate \"%s\"" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "no trusted issuer was found for the certificate \"%s\"" },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "no trusted issuer was found for the certificate \"%s\"" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "the certificate \"%s\" is self-signed and not a trust anchor" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "the path ends at \"%s\", which is not a trust anchor" },
	{ X509_V_ERR_CERT_UNTRUSTED, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "the path ends at \"%s\", which is not a trust anchor" },
	{ X509_V_ERR_CERT_REJECTED, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "the path ends at \"%s\", which is not a trust anchor" },
	{ X509_V_ERR_CERT_CHAIN_TOO_LONG, SUB_CHAIN_CONSTRAINTS_FAILURE,
	    "the path is longer than the limit at \"%s\"" },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, SUB_CHAIN_CONSTRAINTS_FAILURE,
	    "more CAs follow below \"%s\" than its path length allows" },
	{ X509_V_ERR_NO_EXPLICIT_POLICY, SUB_CHAIN_CONSTRAINTS_FAILURE,
	    "the path of \"%s\" is not valid for any of the wanted certificate policies" },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "the signature of the certificate \"%s\" is broken" },
	{ X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "the signature of the certificate \"%s\" is broken" },
	{ X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "the public key of \"%s\" cannot be used" },
	{ X509_V_ERR_EC_KEY_EXPLICIT_PARAMS, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "the key of \"%s\" gives its curve by explicit parameters instead of a name" },
	{ X509_V_ERR_INVALID_CA, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "the certificate \"%s\" issued another but is not a CA's" },
	{ X509_V_ERR_KEYUSAGE_NO_CERTSIGN, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "the CA \"%s\" may not sign certificates by its key usage" },
	{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "the certificate \"%s\" has a critical extension that is not known here" },
	{ X509_V_ERR_PERMITTED_VIOLATION, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "the certificate \"%s\" has a name that a CA above it may not certify" },
	{ X509_V_ERR_EXCLUDED_VIOLATION, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "the certificate \"%s\" has a name that a CA above it must not certify" },
	{ X509_V_ERR_INVALID_POLICY_EXTENSION, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "the certificate policies of \"%s\" contradict themselves" },
	{ X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "the certificate \"%s\" is signed with another algorithm than its issuer's key" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, SUB_OUT_OF_BOUNDS_NO_POE, NULL },
	{ X509_V_ERR_CERT_HAS_EXPIRED, SUB_OUT_OF_BOUNDS_NO_POE, NULL },
	{ X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER, SUB_NONE, NULL },
	{ X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER, SUB_NONE, NULL },
	{ X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL, SUB_NONE, NULL },
	{ X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL, SUB_NONE, NULL },
	{ X509_V_ERR_CA_BCONS_NOT_CRITICAL, SUB_NONE, NULL },
	{ X509_V_ERR_CA_CERT_MISSING_KEY_USAGE, SUB_NONE, NULL },
	{ X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL, SUB_NONE, NULL },
	{ X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA, SUB_NONE, NULL },
	{ X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN, SUB_NONE, NULL },
	{ X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA, SUB_NONE, NULL },
};
static const struct finding other_finding = { X509_V_ERR_UNSPECIFIED,
	SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, "the certificate \"%s\" breaks a rule of RFC 5280" };

/* The gravest first: what time can heal comes last. */
static const enum sub_indication gravity[] = { SUB_NO_CERTIFICATE_CHAIN_FOUND,
	SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, SUB_CHAIN_CONSTRAINTS_FAILURE,
	SUB_OUT_OF_BOUNDS_NO_POE };
#define GRAVITIES (sizeof(gravity) / sizeof(gravity[0]))

static const char *const purpose_names[PATH_PURPOSES] = { [PATH_ANY] = "Any",
	[PATH_SIGNING] = "Signing",
	[PATH_TLS_CLIENT] = "TlsClient",
	[PATH_TLS_SERVER] = "TlsServer",
	[PATH_TIMESTAMPING] = "Timestamping",
	[PATH_OCSP_SIGNING] = "OcspSigning" };

const char *
path_purpose_name(enum path_purpose purpose)
{
	return purpose_names[purpose];
}

int
path_purpose_by_name(const char *name, enum path_purpose *purpose)
{
	int i;

	for (i = 0; i < PATH_PURPOSES; i++) {
		if (strcmp(purpose_names[i], name) != 0)
			continue;
		*purpose = (enum path_purpose)i;
		return 0;
	}
	return -1;
}

/* What the callback of one validation notes; found by the store context's app data. */
struct run {
	const struct path_input *input;
	struct path_result *result;
};

__attribute__((format(printf, 4, 5))) static void
add_problem(struct path_result *r, enum sub_indication sub, int depth, const char *fmt, ...)
{
	struct path_problem *p;
	va_list ap;
	size_t i;

	for (i = 0; i < r->problem_count; i++)
		if (r->problems[i].sub == sub && r->problems[i].depth == depth)
			return; /* one sentence for a certificate and a kind */
	if (r->problem_count >= PATH_PROBLEMS_MAX)
		return; /* there are enough to be judged by; ok needs none at all */
	p = &r->problems[r->problem_count++];
	p->sub = sub;
	p->depth = depth;
	va_start(ap, fmt);
	vsnprintf(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
}

static const struct finding *
finding_of(int code)
{
	size_t i;

	for (i = 0; i < sizeof(findings) / sizeof(findings[0]); i++)
		if (findings[i].code == code)
			return &findings[i];
	return &other_finding;
}

static void
add_finding(struct path_result *r, const struct finding *f, int depth, const X509 *cert)
{
	char label[120], text[sizeof(r->text)];

	cert_label(cert, label, sizeof(label));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), f->text, label);
#pragma GCC diagnostic pop
	add_problem(r, f->sub, depth, "%s", text);
}

/* A root of version 1 has no extension to say that it is a CA's; as an anchor it needs none. */
static int
is_old_root(const struct path_input *in, const X509 *cert)
{
	return X509_get_version(cert) == X509_VERSION_1 && cert_is_self_issued(cert) &&
	       certs_hold(in->anchors, cert);
}

/*
 * Called for each finding; 1 lets OpenSSL go on, so that all are seen. Nothing is forgiven by that:
 * the result is ok only when no problem was noted. Times are judged from the finished chain.
 */
static int
note(int ok, X509_STORE_CTX *ctx)
{
	struct run *run = X509_STORE_CTX_get_app_data(ctx);
	const struct finding *f;
	X509 *cert;
	int depth;

	if (ok)
		return 1;
	f = finding_of(X509_STORE_CTX_get_error(ctx));
	depth = X509_STORE_CTX_get_error_depth(ctx);
	cert = X509_STORE_CTX_get_current_cert(ctx);
	if (cert == NULL)
		cert = run->input->cert;
	/* The first certificate need not be a CA's, whatever its key usage says. */
	if (f->code == X509_V_ERR_INVALID_CA && (depth == 0 || is_old_root(run->input, cert)))
		return 1;
	if (f->text != NULL)
		add_finding(run->result, f, depth, cert);
	return 1;
}

static int
push_policy(STACK_OF(ASN1_OBJECT) * oids, const char *dotted, struct error *err)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(dotted, 1);

	if (oid == NULL)
		return error_openssl_kind(
		    err, ERROR_MALFORMED, "a certificate policy is not a dotted OID");
	if (sk_ASN1_OBJECT_push(oids, oid) > 0)
		return 0;
	ASN1_OBJECT_free(oid);
	return error_memory(err);
}

static int
set_policies(X509_VERIFY_PARAM *param, const struct path_input *in, struct error *err)
{
	static const char any_policy[] = "2.5.29.32.0";
	STACK_OF(ASN1_OBJECT) *oids = sk_ASN1_OBJECT_new_null();
	size_t i;
	int rc = oids != NULL ? 0 : error_memory(err);

	/* OpenSSL takes an empty set as one that nothing is in. */
	if (rc == 0 && in->policy_count == 0)
		rc = push_policy(oids, any_policy, err);
	for (i = 0; rc == 0 && i < in->policy_count; i++)
		rc = push_policy(oids, in->policies[i], err);
	if (rc == 0 && X509_VERIFY_PARAM_set1_policies(param, oids) != 1)
		rc = error_openssl(err, "the certificate policies could not be set");
	sk_ASN1_OBJECT_pop_free(oids, ASN1_OBJECT_free);
	return rc;
}

static int
set_up(X509_STORE_CTX *ctx, struct run *run, STACK_OF(X509) * untrusted, struct error *err)
{
	const struct path_input *in = run->input;
	unsigned long flags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN |
			      X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_TRUSTED_FIRST;
	X509_VERIFY_PARAM *param;
	unsigned int length = in->length_max != 0 ? in->length_max : PATH_LENGTH_MAX;

	if (in->explicit_policy)
		flags |= X509_V_FLAG_EXPLICIT_POLICY;
	if (in->inhibit_mapping)
		flags |= X509_V_FLAG_INHIBIT_MAP;
	if (in->inhibit_any_policy)
		flags |= X509_V_FLAG_INHIBIT_ANY;
	/* No store: no default paths, and thousands of anchors cost nothing to hand over. */
	if (X509_STORE_CTX_init(ctx, NULL, in->cert, untrusted) != 1)
		return error_openssl(err, "path validation could not be set up");
	X509_STORE_CTX_set0_trusted_stack(ctx, in->anchors);
	X509_STORE_CTX_set_app_data(ctx, run);
	X509_STORE_CTX_set_verify_cb(ctx, note);
	param = X509_STORE_CTX_get0_param(ctx);
	if (X509_VERIFY_PARAM_set_flags(param, flags) != 1)
		return error_openssl(err, "path validation could not be set up");
	X509_VERIFY_PARAM_set_time(param, (time_t)in->time);
	/* OpenSSL counts the CAs between the leaf and the anchor. */
	X509_VERIFY_PARAM_set_depth(param, length > 2 ? (int)length - 2 : 0);
	return set_policies(param, in, err);
}

/* ---- what is judged from the finished chain ---- */

static int
is_in_time(const X509 *cert, int64_t time, int64_t *from, int64_t *to)
{
	int ok1, ok2;

	*from = asn1_time_seconds(X509_get0_notBefore(cert), &ok1);
	*to = asn1_time_seconds(X509_get0_notAfter(cert), &ok2);
	return ok1 && ok2 && time >= *from && time <= *to;
}

static void
judge_time(const struct path_input *in, struct path_result *r, int depth)
{
	struct path_certificate *pc = &r->certificates[depth];
	char label[120], when[TEXT_TIME_SIZE];
	int64_t from, to;

	pc->in_time = is_in_time(pc->cert, in->time, &from, &to);
	/* An end entity that is trusted itself is no anchor for others: its dates always count. */
	if (pc->in_time || (pc->is_anchor && depth > 0 && in->ignore_anchor_dates))
		return;
	cert_label(pc->cert, label, sizeof(label));
	if (in->time < from)
		add_problem(r, SUB_OUT_OF_BOUNDS_NO_POE, depth,
		    "the certificate \"%s\" is not valid before %s", label, text_time(when, from));
	else
		add_problem(r, SUB_OUT_OF_BOUNDS_NO_POE, depth,
		    "the certificate \"%s\" expired on %s", label, text_time(when, to));
}

static void
judge_revocation(struct path_certificate *pc, const struct cert_facts *f)
{
	const char *why = pc->is_anchor		  ? "trust anchor"
			  : f == NULL		  ? NULL
			  : f->assured_short_term ? "validity-assured short-term certificate"
			  : f->ocsp_no_check	  ? "ocsp-nocheck"
						  : "noRevAvail";

	pc->needs_revocation = !pc->is_anchor && (f == NULL || cert_facts_need_revocation(f));
	if (!pc->needs_revocation)
		snprintf(pc->why_not, sizeof(pc->why_not), "%s", why);
}

static void
judge_certificate(const struct path_input *in, struct path_result *r, int depth)
{
	struct path_certificate *pc = &r->certificates[depth];
	struct error err = ERROR_INIT;
	struct cert_facts f;
	char label[120], why[160] = "";
	int have_facts = cert_facts_read(&f, pc->cert, &err) == 0;

	cert_label(pc->cert, label, sizeof(label));
	judge_time(in, r, depth);
	judge_revocation(pc, have_facts ? &f : NULL);
	if (!have_facts)
		add_problem(r, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, depth,
		    "the certificate \"%s\" cannot be read: %s", label, err.text);
	else if (depth == 0 && purpose_leaf(in->purpose, &f, why, sizeof(why)) != 0)
		add_problem(r, SUB_CHAIN_CONSTRAINTS_FAILURE, depth, "the certificate \"%s\" %s",
		    label, why);
	else if (depth > 0 && purpose_ca(in->purpose, &f, why, sizeof(why)) != 0)
		add_problem(
		    r, SUB_CHAIN_CONSTRAINTS_FAILURE, depth, "the CA \"%s\" %s", label, why);
	if (have_facts)
		cert_facts_release(&f);
}

static int
take_chain(
    X509_STORE_CTX *ctx, const struct path_input *in, struct path_result *r, struct error *err)
{
	int i, n;

	r->chain = X509_STORE_CTX_get1_chain(ctx);
	if (r->chain == NULL)
		r->chain = sk_X509_new_null();
	if (r->chain == NULL)
		return error_memory(err);
	if (sk_X509_num(r->chain) == 0) {
		if (X509_up_ref(in->cert) != 1)
			return error_memory(err);
		if (sk_X509_push(r->chain, in->cert) <= 0) {
			X509_free(in->cert);
			return error_memory(err);
		}
	}
	n = sk_X509_num(r->chain);
	r->certificates = calloc((size_t)n, sizeof(*r->certificates));
	if (r->certificates == NULL)
		return error_memory(err);
	r->certificate_count = (size_t)n;
	for (i = 0; i < n; i++)
		r->certificates[i].cert = sk_X509_value(r->chain, i);
	if (certs_hold(in->anchors, sk_X509_value(r->chain, n - 1))) {
		r->certificates[n - 1].is_anchor = 1;
		r->anchor = sk_X509_value(r->chain, n - 1);
	}
	return 0;
}

static int
weight(enum sub_indication sub)
{
	size_t i;

	for (i = 0; i < GRAVITIES && gravity[i] != sub; i++)
		continue;
	return (int)i;
}

static int
by_gravity(const void *a, const void *b)
{
	const struct path_problem *x = a, *y = b;
	int difference = weight(x->sub) - weight(y->sub);

	return difference != 0 ? difference : x->depth - y->depth;
}

static void
conclude(struct path_result *r)
{
	if (r->anchor == NULL)
		add_finding(r, finding_of(X509_V_ERR_CERT_UNTRUSTED), (int)r->certificate_count - 1,
		    r->certificates[r->certificate_count - 1].cert);
	qsort(r->problems, r->problem_count, sizeof(r->problems[0]), by_gravity);
	r->ok = r->problem_count == 0;
	if (r->ok)
		return;
	r->sub = r->problems[0].sub;
	snprintf(r->text, sizeof(r->text), "%s", r->problems[0].text);
}

static int
validate(const struct path_input *in, STACK_OF(X509) * untrusted, struct path_result *r,
    struct error *err)
{
	struct run run = { in, r };
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int i, valid, rc = -1;

	memset(r, 0, sizeof(*r));
	if (ctx == NULL)
		return error_memory(err);
	if (set_up(ctx, &run, untrusted, err) != 0)
		goto done;
	valid = X509_verify_cert(ctx);
	if (X509_STORE_CTX_get_error(ctx) == X509_V_ERR_OUT_OF_MEM) {
		error_memory(err);
		goto done;
	}
	if (take_chain(ctx, in, r, err) != 0)
		goto done;
	for (i = 0; i < (int)r->certificate_count; i++)
		judge_certificate(in, r, i);
	/* OpenSSL stopped without telling the callback why. */
	if (valid != 1 && r->problem_count == 0)
		add_finding(r, &other_finding, 0, in->cert);
	conclude(r);
	rc = 0;
done:
	ERR_clear_error();
	X509_STORE_CTX_free(ctx);
	if (rc != 0)
		path_result_release(r);
	return rc;
}

/* What is self-signed and no anchor leads nowhere, but would be taken before a cross-certificate.
 */
static STACK_OF(X509) * without_dead_ends(const struct path_input *in)
{
	STACK_OF(X509) *kept = sk_X509_new_null();
	X509 *cert;
	int i;

	for (i = 0; kept != NULL && i < sk_X509_num(in->untrusted); i++) {
		cert = sk_X509_value(in->untrusted, i);
		if (cert_is_self_issued(cert) && !certs_hold(in->anchors, cert))
			continue;
		if (sk_X509_push(kept, cert) <= 0) {
			sk_X509_free(kept);
			return NULL;
		}
	}
	return kept;
}

int
path_validate(const struct path_input *in, struct path_result *r, struct error *err)
{
	STACK_OF(X509) *useful = without_dead_ends(in);
	int rc;

	memset(r, 0, sizeof(*r));
	if (useful == NULL)
		return error_memory(err);
	rc = validate(in, useful, r, err);
	/* No path: once more with all of them, to tell where it does lead. */
	if (rc == 0 && r->sub == SUB_NO_CERTIFICATE_CHAIN_FOUND &&
	    sk_X509_num(useful) < sk_X509_num(in->untrusted)) {
		path_result_release(r);
		rc = validate(in, in->untrusted, r, err);
	}
	sk_X509_free(useful);
	return rc;
}

void
path_result_release(struct path_result *r)
{
	sk_X509_pop_free(r->chain, X509_free);
	free(r->certificates);
	memset(r, 0, sizeof(*r));
}

const struct path_certificate *
path_first_revocation_need(const struct path_result *r)
{
	size_t i;

	for (i = 0; i < r->certificate_count; i++)
		if (r->certificates[i].needs_revocation)
			return &r->certificates[i];
	return NULL;
}
