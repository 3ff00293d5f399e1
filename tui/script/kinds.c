/* Which kinds of things a script has, by which operations, and what can be said of each. */
#include <string.h>

#include "tui/script/script.h"

#define BOTH	    (SCRIPT_MADE | SCRIPT_CHANGED)
#define PARTS(rows) rows, sizeof(rows) / sizeof((rows)[0])

const struct script_object script_objects[SCRIPT_OBJECTS] = { { "keys", "Key" },
	{ "directories", "Directory" }, { "trust-centres", "TrustCentre" },
	{ "archives", "Archive" } };

static const struct script_part group[] = {
	{ "description", "description", SCRIPT_TEXT, BOTH },
	{ "groups", "group", SCRIPT_GROUPS, 0 },
	{ "keys", "key", SCRIPT_KEYS, 0 },
	{ "rights", "right", SCRIPT_RIGHTS, 0 },
};
static const struct script_part user[] = {
	{ "state", "state", SCRIPT_TEXT, SCRIPT_CHANGED },
	{ "valid-until", "validUntil", SCRIPT_TIME, BOTH },
	{ "groups", "group", SCRIPT_GROUPS, SCRIPT_MADE },
	{ "certificates", "certificate", SCRIPT_LIST, 0 },
	{ "certificate-files", "certificateFile", SCRIPT_FILES, 0 },
	{ "suspended-certificates", "suspended", SCRIPT_LIST, 0 },
	{ "password-file", "passwordFile", SCRIPT_FILE, 0 },
	{ "has-password", "hasPassword", SCRIPT_FLAG, SCRIPT_FACT },
};
static const struct script_part access[] = {
	{ "host", "host", SCRIPT_TEXT, BOTH },
	{ "path", "path", SCRIPT_TEXT, BOTH },
	{ "methods", "method", SCRIPT_LIST, BOTH },
	{ "opens-to", "opensTo", SCRIPT_TEXT, BOTH },
	{ "groups", "group", SCRIPT_GROUPS, BOTH },
};
static const struct script_part anchor[] = {
	{ "state", "state", SCRIPT_TEXT, SCRIPT_CHANGED },
	{ "usage", "usage", SCRIPT_LIST, BOTH },
	{ "crl-urls", "crlUrl", SCRIPT_LIST, BOTH },
	{ "ocsp-urls", "ocspUrl", SCRIPT_LIST, BOTH },
	{ "certificate", "certificate", SCRIPT_BYTES, SCRIPT_MADE },
	{ "certificate-file", "certificateFile", SCRIPT_FILE, 0 },
};
static const struct script_part centre[] = {
	{ "all", "all", SCRIPT_FLAG, 0 },
	{ "centres", "centre", SCRIPT_CENTRES, 0 },
	{ "later", "later", SCRIPT_CENTRES, 0 },
};
static const struct script_part authority[] = {
	{ "place", "place", SCRIPT_NUMBER, BOTH },
	{ "url", "url", SCRIPT_TEXT, BOTH },
	{ "key", "key", SCRIPT_TEXT, SCRIPT_MADE },
	{ "policy", "policy", SCRIPT_TEXT, BOTH },
	{ "timeout", "timeout", SCRIPT_NUMBER, BOTH },
	{ "state", "state", SCRIPT_TEXT, SCRIPT_CHANGED },
	{ "certificate", "certificate", SCRIPT_BYTES, BOTH },
	{ "certificate-file", "certificateFile", SCRIPT_FILE, 0 },
};
static const struct script_part key[] = {
	{ "state", "state", SCRIPT_TEXT, SCRIPT_CHANGED },
	{ "default", "isDefault", SCRIPT_FLAG, SCRIPT_CHANGED },
};
static const struct script_part setting[] = {
	{ "value", "value", SCRIPT_TEXT, SCRIPT_CHANGED },
};
static const struct script_part job[] = {
	{ "state", "state", SCRIPT_TEXT, SCRIPT_CHANGED },
	{ "every", "everySeconds", SCRIPT_NUMBER, SCRIPT_CHANGED },
	{ "daily", "dailyAt", SCRIPT_TEXT, SCRIPT_CHANGED },
};

const struct script_kind script_kinds[] = {
	{ "group", "CreateGroup", "UpdateGroup", "RemoveGroup", "GetGroup", "ListGroups",
	    PARTS(group) },
	{ "user", "CreateUser", "UpdateUser", "RemoveUser", "GetUser", "ListUsers", PARTS(user) },
	{ "access", "CreateUrlRule", "UpdateUrlRule", "RemoveUrlRule", "GetUrlRule", "ListUrlRules",
	    PARTS(access) },
	{ "trust-anchor", "AddTrustAnchors", "UpdateTrustAnchor", "RemoveTrustAnchor",
	    "GetTrustAnchor", "ListTrustAnchors", PARTS(anchor) },
	{ "trust-centre", NULL, NULL, NULL, NULL, "ListTrustLists", PARTS(centre) },
	{ "authority", "CreateTimestampAuthority", "UpdateTimestampAuthority",
	    "RemoveTimestampAuthority", "GetTimestampAuthority", "ListTimestampAuthorities",
	    PARTS(authority) },
	{ "signing-key", NULL, "UpdateSigningKey", NULL, "GetSigningKey", "ListSigningKeys",
	    PARTS(key) },
	{ "setting", NULL, "UpdateSetting", NULL, "GetSetting", "ListSettings", PARTS(setting) },
	{ "job", NULL, "UpdateJob", NULL, "GetJob", "ListJobs", PARTS(job) },
};
const size_t script_kind_count = sizeof(script_kinds) / sizeof(script_kinds[0]);

const struct script_kind *
script_kind(const char *word)
{
	size_t i;

	for (i = 0; i < script_kind_count; i++)
		if (strcmp(script_kinds[i].word, word) == 0)
			return &script_kinds[i];
	return NULL;
}
