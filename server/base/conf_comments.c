/* Comments of a configuration file, for a parser that counts their lines wrongly. */
#include <string.h>

#include "server/base/conf_text.h"

/* What ends a word that stands without quotes. */
static const char ends_word[] = " #\"'\t\n\r={}()+,*";

static int
is_end(const char *at, const char *end)
{
	return at == end || memchr(ends_word, *at, sizeof(ends_word) - 1) != NULL;
}

/* Behind the quoted text that begins at `at`. */
static char *
skip_quoted(char *at, const char *end)
{
	char quote = *at++;

	while (at < end && *at != quote)
		at += *at == '\\' && at + 1 < end ? 2 : 1;
	return at < end ? at + 1 : at;
}

/* Behind the comment of so many lines that begins at `at`, which is none when nothing closes it. */
static char *
blank_long(char *at, char *end)
{
	char *close = memmem(at + 2, (size_t)(end - at) - 2, "*/", 2);

	if (close == NULL)
		return end;
	for (; at < close + 2; at++)
		if (*at != '\n')
			*at = ' ';
	return at;
}

static char *
blank_line(char *at, const char *end)
{
	while (at < end && *at != '\n')
		*at++ = ' ';
	return at;
}

static char *
skip_word(char *at, const char *end)
{
	char *start = at;

	while (!is_end(at, end))
		at++;
	return at > start ? at : at + 1;
}

void
conf_blank_comments(char *at, size_t len)
{
	char *end = at + len, *slashes;

	while (at < end) {
		for (slashes = at; slashes < end && *slashes == '/'; slashes++)
			;
		if (*at == '#' || (slashes >= at + 2 && is_end(slashes, end)))
			at = blank_line(at, end);
		else if (*at == '/' && at + 1 < end && at[1] == '*')
			at = blank_long(at, end);
		else if (*at == '"' || *at == '\'')
			at = skip_quoted(at, end);
		else
			at = skip_word(at, end);
	}
}
