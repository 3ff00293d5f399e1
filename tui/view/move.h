/* tui/view/move.h: the keys that move in a list or a text. */
#ifndef SIGNET_TUI_MOVE_H
#define SIGNET_TUI_MOVE_H

#include <stdint.h>

/*
 * 1 when it is one of them: *at is the new place, within 0 to `last` (-1: there is none, and it is
 * 0); a page has `rows`.
 */
int view_move(uint32_t key, int rows, long last, long *at);

#endif
