/*
 * tests/support/card.h: a card with a certificate and its key, by SoftHSM: what a person has in a
 * reader.
 */
#ifndef SIGNET_TESTS_CARD_H
#define SIGNET_TESTS_CARD_H

#define CARD_MODULE "/usr/lib/softhsm/libsofthsm2.so"
#define CARD_PIN    "1234"

/* 1 where SoftHSM is installed. */
int card_can_be_made(void);
/*
 * In the folder: hsm.conf, for SOFTHSM2_CONF, of tokens of its own, and one of them called `name`
 * with the key and the certificate of NAME.key and NAME.pem of the folder, labelled so too. May be
 * called again for another. 0, or -1 with the reason on standard error.
 */
int card_make(const char *dir, const char *name);

#endif
