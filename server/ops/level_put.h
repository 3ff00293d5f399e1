/* server/ops/level_put.h: one step of one signature, by what the document is. For level.c only. */
#ifndef SIGNET_OPS_LEVEL_PUT_H
#define SIGNET_OPS_LEVEL_PUT_H

#include "server/ops/level.h"

/* Have the file be what was made of it, which is empty then. */
void level_replace(struct buf *file, struct buf *made);
/*
 * Extend the signature in `file`, which is replaced; a PDF for all of its signatures. `data` is for
 * LT and LTA. On -1 `file` is as it was.
 */
int level_put(const struct raising *r, struct buf *file, const struct signature *sig,
    enum extension to, const struct evidence *data, struct error *err);
/* The archive time stamp of a container that is protected as a whole: asic_renew(). */
int level_renew(
    const struct raising *r, struct buf *file, const struct evidence *data, struct error *err);

#endif
