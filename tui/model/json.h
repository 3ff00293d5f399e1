/* tui/model/json.h: answers of the server as JSON, which --json prints and the console shows. */
#ifndef SIGNET_TUI_JSON_H
#define SIGNET_TUI_JSON_H

#include <jansson.h>

#include "server/base/buf.h"

/* Members that are only there when the value is. */
void put_text(json_t *object, const char *key, const char *value);
void put_base64(json_t *object, const char *key, struct span value);
const char *get_text(const json_t *object, const char *key); /* "" when absent */

#endif
