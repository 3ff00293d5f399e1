/*
 * Name constraints, RFC 5280 section 4.2.1.10. OpenSSL compares names with subtrees; here is what
 * it does not look at: constraints and names that are not well formed, wild cards, and types of
 * names that nobody can compare.
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>

#include "signing/x509/cert.h"
#include "signing/x509/path_parts.h"

static struct span
text_of(const ASN1_STRING *s)
{
	return (struct span){ ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s) };
}

/* Letters, digits, hyphens and (they are in use) underscores; labels of 1 to 63, no empty one. */
static int
is_host(struct span s)
{
	size_t i, label = 0;

	if (s.len == 0 || s.len > 253)
		return 0;
	for (i = 0; i < s.len; i++) {
		unsigned char c = s.data[i];

		if (c == '.') {
			if (label == 0)
				return 0;
			label = 0;
		} else if (++label > 63 || !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
					       (c >= 'A' && c <= 'Z') || c == '-' || c == '_')) {
			return 0;
		}
	}
	return label > 0;
}

static int
is_dns_name(struct span s)
{
	if (s.len > 2 && s.data[0] == '*' && s.data[1] == '.')
		s = (struct span){ s.data + 2, s.len - 2 };
	return is_host(s);
}

/* local-part@host, the local part without white space and a second '@' (quoting is refused). */
static int
is_mailbox(struct span s)
{
	const unsigned char *at = memchr(s.data, '@', s.len);
	size_t i, local;

	if (at == NULL)
		return 0;
	local = (size_t)(at - s.data);
	for (i = 0; i < local; i++)
		if (s.data[i] <= ' ' || s.data[i] > '~' || s.data[i] == '"')
			return 0;
	return local > 0 && is_host((struct span){ at + 1, s.len - local - 1 });
}

static int
is_email_subtree(struct span s)
{
	if (s.len > 0 && memchr(s.data, '@', s.len) != NULL)
		return is_mailbox(s);
	if (s.len > 0 && s.data[0] == '.')
		s = (struct span){ s.data + 1, s.len - 1 };
	return is_host(s);
}

static int
is_uri_subtree(struct span s)
{
	if (s.len > 0 && s.data[0] == '.')
		s = (struct span){ s.data + 1, s.len - 1 };
	return is_host(s);
}

/* Address and mask: the mask's ones come first. */
static int
is_network(struct span s)
{
	size_t half = s.len / 2, i;
	int ended = 0;

	if (s.len != 8 && s.len != 32)
		return 0;
	for (i = 0; i < half * 8; i++) {
		int bit = s.data[half + i / 8] >> (7 - i % 8) & 1;

		if (bit && ended)
			return 0;
		ended |= !bit;
	}
	return 1;
}

static int
is_subtree(const GENERAL_SUBTREE *tree)
{
	const GENERAL_NAME *base = tree->base;
	struct span s;

	switch (base->type) {
	case GEN_DNS:
		s = text_of(base->d.dNSName);
		return s.len == 0 || is_host(s);
	case GEN_EMAIL:
		s = text_of(base->d.rfc822Name);
		return s.len == 0 || is_email_subtree(s);
	case GEN_URI:
		return is_uri_subtree(text_of(base->d.uniformResourceIdentifier));
	case GEN_IPADD:
		return is_network(text_of(base->d.iPAddress));
	default:
		return 1;
	}
}

/* As many as anybody could compare by hand. */
static int
are_subtrees(const STACK_OF(GENERAL_SUBTREE) * trees)
{
	int i;

	for (i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++)
		if (!is_subtree(sk_GENERAL_SUBTREE_value(trees, i)))
			return 0;
	return 1;
}

static int
ends_with_label(struct span host, struct span parent)
{
	const unsigned char *dot = memchr(host.data, '.', host.len);

	return dot != NULL && (size_t)(host.data + host.len - dot - 1) == parent.len &&
	       strncasecmp((const char *)dot + 1, (const char *)parent.data, parent.len) == 0;
}

/* "*.example.org" stands for "a.example.org", too, which may be excluded. */
static int
wild_card_reaches(struct span name, const GENERAL_NAME *base)
{
	struct span parent;

	if (base->type != GEN_DNS || name.len < 3 || name.data[0] != '*' || name.data[1] != '.')
		return 0;
	parent = (struct span){ name.data + 2, name.len - 2 };
	return ends_with_label(text_of(base->d.dNSName), parent);
}

static int
constrains(const STACK_OF(GENERAL_SUBTREE) * trees, int type)
{
	int i;

	for (i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++)
		if (sk_GENERAL_SUBTREE_value(trees, i)->base->type == type)
			return 1;
	return 0;
}

static int
can_be_compared(const GENERAL_NAME *name)
{
	switch (name->type) {
	case GEN_DNS:
		return is_dns_name(text_of(name->d.dNSName));
	case GEN_EMAIL:
		return is_mailbox(text_of(name->d.rfc822Name));
	case GEN_URI:
	case GEN_IPADD:
	case GEN_DIRNAME:
		return 1; /* OpenSSL refuses what it cannot take apart */
	default:
		return 0;
	}
}

/* One alternative name against one certificate's constraints, beside what OpenSSL looks at. */
static const char *
fault_of_name(const GENERAL_NAME *name, const NAME_CONSTRAINTS *nc)
{
	int i;

	if (!constrains(nc->permittedSubtrees, name->type) &&
	    !constrains(nc->excludedSubtrees, name->type))
		return NULL;
	if (!can_be_compared(name))
		return "has a name that cannot be compared with what a CA above it may certify";
	if (name->type != GEN_DNS)
		return NULL;
	for (i = 0; i < sk_GENERAL_SUBTREE_num(nc->excludedSubtrees); i++)
		if (wild_card_reaches(text_of(name->d.dNSName),
			sk_GENERAL_SUBTREE_value(nc->excludedSubtrees, i)->base))
			return "has a name that a CA above it must not certify";
	return NULL;
}

/* ---- many names ---- */

static void
drop_other_names(GENERAL_NAMES *names, int type)
{
	int i;

	for (i = sk_GENERAL_NAME_num(names) - 1; i >= 0; i--)
		if (sk_GENERAL_NAME_value(names, i)->type != type)
			GENERAL_NAME_free(sk_GENERAL_NAME_delete(names, i));
}

/* A copy of the certificate whose alternative names are of this type alone; NULL without memory. */
static X509 *
with_names_of(const X509 *cert, int type)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	X509 *copy = X509_dup(cert);
	int at, ok = copy != NULL;

	if (ok && names != NULL) {
		at = X509_get_ext_by_NID(copy, NID_subject_alt_name, -1);
		X509_EXTENSION_free(X509_delete_ext(copy, at));
		drop_other_names(names, type);
		if (sk_GENERAL_NAME_num(names) > 0)
			ok = X509_add1_ext_i2d(copy, NID_subject_alt_name, names, 0, 0) == 1;
	}
	GENERAL_NAMES_free(names);
	if (ok && X509_check_purpose(copy, -1, 0) == 1)
		return copy;
	X509_free(copy);
	return NULL;
}

/* Those of the type, which stay their owner's. */
static STACK_OF(GENERAL_SUBTREE) * subtrees_of(const STACK_OF(GENERAL_SUBTREE) * trees, int type)
{
	STACK_OF(GENERAL_SUBTREE) *some = NULL;
	int i;

	for (i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++) {
		GENERAL_SUBTREE *tree = sk_GENERAL_SUBTREE_value(trees, i);

		if (tree->base->type != type)
			continue;
		if (some == NULL)
			some = sk_GENERAL_SUBTREE_new_null();
		if (some == NULL || sk_GENERAL_SUBTREE_push(some, tree) <= 0)
			break;
	}
	return some;
}

static int
check_type(const X509 *cert, const NAME_CONSTRAINTS *nc, int type)
{
	NAME_CONSTRAINTS some = { subtrees_of(nc->permittedSubtrees, type),
		subtrees_of(nc->excludedSubtrees, type) };
	int code = X509_V_OK;
	X509 *copy = NULL;

	if (some.permittedSubtrees != NULL || some.excludedSubtrees != NULL) {
		copy = with_names_of(cert, type);
		code = copy != NULL ? NAME_CONSTRAINTS_check(copy, &some) : X509_V_ERR_UNSPECIFIED;
	}
	X509_free(copy);
	sk_GENERAL_SUBTREE_free(some.permittedSubtrees);
	sk_GENERAL_SUBTREE_free(some.excludedSubtrees);
	return code;
}

/*
 * OpenSSL refuses where names times subtrees are above a million, of whatever types. Names are only
 * compared with subtrees of their own type, so that is what is counted here.
 */
static int
check_names(X509 *cert, NAME_CONSTRAINTS *nc)
{
	int code = NAME_CONSTRAINTS_check(cert, nc), type;

	if (code != X509_V_ERR_UNSPECIFIED)
		return code;
	code = X509_V_OK;
	for (type = GEN_OTHERNAME; type <= GEN_RID && code == X509_V_OK; type++)
		code = check_type(cert, nc, type);
	return code;
}

static const char *
fault_of_openssl(int code)
{
	switch (code) {
	case X509_V_OK:
		return NULL;
	case X509_V_ERR_PERMITTED_VIOLATION:
		return "has a name that a CA above it may not certify";
	case X509_V_ERR_EXCLUDED_VIOLATION:
		return "has a name that a CA above it must not certify";
	case X509_V_ERR_UNSPECIFIED:
		return "has more names than can be compared with the constraints of a CA above it";
	default:
		return "has a name that cannot be compared with what a CA above it may certify";
	}
}

/* Bytes of names, times constraints that each is compared with, in a microsecond. */
#define COMPARED_PER_UNIT 200

static int
is_paid(const struct path_input *in, const X509 *cert, const NAME_CONSTRAINTS *nc)
{
	const int at = X509_get_ext_by_NID(cert, NID_subject_alt_name, -1),
		  permitted = sk_GENERAL_SUBTREE_num(nc->permittedSubtrees),
		  excluded = sk_GENERAL_SUBTREE_num(nc->excludedSubtrees),
		  subject = i2d_X509_NAME(X509_get_subject_name(cert), NULL);
	uint64_t bytes = subject > 0 ? (uint64_t)subject : 0, trees = 1;

	if (at >= 0)
		bytes +=
		    (uint64_t)ASN1_STRING_length(X509_EXTENSION_get_data(X509_get_ext(cert, at)));
	trees += (uint64_t)(permitted > 0 ? permitted : 0);
	trees += (uint64_t)(excluded > 0 ? excluded : 0);
	return work_spend(in->work, bytes * trees / COMPARED_PER_UNIT);
}

static const char *
fault_of(const struct path_input *in, X509 *cert, NAME_CONSTRAINTS *nc, int depth)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	const char *fault = fault_of_openssl(check_names(cert, nc));
	int i;

	if (fault == NULL && depth == 0 && in->purpose == PATH_TLS_SERVER)
		fault = fault_of_openssl(NAME_CONSTRAINTS_check_CN(cert, nc));
	for (i = 0; fault == NULL && i < sk_GENERAL_NAME_num(names); i++)
		fault = fault_of_name(sk_GENERAL_NAME_value(names, i), nc);
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return fault;
}

void
path_name_constraints(
    const struct path_input *in, STACK_OF(X509) * chain, int depth, struct path_result *r)
{
	X509 *ca = sk_X509_value(chain, depth), *cert;
	int critical, i;
	NAME_CONSTRAINTS *nc = X509_get_ext_d2i(ca, NID_name_constraints, &critical, NULL);
	const char *fault;
	char label[120];

	cert_label(ca, label, sizeof(label));
	if (nc == NULL && critical != -1)
		path_add_problem(r, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, depth,
		    "the name constraints of \"%s\" cannot be read", label);
	if (nc == NULL)
		return;
	if (!are_subtrees(nc->permittedSubtrees) || !are_subtrees(nc->excludedSubtrees))
		path_add_problem(r, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, depth,
		    "the name constraints of \"%s\" are not well formed", label);
	for (i = depth - 1; i >= 0; i--) {
		cert = sk_X509_value(chain, i);
		/* RFC 5280 section 6.1.3 (b): not of self-issued CAs. */
		if (i > 0 && (X509_get_extension_flags(cert) & EXFLAG_SI))
			continue;
		fault = is_paid(in, cert, nc) ? fault_of(in, cert, nc, i)
					      : fault_of_openssl(X509_V_ERR_UNSPECIFIED);
		if (fault != NULL)
			path_add_problem(r, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, i,
			    "the certificate \"%s\" %s", cert_label(cert, label, sizeof(label)),
			    fault);
	}
	NAME_CONSTRAINTS_free(nc);
}
