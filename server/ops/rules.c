/* By what verdicts are given: trust snapshot, validation policy, catalogue, time. */
#include "server/ops/private.h"

int
verdict_rules_check(const struct request *req, const struct material *material, struct error *err)
{
	const struct verify_policy *policy;

	if (material->trust == NULL)
		return error_cause(err, ERROR_UNAVAILABLE,
		    "the tenant's trust snapshot cannot be read; an administrator must import its "
		    "trusted lists again",
		    "%s", material->trust_problem.text);
	return material_policy(&policy, material, req->in.validation_policy, err);
}

int
verdict_rules_note(const struct engine *engine, struct request *req,
    const struct material *material, struct error *err)
{
	const struct verify_context context = context_of(engine, req, material);

	req->out.validation_time = context.time;
	verify_cite(&context, &req->out.cited);
	return verdict_rules_check(req, material, err);
}

const struct verify_policy *
verdict_rules_with(
    const struct request *req, const struct verify_policy *base, struct verify_policy *own)
{
	if (req->in.policy_count == 0 && !req->in.explicit_policy && !req->in.inhibit_mapping &&
	    !req->in.inhibit_any_policy)
		return base;
	*own = base != NULL ? *base : (struct verify_policy){ 0 };
	if (req->in.policy_count > 0) {
		own->certificate_policies = req->in.policies;
		own->certificate_policy_count = req->in.policy_count;
	}
	own->explicit_policy |= req->in.explicit_policy;
	own->inhibit_mapping |= req->in.inhibit_mapping;
	own->inhibit_any_policy |= req->in.inhibit_any_policy;
	return own;
}

struct verify_context
context_of(const struct engine *engine, const struct request *req, const struct material *material)
{
	struct verify_context context = {
		.trust = material->trust,
		.trust_number = material->trust_number,
		.catalogue = engine_catalogue(engine),
		.time =
		    req->in.has_validation_time ? req->in.validation_time : req->time_us / 1000000,
	};
	struct error ignored = ERROR_INIT;

	/* Rules that cannot be had (verdict_rules_check() said so) let nothing pass: no anchors. */
	if (material_policy(&context.policy, material, req->in.validation_policy, &ignored) != 0)
		context.trust = NULL;
	return context;
}
