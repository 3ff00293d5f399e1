#include "wsdl/mapping.h"

#include <string.h>

/* ---- words ---- */

#define WORD(name)  #name,
#define WORDS(type) static const char *const type##_words[] = { type##_WORDS(WORD) NULL };
ADMINISTRATION_WORDS(WORDS)

/* ---- things and requests ---- */

#define MUST		 1
#define MAY		 0
#define NO_SIZE(name)	 0
#define SIZE_TEXT	 NO_SIZE
#define SIZE_NAME	 NO_SIZE
#define SIZE_ID		 NO_SIZE
#define SIZE_TIME	 NO_SIZE
#define SIZE_NUMBER	 NO_SIZE
#define SIZE_LONG	 NO_SIZE
#define SIZE_FLAG	 NO_SIZE
#define SIZE_WORD	 NO_SIZE
#define SIZE_BYTES	 NO_SIZE
#define SIZE_SECRET	 NO_SIZE
#define SIZE_TEXTS(name) offsetof(S, __size##name)
#define SIZE_IDS	 SIZE_TEXTS
#define SIZE_THINGS	 SIZE_TEXTS
#define NOTHING(of)	 NULL
#define WORDS_TEXT	 NOTHING
#define WORDS_NAME	 NOTHING
#define WORDS_ID	 NOTHING
#define WORDS_TIME	 NOTHING
#define WORDS_NUMBER	 NOTHING
#define WORDS_LONG	 NOTHING
#define WORDS_FLAG	 NOTHING
#define WORDS_WORD(of)	 of##_words
#define WORDS_BYTES	 NOTHING
#define WORDS_SECRET	 NOTHING
#define WORDS_TEXTS	 NOTHING
#define WORDS_IDS	 NOTHING
#define WORDS_THINGS	 NOTHING
#define OF_TEXT		 NOTHING
#define OF_NAME		 NOTHING
#define OF_ID		 NOTHING
#define OF_TIME		 NOTHING
#define OF_NUMBER	 NOTHING
#define OF_LONG		 NOTHING
#define OF_FLAG		 NOTHING
#define OF_WORD		 NOTHING
#define OF_BYTES	 NOTHING
#define OF_SECRET	 NOTHING
#define OF_TEXTS	 NOTHING
#define OF_IDS		 NOTHING
#define OF_THINGS(of)	 map_##of
#define ROW(type, need, name, of)                                                                  \
	{ #name, FIELD_##type, need, offsetof(S, name), SIZE_##type(name), WORDS_##type(of),       \
		OF_##type(of) },
#define MAP(name, structure)                                                                       \
	static const struct map *map_##name(void)                                                  \
	{                                                                                          \
		typedef struct structure S;                                                        \
		static const struct map_row rows[] = { name##_FIELDS(ROW){ 0 } };                  \
		static const struct map map = { #name, sizeof(S), rows,                            \
			sizeof(rows) / sizeof(rows[0]) - 1 };                                      \
                                                                                                   \
		return &map;                                                                       \
	}
#define THING(name) MAP(name, sig__##name)
ADMINISTRATION_THINGS(THING)
#define REQUEST(ID, name, form, kind, member) MAP(name, _sig__##name)
ADMINISTRATION_ALL(REQUEST)

/* ---- messages ---- */

#define CALLS(ID, name, form, kind, member)                                                        \
	static void *read_##name(struct soap *soap)                                                \
	{                                                                                          \
		return soap_in__sig__##name(soap, "sig:" #name, NULL, NULL);                       \
	}                                                                                          \
	static int write_##name(struct soap *soap, void *answer)                                   \
	{                                                                                          \
		struct _sig__##name##Response response = { answer };                               \
                                                                                                   \
		return soap_out__sig__##name##Response(                                            \
		    soap, "sig:" #name "Response", 0, &response, NULL);                            \
	}
ADMINISTRATION_ALL(CALLS)

#define PLACES_ONE(name, kind, member)                                                             \
	sizeof(struct sig__##kind##Answer), offsetof(struct sig__##kind##Answer, member), 0, 0, 0
#define PLACES_LIST(name, kind, member)                                                            \
	sizeof(struct sig__##name##Answer), offsetof(struct sig__##name##Answer, member),          \
	    offsetof(struct sig__##name##Answer, __size##member),                                  \
	    offsetof(struct sig__##name##Answer, nextPageToken),                                   \
	    offsetof(struct sig__##name##Answer, total)
#define PLACES_DONE(name, kind, member) sizeof(struct sig__DoneAnswer), 0, 0, 0, 0
#define OPERATION(ID, name, form, kind, member)                                                    \
	{ #name, MAPPING_##form, map_##name, map_##kind, PLACES_##form(name, kind, member),        \
		read_##name, write_##name },
const struct mapping_operation mapping_operations[] = { ADMINISTRATION_ALL(OPERATION) };
const size_t mapping_operation_count = sizeof(mapping_operations) / sizeof(mapping_operations[0]);

const struct mapping_operation *
mapping_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < mapping_operation_count; i++)
		if (strcmp(mapping_operations[i].name, name) == 0)
			return &mapping_operations[i];
	return NULL;
}

/* ---- structure to value ---- */

static const void *
member_of(const struct map_row *row, const void *from)
{
	return (const char *)from + row->at;
}

/* The number at the place, or behind the pointer there where it may be absent: NULL is absent. */
static const void *
scalar_of(const struct map_row *row, const void *from)
{
	return row->is_must ? member_of(row, from) : *(const void *const *)member_of(row, from);
}

static int
get_text(const struct map_row *row, const char *text, struct record_arena *arena,
    struct record_value *to, struct error *err)
{
	struct uuid id;

	*to = (struct record_value){ 0 };
	if (text == NULL)
		return 0;
	*to = value_of_text(record_text(arena, span_str(text), err));
	if (!to->is_set)
		return -1;
	if (row->type == FIELD_TIME && text_parse_time(text, &to->number) != 0)
		return error_set(err, ERROR_MALFORMED,
		    "the element %s is no time such as 2026-03-01T12:00:00Z", row->name);
	if ((row->type == FIELD_ID || row->type == FIELD_IDS) && uuid_parse(text, &id) != 0)
		return error_set(err, ERROR_MALFORMED,
		    "the element %s is no id such as 0b8e0c1e-9d3b-4c5f-8f27-3d0c5f7e2a11",
		    row->name);
	return 0;
}

static int
get_texts(const struct map_row *row, const void *from, struct record_arena *arena,
    struct record_value *to, struct error *err)
{
	char *const *texts = *(char *const *const *)member_of(row, from);
	const int count = *(const int *)(const void *)((const char *)from + row->size_at);
	int i;

	to->is_set = 1;
	to->count = (size_t)count;
	to->items = record_alloc(arena, (size_t)count + 1, sizeof(*to->items), err);
	if (to->items == NULL)
		return -1;
	for (i = 0; i < count; i++)
		if (get_text(row, texts[i], arena, &to->items[i], err) != 0)
			return -1;
	return 0;
}

static int
get_things(const struct map_row *row, const void *from, struct record_arena *arena,
    struct record_value *to, struct error *err)
{
	const struct map *of = row->of();
	const char *things = *(const char *const *)member_of(row, from);
	size_t i, k;

	to->is_set = 1;
	to->count = (size_t) * (const int *)(const void *)((const char *)from + row->size_at);
	to->items = record_alloc(arena, to->count * of->count + 1, sizeof(*to->items), err);
	if (to->items == NULL)
		return -1;
	for (i = 0; i < to->count; i++)
		for (k = 0; k < of->count; k++)
			if (mapping_get(&of->rows[k], things + i * of->size, arena,
				&to->items[i * of->count + k], err) != 0)
				return -1;
	return 0;
}

static int
get_secret(const struct map_row *row, const void *from, struct record_arena *arena,
    struct record_value *to, struct error *err)
{
	char *text = *(char *const *)member_of(row, from);

	if (text == NULL)
		return 0;
	*to = value_of_text(record_text(arena, span_str(text), err));
	explicit_bzero(text, strlen(text));
	return to->is_set ? 0 : -1;
}

int
mapping_get(const struct map_row *row, const void *from, struct record_arena *arena,
    struct record_value *to, struct error *err)
{
	const struct xsd__base64Binary *binary;
	const void *scalar;

	memset(to, 0, sizeof(*to));
	switch (row->type) {
	case FIELD_TEXTS:
	case FIELD_IDS:
		return get_texts(row, from, arena, to, err);
	case FIELD_THINGS:
		return get_things(row, from, arena, to, err);
	case FIELD_SECRET:
		return get_secret(row, from, arena, to, err);
	case FIELD_BYTES:
		binary = member_of(row, from);
		to->is_set = binary->__ptr != NULL;
		to->bytes = (struct span){ binary->__ptr, (size_t)binary->__size };
		return 0;
	case FIELD_NUMBER:
	case FIELD_LONG:
	case FIELD_FLAG:
	case FIELD_WORD:
		scalar = scalar_of(row, from);
		if (scalar == NULL)
			return 0;
		to->is_set = 1;
		if (row->type == FIELD_LONG)
			to->number = *(const LONG64 *)scalar;
		else if (row->type == FIELD_FLAG)
			to->number = *(const bool *)scalar;
		else
			to->number = *(const int *)scalar;
		if (row->type == FIELD_WORD)
			*to = value_of_text(row->words[to->number]);
		return 0;
	default:
		return get_text(row, *(char *const *)member_of(row, from), arena, to, err);
	}
}

/* ---- value to structure ---- */

struct putting {
	struct soap *soap;
	char *(*text)(struct soap *soap, const char *s);
};

static int
put_scalar(struct putting *p, const struct map_row *row, int64_t number, void *at)
{
	const size_t size = row->type == FIELD_LONG   ? sizeof(LONG64)
			    : row->type == FIELD_FLAG ? sizeof(bool)
						      : sizeof(int);

	if (!row->is_must) {
		void *scalar = soap_malloc(p->soap, size);

		if (scalar == NULL)
			return -1;
		*(void **)at = scalar;
		at = scalar;
	}
	if (row->type == FIELD_LONG)
		*(LONG64 *)at = number;
	else if (row->type == FIELD_FLAG)
		*(bool *)at = number != 0;
	else
		*(int *)at = (int)number;
	return 0;
}

static int64_t
word_number(const struct map_row *row, const char *word)
{
	int64_t n;

	for (n = 0; row->words[n] != NULL; n++)
		if (strcmp(row->words[n], word) == 0)
			return n;
	return 0;
}

static int
put_texts(struct putting *p, const struct map_row *row, const struct record_value *v, char *to)
{
	char **texts = soap_malloc(p->soap, (v->count + 1) * sizeof(*texts));
	size_t i;

	if (texts == NULL)
		return -1;
	for (i = 0; i < v->count; i++)
		if ((texts[i] = p->text(p->soap, value_text(&v->items[i]))) == NULL)
			return -1;
	*(char ***)(void *)(to + row->at) = texts;
	*(int *)(void *)(to + row->size_at) = (int)v->count;
	return 0;
}

static int
put_things(struct putting *p, const struct map_row *row, const struct record_value *v, char *to)
{
	const struct map *of = row->of();
	char *things = soap_malloc(p->soap, (v->count + 1) * of->size);
	size_t i;

	if (things == NULL)
		return -1;
	for (i = 0; i < v->count; i++)
		if (mapping_put(
			p->soap, of, &v->items[i * of->count], things + i * of->size, p->text) != 0)
			return -1;
	*(char **)(void *)(to + row->at) = things;
	*(int *)(void *)(to + row->size_at) = (int)v->count;
	return 0;
}

static int
put(struct putting *p, const struct map_row *row, const struct record_value *v, char *to)
{
	char **text = (char **)(void *)(to + row->at), *time;
	struct xsd__base64Binary *binary = (void *)(to + row->at);

	switch (row->type) {
	case FIELD_TEXTS:
	case FIELD_IDS:
		return put_texts(p, row, v, to);
	case FIELD_THINGS:
		return put_things(p, row, v, to);
	case FIELD_BYTES:
		binary->__ptr = (unsigned char *)(uintptr_t)v->bytes.data;
		binary->__size = (int)v->bytes.len;
		return 0;
	case FIELD_NUMBER:
	case FIELD_LONG:
	case FIELD_FLAG:
		return put_scalar(p, row, v->number, to + row->at);
	case FIELD_WORD:
		return put_scalar(p, row, word_number(row, value_text(v)), to + row->at);
	case FIELD_TIME:
		time = soap_malloc(p->soap, TEXT_TIME_SIZE);
		*text = time != NULL ? text_time(time, v->number) : NULL;
		break;
	default:
		*text = p->text(p->soap, value_text(v));
	}
	return *text != NULL ? 0 : -1;
}

int
mapping_put(struct soap *soap, const struct map *map, const struct record_value *values, void *to,
    char *(*text)(struct soap *soap, const char *s))
{
	struct putting p = { soap, text };
	size_t i;

	memset(to, 0, map->size);
	for (i = 0; i < map->count; i++)
		if (values[i].is_set && put(&p, &map->rows[i], &values[i], to) != 0)
			return -1;
	return 0;
}
