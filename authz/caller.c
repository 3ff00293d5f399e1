#include "authz/caller.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS_MAX 65535

/* The snapshot with what it is made of: all strings are in `text`. */
struct holder {
	struct caller caller; /* first: a caller is its holder */
	atomic_uint count;
	const char **groups;
	struct caller_key *keys;
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

static void
take_groups(struct holder *h, struct db_array names)
{
	struct span name;

	while (h->caller.group_count < GROUPS_MAX && db_array_next(&names, &name))
		h->groups[h->caller.group_count++] = add_text(h, name);
	h->caller.groups = h->groups;
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
		h->caller.right_group[right] = (unsigned short)group_index(h, group);
	}
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
	h->keys = calloc(row->key_names.left + 1, sizeof(*h->keys));
	h->text = malloc(array_text(row->groups) + array_text(row->key_names) +
			 strlen(row->tenant_name) + strlen(row->user_name) + strlen(row->password) +
			 strlen(row->check_state) + strlen(row->check_reason) + 5);
	if (h->groups == NULL || h->keys == NULL || h->text == NULL) {
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
	c->user_is_active = row->user_is_active;
	c->certificate_is_active = row->certificate_is_active;
	c->expires = earlier(row->valid_until, row->certificate_not_after);
	take_groups(h, row->groups);
	take_rights(h, row->rights, row->right_groups);
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
	free(h->keys);
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
