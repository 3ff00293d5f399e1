#include <string.h>
#include <strings.h>

#include "server/soap/call.h"

#define XML_OVERHEAD ((uint64_t)4 << 20) /* what stands around inline documents, 10,000 digests */

/*
 * The value of a parameter of a header field (RFC 9110 section 5.6.6) into out; "" when it is not
 * there or does not fit.
 */
static void
parameter(const char *field, const char *name, char *out, size_t size)
{
	const char *s = strchr(field, ';');
	size_t n = strlen(name), len;

	out[0] = '\0';
	while (s != NULL) {
		s += 1 + strspn(s + 1, " \t");
		if (strncasecmp(s, name, n) == 0 && s[n] == '=') {
			s += n + 1;
			len = *s == '"' ? strcspn(++s, "\"") : strcspn(s, "; \t");
			if (len < size) {
				memcpy(out, s, len);
				out[len] = '\0';
			}
			return;
		}
		/* to the next ';' outside quotes */
		while (*s != '\0' && *s != ';') {
			if (*s == '"')
				s += 1 + strcspn(s + 1, "\"");
			s += *s != '\0';
		}
		if (*s == '\0')
			s = NULL;
	}
}

static int
is_type(const char *field, const char *type)
{
	size_t n = strlen(type);

	return strncasecmp(field, type, n) == 0 && strchr("; \t", field[n]) != NULL;
}

static void
read_action(struct call *c, const char *type)
{
	const char *action = http_head_field(c->x->head, "SOAPAction");
	size_t n;

	if (action == NULL) {
		parameter(type, "action", c->action, sizeof(c->action));
		return;
	}
	action += *action == '"';
	n = strcspn(action, "\"");
	if (n >= sizeof(c->action))
		n = sizeof(c->action) - 1;
	memcpy(c->action, action, n);
	c->action[n] = '\0';
}

static int
unsupported_type(struct call *c, struct error *err)
{
	c->http_status = 415;
	return error_set(err, ERROR_UNSUPPORTED,
	    "send SOAP 1.1 as text/xml, SOAP 1.2 as application/soap+xml, either with attachments "
	    "(MTOM) as multipart/related");
}

static int
check_type(struct call *c, struct error *err)
{
	const char *type = http_head_field(c->x->head, "Content-Type");
	const char *accept = http_head_field(c->x->head, "Accept");
	char inner[64];

	if (type == NULL)
		return unsupported_type(c, err);
	read_action(c, type);
	if (is_type(type, "application/soap+xml")) {
		c->soap_version = 2;
	} else if (is_type(type, "multipart/related")) {
		c->is_multipart = 1;
		parameter(type, "start-info", inner, sizeof(inner));
		c->soap_version = is_type(inner, "application/soap+xml") ? 2 : 1;
		parameter(type, "type", inner, sizeof(inner));
		c->mtom_answer = is_type(inner, "application/xop+xml");
	} else if (!is_type(type, "text/xml")) {
		return unsupported_type(c, err);
	}
	if (accept != NULL && strcasestr(accept, "application/xop+xml") != NULL)
		c->mtom_answer = 1;
	return 0;
}

/* What the head says already of the size: a body that is refused need not be read. */
static int
check_length(struct call *c, struct error *err)
{
	int64_t length = c->x->head->content_length;
	const struct limits *limits = c->limits;
	struct guard_limits guard = { limits->xml_depth, limits->xml_attributes,
		limits->xml_tag_bytes, limits->inline_bytes / 3 * 4 + XML_OVERHEAD,
		"limit-inline" };

	if (guard.bytes > limits->message_bytes) {
		guard.bytes = limits->message_bytes;
		guard.bytes_name = "limit-message";
	}
	guard_init(&c->guard, &guard);
	if (length > 0 && (uint64_t)length > limits->message_bytes)
		return error_limit(err, ERROR_TOO_LARGE, "limit-message", limits->message_bytes,
		    (uint64_t)length, "bytes in the message");
	if (length > 0 && !c->is_multipart && (uint64_t)length > guard.bytes)
		return error_limit(err, ERROR_TOO_LARGE, guard.bytes_name, guard.bytes,
		    (uint64_t)length, "bytes of XML; send large documents by MTOM");
	if (length == 0)
		return error_set(err, ERROR_MALFORMED, "the body is empty: send a SOAP envelope");
	return 0;
}

static int
check_encoding(struct call *c, struct error *err)
{
	const char *encoding = http_head_field(c->x->head, "Content-Encoding");

	if (encoding == NULL || strcasecmp(encoding, "identity") == 0)
		return 0;
	c->http_status = 415;
	return error_set(err, ERROR_UNSUPPORTED,
	    "the Content-Encoding \"%.40s\" is not taken: send the body as it is", encoding);
}

int
head_check(struct call *c, struct error *err)
{
	c->soap_version = 1;
	if (strcmp(c->x->head->method, "POST") != 0) {
		c->http_status = 405;
		return error_set(err, ERROR_UNSUPPORTED, "SOAP requests are sent by POST");
	}
	if (check_type(c, err) != 0 || check_encoding(c, err) != 0)
		return -1;
	return check_length(c, err);
}

int
head_begin_body(struct call *c, unsigned char *window, struct error *err)
{
	const char *type = http_head_field(c->x->head, "Content-Type");
	char boundary[128], start[256];

	body_init(&c->body, c->x, window, c->limits->message_bytes);
	if (!c->is_multipart)
		return 0;
	parameter(type, "boundary", boundary, sizeof(boundary));
	parameter(type, "start", start, sizeof(start));
	if (body_parts(&c->body, boundary, &c->part, err) != 0)
		return -1;
	if (start[0] == '<') { /* as Content-ID is kept */
		memmove(start, start + 1, strlen(start));
		start[strcspn(start, ">")] = '\0';
	}
	if (start[0] != '\0' && c->part.id[0] != '\0' && strcmp(start, c->part.id) != 0)
		return error_set(err, ERROR_MALFORMED,
		    "the SOAP envelope must be the first MIME part, as the start parameter of the "
		    "Content-Type says");
	return 0;
}
