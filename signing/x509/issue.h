/*
 * signing/x509/issue.h: certificates of the internal PKI (RFC 5280), made and signed here.
 *
 * The profile decides BasicConstraints, KeyUsage, ExtendedKeyUsage and the longest life; the caller
 * decides names and times. Nothing here asks the clock or writes files. Serial numbers are 20
 * random bytes (top bit clear), so that no counter has to be kept.
 */
#ifndef SIGNET_SIGNING_X509_ISSUE_H
#define SIGNET_SIGNING_X509_ISSUE_H

#include <openssl/x509.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/error.h"

enum issue_profile {
	ISSUE_ROOT_CA,	       /* self-signed */
	ISSUE_INTERMEDIATE_CA, /* path length 0 unless ca_path_length says more */
	ISSUE_TLS_SERVER,      /* needs at least one DNS name or address */
	ISSUE_TLS_CLIENT,
	ISSUE_DOCUMENT_SIGNING, /* RFC 9336 documentSigning, and emailProtection that CMS tools ask
				 */
	ISSUE_TSA,		/* RFC 3161 section 2.3: critical, timeStamping alone */
	ISSUE_OCSP,		/* RFC 6960 section 4.2.2.2, with ocsp-nocheck */
	ISSUE_ENCRYPTION,	/* keyEncipherment (RSA) or keyAgreement (EC), and nothing else */
	ISSUE_PROFILES
};

#define ISSUE_NAMES_MAX 100 /* DNS names and addresses together */

/* All strings are UTF-8 and stay the caller's; NULL where absent. */
struct issue_request {
	enum issue_profile profile;
	EVP_PKEY *key;		 /* the subject's; its public half is enough, but for a root */
	const char *common_name; /* 1 to 64 characters, always needed */
	const char *organization;
	const char *organizational_unit;
	const char *country; /* two letters */
	const char *email;   /* into SubjectAltName */
	const char *const *dns_names;
	size_t dns_name_count;
	const char *const *addresses; /* IPv4 or IPv6, as text */
	size_t address_count;
	int64_t not_before, not_after;
	int ca_path_length; /* of CAs: how many CAs may follow below; 0 in a root: any number */
	/*
	 * Where revocation information is published. Without either, an end-entity certificate says
	 * by noRevAvail (RFC 9608) that there is none; a CA certificate never carries noRevAvail.
	 */
	const char *crl_url, *ocsp_url;
	const char *issuer_url; /* AIA caIssuers */
};

/* The CA that signs; both stay the caller's. The private key may be one of our provider. */
struct issuer {
	X509 *cert;
	EVP_PKEY *key;
};

/*
 * Make a certificate; `issuer` is NULL for ISSUE_ROOT_CA and needed for all others. On 0 *cert is
 * the caller's; on -1 it is NULL and err->kind is
 *   ERROR_MALFORMED    a name, address, URL or life that cannot stand in a certificate
 *   ERROR_CONFLICT     the issuer is no CA, may not issue this, or ends before the certificate
 * would ERROR_UNAVAILABLE, ERROR_INTERNAL  the key could not sign
 */
int issue_certificate(X509 **cert, const struct issue_request *request, const struct issuer *issuer,
    struct error *err);

/* A list of what the CA has revoked: nothing. */
struct issue_list {
	int64_t this_update, next_update;
	uint64_t number; /* greater in each further list (RFC 5280 section 5.2.3) */
};
/*
 * Append a CRL in DER. ERROR_CONFLICT: the issuer's certificate is not for that; ERROR_MALFORMED:
 * the times; ERROR_UNAVAILABLE, ERROR_INTERNAL: the key could not sign.
 */
int issue_crl(
    struct buf *der, const struct issue_list *list, const struct issuer *issuer, struct error *err);

/* The longest life of a profile in days. */
int issue_days_max(enum issue_profile profile);

#endif
