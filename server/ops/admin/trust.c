/* Trusted lists and the trust centres on them, chosen and let go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/ops/admin/call.h"
#include "server/ops/trust/choice.h"
#include "server/ops/trust/trust.h"

/* ---- lists ---- */

int
admin_list_trust_lists(struct admin_call *call, struct error *err)
{
	const struct admin_list list =
	    admin_plain_list(call, &admin_trust_statements[TRUST_LIST_PAGE], "");

	return admin_page(call, &list, err);
}

int
admin_list_snapshots(struct admin_call *call, struct error *err)
{
	const struct admin_list list =
	    admin_plain_list(call, &admin_trust_statements[TRUST_SNAPSHOT_PAGE], "2147483647");

	return admin_page(call, &list, err);
}

/* The source by its name, a tenant's own before those for all, or by its id. 0; -1. */
static int
find_source(struct admin_call *call, const struct record_value *which,
    struct trust_source_row *source, struct error *err)
{
	struct uuid id;
	int found;

	if (uuid_parse(value_text(which), &id) == 0)
		found = store_trust_source_get(call->db, &call->tenant, &id, source, err);
	else
		found = store_trust_source_find(
		    call->db, &call->tenant, value_text(which), source, err);
	if (found == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no trusted list %.100s; ListTrustLists names those that there are",
		    value_text(which));
	return found < 0 ? -1 : 0;
}

/* ---- chosen, let go ---- */

static int
change_choice(struct admin_call *call, const struct trust_source_row *source, struct error *err)
{
	const int is_choice = call->op == admin_operation(OP_CHOOSE_TRUST_CENTRE);
	const struct record_value *centre = admin_in(call, "trustCentre");
	const char *provider = centre->is_set ? value_text(centre) : "";
	char reason[300];
	int32_t number;
	int made;

	if (!source->is_active && is_choice)
		return error_set(
		    err, ERROR_CONFLICT, "the trusted list %.100s is disabled", source->name);
	if (is_choice
		? trust_choose(call->db, &call->tenant, source, provider,
		      admin_in(call, "later")->is_set && admin_in(call, "later")->number, err) != 0
		: trust_let_go(call->db, &call->tenant, source, provider, err) != 0)
		return -1;
	snprintf(reason, sizeof(reason), "%s %.80s%s%.150s", is_choice ? "chosen" : "let go",
	    source->name, *provider != '\0' ? ": " : "", provider);
	made = admin_refresh_trust(call, reason, &number, err);
	if (made < 0)
		return -1;
	admin_note(call, "%s; %strust snapshot %d counts%s", reason,
	    made > 0 ? "" : "that changes nothing now: ", (int)number,
	    made > 0 ? " from now on" : "");
	return 0;
}

/* A right may be for the trust centres of some lists alone. */
static int
may_choose(struct admin_call *call, const struct trust_source_row *source, struct error *err)
{
	char text[TEXT_UUID_SIZE];
	const struct record_value id = value_of_text(uuid_text(text, &source->id)),
				  name = value_of_text(source->name);

	return admin_may(call, OBJECT_TRUST_CENTRE, &id, &name, err);
}

int
admin_change_choice(struct admin_call *call, struct error *err)
{
	const struct record_value *which = admin_in(call, "list");
	struct trust_source_row source = { 0 };
	int rc = -1;

	admin_note_object(call, "trusted list", which);
	if (admin_begin(call, err) != 0)
		return -1;
	if (find_source(call, which, &source, err) == 0 && may_choose(call, &source, err) == 0)
		rc = change_choice(call, &source, err);
	db_result_free(source.result);
	return admin_end(call, rc, err);
}

/* ---- trust centres ---- */

/* The fields of TrustCentre and TrustService, in their order. */
enum { C_LIST_ID, C_LIST, C_TERRITORY, C_NAME, C_CHOSEN, C_LISTED, C_SERVICES };
enum { S_TYPE, S_NAME, S_STATUS, S_SINCE, S_FIELDS };

/* A page under way: of the lists, by name, the trust centres of each in its order. */
struct page {
	struct admin_call *call;
	struct db_result *sources, *choices;
	const char *filter;
	int chosen_only;
	char after[100]; /* the list that the page before ended in, by id, and the place in it */
	size_t place;
	size_t size;
	int is_full;
};

static int
is_chosen(const struct page *p, const struct uuid *source, const char *provider)
{
	size_t i;

	for (i = 0; i < db_rows(p->choices); i++) {
		const struct trust_choice_row row = store_trust_choice_row(p->choices, i);

		if (uuid_equal(&row.source, source) &&
		    (*row.provider == '\0' || strcmp(row.provider, provider) == 0))
			return 1;
	}
	return 0;
}

static int
is_wanted(const struct page *p, const char *provider, int chosen)
{
	return (!p->chosen_only || chosen) &&
	       (p->filter == NULL || strcasestr(provider, p->filter) != NULL);
}

static const char *
keep(struct page *p, const char *text, struct error *err)
{
	return record_text(&p->call->x->arena, span_str(text != NULL ? text : ""), err);
}

static int
put_services(struct page *p, const struct trust_provider *provider, struct record_value *to,
    struct error *err)
{
	const struct trust_instance *in;
	struct record_value *row;
	size_t i;

	to->is_set = 1;
	to->items = record_alloc(
	    &p->call->x->arena, provider->service_count * S_FIELDS + 1, sizeof(*row), err);
	if (to->items == NULL)
		return -1;
	for (i = 0; i < provider->service_count && i < ADMIN_PAGE_MAX; i++) {
		in = &provider->services[i].instances[0];
		row = &to->items[to->count++ * S_FIELDS];
		row[S_TYPE] = value_of_text(keep(p, trust_short(in->type), err));
		row[S_NAME] = value_of_text(keep(p, in->name, err));
		row[S_STATUS] = value_of_text(keep(p, trust_short(in->status), err));
		row[S_SINCE] = value_of_number(in->start);
		if (!row[S_TYPE].is_set || !row[S_NAME].is_set || !row[S_STATUS].is_set)
			return -1;
	}
	return 0;
}

/* One trust centre; `provider` NULL: none of the list, but chosen by this name. */
static int
put_centre(struct page *p, const struct trust_source_row *source, const char *name,
    const struct trust_provider *provider, int chosen, struct error *err)
{
	struct admin_exchange *x = p->call->x;
	struct record_value *row = &x->rows[x->count++ * thing_TrustCentre.count];
	char id[TEXT_UUID_SIZE];

	row[C_LIST_ID] = value_of_text(keep(p, uuid_text(id, &source->id), err));
	row[C_LIST] = value_of_text(keep(p, source->name, err));
	if (source->territory[0] != '\0')
		row[C_TERRITORY] = value_of_text(keep(p, source->territory, err));
	row[C_NAME] = value_of_text(keep(p, name, err));
	row[C_CHOSEN] = value_of_number(chosen);
	row[C_LISTED] = value_of_number(provider != NULL);
	if (!row[C_LIST_ID].is_set || !row[C_LIST].is_set || !row[C_NAME].is_set)
		return -1;
	return provider != NULL ? put_services(p, provider, &row[C_SERVICES], err) : 0;
}

/* Room for one more, else the page ends before it. 1, 0; -1. */
static int
has_room(struct page *p, const struct trust_source_row *source, size_t place, struct error *err)
{
	char id[TEXT_UUID_SIZE], number[24];

	if (p->call->x->count < p->size)
		return 1;
	snprintf(number, sizeof(number), "%zu", place);
	p->is_full = 1;
	p->call->x->next_page =
	    admin_token_make(p->call, "TrustCentres", uuid_text(id, &source->id), number, err);
	return p->call->x->next_page != NULL ? 0 : -1;
}

static int
is_named(const struct trust_list *list, const char *provider)
{
	size_t i;

	for (i = 0; list != NULL && i < list->provider_count; i++)
		if (strcmp(list->providers[i].name, provider) == 0)
			return 1;
	return 0;
}

/* Those of one list, from `place` on: of the list first, then those that only the choice names. */
static int
put_list(struct page *p, const struct trust_source_row *source, const struct trust_list *list,
    size_t place, struct error *err)
{
	const size_t listed = list != NULL ? list->provider_count : 0;
	const struct trust_provider *provider;
	const char *name;
	int chosen, rc = 1;

	for (; rc == 1 && place < listed + db_rows(p->choices); place++) {
		if (place < listed) {
			provider = &list->providers[place];
			name = provider->name;
			chosen = is_chosen(p, &source->id, name);
		} else {
			const struct trust_choice_row row =
			    store_trust_choice_row(p->choices, place - listed);

			provider = NULL;
			name = row.provider;
			chosen = 1;
			if (!uuid_equal(&row.source, &source->id) || *name == '\0' ||
			    is_named(list, name))
				continue;
		}
		if (!is_wanted(p, name, chosen))
			continue;
		rc = has_room(p, source, place, err);
		if (rc == 1 && put_centre(p, source, name, provider, chosen, err) != 0)
			rc = -1;
	}
	return rc < 0 ? -1 : 0;
}

static int
read_list(struct page *p, const struct trust_source_row *source, size_t place, struct error *err)
{
	struct trust_list *list = NULL;
	struct trust_list_row last;
	int found = store_trust_list_last(p->call->db, &p->call->tenant, &source->id, &last, err);

	if (found == 1) {
		found = trust_list_read(&list, last.content, err);
		db_result_free(last.result);
	}
	if (found < 0)
		return -1;
	found = put_list(p, source, list, place, err);
	trust_list_free(list);
	return found;
}

static int
is_asked_for(const struct page *p, const struct trust_source_row *source)
{
	const struct record_value *which = admin_in(p->call, "list");
	char id[TEXT_UUID_SIZE];

	return strcmp(source->kind, "list") == 0 &&
	       (!which->is_set || strcmp(value_text(which), source->name) == 0 ||
		   strcasecmp(value_text(which), uuid_text(id, &source->id)) == 0);
}

static int
put_centres(struct page *p, struct error *err)
{
	int is_behind = p->after[0] == '\0', rc = 0, seen = 0;
	char id[TEXT_UUID_SIZE];
	size_t i;

	for (i = 0; rc == 0 && !p->is_full && i < db_rows(p->sources); i++) {
		const struct trust_source_row source = store_trust_source_row(p->sources, i);
		const int is_where = strcmp(uuid_text(id, &source.id), p->after) == 0;

		is_behind |= is_where;
		if (!is_behind || !is_asked_for(p, &source))
			continue;
		seen = 1;
		rc = read_list(p, &source, is_where ? p->place : 0, err);
	}
	if (rc == 0 && !seen && admin_in(p->call, "list")->is_set)
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no trusted list %.100s; ListTrustLists names those that there are",
		    value_text(admin_in(p->call, "list")));
	return rc;
}

int
admin_list_centres(struct admin_call *call, struct error *err)
{
	const struct record_value *filter = admin_in(call, "filter"),
				  *chosen = admin_in(call, "chosenOnly");
	struct record_value keys[2] = { 0 };
	struct page p = { .call = call,
		.filter = filter->bytes.len > 0 ? value_text(filter) : NULL,
		.chosen_only = chosen->is_set && chosen->number };
	int32_t size;
	int rc = -1;

	call->x->total = -1; /* it would take reading all lists */
	if (admin_page_size(call, &size, err) != 0 ||
	    (admin_in(call, "pageToken")->is_set &&
		admin_token_read(call, "TrustCentres", keys, err) != 0))
		return -1;
	p.size = (size_t)size;
	if (keys[0].is_set) {
		text_copy(p.after, sizeof(p.after), value_text(&keys[0]));
		p.place = strtoul(value_text(&keys[1]), NULL, 10);
	}
	call->x->rows = record_alloc(&call->x->arena, p.size * thing_TrustCentre.count + 1,
	    sizeof(struct record_value), err);
	if (call->x->rows != NULL &&
	    store_trust_sources(call->db, &call->tenant, &p.sources, err) == 0 &&
	    store_trust_choices(call->db, &call->tenant, &p.choices, err) == 0)
		rc = put_centres(&p, err);
	db_result_free(p.sources);
	db_result_free(p.choices);
	return rc;
}
