#include "tests/support/screens.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FENCE	 "```\n"
#define HEX_WORD 8 /* letters and digits that are an id or a digest */

static int
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '-';
}

/* A word of hex with a digit in it, long enough to be no word of a language. */
static int
is_hex(const char *at, size_t len)
{
	size_t i, digits = 0;

	for (i = 0; i < len; i++) {
		if (!isxdigit((unsigned char)at[i]) && at[i] != '-')
			return 0;
		digits += isdigit((unsigned char)at[i]) != 0;
	}
	return len >= HEX_WORD && digits > 0;
}

/* What differs each time becomes zeros, of the same length. */
static void
mask(char *text)
{
	size_t len;

	for (; *text != '\0'; text += len > 0 ? len : 1) {
		for (len = 0; is_word(text[len]);)
			len++;
		if (is_hex(text, len)) {
			memset(text, '0', len);
			continue;
		}
		for (size_t i = 0; i < len; i++)
			if (isdigit((unsigned char)text[i]))
				text[i] = '0';
	}
}

/* Where the screen of the heading stands in the file: between the two fences. */
static int
find_section(const char *file, const char *heading, const char **from, const char **to)
{
	char line[200];

	snprintf(line, sizeof(line), "### %s\n", heading);
	*from = strstr(file, line);
	*from = *from != NULL ? strstr(*from, FENCE) : NULL;
	*from = *from != NULL ? *from + strlen(FENCE) : NULL;
	*to = *from != NULL ? strstr(*from, FENCE) : NULL;
	return *to != NULL;
}

/* The screen without empty lines at its end. */
static char *
copy_screen(const char *screen)
{
	size_t len = strlen(screen);
	char *copy;

	while (len > 0 && (screen[len - 1] == '\n' || screen[len - 1] == ' '))
		len--;
	copy = malloc(len + 2);
	if (copy != NULL) {
		memcpy(copy, screen, len);
		strcpy(copy + len, "\n");
	}
	return copy;
}

static int
write_section(const char *path, const struct buf *file, const char *heading, const char *screen)
{
	const char *text = (const char *)file->data, *from, *to;
	int is_there = find_section(text, heading, &from, &to);
	FILE *f = fopen(path, "w");

	if (f == NULL)
		return 0;
	if (is_there)
		fprintf(f, "%.*s%s%s", (int)(from - text), text, screen, to);
	else
		fprintf(f, "%s\n### %s\n\n" FENCE "%s" FENCE, text, heading, screen);
	return fclose(f) == 0;
}

/* The masked screen, until it is the expected one. */
static int
await_screen(struct terminal *t, const char *expected, const char *heading)
{
	char *shown = NULL;
	int is_same = 0, tries;

	for (tries = 0; tries < 80 && !is_same; tries++) {
		free(shown);
		shown = copy_screen(terminal_screen(t));
		if (shown == NULL)
			return 0;
		mask(shown);
		is_same = strcmp(shown, expected) == 0;
		if (!is_same)
			terminal_await_drawing(t);
	}
	if (!is_same)
		fprintf(
		    stderr, "%s is not as it is told:\n%s\nbut\n%s\n", heading, expected, shown);
	free(shown);
	return is_same;
}

int
screen_is_as_in(struct terminal *t, const char *path, const char *heading, const char *words)
{
	struct buf file = BUF_INIT(0);
	const char *from, *to;
	char *expected = NULL;
	int rc = 0;

	if (!terminal_shows(t, words) || !terminal_shows_no(t, "loading ..."))
		return 0;
	buf_read_file(&file, path, NULL);
	if (buf_terminate(&file, NULL) != 0)
		return 0;
	if (getenv("SIGNET_WRITE_SCREENS") != NULL) {
		expected = copy_screen(terminal_screen(t));
		rc = expected != NULL && write_section(path, &file, heading, expected);
	} else if (find_section((const char *)file.data, heading, &from, &to)) {
		expected = strndup(from, (size_t)(to - from));
		if (expected != NULL)
			mask(expected);
		rc = expected != NULL && await_screen(t, expected, heading);
	} else {
		fprintf(stderr, "%s has no screen \"%s\"\n", path, heading);
	}
	free(expected);
	buf_release(&file);
	return rc;
}

/* ---- the console ---- */

int
console_open(struct terminal *t, const struct live *live, const char *config, int columns, int rows)
{
	char command[512];

	snprintf(command, sizeof(command), "cd %s; LC_ALL=C.UTF-8 %s --config %s", live->dir,
	    live_program("signet-console"), config);
	return terminal_start(t, columns, rows, command) == 0 && terminal_shows(t, "connected\n");
}

static int
enter(struct terminal *t, const char *text, const char *words)
{
	terminal_text(t, text);
	terminal_key(t, "Enter");
	return terminal_shows(t, words);
}

int
console_go_to(struct terminal *t, const char *screen, const char *words)
{
	terminal_key(t, "g");
	return terminal_shows(t, "Go to:") && enter(t, screen, words);
}

int
console_only(struct terminal *t, const char *name, const char *words)
{
	terminal_key(t, "/");
	if (!terminal_shows(t, "Filter:"))
		return 0;
	terminal_key(t, "C-u");
	return enter(t, name, words);
}

static int
is_as_told(struct terminal *t, const struct screen_told *told, const char *file)
{
	int rc = console_go_to(t, told->screen, told->words);

	if (told->key != NULL)
		terminal_key(t, told->key);
	rc &= screen_is_as_in(
	    t, file, told->heading, told->after != NULL ? told->after : told->words);
	if (told->key != NULL) {
		terminal_key(t, "Escape");
		rc &= terminal_shows(t, told->words);
	}
	return rc;
}

int
screens_are_as_told(
    const struct live *live, const struct screen_told *told, size_t count, int is_large)
{
	const char *config = "";
	struct terminal t;
	int rc = 1;
	size_t i;

	for (i = 0; i < count; i++) {
		if (told[i].only_small && is_large)
			continue;
		if (strcmp(config, told[i].config) != 0) {
			if (config[0] != '\0')
				terminal_stop(&t);
			config = told[i].config;
			if (!console_open(
				&t, live, config, is_large ? 200 : 80, is_large ? 60 : 24))
				return 0;
		}
		rc &= is_as_told(&t, &told[i], is_large ? SCREENS_LARGE : SCREENS_SMALL);
	}
	terminal_stop(&t);
	return rc;
}
