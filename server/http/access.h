/*
 * server/http/access.h: the forms in which proxies ask whether a request may pass.
 *
 *	/access/nginx    auth_request: X-Original-Method, X-Original-Host, X-Original-URI
 *	/access/forward  Traefik, Caddy, HAProxy: X-Forwarded-Method, -Host, -Uri
 *	/access/envoy/.. ext_authz over HTTP: method, Host and path of the request itself
 *	/access/opa      POST {"input": {"method", "host", "path", "certificate"}}
 *
 * The client's certificate comes in one of these fields, of which the proxy must have removed what
 * the client sent itself: Client-Cert (RFC 9440 section 2.2), X-SSL-Client-Cert (nginx's
 * $ssl_client_escaped_cert), X-Forwarded-Tls-Client-Cert (Traefik), X-Forwarded-Client-Cert (Envoy,
 * Cert=...). More than one of them is refused: one may be the client's own.
 *
 * The answer: 200 with X-Signet-User and X-Signet-Groups, 401 for who is no user, 403; to who may
 * not ask, and where there is no answer, a status of 500 and above, which proxies take for neither.
 */
#ifndef SIGNET_HTTP_ACCESS_H
#define SIGNET_HTTP_ACCESS_H

#include "server/ops/access.h"
#include "server/ops/exchange.h"

#define ACCESS_PREFIX	"/access/"
#define ACCESS_BODY_MAX 65536 /* of /access/opa */

/* A question that was read; `certificate` and `text` hold what it looks into. */
struct access_form {
	struct access_question question;
	struct buf certificate, text;
	int is_json; /* asked, and to be answered, as by OPA */
};
/*
 * Read the question. ERROR_NOT_FOUND: no such form; ERROR_MALFORMED: what is missing or ambiguous.
 * Release also on -1.
 */
int access_form_read(struct access_form *form, struct exchange *x, struct error *err);
void access_form_release(struct access_form *form);
/* Into x; `failure` NULL: the answer. */
void access_form_answer(const struct access_form *form, struct exchange *x,
    const struct access_answer *answer, const struct error *failure);

#endif
