/* The loop: keys and answers, each changes what is to be seen; then the picture is drawn. */
#include "tui/screens/console.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "tui/model/json.h"
#include "tui/screens/run.h"

#define PAGE	      200 /* rows that are asked for at a time */
#define RETRY_US      1000000
#define RETRY_MOST_US 15000000

const struct screen *const all_screens[] = { &screen_status, &screen_keys, &screen_cases };
const size_t screen_count = sizeof(all_screens) / sizeof(all_screens[0]);

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

/* ---- questions ---- */

void
console_fill(struct console *c, struct pane *pane, int anew)
{
	char why[400];

	if (pane->asked != 0 || console_refusal(c, pane->screen->right, why, sizeof(why)) != NULL)
		return;
	pane->asked_anew = anew;
	pane->asked = asker_ask(c->asker, pane->screen->fill,
	    json_pack("{sssssssi}", "filter", pane->filter, "sort",
		pane->screen->sorts != NULL ? pane->screen->sorts[pane->sort] : "", "token",
		anew ? "" : pane->list.next, "size", PAGE));
}

void
console_show(struct console *c, size_t screen)
{
	if (screen >= screen_count)
		return;
	c->current = screen;
	c->mode = MODE_BROWSE;
	c->message[0] = '\0';
	if (!console_pane(c)->is_filled)
		console_fill(c, console_pane(c), 1);
}

static void
reload(struct console *c)
{
	console_fill(c, console_pane(c), 1);
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

static void
take_rows(struct pane *pane, const struct answer *a)
{
	pane->asked = 0;
	pane->filled_us = clock_monotonic_us();
	text_copy(pane->failure, sizeof(pane->failure), a->failed ? a->err.text : "");
	if (a->failed)
		return;
	pane->is_filled = 1;
	if (pane->screen->column_count > 0)
		list_take(&pane->list, a->out, pane->asked_anew);
	else
		pager_set_object(&pane->pager, a->out);
}

static void
take_who(struct console *c, const struct answer *a)
{
	c->who_asked = 0;
	if (a->failed)
		return;
	json_decref(c->who);
	c->who = json_incref(a->out);
	if (!console_pane(c)->is_filled)
		reload(c);
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
		if (a->number == c->panes[i].asked)
			take_rows(&c->panes[i], a);
	if (a->number == c->detail_asked) {
		c->detail_asked = 0;
		if (!a->failed && c->mode == MODE_DETAIL)
			pager_set_object(&c->detail, a->out);
	}
	if (a->number == c->act_asked) {
		c->act_asked = 0;
		if (!a->failed)
			console_say(c, TONE_GOOD, "%s",
			    json_object_get(a->out, "message") != NULL ? get_text(a->out, "message")
								       : "Done.");
		reload(c);
	}
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
	struct pane *pane = console_pane(c);
	json_t *row = list_chosen(&pane->list);

	if (pane->screen->column_count == 0 || row == NULL)
		return;
	c->mode = MODE_DETAIL;
	pager_set_object(&c->detail, row); /* what is known already; the rest when it comes */
	if (pane->screen->open != NULL)
		c->detail_asked = asker_ask(c->asker, pane->screen->open, json_deep_copy(row));
}

static void
start_filter(struct console *c)
{
	if (!console_pane(c)->screen->can_filter)
		return;
	c->mode = MODE_FILTER;
	prompt_start(&c->prompt, console_pane(c)->filter, 0);
}

static void
next_sort(struct console *c)
{
	struct pane *pane = console_pane(c);

	if (pane->screen->sorts == NULL || pane->asked != 0)
		return;
	if (pane->screen->sorts[++pane->sort] == NULL)
		pane->sort = 0;
	list_clear(&pane->list);
	reload(c);
}

/* 1: it was one of this screen's own. */
static int
action_key(struct console *c, uint32_t key)
{
	const struct screen *s = console_pane(c)->screen;
	size_t i;

	for (i = 0; i < s->action_count; i++)
		if (s->actions[i].key == key) {
			act_start(c, &s->actions[i]);
			return 1;
		}
	return 0;
}

static void
browse_key(struct console *c, uint32_t key)
{
	struct pane *pane = console_pane(c);

	if (action_key(c, key))
		return;
	if (key >= '0' && key <= '9') {
		console_show(c, key == '0' ? 9 : key - '1');
		return;
	}
	switch (key) {
	case 'q':
		c->is_ending = 1;
		return;
	case '?':
		c->mode = MODE_HELP;
		help_text(c, &c->detail);
		return;
	case '/':
		start_filter(c);
		return;
	case 's':
		next_sort(c);
		return;
	case 'r':
		ask_for_who(c);
		reload(c);
		return;
	case TERM_KEY_TAB:
		console_show(c, (c->current + 1) % screen_count);
		return;
	case TERM_KEY_BACK_TAB:
		console_show(c, (c->current + screen_count - 1) % screen_count);
		return;
	case TERM_KEY_ENTER:
		open_chosen(c);
		return;
	default:
		break;
	}
	if (pane->screen->column_count == 0)
		pager_key(&pane->pager, key, term_rows());
	else if (list_key(&pane->list, key, console_rows()) &&
		 list_wants_more(&pane->list, console_rows()))
		console_fill(c, pane, 0);
}

static void
filter_key(struct console *c, uint32_t key)
{
	struct pane *pane = console_pane(c);
	enum prompt_said said = prompt_key(&c->prompt, key);

	if (said == PROMPT_GOES_ON)
		return;
	c->mode = MODE_BROWSE;
	if (said == PROMPT_GIVEN_UP)
		return;
	text_copy(pane->filter, sizeof(pane->filter), c->prompt.text);
	pane->asked = 0; /* rows of another filter are not wanted any more */
	list_clear(&pane->list);
	pane->is_filled = 0;
	reload(c);
}

static void
detail_key(struct console *c, uint32_t key)
{
	if (key == TERM_KEY_ESCAPE || key == 'q' || key == TERM_KEY_LEFT ||
	    (c->mode == MODE_HELP && key == '?'))
		c->mode = MODE_BROWSE;
	else
		pager_key(&c->detail, key, term_rows());
}

static void
take_key(struct console *c, uint32_t key)
{
	static void (*const takes[])(struct console *, uint32_t) = { [MODE_BROWSE] = browse_key,
		[MODE_DETAIL] = detail_key,
		[MODE_HELP] = detail_key,
		[MODE_FILTER] = filter_key,
		[MODE_FIELDS] = act_key,
		[MODE_CONFIRM] = act_key };

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
	const struct pane *pane = &c->panes[c->current];
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

	for (i = 0; i < screen_count; i++) {
		const struct screen *s = all_screens[i];

		c->panes[i].screen = s;
		list_init(&c->panes[i].list, s->columns, s->column_count);
		c->panes[i].pager = (struct pager)PAGER_INIT;
	}
	c->detail = (struct pager)PAGER_INIT;
}

static void
close_panes(struct console *c)
{
	size_t i;

	for (i = 0; i < screen_count; i++) {
		list_release(&c->panes[i].list);
		pager_release(&c->panes[i].pager);
	}
	pager_release(&c->detail);
	act_end(c);
	json_decref(c->who);
}

int
console_run(const struct client_settings *settings, struct error *err)
{
	struct console c = { .endpoint = settings->endpoint };
	uint32_t key;

	if (asker_start(&c.asker, settings, err) != 0)
		return -1;
	open_panes(&c);
	ask_for_who(&c);
	console_fill(&c, console_pane(&c), 1);
	while (!c.is_ending) {
		draw(&c);
		switch (term_wait(asker_fd(c.asker), patience(&c), &key)) {
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
	return 0;
}
