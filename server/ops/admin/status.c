/* GetStatus: what this process knows of itself, and what the database knows of the tenant. */
#include <stdio.h>
#include <string.h>

#include "authz/cache.h"
#include "server/ops/admin/call.h"
#include "server/ops/journal/journal.h"

#define OWN_ITEMS 3

static int
put(struct admin_call *call, const char *part, const char *name, int works, const char *text,
    struct error *err)
{
	struct record_value *row = &call->x->rows[call->x->count++ * thing_StatusItem.count];

	row[0] = value_of_text(part);
	row[1] = value_of_text(record_text(&call->x->arena, span_str(name), err));
	row[2] = value_of_text(works ? "Works" : "Fails");
	row[3] = value_of_text(record_text(&call->x->arena, span_str(text), err));
	return row[1].is_set && row[3].is_set ? 0 : -1;
}

static int
put_own(struct admin_call *call, struct error *err)
{
	const struct engine_parts *parts = &call->engine->parts;
	struct journal_status journal;
	char text[300];

	journal_status(parts->journal, &journal);
	snprintf(text, sizeof(text), "Signet %s", SIGNET_VERSION);
	if (put(call, "Node", engine_node(call->engine), 1, text, err) != 0)
		return -1;
	if (journal.is_connected)
		snprintf(text, sizeof(text), "%u rows wait", journal.queued);
	else
		snprintf(text, sizeof(text), "%s", journal.why);
	if (put(call, "Node", "audit log", journal.is_connected, text, err) != 0)
		return -1;
	return put(call, "Node", "changes of rights", authz_cache_is_listening(parts->cache),
	    authz_cache_is_listening(parts->cache)
		? ""
		: "changes are not heard; the database is asked each time",
	    err);
}

int
admin_get_status(struct admin_call *call, struct error *err)
{
	const size_t wide = thing_StatusItem.count;
	struct record_value *known = NULL;
	struct db_result *r;
	size_t n = 0;
	int rc;

	if (store_admin(call->db, &call->tenant, &admin_status_statements[STATUS_LIST], NULL, 0, &r,
		err) != 0)
		return -1;
	rc = store_admin_read(&call->x->arena, r, &thing_StatusItem, &known, &n, err);
	db_result_free(r);
	if (rc != 0)
		return -1;
	call->x->rows =
	    record_alloc(&call->x->arena, (n + OWN_ITEMS) * wide, sizeof(*call->x->rows), err);
	if (call->x->rows == NULL || put_own(call, err) != 0)
		return -1;
	memcpy(&call->x->rows[call->x->count * wide], known, n * wide * sizeof(*known));
	call->x->count += n;
	call->x->total = (int64_t)call->x->count;
	return 0;
}
