/* tui/screens/run.h: the console, from its first picture to its end. */
#ifndef SIGNET_TUI_RUN_H
#define SIGNET_TUI_RUN_H

#include "tui/model/client.h"

/* The terminal is open. Returns when the reader has left. */
int console_run(const struct client_settings *settings, struct error *err);

#endif
