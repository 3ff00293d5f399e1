/* signet-init policy: validation policies of a tenant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/policy.h"
#include "server/init/admin_private.h"
#include "server/ops/trust/policy.h"

/* 0 where there is one that counts; *is_default: where a request names none. */
static int
must_exist(struct admin *a, const char *name, int *is_default, struct error *err)
{
	struct policy_row row;
	struct db_result *r;
	size_t i;
	int found = 0;

	*is_default = 0;
	if (store_policies(a->db, a->of, &r, err) != 0)
		return -1;
	for (i = 0; i < db_rows(r) && !found; i++) {
		row = store_policy_row(r, i);
		found = strcmp(row.name, name) == 0 && row.content != NULL;
		*is_default = found && row.is_default;
	}
	db_result_free(r);
	return found ? 0
		     : error_set(
			   err, ERROR_NOT_FOUND, "there is no validation policy \"%.100s\"", name);
}

int
admin_policy_add(struct admin *a, struct error *err)
{
	struct buf file = BUF_INIT(OPS_POLICY_BYTES_MAX);
	struct ops_policy *policy = calloc(1, sizeof(*policy));
	int version, rc = policy != NULL ? 0 : error_memory(err);

	if (rc == 0)
		rc = buf_read_file(&file, a->o->args[1], err);
	if (rc == 0)
		rc = ops_policy_read(policy, a->o->args[0], 1, SPAN_OF(&file), err);
	if (rc == 0)
		rc = buf_terminate(&file, err);
	if (rc == 0)
		rc = store_policy_add(
		    a->db, a->of, a->o->args[0], (const char *)file.data, a->by, &version, err);
	if (rc == 0)
		printf("validation policy %s, version %d\n", a->o->args[0], version);
	if (policy != NULL)
		ops_policy_release(policy);
	free(policy);
	buf_release(&file);
	return rc;
}

int
admin_policy_withdraw(struct admin *a, struct error *err)
{
	const char *name = a->o->args[0];
	int version, is_default;

	if (must_exist(a, name, &is_default, err) != 0)
		return -1;
	/* Every verdict that names no policy would be Unavailable. */
	if (is_default)
		return error_set(err, ERROR_CONFLICT,
		    "validation policy %.70s is the default of the tenant %.100s; first name "
		    "another by `signet-init policy default`, such as " VERIFY_POLICY_NAME,
		    name, a->o->tenant);
	if (store_policy_add(a->db, a->of, name, NULL, a->by, &version, err) != 0)
		return -1;
	printf("validation policy %s was withdrawn\n", name);
	return 0;
}

int
admin_policy_default(struct admin *a, struct error *err)
{
	const char *name = a->o->args[0];
	const int is_own = strcmp(name, VERIFY_POLICY_NAME) != 0;
	int was;

	if ((is_own && must_exist(a, name, &was, err) != 0) ||
	    store_policy_set_default(a->db, a->of, is_own ? name : NULL, err) != 0)
		return -1;
	printf("%s counts where a request names no policy\n", name);
	return 0;
}

int
admin_policy_list(struct admin *a, struct error *err)
{
	struct policy_row row;
	struct db_result *r;
	size_t i;
	int is_own = 0;

	if (store_policies(a->db, a->of, &r, err) != 0)
		return -1;
	for (i = 0; i < db_rows(r); i++) {
		row = store_policy_row(r, i);
		is_own |= row.is_default;
		printf("%s %d%s%s\n", row.name, row.version, row.is_default ? ", default" : "",
		    row.content == NULL ? ", withdrawn" : "");
	}
	printf(VERIFY_POLICY_NAME " " VERIFY_POLICY_VERSION "%s\n", is_own ? "" : ", default");
	db_result_free(r);
	return 0;
}
