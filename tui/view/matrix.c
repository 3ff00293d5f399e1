#include "tui/view/matrix.h"

#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "tui/view/list.h"
#include "tui/view/move.h"

#define LABEL 23 /* columns of a row's name, with the gap behind it */
#define WIDTH 11 /* of a cell, with the gap */

void
matrix_init(struct matrix *m)
{
	memset(m, 0, sizeof(*m));
	m->rows = json_array();
	m->columns = json_array();
	m->total = -1;
}

void
matrix_release(struct matrix *m)
{
	json_decref(m->rows);
	json_decref(m->columns);
	m->rows = m->columns = NULL;
}

void
matrix_clear(struct matrix *m)
{
	json_array_clear(m->columns);
	m->column = m->left = 0;
	m->next[0] = '\0';
	m->total = -1;
}

static const char *
text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text != NULL ? text : "";
}

static const char *
row_name(const struct matrix *m, size_t row)
{
	const char *name = json_string_value(json_array_get(m->rows, row));

	return name != NULL ? name : "";
}

static const json_t *
cell_at(const struct matrix *m, size_t row, size_t column)
{
	return json_object_get(
	    json_object_get(json_array_get(m->columns, column), "cells"), row_name(m, row));
}

/* ---- pages ---- */

static void
add_rows(struct matrix *m, const json_t *names)
{
	const json_t *name, *known;
	size_t i, k;

	json_array_foreach(names, i, name)
	{
		json_array_foreach(m->rows, k, known) if (json_equal(known, name)) break;
		if (k == json_array_size(m->rows))
			json_array_append(m->rows, (json_t *)(uintptr_t)name);
	}
}

/* The column of this id, or the last place that there is. */
static size_t
find_column(const struct matrix *m, const char *id)
{
	const json_t *column;
	size_t i, count = json_array_size(m->columns);

	json_array_foreach(
	    m->columns, i, column) if (strcmp(text_of(column, "id"), id) == 0) return i;
	return m->column < count ? m->column : count > 0 ? count - 1 : 0;
}

void
matrix_take(struct matrix *m, const json_t *page, int anew)
{
	const json_t *total = json_object_get(page, "total");
	char id[256];

	text_copy(id, sizeof(id), text_of(json_array_get(m->columns, m->column), "id"));
	if (anew)
		json_array_clear(m->columns);
	add_rows(m, json_object_get(page, "rows"));
	json_array_extend(m->columns, json_object_get(page, "items"));
	text_copy(m->next, sizeof(m->next), text_of(page, "next"));
	m->total = json_is_integer(total) ? json_integer_value(total) : -1;
	m->column = find_column(m, id);
}

json_t *
matrix_chosen(const struct matrix *m)
{
	const json_t *column = json_array_get(m->columns, m->column),
		     *cell = cell_at(m, m->row, m->column);

	if (column == NULL || m->row >= json_array_size(m->rows))
		return NULL;
	return json_pack("{ssssssssss}", "id", text_of(column, "id"), "name",
	    text_of(column, "name"), "row", row_name(m, m->row), "is", text_of(cell, "is"), "words",
	    text_of(cell, "words"));
}

int
matrix_wants_more(const struct matrix *m)
{
	return m->next[0] != '\0' && m->column + 2 * m->shown + 2 >= json_array_size(m->columns);
}

/* ---- keys ---- */

int
matrix_key(struct matrix *m, uint32_t key, int rows)
{
	const int is_sideways =
	    key == TERM_KEY_LEFT || key == TERM_KEY_RIGHT || key == 'h' || key == 'l';
	size_t *place = is_sideways ? &m->column : &m->row;
	long to = (long)*place;

	if (is_sideways)
		key = key == TERM_KEY_LEFT || key == 'h' ? TERM_KEY_UP : TERM_KEY_DOWN;
	if (!view_move(
		key, rows, (long)json_array_size(is_sideways ? m->columns : m->rows) - 1, &to))
		return 0;
	*place = (size_t)to;
	return 1;
}

/* ---- drawing ---- */

static void
keep_in_sight(size_t at, size_t *first, size_t shown)
{
	if (at < *first)
		*first = at;
	if (shown > 0 && at >= *first + shown)
		*first = at - shown + 1;
}

static void
draw_names(const struct matrix *m, const struct area *area)
{
	size_t i;

	for (i = 0; i < m->shown && m->left + i < json_array_size(m->columns); i++)
		term_put(area->row, area->column + LABEL + (int)i * WIDTH, WIDTH - 1,
		    m->left + i == m->column ? TONE_CHOSEN : TONE_TITLE,
		    text_of(json_array_get(m->columns, m->left + i), "name"));
}

static void
draw_row(const struct matrix *m, const struct area *area, int at, size_t row)
{
	size_t i;

	term_put(at, area->column, LABEL - 1, row == m->row ? TONE_CHOSEN : TONE_PLAIN,
	    row_name(m, row));
	for (i = 0; i < m->shown && m->left + i < json_array_size(m->columns); i++) {
		const int is_chosen = row == m->row && m->left + i == m->column;
		const char *word = text_of(cell_at(m, row, m->left + i), "is");

		term_put(at, area->column + LABEL + (int)i * WIDTH, WIDTH - 1,
		    is_chosen ? TONE_CHOSEN
		    : word[0] ? list_state_tone(word)
			      : TONE_DIM,
		    word[0] ? word : "-");
	}
}

static void
draw_words(const struct matrix *m, const struct area *area)
{
	json_t *chosen = matrix_chosen(m);
	const char *words = text_of(chosen, "words");
	char line[700];

	if (chosen != NULL) {
		snprintf(line, sizeof(line), "%.200s, %s: %.400s", text_of(chosen, "name"),
		    text_of(chosen, "row"), words[0] != '\0' ? words : "no right");
		term_put(area->row + area->rows - 1, area->column, area->columns, TONE_TITLE, line);
	}
	json_decref(chosen);
}

void
matrix_draw(struct matrix *m, const struct area *area, const char *empty)
{
	const size_t rows = area->rows > 3 ? (size_t)area->rows - 3 : 1;
	size_t i;

	m->shown = area->columns > LABEL + WIDTH ? (size_t)(area->columns - LABEL) / WIDTH : 1;
	if (json_array_size(m->columns) == 0) {
		term_put(area->row + 1, area->column, area->columns, TONE_DIM, empty);
		return;
	}
	keep_in_sight(m->column, &m->left, m->shown);
	keep_in_sight(m->row, &m->top, rows);
	draw_names(m, area);
	for (i = 0; i < rows && m->top + i < json_array_size(m->rows); i++)
		draw_row(m, area, area->row + 1 + (int)i, m->top + i);
	draw_words(m, area);
}

void
matrix_place(const struct matrix *m, char *out, size_t size)
{
	const size_t count = json_array_size(m->columns), last = m->left + m->shown;

	if (count == 0)
		text_copy(out, size, "");
	else
		snprintf(out, size, "%zu-%zu of %s%lld", m->left + 1, last < count ? last : count,
		    m->total < 0 && m->next[0] != '\0' ? "more than " : "",
		    m->total >= 0 ? m->total : (long long)count);
}
