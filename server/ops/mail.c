/* Mails with S/MIME: read by the read process, within its bounds. */
#include <stdio.h>

#include "server/ops/private.h"

int
ops_smime_read(const struct engine *engine, const struct request *req,
    struct signatures *signatures, struct smime_mail *mail, struct span document,
    const struct smime_read_options *options, struct error *err)
{
	const struct reader_bounds bounds = ops_reader_bounds(engine, req);

	if (engine->parts.reader == NULL)
		return smime_read(signatures, mail, document, options, err);
	return reader_smime_read(
	    engine->parts.reader, &bounds, signatures, mail, document, options, err);
}

void
ops_smime_describe(struct result *result, const struct smime_mail *mail, size_t signatures)
{
	if (signatures == 0 || mail->remarks[0] == '\0')
		return;
	result->major = RESULT_WARNING;
	snprintf(result->message, sizeof(result->message), "%.399s", mail->remarks);
}
