/* Encrypted layers of a document on its way to a verdict: opened, read, told. */
#include <stdio.h>
#include <string.h>

#include "server/ops/reading.h"

/* What was in an envelope need not be signed, nor be anything that is known here. */
static int
read_opened(struct task *t, struct error *err)
{
	struct error why = ERROR_INIT;

	if (document_kind_of(t->content) == KIND_UNKNOWN)
		return 0;
	if (read_content(t, &why) == 0)
		return 0;
	if ((why.kind == ERROR_MALFORMED || why.kind == ERROR_UNSUPPORTED) &&
	    t->out->signatures.count == 0) {
		t->out->result.major = RESULT_WARNING;
		snprintf(t->out->result.message, sizeof(t->out->result.message),
		    "what was encrypted is no signed document: %.300s", why.text);
		return 0;
	}
	if (err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return -1;
}

int
read_envelope(struct task *t, struct error *err)
{
	struct buf content = BUF_INIT(t->opening.content_max);
	const struct span around = t->content;
	int rc = opening_open(&t->opening, "", t->content, &content, err);

	if (rc > 0) {
		t->content = SPAN_OF(&content);
		rc = read_opened(t, err);
		t->content = around;
	}
	buf_wipe(&content);
	return rc;
}

int
read_signed_envelope(struct task *t, struct error *err)
{
	struct buf content = BUF_INIT(t->opening.content_max);
	const struct span around = t->content;
	struct signatures outer = t->out->signatures;
	int rc = 0;

	if (!envelope_in_signed(&content, t->content))
		goto done;
	/* Nobody could see before that there are keys to be asked, and another reader. */
	ops_pdf_waits(t->engine, t->req);
	if (t->req->must_wait && !t->req->may_wait) {
		rc = error_set(
		    err, ERROR_UNAVAILABLE, "the document must be read where waiting is allowed");
		goto done;
	}
	memset(&t->out->signatures, 0, sizeof(t->out->signatures));
	t->content = SPAN_OF(&content);
	rc = read_envelope(t, err);
	t->content = around;
	if (signatures_take(&outer, &t->out->signatures, "1", t->limits, err) != 0)
		rc = -1;
	signatures_release(&t->out->signatures);
	t->out->signatures = outer;
done:
	buf_wipe(&content);
	return rc;
}

void
describe_encryption(struct task *t)
{
	const struct encryption *closed = opening_first(&t->out->encryptions, 0);
	struct result said = { 0 };

	opening_note(t->req, &t->out->encryptions);
	if (closed == NULL)
		return;
	opening_describe(&said, closed);
	t->is_closed = t->out->signatures.count == 0;
	if (t->is_closed) {
		t->out->result = said;
		return;
	}
	t->out->result.major = RESULT_WARNING;
	snprintf(t->out->result.message, sizeof(t->out->result.message),
	    "not all of it was looked into: %.350s", said.message);
}
