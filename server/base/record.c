#include "server/base/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record_block {
	struct record_block *before;
	size_t size; /* of what is behind */
	max_align_t data[];
};

void *
record_alloc(struct record_arena *a, size_t count, size_t size, struct error *err)
{
	struct record_block *b = NULL;

	if (size == 0 || count <= (SIZE_MAX - sizeof(*b)) / size)
		b = calloc(1, sizeof(*b) + count * size);
	if (b == NULL) {
		error_memory(err);
		return NULL;
	}
	b->before = a->last;
	b->size = count * size;
	a->last = b;
	return b->data;
}

const char *
record_text(struct record_arena *a, struct span s, struct error *err)
{
	char *copy = record_alloc(a, s.len + 1, 1, err);

	if (copy != NULL && s.len > 0)
		memcpy(copy, s.data, s.len);
	return copy;
}

void
record_release(struct record_arena *a)
{
	struct record_block *b, *before;

	for (b = a->last; b != NULL; b = before) {
		before = b->before;
		explicit_bzero(b->data, b->size);
		free(b);
	}
	a->last = NULL;
}

const char *
value_text(const struct record_value *v)
{
	return v->is_set ? (const char *)v->bytes.data : NULL;
}

struct record_value
value_of_text(const char *s)
{
	return (struct record_value){ .is_set = s != NULL, .bytes = span_str(s) };
}

struct record_value
value_of_number(int64_t number)
{
	return (struct record_value){ .is_set = 1, .number = number };
}

int
value_equal(const struct field *field, const struct record_value *a, const struct record_value *b)
{
	const struct field text = { .type = FIELD_TEXT };
	size_t i, wide = field->type == FIELD_THINGS ? field->of->count : 1;

	if (a->is_set != b->is_set || a->number != b->number || !span_equal(a->bytes, b->bytes) ||
	    a->count != b->count)
		return 0;
	for (i = 0; i < a->count * wide; i++)
		if (!value_equal(field->type == FIELD_THINGS ? &field->of->fields[i % wide] : &text,
			&a->items[i], &b->items[i]))
			return 0;
	return 1;
}

static size_t
add(char *out, size_t size, size_t at, const char *s)
{
	if (at < size)
		snprintf(out + at, size - at, "%s", s);
	return at + strlen(s);
}

/* Lists by their second field, which is a thing's name or what tells it from others. */
static void
list_words(const struct field *field, const struct record_value *v, char *out, size_t size)
{
	const size_t wide = field->type == FIELD_THINGS ? field->of->count : 1;
	char word[200];
	size_t i, at = 0;

	for (i = 0; i < v->count; i++) {
		const struct record_value *item = &v->items[i * wide];
		const struct field *f = wide > 1 ? &field->of->fields[1] : NULL;

		at = add(out, size, at, i > 0 ? ", " : "");
		if (f == NULL)
			at = add(out, size, at, value_text(item) != NULL ? value_text(item) : "");
		else
			at = add(out, size, at, value_words(f, item + 1, word, sizeof(word)));
	}
}

char *
value_words(const struct field *field, const struct record_value *v, char *out, size_t size)
{
	char time[TEXT_TIME_SIZE];

	out[0] = '\0';
	if (!v->is_set || (v->count == 0 && field->type >= FIELD_TEXTS))
		return text_copy(out, size, "none");
	switch (field->type) {
	case FIELD_TIME:
		text_copy(out, size, text_time(time, v->number));
		break;
	case FIELD_NUMBER:
	case FIELD_LONG:
		snprintf(out, size, "%" PRId64, v->number);
		break;
	case FIELD_FLAG:
		text_copy(out, size, v->number ? "yes" : "no");
		break;
	case FIELD_BYTES:
		snprintf(out, size, "%zu bytes", v->bytes.len);
		break;
	case FIELD_SECRET:
		text_copy(out, size, "***");
		break;
	case FIELD_TEXTS:
	case FIELD_IDS:
	case FIELD_THINGS:
		list_words(field, v, out, size);
		break;
	default:
		text_copy(out, size, value_text(v));
	}
	return out;
}

/* What changes with every change says nothing. */
static int
is_told(const struct field *f)
{
	return strcmp(f->name, "version") != 0 && strcmp(f->name, "changed") != 0;
}

char *
record_changes(const struct thing *thing, const struct record_value *was,
    const struct record_value *is, char *out, size_t size)
{
	char a[200], b[200];
	size_t i, at = 0;

	out[0] = '\0';
	for (i = 0; i < thing->count; i++) {
		const struct field *f = &thing->fields[i];

		if (!is_told(f) || value_equal(f, &was[i], &is[i]))
			continue;
		at = add(out, size, at, at > 0 ? "; " : "");
		at = add(out, size, at, f->name);
		at = add(out, size, at, ": ");
		at = add(out, size, at, value_words(f, &was[i], a, sizeof(a)));
		at = add(out, size, at, " -> ");
		at = add(out, size, at, value_words(f, &is[i], b, sizeof(b)));
	}
	return out;
}
