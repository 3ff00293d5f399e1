/*
 * authz/url.h: what a request at a website is, in the one reading that rules are compared with.
 *
 * Proxies and the servers behind them read unclean paths in different ways, which is how rules are
 * passed by. So a path with more than one reading is refused, not mended: "." and ".." and empty
 * segments, encoded slashes, backslashes, control characters, broken percent encodings (RFC 3986
 * section 6.2.2 on what is the same). Only path parameters (";jsessionid=...", RFC 3986
 * section 3.3) are usual in both readings: there, both must be allowed.
 */
#ifndef SIGNET_AUTHZ_URL_H
#define SIGNET_AUTHZ_URL_H

#include "server/base/error.h"

#include <stddef.h>

#define URL_MAX		 8192 /* bytes of a URL as it is asked about */
#define URL_HOST_MAX	 256  /* with the NUL */
#define URL_SEGMENTS_MAX 128

/* RFC 9110 section 9; others are asked about as URL_OTHER. */
enum url_method {
	URL_GET,
	URL_HEAD,
	URL_POST,
	URL_PUT,
	URL_DELETE,
	URL_PATCH,
	URL_OPTIONS,
	URL_OTHER,
	URL_METHODS
};
#define URL_METHOD_BIT(m) (1u << (m))

struct url {
	enum url_method method;
	char host[URL_HOST_MAX];		/* lower case, without port and final dot */
	const char *segments[URL_SEGMENTS_MAX]; /* decoded; a final slash makes none */
	size_t count;
	int has_parameters;		    /* bare[] differs from segments[] */
	const char *bare[URL_SEGMENTS_MAX]; /* the same without path parameters */
	char text[2 * URL_MAX + 2];	    /* what they look into */
};

/*
 * `target`: a path with query, or a whole http or https URL, whose host then counts; else `host` (a
 * Host header). ERROR_MALFORMED with words, where there is no one reading.
 */
int url_read(
    struct url *url, const char *method, const char *host, const char *target, struct error *err);
/* "GET" ...; URL_OTHER is "other". */
const char *url_method_name(enum url_method method);
/* 0, or -1: no method by this name. */
int url_method_by_name(enum url_method *method, const char *name);

#endif
