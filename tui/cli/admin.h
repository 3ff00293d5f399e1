/* tui/cli/admin.h: what the commands of administration share. */
#ifndef SIGNET_TUI_ADMIN_H
#define SIGNET_TUI_ADMIN_H

#include "tui/cli/command.h"
#include "tui/model/things.h"

/* For people: a line of a list with its head (object NULL), or all of one thing. */
void thing_line(FILE *out, const struct map *map, const json_t *object);
void thing_text(FILE *out, const json_t *object);

#endif
