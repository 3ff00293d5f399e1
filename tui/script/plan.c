/* What is to be done so that what is known becomes what is wanted: the things themselves. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "tui/model/json.h"
#include "tui/model/things.h"
#include "tui/script/planning.h"

/* ---- steps ---- */

int
script_is_work(const json_t *step)
{
	const char *what = get_text(step, "do");

	return strcmp(what, "stay") != 0 && strcmp(what, "miss") != 0;
}

static void
add_step(json_t *to, const struct planned *t, const char *what_is_done, const char *operation,
    json_t *request, const char *what)
{
	json_t *step = json_pack(
	    "{ssssssss}", "do", what_is_done, "kind", t->kind->word, "name", t->name, "what", what);

	put_text(step, "operation", operation);
	if (request != NULL)
		json_object_set_new(step, "request", request);
	json_array_append_new(to, step);
}

void
plan_step(const struct planned *t, const char *what_is_done, const char *operation, json_t *request,
    const char *fmt, ...)
{
	char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) >= 0)
		add_step(t->plan->steps, t, what_is_done, operation, request, what);
	va_end(ap);
	free(what);
}

void
plan_surplus(const struct planned *t, const char *operation, json_t *request, const char *fmt, ...)
{
	const int stays = t->plan->removal == SCRIPT_REMOVE_NOTHING;
	char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) >= 0)
		add_step(t->plan->last, t, stays ? "stay" : "remove", operation, request, what);
	va_end(ap);
	free(what);
}

json_t *
plan_of(const char *kind, const char *name, const char *member)
{
	return json_pack("{s[sss]}", "of", kind, name, member);
}

/* ---- values ---- */

char *
script_fingerprint(const char *base64, char out[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct buf der = BUF_INIT(0);
	unsigned int len = 0;

	out[0] = '\0';
	if (base64 != NULL && text_base64_decode(&der, span_str(base64), NULL) == 0 &&
	    EVP_Digest(der.data, der.len, digest, &len, EVP_sha256(), NULL) == 1)
		text_hex(out, digest, len);
	buf_release(&der);
	return out;
}

int
plan_has(const json_t *list, const char *text)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
			return 1;
	}
	return 0;
}

static int
is_none(const json_t *v)
{
	return v == NULL || json_is_null(v) || json_is_false(v) ||
	       (json_is_string(v) && json_string_length(v) == 0) ||
	       (json_is_array(v) && json_array_size(v) == 0);
}

static int
has_all(const json_t *a, const json_t *b)
{
	const json_t *item;
	size_t i;

	json_array_foreach(b, i, item)
	{
		if (!plan_has(a, json_string_value(item)))
			return 0;
	}
	return 1;
}

/* A certificate is told by its fingerprint, and one of several that an authority has is enough. */
static int
is_certificate_of(const json_t *wish, const json_t *thing)
{
	const json_t *is = json_object_get(thing, "fingerprint");
	char fingerprint[65];

	script_fingerprint(json_string_value(wish), fingerprint);
	return json_is_string(is) ? strcmp(json_string_value(is), fingerprint) == 0
				  : plan_has(is, fingerprint);
}

static int
is_same(const struct script_part *part, const json_t *wish, const json_t *thing)
{
	const json_t *is = json_object_get(thing, part->member);

	if (is_none(wish) || is_none(is))
		return is_none(wish) && is_none(is);
	if (part->type == SCRIPT_BYTES)
		return is_certificate_of(wish, thing);
	if (json_is_array(wish))
		return has_all(wish, is) && has_all(is, wish);
	return json_equal(wish, is);
}

/* In one line. */
static void
put_words(struct buf *out, const struct script_part *part, const json_t *v)
{
	const char *text = json_string_value(v);
	char fingerprint[65];
	const json_t *item;
	size_t i;

	if (is_none(v))
		buf_append_str(out, "none", NULL);
	else if (json_is_true(v))
		buf_append_str(out, "yes", NULL);
	else if (json_is_integer(v))
		buf_printf(out, NULL, "%lld", (long long)json_integer_value(v));
	else if (text != NULL)
		buf_append_str(out,
		    part->type == SCRIPT_BYTES ? script_fingerprint(text, fingerprint) : text,
		    NULL);
	json_array_foreach(v, i, item)
	{
		buf_append_str(out, i > 0 ? ", " : "", NULL);
		buf_append_str(out, json_string_value(item), NULL);
	}
}

/* "; valid-until: " */
static void
put_word(struct buf *out, const struct script_part *part)
{
	buf_append_str(out, out->len > 0 ? "; " : "", NULL);
	buf_append_str(out, part->word, NULL);
	buf_append_str(out, ": ", NULL);
}

/* A text that the buffer keeps; "" for an empty one. */
static const char *
text_of(struct buf *told)
{
	return told->len > 0 && buf_terminate(told, NULL) == 0 ? (const char *)told->data : "";
}

/* ---- requests ---- */

int
plan_check_group(const struct planned *t, const char *group)
{
	if (json_object_get(json_object_get(t->plan->wanted, "group"), group) != NULL ||
	    script_known(t->plan->known, "group", group) != NULL)
		return 0;
	return error_set(t->plan->err, ERROR_NOT_FOUND,
	    "%s \"%.60s\": there is no group \"%.60s\", neither in the tenant nor in the script",
	    t->kind->word, t->name, group);
}

/* Groups by their names become ids that are known when it is done. */
static int
put_groups(const struct planned *t, json_t *request, const json_t *names)
{
	json_t *ids = json_array();
	const json_t *item;
	size_t i;

	json_object_set_new(request, "groupId", ids);
	json_array_foreach(names, i, item)
	{
		if (plan_check_group(t, json_string_value(item)) != 0)
			return -1;
		json_array_append_new(ids, plan_of("group", json_string_value(item), "id"));
	}
	return 0;
}

static int
put_value(const struct planned *t, json_t *request, const struct script_part *part, json_t *value)
{
	if (part->type == SCRIPT_GROUPS)
		return put_groups(t, request, value);
	if (value != NULL && !json_is_null(value))
		json_object_set(request, part->member, value);
	return 0;
}

/* 1 when the messages of the operation have the field. */
static int
takes(const char *operation, const char *field)
{
	const struct mapping_operation *op = operation != NULL ? mapping_by_name(operation) : NULL;
	const struct map *map = op != NULL ? op->request() : NULL;
	size_t i = 0;

	while (map != NULL && i < map->count && strcmp(map->rows[i].name, field) != 0)
		i++;
	return map != NULL && i < map->count;
}

/*
 * All that can be changed, as it is to be: what the script does not say stays. Of a thing that is
 * made before, what it does not say is known only then.
 */
static int
put_change(const struct planned *t, json_t *request)
{
	static const char *const own[] = { "id", "version" };
	const struct script_part *part;
	json_t *value;
	size_t i;

	for (i = 0; i < 2; i++)
		if (takes(t->kind->change, own[i]))
			json_object_set_new(
			    request, own[i], plan_of(t->kind->word, t->name, own[i]));
	if (takes(t->kind->change, "name"))
		json_object_set_new(request, "name", json_string(t->name));
	if (takes(t->kind->change, "was") && t->is != NULL)
		json_object_set(request, "was", json_object_get(t->is, "value"));
	for (i = 0; i < t->kind->part_count; i++) {
		part = &t->kind->parts[i];
		if ((part->when & SCRIPT_CHANGED) == 0)
			continue;
		value = json_object_get(t->wish, part->member);
		/* An authority keeps its certificates where none is sent. */
		if (part->type == SCRIPT_BYTES &&
		    (value == NULL || (t->is != NULL && is_same(part, value, t->is))))
			continue;
		if (value == NULL && t->is == NULL) {
			json_object_set_new(
			    request, part->member, plan_of(t->kind->word, t->name, part->member));
			continue;
		}
		if (put_value(t, request, part,
			value != NULL ? value : json_object_get(t->is, part->member)) != 0)
			return -1;
	}
	return 0;
}

/* ---- things ---- */

int
plan_has_credentials(const struct planned *t)
{
	return json_array_size(json_object_get(t->wish, "certificate")) > 0 ||
	       json_is_string(json_object_get(t->wish, "passwordFile"));
}

static void
put_credentials(const struct planned *t, json_t *request)
{
	json_t *first = json_array_get(json_object_get(t->wish, "certificate"), 0),
	       *file = json_object_get(t->wish, "passwordFile");

	if (first != NULL)
		json_object_set(request, "certificate", first);
	if (json_is_string(file))
		json_object_set_new(request, "password", json_pack("{sO}", "file", file));
}

static int
make_thing(const struct planned *t)
{
	json_t *request = json_pack("{ss}", "name", t->name), *value;
	struct buf told = BUF_INIT(0);
	const struct script_part *part;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < t->kind->part_count; i++) {
		part = &t->kind->parts[i];
		value = json_object_get(t->wish, part->member);
		if ((part->when & SCRIPT_MADE) == 0 || is_none(value))
			continue;
		rc = put_value(t, request, part, value);
		put_word(&told, part);
		put_words(&told, part, value);
	}
	if (rc == 0) {
		if (strcmp(t->kind->word, "user") == 0)
			put_credentials(t, request);
		plan_step(t, "make", t->kind->make, json_incref(request), "%s", text_of(&told));
	}
	json_decref(request);
	buf_release(&told);
	return rc;
}

/* A user shows a certificate or a password; without either he cannot be made. */
static int
make_user(const struct planned *t)
{
	if (plan_has_credentials(t))
		return make_thing(t);
	plan_step(t, "miss", NULL, NULL,
	    "has neither certificate nor password in the script, and cannot be made: signet user "
	    "add NAME --password-file FILE makes it; then apply again");
	return 1;
}

/* What is made has the state Active and no more than what was said. */
static int
is_as_made(const struct script_part *part, const json_t *wish)
{
	return (part->when & SCRIPT_MADE) != 0 || is_none(wish) ||
	       (json_is_string(wish) && strcmp(json_string_value(wish), "Active") == 0);
}

static int
is_fixed(const struct planned *t, const struct script_part *part, const json_t *wish)
{
	if ((part->when & SCRIPT_MADE) == 0 || (part->when & SCRIPT_CHANGED) != 0 ||
	    part->type == SCRIPT_GROUPS || is_same(part, wish, t->is))
		return 0;
	error_set(t->plan->err, ERROR_CONFLICT,
	    "%s \"%.60s\" is there with another %s, which cannot be changed: remove it, or take "
	    "another name",
	    t->kind->word, t->name, part->word);
	return 1;
}

/* "state: Active -> Suspended"; -1: what nobody can change. */
static int
put_difference(const struct planned *t, const struct script_part *part, struct buf *told)
{
	const json_t *wish = json_object_get(t->wish, part->member);

	if (wish == NULL)
		return 0;
	if (t->is != NULL && is_fixed(t, part, wish))
		return -1;
	if ((part->when & SCRIPT_CHANGED) == 0 ||
	    (t->is != NULL ? is_same(part, wish, t->is) : is_as_made(part, wish)))
		return 0;
	put_word(told, part);
	if (t->is != NULL) {
		put_words(told, part, json_object_get(t->is, part->member));
		buf_append_str(told, " -> ", NULL);
	}
	put_words(told, part, wish);
	return 0;
}

/* What differs, for one operation that says all of it. */
static int
change_thing(const struct planned *t)
{
	struct buf told = BUF_INIT(0);
	json_t *request = json_object();
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < t->kind->part_count; i++)
		rc = put_difference(t, &t->kind->parts[i], &told);
	if (rc == 0 && told.len > 0) {
		rc = put_change(t, request);
		if (rc == 0)
			plan_step(t, "change", t->kind->change, json_incref(request), "%s",
			    text_of(&told));
	}
	json_decref(request);
	buf_release(&told);
	return rc;
}

static int
plan_thing(const struct planned *t)
{
	int made = 0;

	if (t->kind->change == NULL)
		return 0; /* choices alone */
	if (t->is == NULL && t->kind->make == NULL) {
		plan_step(t, "miss", NULL, NULL, "is not there, and no script can make it");
		return 0;
	}
	if (t->is == NULL)
		made = strcmp(t->kind->word, "user") == 0 ? make_user(t) : make_thing(t);
	return made != 0 ? (made < 0 ? -1 : 0) : change_thing(t);
}

/* ---- what the script does not name ---- */

static void
remove_others(struct planning *p, const struct script_kind *kind)
{
	const json_t *wishes = json_object_get(p->wanted, kind->word);
	struct planned t = { .plan = p, .kind = kind };
	json_t *things = json_object_get(p->known, kind->word), *thing, *request;
	const char *name;

	if (p->removal != SCRIPT_REMOVE_THINGS || kind->remove == NULL || wishes == NULL)
		return;
	json_object_foreach(things, name, thing)
	{
		if (json_object_get(wishes, name) != NULL)
			continue;
		t.name = name;
		request = json_pack("{sOsO}", "id", json_object_get(thing, "id"), "version",
		    json_object_get(thing, "version"));
		add_step(p->last, &t, "remove", kind->remove, request, "");
	}
}

/* ---- all of it ---- */

static int
each(struct planning *p, const struct script_kind *kind, int (*plan)(const struct planned *))
{
	struct planned t = { .plan = p, .kind = kind };
	const char *name;
	json_t *wish;

	json_object_foreach(json_object_get(p->wanted, kind->word), name, wish)
	{
		t.name = name;
		t.wish = wish;
		t.is = json_object_get(json_object_get(p->known, kind->word), name);
		if (plan(&t) != 0)
			return -1;
	}
	return 0;
}

int
script_plan(json_t **steps, const json_t *wanted, const json_t *known, enum script_removal removal,
    struct error *err)
{
	struct planning p = { wanted, known, removal, json_array(), json_array(), err };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < script_kind_count; i++)
		rc = each(&p, &script_kinds[i], plan_thing);
	for (i = 0; rc == 0 && i < script_kind_count; i++)
		rc = each(&p, &script_kinds[i], plan_relations);
	for (i = script_kind_count; rc == 0 && i-- > 0;)
		remove_others(&p, &script_kinds[i]);
	json_array_extend(p.steps, p.last);
	json_decref(p.last);
	*steps = rc == 0 ? p.steps : NULL;
	if (rc != 0)
		json_decref(p.steps);
	return rc;
}
