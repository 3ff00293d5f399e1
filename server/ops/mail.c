/* Mails with S/MIME: what is told of them. */
#include <stdio.h>

#include "server/ops/private.h"

void
ops_smime_describe(struct result *result, const struct smime_mail *mail, size_t signatures)
{
	if (signatures == 0 || mail->remarks[0] == '\0')
		return;
	result->major = RESULT_WARNING;
	snprintf(result->message, sizeof(result->message), "%.399s", mail->remarks);
}
