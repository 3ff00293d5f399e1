#include "server/run/conf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/run/conf_core.h"

#define SETTINGS_MOST 128
#define TEXT_MAX      (1 << 20)

/* ---- libconfuse ---- */

/* Every setting is a text to libconfuse; what it means is checked here, where the line is known. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	const struct setting *s = setting_named(opt->name);
	char allowed[120];

	if (s != NULL && !setting_allows(s, value)) {
		setting_describe(s, allowed, sizeof(allowed));
		cfg_error(cfg, "%s is \"%s\"; allowed is %s", s->name, value, allowed);
		return -1;
	}
	*(const char **)result = value;
	return 0;
}

static void
make_options(cfg_opt_t *options)
{
	const cfg_opt_t listener = CFG_SEC("listener", conf_listener_options, CFGF_MULTI);
	const cfg_opt_t last = CONF_TEXT_LAST_OPTION;
	const cfg_opt_t end = CFG_END();
	const struct setting *s;
	size_t i;

	for (i = 0; (s = setting_at(i)) != NULL && i < SETTINGS_MOST; i++) {
		const cfg_opt_t option = CFG_STR_CB(s->name, NULL, CFGF_NODEFAULT, on_value);

		options[i] = option;
	}
	options[i++] = listener;
	options[i++] = last;
	options[i] = end;
}

/* ---- the whole ---- */

static int
read_settings(struct conf *conf, cfg_t *cfg, struct error *err)
{
	const struct setting *s;
	const char *word;
	size_t i;
	long cores;

	for (i = 0; (s = setting_at(i)) != NULL; i++) {
		word = cfg_getstr(cfg, s->name);
		if (word == NULL)
			word = s->absent;
		if (word == NULL)
			return error_set(err, ERROR_MALFORMED, "%s: the setting %s is missing",
			    conf->file, s->name);
		if (setting_store(conf, s, word, err) != 0)
			return -1;
	}
	if ((conf->catalogue[0] == '\0') != (conf->catalogue_signer[0] == '\0'))
		return error_set(err, ERROR_MALFORMED,
		    "%s: algorithm-catalogue and algorithm-catalogue-signer need each other",
		    conf->file);
	cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (conf->workers == 0)
		conf->workers = cores > 0 ? (unsigned int)cores : 1;
	if (conf->read_processes == 0)
		conf->read_processes = cores > 0 ? (unsigned int)cores + 1 : 2;
	return 0;
}

static int
parse(struct conf **out, const char *file, struct span text, struct error *err)
{
	const struct conf_form form = { file, "a listener", "; signetd.conf(5) lists the settings",
		TEXT_MAX };
	cfg_opt_t options[SETTINGS_MOST + 3];
	struct conf *conf = calloc(1, sizeof(*conf));
	cfg_t *cfg = NULL;
	int rc = -1;

	make_options(options);
	if (conf == NULL || (conf->file = strdup(file)) == NULL) {
		error_memory(err);
		goto done;
	}
	if (conf_text_parse(&cfg, &form, text, options, err) != 0 ||
	    read_settings(conf, cfg, err) != 0 || conf_read_listeners(conf, cfg, err) != 0)
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

int
conf_read_fd(struct conf **conf, const char *file, int fd, struct error *err)
{
	struct buf text = BUF_INIT(TEXT_MAX);
	int rc = -1;

	*conf = NULL;
	if (lseek(fd, 0, SEEK_SET) != 0)
		error_errno(err, "could not read %s", file);
	else if (buf_read_fd(&text, fd, file, err) == 0)
		rc = parse(conf, file, SPAN_OF(&text), err);
	buf_wipe(&text); /* the connection string may hold a password */
	return rc;
}

int
conf_read(struct conf **conf, const char *file, struct error *err)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), rc;

	*conf = NULL;
	if (fd < 0)
		return error_errno(err, "could not open %s", file);
	rc = conf_read_fd(conf, file, fd, err);
	close(fd);
	return rc;
}

void
conf_free(struct conf *conf)
{
	const struct setting *s;
	size_t i;
	char *text;

	if (conf == NULL)
		return;
	for (i = 0; (s = setting_at(i)) != NULL; i++) {
		if (s->kind != TEXT && s->kind != PATH)
			continue;
		memcpy(&text, (char *)conf + s->offset, sizeof(text));
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
		"keys-directory", "keys-memory", "keys-may-swap", "drain-seconds", "jobs",
		"algorithm-catalogue", "algorithm-catalogue-signer" };
	size_t i;

	if (strncmp(s->name, "limit-", 6) == 0 && strcmp(s->name, "limit-bulk") != 0)
		return 1;
	if (strncmp(s->name, "fetch", 5) == 0)
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
	const struct setting *s;
	size_t i;

	for (i = 0; (s = setting_at(i)) != NULL; i++)
		if (!is_reloaded(s) && !same_value(s, old, new))
			return s->name;
	return same_listeners(old, new) ? NULL : "listener";
}
