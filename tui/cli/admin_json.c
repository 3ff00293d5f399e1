/* Things of the service Administration for people. */
#include <stdio.h>
#include <string.h>

#include "tui/cli/admin.h"

/* ---- for people ---- */

/* What a list shows of its things: name and width, in this order. */
static const struct column {
	const char *thing, *field;
	int width;
} columns[] = {
	{ "Tenant", "name", 32 },
	{ "Tenant", "state", 10 },
	{ "Tenant", "id", 36 },
	{ "User", "name", 32 },
	{ "User", "state", 10 },
	{ "User", "validUntil", 20 },
	{ "User", "group", 30 },
	{ "Group", "name", 32 },
	{ "Group", "description", 40 },
	{ "Member", "kind", 6 },
	{ "Member", "name", 40 },
	{ "Right", "group", 32 },
	{ "Right", "operation", 24 },
	{ "Right", "object", 30 },
	{ "KeyUse", "group", 32 },
	{ "KeyUse", "key", 32 },
	{ "KeyUse", "state", 8 },
	{ "RightHolder", "name", 32 },
	{ "RightHolder", "reason", 40 },
	{ "UrlRule", "name", 24 },
	{ "UrlRule", "host", 28 },
	{ "UrlRule", "path", 28 },
	{ "UrlRule", "method", 10 },
	{ "UrlRule", "opensTo", 8 },
	{ "UrlRule", "group", 24 },
	{ "TimestampAuthority", "place", 6 },
	{ "TimestampAuthority", "name", 24 },
	{ "TimestampAuthority", "state", 8 },
	{ "TimestampAuthority", "url", 40 },
	{ "TimestampAuthority", "key", 20 },
	{ "SigningKey", "name", 24 },
	{ "SigningKey", "state", 8 },
	{ "SigningKey", "notAfter", 20 },
	{ "SigningKey", "usage", 20 },
	{ "SigningKey", "subject", 36 },
	{ "SigningKey", "problem", 30 },
	{ "KeyRequest", "name", 24 },
	{ "KeyRequest", "algorithm", 9 },
	{ "KeyRequest", "size", 5 },
	{ "KeyRequest", "usage", 16 },
	{ "KeyRequest", "replacesKey", 20 },
	{ "KeyRequest", "created", 20 },
	{ "KeyRequest", "subject", 36 },
	{ "Setting", "name", 28 },
	{ "Setting", "value", 24 },
	{ "Setting", "source", 8 },
	{ "Setting", "description", 40 },
	{ "Job", "name", 20 },
	{ "Job", "state", 8 },
	{ "Job", "nextRun", 20 },
	{ "Job", "lastEnded", 20 },
	{ "Job", "lastResult", 8 },
	{ "Job", "lastMessage", 40 },
	{ "JobRun", "id", 8 },
	{ "JobRun", "node", 16 },
	{ "JobRun", "started", 20 },
	{ "JobRun", "ended", 20 },
	{ "JobRun", "result", 8 },
	{ "JobRun", "message", 40 },
	{ "Node", "name", 20 },
	{ "Node", "seen", 20 },
	{ "Node", "logged", 12 },
	{ "Node", "job", 30 },
	{ "TrustList", "name", 16 },
	{ "TrustList", "territory", 9 },
	{ "TrustList", "state", 8 },
	{ "TrustList", "sequence", 8 },
	{ "TrustList", "nextUpdate", 20 },
	{ "TrustList", "failure", 30 },
	{ "TrustCentre", "list", 16 },
	{ "TrustCentre", "isChosen", 8 },
	{ "TrustCentre", "isListed", 8 },
	{ "TrustCentre", "name", 40 },
	{ "TrustCentre", "service", 40 },
	{ "TrustAnchor", "name", 24 },
	{ "TrustAnchor", "state", 8 },
	{ "TrustAnchor", "notAfter", 20 },
	{ "TrustAnchor", "usage", 24 },
	{ "TrustAnchor", "subject", 40 },
	{ "TrustSnapshot", "number", 6 },
	{ "TrustSnapshot", "name", 20 },
	{ "TrustSnapshot", "made", 20 },
	{ "TrustSnapshot", "madeBy", 24 },
	{ "TrustSnapshot", "reason", 40 },
	{ "SignOnRequest", "id", 36 },
	{ "SignOnRequest", "subject", 32 },
	{ "SignOnRequest", "verdict", 13 },
	{ "SignOnRequest", "requested", 20 },
	{ "SignOnRequest", "address", 15 },
	{ "SignOnRequest", "note", 30 },
	{ "Proposal", "id", 36 },
	{ "Proposal", "operation", 20 },
	{ "Proposal", "object", 28 },
	{ "Proposal", "proposer", 20 },
	{ "Proposal", "expires", 20 },
	{ "Proposal", "change", 40 },
	{ "StatusItem", "part", 16 },
	{ "StatusItem", "name", 28 },
	{ "StatusItem", "state", 12 },
	{ "StatusItem", "time", 20 },
	{ "StatusItem", "text", 30 },
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* Bytes are for programs. */
static int
is_for_people(const char *member, const json_t *value)
{
	return strcmp(member, "certificate") != 0 || !json_is_string(value);
}

/* A value in one line: lists by the names of what is in them. */
static void
value_line(const json_t *value, char *out, size_t size)
{
	const json_t *item;
	const char *name;
	size_t i, at = 0;

	out[0] = '\0';
	if (json_is_string(value))
		snprintf(out, size, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(out, size, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		snprintf(out, size, "%s", json_is_true(value) ? "yes" : "no");
	json_array_foreach(value, i, item)
	{
		name = json_is_string(item) ? json_string_value(item) : get_text(item, "name");
		if (name[0] == '\0')
			name =
			    get_text(item, get_text(item, "fingerprint")[0] ? "fingerprint" : "id");
		if (at < size)
			at +=
			    (size_t)snprintf(out + at, size - at, "%s%s", i > 0 ? ", " : "", name);
	}
}

void
thing_line(FILE *out, const struct map *map, const json_t *object)
{
	char line[400], head[32];
	const char *end = "";
	size_t i, k;

	for (i = 0; i < COLUMNS; i++) {
		if (strcmp(columns[i].thing, map->name) != 0)
			continue;
		if (object != NULL)
			value_line(json_object_get(object, columns[i].field), line, sizeof(line));
		else {
			snprintf(head, sizeof(head), "%s", columns[i].field);
			for (k = 0; head[k] != '\0'; k++)
				head[k] = (char)(head[k] >= 'a' && head[k] <= 'z' ? head[k] - 32
										  : head[k]);
			snprintf(line, sizeof(line), "%s", head);
		}
		fprintf(out, "%s%-*s", end, columns[i].width, line);
		end = "  ";
	}
	fputc('\n', out);
}

/* As whoever issues certificates wants it. */
static void
request_text(FILE *out, const char *base64)
{
	fputs("-----BEGIN CERTIFICATE REQUEST-----\n", out);
	for (; *base64 != '\0'; base64 += strnlen(base64, 64))
		fprintf(out, "%.64s\n", base64);
	fputs("-----END CERTIFICATE REQUEST-----\n", out);
}

void
thing_text(FILE *out, const json_t *object)
{
	const char *key;
	char line[2000];
	json_t *value, *item, *inner;
	const char *name;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (!is_for_people(key, value))
			continue;
		if (strcmp(key, "certificateRequest") == 0) {
			request_text(out, json_string_value(value));
			continue;
		}
		if (!json_is_array(value)) {
			value_line(value, line, sizeof(line));
			fprintf(out, "%-14s %s\n", key, line);
			continue;
		}
		json_array_foreach(value, i, item)
		{
			if (json_is_string(item)) {
				fprintf(out, "%-14s %s\n", key, json_string_value(item));
				continue;
			}
			fprintf(out, "%-14s", key);
			json_object_foreach(item, name, inner)
			{
				value_line(inner, line, sizeof(line));
				if (is_for_people(name, inner))
					fprintf(out, " %s %s;", name, line);
			}
			fputc('\n', out);
		}
	}
}
