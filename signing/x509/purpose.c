#include "signing/x509/purpose.h"

#include <openssl/x509v3.h>
#include <stdio.h>

/*
 * What each purpose asks. key_usage: one of these bits, where the extension is there. eku: one of
 * these, where the extension is there (eku_needed: it must be).
 *
 * Signing lists the EKUs that signers' certificates have in the field; one that names only others
 * (a TLS server's, a time-stamping authority's) was not made for documents.
 */
static const struct purpose_row {
	unsigned int key_usage;
	unsigned int eku;
	int eku_needed;
	int cas_are_bound; /* an EKU in a CA's certificate limits what it issues */
	const char *what;
} rows[PATH_PURPOSES] = {
	[PATH_ANY] = { 0, 0, 0, 0, "" },
	[PATH_SIGNING] = { KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION,
	    CERT_EKU_DOCUMENT | CERT_EKU_EMAIL | CERT_EKU_CLIENT | CERT_EKU_ANY | CERT_EKU_OTHER, 0,
	    0, "sign documents" },
	[PATH_TLS_CLIENT] = { KU_DIGITAL_SIGNATURE, CERT_EKU_CLIENT | CERT_EKU_ANY, 0, 1,
	    "be used as a TLS client's" },
	[PATH_TLS_SERVER] = { KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT,
	    CERT_EKU_SERVER | CERT_EKU_ANY, 0, 1, "be used as a TLS server's" },
	[PATH_TIMESTAMPING] = { KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION, CERT_EKU_TIMESTAMP, 1, 1,
	    "sign time stamps" },
	[PATH_OCSP_SIGNING] = { KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION, CERT_EKU_OCSP, 1, 1,
	    "sign OCSP answers" },
};

int
purpose_leaf(enum path_purpose purpose, const struct cert_facts *f, char *why, size_t size)
{
	const struct purpose_row *row = &rows[purpose];

	if (purpose == PATH_ANY)
		return 0;
	if (f->has_key_usage && !(f->key_usage & row->key_usage))
		snprintf(why, size, "may not %s: its key usage does not allow it", row->what);
	else if (!f->has_eku && row->eku_needed)
		snprintf(why, size, "may not %s: it has no extended key usage", row->what);
	else if (f->has_eku && !(f->eku & row->eku))
		snprintf(
		    why, size, "may not %s: its extended key usage does not allow it", row->what);
	else if (purpose == PATH_TIMESTAMPING && (!f->eku_critical || f->eku != CERT_EKU_TIMESTAMP))
		snprintf(why, size,
		    "may not %s: its extended key usage must be critical and name timeStamping "
		    "alone",
		    row->what);
	else
		return 0;
	return -1;
}

int
purpose_ca(enum path_purpose purpose, const struct cert_facts *f, char *why, size_t size)
{
	const struct purpose_row *row = &rows[purpose];

	if (!row->cas_are_bound || !f->has_eku || (f->eku & (row->eku | CERT_EKU_ANY)))
		return 0;
	snprintf(why, size, "may not issue certificates for this, by its extended key usage");
	return -1;
}
