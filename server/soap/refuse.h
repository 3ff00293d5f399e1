/*
 * server/soap/refuse.h: a fault for an exchange that no worker serves (any more): it was refused
 * before, or its commit failed. Safe on every thread.
 */
#ifndef SIGNET_SOAP_REFUSE_H
#define SIGNET_SOAP_REFUSE_H

#include "server/ops/exchange.h"

/* Make x's answer this failure, whatever stood there; SOAP 1.2 when the request's type says so. */
void soap_refuse(struct exchange *x, const struct error *failure);

#endif
