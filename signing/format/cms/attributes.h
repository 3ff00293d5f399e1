/*
 * signing/format/cms/attributes.h: the signed attributes of a CMS signature (RFC 5652 section 11,
 * RFC 5035, EN 319 122-1 clause 5.2), each as the DER of an Attribute.
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_ATTRIBUTES_H
#define SIGNET_SIGNING_FORMAT_CMS_ATTRIBUTES_H

#include <openssl/asn1.h>

#include "signing/format/cms/cms_sign.h"

/*
 * Append the signed attributes that key and options ask for to `out`: the DER of a SET OF.
 * message-digest holds zeros of the digest's size, to be filled in by the caller.
 * ERROR_MALFORMED for options that cannot be expressed (a bad OID, text that is not UTF-8).
 */
int cms_signed_attributes(struct buf *out, const char *content_type, enum cms_profile profile,
    const struct sig_alg *alg, const struct sign_key *key, const struct sign_options *options,
    struct error *err);
/* Push one Attribute with one value, given as DER. */
int cms_push_attribute(
    STACK_OF(ASN1_TYPE) * out, const char *oid, struct span value, struct error *err);

#endif
