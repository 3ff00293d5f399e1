/* Why somebody may do something, or may not: the engine that decides, asked about today or a day of
 * the past. */
#include <stdio.h>
#include <string.h>

#include "authz/cache.h"
#include "authz/decide.h"
#include "server/ops/admin/call.h"
#include "signing/core/digests.h"

int
admin_load_caller(struct admin_call *call, const char *user, const unsigned char *fingerprint,
    int64_t at, const struct caller **caller, struct error *err)
{
	struct caller_row row;
	int rc = store_caller_at(call->db, &call->tenant, user, fingerprint, at, &row, err);

	*caller = NULL;
	if (rc == 1) {
		if (caller_make(caller, &row,
			fingerprint != NULL ? AUTHENTICATED_BY_CERTIFICATE
					    : AUTHENTICATED_BY_PASSWORD,
			err) != 0)
			rc = -1;
		db_result_free(row.result);
	}
	return rc;
}

int
admin_read_time(struct admin_call *call, admin_history_begin *history_begin, int64_t *at,
    int64_t *seconds, struct error *err)
{
	const struct record_value *wanted = admin_in(call, "at");
	const int64_t now = call->req->time_us / 1000000;
	char when[TEXT_TIME_SIZE];
	int64_t begin;

	*at = wanted->is_set ? wanted->number : DB_NO_TIME;
	*seconds = wanted->is_set ? wanted->number : now;
	if (!wanted->is_set)
		return 0;
	if (*at > now)
		return error_set(err, ERROR_MALFORMED, "%s is still to come", text_time(when, *at));
	if (history_begin(call->db, &call->tenant, &begin, err) != 0)
		return -1;
	if (begin != DB_NO_TIME && *at < begin)
		return error_set(err, ERROR_NOT_FOUND,
		    "what was before %s is not known: history begins then", text_time(when, begin));
	return 0;
}

static int
check_operation(const struct record_value *operation, enum right *right, struct error *err)
{
	*right = right_by_name(value_text(operation), operation->bytes.len);
	if (*right != RIGHT_UNSET)
		return 0;
	return error_set(
	    err, ERROR_NOT_FOUND, "there is no operation %.80s", value_text(operation));
}

/*
 * The key that was called so at a time (DB_NO_TIME: now), or is called so today, or has this id:
 * its id, and its name of then, by which it was decided. 1, 0 there was none, -1.
 */
static int
find_key_then(struct admin_call *call, const struct record_value *key, int64_t at, struct uuid *id,
    const char **name, struct error *err)
{
	const struct record_value args[2] = { *key,
		at != DB_NO_TIME ? value_of_number(at) : (struct record_value){ 0 } };
	struct db_result *r;
	int rc;

	if (store_admin(
		call->db, &call->tenant, &admin_key_statements[KEY_THEN], args, 2, &r, err) != 0)
		return -1;
	rc = db_rows(r) > 0;
	if (rc == 1) {
		*id = db_uuid(r, 0, 0);
		*name = record_text(&call->x->arena, db_bytes(r, 0, 1), err);
		rc = *name != NULL ? 1 : -1;
	}
	db_result_free(r);
	return rc;
}

/* What it is to be done with, by key, or by objectKind and objectId: 1, 0 nothing, -1. */
static int
read_object(struct admin_call *call, int64_t at, struct authz_object *object, struct uuid *id,
    struct error *err)
{
	const struct record_value *key = admin_in(call, "key"),
				  *kind = admin_in(call, "objectKind"),
				  *of = admin_in(call, "objectId");

	*object = (struct authz_object){ 0 };
	if (key->is_set + kind->is_set > 1 || kind->is_set != of->is_set)
		return error_set(err, ERROR_MALFORMED,
		    "name a key, or an object by objectKind and objectId, or nothing");
	if (key->is_set) {
		*object = (struct authz_object){ OBJECT_KEY, value_text(key), NULL };
		return find_key_then(call, key, at, id, &object->name, err) >= 0 ? 1 : -1;
	}
	if (kind->is_set && uuid_parse(value_text(of), id) == 0)
		*object =
		    (struct authz_object){ object_kind_by_name(value_text(kind), kind->bytes.len),
			    value_text(of), id };
	if (object->kind == OBJECT_KEY && object->id != NULL)
		return error_set(err, ERROR_MALFORMED, "keys are asked for by their names, as key");
	return object->kind != OBJECT_NONE;
}

/* The fields of Explanation, in its order. */
enum { E_ALLOWED, E_REASON, E_USER, E_AT, E_GROUPS, E_STEPS };

int
admin_put_texts(struct admin_call *call, struct record_value *to, size_t most, struct error *err)
{
	*to = (struct record_value){ .is_set = 1 };
	to->items = record_alloc(&call->x->arena, most + 1, sizeof(*to->items), err);
	return to->items != NULL ? 0 : -1;
}

int
admin_put_text(
    struct admin_call *call, struct record_value *list, const char *text, struct error *err)
{
	struct record_value *v = &list->items[list->count];

	*v = value_of_text(record_text(&call->x->arena, span_str(text), err));
	list->count += v->is_set;
	return v->is_set ? 0 : -1;
}

int
admin_put_chain(struct admin_call *call, const struct caller *c, unsigned int group,
    const char *ends, struct record_value *to, struct error *err)
{
	unsigned int chain[CALLER_CHAIN_MAX + 1];
	char words[400];
	size_t n = 0;

	for (; group < c->group_count && n < CALLER_CHAIN_MAX;
	     group = c->vias != NULL ? c->vias[group] : CALLER_HIMSELF)
		chain[n++] = group;
	if (n == 0)
		return 0;
	snprintf(
	    words, sizeof(words), "\"%s\" is in \"%s\"", c->user_name, c->groups[chain[n - 1]]);
	if (admin_put_text(call, to, words, err) != 0)
		return -1;
	for (; n > 1; n--) {
		snprintf(words, sizeof(words), "\"%s\" is in \"%s\"", c->groups[chain[n - 1]],
		    c->groups[chain[n - 2]]);
		if (admin_put_text(call, to, words, err) != 0)
			return -1;
	}
	snprintf(words, sizeof(words), "\"%s\" %s", c->groups[chain[0]], ends);
	return admin_put_text(call, to, words, err);
}

/* From the user to the group that gives the right, a step each. */
static int
put_steps(struct admin_call *call, const struct caller *c, enum right right,
    const struct authz_object *object, struct record_value *to, struct error *err)
{
	const struct caller_object *given = object != NULL && object->id != NULL
						? caller_object(c, right, object->kind, object->id)
						: NULL;
	char has[80];

	snprintf(has, sizeof(has), "has %s", right_name(right));
	return admin_put_chain(call, c,
	    given != NULL && !right_set_has(&c->whole, right) ? given->group
							      : c->right_group[right],
	    has, to, err);
}

static int
put_explanation(struct admin_call *call, const struct caller *c, enum right right,
    const struct authz_object *object, int64_t at, struct error *err)
{
	struct record_value *row = record_alloc(&call->x->arena, 6, sizeof(*row), err);
	struct decision d;
	size_t i;

	if (row == NULL)
		return -1;
	authz_decide(c, right, object, at, &d);
	call->x->rows = row;
	call->x->count = 1;
	row[E_ALLOWED] = value_of_number(d.is_allowed);
	row[E_REASON] = value_of_text(record_text(&call->x->arena, span_str(d.reason), err));
	row[E_USER] = value_of_text(record_text(&call->x->arena, span_str(c->user_name), err));
	row[E_AT] = value_of_number(at);
	if (admin_put_texts(call, &row[E_GROUPS], c->group_count, err) != 0 ||
	    admin_put_texts(call, &row[E_STEPS], CALLER_CHAIN_MAX + 2, err) != 0)
		return -1;
	for (i = 0; i < c->group_count && i < ADMIN_PAGE_MAX; i++)
		if (admin_put_text(call, &row[E_GROUPS], c->groups[i], err) != 0)
			return -1;
	return d.is_allowed ? put_steps(call, c, right, object, &row[E_STEPS], err) : 0;
}

int
admin_explain_right(struct admin_call *call, struct error *err)
{
	const struct record_value *user = admin_in(call, "user"),
				  *card = admin_in(call, "certificate");
	unsigned char fingerprint[DIGEST_SIZE_MAX];
	const struct caller *caller = NULL;
	struct authz_object object;
	struct uuid id;
	enum right right;
	int64_t at, seconds;
	int has_object, rc;

	if (user->is_set == card->is_set)
		return error_set(err, ERROR_MALFORMED,
		    "ask about a user, by name or id, or about a certificate: one of both");
	if (check_operation(admin_in(call, "operation"), &right, err) != 0 ||
	    admin_read_time(call, store_history_begin, &at, &seconds, err) != 0 ||
	    (has_object = read_object(call, at, &object, &id, err)) < 0 ||
	    (card->is_set && digest_span(DIGEST_SHA256, card->bytes, fingerprint, err) != 0))
		return -1;
	admin_note_object(call, "user", user);
	rc = admin_load_caller(
	    call, value_text(user), card->is_set ? fingerprint : NULL, at, &caller, err);
	if (rc == 0)
		error_set(err, ERROR_NOT_FOUND,
		    card->is_set ? "no user of the tenant had this certificate then"
				 : "there was no such user in the tenant then");
	if (rc == 1)
		rc =
		    put_explanation(call, caller, right, has_object ? &object : NULL, seconds, err);
	else
		rc = -1;
	caller_release(caller);
	return rc;
}

/* ---- who could ---- */

/* One candidate: told where he could indeed. */
static int
put_holder(struct admin_call *call, const struct db_result *r, size_t i, enum right right,
    const struct authz_object *object, int64_t at, int64_t seconds, struct error *err)
{
	struct record_value *row = &call->x->rows[call->x->count * thing_RightHolder.count];
	const struct uuid id = db_uuid(r, i, 0);
	const struct caller *caller;
	char text[TEXT_UUID_SIZE];
	struct decision d;

	if (admin_load_caller(call, uuid_text(text, &id), NULL, at, &caller, err) < 0)
		return -1;
	authz_decide(caller, right, object, seconds, &d);
	if (caller != NULL && d.is_allowed) {
		row[0] = value_of_text(record_text(&call->x->arena, span_str(text), err));
		row[1] = value_of_text(record_text(&call->x->arena, db_bytes(r, i, 1), err));
		row[2] = value_of_text(record_text(&call->x->arena, span_str(d.reason), err));
		call->x->count++;
	}
	caller_release(caller);
	return 0;
}

static int
put_holders(struct admin_call *call, const struct db_result *r, int32_t size, enum right right,
    const struct authz_object *object, int64_t at, int64_t seconds, struct error *err)
{
	size_t i, n = db_rows(r) < (size_t)size ? db_rows(r) : (size_t)size;

	call->x->rows = record_alloc(
	    &call->x->arena, n * thing_RightHolder.count + 1, sizeof(struct record_value), err);
	if (call->x->rows == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (put_holder(call, r, i, right, object, at, seconds, err) != 0)
			return -1;
	if (db_rows(r) > n)
		call->x->next_page =
		    admin_token_make(call, "Holders", db_text(r, n - 1, 1), "", err);
	return db_rows(r) > n && call->x->next_page == NULL ? -1 : 0;
}

int
admin_list_holders(struct admin_call *call, struct error *err)
{
	const struct record_value *operation = admin_in(call, "operation"),
				  *key = admin_in(call, "key");
	struct record_value after[2] = { value_of_text(""), value_of_text("") };
	struct holders_query q = { 0 };
	struct authz_object object = { 0 };
	enum right right = RIGHT_UNSET;
	struct db_result *r = NULL;
	const char *name = NULL;
	struct uuid id;
	int64_t seconds;
	int32_t size;
	int rc = 1;

	call->x->total = -1;
	if (!operation->is_set)
		return error_set(err, ERROR_MALFORMED, "say which operation");
	if (admin_page_size(call, &size, err) != 0 ||
	    check_operation(operation, &right, err) != 0 ||
	    admin_read_time(call, store_history_begin, &q.at, &seconds, err) != 0 ||
	    (key->is_set && (rc = find_key_then(call, key, q.at, &id, &name, err)) < 0) ||
	    (admin_in(call, "pageToken")->is_set &&
		admin_token_read(call, "Holders", after, err) != 0))
		return -1;
	if (rc == 0)
		return error_set(
		    err, ERROR_NOT_FOUND, "there was no key %.80s then", value_text(key));
	q.operation = value_text(operation);
	q.after = value_text(&after[0]);
	q.most = size + 1;
	if (key->is_set) {
		q.key = &id;
		object = (struct authz_object){ OBJECT_KEY, name, NULL };
	}
	if (store_holders_at(call->db, &call->tenant, &q, &r, err) != 0)
		return -1;
	rc = put_holders(call, r, size, right, key->is_set ? &object : NULL, q.at, seconds, err);
	db_result_free(r);
	return rc;
}
