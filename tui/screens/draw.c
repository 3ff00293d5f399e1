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
		snprintf(left, sizeof(left), " Signet  %s", c->endpoint);
	snprintf(right, sizeof(right), "%s ",
	    c->lost[0] != '\0' ? "NOT CONNECTED"
	    : c->who != NULL   ? "connected"
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
	while (at > width && first < c->current) /* the current one is in sight */
		at -= widths[first++];
	for (i = first, at = 0; i < screen_count && at + widths[i] <= width; i++) {
		enum tone tone =
		    i == c->current ? TONE_CHOSEN
		    : console_refusal(c, all_screens[i]->right, why, sizeof(why)) != NULL
			? TONE_DIM
			: TONE_PLAIN;

		screen_label(label, sizeof(label), i);
		term_put(1, at, widths[i], tone, label);
		at += widths[i];
	}
}

static void
draw_title(struct console *c)
{
	struct pane *pane = console_pane(c);
	char text[700], place[128] = "";
	int width = term_columns(), room;

	snprintf(text, sizeof(text), "%s%s%s%s%s", pane->screen->title,
	    pane->filter[0] != '\0' ? ", with " : "", pane->filter,
	    pane->screen->sorts != NULL ? ", by " : "",
	    pane->screen->sorts != NULL ? pane->screen->sorts[pane->sort] : "");
	if (pane->screen->column_count > 0)
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

	(void)tone;
	pager_set(&pager, words);
	pager_draw(&pager, &area);
	pager_release(&pager);
}

static void
draw_pane(struct console *c)
{
	struct pane *pane = console_pane(c);
	const struct area area = body();
	char why[400];

	if (console_refusal(c, pane->screen->right, why, sizeof(why)) != NULL)
		draw_words(why, TONE_WARN);
	else if (pane->failure[0] != '\0' && json_array_size(pane->list.rows) == 0)
		draw_words(pane->failure, TONE_BAD);
	else if (pane->screen->column_count > 0)
		list_draw(&pane->list, &area, pane->is_filled ? pane->screen->empty : "");
	else
		pager_draw(&pane->pager, &area);
}

/* ---- bottom ---- */

static void
draw_message(const struct console *c)
{
	const int row = term_rows() - BOTTOM;
	char label[300];

	term_cursor(-1, 0);
	if (c->mode == MODE_FILTER) {
		prompt_draw(&c->prompt, row, 0, term_columns(), "Filter:");
	} else if (c->mode == MODE_FIELDS) {
		snprintf(label, sizeof(label), "%s%s:", c->action->fields[c->field].label,
		    c->once[0] != '\0' ? ", again" : "");
		prompt_draw(&c->prompt, row, 0, term_columns(), label);
	} else if (c->mode == MODE_CONFIRM && c->action->danger == DANGER_NAMES) {
		snprintf(label, sizeof(label), "Type the name to %s:", c->action->label);
		prompt_draw(&c->prompt, row, 0, term_columns(), label);
		term_put(row - 1, 0, term_columns(), c->tone, c->message);
	} else if (c->lost[0] != '\0') {
		snprintf(label, sizeof(label), "Connection lost, trying again: %.250s", c->lost);
		term_put(row, 0, term_columns(), TONE_BAD, label);
	} else {
		term_put(row, 0, term_columns(), c->tone, c->message);
	}
}

/* One key with what it does; returns where the next may stand. */
static int
draw_key(int at, const char *key, const char *label, int is_dim)
{
	const int row = term_rows() - 1, width = glyph_columns(key) + 1 + glyph_columns(label);

	if (at + width > term_columns())
		return term_columns();
	term_put(row, at, glyph_columns(key), is_dim ? TONE_DIM : TONE_KEY, key);
	term_put(row, at + glyph_columns(key) + 1, glyph_columns(label),
	    is_dim ? TONE_DIM : TONE_PLAIN, label);
	return at + width + 2;
}

static void
draw_browse_keys(struct console *c)
{
	const struct screen *s = console_pane(c)->screen;
	char key[8], why[400];
	int at = 0;
	size_t i;

	if (s->column_count > 0)
		at = draw_key(at, "Enter", "open", 0);
	for (i = 0; i < s->action_count; i++) {
		snprintf(key, sizeof(key), "%c", (char)s->actions[i].key);
		at = draw_key(at, key, s->actions[i].label,
		    console_refusal(c, s->actions[i].right, why, sizeof(why)) != NULL);
	}
	if (s->can_filter)
		at = draw_key(at, "/", "filter", 0);
	if (s->sorts != NULL)
		at = draw_key(at, "s", "sort", 0);
	at = draw_key(at, "r", "reload", 0);
	at = draw_key(at, "?", "help", 0);
	draw_key(at, "q", "quit", 0);
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
		at = draw_key(0, "Esc", "back", 0);
		draw_key(at, "Up Down PgUp PgDn", "scroll", 0);
		break;
	case MODE_CONFIRM:
		if (c->action->danger == DANGER_ASKS) {
			at = draw_key(0, "y", c->action->label, 0);
			draw_key(at, "n", "leave it", 0);
			break;
		}
		/* fall through */
	default:
		at = draw_key(0, "Enter", "go on", 0);
		draw_key(at, "Esc", "give up", 0);
		break;
	}
}

void
draw(struct console *c)
{
	const struct area area = body();

	term_erase();
	if (term_rows() < 10 || term_columns() < 40) {
		term_put(0, 0, term_columns(), TONE_PLAIN, "The window is too small.");
		term_show();
		return;
	}
	draw_bar(c);
	draw_screens(c);
	if (c->mode == MODE_DETAIL || c->mode == MODE_HELP) {
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

/* ---- help ---- */

void
help_text(const struct console *c, struct pager *pager)
{
	const struct screen *s = c->panes[c->current].screen;
	struct buf out = BUF_INIT(0);
	char why[400];
	size_t i;

	buf_printf(&out, NULL,
	    "%s: %s.\n\n"
	    "1 to 9, 0    go to a screen; Tab and Shift-Tab go to the next and the last\n"
	    "Up, Down     choose (also k, j); PgUp, PgDn, Home, End\n"
	    "Enter        show all that is known of what is chosen; Esc goes back\n"
	    "/            show only what holds a text; with nothing, all\n"
	    "s            sort by something else\n"
	    "r            ask the server anew; Ctrl-L draws the screen anew\n"
	    "q            end\n",
	    s->name, s->title);
	for (i = 0; i < s->action_count; i++)
		buf_printf(&out, NULL, "%s%c            %s%s%s\n", i == 0 ? "\nHere:\n" : "",
		    (char)s->actions[i].key, s->actions[i].label,
		    console_refusal(c, s->actions[i].right, why, sizeof(why)) != NULL ? ": " : "",
		    why);
	buf_printf(&out, NULL,
	    "\nWhat is dim is not for you: its key says why. The same data: `signet` with "
	    "--json.\n");
	if (buf_terminate(&out, NULL) == 0)
		pager_set(pager, (const char *)out.data);
	buf_release(&out);
}
