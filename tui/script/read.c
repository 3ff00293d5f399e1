/* The text of a script becomes a model. What can be seen to be wrong without a server is said here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/conf_text.h"
#include "server/base/text.h"
#include "tui/model/things.h"
#include "tui/script/script.h"
#include "wsdl/operations.h"

#define PARTS_MOST 12
#define KINDS_MOST 16

struct reading {
	const char *file;
	const struct script_kind *kind;
	const char *name;
	struct error *err;
};

static int __attribute__((format(printf, 2, 3))) refuse(struct reading *r, const char *fmt, ...)
{
	char what[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return error_set(
	    r->err, ERROR_MALFORMED, "%s: %s \"%.80s\": %s", r->file, r->kind->word, r->name, what);
}

/* ---- what may stand where ---- */

static int
is_list(enum script_type type)
{
	return type == SCRIPT_LIST || type == SCRIPT_GROUPS || type == SCRIPT_FILES ||
	       type == SCRIPT_RIGHTS || type == SCRIPT_KEYS || type == SCRIPT_CENTRES;
}

/* libconfuse copies all of it when it is handed over. */
struct options {
	cfg_opt_t kinds[KINDS_MOST + 2];
	cfg_opt_t parts[KINDS_MOST][PARTS_MOST + 2];
	cfg_opt_t objects[SCRIPT_OBJECTS + 1];
};

static void
make_options(struct options *o)
{
	const cfg_opt_t end = CFG_END(), last = CONF_TEXT_LAST_OPTION;
	const int flags = CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES;
	size_t i, k;

	for (i = 0; i < SCRIPT_OBJECTS; i++) {
		const cfg_opt_t list = CFG_STR_LIST(script_objects[i].word, NULL, CFGF_NODEFAULT);

		o->objects[i] = list;
	}
	o->objects[i] = end;
	for (i = 0; i < script_kind_count; i++) {
		const struct script_kind *kind = &script_kinds[i];
		const cfg_opt_t section = CFG_SEC(kind->word, o->parts[i], flags);
		const cfg_opt_t right = CFG_SEC("right", o->objects, flags);
		cfg_opt_t *to = o->parts[i];

		for (k = 0; k < kind->part_count; k++) {
			const char *word = kind->parts[k].word;
			const cfg_opt_t text = CFG_STR(word, NULL, CFGF_NODEFAULT),
					list = CFG_STR_LIST(word, NULL, CFGF_NODEFAULT);

			*to++ = is_list(kind->parts[k].type) ? list : text;
			if (kind->parts[k].type == SCRIPT_RIGHTS)
				*to++ = right;
		}
		*to = end;
		o->kinds[i] = section;
	}
	o->kinds[i++] = last;
	o->kinds[i] = end;
}

/* ---- values ---- */

/* Escapes in quotes can make bytes of which no text is. NULL and the error. */
static json_t *
text_of(struct reading *r, const char *what, const char *text)
{
	if (text_is_utf8(text, strlen(text)))
		return json_string(text);
	refuse(r, "%s is no text in UTF-8", what);
	return NULL;
}

static int
is_given(cfg_t *section, const char *word)
{
	return (cfg_getopt(section, word)->flags & CFGF_MODIFIED) != 0;
}

static json_t *
list_of(struct reading *r, cfg_t *section, const char *word)
{
	json_t *out = json_array(), *item;
	unsigned int i;

	for (i = 0; i < cfg_size(section, word); i++) {
		item = text_of(r, word, cfg_getnstr(section, word, i));
		if (item == NULL) {
			json_decref(out);
			return NULL;
		}
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *
time_of(struct reading *r, const struct script_part *part, const char *word)
{
	char text[TEXT_TIME_SIZE];
	int64_t time;

	if (text_parse_time(word, &time) == 0)
		return json_string(text_time(text, time));
	refuse(
	    r, "%s is \"%.60s\", which is no time such as 2027-03-01T12:00:00Z", part->word, word);
	return NULL;
}

static json_t *
number_of(struct reading *r, const struct script_part *part, const char *word)
{
	char *end;
	const long number = strtol(word, &end, 10);

	if (*end == '\0')
		return json_integer(number);
	refuse(r, "%s is \"%.60s\", which is no number", part->word, word);
	return NULL;
}

static json_t *
flag_of(struct reading *r, const struct script_part *part, const char *word)
{
	const int is = strcmp(word, "yes") == 0;

	if (is || strcmp(word, "no") == 0)
		return json_boolean(is);
	refuse(r, "%s is yes or no, not \"%.60s\"", part->word, word);
	return NULL;
}

/* What stands there; NULL and the error. Empty is none. */
static json_t *
value_of(struct reading *r, const struct script_part *part, cfg_t *section)
{
	const char *word = is_list(part->type) ? NULL : cfg_getstr(section, part->word);

	if (word == NULL)
		return list_of(r, section, part->word);
	if (*word == '\0')
		return json_null();
	switch (part->type) {
	case SCRIPT_TIME:
		return time_of(r, part, word);
	case SCRIPT_NUMBER:
		return number_of(r, part, word);
	case SCRIPT_FLAG:
		return flag_of(r, part, word);
	default:
		return text_of(r, part->word, word);
	}
}

/* ---- rights ---- */

static int
is_operation(const char *name)
{
#define SERVICE(ID, operation)				#operation,
#define ADMINISTERED(ID, operation, form, kind, member) #operation,
	static const char *const names[] = { SERVED(SERVICE) PLANNED(SERVICE)
		    ADMINISTRATION(ADMINISTERED) };
#undef SERVICE
#undef ADMINISTERED
	size_t i = 0;

	while (i < sizeof(names) / sizeof(names[0]) && strcmp(names[i], name) != 0)
		i++;
	return i < sizeof(names) / sizeof(names[0]);
}

static int
put_right(struct reading *r, json_t *rights, const char *operation, json_t *value)
{
	int rc = 0;

	if (!is_operation(operation))
		rc = refuse(r, "there is no operation %.60s", operation);
	else if (json_object_get(rights, operation) != NULL)
		rc = refuse(r, "the right %s stands there twice", operation);
	json_object_set_new(rights, operation, value);
	return rc;
}

/* The objects of a narrowed right: "Key seal". NULL and the error. */
static json_t *
objects_of(struct reading *r, cfg_t *section)
{
	json_t *out = json_array(), *names, *name;
	size_t i, k;

	for (i = 0; i < SCRIPT_OBJECTS; i++) {
		names = list_of(r, section, script_objects[i].word);
		if (names == NULL) {
			json_decref(out);
			return NULL;
		}
		json_array_foreach(names, k, name)
		{
			json_array_append_new(out,
			    json_sprintf("%s %s", script_objects[i].kind, json_string_value(name)));
		}
		json_decref(names);
	}
	return out;
}

static int
take_rights(struct reading *r, const struct script_part *part, cfg_t *section, json_t *thing)
{
	json_t *rights = json_object();
	unsigned int i;
	int rc = 0;

	for (i = 0; rc == 0 && i < cfg_size(section, part->word); i++)
		rc = put_right(r, rights, cfg_getnstr(section, part->word, i), json_true());
	for (i = 0; rc == 0 && i < cfg_size(section, "right"); i++) {
		cfg_t *right = cfg_getnsec(section, "right", i);
		json_t *objects = objects_of(r, right);

		if (objects == NULL) {
			rc = -1;
			break;
		}
		if (json_array_size(objects) == 0)
			rc = refuse(r,
			    "right %.60s is narrowed to nothing: name keys, or put it into rights",
			    cfg_title(right));
		rc = put_right(r, rights, cfg_title(right), objects) != 0 ? -1 : rc;
	}
	if (is_given(section, part->word) || cfg_size(section, "right") > 0)
		json_object_set(thing, part->member, rights);
	json_decref(rights);
	return rc;
}

/* ---- things ---- */

/* The words, times and numbers are such as the operations take. */
static int
check_values(struct reading *r, const json_t *thing)
{
	const char *operation = r->kind->change;
	const struct mapping_operation *op = operation != NULL ? mapping_by_name(operation) : NULL;
	struct record_arena arena = RECORD_ARENA_INIT;
	struct error why = ERROR_INIT;
	struct record_value *values;
	int rc = 0;

	if (op == NULL)
		return 0;
	values = record_alloc(&arena, op->request()->count + 1, sizeof(*values), r->err);
	if (values == NULL)
		rc = -1;
	else if (thing_values(op->request(), thing, &arena, values, &why) != 0)
		rc = refuse(r, "%s", why.text);
	record_release(&arena);
	return rc;
}

/* A job runs at an interval or at a time of the day: who says one says that the other is none. */
static void
take_plan(json_t *thing)
{
	static const char *const both[2] = { "everySeconds", "dailyAt" };
	int i;

	for (i = 0; i < 2; i++)
		if (json_object_get(thing, both[i]) != NULL &&
		    json_object_get(thing, both[1 - i]) == NULL)
			json_object_set_new(thing, both[1 - i], json_null());
}

static int
read_thing(struct reading *r, cfg_t *section, json_t *things)
{
	json_t *thing = json_object(), *value;
	const struct script_part *part;
	size_t i;
	int rc = 0;

	r->name = cfg_title(section);
	if (json_object_set_new(things, r->name, thing) != 0)
		return refuse(r, "its name is no text in UTF-8");
	if (*r->name == '\0')
		return refuse(r, "it has no name");
	for (i = 0; rc == 0 && i < r->kind->part_count; i++) {
		part = &r->kind->parts[i];
		if (part->type == SCRIPT_RIGHTS)
			rc = take_rights(r, part, section, thing);
		else if (is_given(section, part->word)) {
			value = value_of(r, part, section);
			rc = value == NULL ? -1 : json_object_set_new(thing, part->member, value);
		}
	}
	take_plan(thing);
	return rc == 0 ? check_values(r, thing) : rc;
}

static int
read_things(json_t *model, const char *file, cfg_t *cfg, struct error *err)
{
	struct reading r = { .file = file, .err = err };
	json_t *things;
	unsigned int n;
	size_t i;

	for (i = 0; i < script_kind_count; i++) {
		r.kind = &script_kinds[i];
		if (cfg_size(cfg, r.kind->word) == 0)
			continue;
		things = json_object();
		json_object_set_new(model, r.kind->word, things);
		for (n = 0; n < cfg_size(cfg, r.kind->word); n++)
			if (read_thing(&r, cfg_getnsec(cfg, r.kind->word, n), things) != 0)
				return -1;
	}
	return 0;
}

int
script_read(json_t **model, const char *file, struct span text, struct error *err)
{
	const struct conf_form form = { file, "a section",
		"; signet-apply(5) lists what can stand in a section", SCRIPT_TEXT_MAX };
	struct options options;
	cfg_t *cfg;
	int rc;

	*model = NULL;
	if (text.len > 0 && (memchr(text.data, '\0', text.len) != NULL ||
				!text_is_utf8((const char *)text.data, text.len)))
		return error_set(err, ERROR_MALFORMED, "%s: it is no text in UTF-8", file);
	make_options(&options);
	if (conf_text_parse(&cfg, &form, text, options.kinds, err) != 0)
		return -1;
	*model = json_object();
	rc = read_things(*model, file, cfg, err);
	cfg_free(cfg);
	if (rc != 0) {
		json_decref(*model);
		*model = NULL;
	}
	return rc;
}
