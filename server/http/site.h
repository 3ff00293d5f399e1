/*
 * server/http/site.h: the routes of the api process: a table from door, path and method to what
 * serves it. SOAP and the time-stamp door are called through the site, so that this folder knows
 * neither.
 */
#ifndef SIGNET_HTTP_SITE_H
#define SIGNET_HTTP_SITE_H

#include "server/http/health.h"
#include "server/http/metrics.h"
#include "server/ops/exchange.h"

/* RFC 3161 section 3.4: the request's and the answer's media types. */
#define TSA_QUERY     "application/timestamp-query"
#define TSA_REPLY     "application/timestamp-reply"
#define TSA_QUERY_MAX 65536

struct site {
	struct health *health;
	struct metrics *metrics;
	struct span wsdl, xsd; /* as they stand in wsdl/; SPAN_NONE: not handed out */
	struct span admin_xsd; /* administration.xsd */
	/*
	 * POST of SOAP; `state` is the thread's. NULL: 404. `soap_fail` makes a refusal that
	 * happened outside of it a fault.
	 */
	enum served (*soap)(void *state, struct exchange *x);
	void (*soap_fail)(struct exchange *x, const struct error *failure);
	/*
	 * Answer the DER of a TimeStampReq by the DER of a TimeStampResp in x->body; what is wrong
	 * with the query is said in the response (PKIStatusInfo). On -1 err says why there is none.
	 * NULL: 404.
	 */
	enum served (*timestamp)(void *state, struct exchange *x, struct span query);
	/* Answer GET /crl/NAME.crl by the DER of that CA's list. NULL: 404. */
	enum served (*crl)(void *state, struct exchange *x, const char *name);
	/* A proxy asks about access (server/http/access.h). NULL: 404. */
	enum served (*access)(void *state, struct exchange *x);
};

enum served site_serve(const struct site *site, void *state, struct exchange *x);
/* Make x's answer this failure: a SOAP fault where SOAP was asked, else a line of text. */
void site_fail(const struct site *site, struct exchange *x, const struct error *failure);

#endif
