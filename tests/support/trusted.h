/*
 * tests/support/trusted.h: trusted lists made on the spot from the test PKI, and changed by their
 * text before or after they are signed.
 *
 *   "Alpha Trust"  CA/PKC "Alpha CA": the intermediate, recognisedatnationallevel from PKI_NOW - 1
 *                  year, deprecatedatnationallevel in the year before, recognised in the two before
 *                  TSA "Alpha TSA": PKI_TSA, recognised from PKI_NOW - 2 years
 *   "Beta Trust"   CA/PKC "Beta CA": the other root, deprecated since PKI_NOW - 30 days, recognised
 *                  from PKI_NOW - 2 years
 */
#ifndef SIGNET_TESTS_TRUSTED_H
#define SIGNET_TESTS_TRUSTED_H

#include "signing/trust/list_write.h"
#include "tests/support/pki.h"

struct test_list {
	struct trust_scheme scheme; /* number 7, issued a day before PKI_NOW, next in 30 days */
	struct trust_written providers[2];
	struct trust_service services[3];
	struct trust_instance instances[6]; /* 0..2 Alpha CA, 3 TSA, 4..5 Beta CA */
	struct buf der[3];
	struct span certificates[3];
	const char *points[1];
};
void test_list_init(struct test_list *l);
void test_list_release(struct test_list *l);
/* The list without a signature, in place of what `out` held. Ends the run when it cannot be made.
 */
void test_list_text(const struct test_list *l, struct buf *out);
/* The same, signed by a member at PKI_NOW. */
void test_list_make(const struct test_list *l, enum pki_id signer, struct buf *out);
/* Sign what test_list_text() gave and the test changed; nothing is checked. */
void test_list_sign(struct buf *text, enum pki_id signer);

/* Replace the first `from` by `to`; ends the run when there is none. */
void test_swap(struct buf *text, const char *from, const char *to);
/*
 * The text of a PointersToOtherTSL for test_swap("<ListIssueDateTime>", ...): to this list itself
 * (EU, type of lists of lists) signed by `own`, and to the list of "DE" signed by `other`.
 */
#define TEST_LOTL_TYPE "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUlistofthelists"
extern const char *test_lotl_base; /* the lists' addresses begin so: "https://tl.example/" */
void test_lotl(
    struct buf *out, uint64_t sequence, enum pki_id own, enum pki_id other, enum pki_id signer);
/* A stack of the members' certificates, ended by PKI_IDS; the caller's to sk_X509_free(). */
STACK_OF(X509) * test_signers(enum pki_id first, ...);

#endif
