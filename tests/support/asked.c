#include "tests/support/asked.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"

void
asked_begin(struct asked *a, enum operation_id operation, const char *name)
{
	memset(a, 0, sizeof(*a));
	ops_request(&a->req, operation, "acme/erp");
	a->doc.name = name;
	a->req.in.documents = &a->doc;
	a->req.in.document_count = 1;
	a->req.in.originals = &a->original;
}

int
asked_serve(struct asked *a, struct span document, struct span original, struct error *err)
{
	const struct ops_bodies bodies = { &document, &original };

	a->req.in.original_count = original.data != NULL;
	return ops_serve(&a->req, &bodies, err);
}

void
asked_refused(int line, struct asked *a, struct span document, struct span original,
    enum error_kind kind, const char *words)
{
	struct error err = ERROR_INIT;
	int rc = asked_serve(a, document, original, &err);

	if (rc != -1 || err.kind != kind || strstr(err.text, words) == NULL)
		fprintf(stderr, "line %d: %d %s: %s [%s]\n", line, rc, error_kind_name(err.kind),
		    err.text, err.cause);
	CU_ASSERT_EQUAL(rc, -1);
	CU_ASSERT_EQUAL(err.kind, kind);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, words));
	request_release(&a->req);
}

struct span
asked_document(const struct asked *a)
{
	CU_ASSERT_FATAL(a->req.out.item_count == 1);
	return SPAN_OF(&a->req.out.items[0].document);
}

void
asked_sign(struct buf *out, const struct signature_parameters *wish, const char *name,
    struct span document)
{
	struct error err = ERROR_INIT;
	struct asked a;

	asked_begin(&a, OP_SIGN_DOCUMENT, name);
	a.req.in.sign = *wish;
	ASSERT_OK(asked_serve(&a, document, SPAN_NONE, &err), &err);
	ASSERT_OK(buf_append_span(out, asked_document(&a), &err), &err);
	request_release(&a.req);
}

void
asked_verdict(int line, struct span document, struct span original, enum indication indication,
    const char *level)
{
	const struct verified_document *d;
	struct ops_verification v;
	struct error err = ERROR_INIT;

	ASSERT_OK(ops_verify(&v, "acme/erp", document, original, &err), &err);
	d = &v.req.out.verified[0];
	if (d->report.conclusion.indication != indication ||
	    (level != NULL && strcmp(d->report.items[0].level, level) != 0))
		fprintf(stderr, "line %d: %s, level %s: %s\n", line,
		    sub_indication_name(d->report.conclusion.sub),
		    d->report.count > 0 ? d->report.items[0].level : "-",
		    d->report.conclusion.text);
	CU_ASSERT_EQUAL(d->report.conclusion.indication, indication);
	if (level != NULL)
		CU_ASSERT_STRING_EQUAL(d->report.items[0].level, level);
	request_release(&v.req);
}
