/*
 * tests/support/status.h: CRLs and OCSP answers made on the spot, signed by members of the PKI.
 * A failure to make one ends the test run.
 */
#ifndef SIGNET_TESTS_STATUS_H
#define SIGNET_TESTS_STATUS_H

#include "server/base/buf.h"
#include "tests/support/pki.h"

struct status_entry {
	X509 *cert; /* its serial number is listed */
	int64_t at;
	int reason;	       /* CRLReason; -1: none is said */
	int64_t invalid_since; /* 0: not said */
	X509 *names_issuer_of; /* certificateIssuer: the issuer of this certificate; or NULL */
};

/* All zeros but signer, key, this_update: a plain complete list of version 2. */
struct status_crl {
	X509 *signer; /* its subject is the issuer */
	EVP_PKEY *key;
	int64_t this_update, next_update; /* 0 = left out */
	long number;			  /* 0 = left out */
	long base;			  /* not 0: a delta to this number */
	/* issuingDistributionPoint, where one of these is set: */
	const char *idp_url;
	int only_user, only_ca, indirect;
	unsigned int reasons; /* ReasonFlags, bit n as 1 << n; 0 = all */
	int64_t expired_from; /* expiredCertsOnCRL */
	int unknown_critical;
	const struct status_entry *entries;
	size_t count;
};
/* By a member of the PKI, made a day before PKI_NOW for two days, with number 5. */
struct status_crl status_crl_of(enum pki_id id);
/* DER; the caller's for buf_release(). */
struct buf status_crl_make(const struct status_crl *in);

struct status_ocsp {
	X509 *cert, *issuer; /* whom it is about */
	X509 *signer;	     /* the responder; sent along unless it is the issuer */
	EVP_PKEY *key;
	int by_key;	       /* responder named by its key */
	const EVP_MD *id_hash; /* NULL: SHA-1 */
	int status;	       /* V_OCSP_CERTSTATUS_ of OpenSSL */
	int64_t revoked_at;
	int reason;				       /* -1: none is said */
	int64_t produced_at, this_update, next_update; /* next: 0 = left out */
	int64_t archive_cutoff;			       /* 0 = left out */
	X509 *cert_hash_of;			       /* certHash of this certificate; or NULL */
	struct span nonce;
	int unknown_critical;
};
/* "Good", for a member, by its issuer, made an hour before PKI_NOW for a day. */
struct status_ocsp status_ocsp_of(enum pki_id id, enum pki_id issuer);
struct buf status_ocsp_make(const struct status_ocsp *in);

/* Add or replace an extension by OpenSSL's configuration words and sign anew; the caller's. */
X509 *status_with_ext(X509 *cert, enum pki_id issuer, int nid, int critical, const char *conf);

#endif
