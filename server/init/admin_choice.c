/* signet-init trust choose, let-go: which trust centres of the lists count for a tenant. */
#include <stdio.h>
#include <string.h>

#include "server/init/admin_private.h"
#include "server/ops/trust/trust.h"

/* Append a name to those of a sentence, as far as there is room. */
static void
add_name(char *names, size_t size, const char *name)
{
	const size_t len = strlen(names), more = strlen(name) + 4;

	if (len + more + 6 < size)
		sprintf(names + len, "%s\"%s\"", len > 0 ? ", " : "", name);
	else if (len + 6 < size && (len < 3 || strcmp(names + len - 3, "...") != 0))
		sprintf(names + len, "%s...", len > 0 ? ", " : "");
}

/* What is chosen is there by this name in the last list: a slip would leave it out unseen. */
static int
may_choose(
    struct admin *a, const struct trust_source_row *source, const char *provider, struct error *err)
{
	struct trust_list *list = NULL;
	struct trust_list_row last;
	char names[160] = "";
	size_t i;
	int found, rc;

	if (*provider == '\0' || a->o->later != NULL)
		return 0;
	found = store_trust_list_last(a->db, a->of, &source->id, &last, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "no list of %.60s was imported yet that could name the trust centre \"%.80s\"; "
		    "import one, or choose it all the same by --later",
		    source->name, provider);
	rc = trust_list_read(&list, last.content, err);
	db_result_free(last.result);
	for (i = 0, found = 0; rc == 0 && i < list->provider_count && !found; i++) {
		found = strcmp(list->providers[i].name, provider) == 0;
		add_name(names, sizeof(names), list->providers[i].name);
	}
	if (rc == 0 && !found)
		rc = error_set(err, ERROR_NOT_FOUND,
		    "the list of %.60s names no trust centre \"%.80s\", but %s; --later chooses it "
		    "all the same",
		    source->name, provider, names[0] != '\0' ? names : "none at all");
	trust_list_free(list);
	return rc;
}

/* Whoever lets go believes that something counted until now. */
static int
may_let_go(
    struct admin *a, const struct trust_source_row *source, const char *provider, struct error *err)
{
	struct trust_choice_row row;
	char names[160] = "";
	struct db_result *r;
	size_t i;
	int found = 0;

	if (store_trust_choices(a->db, a->of, &r, err) != 0)
		return -1;
	for (i = 0; i < db_rows(r) && !found; i++) {
		row = store_trust_choice_row(r, i);
		if (!uuid_equal(&row.source, &source->id))
			continue;
		found = strcmp(row.provider, provider) == 0;
		add_name(names, sizeof(names), *row.provider != '\0' ? row.provider : "all of it");
	}
	db_result_free(r);
	if (found)
		return 0;
	return error_set(err, ERROR_NOT_FOUND, "%s%.80s%s of %.60s was not chosen; chosen: %s",
	    *provider != '\0' ? "\"" : "", *provider != '\0' ? provider : "all",
	    *provider != '\0' ? "\"" : "", source->name, names[0] != '\0' ? names : "nothing");
}

static const struct choice_change {
	const char *what;
	int (*may)(struct admin *a, const struct trust_source_row *source, const char *provider,
	    struct error *err);
	int (*change)(struct db *db, const struct uuid *tenant, const struct uuid *source,
	    const char *provider, struct error *err);
} choose = { "chosen", may_choose, store_trust_choose },
  let_go = { "let go", may_let_go, store_trust_let_go };

static int
change_choice(struct admin *a, const struct choice_change *c, struct error *err)
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
	snprintf(reason, sizeof(reason), "%s %.80s%s%.80s", c->what, row.name,
	    *provider != '\0' ? ": " : "", provider);
	rc = c->may(a, &row, provider, err);
	if (rc == 0)
		rc = db_begin(a->db, err);
	if (rc == 0)
		rc = admin_finish(a, c->change(a->db, a->of, &row.id, provider, err), reason, err);
	db_result_free(row.result);
	return rc;
}

int
admin_choose(struct admin *a, struct error *err)
{
	return change_choice(a, &choose, err);
}

int
admin_let_go(struct admin *a, struct error *err)
{
	return change_choice(a, &let_go, err);
}
