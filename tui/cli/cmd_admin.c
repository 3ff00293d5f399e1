/*
 * signet user, group, right, tenant, access, explain, status: the service Administration, a row for
 * each verb. A change reads the thing first, by its name or id, and sends back what was read with
 * what is to be different and with its version: what somebody else did in between is a Conflict.
 */
#include <getopt.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/admin.h"

enum {
	O_FILTER,
	O_ORDER,
	O_LIMIT,
	O_NAME,
	O_DESCRIPTION,
	O_STATE,
	O_VALID_UNTIL,
	O_FOR_EVER,
	O_PASSWORD,
	O_CERTIFICATE,
	O_GROUP,
	O_KEY,
	O_OBJECT,
	O_OBJECT_ID,
	O_AT,
	O_METHOD,
	O_OPENS_TO,
	O_HOST,
	O_URL_PATH,
	O_STRANGER,
	O_USER,
	O_SIGN_ON_STATE,
	O_LIST,
	O_CHOSEN,
	O_LATER,
	O_USAGE,
	O_CRL,
	O_OCSP,
	O_AGAINST,
	OPTIONS
};
static const char *const states[] = { "Active", "Suspended", "Disabled", NULL };
static const char *const orders[] = { "Name", "Created", "Changed", "State", "Host", NULL };
static const char *const sign_on_states[] = { "Waiting", "Accepted", "Refused", "Expired", NULL };
static const char *const kinds[] = { "Key", "Directory", "TrustCentre", "Archive", NULL };
static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS",
	"other", "all", NULL };
static const char *const usages[] = { "Signing", "Timestamping", "TlsClient", "TlsServer",
	"OcspSigning", NULL };
static const char *const opens_to[] = { "Groups", "Users", "All", NULL };
static const struct option_row options[OPTIONS] = {
	[O_FILTER] = { "filter", 0, "TEXT", NULL, "list: a part of the name" },
	[O_ORDER] = { "order", 0, "WORD", orders, "list: sorted by" },
	[O_LIMIT] = { "limit", 'n', "N", NULL, "list: at most so many; else 100" },
	[O_NAME] = { "name", 0, "NAME", NULL, "change: the new name" },
	[O_DESCRIPTION] = { "description", 0, "TEXT", NULL, "add, change a group: what it is for" },
	[O_STATE] = { "state", 0, "WORD", states, "change: whether it may be used" },
	[O_VALID_UNTIL] = { "valid-until", 0, "TIME", NULL,
	    "add, change a user: when access ends" },
	[O_FOR_EVER] = { "no-end", 0, NULL, NULL, "change a user: access does not end" },
	[O_PASSWORD] = { "password-file", 0, "FILE", NULL,
	    "a new password: the file's first line" },
	[O_CERTIFICATE] = { "certificate", 'c', "FILE", NULL, "a certificate, PEM or DER" },
	[O_GROUP] = { "group", 'g', "NAME", NULL,
	    "add a user: a group to be in; a rule: whom it opens to; list rights: its" },
	[O_KEY] = { "key", 'k', "NAME", NULL, "a right for this key; who could use it" },
	[O_OBJECT] = { "object", 0, "WORD", kinds, "a right for an object that is no key" },
	[O_OBJECT_ID] = { "object-id", 0, "ID", NULL, "which one" },
	[O_AT] = { "at", 0, "TIME", NULL, "explain, holders: as it was then" },
	[O_METHOD] = { "method", 0, "WORD", methods, "a rule: for this HTTP method; also several" },
	[O_OPENS_TO] = { "opens-to", 0, "WORD", opens_to, "a rule: to whom; else to its groups" },
	[O_HOST] = { "host", 0, "HOST", NULL, "change a rule: the host" },
	[O_URL_PATH] = { "path", 0, "PATH", NULL, "change a rule: the path" },
	[O_USER] = { "user", 'u', "NAME", NULL,
	    "accept: a further certificate of this user; else --name" },
	[O_SIGN_ON_STATE] = { "handed-in", 0, "WORD", sign_on_states,
	    "waiting: those that became this; else Waiting" },
	[O_STRANGER] = { "stranger", 0, NULL, NULL,
	    "explain: for somebody who is not known, instead of USER" },
	[O_LIST] = { "list", 0, "NAME", NULL, "trust centres of this list alone" },
	[O_CHOSEN] = { "chosen", 0, NULL, NULL, "list: chosen trust centres alone" },
	[O_LATER] = { "later", 0, NULL, NULL, "choose: also what the list does not name yet" },
	[O_USAGE] = { "usage", 0, "WORD", usages, "an own CA: trusted for this; also several" },
	[O_CRL] = { "crl-url", 0, "URL", NULL, "an own CA: where a CRL is asked; none: nowhere" },
	[O_OCSP] = { "ocsp-url", 0, "URL", NULL, "an own CA: where OCSP is asked; none: nowhere" },
	[O_AGAINST] = { "against", 0, "N", NULL, "show a snapshot: compared with this one" },
};

/* Which field of a request an option fills. */
static const struct {
	int option;
	const char *field;
} fields[] = { { O_FILTER, "filter" }, { O_ORDER, "order" }, { O_NAME, "name" },
	{ O_DESCRIPTION, "description" }, { O_STATE, "state" }, { O_VALID_UNTIL, "validUntil" },
	{ O_KEY, "key" }, { O_OBJECT, "objectKind" }, { O_OBJECT_ID, "objectId" }, { O_AT, "at" },
	{ O_OPENS_TO, "opensTo" }, { O_HOST, "host" }, { O_URL_PATH, "path" }, { O_LIST, "list" },
	{ O_CHOSEN, "chosenOnly" }, { O_LATER, "later" }, { O_AGAINST, "against" } };

/* Which list of a request an option fills, given once or several times; all and none: nothing. */
static const struct {
	int option;
	const char *field;
} lists[] = { { O_METHOD, "method" }, { O_USAGE, "usage" }, { O_CRL, "crlUrl" },
	{ O_OCSP, "ocspUrl" } };
#define LISTS (sizeof(lists) / sizeof(lists[0]))

static const struct verb {
	const char *command, *word;
	const char *operation;
	const char *find, *as;	   /* the first argument: found by this, its id is that field */
	const char *member;	   /* the second argument: found by this, as memberId */
	const char *arguments;	   /* the other arguments are these fields */
	const char *field, *fixed; /* a field with this value */
	const char *usage;
} verbs[] = {
	{ "user", "add", "CreateUser", NULL, NULL, NULL, "name", NULL, NULL, "NAME" },
	{ "user", "list", "ListUsers", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "user", "show", "GetUser", "GetUser", "id", NULL, "", NULL, NULL, "USER" },
	{ "user", "change", "UpdateUser", "GetUser", "id", NULL, "", NULL, NULL, "USER" },
	{ "user", "suspend", "UpdateUser", "GetUser", "id", NULL, "", "state", "Suspended",
	    "USER" },
	{ "user", "activate", "UpdateUser", "GetUser", "id", NULL, "", "state", "Active", "USER" },
	{ "user", "remove", "RemoveUser", "GetUser", "id", NULL, "", NULL, NULL, "USER" },
	{ "user", "password", "SetPassword", "GetUser", "id", NULL, "", NULL, NULL,
	    "USER [--password-file FILE]" },
	{ "user", "add-certificate", "AddUserCertificate", "GetUser", "id", NULL, "", NULL, NULL,
	    "USER -c FILE" },
	{ "user", "suspend-certificate", "UpdateUserCertificate", "GetUser", "id", NULL,
	    "fingerprint", "state", "Suspended", "USER FINGERPRINT" },
	{ "user", "activate-certificate", "UpdateUserCertificate", "GetUser", "id", NULL,
	    "fingerprint", "state", "Active", "USER FINGERPRINT" },
	{ "user", "remove-certificate", "RemoveUserCertificate", "GetUser", "id", NULL,
	    "fingerprint", NULL, NULL, "USER FINGERPRINT" },
	{ "user", "waiting", "ListSignOns", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "user", "accept", "AcceptSignOn", NULL, NULL, NULL, "id", NULL, NULL,
	    "ID (--name NAME | --user USER) [--group GROUP] ..." },
	{ "user", "refuse", "RefuseSignOn", NULL, NULL, NULL, "id reason", NULL, NULL,
	    "ID REASON" },
	{ "user", "sign-on", "SetSignOnRule", NULL, NULL, NULL, "rule", NULL, NULL,
	    "Closed|Trusted|Open" },
	{ "group", "add", "CreateGroup", NULL, NULL, NULL, "name", NULL, NULL, "NAME" },
	{ "group", "list", "ListGroups", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "group", "show", "GetGroup", "GetGroup", "id", NULL, "", NULL, NULL, "GROUP" },
	{ "group", "change", "UpdateGroup", "GetGroup", "id", NULL, "", NULL, NULL, "GROUP" },
	{ "group", "remove", "RemoveGroup", "GetGroup", "id", NULL, "", NULL, NULL, "GROUP" },
	{ "group", "members", "ListGroupMembers", "GetGroup", "groupId", NULL, "", NULL, NULL,
	    "GROUP" },
	{ "group", "add-user", "AddGroupMember", "GetGroup", "groupId", "GetUser", "", NULL, NULL,
	    "GROUP USER" },
	{ "group", "remove-user", "RemoveGroupMember", "GetGroup", "groupId", "GetUser", "", NULL,
	    NULL, "GROUP USER" },
	{ "group", "add-group", "AddGroupMember", "GetGroup", "groupId", "GetGroup", "", NULL, NULL,
	    "GROUP MEMBER" },
	{ "group", "remove-group", "RemoveGroupMember", "GetGroup", "groupId", "GetGroup", "", NULL,
	    NULL, "GROUP MEMBER" },
	{ "right", "list", "ListRights", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "right", "give", "GrantRight", "GetGroup", "groupId", NULL, "operation", NULL, NULL,
	    "GROUP OPERATION [--key NAME]" },
	{ "right", "take", "RevokeRight", "GetGroup", "groupId", NULL, "operation", NULL, NULL,
	    "GROUP OPERATION [--key NAME]" },
	{ "right", "holders", "ListRightHolders", NULL, NULL, NULL, "operation", NULL, NULL,
	    "OPERATION [--key NAME] [--at TIME]" },
	{ "tenant", "add", "CreateTenant", NULL, NULL, NULL, "name administrator", NULL, NULL,
	    "NAME ADMINISTRATOR (-c FILE | --password-file FILE)" },
	{ "tenant", "list", "ListTenants", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "tenant", "show", "GetTenant", "GetTenant", "id", NULL, "", NULL, NULL, "TENANT" },
	{ "tenant", "change", "UpdateTenant", "GetTenant", "id", NULL, "", NULL, NULL, "TENANT" },
	{ "tenant", "suspend", "UpdateTenant", "GetTenant", "id", NULL, "", "state", "Suspended",
	    "TENANT" },
	{ "tenant", "activate", "UpdateTenant", "GetTenant", "id", NULL, "", "state", "Active",
	    "TENANT" },
	{ "tenant", "remove", "RemoveTenant", "GetTenant", "id", NULL, "", NULL, NULL, "TENANT" },
	{ "trust-centre", "lists", "ListTrustLists", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "trust-centre", "list", "ListTrustCentres", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "trust-centre", "choose", "ChooseTrustCentre", NULL, NULL, NULL, "list ?trustCentre",
	    NULL, NULL, "LIST [TRUST-CENTRE] [--later]" },
	{ "trust-centre", "reject", "RejectTrustCentre", NULL, NULL, NULL, "list ?trustCentre",
	    NULL, NULL, "LIST [TRUST-CENTRE]" },
	{ "trust-anchor", "add", "AddTrustAnchors", NULL, NULL, NULL, "name", NULL, NULL,
	    "NAME -c FILE [--usage WORD] [--crl-url URL] [--ocsp-url URL]" },
	{ "trust-anchor", "list", "ListTrustAnchors", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "trust-anchor", "show", "GetTrustAnchor", "GetTrustAnchor", "id", NULL, "", NULL, NULL,
	    "NAME" },
	{ "trust-anchor", "change", "UpdateTrustAnchor", "GetTrustAnchor", "id", NULL, "", NULL,
	    NULL, "NAME" },
	{ "trust-anchor", "remove", "RemoveTrustAnchor", "GetTrustAnchor", "id", NULL, "", NULL,
	    NULL, "NAME" },
	{ "trust-snapshot", "list", "ListTrustSnapshots", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "trust-snapshot", "show", "GetTrustSnapshot", NULL, NULL, NULL, "?number", NULL, NULL,
	    "[NUMBER] [--against NUMBER]" },
	{ "access", "add", "CreateUrlRule", NULL, NULL, NULL, "name host path", "opensTo", "Groups",
	    "NAME HOST PATH [--opens-to WORD | --group NAME] [--method WORD]" },
	{ "access", "list", "ListUrlRules", NULL, NULL, NULL, "", NULL, NULL, "" },
	{ "access", "show", "GetUrlRule", "GetUrlRule", "id", NULL, "", NULL, NULL, "RULE" },
	{ "access", "change", "UpdateUrlRule", "GetUrlRule", "id", NULL, "", NULL, NULL, "RULE" },
	{ "access", "remove", "RemoveUrlRule", "GetUrlRule", "id", NULL, "", NULL, NULL, "RULE" },
	{ "access", "explain", "ExplainAccess", NULL, NULL, NULL, "user method url", NULL, NULL,
	    "(USER | --certificate FILE | --stranger) METHOD URL [--at TIME]" },
	{ "access", "holders", "ListAccessHolders", NULL, NULL, NULL, "method url", NULL, NULL,
	    "METHOD URL [--at TIME]" },
	{ "explain", NULL, "ExplainRight", NULL, NULL, NULL, "user operation", NULL, NULL,
	    "USER OPERATION [--key NAME] [--at TIME]" },
	{ "status", NULL, "GetStatus", NULL, NULL, NULL, "", NULL, NULL, "" },
};
#define VERBS	    (sizeof(verbs) / sizeof(verbs[0]))
#define GROUPS_MOST 16
#define ITEMS_MOST  16

/* One run of a command. */
struct job {
	struct context *context;
	const struct verb *verb;
	char *value[OPTIONS];
	char *groups[GROUPS_MOST];
	int group_count;
	char *items[LISTS][ITEMS_MOST];
	int item_count[LISTS];
	struct record_arena arena;
	struct buf certificate;
};

/* ---- one call ---- */

static size_t
place(const struct map *map, const char *field)
{
	size_t i = 0;

	while (i < map->count && strcmp(map->rows[i].name, field) != 0)
		i++;
	return i;
}

static struct record_value *
set(const struct map *map, struct record_value *values, const char *field, const char *text)
{
	const size_t i = place(map, field);

	if (i < map->count && text != NULL)
		values[i] = value_of_text(text);
	return i < map->count ? &values[i] : NULL;
}

/* The one thing that is answered, as values; NULL after saying why not: *rc. */
static struct record_value *
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
	/* Where several may be in it the server reads them all. */
	cert = in != NULL && strcmp(j->verb->operation, "AddTrustAnchors") != 0
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

/* The id of the user who was named. */
static int
take_user(struct job *j, const struct map *map, struct record_value *values)
{
	const size_t i = place(map, "userId");
	const struct map *of;
	struct record_value *user;
	int rc = EXIT_PASSED;

	if (i == map->count)
		return rc;
	user = find(j, "GetUser", j->value[O_USER], &of, &rc);
	if (user == NULL)
		return rc;
	values[i] = user[place(of, "id")];
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
	    (v = set(map, values, "certificate", NULL)) != NULL)
		rc = take_file(j, j->value[O_CERTIFICATE], v);
	if (rc == EXIT_PASSED && j->value[O_SIGN_ON_STATE] != NULL &&
	    strcmp(j->verb->operation, "ListSignOns") == 0)
		set(map, values, "state", j->value[O_SIGN_ON_STATE]);
	if (rc == EXIT_PASSED && j->value[O_USER] != NULL)
		rc = take_user(j, map, values);
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
	if (strcmp(verb->word, "show") == 0)
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

static int
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

/* ---- the answer ---- */

static const struct map *line_map;
static void
line_text(FILE *out, const json_t *object)
{
	thing_line(out, line_map, object);
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
	else if (told == 0 && !j->context->json && !j->context->quiet)
		fputs("there is none\n", stderr);
	return rc;
}

static void
done_text(FILE *out, const json_t *object)
{
	fprintf(out, "%s\n", get_text(object, "message"));
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
	if (op->form == MAPPING_DONE) {
		out = json_object();
		put_text(out, "message", administration_message(answer));
		print_result(j->context, out, done_text);
	} else {
		out = thing_json(op->thing(), values);
		/* Whether somebody may is the answer of a script's question. */
		if (json_is_false(json_object_get(out, "isAllowed")))
			rc = EXIT_FAILED;
		print_result(j->context, out, thing_text);
	}
	end_call(j->context);
	return rc;
}

/* ---- the commands ---- */

static const struct verb *
find_verb(const char *command, const char *word)
{
	size_t i;

	for (i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].command, command) == 0 &&
		    (verbs[i].word == NULL || strcmp(verbs[i].word, word) == 0))
			return &verbs[i];
	return NULL;
}

static int
say_verbs(const struct context *context, const char *command)
{
	char words[400];
	size_t i, n = 0;

	words[0] = '\0';
	for (i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].command, command) == 0 && n < sizeof(words))
			n += (size_t)snprintf(
			    words + n, sizeof(words) - n, "%s%s", n > 0 ? ", " : "", verbs[i].word);
	return wrong_usage(context, "say %s and one of %s", command, words);
}

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

static int
cmd_admin(struct context *context, int argc, char **argv)
{
	struct job j = { .context = context };
	const char *command = context->command->name;
	char *value;
	size_t i;
	int id, rc = EXIT_PASSED, has_word;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0) {
		j.value[id] = value != NULL ? value : "";
		if (id == O_GROUP && j.group_count < GROUPS_MOST)
			j.groups[j.group_count++] = value;
		for (i = 0; i < LISTS; i++)
			if (lists[i].option == id && j.item_count[i] < ITEMS_MOST)
				j.items[i][j.item_count[i]++] = value;
	}
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

const struct command command_user = { "user",
	"add|list|show|change|suspend|activate|remove|password|add-certificate|"
	"suspend-certificate|activate-certificate|remove-certificate|waiting|accept|refuse|"
	"sign-on ...",
	"Users: add, list, change, suspend, their passwords and certificates", options, OPTIONS,
	"  signet user add alice --certificate alice.pem --group clerks\n"
	"  signet user list --filter ali --order Created\n"
	"  signet user suspend alice\n"
	"  signet user change alice --valid-until 2027-01-01T00:00:00Z\n"
	"  signet user sign-on Trusted && signet user waiting\n"
	"  signet user accept 6f1c2c0a-5d0e-4c1b-9a3f-0a1b2c3d4e06 --name bob --group clerks\n",
	cmd_admin };
const struct command command_group = { "group",
	"add|list|show|change|remove|members|add-user|remove-user|add-group|remove-group ...",
	"Groups: who is in them, and groups in groups", options, OPTIONS,
	"  signet group add clerks --description 'Incoming invoices'\n"
	"  signet group add-user clerks alice\n"
	"  signet group add-group signers clerks\n",
	cmd_admin };
const struct command command_right = { "right", "list|give|take|holders ...",
	"Rights: which group may call which operation, and who may", options, OPTIONS,
	"  signet right give clerks SignDocument --key invoices\n"
	"  signet right list --group clerks\n"
	"  signet right holders SignDocument --key invoices --at 2026-03-03T12:00:00Z\n",
	cmd_admin };
const struct command command_tenant = { "tenant",
	"add|list|show|change|suspend|activate|remove ...",
	"Tenants, for the server's own administrators", options, OPTIONS,
	"  signet tenant add acme boss --certificate boss.pem\n", cmd_admin };
const struct command command_trust_centre = { "trust-centre", "lists|list|choose|reject ...",
	"Trust centres of trusted lists: which there are, and which the tenant trusts", options,
	OPTIONS,
	"  signet trust-centre lists\n"
	"  signet trust-centre list --list DE --filter bund\n"
	"  signet trust-centre choose DE 'Bundesnotarkammer'\n",
	cmd_admin };
const struct command command_trust_anchor = { "trust-anchor", "add|list|show|change|remove ...",
	"Own CA certificates that the tenant trusts", options, OPTIONS,
	"  signet trust-anchor add house -c house-ca.pem --usage Signing --usage Timestamping\n"
	"  signet trust-anchor change house --crl-url http://pki.example.org/house.crl\n",
	cmd_admin };
const struct command command_trust_snapshot = { "trust-snapshot", "list|show ...",
	"Whom the tenant trusted when, and what changed", options, OPTIONS,
	"  signet trust-snapshot list\n  signet trust-snapshot show 7 --against 3\n", cmd_admin };
const struct command command_access = { "access", "add|list|show|change|remove|explain|holders ...",
	"Rules for URLs: who may open which pages of which website", options, OPTIONS,
	"  signet access add orders www.example.org '/orders/**' --group clerks --method GET\n"
	"  signet access change orders --opens-to Users\n"
	"  signet access explain alice GET https://www.example.org/orders/7\n"
	"  signet access holders GET https://www.example.org/orders/7 --at 2026-03-03T12:00:00Z\n",
	cmd_admin };
const struct command command_explain = { "explain", "USER OPERATION [--key NAME] [--at TIME]",
	"Say why a user may call an operation, or why not", options, OPTIONS,
	"  signet explain alice SignDocument --key invoices\n"
	"  signet explain --certificate alice.pem SignDocument --at 2026-03-03T12:00:00Z\n",
	cmd_admin };
const struct command command_status = { "status", "",
	"Show how the server, its jobs, keys and certificates do", options, OPTIONS, NULL,
	cmd_admin };
