/* Facts on a mail as bytes and back. */
#include <stdlib.h>

#include "server/read/facts.h"

static void
pack_recipient(struct pack *p, struct smime_recipient *r)
{
	pack_text(p, &r->part);
	pack_text(p, &r->issuer);
	pack_text(p, &r->serial);
	pack_text(p, &r->key_id);
	pack_flag(p, &r->is_password);
}

void
pack_mail(struct pack *p, struct smime_mail *mail)
{
	size_t i, count = mail->recipient_count;

	pack_text(p, &mail->from);
	pack_text(p, &mail->sender);
	pack_flag(p, &mail->is_doubtful);
	pack_flag(p, &mail->is_mail);
	pack_size(p, &mail->encrypted_count);
	pack_size(p, &mail->opened_count);
	pack_size(p, &mail->unsigned_count);
	pack_chars(p, mail->remarks, sizeof(mail->remarks));
	pack_count(p, &count, SMIME_RECIPIENTS_MAX);
	if (p->reading && !p->failed) {
		mail->recipients = calloc(count + 1, sizeof(*mail->recipients));
		if (mail->recipients == NULL) {
			error_memory(p->err);
			p->failed = 1;
			return;
		}
		mail->recipient_count = count;
	}
	for (i = 0; i < mail->recipient_count && !p->failed; i++)
		pack_recipient(p, &mail->recipients[i]);
}
