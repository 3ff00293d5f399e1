/*
 * tui/model/things.h: things of the service Administration as JSON, and any of its operations
 * asked by name: for the command line and for the console.
 */
#ifndef SIGNET_TUI_THINGS_H
#define SIGNET_TUI_THINGS_H

#include <jansson.h>

#include "tui/model/administration.h"
#include "tui/model/client.h"

/*
 * A thing as JSON: names and order of the contract, empty members left out. Beside a certificate
 * stands what people want to know of it: see certificate_tell().
 */
json_t *thing_json(const struct map *map, const struct record_value *values);
/*
 * The other way: the members of `from` that the map has, as values in the arena. A member that is
 * null is not set. A text may stand for a list (its items between commas), for a number, a flag
 * ("yes", "no") and a time. ERROR_MALFORMED for what cannot be so.
 */
int thing_values(const struct map *map, const json_t *from, struct record_arena *arena,
    struct record_value *to, struct error *err);

/*
 * Call the operation of this name. *out is the caller's: the one thing; {"items": [...], "next":
 * "...", "total": n} of a list, or {"message": "..."} where nothing but the result is answered.
 * -1 and err for all else.
 */
int thing_ask(struct client *client, const char *operation, const json_t *request, json_t **out,
    struct error *err);

#endif
