/* signing/keys/rounds.h: how much work a PKCS#12 file asks for, before that work is done. */
#ifndef SIGNET_SIGNING_KEYS_ROUNDS_H
#define SIGNET_SIGNING_KEYS_ROUNDS_H

#include "server/base/buf.h"

#define ROUNDS_MAX	1000000 /* of one derivation: about half a second */
#define ROUNDS_BAGS_MAX 64

/*
 * 0 when none of the file's derivations (its MAC, its encrypted parts, the keys in them) has more
 * than ROUNDS_MAX rounds and all are PBKDF2 or PKCS#12's own, at most ROUNDS_BAGS_MAX of them.
 * ERROR_MALFORMED for what is no PKCS#12 or has another passphrase, ERROR_LIMIT for too much.
 */
int rounds_check(struct span pkcs12, struct span passphrase, struct error *err);

#endif
