#include "server/read/holds.h"

#include <string.h>

#include "server/base/text.h"

#define NEEDLE_MAX (HOLDS_MAX / 3 * 4 + 8)

static int
is_white(unsigned char c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* How much of the needle's beginning ends at each of its places: Knuth, Morris and Pratt. */
static void
find_borders(const unsigned char *needle, size_t len, unsigned short *border)
{
	size_t i, k = 0;

	border[0] = 0;
	for (i = 1; i < len; i++) {
		while (k > 0 && needle[i] != needle[k])
			k = border[k - 1];
		k += needle[i] == needle[k];
		border[i] = (unsigned short)k;
	}
}

static int
holds_text(struct span document, struct span needle)
{
	unsigned short border[NEEDLE_MAX];
	size_t i, k = 0;

	if (needle.len == 0 || needle.len > NEEDLE_MAX)
		return 0;
	find_borders(needle.data, needle.len, border);
	for (i = 0; i < document.len; i++) {
		if (is_white(document.data[i]))
			continue;
		while (k > 0 && document.data[i] != needle.data[k])
			k = border[k - 1];
		k += document.data[i] == needle.data[k];
		if (k == needle.len)
			return 1;
	}
	return 0;
}

int
holds_octets(struct span document, struct span octets)
{
	struct buf text = BUF_INIT(0);
	size_t skipped, len;
	int holds;

	if (octets.len == 0 || octets.len > HOLDS_MAX || document.len < octets.len)
		return 0;
	holds = memmem(document.data, document.len, octets.data, octets.len) != NULL;
	/* Groups that are of these octets alone; the first may begin in one, two or none of them.
	 */
	for (skipped = 0; !holds && skipped < 3 && skipped < octets.len; skipped++) {
		len = (octets.len - skipped) / 3 * 3;
		text.len = 0;
		holds =
		    text_base64(&text, (struct span){ octets.data + skipped, len }, 0, NULL) == 0 &&
		    holds_text(document, SPAN_OF(&text));
	}
	buf_release(&text);
	return holds;
}
