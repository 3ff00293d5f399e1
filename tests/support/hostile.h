/*
 * tests/support/hostile.h: documents that are small and ask for much: each check of a signature by
 * the slowest keys that are taken, references into the same thing over and over, tags without end.
 * All signatures in them are wrong, and none of it is random. Failure to make one ends the test.
 */
#ifndef SIGNET_TESTS_HOSTILE_H
#define SIGNET_TESTS_HOSTILE_H

#include <openssl/x509.h>

#include "server/base/buf.h"

/* RSA of 16,384 bits with an exponent of 64: the slowest key that signatures are checked with. */
EVP_PKEY *hostile_key(unsigned int number);
/*
 * A CA certificate with the key of that number, issued by and for "Hostile CA", whatever the
 * number: so each of them may have issued each other by its names, and only the check of a value of
 * full length can tell. The caller's.
 */
X509 *hostile_certificate(unsigned int number);

/* Append a SignedData with so many signers over "x", each to be tried with `certificates` keys. */
void hostile_cms(struct buf *out, unsigned int signers, unsigned int certificates);
/*
 * Append a SignedData with one signer and so many certificates (no two the same), pieces of
 * revocation data of no known kind, unsigned attributes of the signer, and values in each other
 * around its content, in BER of indefinite length.
 */
struct hostile_many {
	unsigned int certificates, revocations, attributes, depth;
	unsigned int extensions; /* of each certificate, all the same and none known */
	int slow_keys; /* 1: certificates whose keys libcrypto decodes slowly (signing/core/certs.h)
			*/
};
void hostile_cms_many(struct buf *out, const struct hostile_many *many);
/* Append a CMS message, not hostile but for its content of so many bytes. */
void hostile_cms_content(struct buf *out, size_t bytes);
/* Append an XML document with so many elements, and signatures each of which has so many
 * references to all of it and so many certificates to be tried. */
struct hostile_xml {
	unsigned int nodes, signatures, references, certificates;
};
void hostile_xml(struct buf *out, const struct hostile_xml *x);
/* Append a mail, opaque and signed, with that CMS message. */
void hostile_mail(struct buf *out, struct span cms);

#endif
