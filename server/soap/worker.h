/*
 * server/soap/worker.h: serves SOAP requests. gSOAP parses and serialises; sockets, HTTP framing
 * and time-outs are the front's (server/ops/exchange.h), rights, audit and work the engine's.
 *
 * A worker belongs to one thread at a time and may serve any exchange of its engine, one after the
 * other. It keeps about 300 KB.
 */
#ifndef SIGNET_SOAP_WORKER_H
#define SIGNET_SOAP_WORKER_H

#include "server/ops/exchange.h"

struct engine;
struct soap_ops;
struct soap_worker;

/* On 0 *worker is the caller's, for soap_worker_free(); the engine must outlive it. */
int soap_worker_new(struct soap_worker **worker, struct engine *engine, struct error *err);
/* The same with other functions in the engine's place: server/soap/ops.h. */
int soap_worker_new_with(struct soap_worker **worker, struct engine *engine,
    const struct soap_ops *ops, struct error *err);
void soap_worker_free(struct soap_worker *worker); /* NULL is fine */

/*
 * Serve one POST. SERVED: the answer, be it a fault, is in the exchange, with a pending commit
 * where there is one. SERVED_LOGIN, SERVED_MOVE: nothing was done; serve the same request again,
 * from the first byte of its body, in LANE_LOGIN or LANE_SLOW. Called so and not soap_serve(),
 * which is gSOAP's.
 */
enum served soap_worker_serve(struct soap_worker *worker, struct exchange *x);

#endif
