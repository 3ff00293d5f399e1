/* CMS messages from anywhere: read them attached, detached and padded, take the content out. */
#include <stddef.h>

#include "signing/format/cms/cms_read.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct cms_read_options padded = { .allow_zero_padding = 1, .keep_octets = 1 };
	struct document doc = { .content = span_str("hello"), .has_content = 1 };
	struct span der = { data, size };
	struct signatures list = { 0 };
	struct buf content = BUF_INIT(0);
	struct error err = ERROR_INIT;
	unsigned int bits;

	cms_read(&list, der, NULL, NULL, &err);
	signatures_release(&list);
	cms_read(&list, der, &doc, &padded, &err);
	signatures_release(&list);
	cms_digests_needed(der, NULL, &bits, &err);
	cms_content(&content, NULL, 0, der, &err);
	buf_release(&content);
	return 0;
}
