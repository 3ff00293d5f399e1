/* server/base/terminal.h: questions to the person at the terminal, for programs that are begun
 * there. */
#ifndef SIGNET_BASE_TERMINAL_H
#define SIGNET_BASE_TERMINAL_H

#include <stddef.h>

#include "server/base/error.h"

/* 1 when there is one to ask on: the process's own, whatever its input and output are. */
int terminal_is_there(void);
/*
 * Show the question and read a line without its end; what is typed is not shown when `is_secret`.
 * ERROR_UNAVAILABLE without a terminal or at its end; ERROR_TOO_LARGE beyond `size`.
 */
int terminal_ask(char *answer, size_t size, const char *question, int is_secret, struct error *err);

#endif
