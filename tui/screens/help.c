/* What `?` says of a screen. */
#include <stdio.h>

#include "tui/screens/console.h"

const char *
key_name(uint32_t key, char out[8])
{
	if (key == ' ')
		return "Space";
	snprintf(out, 8, "%c", (char)key);
	return out;
}

static void
put_actions(const struct console *c, struct buf *out, const struct screen *s)
{
	char why[400], name[8];
	size_t i;

	for (i = 0; i < s->action_count; i++) {
		const struct action *a = &s->actions[i];
		const char *refusal = console_refusal(c, action_right(a), why, sizeof(why));

		buf_printf(out, NULL, "%s%-13s%s%s%s\n", i == 0 ? "\nHere:\n" : "",
		    key_name(a->key, name), a->label, refusal != NULL ? ": " : "",
		    refusal != NULL ? refusal : "");
	}
}

void
help_text(struct console *c, struct pager *pager)
{
	const struct screen *s = console_pane(c)->screen;
	struct buf out = BUF_INIT(0);

	buf_printf(&out, NULL, "%s\n", s->title);
	put_actions(c, &out, s);
	buf_printf(&out, NULL,
	    "\nEverywhere:\n"
	    "1 to 9, 0    go to a screen; Tab and Shift-Tab go to the next and the last\n"
	    "g            go to a screen by its name; its first letters are enough\n"
	    "Up, Down     choose (also k, j); PgUp, PgDn, Home, End; in a matrix Left, Right\n"
	    "Enter        show all that is known of what is chosen; Esc goes back\n"
	    "/            show only what holds a text; with nothing, all\n"
	    "s            sort by something else\n"
	    "r            ask the server anew; Ctrl-L draws the screen anew\n"
	    "q            end\n");
	buf_printf(&out, NULL,
	    "\nWhat is dim is not for you: its key says why. The same data: `signet` with "
	    "--json.\n");
	if (buf_terminate(&out, NULL) == 0)
		pager_set(pager, (const char *)out.data);
	buf_release(&out);
}
