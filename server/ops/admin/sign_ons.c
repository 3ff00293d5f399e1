/* Certificates that were handed in (server/ops/sign_on): seen, accepted, refused, and from whom. */
#include <stdio.h>
#include <string.h>

#include "server/ops/admin/call.h"

/* Places in SignOnRequest, which begins as SignOnStanding. */
enum { AT_STATE = 1, AT_EXPIRES = 4, AT_DECIDED_BY = 8, AT_SUBJECT, AT_NOT_AFTER = 13 };

#define SIGN_ON(which) &admin_sign_on_statements[SIGN_ON_##which]

int
admin_list_sign_ons(struct admin_call *call, struct error *err)
{
	const struct record_value *filter = admin_in(call, "filter");
	struct admin_list list = { .page = SIGN_ON(PAGE),
		.count = SIGN_ON(COUNT),
		.before = { *admin_in(call, "state") },
		.before_count = 2,
		.first = { "-infinity", "00000000-0000-0000-0000-000000000000" },
		.key_columns = { -1, -1 },
		.mark = "SignOns" };

	if (filter->is_set && filter->bytes.len > 0)
		list.before[1] = *filter;
	return admin_page(call, &list, err);
}

/* ---- decided ---- */

/* Locked until the end of the transaction, so that of two who decide one is the second. */
static int
load_waiting(struct admin_call *call, struct record_value **row, struct error *err)
{
	const struct record_value *id = admin_in(call, "id"), *version = admin_in(call, "version");
	const size_t at_version = thing_SignOnRequest.count - 1;
	struct db_result *r;
	size_t n = 0;
	int rc;

	if (store_admin(call->db, &call->tenant, SIGN_ON(GET), id, 1, &r, err) != 0)
		return -1;
	rc = store_admin_read(&call->x->arena, r, &thing_SignOnRequest, row, &n, err);
	db_result_free(r);
	if (rc != 0)
		return -1;
	if (n == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no request to sign on with the id %s", value_text(id));
	admin_note_object(call, "sign-on", &(*row)[AT_SUBJECT]);
	if (strcmp(value_text(&(*row)[AT_STATE]), "Expired") == 0)
		return error_set(err, ERROR_CONFLICT,
		    "nobody decided on this certificate in time; it must be handed in again");
	if (strcmp(value_text(&(*row)[AT_STATE]), "Waiting") != 0)
		return error_set(err, ERROR_CONFLICT, "%.100s has decided already: %s",
		    value_text(&(*row)[AT_DECIDED_BY]), value_text(&(*row)[AT_STATE]));
	if (version->is_set && version->number != (*row)[at_version].number)
		return error_set(err, ERROR_CONFLICT,
		    "the request is not the one that was read; read it again and decide anew");
	return 0;
}

/* What was decided, by whom, of which user (not set: of none). */
static int
decide(struct admin_call *call, const char *state, const struct record_value *reason,
    const struct record_value *user, struct error *err)
{
	const struct caller *caller = call->req->caller;
	struct record_value args[5] = { *admin_in(call, "id"), value_of_text(state), { 0 }, *reason,
		*user };
	char by[300];

	snprintf(by, sizeof(by), "%s/%s", caller->tenant_name, caller->user_name);
	args[2] = value_of_text(by);
	return admin_do(call, SIGN_ON(DECIDE), args, 5, err);
}

int
admin_refuse_sign_on(struct admin_call *call, struct error *err)
{
	static const struct record_value nobody = { 0 };
	const struct record_value *id = admin_in(call, "id"), *reason = admin_in(call, "reason");
	struct record_value *row;
	char object[sizeof(call->req->object)];
	int rc = -1;

	if (admin_begin(call, err) != 0)
		return -1;
	if (load_waiting(call, &row, err) == 0 &&
	    decide(call, "Refused", reason, &nobody, err) == 0) {
		text_copy(object, sizeof(object), call->req->object);
		rc = admin_tell_change(call, id, row, err);
		text_copy(call->req->object, sizeof(call->req->object), object);
	}
	return admin_end(call, rc, err);
}

/* ---- accepted ---- */

/* The certificate as it was handed in. */
static int
read_handed_in(struct admin_call *call, struct record_value args[3], struct error *err)
{
	struct record_value der = { 0 };
	struct db_result *r;

	if (store_admin(call->db, &call->tenant, SIGN_ON(CERTIFICATE), admin_in(call, "id"), 1, &r,
		err) != 0)
		return -1;
	der.is_set = db_rows(r) > 0;
	if (der.is_set) {
		der.bytes = db_bytes(r, 0, 0);
		der.bytes.data =
		    (const unsigned char *)record_text(&call->x->arena, der.bytes, err);
	}
	db_result_free(r);
	return der.bytes.data != NULL ? admin_read_certificate(call, &der, args, err) : -1;
}

/* A new user, or the one who was named: *was is what he was, *id who he is. */
static int
find_or_make_user(
    struct admin_call *call, struct record_value *id, struct record_value **was, struct error *err)
{
	struct record_value args[4] = { { 0 }, *admin_in(call, "name"), { 0 },
		*admin_in(call, "validUntil") };

	*id = *admin_in(call, "userId");
	if (id->is_set)
		return admin_load(call, id, NULL, was, err);
	*id = args[0] = admin_new_id(call, err);
	*was = record_alloc(&call->x->arena, thing_User.count, sizeof(**was), err);
	if (*was == NULL || !id->is_set)
		return -1;
	return admin_do(call, &admin_user_statements[USER_ADD], args, 4, err);
}

static int
take_in(struct admin_call *call, struct error *err)
{
	static const struct record_value no_reason = { 0 };
	struct record_value *row, *was, id, certificate[4];

	if (load_waiting(call, &row, err) != 0)
		return -1;
	if (row[AT_NOT_AFTER].number < call->req->time_us / 1000000)
		return error_set(err, ERROR_CONFLICT,
		    "the certificate has expired since it was handed in; refuse it");
	if (find_or_make_user(call, &id, &was, err) != 0 ||
	    read_handed_in(call, certificate + 1, err) != 0)
		return -1;
	certificate[0] = id;
	if (admin_do(call, &admin_user_statements[USER_CERTIFICATE_ADD], certificate, 4, err) !=
		0 ||
	    admin_join_groups(call, &id, err) != 0 ||
	    decide(call, "Accepted", &no_reason, &id, err) != 0)
		return -1;
	return admin_tell_change(call, &id, was, err);
}

int
admin_accept_sign_on(struct admin_call *call, struct error *err)
{
	const int is_new = admin_in(call, "name")->is_set;

	if (is_new == admin_in(call, "userId")->is_set)
		return error_set(err, ERROR_MALFORMED,
		    "say whose the certificate becomes: a new user's by name, or another one of "
		    "userId's; one of both");
	if (!is_new && admin_in(call, "validUntil")->is_set)
		return error_set(err, ERROR_MALFORMED,
		    "validUntil is for a new user; UpdateUser changes it for who is there");
	if (admin_begin(call, err) != 0)
		return -1;
	return admin_end(call, take_in(call, err), err);
}

/* ---- from whom ---- */

static int
read_setting(struct admin_call *call, struct record_value **row, struct error *err)
{
	struct db_result *r;
	size_t n = 0;
	int rc;

	if (store_admin(call->db, &call->tenant, SIGN_ON(SETTING), NULL, 0, &r, err) != 0)
		return -1;
	rc = store_admin_read(&call->x->arena, r, &thing_SignOnSetting, row, &n, err);
	db_result_free(r);
	return rc != 0 || n == 1 ? rc : error_set(err, ERROR_NOT_FOUND, "the tenant is gone");
}

int
admin_get_sign_on_rule(struct admin_call *call, struct error *err)
{
	call->x->count = 1;
	return read_setting(call, &call->x->rows, err);
}

int
admin_set_sign_on_rule(struct admin_call *call, struct error *err)
{
	const struct record_value *rule = admin_in(call, "rule");
	struct record_value *was, *is;
	int rc = -1;

	if (admin_begin(call, err) != 0)
		return -1;
	if (read_setting(call, &was, err) == 0 && admin_do(call, SIGN_ON(SET), rule, 1, err) == 0 &&
	    read_setting(call, &is, err) == 0) {
		admin_note_object(call, "sign-on", NULL);
		admin_note(call, "%s -> %s", value_text(&was[0]), value_text(&is[0]));
		call->x->rows = is;
		call->x->count = 1;
		rc = 0;
	}
	return admin_end(call, rc, err);
}
