/*
 * signing/trust/list_write.h: trusted lists (ETSI TS 119 612 version 6) made here, for private
 * trust centres: the document without its signature, which xml_sign() adds (signed) or SignDocument
 * does.
 */
#ifndef SIGNET_SIGNING_TRUST_LIST_WRITE_H
#define SIGNET_SIGNING_TRUST_LIST_WRITE_H

#include "signing/core/alg.h"
#include "signing/trust/list.h"

/* TSLType and scheme rules of lists that belong to no EU scheme (clause 5.3.3 and annex D.5). */
#define TRUST_TYPE_PRIVATE     "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/CClist"
#define TRUST_APPROACH_PRIVATE "http://uri.etsi.org/TrstSvc/TrustedList/StatusDetn/CCdetermination"

/* Where somebody is reached; all of it is asked by the schema. */
struct trust_address {
	const char *street, *locality, *postal_code, *country; /* postal_code may be NULL */
	const char *email, *website;
};
struct trust_scheme {
	const char *operator_name, *scheme_name, *information_uri;
	const char *type;      /* NULL: TRUST_TYPE_PRIVATE */
	const char *approach;  /* NULL: TRUST_APPROACH_PRIVATE */
	const char *rules;     /* SchemeTypeCommunityRules, or NULL */
	const char *territory; /* two letters */
	const char *legal_notice;
	struct trust_address address;
	uint64_t sequence;		/* from 1 */
	int64_t issued, next_update;	/* next_update TRUST_NO_TIME: the last one, closed */
	const char *distribution_point; /* or NULL */
};
/*
 * What a provider offers: `provider.services` with the newest instance first. The current one has
 * at least one certificate; where an older one has no identity of its own, subject name and key
 * identifier of that certificate are written. Qualifications are not written (ERROR_UNSUPPORTED).
 */
struct trust_written {
	struct trust_provider provider;
	struct trust_address address;
};

/*
 * Append the list without a signature. On -1 `out` is as it was: ERROR_MALFORMED for what a list
 * cannot hold, with the provider or service named; ERROR_UNSUPPORTED.
 */
int trust_list_write(struct buf *out, const struct trust_scheme *scheme,
    const struct trust_written *providers, size_t count, struct error *err);

/*
 * Sign such a list and append the signed one: XAdES baseline, enveloped, exclusive
 * canonicalisation, as TS 119 612 annex B asks. What is made is checked as a receiver would.
 */
int trust_list_sign(
    struct buf *out, struct span list, const struct sign_key *key, int64_t time, struct error *err);

#endif
