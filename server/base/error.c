#include "server/base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[ERROR_KINDS] = {
	[ERROR_NONE] = "None",
	[ERROR_MALFORMED] = "Malformed",
	[ERROR_NOT_AUTHENTICATED] = "NotAuthenticated",
	[ERROR_NOT_AUTHORIZED] = "NotAuthorized",
	[ERROR_NOT_FOUND] = "NotFound",
	[ERROR_CONFLICT] = "Conflict",
	[ERROR_TOO_LARGE] = "TooLarge",
	[ERROR_LIMIT] = "LimitExceeded",
	[ERROR_UNSUPPORTED] = "Unsupported",
	[ERROR_UNAVAILABLE] = "Unavailable",
	[ERROR_INTERNAL] = "Internal",
};

/* Whether err is to be filled: it exists and holds no earlier failure. */
static int
is_first(struct error *err, enum error_kind kind)
{
	if (err == NULL || err->kind != ERROR_NONE)
		return 0;
	err->kind = kind;
	return 1;
}

int
error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (is_first(err, kind)) {
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
	}
	return -1;
}

int
error_cause(struct error *err, enum error_kind kind, const char *text, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	if (is_first(err, kind)) {
		snprintf(err->text, sizeof(err->text), "%s", text);
		va_start(ap, fmt);
		vsnprintf(err->cause, sizeof(err->cause), fmt, ap);
		va_end(ap);
		for (len = strlen(err->cause); len > 0 && err->cause[len - 1] == '\n'; len--)
			err->cause[len - 1] = '\0';
	}
	return -1;
}

int
error_limit(struct error *err, enum error_kind kind, const char *name, uint64_t allowed,
    uint64_t met, const char *what)
{
	if (!is_first(err, kind))
		return -1;
	snprintf(err->limit, sizeof(err->limit), "%s", name);
	err->allowed = allowed;
	err->met = met;
	if (met > 0)
		snprintf(err->text, sizeof(err->text),
		    "%s: %" PRIu64 " is over the limit of %" PRIu64 " (%s)", what, met, allowed,
		    name);
	else
		snprintf(err->text, sizeof(err->text), "%s: over the limit of %" PRIu64 " (%s)",
		    what, allowed, name);
	return -1;
}

int
error_memory(struct error *err)
{
	return error_set(err, ERROR_UNAVAILABLE, "the server is short of memory; try again later");
}

int
error_errno(struct error *err, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	if (is_first(err, ERROR_INTERNAL)) {
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
		snprintf(err->cause, sizeof(err->cause), "%s", strerror(saved));
	}
	return -1;
}

void
error_clear(struct error *err)
{
	memset(err, 0, sizeof(*err));
}

const char *
error_kind_name(enum error_kind kind)
{
	return kind < ERROR_KINDS ? kind_names[kind] : "Internal";
}
