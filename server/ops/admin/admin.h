/*
 * server/ops/admin/admin.h: the service Administration, as doors see it: what is asked and answered
 * are values, in the order of the fields of wsdl/administration.h.
 */
#ifndef SIGNET_OPS_ADMIN_H
#define SIGNET_OPS_ADMIN_H

#include "server/base/record.h"
#include "server/ops/engine.h"

enum admin_form { ADMIN_ONE, ADMIN_LIST, ADMIN_DONE };

/* What an operation is asked and what it answers. */
struct admin_operation {
	const char *name;
	const struct thing *request, *answer;
	enum admin_form form;
};
/* NULL: it is none of the service. */
const struct admin_operation *admin_operation(enum operation_id id);

/* One call: `in` is filled by the door, the rest by the operation; all of it lives in the arena. */
struct admin_exchange {
	struct record_arena arena;
	struct record_value *in; /* one for each field of the request */
	/* the things: `count` times as many values as they have fields; ADMIN_ONE: one thing */
	struct record_value *rows;
	size_t count;
	const char *next_page; /* or NULL */
	const char *proposal;  /* its id: nothing was changed, the things are as they would be */
	int64_t total;
};
/* The exchange of a request for this operation, freed by request_release(). */
struct admin_exchange *admin_exchange_make(
    struct request *req, const struct admin_operation *op, struct error *err);
void admin_exchange_free(struct admin_exchange *x); /* NULL is fine */

int admit_administration(struct engine *engine, struct request *req, struct error *err);
int run_administration(struct engine *engine, struct request *req, struct error *err);

#endif
