/* tests/support/longterm.h: the validation data that signatures of the test PKI are extended with.
 */
#ifndef SIGNET_TESTS_LONGTERM_H
#define SIGNET_TESTS_LONGTERM_H

#include "signing/format/signature.h"

/*
 * For the signer PKI_P256 and the authority PKI_TSA: intermediate and root, the authority's own, a
 * CRL of each CA, an OCSP answer about the signer. The caller's for evidence_release().
 */
struct evidence longterm_evidence(void);
/* A further piece: a CRL that is in none of these, as renewed later. */
struct evidence longterm_more(void);

/* How many certificates, CRLs and OCSP answers of `data` the time stamp covers. */
size_t longterm_covered(const struct coverage *covers, const struct evidence *data);
/* 1 when all CRLs and OCSP answers of `data` are in `found`. */
int longterm_holds(const struct evidence *found, const struct evidence *data);

/*
 * 1 when the imprint that the reader computed (SHA-256) is that of the token, which is as its
 * authority signed it.
 */
int longterm_is_sound(const struct embedded_timestamp *stamp);
/* The first signature has this level and so many time stamps, all of them sound. */
void longterm_expect_level(const struct signatures *list, const char *level, size_t stamps);

#endif
