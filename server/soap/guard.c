#include "server/soap/guard.h"

#include <string.h>

enum {
	BEFORE_ROOT,
	TEXT,
	OPENED, /* behind '<' */
	START_TAG,
	VALUE, /* of an attribute */
	END_TAG,
	BANG, /* behind "<!" */
	COMMENT,
	CDATA,
	INSTRUCTION,
	BEHIND_ROOT
};

void
guard_init(struct guard *g, const struct guard_limits *limits)
{
	memset(g, 0, sizeof(*g));
	g->limits = *limits;
	if (g->limits.depth > GUARD_DEPTH_MAX)
		g->limits.depth = GUARD_DEPTH_MAX;
	g->state = BEFORE_ROOT;
}

int
guard_is_done(const struct guard *g)
{
	return g->state == BEHIND_ROOT;
}

static int
resting_state(const struct guard *g)
{
	return g->depth > 0 ? TEXT : g->own[0] > 0 ? BEHIND_ROOT : BEFORE_ROOT;
}

static int
outside_root(struct guard *g, unsigned char c, struct error *err)
{
	/* The bytes of a BOM may stand first. */
	if (c == ' ' || c == '\t' || c == '\r' || c == '\n' ||
	    (g->state == BEFORE_ROOT && g->bytes < 3 && c >= 0xbb))
		return 0;
	if (c == '<') {
		g->state = OPENED;
		return 0;
	}
	return error_set(err, ERROR_MALFORMED,
	    g->state == BEFORE_ROOT ? "the body is not XML: send a SOAP envelope"
				    : "there is something behind the end of the SOAP envelope");
}

/* The character behind '<'. own[0] counts roots: a second one is refused. */
static int
open_tag(struct guard *g, unsigned char c, struct error *err)
{
	g->tag = 1;
	g->slash = 0;
	g->matched = 0;
	if (c == '!') {
		g->state = BANG;
		return 0;
	}
	if (c == '?') {
		g->state = INSTRUCTION;
		return 0;
	}
	if (c == '/') {
		if (g->depth == 0)
			return error_set(err, ERROR_MALFORMED,
			    "the XML is not well-formed: an end tag without its start");
		g->state = END_TAG;
		return 0;
	}
	if (g->depth == 0 && g->own[0]++ > 0)
		return error_set(
		    err, ERROR_MALFORMED, "there is something behind the end of the SOAP envelope");
	if (g->depth >= g->limits.depth)
		return error_limit(err, ERROR_LIMIT, "limit-xml-depth", g->limits.depth,
		    g->depth + 1, "nested XML elements");
	g->own[++g->depth] = 0;
	g->state = START_TAG;
	return 0;
}

static void
close_element(struct guard *g)
{
	g->attributes -= g->own[g->depth--];
	g->state = resting_state(g);
}

static int
count_tag(struct guard *g, struct error *err)
{
	if (++g->tag > g->limits.tag_bytes)
		return error_limit(err, ERROR_LIMIT, "limit-xml-tag", g->limits.tag_bytes, 0,
		    "bytes in one XML tag");
	return 0;
}

static int
in_start_tag(struct guard *g, unsigned char c, struct error *err)
{
	if (c == '"' || c == '\'') {
		g->quote = c;
		g->own[g->depth]++;
		if (++g->attributes > g->limits.attributes)
			return error_limit(err, ERROR_LIMIT, "limit-xml-attributes",
			    g->limits.attributes, 0,
			    "attributes of an XML element and those around it");
		g->state = VALUE;
	} else if (c == '<') {
		return error_set(
		    err, ERROR_MALFORMED, "the XML is not well-formed: '<' inside a tag");
	} else if (c == '>') {
		g->state = TEXT;
		if (g->slash)
			close_element(g);
		return 0;
	}
	g->slash = c == '/';
	return count_tag(g, err);
}

/* What "<!" begins: a comment, CDATA inside an element, or something refused. */
static int
in_bang(struct guard *g, unsigned char c, struct error *err)
{
	static const char cdata[] = "[CDATA[";

	if (g->matched < 2 && c == '-' && (g->matched == 0 || g->opening[0] == '-')) {
		g->opening[g->matched++] = (char)c;
		if (g->matched == 2) {
			g->state = COMMENT;
			g->matched = 0;
		}
		return 0;
	}
	if (g->depth > 0 && c == (unsigned char)cdata[g->matched] &&
	    (g->matched == 0 || g->opening[0] == '[')) {
		g->opening[g->matched++] = (char)c;
		if (g->matched == sizeof(cdata) - 1) {
			g->state = CDATA;
			g->matched = 0;
		}
		return 0;
	}
	return error_set(err, ERROR_MALFORMED,
	    "a SOAP message has no DOCTYPE and no entities: leave out what begins with '<!'");
}

/* Skip to the end of a comment ("-->"), CDATA ("]]>") or instruction ("?>"). */
static void
skip_to_end(struct guard *g, unsigned char c)
{
	unsigned char mark = g->state == COMMENT ? '-' : g->state == CDATA ? ']' : '?';
	unsigned int need = g->state == INSTRUCTION ? 1 : 2;

	if (c == mark)
		g->matched += g->matched < need;
	else if (c == '>' && g->matched == need)
		g->state = g->state == CDATA ? TEXT : resting_state(g);
	else
		g->matched = 0;
}

static int
feed_one(struct guard *g, unsigned char c, struct error *err)
{
	switch (g->state) {
	case BEFORE_ROOT:
	case BEHIND_ROOT:
		return outside_root(g, c, err);
	case OPENED:
		return open_tag(g, c, err);
	case START_TAG:
		return in_start_tag(g, c, err);
	case VALUE:
		if (c == g->quote)
			g->state = START_TAG;
		g->slash = 0;
		return count_tag(g, err);
	case END_TAG:
		if (c == '>')
			close_element(g);
		return count_tag(g, err);
	case BANG:
		return in_bang(g, c, err);
	case COMMENT:
	case CDATA:
	case INSTRUCTION:
		skip_to_end(g, c);
		return 0;
	default:
		if (c == '<')
			g->state = OPENED;
		return 0;
	}
}

/* Bytes from 0x80 are well-formed UTF-8 (RFC 3629); a character may span two pieces. */
static int
check_utf8(struct guard *g, const unsigned char *p, const unsigned char *end)
{
	static const unsigned int least[] = { 0, 0x80, 0x800, 0x10000 };
	uint64_t eight;

	while (p < end) {
		if (g->utf8_more == 0 && end - p >= 8) {
			memcpy(&eight, p, 8);
			if ((eight & 0x8080808080808080u) == 0) {
				p += 8;
				continue;
			}
		}
		if (g->utf8_more > 0) {
			if ((*p & 0xc0) != 0x80)
				return -1;
			g->utf8_value = g->utf8_value << 6 | (*p & 0x3f);
			if (--g->utf8_more == 0 &&
			    (g->utf8_value < g->utf8_least || g->utf8_value > 0x10ffff ||
				(g->utf8_value >= 0xd800 && g->utf8_value <= 0xdfff)))
				return -1;
		} else if (*p >= 0x80) {
			g->utf8_more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : 1;
			if (*p < 0xc0 || *p >= 0xf8)
				return -1;
			g->utf8_least = least[g->utf8_more];
			g->utf8_value = *p & (0x3fu >> g->utf8_more);
		}
		p++;
	}
	return 0;
}

int
guard_feed(struct guard *g, const void *data, size_t len, struct error *err)
{
	const unsigned char *p = data, *end = p + len;

	if (len > g->limits.bytes || g->bytes > g->limits.bytes - len)
		return error_limit(err, ERROR_TOO_LARGE, g->limits.bytes_name, g->limits.bytes, 0,
		    "bytes of XML; send large documents by MTOM");
	while (p < end) {
		if (g->state == TEXT) { /* most of it is base64 */
			const unsigned char *next = memchr(p, '<', (size_t)(end - p));

			if (next == NULL)
				next = end;
			g->bytes += (size_t)(next - p);
			p = next;
			if (p == end)
				break;
		}
		if (feed_one(g, *p++, err) != 0)
			return -1;
		g->bytes++;
	}
	if (check_utf8(g, data, end) != 0)
		return error_set(err, ERROR_MALFORMED, "the XML is not UTF-8: send it in UTF-8");
	return 0;
}
