/* server/read/unlock_pack.h: what a child asks a desk, and what it found, as bytes and back. */
#ifndef SIGNET_READ_UNLOCK_PACK_H
#define SIGNET_READ_UNLOCK_PACK_H

#include "server/read/pack.h"
#include "server/read/unlock.h"

/* Read: for free() of part and tries, on failure too. */
void pack_met(struct pack *p, struct unlock_met *met);
/* Read: for free() of part; the envelope (zeroed) for envelope_release(). */
void pack_end_of_unlock(struct pack *p, struct unlock_end *end);
/* A key's number, how it is asked, and how many bytes are wanted; read: views of the bytes. */
struct unlock_wish {
	size_t key, len;
	struct envelope_transport transport;
	struct span encrypted;
	struct envelope_agreement agreement;
};
void pack_transport(struct pack *p, struct unlock_wish *wish);
void pack_agreement(struct pack *p, struct unlock_wish *wish);
/* Read: for unlocked_release(), on failure too; no content is larger than `most`. */
void pack_unlocked(struct pack *p, struct unlocked *u, size_t most);

#endif
