/* signet audit: what the log says, a copy of it, and whether both are what the servers wrote. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/admin.h"
#include "tui/model/audit_record.h"
#include "tui/offline/audit_verify.h"

enum {
	O_FROM,
	O_TO,
	O_USER,
	O_OPERATION,
	O_OUTCOME,
	O_OBJECT,
	O_DIGEST,
	O_REQUEST,
	O_NODE,
	O_TEXT,
	O_ADMINISTRATION,
	O_TENANT,
	O_INSTALLATION,
	O_OLDEST,
	O_LIMIT,
	O_FORMAT,
	O_OUTPUT,
	O_FORCE,
	O_OWN,
	O_CA,
	OPTIONS
};
static const char *const formats[] = { "csv", "jsonl", NULL };
static const struct option_row options[OPTIONS] = {
	[O_FROM] = { "from", 0, "TIME", NULL, "what came at that time or later" },
	[O_TO] = { "to", 0, "TIME", NULL, "what came before that time" },
	[O_USER] = { "user", 'u', "NAME", NULL, "who called: name (as it was then) or id" },
	[O_OPERATION] = { "operation", 'O', "NAME", NULL, "which operation, such as GrantRight" },
	[O_OUTCOME] = { "outcome", 0, "WORD", NULL,
	    "Success, Warning, Failure (any), or the code of a fault" },
	[O_OBJECT] = { "object", 0, "TEXT", NULL, "what was worked with: a key, \"user alice\"" },
	[O_DIGEST] = { "digest", 0, "HEX", NULL, "of the document" },
	[O_REQUEST] = { "request", 0, "ID", NULL, "the id of one exchange" },
	[O_NODE] = { "node", 0, "NAME", NULL, "the server that wrote it; verify: only this chain" },
	[O_TEXT] = { "text", 0, "TEXT", NULL, "a part of object or reason" },
	[O_ADMINISTRATION] = { "administration", 0, NULL, NULL,
	    "only what was done by administrators" },
	[O_TENANT] = { "tenant", 0, "NAME", NULL,
	    "for the server's administrators: what was administered there" },
	[O_INSTALLATION] = { "installation", 0, NULL, NULL,
	    "for the server's administrators: rows of no tenant" },
	[O_OLDEST] = { "oldest-first", 0, NULL, NULL, "list: oldest first" },
	[O_LIMIT] = { "limit", 'n', "N", NULL, "list: at most so many; else 100" },
	[O_FORMAT] = { "format", 'F', "WORD", formats, "export: csv or jsonl (else)" },
	[O_OUTPUT] = { "output", 'o', "FILE", NULL, "export: the file; - is standard output" },
	[O_FORCE] = { "force", 'f', NULL, NULL, "export: replace a file that exists" },
	[O_OWN] = { "own", 0, NULL, NULL,
	    "export: no links for rows of others; gaps cannot be seen then" },
	[O_CA] = { "ca-file", 0, "FILE", NULL,
	    "verify FILE: certificates (PEM) to trust for time stamps" },
};

/* Which field of QueryAudit an option fills. */
static const struct {
	int option;
	const char *field;
	int is_filter; /* with it an export holds what was looked for, not chains */
} fields[] = { { O_FROM, "since", 0 }, { O_TO, "until", 0 }, { O_USER, "user", 1 },
	{ O_OPERATION, "operation", 1 }, { O_OUTCOME, "outcome", 1 }, { O_OBJECT, "object", 1 },
	{ O_DIGEST, "digest", 1 }, { O_REQUEST, "request", 1 }, { O_NODE, "node", 1 },
	{ O_TEXT, "text", 1 }, { O_ADMINISTRATION, "administration", 1 }, { O_TENANT, "tenant", 1 },
	{ O_INSTALLATION, "installation", 1 } };
#define FIELDS (sizeof(fields) / sizeof(fields[0]))
/* Of rows that came before the end but were committed behind later ones. */
#define LATE_SECONDS 600

struct job {
	struct context *context;
	char *value[OPTIONS];
	/* export */
	struct download file;
	FILE *out;
	enum audit_form form;
	int64_t rows, links, until;
};

/* ---- calls ---- */

static struct record_value *
field_of(const struct map *map, struct record_value *values, const char *field)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		if (strcmp(map->rows[i].name, field) == 0)
			return &values[i];
	return NULL;
}

static const struct record_value *
of_thing(const struct map *map, const struct record_value *values, const char *field)
{
	return field_of(map, (struct record_value *)(uintptr_t)values, field);
}

/* One page, in memory that goes with it. */
struct page {
	const struct mapping_operation *op;
	struct record_arena arena;
	struct record_value *values;
	size_t count;
	char next[2048]; /* "": that was all */
};

static void
page_end(struct job *j, struct page *p)
{
	record_release(&p->arena);
	p->values = NULL;
	p->count = 0;
	end_call(j->context);
}

static int
page_get(struct job *j, struct page *p, const struct record_value *request)
{
	struct soap *soap = start_call(j->context, NULL);
	const struct map *map = p->op->thing();
	struct error err = ERROR_INIT;
	const char *next;
	void *answer;
	size_t i, k;

	if (soap == NULL)
		return EXIT_USAGE;
	if (administration_call(soap, endpoint(j->context), p->op, request, &answer) != SOAP_OK)
		return report_refusal(j->context, NULL, NULL);
	p->count = administration_count(p->op, answer);
	p->values = record_alloc(&p->arena, p->count * map->count + 1, sizeof(*p->values), &err);
	for (i = 0; p->values != NULL && i < p->count; i++)
		for (k = 0; k < map->count; k++)
			if (mapping_get(&map->rows[k], administration_thing(p->op, answer, i),
				&p->arena, &p->values[i * map->count + k], &err) != 0)
				return report_local(j->context, NULL, &err);
	if (p->values == NULL)
		return report_local(j->context, NULL, &err);
	next = p->op->form == MAPPING_LIST ? administration_next(p->op, answer) : NULL;
	text_copy(p->next, sizeof(p->next), next);
	return EXIT_PASSED;
}

/* ---- rows as records ---- */

static void
put_number(json_t *record, const char *name, const struct record_value *v)
{
	if (v != NULL && v->is_set)
		json_object_set_new(record, name, json_integer(v->number));
}

static void
put_escaped(json_t *record, const char *name, const struct record_value *v)
{
	char *text;

	if (v == NULL || !v->is_set || (text = strdup(value_text(v))) == NULL)
		return;
	audit_unescape(text);
	put_text(record, name, text);
	free(text);
}

static json_t *
entry_record(const struct map *map, const struct record_value *values)
{
	static const char *const texts[] = { "request", "tenant", "user", "caller", "operation",
		"object", "outcome", "reason", "digest" };
	const int is_link = of_thing(map, values, "isLink")->number != 0;
	const struct record_value *time = of_thing(map, values, "time");
	json_t *record = json_object();
	char text[TEXT_TIME_SIZE + 16];
	size_t i;

	put_text(record, "record", is_link ? "link" : "row");
	put_text(record, "node", value_text(of_thing(map, values, "node")));
	put_number(record, "seq", of_thing(map, values, "seq"));
	if (time->is_set) {
		text_time(text, time->number);
		snprintf(text + strlen(text) - 1, 16, ".%06dZ",
		    (int)of_thing(map, values, "microseconds")->number % 1000000);
		put_text(record, "time", text);
	}
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		put_escaped(record, texts[i], of_thing(map, values, texts[i]));
	put_number(record, "sizeIn", of_thing(map, values, "sizeIn"));
	put_number(record, "sizeOut", of_thing(map, values, "sizeOut"));
	put_escaped(record, "peer", of_thing(map, values, "peer"));
	put_number(record, "durationMicroseconds", of_thing(map, values, "durationMicroseconds"));
	put_text(record, "previous", value_text(of_thing(map, values, "previous")));
	put_text(record, "hash", value_text(of_thing(map, values, "hash")));
	return record;
}

/* ---- list ---- */

static int
take_fields(struct job *j, const struct map *map, struct record_value *request)
{
	struct record_value *v;
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		const char *text = j->value[fields[i].option];

		if (text == NULL)
			continue;
		v = field_of(map, request, fields[i].field);
		if (options[fields[i].option].value == NULL)
			*v = value_of_number(1);
		else
			*v = value_of_text(text);
		if (fields[i].option == O_FROM || fields[i].option == O_TO)
			text_parse_time(text, &v->number);
	}
	if (j->value[O_OLDEST] != NULL)
		*field_of(map, request, "order") = value_of_text("OldestFirst");
	return EXIT_PASSED;
}

static void
row_text(FILE *out, const json_t *o)
{
	char time[TEXT_TIME_SIZE];

	text_copy(time, 20, get_text(o, "time"));
	fprintf(out, "%s  %-24s  %-20s  %-14s  %s%s%s\n", time, get_text(o, "caller"),
	    get_text(o, "operation"), get_text(o, "outcome"), get_text(o, "object"),
	    get_text(o, "reason")[0] != '\0' ? ": " : "", get_text(o, "reason"));
}

static int
audit_list(struct job *j)
{
	struct page p = { .op = mapping_by_name("QueryAudit") };
	const struct map *map = p.op->request(), *of = p.op->thing();
	struct record_value request[32] = { 0 };
	long left = j->value[O_LIMIT] != NULL ? strtol(j->value[O_LIMIT], NULL, 10) : 100;
	size_t i;
	int rc = take_fields(j, map, request), is_first = 1;

	if (left < 1)
		return wrong_usage(j->context, "--limit is a number from 1 on");
	do {
		*field_of(map, request, "pageSize") = value_of_number(left < 1000 ? left : 1000);
		rc = page_get(j, &p, request);
		for (i = 0; rc == EXIT_PASSED && i < p.count; i++)
			print_result(
			    j->context, entry_record(of, &p.values[i * of->count]), row_text);
		is_first = is_first && p.count == 0;
		left -= (long)p.count;
		*field_of(map, request, "pageToken") = value_of_text(p.next);
		page_end(j, &p);
	} while (rc == EXIT_PASSED && left > 0 && p.next[0] != '\0');
	if (rc == EXIT_PASSED && is_first && !j->context->json && !j->context->quiet)
		fputs("there is none\n", stderr);
	return rc;
}

/* ---- export ---- */

static int
write_record(struct job *j, json_t *record)
{
	struct error err = ERROR_INIT;
	int rc = record != NULL ? audit_record_write(j->out, j->form, record) : -1;

	json_decref(record);
	if (rc == 0)
		return EXIT_PASSED;
	error_set(&err, ERROR_INTERNAL, "the file cannot be written");
	return report_local(j->context, NULL, &err);
}

static void
show_rows(const struct context *context, const char *what, int64_t rows, int64_t all)
{
	if (context->json || context->quiet || !isatty(STDERR_FILENO))
		return;
	if (all > 0)
		fprintf(stderr, "\r\033[K%s: %" PRId64 " of %" PRId64 " rows (%d %%)", what, rows,
		    all, (int)(100 * rows / all));
	else
		fprintf(stderr, "\r\033[K%s: %" PRId64 " rows", what, rows);
}

static void
hide_rows(const struct context *context)
{
	if (!context->json && !context->quiet && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

static int
write_entry(struct job *j, const struct map *of, const struct record_value *values)
{
	const int is_link = of_thing(of, values, "isLink")->number != 0;

	if (is_link && j->value[O_OWN] != NULL)
		return EXIT_PASSED;
	j->links += is_link;
	j->rows += !is_link;
	return write_record(j, entry_record(of, values));
}

static json_t *
end_record(const char *node, int64_t seq, const char *hash)
{
	json_t *record = json_object();

	put_text(record, "record", "end");
	put_text(record, "node", node);
	json_object_set_new(record, "seq", json_integer(seq));
	put_text(record, "hash", hash);
	return record;
}

/* How far a chain was when the export began. */
struct chain_end {
	char node[520], hash[65], told_hash[65];
	int64_t seq, told;
};

/* Every row of one chain, others' as links, and how far it must reach. */
static int
export_chain(struct job *j, const struct chain_end *chain)
{
	struct page p = { .op = mapping_by_name("QueryAudit") };
	const struct map *map = p.op->request(), *of = p.op->thing();
	struct record_value request[32] = { 0 };
	char hash[65] = "";
	int64_t last = 0;
	size_t i;
	int rc, is_over = 0;

	*field_of(map, request, "chain") = value_of_text(chain->node);
	*field_of(map, request, "pageSize") = value_of_number(1000);
	if (j->value[O_FROM] != NULL) {
		*field_of(map, request, "since") = value_of_text(j->value[O_FROM]);
		text_parse_time(j->value[O_FROM], &field_of(map, request, "since")->number);
	}
	do {
		rc = page_get(j, &p, request);
		for (i = 0; rc == EXIT_PASSED && i < p.count && !is_over; i++) {
			const struct record_value *v = &p.values[i * of->count],
						  *time = of_thing(of, v, "time");

			is_over = time->is_set && time->number >= j->until + LATE_SECONDS;
			if (is_over)
				break;
			rc = write_entry(j, of, v);
			last = of_thing(of, v, "seq")->number;
			text_copy(hash, sizeof(hash), value_text(of_thing(of, v, "hash")));
		}
		*field_of(map, request, "pageToken") = value_of_text(p.next);
		page_end(j, &p);
		show_rows(j->context, chain->node, j->rows + j->links, 0);
	} while (rc == EXIT_PASSED && !is_over && p.next[0] != '\0');
	if (rc != EXIT_PASSED)
		return rc;
	if (!is_over && chain->told > last)
		return write_record(j, end_record(chain->node, chain->told, chain->told_hash));
	if (!is_over && chain->seq > last)
		return write_record(j, end_record(chain->node, chain->seq, chain->hash));
	return last > 0 ? write_record(j, end_record(chain->node, last, hash)) : EXIT_PASSED;
}

static int
export_chains(struct job *j)
{
	struct page p = { .op = mapping_by_name("ListAuditChains") };
	const struct map *of = p.op->thing();
	struct chain_end *chains = NULL;
	size_t i, n = 0;
	int rc = page_get(j, &p, NULL);

	if (rc == EXIT_PASSED)
		chains = calloc(p.count + 1, sizeof(*chains));
	for (i = 0; chains != NULL && i < p.count; i++) {
		const struct record_value *v = &p.values[i * of->count];

		text_copy(
		    chains[i].node, sizeof(chains[i].node), value_text(of_thing(of, v, "node")));
		text_copy(
		    chains[i].hash, sizeof(chains[i].hash), value_text(of_thing(of, v, "hash")));
		text_copy(chains[i].told_hash, sizeof(chains[i].told_hash),
		    value_text(of_thing(of, v, "toldHash")));
		chains[i].seq = of_thing(of, v, "seq")->number;
		chains[i].told = of_thing(of, v, "told")->number;
		n++;
	}
	page_end(j, &p);
	for (i = 0; rc == EXIT_PASSED && i < n; i++)
		rc = export_chain(j, &chains[i]);
	free(chains);
	return rc;
}

static int
write_stamp(struct job *j, const struct map *of, const struct record_value *v)
{
	const struct record_value *statement = of_thing(of, v, "statement"),
				  *token = of_thing(of, v, "token"),
				  *time = of_thing(of, v, "time");
	json_t *record = json_object();
	char when[TEXT_TIME_SIZE];

	put_text(record, "record", "stamp");
	put_text(record, "day", value_text(of_thing(of, v, "day")));
	put_text(record, "digest", value_text(of_thing(of, v, "digest")));
	json_object_set_new(record, "statement",
	    json_stringn((const char *)statement->bytes.data, statement->bytes.len));
	if (token->is_set) {
		put_text(record, "authority", value_text(of_thing(of, v, "authority")));
		put_text(record, "time", text_time(when, time->number));
		put_base64(record, "token", token->bytes);
	}
	return write_record(j, record);
}

static int
export_stamps(struct job *j)
{
	struct page p = { .op = mapping_by_name("ListAuditStamps") };
	const struct map *map = p.op->request(), *of = p.op->thing();
	struct record_value request[8] = { 0 };
	size_t i;
	int rc;

	do {
		rc = page_get(j, &p, request);
		for (i = 0; rc == EXIT_PASSED && i < p.count; i++)
			rc = write_stamp(j, of, &p.values[i * of->count]);
		*field_of(map, request, "pageToken") = value_of_text(p.next);
		page_end(j, &p);
	} while (rc == EXIT_PASSED && p.next[0] != '\0');
	return rc;
}

/* What was looked for, oldest first. */
static int
export_found(struct job *j)
{
	struct page p = { .op = mapping_by_name("QueryAudit") };
	const struct map *map = p.op->request(), *of = p.op->thing();
	struct record_value request[32] = { 0 };
	size_t i;
	int rc = take_fields(j, map, request);

	*field_of(map, request, "order") = value_of_text("OldestFirst");
	*field_of(map, request, "pageSize") = value_of_number(1000);
	while (rc == EXIT_PASSED) {
		rc = page_get(j, &p, request);
		for (i = 0; rc == EXIT_PASSED && i < p.count; i++)
			rc = write_entry(j, of, &p.values[i * of->count]);
		*field_of(map, request, "pageToken") = value_of_text(p.next);
		page_end(j, &p);
		show_rows(j->context, "export", j->rows, 0);
		if (p.next[0] == '\0')
			break;
	}
	return rc;
}

static int
export_all(struct job *j, int is_found)
{
	json_t *head = json_object(), *done;
	int rc;

	put_text(head, "record", "export");
	json_object_set_new(head, "version", json_integer(1));
	put_text(head, "kind", is_found ? "rows" : "chains");
	put_text(head, "since", j->value[O_FROM]);
	put_text(head, "until", j->value[O_TO]);
	if (audit_record_begin(j->out, j->form) != 0)
		rc = EXIT_USAGE;
	else
		rc = write_record(j, head);
	if (rc == EXIT_PASSED && !is_found)
		rc = export_stamps(j);
	if (rc == EXIT_PASSED)
		rc = is_found ? export_found(j) : export_chains(j);
	if (rc != EXIT_PASSED)
		return rc;
	done = json_object();
	put_text(done, "record", "done");
	json_object_set_new(done, "rows", json_integer(j->rows));
	json_object_set_new(done, "links", json_integer(j->links));
	return write_record(j, done);
}

static void
exported_text(FILE *out, const json_t *o)
{
	fprintf(out, "%s: %lld rows, %lld links\n", get_text(o, "file"),
	    (long long)json_integer_value(json_object_get(o, "rows")),
	    (long long)json_integer_value(json_object_get(o, "links")));
}

static int
finish_export(struct job *j)
{
	struct error err = ERROR_INIT;
	json_t *told;

	if (fflush(j->out) != 0 || ferror(j->out))
		error_set(&err, ERROR_INTERNAL, "%s cannot be written", j->value[O_OUTPUT]);
	j->file.has_come = 1;
	if (err.kind != ERROR_NONE || download_commit(&j->file, SPAN_NONE, &err) != 0)
		return report_local(j->context, NULL, &err);
	if (strcmp(j->value[O_OUTPUT], "-") == 0)
		return EXIT_PASSED;
	told = json_object();
	put_text(told, "file", j->value[O_OUTPUT]);
	json_object_set_new(told, "rows", json_integer(j->rows));
	json_object_set_new(told, "links", json_integer(j->links));
	print_result(j->context, told, exported_text);
	return EXIT_PASSED;
}

static int
audit_export(struct job *j)
{
	struct error err = ERROR_INIT;
	int rc, is_found = j->value[O_OWN] != NULL;
	size_t i;

	if (j->value[O_OUTPUT] == NULL)
		return wrong_usage(j->context, "say where to: --output FILE");
	for (i = 0; i < FIELDS; i++)
		is_found |= fields[i].is_filter && j->value[fields[i].option] != NULL;
	j->form = j->value[O_FORMAT] != NULL && strcmp(j->value[O_FORMAT], "csv") == 0
		      ? AUDIT_CSV
		      : AUDIT_JSON_LINES;
	j->until = INT64_MAX - LATE_SECONDS;
	if (j->value[O_TO] != NULL)
		text_parse_time(j->value[O_TO], &j->until);
	if (download_open(&j->file, j->value[O_OUTPUT], j->value[O_FORCE] != NULL, &err) != 0)
		return report_local(j->context, NULL, &err);
	j->out = fdopen(dup(j->file.fd), "w");
	if (j->out == NULL)
		rc = EXIT_USAGE;
	else
		rc = export_all(j, is_found);
	hide_rows(j->context);
	if (rc == EXIT_PASSED)
		rc = finish_export(j);
	if (j->out != NULL)
		fclose(j->out);
	download_close(&j->file);
	return rc;
}

/* ---- verify ---- */

static void
verdict_text(FILE *out, const json_t *o)
{
	const json_t *line;
	size_t i;

	json_array_foreach(json_object_get(o, "problems"), i, line)
	    fprintf(out, "BAD   %s\n", json_string_value(line));
	json_array_foreach(json_object_get(o, "remarks"), i, line)
	    fprintf(out, "note  %s\n", json_string_value(line));
	fprintf(out, "%s: %lld rows", json_is_true(json_object_get(o, "isGood")) ? "good" : "BAD",
	    (long long)json_integer_value(json_object_get(o, "rows")));
	if (json_integer_value(json_object_get(o, "links")) > 0)
		fprintf(out, ", %lld rows of others by their places",
		    (long long)json_integer_value(json_object_get(o, "links")));
	fprintf(out, ", %lld time stamps\n",
	    (long long)json_integer_value(json_object_get(o, "stamps")));
}

/* Good with notes is EXIT_INDETERMINATE only where something could not be proven. */
static int
tell_verdict(struct job *j, json_t *o)
{
	const int is_good = json_is_true(json_object_get(o, "isGood"));
	const size_t remarks = json_array_size(json_object_get(o, "remarks"));

	print_result(j->context, o, verdict_text);
	return !is_good ? EXIT_FAILED : remarks > 0 ? EXIT_INDETERMINATE : EXIT_PASSED;
}

static void
add_texts(json_t *list, const struct record_value *v)
{
	size_t i;

	for (i = 0; i < v->count; i++)
		json_array_append_new(list, json_string(value_text(&v->items[i])));
}

static void
add_number(json_t *o, const char *name, int64_t more)
{
	json_object_set_new(
	    o, name, json_integer(json_integer_value(json_object_get(o, name)) + more));
}

/* What one step has found; `o` is the whole. */
static void
add_check(json_t *o, const struct map *of, const struct record_value *v)
{
	const char *part = value_text(of_thing(of, v, "part"));
	json_t *chain;

	add_number(o, strcmp(part, "time stamps") == 0 ? "stamps" : "rows",
	    of_thing(of, v, "rows")->number);
	add_texts(json_object_get(o, "problems"), of_thing(of, v, "problem"));
	add_texts(json_object_get(o, "remarks"), of_thing(of, v, "remark"));
	if (of_thing(of, v, "isGood")->number == 0)
		json_object_set_new(o, "isGood", json_false());
	if (!of_thing(of, v, "badSeq")->is_set)
		return;
	chain = json_object();
	put_text(chain, "node", part);
	json_object_set_new(chain, "badSeq", json_integer(of_thing(of, v, "badSeq")->number));
	json_array_append_new(json_object_get(o, "bad"), chain);
}

static int
verify_server(struct job *j)
{
	struct page p = { .op = mapping_by_name("VerifyAudit") };
	const struct map *map = p.op->request(), *of = p.op->thing();
	struct record_value request[8] = { 0 };
	json_t *o = json_pack("{sb si si s[] s[] s[]}", "isGood", 1, "rows", 0, "stamps", 0, "bad",
	    "problems", "remarks");
	char next[2048] = "";
	int rc;

	if (j->value[O_NODE] != NULL)
		*field_of(map, request, "node") = value_of_text(j->value[O_NODE]);
	do {
		rc = page_get(j, &p, request);
		if (rc == EXIT_PASSED && p.count == 1) {
			add_check(o, of, p.values);
			text_copy(next, sizeof(next), value_text(of_thing(of, p.values, "next")));
			*field_of(map, request, "token") = value_of_text(next);
			show_rows(j->context, value_text(of_thing(of, p.values, "part")),
			    of_thing(of, p.values, "seq")->number,
			    of_thing(of, p.values, "end")->number);
		}
		page_end(j, &p);
	} while (rc == EXIT_PASSED && next[0] != '\0');
	hide_rows(j->context);
	if (rc == EXIT_PASSED)
		return tell_verdict(j, o);
	json_decref(o);
	return rc;
}

static const struct context *shown_to;
static void
show_file(int64_t rows)
{
	show_rows(shown_to, "export", rows, 0);
}

static int
verify_file(struct job *j, const char *path)
{
	struct error err = ERROR_INIT;
	struct buf anchors = BUF_INIT(1 << 20);
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	json_t *o = NULL;

	if (in == NULL)
		error_errno(&err, "%s cannot be read", path);
	else if (j->value[O_CA] == NULL || read_small(&anchors, j->value[O_CA], &err) == 0) {
		shown_to = j->context;
		o = audit_verify_file(in, SPAN_OF(&anchors), show_file, &err);
		hide_rows(j->context);
	}
	if (in != NULL && in != stdin)
		fclose(in);
	buf_release(&anchors);
	return o != NULL ? tell_verdict(j, o) : report_local(j->context, path, &err);
}

/* ---- chains ---- */

static void
chain_text(FILE *out, const json_t *o)
{
	fprintf(out, "%-32s %12lld  %-20s  %.16s...\n", get_text(o, "node"),
	    (long long)json_integer_value(json_object_get(o, "seq")), get_text(o, "time"),
	    get_text(o, "hash"));
}

static void
stamp_text(FILE *out, const json_t *o)
{
	fprintf(out, "%s  %-24s  %-20s  %s\n", get_text(o, "day"), get_text(o, "authority"),
	    get_text(o, "time"), get_text(o, "failure"));
}

static int
audit_all(struct job *j, const char *operation, void (*text)(FILE *, const json_t *))
{
	struct page p = { .op = mapping_by_name(operation) };
	const struct map *map = p.op->request(), *of = p.op->thing();
	struct record_value request[8] = { 0 }, *token = field_of(map, request, "pageToken");
	size_t i;
	int rc;

	do {
		rc = page_get(j, &p, request);
		for (i = 0; rc == EXIT_PASSED && i < p.count; i++)
			print_result(j->context, thing_json(of, &p.values[i * of->count]), text);
		if (token != NULL)
			*token = value_of_text(p.next);
		page_end(j, &p);
	} while (rc == EXIT_PASSED && p.next[0] != '\0');
	return rc;
}

static int
cmd_audit(struct context *context, int argc, char **argv)
{
	struct job j = { .context = context };
	const char *word;
	char *value;
	int id, rc = EXIT_PASSED;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0)
		j.value[id] = value != NULL ? value : "";
	if (id == OPTION_STOP)
		return rc;
	word = optind < argc ? argv[optind++] : "";
	context->report = stdout;
	if (strcmp(word, "verify") == 0 && optind + 1 == argc)
		return verify_file(&j, argv[optind]);
	if (optind != argc)
		return wrong_usage(context, "audit %s takes no %s", word, argv[optind]);
	if (strcmp(word, "list") == 0)
		return audit_list(&j);
	if (strcmp(word, "export") == 0)
		return audit_export(&j);
	if (strcmp(word, "verify") == 0)
		return verify_server(&j);
	if (strcmp(word, "chains") == 0)
		return audit_all(&j, "ListAuditChains", chain_text);
	if (strcmp(word, "stamps") == 0)
		return audit_all(&j, "ListAuditStamps", stamp_text);
	return wrong_usage(context, "say audit and one of list, export, verify, chains, stamps");
}

const struct command command_audit = { "audit", "list|export|verify|chains|stamps ...",
	"The audit log: what it says, a copy, and whether it is what the servers wrote", options,
	OPTIONS,
	"  signet audit list --operation GrantRight --text demo-rsa\n"
	"  signet audit list --outcome Failure --from 2026-03-01T00:00:00Z\n"
	"  signet audit export --format csv --from 2026-01-01T00:00:00Z -o audit.csv\n"
	"  signet audit verify\n"
	"  signet audit verify audit.csv --ca-file tsa-ca.pem\n",
	cmd_audit };
