/* schema/store/result.h: inside a result; for the files of this folder only. */
#ifndef SIGNET_SCHEMA_STORE_RESULT_H
#define SIGNET_SCHEMA_STORE_RESULT_H

#include "schema/store/pq.h"

/* Take `res` over; checks that its columns are those of the statement. NULL and err otherwise. */
struct db_result *db_result_new(
    PGresult *res, const struct db_statement *statement, struct error *err);

#endif
