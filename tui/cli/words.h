/*
 * tui/cli/words.h: what the server says in the words of the contract (names of elements and
 * operations), in those of the command line.
 */
#ifndef SIGNET_TUI_WORDS_H
#define SIGNET_TUI_WORDS_H

struct command;

/*
 * The text with "the element validationTime", or the bare name where it can be no other word, as
 * "--time", and so on; elements that no option of the command stands for are called by what they
 * are. Malloc'ed, the caller's; NULL for NULL and where memory is short.
 */
char *words_of_command(const struct command *command, const char *text);
/*
 * The same behind the object (a file as it was named, or NULL) that it is about: "object: text",
 * but once only where the text begins with its name, or has it in full.
 */
char *words_about(const struct command *command, const char *object, const char *text);

#endif
