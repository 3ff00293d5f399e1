#include "signing/verify/token.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/ts.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/cms_read.h"

#define OID_TST_INFO "1.2.840.113549.1.9.16.1.4"

static int
take_imprint(struct token *token, TS_TST_INFO *info, struct error *err)
{
	TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
	const ASN1_OCTET_STRING *value = TS_MSG_IMPRINT_get_msg(imprint);
	const ASN1_OBJECT *oid;

	X509_ALGOR_get0(&oid, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
	token->digest = digest_by_nid(OBJ_obj2nid(oid));
	token->imprint_len = (size_t)ASN1_STRING_length(value);
	if (token->imprint_len > sizeof(token->imprint) ||
	    (token->digest != DIGEST_NONE && token->imprint_len != digest_size(token->digest)))
		return error_set(err, ERROR_MALFORMED,
		    "the imprint of the time stamp is not as long as its digest");
	memcpy(token->imprint, ASN1_STRING_get0_data(value), token->imprint_len);
	return 0;
}

static int
take_info(struct token *token, TS_TST_INFO *info, struct error *err)
{
	int ok;

	if (TS_TST_INFO_get_version(info) != 1)
		return error_set(err, ERROR_MALFORMED, "the time stamp is not of version 1");
	token->time = asn1_time_seconds(TS_TST_INFO_get_time(info), &ok);
	if (!ok)
		return error_set(err, ERROR_MALFORMED, "the time stamp's time cannot be read");
	asn1_integer_text(TS_TST_INFO_get_serial(info), token->serial, sizeof(token->serial));
	OBJ_obj2txt(token->policy, sizeof(token->policy), TS_TST_INFO_get_policy_id(info), 1);
	return take_imprint(token, info, err);
}

static int
read_info(struct token *token, struct span der, struct error *err)
{
	struct buf content = BUF_INIT(0);
	TS_TST_INFO *info = NULL;
	const unsigned char *p;
	char type[80] = "";
	int rc = -1;

	if (cms_content(&content, type, sizeof(type), der, err) != 0)
		goto done;
	if (strcmp(type, OID_TST_INFO) != 0) {
		error_set(err, ERROR_MALFORMED, "the signed content is not a time stamp");
		goto done;
	}
	p = content.data;
	info = d2i_TS_TST_INFO(NULL, &p, (long)content.len);
	if (info == NULL || p != content.data + content.len) {
		error_openssl_kind(err, ERROR_MALFORMED, "the time stamp does not decode");
		goto done;
	}
	rc = take_info(token, info, err);
done:
	TS_TST_INFO_free(info);
	buf_release(&content);
	return rc;
}

int
token_read(struct token *token, struct span der, STACK_OF(X509) * certificates, struct error *err)
{
	const struct cms_read_options options = { .extra_certificates = certificates };
	size_t i, signers = 0;

	memset(token, 0, sizeof(*token));
	if (cms_read(&token->signatures, der, NULL, &options, err) != 0 ||
	    read_info(token, der, err) != 0)
		goto fail;
	/* RFC 3161 section 2.4.2: the authority's signature and no other. */
	for (i = 0; i < token->signatures.count; i++)
		signers += token->signatures.items[i].parent == NULL;
	if (signers == 1)
		return 0;
	error_set(
	    err, ERROR_MALFORMED, "a time stamp must have one signature, this has %zu", signers);
fail:
	token_release(token);
	return -1;
}

void
token_release(struct token *token)
{
	signatures_release(&token->signatures);
	memset(token, 0, sizeof(*token));
}
