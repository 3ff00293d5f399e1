/*
 * tui/model/settings.h: where the server is and who calls, from a file like
 *
 *	endpoint = "https://localhost:8443/"
 *	ca-file = "pki/ca.pem"
 *	certificate = "pki/erp.p12"
 *	passphrase-file = "pki/erp.pass"
 *
 * or with user and password-file in place of the certificate; or with a card: pkcs11 (a module's
 * path, or the name of one that p11-kit knows), token, object, pin-file. Relative names are
 *relative to the file. A secret that stands in no file is asked for by the programs.
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
	char pkcs11[4096], token[256], object[256], pin[1024];
	int timeout_s;
};
#define SETTINGS_SECRET 1024 /* bytes of each secret */

/*
 * Read the named file, or (NULL) the first of: $SIGNET_CONFIG, run/client.conf beside the folder of
 * this program, ~/.config/signet/client.conf, /etc/signet/client.conf.
 */
int settings_load(struct settings *settings, const char *path, struct error *err);
struct client_settings settings_view(const struct settings *settings);

/*
 * The secret of who calls by these settings: SETTINGS_SECRET bytes in them, "" where it is not
 * known; NULL when they say nobody. `label` is what a person is asked for. *is_needed: without it
 * there is no use in calling (the file of a certificate may need none).
 */
char *settings_secret(struct settings *settings, char *label, size_t size, int *is_needed);
/* Nobody any more: to be somebody else. */
void settings_forget_who(struct settings *settings);

#endif
