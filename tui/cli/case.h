/* tui/cli/case.h: what the files of `signet case` share. */
#ifndef SIGNET_TUI_CASE_H
#define SIGNET_TUI_CASE_H

#include "soapH.h"
#include "tui/cli/command.h"

#define SHA256_SIZE 32
#define DIGEST_MOST 64

struct span case_bytes(const struct xsd__base64Binary *b);
/* As hex, which is what people compare. */
void case_put_hex(json_t *object, const char *key, struct span value);
json_t *case_json(struct soap *soap, const struct sig__StoredCase *c);

/* Write a case into a folder: its facts and its objects, each compared with its digest. */
int export_case(struct context *context, char *id, const char *dir, int force);

#endif
