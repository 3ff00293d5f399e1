/*
 * QueryAudit, ListAuditChains, ListAuditStamps: the audit log for those who have the right to read
 * it. Whose rows anybody sees is decided by the tenant of the transaction (row-level security) and
 * by the wish together: his own tenant's; for users of the server's own tenant also nobody's, and
 * what was administered in another tenant.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/audit_query.h"
#include "server/ops/admin/call.h"
#include "signing/proof/audit_heads.h"

/* Of rows that an index gives, a step looks at a thousand: so many steps a call. */
#define STEPS	20
#define FAR_US	INT64_C(4102444800000000) /* the year 2100 */
#define MARK	"Audit"
#define NEWEST	"newest"
#define OLDEST	"oldest"
#define PER_DAY INT64_C(86400)

/* ---- texts as XML can hold them ---- */

static size_t
escape_length(const unsigned char *s, size_t i, size_t len)
{
	if (s[i] == '\\')
		return 2;
	if (s[i] < 0x20 || s[i] == 0x7f || (s[i] == ' ' && (i == 0 || i + 1 == len)))
		return 6;
	return 1;
}

/* U+FFFE and U+FFFF: three bytes of UTF-8 that XML has no place for. */
static int
is_no_character(const unsigned char *s, size_t i, size_t len)
{
	return i + 2 < len && s[i] == 0xef && s[i + 1] == 0xbf && s[i + 2] >= 0xbe;
}

/* The text with \uXXXX for what XML cannot hold or would change; the very same where nothing is. */
static int
escape(struct admin_call *call, struct record_value *v, struct error *err)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *s = v->bytes.data;
	const size_t len = v->bytes.len;
	size_t room = 1, i;
	char *out, *at;

	for (i = 0; i < len; i++)
		room += is_no_character(s, i, len) ? 6 : escape_length(s, i, len);
	if (!v->is_set || room == len + 1)
		return 0;
	out = at = record_alloc(&call->x->arena, room, 1, err);
	if (out == NULL)
		return -1;
	for (i = 0; i < len; i++)
		if (is_no_character(s, i, len)) {
			at += sprintf(at, "\\uff%c%c", 'f', s[i + 2] == 0xbe ? 'e' : 'f');
			i += 2;
		} else if (escape_length(s, i, len) == 2) {
			*at++ = '\\';
			*at++ = '\\';
		} else if (escape_length(s, i, len) == 6) {
			memcpy(at, "\\u00", 4);
			at[4] = digits[s[i] >> 4];
			at[5] = digits[s[i] & 15];
			at += 6;
		} else {
			*at++ = (char)s[i];
		}
	*v = value_of_text(out);
	return 0;
}

static int
escape_entry(struct admin_call *call, struct record_value *row, struct error *err)
{
	static const char *const texts[] = { "caller", "operation", "object", "outcome", "reason",
		"peer" };
	size_t i, k;

	for (i = 0; i < thing_AuditEntry.count; i++)
		for (k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			if (strcmp(thing_AuditEntry.fields[i].name, texts[k]) == 0 &&
			    escape(call, &row[i], err) != 0)
				return -1;
	return 0;
}

/* ---- the wish ---- */

struct wish {
	struct audit_query query;
	struct uuid tenant, user, request;
	unsigned char digest[64];
	char caller[400];
	const char *tenant_name;
	const char *mark;
	int32_t size;
};

static int
read_digest(struct wish *w, const struct record_value *hex, struct error *err)
{
	const char *text = value_text(hex);
	size_t len = hex->bytes.len / 2;

	if (!hex->is_set)
		return 0;
	if (len == 0 || len > sizeof(w->digest) || hex->bytes.len % 2 != 0 ||
	    text_hex_bytes(w->digest, len, text) != 0)
		return error_set(err, ERROR_MALFORMED,
		    "digest is the digest of a document in hex, of 64 bytes at most");
	w->query.digest = (struct span){ w->digest, len };
	return 0;
}

/* The tenant of this name, for a user of the server's own. */
static int
find_tenant(
    struct admin_call *call, struct wish *w, const struct record_value *name, struct error *err)
{
	const struct record_value none = { 0 }, args[2] = { none, *name };
	struct record_value *row;
	struct db_result *r;
	size_t n = 0;
	int rc;

	if (store_admin(call->db, &call->tenant, &admin_tenant_statements[TENANT_SEE], args, 2, &r,
		err) != 0)
		return -1;
	rc = store_admin_read(&call->x->arena, r, &thing_Tenant, &row, &n, err);
	db_result_free(r);
	if (rc != 0)
		return -1;
	if (n == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no tenant %.80s that you administer", value_text(name));
	if (uuid_parse(value_text(&row[0]), &w->tenant) != 0)
		return error_set(err, ERROR_INTERNAL, "the id of the tenant is none");
	w->query.tenant = &w->tenant;
	w->query.is_administration = 1;
	w->tenant_name = value_text(&row[1]);
	return 0;
}

static int
must_be_server(struct admin_call *call, struct error *err)
{
	struct uuid server;
	const int rc = store_server_tenant(call->db, &server, err);

	if (rc < 0)
		return -1;
	if (rc == 0 || !uuid_equal(&server, &call->tenant))
		return error_set(err, ERROR_NOT_AUTHORIZED,
		    "rows of no tenant are for users of the server's own tenant");
	return 0;
}

static int
read_whose(struct admin_call *call, struct wish *w, struct error *err)
{
	const struct record_value *tenant = admin_in(call, "tenant");

	w->tenant_name = call->req->caller->tenant_name;
	w->query.tenant = &call->tenant;
	if (admin_in(call, "installation")->number != 0) {
		w->query.tenant = NULL;
		w->tenant_name = NULL;
		return must_be_server(call, err);
	}
	if (!tenant->is_set || strcmp(value_text(tenant), w->tenant_name) == 0)
		return 0;
	return find_tenant(call, w, tenant, err);
}

/* "alice" is tenant/alice in the log; what has a slash, and what jobs write, stands for itself. */
static void
read_user(struct wish *w, const struct record_value *user)
{
	if (!user->is_set)
		return;
	if (uuid_parse(value_text(user), &w->user) == 0) {
		w->query.user = &w->user;
		return;
	}
	if (w->tenant_name == NULL || strchr(value_text(user), '/') != NULL)
		text_copy(w->caller, sizeof(w->caller), value_text(user));
	else
		snprintf(w->caller, sizeof(w->caller), "%s/%s", w->tenant_name, value_text(user));
	w->query.caller = w->caller;
}

static void
read_outcome(struct wish *w, const char *outcome)
{
	if (outcome != NULL && strcmp(outcome, "Failure") == 0)
		w->query.is_failure = 1;
	else
		w->query.result = outcome;
}

static int
read_token(struct admin_call *call, struct wish *w, struct error *err)
{
	struct record_value keys[2];
	int node;
	long long at, seq;

	w->query.after = audit_place_first(&w->query);
	if (!admin_in(call, "pageToken")->is_set)
		return 0;
	if (admin_token_read(call, w->mark, keys, err) != 0)
		return -1;
	if (sscanf(value_text(&keys[0]), "%lld.%d", &at, &node) != 2 ||
	    sscanf(value_text(&keys[1]), "%lld", &seq) != 1)
		return error_set(
		    err, ERROR_MALFORMED, "pageToken is none that QueryAudit answered");
	w->query.after = (struct audit_place){ at, node, seq };
	return 0;
}

/* Times are seconds; what is beyond all rows needs no exact place. */
static int64_t
time_us(const struct record_value *v, int64_t otherwise)
{
	if (!v->is_set)
		return otherwise;
	return v->number < 0 ? 0 : v->number > FAR_US / 1000000 ? FAR_US : v->number * 1000000;
}

static int
read_wish(struct admin_call *call, struct wish *w, struct error *err)
{
	const struct record_value *order = admin_in(call, "order"),
				  *request = admin_in(call, "request");
	struct audit_query *q = &w->query;

	if (read_whose(call, w, err) != 0 || read_digest(w, admin_in(call, "digest"), err) != 0 ||
	    admin_page_size(call, &w->size, err) != 0)
		return -1;
	q->is_oldest_first = order->is_set && strcmp(value_text(order), "OldestFirst") == 0;
	w->mark = q->is_oldest_first ? MARK OLDEST : MARK NEWEST;
	q->from_us = time_us(admin_in(call, "since"), 0);
	q->to_us = time_us(admin_in(call, "until"), FAR_US);
	q->operation = value_text(admin_in(call, "operation"));
	q->object = value_text(admin_in(call, "object"));
	q->node = value_text(admin_in(call, "node"));
	q->text = value_text(admin_in(call, "text"));
	if (admin_in(call, "administration")->number != 0)
		q->is_administration = 1;
	if (request->is_set && uuid_parse(value_text(request), &w->request) == 0)
		q->request = &w->request;
	read_user(w, admin_in(call, "user"));
	read_outcome(w, value_text(admin_in(call, "outcome")));
	return read_token(call, w, err);
}

/* What was asked for is in the log as well: who reads it is an auditor's question, too. */
static void
note_wish(struct admin_call *call)
{
	static const char *const names[] = { "tenant", "chain", "user", "operation", "outcome",
		"object", "digest", "request", "node", "text" };
	char words[300] = "";
	size_t i, n = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct record_value *v = admin_in(call, names[i]);

		if (v->is_set && n < sizeof(words))
			n += (size_t)snprintf(words + n, sizeof(words) - n, "%s%s \"%.80s\"",
			    n > 0 ? ", " : "", names[i], value_text(v));
	}
	text_copy(call->req->object, sizeof(call->req->object), "audit log");
	admin_note(call, "%s%s", n > 0 ? "asked for " : "", words);
}

/* ---- pages ---- */

static int
put_token(
    struct admin_call *call, const char *mark, const struct audit_place *place, struct error *err)
{
	char key[64], other[32];

	snprintf(key, sizeof(key), "%lld.%d", (long long)place->at_us, (int)place->node);
	snprintf(other, sizeof(other), "%lld", (long long)place->seq);
	call->x->next_page = admin_token_make(call, mark, key, other, err);
	return call->x->next_page != NULL ? 0 : -1;
}

/* Rows of a result behind those that are there; `last` is the place of the page's last one. */
static int
take_rows(struct admin_call *call, const struct wish *w, const struct db_result *r, size_t rows,
    struct audit_place *last, struct error *err)
{
	const size_t wide = thing_AuditEntry.count;
	struct record_value *read;
	size_t i, n;

	if (store_admin_read(&call->x->arena, r, &thing_AuditEntry, &read, &n, err) != 0)
		return -1;
	for (i = 0; i < rows; i++) {
		struct record_value *to = &call->x->rows[call->x->count * wide];

		memcpy(to, &read[i * wide], wide * sizeof(*to));
		if (escape_entry(call, to, err) != 0)
			return -1;
		if (++call->x->count == (size_t)w->size)
			*last = store_audit_place(r, i);
	}
	return 0;
}

static int
find_rows(struct admin_call *call, struct wish *w, struct error *err)
{
	const size_t most = (size_t)w->size + 1;
	struct audit_place last = { 0 };
	struct db_result *r;
	size_t rows;
	int step, is_end = 0, rc = 0;

	for (step = 0; rc == 0 && step < STEPS && !is_end && call->x->count < most; step++) {
		struct audit_place looked = w->query.after;

		if (store_audit_find(call->db, &call->tenant, &w->query,
			(int32_t)(most - call->x->count), &r, &rows, &looked, &is_end, err) != 0)
			return -1;
		rc = take_rows(call, w, r, rows, &last, err);
		db_result_free(r);
		w->query.after = looked;
	}
	if (rc != 0)
		return -1;
	if (call->x->count == most) {
		call->x->count--;
		return put_token(call, w->mark, &last, err);
	}
	return is_end ? 0 : put_token(call, w->mark, &w->query.after, err);
}

static int
make_room(struct admin_call *call, int32_t size, const struct thing *thing, struct error *err)
{
	call->x->total = -1;
	call->x->rows = record_alloc(
	    &call->x->arena, ((size_t)size + 1) * thing->count, sizeof(*call->x->rows), err);
	return call->x->rows != NULL ? 0 : -1;
}

/* ---- a chain in its order ---- */

static int
chain_begin(struct admin_call *call, const char *chain, int64_t *after, struct error *err)
{
	const struct record_value *since = admin_in(call, "since");
	struct record_value keys[2];
	int32_t node;
	int rc;

	*after = 0;
	rc = store_node_find(call->db, chain, &node, err);
	if (rc == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no chain %.80s", chain);
	if (rc < 0)
		return -1;
	if (!admin_in(call, "pageToken")->is_set)
		return since->is_set ? store_audit_seq_at(
					   call->db, chain, time_us(since, 0) / 1000000, after, err)
				     : 0;
	if (admin_token_read(call, "Chain", keys, err) != 0)
		return -1;
	*after = strtoll(value_text(&keys[0]), NULL, 10);
	return 0;
}

static int
list_chain(struct admin_call *call, const char *chain, struct error *err)
{
	struct wish w = { .mark = "Chain" };
	struct audit_place ignored;
	struct db_result *r;
	char key[32];
	int64_t after;
	size_t rows;
	int rc, is_full;

	if (admin_page_size(call, &w.size, err) != 0 ||
	    make_room(call, w.size, &thing_AuditEntry, err) != 0 ||
	    chain_begin(call, chain, &after, err) != 0 ||
	    store_audit_links(call->db, &call->tenant, chain, after, w.size, &r, err) != 0)
		return -1;
	rows = db_rows(r);
	is_full = rows == (size_t)w.size;
	w.size = ADMIN_PAGE_MAX + 1; /* no place of a row is wanted: its number is */
	rc = take_rows(call, &w, r, rows, &ignored, err);
	if (rc == 0 && is_full) {
		snprintf(key, sizeof(key), "%lld", (long long)db_integer(r, rows - 1, 1));
		call->x->next_page = admin_token_make(call, "Chain", key, "", err);
		rc = call->x->next_page != NULL ? 0 : -1;
	}
	db_result_free(r);
	return rc;
}

int
admin_query_audit(struct admin_call *call, struct error *err)
{
	const struct record_value *chain = admin_in(call, "chain");
	struct wish w = { 0 };

	note_wish(call);
	if (chain->is_set)
		return list_chain(call, value_text(chain), err);
	if (read_wish(call, &w, err) != 0 || make_room(call, w.size, &thing_AuditEntry, err) != 0)
		return -1;
	return find_rows(call, &w, err);
}

/* ---- chains and stamps ---- */

static struct record_value
hex_value(struct admin_call *call, struct span bytes, struct error *err)
{
	char hex[2 * 64 + 1];

	return value_of_text(record_text(&call->x->arena,
	    span_str(text_hex(hex, bytes.data, bytes.len <= 64 ? bytes.len : 64)), err));
}

static struct record_value
text_value(struct admin_call *call, const char *s, struct error *err)
{
	return value_of_text(record_text(&call->x->arena, span_str(s), err));
}

int
admin_list_audit_chains(struct admin_call *call, struct error *err)
{
	struct db_result *r;
	size_t i, n;

	if (store_audit_chains(call->db, &r, err) != 0)
		return -1;
	n = db_rows(r) <= ADMIN_PAGE_MAX ? db_rows(r) : ADMIN_PAGE_MAX;
	if (make_room(call, (int32_t)n, &thing_AuditChain, err) != 0) {
		db_result_free(r);
		return -1;
	}
	for (i = 0; i < n; i++) {
		const struct audit_chain_row c = store_audit_chain_row(r, i);
		struct record_value *row = &call->x->rows[i * thing_AuditChain.count];

		row[0] = text_value(call, c.name, err);
		row[1] = value_of_number(c.head.seq);
		row[2] = hex_value(call, (struct span){ c.head.hash, AUDIT_HASH_SIZE }, err);
		if (c.at_us != DB_NO_TIME)
			row[3] = value_of_number(c.at_us / 1000000);
		row[4] = value_of_number(c.told.seq);
		row[5] = hex_value(call, (struct span){ c.told.hash, AUDIT_HASH_SIZE }, err);
	}
	call->x->count = n;
	call->x->total = (int64_t)db_rows(r);
	db_result_free(r);
	return 0;
}

static int
copy_bytes(struct admin_call *call, struct span s, struct record_value *to, struct error *err)
{
	to->bytes.data = (const unsigned char *)record_text(&call->x->arena, s, err);
	to->bytes.len = s.len;
	to->is_set = to->bytes.data != NULL;
	return to->is_set ? 0 : -1;
}

static int
put_stamp(struct admin_call *call, const struct audit_statement *s, struct error *err)
{
	struct record_value *row = &call->x->rows[call->x->count++ * thing_AuditStamp.count];
	char day[AUDIT_DAY_SIZE];

	row[0] = text_value(call, audit_day(day, s->day), err);
	if (copy_bytes(call, span_str(s->content), &row[1], err) != 0)
		return -1;
	row[2] = hex_value(call, s->digest, err);
	if (s->token.len == 0) {
		if (s->failure[0] != '\0')
			row[5] = text_value(call, s->failure, err);
		return 0;
	}
	row[3] = text_value(call, s->authority, err);
	row[4] = value_of_number(s->generated);
	return copy_bytes(call, s->token, &row[6], err);
}

int
admin_list_audit_stamps(struct admin_call *call, struct error *err)
{
	struct record_value keys[2];
	char day[AUDIT_DAY_SIZE];
	int64_t after = DB_NO_TIME;
	struct db_result *r;
	int32_t size;
	size_t i;
	int rc = 0;

	if (admin_page_size(call, &size, err) != 0 ||
	    make_room(call, size, &thing_AuditStamp, err) != 0)
		return -1;
	if (admin_in(call, "pageToken")->is_set &&
	    (admin_token_read(call, "Stamps", keys, err) != 0 ||
		audit_day_parse(value_text(&keys[0]), &after) != 0))
		return error_set(
		    err, ERROR_MALFORMED, "pageToken is none that ListAuditStamps answered");
	if (store_audit_statements(call->db, after, size + 1, &r, err) != 0)
		return -1;
	for (i = 0; rc == 0 && i < db_rows(r) && i < (size_t)size; i++) {
		const struct audit_statement s = store_audit_statement(r, i);

		rc = put_stamp(call, &s, err);
		if (rc == 0 && i + 1 == (size_t)size && db_rows(r) > (size_t)size) {
			call->x->next_page =
			    admin_token_make(call, "Stamps", audit_day(day, s.day), "", err);
			rc = call->x->next_page != NULL ? 0 : -1;
		}
	}
	db_result_free(r);
	return rc;
}
