#include "authz/url.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "server/base/text.h"

static const char *const methods[URL_METHODS] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH",
	"OPTIONS", "other" };

const char *
url_method_name(enum url_method method)
{
	return methods[method];
}

int
url_method_by_name(enum url_method *method, const char *name)
{
	int m;

	for (m = 0; m < URL_METHODS; m++)
		if (strcmp(methods[m], name) == 0) {
			*method = (enum url_method)m;
			return 0;
		}
	return -1;
}

/* ---- host ---- */

/* [v6]:port, name:port; the port says nothing about who may see what. */
static size_t
host_length(const char *host, size_t len)
{
	const char *end = host[0] == '[' ? memchr(host, ']', len) : memchr(host, ':', len);

	if (end == NULL)
		return len;
	return (size_t)(end - host) + (host[0] == '[');
}

static int
take_host(struct url *url, const char *host, size_t len, struct error *err)
{
	size_t i;

	len = host_length(host, len);
	while (len > 0 && host[len - 1] == '.')
		len--;
	if (len == 0 || len >= sizeof(url->host))
		return error_set(err, ERROR_MALFORMED, "the request names no host");
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)host[i];

		if (!isalnum(c) && strchr("-._:[]", c) == NULL)
			return error_set(err, ERROR_MALFORMED,
			    "the host holds a character that no host has; names of other scripts "
			    "are "
			    "to be in their ASCII form");
		url->host[i] = (char)tolower(c);
	}
	url->host[len] = '\0';
	return 0;
}

/* ---- path ---- */

/* One byte of a segment, decoded; -1: it has more than one reading. */
static int
next_byte(const char **at)
{
	const char *s = *at;
	int c = (unsigned char)*s++;

	if (c == '%') {
		int high = text_hex_value(s[0]), low = high < 0 ? -1 : text_hex_value(s[1]);

		if (low < 0)
			return -1;
		c = high << 4 | low;
		if (c == '/' || c == '%' || c == ';')
			return -1;
		s += 2;
	}
	*at = s;
	return c == '\\' || c < 0x20 || c == 0x7f ? -1 : c;
}

static int
is_dots(const char *segment)
{
	return strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0;
}

/* A segment up to `end`, decoded into *to, with and without its parameters. */
static int
take_segment(struct url *url, const char *at, const char *end, char **to)
{
	char *segment = *to, *bare, *semicolon;
	int c;

	while (at < end) {
		if ((c = next_byte(&at)) < 0)
			return -1;
		*(*to)++ = (char)c;
	}
	*(*to)++ = '\0';
	if (segment[0] == '\0' || is_dots(segment) || url->count == URL_SEGMENTS_MAX ||
	    !text_is_utf8(segment, strlen(segment)))
		return -1;
	bare = segment;
	semicolon = strchr(segment, ';');
	if (semicolon != NULL) {
		bare = *to;
		memcpy(bare, segment, (size_t)(semicolon - segment));
		bare[semicolon - segment] = '\0';
		*to += semicolon - segment + 1;
		url->has_parameters = 1;
		if (bare[0] == '\0' || is_dots(bare))
			return -1;
	}
	url->segments[url->count] = segment;
	url->bare[url->count++] = bare;
	return 0;
}

static int
take_path(struct url *url, const char *path, size_t len, struct error *err)
{
	const char *at = path, *end = path + len;
	char *to = url->text;

	while (at < end && at + 1 < end) { /* a slash, and something behind it */
		const char *stop = memchr(at + 1, '/', (size_t)(end - at - 1));

		if (stop == NULL)
			stop = end;
		if (take_segment(url, at + 1, stop, &to) != 0)
			return error_set(err, ERROR_MALFORMED,
			    "the path can be read in more than one way: it has empty or dotted "
			    "segments, "
			    "encoded slashes, backslashes, control characters or broken encodings, "
			    "or more than "
			    "%d segments",
			    URL_SEGMENTS_MAX);
		at = stop;
	}
	return 0;
}

/* ---- all of it ---- */

/* A whole URL: its host counts, *target is moved to the path. 1, 0: it is a path; -1. */
static int
take_authority(struct url *url, const char **target, struct error *err)
{
	const char *s = *target;
	size_t scheme = strncasecmp(s, "https://", 8) == 0  ? 8
			: strncasecmp(s, "http://", 7) == 0 ? 7
							    : 0;
	size_t len = strcspn(s + scheme, "/?#");

	if (scheme == 0)
		return 0;
	if (memchr(s + scheme, '@', len) != NULL)
		return error_set(
		    err, ERROR_MALFORMED, "a URL with a user's name in it is not asked about");
	*target = s + scheme + len;
	return take_host(url, s + scheme, len, err) == 0 ? 1 : -1;
}

int
url_read(
    struct url *url, const char *method, const char *host, const char *target, struct error *err)
{
	int has_host;

	url->count = 0;
	url->has_parameters = 0;
	url->method = URL_OTHER;
	url_method_by_name(&url->method, method);
	if (strlen(target) > URL_MAX)
		return error_limit(
		    err, ERROR_MALFORMED, "url-bytes", URL_MAX, strlen(target), "URL");
	has_host = take_authority(url, &target, err);
	if (has_host < 0 || (has_host == 0 && take_host(url, host, strlen(host), err) != 0))
		return -1;
	if (has_host == 0 && target[0] != '/')
		return error_set(
		    err, ERROR_MALFORMED, "what is asked about is neither a path nor a URL");
	return take_path(url, target, strcspn(target, "?#"), err);
}
