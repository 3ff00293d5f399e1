/* Mails from anywhere. */
#include <stddef.h>

#include "signing/format/smime/smime_read.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct smime_read_options options = { .keep_octets = 1, .need_address = 1 };
	const struct span file = { data, size };
	struct smime_mail mail = { 0 };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	smime_read(&list, &mail, file, &options, &err);
	signatures_release(&list);
	smime_mail_release(&mail);
	return 0;
}
