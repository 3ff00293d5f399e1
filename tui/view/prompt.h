/*
 * tui/view/prompt.h: one line that is typed, at a place: a filter, a value, a name that must be
 * typed to confirm. UTF-8 in and out.
 */
#ifndef SIGNET_TUI_PROMPT_H
#define SIGNET_TUI_PROMPT_H

#include <stddef.h>
#include <stdint.h>

#define PROMPT_MAX 1024 /* bytes with the NUL */

struct prompt {
	char text[PROMPT_MAX];
	size_t at;     /* bytes before the cursor */
	int is_secret; /* shown as dots */
};
enum prompt_said { PROMPT_GOES_ON, PROMPT_DONE, PROMPT_GIVEN_UP };

void prompt_start(struct prompt *prompt, const char *text, int is_secret);
/* Enter ends it, Escape gives it up. Control and other invisible characters cannot be typed. */
enum prompt_said prompt_key(struct prompt *prompt, uint32_t key);
/* A label and the text behind it in `width` columns; sets the cursor. */
void prompt_draw(const struct prompt *prompt, int row, int column, int width, const char *label);
/* Overwrite: of a password. */
void prompt_wipe(struct prompt *prompt);

#endif
