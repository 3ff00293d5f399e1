#include "signing/report/compare.h"

#include <stdlib.h>
#include <string.h>

#include "signing/report/compare_parts.h"

struct walk {
	struct compare_side then, now;
	const struct compare_options *options;
	struct differences *out;
	struct buf path; /* for people: "signature sig-1: signer" */
	struct error *err;
};

/* ---- telling ---- */

static int
tell(struct walk *w, const char *further, const char *then, const char *now)
{
	struct buf what = BUF_INIT(0);
	int rc = buf_append_span(&what, SPAN_OF(&w->path), w->err);

	if (rc == 0 && *further != '\0')
		rc = buf_printf(&what, w->err, "%s%s", what.len > 0 ? ": " : "", further);
	if (rc == 0)
		rc = buf_terminate(&what, w->err);
	if (rc == 0)
		rc = differences_add(w->out, what.len > 0 ? (const char *)what.data : "the report",
		    then != NULL ? compare_word(then) : NULL,
		    now != NULL ? compare_word(now) : NULL, w->err);
	buf_release(&what);
	return rc;
}

/* What stands in an element and in those within, for people; long words (base64) are left out. */
static int
gist(const struct compare_side *side, const xmlNode *node, struct buf *out, struct error *err)
{
	const char *reference = xml_attr(node, "VOReference");
	char *text = compare_text(node);
	const xmlNode *child;
	int rc = text != NULL ? 0 : error_memory(err);

	if (rc == 0 && text[0] != '\0' && strcspn(text, " ") < 100 && out->len < 1000)
		rc = buf_printf(out, err, "%s%s", out->len > 0 ? ", " : "", compare_word(text));
	free(text);
	if (rc == 0 && reference != NULL && out->len > 0)
		rc = buf_append_str(out, ", ", err);
	if (rc == 0 && reference != NULL)
		rc = compare_references_told(side, reference, out, err);
	for (child = xml_first(node); rc == 0 && child != NULL; child = xml_next(child))
		rc = gist(side, child, out, err);
	return rc;
}

/* An element that only one of them has. */
static int
tell_alone(struct walk *w, const xmlNode *node, size_t place, int is_then)
{
	const struct compare_side *side = is_then ? &w->then : &w->now;
	const size_t before = w->path.len;
	struct buf text = BUF_INIT(0);
	const char *words;
	int rc;

	/* The words cost time, of which a hostile report would take much. */
	if (w->out->count == DIFFERENCES_MAX)
		return differences_add(w->out, "", NULL, NULL, w->err);
	rc = compare_words(side, node, place, &w->path, w->err);
	if (rc == 0)
		rc = gist(side, node, &text, w->err);
	if (rc == 0)
		rc = buf_terminate(&text, w->err);
	words = text.len > 0 ? (const char *)text.data : "it is there";
	if (rc == 0)
		rc = tell(w, "", is_then ? words : NULL, is_then ? NULL : words);
	w->path.len = before;
	buf_release(&text);
	return rc;
}

/* ---- attributes ---- */

static const xmlAttr *
attribute_of(const xmlNode *node, const xmlAttr *like)
{
	const xmlAttr *a;

	for (a = node->properties; a != NULL; a = a->next)
		if (strcmp((const char *)a->name, (const char *)like->name) == 0 &&
		    strcmp(a->ns != NULL ? (const char *)a->ns->href : "",
			like->ns != NULL ? (const char *)like->ns->href : "") == 0)
			return a;
	return NULL;
}

static const char *
value_of(const xmlAttr *a)
{
	return a != NULL && a->children != NULL && a->children->content != NULL
		   ? (const char *)a->children->content
		   : "";
}

static int
is_left_out(const xmlNode *node, const xmlAttr *then, const xmlAttr *now)
{
	const char *name = (const char *)(then != NULL ? then : now)->name;

	if (xml_is(node, VR, "ValidationObject"))
		return strcmp(name, "id") == 0;
	if (xml_is(node, SR, "CrlExcerpt"))
		return strcmp(name, "of") == 0;
	if (xml_is(node, SR, "TrustSnapshot"))
		return strcmp(name, "number") == 0;
	return xml_is(node, SR, "Document") && strcmp(name, "size") == 0 &&
	       (then == NULL || now == NULL);
}

static int
attribute(struct walk *w, const xmlNode *node, const xmlAttr *then, const xmlAttr *now)
{
	const xmlAttr *one = then != NULL ? then : now;
	struct buf was = BUF_INIT(0), is = BUF_INIT(0);
	int rc = 0, same;

	if (is_left_out(node, then, now))
		return 0;
	if (!compare_is_reference(one)) {
		if (then != NULL && now != NULL && strcmp(value_of(then), value_of(now)) == 0)
			return 0;
		return tell(w, (const char *)one->name, then != NULL ? value_of(then) : NULL,
		    now != NULL ? value_of(now) : NULL);
	}
	rc = compare_references(&w->then, value_of(then), &was, w->err) == 0
		 ? compare_references(&w->now, value_of(now), &is, w->err)
		 : -1;
	same = then != NULL && now != NULL && span_equal(SPAN_OF(&was), SPAN_OF(&is));
	was.len = is.len = 0;
	if (rc == 0 && !same)
		rc = compare_references_told(&w->then, value_of(then), &was, w->err) == 0 &&
			     compare_references_told(&w->now, value_of(now), &is, w->err) == 0 &&
			     buf_terminate(&was, w->err) == 0 && buf_terminate(&is, w->err) == 0
			 ? tell(w,
			       strcmp((const char *)one->name, "VOReference") == 0
				   ? ""
				   : (const char *)one->name,
			       then != NULL ? (const char *)was.data : NULL,
			       now != NULL ? (const char *)is.data : NULL)
			 : -1;
	buf_release(&was);
	buf_release(&is);
	return rc;
}

static int
attributes(struct walk *w, const xmlNode *then, const xmlNode *now)
{
	const xmlAttr *a;
	int rc = 0;

	for (a = then->properties; rc == 0 && a != NULL; a = a->next)
		rc = attribute(w, then, a, attribute_of(now, a));
	for (a = now->properties; rc == 0 && a != NULL; a = a->next)
		if (attribute_of(then, a) == NULL)
			rc = attribute(w, now, NULL, a);
	return rc;
}

/* ---- elements ---- */

struct child {
	char *key;
	const xmlNode *node;
	size_t order, place; /* among all; among those of its key, from 1, where there are more */
	struct child *mate;
};
struct children {
	struct child *items;
	struct child **sorted;
	size_t count;
};

static void
children_release(struct children *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		free(c->items[i].key);
	free(c->items);
	free(c->sorted);
}

static int
by_key(const void *a, const void *b)
{
	const struct child *one = *(struct child *const *)a, *two = *(struct child *const *)b;
	const int keys = strcmp(one->key, two->key);

	return keys != 0 ? keys : one->order < two->order ? -1 : one->order > two->order;
}

static void
number(struct children *c)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		const int follows = i > 0 && strcmp(c->sorted[i - 1]->key, c->sorted[i]->key) == 0;
		const int is_followed =
		    i + 1 < c->count && strcmp(c->sorted[i + 1]->key, c->sorted[i]->key) == 0;

		c->sorted[i]->place = follows ? c->sorted[i - 1]->place + 1 : is_followed ? 1 : 0;
	}
}

static int
children_of(
    struct children *out, const struct compare_side *side, const xmlNode *node, struct error *err)
{
	const xmlNode *c;
	struct buf key;
	size_t count = 0;

	memset(out, 0, sizeof(*out));
	for (c = xml_first(node); c != NULL; c = xml_next(c))
		count++;
	out->items = calloc(count + 1, sizeof(*out->items));
	out->sorted = calloc(count + 1, sizeof(struct child *));
	if (out->items == NULL || out->sorted == NULL)
		return error_memory(err);
	for (c = xml_first(node); c != NULL; c = xml_next(c)) {
		struct child *to = &out->items[out->count];

		buf_init(&key, 0);
		if (compare_key(side, c, &key, err) != 0 || buf_terminate(&key, err) != 0) {
			buf_release(&key);
			return -1;
		}
		*to = (struct child){ .key = (char *)key.data, .node = c, .order = out->count };
		out->sorted[out->count++] = to;
	}
	qsort(out->sorted, out->count, sizeof(struct child *), by_key);
	number(out);
	return 0;
}

static void
pair(struct children *then, struct children *now)
{
	size_t i = 0, j = 0;
	int order;

	while (i < then->count && j < now->count) {
		order = strcmp(then->sorted[i]->key, now->sorted[j]->key);
		if (order == 0) {
			then->sorted[i]->mate = now->sorted[j];
			now->sorted[j]->mate = then->sorted[i];
		}
		i += order <= 0;
		j += order >= 0;
	}
}

/* What only trusted lists can answer. */
static int
is_of_trust(const xmlNode *node)
{
	const xmlNode *id = xml_child(node, VR, "ValidationConstraintIdentifier");
	char *text = id != NULL ? compare_text(id) : NULL;
	const char *code = text != NULL ? strrchr(text, ':') : NULL;
	const int is = code != NULL && (strcmp(code, ":TrustServiceStatus") == 0 ||
					   strcmp(code, ":TrustListFreshness") == 0);

	free(text);
	return (is && xml_is(node, VR, "ValidationConstraint")) ||
	       xml_is(node, VR, "SignatureQuality") || xml_is(node, SR, "Qualification");
}

static int
skips(const struct walk *w, const xmlNode *node, int is_alone_then)
{
	const char *id = xml_attr(node, "id");

	if (compare_rule_of(node)->is_left_out)
		return 1;
	if (w->options->without_trust && is_of_trust(node))
		return 1;
	if (!w->options->has_snapshot &&
	    (xml_is(node, SR, "TrustSnapshot") ||
		(xml_is(node, VR, "ValidationObject") && id != NULL && strcmp(id, "trust") == 0)))
		return 1;
	/* The whole list was not given: a replay says so. */
	return is_alone_then && xml_is(node, VR, "ValidationObject") &&
	       xml_child(xml_path(node, VR, "ValidationObjectRepresentation/direct"), SR,
		   "CrlExcerpt") != NULL;
}

static int
text(struct walk *w, const xmlNode *then, const xmlNode *now)
{
	char *was, *is;
	int rc = 0;

	/* What an object holds is known by its digest; of a document the name is its sender's. */
	if (xml_is(then, SR, "Document") ||
	    (xml_is(then, VR, "base64") &&
		xml_child(then->parent, VR, "DigestAlgAndValue") != NULL))
		return 0;
	was = compare_text(then);
	is = compare_text(now);
	if (was == NULL || is == NULL)
		rc = error_memory(w->err);
	else if (strcmp(was, is) != 0)
		rc = tell(w, "", was, is);
	free(was);
	free(is);
	return rc;
}

static int element(struct walk *w, const xmlNode *then, const xmlNode *now, size_t place);

static int
within(struct walk *w, const xmlNode *then, const xmlNode *now)
{
	struct children was, is = { 0 };
	size_t i;
	int rc = children_of(&was, &w->then, then, w->err);

	if (rc == 0)
		rc = children_of(&is, &w->now, now, w->err);
	if (rc == 0)
		pair(&was, &is);
	for (i = 0; rc == 0 && i < was.count; i++) {
		const struct child *c = &was.items[i];

		if (skips(w, c->node, c->mate == NULL))
			continue;
		rc = c->mate != NULL ? element(w, c->node, c->mate->node, c->place)
				     : tell_alone(w, c->node, c->place, 1);
	}
	for (i = 0; rc == 0 && i < is.count; i++)
		if (is.items[i].mate == NULL && !skips(w, is.items[i].node, 0))
			rc = tell_alone(w, is.items[i].node, is.items[i].place, 0);
	children_release(&was);
	children_release(&is);
	return rc;
}

static int
element(struct walk *w, const xmlNode *then, const xmlNode *now, size_t place)
{
	const size_t before = w->path.len;
	int rc = compare_words(&w->then, then, place, &w->path, w->err);

	if (rc == 0)
		rc = attributes(w, then, now);
	if (rc == 0)
		rc = text(w, then, now);
	if (rc == 0)
		rc = within(w, then, now);
	w->path.len = before;
	return rc;
}

int
report_compare(struct differences *out, const xmlNode *then, const xmlNode *now,
    const struct compare_options *options, struct error *err)
{
	struct walk w = { .options = options, .out = out, .path = BUF_INIT(0), .err = err };
	int rc = compare_side_make(&w.then, then, err);

	if (rc == 0)
		rc = compare_side_make(&w.now, now, err);
	if (rc == 0)
		rc = attributes(&w, then, now);
	if (rc == 0)
		rc = within(&w, then, now);
	compare_side_release(&w.then);
	compare_side_release(&w.now);
	buf_release(&w.path);
	return rc;
}
