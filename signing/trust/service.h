/*
 * signing/trust/service.h: a trust service as a trusted list tells of it (ETSI TS 119 612 clause
 * 5.5): what it was at which time. Lists, snapshots and what makes lists share these structs; they
 * live in the memory of whatever holds them.
 */
#ifndef SIGNET_SIGNING_TRUST_SERVICE_H
#define SIGNET_SIGNING_TRUST_SERVICE_H

#include <openssl/x509.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "signing/x509/path.h"

#define TRUST_NO_TIME INT64_MIN

/* Texts and bytes that belong together; never NULL where count is above 0. */
struct trust_texts {
	const char **items;
	size_t count;
};
struct trust_blobs {
	struct span *items;
	size_t count;
};

/* ---- which certificates a qualifier is for (clause 5.5.9.2.2) ---- */

enum trust_criterion_kind {
	CRITERION_LIST,	     /* of `parts`, by `assert` */
	CRITERION_KEY_USAGE, /* bits of `mask` must be as in `bits` */
	CRITERION_POLICIES,  /* all of `oids` among the certificate's policies */
	CRITERION_EKU,	     /* all of `oids` among its extended key usages */
	CRITERION_UNKNOWN,   /* cannot be decided here */
	CRITERION_SUBJECT    /* all of `oids` among the attributes of its subject name */
};
enum trust_assert { ASSERT_ALL, ASSERT_AT_LEAST_ONE, ASSERT_NONE };

struct trust_criterion {
	enum trust_criterion_kind kind;
	enum trust_assert assert;
	uint16_t mask, bits; /* bit n = the n-th of KeyUsage (RFC 5280 section 4.2.1.3) */
	struct trust_texts oids;
	struct trust_criterion *parts;
	size_t part_count;
};
struct trust_qualification {
	struct trust_texts qualifiers; /* URIs */
	struct trust_criterion criteria;
	int is_critical; /* as its extension is */
};

/* ---- a service ---- */

/* What a service was from `start` on, until the start of the next newer instance. */
struct trust_instance {
	const char *type;   /* ServiceTypeIdentifier, a URI */
	const char *name;   /* the English one where there is one */
	const char *status; /* URI */
	int64_t start;
	/* its identity */
	struct trust_blobs certificates; /* DER */
	struct trust_blobs skis;
	struct trust_texts subjects; /* X509SubjectName as written */
	/* extensions */
	struct trust_texts additional; /* URIs of AdditionalServiceInformation */
	struct trust_qualification *qualifications;
	size_t qualification_count;
	int64_t expired_certs_revocation; /* ExpiredCertsRevocationInfo, or TRUST_NO_TIME */
	const char *taken_over_by;	  /* name of the provider, or NULL */
	const char *unknown_critical;	  /* name of a critical extension not known here, or NULL */
};
struct trust_service {
	struct trust_instance *instances; /* newest first; the first is the current one */
	size_t instance_count;		  /* at least 1 */
	struct trust_texts supply_points; /* URIs */
};

/* The instance that counted at a time, or NULL before the first. */
const struct trust_instance *trust_service_at(const struct trust_service *service, int64_t time);
/* 1 = a status under which the service is to be relied on; 0 for all others, unknown ones too. */
int trust_status_is_good(const char *status);
/* Known status or type by URI; a short name ("granted", "CA/QC") gives the URI, NULL for others. */
const char *trust_status_uri(const char *name);
const char *trust_type_uri(const char *name);
/* The part of a known URI that people say ("granted", "CA/QC"), else the URI itself. */
const char *trust_short(const char *uri);
/* May certificates of a service of this type end a path for this purpose? */
int trust_type_serves(const char *type, enum path_purpose purpose);
/* 1 for services that tell of revocation (Certstatus/...) and issue nothing themselves. */
int trust_type_is_status(const char *type);
/*
 * Whether the instance's own identity is this certificate's key: 1 when it has one of its
 * certificates' key or key identifiers, or names none at all; 0 when it names another.
 */
int trust_instance_fits(const struct trust_instance *instance, X509 *cert);

#endif
