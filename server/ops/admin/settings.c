/* A tenant's own settings, by name; and each with what it may be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ops/admin/call.h"

#define GRACE_MOST 8760
#define DAYS_MOST  90

static int
check_policy(const char *value, struct error *err)
{
	(void)value;
	(void)err;
	return 0; /* whether there is one is seen when it is set */
}

static int
check_revocation(const char *value, struct error *err)
{
	if (strcmp(value, "lenient") == 0 || strcmp(value, "strict") == 0)
		return 0;
	return error_set(
	    err, ERROR_MALFORMED, "user-revocation is lenient or strict, not %.40s", value);
}

static int
check_grace(const char *value, struct error *err)
{
	char *end;
	const long hours = strtol(value, &end, 10);

	if (*value != '\0' && strspn(value, "0123456789") == strlen(value) && strlen(value) <= 4 &&
	    hours <= GRACE_MOST)
		return 0;
	return error_set(err, ERROR_MALFORMED,
	    "user-revocation-grace-hours is a number from 0 to %d, not %.40s", GRACE_MOST, value);
}

static int
check_eyes(const char *value, struct error *err)
{
	if (strcmp(value, "on") == 0 || strcmp(value, "off") == 0)
		return 0;
	return error_set(err, ERROR_MALFORMED, "four-eyes is on or off, not %.40s", value);
}

static int
check_days(const char *value, struct error *err)
{
	const long days = strtol(value, NULL, 10);

	if (*value != '\0' && strspn(value, "0123456789") == strlen(value) && strlen(value) <= 2 &&
	    days >= 1 && days <= DAYS_MOST)
		return 0;
	return error_set(err, ERROR_MALFORMED, "four-eyes-days is a number from 1 to %d, not %.40s",
	    DAYS_MOST, value);
}

/* In the order of the columns of SETTING_ALL, which is that of the names. */
static const struct setting {
	const char *name, *standard, *about;
	int (*check)(const char *value, struct error *err);
	int statement;
} settings[] = {
	{ "validation-policy", "signet-strict",
	    "The validation policy that counts where a request names none.", check_policy,
	    SETTING_POLICY },
	{ "user-revocation", "lenient",
	    "Whether users may call while nobody can say if their certificates are revoked: "
	    "lenient, or strict once the grace is over.",
	    check_revocation, SETTING_REVOCATION },
	{ "user-revocation-grace-hours", "24",
	    "For so many hours a certificate of unknown status is taken where it is strict.",
	    check_grace, SETTING_GRACE },
	{ "four-eyes", "off",
	    "Whether changes of rights, trust and keys wait until a second administrator accepts "
	    "them: on or off. Switching it off is such a change itself.",
	    check_eyes, SETTING_EYES },
	{ "four-eyes-days", "7", "For so many days a proposed change waits.", check_days,
	    SETTING_EYES_DAYS },
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* The fields of Setting, in their order. */
enum { S_NAME, S_VALUE, S_STANDARD, S_SOURCE, S_ABOUT, S_FIELDS };

static int
put_setting(struct admin_call *call, const struct setting *s, const char *value,
    struct record_value *row, struct error *err)
{
	row[S_NAME] = value_of_text(s->name);
	row[S_VALUE] = value_of_text(record_text(&call->x->arena, span_str(value), err));
	row[S_STANDARD] = value_of_text(s->standard);
	row[S_SOURCE] = value_of_text(strcmp(value, s->standard) == 0 ? "Standard" : "Tenant");
	row[S_ABOUT] = value_of_text(s->about);
	return row[S_VALUE].is_set ? 0 : -1;
}

/* Those whose name has the part, or all; they are locked until the end of a transaction. */
static int
put_settings(struct admin_call *call, const char *part, int is_whole, struct error *err)
{
	struct db_result *r;
	size_t i;
	int rc = 0;

	call->x->rows =
	    record_alloc(&call->x->arena, SETTINGS * S_FIELDS, sizeof(struct record_value), err);
	if (call->x->rows == NULL ||
	    store_admin(call->db, &call->tenant, &admin_setting_statements[SETTING_ALL], NULL, 0,
		&r, err) != 0)
		return -1;
	call->x->count = 0;
	for (i = 0; rc == 0 && i < SETTINGS && db_rows(r) > 0; i++)
		if (part == NULL || (is_whole ? strcmp(settings[i].name, part) == 0
					      : strcasestr(settings[i].name, part) != NULL))
			rc = put_setting(call, &settings[i], db_text(r, 0, (unsigned int)i),
			    &call->x->rows[call->x->count++ * S_FIELDS], err);
	db_result_free(r);
	return rc;
}

int
admin_list_settings(struct admin_call *call, struct error *err)
{
	const struct record_value *filter = admin_in(call, "filter");

	if (put_settings(call, filter->bytes.len > 0 ? value_text(filter) : NULL, 0, err) != 0)
		return -1;
	call->x->total = (int64_t)call->x->count;
	return 0;
}

static const struct setting *
find_setting(struct admin_call *call, struct error *err)
{
	const char *name = value_text(admin_in(call, "name"));
	size_t i;

	admin_note_object(call, "setting", admin_in(call, "name"));
	for (i = 0; i < SETTINGS; i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	error_set(err, ERROR_NOT_FOUND,
	    "there is no setting %.80s; ListSettings names those that there are", name);
	return NULL;
}

int
admin_get_setting(struct admin_call *call, struct error *err)
{
	const struct setting *s = find_setting(call, err);

	return s != NULL ? put_settings(call, s->name, 1, err) : -1;
}

static int
set(struct admin_call *call, const struct setting *s, const char *value, struct error *err)
{
	const struct record_value arg = value_of_text(value);
	const int none = s->statement == SETTING_POLICY && strcmp(value, s->standard) == 0;
	const char *done = admin_ask(
	    call, &admin_setting_statements[none ? SETTING_NO_POLICY : s->statement], &arg, 1, err);

	if (done == NULL)
		return -1;
	if (done[0] == '\0' && s->statement == SETTING_POLICY && !none)
		return error_set(
		    err, ERROR_NOT_FOUND, "there is no validation policy %.100s", value);
	return 0;
}

int
admin_update_setting(struct admin_call *call, struct error *err)
{
	const struct record_value *wanted = admin_in(call, "value"), *was = admin_in(call, "was");
	const struct setting *s = find_setting(call, err);
	const char *value, *before;
	int rc = -1;

	if (s == NULL)
		return -1;
	value = wanted->is_set ? value_text(wanted) : s->standard;
	if (s->check(value, err) != 0 || admin_begin(call, err) != 0)
		return -1;
	if (put_settings(call, s->name, 1, err) != 0)
		goto done;
	before = value_text(&call->x->rows[S_VALUE]);
	if (was->is_set && strcmp(value_text(was), before) != 0) {
		error_set(err, ERROR_CONFLICT,
		    "the setting was changed by somebody else: it is %.100s, not %.100s; read it "
		    "again and decide anew",
		    before, value_text(was));
		goto done;
	}
	/* What is accepted is the change of what was there when it was proposed. */
	if (!was->is_set)
		admin_keep(call, "was", value_of_text(before));
	if (set(call, s, value, err) == 0 && put_settings(call, s->name, 1, err) == 0) {
		admin_note(call, "%s: %.150s -> %.150s", s->name, before, value);
		rc = 0;
	}
done:
	return admin_end(call, rc, err);
}
