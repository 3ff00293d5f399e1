#include "signing/format/xml/xml_lex.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum token { TOKEN_END, TOKEN_OPEN, TOKEN_EMPTY, TOKEN_CLOSE };

/* One pass: tags come out, text, comments, CDATA sections and processing instructions do not. */
struct lexer {
	struct span in;
	size_t at;
	size_t tag_start;	 /* of the tag that came out last; it ends at `at` */
	unsigned int attributes; /* in that tag */
	unsigned int namespaces; /* of these, declarations */
	uint64_t markup;	 /* comments and the like that were stepped over */
	size_t declarations;	 /* bytes that a DOCTYPE may have */
	unsigned int defaults;	 /* attributes that it may add to an element */
};

#define NAMESPACE_WORK_MAX 500000000u /* sum over all elements of (declarations in scope)^2 */
#define WORK_PER_NODE	   64	      /* of these squares cost as much as a node */
#define NAMESPACES_MAX	   500	      /* in scope at once */

/* Position behind `end`, or 0 when it never comes. */
static size_t
behind(const struct lexer *lex, size_t from, const char *end)
{
	const unsigned char *at = lex->in.data, *last = at + lex->in.len;
	size_t n = strlen(end);

	if (from > lex->in.len)
		return 0;
	at += from;
	/* Not memmem: ThreadSanitizer takes it to read all of the rest, each time. */
	while ((at = memchr(at, end[0], (size_t)(last - at))) != NULL && (size_t)(last - at) >= n) {
		if (memcmp(at, end, n) == 0)
			return (size_t)(at - lex->in.data) + n;
		at++;
	}
	return 0;
}

static int
starts(const struct lexer *lex, const char *word)
{
	size_t n = strlen(word);

	return lex->in.len - lex->at >= n && memcmp(lex->in.data + lex->at, word, n) == 0;
}

static int
is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * A DOCTYPE with nothing but an internal subset of attribute and element declarations and comments:
 * the position behind it, or 0. What is quoted may be a default, so it is counted as one.
 */
static size_t
behind_declarations(struct lexer *lex)
{
	const unsigned char *p = lex->in.data;
	size_t i = lex->at + strlen("<!DOCTYPE"), end = lex->at + lex->declarations;
	struct lexer at = *lex;
	unsigned char quote = 0;
	int inside = 0;

	if (lex->declarations == 0)
		return 0;
	if (end > lex->in.len)
		end = lex->in.len;
	/* A name, and no external identifier. */
	for (; i < end && is_space(p[i]); i++)
		;
	for (; i < end && !is_space(p[i]) && p[i] != '[' && p[i] != '>'; i++)
		;
	for (; i < end && is_space(p[i]); i++)
		;
	if (i >= end || p[i++] != '[')
		return 0;
	for (; i < end; i++) {
		at.at = i;
		if (quote != 0) {
			quote = p[i] == quote ? 0 : quote;
		} else if (inside) {
			if (p[i] == '"' || p[i] == '\'') {
				quote = p[i];
				lex->defaults++;
			}
			inside = p[i] != '>';
			if (p[i] == '%' || p[i] == '<' || starts(&at, "xmlns"))
				return 0;
		} else if (starts(&at, "<!ATTLIST") || starts(&at, "<!ELEMENT")) {
			inside = 1;
			i += strlen("<!ATTLIST") - 1;
		} else if (starts(&at, "<!--")) {
			i = behind(lex, i + 4, "-->");
			if (i-- == 0)
				return 0;
		} else if (p[i] == ']') {
			break;
		} else if (!is_space(p[i])) {
			return 0;
		}
	}
	for (i++; i < end && is_space(p[i]); i++)
		;
	return i < end && p[i] == '>' ? i + 1 : 0;
}

/* What begins with "<!" or "<?": 0 when stepped over, -1 with err otherwise. */
static int
skip_markup(struct lexer *lex, struct error *err)
{
	size_t end = 0;

	if (starts(lex, "<!--"))
		end = behind(lex, lex->at + 4, "-->");
	else if (starts(lex, "<![CDATA["))
		end = behind(lex, lex->at + 9, "]]>");
	else if (starts(lex, "<?"))
		end = behind(lex, lex->at + 2, "?>");
	else if (starts(lex, "<!DOCTYPE") && (end = behind_declarations(lex)) == 0)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the XML document has a document type declaration (DOCTYPE), which is not "
		    "accepted; remove it");
	else if (!starts(lex, "<!DOCTYPE"))
		end = 0;
	if (end == 0)
		return error_set(err, ERROR_MALFORMED,
		    "the XML document is not well-formed: markup at byte %zu does not end",
		    lex->at);
	lex->at = end;
	lex->markup++;
	return 0;
}

/* A start or end tag from lex->at; stops behind its '>'. */
static int
read_tag(struct lexer *lex, enum token *token, struct error *err)
{
	const unsigned char *p = lex->in.data;
	size_t i = lex->at + 1, n = lex->in.len, word = i;
	unsigned char quote = 0;

	lex->tag_start = lex->at;
	lex->attributes = lex->namespaces = 0;
	for (; i < n; i++) {
		if (quote != 0) {
			if (p[i] == quote)
				quote = 0;
			continue;
		}
		if (p[i] == '"' || p[i] == '\'') {
			quote = p[i];
		} else if (p[i] == '=') {
			lex->attributes++;
			lex->namespaces += n - word >= 5 && memcmp(p + word, "xmlns", 5) == 0;
		} else if (p[i] == '<') {
			break;
		} else if (p[i] == '>') {
			lex->attributes += p[lex->at + 1] == '/' ? 0 : lex->defaults;
			*token = p[lex->at + 1] == '/' ? TOKEN_CLOSE
				 : p[i - 1] == '/'     ? TOKEN_EMPTY
						       : TOKEN_OPEN;
			lex->at = i + 1;
			return 0;
		} else if (is_space(p[i - 1]) || p[i - 1] == '"' || p[i - 1] == '\'') {
			word = i;
		}
	}
	return error_set(err, ERROR_MALFORMED,
	    "the XML document is not well-formed: the tag at byte %zu does not end",
	    lex->tag_start);
}

static int
next_tag(struct lexer *lex, enum token *token, struct error *err)
{
	const unsigned char *lt;

	while (lex->at < lex->in.len) {
		lt = memchr(lex->in.data + lex->at, '<', lex->in.len - lex->at);
		if (lt == NULL)
			break;
		lex->at = (size_t)(lt - lex->in.data);
		if (lex->at + 1 < lex->in.len && (lt[1] == '!' || lt[1] == '?')) {
			if (skip_markup(lex, err) != 0)
				return -1;
			continue;
		}
		return read_tag(lex, token, err);
	}
	*token = TOKEN_END;
	return 0;
}

/* What the check keeps of the elements that are open. */
struct open_scope {
	unsigned int *declared; /* namespaces that each open element declares */
	unsigned int depth;
	unsigned int in_scope;
	uint64_t work;	     /* squares of namespaces in scope */
	uint64_t attributes; /* squares of attributes */
	uint64_t dearest;    /* the greatest sum of both */
	uint64_t nodes;	     /* that the parser will make */
};

static int
open_element(struct open_scope *scope, const struct lexer *lex, const struct format_limits *limits,
    struct error *err)
{
	uint64_t namespaces, attributes;

	if (scope->depth >= limits->xml_depth)
		return error_limit(err, ERROR_LIMIT, "xml_depth", limits->xml_depth, 0,
		    "the XML document is nested too deeply");
	if (lex->attributes > limits->xml_attributes)
		return error_limit(err, ERROR_LIMIT, "xml_attributes", limits->xml_attributes,
		    lex->attributes, "too many attributes in one tag of the XML document");
	scope->declared[scope->depth++] = lex->namespaces;
	scope->in_scope += lex->namespaces;
	namespaces = (uint64_t)scope->in_scope * scope->in_scope;
	attributes = (uint64_t)lex->attributes * lex->attributes;
	scope->work += namespaces;
	scope->attributes += attributes;
	if (namespaces + attributes > scope->dearest)
		scope->dearest = namespaces + attributes;
	if (scope->in_scope > NAMESPACES_MAX || scope->work > NAMESPACE_WORK_MAX)
		return error_limit(err, ERROR_LIMIT, "xml_namespaces", NAMESPACES_MAX, 0,
		    "too many namespace declarations in scope in the XML document");
	return 0;
}

/* Each becomes some hundred bytes, and four bytes of a document can be one: <b/>. */
static int
count_nodes(struct open_scope *scope, const struct lexer *lex, enum token token,
    const struct format_limits *limits, struct error *err)
{
	const struct format_limits standard = FORMAT_LIMITS_DEFAULT;
	unsigned int most = limits->xml_nodes != 0 ? limits->xml_nodes : standard.xml_nodes;

	scope->nodes += token == TOKEN_CLOSE ? 0 : 1 + (uint64_t)lex->attributes;
	if (scope->nodes + lex->markup <= most)
		return 0;
	return error_limit(err, ERROR_LIMIT, "xml_nodes", most, 0,
	    "too many tags, attributes and comments in the XML document");
}

int
xml_lex_check(struct span document, const struct format_limits *limits, struct xml_surplus *surplus,
    struct error *err)
{
	struct lexer lex = { .in = document, .declarations = limits->xml_declarations };
	struct open_scope scope = { 0 };
	enum token token = TOKEN_END;
	int rc = -1;

	scope.declared = calloc((size_t)limits->xml_depth + 1, sizeof(*scope.declared));
	if (scope.declared == NULL)
		return error_memory(err);
	for (;;) {
		if (next_tag(&lex, &token, err) != 0)
			goto done;
		if (token == TOKEN_END)
			break;
		if (count_nodes(&scope, &lex, token, limits, err) != 0)
			goto done;
		if (token != TOKEN_CLOSE && open_element(&scope, &lex, limits, err) != 0)
			goto done;
		/* One end tag too many is the parser's to tell. */
		if (token != TOKEN_OPEN && scope.depth > 0)
			scope.in_scope -= scope.declared[--scope.depth];
	}
	surplus->total = (scope.work + scope.attributes) / WORK_PER_NODE;
	surplus->dearest = scope.dearest / WORK_PER_NODE + 1;
	rc = 0;
done:
	free(scope.declared);
	return rc;
}

static void
note_open(struct xml_place *place, const struct lexer *lex)
{
	const unsigned char *p = lex->in.data;
	size_t end = lex->tag_start + 1;

	while (end < lex->at && !is_space(p[end]) && p[end] != '/' && p[end] != '>')
		end++;
	place->start = lex->tag_start;
	place->open_end = lex->at;
	place->qname = (struct span){ p + lex->tag_start + 1, end - lex->tag_start - 1 };
}

int
xml_lex_place(struct span document, size_t ordinal, struct xml_place *place, struct error *err)
{
	/* What the check let pass. */
	struct lexer lex = { .in = document, .declarations = document.len };
	enum token token = TOKEN_END;
	size_t seen = 0, depth = 0, wanted = 0;
	int found = 0;

	memset(place, 0, sizeof(*place));
	while (next_tag(&lex, &token, err) == 0 && token != TOKEN_END) {
		if (token != TOKEN_CLOSE && seen++ == ordinal) {
			note_open(place, &lex);
			found = 1;
			wanted = depth;
			if (token == TOKEN_EMPTY) {
				place->is_empty_tag = 1;
				place->close = lex.at - 2;
				place->end = lex.at;
				return 0;
			}
		}
		depth += token == TOKEN_OPEN;
		if (token == TOKEN_CLOSE && depth > 0 && --depth == wanted && found) {
			place->close = lex.tag_start;
			place->end = lex.at;
			return 0;
		}
	}
	return error_set(err, ERROR_INTERNAL, "an element could not be found in the XML text");
}

/* The value of encoding="..." in the XML declaration, which ends within the first 200 bytes. */
static void
declared_encoding(struct span document, char name[32])
{
	char head[201];
	const char *p, *end;
	size_t n = document.len < 200 ? document.len : 200;

	name[0] = '\0';
	if (n == 0)
		return;
	memcpy(head, document.data, n);
	head[n] = '\0';
	p = memcmp(head, "\xef\xbb\xbf", n < 3 ? n : 3) == 0 ? head + 3 : head;
	if (strncmp(p, "<?xml", 5) != 0 || (end = strstr(p, "?>")) == NULL)
		return;
	p = strstr(p, "encoding");
	if (p == NULL || p > end)
		return;
	p += strlen("encoding");
	p += strspn(p, " \t\r\n=\"'");
	n = strcspn(p, "\"' \t\r\n?");
	if (n < 32) {
		memcpy(name, p, n);
		name[n] = '\0';
	}
}

enum xml_encoding
xml_lex_encoding(struct span document, char name[32])
{
	static const char *const byte_sets[] = { "ISO-8859-", "ISO8859-", "ISO_8859-",
		"windows-125", "cp125", "latin1", "latin-1" };
	const unsigned char *p = document.data;
	size_t i;

	name[0] = '\0';
	if (document.len >= 2 && ((p[0] == 0xfe && p[1] == 0xff) ||
				     (p[0] == 0xff && p[1] == 0xfe) || p[0] == 0 || p[1] == 0))
		return XML_ENCODING_UTF16;
	declared_encoding(document, name);
	if (name[0] == '\0' || strcasecmp(name, "UTF-8") == 0 || strcasecmp(name, "UTF8") == 0 ||
	    strcasecmp(name, "US-ASCII") == 0 || strcasecmp(name, "ASCII") == 0)
		return XML_ENCODING_UTF8;
	for (i = 0; i < sizeof(byte_sets) / sizeof(byte_sets[0]); i++)
		if (strncasecmp(name, byte_sets[i], strlen(byte_sets[i])) == 0)
			return XML_ENCODING_BYTE;
	return XML_ENCODING_OTHER;
}
