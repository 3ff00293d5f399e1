/* Time-stamp tokens as strangers send them, to their verdict. */
#include "signing/verify/verify.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct digest_values none;
	struct document document = { .digests = &none };
	struct verify_context context = { .time = INT64_C(1772362800) };
	struct verify_timestamp timestamp;
	struct error err = ERROR_INIT;

	if (verify_timestamp_token(
		(struct span){ data, size }, &document, &context, &timestamp, &err) == 0)
		verify_timestamp_release(&timestamp);
	return 0;
}
