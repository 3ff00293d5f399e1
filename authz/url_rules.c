#include "authz/url_rules.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/decide.h"
#include "server/base/text.h"

/*
 * A tree of segments for each host pattern. A node's literal children are found by one table for
 * all nodes; "*" and "**" stand in the node.
 */
#define NONE UINT32_MAX

struct node {
	uint32_t star, rest; /* children, or NONE */
	uint32_t rules;	     /* first of the rules that end here, or NONE: in struct kept */
};
struct kept {
	struct url_rule rule;
	uint32_t next; /* with the same pattern and other methods; those for all come last */
};
struct edge {
	const char *segment; /* NULL: a free place */
	uint32_t parent, child;
};

struct url_rules {
	atomic_uint uses;
	struct kept *kept;
	size_t count;
	struct node *nodes; /* [0] is the parent of all hosts */
	size_t node_count, node_max;
	struct edge *edges; /* a table with open addressing; a power of two, at most half full */
	size_t edge_mask;
	char *text; /* copies of all words */
	const char **groups;
};

/* ---- the table of edges ---- */

/* FNV-1a; keys are an administrator's words, and a bad spread costs only time. */
static size_t
edge_hash(uint32_t parent, const char *segment, size_t len)
{
	uint64_t h = 1469598103934665603u ^ parent;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)segment[i]) * 1099511628211u;
	return (size_t)(h ^ h >> 29);
}

static struct edge *
edge_at(const struct url_rules *r, uint32_t parent, const char *segment, size_t len)
{
	size_t i = edge_hash(parent, segment, len) & r->edge_mask;

	for (;; i = (i + 1) & r->edge_mask) {
		struct edge *e = &r->edges[i];

		if (e->segment == NULL ||
		    (e->parent == parent && strncmp(e->segment, segment, len) == 0 &&
			e->segment[len] == '\0'))
			return e;
	}
}

static uint32_t
child(const struct url_rules *r, uint32_t parent, const char *segment)
{
	const struct edge *e = edge_at(r, parent, segment, strlen(segment));

	return e->segment != NULL ? e->child : NONE;
}

/* ---- patterns ---- */

static int
has_blank_or_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return 1;
	return 0;
}

static int
check_host(const struct url_rule *rule, struct error *err)
{
	const char *h = rule->host;
	size_t len = strlen(h);

	if (strcmp(h, "*") == 0)
		return 0;
	if (strncmp(h, "*.", 2) == 0)
		h += 2;
	if (h[0] == '\0' || len >= URL_HOST_MAX || strchr(h, '*') != NULL ||
	    has_blank_or_control(h) || strchr(h, '/') != NULL ||
	    (h[0] != '[' && strchr(h, ':') != NULL))
		return error_set(err, ERROR_MALFORMED,
		    "the host of rule %.60s is to be a name, *.name or * alone, without port: "
		    "%.100s",
		    rule->name, rule->host);
	for (; *h != '\0'; h++)
		if ((*h >= 'A' && *h <= 'Z') || (unsigned char)*h > 0x7e)
			return error_set(err, ERROR_MALFORMED,
			    "the host of rule %.60s is to be in small ASCII letters: %.100s",
			    rule->name, rule->host);
	return 0;
}

static int
bad_path(const struct url_rule *rule, const char *why, struct error *err)
{
	return error_set(
	    err, ERROR_MALFORMED, "the path of rule %.60s %s: %.120s", rule->name, why, rule->path);
}

static int
check_segment(
    const struct url_rule *rule, const char *at, size_t len, int *stars, struct error *err)
{
	int is_last = at[len] == '\0' || strcmp(at + len, "/") == 0;

	if (len == 0 || (len == 1 && at[0] == '.') || (len == 2 && memcmp(at, "..", 2) == 0))
		return bad_path(rule, "has an empty or dotted segment", err);
	if (len == 2 && memcmp(at, "**", 2) == 0)
		return is_last ? 0 : bad_path(rule, "has ** before its end", err);
	if (len == 1 && at[0] == '*')
		return ++*stars <= URL_RULE_STARS_MAX ? 0 : bad_path(rule, "has too many *", err);
	if (memchr(at, '*', len) != NULL)
		return bad_path(rule, "has a * that is not a whole segment", err);
	if (memchr(at, '%', len) != NULL || memchr(at, ';', len) != NULL ||
	    memchr(at, '\\', len) != NULL || memchr(at, '?', len) != NULL ||
	    memchr(at, '#', len) != NULL)
		return bad_path(rule, "is to be written decoded, without %, ;, \\, ? and #", err);
	return 0;
}

int
url_rule_check(const struct url_rule *rule, struct error *err)
{
	const char *at = rule->path;
	int stars = 0, count = 0;

	if (check_host(rule, err) != 0)
		return -1;
	if (at[0] != '/' || strlen(at) > URL_MAX)
		return bad_path(rule, "is to begin with /", err);
	while (at[0] == '/' && at[1] != '\0') {
		size_t len = strcspn(at + 1, "/");

		if (check_segment(rule, at + 1, len, &stars, err) != 0)
			return -1;
		if (++count > URL_SEGMENTS_MAX)
			return bad_path(rule, "has too many segments", err);
		at += 1 + len;
	}
	return 0;
}

/* ---- making ---- */

static uint32_t
new_node(struct url_rules *r)
{
	r->nodes[r->node_count] = (struct node){ NONE, NONE, NONE };
	return (uint32_t)r->node_count++;
}

/* The child by a word of a pattern, made where there is none. The word stays where it is. */
static uint32_t
grow(struct url_rules *r, uint32_t parent, const char *word)
{
	struct edge *e;

	if (strcmp(word, "*") == 0) {
		if (r->nodes[parent].star == NONE)
			r->nodes[parent].star = new_node(r);
		return r->nodes[parent].star;
	}
	if (strcmp(word, "**") == 0) {
		if (r->nodes[parent].rest == NONE)
			r->nodes[parent].rest = new_node(r);
		return r->nodes[parent].rest;
	}
	e = edge_at(r, parent, word, strlen(word));
	if (e->segment == NULL)
		*e = (struct edge){ word, parent, new_node(r) };
	return e->child;
}

/* Those with methods before the one for all; no method twice. */
static int
hang_in(struct url_rules *r, uint32_t node, uint32_t index, struct error *err)
{
	struct kept *k = &r->kept[index];
	uint32_t *at = &r->nodes[node].rules;

	for (; *at != NONE; at = &r->kept[*at].next) {
		const struct url_rule *other = &r->kept[*at].rule;

		if ((other->methods & k->rule.methods) != 0 || other->methods == k->rule.methods)
			return error_set(err, ERROR_CONFLICT,
			    "rules %.60s and %.60s are for the same host, path and method; one of "
			    "them "
			    "must go",
			    other->name, k->rule.name);
		if (other->methods == 0)
			break;
	}
	k->next = *at;
	*at = index;
	return 0;
}

/* `path` is cut into its words, which the tree looks into. */
static int
plant(struct url_rules *r, uint32_t index, char *path, struct error *err)
{
	uint32_t node = grow(r, 0, r->kept[index].rule.host);
	char *word, *rest = NULL;

	for (word = strtok_r(path, "/", &rest); word != NULL; word = strtok_r(NULL, "/", &rest))
		node = grow(r, node, word);
	return hang_in(r, node, index, err);
}

static size_t
words_of(const char *path)
{
	size_t n = 0;

	for (; *path != '\0'; path++)
		n += *path == '/';
	return n;
}

/* Room for all that is copied, and for the tree at its largest. */
static int
make_room(struct url_rules *r, const struct url_rule *list, size_t count)
{
	size_t text = 1, groups = 1, words = 1, i, k, edges = 2;

	for (i = 0; i < count; i++) {
		text += strlen(list[i].name) + strlen(list[i].host) + 2 * strlen(list[i].path) + 4;
		words += words_of(list[i].path) + 2;
		groups += list[i].group_count;
		for (k = 0; k < list[i].group_count; k++)
			text += strlen(list[i].groups[k]) + 1;
	}
	while (edges < 2 * words)
		edges *= 2;
	r->edge_mask = edges - 1;
	r->text = malloc(text);
	r->groups = calloc(groups, sizeof(*r->groups));
	r->kept = calloc(count + 1, sizeof(*r->kept));
	r->nodes = calloc(words + 1, sizeof(*r->nodes));
	r->edges = calloc(edges, sizeof(*r->edges));
	return r->text != NULL && r->groups != NULL && r->kept != NULL && r->nodes != NULL &&
	       r->edges != NULL;
}

static char *
keep(char **text, const char *word)
{
	size_t len = strlen(word) + 1;
	char *at = memcpy(*text, word, len);

	*text += len;
	return at;
}

static int
copy_rules(struct url_rules *r, const struct url_rule *list, size_t count, struct error *err)
{
	const char **groups = r->groups;
	char *text = r->text;
	size_t i, k;

	for (i = 0; i < count; i++) {
		struct url_rule *rule = &r->kept[i].rule;

		if (url_rule_check(&list[i], err) != 0)
			return -1;
		*rule = list[i];
		rule->name = keep(&text, list[i].name);
		rule->host = keep(&text, list[i].host);
		rule->path = keep(&text, list[i].path);
		rule->groups = groups;
		for (k = 0; k < list[i].group_count; k++)
			*groups++ = keep(&text, list[i].groups[k]);
		if (plant(r, (uint32_t)i, keep(&text, list[i].path), err) != 0)
			return -1;
	}
	r->count = count;
	return 0;
}

int
url_rules_make(
    const struct url_rules **rules, const struct url_rule *list, size_t count, struct error *err)
{
	struct url_rules *r = calloc(1, sizeof(*r));
	int rc = -1;

	if (r != NULL)
		atomic_init(&r->uses, 1);
	if (r == NULL || !make_room(r, list, count)) {
		error_memory(err);
		goto done;
	}
	new_node(r);
	rc = copy_rules(r, list, count, err);
	if (rc == 0) {
		*rules = r;
		r = NULL;
	}
done:
	url_rules_release(r);
	return rc;
}

const struct url_rules *
url_rules_hold(const struct url_rules *r)
{
	atomic_fetch_add_explicit(
	    &((struct url_rules *)(uintptr_t)r)->uses, 1, memory_order_relaxed);
	return r;
}

void
url_rules_release(const struct url_rules *rules)
{
	struct url_rules *r = (struct url_rules *)(uintptr_t)rules;

	if (r == NULL || atomic_fetch_sub_explicit(&r->uses, 1, memory_order_acq_rel) > 1)
		return;
	free(r->text);
	free(r->groups);
	free(r->kept);
	free(r->nodes);
	free(r->edges);
	free(r);
}

size_t
url_rules_count(const struct url_rules *r)
{
	return r->count;
}

/* ---- finding ---- */

static const struct url_rule *
by_method(const struct url_rules *r, uint32_t node, enum url_method method)
{
	uint32_t i;

	if (node == NONE)
		return NULL;
	for (i = r->nodes[node].rules; i != NONE; i = r->kept[i].next)
		if (r->kept[i].rule.methods == 0 ||
		    (r->kept[i].rule.methods & URL_METHOD_BIT(method)) != 0)
			return &r->kept[i].rule;
	return NULL;
}

/* Depth is at most URL_SEGMENTS_MAX; a node of a tree is met at most once. */
static const struct url_rule *
descend(const struct url_rules *r, uint32_t node, const char *const *segments, size_t count,
    enum url_method method)
{
	const struct url_rule *found = NULL;
	uint32_t literal;

	if (node == NONE)
		return NULL;
	if (count > 0) {
		literal = child(r, node, segments[0]);
		found = descend(r, literal, segments + 1, count - 1, method);
		if (found == NULL)
			found = descend(r, r->nodes[node].star, segments + 1, count - 1, method);
	} else {
		found = by_method(r, node, method);
	}
	return found != NULL ? found : by_method(r, r->nodes[node].rest, method);
}

const struct url_rule *
url_rules_find(const struct url_rules *r, const struct url *url, int bare)
{
	const char *const *segments = bare ? url->bare : url->segments;
	const struct url_rule *found =
	    descend(r, child(r, 0, url->host), segments, url->count, url->method);
	const char *dot = url->host;
	char pattern[URL_HOST_MAX + 1] = "*";

	while (found == NULL && (dot = strchr(dot, '.')) != NULL) {
		strcpy(pattern + 1, dot++); /* shorter than the host */
		found = descend(r, child(r, 0, pattern), segments, url->count, url->method);
	}
	if (found == NULL)
		found = descend(r, r->nodes[0].star, segments, url->count, url->method);
	return found;
}

/* ---- deciding ---- */

static void __attribute__((format(printf, 3, 4)))
say(struct url_decision *d, int is_allowed, const char *fmt, ...)
{
	va_list ap;

	d->is_allowed = is_allowed;
	va_start(ap, fmt);
	vsnprintf(d->reason, sizeof(d->reason), fmt, ap);
	va_end(ap);
}

/* The first group that both have; both are sorted nowhere, and short. */
static const char *
common_group(const struct url_rule *rule, const struct caller *user)
{
	size_t i, k;

	for (i = 0; i < rule->group_count; i++)
		for (k = 0; k < user->group_count; k++)
			if (strcmp(rule->groups[i], user->groups[k]) == 0)
				return rule->groups[i];
	return NULL;
}

static void
decide_by(const struct url_rule *rule, const struct caller *user, struct url_decision *d)
{
	d->rule = rule;
	if (rule == NULL) {
		say(d, 0, "no rule is for this page, so nobody may open it");
		return;
	}
	if (rule->who == URL_FOR_ALL) {
		say(d, 1, "rule \"%.60s\" opens it to all", rule->name);
		return;
	}
	if (!d->is_known) {
		d->is_allowed = 0;
		if (user == NULL)
			say(d, 0,
			    "rule \"%.60s\" opens it to users alone, and nobody of this tenant is "
			    "known by what was shown",
			    rule->name);
		return; /* or what was said of him already */
	}
	if (rule->who == URL_FOR_USERS) {
		say(d, 1, "rule \"%.60s\" opens it to every user", rule->name);
		return;
	}
	d->group = common_group(rule, user);
	if (d->group != NULL)
		say(d, 1, "rule \"%.60s\" opens it to group \"%.60s\"", rule->name, d->group);
	else
		say(d, 0, "rule \"%.60s\" opens it to %s, of which user \"%.60s\" is no member",
		    rule->name, rule->group_count == 0 ? "no group" : "certain groups",
		    user->user_name);
}

void
url_decide(const struct url_rules *rules, const struct caller *user, const struct url *url,
    int64_t now, struct url_decision *d)
{
	struct decision valid;

	memset(d, 0, sizeof(*d));
	d->is_known = user != NULL && authz_is_valid(user, now, &valid);
	if (user != NULL && !d->is_known)
		text_copy(d->reason, sizeof(d->reason), valid.reason);
	decide_by(url_rules_find(rules, url, 0), user, d);
	if (d->is_allowed && url->has_parameters)
		decide_by(url_rules_find(rules, url, 1), user, d);
}
