/* server/base/text.h: hex, base64, times and small text helpers; only the C library. */
#ifndef SIGNET_BASE_TEXT_H
#define SIGNET_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "server/base/buf.h"

#define TEXT_TIME_SIZE 32
#define TEXT_UUID_SIZE 37

/* Copy s (NULL: "") cut to size bytes with its NUL, as snprintf("%s") does; returns out. */
char *text_copy(char *out, size_t size, const char *s);
/* Lower-case hex and a NUL; `out` holds 2 * len + 1 bytes. Returns out. */
char *text_hex(char *out, const void *data, size_t len);
/* What one hex digit of either case stands for, or -1. */
int text_hex_value(char c);
/*
 * The bytes that the first 2 * size digits stand for: 0, or -1 where there are other characters, or
 * the end. What stands behind them is not looked at.
 */
int text_hex_bytes(unsigned char *out, size_t size, const char *hex);
/* Append the base64 (RFC 4648 section 4, padded) of `data`; wrap > 0 breaks lines by '\n'. */
int text_base64(struct buf *out, struct span data, unsigned int wrap, struct error *err);
/*
 * Append what the base64 text stands for. White space is skipped; anything else that is not
 * base64, missing padding and bits behind the end included, is ERROR_MALFORMED.
 */
int text_base64_decode(struct buf *out, struct span text, struct error *err);
/* Seconds since 1970 as xs:dateTime in UTC ("2026-03-01T12:00:00Z"); returns out. */
char *text_time(char out[TEXT_TIME_SIZE], int64_t seconds);
/* The reverse, with optional fraction (ignored) and zone; 0 or -1. */
int text_parse_time(const char *s, int64_t *seconds);
/* A UUID of version 4 from the kernel's random bytes; returns out. */
char *text_uuid(char out[TEXT_UUID_SIZE]);
#define TEXT_REPLACEMENT 0xfffdu
/*
 * The next character of a string; *len bytes of it are consumed (at least 1). Bytes that are no
 * UTF-8, surrogates and the like are TEXT_REPLACEMENT, a byte each. 0 at the end.
 */
uint32_t text_next(const char *s, size_t *len);
/* 1 when s (len bytes) is well-formed UTF-8 without NUL. */
int text_is_utf8(const char *s, size_t len);
/* Copy s with everything outside printable ASCII replaced by '?', cut to size: for log and header.
 */
char *text_printable(char *out, size_t size, const char *s);

#endif
