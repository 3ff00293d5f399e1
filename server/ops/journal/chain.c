#include "server/ops/journal/chain.h"

#include <string.h>

#include "server/base/clock.h"

#define READ_AT_ONCE 2000

static int
check_rows(struct chain_check *c, const struct db_result *r,
    const struct audit_head *const known[2], struct error *err)
{
	size_t i, k;
	int rc = 1;

	for (i = 0; rc == 1 && i < db_rows(r); i++) {
		const struct audit_row row = store_audit_row(r, i);

		rc = chain_check_row(c, &row, CHAIN_ROW, err);
		for (k = 0; rc == 1 && k < 2; k++)
			if (known[k] != NULL && known[k]->seq == row.seq)
				rc = chain_check_known(c, known[k], "as the server wrote it");
	}
	return rc;
}

static int
is_over(const struct chain_share *share, const struct chain_check *c)
{
	return share != NULL &&
	       ((share->rows != 0 && c->rows >= share->rows) ||
		   (share->until_us != 0 && clock_monotonic_us() >= share->until_us));
}

static int
go_along(struct db *db, int32_t node, struct chain_check *c,
    const struct audit_head *const known[2], const struct chain_share *share, int *is_whole,
    struct error *err)
{
	struct db_result *r;
	int rc = 1;

	while (rc == 1 && !*is_whole && !is_over(share, c)) {
		if (store_audit_chain(db, node, c->head.seq, READ_AT_ONCE, &r, err) != 0)
			return -1;
		*is_whole = db_rows(r) < READ_AT_ONCE;
		rc = check_rows(c, r, known, err);
		db_result_free(r);
	}
	return rc;
}

int
audit_verify_part(struct db *db, const char *node_name, const struct audit_head *from,
    const struct audit_head *known_head, const struct chain_share *share,
    struct chain_report *report, struct error *err)
{
	static const struct audit_head beginning;
	const struct audit_head *const known[2] = { &report->told, known_head };
	struct audit_head last;
	struct chain_check c;
	int32_t node;
	size_t i;
	int rc;

	memset(report, 0, sizeof(*report));
	chain_check_init(&c, node_name, from != NULL ? from : &beginning);
	rc = store_node_find(db, node_name, &node, err);
	if (rc == 0)
		return error_set(err, ERROR_NOT_FOUND, "no server of this name has written a log");
	if (rc < 0 || store_audit_head(db, node, &last, &report->told, err) != 0)
		return -1;
	rc = go_along(db, node, &c, known, share, &report->is_whole, err);
	for (i = 0; rc == 1 && report->is_whole && i < 2; i++)
		if (known[i] != NULL && known[i]->seq > c.head.seq)
			rc = chain_check_known(&c, known[i], "as the server told");
	report->rows = c.rows;
	report->bad_seq = c.bad_seq;
	text_copy(report->text, sizeof(report->text), c.text);
	report->head = c.head;
	return rc;
}

int
audit_verify(struct db *db, const char *node_name, const struct audit_head *from,
    const struct audit_head *known_head, struct chain_report *report, struct error *err)
{
	return audit_verify_part(db, node_name, from, known_head, NULL, report, err);
}
