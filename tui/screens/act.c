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

static void
do_act(struct console *c)
{
	const struct action *action = c->action;
	json_t *in = json_pack("{sOsO}", "row", c->row, "values", c->values);

	act_end(c);
	c->act_asked = asker_ask(c->asker, action->act, in);
	console_say(c, TONE_DIM, "%s ...", action->label);
}

/* What is typed to confirm what cannot be undone. */
static const char *
name_of(const json_t *row)
{
	return json_object_get(row, "name") != NULL ? get_text(row, "name") : get_text(row, "id");
}

/* The next field, the confirmation, or the deed. */
static void
go_on(struct console *c)
{
	const struct action *action = c->action;
	const struct field *f = &action->fields[c->field];

	if (c->field < action->field_count) {
		c->mode = MODE_FIELDS;
		prompt_start(
		    &c->prompt, f->from != NULL ? get_text(c->row, f->from) : "", f->is_secret);
	} else if (action->danger != DANGER_NONE) {
		c->mode = MODE_CONFIRM;
		prompt_start(&c->prompt, "", 0);
		console_say(
		    c, action->danger == DANGER_NAMES ? TONE_BAD : TONE_WARN, "%s", action->words);
	} else {
		do_act(c);
	}
}

void
act_start(struct console *c, const struct action *action)
{
	json_t *row = list_chosen(&console_pane(c)->list);
	char why[400];

	if (console_refusal(c, action->right, why, sizeof(why)) != NULL) {
		console_say(c, TONE_WARN, "%s", why);
		return;
	}
	if (action->needs_row && row == NULL) {
		console_say(c, TONE_WARN, "There is nothing here to %s.", action->label);
		return;
	}
	if (c->act_asked != 0) {
		console_say(c, TONE_WARN, "The last change is not through yet.");
		return;
	}
	act_end(c);
	c->action = action;
	c->row = row != NULL ? json_incref(row) : json_object();
	c->values = json_object();
	c->field = 0;
	go_on(c);
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

static void
take_field(struct console *c)
{
	const struct field *f = &c->action->fields[c->field];

	if (c->prompt.text[0] == '\0' && !f->may_be_empty) {
		console_say(c, TONE_WARN, "This must not be empty. Escape gives it up.");
		return;
	}
	if (f->is_secret && !take_secret(c))
		return;
	json_object_set_new(c->values, f->member, json_string(c->prompt.text));
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
		if (strcmp(c->prompt.text, name_of(c->row)) == 0)
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
