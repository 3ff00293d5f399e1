/* The XML signature reader, under limits as a server sets them, with a detached document at hand.
 */
#include <stdint.h>
#include <stdlib.h>

#include "signing/format/xml/xml_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct format_limits limits = { .signatures = 10,
		.certificates = 10,
		.timestamps = 10,
		.references = 10,
		.transforms = 5,
		.xml_depth = 50,
		.xml_attributes = 50,
		.output_bytes = 1 << 20 };
	const struct document detached = { .content = { (const unsigned char *)"<d>1</d>", 8 },
		.has_content = 1 };
	struct xml_read_options options = {
		.limits = &limits, .detached = &detached, .detached_count = 1, .keep_octets = 1
	};
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	xml_read(&list, (struct span){ data, size }, &options, &err);
	signatures_release(&list);
	return 0;
}
