/* tui/screens/run.h: the console, from its first picture to its end. */
#ifndef SIGNET_TUI_RUN_H
#define SIGNET_TUI_RUN_H

#include "tui/model/settings.h"

/*
 * The terminal is open. Returns when the reader has left. What is not known of who calls is asked
 * for and put into the settings.
 */
int console_run(struct settings *settings, struct error *err);

#endif
