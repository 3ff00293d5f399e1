/* tui/model/card.h: certificate and signatures of a card by PKCS#11; for prover.c and client.c. */
#ifndef SIGNET_TUI_CARD_H
#define SIGNET_TUI_CARD_H

#include "tui/model/prover.h"

/* *cert and *card are the caller's: X509_free(), card_close(). */
int card_open(struct card **card, X509 **cert, const struct card_choice *choice, struct error *err);
void card_close(struct card *card); /* NULL is fine */
/* As prover_sign(). */
int card_sign(struct card *card, struct span bytes, struct buf *signature, struct error *err);

/* How a digest is signed; digests by OpenSSL's numbers. RSA alone looks at them. */
struct card_how {
	int digest_nid;
	int is_pss; /* else PKCS #1 1.5 */
	int mgf_nid, salt_len;
};
/* A digest that was made elsewhere; ECDSA in DER. Appended to `signature`. */
int card_sign_digest(struct card *card, const struct card_how *how, struct span digest,
    struct buf *signature, struct error *err);
/* Bytes of an RSA signature of it. */
size_t card_signature_size(const struct card *card);

#endif
