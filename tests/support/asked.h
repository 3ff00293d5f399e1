/* tests/support/asked.h: a request about one signed document, as the engine of ops_world serves it.
 */
#ifndef SIGNET_TESTS_ASKED_H
#define SIGNET_TESTS_ASKED_H

#include "tests/support/ops_world.h"

/* It must stay where it is until request_release() of its req. */
struct asked {
	struct request req;
	struct op_document doc, original;
};

/* By acme/erp, about a document of this name. */
void asked_begin(struct asked *a, enum operation_id operation, const char *name);
/* `original` is what a detached signature signs, or SPAN_NONE. What ops_serve() said. */
int asked_serve(struct asked *a, struct span document, struct span original, struct error *err);
/* It must fail so: the kind, and these words in the text. Releases the request. */
void asked_refused(int line, struct asked *a, struct span document, struct span original,
    enum error_kind kind, const char *words);
#define EXPECT_REFUSED(a, document, original, kind, words)                                         \
	asked_refused(__LINE__, (a), (document), (original), (kind), (words))

/* The document that came of it, the request's. */
struct span asked_document(const struct asked *a);
/* Sign a document with SignDocument; the bytes are added to `out`. */
void asked_sign(struct buf *out, const struct signature_parameters *wish, const char *name,
    struct span document);
/* VerifyDocument at the time of the clock: the verdict on the whole, and the first level. */
void asked_verdict(int line, struct span document, struct span original, enum indication indication,
    const char *level);
#define EXPECT_VERDICT(document, original, indication, level)                                      \
	asked_verdict(__LINE__, (document), (original), INDICATION_##indication, (level))

#endif
