/* signing/x509/profile.h: what a profile puts into a certificate. Inside of signing/x509 only. */
#ifndef SIGNET_SIGNING_X509_PROFILE_H
#define SIGNET_SIGNING_X509_PROFILE_H

#include "signing/x509/issue.h"

struct profile {
	int is_ca;
	unsigned int key_usage; /* KU_ of OpenSSL */
	const char *eku[2];
	int eku_critical;
	int days_max;
};
extern const struct profile profiles[ISSUE_PROFILES];

/*
 * Add all extensions to a certificate whose names and key are set; `issuer` is NULL for a root. -1
 * without err where OpenSSL or memory failed, with err for a name that cannot stand there.
 */
int profile_extensions(
    X509 *x, const struct issue_request *request, const X509 *issuer, struct error *err);

#endif
