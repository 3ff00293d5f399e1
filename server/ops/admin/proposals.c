/*
 * Four eyes: a change of rights, trust or keys is tried, undone and kept as a proposal; a second
 * administrator accepts it, and the same operation does it, in one transaction with the decision.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/decide.h"
#include "server/ops/admin/call.h"
#include "server/ops/admin/stored.h"
#include "signing/core/ossl.h"

#define PROPOSAL(which) &admin_proposal_statements[PROPOSAL_##which]
#define WAITING_MOST	1000
#define KEYS_MOST	64

/* ---- whether ---- */

static int
ask_eyes(struct admin_call *call, struct error *err)
{
	struct db_result *r;
	int rc;

	if (store_admin(call->db, &call->req->caller->tenant, PROPOSAL(EYES), NULL, 0, &r, err) !=
	    0)
		return -1;
	rc = db_rows(r) > 0 && strcmp(db_text(r, 0, 0), "on") == 0;
	db_result_free(r);
	return rc;
}

int
admin_must_propose(struct admin_call *call, struct error *err)
{
	int rc;

	if (call->plan->eyes == ADMIN_UNSAID)
		return error_set(err, ERROR_INTERNAL,
		    "it is not said whether %s needs a second administrator", call->op->name);
	if (call->plan->eyes == ADMIN_ALONE)
		return 0;
	rc = ask_eyes(call, err);
	if (rc > 0 && call->plan->eyes == ADMIN_NEVER_KEPT)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the tenant has four eyes, and %s brings a secret, which is not kept in a "
		    "proposal: make the key here (CreateSigningKey) and propose its certificate",
		    call->op->name);
	return rc;
}

int
admin_check_eyes(struct admin_call *call, struct error *err)
{
	const struct record_value alone = value_of_number(call->plan->run == admin_update_setting);
	int is_on;

	if (call->plan->eyes == ADMIN_ALONE)
		return 0;
	if (store_admin(
		call->db, &call->req->caller->tenant, PROPOSAL(LOCK), &alone, 1, NULL, err) != 0)
		return -1;
	if (call->pass != ADMIN_DIRECT)
		return 0;
	is_on = ask_eyes(call, err);
	if (is_on > 0)
		return error_set(err, ERROR_UNAVAILABLE,
		    "four eyes were switched on in this moment; send it again, and it is proposed");
	return is_on;
}

/* ---- whose keys ---- */

/* A list of the SHA-256 of public keys. */
struct keys {
	struct record_value list;
	struct record_arena *arena;
};

static int
add_key(struct keys *keys, X509 *cert, struct error *err)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	struct record_value *to = &keys->list.items[keys->list.count];

	if (keys->list.count == KEYS_MOST || X509_pubkey_digest(cert, EVP_sha256(), md, &len) != 1)
		return 0;
	*to = (struct record_value){ .is_set = 1,
		.bytes = {
		    (const unsigned char *)record_text(keys->arena, (struct span){ md, len }, err),
		    len } };
	if (to->bytes.data == NULL)
		return -1;
	keys->list.count++;
	return 0;
}

/* Those of his certificates; of the caller also of the one that he shows. */
static int
find_keys(struct admin_call *call, const struct uuid *user, struct keys *keys, struct error *err)
{
	const struct request *req = call->req;
	char text[TEXT_UUID_SIZE];
	struct record_value id = value_of_text(uuid_text(text, user));
	struct db_result *r;
	size_t i;
	int rc = 0;

	keys->list = (struct record_value){ .is_set = 1 };
	keys->arena = &call->x->arena;
	keys->list.items = record_alloc(keys->arena, KEYS_MOST + 1, sizeof(*keys->list.items), err);
	if (keys->list.items == NULL)
		return -1;
	if (req->peer_cert != NULL && uuid_equal(user, &req->caller->user))
		rc = add_key(keys, req->peer_cert, err);
	if (rc != 0 ||
	    store_admin(call->db, &req->caller->tenant, PROPOSAL(CARDS), &id, 1, &r, err) != 0)
		return -1;
	for (i = 0; i < db_rows(r) && rc == 0; i++) {
		const struct span der = db_bytes(r, i, 0);
		const unsigned char *at = der.data;
		X509 *cert = d2i_X509(NULL, &at, (long)der.len);

		if (cert != NULL)
			rc = add_key(keys, cert, err);
		X509_free(cert);
	}
	error_openssl(NULL, "");
	db_result_free(r);
	return rc;
}

static int
has_key(const struct keys *keys, struct span key)
{
	size_t i;

	for (i = 0; i < keys->list.count; i++)
		if (span_equal(keys->list.items[i].bytes, key))
			return 1;
	return 0;
}

/* ---- proposed ---- */

/* A draft of a proposal. */
struct draft {
	struct admin_call *call;
	struct buf request;
	struct record_value names, shown, digest;
	struct keys keys;
	char id[TEXT_UUID_SIZE], by[300], hex[65];
	const char *object, *change;
	unsigned char sha256[32];
	int64_t at;
};

/* Passwords are never kept: what is proposed has their digests, as the user's row would. */
static int
hash_secrets(struct admin_call *call, struct error *err)
{
	const struct thing *request = call->op->request;
	struct record_value phc;
	size_t i;

	for (i = 0; i < request->count; i++) {
		if (request->fields[i].type != FIELD_SECRET || !call->x->in[i].is_set)
			continue;
		if (strcmp(request->fields[i].name, "password") != 0)
			return error_set(err, ERROR_UNSUPPORTED,
			    "%s holds a secret, which is not kept in a proposal: the tenant has "
			    "four eyes, so it cannot be done so",
			    call->op->name);
		if (admin_hash(call, &call->x->in[i], &phc, err) != 0)
			return -1;
		call->x->in[i] = phc;
	}
	return 0;
}

/* Do it, look at what the end of the transaction would refuse, and undo all of it. */
static int
try_out(struct admin_call *call, struct error *err)
{
	int rc;

	call->pass = ADMIN_TRIED;
	call->new_ids = 0;
	call->seen_version = -1;
	call->has_loaded = 0;
	call->tenant = call->req->caller->tenant;
	call->x->count = 0;
	if (db_begin(call->db, err) != 0)
		return -1;
	rc = call->plan->run(call, err);
	if (rc == 0)
		rc = store_admin(call->db, NULL, PROPOSAL(SETTLE), NULL, 0, NULL, err);
	db_rollback(call->db);
	call->tenant = call->req->caller->tenant;
	return rc;
}

static int
make_draft(struct draft *d, struct error *err)
{
	struct admin_call *call = d->call;
	const struct caller *caller = call->req->caller;
	const struct stored_claim claim = { d->id, d->by, call->op->name, d->at,
		call->seen_version };

	d->object = record_text(&call->x->arena, span_str(call->req->object), err);
	d->change = record_text(&call->x->arena, span_str(call->req->out.result.message), err);
	buf_wipe(&d->request);
	if (d->object == NULL || d->change == NULL ||
	    stored_write(&d->request, call->op->request, call->x->in, err) != 0 ||
	    stored_show(
		call->op->request, call->x->in, &call->x->arena, &d->names, &d->shown, err) != 0 ||
	    stored_digest(d->sha256, &claim, SPAN_OF(&d->request), err) != 0 ||
	    find_keys(call, &caller->user, &d->keys, err) != 0)
		return -1;
	text_hex(d->hex, d->sha256, sizeof(d->sha256));
	d->digest = (struct record_value){ .is_set = 1, .bytes = { d->sha256, 32 } };
	return 0;
}

static int
insert(struct draft *d, struct error *err)
{
	struct admin_call *call = d->call;
	const struct caller *caller = call->req->caller;
	char user[TEXT_UUID_SIZE];
	const struct record_value args[13] = { value_of_text(d->id), value_of_text(call->op->name),
		value_of_text(d->object), value_of_text(d->change),
		{ .is_set = 1, .bytes = SPAN_OF(&d->request) }, d->names, d->shown,
		{ .is_set = call->seen_version >= 0, .number = call->seen_version }, d->digest,
		value_of_text(uuid_text(user, &caller->user)), value_of_text(d->by), d->keys.list,
		value_of_number(d->at) };

	return admin_do(call, PROPOSAL(ADD), args, 13, err);
}

/* The id of the same change where it waits already, "" for none: only one is made at a time. */
static const char *
find_same(struct draft *d, struct error *err)
{
	struct admin_call *call = d->call;
	const struct record_value args[2] = { value_of_text(call->op->name),
		{ .is_set = 1, .bytes = SPAN_OF(&d->request) } };
	const char *waiting = admin_ask(call, PROPOSAL(ROOM), NULL, 0, err), *same;

	if (waiting == NULL)
		return NULL;
	same = admin_ask(call, PROPOSAL(SAME), args, 2, err);
	if (same != NULL && same[0] == '\0' && strtol(waiting, NULL, 10) >= WAITING_MOST) {
		error_set(err, ERROR_LIMIT,
		    "%s proposals wait already; accept or refuse some of them first", waiting);
		return NULL;
	}
	return same;
}

/* 0 kept, 1 the same waits already: its id is in the draft; -1. */
static int
keep(struct draft *d, struct error *err)
{
	const char *same;
	int rc = -1;

	/* Its own transaction, of which nothing is under four eyes. */
	d->call->pass = ADMIN_DIRECT;
	if (db_begin(d->call->db, err) != 0)
		return -1;
	same = find_same(d, err);
	if (same != NULL && same[0] != '\0') {
		text_copy(d->id, sizeof(d->id), same);
		rc = 1;
	} else if (same != NULL)
		rc = insert(d, err);
	return admin_end(d->call, rc, err);
}

static void
tell_proposed(struct draft *d, int is_old)
{
	struct admin_call *call = d->call;

	call->req->out.result.major = RESULT_WARNING;
	call->req->out.result.minor = result_minor_proposed;
	call->x->proposal = record_text(&call->x->arena, span_str(d->id), NULL);
	if (is_old)
		admin_note(call,
		    "not done yet: it waits already as proposal %s for a second administrator: "
		    "%.250s",
		    d->id, d->change);
	else
		admin_note(call,
		    "not done yet: proposal %s (digest %s) waits for a second administrator: "
		    "%.200s",
		    d->id, d->hex, d->change);
}

int
admin_propose(struct admin_call *call, struct error *err)
{
	const struct caller *caller = call->req->caller;
	struct draft d = {
		.call = call, .request = BUF_INIT(STORED_MAX), .at = call->req->time_us / 1000000
	};
	int rc;

	uuid_random(&call->proposal);
	uuid_text(d.id, &call->proposal);
	snprintf(d.by, sizeof(d.by), "%s/%s", caller->tenant_name, caller->user_name);
	rc = hash_secrets(call, err);
	if (rc == 0)
		rc = try_out(call, err);
	if (rc == 0)
		rc = make_draft(&d, err);
	if (rc == 0)
		rc = keep(&d, err);
	/* The answer is what that one would do. */
	if (rc == 1 && (uuid_parse(d.id, &call->proposal) != 0 || try_out(call, err) != 0))
		rc = -1;
	if (rc >= 0)
		tell_proposed(&d, rc);
	buf_wipe(&d.request);
	return rc < 0 ? -1 : 0;
}

/* ---- seen ---- */

/* The fields of Proposal, in its order. */
enum {
	P_ID,
	P_OPERATION,
	P_OBJECT,
	P_CHANGE,
	P_STATE,
	P_BY,
	P_AT,
	P_EXPIRES,
	P_DIGEST,
	P_DECIDED,
	P_DECIDER
};

int
admin_list_proposals(struct admin_call *call, struct error *err)
{
	const struct record_value *filter = admin_in(call, "filter");
	struct admin_list list = { .page = PROPOSAL(PAGE),
		.count = PROPOSAL(COUNT),
		.before = { *admin_in(call, "state") },
		.before_count = 2,
		.first = { "-infinity", "00000000-0000-0000-0000-000000000000" },
		.key_columns = { -1, -1 },
		.mark = "Proposals" };

	if (filter->is_set && filter->bytes.len > 0)
		list.before[1] = *filter;
	return admin_page(call, &list, err);
}

/* Locked until the end of a transaction; the answer. */
static int
load(struct admin_call *call, struct error *err)
{
	const struct record_value *id = admin_in(call, "id");
	char object[64];
	struct db_result *r;
	int rc;

	if (store_admin(call->db, &call->tenant, PROPOSAL(GET), id, 1, &r, err) != 0)
		return -1;
	rc = store_admin_read(
	    &call->x->arena, r, &thing_Proposal, &call->x->rows, &call->x->count, err);
	db_result_free(r);
	if (rc == 0 && call->x->count == 0)
		return error_set(
		    err, ERROR_NOT_FOUND, "there is no proposal with the id %s", value_text(id));
	snprintf(object, sizeof(object), "proposal %s", value_text(id));
	text_copy(call->req->object, sizeof(call->req->object), object);
	return rc;
}

int
admin_get_proposal(struct admin_call *call, struct error *err)
{
	return load(call, err);
}

/* ---- decided ---- */

/* What it was, by whom: for the log, whatever becomes of it. */
static void
note_decision(struct admin_call *call)
{
	const struct record_value *p = call->x->rows;

	admin_note(call, "%s %.100s, proposed by %.80s, digest %s: %.120s",
	    value_text(&p[P_OPERATION]), value_text(&p[P_OBJECT]), value_text(&p[P_BY]),
	    value_text(&p[P_DIGEST]), value_text(&p[P_CHANGE]));
}

static int
load_waiting(struct admin_call *call, struct error *err)
{
	const struct record_value *p;

	if (load(call, err) != 0)
		return -1;
	p = call->x->rows;
	note_decision(call);
	if (strcmp(value_text(&p[P_STATE]), "Expired") == 0)
		return error_set(err, ERROR_CONFLICT,
		    "nobody decided on this proposal in time; it must be proposed again");
	if (strcmp(value_text(&p[P_STATE]), "Waiting") != 0)
		return error_set(err, ERROR_CONFLICT, "%.100s has decided already: %s",
		    value_text(&p[P_DECIDER]), value_text(&p[P_STATE]));
	return 0;
}

static int
decide(struct admin_call *call, const char *state, const char *reason, struct error *err)
{
	const struct caller *caller = call->req->caller;
	char id[TEXT_UUID_SIZE], by[300];
	const struct record_value args[5] = { *admin_in(call, "id"), value_of_text(state),
		value_of_text(uuid_text(id, &caller->user)), value_of_text(by),
		value_of_text(reason) };

	snprintf(by, sizeof(by), "%s/%s", caller->tenant_name, caller->user_name);
	return admin_do(call, PROPOSAL(DECIDE), args, 5, err);
}

int
admin_refuse_proposal(struct admin_call *call, struct error *err)
{
	int rc = -1;

	if (admin_begin(call, err) != 0)
		return -1;
	if (load_waiting(call, err) == 0 &&
	    decide(call, "Refused", value_text(admin_in(call, "reason")), err) == 0)
		rc = load(call, err);
	return admin_end(call, rc, err);
}

/* ---- accepted ---- */

/* What is done: the operation as it was proposed. */
struct stored {
	struct db_result *r;
	const struct operation *operation;
	struct admin_call inner;
	struct admin_exchange x;
	struct uuid proposer;
	const struct caller *accepts, *proposed; /* as the database has them */
};
/* The columns of PROPOSAL_STORED. */
enum {
	S_OPERATION,
	S_REQUEST,
	S_NAMES,
	S_VALUES,
	S_SEEN,
	S_PROPOSER_ID,
	S_PROPOSER,
	S_KEYS,
	S_AT,
	S_DIGEST
};

static int
is_shown_so(const struct record_value *is, struct db_array was)
{
	struct span item;
	size_t i;

	for (i = 0; i < is->count; i++)
		if (!db_array_next(&was, &item) || !span_equal(item, is->items[i].bytes))
			return 0;
	return was.left == 0;
}

/* What will be done is what was shown, and what its digest is of. */
static int
check_whole(struct admin_call *call, struct stored *s, struct error *err)
{
	const struct stored_claim claim = { value_text(admin_in(call, "id")),
		db_text(s->r, 0, S_PROPOSER), s->operation->name, db_time(s->r, 0, S_AT),
		s->inner.seen_version };
	struct record_value names, shown;
	unsigned char digest[32];
	char hex[65];

	if (stored_digest(digest, &claim, db_bytes(s->r, 0, S_REQUEST), err) != 0 ||
	    stored_show(s->inner.op->request, s->x.in, &s->x.arena, &names, &shown, err) != 0)
		return -1;
	if (!span_equal(db_bytes(s->r, 0, S_DIGEST), (struct span){ digest, 32 }) ||
	    !is_shown_so(&names, db_array(s->r, 0, S_NAMES)) ||
	    !is_shown_so(&shown, db_array(s->r, 0, S_VALUES)))
		return error_set(err, ERROR_CONFLICT,
		    "the proposal was changed in the database: it is not what its digest is of; "
		    "refuse it");
	if (strcasecmp(text_hex(hex, digest, 32), value_text(admin_in(call, "digest"))) != 0)
		return error_set(err, ERROR_CONFLICT,
		    "the digest is not that of this proposal, which is %s; read it again and "
		    "decide anew",
		    hex);
	return 0;
}

static int
read_stored(struct admin_call *call, struct stored *s, struct error *err)
{
	const struct record_value *id = admin_in(call, "id");
	enum operation_id op = OP_CREATE_TENANT;

	if (store_admin(call->db, &call->tenant, PROPOSAL(STORED), id, 1, &s->r, err) != 0)
		return -1;
	while (op < OPERATIONS &&
	       strcmp(operation_by_id(op)->name, db_text(s->r, 0, S_OPERATION)) != 0)
		op++;
	if (op == OPERATIONS || admin_plan(op)->eyes != ADMIN_FOUR_EYES)
		return error_set(err, ERROR_CONFLICT,
		    "this server does not know what is proposed: %.60s",
		    db_text(s->r, 0, S_OPERATION));
	s->operation = operation_by_id(op);
	s->proposer = db_uuid(s->r, 0, S_PROPOSER_ID);
	s->inner = *call;
	s->inner.op = admin_operation(op);
	s->inner.plan = admin_plan(op);
	s->inner.x = &s->x;
	s->inner.pass = ADMIN_ACCEPTED;
	s->inner.seen_version = db_is_null(s->r, 0, S_SEEN) ? -1 : db_integer(s->r, 0, S_SEEN);
	uuid_parse(value_text(id), &s->inner.proposal);
	s->x.in = record_alloc(&s->x.arena, s->inner.op->request->count + 1, sizeof(*s->x.in), err);
	if (s->x.in == NULL || stored_read(db_bytes(s->r, 0, S_REQUEST), s->inner.op->request,
				   &s->x.arena, s->x.in, err) != 0)
		return -1;
	return check_whole(call, s, err);
}

/* Nobody accepts what he proposed, be it as another user with the same key. */
static int
check_another(struct admin_call *call, const struct stored *s, struct error *err)
{
	const struct caller *caller = call->req->caller;
	struct db_array then = db_array(s->r, 0, S_KEYS);
	struct keys his, now;
	struct span key;
	size_t i;
	int same = 0;

	if (uuid_equal(&caller->user, &s->proposer))
		return error_set(err, ERROR_NOT_AUTHORIZED,
		    "you proposed this yourself: another administrator must accept it");
	if (find_keys(call, &caller->user, &his, err) != 0 ||
	    find_keys(call, &s->proposer, &now, err) != 0)
		return -1;
	while (db_array_next(&then, &key))
		same |= has_key(&his, key);
	for (i = 0; i < now.list.count; i++)
		same |= has_key(&his, now.list.items[i].bytes);
	return same ? error_set(err, ERROR_NOT_AUTHORIZED,
			  "the certificate of who proposed this has the same key as one of yours: "
			  "another person must accept it")
		    : 0;
}

/* As the database has him in this moment, whatever is remembered of him. */
static int
load_user(
    struct admin_call *call, const struct uuid *user, const struct caller **c, struct error *err)
{
	char id[TEXT_UUID_SIZE];
	const int rc = admin_load_caller(call, uuid_text(id, user), NULL, DB_NO_TIME, c, err);

	return rc == 0 ? error_set(err, ERROR_NOT_AUTHORIZED, "the user is gone") : rc < 0 ? -1 : 0;
}

static int
check_right(const struct admin_call *call, const struct caller *c, int right, struct error *err)
{
	return authz_require(c, (enum right)right, NULL, call->req->time_us / 1000000, err);
}

/* Who decides may do both: accept, and what is accepted. */
static int
check_decider(struct admin_call *call, struct stored *s, struct error *err)
{
	if (check_another(call, s, err) != 0 ||
	    load_user(call, &call->req->caller->user, &s->accepts, err) != 0 ||
	    check_right(call, s->accepts, call->right, err) != 0)
		return -1;
	s->inner.right = (enum right)s->operation->right;
	s->inner.who[0] = s->accepts;
	return check_right(call, s->accepts, s->operation->right, err);
}

static int
check_proposer(struct admin_call *call, struct stored *s, struct error *err)
{
	struct error why = ERROR_INIT;

	if (load_user(call, &s->proposer, &s->proposed, &why) == 0 &&
	    check_right(call, s->proposed, s->operation->right, &why) == 0) {
		s->inner.who[1] = s->proposed;
		return 0;
	}
	if (why.kind == ERROR_UNAVAILABLE || why.kind == ERROR_INTERNAL) {
		*err = why;
		return -1;
	}
	return error_set(err, ERROR_CONFLICT,
	    "%.80s, who proposed it, may not do it any more: %.200s", db_text(s->r, 0, S_PROPOSER),
	    why.text);
}

/* Both are in history: the transaction's changes are by the one, as the other proposed. */
static int
name_both(struct admin_call *call, const struct stored *s, struct error *err)
{
	const struct caller *caller = call->req->caller;
	char id[TEXT_UUID_SIZE], text[700];
	const struct record_value actor = value_of_text(text);

	snprintf(text, sizeof(text), "%s %s %s/%s, as proposed by %s", call->req->id,
	    uuid_text(id, &caller->user), caller->tenant_name, caller->user_name,
	    db_text(s->r, 0, S_PROPOSER));
	return store_admin(
	    call->db, NULL, &admin_right_statements[RIGHT_ACTOR], &actor, 1, NULL, err);
}

/* All that the proposal was for, up to what the end of the transaction would refuse. */
static int
run_stored(struct admin_call *call, struct stored *s, struct error *err)
{
	char done[sizeof(call->req->out.result.message)];

	if (check_proposer(call, s, err) != 0 || name_both(call, s, err) != 0 ||
	    s->inner.plan->run(&s->inner, err) != 0 ||
	    store_admin(call->db, NULL, PROPOSAL(SETTLE), NULL, 0, NULL, err) != 0)
		return -1;
	text_copy(done, sizeof(done), call->req->out.result.message);
	if (decide(call, "Accepted", NULL, err) != 0 || load(call, err) != 0)
		return -1;
	call->x->rows[P_CHANGE] = value_of_text(record_text(&call->x->arena, span_str(done), err));
	return call->x->rows[P_CHANGE].is_set ? 0 : -1;
}

/* It cannot be done any more: it waits no longer, and says why. */
static void
fail(struct admin_call *call, const struct error *why)
{
	struct error err = ERROR_INIT;
	int rc = -1;

	if (admin_begin(call, &err) != 0)
		return;
	if (load_waiting(call, &err) == 0)
		rc = decide(call, "Failed", why->text, &err);
	admin_end(call, rc, &err);
}

/* Not where another administrator, or the same one later, may still accept it. */
static int
is_for_good(const struct error *err)
{
	return err->kind != ERROR_UNAVAILABLE && err->kind != ERROR_INTERNAL &&
	       err->kind != ERROR_LIMIT && err->kind != ERROR_NOT_AUTHORIZED;
}

int
admin_accept_proposal(struct admin_call *call, struct error *err)
{
	struct stored s = { 0 };
	int rc = -1, was_run = 0;

	if (admin_begin(call, err) != 0)
		return -1;
	if (load_waiting(call, err) == 0 && read_stored(call, &s, err) == 0 &&
	    check_decider(call, &s, err) == 0) {
		was_run = 1;
		rc = run_stored(call, &s, err);
	}
	rc = admin_end(call, rc, err);
	if (rc == 0)
		note_decision(call);
	else if (was_run && is_for_good(err))
		fail(call, err);
	db_result_free(s.r);
	caller_release(s.accepts);
	caller_release(s.proposed);
	record_release(&s.x.arena);
	return rc;
}
