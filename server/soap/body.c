#include "server/soap/body.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HEADER_LINES_MAX 50
#define PREAMBLE_MAX	 8192

void
body_init(struct body *b, struct exchange *x, unsigned char *window, uint64_t max)
{
	memset(b, 0, sizeof(*b));
	b->x = x;
	b->window = window;
	b->max = max;
}

/* Read more behind what is unread; 1, 0 at the end of the body, -1. */
static int
fill(struct body *b, struct error *err)
{
	ssize_t n;

	if (b->ended)
		return 0;
	if (b->at > 0) {
		memmove(b->window, b->window + b->at, b->len - b->at);
		b->len -= b->at;
		b->at = 0;
	}
	n = b->x->read_body(b->x, b->window + b->len, BODY_WINDOW - b->len, err);
	if (n < 0)
		return -1;
	if (n == 0)
		b->ended = 1;
	b->len += (size_t)n;
	b->received += (size_t)n;
	if (b->received > b->max)
		return error_limit(
		    err, ERROR_TOO_LARGE, "limit-message", b->max, 0, "bytes in the message");
	return n > 0;
}

static int
cut_short(struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
	    "the message ends before the closing boundary of its MIME parts; it was cut short, or "
	    "its lines do not end by CR LF");
}

static struct span
take(struct body *b, size_t n)
{
	struct span view = { b->window + b->at, n };

	b->at += n;
	return view;
}

int
body_read(struct body *b, struct span *bytes, struct error *err)
{
	const unsigned char *found;
	size_t unread;
	int more;

	*bytes = SPAN_NONE;
	for (;;) {
		unread = b->len - b->at;
		if (b->delimiter_len == 0 && unread > 0) {
			*bytes = take(b, unread);
			return 1;
		}
		if (b->delimiter_len > 0) {
			if (!b->in_part)
				return 0;
			found = memmem(b->window + b->at, unread, b->delimiter, b->delimiter_len);
			if (found == b->window + b->at && unread > 0) {
				take(b, b->delimiter_len);
				b->in_part = 0;
				return 0;
			}
			if (found != NULL) {
				*bytes = take(b, (size_t)(found - b->window) - b->at);
				return 1;
			}
			if (unread >= b->delimiter_len) {
				*bytes = take(b, unread - b->delimiter_len + 1);
				return 1;
			}
		}
		more = fill(b, err);
		if (more < 0)
			return -1;
		if (more == 0)
			return b->delimiter_len > 0 ? cut_short(err) : 0;
	}
}

/* The next line without its CR LF, NUL-terminated and cut to size; 0 or -1. */
static int
read_line(struct body *b, char *line, size_t size, struct error *err)
{
	unsigned char *end;
	size_t n, keep;
	int more;

	for (;;) {
		end = memchr(b->window + b->at, '\n', b->len - b->at);
		if (end != NULL)
			break;
		if (b->len - b->at >= PREAMBLE_MAX)
			return error_set(
			    err, ERROR_MALFORMED, "a header line of a MIME part is too long");
		more = fill(b, err);
		if (more < 0)
			return -1;
		if (more == 0)
			return cut_short(err);
	}
	n = (size_t)(end - b->window) - b->at;
	keep = n > 0 && end[-1] == '\r' ? n - 1 : n;
	if (keep >= size)
		keep = size - 1;
	memcpy(line, b->window + b->at, keep);
	line[keep] = '\0';
	b->at += n + 1;
	return 0;
}

static const char *
value_of(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	return line + n + 1 + strspn(line + n + 1, " \t");
}

static void
keep_id(char *id, size_t size, const char *value)
{
	size_t n;

	if (*value == '<')
		value++;
	n = strcspn(value, "> \t");
	snprintf(id, size, "%.*s", (int)(n < size ? n : size - 1), value);
}

static int
read_headers(struct body *b, struct body_part *part, struct error *err)
{
	char line[1024];
	const char *value;
	unsigned int lines = 0;

	memset(part, 0, sizeof(*part));
	for (;;) {
		if (read_line(b, line, sizeof(line), err) != 0)
			return -1;
		if (line[0] == '\0')
			break;
		if (++lines > HEADER_LINES_MAX)
			return error_limit(err, ERROR_LIMIT, "limit-mime-headers", HEADER_LINES_MAX,
			    0, "header lines of a MIME part");
		if ((value = value_of(line, "Content-ID")) != NULL)
			keep_id(part->id, sizeof(part->id), value);
		else if ((value = value_of(line, "Content-Type")) != NULL)
			snprintf(part->type, sizeof(part->type), "%.127s", value);
		else if ((value = value_of(line, "Content-Transfer-Encoding")) != NULL &&
			 strncasecmp(value, "binary", 6) != 0 &&
			 strncasecmp(value, "8bit", 4) != 0 && strncasecmp(value, "7bit", 4) != 0)
			return error_set(err, ERROR_UNSUPPORTED,
			    "a MIME part has the Content-Transfer-Encoding \"%.40s\": send it as "
			    "binary",
			    value);
	}
	b->in_part = 1;
	return 0;
}

int
body_parts(struct body *b, const char *boundary, struct body_part *part, struct error *err)
{
	char line[256];
	size_t skipped = 0;

	if (boundary[0] == '\0' || strlen(boundary) > BODY_BOUNDARY)
		return error_set(err, ERROR_MALFORMED,
		    "the boundary of the Content-Type must have 1 to %d characters", BODY_BOUNDARY);
	snprintf(b->delimiter, sizeof(b->delimiter), "\r\n--%s", boundary);
	b->delimiter_len = strlen(b->delimiter);
	do {
		if (skipped > PREAMBLE_MAX)
			return error_set(err, ERROR_MALFORMED,
			    "no MIME part begins with the boundary of the Content-Type");
		if (read_line(b, line, sizeof(line), err) != 0)
			return -1;
		skipped += strlen(line) + 2;
	} while (strncmp(line, b->delimiter + 2, b->delimiter_len - 2) != 0 ||
		 line[b->delimiter_len - 2 + strspn(line + b->delimiter_len - 2, " \t")] != '\0');
	return read_headers(b, part, err);
}

int
body_next(struct body *b, struct body_part *part, struct error *err)
{
	struct span skipped;
	char line[16];
	int more;

	while (b->in_part) {
		more = body_read(b, &skipped, err);
		if (more < 0)
			return -1;
	}
	if (b->last)
		return 0;
	while (b->len - b->at < 2) {
		more = fill(b, err);
		if (more < 0)
			return -1;
		if (more == 0)
			return cut_short(err);
	}
	if (memcmp(b->window + b->at, "--", 2) == 0) {
		b->last = 1;
		return 0;
	}
	if (read_line(b, line, sizeof(line), err) != 0)
		return -1;
	if (line[strspn(line, " \t")] != '\0')
		return error_set(
		    err, ERROR_MALFORMED, "a MIME boundary is not followed by a line end");
	return read_headers(b, part, err) == 0 ? 1 : -1;
}
