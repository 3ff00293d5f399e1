/*
 * tests/support/scene.h: one signed document, read, and the context to judge it in. A test makes a
 * scene, changes what it is about, and says which verdict it expects.
 */
#ifndef SIGNET_TESTS_SCENE_H
#define SIGNET_TESTS_SCENE_H

#include "signing/verify/verify.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

#define SCENE_TEXT "An invoice over 1,000 euros."

struct scene {
	struct buf der;		       /* CMS, detached, over SCENE_TEXT */
	struct signatures list;	       /* as read from it */
	struct signature *sig;	       /* the first */
	struct verify_context context; /* all of the test PKI trusted, at PKI_NOW */
	struct verify_policy policy;   /* the context's: strict */
	struct verify_report report;   /* of the last scene_expect() */
};

/* Sign by a member, with a time stamp over the signature when tsa is not NULL, and read it. */
void scene_make(struct scene *s, enum pki_id signer, const struct test_tsa *tsa);
/* Read s->der again, as a signature over `text`, or without a document (NULL). */
void scene_read(struct scene *s, const char *text);
void scene_drop(struct scene *s);
/* Judge; the deciding sentence must hold `says`. */
void scene_expect(
    struct scene *s, enum indication indication, enum sub_indication sub, const char *says);
#define EXPECT_PASSED(s)	    scene_expect((s), INDICATION_TOTAL_PASSED, SUB_NONE, "")
#define EXPECT_FAILED(s, sub, says) scene_expect((s), INDICATION_TOTAL_FAILED, (sub), (says))
#define EXPECT_OPEN(s, sub, says)   scene_expect((s), INDICATION_INDETERMINATE, (sub), (says))
/* 1 when the first signature's report holds such a check. */
int scene_has_check(const struct scene *s, const char *code, enum check_outcome outcome);

#endif
