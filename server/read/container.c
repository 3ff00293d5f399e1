/* Facts on a container as bytes and back. */
#include <stdlib.h>

#include "server/read/facts.h"

/* As many time stamps as entries, and far more than the reader takes. */
#define ITEMS_MAX 100000

static void
pack_entry(struct pack *p, struct asic_entry *e)
{
	pack_text(p, &e->name);
	pack_u64(p, &e->size);
	PACK_ENUM(p, e->role, ASIC_ROLES);
	pack_flag(p, &e->is_signed);
	if (e->name == NULL)
		pack_broken(p);
}

static void
pack_container_stamp(struct pack *p, struct asic_stamp *s)
{
	pack_text(p, &s->name);
	pack_text(p, &s->manifest);
	pack_text(p, &s->covers);
	pack_flag(p, &s->covers_all);
	pack_embedded(p, &s->stamp);
	PACK_ENUM(p, s->failure, SUB_INDICATIONS);
	pack_chars(p, s->failure_text, sizeof(s->failure_text));
	if (s->name == NULL)
		pack_broken(p);
}

/* Read: room for `count` zeroed items, or NULL with p failed. */
static void *
make_items(struct pack *p, size_t count, size_t size)
{
	void *items = p->failed ? NULL : calloc(count + 1, size);

	if (items == NULL && !p->failed) {
		error_memory(p->err);
		p->failed = 1;
	}
	return items;
}

void
pack_container(struct pack *p, struct asic_container *c)
{
	size_t i, entries = c->entry_count, stamps = c->stamp_count;

	PACK_ENUM(p, c->type, ASIC_TYPES);
	pack_text(p, &c->mime_type);
	pack_size(p, &c->evidence_count);
	pack_size(p, &c->unsigned_count);
	pack_chars(p, c->remarks, sizeof(c->remarks));
	pack_count(p, &entries, ITEMS_MAX);
	if (p->reading) {
		c->entries = make_items(p, entries, sizeof(*c->entries));
		c->entry_count = c->entries != NULL ? entries : 0;
	}
	for (i = 0; i < c->entry_count && !p->failed; i++)
		pack_entry(p, &c->entries[i]);
	pack_count(p, &stamps, ITEMS_MAX);
	if (p->reading) {
		c->stamps = make_items(p, stamps, sizeof(*c->stamps));
		c->stamp_count = c->stamps != NULL ? stamps : 0;
	}
	for (i = 0; i < c->stamp_count && !p->failed; i++)
		pack_container_stamp(p, &c->stamps[i]);
}
