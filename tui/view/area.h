/* tui/view/area.h: a rectangle of the screen, in cells; what a view draws stays in it. */
#ifndef SIGNET_TUI_AREA_H
#define SIGNET_TUI_AREA_H

struct area {
	int row, column, rows, columns;
};

#endif
