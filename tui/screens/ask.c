#include "tui/screens/ask.h"

#include <stdio.h>
#include <string.h>

#include "tui/model/certificate.h"
#include "tui/model/json.h"
#include "tui/model/things.h"

#define PAGE	  200  /* rows that are asked for at a time */
#define PAGE_MOST 1000 /* that the server gives */

/* ---- what the contract says of an operation ---- */

static const struct map_row *
request_field(const char *operation, const char *member)
{
	const struct mapping_operation *op = operation != NULL ? mapping_by_name(operation) : NULL;
	const struct map *map = op != NULL ? op->request() : NULL;
	size_t i;

	for (i = 0; map != NULL && i < map->count; i++)
		if (strcmp(map->rows[i].name, member) == 0)
			return &map->rows[i];
	return NULL;
}

const char *
screen_right(const struct screen *screen)
{
	return screen->list != NULL ? screen->list : screen->right;
}

const char *
action_right(const struct action *action)
{
	return action->operation != NULL ? action->operation
	       : action->inside != NULL	 ? screen_right(action->inside)
					 : action->right;
}

static const char *
sort_member(const struct screen *screen)
{
	return screen->sort != NULL ? screen->sort : "order";
}

static const char *
filter_member(const struct screen *screen)
{
	return screen->filter != NULL ? screen->filter : "filter";
}

const char *const *
screen_sorts(const struct screen *screen)
{
	const struct map_row *order = request_field(screen->list, sort_member(screen));

	return order != NULL ? order->words : NULL;
}

int
screen_filters(const struct screen *screen)
{
	return screen->can_filter || request_field(screen->list, filter_member(screen)) != NULL;
}

void
forget_id(json_t *thing)
{
	json_object_del(thing, "id");
}

void
without_bytes(json_t *thing)
{
	json_object_del(thing, "certificate");
}

int
row_is_active(const json_t *row)
{
	return strcmp(get_text(row, "state"), "Active") == 0;
}

int
row_is_suspended(const json_t *row)
{
	return strcmp(get_text(row, "state"), "Suspended") == 0;
}

int
row_is_disabled(const json_t *row)
{
	return strcmp(get_text(row, "state"), "Disabled") == 0;
}

/* ---- requests ---- */

/* "id", "groupId=id" or "groupId=of.id": the member of the row, or of what it is inside of. */
static void
take_one(json_t *request, const char *word, const json_t *row, const json_t *of)
{
	const char *is = strchr(word, '='), *source = is != NULL ? is + 1 : word;
	const int is_of = strncmp(source, "of.", 3) == 0;
	json_t *value = json_object_get(is_of ? of : row, is_of ? source + 3 : source);
	char member[64];

	snprintf(member, sizeof(member), "%.*s", (int)(is != NULL ? is - word : 60), word);
	if (value != NULL)
		json_object_set(request, member, value);
}

static void
take_all(json_t *request, const char *words, const json_t *row, const json_t *of)
{
	char word[100];
	size_t n;

	for (; words != NULL && *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		snprintf(word, sizeof(word), "%.*s", (int)n, words);
		take_one(request, word, row, of);
	}
}

static json_t *
wrap(const char *operation, json_t *request)
{
	return json_pack("{ssso}", "operation", operation, "request", request);
}

/* ---- the questions ---- */

static void
put_known(json_t *request, const char *operation, const char *member, json_t *value)
{
	if (request_field(operation, member) != NULL)
		json_object_set_new(request, member, value);
	else
		json_decref(value);
}

json_t *
ask_fill(const struct screen *screen, const char *filter, const json_t *criteria, const char *sort,
    const char *token, size_t had, const json_t *of)
{
	const int size = had <= PAGE ? PAGE : had < PAGE_MOST ? (int)had : PAGE_MOST;
	json_t *request = json_object();

	if (screen->list == NULL) {
		json_decref(request);
		return json_pack("{sssssssisO?}", "filter", filter, "sort", sort, "token", token,
		    "size", size, "of", of);
	}
	if (criteria != NULL)
		json_object_update(request, (json_t *)(uintptr_t)criteria);
	take_all(request, screen->take, NULL, of);
	put_known(request, screen->list, "pageSize", json_integer(size));
	if (filter[0] != '\0')
		put_known(request, screen->list, filter_member(screen), json_string(filter));
	if (sort[0] != '\0')
		put_known(request, screen->list, sort_member(screen), json_string(sort));
	if (token[0] != '\0')
		put_known(request, screen->list, "pageToken", json_string(token));
	return wrap(screen->list, request);
}

question *
fill_question(const struct screen *screen)
{
	return screen->list != NULL ? ask_operation : screen->fill;
}

static void
put_fixed(json_t *request, const char *fixed)
{
	const char *is = strchr(fixed, '=');
	char member[64];

	snprintf(member, sizeof(member), "%.*s", (int)(is - fixed), fixed);
	json_object_set_new(request, member, json_string(is + 1));
}

json_t *
ask_act(const struct action *action, const json_t *row, const json_t *of, const json_t *values)
{
	json_t *request;

	if (action->operation == NULL)
		return json_pack("{sO?sO?sO?}", "row", row, "of", of, "values", values);
	request = json_object();
	take_all(request, action->take, row, of);
	json_object_update(request, (json_t *)(uintptr_t)values);
	if (action->fixed != NULL)
		put_fixed(request, action->fixed);
	return wrap(action->operation, request);
}

question *
act_question(const struct action *action)
{
	return action->operation != NULL ? ask_operation : action->act;
}

json_t *
ask_open(const struct screen *screen, const json_t *row)
{
	json_t *request;

	if (screen->get == NULL)
		return json_deep_copy(row);
	request = json_object();
	take_all(request, screen->get_take != NULL ? screen->get_take : "id", row, NULL);
	return wrap(screen->get, request);
}

question *
open_question(const struct screen *screen)
{
	return screen->get != NULL ? ask_operation : screen->open;
}

/* ---- asked by the asker's thread ---- */

/* The id of one name; what is an id already is looked up too, so that it is known to be one. */
static int
find_one(
    struct client *client, const char *operation, const char *name, json_t *ids, struct error *err)
{
	struct uuid id;
	json_t *request = json_pack("{ss}", uuid_parse(name, &id) == 0 ? "id" : "name", name),
	       *found = NULL;
	int rc = thing_ask(client, operation, request, &found, err);

	if (rc == 0)
		json_array_append(ids, json_object_get(found, "id"));
	json_decref(found);
	json_decref(request);
	return rc;
}

/* Names between commas become ids: one, or an array where the request has a list. */
static int
find(struct client *client, const char *operation, const char *member, const json_t *wanted,
    json_t **value, struct error *err)
{
	const struct map_row *row = request_field(operation, member);
	const int is_list = row != NULL && row->type == FIELD_IDS;
	const char *at = get_text(wanted, "names");
	json_t *ids = json_array();
	char name[512];
	size_t n;
	int rc = 0;

	for (; rc == 0 && *at != '\0'; at += n + (at[n] == ',')) {
		at += strspn(at, " ");
		n = is_list ? strcspn(at, ",") : strlen(at);
		snprintf(name, sizeof(name), "%.*s", (int)n, at);
		if (name[0] != '\0')
			rc = find_one(client, get_text(wanted, "find"), name, ids, err);
	}
	*value = is_list ? json_incref(ids) : json_incref(json_array_get(ids, 0));
	json_decref(ids);
	return rc;
}

static int
read_file(const char *path, json_t **value, struct error *err)
{
	struct buf der = BUF_INIT(1 << 20);
	json_t *object = json_object();
	int rc = certificate_read(&der, path, err);

	if (rc == 0)
		put_base64(object, "file", SPAN_OF(&der));
	*value = json_incref(json_object_get(object, "file"));
	json_decref(object);
	buf_release(&der);
	return rc;
}

/* The request with what stands for something else replaced by it. */
static int
look_up(struct client *client, const char *operation, json_t *request, struct error *err)
{
	const char *member;
	json_t *wanted, *value;
	void *next;
	int rc = 0;

	json_object_foreach_safe(request, next, member, wanted)
	{
		if (!json_is_object(wanted))
			continue;
		value = NULL;
		rc = json_object_get(wanted, "file") != NULL
			 ? read_file(get_text(wanted, "file"), &value, err)
			 : find(client, operation, member, wanted, &value, err);
		if (value != NULL)
			json_object_set_new(request, member, value);
		else
			json_object_del(request, member);
		if (rc != 0)
			break;
	}
	return rc;
}

int
ask_operation(struct client *client, const json_t *in, json_t **out, struct error *err)
{
	const char *operation = get_text(in, "operation");
	json_t *request = json_copy(json_object_get(in, "request"));
	int rc = look_up(client, operation, request, err);

	if (rc == 0)
		rc = thing_ask(client, operation, request, out, err);
	json_decref(request);
	return rc;
}
