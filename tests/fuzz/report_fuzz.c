/* Validation reports from anywhere: read, and where they read, replayed over some document. */
#include <stddef.h>

#include "signing/report/replay.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct document document = { .content = span_str("<a/>"), .has_content = 1 };
	const struct span bytes = { data, size };
	struct replay_options options = { .documents = &document, .document_count = 1 };
	struct recorded *recorded = NULL;
	struct replayed out;
	struct error err = ERROR_INIT;

	if (recorded_read(&recorded, bytes, NULL, INT64_C(1772362800), &err) != 0)
		return 0;
	options.recorded = recorded;
	options.document_count = recorded->of == RECORDED_DOCUMENT;
	if (replay(&out, &options, &err) == 0) {
		/* Nothing but an XML document without signatures was handed in. */
		if (recorded->of == RECORDED_DOCUMENT &&
		    out.conclusion.indication == INDICATION_TOTAL_PASSED)
			__builtin_trap();
		replayed_release(&out);
	}
	recorded_free(recorded);
	return 0;
}
