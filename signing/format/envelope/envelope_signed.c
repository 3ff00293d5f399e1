#include <string.h>

#include "signing/format/cms/cms_read.h"
#include "signing/format/envelope/envelope.h"

/* Somewhere at its beginning a message that is signed names an encrypted one. */
int
envelope_may_be_in(struct span s)
{
	static const unsigned char enveloped[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
		0x01, 0x07, 0x03 };
	static const unsigned char authenticated[] = { 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
		0x0d, 0x01, 0x09, 0x10, 0x01, 0x17 };
	size_t len = s.len < 1024 ? s.len : 1024;

	return memmem(s.data, len, enveloped, sizeof(enveloped)) != NULL ||
	       memmem(s.data, len, authenticated, sizeof(authenticated)) != NULL;
}

int
envelope_in_signed(struct buf *envelope, struct span message)
{
	const size_t before = envelope->len;

	if (envelope_may_be_in(message) && cms_content(envelope, NULL, 0, message, NULL) == 0 &&
	    envelope_is((struct span){ envelope->data + before, envelope->len - before }))
		return 1;
	envelope->len = before;
	return 0;
}
