/* WhoAmI and ListKeys: what a caller may know of himself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/caller.h"
#include "server/ops/private.h"
#include "signing/core/ossl.h"

void
ops_caller_label(const struct caller *caller, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", caller->tenant_name, caller->user_name);
}

int
run_who_am_i(struct engine *engine, struct request *req, struct error *err)
{
	const struct caller *caller = req->caller;
	struct verify_citation cited;
	size_t i;
	int right;

	req->out.who.user = caller->user_name;
	req->out.who.tenant = caller->tenant_name;
	req->out.who.server = engine_node(engine);
	req->out.who.authenticated_by =
	    caller->authenticated_by == AUTHENTICATED_BY_PASSWORD ? BY_PASSWORD : BY_CERTIFICATE;
	req->out.who.time = req->time_us / 1000000;
	verify_cite(&(struct verify_context){ .catalogue = engine_catalogue(engine) }, &cited);
	memcpy(req->out.who.catalogue, cited.catalogue, sizeof(cited.catalogue));
	req->out.who.groups = calloc(caller->group_count + 1, sizeof(*req->out.who.groups));
	req->out.who.rights = calloc(RIGHTS, sizeof(*req->out.who.rights));
	if (req->out.who.groups == NULL || req->out.who.rights == NULL)
		return error_memory(err);
	for (i = 0; i < caller->group_count; i++)
		req->out.who.groups[req->out.who.group_count++] = caller->groups[i];
	for (right = RIGHT_UNSET + 1; right < RIGHTS; right++)
		if (right_set_has(&caller->rights, (enum right)right))
			req->out.who.rights[req->out.who.right_count++] =
			    right_name((enum right)right);
	return 0;
}

const char *
engine_node(const struct engine *engine)
{
	return engine->node;
}

/*
 * Whether the key can sign: first by the database, then by the keys process, which is not asked
 * again once it did not answer (`away`).
 */
static int
tell_state(struct key_item *item, const struct material_key *key, int64_t now, struct error *away)
{
	struct error problem = ERROR_INIT;
	int by_database = material_key_problem(key, now, &problem) != 0, is_away = 0;
	const char *state = by_database && (!key->is_active || key->problem[0] == '\0')
				? "Disabled"
				: "Unavailable";

	if (!by_database && away->kind != ERROR_NONE)
		problem = *away;
	else if (!by_database && material_key_in_store(&key->sign, &is_away, &problem) == 0)
		state = "Active";
	if (is_away)
		*away = problem;
	item->state = strdup(state);
	if (problem.kind != ERROR_NONE)
		item->reason = strdup(problem.text);
	return item->state != NULL && (problem.kind == ERROR_NONE || item->reason != NULL) ? 0 : -1;
}

static int
fill_key(struct key_item *item, const struct material_key *key, int64_t now, struct error *away,
    struct error *err)
{
	EVP_PKEY *pub = key->sign.cert != NULL ? X509_get0_pubkey(key->sign.cert) : NULL;
	char curve[64] = "", algorithm[128];
	int i, n = sk_X509_num(key->sign.chain);

	if (pub != NULL)
		key_curve(pub, curve, sizeof(curve));
	snprintf(algorithm, sizeof(algorithm), "%s%s%s",
	    pub != NULL ? key_type_name(key_type_of(pub)) : "unknown", curve[0] != '\0' ? " " : "",
	    curve);
	item->size = pub != NULL ? key_bits(pub) : 0;
	item->name = strdup(key->name);
	item->algorithm = strdup(algorithm);
	item->is_default = key->is_default;
	item->not_after = key->not_after;
	item->chain = calloc((size_t)n + 1, sizeof(*item->chain));
	if (item->name == NULL || item->algorithm == NULL || item->chain == NULL ||
	    tell_state(item, key, now, away) != 0)
		return error_memory(err);
	if (key->sign.cert != NULL &&
	    OSSL_APPEND_DER(X509, key->sign.cert, &item->certificate, err) != 0)
		return -1;
	for (i = 0; i < n; i++, item->chain_count++)
		if (OSSL_APPEND_DER(
			X509, sk_X509_value(key->sign.chain, i), &item->chain[i], err) != 0)
			return -1;
	return 0;
}

/* The keys that the caller may use and that hold the filter in their name. */
int
run_list_keys(struct engine *engine, struct request *req, struct error *err)
{
	const struct material *material = NULL;
	const struct material_key *key;
	struct error away = ERROR_INIT;
	size_t i;
	int rc = -1;

	if (material_get(&material, engine, req->caller, err) != 0)
		return -1;
	req->out.keys = calloc(material->key_count + 1, sizeof(*req->out.keys));
	if (req->out.keys == NULL) {
		error_memory(err);
		goto done;
	}
	for (i = 0; i < material->key_count; i++) {
		key = &material->keys[i];
		if (!key->may_sign ||
		    caller_key_for(req->caller, RIGHT_LIST_KEYS, key->name) == NULL ||
		    (req->in.filter != NULL && strstr(key->name, req->in.filter) == NULL))
			continue;
		if (fill_key(&req->out.keys[req->out.key_count++], key, req->time_us / 1000000,
			&away, err) != 0)
			goto done;
	}
	rc = 0;
done:
	material_unref(material);
	return rc;
}
