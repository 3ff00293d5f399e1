/* Who is in a group, and what it may do. */
#include <string.h>

#include "authz/right.h"
#include "server/ops/admin/call.h"

int
admin_change_member(struct admin_call *call, struct error *err)
{
	const struct record_value *group = admin_in(call, "groupId"),
				  *member = admin_in(call, "memberId");
	const int is_new = call->plan->statement == &admin_group_statements[GROUP_MEMBER_ADD];
	struct record_value args[8], *was;
	const char *name = NULL;
	int rc = -1;

	if (admin_begin(call, err) != 0)
		return -1;
	if (admin_load(call, group, NULL, &was, err) == 0)
		name = admin_ask(
		    call, call->plan->statement, args, admin_args(call, group, args), err);
	if (name != NULL && name[0] != '\0')
		rc = 0;
	else if (name != NULL)
		error_set(err, ERROR_NOT_FOUND,
		    is_new ? "there is no user and no group with the id %s"
			   : "the group has no member with the id %s",
		    value_text(member));
	if (rc == 0)
		admin_note(call, "%s %.200s (%s)", is_new ? "new in it:" : "no longer in it:", name,
		    value_text(member));
	return admin_end(call, rc, err);
}

int
admin_list_members(struct admin_call *call, struct error *err)
{
	const struct record_value *filter = admin_in(call, "filter");
	struct admin_list list = { .page = call->plan->statement,
		.count = &admin_group_statements[GROUP_MEMBER_COUNT],
		.before = { *admin_in(call, "groupId") },
		.before_count = 2,
		.first = { "", "" },
		.key_columns = { 0, 2 },
		.mark = "Members" };
	struct record_value *was;
	int rc;

	if (filter->bytes.len > 0)
		list.before[1] = *filter;
	/* A group that is not there has no members: say so. */
	call->x->rows = NULL;
	rc = admin_load(call, admin_in(call, "groupId"), NULL, &was, err);
	return rc == 0 ? admin_page(call, &list, err) : -1;
}

/* What a right is given or taken for: groupId, operation, and for one object its kind and id. */
struct wish {
	struct record_value args[4];
	int is_narrowed;
	char key[160]; /* the name of a key, or "" */
};

int
admin_find_key(struct admin_call *call, const struct record_value *key, struct record_value *to,
    char *name, size_t size, struct error *err)
{
	struct db_result *r;
	char id[TEXT_UUID_SIZE];
	int rc = -1;

	if (store_admin(call->db, &call->tenant, &admin_right_statements[RIGHT_KEY_FIND], key, 1,
		&r, err) != 0)
		return -1;
	if (db_rows(r) > 0) {
		const struct uuid found = db_uuid(r, 0, 0);

		*to = value_of_text(
		    record_text(&call->x->arena, span_str(uuid_text(id, &found)), err));
		text_copy(name, size, db_text(r, 0, 1));
		rc = to->is_set ? 0 : -1;
		/* What is accepted is for that key, whatever is called so by then. */
		if (rc == 0)
			admin_keep(call, "key", *to);
	} else
		error_set(err, ERROR_NOT_FOUND, "there is no key %.80s", value_text(key));
	db_result_free(r);
	return rc;
}

static int
read_wish(struct admin_call *call, struct wish *w, struct error *err)
{
	const struct record_value *operation = admin_in(call, "operation"),
				  *key = admin_in(call, "key");

	*w = (struct wish){ .args = { *admin_in(call, "groupId"), *operation,
				*admin_in(call, "objectKind"), *admin_in(call, "objectId") } };
	if (w->args[2].is_set != w->args[3].is_set || (key->is_set && w->args[2].is_set))
		return error_set(err, ERROR_MALFORMED,
		    "a right is for a key, for an object by objectKind and objectId together, or "
		    "whole: then send none of them");
	if (right_by_name(value_text(operation), operation->bytes.len) == RIGHT_UNSET)
		return error_set(
		    err, ERROR_NOT_FOUND, "there is no operation %.80s", value_text(operation));
	if (key->is_set) {
		w->args[2] = value_of_text("Key");
		if (admin_find_key(call, key, &w->args[3], w->key, sizeof(w->key), err) != 0)
			return -1;
	}
	w->is_narrowed = w->args[2].is_set;
	return 0;
}

static int
give(struct admin_call *call, const struct wish *w, struct error *err)
{
	const struct db_statement *way =
	    &admin_right_statements[w->is_narrowed ? RIGHT_GIVE_NARROWED : RIGHT_GIVE_WHOLE];
	const char *given = admin_ask(call, way, w->args, 2, err);

	if (given == NULL)
		return -1;
	if (given[0] == '\0')
		return error_set(err, ERROR_CONFLICT,
		    w->is_narrowed ? "the group has the right whole; revoke it first to narrow it"
				   : "the group has the right already");
	return w->is_narrowed
		   ? admin_do(call, &admin_right_statements[RIGHT_OBJECT_ADD], w->args, 4, err)
		   : 0;
}

static int
take(struct admin_call *call, const struct wish *w, struct error *err)
{
	const struct db_statement *way =
	    &admin_right_statements[w->is_narrowed ? RIGHT_OBJECT_REMOVE : RIGHT_TAKE];
	const char *taken = admin_ask(call, way, w->args, w->is_narrowed ? 4 : 2, err);

	if (taken == NULL)
		return -1;
	if (taken[0] == '\0')
		return error_set(err, ERROR_NOT_FOUND,
		    w->is_narrowed ? "the group does not have the right for this object"
				   : "the group does not have the right");
	return w->is_narrowed ? admin_do(call, &admin_right_statements[RIGHT_TIDY], w->args, 2, err)
			      : 0;
}

static int
change_right(struct admin_call *call,
    int (*how)(struct admin_call *, const struct wish *, struct error *), const char *what,
    struct error *err)
{
	struct record_value *was;
	struct wish w;
	int rc = -1;

	if (read_wish(call, &w, err) != 0 || admin_begin(call, err) != 0)
		return -1;
	if (admin_load(call, &w.args[0], NULL, &was, err) == 0)
		rc = how(call, &w, err);
	if (rc == 0)
		admin_note(call, "%s %s%s%s%s%s", what, value_text(&w.args[1]),
		    w.is_narrowed ? ", for " : "", w.is_narrowed ? value_text(&w.args[2]) : "",
		    w.is_narrowed ? " " : "",
		    w.key[0] != '\0' ? w.key
		    : w.is_narrowed  ? value_text(&w.args[3])
				     : "");
	return admin_end(call, rc, err);
}

int
admin_grant_right(struct admin_call *call, struct error *err)
{
	return change_right(call, give, "given:", err);
}

int
admin_revoke_right(struct admin_call *call, struct error *err)
{
	return change_right(call, take, "taken away:", err);
}

int
admin_list_rights(struct admin_call *call, struct error *err)
{
	const struct record_value *filter = admin_in(call, "filter");
	struct admin_list list = { .page = &admin_right_statements[RIGHT_PAGE],
		.count = &admin_right_statements[RIGHT_COUNT],
		.before = { *admin_in(call, "groupId") },
		.before_count = 2,
		.first = { "", "" },
		.key_columns = { 1, 2 },
		.mark = "Rights" };

	if (filter->bytes.len > 0)
		list.before[1] = *filter;
	return admin_page(call, &list, err);
}
