#include "signing/verify/token.h"

#include <string.h>

#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/oids.h"

static int
read_info(struct token *token, struct span der, struct error *err)
{
	struct buf content = BUF_INIT(0);
	char type[80] = "";
	int rc = -1;

	if (cms_content(&content, type, sizeof(type), der, err) != 0)
		goto done;
	if (strcmp(type, OID_TST_INFO) != 0)
		error_set(err, ERROR_MALFORMED, "the signed content is not a time stamp");
	else
		rc = tst_info_decode(&token->info, SPAN_OF(&content), err);
	/* An imprint of an algorithm that is not known here cannot be compared: told as such. */
	if (rc == 0 && token->info.problem[0] != '\0' && token->info.digest != DIGEST_NONE)
		rc = error_set(err, ERROR_MALFORMED, "%s", token->info.problem);
	if (rc == 0 && token->info.version != 1)
		rc = error_set(err, ERROR_MALFORMED, "the time stamp is not of version 1");
done:
	buf_release(&content);
	return rc;
}

int
token_read(struct token *token, struct span der, STACK_OF(X509) * certificates, struct work *work,
    struct error *err)
{
	const struct cms_read_options options = { .extra_certificates = certificates,
		.work = work };
	size_t i, signers = 0;

	memset(token, 0, sizeof(*token));
	token->der = der;
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
	tst_info_release(&token->info);
	memset(token, 0, sizeof(*token));
}
