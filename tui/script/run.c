/* Steps of a script are done, one by one. */
#include <stdio.h>
#include <string.h>

#include "tui/model/json.h"
#include "tui/script/script.h"

struct running {
	json_t *known, *proposed; /* proposed: {"group clerks": true} */
	const struct script_server *server;
	struct error *err;
};

/* ---- values that are known only now ---- */

/* What {"of": [kind, name, member, ...]} stands for: borrowed; NULL is none. */
static int
find(struct running *r, const json_t *path, json_t **out)
{
	const char *kind = json_string_value(json_array_get(path, 0)),
		   *name = json_string_value(json_array_get(path, 1));
	json_t *at = script_known(r->known, kind, name);
	size_t i;

	if (at == NULL || (strcmp(json_string_value(json_array_get(path, 2)), "id") == 0 &&
			      json_object_get(at, "id") == NULL))
		return error_set(r->err, ERROR_NOT_FOUND,
		    "there is no %s \"%.80s\" yet; run the script again when it is there", kind,
		    name);
	for (i = 2; i < json_array_size(path); i++)
		at = json_object_get(at, json_string_value(json_array_get(path, i)));
	*out = at;
	return 0;
}

static json_t *resolved(struct running *r, const json_t *value);

static json_t *
resolved_object(struct running *r, const json_t *value)
{
	json_t *out, *item, *found = NULL;
	const json_t *file = json_object_get(value, "file");
	const char *key, *password;

	if (json_object_get(value, "of") != NULL)
		return find(r, json_object_get(value, "of"), &found) != 0 ? NULL
		       : found != NULL					  ? json_incref(found)
									  : json_null();
	if (json_is_string(file)) {
		password = r->server->password(r->server->ctx, json_string_value(file), r->err);
		return password != NULL ? json_string(password) : NULL;
	}
	out = json_object();
	json_object_foreach((json_t *)(uintptr_t)value, key, item)
	{
		item = resolved(r, item);
		if (item == NULL) {
			json_decref(out);
			return NULL;
		}
		json_object_set_new(out, key, item);
	}
	return out;
}

/* The value with all that is known now; the caller's, NULL and the error. */
static json_t *
resolved(struct running *r, const json_t *value)
{
	json_t *out, *item;
	size_t i;

	if (json_is_object(value))
		return resolved_object(r, value);
	if (!json_is_array(value))
		return json_incref((json_t *)(uintptr_t)value);
	out = json_array();
	for (i = 0; i < json_array_size(value); i++) {
		item = resolved(r, json_array_get(value, i));
		if (item == NULL) {
			json_decref(out);
			return NULL;
		}
		json_array_append_new(out, item);
	}
	return out;
}

/* ---- what became of it ---- */

/* The thing as it is now, where the answer has it: its id and its next version are needed. */
static void
remember(struct running *r, const json_t *step, json_t *answer)
{
	const struct script_kind *kind = script_kind(get_text(step, "kind"));
	json_t *thing = answer, *things = json_object_get(r->known, kind->word), *was;
	const char *name = get_text(step, "name");

	if (json_is_array(json_object_get(answer, "items")))
		thing = json_array_get(json_object_get(answer, "items"), 0);
	if (get_text(thing, "name")[0] == '\0')
		return;
	if (things == NULL) {
		things = json_object();
		json_object_set_new(r->known, kind->word, things);
	}
	was = json_object_get(things, name);
	thing = script_thing(r->known, kind, json_incref(thing));
	if (json_object_get(was, "right") != NULL)
		json_object_set(thing, "right", json_object_get(was, "right"));
	if (json_object_get(was, "key") != NULL && strcmp(kind->word, "group") == 0)
		json_object_set(thing, "key", json_object_get(was, "key"));
	json_object_set_new(things, name, thing);
}

static const char *
subject_of(const json_t *step, char *out, size_t size)
{
	snprintf(out, size, "%s %s", get_text(step, "kind"), get_text(step, "name"));
	return out;
}

/* 1 when something in the request stands for a thing that was only proposed. */
static int
stands_on_proposal(const struct running *r, const json_t *value)
{
	const json_t *of = json_object_get(value, "of"), *item;
	const char *key;
	char subject[400];
	size_t i;

	if (of != NULL) {
		snprintf(subject, sizeof(subject), "%s %s",
		    json_string_value(json_array_get(of, 0)),
		    json_string_value(json_array_get(of, 1)));
		return json_object_get(r->proposed, subject) != NULL;
	}
	json_array_foreach(value, i, item)
	{
		if (stands_on_proposal(r, item))
			return 1;
	}
	json_object_foreach((json_t *)(uintptr_t)value, key, item)
	{
		if (stands_on_proposal(r, item))
			return 1;
	}
	return 0;
}

/* 1 when it makes, changes or removes the thing itself. */
static int
is_own(const json_t *step)
{
	const struct script_kind *kind = script_kind(get_text(step, "kind"));
	const char *operation = get_text(step, "operation");

	return (kind->make != NULL && strcmp(kind->make, operation) == 0) ||
	       (kind->change != NULL && strcmp(kind->change, operation) == 0) ||
	       (kind->remove != NULL && strcmp(kind->remove, operation) == 0);
}

/* The thing is not, or not so, until somebody has accepted what was proposed. */
static void
put_off(struct running *r, const json_t *step)
{
	char subject[400];

	if (is_own(step))
		json_object_set_new(
		    r->proposed, subject_of(step, subject, sizeof(subject)), json_true());
}

/* What became of a step that was asked for. */
static void
tell(struct running *r, const json_t *step, json_t *answer)
{
	if (json_object_get(answer, "proposal") == NULL) {
		remember(r, step, answer);
		r->server->done(r->server->ctx, step);
		return;
	}
	put_off(r, step);
	r->server->proposed(r->server->ctx, step, answer);
}

static int
run_step(struct running *r, const json_t *step)
{
	json_t *request, *answer = NULL;
	char subject[400];
	int rc = -1;

	if (json_object_get(r->proposed, subject_of(step, subject, sizeof(subject))) != NULL ||
	    stands_on_proposal(r, json_object_get(step, "request"))) {
		put_off(r, step);
		r->server->waits(r->server->ctx, step);
		return 0;
	}
	request = resolved(r, json_object_get(step, "request"));
	if (request != NULL)
		rc = r->server->ask(
		    r->server->ctx, get_text(step, "operation"), request, &answer, r->err);
	if (rc == 0)
		tell(r, step, answer);
	json_decref(request);
	json_decref(answer);
	return rc;
}

int
script_run(const json_t *steps, json_t *known, const struct script_server *server, size_t *at,
    struct error *err)
{
	struct running r = { known, json_object(), server, err };
	const json_t *step;
	int rc = 0;

	for (*at = 0; *at < json_array_size(steps); (*at)++) {
		step = json_array_get(steps, *at);
		if (!script_is_work(step))
			continue;
		rc = run_step(&r, step);
		if (rc != 0)
			break;
	}
	json_decref(r.proposed);
	return rc;
}
