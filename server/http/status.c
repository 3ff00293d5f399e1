#include "server/http/status.h"

#include <stdio.h>

static const struct phrase {
	int status;
	const char *text;
} phrases[] = {
	{ 100, "Continue" },
	{ 200, "OK" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

static const int status_of[ERROR_KINDS] = {
	[ERROR_NONE] = 200,
	[ERROR_MALFORMED] = 400,
	[ERROR_NOT_AUTHENTICATED] = 401,
	[ERROR_NOT_AUTHORIZED] = 403,
	[ERROR_NOT_FOUND] = 404,
	[ERROR_CONFLICT] = 409,
	[ERROR_TOO_LARGE] = 413,
	[ERROR_LIMIT] = 400,
	[ERROR_UNSUPPORTED] = 501,
	[ERROR_UNAVAILABLE] = 503,
	[ERROR_INTERNAL] = 500,
};

const char *
http_phrase(int status)
{
	size_t i;

	for (i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].text;
	return "";
}

int
http_status_of(enum error_kind kind)
{
	return kind < ERROR_KINDS ? status_of[kind] : 500;
}

void
http_answer_text(struct exchange *x, int status, const char *type, struct span text)
{
	struct error err = ERROR_INIT;

	x->status = status;
	x->body.len = 0;
	snprintf(x->content_type, sizeof(x->content_type), "%s", type);
	if (buf_append_span(&x->body, text, &err) != 0) {
		x->status = 503;
		x->outcome = error_kind_name(ERROR_UNAVAILABLE);
		return;
	}
	if (x->outcome == NULL || x->outcome[0] == '\0')
		x->outcome = status < 400 ? "Success" : "Malformed";
}

void
http_answer_failure(struct exchange *x, int status, const struct error *failure)
{
	char line[sizeof(failure->text) + 2];
	int n = snprintf(line, sizeof(line), "%s\n", failure->text);

	x->outcome = error_kind_name(failure->kind);
	x->extra[0] = '\0';
	if (failure->retry_after > 0)
		snprintf(x->extra, sizeof(x->extra), "Retry-After: %u\r\n", failure->retry_after);
	http_answer_text(x, status, "text/plain; charset=utf-8",
	    (struct span){ (const unsigned char *)line, n > 0 ? (size_t)n : 0 });
}
