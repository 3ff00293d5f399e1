/* A screen with its rows: asked for, taken, moved through. */
#include <string.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "tui/model/json.h"
#include "tui/screens/console.h"

void
pane_open(struct pane *pane, const struct screen *screen)
{
	memset(pane, 0, sizeof(*pane));
	pane->screen = screen;
	list_init(&pane->list, screen->columns, screen->column_count);
	matrix_init(&pane->matrix);
	pane->pager = (struct pager)PAGER_INIT;
}

void
pane_close(struct pane *pane)
{
	if (pane->screen == NULL)
		return;
	list_release(&pane->list);
	matrix_release(&pane->matrix);
	pager_release(&pane->pager);
	json_decref(pane->of);
	json_decref(pane->criteria);
	memset(pane, 0, sizeof(*pane));
}

json_t *
pane_chosen(const struct pane *pane)
{
	return pane->screen->is_matrix ? matrix_chosen(&pane->matrix)
				       : json_incref(list_chosen(&pane->list));
}

const char *
row_name(const json_t *row)
{
	static const char *const members[] = { "name", "subject", "fingerprint", "id" };
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (get_text(row, members[i])[0] != '\0')
			return get_text(row, members[i]);
	return "";
}

/* ---- rows ---- */

void
pane_fill(struct console *c, struct pane *pane, int anew)
{
	const char *const *sorts = screen_sorts(pane->screen);
	char why[400];

	if (pane->asked != 0) {
		pane->is_stale |= anew;
		return;
	}
	if (console_refusal(c, screen_right(pane->screen), why, sizeof(why)) != NULL)
		return;
	pane->asked_anew = anew;
	pane->is_stale = 0;
	pane->asked = asker_ask(c->asker, fill_question(pane->screen),
	    ask_fill(pane->screen, pane->filter, pane->criteria,
		sorts != NULL ? sorts[pane->sort] : "",
		anew			  ? ""
		: pane->screen->is_matrix ? pane->matrix.next
					  : pane->list.next,
		anew ? json_array_size(pane->list.rows) : 0, pane->of));
}

static void
dress(const struct screen *screen, json_t *page)
{
	json_t *row;
	size_t i;

	if (screen->dress == NULL)
		return;
	json_array_foreach(json_object_get(page, "items"), i, row)
	{
		screen->dress(row);
	}
}

void
pane_take(struct pane *pane, const struct answer *a)
{
	pane->asked = 0;
	pane->filled_us = clock_monotonic_us();
	text_copy(pane->failure, sizeof(pane->failure), a->failed ? a->err.text : "");
	if (a->failed)
		return;
	pane->is_filled = 1;
	dress(pane->screen, a->out);
	if (pane->screen->is_matrix)
		matrix_take(&pane->matrix, a->out, pane->asked_anew);
	else if (pane->screen->column_count > 0)
		list_take(&pane->list, a->out, pane->asked_anew);
	else
		pager_set_object(&pane->pager, a->out);
}

void
pane_forget(struct pane *pane)
{
	pane->asked = 0;
	list_clear(&pane->list);
	matrix_clear(&pane->matrix);
	pane->is_filled = 0;
}

void
pane_key(struct console *c, struct pane *pane, uint32_t key)
{
	const int rows = console_rows();
	int wants_more = 0;

	if (pane->screen->is_matrix)
		wants_more =
		    matrix_key(&pane->matrix, key, rows - 2) && matrix_wants_more(&pane->matrix);
	else if (pane->screen->column_count > 0)
		wants_more = list_key(&pane->list, key, rows) && list_wants_more(&pane->list, rows);
	else
		pager_key(&pane->pager, key, rows + 1);
	if (wants_more)
		pane_fill(c, pane, 0);
}
