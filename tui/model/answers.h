/* tui/model/answers.h: what the server answered, as JSON; references are the caller's. */
#ifndef SIGNET_TUI_ANSWERS_H
#define SIGNET_TUI_ANSWERS_H

#include <jansson.h>

#include "server/base/buf.h"

struct soap;
struct xsd__base64Binary;
struct sig__FoundCase;
struct sig__ListKeysAnswer;
struct sig__StoredCase;
struct sig__WhoAmIAnswer;

struct span answer_bytes(const struct xsd__base64Binary *b); /* a view */
/* A digest as hex, which is what people compare. */
void put_hex(json_t *object, const char *key, struct span value);

json_t *keys_json(struct soap *soap, const struct sig__ListKeysAnswer *answer); /* an array */
json_t *whoami_json(struct soap *soap, const struct sig__WhoAmIAnswer *answer);
/* One of those that FindCases found; and all of one. */
json_t *found_case_json(struct soap *soap, const struct sig__FoundCase *found);
json_t *case_json(struct soap *soap, const struct sig__StoredCase *c);

#endif
