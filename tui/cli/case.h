/* tui/cli/case.h: what the files of `signet case` share. */
#ifndef SIGNET_TUI_CASE_H
#define SIGNET_TUI_CASE_H

#include "soapH.h"
#include "tui/cli/command.h"
#include "tui/model/answers.h"

#define SHA256_SIZE 32
#define DIGEST_MOST 64

/* Write a case into a folder: its facts and its objects, each compared with its digest. */
int export_case(struct context *context, char *id, const char *dir, int force);

#endif
