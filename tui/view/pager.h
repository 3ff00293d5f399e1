/* tui/view/pager.h: lines of text, wrapped to the width, that can be scrolled: details and help. */
#ifndef SIGNET_TUI_PAGER_H
#define SIGNET_TUI_PAGER_H

#include <jansson.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "tui/term/term.h"
#include "tui/view/area.h"

struct pager {
	struct buf text; /* lines with '\n'; owned */
	size_t top;	 /* line of the wrapped text */
	size_t lines;	 /* of it, when it was drawn last */
	int indent;	 /* columns, of what does not fit in a line */
	enum tone tone;
};
#define PAGER_INIT                                                                                 \
	{                                                                                          \
		{ NULL, 0, 0, 4 << 20 }, 0, 0, 0, TONE_PLAIN                                       \
	}

void pager_release(struct pager *pager);
/* Another text, from its beginning. */
void pager_set(struct pager *pager, const char *text);
/* Every member of an object, one a line, nested ones indented. What is null or empty is left out.
 */
void pager_set_object(struct pager *pager, const json_t *object);
/* 1 when the key scrolled. */
int pager_key(struct pager *pager, uint32_t key, int rows);
/* How many lines it has in so many columns. */
int pager_count(const struct pager *pager, int columns);
void pager_draw(struct pager *pager, const struct area *area);

#endif
