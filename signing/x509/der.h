/*
 * signing/x509/der.h: walking over DER without building objects, for lists of a million entries.
 * Inside of signing/x509 only. What is small is decoded by OpenSSL.
 */
#ifndef SIGNET_SIGNING_X509_DER_H
#define SIGNET_SIGNING_X509_DER_H

#include <stdint.h>

#include "server/base/buf.h"

#define DER_BOOLEAN	     0x01
#define DER_INTEGER	     0x02
#define DER_BIT_STRING	     0x03
#define DER_OCTET_STRING     0x04
#define DER_OID		     0x06
#define DER_ENUMERATED	     0x0a
#define DER_UTC_TIME	     0x17
#define DER_GENERALIZED_TIME 0x18
#define DER_SEQUENCE	     0x30
#define DER_CONTEXT(n)	     (0xa0u | (n)) /* constructed */
#define DER_DIRECTORY_NAME   0xa4	   /* of a GeneralName */

struct der {
	const unsigned char *at, *end;
};
struct der_item {
	unsigned int tag; /* the identifier octet; tag numbers above 30 are refused */
	struct span content, whole;
};

struct der der_of(struct span s);
/* The next object: 0, or -1 where there is none that is whole and has a minimal, definite length.
 */
int der_next(struct der *d, struct der_item *item);
/* The next object when it has this tag: 1 taken, 0 not there (another, or the end), -1 broken. */
int der_optional(struct der *d, unsigned int tag, struct der_item *item);
/* 0 taken, -1 otherwise. */
int der_take(struct der *d, unsigned int tag, struct der_item *item);
/* One object of this tag that fills the span. */
int der_only(struct span s, unsigned int tag, struct der_item *item);
/* UTCTime and GeneralizedTime as RFC 5280 section 4.1.2.5 allows them: seconds, Z, no fraction. */
int der_time(const struct der_item *item, int64_t *seconds);
/* A GeneralizedTime that may have a fraction, which is dropped: responders send such, against the
 * profile. */
int der_time_with_fraction(const struct der_item *item, int64_t *seconds);
/* An INTEGER's content without redundant leading bytes. */
struct span der_integer_trim(struct span content);
/* Append an object. */
int der_write(struct buf *out, unsigned int tag, struct span content, struct error *err);

#endif
