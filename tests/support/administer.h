/*
 * tests/support/administer.h: operations of the service Administration, asked of an engine of
 * ops_world as the user acme/erp, who may call all of them.
 */
#ifndef SIGNET_TESTS_ADMINISTER_H
#define SIGNET_TESTS_ADMINISTER_H

#include "server/ops/admin/admin.h"
#include "tests/support/ops_world.h"

/* ops_world_make(), with the tenants acme, which has the authority "local", and rival. 0 or -1. */
int administer_world(void);

#define FIELDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
/*
 * One call. The request is in `req` until request_release(); fields are name, value, ..., NULL, a
 * field that is a list has its items between commas. 0, or -1 and why.
 */
int administer(
    struct request *req, enum operation_id id, const char *const *fields, struct error *err);
/* The same as another user, "tenant/user". */
int administer_as(const char *user, struct request *req, enum operation_id id,
    const char *const *fields, struct error *err);
/* A field of a thing that was answered; never NULL. */
const struct record_value *administered(const struct request *req, size_t row, const char *field);
/* The same as text; static memory, 16 calls deep. */
const char *administered_text(const struct request *req, size_t row, const char *field);
/* Call it, which must go well, and give the id of what it answers; static memory as above. */
const char *administer_made(enum operation_id id, const char *const *fields);
/* Call it, which must be refused so, with these words in the text. */
void administer_refused(
    enum operation_id id, const char *const *fields, enum error_kind kind, const char *words);

#endif
