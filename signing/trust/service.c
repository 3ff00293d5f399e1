#include "signing/trust/service.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "signing/core/certs.h"

#define STATUS "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
#define TYPE   "http://uri.etsi.org/TrstSvc/Svctype/"
#define BIT(p) (1u << (p))
#define ISSUES (BIT(PATH_ANY) | BIT(PATH_SIGNING) | BIT(PATH_TLS_CLIENT) | BIT(PATH_TLS_SERVER))
#define STAMPS (BIT(PATH_ANY) | BIT(PATH_TIMESTAMPING))
#define STATES (BIT(PATH_ANY) | BIT(PATH_OCSP_SIGNING))

/* TS 119 612 clause 5.5.4 and annex D.5, with those of the lists before July 2016. */
static const struct {
	const char *uri;
	int good;
} statuses[] = {
	{ STATUS "granted", 1 },
	{ STATUS "withdrawn", 0 },
	{ STATUS "recognisedatnationallevel", 1 },
	{ STATUS "deprecatedatnationallevel", 0 },
	{ STATUS "undersupervision", 1 },
	{ STATUS "supervisionincessation", 1 },
	{ STATUS "supervisionceased", 0 },
	{ STATUS "supervisionrevoked", 0 },
	{ STATUS "accredited", 1 },
	{ STATUS "accreditationceased", 0 },
	{ STATUS "accreditationrevoked", 0 },
	{ STATUS "setbynationallaw", 1 },
	{ STATUS "deprecatedbynationallaw", 0 },
};

/* Clause 5.5.1 and annex D.4: those whose certificates can end a path, and for what. */
static const struct {
	const char *uri;
	unsigned int serves;
} types[] = {
	{ TYPE "CA/QC", ISSUES },
	{ TYPE "CA/PKC", ISSUES },
	{ TYPE "NationalRootCA-QC", ISSUES | STAMPS | STATES },
	{ TYPE "TSA/QTST", STAMPS },
	{ TYPE "TSA", STAMPS },
	{ TYPE "TSA/TSS-QC", STAMPS },
	{ TYPE "TSA/TSS-AdESQCandQES", STAMPS },
	{ TYPE "Certstatus/OCSP/QC", STATES },
	{ TYPE "Certstatus/OCSP", STATES },
	{ TYPE "Certstatus/CRL/QC", 0 },
	{ TYPE "Certstatus/CRL", 0 },
	{ TYPE "EDS/Q", 0 },
	{ TYPE "EDS/REM/Q", 0 },
	{ TYPE "EDS", 0 },
	{ TYPE "EDS/REM", 0 },
	{ TYPE "PSES/Q", 0 },
	{ TYPE "PSES", 0 },
	{ TYPE "AdESValidation", 0 },
	{ TYPE "QESValidation/Q", 0 },
	{ TYPE "RemoteQSigCDManagement/Q", 0 },
	{ TYPE "RemoteQSealCDManagement/Q", 0 },
	{ TYPE "AdESGeneration", 0 },
	{ TYPE "RA", 0 },
	{ TYPE "IdV", 0 },
	{ TYPE "Archiv", 0 },
	{ TYPE "unspecified", 0 },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const struct trust_instance *
trust_service_at(const struct trust_service *service, int64_t time)
{
	size_t i;

	for (i = 0; i < service->instance_count; i++)
		if (service->instances[i].start <= time)
			return &service->instances[i];
	return NULL;
}

int
trust_status_is_good(const char *status)
{
	size_t i;

	for (i = 0; i < COUNT(statuses); i++)
		if (strcmp(statuses[i].uri, status) == 0)
			return statuses[i].good;
	return 0;
}

const char *
trust_status_uri(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(statuses); i++)
		if (strcmp(statuses[i].uri, name) == 0 ||
		    strcmp(statuses[i].uri + strlen(STATUS), name) == 0)
			return statuses[i].uri;
	return NULL;
}

const char *
trust_type_uri(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(types); i++)
		if (strcmp(types[i].uri, name) == 0 ||
		    strcmp(types[i].uri + strlen(TYPE), name) == 0)
			return types[i].uri;
	return NULL;
}

const char *
trust_short(const char *uri)
{
	if (trust_status_uri(uri) != NULL && strncmp(uri, STATUS, strlen(STATUS)) == 0)
		return uri + strlen(STATUS);
	if (trust_type_uri(uri) != NULL && strncmp(uri, TYPE, strlen(TYPE)) == 0)
		return uri + strlen(TYPE);
	return uri;
}

int
trust_type_serves(const char *type, enum path_purpose purpose)
{
	size_t i;

	for (i = 0; i < COUNT(types); i++)
		if (strcmp(types[i].uri, type) == 0)
			return (types[i].serves & BIT(purpose)) != 0;
	return 0;
}

int
trust_type_is_status(const char *type)
{
	return strncmp(type, TYPE "Certstatus/", strlen(TYPE "Certstatus/")) == 0;
}

/* ---- does an identity mean this key? ---- */

static int
sha1_is(const unsigned char *data, size_t len, struct span value)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	return EVP_Digest(data, len, digest, &n, EVP_sha1(), NULL) == 1 && value.len == n &&
	       memcmp(value.data, digest, n) == 0;
}

/* The identifier of the certificate's extension, or the SHA-1 of its key (RFC 5280 4.2.1.2). */
static int
ski_is_of(struct span ski, X509 *cert)
{
	const ASN1_OCTET_STRING *own = X509_get0_subject_key_id(cert);
	const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(cert);

	if (own != NULL && span_equal(ski, (struct span){ ASN1_STRING_get0_data(own),
					       (size_t)ASN1_STRING_length(own) }))
		return 1;
	return bits != NULL &&
	       sha1_is(ASN1_STRING_get0_data(bits), (size_t)ASN1_STRING_length(bits), ski);
}

static int
same_key(struct span der, X509 *cert)
{
	X509 *other = cert_decode(der);
	int same =
	    other != NULL && EVP_PKEY_eq(X509_get0_pubkey(other), X509_get0_pubkey(cert)) == 1;

	X509_free(other);
	return same;
}

int
trust_instance_fits(const struct trust_instance *instance, X509 *cert)
{
	size_t i;

	for (i = 0; i < instance->certificates.count; i++)
		if (same_key(instance->certificates.items[i], cert))
			return 1;
	for (i = 0; i < instance->skis.count; i++)
		if (ski_is_of(instance->skis.items[i], cert))
			return 1;
	return instance->certificates.count + instance->skis.count == 0;
}
