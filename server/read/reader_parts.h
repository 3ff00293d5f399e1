/* server/read/reader_parts.h: what the files of reader.h share. Private to the folder. */
#ifndef SIGNET_READ_READER_PARTS_H
#define SIGNET_READ_READER_PARTS_H

#include "server/read/help.h"
#include "server/read/order.h"
#include "server/read/reader.h"

/* Microseconds of work that the document may still take, of a child or of others. */
uint64_t reader_work_left(const struct reader_bounds *bounds);

/* What stands behind a good outcome goes where `to` says. */
typedef void take_answer(struct pack *p, void *to);
/* Have a child do it; `take` may be NULL. */
int reader_have_done(const struct reader *reader, const struct reader_bounds *bounds,
    struct order *order, struct help *help, take_answer *take, void *to, struct error *err);

#endif
