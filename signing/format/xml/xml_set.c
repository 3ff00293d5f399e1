#include "signing/format/xml/xml_set.h"

#include <stdlib.h>
#include <string.h>

int
xml_spend(struct xml_budget *budget, uint64_t work, struct error *err)
{
	if (work > budget->work)
		return error_limit(err, ERROR_LIMIT, "xml_work", budget->allowed, 0,
		    "the references of the XML document cost too much work to follow");
	budget->work -= work;
	return 0;
}

int
xml_spend_bytes(struct xml_budget *budget, size_t bytes, struct error *err)
{
	return xml_spend(budget, bytes / XML_BYTES_PER_NODE + 1, err);
}

uint64_t
xml_work_for(uint64_t nodes, uint64_t bytes)
{
	return XML_WORK_PER_NODE * (nodes + bytes / XML_BYTES_PER_NODE);
}

uint64_t
xml_walk_cost(const struct xml_doc *x, const xmlNode *apex)
{
	size_t i = apex != NULL ? xml_index(apex) : 0;
	uint64_t nodes = apex != NULL ? x->ends[i] - i : x->count;
	uint64_t bound = nodes * x->surplus.dearest;

	return nodes + (bound < x->surplus.total ? bound : x->surplus.total);
}

static size_t
words(const struct xml_set *set)
{
	return set->x->count / 64 + 1;
}

int
xml_set_init(struct xml_set *set, const struct xml_doc *x, struct error *err)
{
	memset(set, 0, sizeof(*set));
	set->x = x;
	set->bits = calloc(words(set), sizeof(*set->bits));
	return set->bits != NULL ? 0 : error_memory(err);
}

void
xml_set_release(struct xml_set *set)
{
	free(set->bits);
	free(set->ns_bits);
	free(set->hidden);
	memset(set, 0, sizeof(*set));
}

int
xml_set_split_ns(struct xml_set *set, struct error *err)
{
	if (set->ns_bits != NULL)
		return 0;
	set->ns_bits = malloc(words(set) * sizeof(*set->ns_bits));
	if (set->ns_bits == NULL)
		return error_memory(err);
	memcpy(set->ns_bits, set->bits, words(set) * sizeof(*set->ns_bits));
	return 0;
}

size_t
xml_set_from(const struct xml_set *set)
{
	return set->apex != NULL ? xml_index(set->apex) : 0;
}

size_t
xml_set_to(const struct xml_set *set)
{
	return set->apex != NULL ? set->x->ends[xml_index(set->apex)] : set->x->count;
}

int
xml_set_has(const struct xml_set *set, size_t index)
{
	return (int)(set->bits[index / 64] >> (index % 64) & 1);
}

void
xml_set_put(struct xml_set *set, size_t index, int value)
{
	uint64_t bit = (uint64_t)1 << (index % 64);

	if (value)
		set->bits[index / 64] |= bit;
	else
		set->bits[index / 64] &= ~bit;
}

/* Set or clear [from, to). */
static void
fill(uint64_t *bits, size_t from, size_t to, int value)
{
	while (from < to) {
		if (from % 64 == 0 && to - from >= 64) {
			bits[from / 64] = value ? ~(uint64_t)0 : 0;
			from += 64;
			continue;
		}
		if (value)
			bits[from / 64] |= (uint64_t)1 << (from % 64);
		else
			bits[from / 64] &= ~((uint64_t)1 << (from % 64));
		from++;
	}
}

void
xml_set_fill(struct xml_set *set, const xmlNode *apex, int value)
{
	size_t from = apex != NULL ? xml_index(apex) : 0;
	size_t to = apex != NULL ? set->x->ends[from] : set->x->count;

	fill(set->bits, from, to, value);
	if (set->ns_bits != NULL)
		fill(set->ns_bits, from, to, value);
}

void
xml_set_drop_comments(struct xml_set *set)
{
	size_t i;

	for (i = xml_set_from(set); i < xml_set_to(set); i++)
		if (set->x->nodes[i]->type == XML_COMMENT_NODE)
			xml_set_put(set, i, 0);
}

void
xml_set_and(struct xml_set *set, const struct xml_set *other)
{
	size_t i;

	for (i = 0; i < words(set); i++) {
		set->bits[i] &= other->bits[i];
		if (set->ns_bits != NULL)
			set->ns_bits[i] &= other->bits[i];
	}
}

void
xml_set_or(struct xml_set *set, const struct xml_set *other)
{
	size_t i;

	for (i = 0; i < words(set); i++)
		set->bits[i] |= other->bits[i];
}

void
xml_set_subtract(struct xml_set *set, const struct xml_set *other)
{
	size_t i;

	for (i = 0; i < words(set); i++)
		set->bits[i] &= ~other->bits[i];
}

/* The slot that holds the pair, or the free one where it would go. */
static struct xml_hidden_ns *
slot(struct xml_hidden_ns *table, size_t size, const xmlNode *element, const xmlNs *ns)
{
	size_t at = ((uintptr_t)element / 16 * 31 + (uintptr_t)ns / 16) * 2654435761u % size;

	while (table[at].element != NULL && (table[at].element != element || table[at].ns != ns))
		at = (at + 1) % size;
	return &table[at];
}

static int
grow_hidden(struct xml_set *set, struct error *err)
{
	size_t size = set->hidden_size * 2 + 64, i;
	struct xml_hidden_ns *table = calloc(size, sizeof(*table));

	if (table == NULL)
		return error_memory(err);
	for (i = 0; i < set->hidden_size; i++)
		if (set->hidden[i].element != NULL)
			*slot(table, size, set->hidden[i].element, set->hidden[i].ns) =
			    set->hidden[i];
	free(set->hidden);
	set->hidden = table;
	set->hidden_size = size;
	return 0;
}

int
xml_set_hide_ns(struct xml_set *set, const xmlNode *element, const xmlNs *ns, struct error *err)
{
	struct xml_hidden_ns *s;

	if (set->hidden_count * 2 >= set->hidden_size && grow_hidden(set, err) != 0)
		return -1;
	s = slot(set->hidden, set->hidden_size, element, ns);
	set->hidden_count += s->element == NULL;
	*s = (struct xml_hidden_ns){ element, ns };
	return 0;
}

int
xml_set_has_ns(const struct xml_set *set, const xmlNode *element, const xmlNs *ns)
{
	size_t i = xml_index(element);

	if (set->ns_bits == NULL)
		return xml_set_has(set, i);
	return (set->ns_bits[i / 64] >> (i % 64) & 1) &&
	       (set->hidden_count == 0 ||
		   slot(set->hidden, set->hidden_size, element, ns)->element == NULL);
}

int
xml_set_covers(const struct xml_set *set, size_t from, size_t to)
{
	size_t i;

	for (i = from; i < to; i++) {
		xmlElementType type = set->x->nodes[i]->type;

		if ((!xml_set_has(set, i) && type != XML_COMMENT_NODE) ||
		    (type == XML_ELEMENT_NODE && set->ns_bits != NULL &&
			!(set->ns_bits[i / 64] >> (i % 64) & 1)))
			return 0;
	}
	for (i = 0; i < set->hidden_size; i++)
		if (set->hidden[i].element != NULL && xml_index(set->hidden[i].element) >= from &&
		    xml_index(set->hidden[i].element) < to)
			return 0;
	return 1;
}
