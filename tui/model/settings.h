/*
 * tui/model/settings.h: where the server is and who calls, from a file like
 *
 *	endpoint = "https://localhost:8443/"
 *	ca-file = "pki/ca.pem"
 *	certificate = "pki/erp.p12"
 *	passphrase-file = "pki/erp.pass"
 *
 * or with user and password-file in place of the certificate. Relative names are relative to the
 *file.
 */
#ifndef SIGNET_TUI_SETTINGS_H
#define SIGNET_TUI_SETTINGS_H

#include "tui/model/client.h"

struct settings {
	char endpoint[512];
	char ca_file[4096];
	char certificate[4096];
	char passphrase[1024];
	char user[256];
	char password[1024];
	int timeout_s;
};

/*
 * Read the named file, or (NULL) the first of: $SIGNET_CONFIG, run/client.conf beside the folder of
 * this program, ~/.config/signet/client.conf, /etc/signet/client.conf.
 */
int settings_load(struct settings *settings, const char *path, struct error *err);
struct client_settings settings_view(const struct settings *settings);

#endif
