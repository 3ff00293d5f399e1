/*
 * server/ops/sign_on/challenge.h: what is signed to prove the key of a certificate:
 *
 *	signet-sign-on-1 server=UUID tenant=UUID certificate=SHA256 expires=SECONDS nonce=HEX
 *mac=HEX
 *
 * The MAC is HMAC-SHA-256 over all before " mac=" with the installation's secret, so a server knows
 * its own challenges and those of the other servers on its database without keeping any, and none
 * of another installation. That each is answered once is the nonce's: schema/store/admin/sign_on.c.
 */
#ifndef SIGNET_OPS_CHALLENGE_H
#define SIGNET_OPS_CHALLENGE_H

#include "server/base/buf.h"
#include "server/base/uuid.h"

#define CHALLENGE_NONCE_SIZE  16
#define CHALLENGE_SECRET_SIZE 32
#define CHALLENGE_TEXT_SIZE   400

struct challenge {
	struct uuid server, tenant;
	unsigned char fingerprint[32]; /* SHA-256 of the certificate in DER */
	int64_t expires;	       /* seconds */
	unsigned char nonce[CHALLENGE_NONCE_SIZE];
};

/* ERROR_INTERNAL: OpenSSL refused. */
int challenge_write(char text[CHALLENGE_TEXT_SIZE], const struct challenge *c,
    const unsigned char secret[CHALLENGE_SECRET_SIZE], struct error *err);
/*
 * Read one of ours; ERROR_NOT_AUTHENTICATED for all else: there is one way to write each challenge,
 * and what was written in another, or with another secret, is none.
 */
int challenge_read(struct challenge *c, const char *text,
    const unsigned char secret[CHALLENGE_SECRET_SIZE], struct error *err);

#endif
