#include "tui/model/settings.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/conf_text.h"

#define FILE_MAX 65536

/* Beside run/ of a checkout: build/signet belongs to run/client.conf. */
static void
demo_path(char *out, size_t size)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	out[0] = '\0';
	if (n <= 0)
		return;
	self[n] = '\0';
	snprintf(out, size, "%s/../run/client.conf", dirname(self));
}

static int
find_file(char *out, size_t size)
{
	const char *env = getenv("SIGNET_CONFIG"), *home = getenv("HOME");

	if (env != NULL) {
		snprintf(out, size, "%s", env);
		return 0;
	}
	demo_path(out, size);
	if (out[0] != '\0' && access(out, R_OK) == 0)
		return 0;
	snprintf(out, size, "%s/.config/signet/client.conf", home != NULL ? home : "");
	if (home != NULL && access(out, R_OK) == 0)
		return 0;
	snprintf(out, size, "/etc/signet/client.conf");
	return access(out, R_OK);
}

static void
take_path(char *out, size_t size, const char *file, const char *value)
{
	char copy[PATH_MAX];

	out[0] = '\0';
	if (value == NULL || value[0] == '\0')
		return;
	snprintf(copy, sizeof(copy), "%s", file);
	if (value[0] == '/')
		snprintf(out, size, "%s", value);
	else
		snprintf(out, size, "%s/%s", dirname(copy), value);
}

/* A name without a slash is one that p11-kit knows. */
static void
take_module(char *out, size_t size, const char *file, const char *value)
{
	if (strchr(value, '/') != NULL)
		take_path(out, size, file, value);
	else
		snprintf(out, size, "%s", value);
}

/* The first line of a file of a secret. */
static int
take_secret(char *out, size_t size, const char *file, const char *value, struct error *err)
{
	char path[PATH_MAX];
	FILE *f;

	out[0] = '\0';
	take_path(path, sizeof(path), file, value);
	if (path[0] == '\0')
		return 0;
	f = fopen(path, "r");
	if (f == NULL || fgets(out, (int)size, f) == NULL) {
		if (f != NULL)
			fclose(f);
		return error_set(err, ERROR_NOT_FOUND, "%s cannot be read", path);
	}
	fclose(f);
	out[strcspn(out, "\r\n")] = '\0';
	return 0;
}

int
settings_load(struct settings *settings, const char *path, struct error *err)
{
	char found[PATH_MAX];
	cfg_opt_t options[] = { CFG_STR("endpoint", "https://localhost:8443/", CFGF_NONE),
		CFG_STR("ca-file", "", CFGF_NONE), CFG_STR("certificate", "", CFGF_NONE),
		CFG_STR("passphrase-file", "", CFGF_NONE), CFG_STR("user", "", CFGF_NONE),
		CFG_STR("password-file", "", CFGF_NONE), CFG_STR("pkcs11", "", CFGF_NONE),
		CFG_STR("token", "", CFGF_NONE), CFG_STR("object", "", CFGF_NONE),
		CFG_STR("pin-file", "", CFGF_NONE), CFG_INT("timeout", 300, CFGF_NONE),
		CONF_TEXT_LAST_OPTION, CFG_END() };
	struct conf_form form = { NULL, "a section", "; signet(1) lists the settings", FILE_MAX };
	struct buf text = BUF_INIT(FILE_MAX);
	cfg_t *cfg = NULL;
	int rc = -1;

	memset(settings, 0, sizeof(*settings));
	if (path == NULL) {
		if (find_file(found, sizeof(found)) != 0)
			return error_set(err, ERROR_NOT_FOUND,
			    "there is no configuration: name one by --config or SIGNET_CONFIG, or "
			    "write "
			    "~/.config/signet/client.conf (see signet(1))");
		path = found;
	}
	form.file = path;
	if (buf_read_file(&text, path, NULL) != 0) {
		error_set(err, ERROR_NOT_FOUND, "%s cannot be read", path);
		goto done;
	}
	if (conf_text_parse(&cfg, &form, SPAN_OF(&text), options, err) != 0)
		goto done;
	snprintf(settings->endpoint, sizeof(settings->endpoint), "%s", cfg_getstr(cfg, "endpoint"));
	snprintf(settings->user, sizeof(settings->user), "%s", cfg_getstr(cfg, "user"));
	settings->timeout_s = (int)cfg_getint(cfg, "timeout");
	take_path(settings->ca_file, sizeof(settings->ca_file), path, cfg_getstr(cfg, "ca-file"));
	take_path(settings->certificate, sizeof(settings->certificate), path,
	    cfg_getstr(cfg, "certificate"));
	take_module(settings->pkcs11, sizeof(settings->pkcs11), path, cfg_getstr(cfg, "pkcs11"));
	snprintf(settings->token, sizeof(settings->token), "%s", cfg_getstr(cfg, "token"));
	snprintf(settings->object, sizeof(settings->object), "%s", cfg_getstr(cfg, "object"));
	if (take_secret(settings->pin, sizeof(settings->pin), path, cfg_getstr(cfg, "pin-file"),
		err) != 0 ||
	    take_secret(settings->passphrase, sizeof(settings->passphrase), path,
		cfg_getstr(cfg, "passphrase-file"), err) != 0 ||
	    take_secret(settings->password, sizeof(settings->password), path,
		cfg_getstr(cfg, "password-file"), err) != 0)
		goto done;
	rc = 0;
done:
	buf_release(&text);
	if (cfg != NULL)
		cfg_free(cfg);
	return rc;
}

static const char *
or_null(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

struct client_settings
settings_view(const struct settings *s)
{
	return (struct client_settings){ s->endpoint, or_null(s->ca_file), or_null(s->certificate),
		s->passphrase, or_null(s->user), or_null(s->password), or_null(s->pkcs11),
		or_null(s->token), or_null(s->object), or_null(s->pin), s->timeout_s };
}

char *
settings_secret(struct settings *s, char *label, size_t size, int *is_needed)
{
	const char *slash = strrchr(s->certificate, '/');

	*is_needed = 1;
	if (s->pkcs11[0] != '\0') {
		snprintf(label, size, "PIN of the card");
		return s->pin;
	}
	if (s->certificate[0] != '\0') {
		*is_needed = 0;
		snprintf(label, size, "Passphrase of %.100s",
		    slash != NULL ? slash + 1 : s->certificate);
		return s->passphrase;
	}
	if (s->user[0] != '\0') {
		snprintf(label, size, "Password of %.100s", s->user);
		return s->password;
	}
	return NULL;
}

void
settings_forget_who(struct settings *s)
{
	s->certificate[0] = s->user[0] = s->pkcs11[0] = s->token[0] = s->object[0] = '\0';
	explicit_bzero(s->passphrase, sizeof(s->passphrase));
	explicit_bzero(s->password, sizeof(s->password));
	explicit_bzero(s->pin, sizeof(s->pin));
}
