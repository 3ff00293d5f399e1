/*
 * signing/format/cms/ber.h: from BER to DER (X.690 clauses 10 and 11). A signature over signed
 * attributes is one over their DER (RFC 5652 section 5.4), whatever their form in the message.
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_BER_H
#define SIGNET_SIGNING_FORMAT_CMS_BER_H

#include <openssl/asn1.h>

#include "server/base/buf.h"

#define BER_DEPTH_MAX 32

/*
 * Append the DER of exactly one BER value: definite and shortest lengths, strings in one piece,
 * TRUE as FF, members of SETs sorted. ERROR_MALFORMED when it is not one whole value or nests
 * deeper than BER_DEPTH_MAX.
 */
int ber_to_der(struct span ber, struct buf *der, struct error *err);
/* The same for the members of a SET OF, under the universal tag SET. */
int ber_set_of(const STACK_OF(ASN1_TYPE) * members, struct buf *der, struct error *err);

/* Put DER values that stand one after another into the order of a SET OF (X.690 clause 11.6). */
int ber_sort(struct buf *members, struct error *err);

#endif
