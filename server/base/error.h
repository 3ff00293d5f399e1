/* server/base/error.h: one failure, told twice: in words for the caller, in detail for the log. */
#ifndef SIGNET_BASE_ERROR_H
#define SIGNET_BASE_ERROR_H

#include <stdarg.h>
#include <stdint.h>

/* A kind says what the caller can do about it; each is a fault code of the contract. */
enum error_kind {
	ERROR_NONE,
	ERROR_MALFORMED,	 /* mend the request or the document */
	ERROR_NOT_AUTHENTICATED, /* say who you are */
	ERROR_NOT_AUTHORIZED,	 /* ask for the right */
	ERROR_NOT_FOUND,	 /* name another object */
	ERROR_CONFLICT,		 /* another request or state stands against it */
	ERROR_TOO_LARGE,	 /* send less; limit and met say how much */
	ERROR_LIMIT,		 /* a count or depth is over its limit; limit and met say so */
	ERROR_UNSUPPORTED,	 /* well formed, but nothing here can do it */
	ERROR_UNAVAILABLE,	 /* try again later */
	ERROR_INTERNAL,		 /* report it: the log knows more */
	ERROR_KINDS
};

struct error {
	enum error_kind kind;
	char text[400];		  /* for the caller: no path, no query, no library words */
	char cause[512];	  /* for the log */
	char limit[48];		  /* name of the limit that was met, or "" */
	uint64_t allowed;	  /* what the limit allows, where .limit is set */
	uint64_t met;		  /* what was found, 0 = more than that */
	unsigned int retry_after; /* seconds; 0 = not said */
};

#define ERROR_INIT                                                                                 \
	{                                                                                          \
		0                                                                                  \
	}

/*
 * All setters return -1 and keep the first failure: a later call on a struct that already
 * holds one changes nothing. err may be NULL where the caller does not care.
 */
int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with words for the log; `text` is for the caller and is not a format. */
int error_cause(struct error *err, enum error_kind kind, const char *text, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* A limit of the configuration: says its name, what it allows and what was met (0: more). */
int error_limit(struct error *err, enum error_kind kind, const char *name, uint64_t allowed,
    uint64_t met, const char *what);
/* Out of memory: ERROR_UNAVAILABLE, since it may pass. */
int error_memory(struct error *err);
/* "could not X" with errno's words as the cause: ERROR_INTERNAL. */
int error_errno(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Forget what it holds, to use the struct again. */
void error_clear(struct error *err);
/* The contract's word for a kind: "Malformed", "NotAuthorized", ... */
const char *error_kind_name(enum error_kind kind);

#endif
