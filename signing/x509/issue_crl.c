/* Lists of what a CA of ours has revoked, which so far is nothing. */
#include <openssl/x509v3.h>
#include <stdio.h>

#include "signing/core/alg.h"
#include "signing/core/ossl.h"
#include "signing/x509/issue.h"

static int
set_times(X509_CRL *crl, const struct issue_list *list)
{
	ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)list->this_update);
	ASN1_TIME *to = ASN1_TIME_set(NULL, (time_t)list->next_update);
	const int ok = from != NULL && to != NULL && X509_CRL_set1_lastUpdate(crl, from) == 1 &&
		       X509_CRL_set1_nextUpdate(crl, to) == 1;

	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	return ok;
}

/* cRLNumber and the identifier of the issuer's key (RFC 5280 sections 5.2.1 and 5.2.3). */
static int
add_extensions(X509_CRL *crl, const struct issue_list *list, X509 *issuer)
{
	AUTHORITY_KEYID *aki = AUTHORITY_KEYID_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(issuer);
	int ok = aki != NULL && number != NULL && id != NULL &&
		 (aki->keyid = ASN1_OCTET_STRING_dup(id)) != NULL &&
		 ASN1_INTEGER_set_uint64(number, list->number) == 1;

	ok = ok && X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, aki, 0, 0) == 1 &&
	     X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1;
	AUTHORITY_KEYID_free(aki);
	ASN1_INTEGER_free(number);
	return ok;
}

int
issue_crl(
    struct buf *der, const struct issue_list *list, const struct issuer *issuer, struct error *err)
{
	X509_CRL *crl;
	int rc = -1;

	if (!(X509_get_key_usage(issuer->cert) & KU_CRL_SIGN))
		return error_set(
		    err, ERROR_CONFLICT, "the issuer's certificate is not for signing CRLs");
	if (list->next_update <= list->this_update)
		return error_set(err, ERROR_MALFORMED, "the CRL would end before it begins");
	crl = X509_CRL_new();
	if (crl == NULL)
		return error_memory(err);
	if (X509_CRL_set_version(crl, X509_CRL_VERSION_2) != 1 ||
	    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->cert)) != 1 ||
	    !set_times(crl, list) || !add_extensions(crl, list, issuer->cert))
		error_openssl(err, "the CRL could not be put together");
	else if (X509_CRL_sign(crl, issuer->key, digest_md(key_default_digest(issuer->key))) <= 0)
		error_openssl(err, "the issuer's key could not sign the CRL");
	else
		rc = OSSL_APPEND_DER(X509_CRL, crl, der, err);
	X509_CRL_free(crl);
	return rc;
}
