#include "server/run/conf.h"

#include <arpa/inet.h>
#include <confuse.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { TEXT, PATH, YES_NO, NUMBER, BYTES, SIGNED, LEVEL };

struct setting {
	const char *name;
	enum kind kind;
	size_t offset;
	size_t size; /* of the member, where it is a number */
	int64_t least, most;
	const char *absent; /* what counts when it is not given; NULL: it must be */
};

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
	{ "tsa-tenant", TEXT, FIELD(tsa_tenant), 0, 128, "" },
	{ "user", TEXT, FIELD(user), 0, 64, "" },
	{ "group", TEXT, FIELD(group), 0, 64, "" },
	{ "keys-user", TEXT, FIELD(keys_user), 0, 64, "" },
	{ "keys-group", TEXT, FIELD(keys_group), 0, 64, "" },
	{ "pid-file", PATH, FIELD(pid_file), 0, 4096, "" },
	{ "access-log", PATH, FIELD(access_log), 0, 4096, "-" },
	{ "log-level", LEVEL, FIELD(log_level), 0, 0, "info" },
	{ "workers", NUMBER, FIELD(workers), 0, 256, "0" },
	{ "slow-threads", NUMBER, FIELD(slow_threads), 1, 256, "4" },
	{ "slow-queue", NUMBER, FIELD(slow_queue), 1, 65536, "64" },
	{ "bulk-queue", NUMBER, FIELD(bulk_queue), 1, 65536, "16" },
	{ "pin-workers", YES_NO, FIELD(pin), 0, 1, "no" },
	{ "keys-may-swap", YES_NO, FIELD(keys_may_swap), 0, 1, "no" },
	{ "keys-memory", BYTES, FIELD(keys_memory), 65536, 256 * MI, "4M" },
	{ "audit-gather-microseconds", NUMBER, FIELD(audit_gather_us), 0, 100000, "1000" },
	{ "drain-seconds", NUMBER, FIELD(drain_seconds), 0, 3600, "20" },
	{ "clock-offset", SIGNED, FIELD(clock_offset), -4000000000, 4000000000, "0" },

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
	COUNT_SETTING("limit-signatures", format.signatures, 1, 100000, "100"),
	COUNT_SETTING("limit-certificates", format.certificates, 1, 100000, "100"),
	COUNT_SETTING("limit-timestamps", format.timestamps, 1, 100000, "50"),
	COUNT_SETTING("limit-references", format.references, 1, 100000, "100"),
	COUNT_SETTING("limit-transforms", format.transforms, 1, 1000, "10"),
	COUNT_SETTING("limit-document-xml-depth", format.xml_depth, 8, 10000, "200"),
	COUNT_SETTING("limit-document-xml-attributes", format.xml_attributes, 16, 100000, "500"),
	COUNT_SETTING("limit-pdf-objects", format.pdf_objects, 100, 100000000, "1000000"),
	COUNT_SETTING("limit-pdf-revisions", format.pdf_revisions, 1, 100000, "200"),
	SIZE_SETTING("limit-output", format.output_bytes, 4096, 4 * GI, "256M"),
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

const char *
conf_setting_name(size_t i)
{
	return i < SETTINGS ? settings[i].name : NULL;
}

static const struct setting *
setting_named(const char *name)
{
	size_t i;

	for (i = 0; i < SETTINGS; i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

/* ---- values ---- */

/* A whole number, for BYTES with K, M or G behind it. 0 or -1. */
static int
parse_number(const struct setting *s, const char *word, int64_t *value)
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

/* What may stand there, in words. */
static void
describe(const struct setting *s, char *out, size_t size)
{
	switch (s->kind) {
	case TEXT:
	case PATH:
		snprintf(out, size, "a text of %lld to %lld bytes", (long long)s->least,
		    (long long)s->most);
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

static int
is_allowed(const struct setting *s, const char *word)
{
	enum log_level level;
	int64_t number;

	switch (s->kind) {
	case TEXT:
	case PATH:
		return strlen(word) >= (size_t)s->least && strlen(word) <= (size_t)s->most;
	case YES_NO:
		return parse_yes_no(word) >= 0;
	case LEVEL:
		return log_level_parse(word, &level) == 0;
	default:
		return parse_number(s, word, &number) == 0;
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

static int
store(struct conf *conf, const struct setting *s, const char *word, struct error *err)
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
	if (s->kind == YES_NO)
		number = parse_yes_no(word);
	else
		parse_number(s, word, &number);
	wide = (uint64_t)number;
	narrow = (unsigned int)number;
	if (s->size == sizeof(wide))
		memcpy(at, &wide, sizeof(wide));
	else
		memcpy(at, &narrow, sizeof(narrow));
	return 0;
}

/* ---- libconfuse ---- */

/* It hands errors to a function without an argument of ours. Only one thread reads a file. */
static __thread struct {
	struct error *err;
	const char *file;
} sink;

/*
 * Put behind the file's text: libconfuse takes a file that ends in the midst of a section for a
 * whole one, but there this setting is unknown.
 */
#define LAST_SETTING "end-of-the-configuration"

static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char what[300];
	const char *hint = "";

	vsnprintf(what, sizeof(what), fmt, ap);
	if (strstr(what, LAST_SETTING) != NULL)
		snprintf(what, sizeof(what), "a listener is not closed by }");
	else if (strncmp(what, "no such option", 14) == 0)
		hint = "; signetd.conf(5) lists the settings";
	error_set(sink.err, ERROR_MALFORMED, "%s:%d: %s%s", sink.file, cfg != NULL ? cfg->line : 0,
	    what, hint);
}

/* Every setting is a text to libconfuse; what it means is checked here, where the line is known. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	const struct setting *s = setting_named(opt->name);
	char allowed[120];

	if (s != NULL && !is_allowed(s, value)) {
		describe(s, allowed, sizeof(allowed));
		cfg_error(cfg, "%s is \"%s\"; allowed is %s", s->name, value, allowed);
		return -1;
	}
	*(const char **)result = value;
	return 0;
}

static cfg_opt_t listener_options[] = {
	CFG_STR("address", "*", CFGF_NONE),
	CFG_STR("port", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("doors", "{soap, tsa, health, metrics}", CFGF_NONE),
	CFG_STR("tls", "default", CFGF_NONE),
	CFG_END(),
};

static void
make_options(cfg_opt_t *options)
{
	const cfg_opt_t listener = CFG_SEC("listener", listener_options, CFGF_MULTI);
	const cfg_opt_t last = CFG_STR(LAST_SETTING, NULL, CFGF_NODEFAULT);
	const cfg_opt_t end = CFG_END();
	size_t i;

	for (i = 0; i < SETTINGS; i++) {
		const cfg_opt_t option =
		    CFG_STR_CB(settings[i].name, NULL, CFGF_NODEFAULT, on_value);

		options[i] = option;
	}
	options[i++] = listener;
	options[i++] = last;
	options[i] = end;
}

/* ---- listeners ---- */

static const struct door {
	const char *name;
	unsigned int door;
} doors[] = {
	{ "soap", DOOR_SOAP },
	{ "tsa", DOOR_TSA },
	{ "health", DOOR_HEALTH },
	{ "metrics", DOOR_METRICS },
};
#define DOORS (sizeof(doors) / sizeof(doors[0]))

static int
bad_listener(
    cfg_t *sec, struct error *err, const char *setting, const char *value, const char *allowed)
{
	return error_set(err, ERROR_MALFORMED,
	    "%s:%d: in the listener before this line %s is \"%s\"; allowed is %s", sink.file,
	    sec->line, setting, value != NULL ? value : "", allowed);
}

static int
read_doors(struct conf_listener *l, cfg_t *sec, struct error *err)
{
	unsigned int i;
	size_t d;

	for (i = 0; i < cfg_size(sec, "doors"); i++) {
		for (d = 0; d < DOORS; d++)
			if (strcmp(cfg_getnstr(sec, "doors", i), doors[d].name) == 0)
				break;
		if (d == DOORS)
			return bad_listener(sec, err, "doors", cfg_getnstr(sec, "doors", i),
			    "a list of soap, tsa, health, metrics");
		l->doors |= doors[d].door;
	}
	if (l->doors == 0)
		return bad_listener(sec, err, "doors", "", "a list of soap, tsa, health, metrics");
	return 0;
}

static int
is_address(const char *text)
{
	unsigned char address[16];

	return strcmp(text, "*") == 0 || inet_pton(AF_INET, text, address) == 1 ||
	       inet_pton(AF_INET6, text, address) == 1;
}

static int
read_listener(struct conf_listener *l, cfg_t *sec, struct error *err)
{
	static const struct setting port = { "port", NUMBER, 0, 0, 0, 65535, NULL };
	const char *word = cfg_getstr(sec, "port"), *tls = cfg_getstr(sec, "tls");
	int64_t number;

	l->address = strdup(cfg_getstr(sec, "address"));
	if (l->address == NULL)
		return error_memory(err);
	if (!is_address(l->address))
		return bad_listener(
		    sec, err, "address", l->address, "* or a numeric IPv4 or IPv6 address");
	if (word == NULL || parse_number(&port, word, &number) != 0)
		return bad_listener(
		    sec, err, "port", word, "a number up to 65535 (0: the system chooses)");
	l->port = (unsigned int)number;
	l->profile = tls_profile_parse(tls);
	if (l->profile == TLS_PROFILES)
		return bad_listener(sec, err, "tls", tls, "default, legacy or none");
	if (read_doors(l, sec, err) != 0)
		return -1;
	if (l->profile == TLS_PROFILE_NONE && (l->doors & DOOR_SOAP))
		return bad_listener(sec, err, "tls", tls,
		    "default or legacy, because passwords come in by the door soap");
	return 0;
}

static int
read_listeners(struct conf *conf, cfg_t *cfg, struct error *err)
{
	unsigned int i, n = cfg_size(cfg, "listener");

	if (n == 0)
		return error_set(err, ERROR_MALFORMED,
		    "%s: there is no listener; write one: listener { port = 8443 }", conf->file);
	conf->listeners = calloc(n, sizeof(*conf->listeners));
	if (conf->listeners == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		conf->listener_count++;
		if (read_listener(&conf->listeners[i], cfg_getnsec(cfg, "listener", i), err) != 0)
			return -1;
	}
	return 0;
}

/* ---- the whole ---- */

static int
read_settings(struct conf *conf, cfg_t *cfg, struct error *err)
{
	const char *word;
	size_t i;
	long cores;

	for (i = 0; i < SETTINGS; i++) {
		word = cfg_getstr(cfg, settings[i].name);
		if (word == NULL)
			word = settings[i].absent;
		if (word == NULL)
			return error_set(err, ERROR_MALFORMED, "%s: the setting %s is missing",
			    conf->file, settings[i].name);
		if (store(conf, &settings[i], word, err) != 0)
			return -1;
	}
	cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (conf->workers == 0)
		conf->workers = cores > 0 ? (unsigned int)cores : 1;
	return 0;
}

/* The file's settings; NULL on error. */
static cfg_t *
parse_file(const char *file, cfg_opt_t *options, struct error *err)
{
	struct buf text = BUF_INIT(1 << 20);
	cfg_t *cfg = NULL;
	int parsed = CFG_PARSE_ERROR;

	if (buf_read_file(&text, file, err) != 0 ||
	    buf_append_str(&text, "\n" LAST_SETTING " = yes\n", err) != 0 ||
	    buf_terminate(&text, err) != 0)
		goto done;
	cfg = cfg_init(options, CFGF_NONE);
	if (cfg == NULL) {
		error_memory(err);
		goto done;
	}
	cfg_set_error_function(cfg, on_error);
	sink.err = err;
	sink.file = file;
	parsed = cfg_parse_buf(cfg, (char *)text.data);
	sink.err = NULL;
	if (parsed != CFG_SUCCESS)
		error_set(err, ERROR_MALFORMED, "%s: it is not a configuration file", file);
done:
	if (parsed != CFG_SUCCESS && cfg != NULL) {
		cfg_free(cfg);
		cfg = NULL;
	}
	buf_wipe(&text); /* the connection string may hold a password */
	return cfg;
}

int
conf_read(struct conf **out, const char *file, struct error *err)
{
	cfg_opt_t options[SETTINGS + 3];
	struct conf *conf = calloc(1, sizeof(*conf));
	cfg_t *cfg = NULL;
	int rc = -1;

	*out = NULL;
	make_options(options);
	if (conf == NULL || (conf->file = strdup(file)) == NULL) {
		error_memory(err);
		goto done;
	}
	cfg = parse_file(file, options, err);
	if (cfg == NULL || read_settings(conf, cfg, err) != 0 ||
	    read_listeners(conf, cfg, err) != 0)
		goto done;
	*out = conf;
	conf = NULL;
	rc = 0;
done:
	conf_free(conf);
	if (cfg != NULL)
		cfg_free(cfg);
	return rc;
}

void
conf_free(struct conf *conf)
{
	size_t i;
	char *text;

	if (conf == NULL)
		return;
	for (i = 0; i < SETTINGS; i++) {
		if (settings[i].kind != TEXT && settings[i].kind != PATH)
			continue;
		memcpy(&text, (char *)conf + settings[i].offset, sizeof(text));
		free(text);
	}
	for (i = 0; i < conf->listener_count; i++)
		free(conf->listeners[i].address);
	free(conf->listeners);
	free(conf->file);
	free(conf);
}

/* ---- what a reload brings ---- */

static int
same_listeners(const struct conf *a, const struct conf *b)
{
	size_t i;

	if (a->listener_count != b->listener_count)
		return 0;
	for (i = 0; i < a->listener_count; i++)
		if (strcmp(a->listeners[i].address, b->listeners[i].address) != 0 ||
		    a->listeners[i].port != b->listeners[i].port ||
		    a->listeners[i].doors != b->listeners[i].doors ||
		    a->listeners[i].profile != b->listeners[i].profile)
			return 0;
	return 1;
}

static int
is_reloaded(const struct setting *s)
{
	static const char *const names[] = { "tls-certificate", "tls-key", "log-level",
		"keys-directory", "keys-memory", "keys-may-swap", "drain-seconds" };
	size_t i;

	if (strncmp(s->name, "limit-", 6) == 0 && strcmp(s->name, "limit-bulk") != 0)
		return 1;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(s->name, names[i]) == 0)
			return 1;
	return 0;
}

static int
same_value(const struct setting *s, const struct conf *a, const struct conf *b)
{
	const char *one = (const char *)a + s->offset, *other = (const char *)b + s->offset;
	const char *x, *y;

	if (s->kind != TEXT && s->kind != PATH)
		return memcmp(one, other, s->size) == 0;
	memcpy(&x, one, sizeof(x));
	memcpy(&y, other, sizeof(y));
	return strcmp(x, y) == 0;
}

const char *
conf_needs_restart(const struct conf *old, const struct conf *new)
{
	size_t i;

	for (i = 0; i < SETTINGS; i++)
		if (!is_reloaded(&settings[i]) && !same_value(&settings[i], old, new))
			return settings[i].name;
	return same_listeners(old, new) ? NULL : "listener";
}
