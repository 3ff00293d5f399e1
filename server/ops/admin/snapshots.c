/* GetTrustSnapshot: what a numbered snapshot holds, and what it changed. */
#include <stdio.h>
#include <string.h>

#include "server/ops/admin/call.h"
#include "server/ops/trust/trust.h"

/* The fields of TrustSnapshotDetail and TrustSnapshotList, in their order. */
enum {
	D_NUMBER,
	D_NAME,
	D_DIGEST,
	D_REASON,
	D_MADE,
	D_MADE_BY,
	D_SERVICES,
	D_AGAINST,
	D_LISTS,
	D_OWN,
	D_CHANGES,
	D_FIELDS
};
enum { L_NAME, L_TERRITORY, L_SEQUENCE, L_ISSUED, L_NEXT_UPDATE, L_FIELDS };

static struct record_value
text(struct admin_call *call, const char *s, struct error *err)
{
	return value_of_text(record_text(&call->x->arena, span_str(s), err));
}

static int
put_lists(struct admin_call *call, const struct trust_snapshot *s, struct record_value *to,
    struct error *err)
{
	struct record_value *row;
	size_t i;

	to->is_set = 1;
	to->items =
	    record_alloc(&call->x->arena, s->source_count * L_FIELDS + 1, sizeof(*row), err);
	if (to->items == NULL)
		return -1;
	for (i = 0; i < s->source_count && i < ADMIN_PAGE_MAX; i++) {
		row = &to->items[to->count++ * L_FIELDS];
		row[L_NAME] = text(call, s->sources[i].name, err);
		row[L_TERRITORY] = text(call, s->sources[i].territory, err);
		row[L_SEQUENCE] = value_of_number((int64_t)s->sources[i].sequence);
		row[L_ISSUED] = value_of_number(s->sources[i].issued);
		if (s->sources[i].next_update != TRUST_NO_TIME)
			row[L_NEXT_UPDATE] = value_of_number(s->sources[i].next_update);
	}
	return 0;
}

static int
put_own(struct admin_call *call, const struct trust_snapshot *s, struct record_value *to,
    struct error *err)
{
	size_t i;

	if (admin_put_texts(call, to, s->own_count, err) != 0)
		return -1;
	for (i = 0; i < s->own_count && i < ADMIN_PAGE_MAX; i++)
		if (admin_put_text(call, to, s->own[i].name, err) != 0)
			return -1;
	return 0;
}

/* The sentences, a line each; the last says how many more there would be. */
static int
put_changes(
    struct admin_call *call, char *lines, size_t count, struct record_value *to, struct error *err)
{
	char more[80], *line, *rest = NULL;
	size_t n = 0;

	if (admin_put_texts(call, to, count < ADMIN_PAGE_MAX ? count : ADMIN_PAGE_MAX, err) != 0)
		return -1;
	for (line = strtok_r(lines, "\n", &rest); line != NULL && n + 1 < ADMIN_PAGE_MAX;
	     line = strtok_r(NULL, "\n", &rest), n++)
		if (admin_put_text(call, to, line, err) != 0)
			return -1;
	if (line == NULL)
		return 0;
	snprintf(more, sizeof(more), "and %zu more changes", count - n);
	return admin_put_text(call, to, more, err);
}

/* Against the one before, or the one that was named. */
static int
put_difference(struct admin_call *call, const struct trust_snapshot *s, int32_t number,
    struct record_value *row, struct error *err)
{
	const struct record_value *wanted = admin_in(call, "against");
	const int32_t against = wanted->is_set ? (int32_t)wanted->number : number - 1;
	struct trust_snapshot *from = NULL;
	struct buf lines = BUF_INIT(0);
	int count, rc = -1;

	if (against == 0)
		return admin_put_texts(call, &row[D_CHANGES], 0, err);
	if (against < 0 || trust_load(call->db, &call->tenant, against, &from, err) != 0)
		return against < 0
			   ? error_set(err, ERROR_MALFORMED, "snapshots are numbered from 1 on")
			   : -1;
	if (from == NULL)
		return error_set(
		    err, ERROR_NOT_FOUND, "there is no trust snapshot %d", (int)against);
	row[D_AGAINST] = value_of_number(against);
	count = trust_diff(from, s, &lines, err);
	if (count >= 0 && buf_terminate(&lines, err) == 0)
		rc = put_changes(call, (char *)lines.data, (size_t)count, &row[D_CHANGES], err);
	buf_release(&lines);
	trust_snapshot_free(from);
	return rc;
}

static int
put_snapshot(struct admin_call *call, const struct trust_snapshot_row *is,
    const struct trust_snapshot *s, struct error *err)
{
	struct record_value *row = record_alloc(&call->x->arena, D_FIELDS, sizeof(*row), err);
	char name[24], hex[2 * STORE_DIGEST_SIZE + 1];

	if (row == NULL)
		return -1;
	call->x->rows = row;
	call->x->count = 1;
	row[D_NUMBER] = value_of_number(is->number);
	row[D_NAME] = text(call, trust_snapshot_name(s, name), err);
	row[D_DIGEST] = text(call, text_hex(hex, s->digest, STORE_DIGEST_SIZE), err);
	row[D_REASON] = text(call, is->reason, err);
	row[D_MADE] = value_of_number(is->made);
	row[D_MADE_BY] = text(call, is->made_by, err);
	row[D_SERVICES] = value_of_number((int64_t)s->entry_count);
	if (put_lists(call, s, &row[D_LISTS], err) != 0 || put_own(call, s, &row[D_OWN], err) != 0)
		return -1;
	return put_difference(call, s, is->number, row, err);
}

int
admin_get_snapshot(struct admin_call *call, struct error *err)
{
	const struct record_value *wanted = admin_in(call, "number");
	struct trust_snapshot *s = NULL;
	struct trust_snapshot_row row;
	char number[16] = "";
	int found, rc = -1;

	if (wanted->is_set && wanted->number < 1)
		return error_set(err, ERROR_MALFORMED, "snapshots are numbered from 1 on");
	found = store_trust_snapshot(
	    call->db, &call->tenant, wanted->is_set ? (int32_t)wanted->number : 0, &row, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return wanted->is_set
			   ? error_set(err, ERROR_NOT_FOUND, "there is no trust snapshot %lld",
				 (long long)wanted->number)
			   : error_set(err, ERROR_NOT_FOUND,
				 "the tenant has no trust snapshot yet: it trusts nobody");
	snprintf(number, sizeof(number), "%d", (int)row.number);
	{
		const struct record_value name = value_of_text(number);

		admin_note_object(call, "trust snapshot", &name);
	}
	if (trust_snapshot_load(&s, row.content, err) == 0)
		rc = put_snapshot(call, &row, s, err);
	trust_snapshot_free(s);
	db_result_free(row.result);
	return rc;
}
