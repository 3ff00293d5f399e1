/* The PDF reader on any bytes: no harm, nothing that is broken is called intact, and no change that
 * nothing explains is called permitted. */
#include <stdlib.h>

#include "signing/format/pdf/changes.h"
#include "signing/format/pdf/pdf_read.h"

/* Above that the library's object streams may inflate to more than the fuzzer's memory. */
#define INPUT_MAX (1u << 16)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	struct pdf_read_options options = { .limits = &limits, .password = "user" };
	struct pdf_timestamps stamps = { 0 };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	size_t i;

	if (size > INPUT_MAX)
		return 0;
	limits.pdf_objects = 10000;
	limits.pdf_revisions = 20;
	limits.signatures = 20;
	if (pdf_read(&list, (struct span){ data, size }, &options, &err) == 0)
		for (i = 0; i < list.count; i++)
			if ((list.items[i].failure == SUB_FORMAT_FAILURE &&
				list.items[i].references_intact && list.items[i].value_intact &&
				(list.items[i].scope == SCOPE_FULL ||
				    list.items[i].changes_permitted)) ||
			    (list.items[i].change_class == CHANGE_OTHER &&
				list.items[i].changes_permitted))
				abort();
	error_clear(&err);
	pdf_check_comparable((struct span){ data, size }, options.password, &limits, &err);
	error_clear(&err);
	pdf_read_timestamps(&stamps, (struct span){ data, size }, &options, &err);
	signatures_release(&list);
	pdf_timestamps_release(&stamps);
	return 0;
}
