/* Finding: rows by a filter, which the server applies; screens by their names. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/base/text.h"
#include "tui/screens/console.h"

void
filter_start(struct console *c)
{
	if (!screen_filters(console_pane(c)->screen))
		return;
	c->mode = MODE_FILTER;
	prompt_start(&c->prompt, console_pane(c)->filter, 0);
}

void
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
	pane_forget(pane);
	pane_fill(c, pane, 1);
}

void
goto_start(struct console *c)
{
	c->mode = MODE_GOTO;
	prompt_start(&c->prompt, "", 0);
}

/* The next screen from `from` on whose name begins so; screen_count: none. */
static size_t
next_match(const struct console *c, size_t from)
{
	while (from < screen_count &&
	       strncasecmp(all_screens[from]->name, c->prompt.text, strlen(c->prompt.text)) != 0)
		from++;
	return from;
}

const char *
goto_names(const struct console *c, char *out, size_t size)
{
	size_t at = 0, i;

	out[0] = '\0';
	for (i = next_match(c, 0); i < screen_count && at < size; i = next_match(c, i + 1))
		at += (size_t)snprintf(
		    out + at, size - at, "%s%s", at > 0 ? ", " : "", all_screens[i]->name);
	return out;
}

void
goto_key(struct console *c, uint32_t key)
{
	enum prompt_said said = prompt_key(&c->prompt, key);

	if (said == PROMPT_GOES_ON)
		return;
	c->mode = MODE_BROWSE;
	if (said == PROMPT_GIVEN_UP || c->prompt.text[0] == '\0')
		return;
	if (next_match(c, 0) == screen_count)
		console_say(c, TONE_WARN, "No screen's name begins so.");
	else
		console_show(c, next_match(c, 0));
}
