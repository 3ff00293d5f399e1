#include "server/ops/trust/policy.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"

#define FRESHNESS_MAX (10 * 365 * 86400)

int
ops_policy_is_oid(const char *text)
{
	ASN1_OBJECT *oid = strchr(text, '.') != NULL ? OBJ_txt2obj(text, 1) : NULL;
	const int is = oid != NULL && strspn(text, "0123456789.") == strlen(text);

	ASN1_OBJECT_free(oid);
	return is && strlen(text) < 80;
}

/* ---- members ---- */

static int
read_constraint(struct ops_policy *p, const char *name, const json_t *value, struct error *err)
{
	const char *word = json_string_value(value);
	enum verify_constraint constraint;
	enum verify_level level;

	if (verify_constraint_by_name(name, &constraint) != 0)
		return error_set(err, ERROR_MALFORMED,
		    "there is no constraint \"%.60s\" that a policy can set", name);
	if (word != NULL && strcmp(word, verify_level_name(VERIFY_IGNORE)) == 0 &&
	    verify_constraint_is_form(constraint, NULL))
		return error_set(err, ERROR_MALFORMED,
		    "the constraint %s is fail, warn or inform: what is let pass is told",
		    verify_constraint_name(constraint));
	if (word == NULL || verify_level_by_name(word, &level) != 0)
		return error_set(err, ERROR_MALFORMED,
		    "the constraint %s is fail, warn, inform or ignore",
		    verify_constraint_name(constraint));
	p->verify.levels[constraint] = (unsigned char)level;
	return 0;
}

static int
read_constraints(struct ops_policy *p, const json_t *value, struct error *err)
{
	const char *name;
	json_t *level;

	if (!json_is_object(value))
		return error_set(err, ERROR_MALFORMED,
		    "constraints is an object of constraints and their levels");
	json_object_foreach(
	    (json_t *)value, name, level) if (read_constraint(p, name, level, err) != 0) return -1;
	return 0;
}

static int
read_freshness(struct ops_policy *p, const json_t *value, struct error *err)
{
	if (!json_is_integer(value) || json_integer_value(value) < 1 ||
	    json_integer_value(value) > FRESHNESS_MAX)
		return error_set(err, ERROR_MALFORMED,
		    "revocationFreshness is a number of seconds from 1 to %d", FRESHNESS_MAX);
	p->verify.revocation_freshness = json_integer_value(value);
	return 0;
}

static int
read_oids(struct ops_policy *p, const json_t *value, struct error *err)
{
	const char *oid;
	size_t i;

	if (!json_is_array(value) || json_array_size(value) == 0 ||
	    json_array_size(value) > OPS_POLICY_OIDS_MAX)
		return error_set(err, ERROR_MALFORMED,
		    "certificatePolicies is a list of 1 to %d object identifiers",
		    OPS_POLICY_OIDS_MAX);
	for (i = 0; i < json_array_size(value); i++) {
		oid = json_string_value(json_array_get(value, i));
		if (oid == NULL || !ops_policy_is_oid(oid))
			return error_set(err, ERROR_MALFORMED,
			    "certificatePolicies: \"%.60s\" is no object identifier in dots",
			    oid != NULL ? oid : "");
		p->oids[i] = strdup(oid);
		if (p->oids[i] == NULL)
			return error_memory(err);
	}
	p->verify.certificate_policies = (const char *const *)p->oids;
	p->verify.certificate_policy_count = json_array_size(value);
	return 0;
}

/* As signatures have them: an OID, or a URI. */
static int
is_commitment_type(const char *text)
{
	return ops_policy_is_oid(text) ||
	       (strchr(text, ':') != NULL && strlen(text) < OPS_POLICY_URI_MAX &&
		   strpbrk(text, " \t\r\n") == NULL && text_is_utf8(text, strlen(text)));
}

static int
read_commitments(struct ops_policy *p, const json_t *value, struct error *err)
{
	const char *type;
	size_t i;

	if (!json_is_array(value) || json_array_size(value) == 0 ||
	    json_array_size(value) > OPS_POLICY_OIDS_MAX)
		return error_set(err, ERROR_MALFORMED,
		    "commitmentTypes is a list of 1 to %d object identifiers or URIs",
		    OPS_POLICY_OIDS_MAX);
	for (i = 0; i < json_array_size(value); i++) {
		type = json_string_value(json_array_get(value, i));
		if (type == NULL || !is_commitment_type(type))
			return error_set(err, ERROR_MALFORMED,
			    "commitmentTypes: \"%.60s\" is neither an object identifier in dots "
			    "nor "
			    "a URI",
			    type != NULL ? type : "");
		p->commitments[i] = strdup(type);
		if (p->commitments[i] == NULL)
			return error_memory(err);
	}
	p->verify.commitment_types = (const char *const *)p->commitments;
	p->verify.commitment_type_count = json_array_size(value);
	return 0;
}

static int
read_flag(int *flag, const char *name, const json_t *value, struct error *err)
{
	if (!json_is_boolean(value))
		return error_set(err, ERROR_MALFORMED, "%s is true or false", name);
	*flag = json_is_true(value);
	return 0;
}

static int
read_explicit(struct ops_policy *p, const json_t *value, struct error *err)
{
	return read_flag(&p->verify.explicit_policy, "explicitPolicy", value, err);
}

static int
read_inhibit_mapping(struct ops_policy *p, const json_t *value, struct error *err)
{
	return read_flag(&p->verify.inhibit_mapping, "inhibitPolicyMapping", value, err);
}

static int
read_inhibit_any(struct ops_policy *p, const json_t *value, struct error *err)
{
	return read_flag(&p->verify.inhibit_any_policy, "inhibitAnyPolicy", value, err);
}

static const struct {
	const char *name;
	int (*read)(struct ops_policy *p, const json_t *value, struct error *err);
} members[] = {
	{ "constraints", read_constraints },
	{ "revocationFreshness", read_freshness },
	{ "certificatePolicies", read_oids },
	{ "explicitPolicy", read_explicit },
	{ "inhibitPolicyMapping", read_inhibit_mapping },
	{ "inhibitAnyPolicy", read_inhibit_any },
	{ "commitmentTypes", read_commitments },
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

static int
read_member(struct ops_policy *p, const char *name, const json_t *value, struct error *err)
{
	size_t i;

	for (i = 0; i < MEMBERS; i++)
		if (strcmp(members[i].name, name) == 0)
			return members[i].read(p, value, err);
	return error_set(err, ERROR_MALFORMED, "a validation policy has no member \"%.60s\"", name);
}

/* ---- the whole ---- */

int
ops_policy_read(
    struct ops_policy *p, const char *name, int version, struct span json, struct error *err)
{
	json_error_t where;
	json_t *root, *value;
	const char *member;
	int rc = 0;

	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%s", name);
	snprintf(p->version, sizeof(p->version), "%d", version);
	p->verify.name = p->name;
	p->verify.version = p->version;
	if (json.len > OPS_POLICY_BYTES_MAX)
		return error_limit(err, ERROR_TOO_LARGE, "policy_bytes", OPS_POLICY_BYTES_MAX,
		    json.len, "the validation policy is too large");
	root = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &where);
	if (root == NULL)
		return error_set(err, ERROR_MALFORMED,
		    "the validation policy is no JSON: line %d: %.100s", where.line, where.text);
	if (!json_is_object(root))
		rc = error_set(err, ERROR_MALFORMED, "a validation policy is a JSON object");
	else
		json_object_foreach(root, member, value) if (rc == 0) rc =
		    read_member(p, member, value, err);
	json_decref(root);
	return rc;
}

void
ops_policy_release(struct ops_policy *p)
{
	size_t i;

	for (i = 0; i < OPS_POLICY_OIDS_MAX; i++) {
		free(p->oids[i]);
		free(p->commitments[i]);
	}
	memset(p, 0, sizeof(*p));
}
