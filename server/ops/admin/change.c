/* What all kinds have in common: made, seen, changed, removed, each with its words for the log. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/sha.h>

#include "authz/decide.h"
#include "server/ops/admin/call.h"

/* ---- steps ---- */

int
admin_begin(struct admin_call *call, struct error *err)
{
	const struct request *req = call->req;
	char id[TEXT_UUID_SIZE], actor[400];
	struct record_value arg = { 0 };

	if (call->pass != ADMIN_DIRECT)
		return admin_check_eyes(call, err);
	/* Who it was, for history: "request user tenant/name". */
	snprintf(actor, sizeof(actor), "%s %s %s/%s", req->id, uuid_text(id, &req->caller->user),
	    req->caller->tenant_name, req->caller->user_name);
	arg = value_of_text(actor);
	if (db_begin(call->db, err) != 0)
		return -1;
	if (store_admin(call->db, NULL, &admin_right_statements[RIGHT_ACTOR], &arg, 1, NULL, err) ==
		0 &&
	    admin_check_eyes(call, err) == 0)
		return 0;
	db_rollback(call->db);
	return -1;
}

int
admin_end(struct admin_call *call, int rc, struct error *err)
{
	if (call->pass != ADMIN_DIRECT)
		return rc;
	if (rc < 0) {
		db_rollback(call->db);
		return -1;
	}
	return db_commit(call->db, err) == 0 ? rc : -1;
}

int
admin_do(struct admin_call *call, const struct db_statement *statement,
    const struct record_value *args, size_t count, struct error *err)
{
	return store_admin(call->db, &call->tenant, statement, args, count, NULL, err);
}

const char *
admin_ask(struct admin_call *call, const struct db_statement *statement,
    const struct record_value *args, size_t count, struct error *err)
{
	const char *text = NULL;
	struct db_result *r;

	if (store_admin(call->db, &call->tenant, statement, args, count, &r, err) != 0)
		return NULL;
	text = db_rows(r) > 0 ? record_text(&call->x->arena, db_bytes(r, 0, 0), err) : "";
	db_result_free(r);
	return text;
}

/* One thing by a statement: 1, 0 there is none, -1. */
static int
look(struct admin_call *call, const struct db_statement *statement, const struct record_value *args,
    size_t count, struct record_value **row, struct error *err)
{
	const struct admin_kind *kind = call->plan->kind;
	struct db_result *r;
	size_t n = 0;
	int rc;

	if (store_admin(call->db, &call->tenant, statement, args, count, &r, err) != 0)
		return -1;
	rc = store_admin_read(&call->x->arena, r, kind->thing, row, &n, err);
	db_result_free(r);
	if (rc == 0 && n > 0 && kind->finish != NULL)
		rc = kind->finish(call, *row, err);
	return rc != 0 ? -1 : n > 0;
}

static const struct record_value *
of_thing(const struct thing *thing, const struct record_value *row, const char *name)
{
	size_t i;

	for (i = 0; i < thing->count; i++)
		if (strcmp(thing->fields[i].name, name) == 0)
			return &row[i];
	return NULL;
}

int
admin_may(struct admin_call *call, enum object_kind kind, const struct record_value *id,
    const struct record_value *name, struct error *err)
{
	struct uuid its;
	const struct authz_object object = { kind, name != NULL ? value_text(name) : NULL, &its };
	int i, rc = 0;

	if (kind == OBJECT_NONE || uuid_parse(value_text(id), &its) != 0)
		return 0;
	for (i = 0; i < 2 && call->who[i] != NULL && rc == 0; i++)
		rc = authz_require(
		    call->who[i], call->right, &object, call->req->time_us / 1000000, err);
	return rc;
}

/* The thing that was found, if the caller's right is for it. */
static int
may_thing(struct admin_call *call, const struct record_value *row, struct error *err)
{
	const struct admin_kind *kind = call->plan->kind;

	return admin_may(call, kind->object, of_thing(kind->thing, row, "id"),
	    of_thing(kind->thing, row, "name"), err);
}

int
admin_load(struct admin_call *call, const struct record_value *id,
    const struct record_value *version, struct record_value **was, struct error *err)
{
	const struct admin_kind *kind = call->plan->kind;
	const struct record_value *its;
	struct record_value seen;
	int rc = look(call, kind->get, id, 1, was, err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no %s with the id %s", kind->noun,
		    value_text(id));
	admin_note_object(call, kind->noun, of_thing(kind->thing, *was, "name"));
	if (may_thing(call, *was, err) != 0)
		return -1;
	its = of_thing(kind->thing, *was, "version");
	if (its != NULL && !call->has_loaded++) {
		if (call->pass == ADMIN_TRIED)
			call->seen_version = its->number;
		seen = value_of_number(call->seen_version);
		if (call->pass == ADMIN_ACCEPTED && call->seen_version >= 0)
			version = &seen;
	}
	if (version != NULL && version->is_set && its != NULL && its->number != version->number)
		return error_set(err, ERROR_CONFLICT,
		    "the %s was changed by somebody else: its version is %lld, not %lld; read it "
		    "again and decide anew",
		    kind->noun, (long long)its->number, (long long)version->number);
	return 0;
}

size_t
admin_args(
    const struct admin_call *call, const struct record_value *id, struct record_value args[8])
{
	const char *at = call->plan->args;
	size_t n = 0, len;
	char name[64];

	args[n++] = *id;
	for (; *at != '\0' && n < 8; at += at[len] != '\0' ? len + 1 : len) {
		len = strcspn(at, " ");
		snprintf(name, sizeof(name), "%.*s", (int)len, at);
		args[n++] = *admin_in(call, name);
	}
	return n;
}

/* The nth id that a proposal makes: the same when it is tried and when it is done (RFC 9562, 5.8).
 */
static struct uuid
id_of_proposal(const struct uuid *proposal, unsigned int n)
{
	unsigned char in[sizeof(proposal->bytes) + 1], md[SHA256_DIGEST_LENGTH];
	struct uuid id;

	memcpy(in, proposal->bytes, sizeof(proposal->bytes));
	in[sizeof(in) - 1] = (unsigned char)n;
	SHA256(in, sizeof(in), md);
	memcpy(id.bytes, md, sizeof(id.bytes));
	id.bytes[6] = (unsigned char)((id.bytes[6] & 0x0f) | 0x80);
	id.bytes[8] = (unsigned char)((id.bytes[8] & 0x3f) | 0x80);
	return id;
}

struct record_value
admin_new_id(struct admin_call *call, struct error *err)
{
	char text[TEXT_UUID_SIZE];
	struct uuid id;

	if (call->pass == ADMIN_DIRECT)
		text_uuid(text);
	else {
		id = id_of_proposal(&call->proposal, ++call->new_ids);
		uuid_text(text, &id);
	}
	return value_of_text(record_text(&call->x->arena, span_str(text), err));
}

/* ---- words ---- */

void
admin_note_object(struct admin_call *call, const char *noun, const struct record_value *name)
{
	char text[sizeof(call->req->object)];

	snprintf(text, sizeof(text), "%s %s", noun,
	    name != NULL && name->is_set ? value_text(name) : "");
	text_copy(call->req->object, sizeof(call->req->object), text);
}

void
admin_note(struct admin_call *call, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(call->req->out.result.message, sizeof(call->req->out.result.message), fmt, ap);
	va_end(ap);
}

int
admin_tell_change(struct admin_call *call, const struct record_value *id,
    const struct record_value *was, struct error *err)
{
	const struct thing *thing = call->plan->kind->thing;
	char words[sizeof(call->req->out.result.message)];
	struct record_value *is = NULL;

	if (look(call, call->plan->kind->get, id, 1, &is, err) != 1)
		return error_set(err, ERROR_CONFLICT, "the %s is gone", call->plan->kind->noun);
	admin_note_object(call, call->plan->kind->noun, of_thing(thing, is, "name"));
	record_changes(thing, was, is, words, sizeof(words));
	admin_note(call, "%s", words[0] != '\0' ? words : "nothing has changed");
	call->x->rows = is;
	call->x->count = 1;
	return 0;
}

/* ---- made, seen, changed, removed ---- */

int
admin_run_create(struct admin_call *call, struct error *err)
{
	const struct thing *thing = call->plan->kind->thing;
	struct record_value id = admin_new_id(call, err), args[8], *none;
	int rc = -1;

	none = record_alloc(&call->x->arena, thing->count, sizeof(*none), err);
	if (none == NULL || !id.is_set || admin_begin(call, err) != 0)
		return -1;
	if (admin_do(call, call->plan->statement, args, admin_args(call, &id, args), err) == 0)
		rc = admin_tell_change(call, &id, none, err);
	return admin_end(call, rc, err);
}

int
admin_run_get(struct admin_call *call, struct error *err)
{
	const struct admin_kind *kind = call->plan->kind;
	const struct record_value *id = admin_in(call, "id"), *name = admin_in(call, "name");
	int rc;

	if (id->is_set == name->is_set)
		return error_set(err, ERROR_MALFORMED,
		    "say which %s: by id or by name, one of both", kind->noun);
	rc = look(call, id->is_set ? kind->get : kind->find, id->is_set ? id : name, 1,
	    &call->x->rows, err);
	if (rc == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no %s %s", kind->noun,
		    value_text(id->is_set ? id : name));
	call->x->count = 1;
	if (rc > 0)
		admin_note_object(call, kind->noun, of_thing(kind->thing, call->x->rows, "name"));
	return rc > 0 ? may_thing(call, call->x->rows, err) : -1;
}

int
admin_run_change(struct admin_call *call, struct error *err)
{
	const struct record_value *id = admin_in(call, "id");
	struct record_value *was, args[8];
	int rc = -1;

	if (admin_begin(call, err) != 0)
		return -1;
	if (admin_load(call, id, admin_in(call, "version"), &was, err) == 0 &&
	    admin_do(call, call->plan->statement, args, admin_args(call, id, args), err) == 0)
		rc = admin_tell_change(call, id, was, err);
	return admin_end(call, rc, err);
}

int
admin_run_remove(struct admin_call *call, struct error *err)
{
	const struct record_value *id = admin_in(call, "id");
	struct record_value *was, args[8];
	int rc = -1;

	if (admin_begin(call, err) != 0)
		return -1;
	if (admin_load(call, id, admin_in(call, "version"), &was, err) == 0)
		rc = admin_do(call, call->plan->statement, args, admin_args(call, id, args), err);
	if (rc == 0)
		admin_note(call, "removed, id %s", value_text(id));
	return admin_end(call, rc, err);
}
