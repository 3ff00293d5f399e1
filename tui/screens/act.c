/* An action: its fields are asked, then whether it is meant, then the server does it. */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "tui/model/json.h"
#include "tui/screens/console.h"

void
act_end(struct console *c)
{
	json_decref(c->row);
	json_decref(c->values);
	c->row = c->values = NULL;
	c->action = NULL;
	explicit_bzero(c->once, sizeof(c->once));
	prompt_wipe(&c->prompt);
	c->mode = MODE_BROWSE;
}

/* What the list is asked with from now on: what was left empty is not asked for. */
static void
do_filter(struct console *c)
{
	struct pane *pane = console_pane(c);
	const char *member;
	json_t *value;
	void *next;

	json_object_foreach_safe(c->values, next, member, value)
	{
		if (json_is_null(value))
			json_object_del(c->values, member);
	}
	json_decref(pane->criteria);
	pane->criteria = json_object_size(c->values) > 0 ? json_incref(c->values) : NULL;
	act_end(c);
	pane_forget(pane);
	pane_fill(c, pane, 1);
}

static void
do_act(struct console *c)
{
	const struct action *action = c->action;
	json_t *in;

	if (action->filters) {
		do_filter(c);
		return;
	}
	in = ask_act(action, c->row, console_pane(c)->of, c->values);
	act_end(c);
	c->act_shows = action->shows;
	c->act_asked = asker_ask(c->asker, act_question(action), in);
	console_say(c, TONE_DIM, "%s ...", action->label);
}

/* What a field begins with: what the row has, or what is usual. */
static void
start_field(struct console *c, const struct entry *f)
{
	const struct column column = { .member = f->from != NULL ? f->from : "" };
	char text[PROMPT_MAX];

	list_text(text, sizeof(text), c->row, &column);
	prompt_start(&c->prompt,
	    f->from != NULL	? text
	    : f->begins != NULL ? f->begins
				: "",
	    f->is_secret);
}

/* The next field, the confirmation, or the deed. */
static void
go_on(struct console *c)
{
	const struct action *action = c->action;
	const struct entry *f = &action->fields[c->field];

	if (c->field < action->field_count) {
		c->mode = MODE_FIELDS;
		start_field(c, f);
	} else if (action->danger != DANGER_NONE) {
		c->mode = MODE_CONFIRM;
		prompt_start(&c->prompt, "", 0);
		console_say(c, action->danger == DANGER_NAMES ? TONE_BAD : TONE_WARN, "%s%s%s",
		    action->needs_row ? row_name(c->row) : "", action->needs_row ? ": " : "",
		    action->words);
	} else {
		do_act(c);
	}
}

static void
act_start(struct console *c, const struct action *action, json_t *row)
{
	char why[400];

	if (console_refusal(c, action_right(action), why, sizeof(why)) != NULL) {
		console_say(c, TONE_WARN, "%s", why);
		return;
	}
	if (action->needs_row && row == NULL) {
		console_say(c, TONE_WARN, "There is nothing here to %s.", action->label);
		return;
	}
	if (action->needs_row && action->fits != NULL && !action->fits(row)) {
		console_say(c, TONE_WARN, "That is not for what is chosen: %s.", action->label);
		return;
	}
	if (action->inside != NULL) {
		console_enter(c, action->inside, action->needs_row ? row : NULL);
		return;
	}
	if (c->act_asked != 0 && !action->filters) {
		console_say(c, TONE_WARN, "The last change is not through yet.");
		return;
	}
	act_end(c);
	c->action = action;
	if (action->filters)
		row = console_pane(c)->criteria;
	c->row = row != NULL ? json_incref(row) : json_object();
	c->values = json_object();
	c->field = 0;
	c->message[0] = '\0';
	go_on(c);
}

/* Of the actions with this key: the first that fits the row, else the first. */
static const struct action *
find_action(const struct screen *s, uint32_t key, const json_t *row)
{
	const struct action *first = NULL;
	size_t i;

	for (i = 0; i < s->action_count; i++) {
		const struct action *a = &s->actions[i];

		if (a->key == key && (a->fits == NULL || (row != NULL && a->fits(row))))
			return a;
		if (a->key == key && first == NULL)
			first = a;
	}
	return first;
}

int
act_key_pressed(struct console *c, uint32_t key)
{
	json_t *row = pane_chosen(console_pane(c));
	const struct screen *screen = console_pane(c)->screen;
	const struct action *action =
	    find_action(screen, screen->is_matrix && key == TERM_KEY_ENTER ? ' ' : key, row);

	if (action != NULL)
		act_start(c, action, row);
	json_decref(row);
	return action != NULL;
}

static void
give_up(struct console *c)
{
	console_say(c, TONE_DIM, "Nothing was changed.");
	act_end(c);
}

/* A secret is typed twice. 1: the value is there. */
static int
take_secret(struct console *c)
{
	int is_same = strcmp(c->once, c->prompt.text) == 0;

	if (c->once[0] == '\0') {
		text_copy(c->once, sizeof(c->once), c->prompt.text);
		prompt_start(&c->prompt, "", 1);
		return 0;
	}
	explicit_bzero(c->once, sizeof(c->once));
	if (!is_same) {
		prompt_start(&c->prompt, "", 1);
		console_say(c, TONE_WARN, "The two were not the same; type it again, twice.");
	}
	return is_same;
}

/* What was typed, or what is looked up for it first. */
static json_t *
field_value(const struct entry *f, const char *text)
{
	if (f->is_file)
		return json_pack("{ss}", "file", text);
	if (f->find != NULL)
		return json_pack("{ssss}", "find", f->find, "names", text);
	return json_string(text);
}

static void
take_field(struct console *c)
{
	const struct entry *f = &c->action->fields[c->field];

	if (c->prompt.text[0] == '\0' && !f->may_be_empty) {
		console_say(c, TONE_WARN, "This must not be empty. Escape gives it up.");
		return;
	}
	if (f->is_secret && !take_secret(c))
		return;
	/* null: the row's own value goes too */
	json_object_set_new(c->values, f->member,
	    c->prompt.text[0] != '\0' ? field_value(f, c->prompt.text) : json_null());
	c->field++;
	c->message[0] = '\0';
	go_on(c);
}

static void
take_confirmation(struct console *c, uint32_t key)
{
	if (c->action->danger == DANGER_ASKS) {
		if (key == 'y' || key == 'Y')
			do_act(c);
		else
			give_up(c);
		return;
	}
	if (prompt_key(&c->prompt, key) == PROMPT_DONE) {
		if (strcmp(c->prompt.text, row_name(c->row)) == 0)
			do_act(c);
		else
			console_say(c, TONE_WARN, "That is not its name. Escape gives it up.");
	}
}

void
act_key(struct console *c, uint32_t key)
{
	if (key == TERM_KEY_ESCAPE)
		give_up(c);
	else if (c->mode == MODE_CONFIRM)
		take_confirmation(c, key);
	else if (prompt_key(&c->prompt, key) == PROMPT_DONE)
		take_field(c);
}
