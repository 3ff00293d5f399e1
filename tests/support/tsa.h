/* tests/support/tsa.h: time-stamp tokens (RFC 3161) of the test PKI's authorities, at any time. */
#ifndef SIGNET_TESTS_TSA_H
#define SIGNET_TESTS_TSA_H

#include "signing/format/signature.h"
#include "tests/support/pki.h"

struct test_tsa {
	enum pki_id id; /* whose key signs: PKI_TSA, or one that should not */
	int64_t time;	/* genTime */
	int plain;	/* 1 = without the signing-certificate attribute that RFC 3161 wants */
};

/* Append a token over the imprint. */
void test_token(struct buf *token, const struct test_tsa *tsa, enum digest digest,
    const unsigned char *imprint);
/* By a key and certificate of the test's own. */
void test_token_by(struct buf *token, const struct test_tsa *tsa, const struct sign_key *key,
    enum digest digest, const unsigned char *imprint);
/* The first as a source for the formats' makers; `tsa` stays the caller's. */
struct timestamp_source test_tsa_source(const struct test_tsa *tsa);

#endif
