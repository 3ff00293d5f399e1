#include "server/fetch/ldap.h"

#include <string.h>

#include "server/base/text.h"

/* One line of the text without its end; what follows it is left in `text`. */
static struct span
next_line(struct span *text)
{
	const unsigned char *end = memchr(text->data, '\n', text->len);
	struct span line = { text->data, end != NULL ? (size_t)(end - text->data) : text->len };
	size_t taken = end != NULL ? line.len + 1 : line.len;

	text->data += taken;
	text->len -= taken;
	return line;
}

int
ldap_values(struct buf *out, struct span text, size_t *count, struct error *err)
{
	const unsigned char *colon;
	struct span line, value;
	int rc;

	*count = 0;
	while (text.len > 0) {
		line = next_line(&text);
		colon =
		    line.len > 0 && line.data[0] == '\t' ? memchr(line.data, ':', line.len) : NULL;
		if (colon == NULL)
			continue; /* the entry's name, and lines between entries */
		value = (struct span){ colon + 1, line.len - (size_t)(colon + 1 - line.data) };
		if (value.len > 0 && value.data[0] == ':') {
			value.data++;
			value.len--;
			rc = text_base64_decode(out, value, err);
		} else {
			while (value.len > 0 && value.data[0] == ' ') {
				value.data++;
				value.len--;
			}
			rc = buf_append_span(out, value, err);
		}
		if (rc != 0)
			return -1;
		++*count;
	}
	return 0;
}
