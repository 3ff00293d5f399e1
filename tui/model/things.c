#include "tui/model/things.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/certificate.h"
#include "tui/model/json.h"

/* ---- values to JSON ---- */

static json_t *
value_json(const struct map_row *row, const struct record_value *v)
{
	const struct map *of = row->type == FIELD_THINGS ? row->of() : NULL;
	char time[TEXT_TIME_SIZE];
	json_t *list;
	size_t i;

	switch (row->type) {
	case FIELD_TIME:
		return json_string(text_time(time, v->number));
	case FIELD_NUMBER:
	case FIELD_LONG:
		return json_integer(v->number);
	case FIELD_FLAG:
		return json_boolean(v->number);
	case FIELD_TEXTS:
	case FIELD_IDS:
	case FIELD_THINGS:
		list = json_array();
		for (i = 0; i < v->count; i++)
			json_array_append_new(list, of != NULL
							? thing_json(of, &v->items[i * of->count])
							: json_string(value_text(&v->items[i])));
		return list;
	case FIELD_BYTES:
	case FIELD_SECRET:
		return NULL;
	default:
		return json_string(value_text(v));
	}
}

json_t *
thing_json(const struct map *map, const struct record_value *values)
{
	json_t *out = json_object(), *value;
	size_t i;

	for (i = 0; i < map->count; i++) {
		if (!values[i].is_set)
			continue;
		if (map->rows[i].type == FIELD_BYTES)
			certificate_tell(out, map->rows[i].name, values[i].bytes);
		else if ((value = value_json(&map->rows[i], &values[i])) != NULL)
			json_object_set_new(out, map->rows[i].name, value);
	}
	return out;
}

/* ---- JSON to values ---- */

/* Texts between commas, without the blanks around them. */
static int
split(const char *text, struct record_arena *arena, struct record_value *to, struct error *err)
{
	const char *at = text;
	size_t len, most = 1;

	for (; *at != '\0'; at++)
		most += *at == ',';
	*to = (struct record_value){ .is_set = 1 };
	to->items = record_alloc(arena, most, sizeof(*to->items), err);
	for (at = text; to->items != NULL && *at != '\0'; at += len + (at[len] == ',')) {
		struct span item = { (const unsigned char *)at, len = strcspn(at, ",") };

		for (; item.len > 0 && item.data[0] == ' '; item.data++)
			item.len--;
		while (item.len > 0 && item.data[item.len - 1] == ' ')
			item.len--;
		if (item.len > 0)
			to->items[to->count++] = value_of_text(record_text(arena, item, err));
	}
	return to->items != NULL ? 0 : -1;
}

static int
array_value(
    const json_t *from, struct record_arena *arena, struct record_value *to, struct error *err)
{
	const json_t *item;
	size_t i;

	*to = (struct record_value){ .is_set = 1 };
	to->items = record_alloc(arena, json_array_size(from) + 1, sizeof(*to->items), err);
	if (to->items == NULL)
		return -1;
	json_array_foreach(from, i, item)
	{
		/* A thing stands for its id. */
		to->items[to->count++] = value_of_text(
		    json_is_string(item) ? json_string_value(item) : get_text(item, "id"));
	}
	return 0;
}

static int
bytes_value(
    const char *base64, struct record_arena *arena, struct record_value *to, struct error *err)
{
	struct buf bytes = BUF_INIT(0);
	int rc = text_base64_decode(&bytes, span_str(base64), err);

	if (rc == 0) {
		*to = value_of_text(record_text(arena, SPAN_OF(&bytes), err));
		to->bytes.len = bytes.len;
		rc = to->is_set ? 0 : -1;
	}
	buf_release(&bytes);
	return rc;
}

/* One of the words, else an error that names them. */
static int
check_word(const struct map_row *row, const char *text, struct error *err)
{
	char words[200] = "";
	size_t i, at = 0;

	for (i = 0; row->words[i] != NULL; i++) {
		if (strcmp(row->words[i], text) == 0)
			return 0;
		at += (size_t)snprintf(words + at, at < sizeof(words) ? sizeof(words) - at : 0,
		    "%s%s", i > 0 ? ", " : "", row->words[i]);
	}
	return error_set(
	    err, ERROR_MALFORMED, "%s is not %.40s, but one of %s", row->name, text, words);
}

static int
text_value(const struct map_row *row, const char *text, struct record_arena *arena,
    struct record_value *to, struct error *err)
{
	char *end;

	switch (row->type) {
	case FIELD_BYTES:
		return bytes_value(text, arena, to, err);
	case FIELD_TEXTS:
	case FIELD_IDS:
		return split(text, arena, to, err);
	case FIELD_TIME:
		to->is_set = 1;
		if (text_parse_time(text, &to->number) == 0)
			return 0;
		return error_set(
		    err, ERROR_MALFORMED, "%.60s is no time such as 2026-03-01T12:00:00Z", text);
	case FIELD_NUMBER:
	case FIELD_LONG:
		*to = value_of_number(strtoll(text, &end, 10));
		if (*text != '\0' && *end == '\0')
			return 0;
		return error_set(
		    err, ERROR_MALFORMED, "%s is a number, not %.60s", row->name, text);
	case FIELD_FLAG:
		*to = value_of_number(strcmp(text, "yes") == 0);
		if (to->number || strcmp(text, "no") == 0)
			return 0;
		return error_set(
		    err, ERROR_MALFORMED, "%s is yes or no, not %.60s", row->name, text);
	default:
		*to = value_of_text(record_text(arena, span_str(text), err));
		if (!to->is_set)
			return -1;
		return row->type == FIELD_WORD ? check_word(row, text, err) : 0;
	}
}

int
thing_values(const struct map *map, const json_t *from, struct record_arena *arena,
    struct record_value *to, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < map->count && rc == 0; i++) {
		const json_t *v = json_object_get(from, map->rows[i].name);

		if (json_is_string(v))
			rc = text_value(&map->rows[i], json_string_value(v), arena, &to[i], err);
		else if (json_is_array(v))
			rc = array_value(v, arena, &to[i], err);
		else if (json_is_integer(v))
			to[i] = value_of_number(json_integer_value(v));
		else if (json_is_boolean(v))
			to[i] = value_of_number(json_is_true(v));
	}
	return rc;
}

/* ---- one call ---- */

static json_t *
answered(const struct mapping_operation *op, const void *answer, size_t which,
    struct record_arena *arena, struct error *err)
{
	const struct map *map = op->thing();
	struct record_value *values = record_alloc(arena, map->count + 1, sizeof(*values), err);
	size_t i;

	for (i = 0; values != NULL && i < map->count; i++)
		if (mapping_get(&map->rows[i], administration_thing(op, answer, which), arena,
			&values[i], err) != 0)
			values = NULL;
	return values != NULL ? thing_json(map, values) : NULL;
}

static json_t *
answered_list(const struct mapping_operation *op, const void *answer, struct record_arena *arena,
    struct error *err)
{
	const size_t count = administration_count(op, answer);
	json_t *items = json_array(), *out = json_pack("{so}", "items", items), *one;
	size_t i;

	for (i = 0; i < count; i++) {
		one = answered(op, answer, i, arena, err);
		if (one == NULL) {
			json_decref(out);
			return NULL;
		}
		json_array_append_new(items, one);
	}
	put_text(out, "next", administration_next(op, answer));
	if (administration_total(op, answer) >= 0)
		json_object_set_new(out, "total", json_integer(administration_total(op, answer)));
	return out;
}

static json_t *
answer_json(const struct mapping_operation *op, const void *answer, struct record_arena *arena,
    struct error *err)
{
	json_t *out;

	/* What is not so yet is not told as if it were. */
	if (administration_proposal(answer) != NULL) {
		out = json_object();
		put_text(out, "proposal", administration_proposal(answer));
		put_text(out, "message", administration_message(answer));
		return out;
	}
	if (op->form == MAPPING_LIST)
		return answered_list(op, answer, arena, err);
	if (op->form == MAPPING_ONE)
		return answered(op, answer, 0, arena, err);
	out = json_object();
	put_text(out, "message", administration_message(answer));
	return out;
}

int
thing_ask(struct client *client, const char *operation, const json_t *request, json_t **out,
    struct error *err)
{
	const struct mapping_operation *op = mapping_by_name(operation);
	struct record_arena arena = RECORD_ARENA_INIT;
	struct soap *soap = client_call(client);
	struct record_value *values;
	void *answer;
	int rc = -1;

	if (op == NULL)
		return error_set(err, ERROR_UNSUPPORTED, "there is no operation %s", operation);
	values = record_alloc(&arena, op->request()->count + 1, sizeof(*values), err);
	if (values == NULL || thing_values(op->request(), request, &arena, values, err) != 0)
		goto done;
	if (administration_call(soap, client->settings.endpoint, op, values, &answer) != SOAP_OK) {
		client_failure(client, err);
		goto done;
	}
	*out = answer_json(op, answer, &arena, err);
	rc = *out != NULL ? 0 : -1;
done:
	record_release(&arena);
	return rc;
}
