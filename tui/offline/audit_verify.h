/* tui/offline/audit_verify.h: is an export of the audit log what the servers wrote? Offline. */
#ifndef SIGNET_TUI_OFFLINE_AUDIT_VERIFY_H
#define SIGNET_TUI_OFFLINE_AUDIT_VERIFY_H

#include <jansson.h>
#include <stdio.h>

#include "server/base/buf.h"

/*
 * Reads all of it and gives what was found: a JSON object, the caller's, with isGood, rows, links,
 * stamps, chains [{node, first, last, isGood, badSeq}], problems and remarks. `anchors` (PEM;
 * empty: none) are whom to trust for time stamps. `progress` (or NULL) is told the rows now and
 * then. NULL with err when it is no export.
 */
json_t *audit_verify_file(
    FILE *in, struct span anchors, void (*progress)(int64_t rows), struct error *err);

#endif
