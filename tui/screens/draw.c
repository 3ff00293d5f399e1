/* The picture: two lines at the top, the screen, two lines at the bottom. */
#include <stdio.h>
#include <string.h>

#include "server/base/buf.h"
#include "server/base/text.h"
#include "tui/model/json.h"
#include "tui/screens/console.h"
#include "tui/term/glyph.h"

#define TOP    3 /* bar, screens, title */
#define BOTTOM 2 /* message, keys */

int
console_rows(void)
{
	return term_rows() - TOP - BOTTOM - 1; /* the list's own titles */
}

static struct area
body(void)
{
	return (struct area){ TOP, 0, term_rows() - TOP - BOTTOM, term_columns() };
}

/* ---- top ---- */

static void
draw_bar(const struct console *c)
{
	char left[512], right[128];
	int width = term_columns(), room;

	if (c->who != NULL)
		snprintf(left, sizeof(left), " Signet  %s  %s/%s", get_text(c->who, "server"),
		    get_text(c->who, "tenant"), get_text(c->who, "name"));
	else
		snprintf(left, sizeof(left), " Signet  %.400s", c->settings->endpoint);
	snprintf(right, sizeof(right), "%s ",
	    c->lost[0] != '\0'	? "NOT CONNECTED"
	    : c->who != NULL	? "connected"
	    : c->who_asked == 0 ? "not signed in"
				: "connecting ...");
	room = width - glyph_columns(right);
	term_put(0, 0, width, TONE_BAR, left);
	if (room > 0)
		term_put(0, room, width - room, TONE_BAR, right);
}

/* "1" to "9", then "0"; those behind are reached by Tab. */
static void
screen_label(char *out, size_t size, size_t i)
{
	if (i < 10)
		snprintf(out, size, " %zu %s ", (i + 1) % 10, all_screens[i]->name);
	else
		snprintf(out, size, " %s ", all_screens[i]->name);
}

static void
draw_screens(const struct console *c)
{
	char label[64], why[400];
	int at = 0, width = term_columns(), widths[SCREENS_MAX] = { 0 };
	size_t first = 0, i;

	for (i = 0; i < screen_count; i++) {
		screen_label(label, sizeof(label), i);
		widths[i] = glyph_columns(label);
		at += i <= c->current ? widths[i] : 0;
	}
	while (at > width - 2 && first < c->current) /* the current one is in sight */
		at -= widths[first++];
	for (i = first, at = first > 0; i < screen_count && at + widths[i] < width; i++) {
		enum tone tone =
		    i == c->current ? TONE_CHOSEN
		    : console_refusal(c, screen_right(all_screens[i]), why, sizeof(why)) != NULL
			? TONE_DIM
			: TONE_PLAIN;

		screen_label(label, sizeof(label), i);
		term_put(1, at, widths[i], tone, label);
		at += widths[i];
	}
	/* There are more on this side: Tab, or g and a name. */
	if (first > 0)
		term_put(1, 0, 1, TONE_KEY, "<");
	if (i < screen_count)
		term_put(1, width - 1, 1, TONE_KEY, ">");
}

static void
put_title(char *out, size_t size, const char *a, const char *b, const char *c)
{
	const size_t at = strlen(out);

	snprintf(out + at, size - at, "%s%s%s", a, b, c);
}

/* "Members of clerks, with ali (by Name)"; "The audit log, user alice (NewestFirst)" */
static void
title_text(const struct pane *pane, char *out, size_t size)
{
	const char *const *sorts = screen_sorts(pane->screen), *member;
	json_t *value;

	snprintf(out, size, "%s%s%s", pane->screen->title, pane->of != NULL ? " " : "",
	    pane->of != NULL ? row_name(pane->of) : "");
	if (pane->filter[0] != '\0')
		put_title(out, size, ", with ", pane->filter, "");
	json_object_foreach(pane->criteria, member, value)
	{
		put_title(out, size, ", ", member, " ");
		put_title(out, size, json_string_value(value), "", "");
	}
	if (sorts != NULL)
		put_title(
		    out, size, pane->screen->sort != NULL ? " (" : " (by ", sorts[pane->sort], ")");
}

static void
draw_title(struct console *c)
{
	struct pane *pane = console_pane(c);
	char text[1000], place[128] = "";
	int width = term_columns(), room;

	title_text(pane, text, sizeof(text));
	if (pane->screen->is_matrix)
		matrix_place(&pane->matrix, place, sizeof(place));
	else if (pane->screen->column_count > 0)
		list_place(&pane->list, console_rows(), place, sizeof(place));
	if (pane->asked != 0)
		text_copy(place, sizeof(place), "loading ...");
	room = width - glyph_columns(place) - 1;
	term_put(2, 0, room, TONE_TITLE, text);
	term_put(2, room, width - room, TONE_DIM, place);
}

/* ---- body ---- */

static void
draw_words(const char *words, enum tone tone)
{
	const struct area area = body();
	struct pager pager = PAGER_INIT;

	pager_set(&pager, words);
	pager.tone = tone;
	pager_draw(&pager, &area);
	pager_release(&pager);
}

static void
draw_pane(struct console *c)
{
	struct pane *pane = console_pane(c);
	const struct area area = body();
	char why[400];

	if (console_refusal(c, screen_right(pane->screen), why, sizeof(why)) != NULL)
		draw_words(why, TONE_WARN);
	else if (pane->failure[0] != '\0' && json_array_size(pane->list.rows) == 0 &&
		 json_array_size(pane->matrix.columns) == 0)
		draw_words(pane->failure, TONE_BAD);
	else if (pane->screen->is_matrix)
		matrix_draw(&pane->matrix, &area, pane->is_filled ? pane->screen->empty : "");
	else if (pane->screen->column_count > 0)
		list_draw(&pane->list, &area, pane->is_filled ? pane->screen->empty : "");
	else
		pager_draw(&pane->pager, &area);
}

/* ---- bottom ---- */

/* Above what is typed: what it is for, or what was wrong with it. */
static void
draw_context(const struct console *c, int row)
{
	char text[700];

	if (c->mode == MODE_GOTO) {
		goto_names(c, text, sizeof(text));
		term_put(row, 0, term_columns(), TONE_DIM, text);
	} else if (c->message[0] != '\0') {
		term_put(row, 0, term_columns(), c->tone, c->message);
	} else if (c->mode == MODE_FIELDS) {
		snprintf(text, sizeof(text), "%s%s%.300s", c->action->label,
		    c->action->needs_row ? ": " : "", c->action->needs_row ? row_name(c->row) : "");
		term_put(row, 0, term_columns(), TONE_TITLE, text);
	}
}

/* 1: something is typed, under this label. */
static int
prompt_label(const struct console *c, char *out, size_t size)
{
	out[0] = '\0';
	if (c->mode == MODE_FILTER)
		text_copy(out, size, "Filter:");
	else if (c->mode == MODE_GOTO)
		text_copy(out, size, "Go to:");
	else if (c->mode == MODE_SIGN_IN)
		sign_in_label(c, out, size);
	else if (c->mode == MODE_FIELDS)
		snprintf(out, size, "%s%s:", c->action->fields[c->field].label,
		    c->once[0] != '\0' ? ", again" : "");
	else if (c->mode == MODE_CONFIRM && c->action->danger == DANGER_NAMES)
		snprintf(out, size, "Type the name to %s:", c->action->label);
	return out[0] != '\0';
}

/* As many lines as it needs, the last of them here. */
static void
draw_long(int row, enum tone tone, const char *text)
{
	struct pager pager = PAGER_INIT;
	struct area area = { row, 0, 1, term_columns() };
	int lines;

	pager_set(&pager, text);
	lines = pager_count(&pager, term_columns());
	area.rows = lines < 4 ? lines : 4;
	area.row = row - area.rows + 1;
	pager.tone = tone;
	pager_draw(&pager, &area);
	pager_release(&pager);
}

static void
draw_message(const struct console *c)
{
	const int row = term_rows() - BOTTOM;
	char label[300];

	term_cursor(-1, 0);
	if (prompt_label(c, label, sizeof(label))) {
		if (c->mode != MODE_FILTER)
			draw_context(c, row - 1);
		prompt_draw(&c->prompt, row, 0, term_columns(), label);
	} else if (c->lost[0] != '\0') {
		snprintf(label, sizeof(label), "Connection lost, trying again: %.250s", c->lost);
		term_put(row, 0, term_columns(), TONE_BAD, label);
	} else if (glyph_columns(c->message) <= term_columns()) {
		term_put(row, 0, term_columns(), c->tone, c->message);
	} else {
		draw_long(row, c->tone, c->message);
	}
}

/* One key with what it does, where it ends before `end`; returns where the next may stand. */
static int
draw_key(int at, int end, const char *key, const char *label, int is_dim)
{
	const int row = term_rows() - 1, width = glyph_columns(key) + 1 + glyph_columns(label);

	if (at + width > end)
		return end;
	term_put(row, at, glyph_columns(key), is_dim ? TONE_DIM : TONE_KEY, key);
	term_put(row, at + glyph_columns(key) + 1, glyph_columns(label),
	    is_dim ? TONE_DIM : TONE_PLAIN, label);
	return at + width + 2;
}

/* Of several with the same key the one that fits; one that fits nothing here is left out. */
static int
is_shown(const struct screen *s, size_t i, const json_t *row)
{
	const struct action *a = &s->actions[i];

	return a->fits == NULL || (row != NULL && a->fits(row));
}

static int
draw_actions(struct console *c, int at, int end)
{
	const struct screen *s = console_pane(c)->screen;
	json_t *row = pane_chosen(console_pane(c));
	char key[8], why[400];
	size_t i;

	for (i = 0; i < s->action_count; i++)
		if (is_shown(s, i, row))
			at = draw_key(at, end, key_name(s->actions[i].key, key),
			    s->actions[i].label,
			    console_refusal(c, action_right(&s->actions[i]), why, sizeof(why)) !=
				NULL);
	json_decref(row);
	return at;
}

/* What helps stands at the right end always; before it, what there is room for. */
static void
draw_browse_keys(struct console *c)
{
	const struct screen *s = console_pane(c)->screen;
	const char *leave = c->is_inside ? "Esc" : "q", *leaves = c->is_inside ? "back" : "quit";
	const int width = term_columns(),
		  end = width - glyph_columns(leave) - glyph_columns(leaves) - 11;
	int at = 0;

	if (s->column_count > 0)
		at = draw_key(at, end, "Enter", "open", 0);
	if (screen_filters(s))
		at = draw_key(at, end, "/", "filter", 0);
	at = draw_actions(c, at, end);
	if (screen_sorts(s) != NULL)
		at = draw_key(at, end, "s", s->sort != NULL ? s->sort : "sort", 0);
	at = draw_key(at, end, "r", "reload", 0);
	at = draw_key(at, end, "g", "go to", 0);
	at = draw_key(end + 2, width, "?", "help", 0);
	draw_key(at, width, leave, leaves, 0);
}

static void
draw_keys(struct console *c)
{
	int at;

	switch (c->mode) {
	case MODE_BROWSE:
		draw_browse_keys(c);
		break;
	case MODE_DETAIL:
	case MODE_HELP:
		at = draw_key(0, term_columns(), "Esc", "back", 0);
		draw_key(at, term_columns(), "Up Down PgUp PgDn", "scroll", 0);
		break;
	case MODE_CONFIRM:
		if (c->action->danger == DANGER_ASKS) {
			at = draw_key(0, term_columns(), "y", c->action->label, 0);
			draw_key(at, term_columns(), "n", "leave it", 0);
			break;
		}
		/* fall through */
	default:
		at = draw_key(0, term_columns(), "Enter", "go on", 0);
		draw_key(
		    at, term_columns(), "Esc", c->mode == MODE_SIGN_IN ? "quit" : "give up", 0);
		break;
	}
}

void
draw(struct console *c)
{
	const struct area area = body();
	char words[700];

	term_erase();
	if (term_rows() < 10 || term_columns() < 40) {
		term_put(0, 0, term_columns(), TONE_PLAIN, "The window is too small.");
		term_show();
		return;
	}
	draw_bar(c);
	draw_screens(c);
	if (c->mode == MODE_SIGN_IN) {
		sign_in_words(c, words, sizeof(words));
		draw_words(words, TONE_PLAIN);
	} else if (c->mode == MODE_DETAIL || c->mode == MODE_HELP) {
		term_put(2, 0, term_columns(), TONE_TITLE,
		    c->mode == MODE_HELP ? "Help" : console_pane(c)->screen->title);
		pager_draw(&c->detail, &area);
	} else {
		draw_title(c);
		draw_pane(c);
	}
	draw_keys(c);
	draw_message(c);
	term_show();
}
