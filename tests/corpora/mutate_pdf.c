/* Mutations of PDF files: updates that nobody signed, and bytes in the gap of a signature. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/corpora/mutate.h"

#define OBJECTS_MAX 4000
#define GAPS_MAX    64
#define GAP_MIN	    400 /* hex digits: shorter strings are no signatures */

/* The body of "7 0 obj", without the words around it; of several the last is the one in force. */
struct object {
	unsigned int number, generation;
	size_t from, to;
};
struct outline {
	struct object objects[OBJECTS_MAX];
	size_t count;
	unsigned long size, startxref;
	char root[40];
};

static const char *
find(struct span file, size_t from, const char *what)
{
	return from < file.len ? memmem(file.data + from, file.len - from, what, strlen(what))
			       : NULL;
}

static size_t
place(struct span file, const char *at)
{
	return (size_t)((const unsigned char *)at - file.data);
}

/* "7 0 " right before `at`: the numbers, 0 when there are none. */
static int
numbers_before(struct span file, size_t at, struct object *o)
{
	size_t i = at;
	char text[32];

	while (i > 0 && at - i < sizeof(text) - 1 &&
	       (isdigit(file.data[i - 1]) || file.data[i - 1] == ' '))
		i--;
	snprintf(text, sizeof(text), "%.*s", (int)(at - i), (const char *)file.data + i);
	return sscanf(text, "%u %u", &o->number, &o->generation) == 2;
}

static void
read_objects(struct span file, struct outline *l)
{
	const char *at, *end;
	size_t from = 0, i;

	while (l->count < OBJECTS_MAX && (at = find(file, from, " obj")) != NULL) {
		struct object o = { .from = place(file, at) + 4 };

		from = o.from;
		end = find(file, from, "endobj");
		if (end == NULL || !numbers_before(file, o.from - 3, &o))
			continue;
		o.to = place(file, end);
		for (i = 0; i < l->count; i++)
			if (l->objects[i].number == o.number)
				break;
		l->objects[i] = o;
		l->count += i == l->count;
	}
}

/* Up to 40 bytes behind a place, as a string. */
static const char *
words(struct span file, const char *at, char text[41])
{
	size_t left = file.len - place(file, at);

	snprintf(text, 41, "%.*s", (int)(left < 40 ? left : 40), at);
	return text;
}

static int
read_outline(struct span file, struct outline *l)
{
	const char *at;
	char text[41];
	size_t from = 0, i;
	unsigned int number, generation;
	unsigned long size;

	memset(l, 0, sizeof(*l));
	for (from = 0; (at = find(file, from, "startxref")) != NULL; from = place(file, at) + 9)
		l->startxref = strtoul(words(file, at + 9, text), NULL, 10);
	for (from = 0; (at = find(file, from, "/Size")) != NULL; from = place(file, at) + 5)
		if ((size = strtoul(words(file, at + 5, text), NULL, 10)) > l->size &&
		    size < 10000000)
			l->size = size;
	for (from = 0; (at = find(file, from, "/Root")) != NULL; from = place(file, at) + 5)
		if (sscanf(words(file, at + 5, text), "%u %u R", &number, &generation) == 2)
			snprintf(l->root, sizeof(l->root), "%u %u R", number, generation);
	read_objects(file, l);
	for (i = 0; i < l->count; i++)
		if (l->objects[i].number >= l->size)
			l->size = l->objects[i].number + 1;
	return l->startxref > 0 && l->size > 0 && l->root[0] != '\0';
}

static int
holds(struct span file, const struct object *o, const char *what)
{
	return memmem(file.data + o->from, o->to - o->from, what, strlen(what)) != NULL;
}

/* One of those that hold all the words (NULL: no more). */
static const struct object *
pick(struct mutant *m, const struct outline *l, const char *one, const char *other,
    const char * not )
{
	size_t at, n;

	if (l->count == 0)
		return NULL;
	at = mutant_random(m, l->count);
	for (n = 0; n < l->count; n++, at = (at + 1) % l->count) {
		const struct object *o = &l->objects[at];

		if ((one == NULL || holds(m->from, o, one)) &&
		    (other == NULL || holds(m->from, o, other)) &&
		    (not == NULL || !holds(m->from, o, not )))
			return o;
	}
	return NULL;
}

static void
put(struct mutant *m, const char *text)
{
	mutant_put(m, text, strlen(text));
}

/* An update that holds this one object: its body stands in `body`. */
static void
update(struct mutant *m, const struct outline *l, unsigned int number, unsigned int generation,
    struct span body)
{
	char text[400];
	size_t object, xref;

	mutant_copy(m, 0, m->from.len);
	put(m, "\n");
	object = m->out.len;
	snprintf(text, sizeof(text), "%u %u obj\n", number, generation);
	put(m, text);
	mutant_put(m, body.data, body.len);
	put(m, "\nendobj\n");
	xref = m->out.len;
	snprintf(text, sizeof(text),
	    "xref\n%u 1\n%010zu %05u n\r\ntrailer\n<< /Size %lu /Root %s /Prev %lu >>\n"
	    "startxref\n%zu\n%%%%EOF\n",
	    number, object, generation, number >= l->size ? number + 1UL : l->size, l->root,
	    l->startxref, xref);
	put(m, text);
}

static int
replace(struct mutant *m, const struct outline *l, const struct object *o, const char *body,
    const char *what)
{
	if (o == NULL)
		return 0;
	update(m, l, o->number, o->generation, span_str(body));
	mutant_say(m, "%s: object %u in an update", what, o->number);
	return 1;
}

/* The object again, with words behind the first "<<" of it. */
static int
insert(struct mutant *m, const struct outline *l, const struct object *o, const char *words,
    const char *what)
{
	struct buf body = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const unsigned char *at;
	size_t head;

	if (o == NULL)
		return 0;
	at = memmem(m->from.data + o->from, o->to - o->from, "<<", 2);
	if (at == NULL)
		return 0;
	head = (size_t)(at - m->from.data) + 2;
	if (buf_append(&body, m->from.data + o->from, head - o->from, &err) != 0 ||
	    buf_append_str(&body, words, &err) != 0 ||
	    buf_append(&body, m->from.data + head, o->to - head, &err) != 0)
		abort();
	update(m, l, o->number, o->generation, SPAN_OF(&body));
	mutant_say(m, "%s: object %u in an update", what, o->number);
	buf_release(&body);
	return 1;
}

static struct outline *
outline_of(struct mutant *m)
{
	static struct outline l;

	return read_outline(m->from, &l) ? &l : NULL;
}

static int
other_content(struct mutant *m)
{
	const struct outline *l = outline_of(m);
	const struct object *o;

	o = l != NULL ? pick(m, l, "stream", "/Length", "/Type") : NULL;
	return replace(m, l, o,
	    "<< /Length 44 >>\nstream\nBT /F1 24 Tf 50 500 Td (pay 1,000,000) Tj ET   \nendstream",
	    "other content");
}

static int
open_action(struct mutant *m)
{
	const struct outline *l = outline_of(m);

	return l != NULL && insert(m, l, pick(m, l, "/Catalog", NULL, NULL),
				" /OpenAction << /S /JavaScript /JS (app.alert(1)) >> ",
				"an action in the catalog");
}

static int
annotation(struct mutant *m)
{
	const struct outline *l = outline_of(m);

	return l != NULL &&
	       insert(m, l, pick(m, l, "/Page", "/Parent", "/Annots"),
		   " /Annots [ << /Type /Annot /Subtype /FreeText /Rect [0 0 600 800] /Contents "
		   "(pay) /DA (/Helv 12 Tf 0 g) >> ] ",
		   "an annotation");
}

static int
field(struct mutant *m)
{
	const struct outline *l = outline_of(m);

	return l != NULL &&
	       insert(m, l, pick(m, l, "/FT", "/Tx", "/V"), " /V (pay) ", "a field's value");
}

static int
resized(struct mutant *m)
{
	const struct outline *l = outline_of(m);

	return l != NULL && insert(m, l, pick(m, l, "/Page", "/Parent", "/UserUnit"),
				" /UserUnit 2 /Rotate 90 ", "a page turned");
}

static int
nothing(struct mutant *m)
{
	const struct outline *l = outline_of(m);

	return l != NULL && replace(m, l, pick(m, l, NULL, NULL, NULL), "null", "null");
}

static int
any_key(struct mutant *m)
{
	const struct outline *l = outline_of(m);

	return l != NULL &&
	       insert(m, l, pick(m, l, "<<", NULL, NULL), " /Added 1 ", "a key that nobody knows");
}

static int
unreferenced(struct mutant *m)
{
	const struct outline *l = outline_of(m);

	if (l == NULL)
		return 0;
	update(m, l, (unsigned int)l->size, 0, span_str("<< /Nobody /Refers >>"));
	mutant_say(m, "a new object that nobody refers to");
	return 1;
}

/* ---- gaps: the values of /Contents ---- */

struct gap {
	size_t from, to; /* between < and > */
};

static size_t
gaps_of(struct span file, struct gap *gaps)
{
	const char *at;
	size_t from = 0, count = 0;

	while (count < GAPS_MAX && (at = find(file, from, "/Contents")) != NULL) {
		size_t i = place(file, at) + 9, k;

		from = i;
		while (i < file.len && isspace(file.data[i]))
			i++;
		if (i == file.len || file.data[i] != '<')
			continue;
		for (k = ++i; k < file.len && (isxdigit(file.data[k]) || isspace(file.data[k]));)
			k++;
		if (k < file.len && file.data[k] == '>' && k - i >= GAP_MIN)
			gaps[count++] = (struct gap){ i, k };
	}
	return count;
}

static int
in_gap(struct mutant *m)
{
	struct gap gaps[GAPS_MAX];
	size_t count = gaps_of(m->from, gaps), n, at;

	if (count == 0)
		return 0;
	n = mutant_random(m, count);
	at = gaps[n].from + mutant_random(m, gaps[n].to - gaps[n].from);
	mutant_copy(m, 0, m->from.len);
	m->out.data[at] = (unsigned char)"0123456789abcdef"[mutant_random(m, 16)];
	mutant_say(m, "a digit at byte %zu of /Contents", at);
	return m->out.data[at] != m->from.data[at];
}

#define PDF (1u << MUTANT_PDF)

const struct mutation mutations_of_pdf[] = {
	{ "pdf-content", PDF, other_content },
	{ "pdf-action", PDF, open_action },
	{ "pdf-annotation", PDF, annotation },
	{ "pdf-field", PDF, field },
	{ "pdf-page", PDF, resized },
	{ "pdf-null", PDF, nothing },
	{ "pdf-key", PDF, any_key },
	{ "pdf-object", PDF, unreferenced },
	{ "pdf-gap", PDF, in_gap },
	{ NULL, 0, NULL },
};

int
shown_pdf_kept(struct span from, struct span to)
{
	struct gap gaps[GAPS_MAX];
	size_t count = gaps_of(from, gaps), i, at = 0;

	if (to.len < from.len)
		return 0;
	for (i = 0; i <= count; i++) {
		size_t end = i < count ? gaps[i].from : from.len;

		if (end < at || memcmp(from.data + at, to.data + at, end - at) != 0)
			return 0;
		at = i < count ? gaps[i].to : end;
	}
	return 1;
}
