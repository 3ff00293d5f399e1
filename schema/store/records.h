/* schema/store/records.h: request records on their way into the audit batch; for this folder. */
#ifndef SIGNET_SCHEMA_STORE_RECORDS_H
#define SIGNET_SCHEMA_STORE_RECORDS_H

#include "schema/store/request.h"

/* Insert them all or fail by request_id_once; its arguments. */
const struct db_statement *store_request_insert(void);
void store_request_args(
    struct db_args *a, const struct request_record *const *records, size_t count);

#endif
