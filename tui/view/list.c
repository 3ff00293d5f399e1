#include "tui/view/list.h"

#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "tui/term/glyph.h"
#include "tui/view/move.h"

#define GAP 2 /* between columns */

void
list_init(struct list *list, const struct column *columns, size_t count)
{
	memset(list, 0, sizeof(*list));
	list->columns = columns;
	list->column_count = count;
	list->rows = json_array();
}

void
list_release(struct list *list)
{
	json_decref(list->rows);
	list->rows = NULL;
}

void
list_clear(struct list *list)
{
	json_array_clear(list->rows);
	list->chosen = list->top = 0;
	list->next[0] = '\0';
	list->has_total = list->is_complete = 0;
}

/* ---- pages ---- */

static const char *
identity(const json_t *row)
{
	const char *id = json_string_value(json_object_get(row, "id"));

	return id != NULL ? id : json_string_value(json_object_get(row, "name"));
}

static void
choose_again(struct list *list, const char *id)
{
	size_t i, count = json_array_size(list->rows);
	const char *other;

	for (i = 0; i < count; i++) {
		other = identity(json_array_get(list->rows, i));
		if (id[0] != '\0' && other != NULL && strcmp(other, id) == 0) {
			list->chosen = i;
			return;
		}
	}
	if (list->chosen >= count)
		list->chosen = count > 0 ? count - 1 : 0;
}

void
list_take(struct list *list, const json_t *page, int anew)
{
	const char *next = json_string_value(json_object_get(page, "next"));
	const json_t *total = json_object_get(page, "total");
	const char *was = identity(list_chosen(list));
	char id[256];

	text_copy(id, sizeof(id), was != NULL ? was : "");
	if (anew)
		json_array_clear(list->rows);
	json_array_extend(list->rows, json_object_get(page, "items"));
	text_copy(list->next, sizeof(list->next), next);
	list->is_complete = list->next[0] == '\0';
	list->has_total = json_is_integer(total);
	list->total = list->has_total ? json_integer_value(total) : 0;
	if (anew)
		choose_again(list, id);
}

json_t *
list_chosen(const struct list *list)
{
	return json_array_get(list->rows, list->chosen);
}

int
list_wants_more(const struct list *list, int rows)
{
	return list->next[0] != '\0' &&
	       list->chosen + 2 * (size_t)(rows > 0 ? rows : 1) >= json_array_size(list->rows);
}

/* ---- keys ---- */

int
list_key(struct list *list, uint32_t key, int rows)
{
	long to = (long)list->chosen;

	if (!view_move(key, rows, (long)json_array_size(list->rows) - 1, &to))
		return 0;
	list->chosen = (size_t)to;
	return 1;
}

/* ---- values ---- */

static const char *
name_of(const json_t *thing)
{
	const char *name = json_string_value(json_object_get(thing, "name"));

	return name != NULL ? name : "";
}

static void
texts_value(char *out, size_t size, const json_t *list)
{
	const json_t *item;
	size_t i, at = 0;

	out[0] = '\0';
	json_array_foreach(list, i, item)
	{
		int n = snprintf(out + at, size - at, "%s%s", i > 0 ? ", " : "",
		    json_is_string(item) ? json_string_value(item) : name_of(item));

		if (n < 0 || (size_t)n >= size - at) {
			out[at] = '\0';
			return;
		}
		at += (size_t)n;
	}
}

/* "2026-03-01T12:00:00Z" to the minute; people compare days and hours. */
static void
time_value(char *out, size_t size, const char *text)
{
	int64_t seconds;
	char whole[TEXT_TIME_SIZE];

	if (text == NULL || text_parse_time(text, &seconds) != 0) {
		text_copy(out, size, text);
		return;
	}
	text_time(whole, seconds);
	snprintf(out, size, "%.10s %.5s", whole, whole + 11);
}

const char *
list_text(char *out, size_t size, const json_t *row, const struct column *column)
{
	const json_t *value = json_object_get(row, column->member);
	const char *text = json_string_value(value);

	out[0] = '\0';
	if (column->kind == COLUMN_TIME)
		time_value(out, size, text);
	else if (column->kind == COLUMN_FLAG)
		text_copy(out, size, json_is_true(value) ? column->title : "");
	else if (json_is_array(value))
		texts_value(out, size, value);
	else if (json_is_integer(value))
		snprintf(out, size, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		text_copy(out, size, json_is_true(value) ? "yes" : "no");
	else
		text_copy(out, size, text);
	return out;
}

enum tone
list_state_tone(const char *word)
{
	static const struct {
		const char *word;
		enum tone tone;
	} words[] = {
		{ "Active", TONE_GOOD },
		{ "Good", TONE_GOOD },
		{ "Running", TONE_GOOD },
		{ "TotalPassed", TONE_GOOD },
		{ "Allow", TONE_GOOD },
		{ "Waiting", TONE_WARN },
		{ "Pending", TONE_WARN },
		{ "Expiring", TONE_WARN },
		{ "Indeterminate", TONE_WARN },
		{ "Unknown", TONE_WARN },
		{ "Suspended", TONE_WARN },
		{ "Disabled", TONE_DIM },
		{ "Off", TONE_DIM },
		{ "Idle", TONE_DIM },
		{ "Removed", TONE_DIM },
		{ "Expired", TONE_BAD },
		{ "Revoked", TONE_BAD },
		{ "Failed", TONE_BAD },
		{ "Down", TONE_BAD },
		{ "TotalFailed", TONE_BAD },
		{ "Unavailable", TONE_BAD },
		{ "Deny", TONE_BAD },
		{ "Works", TONE_GOOD },
		{ "Success", TONE_GOOD },
		{ "Accepted", TONE_GOOD },
		{ "trusted", TONE_GOOD },
		{ "Warning", TONE_WARN },
		{ "not listed", TONE_WARN },
		{ "Refused", TONE_BAD },
		{ "Rejected", TONE_BAD },
		{ "Fails", TONE_BAD },
		{ "Paused", TONE_WARN },
		{ "ExpiresSoon", TONE_WARN },
		{ "OnHold", TONE_BAD },
		{ "NotYetValid", TONE_BAD },
		{ "none", TONE_DIM },
		{ "granted", TONE_GOOD },
		{ "narrowed", TONE_WARN },
		{ "inherited", TONE_KEY },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].tone;
	return TONE_PLAIN;
}

/* ---- drawing ---- */

/* Columns that fit, with their widths: the least first, then shares of the rest. */
static size_t
measure(const struct list *list, int width, int widths[])
{
	size_t n = 0, i;
	int used = 0, weights = 0, rest;

	while (n < list->column_count && (n == 0 || used + GAP + list->columns[n].least <= width)) {
		used += list->columns[n].least + (n > 0 ? GAP : 0);
		weights += list->columns[n].weight;
		n++;
	}
	rest = width > used ? width - used : 0;
	for (i = 0; i < n; i++)
		widths[i] = list->columns[i].least +
			    (weights > 0 ? rest * list->columns[i].weight / weights : 0);
	return n;
}

static void
draw_row(const struct list *list, const struct area *area, int row, const int widths[],
    size_t columns, const json_t *object, int is_chosen)
{
	char text[1024], right[64];
	int at = area->column;
	size_t i;

	term_put(row, area->column, area->columns, is_chosen ? TONE_CHOSEN : TONE_PLAIN, "");
	for (i = 0; i < columns; i++) {
		const struct column *c = &list->columns[i];
		enum tone tone = is_chosen ? TONE_CHOSEN : TONE_PLAIN;

		list_text(text, sizeof(text), object, c);
		if (c->kind == COLUMN_STATE && !is_chosen)
			tone = list_state_tone(text);
		if (c->kind == COLUMN_COUNT && widths[i] < (int)sizeof(right)) {
			snprintf(right, sizeof(right), "%*.60s", widths[i], text);
			text_copy(text, sizeof(text), right);
		}
		term_put(row, at, widths[i], tone, text);
		at += widths[i] + GAP;
	}
}

static void
keep_chosen_in_sight(struct list *list, size_t rows)
{
	if (list->chosen < list->top)
		list->top = list->chosen;
	if (rows > 0 && list->chosen >= list->top + rows)
		list->top = list->chosen - rows + 1;
}

void
list_draw(struct list *list, const struct area *area, const char *empty)
{
	int widths[16], at = area->column, row;
	size_t columns = measure(list, area->columns, widths), i;

	for (i = 0; i < columns; i++) {
		term_put(area->row, at, widths[i], TONE_TITLE, list->columns[i].title);
		at += widths[i] + GAP;
	}
	if (json_array_size(list->rows) == 0)
		term_put(area->row + 1, area->column, area->columns, TONE_DIM, empty);
	keep_chosen_in_sight(list, area->rows > 1 ? (size_t)area->rows - 1 : 0);
	for (row = 1; row < area->rows; row++) {
		const size_t index = list->top + (size_t)row - 1;

		if (index >= json_array_size(list->rows))
			break;
		draw_row(list, area, area->row + row, widths, columns,
		    json_array_get(list->rows, index), index == list->chosen);
	}
}

void
list_place(const struct list *list, int rows, char *out, size_t size)
{
	const size_t count = json_array_size(list->rows);
	const size_t last = list->top + (size_t)(rows > 0 ? rows : 0);

	if (count == 0)
		text_copy(out, size, "");
	else if (list->has_total || list->is_complete)
		snprintf(out, size, "%zu-%zu of %lld", list->top + 1, last < count ? last : count,
		    list->has_total ? list->total : (long long)count);
	else
		snprintf(out, size, "%zu-%zu of more than %zu", list->top + 1,
		    last < count ? last : count, count);
}
