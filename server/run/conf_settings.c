/* The settings of signetd.conf, and what may stand in each. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/run/conf_core.h"

#define FIELD(member) offsetof(struct conf, member), sizeof(((struct conf *)0)->member)
#define SIZE_SETTING(name, member, least, most, absent)                                            \
	{                                                                                          \
		name, BYTES, FIELD(limits.member), least, most, absent                             \
	}
#define COUNT_SETTING(name, member, least, most, absent)                                           \
	{                                                                                          \
		name, NUMBER, FIELD(limits.member), least, most, absent                            \
	}
#define MI ((int64_t)1 << 20)
#define GI ((int64_t)1 << 30)

static const struct setting settings[] = {
	{ "node", TEXT, FIELD(node), 1, 64, "signet" },
	{ "database", TEXT, FIELD(database), 0, 1024, "" },
	{ "keys-directory", PATH, FIELD(keys_directory), 1, 4096, NULL },
	{ "tls-certificate", PATH, FIELD(certificate), 1, 4096, NULL },
	{ "tls-key", TEXT, FIELD(certificate_key), 1, 64, "tls" },
	{ "algorithm-catalogue", PATH, FIELD(catalogue), 0, 4096, "" },
	{ "algorithm-catalogue-signer", PATH, FIELD(catalogue_signer), 0, 4096, "" },
	{ "crl-key", TEXT, FIELD(crl_key), 0, 64, "" },
	{ "tsa-tenant", TEXT, FIELD(tsa_tenant), 0, 128, "" },
	{ "user", TEXT, FIELD(user), 0, 64, "" },
	{ "group", TEXT, FIELD(group), 0, 64, "" },
	{ "keys-user", TEXT, FIELD(keys_user), 0, 64, "" },
	{ "keys-group", TEXT, FIELD(keys_group), 0, 64, "" },
	{ "pid-file", PATH, FIELD(pid_file), 0, 4096, "" },
	{ "access-log", PATH, FIELD(access_log), 0, 4096, "-" },
	{ "log-level", LEVEL, FIELD(log_level), 0, 0, "info" },
	{ "workers", NUMBER, FIELD(workers), 0, 256, "0" },
	{ "read-processes", NUMBER, FIELD(read_processes), 0, 256, "0" },
	{ "login-threads", NUMBER, FIELD(login_threads), 1, 256, "2" },
	{ "login-queue", NUMBER, FIELD(login_queue), 1, 65536, "64" },
	{ "slow-threads", NUMBER, FIELD(slow_threads), 1, 256, "4" },
	{ "slow-queue", NUMBER, FIELD(slow_queue), 1, 65536, "64" },
	{ "bulk-queue", NUMBER, FIELD(bulk_queue), 1, 65536, "16" },
	{ "jobs", YES_NO, FIELD(jobs), 0, 1, "yes" },
	{ "pin-workers", YES_NO, FIELD(pin), 0, 1, "no" },
	{ "keys-may-swap", YES_NO, FIELD(keys_may_swap), 0, 1, "no" },
	{ "keys-memory", BYTES, FIELD(keys_memory), 65536, 256 * MI, "4M" },
	{ "audit-gather-microseconds", NUMBER, FIELD(audit_gather_us), 0, 100000, "2000" },
	{ "drain-seconds", NUMBER, FIELD(drain_seconds), 0, 3600, "20" },
	{ "mail-need-address", YES_NO, FIELD(limits.mail_need_address), 0, 1, "no" },
	{ "mail-need-match", YES_NO, FIELD(limits.mail_need_match), 0, 1, "no" },
	{ "clock-offset", SIGNED, FIELD(clock_offset), -4000000000, 4000000000, "0" },

	{ "fetch", YES_NO, FIELD(limits.fetch.is_on), 0, 1, "yes" },
	{ "fetch-networks", NETWORKS, FIELD(limits.fetch.guard), 0, 4096, "" },
	COUNT_SETTING("fetch-connect-milliseconds", fetch.connect_ms, 1, 600000, "3000"),
	COUNT_SETTING("fetch-seconds", fetch.seconds, 1, 3600, "10"),
	COUNT_SETTING("fetch-retry-seconds", fetch.retry_seconds, 0, 86400, "60"),
	COUNT_SETTING("fetch-keep-seconds", fetch.keep_seconds, 0, 31536000, "43200"),
	SIZE_SETTING("fetch-cache-size", fetch.cache_bytes, MI, 1024 * GI, "4G"),
	COUNT_SETTING("limit-fetches", fetch.fetches, 1, 1000, "30"),
	SIZE_SETTING("limit-fetch-bytes", fetch.bytes, 4096, GI, "128M"),
	SIZE_SETTING("limit-message", message_bytes, 4096, 1024 * GI, "2G"),
	SIZE_SETTING("limit-inline", inline_bytes, 1024, GI, "8M"),
	SIZE_SETTING("limit-document", document_bytes, 1024, 4 * GI, "128M"),
	SIZE_SETTING("limit-stream", stream_bytes, 1024, 1024 * GI, "2G"),
	COUNT_SETTING("limit-documents", documents, 1, 100000, "1000"),
	COUNT_SETTING("limit-digests", digests, 1, 1000000, "10000"),
	COUNT_SETTING("limit-xml-depth", xml_depth, 8, 1000, "64"),
	COUNT_SETTING("limit-xml-attributes", xml_attributes, 16, 100000, "512"),
	SIZE_SETTING("limit-xml-tag", xml_tag_bytes, 256, MI, "8K"),
	COUNT_SETTING("limit-request-seconds", request_seconds, 1, 86400, "120"),
	COUNT_SETTING("limit-idle-seconds", idle_seconds, 1, 86400, "300"),
	COUNT_SETTING("limit-header-seconds", header_seconds, 1, 3600, "15"),
	COUNT_SETTING("limit-requests", requests_in_hand, 1, 1000000, "1024"),
	COUNT_SETTING("limit-connections", connections, 1, 1000000, "12000"),
	COUNT_SETTING(
	    "limit-connections-per-address", connections_per_address, 1, 1000000, "10000"),
	COUNT_SETTING("limit-bulk", bulk_requests, 1, 1024, "8"),
	COUNT_SETTING("limit-password-queue", password_queue, 1, 65536, "64"),
	COUNT_SETTING("limit-caller-share", caller_share, 1, 100, "75"),
	COUNT_SETTING("limit-sign-on-address", sign_on_address, 1, 100000, "20"),
	COUNT_SETTING("limit-sign-on-rate", sign_on_rate, 1, 1000000, "300"),
	COUNT_SETTING("limit-sign-on-waiting", sign_on_waiting, 1, 100000, "100"),
	COUNT_SETTING("sign-on-days", sign_on_days, 1, 365, "14"),
	COUNT_SETTING("sign-on-challenge-seconds", sign_on_seconds, 10, 3600, "300"),
	COUNT_SETTING("limit-signatures", format.signatures, 1, 100000, "100"),
	COUNT_SETTING("limit-certificates", format.certificates, 1, 100000, "100"),
	COUNT_SETTING("limit-timestamps", format.timestamps, 1, 100000, "50"),
	COUNT_SETTING("limit-references", format.references, 1, 100000, "100"),
	COUNT_SETTING("limit-transforms", format.transforms, 1, 1000, "10"),
	COUNT_SETTING("limit-document-xml-depth", format.xml_depth, 8, 10000, "200"),
	COUNT_SETTING("limit-document-xml-attributes", format.xml_attributes, 16, 100000, "500"),
	COUNT_SETTING("limit-document-xml-nodes", format.xml_nodes, 1000, 100000000, "2000000"),
	COUNT_SETTING("limit-pdf-objects", format.pdf_objects, 100, 100000000, "1000000"),
	COUNT_SETTING("limit-pdf-revisions", format.pdf_revisions, 1, 100000, "200"),
	SIZE_SETTING("limit-read-memory", read_memory, 16 * MI, 1024 * GI, "256M"),
	COUNT_SETTING("limit-read-seconds", read_seconds, 1, 86400, "10"),
	SIZE_SETTING("limit-output", format.output_bytes, 4096, 4 * GI, "256M"),
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

const struct setting *
setting_at(size_t i)
{
	return i < SETTINGS ? &settings[i] : NULL;
}

const char *
conf_setting_name(size_t i)
{
	return i < SETTINGS ? settings[i].name : NULL;
}

const struct setting *
setting_named(const char *name)
{
	size_t i;

	for (i = 0; i < SETTINGS; i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

/* ---- values ---- */

int
setting_number(const struct setting *s, const char *word, int64_t *value)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;

	errno = 0;
	*value = strtoll(word, &end, 10);
	if (errno != 0 || end == word || *word == ' ' || *word == '+')
		return -1;
	if (s->kind == BYTES && *end != '\0' && (unit = strchr(units, *end)) != NULL) {
		if (*value > INT64_MAX >> 30 || *value < 0)
			return -1;
		*value <<= 10 * (unit - units + 1);
		end++;
	}
	return *end == '\0' && *value >= s->least && *value <= s->most ? 0 : -1;
}

static int
parse_yes_no(const char *word)
{
	return strcmp(word, "yes") == 0 || strcmp(word, "true") == 0   ? 1
	       : strcmp(word, "no") == 0 || strcmp(word, "false") == 0 ? 0
								       : -1;
}

/* Networks behind one another, with commas or blanks between them. */
static int
parse_networks(const char *word, struct dial_guard *guard)
{
	static const char between[] = ", \t\n";
	struct error ignored = ERROR_INIT;
	char network[64];
	size_t len;

	memset(guard, 0, sizeof(*guard));
	for (;;) {
		word += strspn(word, between);
		len = strcspn(word, between);
		if (len == 0)
			return 0;
		if (len >= sizeof(network))
			return -1;
		memcpy(network, word, len);
		network[len] = '\0';
		if (guard_allow(guard, network, &ignored) != 0)
			return -1;
		word += len;
	}
}

void
setting_describe(const struct setting *s, char *out, size_t size)
{
	switch (s->kind) {
	case TEXT:
	case PATH:
		snprintf(out, size, "a text of %lld to %lld bytes", (long long)s->least,
		    (long long)s->most);
		break;
	case NETWORKS:
		snprintf(out, size, "at most %d networks as 10.1.0.0/16 or fd00::/8",
		    GUARD_NETWORKS_MAX);
		break;
	case YES_NO:
		snprintf(out, size, "yes or no");
		break;
	case LEVEL:
		snprintf(out, size, "error, warning, info or debug");
		break;
	default:
		snprintf(out, size, "a whole number from %lld to %lld%s", (long long)s->least,
		    (long long)s->most, s->kind == BYTES ? " (K, M, G may follow it)" : "");
	}
}

int
setting_allows(const struct setting *s, const char *word)
{
	struct dial_guard guard;
	enum log_level level;
	int64_t number;

	switch (s->kind) {
	case NETWORKS:
		return parse_networks(word, &guard) == 0;
	case TEXT:
	case PATH:
		return strlen(word) >= (size_t)s->least && strlen(word) <= (size_t)s->most;
	case YES_NO:
		return parse_yes_no(word) >= 0;
	case LEVEL:
		return log_level_parse(word, &level) == 0;
	default:
		return setting_number(s, word, &number) == 0;
	}
}

static char *
absolute(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	char *out = NULL;

	if (path[0] == '/' || path[0] == '\0' || strcmp(path, "-") == 0 || slash == NULL)
		return strdup(path);
	return asprintf(&out, "%.*s/%s", (int)(slash - file), file, path) < 0 ? NULL : out;
}

int
setting_store(struct conf *conf, const struct setting *s, const char *word, struct error *err)
{
	void *at = (char *)conf + s->offset;
	int64_t number = 0;
	uint64_t wide;
	unsigned int narrow;
	char *text;

	if (s->kind == TEXT || s->kind == PATH) {
		text = s->kind == PATH ? absolute(conf->file, word) : strdup(word);
		memcpy(at, &text, sizeof(text));
		return text != NULL ? 0 : error_memory(err);
	}
	if (s->kind == LEVEL)
		return log_level_parse(word, at);
	if (s->kind == NETWORKS)
		return parse_networks(word, at);
	if (s->kind == YES_NO)
		number = parse_yes_no(word);
	else
		setting_number(s, word, &number);
	wide = (uint64_t)number;
	narrow = (unsigned int)number;
	if (s->size == sizeof(wide))
		memcpy(at, &wide, sizeof(wide));
	else
		memcpy(at, &narrow, sizeof(narrow));
	return 0;
}
