#include "signing/report/differences.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"

#define SHOWN_MAX 300

/* The beginning, whole characters; NULL for NULL and without memory. */
static char *
shown(const char *text)
{
	size_t at = 0, len;
	char *cut;

	if (text == NULL)
		return NULL;
	while (at < SHOWN_MAX && text[at] != '\0') {
		text_next(text + at, &len);
		at += len;
	}
	if (text[at] == '\0')
		return strdup(text);
	cut = malloc(at + sizeof("..."));
	if (cut != NULL) {
		memcpy(cut, text, at);
		memcpy(cut + at, "...", sizeof("..."));
	}
	return cut;
}

int
differences_add(
    struct differences *all, const char *what, const char *then, const char *now, struct error *err)
{
	struct difference *more, *d;

	if (all->count == DIFFERENCES_MAX) {
		all->untold++;
		return 0;
	}
	more = realloc(all->items, (all->count + 1) * sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	all->items = more;
	d = &more[all->count++];
	*d = (struct difference){ shown(what), shown(then), shown(now) };
	if (d->what == NULL || (d->then == NULL) != (then == NULL) ||
	    (d->now == NULL) != (now == NULL))
		return error_memory(err);
	return 0;
}

void
differences_release(struct differences *all)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		free(all->items[i].what);
		free(all->items[i].then);
		free(all->items[i].now);
	}
	free(all->items);
	memset(all, 0, sizeof(*all));
}
