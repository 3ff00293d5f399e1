/* tui/model/card_key.h: the key on a card for TLS; for client.c only. */
#ifndef SIGNET_TUI_CARD_KEY_H
#define SIGNET_TUI_CARD_KEY_H

#include "tui/model/card.h"

/*
 * The key of the certificate as OpenSSL uses keys, which signs on the card. The card must stay open
 * as long as the key is used, and only one card a process can be used so. On 0 *key is the
 * caller's, for EVP_PKEY_free(). ERROR_UNSUPPORTED: neither RSA nor EC.
 */
int card_key_new(EVP_PKEY **key, struct card *card, X509 *cert, struct error *err);

#endif
