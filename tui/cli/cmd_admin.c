/*
 * signet user, group, right, tenant, access, explain, status: the service Administration, asked as
 * the command line says.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/admin_job.h"

/* ---- one call ---- */

size_t
place(const struct map *map, const char *field)
{
	size_t i = 0;

	while (i < map->count && strcmp(map->rows[i].name, field) != 0)
		i++;
	return i;
}

struct record_value *
set(const struct map *map, struct record_value *values, const char *field, const char *text)
{
	const size_t i = place(map, field);

	if (i < map->count && text != NULL)
		values[i] = value_of_text(text);
	return i < map->count ? &values[i] : NULL;
}

/* The one thing that is answered, as values; NULL after saying why not: *rc. */
struct record_value *
ask(struct job *j, const struct mapping_operation *op, const struct record_value *request,
    const char *object, void **answer, int *rc)
{
	const struct map *map = op->thing();
	struct soap *soap = start_call(j->context, NULL);
	struct record_value *values = NULL;
	struct error err = ERROR_INIT;
	size_t i, k, n;

	*rc = EXIT_USAGE;
	if (soap == NULL)
		return NULL;
	if (administration_call(soap, endpoint(j->context), op, request, answer) != SOAP_OK) {
		*rc = report_refusal(j->context, object, NULL);
		return NULL;
	}
	n = administration_count(op, *answer);
	values = record_alloc(&j->arena, n * map->count + 1, sizeof(*values), &err);
	for (i = 0; values != NULL && i < n; i++)
		for (k = 0; k < map->count; k++)
			if (mapping_get(&map->rows[k], administration_thing(op, *answer, i),
				&j->arena, &values[i * map->count + k], &err) != 0)
				values = NULL;
	*rc = values != NULL ? EXIT_PASSED : report_local(j->context, object, &err);
	return values;
}

/* ---- the answer ---- */

static const struct map *line_map;
static void
line_text(FILE *out, const json_t *object)
{
	thing_line(out, line_map, object);
}

static void
done_text(FILE *out, const json_t *object)
{
	fprintf(out, "%s\n", get_text(object, "message"));
}

/* Of a change that waits for a second administrator its proposal is told, not what is not yet so.
 */
static int
tell_proposal(struct job *j, const void *answer)
{
	json_t *out;

	if (administration_proposal(answer) == NULL)
		return 0;
	out = json_object();
	put_text(out, "proposal", administration_proposal(answer));
	put_text(out, "message", administration_message(answer));
	print_result(j->context, out, done_text);
	return 1;
}

/* All pages, as far as --limit goes. */
static int
run_list(struct job *j, const struct mapping_operation *op, struct record_value *request)
{
	const struct map *map = op->request(), *of = op->thing();
	long left = j->value[O_LIMIT] != NULL ? strtol(j->value[O_LIMIT], NULL, 10) : 100, told = 0;
	struct record_value *values, *v;
	const char *next = "";
	long long total = -1;
	void *answer;
	size_t i, n;
	int rc = EXIT_PASSED;

	if (left < 1)
		return wrong_usage(j->context, "--limit is a number from 1 on");
	while (next != NULL && left > 0) {
		if ((v = set(map, request, "pageSize", NULL)) != NULL)
			*v = value_of_number(left < 1000 ? left : 1000);
		if (next[0] != '\0')
			set(map, request, "pageToken", next);
		values = ask(j, op, request, NULL, &answer, &rc);
		if (values == NULL)
			return rc;
		if (tell_proposal(j, answer)) {
			end_call(j->context);
			return rc;
		}
		n = administration_count(op, answer);
		if (told == 0 && n > 0 && !j->context->json && !j->context->quiet)
			thing_line(stdout, of, NULL);
		line_map = of;
		for (i = 0; i < n && (size_t)left > i; i++)
			print_result(j->context, thing_json(of, &values[i * of->count]), line_text);
		told += (long)n;
		left -= (long)n;
		total = administration_total(op, answer);
		next = administration_next(op, answer);
		if (next != NULL)
			next = record_text(&j->arena, span_str(next), NULL);
		end_call(j->context);
	}
	if (next != NULL && total > told && !j->context->json && !j->context->quiet)
		fprintf(stderr, "%ld of %lld; --limit shows more\n", told, total);
	else if (next != NULL && total < 0 && !j->context->json && !j->context->quiet)
		fprintf(stderr, "%ld of more than %ld; --limit shows more\n", told, told);
	else if (told == 0 && !j->context->json && !j->context->quiet)
		fputs("there is none\n", stderr);
	return rc;
}

static int
run_one(struct job *j, const struct mapping_operation *op, const struct record_value *request,
    const char *object)
{
	struct record_value *values;
	void *answer;
	json_t *out;
	int rc;

	values = ask(j, op, request, object, &answer, &rc);
	if (values == NULL)
		return rc;
	if (tell_proposal(j, answer)) {
		end_call(j->context);
		return rc;
	}
	if (op->form == MAPPING_DONE) {
		out = json_object();
		put_text(out, "message", administration_message(answer));
		print_result(j->context, out, done_text);
	} else {
		out = thing_json(op->thing(), values);
		/* Whether somebody may, or something works, is the answer of a script's question.
		 */
		if (json_is_false(json_object_get(out, "isAllowed")) ||
		    json_is_false(json_object_get(out, "works")))
			rc = EXIT_FAILED;
		print_result(j->context, out, thing_text);
	}
	end_call(j->context);
	return rc;
}

/* ---- the command ---- */

static int
run_verb(struct job *j, int argc, char **argv)
{
	const struct mapping_operation *op = mapping_by_name(j->verb->operation);
	const struct map *map = op->request();
	struct record_value *request =
	    record_alloc(&j->arena, map->count + 1, sizeof(*request), NULL);
	int rc = request != NULL ? make_request(j, map, request, argc, argv) : EXIT_UNAVAILABLE;

	if (rc == EXIT_PASSED)
		rc = op->form == MAPPING_LIST ? run_list(j, op, request)
					      : run_one(j, op, request, argc > 0 ? argv[0] : NULL);
	return rc;
}

int
cmd_admin(struct context *context, int argc, char **argv)
{
	struct job j = { .context = context };
	const char *command = context->command->name;
	char *value;
	int id, rc = EXIT_PASSED, has_word;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0)
		keep_option(&j, id, value);
	if (id == OPTION_STOP)
		return rc;
	j.verb = find_verb(command, optind < argc ? argv[optind] : "");
	if (j.verb == NULL)
		return say_verbs(context, command);
	has_word = j.verb->word != NULL;
	context->report = stdout;
	buf_init(&j.certificate, 1 << 20);
	rc = run_verb(&j, argc - optind - has_word, argv + optind + has_word);
	end_call(context);
	record_release(&j.arena);
	buf_release(&j.certificate);
	return rc;
}
