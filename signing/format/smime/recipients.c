#include "signing/format/smime/recipients.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"

static CMS_ContentInfo *
decode(struct span der)
{
	const unsigned char *p = der.data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.len);

	ERR_clear_error();
	return cms;
}

enum pkcs7_kind
recipients_kind(struct span der)
{
	CMS_ContentInfo *cms = decode(der);
	enum pkcs7_kind kind = MAIL_SIGNED;

	if (cms == NULL)
		return kind;
	switch (OBJ_obj2nid(CMS_get0_type(cms))) {
	case NID_pkcs7_enveloped:
	case NID_id_smime_ct_authEnvelopedData:
		kind = MAIL_ENCRYPTED;
		break;
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
name_text(const X509_NAME *name)
{
	char text[512];

	return name != NULL ? strdup(x509_name_text(name, text, sizeof(text))) : NULL;
}

static char *
serial_text(const ASN1_INTEGER *serial)
{
	char text[128];

	return serial != NULL ? strdup(asn1_integer_text(serial, text, sizeof(text))) : NULL;
}

static char *
key_text(const ASN1_OCTET_STRING *id)
{
	char text[2 * 64 + 1];
	int len = id != NULL ? ASN1_STRING_length(id) : 0;

	if (len <= 0)
		return NULL;
	return strdup(text_hex(text, ASN1_STRING_get0_data(id), len > 64 ? 64 : (size_t)len));
}

static struct smime_recipient *
add(struct smime_mail *mail, const char *part, struct error *err)
{
	struct smime_recipient *bigger;

	if (mail->recipient_count >= SMIME_RECIPIENTS_MAX) {
		error_limit(err, ERROR_LIMIT, "smime-recipients", SMIME_RECIPIENTS_MAX, 0,
		    "the mail is encrypted for too many recipients");
		return NULL;
	}
	bigger = realloc(mail->recipients, (mail->recipient_count + 1) * sizeof(*bigger));
	if (bigger == NULL) {
		error_memory(err);
		return NULL;
	}
	mail->recipients = bigger;
	bigger += mail->recipient_count++;
	memset(bigger, 0, sizeof(*bigger));
	bigger->part = strdup(part);
	if (bigger->part == NULL) {
		error_memory(err);
		return NULL;
	}
	return bigger;
}

static int
add_known(struct smime_mail *mail, const char *part, X509_NAME *issuer, ASN1_INTEGER *serial,
    ASN1_OCTET_STRING *key, struct error *err)
{
	struct smime_recipient *r = add(mail, part, err);

	if (r == NULL)
		return -1;
	r->issuer = name_text(issuer);
	r->serial = serial_text(serial);
	r->key_id = key_text(key);
	return 0;
}

static int
add_agreed(struct smime_mail *mail, CMS_RecipientInfo *info, const char *part, struct error *err)
{
	STACK_OF(CMS_RecipientEncryptedKey) *keys = CMS_RecipientInfo_kari_get0_reks(info);
	int i;

	for (i = 0; i < sk_CMS_RecipientEncryptedKey_num(keys); i++) {
		X509_NAME *issuer = NULL;
		ASN1_INTEGER *serial = NULL;
		ASN1_OCTET_STRING *key = NULL;

		CMS_RecipientEncryptedKey_get0_id(sk_CMS_RecipientEncryptedKey_value(keys, i), &key,
		    NULL, NULL, &issuer, &serial);
		if (add_known(mail, part, issuer, serial, key, err) != 0)
			return -1;
	}
	return 0;
}

static int
add_info(struct smime_mail *mail, CMS_RecipientInfo *info, const char *part, struct error *err)
{
	X509_NAME *issuer = NULL;
	ASN1_INTEGER *serial = NULL;
	ASN1_OCTET_STRING *key = NULL;
	struct smime_recipient *r;

	switch (CMS_RecipientInfo_type(info)) {
	case CMS_RECIPINFO_TRANS:
		CMS_RecipientInfo_ktri_get0_signer_id(info, &key, &issuer, &serial);
		return add_known(mail, part, issuer, serial, key, err);
	case CMS_RECIPINFO_AGREE:
		return add_agreed(mail, info, part, err);
	case CMS_RECIPINFO_KEK:
		CMS_RecipientInfo_kekri_get0_id(info, NULL, &key, NULL, NULL, NULL);
		return add_known(mail, part, NULL, NULL, key, err);
	case CMS_RECIPINFO_PASS:
		r = add(mail, part, err);
		if (r != NULL)
			r->is_password = 1;
		return r != NULL ? 0 : -1;
	default:
		return add(mail, part, err) != NULL ? 0 : -1;
	}
}

int
recipients_read(struct smime_mail *mail, struct span der, const char *part, struct error *err)
{
	CMS_ContentInfo *cms = decode(der);
	STACK_OF(CMS_RecipientInfo) *infos = cms != NULL ? CMS_get0_RecipientInfos(cms) : NULL;
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_CMS_RecipientInfo_num(infos); i++)
		rc = add_info(mail, sk_CMS_RecipientInfo_value(infos, i), part, err);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return rc;
}
