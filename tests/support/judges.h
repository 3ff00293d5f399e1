/*
 * tests/support/judges.h: one live installation with a key of every type, for all suites that let
 * other programs judge what Signet signs, or Signet what they sign. It starts with the first call,
 * ends with the process, and serves the user "erp".
 */
#ifndef SIGNET_TESTS_JUDGES_H
#define SIGNET_TESTS_JUDGES_H

#include <jansson.h>

#include "tests/support/live.h"

/* The installation; a test that cannot have it fails. */
struct live *judges_live(void);
/*
 * Give a suite, once, a folder of its own, in which all that follows works. It holds doc.txt (1
 * KB), doc.xml, doc.pdf (two pages), ca.pem (the CA that all certificates come from), ca.key, and
 * what the tests make. 0, or -1 after a line on standard error.
 */
int judges_enter(const char *suite);

struct judges_key {
	const char *name, *type;
	int is_rsa;
};
extern const struct judges_key judges_keys[]; /* NULL name at the end */

/*
 * Run a shell script (printf-like) in the suite's folder, where `signet` is our program with the
 * installation's configuration. 1 when it ends with this status; else 0 after showing on standard
 * error what it was and what it said.
 */
int judges_run(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What the last script wrote, both streams: a string. */
const char *judges_said(void);
/* 1 when the last script's words hold this text; else 0 after showing them. */
int judges_heard(const char *text);
#define JUDGE(status, ...) CU_ASSERT(judges_run(status, __VA_ARGS__))
#define HEARD(text)	   CU_ASSERT(judges_heard(text))

/*
 * What `signet --json verify ARGUMENTS` says of one document: its JSON, the caller's to
 * json_decref(), or NULL when it is none.
 */
json_t *judges_verdict(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same of many documents: an array of their reports in the order of the arguments. */
json_t *judges_verdicts(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Members on a path of names and numbers, as "signatures.0.subIndication"; "" when absent. */
const char *judges_text(const json_t *json, const char *path);
const json_t *judges_at(const json_t *json, const char *path);
/*
 * 1 when the verdict on ARGUMENTS is this indication and, unless NULL, this sub-indication of the
 * first signature; else 0 after showing it. Whatever is not TotalPassed must give a reason.
 */
int judges_says(const char *indication, const char *sub, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#define VERDICT(...) CU_ASSERT(judges_says(__VA_ARGS__))

/* Files of the suite's folder. */
int judges_put(const char *name, struct span content);
int judges_get(const char *name, struct buf *content);
/*
 * The n-th signature or time stamp of a PDF by its /ByteRange, found as text and not by our reader:
 * "content" is what it covers, "sig.der" what stands in the gap. 0, or -1 when there is none.
 */
int judges_cut_pdf(const char *name, int n);

/*
 * A key and a certificate from the installation's CA, by the openssl program: NAME.key, NAME.pem,
 * NAME.p12 (password "judge"). `key` are arguments of openssl genpkey, `extensions` lines
 * of its configuration ("" for those of a document signer, with noRevAvail of RFC 9608).
 */
int judges_issue(const char *name, const char *key, const char *extensions);

#endif
