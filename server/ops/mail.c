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

/* Who can open it: the first of them; the others are counted. */
static void
name_recipient(char *text, size_t size, const struct smime_recipient *r)
{
	if (r->serial != NULL)
		snprintf(text, size, "the certificate %.60s of %.150s", r->serial,
		    r->issuer != NULL ? r->issuer : "?");
	else if (r->key_id != NULL)
		snprintf(text, size, "the key %.100s", r->key_id);
	else
		snprintf(text, size, "%s", r->is_password ? "a password" : "an unnamed key");
}

static void
say_recipients(struct result *result, const struct smime_mail *mail)
{
	char first[256] = "nobody";

	if (mail->recipient_count > 0)
		name_recipient(first, sizeof(first), &mail->recipients[0]);
	result->major = RESULT_WARNING;
	snprintf(result->message, sizeof(result->message),
	    "the mail is encrypted and was not looked into; recipients: %zu, the first is %s",
	    mail->recipient_count, first);
}

void
ops_smime_describe(struct result *result, const struct smime_mail *mail, size_t signatures)
{
	if (mail->encrypted_count > 0) {
		say_recipients(result, mail);
	} else if (signatures > 0 && mail->remarks[0] != '\0') {
		result->major = RESULT_WARNING;
		snprintf(result->message, sizeof(result->message), "%.399s", mail->remarks);
	}
}
