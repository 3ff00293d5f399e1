/* server/ops/gather_parts.h: the inside of what was gathered. For gather*.c and judge.c only. */
#ifndef SIGNET_OPS_GATHER_PARTS_H
#define SIGNET_OPS_GATHER_PARTS_H

#include "server/ops/gather.h"
#include "signing/x509/revocation.h"

struct gathered {
	/* Where evidence that came with the documents stands. */
	const struct signatures **lists; /* the callers' */
	size_t list_count;
	struct buf *tokens; /* copies: time stamps that belong to no signature */
	size_t token_count;
};
int gathered_new(struct gathered **gathered, struct error *err);
int gathered_note_list(struct gathered *gathered, const struct signatures *list, struct error *err);
int gathered_note_token(struct gathered *gathered, struct span token, struct error *err);

#endif
