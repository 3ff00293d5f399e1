/*
 * server/read/gate.h: who may have a document read next, so that callers share the children of the
 * read process fairly: no one has more of them than his share, and of those who wait the one with
 * the fewest comes first. Locked inside.
 */
#ifndef SIGNET_READ_GATE_H
#define SIGNET_READ_GATE_H

#include <stdint.h>

#include "server/base/uuid.h"

struct read_gate;

/* As many places as the read process has children. */
int read_gate_new(struct read_gate **gate, unsigned int places, struct error *err);
void read_gate_free(struct read_gate *gate); /* NULL is fine; nobody is inside or waits */
/*
 * Wait for a place, of which the caller may have `most`, until `deadline` of the monotonic clock,
 * in microseconds: 0, and a call of read_gate_leave() is due; or -1 with ERROR_UNAVAILABLE.
 */
int read_gate_enter(struct read_gate *gate, const struct uuid *caller, unsigned int most,
    int64_t deadline, struct error *err);
void read_gate_leave(struct read_gate *gate, const struct uuid *caller);
/* How many wait: for tests. */
unsigned int read_gate_waiting(struct read_gate *gate);

#endif
