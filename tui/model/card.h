/* tui/model/card.h: certificate and signatures of a card by PKCS#11; for prover.c only. */
#ifndef SIGNET_TUI_CARD_H
#define SIGNET_TUI_CARD_H

#include "tui/model/prover.h"

/* *cert and *card are the caller's: X509_free(), card_close(). */
int card_open(struct card **card, X509 **cert, const struct card_choice *choice, struct error *err);
void card_close(struct card *card); /* NULL is fine */
/* As prover_sign(). */
int card_sign(struct card *card, struct span bytes, struct buf *signature, struct error *err);

#endif
