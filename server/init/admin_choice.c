/* signet-init trust choose, let-go: which trust centres of the lists count for a tenant. */
#include <stdio.h>

#include "server/init/admin_private.h"
#include "server/ops/trust/choice.h"

static int
choose(
    struct admin *a, const struct trust_source_row *source, const char *provider, struct error *err)
{
	struct error why = ERROR_INIT;

	if (trust_choose(a->db, a->of, source, provider, a->o->later != NULL, &why) == 0)
		return 0;
	/* How to do so here. */
	if (why.kind == ERROR_NOT_FOUND)
		error_cause(err, why.kind, "", "%s", why.cause);
	else
		*err = why;
	if (why.kind == ERROR_NOT_FOUND)
		snprintf(err->text, sizeof(err->text), "%.*s (by --later)",
		    (int)sizeof(err->text) - 16, why.text);
	return -1;
}

static int
let_go(
    struct admin *a, const struct trust_source_row *source, const char *provider, struct error *err)
{
	return trust_let_go(a->db, a->of, source, provider, err);
}

static int
change_choice(struct admin *a, const char *what,
    int (*change)(struct admin *a, const struct trust_source_row *source, const char *provider,
	struct error *err),
    struct error *err)
{
	const char *provider = a->o->arg_count > 1 ? a->o->args[1] : "";
	struct trust_source_row row;
	char reason[200];
	int found = store_trust_source_find(a->db, a->of, a->o->args[0], &row, err), rc;

	if (found == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no source of trusted lists \"%.100s\"", a->o->args[0]);
	if (found < 0)
		return -1;
	snprintf(reason, sizeof(reason), "%s %.80s%s%.80s", what, row.name,
	    *provider != '\0' ? ": " : "", provider);
	rc = db_begin(a->db, err);
	if (rc == 0)
		rc = admin_finish(a, change(a, &row, provider, err), reason, err);
	db_result_free(row.result);
	return rc;
}

int
admin_choose(struct admin *a, struct error *err)
{
	return change_choice(a, "chosen", choose, err);
}

int
admin_let_go(struct admin *a, struct error *err)
{
	return change_choice(a, "let go", let_go, err);
}
