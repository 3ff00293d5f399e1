/*
 * tests/support/status_scene.h: a path of the PKI with CRLs and OCSP answers at hand, made anew for
 * each case. A failure to make one ends the test run.
 */
#ifndef SIGNET_TESTS_STATUS_SCENE_H
#define SIGNET_TESTS_STATUS_SCENE_H

#include "signing/x509/path.h"
#include "tests/support/status.h"

#define STATUS_PIECES 8

struct status_scene {
	struct path_input in; /* at PKI_NOW, the root trusted */
	STACK_OF(X509) * path;
	struct revocation_evidence evidence;
	struct buf lists[STATUS_PIECES];
	struct crl *crls[STATUS_PIECES];
	struct crl_source sources[STATUS_PIECES];
	struct ocsp_response *answers[STATUS_PIECES];
	const struct ocsp_response *answer_list[STATUS_PIECES];
};

/* {cert, intermediate, root} with nothing at hand; end releases what was added. */
void status_scene_begin(struct status_scene *s, X509 *cert);
void status_scene_end(struct status_scene *s);
void status_scene_crl(struct status_scene *s, const struct status_crl *in);
/* The same from DER, which is taken. */
void status_scene_der(struct status_scene *s, struct buf der);
void status_scene_ocsp(struct status_scene *s, const struct status_ocsp *in);
/* Judge the first certificate; the caller's for revocation_result_release(). */
struct revocation_result status_scene_judge(struct status_scene *s);
/* Judge it: the status must be this, and its sentence hold `says`. */
void status_scene_expect(
    int line, struct status_scene *s, enum revocation_status status, const char *says);
#define EXPECT_STATUS(s, status, says)                                                             \
	status_scene_expect(__LINE__, (s), REVOCATION_##status, (says))

/* For a list: revoked nine days before PKI_NOW. */
struct status_entry status_scene_entry(X509 *cert, int reason);

#endif
