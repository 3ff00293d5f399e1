/* signing/x509/revocation_scope.h: which lists are about a certificate. For revocation*.c only. */
#ifndef SIGNET_SIGNING_X509_REVOCATION_SCOPE_H
#define SIGNET_SIGNING_X509_REVOCATION_SCOPE_H

#include "signing/x509/revocation_parts.h"

/* One distribution point of a certificate; looks into the extension. */
struct crl_point {
	const DIST_POINT_NAME *name;
	const GENERAL_NAMES *issuer; /* cRLIssuer */
	unsigned int reasons;
	const X509_NAME *assumed; /* of the one that section 6.3.3 assumes: its name; or NULL */
	int among_others;	  /* the certificate has distribution points of its own */
};
/* Names relative to an issuer are made whole in *dp. */
struct crl_point crl_point_of(const struct revocation_run *run, DIST_POINT *dp);
/* The one that is assumed at the end of section 6.3.3, named as the certificate's issuer. */
struct crl_point crl_point_assumed(const struct revocation_run *run, int among_others);

/* (b)(1): whose list it must be. */
int crl_is_by_issuer(
    const struct revocation_run *run, const struct crl_facts *f, const struct crl_point *p);
/* NULL, or why the certificate is out of the list's scope: the rest of a sentence. */
const char *crl_fault_of_scope(
    const struct revocation_run *run, const struct crl_facts *f, const struct crl_point *p);
int crl_points_meet(const DIST_POINT_NAME *a, const DIST_POINT_NAME *b);

#endif
