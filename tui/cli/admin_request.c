/*
 * The request of a verb. A change reads the thing first, by its name or id, and sends back what was
 * read with what is to be different and with its version: what somebody else did in between is a
 * Conflict.
 */
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/admin_job.h"

/* Which field of a request an option fills. */
static const struct {
	int option;
	const char *field;
} fields[] = { { O_FILTER, "filter" }, { O_ORDER, "order" }, { O_NAME, "name" },
	{ O_DESCRIPTION, "description" }, { O_STATE, "state" }, { O_VALID_UNTIL, "validUntil" },
	{ O_KEY, "key" }, { O_OBJECT, "objectKind" }, { O_OBJECT_ID, "objectId" }, { O_AT, "at" },
	{ O_OPENS_TO, "opensTo" }, { O_HOST, "host" }, { O_URL_PATH, "path" }, { O_LIST, "list" },
	{ O_CHOSEN, "chosenOnly" }, { O_LATER, "later" }, { O_AGAINST, "against" },
	{ O_URL, "url" }, { O_PLACE, "place" }, { O_POLICY, "policy" }, { O_TIMEOUT, "timeout" },
	{ O_DEFAULT, "isDefault" }, { O_TYPE, "algorithm" }, { O_SIZE, "size" },
	{ O_SUBJECT, "subject" }, { O_EVERY, "everySeconds" }, { O_DAILY, "dailyAt" } };

/* Which list of a request an option fills, given once or several times; all and none: nothing. */
static const struct {
	int option;
	const char *field;
} lists[] = { { O_METHOD, "method" }, { O_USAGE, "usage" }, { O_CRL, "crlUrl" },
	{ O_OCSP, "ocspUrl" } };
_Static_assert(sizeof(lists) / sizeof(lists[0]) == LISTS, "a list has no place");

void
keep_option(struct job *j, int id, char *value)
{
	size_t i;

	j->value[id] = value != NULL ? value : "";
	if (id == O_GROUP && j->group_count < GROUPS_MOST)
		j->groups[j->group_count++] = value;
	for (i = 0; i < LISTS; i++)
		if (lists[i].option == id && j->item_count[i] < ITEMS_MOST)
			j->items[i][j->item_count[i]++] = value;
}

/* A thing by its name, or by its id where the name is one. */
static struct record_value *
find(struct job *j, const char *operation, const char *name, const struct map **map, int *rc)
{
	const struct mapping_operation *op = mapping_by_name(operation);
	struct record_value request[2] = { 0 };
	struct uuid id;
	void *answer;

	set(op->request(), request, uuid_parse(name, &id) == 0 ? "id" : "name", name);
	*map = op->thing();
	return ask(j, op, request, name, &answer, rc);
}

/* ---- the request ---- */

static int takes_files(const char *operation);

static int
take_file(struct job *j, const char *path, struct record_value *to)
{
	struct error err = ERROR_INIT;
	unsigned char *der = NULL;
	BIO *in;
	X509 *cert;
	int len;

	if (read_small(&j->certificate, path, &err) != 0)
		return report_local(j->context, NULL, &err);
	in = BIO_new_mem_buf(j->certificate.data, (int)j->certificate.len);
	cert = in != NULL && !takes_files(j->verb->operation)
		   ? PEM_read_bio_X509(in, NULL, NULL, NULL)
		   : NULL;
	if (cert != NULL && (len = i2d_X509(cert, &der)) > 0) {
		j->certificate.len = 0;
		if (buf_append(&j->certificate, der, (size_t)len, &err) != 0)
			j->certificate.len = 0;
	}
	OPENSSL_free(der);
	X509_free(cert);
	BIO_free(in);
	*to = (struct record_value){ .is_set = 1, .bytes = SPAN_OF(&j->certificate) };
	return EXIT_PASSED;
}

static int
take_time(struct job *j, const char *text, struct record_value *to)
{
	if (text_parse_time(text, &to->number) != 0)
		return wrong_usage(
		    j->context, "%.60s is no time such as 2026-03-01T12:00:00Z", text);
	to->is_set = 1;
	return EXIT_PASSED;
}

/* The ids of the groups that were named. */
static int
take_groups(struct job *j, const struct map *map, struct record_value *values)
{
	const size_t i = place(map, "groupId");
	const struct map *of;
	struct record_value *group, *items;
	int g, rc = EXIT_PASSED;

	if (i == map->count || j->group_count == 0)
		return rc;
	items = record_alloc(&j->arena, GROUPS_MOST, sizeof(*items), NULL);
	for (g = 0; items != NULL && g < j->group_count; g++) {
		group = find(j, "GetGroup", j->groups[g], &of, &rc);
		if (group == NULL)
			return rc;
		items[g] = group[place(of, "id")];
		end_call(j->context);
	}
	if (map->rows[i].type == FIELD_IDS)
		values[i] =
		    (struct record_value){ .is_set = 1, .items = items, .count = (size_t)g };
	else
		values[i] = items[0];
	return rc;
}

/* Whom a rule opens to: those who were named, or nobody by name where it opens to others. */
static void
take_opening(struct job *j, const struct map *map, struct record_value *values)
{
	const char *to = j->value[O_OPENS_TO];
	const size_t groups = place(map, "groupId");

	if (to != NULL && strcmp(to, "Groups") != 0 && j->group_count == 0 && groups < map->count)
		values[groups] = (struct record_value){ 0 };
	else if (to == NULL && j->group_count > 0)
		set(map, values, "opensTo", "Groups");
}

/* A job runs at an interval or at a time of the day: the one that is said takes the other away. */
static void
take_plan(struct job *j, const struct map *map, struct record_value *values)
{
	const size_t every = place(map, "everySeconds"), daily = place(map, "dailyAt");

	if (every < map->count && j->value[O_DAILY] != NULL && j->value[O_EVERY] == NULL)
		values[every].is_set = 0;
	if (daily < map->count && j->value[O_EVERY] != NULL && j->value[O_DAILY] == NULL)
		values[daily].is_set = 0;
}

/* Operations that take a file with certificates as it is: the server reads all that is in it. */
static int
takes_files(const char *operation)
{
	static const char *const those[] = { "AddTrustAnchors", "RenewSigningKey",
		"CertifySigningKey", "ImportSigningKey", "CreateTimestampAuthority",
		"UpdateTimestampAuthority" };
	size_t i;

	for (i = 0; i < sizeof(those) / sizeof(those[0]); i++)
		if (strcmp(those[i], operation) == 0)
			return 1;
	return 0;
}

static void
take_list(struct job *j, size_t which, const struct map *map, struct record_value *values)
{
	const size_t at = place(map, lists[which].field);
	struct record_value *items;
	int i;

	if (at == map->count || map->rows[at].type != FIELD_TEXTS || j->item_count[which] == 0)
		return;
	items = record_alloc(&j->arena, ITEMS_MOST, sizeof(*items), NULL);
	values[at] = (struct record_value){ .is_set = items != NULL, .items = items };
	for (i = 0; items != NULL && i < j->item_count[which]; i++) {
		const char *text = j->items[which][i];

		if (strcmp(text, "all") != 0 && strcmp(text, "none") != 0)
			items[values[at].count++] = value_of_text(text);
	}
}

/* 1 when the field has such a word. */
static int
has_word(const struct map_row *row, const char *word)
{
	size_t i = 0;

	while (row->words[i] != NULL && strcmp(row->words[i], word) != 0)
		i++;
	return row->words[i] != NULL;
}

/* A text as the field wants it; anything else was set as text already. */
static int
take_typed(struct job *j, const struct map_row *row, const char *text, struct record_value *to)
{
	char *end;

	if (row->type == FIELD_TIME)
		return take_time(j, text, to);
	if (row->type == FIELD_WORD && !has_word(row, text))
		return wrong_usage(j->context, "%s is not %.60s here", row->name, text);
	if (row->type == FIELD_FLAG)
		*to = value_of_number(strcmp(text, "no") != 0);
	if (row->type == FIELD_NUMBER) {
		*to = value_of_number(strtol(text, &end, 10));
		if (*end != '\0' || *text == '\0')
			return wrong_usage(
			    j->context, "%s is a number, not %.60s", row->name, text);
	}
	return EXIT_PASSED;
}

/* The id of the thing that an option named. */
static int
take_id(struct job *j, int option, const char *get, const char *field, const struct map *map,
    struct record_value *values)
{
	const size_t i = place(map, field);
	const struct map *of;
	struct record_value *found;
	int rc = EXIT_PASSED;

	if (i == map->count || j->value[option] == NULL)
		return rc;
	found = find(j, get, j->value[option], &of, &rc);
	if (found == NULL)
		return rc;
	values[i] = found[place(of, "id")];
	end_call(j->context);
	return rc;
}

static int
take_options(struct job *j, const struct map *map, struct record_value *values)
{
	struct record_value *v;
	size_t i;
	int rc = EXIT_PASSED;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]) && rc == EXIT_PASSED; i++) {
		char *text = j->value[fields[i].option];

		if (text == NULL || (v = set(map, values, fields[i].field, text)) == NULL)
			continue;
		rc = take_typed(j, &map->rows[v - values], text, v);
	}
	take_opening(j, map, values);
	take_plan(j, map, values);
	for (i = 0; i < LISTS; i++)
		take_list(j, i, map, values);
	if (j->value[O_FOR_EVER] != NULL && (v = set(map, values, "validUntil", NULL)) != NULL)
		v->is_set = 0;
	if (rc == EXIT_PASSED && j->value[O_PASSWORD] != NULL &&
	    (v = set(map, values, "password", NULL)) != NULL) {
		const char *line = first_line(j->context, j->value[O_PASSWORD]);

		if (line == NULL)
			return EXIT_USAGE;
		*v = value_of_text(record_text(&j->arena, span_str(line), NULL));
	}
	if (rc == EXIT_PASSED && j->value[O_CERTIFICATE] != NULL &&
	    ((v = set(map, values, "certificate", NULL)) != NULL ||
		(v = set(map, values, "pkcs12", NULL)) != NULL))
		rc = take_file(j, j->value[O_CERTIFICATE], v);
	if (rc == EXIT_PASSED && j->value[O_SIGN_ON_STATE] != NULL &&
	    strcmp(j->verb->operation, "ListSignOns") == 0)
		set(map, values, "state", j->value[O_SIGN_ON_STATE]);
	if (rc == EXIT_PASSED)
		rc = take_id(j, O_USER, "GetUser", "userId", map, values);
	if (rc == EXIT_PASSED)
		rc = take_id(j, O_REPLACES, "GetSigningKey", "replaces", map, values);
	return rc == EXIT_PASSED ? take_groups(j, map, values) : rc;
}

/* The ids of the groups that were read. */
static void
take_references(struct job *j, const struct map *map, struct record_value *values,
    const struct map *of, const struct record_value *found)
{
	const size_t to = place(map, "groupId"), from = place(of, "group");
	const size_t wide = from < of->count && of->rows[from].type == FIELD_THINGS
				? of->rows[from].of()->count
				: 0;
	struct record_value *items;
	size_t i;

	if (to == map->count || map->rows[to].type != FIELD_IDS || wide == 0)
		return;
	items = record_alloc(&j->arena, found[from].count + 1, sizeof(*items), NULL);
	for (i = 0; items != NULL && i < found[from].count; i++)
		items[i] = found[from].items[i * wide];
	values[to] = (struct record_value){
		.is_set = items != NULL, .items = items, .count = items != NULL ? i : 0
	};
}

/* What was read goes into the fields of the same names: what is not changed stays. */
static void
take_found(const struct verb *verb, const struct map *map, struct record_value *values,
    const struct map *of, const struct record_value *found)
{
	size_t i, k;

	for (i = 0; i < map->count; i++) {
		k = place(of, strcmp(map->rows[i].name, verb->as) == 0 ? "id" : map->rows[i].name);
		if (k < of->count && map->rows[i].type != FIELD_BYTES &&
		    map->rows[i].type != FIELD_IDS)
			values[i] = found[k];
	}
	/* A thing is shown by its id alone. */
	if (strcmp(verb->word, "show") == 0 || strcmp(verb->word, "request") == 0)
		values[place(map, "name")].is_set = 0;
}

/* The certificate's version is its own. */
static void
take_version(const struct map *map, struct record_value *values, const struct map *of,
    const struct record_value *found)
{
	const size_t list = place(of, "certificate"), which = place(map, "fingerprint");
	const struct map *card =
	    list < of->count && of->rows[list].type == FIELD_THINGS ? of->rows[list].of() : NULL;
	size_t i;

	if (card == NULL || which == map->count || !values[which].is_set)
		return;
	for (i = 0; i < found[list].count; i++) {
		const struct record_value *c = &found[list].items[i * card->count];

		if (strcmp(value_text(&c[place(card, "fingerprint")]),
			value_text(&values[which])) == 0)
			values[place(map, "version")] = c[place(card, "version")];
	}
}

int
make_request(
    struct job *j, const struct map *map, struct record_value *values, int argc, char **argv)
{
	const struct verb *verb = j->verb;
	const struct map *of = NULL, *of_member;
	struct record_value *found = NULL, *member;
	const char *at;
	char field[32];
	struct record_value *v;
	size_t len;
	int used = 0, rc = EXIT_PASSED;

	if (verb->find != NULL) {
		if (used == argc)
			return wrong_usage(
			    j->context, "say: %s %s %s", verb->command, verb->word, verb->usage);
		found = find(j, verb->find, argv[used++], &of, &rc);
		if (found == NULL)
			return rc;
		take_found(verb, map, values, of, found);
		take_references(j, map, values, of, found);
		end_call(j->context);
	}
	if (verb->member != NULL && used < argc) {
		member = find(j, verb->member, argv[used++], &of_member, &rc);
		if (member == NULL)
			return rc;
		values[place(map, "memberId")] = member[place(of_member, "id")];
		end_call(j->context);
	}
	for (at = verb->arguments; *at != '\0' && used < argc;
	     at += at[len] != '\0' ? len + 1 : len) {
		len = strcspn(at, " ");
		snprintf(field, sizeof(field), "%.*s", (int)len - (*at == '?'), at + (*at == '?'));
		/* A certificate stands for the user it belongs to. */
		if (strcmp(field, "user") == 0 &&
		    (j->value[O_CERTIFICATE] != NULL || j->value[O_STRANGER] != NULL))
			continue;
		v = set(map, values, field, argv[used]);
		if (v != NULL)
			rc = take_typed(j, &map->rows[v - values], argv[used], v);
		used++;
		if (rc != EXIT_PASSED)
			return rc;
	}
	if (used < argc || (*at != '\0' && *at != '?'))
		return wrong_usage(j->context, "say: %s %s%s%s", verb->command,
		    verb->word != NULL ? verb->word : "", verb->word != NULL ? " " : "",
		    verb->usage);
	set(map, values, verb->field != NULL ? verb->field : "", verb->fixed);
	if (found != NULL)
		take_version(map, values, of, found);
	return take_options(j, map, values);
}
