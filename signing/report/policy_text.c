#include "signing/report/policy_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define HEADING "signet-validation-policy 1"

/* What is a number. */
static const struct {
	const char *name;
	size_t offset;
	int is_wide;
} numbers[] = {
#define NUMBER(field, wide)                                                                        \
	{                                                                                          \
#field, offsetof(struct verify_policy, field), wide                                \
	}
	NUMBER(revocation_freshness, 1),
	NUMBER(without_revocation, 0),
	NUMBER(explicit_policy, 0),
	NUMBER(inhibit_mapping, 0),
	NUMBER(inhibit_any_policy, 0),
#undef NUMBER
};
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static int64_t
number_of(const struct verify_policy *policy, size_t n)
{
	const char *at = (const char *)policy + numbers[n].offset;

	return numbers[n].is_wide ? *(const int64_t *)(const void *)at
				  : *(const int *)(const void *)at;
}

static void
set_number(struct verify_policy *policy, size_t n, int64_t value)
{
	char *at = (char *)policy + numbers[n].offset;

	if (numbers[n].is_wide)
		*(int64_t *)(void *)at = value;
	else
		*(int *)(void *)at = (int)value;
}

/* Names are the administrator's: a line break in one would begin another constraint. */
static int
put_text(struct buf *out, const char *key, const char *value, struct error *err)
{
	if (strpbrk(value, "\r\n") != NULL)
		return error_set(
		    err, ERROR_MALFORMED, "the name of the policy has a line break in it");
	return buf_printf(out, err, "%s %s\n", key, value);
}

/* As it was applied, the default too: another program may have another. */
static enum verify_level
level_of(const struct verify_policy *policy, enum verify_constraint constraint)
{
	const enum verify_level level = (enum verify_level)policy->levels[constraint];

	return level != VERIFY_BY_DEFAULT ? level : verify_constraint_default(constraint);
}

int
policy_text_write(struct buf *out, const struct verify_policy *policy, struct error *err)
{
	static const struct verify_policy strict;
	size_t i;

	policy = policy != NULL ? policy : &strict;
	if (buf_append_str(out, HEADING "\n", err) != 0 ||
	    put_text(out, "name", policy->name != NULL ? policy->name : VERIFY_POLICY_NAME, err) !=
		0 ||
	    put_text(out, "version",
		policy->version != NULL ? policy->version : VERIFY_POLICY_VERSION, err) != 0)
		return -1;
	for (i = 0; i < VERIFY_CONSTRAINTS; i++)
		if (put_text(out, verify_constraint_name((enum verify_constraint)i),
			verify_level_name(level_of(policy, (enum verify_constraint)i)), err) != 0)
			return -1;
	for (i = 0; i < NUMBERS; i++)
		if (buf_printf(
			out, err, "%s %" PRId64 "\n", numbers[i].name, number_of(policy, i)) != 0)
			return -1;
	for (i = 0; i < policy->certificate_policy_count; i++)
		if (put_text(out, "certificate_policy", policy->certificate_policies[i], err) != 0)
			return -1;
	for (i = 0; i < policy->commitment_type_count; i++)
		if (put_text(out, "commitment_type", policy->commitment_types[i], err) != 0)
			return -1;
	return 0;
}

/* ---- reading ---- */

static int
add_to(const char ***list, size_t *count, const char *text, struct error *err)
{
	const char **more = realloc(*list, (*count + 1) * sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	*list = more;
	more[(*count)++] = text;
	return 0;
}

static int
add_oid(struct policy_read *r, const char *oid, struct error *err)
{
	const int rc = add_to(&r->oids, &r->policy.certificate_policy_count, oid, err);

	r->policy.certificate_policies = r->oids;
	return rc;
}

static int
add_commitment(struct policy_read *r, const char *type, struct error *err)
{
	const int rc = add_to(&r->commitments, &r->policy.commitment_type_count, type, err);

	r->policy.commitment_types = r->commitments;
	return rc;
}

static int
take_number(struct policy_read *r, const char *key, const char *value, struct error *err)
{
	char *end;
	int64_t number;
	size_t i;

	for (i = 0; i < NUMBERS; i++)
		if (strcmp(numbers[i].name, key) == 0)
			break;
	if (i == NUMBERS)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the policy has a constraint that this program does not know: %.60s", key);
	errno = 0;
	number = strtoll(value, &end, 10);
	if (errno != 0 || *end != '\0' || end == value || number < 0 ||
	    (!numbers[i].is_wide && number > 1000))
		return error_set(
		    err, ERROR_MALFORMED, "the policy's %.60s is not a number in range", key);
	set_number(&r->policy, i, number);
	return 0;
}

static int
take_level(
    struct policy_read *r, enum verify_constraint constraint, const char *value, struct error *err)
{
	enum verify_level level;

	if (verify_level_by_name(value, &level) != 0)
		return error_set(err, ERROR_MALFORMED, "the policy's %s is no level",
		    verify_constraint_name(constraint));
	r->policy.levels[constraint] = (unsigned char)level;
	return 0;
}

static int
take_line(struct policy_read *r, char *line, struct error *err)
{
	char *value = strchr(line, ' ');
	enum verify_constraint constraint;

	if (value == NULL)
		return error_set(err, ERROR_MALFORMED, "a line of the policy has no value");
	*value++ = '\0';
	if (strcmp(line, "name") == 0)
		r->policy.name = value;
	else if (strcmp(line, "version") == 0)
		r->policy.version = value;
	else if (strcmp(line, "certificate_policy") == 0)
		return add_oid(r, value, err);
	else if (strcmp(line, "commitment_type") == 0)
		return add_commitment(r, value, err);
	else if (verify_constraint_by_name(line, &constraint) == 0)
		return take_level(r, constraint, value, err);
	else
		return take_number(r, line, value, err);
	return 0;
}

int
policy_text_read(struct policy_read *r, struct span text, struct error *err)
{
	char *at, *line;
	int i;

	memset(r, 0, sizeof(*r));
	/* A constraint that the text does not name was none to the program that wrote it; but what
	 * departs from a form failed for it, whatever its policy. */
	for (i = 0; i < VERIFY_CONSTRAINTS; i++)
		r->policy.levels[i] = verify_constraint_is_form((enum verify_constraint)i, NULL)
					  ? VERIFY_FAIL
					  : VERIFY_IGNORE;
	if (text.len == 0 || text.len > POLICY_TEXT_MAX ||
	    memchr(text.data, '\0', text.len) != NULL)
		return error_set(err, ERROR_MALFORMED, "the policy is no text");
	r->text = strndup((const char *)text.data, text.len);
	if (r->text == NULL)
		return error_memory(err);
	line = strtok_r(r->text, "\n", &at);
	if (line == NULL || strcmp(line, HEADING) != 0) {
		error_set(err, ERROR_MALFORMED, "the policy does not begin as policies do");
		goto bad;
	}
	while ((line = strtok_r(NULL, "\n", &at)) != NULL)
		if (take_line(r, line, err) != 0)
			goto bad;
	return 0;
bad:
	policy_read_release(r);
	return -1;
}

void
policy_read_release(struct policy_read *r)
{
	free(r->text);
	free(r->oids);
	free(r->commitments);
	memset(r, 0, sizeof(*r));
}
