/*
 * server/http/contract.h: hands out the WSDL and the schema. They are built into the program from
 * wsdl/; what a client downloads names the address by which it came.
 */
#ifndef SIGNET_HTTP_CONTRACT_H
#define SIGNET_HTTP_CONTRACT_H

#include "server/ops/exchange.h"

struct span contract_wsdl(void);
struct span contract_xsd(void);
struct span contract_admin_xsd(void); /* which signet.xsd includes */

/*
 * Answer with this document; 404 when it is SPAN_NONE. With `addresses` scheme and host of each
 * soap:address (and soap12:address) become those that the client used, by its Host field; the path
 * stays. A Host that is not a plain host name or address with a port is ERROR_MALFORMED.
 */
void contract_answer(struct exchange *x, struct span document, int addresses);

#endif
