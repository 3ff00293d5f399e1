#include "authz/caller.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS_MAX 65535

/* The snapshot with what it is made of: all strings are in `text`. */
struct holder {
	struct caller caller; /* first: a caller is its holder */
	atomic_uint count;
	const char **groups;
	unsigned int *vias;
	struct caller_key *keys;
	struct caller_object *objects;
	char *text;
	size_t text_at;
};

static struct holder *
holder_of(const struct caller *caller)
{
	return (struct holder *)(uintptr_t)caller;
}

const char *
authenticated_by_name(enum authenticated_by by)
{
	static const char *const names[] = { "Nothing", "Certificate", "Password" };

	return names[by];
}

static size_t
array_text(struct db_array a)
{
	struct span item;
	size_t len = 0;

	while (db_array_next(&a, &item))
		len += item.len + 1;
	return len;
}

static const char *
add_text(struct holder *h, struct span s)
{
	char *at = h->text + h->text_at;

	if (s.len > 0)
		memcpy(at, s.data, s.len);
	at[s.len] = '\0';
	h->text_at += s.len + 1;
	return at;
}

static int
compare_group(const void *name, const void *group)
{
	const struct span *wanted = name;
	const char *is = *(const char *const *)group;
	const size_t len = strlen(is), least = wanted->len < len ? wanted->len : len;
	const int order = memcmp(wanted->data, is, least);

	if (order != 0)
		return order;
	return wanted->len < len ? -1 : wanted->len > len;
}

static unsigned int
group_index(const struct holder *h, struct span name)
{
	const char **found =
	    bsearch(&name, h->groups, h->caller.group_count, sizeof(*h->groups), compare_group);

	return found != NULL ? (unsigned int)(found - h->groups) : 0;
}

const char *
object_kind_name(enum object_kind kind)
{
	static const char *const names[OBJECT_KINDS] = { "", "Key", "Directory", "TrustCentre",
		"Archive" };

	return names[kind];
}

enum object_kind
object_kind_by_name(const char *name, size_t len)
{
	enum object_kind kind;

	for (kind = OBJECT_KEY; kind < OBJECT_KINDS; kind++)
		if (strlen(object_kind_name(kind)) == len &&
		    memcmp(object_kind_name(kind), name, len) == 0)
			return kind;
	return OBJECT_NONE;
}

static void
take_groups(struct holder *h, struct db_array names, struct db_array vias)
{
	struct span name;
	size_t i;

	while (h->caller.group_count < GROUPS_MAX && db_array_next(&names, &name))
		h->groups[h->caller.group_count++] = add_text(h, name);
	h->caller.groups = h->groups;
	for (i = 0; i < h->caller.group_count; i++)
		h->vias[i] = db_array_next(&vias, &name) && name.len > 0 ? group_index(h, name)
									 : CALLER_HIMSELF;
	h->caller.vias = h->vias;
}

/* Both arrays are sorted by right and group: the first group of a right is kept. */
static void
take_rights(struct holder *h, struct db_array rights, struct db_array groups)
{
	struct span name, group;

	while (db_array_next(&rights, &name) && db_array_next(&groups, &group)) {
		const enum right right = right_by_name((const char *)name.data, name.len);

		if (right == RIGHT_UNSET || right_set_has(&h->caller.rights, right))
			continue;
		right_set_add(&h->caller.rights, right);
		right_set_add(&h->caller.whole, right);
		h->caller.right_group[right] = (unsigned short)group_index(h, group);
	}
}

static int
compare_object(const void *a, const void *b)
{
	const struct caller_object *x = a, *y = b;

	if (x->right != y->right)
		return x->right < y->right ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return memcmp(x->id.bytes, y->id.bytes, sizeof(x->id.bytes));
}

/* Of the same right and object the first, which is the nearest, is kept. */
static void
take_objects(struct holder *h, const struct caller_row *row)
{
	struct db_array rights = row->object_rights, kinds = row->object_kinds,
			ids = row->object_ids, groups = row->object_groups;
	struct span name, kind, id, group;
	struct caller_object *o = h->objects;

	while (db_array_next(&rights, &name) && db_array_next(&kinds, &kind) &&
	       db_array_next(&ids, &id) && db_array_next(&groups, &group)) {
		o->right = right_by_name((const char *)name.data, name.len);
		o->kind = object_kind_by_name((const char *)kind.data, kind.len);
		if (o->right == RIGHT_UNSET || o->right >= RIGHTS || o->kind == OBJECT_NONE ||
		    id.len != sizeof(o->id.bytes))
			continue;
		memcpy(o->id.bytes, id.data, sizeof(o->id.bytes));
		if (o > h->objects && compare_object(o - 1, o) == 0)
			continue;
		o->group = group_index(h, group);
		if (!right_set_has(&h->caller.rights, o->right))
			h->caller.right_group[o->right] = (unsigned short)o->group;
		right_set_add(&h->caller.rights, o->right);
		o++;
	}
	h->caller.objects = h->objects;
	h->caller.object_count = (size_t)(o - h->objects);
	qsort(h->objects, h->caller.object_count, sizeof(*h->objects), compare_object);
}

static void
take_keys(struct holder *h, const struct caller_row *row)
{
	struct db_array names = row->key_names, ids = row->key_ids, groups = row->key_groups;
	struct span name, id, group;
	struct caller_key *key = h->keys;

	while (db_array_next(&names, &name) && db_array_next(&ids, &id) &&
	       db_array_next(&groups, &group)) {
		if (key > h->keys && memcmp(key[-1].id.bytes, id.data, sizeof(key->id)) == 0)
			continue;
		memcpy(key->id.bytes, id.data, sizeof(key->id));
		key->name = add_text(h, name);
		key->group = group_index(h, group);
		key++;
	}
	h->caller.keys = h->keys;
	h->caller.key_count = (size_t)(key - h->keys);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	if (a == DB_NO_TIME)
		a = INT64_MAX;
	if (b == DB_NO_TIME)
		b = INT64_MAX;
	return a < b ? a : b;
}

int
caller_make(const struct caller **caller, const struct caller_row *row, enum authenticated_by by,
    struct error *err)
{
	struct holder *h = calloc(1, sizeof(*h));
	struct caller *c = h != NULL ? &h->caller : NULL;

	*caller = NULL;
	if (h == NULL)
		return error_memory(err);
	atomic_init(&h->count, 1);
	h->groups = calloc(row->groups.left + 1, sizeof(*h->groups));
	h->vias = calloc(row->groups.left + 1, sizeof(*h->vias));
	h->keys = calloc(row->key_names.left + 1, sizeof(*h->keys));
	h->objects = calloc(row->object_rights.left + 1, sizeof(*h->objects));
	h->text = malloc(array_text(row->groups) + array_text(row->key_names) +
			 strlen(row->tenant_name) + strlen(row->user_name) + strlen(row->password) +
			 strlen(row->check_state) + strlen(row->check_reason) + 5);
	if (h->groups == NULL || h->vias == NULL || h->keys == NULL || h->objects == NULL ||
	    h->text == NULL) {
		caller_release(c);
		return error_memory(err);
	}
	c->tenant = row->tenant;
	c->user = row->user;
	c->tenant_name = add_text(h, span_str(row->tenant_name));
	c->user_name = add_text(h, span_str(row->user_name));
	c->password = add_text(h, span_str(row->password));
	c->check_state = add_text(h, span_str(row->check_state));
	c->check_reason = add_text(h, span_str(row->check_reason));
	c->check_since = row->check_since;
	c->check_revoked = row->check_revoked;
	c->check_refused = row->check_refused != DB_NO_TIME ? row->check_refused : INT64_MAX;
	c->authenticated_by = by;
	c->tenant_is_active = row->tenant_is_active;
	c->tenant_is_server = row->tenant_is_server;
	c->user_is_active = row->user_is_active;
	c->certificate_is_active = row->certificate_is_active;
	c->expires = earlier(row->valid_until, row->certificate_not_after);
	take_groups(h, row->groups, row->group_vias);
	take_rights(h, row->rights, row->right_groups);
	take_objects(h, row);
	take_keys(h, row);
	*caller = c;
	return 0;
}

const struct caller *
caller_hold(const struct caller *caller)
{
	atomic_fetch_add_explicit(&holder_of(caller)->count, 1, memory_order_relaxed);
	return caller;
}

void
caller_release(const struct caller *caller)
{
	struct holder *h = holder_of(caller);

	if (h == NULL || atomic_fetch_sub_explicit(&h->count, 1, memory_order_acq_rel) > 1)
		return;
	free(h->groups);
	free(h->vias);
	free(h->keys);
	free(h->objects);
	if (h->text != NULL)
		explicit_bzero(h->text, h->text_at);
	free(h->text);
	free(h);
}

static int
compare_key(const void *name, const void *key)
{
	return strcmp(name, ((const struct caller_key *)key)->name);
}

const struct caller_key *
caller_key(const struct caller *caller, const char *name)
{
	return bsearch(name, caller->keys, caller->key_count, sizeof(*caller->keys), compare_key);
}

const struct caller_object *
caller_object(
    const struct caller *caller, enum right right, enum object_kind kind, const struct uuid *id)
{
	const struct caller_object wanted = { right, kind, *id, 0 };

	return bsearch(&wanted, caller->objects, caller->object_count, sizeof(*caller->objects),
	    compare_object);
}

const struct caller_key *
caller_key_for(const struct caller *caller, enum right right, const char *name)
{
	const struct caller_key *key = caller_key(caller, name);

	if (key == NULL || right_set_has(&caller->whole, right) ||
	    caller_object(caller, right, OBJECT_KEY, &key->id) != NULL)
		return key;
	return NULL;
}

char *
caller_chain(const struct caller *caller, unsigned int group, char *out, size_t size)
{
	unsigned int steps[CALLER_CHAIN_MAX];
	size_t n = 0, len;

	out[0] = '\0';
	if (caller->vias == NULL || caller->vias[group] == CALLER_HIMSELF)
		return out;
	for (; group < caller->group_count && n < CALLER_CHAIN_MAX; group = caller->vias[group])
		steps[n++] = group;
	len = (size_t)snprintf(
	    out, size, "\"%s\" is in \"%.60s\"", caller->user_name, caller->groups[steps[n - 1]]);
	for (; n > 1 && len < size; n--)
		len += (size_t)snprintf(out + len, size - len, ", \"%.60s\" in \"%.60s\"",
		    caller->groups[steps[n - 1]], caller->groups[steps[n - 2]]);
	return out;
}
