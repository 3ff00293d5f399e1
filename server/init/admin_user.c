/* signet-init user: users' certificates, what is known of them, and who may call no more. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/tenant.h"
#include "schema/store/user_certificate.h"
#include "server/base/clock.h"
#include "server/base/text.h"
#include "server/init/admin_private.h"
#include "server/ops/journal/append.h"

#define AT_ONCE 500
#define NODE	"signet-init" /* of the audit log: not the name of any server */

/* ---- the list ---- */

/* Why it lets nobody in now; "" when it does. */
static const char *
closed_by(const struct user_certificate_row *row, int64_t now)
{
	if (!row->user_is_active)
		return "the user is suspended";
	if (row->user_until != DB_NO_TIME && row->user_until <= now)
		return "the user's access has ended";
	if (!row->is_active)
		return "the certificate was withdrawn";
	if (row->refused != DB_NO_TIME && row->refused <= now)
		return row->check.state == USER_CERTIFICATE_REVOKED   ? "revoked"
		       : row->check.state == USER_CERTIFICATE_ON_HOLD ? "on hold"
								      : "unknown for too long";
	if (row->check.state == USER_CERTIFICATE_EXPIRED)
		return "expired";
	if (row->check.state == USER_CERTIFICATE_NOT_YET_VALID)
		return "not yet valid";
	return "";
}

static const char *
time_or(char out[TEXT_TIME_SIZE], int64_t time, const char *none)
{
	return time != DB_NO_TIME ? text_time(out, time) : none;
}

/* What others wrote, on a terminal. */
static void
print_printable(const char *prefix, const char *s)
{
	const unsigned char *at = (const unsigned char *)s;

	fputs(prefix, stdout);
	for (; *at != '\0'; at++)
		/* A control character of one byte, or of two: U+0080 to U+009F. */
		if (*at < ' ' || *at == 0x7f)
			putchar('?');
		else if (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0)
			at++, putchar('?');
		else
			putchar(*at);
}

static void
print_row(const struct user_certificate_row *row, int64_t now)
{
	char hex[2 * FINGERPRINT_SIZE + 1], since[TEXT_TIME_SIZE], checked[TEXT_TIME_SIZE],
	    until[TEXT_TIME_SIZE];
	const char *closed = closed_by(row, now);

	print_printable("", row->user_name);
	printf("  %s  %s%s\n", user_certificate_state_name(row->check.state),
	    closed[0] != '\0' ? "no access: " : "access", closed);
	printf("    since %s, checked %s, ends %s\n", time_or(since, row->check.since, "?"),
	    time_or(checked, row->check.checked, "never"), time_or(until, row->not_after, "?"));
	print_printable("    ", row->subject);
	printf("\n    %s\n", text_hex(hex, row->fingerprint.data, row->fingerprint.len));
	if (row->check.reason[0] != '\0') {
		print_printable("    ", row->check.reason);
		putchar('\n');
	}
}

static json_t *
json_time(int64_t time)
{
	char text[TEXT_TIME_SIZE];

	return time != DB_NO_TIME ? json_string(text_time(text, time)) : json_null();
}

static json_t *
json_row(const struct user_certificate_row *row, int64_t now)
{
	const struct user_certificate_check *c = &row->check;
	char hex[2 * FINGERPRINT_SIZE + 1];
	const char *closed = closed_by(row, now);

	return json_pack("{ss ss ss sb sb so so ss ss so so so so ss ss so so so sb ss}", "user",
	    row->user_name, "subject", row->subject, "fingerprint",
	    text_hex(hex, row->fingerprint.data, row->fingerprint.len), "userIsActive",
	    row->user_is_active, "isActive", row->is_active, "notAfter", json_time(row->not_after),
	    "added", json_time(row->created), "state", user_certificate_state_name(c->state),
	    "reason", c->reason, "since", json_time(c->since), "checked", json_time(c->checked),
	    "revoked", json_time(c->revoked), "refusedFrom", json_time(row->refused),
	    "revocationReason", c->revocation_reason, "source", c->source, "thisUpdate",
	    json_time(c->this_update), "nextUpdate", json_time(c->next_update), "asOf",
	    json_time(now), "hasAccess", closed[0] == '\0', "noAccessBecause", closed);
}

static int
print_json(json_t *item, const char *before, struct error *err)
{
	char *text = item != NULL ? json_dumps(item, JSON_COMPACT) : NULL;

	json_decref(item);
	if (text == NULL)
		return error_memory(err);
	printf("%s%s", before, text);
	free(text);
	return 0;
}

/* One page; 1 there may be more, 0, -1. */
static int
print_page(struct admin *a, struct user_certificate_page *page, uint64_t *count, char *last_user,
    size_t size, struct error *err)
{
	struct user_certificate_row row = { 0 };
	struct db_result *r;
	size_t i, n;
	int rc = 0;

	if (store_user_certificates(a->db, a->of, page, &r, err) != 0)
		return -1;
	n = db_rows(r);
	for (i = 0; i < n && rc == 0; i++, (*count)++) {
		row = store_user_certificate_row(r, i);
		if (a->o->json != NULL)
			rc =
			    print_json(json_row(&row, page->now), *count > 0 ? ",\n " : "\n ", err);
		else
			print_row(&row, page->now);
	}
	if (n > 0) {
		text_copy(last_user, size, row.user_name);
		memcpy(page->after_fingerprint, row.fingerprint.data, FINGERPRINT_SIZE);
		page->after_user = last_user;
	}
	db_result_free(r);
	return rc != 0 ? -1 : n == (size_t)page->most;
}

static int
print_rules(struct admin *a, struct error *err)
{
	struct user_certificate_rules rules;
	char next[TEXT_TIME_SIZE];

	if (store_user_certificate_rules(a->db, a->of, &rules, err) != 0)
		return -1;
	if (a->o->json != NULL)
		return print_json(
		    json_pack("{ss si so}", "unknown", rules.is_strict ? "strict" : "lenient",
			"graceHours", (int)rules.grace_hours, "next", json_time(rules.next)),
		    "", err);
	printf("of unknown status: %s, after %d hours; the next look is %s\n",
	    rules.is_strict ? "strict, refused" : "lenient, warned of", (int)rules.grace_hours,
	    time_or(next, rules.next, "at once, or not planned: see signet-init job list"));
	return 0;
}

int
admin_user_certificates(struct admin *a, struct error *err)
{
	struct user_certificate_page page = {
		.user = a->o->user, .most = AT_ONCE, .now = clock_now()
	};
	const int is_json = a->o->json != NULL;
	char last_user[600];
	uint64_t count = 0;
	int rc;

	if (a->o->state != NULL && user_certificate_state_by_name(a->o->state, &page.state) != 0)
		return error_set(err, ERROR_MALFORMED,
		    "there is no state %.40s: NotChecked, Good, NotCheckable, Unknown, OnHold, "
		    "Revoked, Expired, NotYetValid",
		    a->o->state);
	page.has_state = a->o->state != NULL;
	if (is_json)
		fputs("{\"rules\": ", stdout);
	if (is_json && print_rules(a, err) != 0)
		return -1;
	if (is_json)
		fputs(",\n\"certificates\": [", stdout);
	do
		rc = print_page(a, &page, &count, last_user, sizeof(last_user), err);
	while (rc > 0);
	if (is_json)
		puts("]}");
	else if (rc == 0)
		rc = print_rules(a, err);
	return rc;
}

/* ---- changes ---- */

/* The change, which is under way in a transaction, and its row in the log: both or neither. */
static int
commit(struct admin *a, int rc, const char *operation, const char *object, const char *words,
    struct error *err)
{
	struct audit_row row = { .at_us = clock_now_us(),
		.tenant = a->tenant,
		.caller = a->by,
		.operation = operation,
		.object = object,
		.result = "Success",
		.reason = words,
		.peer = "" };

	uuid_random(&row.request);
	if (rc == 0 && audit_append(a->db, NODE, &row, 1, err) == 0)
		return db_commit(a->db, err);
	db_rollback(a->db);
	return -1;
}

static int
set_user(struct admin *a, const char *state, struct error *err)
{
	const char *name = a->o->args[0];
	struct uuid user;
	int found = store_user_find(a->db, a->of, name, &user, err), rc;

	if (found <= 0)
		return found < 0 ? -1
				 : error_set(err, ERROR_NOT_FOUND,
				       "there is no user \"%.100s\" in the tenant", name);
	if (db_begin(a->db, err) != 0)
		return -1;
	rc = store_user_state(a->db, a->of, &user, state, err);
	if (commit(a, rc, "SetUserState", name, state, err) != 0)
		return -1;
	printf("user %s is %s; all servers hear of it at once\n", name, state);
	return 0;
}

int
admin_user_suspend(struct admin *a, struct error *err)
{
	return set_user(a, "suspended", err);
}

int
admin_user_resume(struct admin *a, struct error *err)
{
	return set_user(a, "active", err);
}

static int
read_fingerprint(const char *hex, unsigned char out[FINGERPRINT_SIZE], struct error *err)
{
	unsigned int byte;
	size_t i;

	if (strlen(hex) == 2 * FINGERPRINT_SIZE &&
	    strspn(hex, "0123456789abcdefABCDEF") == 2 * FINGERPRINT_SIZE) {
		for (i = 0; i < FINGERPRINT_SIZE && sscanf(hex + 2 * i, "%2x", &byte) == 1; i++)
			out[i] = (unsigned char)byte;
		return 0;
	}
	return error_set(err, ERROR_MALFORMED,
	    "a certificate is named by the SHA-256 of its DER in 64 hexadecimal digits, as \"user "
	    "certificates\" shows it");
}

static int
set_certificate(struct admin *a, const char *state, const char *words, struct error *err)
{
	unsigned char fingerprint[FINGERPRINT_SIZE];
	int rc;

	if (read_fingerprint(a->o->args[0], fingerprint, err) != 0 || db_begin(a->db, err) != 0)
		return -1;
	rc = store_user_certificate_state(a->db, a->of, fingerprint, state, err);
	if (commit(a, rc, "SetUserCertificateState", a->o->args[0], words, err) != 0)
		return -1;
	printf("the certificate is %s; all servers hear of it at once\n", words);
	return 0;
}

int
admin_user_withdraw(struct admin *a, struct error *err)
{
	return set_certificate(a, "suspended", "withdrawn", err);
}

int
admin_user_restore(struct admin *a, struct error *err)
{
	return set_certificate(a, "active", "restored", err);
}

/* "36", "36h", "2d" in hours; -1 for what is none. */
static int32_t
hours(const char *word)
{
	char *end;
	long n = strtol(word, &end, 10);

	if (end == word || n < 0 || n > 8760)
		return -1;
	if (strcmp(end, "d") == 0)
		n *= 24;
	else if (*end != '\0' && strcmp(end, "h") != 0)
		return -1;
	return n <= 8760 ? (int32_t)n : -1;
}

int
admin_user_rules(struct admin *a, struct error *err)
{
	struct user_certificate_rules rules;
	const char *word = a->o->arg_count > 0 ? a->o->args[0] : NULL;
	char words[80];
	int rc;

	if (store_user_certificate_rules(a->db, a->of, &rules, err) != 0)
		return -1;
	if (word == NULL && a->o->grace == NULL)
		return print_rules(a, err);
	if (word != NULL && strcmp(word, "strict") != 0 && strcmp(word, "lenient") != 0)
		return error_set(err, ERROR_MALFORMED,
		    "certificates of unknown status are taken \"lenient\" or \"strict\", not "
		    "\"%.40s\"",
		    word);
	if (word != NULL)
		rules.is_strict = strcmp(word, "strict") == 0;
	if (a->o->grace != NULL && (rules.grace_hours = hours(a->o->grace)) < 0)
		return error_set(err, ERROR_MALFORMED,
		    "--grace takes hours or days, up to a year, such as 36h or 2d, not %.40s",
		    a->o->grace);
	snprintf(words, sizeof(words), "%s, grace %d hours", rules.is_strict ? "strict" : "lenient",
	    (int)rules.grace_hours);
	if (db_begin(a->db, err) != 0)
		return -1;
	rc = store_user_certificate_set_rules(a->db, a->of, &rules, err);
	if (commit(a, rc, "SetUserRevocation", a->o->tenant, words, err) != 0)
		return -1;
	return print_rules(a, err);
}
