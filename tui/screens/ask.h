/* tui/screens/ask.h: from a screen's tables to questions for the server. */
#ifndef SIGNET_TUI_ASK_H
#define SIGNET_TUI_ASK_H

#include "tui/screens/screen.h"

/*
 * What is asked: "operation" and its "request". A member of the request that is an object stands
 * for what is looked up first: {"find": operation, "names": "a, b"} for ids, {"file": name} for the
 * certificate in it.
 */
question ask_operation;

/*
 * A question that fills the screen: a new reference. `had`: as many rows are to be asked for anew,
 * within what the server gives at a time. `of` and `criteria` (more members) may be NULL.
 */
json_t *ask_fill(const struct screen *screen, const char *filter, const json_t *criteria,
    const char *sort, const char *token, size_t had, const json_t *of);
question *fill_question(const struct screen *screen);
/* A question that does the action. */
json_t *ask_act(
    const struct action *action, const json_t *row, const json_t *of, const json_t *values);
question *act_question(const struct action *action);
/* A question for what Enter shows; NULL question: the row itself. */
json_t *ask_open(const struct screen *screen, const json_t *row);
question *open_question(const struct screen *screen);

#endif
