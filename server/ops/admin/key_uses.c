/* Which group may use which key: beside its rights, without which the key does nothing. */
#include "server/ops/admin/call.h"

#define KEY_NAME_SIZE 520 /* 128 characters */

int
admin_change_key_use(struct admin_call *call, struct error *err)
{
	const int is_new = call->plan->statement == &admin_key_statements[KEY_USE_ADD];
	struct record_value args[2] = { *admin_in(call, "groupId") }, *was;
	char name[KEY_NAME_SIZE] = "";
	const char *taken;
	int rc = -1;

	if (admin_begin(call, err) != 0)
		return -1;
	if (admin_load(call, &args[0], NULL, &was, err) != 0 ||
	    admin_find_key(call, admin_in(call, "key"), &args[1], name, sizeof(name), err) != 0)
		return admin_end(call, -1, err);
	if (is_new)
		rc = admin_do(call, call->plan->statement, args, 2, err);
	else if ((taken = admin_ask(call, call->plan->statement, args, 2, err)) != NULL)
		rc = taken[0] != '\0' ? 0
				      : error_set(err, ERROR_NOT_FOUND,
					    "the group may not use the key %.80s anyway", name);
	if (rc == 0)
		admin_note(call, "%s key %.200s", is_new ? "may use:" : "may no longer use:", name);
	return admin_end(call, rc, err);
}

int
admin_list_key_uses(struct admin_call *call, struct error *err)
{
	const struct record_value *group = admin_in(call, "groupId"),
				  *filter = admin_in(call, "filter");
	struct admin_list list = { .page = call->plan->statement,
		.count = &admin_key_statements[KEY_USE_COUNT],
		.before = { *group },
		.before_count = 2,
		.first = { "", "" },
		.key_columns = { 1, 3 },
		.mark = "KeyUses" };
	struct record_value *was;

	if (filter->bytes.len > 0)
		list.before[1] = *filter;
	/* A group that is not there may use no keys: say so. */
	if (group->is_set && admin_load(call, group, NULL, &was, err) != 0)
		return -1;
	return admin_page(call, &list, err);
}
