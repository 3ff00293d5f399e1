/* Rules for URLs: what is no pattern is refused in the words of who decides by them; and why
 * somebody may open a page, or could. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/url_rules.h"
#include "schema/store/url_rule.h"
#include "server/ops/admin/call.h"
#include "signing/core/digests.h"

/* ---- made, changed ---- */

static int
check_methods(const struct record_value *methods, struct error *err)
{
	enum url_method method;
	size_t i, k;

	for (i = 0; i < methods->count; i++) {
		if (url_method_by_name(&method, value_text(&methods->items[i])) != 0)
			return error_set(err, ERROR_MALFORMED,
			    "there is no method \"%.40s\": GET, HEAD, POST, PUT, DELETE, PATCH, "
			    "OPTIONS, and other for all else",
			    value_text(&methods->items[i]));
		for (k = 0; k < i; k++)
			if (span_equal(methods->items[i].bytes, methods->items[k].bytes))
				return error_set(err, ERROR_MALFORMED,
				    "the rule names the method %s twice",
				    value_text(&methods->items[i]));
	}
	return 0;
}

static int
check_rule(const struct admin_call *call, struct error *err)
{
	const struct url_rule rule = { .name = value_text(admin_in(call, "name")),
		.host = value_text(admin_in(call, "host")),
		.path = value_text(admin_in(call, "path")) };

	if (check_methods(admin_in(call, "method"), err) != 0 || url_rule_check(&rule, err) != 0)
		return -1;
	if (strcmp(value_text(admin_in(call, "opensTo")), "Groups") != 0 &&
	    admin_in(call, "groupId")->count > 0)
		return error_set(err, ERROR_MALFORMED,
		    "a rule that opens to users or to all names no groups; send opensTo Groups, or "
		    "no groupId");
	return 0;
}

int
admin_change_url_rule(struct admin_call *call, struct error *err)
{
	if (check_rule(call, err) != 0)
		return -1;
	return call->op == admin_operation(OP_CREATE_URL_RULE) ? admin_run_create(call, err)
							       : admin_run_change(call, err);
}

/* ---- why ---- */

/* What a question is about. */
struct question {
	struct url url;
	const struct url_rules *rules;
	int64_t at, seconds;
};

static int
ask(struct admin_call *call, struct question **out, struct error *err)
{
	struct question *q = calloc(1, sizeof(*q));

	*out = q;
	if (q == NULL)
		return error_memory(err);
	if (url_read(&q->url, value_text(admin_in(call, "method")), "",
		value_text(admin_in(call, "url")), err) != 0 ||
	    admin_read_time(call, store_url_rules_begin, &q->at, &q->seconds, err) != 0)
		return -1;
	admin_note_object(call, url_method_name(q->url.method), admin_in(call, "url"));
	return url_rules_load_at(&q->rules, call->db, &call->tenant, q->at, err);
}

static void
end_question(struct question *q)
{
	if (q != NULL)
		url_rules_release(q->rules);
	free(q);
}

/* Whoever is asked about: 0, *user NULL for somebody who is not known; -1. */
static int
find_user(struct admin_call *call, const struct question *q, const struct caller **user,
    struct error *err)
{
	const struct record_value *name = admin_in(call, "user"),
				  *card = admin_in(call, "certificate");
	unsigned char fingerprint[DIGEST_SIZE_MAX];
	int rc;

	*user = NULL;
	if (name->is_set && card->is_set)
		return error_set(err, ERROR_MALFORMED,
		    "ask about a user, by name or id, or about a certificate, not about both; or "
		    "about none: somebody who is not known");
	if (!name->is_set && !card->is_set)
		return 0;
	if (card->is_set && digest_span(DIGEST_SHA256, card->bytes, fingerprint, err) != 0)
		return -1;
	rc = admin_load_caller(
	    call, value_text(name), card->is_set ? fingerprint : NULL, q->at, user, err);
	if (rc == 0 && name->is_set)
		return error_set(err, ERROR_NOT_FOUND, "there was no such user in the tenant then");
	return rc < 0 ? -1 : 0;
}

/* The fields of AccessExplanation, in its order. */
enum { A_ALLOWED, A_KNOWN, A_REASON, A_USER, A_AT, A_RULE, A_GROUPS, A_STEPS, A_FIELDS };

static int
put_user(struct admin_call *call, const struct caller *user, const struct url_decision *d,
    struct record_value *row, struct error *err)
{
	unsigned int group = 0;
	char opens[200];
	size_t i;

	row[A_USER] = value_of_text(record_text(&call->x->arena, span_str(user->user_name), err));
	for (i = 0; i < user->group_count && i < ADMIN_PAGE_MAX; i++)
		if (admin_put_text(call, &row[A_GROUPS], user->groups[i], err) != 0)
			return -1;
	if (!d->is_allowed || d->group == NULL)
		return 0;
	while (group < user->group_count && strcmp(user->groups[group], d->group) != 0)
		group++;
	snprintf(opens, sizeof(opens), "is a group of rule \"%.140s\"", d->rule->name);
	return admin_put_chain(call, user, group, opens, &row[A_STEPS], err);
}

static int
put_explanation(
    struct admin_call *call, const struct question *q, const struct caller *user, struct error *err)
{
	struct record_value *row = record_alloc(&call->x->arena, A_FIELDS, sizeof(*row), err);
	struct url_decision d;

	if (row == NULL)
		return -1;
	url_decide(q->rules, user, &q->url, q->seconds, &d);
	call->x->rows = row;
	call->x->count = 1;
	row[A_ALLOWED] = value_of_number(d.is_allowed);
	row[A_KNOWN] = value_of_number(d.is_known);
	row[A_REASON] = value_of_text(record_text(&call->x->arena, span_str(d.reason), err));
	row[A_AT] = value_of_number(q->seconds);
	if (d.rule != NULL)
		row[A_RULE] =
		    value_of_text(record_text(&call->x->arena, span_str(d.rule->name), err));
	if (admin_put_texts(call, &row[A_GROUPS], user != NULL ? user->group_count : 0, err) != 0 ||
	    admin_put_texts(call, &row[A_STEPS], CALLER_CHAIN_MAX + 2, err) != 0)
		return -1;
	return user != NULL ? put_user(call, user, &d, row, err) : 0;
}

int
admin_explain_access(struct admin_call *call, struct error *err)
{
	const struct caller *user = NULL;
	struct question *q;
	int rc = -1;

	if (ask(call, &q, err) == 0 && find_user(call, q, &user, err) == 0)
		rc = put_explanation(call, q, user, err);
	caller_release(user);
	end_question(q);
	return rc;
}

/* ---- who could ---- */

/* One candidate: told where he could indeed. */
static int
put_holder(struct admin_call *call, const struct question *q, const struct db_result *r, size_t i,
    struct error *err)
{
	struct record_value *row = &call->x->rows[call->x->count * thing_RightHolder.count];
	const struct uuid id = db_uuid(r, i, 0);
	const struct caller *user;
	char text[TEXT_UUID_SIZE];
	struct url_decision d;

	if (admin_load_caller(call, uuid_text(text, &id), NULL, q->at, &user, err) < 0)
		return -1;
	url_decide(q->rules, user, &q->url, q->seconds, &d);
	if (d.is_known && d.is_allowed) {
		row[0] = value_of_text(record_text(&call->x->arena, span_str(text), err));
		row[1] = value_of_text(record_text(&call->x->arena, db_bytes(r, i, 1), err));
		row[2] = value_of_text(record_text(&call->x->arena, span_str(d.reason), err));
		call->x->count++;
	}
	caller_release(user);
	return 0;
}

static int
put_holders(struct admin_call *call, const struct question *q, const struct url_holders_query *h,
    struct error *err)
{
	const size_t most = (size_t)h->most - 1;
	struct db_result *r;
	size_t i, n;
	int rc = 0;

	if (store_url_holders_at(call->db, &call->tenant, h, &r, err) != 0)
		return -1;
	n = db_rows(r) < most ? db_rows(r) : most;
	call->x->rows = record_alloc(
	    &call->x->arena, n * thing_RightHolder.count + 1, sizeof(struct record_value), err);
	if (call->x->rows == NULL)
		rc = -1;
	for (i = 0; rc == 0 && i < n; i++)
		rc = put_holder(call, q, r, i, err);
	if (rc == 0 && db_rows(r) > n) {
		call->x->next_page =
		    admin_token_make(call, "AccessHolders", db_text(r, n - 1, 1), "", err);
		rc = call->x->next_page != NULL ? 0 : -1;
	}
	db_result_free(r);
	return rc;
}

int
admin_list_access_holders(struct admin_call *call, struct error *err)
{
	struct record_value after[2] = { value_of_text(""), value_of_text("") };
	const struct url_rule *rule;
	struct url_holders_query h = { 0 };
	struct question *q = NULL;
	int32_t size;
	int rc = -1;

	call->x->total = -1;
	if (admin_page_size(call, &size, err) != 0 ||
	    (admin_in(call, "pageToken")->is_set &&
		admin_token_read(call, "AccessHolders", after, err) != 0) ||
	    ask(call, &q, err) != 0)
		goto done;
	rc = 0;
	rule = url_rules_find(q->rules, &q->url, 0);
	if (rule == NULL || (rule->who == URL_FOR_GROUPS && rule->group_count == 0)) {
		admin_note(call, rule == NULL ? "no rule is for this page, so nobody may open it"
					      : "the rule opens it to no group");
		goto done;
	}
	if (rule->who == URL_FOR_ALL)
		admin_note(
		    call, "rule \"%.100s\" opens it to all, also to who is no user", rule->name);
	h = (struct url_holders_query){ .at = q->at,
		.of_all = rule->who != URL_FOR_GROUPS,
		.groups = rule->groups,
		.group_count = rule->group_count,
		.after = value_text(&after[0]),
		.most = size + 1 };
	rc = put_holders(call, q, &h, err);
done:
	end_question(q);
	return rc;
}
