#include "server/http/head.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static int
bad(int *status, int code, struct error *err, const char *why)
{
	*status = code;
	return error_set(err, code == 501 ? ERROR_UNSUPPORTED : ERROR_MALFORMED, "%s", why);
}

static int
too_long(
    int *status, int code, struct error *err, const char *limit, uint64_t allowed, const char *what)
{
	*status = code;
	return error_limit(err, ERROR_TOO_LARGE, limit, allowed, 0, what);
}

ssize_t
http_head_end(const char *data, size_t len, size_t *scanned, int *status, struct error *err)
{
	size_t i;

	for (i = *scanned; i < len && i < HTTP_HEAD_MAX; i++) {
		if (data[i] == '\0')
			return bad(status, 400, err, "the request's head holds a NUL");
		if (data[i] != '\n')
			continue;
		if (i == 0 || data[i - 1] != '\r')
			return bad(
			    status, 400, err, "the lines of a request's head must end by CR LF");
		if (i >= 3 && data[i - 2] == '\n') {
			*scanned = i;
			return (ssize_t)i + 1;
		}
	}
	*scanned = i;
	if (i >= HTTP_HEAD_MAX)
		return too_long(
		    status, 431, err, "http-head", HTTP_HEAD_MAX, "the request's head in bytes");
	return 0;
}

/* tchar of RFC 9110 section 5.6.2. */
static int
is_token_char(char c)
{
	return isalnum((unsigned char)c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static int
is_token(const char *s)
{
	if (*s == '\0')
		return 0;
	for (; *s != '\0'; s++)
		if (!is_token_char(*s))
			return 0;
	return 1;
}

/* Cut the next line off; NULL when there is none. Line ends are known to be CRLF. */
static char *
next_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	if (end == NULL)
		return NULL;
	end[-1] = '\0';
	*at = end + 1;
	return line;
}

/* origin-form, absolute-form (for which the authority is dropped) or "*". */
static int
parse_target(struct http_head *head, char *target, int *status, struct error *err)
{
	const char *p;
	char *query;

	for (p = target; *p != '\0'; p++)
		if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f || *p == '#')
			return bad(status, 400, err, "the request's path holds a forbidden byte");
	if (strncasecmp(target, "https://", 8) == 0 || strncasecmp(target, "http://", 7) == 0) {
		target = strstr(target, "//") + 2;
		target += strcspn(target, "/?");
		if (*target != '/')
			return bad(status, 400, err, "the request's target has no path");
	}
	if (*target != '/' && strcmp(target, "*") != 0)
		return bad(status, 400, err, "the request's path does not start with a slash");
	query = strchr(target, '?');
	if (query != NULL)
		*query++ = '\0';
	head->path = target;
	head->query = query;
	return 0;
}

static int
parse_request_line(struct http_head *head, char *line, int *status, struct error *err)
{
	char *target = strchr(line, ' '), *version;

	if (target == NULL)
		return bad(status, 400, err, "the first line is not that of an HTTP request");
	*target++ = '\0';
	version = strchr(target, ' ');
	if (version == NULL || !is_token(line) || strlen(line) > HTTP_METHOD_MAX)
		return bad(status, 400, err, "the first line is not that of an HTTP request");
	*version++ = '\0';
	if (strncmp(version, "HTTP/", 5) != 0 || !isdigit((unsigned char)version[5]) ||
	    version[6] != '.' || !isdigit((unsigned char)version[7]) || version[8] != '\0')
		return bad(status, 400, err, "the first line names no version of HTTP");
	if (version[5] != '1')
		return bad(status, 505, err, "only HTTP/1.0 and HTTP/1.1 are spoken here");
	head->method = line;
	head->minor = version[7] - '0';
	if (strlen(target) > HTTP_LINE_MAX / 2)
		return too_long(
		    status, 414, err, "http-path", HTTP_LINE_MAX / 2, "the path in bytes");
	return parse_target(head, target, status, err);
}

static int
parse_field(struct http_head *head, char *line, int *status, struct error *err)
{
	char *colon = strchr(line, ':'), *value, *end;

	if (*line == ' ' || *line == '\t')
		return bad(status, 400, err, "a header field is folded over two lines");
	if (colon == NULL)
		return bad(status, 400, err, "a header line has no colon");
	*colon = '\0';
	if (!is_token(line))
		return bad(status, 400, err, "a header field's name holds a forbidden byte");
	value = colon + 1 + strspn(colon + 1, " \t");
	for (end = value; *end != '\0'; end++)
		if (((unsigned char)*end < 0x20 && *end != '\t') || *end == 0x7f)
			return bad(
			    status, 400, err, "a header field's value holds a forbidden byte");
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	if (head->field_count == HTTP_FIELDS_MAX)
		return too_long(status, 431, err, "http-fields", HTTP_FIELDS_MAX,
		    "the number of header fields");
	head->fields[head->field_count++] = (struct http_field){ line, value };
	return 0;
}

/* ---- fields that the framing depends on ---- */

static int
on_content_length(struct http_head *head, const char *value, int *status, struct error *err)
{
	size_t i, n = strlen(value);

	if (head->content_length >= 0)
		return bad(status, 400, err, "Content-Length is given twice");
	if (n == 0 || n > 18 || strspn(value, "0123456789") != n)
		return bad(status, 400, err, "Content-Length is not a number");
	head->content_length = 0;
	for (i = 0; i < n; i++)
		head->content_length = head->content_length * 10 + (value[i] - '0');
	return 0;
}

static int
on_transfer_encoding(struct http_head *head, const char *value, int *status, struct error *err)
{
	if (head->chunked)
		return bad(status, 400, err, "Transfer-Encoding is given twice");
	if (head->minor == 0)
		return bad(status, 400, err, "HTTP/1.0 has no Transfer-Encoding");
	if (strcasecmp(value, "chunked") != 0)
		return bad(status, 501, err, "the only Transfer-Encoding known here is chunked");
	head->chunked = 1;
	return 0;
}

static int
has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *p = list;

	for (; *p != '\0'; p += strcspn(p, ","), p += *p == ',') {
		p += strspn(p, " \t");
		if (strncasecmp(p, word, n) == 0 && strcspn(p, ", \t") == n)
			return 1;
	}
	return 0;
}

static int
on_connection(struct http_head *head, const char *value, int *status, struct error *err)
{
	(void)status;
	(void)err;
	if (has_word(value, "close"))
		head->keep_alive = -1;
	else if (head->minor == 0 && head->keep_alive == 0 && has_word(value, "keep-alive"))
		head->keep_alive = 1;
	return 0;
}

static int
on_expect(struct http_head *head, const char *value, int *status, struct error *err)
{
	if (strcasecmp(value, "100-continue") != 0)
		return bad(status, 417, err, "the only expectation known here is 100-continue");
	head->expect_continue = head->minor > 0;
	return 0;
}

/* A small compressed body may stand for gigabytes; none of our clients needs it. */
static int
on_content_encoding(struct http_head *head, const char *value, int *status, struct error *err)
{
	(void)head;
	if (strcasecmp(value, "identity") != 0)
		return bad(status, 415, err, "a body must not be compressed (Content-Encoding)");
	return 0;
}

static int
on_host(struct http_head *head, const char *value, int *status, struct error *err)
{
	size_t i, seen = 0;

	(void)value;
	for (i = 0; i < head->field_count; i++)
		seen += strcasecmp(head->fields[i].name, "Host") == 0;
	return seen > 1 ? bad(status, 400, err, "Host is given twice") : 0;
}

static const struct meaning {
	const char *name;
	int (*take)(struct http_head *head, const char *value, int *status, struct error *err);
} meanings[] = {
	{ "Content-Length", on_content_length },
	{ "Transfer-Encoding", on_transfer_encoding },
	{ "Connection", on_connection },
	{ "Expect", on_expect },
	{ "Content-Encoding", on_content_encoding },
	{ "Host", on_host },
};

static int
understand_fields(struct http_head *head, int *status, struct error *err)
{
	size_t i, m;

	for (i = 0; i < head->field_count; i++)
		for (m = 0; m < sizeof(meanings) / sizeof(meanings[0]); m++)
			if (strcasecmp(head->fields[i].name, meanings[m].name) == 0 &&
			    meanings[m].take(head, head->fields[i].value, status, err) != 0)
				return -1;
	if (head->chunked && head->content_length >= 0)
		return bad(
		    status, 400, err, "Content-Length and Transfer-Encoding exclude each other");
	if (head->minor > 0 && http_head_field(head, "Host") == NULL)
		return bad(status, 400, err, "HTTP/1.1 asks for a Host field");
	head->keep_alive = head->keep_alive > 0 || (head->keep_alive == 0 && head->minor > 0);
	return 0;
}

int
http_head_parse(struct http_head *head, char *text, size_t len, int *status, struct error *err)
{
	char *at = text, *line;

	memset(head, 0, sizeof(*head));
	head->content_length = -1;
	if (len < 4 || memcmp(text + len - 4, "\r\n\r\n", 4) != 0)
		return bad(status, 400, err, "the request's head has no end");
	text[len - 1] = '\0'; /* the last line feed: next_line() stops before the empty line */
	line = next_line(&at);
	if (line != NULL && *line == '\0') /* one empty line before a request is forgiven */
		line = next_line(&at);
	if (line == NULL)
		return bad(status, 400, err, "the first line is not that of an HTTP request");
	if (strlen(line) > HTTP_LINE_MAX)
		return too_long(
		    status, 414, err, "http-line", HTTP_LINE_MAX, "the first line in bytes");
	if (parse_request_line(head, line, status, err) != 0)
		return -1;
	while ((line = next_line(&at)) != NULL) {
		if (strlen(line) > HTTP_LINE_MAX)
			return too_long(
			    status, 431, err, "http-line", HTTP_LINE_MAX, "a header line in bytes");
		if (strchr(line, '\r') != NULL)
			return bad(status, 400, err, "a header line holds a carriage return");
		if (parse_field(head, line, status, err) != 0)
			return -1;
	}
	return understand_fields(head, status, err);
}
