/* The files of a real installation that people read: signetd.conf, NAME.conf, the last words. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/init/install_private.h"

static int
write_file(struct install *in, const char *name, struct buf *text, struct error *err)
{
	char path[PATH_MAX];
	int rc = pki_write(install_path(in, name, path), SPAN_OF(text), 1, err);

	buf_wipe(text);
	return rc;
}

/* In double quotes \ and " are escaped. */
static int
put_setting(struct buf *out, const char *name, const char *value, struct error *err)
{
	size_t i;

	if (buf_printf(out, err, "%s = \"", name) != 0)
		return -1;
	for (i = 0; value[i] != '\0'; i++)
		if (((value[i] == '\\' || value[i] == '"') && buf_append(out, "\\", 1, err) != 0) ||
		    buf_append(out, &value[i], 1, err) != 0)
			return -1;
	return buf_append_str(out, "\"\n", err);
}

int
install_write_conf(struct install *in, struct error *err)
{
	struct buf text = BUF_INIT(0);
	char path[PATH_MAX];
	const struct {
		const char *comment, *name, *value;
		int may_miss;
	} settings[] = {
		{ "# Made by signet-init server; signetd.conf(5) tells all settings. After a "
		  "change: "
		  "signetd -n,\n# then systemctl reload signetd.\n\n"
		  "# This server in the audit log. Each server of an installation has its own.\n",
		    "node", answer(in, ANSWER_NODE), 0 },
		{ "\n# How it reaches PostgreSQL; has a password in it, so nobody else may read "
		  "this "
		  "file.\n",
		    "database", in->conninfo, 0 },
		{ "\n# Private keys, one PKCS#12 file each; read by the keys process alone.\n",
		    "keys-directory", "keys", 0 },
		{ "\n# Its certificate, then its issuers. For one of another CA send it "
		  "pki/tls.csr, "
		  "where there\n# is one, put what it answers here, and reload.\n",
		    "tls-certificate", "pki/tls.pem", 0 },
		{ "", "tls-key", "tls", 0 },
		{ "\n# Whom it becomes when root has started it; empty is nobody.\n", "user",
		    answer(in, ANSWER_USER), 1 },
		{ "", "keys-user", answer(in, ANSWER_KEYS_USER), 1 },
		{ "\n# A line for each request; \"-\" is standard error, which journald keeps.\n",
		    "access-log", answer(in, ANSWER_LOG), 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (!(settings[i].may_miss && settings[i].value[0] == '\0') &&
		    (buf_append_str(&text, settings[i].comment, err) != 0 ||
			put_setting(&text, settings[i].name, settings[i].value, err) != 0))
			goto failed;
	if (buf_printf(&text, err,
		"\n# One section for each address and port.\n"
		"listener {\n\taddress = \"*\"\n\tport = %s\n\tdoors = { soap, tsa, health, access "
		"}\n}\n"
		"# Figures for a monitoring system, on this machine alone.\n"
		"#listener {\n#\taddress = \"127.0.0.1\"\n#\tport = 9090\n#\ttls = \"none\"\n"
		"#\tdoors = { metrics }\n#}\n",
		answer(in, ANSWER_PORT)) != 0)
		goto failed;
	if (write_file(in, "signetd.conf", &text, err) != 0)
		return -1;
	unlink(install_path(in, "keys.database", path)); /* signetd.conf has it now */
	return 0;
failed:
	buf_wipe(&text);
	return -1;
}

static int
write_client(struct install *in, const char *name, struct error *err)
{
	struct buf text = BUF_INIT(0);
	char file[200];

	if (buf_printf(&text, err,
		"# How %s calls, for signet --config and signet-console: copy it with %s.p12 and\n"
		"# ca.pem to the machine of %s. The passphrase is asked for, or is the first line "
		"of a file:\n"
		"# passphrase-file = \"%s.pass\"\n"
		"endpoint = \"https://%s:%s/\"\n"
		"ca-file = \"../pki/ca.pem\"\n"
		"certificate = \"%s.p12\"\n",
		name, name, name, name, answer(in, ANSWER_HOST), answer(in, ANSWER_PORT),
		name) != 0)
		return -1;
	snprintf(file, sizeof(file), "clients/%s.conf", name);
	return write_file(in, file, &text, err);
}

int
install_write_clients(struct install *in, struct error *err)
{
	return write_client(in, answer(in, ANSWER_OPERATOR), err) == 0 &&
		       write_client(in, answer(in, ANSWER_ADMINISTRATOR), err) == 0
		   ? 0
		   : -1;
}

void
install_say(const struct install *in)
{
	const char *dir = in->o->dir, *operator= answer(in, ANSWER_OPERATOR),
		   *administrator = answer(in, ANSWER_ADMINISTRATOR);

	printf(
	    "\nThe installation is made.\n"
	    "  %s/signetd.conf        the configuration, with comments\n"
	    "  %s/pki/ca.pem          its own CA: clients need it\n"
	    "  %s/pki/ca.p12, .pass   the CA's key: keep a copy elsewhere, and take it away from\n"
	    "                          here when no more certificates are to be issued\n"
	    "  %s/keys                private keys of the server\n"
	    "  %s/clients/%s.p12, .conf   %s, who administers tenants\n"
	    "  %s/clients/%s.p12, .conf   %s, who administers tenant \"%s\"\n"
	    "  database %s, with tenants \"" SERVER_TENANT "\" and \"%s\"\n",
	    dir, dir, dir, dir, dir, operator, operator, dir, administrator, administrator,
	    answer(in, ANSWER_TENANT), answer(in, ANSWER_DATABASE_NAME), answer(in, ANSWER_TENANT));
	if (strcmp(answer(in, ANSWER_CERTIFICATE), "request") == 0)
		printf("  %s/pki/tls.csr         for the other CA: put what it answers, with its\n"
		       "                          issuers, into pki/tls.pem and reload\n",
		    dir);
	printf("Next:\n"
	       "  signetd -n -c %s/signetd.conf && systemctl enable --now signetd\n"
	       "  signet --config %s/clients/%s.conf user list\n",
	    dir, dir, administrator);
	if (strcmp(dir, "/etc/signet") != 0)
		printf("The unit signetd.service reads /etc/signet/signetd.conf: change its two "
		       "commands, or\n  signetd -c %s/signetd.conf\n",
		    dir);
}
