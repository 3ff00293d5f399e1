#include "schema/store/admin/admin.h"

#include <string.h>

/* ---- arguments --------------------------------------------------------------------------------
 */

static void
add_id(struct db_args *a, const struct record_value *v)
{
	struct uuid id;

	if (!v->is_set)
		db_arg_null(a, 'u');
	else if (uuid_parse(value_text(v), &id) == 0)
		db_arg_uuid(a, &id);
	else {
		error_set(&a->err, ERROR_MALFORMED, "an id is none");
		db_arg_null(a, 'u');
	}
}

static void
add_ids(struct db_args *a, const struct record_value *v)
{
	struct uuid id = UUID_NIL;
	size_t i;

	db_arg_array(a, 'u', v->count);
	for (i = 0; i < v->count; i++) {
		if (uuid_parse(value_text(&v->items[i]), &id) != 0)
			error_set(&a->err, ERROR_MALFORMED, "an id is none");
		db_item_uuid(a, &id);
	}
}

static void
add_texts(struct db_args *a, const struct record_value *v)
{
	size_t i;

	db_arg_array(a, 't', v->count);
	for (i = 0; i < v->count; i++)
		db_item_text(a, value_text(&v->items[i]));
}

static void
add_blobs(struct db_args *a, const struct record_value *v)
{
	size_t i;

	db_arg_array(a, 'b', v->count);
	for (i = 0; i < v->count; i++)
		db_item_bytes(a, v->items[i].bytes);
}

static void
add_argument(struct db_args *a, char letter, const struct record_value *v)
{
	if (letter == 'u')
		add_id(a, v);
	else if (letter == 'U')
		add_ids(a, v);
	else if (letter == 'T')
		add_texts(a, v);
	else if (letter == 'B')
		add_blobs(a, v);
	else if (!v->is_set)
		db_arg_null(a, letter);
	else if (letter == 't')
		db_arg_text(a, value_text(v));
	else if (letter == 'b')
		db_arg_bytes(a, v->bytes);
	else if (letter == 'z')
		db_arg_time(a, v->number);
	else if (letter == 'i')
		db_arg_int(a, (int32_t)v->number);
	else if (letter == 'l')
		db_arg_long(a, v->number);
	else
		db_arg_bool(a, v->number != 0);
}

int
store_admin(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    const struct record_value *args, size_t count, struct db_result **r, struct error *err)
{
	const char *letters = statement->params;
	struct db_args a;
	size_t i;

	db_args_init(&a);
	if (strlen(letters) == count + 1 && tenant != NULL) {
		db_arg_uuid(&a, tenant);
		letters++;
	}
	for (i = 0; i < count && letters[i] != '\0'; i++)
		add_argument(&a, letters[i], &args[i]);
	return db_call(db, tenant, statement, &a, r, err);
}

/* ---- rows -------------------------------------------------------------------------------------
 */

struct reading {
	struct record_arena *arena;
	const struct db_result *r;
	size_t row;
	unsigned int column;
	struct error *err;
};

static int
put_text(struct reading *g, struct record_value *to, struct span s)
{
	to->bytes.data = (const unsigned char *)record_text(g->arena, s, g->err);
	to->bytes.len = s.len;
	to->is_set = 1;
	return to->bytes.data != NULL ? 0 : -1;
}

static int
put_id(struct reading *g, struct record_value *to, const unsigned char *bytes)
{
	struct uuid id;
	char text[TEXT_UUID_SIZE];

	memcpy(id.bytes, bytes, sizeof(id.bytes));
	return put_text(g, to, span_str(uuid_text(text, &id)));
}

/* An item of an array, in the database's own form. */
static int
put_item(struct reading *g, enum field_type type, struct record_value *to, struct span s)
{
	int64_t number = 0;
	size_t i;

	if (s.data == NULL)
		return 0;
	if (type == FIELD_ID || type == FIELD_IDS)
		return s.len == 16 ? put_id(g, to, s.data) : -1;
	if (type != FIELD_TIME && type != FIELD_NUMBER && type != FIELD_LONG)
		return put_text(g, to, s);
	for (i = 0; i < s.len; i++)
		number = number << 8 | s.data[i];
	*to = value_of_number(type == FIELD_TIME ? db_seconds(number) : number);
	return 0;
}

/* Every `wide`th value from `to` on, from one column. */
static int
put_column(
    struct reading *g, enum field_type type, struct record_value *to, size_t wide, size_t count)
{
	struct db_array array = db_array(g->r, g->row, g->column++);
	struct span item;
	size_t i;

	for (i = 0; i < count && db_array_next(&array, &item); i++)
		if (put_item(g, type, &to[i * wide], item) != 0)
			return -1;
	return 0;
}

static int
put_list(struct reading *g, const struct field *f, struct record_value *to)
{
	const size_t wide = f->type == FIELD_THINGS ? f->of->count : 1;
	size_t i;

	to->count = db_array(g->r, g->row, g->column).left;
	to->is_set = 1;
	to->items = record_alloc(g->arena, to->count * wide + 1, sizeof(*to->items), g->err);
	if (to->items == NULL)
		return -1;
	for (i = 0; i < wide; i++)
		if (put_column(g, f->type == FIELD_THINGS ? f->of->fields[i].type : f->type,
			&to->items[i], wide, to->count) != 0)
			return -1;
	return 0;
}

static int
put_value(struct reading *g, const struct field *f, struct record_value *to)
{
	const struct db_result *r = g->r;
	struct uuid id;

	if (f->type >= FIELD_TEXTS)
		return put_list(g, f, to);
	if (db_is_null(r, g->row, g->column)) {
		g->column++;
		return 0;
	}
	switch (f->type) {
	case FIELD_ID:
		id = db_uuid(r, g->row, g->column++);
		return put_id(g, to, id.bytes);
	case FIELD_TIME:
		*to = value_of_number(db_time(r, g->row, g->column++));
		return 0;
	case FIELD_NUMBER:
	case FIELD_LONG:
		*to = value_of_number(db_integer(r, g->row, g->column++));
		return 0;
	case FIELD_FLAG:
		*to = value_of_number(db_bool(r, g->row, g->column++));
		return 0;
	default:
		return put_text(g, to, db_bytes(r, g->row, g->column++));
	}
}

int
store_admin_read(struct record_arena *arena, const struct db_result *r, const struct thing *thing,
    struct record_value **rows, size_t *count, struct error *err)
{
	struct reading g = { arena, r, 0, 0, err };
	size_t i;

	*count = db_rows(r);
	*rows = record_alloc(arena, *count * thing->count + 1, sizeof(**rows), err);
	for (; *rows != NULL && g.row < *count; g.row++, g.column = 0)
		for (i = 0; i < thing->count; i++)
			if (put_value(&g, &thing->fields[i], &(*rows)[g.row * thing->count + i]) !=
			    0)
				return error_set(err, ERROR_INTERNAL,
				    "the database answered in an unknown form");
	return *rows != NULL ? 0 : -1;
}
