/* Mails from anywhere. */
#include <stddef.h>

#include "signing/format/smime/smime_read.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* In every envelope is the second half of the mail. */
static int
open_all(void *ctx, const char *part, struct span file, struct buf *content, struct error *err)
{
	const struct span *half = ctx;

	(void)part;
	(void)file;
	return buf_append_span(content, *half, err) == 0 ? 1 : -1;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct span file = { data, size }, half = { data + size / 2, size - size / 2 };
	const struct envelope_opener opener = { open_all, (void *)&half };
	const struct smime_read_options options = {
		.keep_octets = 1, .need_address = 1, .opener = &opener
	};
	struct smime_mail mail = { 0 };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	smime_read(&list, &mail, file, &options, &err);
	signatures_release(&list);
	smime_mail_release(&mail);
	return 0;
}
