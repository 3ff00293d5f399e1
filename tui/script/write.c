/* A model, or what is known of a tenant, becomes a text that says the same. */
#include <stdio.h>
#include <string.h>

#include "tui/model/json.h"
#include "tui/script/script.h"
#include "tui/term/glyph.h"

struct writing {
	struct buf *out;
	struct error *err;
	int failed;
};

static void __attribute__((format(printf, 2, 3))) put(struct writing *w, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->failed |= buf_append_str(w->out, text, w->err) != 0;
}

/*
 * In quotes, so that it is read as it was: a $ would ask the environment. What a terminal would
 * obey stands there in hex.
 */
static void
put_quoted(struct writing *w, const char *text)
{
	uint32_t c;
	size_t n, i;

	w->failed |= buf_append_str(w->out, "\"", w->err) != 0;
	for (; *text != '\0'; text += n) {
		n = glyph_next(text, &c);
		for (i = 0; c == GLYPH_BAD && i < n; i++)
			put(w, "\\x%02x", (unsigned char)text[i]);
		if (c != GLYPH_BAD && strchr("\"\\$", *text) != NULL)
			put(w, "\\");
		if (c != GLYPH_BAD)
			w->failed |= buf_append(w->out, text, n, w->err) != 0;
	}
	w->failed |= buf_append_str(w->out, "\"", w->err) != 0;
}

static void
put_list(struct writing *w, const char *indent, const char *word, const json_t *list)
{
	const json_t *item;
	size_t i;

	put(w, "%s%s = {", indent, word);
	json_array_foreach(list, i, item)
	{
		put(w, "%s", i > 0 ? ", " : "");
		put_quoted(w, json_string_value(item));
	}
	put(w, "}\n");
}

/* ---- rights ---- */

/* Those of one kind of object, without the word before their names. */
static void
put_objects(struct writing *w, const struct script_object *object, const json_t *all)
{
	const size_t len = strlen(object->kind);
	json_t *those = json_array();
	const json_t *item;
	size_t i;

	json_array_foreach(all, i, item)
	{
		const char *text = json_string_value(item);

		if (strncmp(text, object->kind, len) == 0 && text[len] == ' ')
			json_array_append_new(those, json_string(text + len + 1));
	}
	if (json_array_size(those) > 0)
		put_list(w, "\t\t", object->word, those);
	json_decref(those);
}

static void
put_rights(struct writing *w, const char *word, const json_t *rights)
{
	const char *operation;
	json_t *right;
	int count = 0;
	size_t i;

	put(w, "\t%s = {", word);
	json_object_foreach((json_t *)(uintptr_t)rights, operation, right)
	{
		if (json_is_true(right))
			put(w, "%s\n\t\t%s", count++ > 0 ? "," : "", operation);
	}
	put(w, "%s}\n", count > 0 ? "\n\t" : "");
	json_object_foreach((json_t *)(uintptr_t)rights, operation, right)
	{
		if (json_is_true(right))
			continue;
		put(w, "\tright %s {\n", operation);
		for (i = 0; i < SCRIPT_OBJECTS; i++)
			put_objects(w, &script_objects[i], right);
		put(w, "\t}\n");
	}
}

/* ---- things ---- */

static void
put_part(struct writing *w, const struct script_part *part, const json_t *value)
{
	switch (part->type) {
	case SCRIPT_RIGHTS:
		put_rights(w, part->word, value);
		break;
	case SCRIPT_LIST:
	case SCRIPT_GROUPS:
	case SCRIPT_FILES:
	case SCRIPT_KEYS:
	case SCRIPT_CENTRES:
		put_list(w, "\t", part->word, value);
		break;
	case SCRIPT_NUMBER:
		put(w, "\t%s = %lld\n", part->word, (long long)json_integer_value(value));
		break;
	case SCRIPT_FLAG:
		put(w, "\t%s = %s\n", part->word, json_is_true(value) ? "yes" : "no");
		break;
	default:
		put(w, "\t%s = ", part->word);
		put_quoted(w, json_is_string(value) ? json_string_value(value) : "");
		put(w, "\n");
	}
}

static void
put_thing(struct writing *w, const struct script_kind *kind, const char *name, const json_t *thing)
{
	const json_t *value;
	size_t i;

	put(w, "%s ", kind->word);
	put_quoted(w, name);
	put(w, " {\n");
	for (i = 0; i < kind->part_count; i++) {
		value = json_object_get(thing, kind->parts[i].member);
		if (value != NULL && (!json_is_null(value) || kind->parts[i].type == SCRIPT_TEXT ||
					 kind->parts[i].type == SCRIPT_TIME))
			put_part(w, &kind->parts[i], value);
	}
	put(w, "}\n");
}

int
script_write(struct buf *text, const json_t *model, struct error *err)
{
	struct writing w = { .out = text, .err = err };
	const char *name;
	json_t *things, *thing;
	size_t i;

	for (i = 0; i < script_kind_count; i++) {
		things = json_object_get(model, script_kinds[i].word);
		json_object_foreach(things, name, thing)
		{
			put_thing(&w, &script_kinds[i], name, thing);
		}
	}
	return w.failed ? -1 : 0;
}
