/*
 * signing/verify/token.h: what a time-stamp token (RFC 3161) says. Inside of this folder.
 *
 * A token is CMS, so it is read by the reader of that format, and its signer is judged by the
 * blocks that judge every signer.
 */
#ifndef SIGNET_SIGNING_VERIFY_TOKEN_H
#define SIGNET_SIGNING_VERIFY_TOKEN_H

#include <openssl/x509.h>

#include "signing/core/work.h"
#include "signing/format/cms/tst_info.h"

struct token {
	struct span der;	      /* it was read from; the caller's */
	struct signatures signatures; /* exactly one signer's */
	struct tst_info info;
};

/*
 * Read a token's DER; `certificates` may hold its signer's, or be NULL; `work` pays for it. On 0
 * the token is the caller's, for token_release(); on -1 it is empty and err->kind is
 * ERROR_MALFORMED for what is no token (text says why), else as of cms_read().
 */
int token_read(struct token *token, struct span der, STACK_OF(X509) * certificates,
    struct work *work, struct error *err);
void token_release(struct token *token);

#endif
