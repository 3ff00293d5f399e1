/* Mails from anywhere, read, and made fit for their way before they are signed. */
#include <stddef.h>

#include "signing/format/smime/entity.h"
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

/* What is fit stays as it is. */
static void
transport(struct span file)
{
	struct buf once = BUF_INIT((size_t)16 << 20), twice = BUF_INIT((size_t)16 << 20);
	struct error err = ERROR_INIT;

	if (entity_transportable(file, &once, &err) == 0 &&
	    (entity_transportable(SPAN_OF(&once), &twice, &err) != 0 ||
		!span_equal(SPAN_OF(&once), SPAN_OF(&twice))))
		__builtin_trap();
	buf_release(&once);
	buf_release(&twice);
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

	transport(file);
	smime_read(&list, &mail, file, &options, &err);
	signatures_release(&list);
	smime_mail_release(&mail);
	return 0;
}
