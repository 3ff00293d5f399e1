/* RFC 5280 section 6.1 over one chain: each rule in a function of its own. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/x509/cert.h"
#include "signing/x509/path_parts.h"

#define GENERAL	       SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE
#define EXTENSIONS_MAX 100

/* The chain that is judged. */
struct rules {
	const struct path_input *in;
	STACK_OF(X509) * chain;
	int complete;
	struct path_signatures *signatures;
	struct path_result *r;
};

static X509 *
at(const struct rules *c, int depth)
{
	return sk_X509_value(c->chain, depth);
}

static int
is_anchor(const struct rules *c, int depth)
{
	return c->complete && depth == sk_X509_num(c->chain) - 1;
}

__attribute__((format(printf, 4, 0))) static void
problem(const struct rules *c, enum sub_indication sub, int depth, const char *fmt)
{
	char label[120];

	cert_label(at(c, depth), label, sizeof(label));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
	path_add_problem(c->r, sub, depth, fmt, label);
#pragma GCC diagnostic pop
}

/* ---- each certificate by itself ---- */

static int
has_twins(X509 *cert)
{
	int count = X509_get_ext_count(cert), i;
	const ASN1_OBJECT *oid;

	if (count > EXTENSIONS_MAX)
		return 1;
	for (i = 0; i < count; i++) {
		oid = X509_EXTENSION_get_object(X509_get_ext(cert, i));
		if (X509_get_ext_by_OBJ(cert, oid, i) >= 0)
			return 1;
	}
	return 0;
}

/* What OpenSSL takes for known and nothing here looks at: RFC 3779, and Netscape's. */
static int
is_critical(X509 *cert, int nid)
{
	int i = X509_get_ext_by_NID(cert, nid, -1);

	return i >= 0 && X509_EXTENSION_get_critical(X509_get_ext(cert, i));
}

static int
has_unknown_critical(X509 *cert)
{
	return (X509_get_extension_flags(cert) & EXFLAG_CRITICAL) ||
	       is_critical(cert, NID_sbgp_ipAddrBlock) ||
	       is_critical(cert, NID_sbgp_autonomousSysNum) ||
	       is_critical(cert, NID_netscape_cert_type);
}

static int
has_explicit_curve(X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	int is = 0;

	return key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	       EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is) ==
		   1 &&
	       is != 0;
}

static int
has_no_name_at_all(X509 *cert)
{
	GENERAL_NAMES *names;
	int i = X509_get_ext_by_NID(cert, NID_subject_alt_name, -1), empty;

	if (i < 0)
		return 0;
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	empty = sk_GENERAL_NAME_num(names) <= 0;
	GENERAL_NAMES_free(names);
	return empty;
}

static int
algorithms_differ(X509 *cert)
{
	const X509_ALGOR *outer, *inner = X509_get0_tbs_sigalg(cert);

	X509_get0_signature(NULL, &outer, cert);
	return X509_ALGOR_cmp(outer, inner) != 0;
}

/* The sections of RFC 5280 are in the order of the sentences: 4.1.1.2, 4.1.2.1, 4.1.2.4, 4.2, ...
 */
static void
check_itself(const struct rules *c, int depth)
{
	X509 *cert = at(c, depth);
	uint32_t flags = X509_get_extension_flags(cert);
	const char *fault;

	if (algorithms_differ(cert))
		problem(c, GENERAL, depth,
		    "the certificate \"%s\" names one signature algorithm inside and another "
		    "outside of what is signed");
	if (X509_get_version(cert) != X509_VERSION_3 && X509_get_ext_count(cert) > 0)
		problem(c, GENERAL, depth,
		    "the certificate \"%s\" has extensions but is not of version 3");
	if (X509_NAME_entry_count(X509_get_issuer_name(cert)) == 0)
		problem(c, GENERAL, depth, "the certificate \"%s\" names no issuer");
	if ((depth > 0 || (flags & EXFLAG_CA)) &&
	    X509_NAME_entry_count(X509_get_subject_name(cert)) == 0)
		problem(c, GENERAL, depth, "the certificate \"%s\" of a CA names no subject");
	if (has_twins(cert))
		problem(c, GENERAL, depth,
		    "the certificate \"%s\" has an extension twice, or too many of them");
	if (has_no_name_at_all(cert))
		problem(c, GENERAL, depth,
		    "the certificate \"%s\" has an alternative name that is empty or cannot be "
		    "read");
	if (has_unknown_critical(cert))
		problem(c, GENERAL, depth,
		    "the certificate \"%s\" has a critical extension that is not known here");
	if (flags & EXFLAG_PROXY)
		problem(c, GENERAL, depth, "the certificate \"%s\" is a proxy certificate");
	if (has_explicit_curve(cert))
		problem(c, GENERAL, depth,
		    "the key of \"%s\" gives its curve by explicit parameters instead of a name");
	if (c->in->strict_profile &&
	    (fault = path_profile_fault(cert, is_anchor(c, depth) && depth > 0)) != NULL) {
		char label[120];

		path_add_problem(c->r, GENERAL, depth, "the certificate \"%s\" %s",
		    cert_label(cert, label, sizeof(label)), fault);
	}
}

/* ---- what an issuer must be ---- */

/* A root of version 1 has no extension to say that it is a CA's; as an anchor it needs none. */
static int
may_issue(const struct rules *c, int depth)
{
	X509 *cert = at(c, depth);
	uint32_t flags = X509_get_extension_flags(cert);
	int signs = !(flags & EXFLAG_KUSAGE) || (X509_get_key_usage(cert) & KU_KEY_CERT_SIGN) != 0;

	if ((flags & EXFLAG_BCONS) || !is_anchor(c, depth))
		return (flags & EXFLAG_BCONS) && (flags & EXFLAG_CA) && signs;
	if (X509_get_version(cert) == X509_VERSION_1)
		return cert_is_self_issued(cert);
	return c->in->anchor_rules == PATH_ANCHOR_CONSTRAINTS && signs;
}

static int
is_self_issued(const struct rules *c, int depth)
{
	return (X509_get_extension_flags(at(c, depth)) & EXFLAG_SI) != 0;
}

/* CAs between the leaf and this certificate that count for its path length. */
static long
cas_below(const struct rules *c, int depth)
{
	long count = 0;
	int i;

	for (i = 1; i < depth; i++)
		count += !is_self_issued(c, i);
	return count;
}

static void
check_issuer(const struct rules *c, int depth)
{
	long length = X509_get_pathlen(at(c, depth));

	if (!may_issue(c, depth))
		problem(
		    c, GENERAL, depth, "the certificate \"%s\" issued another but is not a CA's");
	if (length >= 0 && cas_below(c, depth) > length)
		problem(c, SUB_CHAIN_CONSTRAINTS_FAILURE, depth,
		    "more CAs follow below \"%s\" than its path length allows");
	path_name_constraints(c->in, c->chain, depth, c->r);
}

static void
check_signature(const struct rules *c, int depth)
{
	if (depth + 1 >= sk_X509_num(c->chain))
		return;
	if (X509_get0_pubkey(at(c, depth + 1)) == NULL)
		problem(c, GENERAL, depth + 1, "the public key of \"%s\" cannot be used");
	else if (!path_signature_good(c->signatures, at(c, depth), at(c, depth + 1)))
		problem(c, GENERAL, depth, "the signature of the certificate \"%s\" is broken");
}

static void
check_length(const struct rules *c)
{
	int last = sk_X509_num(c->chain) - 1;

	if (c->in->path_length_plus_one == 0 || last < 1)
		return;
	if (cas_below(c, last) > (long)c->in->path_length_plus_one - 1)
		problem(c, SUB_CHAIN_CONSTRAINTS_FAILURE, last,
		    "more CAs follow below \"%s\" than are allowed");
}

/* ---- policies ---- */

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

static STACK_OF(ASN1_OBJECT) * wanted_policies(const struct path_input *in, struct error *err)
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
	if (rc == 0)
		return oids;
	sk_ASN1_OBJECT_pop_free(oids, ASN1_OBJECT_free);
	return NULL;
}

static void
tell_policies(const struct rules *c, X509_POLICY_TREE *tree)
{
	STACK_OF(X509_POLICY_NODE) *nodes = X509_policy_tree_get0_user_policies(tree);
	int i;

	for (i = 0; i < sk_X509_POLICY_NODE_num(nodes) && c->r->policy_count < PATH_POLICIES_MAX;
	     i++)
		OBJ_obj2txt(c->r->policies[c->r->policy_count++], sizeof(c->r->policies[0]),
		    X509_policy_node_get0_policy(sk_X509_POLICY_NODE_value(nodes, i)), 1);
}

/*
 * libcrypto's tree has room for a thousand nodes, and takes a time that grows with the square of
 * the policies of one certificate before it says so.
 */
#define POLICIES_MAX 1000

static int
has_too_many_policies(X509 *cert)
{
	CERTIFICATEPOLICIES *policies =
	    X509_get_ext_d2i(cert, NID_certificate_policies, NULL, NULL);
	POLICY_MAPPINGS *mappings = X509_get_ext_d2i(cert, NID_policy_mappings, NULL, NULL);
	const int too_many = sk_POLICYINFO_num(policies) > POLICIES_MAX ||
			     sk_POLICY_MAPPING_num(mappings) > POLICIES_MAX;

	CERTIFICATEPOLICIES_free(policies);
	sk_POLICY_MAPPING_pop_free(mappings, POLICY_MAPPING_free);
	return too_many;
}

static void
tell_too_many_policies(const struct rules *c)
{
	problem(c, SUB_CHAIN_CONSTRAINTS_FAILURE, 0,
	    "the path of \"%s\" has more certificate policies and mappings of them than are "
	    "judged");
}

static int
have_too_many_policies(const struct rules *c)
{
	int i;

	for (i = 0; i < sk_X509_num(c->chain); i++)
		if (has_too_many_policies(at(c, i)))
			return 1;
	return 0;
}

static unsigned int
policy_flags(const struct path_input *in)
{
	return X509_V_FLAG_POLICY_CHECK | (in->explicit_policy ? X509_V_FLAG_EXPLICIT_POLICY : 0) |
	       (in->inhibit_mapping ? X509_V_FLAG_INHIBIT_MAP : 0) |
	       (in->inhibit_any_policy ? X509_V_FLAG_INHIBIT_ANY : 0);
}

/*
 * OpenSSL looks at all certificates but the last, as that is an anchor. Where the anchor's own
 * policies count, it stands there once more.
 */
static int
check_policies(const struct rules *c, struct error *err)
{
	STACK_OF(ASN1_OBJECT) *wanted = wanted_policies(c->in, err);
	STACK_OF(X509) *chain = sk_X509_dup(c->chain);
	X509_POLICY_TREE *tree = NULL;
	int explicit_policy = 0, rc = -1;

	if (wanted == NULL)
		goto done;
	if (chain == NULL || ((!c->complete || c->in->anchor_rules == PATH_ANCHOR_CONSTRAINTS) &&
				 sk_X509_push(chain, at(c, sk_X509_num(c->chain) - 1)) <= 0)) {
		error_memory(err);
		goto done;
	}
	rc = 0;
	if (have_too_many_policies(c)) {
		tell_too_many_policies(c);
		goto done;
	}
	switch (X509_policy_check(&tree, &explicit_policy, chain, wanted, policy_flags(c->in))) {
	case X509_PCY_TREE_VALID:
		tell_policies(c, tree);
		break;
	case X509_PCY_TREE_FAILURE:
		problem(c, SUB_CHAIN_CONSTRAINTS_FAILURE, 0,
		    "the path of \"%s\" is not valid for any of the wanted certificate policies");
		break;
	case X509_PCY_TREE_INVALID:
		problem(c, GENERAL, 0,
		    "the certificate policies along the path of \"%s\" contradict themselves");
		break;
	default:
		/* libcrypto gives up a tree of more than a thousand nodes without a word of it. */
		if (ERR_peek_error() == 0)
			tell_too_many_policies(c);
		else
			rc = error_openssl(err, "the certificate policies could not be judged");
	}
done:
	X509_policy_tree_free(tree);
	sk_X509_free(chain);
	sk_ASN1_OBJECT_pop_free(wanted, ASN1_OBJECT_free);
	return rc;
}

int
path_rules(const struct path_input *in, STACK_OF(X509) * chain, int complete,
    struct path_signatures *signatures, struct path_result *r, struct error *err)
{
	const struct rules c = { in, chain, complete, signatures, r };
	int i, n = sk_X509_num(chain), rc;

	for (i = 0; i < n; i++) {
		check_signature(&c, i);
		if (is_anchor(&c, i) && in->anchor_rules == PATH_ANCHOR_NAME_AND_KEY && i > 0)
			continue;
		check_itself(&c, i);
		if (i > 0)
			check_issuer(&c, i);
	}
	check_length(&c);
	rc = check_policies(&c, err);
	ERR_clear_error();
	return rc;
}
