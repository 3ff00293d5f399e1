/*
 * What one operation of an XPath expression may cost. libxml2 counts operations, but an operation
 * that makes a string of a node copies all text below it, one that sorts nodes or joins two sets
 * takes quadratic time, and none of that is counted. So expressions are told apart by their words:
 * most that are met in signatures only walk upwards and compare names, attributes and counts.
 */
#include <string.h>

#include "signing/format/xml/xml_transform.h"

#define NESTING_MAX 64

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_LITERAL, TOKEN_NUMBER, TOKEN_SIGN };

struct token {
	enum token_kind kind;
	struct span text;
};

struct plainness {
	const char *at;
	struct token before, token, after;
	int is_start;		     /* of the expression */
	unsigned int depth;	     /* of parentheses and brackets */
	char is_scalar[NESTING_MAX]; /* this parenthesis is a call that gives no nodes */
	char has_many[NESTING_MAX];  /* the path at this depth may have selected many nodes */
	int was_scalar;		     /* what ended before this token gave no nodes */
	int walks_down, joins;
};

static int
is(const struct token *t, const char *word)
{
	return t->text.len == strlen(word) && memcmp(t->text.data, word, t->text.len) == 0;
}

static int
is_one_of(const struct token *t, const char *const *words)
{
	for (; *words != NULL; words++)
		if (is(t, *words))
			return 1;
	return 0;
}

static int
is_name_byte(char c)
{
	return c != '\0' && strchr(" \t\r\n/|[](),@:=!<>+*.$'\"", c) == NULL;
}

static struct token
next_token(const char **at)
{
	static const char *const pairs[] = { "//", "::", "..", "!=", "<=", ">=" };
	const char *p = *at + strspn(*at, " \t\r\n"), *end = p;
	enum token_kind kind = TOKEN_SIGN;
	size_t i, n = 1;

	if (*p == '\0') {
		kind = TOKEN_END;
		n = 0;
	} else if (*p == '\'' || *p == '"') {
		kind = TOKEN_LITERAL;
		end = strchr(p + 1, *p);
		n = end != NULL ? (size_t)(end - p) + 1 : strlen(p);
	} else if (*p >= '0' && *p <= '9') {
		kind = TOKEN_NUMBER;
		n = strspn(p, "0123456789.");
	} else if (is_name_byte(*p) && *p != '-') {
		kind = TOKEN_NAME;
		/* A prefix belongs to the name; the second colon of an axis does not. */
		while (is_name_byte(*end) || *end == '.' ||
		       (*end == ':' && end[1] != ':' && end[-1] != ':'))
			end++;
		n = (size_t)(end - p);
	} else {
		for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
			if (strncmp(p, pairs[i], 2) == 0)
				n = 2;
	}
	*at = p + n;
	return (struct token){ kind, { (const unsigned char *)p, n } };
}

static void
advance(struct plainness *p)
{
	p->is_start = p->token.text.data == NULL;
	p->before = p->token;
	p->token = p->after;
	p->after = next_token(&p->at);
}

static int
take_call(const struct plainness *p)
{
	static const char *const allowed[] = { "not", "count", "boolean", "true", "false",
		"position", "last", "here", "name", "local-name", "namespace-uri", "node", "text",
		"comment", "processing-instruction", NULL };
	const char *at = p->at;

	if (is(&p->token, "id"))
		return next_token(&at).kind == TOKEN_LITERAL;
	return is_one_of(&p->token, allowed);
}

static int
gives_no_nodes(const struct token *call)
{
	static const char *const scalars[] = { "not", "count", "boolean", "true", "false",
		"position", "last", "name", "local-name", "namespace-uri", NULL };

	return is_one_of(call, scalars);
}

static int
take_axis(struct plainness *p)
{
	static const char *const up[] = { "parent", "ancestor", "ancestor-or-self", NULL };
	static const char *const here[] = { "self", "attribute", "namespace", NULL };

	if (is(&p->token, "child")) {
		p->walks_down = 1;
		p->has_many[p->depth] = 1;
		return 1;
	}
	if (is_one_of(&p->token, up))
		return !p->has_many[p->depth];
	return is_one_of(&p->token, here);
}

static int
ends_operand(const struct token *t)
{
	return t->kind == TOKEN_LITERAL || t->kind == TOKEN_NUMBER || t->kind == TOKEN_NAME ||
	       is(t, ")") || is(t, "]") || is(t, ".") || is(t, "..") || is(t, "*");
}

/* A step without an axis goes to children. */
static int
take_step(struct plainness *p)
{
	if (!is(&p->before, "@") && !is(&p->before, "::")) {
		p->walks_down = 1;
		p->has_many[p->depth] = 1;
	}
	return 1;
}

static int
take_name(struct plainness *p)
{
	static const char *const logic[] = { "and", "or", NULL };
	static const char *const arithmetic[] = { "div", "mod", NULL };

	if (is(&p->after, "("))
		return take_call(p);
	if (is(&p->after, "::"))
		return take_axis(p);
	if (ends_operand(&p->before) && is_one_of(&p->token, logic)) {
		p->has_many[p->depth] = 0;
		return 1;
	}
	if (ends_operand(&p->before) && is_one_of(&p->token, arithmetic))
		return 0;
	return take_step(p);
}

/* Both sides of a comparison: a literal, a number, @name or a call that gives no nodes. */
static int
take_comparison(struct plainness *p)
{
	const char *at = p->at;
	struct token then = next_token(&at), behind = next_token(&at);

	p->has_many[p->depth] = 0;
	if (!p->was_scalar)
		return 0;
	if (p->after.kind == TOKEN_LITERAL || p->after.kind == TOKEN_NUMBER)
		return 1;
	if (is(&p->after, "@"))
		return then.kind == TOKEN_NAME && !is(&behind, "/");
	return p->after.kind == TOKEN_NAME && is(&then, "(") && gives_no_nodes(&p->after);
}

static int
open_nesting(struct plainness *p)
{
	if (p->depth + 1 >= NESTING_MAX)
		return 0;
	p->depth++;
	p->has_many[p->depth] = 0;
	p->is_scalar[p->depth] = (char)(is(&p->token, "(") && p->before.kind == TOKEN_NAME &&
					gives_no_nodes(&p->before));
	return 1;
}

static int
close_nesting(struct plainness *p)
{
	if (p->depth == 0)
		return 0;
	if (is(&p->token, ")"))
		p->has_many[p->depth - 1] |= p->has_many[p->depth];
	p->depth--;
	return 1;
}

static int
take_sign(struct plainness *p)
{
	static const char *const comparisons[] = { "=", "!=", "<", ">", "<=", ">=", NULL };

	if (is(&p->token, "(") || is(&p->token, "["))
		return open_nesting(p);
	if (is(&p->token, ")") || is(&p->token, "]"))
		return close_nesting(p);
	if (is_one_of(&p->token, comparisons))
		return take_comparison(p);
	if (is(&p->token, "//")) {
		p->walks_down = p->has_many[p->depth] = 1;
		return p->is_start;
	}
	if (is(&p->token, ".."))
		return !p->has_many[p->depth];
	if (is(&p->token, "*"))
		return !ends_operand(&p->before) && take_step(p);
	if (is(&p->token, "|") || is(&p->token, ",")) {
		p->joins |= is(&p->token, "|");
		p->has_many[p->depth] = 0;
		return 1;
	}
	return is(&p->token, "/") || is(&p->token, "@") || is(&p->token, "::") ||
	       is(&p->token, ".");
}

enum hidden { HIDDEN_NOTHING, HIDDEN_JOINS, HIDDEN_ANYTHING };

/* What an expression does that is hidden from the count of operations. */
static enum hidden
hidden_work(const char *text)
{
	struct plainness p = { .at = text };

	p.after = next_token(&p.at);
	for (advance(&p); p.token.kind != TOKEN_END; advance(&p)) {
		unsigned int depth = p.depth;

		if (p.token.kind == TOKEN_NAME	 ? !take_name(&p)
		    : p.token.kind == TOKEN_SIGN ? !take_sign(&p)
						 : 0)
			return HIDDEN_ANYTHING;
		p.was_scalar = p.token.kind == TOKEN_LITERAL || p.token.kind == TOKEN_NUMBER ||
			       (p.token.kind == TOKEN_NAME && is(&p.before, "@")) ||
			       (is(&p.token, ")") && p.is_scalar[depth]);
	}
	return p.joins && p.walks_down ? HIDDEN_JOINS : HIDDEN_NOTHING;
}

/* ---- the document ---- */

/* The longest attribute, all text, and the longest row of nodes that are no elements. */
struct extent {
	uint64_t attribute, text, row;
};

static struct extent
measure(const struct xml_doc *x)
{
	struct extent e = { 0 };
	uint64_t row = 0, n;
	size_t i;

	for (i = 0; i < x->count; i++) {
		const xmlNode *node = x->nodes[i], *value = node;

		row = node->type == XML_ELEMENT_NODE || node->type == XML_ATTRIBUTE_NODE ? 0
											 : row + 1;
		e.row = row > e.row ? row : e.row;
		n = strlen(node->name != NULL ? (const char *)node->name : "");
		if (node->type == XML_ATTRIBUTE_NODE)
			value = node->children;
		if (value != NULL && value->type == XML_TEXT_NODE && value->content != NULL)
			n += strlen((const char *)value->content);
		if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
			e.text += n;
		else
			e.attribute = n > e.attribute ? n : e.attribute;
	}
	return e;
}

/* Functions that compare or copy one text for each piece of another. */
static int
is_quadratic(const char *expression)
{
	static const char *const words[] = { "translate", "contains", "substring-", "concat" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(expression, words[i]) != NULL)
			return 1;
	return 0;
}

uint64_t
xml_xpath_cost(const struct xml_doc *x, const char *expression)
{
	const struct extent e = measure(x);
	const uint64_t plain = 1 + e.attribute / XML_BYTES_PER_NODE;
	const enum hidden hidden = hidden_work(expression);
	uint64_t whole;

	if (hidden == HIDDEN_NOTHING)
		return plain;
	/* To join sets, each node of one is compared with each of the other. */
	if (hidden == HIDDEN_JOINS)
		return plain + x->count / 32;
	whole = (x->count + e.text / XML_BYTES_PER_NODE) * (1 + e.row / 16);
	if (is_quadratic(expression))
		whole *= 1 + (e.text + e.attribute) / 1024;
	return plain + whole;
}
