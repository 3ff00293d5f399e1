#include "tui/model/client.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "server/base/buf.h"
#include "soapH.h"
#include "tui/model/card_key.h"

static int
use_certificate(SSL_CTX *ctx, const struct client_settings *settings, struct error *err)
{
	struct buf file = BUF_INIT(1 << 20);
	const unsigned char *p;
	PKCS12 *p12 = NULL;
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	STACK_OF(X509) *chain = NULL;
	int rc = -1;

	if (buf_read_file(&file, settings->certificate, err) != 0)
		goto done;
	p = file.data;
	p12 = d2i_PKCS12(NULL, &p, (long)file.len);
	if (p12 == NULL) {
		error_set(err, ERROR_MALFORMED, "%s is not a PKCS#12 file", settings->certificate);
		goto done;
	}
	if (PKCS12_parse(p12, settings->passphrase, &key, &cert, &chain) != 1 || key == NULL) {
		error_set(err, ERROR_NOT_AUTHENTICATED, "the passphrase does not open %s",
		    settings->certificate);
		goto done;
	}
	if (SSL_CTX_use_cert_and_key(ctx, cert, key, chain, 1) != 1) {
		error_set(err, ERROR_UNSUPPORTED, "the key in %s cannot be used for TLS",
		    settings->certificate);
		goto done;
	}
	rc = 0;
done:
	ERR_clear_error();
	sk_X509_pop_free(chain, X509_free);
	X509_free(cert);
	EVP_PKEY_free(key);
	PKCS12_free(p12);
	buf_wipe(&file);
	return rc;
}

static int
use_card(struct client *client, const struct client_settings *settings, struct error *err)
{
	const struct card_choice choice = { settings->pkcs11, settings->token, settings->object,
		settings->pin };
	X509 *cert = NULL;
	EVP_PKEY *key = NULL;
	int rc = -1;

	if (card_open(&client->card, &cert, &choice, err) != 0 ||
	    card_key_new(&key, client->card, cert, err) != 0)
		goto done;
	if (SSL_CTX_use_cert_and_key(client->soap->ctx, cert, key, NULL, 1) == 1)
		rc = 0;
	else
		error_set(err, ERROR_UNSUPPORTED, "the key on the card cannot be used for TLS");
done:
	ERR_clear_error();
	EVP_PKEY_free(key);
	X509_free(cert);
	return rc;
}

int
client_open(struct client *client, const struct client_settings *settings, struct error *err)
{
	struct soap *soap;

	memset(client, 0, sizeof(*client));
	client->settings = *settings;
	soap_ssl_init();
	soap = soap_new2(SOAP_C_UTFSTRING | SOAP_XML_STRICT | SOAP_IO_KEEPALIVE,
	    SOAP_C_UTFSTRING | SOAP_IO_KEEPALIVE | SOAP_ENC_MTOM);
	if (soap == NULL)
		return error_memory(err);
	client->soap = soap;
	client->send = soap->fsend;
	soap->connect_timeout = 10;
	soap->send_timeout = soap->recv_timeout = settings->timeout_s;
	soap->max_keep_alive = 10000;
	if (soap_ssl_client_context(soap,
		SOAP_SSL_REQUIRE_SERVER_AUTHENTICATION | SOAP_SSL_NO_DEFAULT_CA_PATH |
		    SOAP_TLSv1_2 | SOAP_TLSv1_3,
		NULL, NULL, settings->ca_file, NULL, NULL) != SOAP_OK) {
		error_set(err, ERROR_NOT_FOUND, "the CA file %s cannot be read",
		    settings->ca_file != NULL ? settings->ca_file : "(none given)");
		goto failed;
	}
	if (settings->certificate != NULL && use_certificate(soap->ctx, settings, err) != 0)
		goto failed;
	if (settings->pkcs11 != NULL && use_card(client, settings, err) != 0)
		goto failed;
	return 0;
failed:
	client_close(client);
	return -1;
}

void
client_close(struct client *client)
{
	if (client->soap == NULL)
		return;
	client->soap->keep_alive = 0;
	soap_closesock(client->soap);
	soap_destroy(client->soap);
	soap_end(client->soap);
	soap_free(client->soap);
	card_close(client->card); /* its key is not used any more */
	client->soap = NULL;
	client->card = NULL;
}

struct soap *
client_call(struct client *client)
{
	client->soap->userid = client->settings.user;
	client->soap->passwd = client->settings.password;
	return client->soap;
}

void
client_break_off(struct client *client)
{
	struct soap *soap = client->soap;

	if (soap != NULL && soap_valid_socket(soap->socket))
		shutdown(soap->socket, SHUT_RDWR);
}

void
client_forget(struct client *client)
{
	soap_destroy(client->soap);
	soap_end(client->soap);
}

/* The typed detail of a fault, in SOAP 1.1 or 1.2. */
static const struct sig__SignetFault *
fault_detail(const struct soap *soap)
{
	const struct SOAP_ENV__Fault *fault = soap->fault;

	if (fault == NULL)
		return NULL;
	if (fault->detail != NULL && fault->detail->sig__SignetFault != NULL)
		return fault->detail->sig__SignetFault;
	if (fault->SOAP_ENV__Detail != NULL)
		return fault->SOAP_ENV__Detail->sig__SignetFault;
	return NULL;
}

/* The contract's codes in the order of its enumeration. */
static enum error_kind
kind_of_code(struct soap *soap, enum sig__FaultCode code)
{
	const char *word = soap_sig__FaultCode2s(soap, code);
	int kind;

	for (kind = ERROR_NONE + 1; kind < ERROR_KINDS; kind++)
		if (strcmp(word, error_kind_name((enum error_kind)kind)) == 0)
			return (enum error_kind)kind;
	return ERROR_INTERNAL;
}

/* An answer that is no SOAP: the status is all there is to go by (RFC 9110 section 15). */
static int
status_failure(int status, const char *at, struct error *err)
{
	if (status == 401)
		return error_cause(err, ERROR_NOT_AUTHENTICATED,
		    "the server does not know the caller: check certificate, or user and "
		    "password-file, in the configuration",
		    "%s: HTTP status %d", at, status);
	if (status == 408 || status == 429 || status == 503)
		return error_cause(err, ERROR_UNAVAILABLE,
		    "the server cannot answer now; try again later", "%s: HTTP status %d", at,
		    status);
	return error_cause(err, ERROR_INTERNAL,
	    "what answers at the endpoint is no Signet, or refuses all requests",
	    "%s: HTTP status %d", at, status);
}

int
client_failure(struct client *client, struct error *err)
{
	struct soap *soap = client->soap;
	const struct sig__SignetFault *detail = fault_detail(soap);
	const char *text;
	char words[400];

	if (detail != NULL) {
		error_cause(err, kind_of_code(soap, detail->code), detail->message, "request %s",
		    detail->requestId != NULL ? detail->requestId : "-");
		if (detail->retryAfterSeconds != NULL)
			err->retry_after = (unsigned int)*detail->retryAfterSeconds;
		return -1;
	}
	soap_set_fault(soap);
	text = soap_fault_string(soap);
	soap_sprint_fault(soap, words, sizeof(words));
	if (soap->error >= 400 && soap->error < 600)
		return status_failure(soap->error, client->settings.endpoint, err);
	if (strstr(words, "certificate verify failed") != NULL)
		return error_cause(err, ERROR_UNAVAILABLE,
		    "the server does not show a certificate from the CA that ca-file names; "
		    "nothing "
		    "was sent to it",
		    "%s, ca-file %s", client->settings.endpoint,
		    client->settings.ca_file != NULL ? client->settings.ca_file : "(none)");
	if (soap->error == SOAP_TCP_ERROR || soap->error == SOAP_EOF ||
	    soap->error == SOAP_SSL_ERROR)
		return error_cause(err, ERROR_UNAVAILABLE,
		    "the server could not be reached, or broke off; is the endpoint right, and "
		    "does "
		    "it run?",
		    "%s: %s", client->settings.endpoint, text != NULL ? text : words);
	return error_cause(
	    err, ERROR_INTERNAL, "the server's answer could not be read", "%s", words);
}
