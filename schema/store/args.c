#include <limits.h>
#include <string.h>

#include "schema/store/pq.h"

/* Between 1970, ours, and 2000, PostgreSQL's. */
#define EPOCH_GAP_US ((int64_t)946684800 * 1000000)
#define SECOND_US    ((int64_t)1000000)

static void
put_be(unsigned char *at, uint64_t value, size_t size)
{
	while (size-- > 0) {
		at[size] = (unsigned char)value;
		value >>= 8;
	}
}

void
db_args_init(struct db_args *a)
{
	a->count = 0;
	a->types[0] = '\0';
	a->array_at = 0;
	buf_init(&a->arrays, (size_t)INT_MAX);
	error_clear(&a->err);
}

void
db_args_release(struct db_args *a)
{
	buf_release(&a->arrays);
	a->count = 0;
}

/* The slot of the next argument; too many overwrite the last, and the call will fail. */
static unsigned int
add(struct db_args *a, char type)
{
	if (a->count == DB_ARGS_MAX) {
		error_cause(&a->err, ERROR_INTERNAL, "the request could not be stored",
		    "more than %d parameters", DB_ARGS_MAX);
		a->count--;
	}
	memset(&a->value[a->count], 0, sizeof(a->value[a->count]));
	a->types[a->count] = type;
	a->types[a->count + 1] = '\0';
	return a->count++;
}

static void
add_fixed(struct db_args *a, char type, const void *data, size_t len)
{
	unsigned int i = add(a, type);

	memcpy(a->value[i].fixed, data, len);
	a->value[i].is_fixed = 1;
	a->value[i].len = len;
}

static void
add_number(struct db_args *a, char type, uint64_t value, size_t size)
{
	unsigned char bytes[8];

	put_be(bytes, value, size);
	add_fixed(a, type, bytes, size);
}

void
db_arg_null(struct db_args *a, char type)
{
	unsigned int i = add(a, type);

	a->value[i].is_null = 1;
}

void
db_arg_bool(struct db_args *a, int value)
{
	add_number(a, '?', value != 0, 1);
}

void
db_arg_int(struct db_args *a, int32_t value)
{
	add_number(a, 'i', (uint32_t)value, 4);
}

void
db_arg_long(struct db_args *a, int64_t value)
{
	add_number(a, 'l', (uint64_t)value, 8);
}

static void
add_view(struct db_args *a, char type, struct span s)
{
	unsigned int i = add(a, type);

	if (s.len > INT_MAX / 2)
		error_set(&a->err, ERROR_TOO_LARGE, "a value is too large for the database");
	a->value[i].data = s.data != NULL ? (const void *)s.data : "";
	a->value[i].len = s.len;
}

void
db_arg_text(struct db_args *a, const char *s)
{
	if (s == NULL)
		db_arg_null(a, 't');
	else
		add_view(a, 't', span_str(s));
}

void
db_arg_bytes(struct db_args *a, struct span s)
{
	add_view(a, 'b', s);
}

void
db_arg_uuid(struct db_args *a, const struct uuid *u)
{
	if (u == NULL)
		db_arg_null(a, 'u');
	else
		add_fixed(a, 'u', u->bytes, sizeof(u->bytes));
}

void
db_arg_time_us(struct db_args *a, int64_t us)
{
	if (us == DB_NO_TIME)
		db_arg_null(a, 'z');
	else
		add_number(a, 'z', (uint64_t)(us - EPOCH_GAP_US), 8);
}

void
db_arg_time(struct db_args *a, int64_t seconds)
{
	const int64_t most = INT64_MAX / SECOND_US;

	if (seconds == DB_NO_TIME)
		db_arg_null(a, 'z');
	else if (seconds > most / 2 || seconds < -most / 2) {
		error_set(&a->err, ERROR_MALFORMED, "a time is out of range");
		db_arg_null(a, 'z');
	} else
		db_arg_time_us(a, seconds * SECOND_US);
}

/* ---- arrays: dimensions, a flag for nulls, the type, size and lower bound, the items -----------
 */

static void
append(struct db_args *a, const void *data, size_t len)
{
	buf_append(&a->arrays, data, len, &a->err);
	a->value[a->count - 1].len = a->arrays.len - a->array_at;
}

static void
append_number(struct db_args *a, uint64_t value, size_t size)
{
	unsigned char bytes[8];

	put_be(bytes, value, size);
	append(a, bytes, size);
}

void
db_arg_array(struct db_args *a, char type, size_t count)
{
	unsigned int i = add(a, (char)(type - 'a' + 'A'));

	if (count > INT_MAX / 32)
		error_set(&a->err, ERROR_TOO_LARGE, "a list is too long for the database");
	a->array_at = a->arrays.len;
	a->value[i].is_own = 1;
	a->value[i].own = a->array_at;
	append_number(a, count > 0, 4);
	append_number(a, 1, 4);
	append_number(a, pq_type(type), 4);
	if (count > 0) {
		append_number(a, count, 4);
		append_number(a, 1, 4);
	}
}

void
db_item_null(struct db_args *a)
{
	append_number(a, UINT32_MAX, 4);
}

void
db_item_long(struct db_args *a, int64_t value)
{
	append_number(a, 8, 4);
	append_number(a, (uint64_t)value, 8);
}

void
db_item_time_us(struct db_args *a, int64_t us)
{
	db_item_long(a, us - EPOCH_GAP_US);
}

void
db_item_bytes(struct db_args *a, struct span s)
{
	if (s.len > INT_MAX / 2)
		error_set(&a->err, ERROR_TOO_LARGE, "a value is too large for the database");
	append_number(a, s.len, 4);
	append(a, s.data, s.len);
}

void
db_item_text(struct db_args *a, const char *s)
{
	db_item_bytes(a, span_str(s));
}

void
db_item_uuid(struct db_args *a, const struct uuid *u)
{
	if (u == NULL)
		db_item_null(a);
	else
		db_item_bytes(a, (struct span){ u->bytes, sizeof(u->bytes) });
}

void
db_arg_texts(struct db_args *a, const char *const *texts, size_t count)
{
	size_t i;

	db_arg_array(a, 't', count);
	for (i = 0; i < count; i++)
		db_item_text(a, texts[i]);
}

void
db_arg_spans(struct db_args *a, const struct span *spans, size_t count)
{
	size_t i;

	db_arg_array(a, 'b', count);
	for (i = 0; i < count; i++)
		db_item_bytes(a, spans[i]);
}
