/* The loop: keys and answers, each changes what is to be seen; then the picture is drawn. */
#include "tui/screens/console.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "tui/model/json.h"
#include "tui/screens/run.h"

#define RETRY_US      1000000
#define RETRY_MOST_US 15000000

void
console_say(struct console *c, enum tone tone, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->message, sizeof(c->message), fmt, ap);
	va_end(ap);
	c->tone = tone;
}

const char *
console_refusal(const struct console *c, const char *right, char *out, size_t size)
{
	const json_t *rights = json_object_get(c->who, "rights"), *item;
	size_t i;

	out[0] = '\0';
	if (c->who == NULL || right == NULL)
		return NULL; /* not known yet: the server decides anyway */
	json_array_foreach(rights, i, item)
	{
		if (strcmp(json_string_value(item), right) == 0)
			return NULL;
	}
	snprintf(out, size,
	    "You may not do this: none of your groups has the right %s. Ask an administrator of "
	    "%s.",
	    right, get_text(c->who, "tenant"));
	return out;
}

/* ---- where one is ---- */

static void
fill_where_needed(struct console *c, struct pane *pane)
{
	if (!pane->is_filled || pane->is_stale)
		pane_fill(c, pane, 1);
}

void
console_leave(struct console *c)
{
	if (!c->is_inside)
		return;
	c->is_inside = 0;
	pane_close(&c->inner);
	fill_where_needed(c, console_pane(c));
}

void
console_show(struct console *c, size_t screen)
{
	if (screen >= screen_count)
		return;
	console_leave(c);
	c->current = screen;
	c->mode = MODE_BROWSE;
	c->message[0] = '\0';
	fill_where_needed(c, console_pane(c));
}

void
console_enter(struct console *c, const struct screen *screen, json_t *row)
{
	console_leave(c);
	pane_open(&c->inner, screen);
	c->inner.of = json_incref(row);
	c->is_inside = 1;
	c->message[0] = '\0';
	pane_fill(c, &c->inner, 1);
}

static void
reload(struct console *c)
{
	pane_fill(c, console_pane(c), 1);
}

static void
ask_for_who(struct console *c)
{
	if (c->who_asked == 0)
		c->who_asked = asker_ask(c->asker, ask_who, json_null());
}

/* ---- answers ---- */

/* A server that is away is asked again by itself, less and less often. */
static void
note_failure(struct console *c, const struct error *err)
{
	int64_t wait = RETRY_US << (c->tries < 4 ? c->tries : 4);

	if (err->kind != ERROR_UNAVAILABLE) {
		console_say(c, TONE_BAD, "%s", err->text);
		return;
	}
	text_copy(c->lost, sizeof(c->lost), err->text);
	c->tries++;
	c->retry_us = clock_monotonic_us() + (wait < RETRY_MOST_US ? wait : RETRY_MOST_US);
}

static void
note_success(struct console *c)
{
	int was_lost = c->lost[0] != '\0';

	c->lost[0] = '\0';
	c->tries = 0;
	if (was_lost) {
		console_say(c, TONE_GOOD, "Connected again.");
		reload(c);
	}
}

void
console_connect(struct console *c)
{
	const struct client_settings view = settings_view(c->settings);
	struct error err = ERROR_INIT;

	size_t i;

	asker_stop(c->asker); /* what it was asked is not answered any more */
	c->asker = NULL;
	c->who_asked = c->detail_asked = c->act_asked = 0;
	for (i = 0; i < screen_count; i++)
		c->panes[i].asked = 0;
	if (asker_start(&c->asker, &view, &err) != 0) {
		text_copy(c->lost, sizeof(c->lost), err.text);
		c->is_ending = 1;
		return;
	}
	ask_for_who(c);
}

static void
take_who(struct console *c, const struct answer *a)
{
	c->who_asked = 0;
	if (a->failed && c->who == NULL && a->err.kind == ERROR_NOT_AUTHENTICATED)
		sign_in_again(c, a);
	if (a->failed)
		return;
	json_decref(c->who);
	c->who = json_incref(a->out);
	if (!console_pane(c)->is_filled && console_pane(c)->asked == 0)
		reload(c);
}

static void
show_answer(struct console *c, json_t *answer)
{
	c->mode = MODE_DETAIL;
	if (console_pane(c)->screen->detail != NULL)
		console_pane(c)->screen->detail(answer);
	pager_set_object(&c->detail, answer);
}

/* What was changed may be seen on any screen; the one in front is asked for at once. */
static void
take_act(struct console *c, const struct answer *a)
{
	const char *message = get_text(a->out, "message");
	size_t i;

	c->act_asked = 0;
	if (!a->failed && c->act_shows) {
		c->message[0] = '\0';
		if (c->mode == MODE_BROWSE)
			show_answer(c, a->out);
		return;
	}
	if (!a->failed)
		console_say(c, TONE_GOOD, "%s", message[0] != '\0' ? message : "Done.");
	for (i = 0; i < screen_count; i++)
		c->panes[i].is_stale = 1;
	reload(c);
}

static void
take_rows(struct console *c, struct pane *pane, const struct answer *a)
{
	if (pane->asked == 0 || a->number != pane->asked)
		return;
	pane_take(pane, a);
	if (pane->is_stale && pane == console_pane(c))
		pane_fill(c, pane, 1);
}

static void
take_answer(struct console *c, const struct answer *a)
{
	size_t i;

	if (a->failed)
		note_failure(c, &a->err);
	else
		note_success(c);
	if (a->number == c->who_asked)
		take_who(c, a);
	for (i = 0; i < screen_count; i++)
		take_rows(c, &c->panes[i], a);
	if (c->is_inside)
		take_rows(c, &c->inner, a);
	if (a->number == c->detail_asked) {
		c->detail_asked = 0;
		if (!a->failed && c->mode == MODE_DETAIL)
			show_answer(c, a->out);
	}
	if (a->number == c->act_asked)
		take_act(c, a);
}

static void
take_answers(struct console *c)
{
	struct answer a;

	while (asker_take(c->asker, &a)) {
		take_answer(c, &a);
		json_decref(a.out);
	}
}

/* ---- keys ---- */

static void
open_chosen(struct console *c)
{
	const struct screen *screen = console_pane(c)->screen;
	json_t *row = pane_chosen(console_pane(c)), *known;

	if (screen->column_count > 0 && row != NULL) {
		known = json_deep_copy(row); /* already; the rest when it comes */
		show_answer(c, known);
		json_decref(known);
		if (open_question(screen) != NULL)
			c->detail_asked =
			    asker_ask(c->asker, open_question(screen), ask_open(screen, row));
	}
	json_decref(row);
}

static void
next_sort(struct console *c)
{
	struct pane *pane = console_pane(c);
	const char *const *sorts = screen_sorts(pane->screen);

	if (sorts == NULL)
		return;
	if (sorts[++pane->sort] == NULL)
		pane->sort = 0;
	pane_forget(pane);
	reload(c);
}

static void
do_quit(struct console *c)
{
	c->is_ending = 1;
}

static void
do_help(struct console *c)
{
	c->mode = MODE_HELP;
	help_text(c, &c->detail);
}

static void
do_reload(struct console *c)
{
	ask_for_who(c);
	reload(c);
}

static void
show_next(struct console *c)
{
	console_show(c, (c->current + 1) % screen_count);
}

static void
show_last(struct console *c)
{
	console_show(c, (c->current + screen_count - 1) % screen_count);
}

static void
browse_key(struct console *c, uint32_t key)
{
	static const struct {
		uint32_t key;
		void (*act)(struct console *c);
	} keys[] = { { 'q', do_quit }, { '?', do_help }, { '/', filter_start }, { 'g', goto_start },
		{ 's', next_sort }, { 'r', do_reload }, { TERM_KEY_TAB, show_next },
		{ TERM_KEY_BACK_TAB, show_last }, { TERM_KEY_ENTER, open_chosen },
		{ TERM_KEY_ESCAPE, console_leave } };
	size_t i;

	if (act_key_pressed(c, key))
		return;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].key == key) {
			keys[i].act(c);
			return;
		}
	if (key >= '0' && key <= '9')
		console_show(c, key == '0' ? 9 : key - '1');
	else
		pane_key(c, console_pane(c), key);
}

static void
detail_key(struct console *c, uint32_t key)
{
	if (key == TERM_KEY_ESCAPE || key == 'q' || key == TERM_KEY_LEFT ||
	    (c->mode == MODE_HELP && key == '?'))
		c->mode = MODE_BROWSE;
	else
		pager_key(&c->detail, key, console_rows() + 1);
}

static void
take_key(struct console *c, uint32_t key)
{
	static void (*const takes[])(struct console *, uint32_t) = { [MODE_BROWSE] = browse_key,
		[MODE_DETAIL] = detail_key,
		[MODE_HELP] = detail_key,
		[MODE_FILTER] = filter_key,
		[MODE_GOTO] = goto_key,
		[MODE_FIELDS] = act_key,
		[MODE_CONFIRM] = act_key,
		[MODE_SIGN_IN] = sign_in_key };

	if (key == TERM_CTRL('l'))
		term_refresh_all();
	else
		takes[c->mode](c, key);
}

/* ---- time ---- */

/* Milliseconds until something is to be done by itself; -1: nothing is. */
static int
patience(const struct console *c)
{
	const struct pane *pane = c->is_inside ? &c->inner : &c->panes[c->current];
	int64_t now = clock_monotonic_us(), at = INT64_MAX;

	if (c->lost[0] != '\0')
		at = c->retry_us;
	else if (pane->screen->refresh_seconds > 0 && pane->is_filled && pane->asked == 0)
		at = pane->filled_us + (int64_t)pane->screen->refresh_seconds * 1000000;
	if (at == INT64_MAX)
		return -1;
	return at <= now ? 0 : (int)((at - now) / 1000 + 1);
}

static void
time_is_over(struct console *c)
{
	if (patience(c) != 0)
		return;
	if (c->lost[0] != '\0') {
		c->retry_us = clock_monotonic_us() + RETRY_MOST_US;
		ask_for_who(c);
	} else {
		reload(c);
	}
}

/* ---- the loop ---- */

static void
open_panes(struct console *c)
{
	size_t i;

	for (i = 0; i < screen_count; i++)
		pane_open(&c->panes[i], all_screens[i]);
	c->detail = (struct pager)PAGER_INIT;
}

static void
close_panes(struct console *c)
{
	size_t i;

	for (i = 0; i < screen_count; i++)
		pane_close(&c->panes[i]);
	pane_close(&c->inner);
	pager_release(&c->detail);
	act_end(c);
	json_decref(c->who);
}

int
console_run(struct settings *settings, struct error *err)
{
	struct console c = { .settings = settings };
	uint32_t key;

	open_panes(&c);
	if (!sign_in_needed(&c))
		console_connect(&c);
	while (!c.is_ending) {
		draw(&c);
		switch (term_wait(c.asker != NULL ? asker_fd(c.asker) : -1, patience(&c), &key)) {
		case TERM_TYPED:
			take_key(&c, key);
			break;
		case TERM_WOKEN:
			take_answers(&c);
			break;
		case TERM_TIMED:
			time_is_over(&c);
			break;
		case TERM_GONE:
			c.is_ending = 1;
			break;
		case TERM_SIZED:
			break;
		}
	}
	asker_stop(c.asker);
	close_panes(&c);
	return c.asker == NULL && c.lost[0] != '\0'
		   ? error_set(err, ERROR_UNAVAILABLE, "%s", c.lost)
		   : 0;
}
