#include "signing/format/smime/recipients.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/certs.h"

static CMS_ContentInfo *
decode(struct span der)
{
	const unsigned char *p = der.data;
	CMS_ContentInfo *cms =
	    has_slow_key(der) ? NULL : d2i_CMS_ContentInfo(NULL, &p, (long)der.len);

	ERR_clear_error();
	return cms;
}

enum pkcs7_kind
recipients_kind(struct span der)
{
	CMS_ContentInfo *cms = NULL;
	enum pkcs7_kind kind = MAIL_SIGNED;

	if (envelope_is(der))
		return MAIL_ENCRYPTED;
	cms = decode(der);
	if (cms == NULL)
		return kind;
	switch (OBJ_obj2nid(CMS_get0_type(cms))) {
	case NID_id_smime_ct_compressedData:
		kind = MAIL_COMPRESSED;
		break;
	case NID_pkcs7_signed:
		if (sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms)) <= 0)
			kind = MAIL_CERTIFICATES;
		break;
	default:
		break;
	}
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return kind;
}

static char *
copy(const char *s)
{
	return s != NULL ? strdup(s) : NULL;
}

static int
add(struct smime_mail *mail, const char *part, const struct envelope_recipient *from,
    struct error *err)
{
	struct smime_recipient *bigger;

	if (mail->recipient_count >= SMIME_RECIPIENTS_MAX)
		return error_limit(err, ERROR_LIMIT, "smime-recipients", SMIME_RECIPIENTS_MAX, 0,
		    "the mail is encrypted for too many recipients");
	bigger = realloc(mail->recipients, (mail->recipient_count + 1) * sizeof(*bigger));
	if (bigger == NULL)
		return error_memory(err);
	mail->recipients = bigger;
	bigger += mail->recipient_count++;
	*bigger = (struct smime_recipient){ .part = strdup(part),
		.issuer = copy(from->issuer),
		.serial = copy(from->serial),
		.key_id = copy(from->key_id),
		.is_password = from->kind == ENVELOPE_PASSWORD };
	return bigger->part != NULL ? 0 : error_memory(err);
}

int
recipients_read(struct smime_mail *mail, struct span der, const char *part, struct error *err)
{
	struct envelope e = { 0 };
	struct error why = ERROR_INIT;
	size_t i;
	int rc = envelope_read(&e, der, &why);

	for (i = 0; rc == 0 && i < e.recipient_count; i++)
		rc = add(mail, part, &e.recipients[i], &why);
	envelope_release(&e);
	/* One that does not decode is encrypted all the same, for nobody who could be named. */
	if (rc != 0 && (why.kind == ERROR_MALFORMED || why.kind == ERROR_UNSUPPORTED))
		return 0;
	if (rc != 0 && err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return rc;
}
