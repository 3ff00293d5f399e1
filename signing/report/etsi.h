/*
 * signing/report/etsi.h: the validation report of ETSI TS 119 102-2 (v1.4.1), in XML.
 *
 * All that a replay needs stands in it (replay.h): documents and evidence as validation objects,
 * the policy as its FormalPolicyObject, the part of the trust snapshot that concerns its
 * certificates as an object "trust", and what the standard has no element for (catalogue, trust
 * snapshot, program, the codes of checks) in OtherInformation and in an object "context", both in
 * the namespace urn:signet:report:1.
 *
 * Certificates, time stamps and OCSP answers stand in it whole. So do CRLs up to
 * REPORT_CRL_WHOLE_MAX bytes. Of a larger one its digest stands there, and where it decided
 * something an excerpt: all but the entries, and the entries of the certificates in question. What
 * such an excerpt says of an absent entry is as trustworthy as the report; a replay says so unless
 * it is given the whole list. A larger list that the document itself brings along needs no excerpt.
 */
#ifndef SIGNET_SIGNING_REPORT_ETSI_H
#define SIGNET_SIGNING_REPORT_ETSI_H

#include "signing/report/input.h"

#define REPORT_CRL_WHOLE_MAX ((size_t)256 << 10)

#define REPORT_NS	 "http://uri.etsi.org/19102/v1.4.1#"
#define REPORT_NS_SIGNET "urn:signet:report:1"

/*
 * Append the report. `validator` is the certificate that it will be signed with, or NULL. On -1
 * (ERROR_UNAVAILABLE, ERROR_TOO_LARGE, ERROR_INTERNAL; ERROR_NOT_FOUND as report_objects_make())
 * `out` is as it was.
 */
int report_etsi_write(
    struct buf *out, const struct report_input *in, X509 *validator, struct error *err);
/*
 * Sign it, enveloped, XAdES B-B: the key's certificate must be the validator's. `out` gets the
 * signed report. Errors as xml_sign().
 */
int report_etsi_sign(struct buf *out, struct span report, const struct sign_key *key, int64_t time,
    struct error *err);

#endif
