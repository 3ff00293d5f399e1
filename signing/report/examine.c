#include "signing/report/examine.h"

#include <stdlib.h>
#include <string.h>

#include "signing/verify/document.h"

/* What was in an envelope is what was judged. */
static int
read_document(struct document_facts *facts, const struct document *documents, size_t count,
    const struct examine_options *options, struct error *err)
{
	const struct document_read_options reading = { .limits = options->limits,
		.name = documents[0].name,
		.password = options->password,
		.originals = documents + 1,
		.original_count = count - 1,
		.extra_certificates = options->extra_certificates };

	if (document_kind_of(documents[0].content) == KIND_ENVELOPE)
		return error_set(err, ERROR_UNSUPPORTED,
		    "it is encrypted, and there are no keys here: what was in it cannot be judged "
		    "again without the server");
	return document_read(facts, documents[0].content, &reading, err);
}

static int
judge_stamps(struct examination *x, const struct verify_context *context, struct error *err)
{
	const size_t count = verify_document_stamp_count(&x->facts);
	int covered = 0;

	if (count == 0)
		return 0;
	x->timestamps = calloc(count, sizeof(*x->timestamps));
	if (x->timestamps == NULL)
		return error_memory(err);
	for (; x->timestamp_count < count; x->timestamp_count++) {
		const struct verify_document_stamp in =
		    verify_document_stamp_at(&x->facts, x->timestamp_count);

		if (verify_document_timestamp(
			&in, context, &x->timestamps[x->timestamp_count], err) != 0)
			return -1;
		covered |= in.revision_is_last;
	}
	verify_report_conclude_timestamps(&x->report, x->timestamps, x->timestamp_count, covered);
	return 0;
}

int
examine(struct examination *out, const struct document *documents, size_t count,
    const struct examine_options *options, const struct verify_context *context, struct error *err)
{
	memset(out, 0, sizeof(*out));
	if (read_document(&out->facts, documents, count, options, err) == 0 &&
	    verify_signatures(&out->facts.signatures, context, &out->report, err) == 0 &&
	    judge_stamps(out, context, err) == 0)
		return 0;
	examination_release(out);
	return -1;
}

void
examination_release(struct examination *x)
{
	size_t i;

	for (i = 0; i < x->timestamp_count; i++)
		verify_timestamp_release(&x->timestamps[i]);
	free(x->timestamps);
	verify_report_release(&x->report);
	document_facts_release(&x->facts);
	memset(x, 0, sizeof(*x));
}
