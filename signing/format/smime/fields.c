/* Header fields as bytes: what is kept of a mail is kept as it came. */
#include <string.h>
#include <strings.h>

#include "signing/format/smime/entity.h"

struct span
entity_header(const struct entity *e)
{
	size_t len = (size_t)(e->body.data - e->raw.data);

	/* The empty line that ends it is not part of it. */
	if (len > 0 && e->raw.data[len - 1] == '\n' &&
	    (len == 1 || e->raw.data[len - 2] == '\n' ||
		(e->raw.data[len - 2] == '\r' && (len == 2 || e->raw.data[len - 3] == '\n'))))
		len -= len > 1 && e->raw.data[len - 2] == '\r' ? 2 : 1;
	return (struct span){ e->raw.data, len };
}

/* Where the line ends, its line feed included. */
static size_t
line_end(struct span s, size_t at)
{
	const unsigned char *end = memchr(s.data + at, '\n', s.len - at);

	return end != NULL ? (size_t)(end - s.data) + 1 : s.len;
}

/* A name of printable characters before a colon, and no control characters in the rest. */
static int
is_field(struct span field)
{
	size_t i = 0;

	while (i < field.len && field.data[i] > ' ' && field.data[i] < 0x7f && field.data[i] != ':')
		i++;
	if (i == 0 || i == field.len || field.data[i] != ':')
		return 0;
	for (; i < field.len; i++)
		if (field.data[i] == '\0' ||
		    (field.data[i] == '\r' && (i + 1 == field.len || field.data[i + 1] != '\n')))
			return 0;
	return 1;
}

int
field_next(struct span header, size_t *at, struct span *field, struct error *err)
{
	size_t end;

	if (*at >= header.len)
		return 0;
	end = line_end(header, *at);
	while (end < header.len && (header.data[end] == ' ' || header.data[end] == '\t'))
		end = line_end(header, end);
	*field = (struct span){ header.data + *at, end - *at };
	*at = end;
	return is_field(*field) ? 1
				: error_set(err, ERROR_MALFORMED,
				      "the header of the mail has a line that is no field");
}

int
field_begins(struct span field, const char *start)
{
	size_t n = strlen(start);

	return field.len >= n && strncasecmp((const char *)field.data, start, n) == 0;
}

int
field_is(struct span field, const char *name)
{
	return field_begins(field, name) && field.len > strlen(name) &&
	       field.data[strlen(name)] == ':';
}
