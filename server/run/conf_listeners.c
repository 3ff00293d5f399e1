/* The listeners of signetd.conf. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "server/run/conf_core.h"

cfg_opt_t conf_listener_options[] = {
	CFG_STR("address", "*", CFGF_NONE),
	CFG_STR("port", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("doors", "{soap, tsa, health, metrics, access}", CFGF_NONE),
	CFG_STR("tls", "default", CFGF_NONE),
	CFG_END(),
};

static const struct door {
	const char *name;
	unsigned int door;
} doors[] = {
	{ "soap", DOOR_SOAP },
	{ "tsa", DOOR_TSA },
	{ "health", DOOR_HEALTH },
	{ "metrics", DOOR_METRICS },
	{ "crl", DOOR_CRL },
	{ "access", DOOR_ACCESS },
};
#define DOORS (sizeof(doors) / sizeof(doors[0]))

/* One listener of the file. */
struct section {
	cfg_t *cfg;
	const char *file;
};

static int
bad_listener(const struct section *sec, struct error *err, const char *setting, const char *value,
    const char *allowed)
{
	return error_set(err, ERROR_MALFORMED,
	    "%s:%d: in the listener before this line %s is \"%s\"; allowed is %s", sec->file,
	    sec->cfg->line, setting, value != NULL ? value : "", allowed);
}

static int
read_doors(struct conf_listener *l, const struct section *sec, struct error *err)
{
	unsigned int i;
	size_t d;

	for (i = 0; i < cfg_size(sec->cfg, "doors"); i++) {
		for (d = 0; d < DOORS; d++)
			if (strcmp(cfg_getnstr(sec->cfg, "doors", i), doors[d].name) == 0)
				break;
		if (d == DOORS)
			return bad_listener(sec, err, "doors", cfg_getnstr(sec->cfg, "doors", i),
			    "a list of soap, tsa, health, metrics, access, crl");
		l->doors |= doors[d].door;
	}
	if (l->doors == 0)
		return bad_listener(
		    sec, err, "doors", "", "a list of soap, tsa, health, metrics, access, crl");
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
read_listener(struct conf_listener *l, const struct section *sec, struct error *err)
{
	static const struct setting port = { "port", NUMBER, 0, 0, 0, 65535, NULL };
	const char *word = cfg_getstr(sec->cfg, "port"), *tls = cfg_getstr(sec->cfg, "tls");
	int64_t number;

	l->address = strdup(cfg_getstr(sec->cfg, "address"));
	if (l->address == NULL)
		return error_memory(err);
	if (!is_address(l->address))
		return bad_listener(
		    sec, err, "address", l->address, "* or a numeric IPv4 or IPv6 address");
	if (word == NULL || setting_number(&port, word, &number) != 0)
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

int
conf_read_listeners(struct conf *conf, cfg_t *cfg, struct error *err)
{
	unsigned int i, n = cfg_size(cfg, "listener");
	struct section sec = { .file = conf->file };

	if (n == 0)
		return error_set(err, ERROR_MALFORMED,
		    "%s: there is no listener; write one: listener { port = 8443 }", conf->file);
	conf->listeners = calloc(n, sizeof(*conf->listeners));
	if (conf->listeners == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		conf->listener_count++;
		sec.cfg = cfg_getnsec(cfg, "listener", i);
		if (read_listener(&conf->listeners[i], &sec, err) != 0)
			return -1;
	}
	return 0;
}
