/* Which lists are about a certificate: RFC 5280 section 6.3.3 (b) and (d). */
#include "signing/x509/revocation_scope.h"

static int
names_hold(const GENERAL_NAMES *names, const X509_NAME *name)
{
	const GENERAL_NAME *g;
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		g = sk_GENERAL_NAME_value(names, i);
		if (g->type == GEN_DIRNAME && X509_NAME_cmp(g->d.directoryName, name) == 0)
			return 1;
	}
	return 0;
}

static int
names_meet(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
	int i, j;

	for (i = 0; i < sk_GENERAL_NAME_num(a); i++)
		for (j = 0; j < sk_GENERAL_NAME_num(b); j++)
			if (GENERAL_NAME_cmp(
				sk_GENERAL_NAME_value(a, i), sk_GENERAL_NAME_value(b, j)) == 0)
				return 1;
	return 0;
}

/* Names relative to the issuer were made whole (dpname) when they were read. */
int
crl_points_meet(const DIST_POINT_NAME *a, const DIST_POINT_NAME *b)
{
	if (a->type == 1 && b->type == 1)
		return a->dpname != NULL && b->dpname != NULL &&
		       X509_NAME_cmp(a->dpname, b->dpname) == 0;
	if (a->type == 1)
		return a->dpname != NULL && names_hold(b->name.fullname, a->dpname);
	if (b->type == 1)
		return b->dpname != NULL && names_hold(a->name.fullname, b->dpname);
	return names_meet(a->name.fullname, b->name.fullname);
}

static int
point_holds_name(const DIST_POINT_NAME *point, const GENERAL_NAMES *names)
{
	int i;

	if (point->type == 0)
		return names_meet(point->name.fullname, names);
	for (i = 0; point->dpname != NULL && i < sk_GENERAL_NAME_num(names); i++)
		if (names_hold(names, point->dpname))
			return 1;
	return 0;
}

static int
is_in_point(const struct crl_facts *f, const struct crl_point *p)
{
	if (f->distribution_point == NULL)
		return 1;
	if (p->assumed != NULL)
		return f->distribution_point->type == 0
			   ? names_hold(f->distribution_point->name.fullname, p->assumed)
			   : f->distribution_point->dpname != NULL &&
				 X509_NAME_cmp(f->distribution_point->dpname, p->assumed) == 0;
	if (p->name != NULL)
		return crl_points_meet(f->distribution_point, p->name);
	return p->issuer != NULL && point_holds_name(f->distribution_point, p->issuer);
}

/* (b)(1): whose list it must be. */
int
crl_is_by_issuer(
    const struct revocation_run *run, const struct crl_facts *f, const struct crl_point *p)
{
	if (p->issuer != NULL)
		return f->indirect && names_hold(p->issuer, f->issuer);
	return X509_NAME_cmp(f->issuer, X509_get_issuer_name(run->cert)) == 0;
}

/*
 * NULL, or why the certificate is out of scope. An indirect list must be tied to the certificate's
 * distribution points where it has some: by its issuer (cRLIssuer), or by its own name. That is
 * stricter than section 6.3.3, which would take it for any certificate of its issuer.
 */
const char *
crl_fault_of_scope(
    const struct revocation_run *run, const struct crl_facts *f, const struct crl_point *p)
{
	if (!is_in_point(f, p))
		return "is for another distribution point than the certificate's";
	if (f->indirect && f->distribution_point == NULL && p->issuer == NULL && p->among_others)
		return "is indirect, but the certificate names distribution points without an "
		       "issuer of lists";
	if (f->only_attribute)
		return "is for attribute certificates only";
	if (f->only_user && run->facts.is_ca)
		return "is for end entities' certificates only";
	if (f->only_ca && !run->facts.is_ca)
		return "is for CA certificates only";
	return NULL;
}

static unsigned int
reasons_of(const DIST_POINT *dp)
{
	unsigned int set = 0;
	int i;

	if (dp->reasons == NULL)
		return CRL_REASONS_ALL;
	for (i = 1; i <= 8; i++)
		if (ASN1_BIT_STRING_get_bit(dp->reasons, i))
			set |= 1u << i;
	return set;
}

/* A name relative to the issuer of the list (section 4.2.1.13) is made whole. */
static void
make_whole(const struct revocation_run *run, DIST_POINT *dp)
{
	const X509_NAME *issuer = X509_get_issuer_name(run->cert);
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(dp->CRLissuer); i++)
		if (sk_GENERAL_NAME_value(dp->CRLissuer, i)->type == GEN_DIRNAME)
			issuer = sk_GENERAL_NAME_value(dp->CRLissuer, i)->d.directoryName;
	if (dp->distpoint != NULL)
		DIST_POINT_set_dpname(dp->distpoint, issuer);
}

struct crl_point
crl_point_of(const struct revocation_run *run, DIST_POINT *dp)
{
	make_whole(run, dp);
	return (struct crl_point){ dp->distpoint, dp->CRLissuer, reasons_of(dp), NULL, 1 };
}

struct crl_point
crl_point_assumed(const struct revocation_run *run, int among_others)
{
	return (struct crl_point){ NULL, NULL, CRL_REASONS_ALL, X509_get_issuer_name(run->cert),
		among_others };
}
