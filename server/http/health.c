#include "server/http/health.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/base/clock.h"
#include "server/http/status.h"

#define PARTS_MAX    16
#define WARNINGS_MAX 16

struct health {
	char version[32], node[128];
	struct {
		const char *name;
		void (*probe)(void *arg, struct health_state *state);
		void *arg;
	} parts[PARTS_MAX];
	size_t part_count;
	const char *warnings[WARNINGS_MAX];
	size_t warning_count;
};

struct health *
health_new(const char *version, const char *node)
{
	struct health *health = calloc(1, sizeof(*health));

	if (health == NULL)
		return NULL;
	snprintf(health->version, sizeof(health->version), "%s", version);
	snprintf(health->node, sizeof(health->node), "%s", node);
	return health;
}

void
health_free(struct health *health)
{
	free(health);
}

int
health_add(struct health *health, const char *name,
    void (*probe)(void *arg, struct health_state *state), void *arg)
{
	if (health->part_count == PARTS_MAX)
		return -1;
	health->parts[health->part_count].name = name;
	health->parts[health->part_count].probe = probe;
	health->parts[health->part_count++].arg = arg;
	return 0;
}

int
health_warn(struct health *health, const char *warning)
{
	if (health->warning_count == WARNINGS_MAX)
		return -1;
	health->warnings[health->warning_count++] = warning;
	return 0;
}

/* jansson's setters take NULL and fail, so that one look at the end is enough. */
static json_t *
part_json(const struct health_state *state)
{
	json_t *part = json_object();

	json_object_set_new(part, "state", json_string(state->works ? "ok" : "failing"));
	if (state->text[0] != '\0')
		json_object_set_new(part, "message", json_string(state->text));
	if (state->figure_name[0] != '\0')
		json_object_set_new(part, state->figure_name, json_integer(state->figure));
	return part;
}

static json_t *
page_json(struct health *health, int *works)
{
	json_t *page = json_object(), *parts = json_object(), *warnings = json_array();
	char time[TEXT_TIME_SIZE];
	size_t i;

	*works = 1;
	for (i = 0; i < health->part_count; i++) {
		struct health_state state = { 0 };

		health->parts[i].probe(health->parts[i].arg, &state);
		*works &= state.works || state.is_minor;
		json_object_set_new(parts, health->parts[i].name, part_json(&state));
	}
	for (i = 0; i < health->warning_count; i++)
		json_array_append_new(warnings, json_string(health->warnings[i]));
	json_object_set_new(page, "state", json_string(*works ? "ok" : "failing"));
	json_object_set_new(page, "version", json_string(health->version));
	json_object_set_new(page, "node", json_string(health->node));
	json_object_set_new(page, "time", json_string(text_time(time, clock_now())));
	json_object_set_new(page, "parts", parts);
	json_object_set_new(page, "warnings", warnings);
	return page;
}

void
health_answer(struct health *health, struct exchange *x)
{
	int works;
	json_t *page = page_json(health, &works);
	char *text = json_dumps(page, JSON_INDENT(2));

	json_decref(page);
	http_answer_text(x, works && text != NULL ? 200 : 503, "application/json",
	    span_str(text != NULL ? text : "{}"));
	x->outcome = works ? "Success" : "Unavailable";
	snprintf(x->extra, sizeof(x->extra), "Cache-Control: no-store\r\n");
	free(text);
}
