/*
 * tui/view/matrix.h: a table whose columns are things that come page by page, and whose rows are
 * names; it scrolls both ways, and one cell is chosen.
 *
 * A page is {"rows": ["SignDocument", ...], "items": [{"id", "name", "cells": {row: {"is": word,
 * "words": all about it}}}, ...], "next", "total"}. What has no cell is empty. A cell is told by
 * its word, not by colour alone.
 */
#ifndef SIGNET_TUI_MATRIX_H
#define SIGNET_TUI_MATRIX_H

#include <jansson.h>
#include <stdint.h>

#include "tui/view/area.h"

struct matrix {
	json_t *rows, *columns; /* owned */
	size_t row, column, top, left;
	char next[256];
	long long total; /* of columns; -1: not known */
	size_t shown;	 /* columns, when it was drawn last */
};

void matrix_init(struct matrix *matrix);
void matrix_release(struct matrix *matrix);
void matrix_clear(struct matrix *matrix);
/* As list_take(): the chosen cell stays chosen where it is still there. */
void matrix_take(struct matrix *matrix, const json_t *page, int anew);
/*
 * The chosen cell: a new reference to {"id", "name" of the column, "row", "is" and "words" of the
 * cell}; NULL where there is none.
 */
json_t *matrix_chosen(const struct matrix *matrix);
/* 1 when the key moved in it. `rows`: as many are shown. */
int matrix_key(struct matrix *matrix, uint32_t key, int rows);
int matrix_wants_more(const struct matrix *matrix);
/* Names of columns, then rows, then a line about the chosen cell. */
void matrix_draw(struct matrix *matrix, const struct area *area, const char *empty);
/* "columns 1-5 of 12". */
void matrix_place(const struct matrix *matrix, char *out, size_t size);

#endif
