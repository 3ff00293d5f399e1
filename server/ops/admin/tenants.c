/*
 * Tenants, by users of the server's own: that they have the right is not enough, their tenant must
 * be the one. What is done to a tenant is done as that tenant, so that its walls hold here too.
 */
#include <string.h>

#include "server/ops/admin/call.h"

static int
check_server(const struct admin_call *call, struct error *err)
{
	if (call->req->caller->tenant_is_server)
		return 0;
	return error_set(err, ERROR_NOT_AUTHORIZED,
	    "tenants are administered by users of the server's own tenant");
}

int
admin_get_tenant(struct admin_call *call, struct error *err)
{
	const struct record_value *id = admin_in(call, "id"), *name = admin_in(call, "name");
	const struct record_value args[2] = { *id, *name };
	struct db_result *r;
	int rc;

	if (check_server(call, err) != 0)
		return -1;
	if (id->is_set == name->is_set)
		return error_set(
		    err, ERROR_MALFORMED, "say which tenant: by id or by name, one of both");
	if (store_admin(call->db, &call->tenant, call->plan->kind->find, args, 2, &r, err) != 0)
		return -1;
	rc = store_admin_read(
	    &call->x->arena, r, &thing_Tenant, &call->x->rows, &call->x->count, err);
	db_result_free(r);
	if (rc == 0 && call->x->count == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no tenant %s",
		    value_text(id->is_set ? id : name));
	if (rc == 0)
		admin_note_object(call, "tenant", &call->x->rows[1]);
	return rc;
}

/* The group of those who administer a tenant, with its first member. */
static int
make_administrators(struct admin_call *call, const struct record_value *phc,
    const struct record_value certificate[3], struct error *err)
{
	const struct record_value group[3] = { admin_new_id(call, err),
		value_of_text("administrators"), value_of_text("May administer this tenant") };
	const struct record_value user[4] = { admin_new_id(call, err),
		*admin_in(call, "administrator"), *phc, { 0 } };
	const struct record_value member[2] = { group[0], user[0] };
	struct record_value card[4] = { user[0], certificate[0], certificate[1], certificate[2] };
	const char *joined;

	if (admin_do(call, &admin_group_statements[GROUP_ADD], group, 3, err) != 0 ||
	    admin_do(call, &admin_tenant_statements[TENANT_RIGHTS], group, 1, err) != 0 ||
	    admin_do(call, &admin_user_statements[USER_ADD], user, 4, err) != 0 ||
	    (card[1].is_set &&
		admin_do(call, &admin_user_statements[USER_CERTIFICATE_ADD], card, 4, err) != 0))
		return -1;
	joined = admin_ask(call, &admin_group_statements[GROUP_MEMBER_ADD], member, 2, err);
	return joined != NULL ? 0 : -1;
}

int
admin_create_tenant(struct admin_call *call, struct error *err)
{
	const struct record_value *card = admin_in(call, "certificate");
	struct record_value args[2] = { admin_new_id(call, err), *admin_in(call, "name") };
	struct record_value phc, certificate[3] = { { 0 }, { 0 }, { 0 } }, *none;
	int rc = -1;

	none = record_alloc(&call->x->arena, thing_Tenant.count, sizeof(*none), err);
	if (none == NULL || !args[0].is_set || check_server(call, err) != 0)
		return -1;
	if (!card->is_set && !admin_in(call, "password")->is_set)
		return error_set(err, ERROR_MALFORMED,
		    "the administrator needs a certificate or a password to call with");
	if (admin_hash(call, admin_in(call, "password"), &phc, err) != 0 ||
	    (card->is_set && admin_read_certificate(call, card, certificate, err) != 0) ||
	    admin_begin(call, err) != 0)
		return -1;
	uuid_parse(value_text(&args[0]), &call->tenant);
	admin_note_object(call, "tenant", &args[1]);
	if (store_admin(call->db, &call->tenant, call->plan->statement, args, 2, NULL, err) == 0 &&
	    make_administrators(call, &phc, certificate, err) == 0)
		rc = admin_tell_change(call, &args[0], none, err);
	return admin_end(call, rc, err);
}

/* Changed or removed. The server's own stays as it is called, and stays. */
int
admin_change_tenant(struct admin_call *call, struct error *err)
{
	const struct record_value *id = admin_in(call, "id");
	const int is_removal = call->op->form == ADMIN_DONE;
	struct error why = ERROR_INIT;
	struct record_value args[8], *was;
	int rc = -1;

	if (check_server(call, err) != 0 || uuid_parse(value_text(id), &call->tenant) != 0 ||
	    admin_begin(call, err) != 0)
		return -1;
	if (admin_load(call, id, admin_in(call, "version"), &was, err) != 0)
		goto done;
	if (was[3].number) {
		error_set(err, ERROR_CONFLICT,
		    "this is the server's own tenant, which is not changed over SOAP");
		goto done;
	}
	rc = admin_do(call, call->plan->statement, args, admin_args(call, id, args), &why);
	if (rc != 0 && is_removal && why.kind == ERROR_NOT_FOUND)
		error_cause(err, ERROR_CONFLICT,
		    "the tenant has keys, trust or stored cases, which are not thrown away: "
		    "suspend "
		    "it instead",
		    "%s", why.cause);
	else if (rc != 0)
		*err = why;
	if (rc == 0 && !is_removal)
		rc = admin_tell_change(call, id, was, err);
	else if (rc == 0)
		admin_note(call, "removed, id %s", value_text(id));
done:
	return admin_end(call, rc, err);
}
