/* server/soap/fault.h: a fault where there is no worker: from the journal, or for a full server. */
#ifndef SIGNET_SOAP_FAULT_H
#define SIGNET_SOAP_FAULT_H

#include "server/ops/exchange.h"

/*
 * Put a typed fault for `failure` in the place of the exchange's answer, if there is one: in
 * SOAP 1.2 where that answer was, else in 1.1. Any thread may call it; it neither waits nor uses
 * gSOAP.
 */
void soap_fail(struct exchange *x, const struct error *failure);

#endif
