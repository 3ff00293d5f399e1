#include "server/http/site.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/http/access.h"
#include "server/http/contract.h"
#include "server/http/status.h"

#define CRL_PATH "/crl/"

struct route {
	unsigned int door;
	const char *path;    /* with '/' at its end, but for the root: all below it */
	const char *query;   /* NULL: any; else the query must be this, without case */
	const char *methods; /* as in Allow; NULL: any, which is what is asked about */
	enum served (*serve)(const struct site *site, void *state, struct exchange *x);
};

/* ---- what the routes lead to ---- */

static enum served
serve_soap(const struct site *site, void *state, struct exchange *x)
{
	struct error err = ERROR_INIT;

	if (site->soap != NULL)
		return site->soap(state, x);
	error_set(&err, ERROR_NOT_FOUND, "SOAP is not served here");
	http_answer_failure(x, 404, &err);
	return SERVED;
}

static enum served
serve_wsdl(const struct site *site, void *state, struct exchange *x)
{
	(void)state;
	x->operation = "wsdl";
	contract_answer(x, site->wsdl, 1);
	return SERVED;
}

static enum served
serve_xsd(const struct site *site, void *state, struct exchange *x)
{
	(void)state;
	x->operation = "wsdl";
	contract_answer(x, site->xsd, 0);
	return SERVED;
}

static enum served
serve_admin_xsd(const struct site *site, void *state, struct exchange *x)
{
	(void)state;
	x->operation = "wsdl";
	contract_answer(x, site->admin_xsd, 0);
	return SERVED;
}

static enum served
serve_health(const struct site *site, void *state, struct exchange *x)
{
	(void)state;
	x->operation = "healthz";
	health_answer(site->health, x);
	return SERVED;
}

static enum served
serve_metrics(const struct site *site, void *state, struct exchange *x)
{
	struct error err = ERROR_INIT;

	(void)state;
	x->operation = "metrics";
	if (metrics_text(site->metrics, &x->body, &err) != 0) {
		http_answer_failure(x, http_status_of(err.kind), &err);
		return SERVED;
	}
	x->status = 200;
	x->outcome = "Success";
	snprintf(x->content_type, sizeof(x->content_type), "text/plain; version=0.0.4");
	return SERVED;
}

static int
read_query(struct exchange *x, struct buf *query, struct error *err)
{
	unsigned char *at;
	ssize_t n;

	do {
		at = buf_reserve(query, 4096, err);
		if (at == NULL)
			return -1;
		n = x->read_body(x, at, 4096, err);
		if (n < 0)
			return -1;
		query->len += (size_t)n;
	} while (n > 0);
	return 0;
}

static int
is_media_type(const char *value, const char *type)
{
	size_t n = strlen(type);

	return value != NULL && strncasecmp(value, type, n) == 0 &&
	       (value[n] == '\0' || value[n] == ';' || value[n] == ' ');
}

static enum served
serve_tsa(const struct site *site, void *state, struct exchange *x)
{
	struct buf query = BUF_INIT(TSA_QUERY_MAX + 4096);
	struct error err = ERROR_INIT;
	enum served served = SERVED;

	x->operation = "tsa";
	if (site->timestamp == NULL) {
		error_set(&err, ERROR_NOT_FOUND, "no time stamps are given here");
		http_answer_failure(x, 404, &err);
	} else if (!is_media_type(http_head_field(x->head, "Content-Type"), TSA_QUERY)) {
		error_set(&err, ERROR_UNSUPPORTED, "Content-Type must be " TSA_QUERY);
		http_answer_failure(x, 415, &err);
	} else if (read_query(x, &query, &err) != 0) {
		http_answer_failure(x, http_status_of(err.kind), &err);
	} else {
		served = site->timestamp(state, x, SPAN_OF(&query));
	}
	buf_release(&query);
	return served;
}

/* RFC 5280 section 4.2.1.13 and RFC 2585: a list in DER by plain HTTP. */
static enum served
serve_crl(const struct site *site, void *state, struct exchange *x)
{
	const char *name = x->head->path + strlen(CRL_PATH);
	const size_t len = strlen(name), ending = strlen(".crl");
	struct error err = ERROR_INIT;
	char wanted[100];

	x->operation = "crl";
	if (site->crl != NULL && len > ending && len - ending < sizeof(wanted) &&
	    strcmp(name + len - ending, ".crl") == 0) {
		memcpy(wanted, name, len - ending);
		wanted[len - ending] = '\0';
		return site->crl(state, x, wanted);
	}
	error_set(&err, ERROR_NOT_FOUND, "there is no such list here");
	http_answer_failure(x, 404, &err);
	return SERVED;
}

static enum served
serve_access(const struct site *site, void *state, struct exchange *x)
{
	struct error err = ERROR_INIT;

	x->operation = "CheckAccess";
	if (site->access != NULL)
		return site->access(state, x);
	error_set(&err, ERROR_NOT_FOUND, "nobody is asked about access here");
	http_answer_failure(x, 404, &err);
	return SERVED;
}

/* ---- the table ---- */

static const struct route routes[] = {
	{ DOOR_SOAP, "/soap", "wsdl", "GET, HEAD", serve_wsdl },
	{ DOOR_SOAP, "/soap", NULL, "POST", serve_soap },
	{ DOOR_SOAP, "/", "wsdl", "GET, HEAD", serve_wsdl },
	{ DOOR_SOAP, "/", NULL, "POST", serve_soap },
	{ DOOR_SOAP, "/signet.wsdl", NULL, "GET, HEAD", serve_wsdl },
	{ DOOR_SOAP, "/signet.xsd", NULL, "GET, HEAD", serve_xsd },
	{ DOOR_SOAP, "/administration.xsd", NULL, "GET, HEAD", serve_admin_xsd },
	{ DOOR_TSA, "/tsa", NULL, "POST", serve_tsa },
	{ DOOR_HEALTH, "/healthz", NULL, "GET, HEAD", serve_health },
	{ DOOR_METRICS, "/metrics", NULL, "GET, HEAD", serve_metrics },
	{ DOOR_CRL, CRL_PATH, NULL, "GET, HEAD", serve_crl },
	{ DOOR_ACCESS, ACCESS_PREFIX, NULL, NULL, serve_access },
};
#define ROUTES (sizeof(routes) / sizeof(routes[0]))

static int
is_allowed(const char *methods, const char *method)
{
	size_t n = strlen(method);
	const char *p;

	for (p = methods; p != NULL; p = strchr(p, ' ')) {
		p += *p == ' ';
		if (strncmp(p, method, n) == 0 && (p[n] == ',' || p[n] == '\0'))
			return 1;
	}
	return 0;
}

static int
path_fits(const char *route, const char *path)
{
	const size_t n = strlen(route);

	return n > 1 && route[n - 1] == '/' ? strncmp(path, route, n) == 0
					    : strcmp(path, route) == 0;
}

static int
leads_there(const struct route *route, const struct exchange *x)
{
	const struct http_head *head = x->head;

	return (x->doors & route->door) && path_fits(route->path, head->path) &&
	       (route->query == NULL ||
		   (head->query != NULL && strcasecmp(head->query, route->query) == 0));
}

static const struct route *
find_route(const struct exchange *x)
{
	size_t i;

	for (i = 0; i < ROUTES; i++)
		if (leads_there(&routes[i], x))
			return &routes[i];
	return NULL;
}

static void
answer_method(const struct route *route, struct exchange *x)
{
	struct error err = ERROR_INIT;

	if (strcmp(x->head->method, "OPTIONS") == 0) {
		x->status = 204;
		x->outcome = "Success";
	} else {
		error_set(&err, ERROR_MALFORMED, "this path takes %s", route->methods);
		http_answer_failure(x, 405, &err);
	}
	snprintf(x->extra, sizeof(x->extra), "Allow: %s, OPTIONS\r\n", route->methods);
}

enum served
site_serve(const struct site *site, void *state, struct exchange *x)
{
	const struct route *route = find_route(x);
	struct error err = ERROR_INIT;

	if (route == NULL) {
		error_set(&err, ERROR_NOT_FOUND, "there is nothing at this path");
		http_answer_failure(x, 404, &err);
		return SERVED;
	}
	if (route->methods != NULL && !is_allowed(route->methods, x->head->method)) {
		answer_method(route, x);
		return SERVED;
	}
	return route->serve(site, state, x);
}

void
site_fail(const struct site *site, struct exchange *x, const struct error *failure)
{
	const struct route *route = find_route(x);

	if (route != NULL && route->serve == serve_soap && site->soap_fail != NULL)
		site->soap_fail(x, failure);
	else
		http_answer_failure(x, http_status_of(failure->kind), failure);
}
