/* Lists by pages: a token is the place behind which to go on, not a count. */
#include <stdio.h>
#include <string.h>

#include "server/ops/admin/call.h"

#define SEPARATOR '\x1f' /* in no name */

int
admin_page_size(const struct admin_call *call, int32_t *size, struct error *err)
{
	const struct record_value *v = admin_in(call, "pageSize");

	*size = v->is_set ? (int32_t)v->number : ADMIN_PAGE_DEFAULT;
	if (*size >= 1 && *size <= ADMIN_PAGE_MAX)
		return 0;
	return error_set(
	    err, ERROR_MALFORMED, "pageSize is 1 to %d, not %d", ADMIN_PAGE_MAX, (int)*size);
}

int
admin_token_of(struct admin_call *call, const struct record_value *token, const char *mark,
    struct record_value keys[2], struct error *err)
{
	struct buf clear = BUF_INIT(4096);
	char *key, *other;
	int rc = -1;

	if (text_base64_decode(&clear, token->bytes, NULL) == 0 &&
	    buf_terminate(&clear, NULL) == 0 && text_is_utf8((char *)clear.data, clear.len) &&
	    (key = strchr((char *)clear.data, SEPARATOR)) != NULL &&
	    (other = strchr(key + 1, SEPARATOR)) != NULL) {
		*key++ = *other++ = '\0';
		if (strcmp((char *)clear.data, mark) == 0) {
			keys[0] = value_of_text(record_text(&call->x->arena, span_str(key), err));
			keys[1] = value_of_text(record_text(&call->x->arena, span_str(other), err));
			rc = keys[0].is_set && keys[1].is_set ? 0 : -1;
		}
	}
	buf_release(&clear);
	return rc;
}

int
admin_token_read(
    struct admin_call *call, const char *mark, struct record_value keys[2], struct error *err)
{
	if (admin_token_of(call, admin_in(call, "pageToken"), mark, keys, err) == 0)
		return 0;
	return error_set(err, ERROR_MALFORMED, "pageToken is none that %s answered for this order",
	    call->op->name);
}

const char *
admin_token_make(struct admin_call *call, const char *mark, const char *key, const char *other,
    struct error *err)
{
	struct buf clear = BUF_INIT(4096), token = BUF_INIT(8192);
	const char *out = NULL;

	if (buf_printf(&clear, err, "%s%c%s%c%s", mark, SEPARATOR, key, SEPARATOR, other) == 0 &&
	    text_base64(&token, SPAN_OF(&clear), 0, err) == 0)
		out = record_text(&call->x->arena, SPAN_OF(&token), err);
	buf_release(&clear);
	buf_release(&token);
	return out;
}

/* There are more rows than were asked for: the page ends before the last. */
static int
cut(struct admin_call *call, const struct admin_list *list, const struct db_result *r, size_t size,
    struct error *err)
{
	const size_t wide = call->op->answer->count;
	const struct record_value *last = &call->x->rows[(size - 1) * wide];
	const unsigned int columns = (unsigned int)strlen(list->page->columns);
	const char *keys[2];
	int i;

	call->x->count = size;
	for (i = 0; i < 2; i++)
		keys[i] = list->key_columns[i] >= 0
			      ? value_text(&last[list->key_columns[i]])
			      : db_text(r, size - 1, columns - 2 + (unsigned int)i);
	call->x->next_page = admin_token_make(
	    call, list->mark, keys[0] != NULL ? keys[0] : "", keys[1] != NULL ? keys[1] : "", err);
	return call->x->next_page != NULL ? 0 : -1;
}

/* Of what there may be many of, as far as ADMIN_COUNT_PAGES; more than that is not told. */
static int
count(struct admin_call *call, const struct admin_list *list, int32_t size, struct error *err)
{
	const int is_bounded = strlen(list->count->params) > list->before_count + 1;
	const int64_t most = (int64_t)size * ADMIN_COUNT_PAGES;
	struct record_value args[4];
	struct db_result *r;

	memcpy(args, list->before, list->before_count * sizeof(*args));
	args[list->before_count] = value_of_number(most + 1);
	if (store_admin(call->db, &call->tenant, list->count, args,
		list->before_count + (size_t)is_bounded, &r, err) != 0)
		return -1;
	call->x->total = db_integer(r, 0, 0);
	if (is_bounded && call->x->total > most)
		call->x->total = -1;
	db_result_free(r);
	return 0;
}

int
admin_page(struct admin_call *call, const struct admin_list *list, struct error *err)
{
	struct record_value args[6], *keys = &args[list->before_count];
	struct db_result *r = NULL;
	int32_t size;
	int rc = -1;

	memcpy(args, list->before, list->before_count * sizeof(*args));
	keys[0] = value_of_text(list->first[0]);
	keys[1] = value_of_text(list->first[1]);
	if (admin_page_size(call, &size, err) != 0 ||
	    (admin_in(call, "pageToken")->is_set &&
		admin_token_read(call, list->mark, keys, err) != 0))
		return -1;
	keys[2] = value_of_number(size + 1);
	if (store_admin(
		call->db, &call->tenant, list->page, args, list->before_count + 3, &r, err) != 0 ||
	    store_admin_read(
		&call->x->arena, r, call->op->answer, &call->x->rows, &call->x->count, err) != 0)
		goto done;
	rc = call->x->count > (size_t)size ? cut(call, list, r, (size_t)size, err) : 0;
	if (rc == 0 && list->count != NULL)
		rc = count(call, list, size, err);
done:
	db_result_free(r);
	return rc;
}

struct admin_list
admin_plain_list(struct admin_call *call, const struct db_statement *page, const char *first)
{
	const struct record_value *filter = admin_in(call, "filter");
	struct admin_list list = { .page = page,
		.count = page + 1,
		.before_count = 1,
		.first = { first, "" },
		.key_columns = { -1, -1 },
		.mark = call->op->name };

	if (filter->bytes.len > 0)
		list.before[0] = *filter;
	return list;
}

/* The words of ListOrder, in its order, with the keys that their lists begin behind. */
static const struct {
	const char *word, *first, *other;
} orders[STORE_ORDERS] = {
	[STORE_BY_NAME] = { "Name", "", "" },
	[STORE_BY_CREATED] = { "Created", "infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff" },
	[STORE_BY_CHANGED] = { "Changed", "infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff" },
	[STORE_BY_STATE] = { "State", "", "" },
};

int
admin_run_list(struct admin_call *call, struct error *err)
{
	const struct record_value *order = admin_in(call, "order"),
				  *filter = admin_in(call, "filter");
	const struct admin_kind *kind = call->plan->kind;
	const struct store_pages *pages = &kind->pages;
	const int has_filter = filter->is_set && filter->bytes.len > 0;
	struct admin_list list = { .before_count = 1, .key_columns = { -1, -1 } };
	size_t at = STORE_BY_NAME, i;

	while (order->is_set && at + 1 < STORE_ORDERS &&
	       strcmp(orders[at].word, value_text(order)) != 0)
		at++;
	list.page = &pages->pages[(size_t)has_filter * STORE_ORDERS + at];
	list.count = &pages->counts[has_filter];
	list.before[0] = has_filter ? *filter : (struct record_value){ 0 };
	list.first[0] = orders[at].first;
	list.first[1] = orders[at].other;
	list.mark = orders[at].word;
	if (admin_page(call, &list, err) != 0)
		return -1;
	for (i = 0; kind->finish != NULL && i < call->x->count; i++)
		if (kind->finish(call, &call->x->rows[i * kind->thing->count], err) != 0)
			return -1;
	return 0;
}
