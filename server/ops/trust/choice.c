#include "server/ops/trust/choice.h"

#include <stdio.h>
#include <string.h>

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

/* What is chosen is there by this name in the last list. */
static int
is_in_list(struct db *db, const struct uuid *tenant, const struct trust_source_row *source,
    const char *provider, struct error *err)
{
	struct trust_list *list = NULL;
	struct trust_list_row last;
	char names[160] = "";
	size_t i;
	int found = store_trust_list_last(db, tenant, &source->id, &last, err), rc;

	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "no list of %.60s was imported yet that could name the trust centre \"%.80s\"; "
		    "import one, or choose it for later",
		    source->name, provider);
	rc = trust_list_read(&list, last.content, err);
	db_result_free(last.result);
	for (i = 0, found = 0; rc == 0 && i < list->provider_count && !found; i++) {
		found = strcmp(list->providers[i].name, provider) == 0;
		add_name(names, sizeof(names), list->providers[i].name);
	}
	if (rc == 0 && !found)
		rc = error_set(err, ERROR_NOT_FOUND,
		    "the list of %.60s names no trust centre \"%.80s\", but %s; it can be chosen "
		    "for later all the same",
		    source->name, provider, names[0] != '\0' ? names : "none at all");
	trust_list_free(list);
	return rc;
}

int
trust_choose(struct db *db, const struct uuid *tenant, const struct trust_source_row *source,
    const char *provider, int is_later, struct error *err)
{
	if (*provider != '\0' && !is_later && is_in_list(db, tenant, source, provider, err) != 0)
		return -1;
	return store_trust_choose(db, tenant, &source->id, provider, err);
}

/* Whoever lets go believes that something counted until now. */
static int
is_chosen(struct db *db, const struct uuid *tenant, const struct trust_source_row *source,
    const char *provider, struct error *err)
{
	struct trust_choice_row row;
	char names[160] = "";
	struct db_result *r;
	size_t i;
	int found = 0;

	if (store_trust_choices(db, tenant, &r, err) != 0)
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

int
trust_let_go(struct db *db, const struct uuid *tenant, const struct trust_source_row *source,
    const char *provider, struct error *err)
{
	if (is_chosen(db, tenant, source, provider, err) != 0)
		return -1;
	return store_trust_let_go(db, tenant, &source->id, provider, err);
}
