#include "signing/format/pdf/objects.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE ((size_t)64 << 10)
/* Values of all revisions together; some 40 bytes each. */
#define NODES_MAX 3000000u
/* Values nested in one object; the library itself gives up at 500. */
#define NESTING_MAX 500

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(max_align_t) unsigned char bytes[];
};

/* Where an object stands: its own offset, or that of the stream that holds it. */
struct slot {
	uint64_t offset;
	uint32_t number;
	int in_stream;
	const struct pdf_node *node; /* NULL: the slot is free */
};

struct pdf_objects {
	struct chunk *chunks;
	struct slot *slots;
	size_t slot_count, used;
	unsigned int nodes;
};

const struct pdf_node pdf_node_null;

/* ---- memory ---- */

static void *
take(struct pdf_objects *o, size_t size, struct error *err)
{
	struct chunk *c = o->chunks;
	void *at;

	size = (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
	if (c == NULL || c->size - c->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		c = malloc(sizeof(*c) + room);
		if (c == NULL) {
			error_memory(err);
			return NULL;
		}
		*c = (struct chunk){ .next = o->chunks, .size = room };
		o->chunks = c;
	}
	at = c->bytes + c->used;
	c->used += size;
	return at;
}

static struct pdf_node *
new_node(struct pdf_objects *o, enum pdf_node_type type, struct error *err)
{
	struct pdf_node *node;

	if (++o->nodes > NODES_MAX) {
		error_limit(err, ERROR_LIMIT, "pdf_values", NODES_MAX, 0,
		    "too many values in the objects of the PDF");
		return NULL;
	}
	node = take(o, sizeof(*node), err);
	if (node != NULL)
		*node = (struct pdf_node){ .type = (unsigned char)type };
	return node;
}

static int
set_text(struct pdf_objects *o, struct pdf_node *node, const char *s, size_t len, struct error *err)
{
	char *copy = take(o, len + 1, err);

	if (copy == NULL || len > UINT32_MAX)
		return -1;
	if (len > 0)
		memcpy(copy, s, len);
	copy[len] = '\0';
	node->text = copy;
	node->count = (uint32_t)len;
	return 0;
}

const char *
pdf_objects_text(struct pdf_objects *o, const char *text, struct error *err)
{
	size_t size = strlen(text) + 1;
	char *copy = take(o, size, err);

	return copy != NULL ? memcpy(copy, text, size) : NULL;
}

int
pdf_objects_new(struct pdf_objects **out, struct error *err)
{
	struct pdf_objects *o = calloc(1, sizeof(*o));

	*out = o;
	if (o == NULL)
		return error_memory(err);
	o->slot_count = 1024;
	o->slots = calloc(o->slot_count, sizeof(*o->slots));
	if (o->slots != NULL)
		return 0;
	pdf_objects_free(o);
	*out = NULL;
	return error_memory(err);
}

void
pdf_objects_free(struct pdf_objects *o)
{
	struct chunk *next;

	if (o == NULL)
		return;
	for (; o->chunks != NULL; o->chunks = next) {
		next = o->chunks->next;
		free(o->chunks);
	}
	free(o->slots);
	free(o);
}

/* ---- the library's values as trees ---- */

struct reading {
	struct pdf_objects *objects;
	struct pdf_doc *doc;
	struct error *err;
};

static const struct pdf_node *read_value(struct reading *r, qpdf_oh oh, int top, int depth);

static const struct pdf_node *
read_array(struct reading *r, qpdf_oh oh, int depth)
{
	struct pdf_node *node = new_node(r->objects, PDF_ARRAY, r->err);
	int i, n = qpdf_oh_get_array_n_items(r->doc->q, oh);
	const struct pdf_node **items;

	if (node == NULL || n < 0)
		return NULL;
	items = take(r->objects, (size_t)n * sizeof(*items), r->err);
	if (items == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(r->doc->q, oh, i);

		items[i] = read_value(r, item, 0, depth + 1);
		qpdf_oh_release(r->doc->q, item);
		if (items[i] == NULL)
			return NULL;
	}
	node->items = items;
	node->count = (uint32_t)n;
	return node;
}

/* The keys first: the library iterates over one dictionary at a time. */
static struct pdf_entry *
read_keys(struct reading *r, qpdf_oh dict, uint32_t *count)
{
	struct pdf_entry *entries = NULL, *bigger;
	uint32_t n = 0, cap = 0;

	qpdf_oh_begin_dict_key_iter(r->doc->q, dict);
	while (qpdf_oh_dict_more_keys(r->doc->q)) {
		const char *key = qpdf_oh_dict_next_key(r->doc->q);

		if (n == cap) {
			cap = cap == 0 ? 16 : 2 * cap;
			bigger = take(r->objects, cap * sizeof(*bigger), r->err);
			if (bigger == NULL)
				return NULL;
			if (n > 0)
				memcpy(bigger, entries, n * sizeof(*bigger));
			entries = bigger;
		}
		entries[n].key = pdf_objects_text(r->objects, key, r->err);
		if (entries[n++].key == NULL)
			return NULL;
	}
	*count = n;
	return n > 0 ? entries : take(r->objects, 1, r->err);
}

static const struct pdf_node *
read_dict(struct reading *r, qpdf_oh oh, int depth)
{
	struct pdf_node *node = new_node(r->objects, PDF_DICT, r->err);
	struct pdf_entry *entries;
	uint32_t i, n;

	if (node == NULL)
		return NULL;
	entries = read_keys(r, oh, &n);
	if (entries == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		qpdf_oh value = qpdf_oh_get_key(r->doc->q, oh, entries[i].key);

		entries[i].value = read_value(r, value, 0, depth + 1);
		qpdf_oh_release(r->doc->q, value);
		if (entries[i].value == NULL)
			return NULL;
	}
	node->entries = entries;
	node->count = n;
	return node;
}

static const struct pdf_node *
read_stream(struct reading *r, qpdf_oh oh, int depth)
{
	qpdf_oh dict = qpdf_oh_get_dict(r->doc->q, oh);
	struct pdf_node *node = (struct pdf_node *)read_dict(r, dict, depth);

	qpdf_oh_release(r->doc->q, dict);
	if (node != NULL)
		node->is_stream = 1;
	return node;
}

static const struct pdf_node *
read_ref(struct reading *r, qpdf_oh oh)
{
	struct pdf_node *node = new_node(r->objects, PDF_REF, r->err);

	if (node == NULL)
		return NULL;
	node->ref.number = (uint32_t)qpdf_oh_get_object_id(r->doc->q, oh);
	node->ref.generation = (uint32_t)qpdf_oh_get_generation(r->doc->q, oh);
	return node;
}

static const struct pdf_node *
read_leaf(struct reading *r, qpdf_oh oh, enum pdf_node_type type)
{
	struct pdf_node *node = new_node(r->objects, type, r->err);
	const char *s = "";
	size_t len;
	int rc = 0;

	if (node == NULL)
		return NULL;
	switch (type) {
	case PDF_BOOLEAN:
		node->number = qpdf_oh_get_bool_value(r->doc->q, oh);
		break;
	case PDF_INTEGER:
		node->number = qpdf_oh_get_int_value(r->doc->q, oh);
		break;
	case PDF_REAL:
		s = qpdf_oh_get_real_value(r->doc->q, oh);
		rc = set_text(r->objects, node, s, strlen(s), r->err);
		break;
	case PDF_NAME:
		s = qpdf_oh_get_name(r->doc->q, oh);
		rc = set_text(r->objects, node, s, strlen(s), r->err);
		break;
	case PDF_STRING:
		s = qpdf_oh_get_binary_string_value(r->doc->q, oh, &len);
		rc = set_text(r->objects, node, s, len, r->err);
		break;
	default:
		break;
	}
	return rc == 0 ? node : NULL;
}

static const struct pdf_node *
read_value(struct reading *r, qpdf_oh oh, int top, int depth)
{
	if (depth > NESTING_MAX) {
		error_limit(r->err, ERROR_LIMIT, "pdf_depth", NESTING_MAX, 0,
		    "the values of an object of the PDF are nested too deeply");
		return NULL;
	}
	if (!top && qpdf_oh_is_indirect(r->doc->q, oh))
		return read_ref(r, oh);
	switch (qpdf_oh_get_type_code(r->doc->q, oh)) {
	case ot_boolean:
		return read_leaf(r, oh, PDF_BOOLEAN);
	case ot_integer:
		return read_leaf(r, oh, PDF_INTEGER);
	case ot_real:
		return read_leaf(r, oh, PDF_REAL);
	case ot_string:
		return read_leaf(r, oh, PDF_STRING);
	case ot_name:
		return read_leaf(r, oh, PDF_NAME);
	case ot_array:
		return read_array(r, oh, depth);
	case ot_dictionary:
		return read_dict(r, oh, depth);
	case ot_stream:
		return read_stream(r, oh, depth);
	default:
		return &pdf_node_null;
	}
}

/* ---- the cache ---- */

static struct slot *
find_slot(struct slot *slots, size_t count, const struct slot *key)
{
	uint64_t h = (key->offset * 2 + (uint64_t)key->in_stream) * 0x9e3779b97f4a7c15u ^
		     key->number * 0xc2b2ae3d27d4eb4fu;
	size_t at = (size_t)(h >> 20) & (count - 1);

	while (slots[at].node != NULL &&
	       (slots[at].offset != key->offset || slots[at].number != key->number ||
		   slots[at].in_stream != key->in_stream))
		at = (at + 1) & (count - 1);
	return &slots[at];
}

static int
add_slot(struct pdf_objects *o, const struct slot *slot, struct error *err)
{
	struct slot *bigger;
	size_t i;

	if (2 * ++o->used > o->slot_count) {
		bigger = calloc(2 * o->slot_count, sizeof(*bigger));
		if (bigger == NULL)
			return error_memory(err);
		for (i = 0; i < o->slot_count; i++)
			if (o->slots[i].node != NULL)
				*find_slot(bigger, 2 * o->slot_count, &o->slots[i]) = o->slots[i];
		free(o->slots);
		o->slots = bigger;
		o->slot_count *= 2;
	}
	*find_slot(o->slots, o->slot_count, slot) = *slot;
	return 0;
}

const struct pdf_node *
pdf_object(struct pdf_objects *o, struct pdf_doc *doc, uint32_t number, uint32_t generation,
    struct error *err)
{
	const struct pdf_xref_entry *entry = pdf_find(doc, (int)number, (int)generation), *holder;
	struct reading r = { o, doc, err };
	struct slot key = { .number = number };
	qpdf_oh oh;

	if (entry == NULL)
		return &pdf_node_null;
	holder = entry->in_stream != 0 ? pdf_find(doc, (int)entry->in_stream, 0) : entry;
	if (holder == NULL || holder->in_stream != 0)
		return &pdf_node_null;
	key.offset = holder->offset;
	key.in_stream = entry->in_stream != 0;
	key.node = find_slot(o->slots, o->slot_count, &key)->node;
	if (key.node != NULL)
		return key.node;
	oh = qpdf_get_object_by_id(doc->q, (int)number, (int)generation);
	key.node = read_value(&r, oh, 1, 0);
	qpdf_oh_release(doc->q, oh);
	return key.node == NULL || add_slot(o, &key, err) != 0 ? NULL : key.node;
}

const struct pdf_node *
pdf_object_trailer(struct pdf_objects *o, struct pdf_doc *doc, struct error *err)
{
	struct reading r = { o, doc, err };

	return read_value(&r, qpdf_get_trailer(doc->q), 1, 0);
}

/* ---- looking into trees ---- */

const struct pdf_node *
pdf_node_get(const struct pdf_node *node, const char *key)
{
	uint32_t low = 0, high = node->type == PDF_DICT ? node->count : 0;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int c = strcmp(node->entries[mid].key, key);

		if (c == 0)
			return node->entries[mid].value;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return &pdf_node_null;
}

int
pdf_node_is_name(const struct pdf_node *node, const char *name)
{
	return node->type == PDF_NAME && strcmp(node->text, name) == 0;
}

int
pdf_node_same_ref(const struct pdf_node *a, const struct pdf_node *b)
{
	return a->type == PDF_REF && b->type == PDF_REF && a->ref.number == b->ref.number &&
	       a->ref.generation == b->ref.generation;
}

int
pdf_node_same_leaf(const struct pdf_node *a, const struct pdf_node *b)
{
	if (a->type != b->type)
		return 0;
	switch (a->type) {
	case PDF_NULL:
		return 1;
	case PDF_BOOLEAN:
	case PDF_INTEGER:
		return a->number == b->number;
	case PDF_REAL:
	case PDF_STRING:
	case PDF_NAME:
		return a->count == b->count && memcmp(a->text, b->text, a->count) == 0;
	default:
		return 0;
	}
}
