/*
 * tests/support/pki.h: a PKI made on the spot, once a process and each piece when first asked for.
 *
 *	root -- intermediate -- all signers, TSA, TLS
 *	other root -- other signer
 *
 * All times are set around PKI_NOW, which is not the real time. End-entity certificates carry
 * noRevAvail, CA certificates cannot: with pki_anchors() (intermediate and root) no revocation
 * information is needed, with pki_root_only() that of the intermediate is.
 * A failure to make a piece ends the test run: nothing here returns NULL.
 */
#ifndef SIGNET_TESTS_PKI_H
#define SIGNET_TESTS_PKI_H

#include "signing/core/alg.h"
#include "signing/x509/issue.h"

#define PKI_NOW	 INT64_C(1772362800) /* 2026-03-01T11:00:00Z */
#define PKI_DAY	 INT64_C(86400)
#define PKI_YEAR (365 * PKI_DAY)

enum pki_id {
	PKI_ROOT,
	PKI_INTERMEDIATE,
	PKI_RSA2048, /* document signers, valid from PKI_NOW - 1 year to + 1 year */
	PKI_RSA3072,
	PKI_P256,
	PKI_P384,
	PKI_P521,
	PKI_BRAINPOOL256,
	PKI_TSA,	   /* P-256, valid from PKI_NOW - 3 years to + 3 years */
	PKI_TSA_RSA,	   /* RSA-2048, as PKI_TSA */
	PKI_TSA_EXPIRED,   /* P-256, ended at PKI_NOW - 30 days */
	PKI_EXPIRED,	   /* P-256 signer, ended at PKI_NOW - 30 days (began a year earlier) */
	PKI_NOT_YET_VALID, /* P-256 signer, begins at PKI_NOW + 30 days */
	PKI_WRONG_USAGE,   /* P-256, a TLS server's certificate */
	PKI_REVOCABLE,	   /* P-256 signer with CRL and OCSP addresses instead of noRevAvail */
	PKI_TLS_SERVER,	   /* P-256: localhost, 127.0.0.1, ::1; PKI_NOW - 30 to + 300 days */
	PKI_TLS_CLIENT,	   /* P-256: "erp" */
	PKI_OTHER_ROOT,	   /* trusted by nobody */
	PKI_OTHER_SIGNER,  /* P-256, under it */
	PKI_TSA_REVOCABLE, /* as PKI_TSA, and */
	PKI_TSA_ENDED,	   /* as PKI_TSA_EXPIRED, with CRL and OCSP addresses, no noRevAvail */
	PKI_IDS
};

/*
 * Key, certificate and chain (intermediate and root) of one member, ready for the formats' makers;
 * all stay the PKI's.
 */
const struct sign_key *pki_key(enum pki_id id);
X509 *pki_cert(enum pki_id id);
/* Anchors: {intermediate, root} or {root}; and {intermediate, root} as untrusted certificates. */
STACK_OF(X509) * pki_anchors(void);
STACK_OF(X509) * pki_root_only(void);
/* A request filled as for that member, to be changed before pki_issue(). */
struct issue_request pki_request(enum pki_id id);
/* Issue by a CA of the PKI; the caller's. */
X509 *pki_issue(const struct issue_request *request, enum pki_id issuer);
/* Sign a certificate that was changed by hand anew, and decode it anew; `tweaked` is freed. */
X509 *pki_resign(X509 *tweaked, enum pki_id issuer);

#endif
