/* signing/trust/qualified_private.h: what the files of the determination share. For qualified*.c.
 */
#ifndef SIGNET_SIGNING_TRUST_QUALIFIED_PRIVATE_H
#define SIGNET_SIGNING_TRUST_QUALIFIED_PRIVATE_H

#include "signing/trust/qualified.h"

/* ---- what a certificate says of itself (qualified_claims.c) ---- */

#define CLAIMED_NAMES_MAX 8
struct trust_claims {
	int readable;
	int compliant; /* QcCompliance, and no law of another country is named */
	int foreign;   /* QcCClegislation: it is */
	int device;    /* QcSSCD */
	int qcp, qcp_plus;
	unsigned int types;	/* 1 << enum trust_kind, of QcType */
	int64_t issued;		/* notBefore */
	char country[8];	/* the territory that its list has; "" when none is named */
	const X509_NAME *named; /* issuer, of a time-stamping unit its subject */
};
void trust_claims_read(struct trust_claims *claims, X509 *cert, int by_subject);
/* It calls itself qualified. */
int trust_claims_any(const struct trust_claims *claims);
/* For what it would be, by what it says: CERT_ESIG, ... */
enum qualification trust_claims_kind(const struct trust_claims *claims);
/* 1 for the territory of a list of a Member State of the EU or the EEA, at the time. */
int trust_is_member_state(const char *territory, int64_t time);
/*
 * Does the name of the certificate's issuer (or subject) mean the provider? PRO-4.4.4-06,
 * PRO-4.6.4-08: its organisation is one of the provider's names, white space and case aside; where
 * it has none, its common name is, or all of it is a subject name of the service.
 */
int trust_names_provider(const struct trust_claims *claims, const struct trust_entry *entry,
    const struct trust_instance *at);

/* ---- qualifiers (qualify.c) ---- */

enum trust_qualifier {
	QUALIFIER_STATEMENT = 1 << 0, /* QCStatement */
	QUALIFIER_NOT = 1 << 1,	      /* NotQualified */
	QUALIFIER_ESIG = 1 << 2,
	QUALIFIER_ESEAL = 1 << 3,
	QUALIFIER_WSA = 1 << 4,
	QUALIFIER_LEGAL_PERSON = 1 << 5,
	QUALIFIER_QSCD = 1 << 6, /* QCWithQSCD */
	QUALIFIER_NO_QSCD = 1 << 7,
	QUALIFIER_QSCD_AS_IN_CERT = 1 << 8,
	QUALIFIER_QSCD_MANAGED = 1 << 9, /* QCQSCDManagedOnBehalf */
	QUALIFIER_SSCD = 1 << 10,	 /* of the directive: QCWithSSCD */
	QUALIFIER_NO_SSCD = 1 << 11,
	QUALIFIER_SSCD_AS_IN_CERT = 1 << 12,
	QUALIFIER_UNKNOWN = 1 << 13,
	QUALIFIER_UNKNOWN_CRITICAL = 1 << 14,
	QUALIFIER_UNDECIDED = 1 << 15 /* a criterion could not be decided */
};
/* All that an instance gives to a certificate. */
unsigned int trust_qualifier_set(const struct trust_instance *instance, X509 *cert);
/* Append the names of those in `set`, by commas; returns out. */
char *trust_qualifier_text(unsigned int set, char *out, size_t size);

#endif
