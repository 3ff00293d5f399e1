#include "tui/view/move.h"

#include "tui/term/term.h"

int
view_move(uint32_t key, int rows, long last, long *at)
{
	const long page = rows > 1 ? rows - 1 : 1;
	long to = *at;

	switch (key) {
	case TERM_KEY_UP:
	case 'k':
		to--;
		break;
	case TERM_KEY_DOWN:
	case 'j':
		to++;
		break;
	case TERM_KEY_PAGE_UP:
		to -= page;
		break;
	case TERM_KEY_PAGE_DOWN:
		to += page;
		break;
	case TERM_KEY_HOME:
		to = 0;
		break;
	case TERM_KEY_END:
		to = last;
		break;
	default:
		return 0;
	}
	*at = to < 0 || last < 0 ? 0 : to > last ? last : to;
	return 1;
}
