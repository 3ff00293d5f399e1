#include "server/ops/journal/append.h"

#include <string.h>

#include "server/ops/journal/chain.h"

int
audit_append(
    struct db *db, const char *name, struct audit_row *rows, size_t count, struct error *err)
{
	const struct audit_row *pointers[AUDIT_BATCH_MAX];
	struct audit_head head;
	int32_t node;
	size_t i;

	if (count == 0)
		return 0;
	if (count > AUDIT_BATCH_MAX)
		return error_cause(err, ERROR_INTERNAL, "the change could not be logged",
		    "more than %d rows at once", AUDIT_BATCH_MAX);
	if (store_node(db, name, &node, err) != 0 || store_node_hold(db, node, err) != 0 ||
	    store_audit_head(db, node, &head, NULL, err) != 0)
		return -1;
	for (i = 0; i < count; i++) {
		rows[i].seq = head.seq + 1;
		memcpy(rows[i].previous, head.hash, AUDIT_HASH_SIZE);
		if (chain_hash(&rows[i], name, err) != 0)
			return -1;
		head.seq = rows[i].seq;
		memcpy(head.hash, rows[i].hash, AUDIT_HASH_SIZE);
		pointers[i] = &rows[i];
	}
	if (store_audit_commit(db, node, pointers, count, NULL, 0, NULL, 0, err) != 0)
		return -1;
	return store_node_tell(db, node, &head, err);
}
