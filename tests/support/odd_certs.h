/*
 * tests/support/odd_certs.h: certificates that no honest CA issues: with keys that nobody should
 * have, and with parts that want more work than a certificate may. All are signed as they should
 * be, so that nothing but the odd part is amiss. Failure to make one ends the test.
 */
#ifndef SIGNET_TESTS_ODD_CERTS_H
#define SIGNET_TESTS_ODD_CERTS_H

#include "server/base/buf.h"
#include "tests/support/pki.h"

/* What is put in the places of the model's parts; SPAN_NONE: stays. */
struct odd_parts {
	struct span serial;    /* content of the INTEGER */
	struct span key;       /* SubjectPublicKeyInfo */
	struct span algorithm; /* AlgorithmIdentifier of the signature, whose value is forged: */
	int family;	       /* for a key of this enum odd_family */
};
/* DER, signed by the issuer; the caller's for buf_release(). */
struct buf odd_certificate(X509 *model, enum pki_id issuer, const struct odd_parts *parts);
/* That of PKI_P256 with the odd key of this name, which must be one. */
struct buf odd_certificate_with(const char *key);

enum odd_family { ODD_RSA, ODD_PSS, ODD_DSA, ODD_EC, ODD_FAMILIES };
struct odd_key {
	const char *name;
	enum odd_family family;
	void (*make)(struct buf *spki, int number); /* append */
	int number;
};
extern const struct odd_key odd_keys[];
extern const size_t odd_key_count;
const struct odd_key *odd_key_named(const char *name); /* which must be one */
/* AlgorithmIdentifier of a signature by such keys, with SHA-256. */
void odd_algorithm(struct buf *out, enum odd_family family);
/*
 * Append a value over `data` that anybody can make: the padded digest as it is good where e is 1,
 * r = s = 1 as it is good where g and y are.
 */
void odd_forge(struct buf *out, enum odd_family family, struct span data);

#endif
