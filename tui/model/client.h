/*
 * tui/model/client.h: a connection to a Signet server for the terminal programs: SOAP over TLS,
 * with the same rights and the same audit as every other client.
 */
#ifndef SIGNET_TUI_CLIENT_H
#define SIGNET_TUI_CLIENT_H

#include "server/base/error.h"

#include <stddef.h>

struct soap;

/*
 * Where and as whom; strings are the caller's. A certificate in a file or on a card, or a user name
 * with its password.
 */
struct client_settings {
	const char *endpoint;	 /* https://host:port/ */
	const char *ca_file;	 /* PEM of the CAs that the server's certificate may come from */
	const char *certificate; /* PKCS#12 */
	const char *passphrase;
	const char *user, *password;
	const char *pkcs11;	    /* module of a card */
	const char *token, *object; /* labels, where there are several; or NULL */
	const char *pin;
	int timeout_s;
};

struct card;
struct client {
	struct soap *soap;
	struct card *card;
	int (*send)(struct soap *soap, const char *bytes, size_t len); /* gSOAP's own */
	struct client_settings settings;
};

/* Make ready; nothing is dialled before the first call. */
int client_open(struct client *client, const struct client_settings *settings, struct error *err);
void client_close(struct client *client);
/* Before each call: name and password again, since gSOAP forgets them. */
struct soap *client_call(struct client *client);
/*
 * What a failed call (its return value was not SOAP_OK) means, in a sentence and a kind: the fault
 * that the server sent, or why the server could not be reached.
 */
int client_failure(struct client *client, struct error *err);
/* From another thread: the call that is under way fails soon. */
void client_break_off(struct client *client);
/* Forget the answers of the calls so far. */
void client_forget(struct client *client);

#endif
