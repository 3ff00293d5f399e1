/* How the parts of the installation do. */
#include "tui/screens/all.h"

static const struct column columns[] = { { "PART", "part", COLUMN_TEXT, 15, 0 },
	{ "NAME", "name", COLUMN_TEXT, 20, 2 }, { "STATE", "state", COLUMN_STATE, 11, 0 },
	{ "TIME", "time", COLUMN_TIME, 16, 0 }, { "MORE", "text", COLUMN_TEXT, 12, 3 } };

const struct screen screen_health = { .name = "Health",
	.title = "Nodes, jobs, keys and certificates: how they do",
	.empty = "",
	ROWS_OF(.columns, .column_count, columns),
	.list = "GetStatus",
	.refresh_seconds = 30 };
