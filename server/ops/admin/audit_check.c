/*
 * VerifyAudit: the chains of the audit log, and the time stamps of how far they were, a part at a
 * time. Rows are read here, where they are: nothing of them is told but their numbers, so who
 * checks need not be allowed to see them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/audit_query.h"
#include "server/base/clock.h"
#include "server/ops/admin/call.h"
#include "server/ops/evidence/judge.h"
#include "server/ops/journal/chain.h"
#include "server/ops/journal/journal.h"
#include "signing/core/ossl.h"
#include "signing/proof/audit_heads.h"

#define ROWS_A_CALL   500000
#define TIME_A_CALL   2000000 /* microseconds */
#define STAMPS_A_CALL 20
#define SENTENCES     200
#define MARK_CHAIN    "Check"
#define MARK_STAMPS   "CheckStamps"
#define PART_STAMPS   "time stamps"
#define DAY	      AUDIT_DAY_SECONDS

/* The fields of AuditCheck, in its order. */
enum { C_PART, C_ROWS, C_SEQ, C_HASH, C_END, C_GOOD, C_BAD, C_PROBLEMS, C_REMARKS, C_NEXT };

struct checking {
	struct admin_call *call;
	struct record_value *row;
	struct error *err;
	const struct material *material;
	struct gathered *gathered;
	const char *last_node; /* the chain under way */
};

static int say(struct checking *k, int field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
say(struct checking *k, int field, const char *fmt, ...)
{
	struct record_value *list = &k->row[field];
	char text[700];
	va_list ap;

	if (list->count == SENTENCES)
		return 0;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	list->items[list->count] =
	    value_of_text(record_text(&k->call->x->arena, span_str(text), k->err));
	list->count += list->items[list->count].is_set;
	if (field == C_PROBLEMS)
		k->row[C_GOOD].number = 0;
	return 0;
}

static struct record_value
text_value(struct checking *k, const char *s)
{
	return value_of_text(record_text(&k->call->x->arena, span_str(s), k->err));
}

static int
begin(struct checking *k)
{
	struct admin_exchange *x = k->call->x;
	int field;

	k->row = record_alloc(&x->arena, thing_AuditCheck.count, sizeof(*k->row), k->err);
	for (field = C_PROBLEMS; k->row != NULL && field <= C_REMARKS; field++) {
		k->row[field].is_set = 1;
		k->row[field].items =
		    record_alloc(&x->arena, SENTENCES, sizeof(*k->row[field].items), k->err);
		if (k->row[field].items == NULL)
			return -1;
	}
	if (k->row == NULL)
		return -1;
	k->row[C_GOOD] = value_of_number(1);
	k->row[C_ROWS] = value_of_number(0);
	x->rows = k->row;
	x->count = 1;
	return 0;
}

static int
put_next(struct checking *k, const char *mark, const char *key, const char *other)
{
	const char *token = admin_token_make(k->call, mark, key, other, k->err);

	k->row[C_NEXT] = value_of_text(token);
	return token != NULL ? 0 : -1;
}

/* ---- chains ---- */

struct place {
	char node[AUDIT_NODE_SIZE];
	struct audit_head from;
};

/* "seq:hash in hex" */
static int
read_head(const char *text, struct audit_head *head)
{
	char *at;

	head->seq = strtoll(text, &at, 10);
	if (head->seq < 0 || *at++ != ':' || strlen(at) != 2 * AUDIT_HASH_SIZE)
		return -1;
	return text_hex_bytes(head->hash, AUDIT_HASH_SIZE, at);
}

/* The chain behind this one ("": the first) as `next`; *end is the last row of this one. */
static int
find_next(struct checking *k, const char *node, char next[AUDIT_NODE_SIZE], int64_t *end)
{
	struct db_result *r;
	size_t i;
	int take = node[0] == '\0';

	next[0] = '\0';
	if (store_audit_chains(k->call->db, &r, k->err) != 0)
		return -1;
	for (i = 0; i < db_rows(r); i++) {
		const struct audit_chain_row c = store_audit_chain_row(r, i);

		if (take) {
			text_copy(next, AUDIT_NODE_SIZE, c.name);
			break;
		}
		if (strcmp(c.name, node) == 0) {
			*end = c.head.seq;
			take = 1;
		}
	}
	db_result_free(r);
	return 0;
}

static int
next_chain(struct checking *k, const char *node)
{
	static const char beginning[] = "0:00000000000000000000000000000000"
					"00000000000000000000000000000000";
	char next[AUDIT_NODE_SIZE];
	int64_t end = 0;

	if (find_next(k, node, next, &end) != 0)
		return -1;
	if (next[0] == '\0')
		return put_next(k, MARK_STAMPS, "", "");
	return put_next(k, MARK_CHAIN, next, beginning);
}

/* What this process itself has written last, where it is the writer of the chain. */
static int
own_head(const struct checking *k, const char *node, struct audit_head *head)
{
	struct journal_status status;

	if (strcmp(node, engine_node(k->call->engine)) != 0)
		return 0;
	journal_status(k->call->engine->parts.journal, &status);
	*head = status.head;
	return head->seq > 0;
}

static int
check_chain(struct checking *k, const struct place *place, int is_only)
{
	const struct chain_share share = { ROWS_A_CALL, clock_monotonic_us() + TIME_A_CALL };
	struct chain_report report;
	struct audit_head own;
	const int has_own = own_head(k, place->node, &own);
	char hex[2 * AUDIT_HASH_SIZE + 1], head[2 * AUDIT_HASH_SIZE + 40], ignored[AUDIT_NODE_SIZE];
	int64_t end = 0;
	int rc = audit_verify_part(
	    k->call->db, place->node, &place->from, has_own ? &own : NULL, &share, &report, k->err);

	if (rc < 0 || find_next(k, place->node, ignored, &end) != 0)
		return -1;
	text_hex(hex, report.head.hash, AUDIT_HASH_SIZE);
	k->row[C_PART] = text_value(k, place->node);
	k->row[C_ROWS] = value_of_number(report.rows);
	k->row[C_SEQ] = value_of_number(report.head.seq);
	k->row[C_HASH] = text_value(k, hex);
	k->row[C_END] = value_of_number(end);
	if (rc == 0) {
		k->row[C_BAD] = value_of_number(report.bad_seq);
		say(k, C_PROBLEMS, "chain %s: %s", place->node, report.text);
	}
	if (rc == 1 && !report.is_whole) {
		snprintf(head, sizeof(head), "%" PRId64 ":%s", report.head.seq, hex);
		return put_next(k, MARK_CHAIN, place->node, head);
	}
	return is_only ? 0 : next_chain(k, place->node);
}

/* ---- time stamps ---- */

/* Each row that the statement speaks of is there, and is the one that was. */
static int
check_heads(struct checking *k, const struct audit_statement *s, const char *day)
{
	const char *how = s->token.len > 0 ? "time-stamped" : "stated";
	struct audit_heads heads;
	struct audit_head head;
	struct error ignored = ERROR_INIT;
	unsigned char hash[AUDIT_HASH_SIZE];
	char node[AUDIT_NODE_SIZE];
	int more, rc;

	if (audit_heads_read(&heads, span_str(s->content), &ignored) != 0 || heads.day != s->day)
		return say(k, C_PROBLEMS, "the statement of %s is none of that day", day);
	while ((more = audit_heads_next(&heads, node, &head, &ignored)) > 0) {
		rc = store_audit_hash(k->call->db, node, head.seq, hash, k->err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			say(k, C_PROBLEMS,
			    "chain %.128s: row %" PRId64 ", which was %s on %s, is missing", node,
			    head.seq, how, day);
		else if (memcmp(hash, head.hash, AUDIT_HASH_SIZE) != 0)
			say(k, C_PROBLEMS,
			    "chain %.128s: row %" PRId64 " is not the one that was %s on %s: the "
			    "chain was written anew from it or a row before it on",
			    node, head.seq, how, day);
	}
	if (more < 0)
		say(k, C_PROBLEMS, "the statement of %s cannot be read", day);
	return 0;
}

static int
judge_token(struct checking *k, const struct audit_statement *s, const char *day)
{
	const struct document doc = { .content = span_str(s->content), .has_content = 1 };
	struct verify_timestamp *t = calloc(1, sizeof(*t));
	char when[TEXT_TIME_SIZE];
	int rc;

	if (t == NULL)
		return error_memory(k->err);
	rc = ops_judge_timestamp(
	    k->call->engine, k->call->req, k->material, s->token, &doc, t, &k->gathered, k->err);
	if (rc != 0) {
		free(t);
		return -1;
	}
	if (t->conclusion.indication == INDICATION_TOTAL_FAILED || !t->readable ||
	    !t->imprint_intact)
		say(k, C_PROBLEMS, "the time stamp of %s is not good: %s", day, t->conclusion.text);
	else if (t->conclusion.indication != INDICATION_TOTAL_PASSED)
		say(k, C_REMARKS, "the time stamp of %s by %s cannot be proven now: %s", day,
		    s->authority, t->conclusion.text);
	if (t->readable && t->time >= s->day + 2 * DAY)
		say(k, C_REMARKS, "how far the chains were on %s was time-stamped on %s only", day,
		    text_time(when, t->time));
	k->row[C_ROWS].number += t->readable && t->imprint_intact;
	verify_timestamp_release(t);
	free(t);
	return 0;
}

static int
check_statement(struct checking *k, const struct audit_statement *s)
{
	unsigned char digest[DIGEST_SIZE_MAX];
	char day[AUDIT_DAY_SIZE];

	audit_day(day, s->day);
	if (digest_span(DIGEST_SHA256, span_str(s->content), digest, k->err) != 0)
		return -1;
	if (!span_equal(s->digest, (struct span){ digest, 32 }))
		return say(k, C_PROBLEMS, "the statement of %s was changed", day);
	if (!s->is_stated)
		say(k, C_PROBLEMS,
		    "the log does not speak of the statement of %s: its row was removed from the "
		    "chain of the jobs of %s",
		    day, s->node);
	if (check_heads(k, s, day) != 0)
		return -1;
	if (s->token.len > 0)
		return judge_token(k, s, day);
	return say(k, C_REMARKS, "there is no time stamp of %s yet%s%s", day,
	    s->failure[0] != '\0' ? ": " : "", s->failure);
}

/* Days between, of which nothing was stated. */
static void
check_days(struct checking *k, int64_t before, int64_t next)
{
	char first[AUDIT_DAY_SIZE], last[AUDIT_DAY_SIZE];

	if (before == DB_NO_TIME || next <= before + DAY)
		return;
	audit_day(first, before + DAY);
	audit_day(last, next - DAY);
	if (strcmp(first, last) == 0)
		say(k, C_REMARKS, "there is no time stamp of %s", first);
	else
		say(k, C_REMARKS, "there is no time stamp of any day from %s to %s", first, last);
}

/* What the log says of statements that are no longer there. */
static int
check_stated(struct checking *k)
{
	int64_t after_us = 0;
	struct db_result *r;
	size_t i, n = 1000;

	while (n == 1000) {
		if (store_audit_stated(k->call->db, after_us, 1000, &r, k->err) != 0)
			return -1;
		n = db_rows(r);
		for (i = 0; i < n; i++) {
			after_us = db_time_us(r, i, 0);
			if (!db_bool(r, i, 3))
				say(k, C_PROBLEMS,
				    "the statement of %.20s that the log speaks of was removed or "
				    "changed",
				    db_text(r, i, 2));
		}
		db_result_free(r);
	}
	return 0;
}

/* The last one was met. */
static int
end_stamps(struct checking *k, int64_t last)
{
	const int64_t today = clock_now() / DAY * DAY;

	if (last == DB_NO_TIME)
		say(k, C_REMARKS, "there is no time stamp of the chains at all");
	check_days(k, last, today); /* today's may come yet */
	return check_stated(k);
}

static int
check_stamps(struct checking *k, int64_t after)
{
	const int64_t until = clock_monotonic_us() + TIME_A_CALL;
	int64_t last = after;
	char day[AUDIT_DAY_SIZE];
	struct db_result *r;
	size_t i, n;
	int rc = 0;

	k->row[C_PART] = text_value(k, PART_STAMPS);
	if (material_get(&k->material, k->call->engine, k->call->req->caller, k->err) != 0)
		return -1;
	rc = store_audit_statements(k->call->db, after, STAMPS_A_CALL + 1, &r, k->err);
	if (rc != 0)
		goto done;
	n = db_rows(r);
	for (i = 0;
	     rc == 0 && i < n && i < STAMPS_A_CALL && (i == 0 || clock_monotonic_us() < until);
	     i++) {
		const struct audit_statement s = store_audit_statement(r, i);

		check_days(k, last, s.day);
		rc = check_statement(k, &s);
		last = s.day;
	}
	db_result_free(r);
	if (rc == 0)
		rc = i < n ? put_next(k, MARK_STAMPS, audit_day(day, last), "")
			   : end_stamps(k, last);
done:
	gathered_free(k->gathered);
	material_unref(k->material);
	return rc;
}

/* ---- one call ---- */

static int
wrong_token(struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "token is none that VerifyAudit answered");
}

static int
go_on(struct checking *k)
{
	struct admin_call *call = k->call;
	const struct record_value *token = admin_in(call, "token");
	struct record_value keys[2];
	struct place place = { 0 };
	int64_t after = DB_NO_TIME;

	/* Tokens are read where those of lists are. */
	if (admin_token_of(call, token, MARK_STAMPS, keys, NULL) == 0) {
		if (value_text(&keys[0])[0] != '\0' &&
		    audit_day_parse(value_text(&keys[0]), &after) != 0)
			return wrong_token(k->err);
		return check_stamps(k, after);
	}
	if (admin_token_of(call, token, MARK_CHAIN, keys, NULL) != 0 ||
	    strlen(value_text(&keys[0])) >= sizeof(place.node) ||
	    read_head(value_text(&keys[1]), &place.from) != 0)
		return wrong_token(k->err);
	text_copy(place.node, sizeof(place.node), value_text(&keys[0]));
	return check_chain(k, &place, admin_in(call, "node")->is_set);
}

int
admin_verify_audit(struct admin_call *call, struct error *err)
{
	struct checking k = { .call = call, .err = err };
	const struct record_value *node = admin_in(call, "node");
	struct place place = { 0 };
	int64_t end;
	int rc;

	if (begin(&k) != 0)
		return -1;
	if (admin_in(call, "token")->is_set)
		rc = go_on(&k);
	else if (node->is_set) {
		if (node->bytes.len >= sizeof(place.node))
			return error_set(err, ERROR_MALFORMED, "the name of the chain is too long");
		text_copy(place.node, sizeof(place.node), value_text(node));
		rc = check_chain(&k, &place, 1);
	} else if ((rc = find_next(&k, "", place.node, &end)) == 0)
		rc = place.node[0] != '\0' ? check_chain(&k, &place, 0)
					   : check_stamps(&k, DB_NO_TIME);
	if (rc != 0)
		return -1;
	text_copy(call->req->object, sizeof(call->req->object),
	    k.row[C_PART].is_set ? value_text(&k.row[C_PART]) : "audit log");
	admin_note(call, "%" PRId64 " good%s%s", k.row[C_ROWS].number,
	    k.row[C_PROBLEMS].count > 0 ? "; " : "",
	    k.row[C_PROBLEMS].count > 0 ? value_text(&k.row[C_PROBLEMS].items[0]) : "");
	return 0;
}
