/*
 * tests/support/soap_call.h: a SOAP client for tests on a live server. It knows no schema: bodies
 * go out as they are written in the test, and answers are looked into by the names of elements, so
 * that a mistake of the server's stubs cannot hide behind the same mistake here.
 */
#ifndef SIGNET_TESTS_SOAP_CALL_H
#define SIGNET_TESTS_SOAP_CALL_H

#include "tests/support/live.h"
#include "tests/support/tls_client.h"

struct soap_call {
	int port;
	SSL_CTX *ctx;		 /* the caller's */
	char authorization[256]; /* a whole header field with \r\n, or "" */
	char header[1024];	 /* what stands in the SOAP Header, or "" */
	struct tls_client conn;	 /* kept open from call to call */
	int is_open;
	char request_id[40]; /* of the last answer */
};

/*
 * A context that trusts the installation's CA; `user` names pki/USER.pem as the client certificate
 * (NULL: none). It may be shared by threads. A failure ends the test run.
 */
SSL_CTX *soap_call_context(const struct live *live, const char *user);
void soap_call_init(struct soap_call *c, const struct live *live, SSL_CTX *ctx);
/* Say name and password with each further request, by HTTP Basic or by a UsernameToken. */
void soap_call_basic(struct soap_call *c, const char *user, const char *password);
void soap_call_token(struct soap_call *c, const char *user, const char *password);
void soap_call_end(struct soap_call *c);

/*
 * Send `body` (what stands in the SOAP Body, namespace urn:signet:v1 declared) and read the answer.
 * The HTTP status, or -1 when the connection ended without an answer; the next call connects anew.
 */
int soap_call(struct soap_call *c, const char *body);
/* The same for whole HTTP bodies: `head` holds more header fields ("" for none). */
int soap_post(struct soap_call *c, const char *path, const char *type, const char *head,
    const void *body, size_t len);
int soap_page(struct soap_call *c, const char *path);
/* The body of the last answer, a string. */
const char *soap_answer(const struct soap_call *c);

/*
 * The text of the first element of that local name, in any namespace: copied to out, cut to size;
 * "" when there is none. Returns out.
 */
char *soap_text_of(const char *xml, const char *name, char *out, size_t size);
/* 1 when the last answer is a typed fault of that code whose message holds `words`. */
int soap_is_fault(const struct soap_call *c, const char *code, const char *words);

/* The password of demo/USER in credentials.txt; static memory. */
const char *soap_password(const struct live *live, const char *user);

/* SignDocument, CMS, detached, by that key, over `text`; request_id NULL: none. Static per thread.
 */
const char *soap_sign_cms(const char *key, const char *text, const char *request_id);
/*
 * 1 when the base64 is a CMS signature over text (detached) that OpenSSL's CMS_verify takes, whose
 * certificate is of the installation's CA.
 */
int soap_cms_is_good(const struct live *live, const char *base64, const char *text);

#endif
