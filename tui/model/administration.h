/* tui/model/administration.h: the calls of the service Administration, by the place of their names.
 */
#ifndef SIGNET_TUI_ADMINISTRATION_H
#define SIGNET_TUI_ADMINISTRATION_H

#include "wsdl/mapping.h"

/*
 * Ask what `request` (values in the order of the request's fields) says. SOAP_OK, or gSOAP's error
 * for client_failure(); *answer is gSOAP's until client_forget().
 */
int administration_call(struct soap *soap, const char *endpoint,
    const struct mapping_operation *operation, const struct record_value *request, void **answer);
/* How many things the answer holds, and one of them; only for ONE and LIST. */
size_t administration_count(const struct mapping_operation *operation, const void *answer);
const void *administration_thing(
    const struct mapping_operation *operation, const void *answer, size_t i);
/* Of a LIST: the token of the next page, or NULL; how many there are in all, or -1. */
const char *administration_next(const struct mapping_operation *operation, const void *answer);
long long administration_total(const struct mapping_operation *operation, const void *answer);
/* What was done, in the words of the result; "" for none. */
const char *administration_message(const void *answer);
/* Nothing was changed yet: the proposal that waits for a second administrator; NULL: it was done.
 */
const char *administration_proposal(const void *answer);

#endif
