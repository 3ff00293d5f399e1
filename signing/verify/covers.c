/* What a time stamp covers, in words that programs know. */
#include "signing/verify/report.h"

/* Another time stamp of the same signature or document. */
static int
covers_a_stamp(const struct coverage *covers, const struct verify_timestamp *all, size_t count)
{
	unsigned char name[POE_NAME_SIZE];
	size_t i;

	for (i = 0; i < count; i++) {
		poe_name(SPAN_OF(&all[i].token), name);
		if (coverage_has(covers, name))
			return 1;
	}
	return 0;
}

const struct coverage *
verify_timestamp_coverage(const struct verify_timestamp *timestamp)
{
	return timestamp->covers != NULL ? timestamp->covers : &timestamp->own_covers;
}

unsigned int
verify_timestamp_covers(const struct verify_timestamp *all, size_t count, size_t i)
{
	const struct coverage *covers = verify_timestamp_coverage(&all[i]);
	unsigned int kinds = 0;

	if (covers->signature)
		kinds |= COVERS_SIGNATURE;
	if (covers->document)
		kinds |= COVERS_DOCUMENT;
	if (covers->count > 0)
		kinds |= COVERS_VALIDATION_DATA;
	if (covers_a_stamp(covers, all, count))
		kinds |= COVERS_TIMESTAMPS;
	return kinds;
}
