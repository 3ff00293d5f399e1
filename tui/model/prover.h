/*
 * tui/model/prover.h: a certificate and something that signs with its key: a PKCS#12 or PEM file,
 * or a card by its PKCS#11 module. A key on a card never leaves it.
 */
#ifndef SIGNET_TUI_PROVER_H
#define SIGNET_TUI_PROVER_H

#include <openssl/x509.h>

#include "server/base/buf.h"

struct card;

struct prover {
	X509 *cert;
	struct buf der;
	EVP_PKEY *key;	   /* NULL: on the card */
	struct card *card; /* NULL: in a file */
};

/*
 * All: 0, then the prover is the caller's for prover_close(); -1 and what is wrong, in words for
 * who calls the program.
 */
/* What the file holds: PKCS#12 with this passphrase, or PEM (its key there or in `key_file`). */
int prover_open_file(struct prover *p, const char *file, const char *key_file,
    const char *passphrase, struct error *err);
struct card_choice {
	const char *module; /* path of the PKCS#11 module, or the name of one that p11-kit knows */
	const char *token;  /* label of the token; NULL: the only one */
	const char *object; /* label of the certificate; NULL: the only one that has a key */
	const char *pin;
};
int prover_open_card(struct prover *p, const struct card_choice *choice, struct error *err);
void prover_close(struct prover *p);

/*
 * Sign the bytes with SHA-256 (RSA: PKCS #1 1.5; ECDSA in DER), or as Ed25519 and Ed448 do:
 * appended to `signature`.
 */
int prover_sign(struct prover *p, struct span bytes, struct buf *signature, struct error *err);

#endif
