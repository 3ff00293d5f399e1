#include "signing/proof/audit_heads.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "signet audit heads 1"
#define LINE_MAX   1024

char *
audit_day(char out[AUDIT_DAY_SIZE], int64_t seconds)
{
	char time[TEXT_TIME_SIZE];

	text_time(time, seconds);
	return text_copy(out, AUDIT_DAY_SIZE, time);
}

int
audit_day_parse(const char *day, int64_t *seconds)
{
	char time[TEXT_TIME_SIZE];

	if (strlen(day) != AUDIT_DAY_SIZE - 1)
		return -1;
	snprintf(time, sizeof(time), "%sT00:00:00Z", day);
	return text_parse_time(time, seconds);
}

int
audit_heads_begin(struct buf *text, int64_t now, struct error *err)
{
	char day[AUDIT_DAY_SIZE], time[TEXT_TIME_SIZE];

	return buf_printf(
	    text, err, FIRST_LINE "\nday %s\nmade %s\n", audit_day(day, now), text_time(time, now));
}

int
audit_heads_add(
    struct buf *text, const char *node, const struct audit_head *head, struct error *err)
{
	char hex[2 * AUDIT_HASH_SIZE + 1];

	if (head->seq == 0)
		return 0;
	return buf_printf(text, err, "chain %" PRId64 " %s %s\n", head->seq,
	    text_hex(hex, head->hash, AUDIT_HASH_SIZE), node);
}

static int
malformed(struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "it is no statement of audit chains");
}

/* 1 and the line without its end, 0 when there is none, -1. */
static int
next_line(struct span *rest, char line[LINE_MAX])
{
	const unsigned char *end;
	size_t len;

	if (rest->len == 0)
		return 0;
	end = memchr(rest->data, '\n', rest->len);
	len = end != NULL ? (size_t)(end - rest->data) : LINE_MAX;
	if (len >= LINE_MAX || memchr(rest->data, '\0', len) != NULL)
		return -1;
	memcpy(line, rest->data, len);
	line[len] = '\0';
	rest->data += len + 1;
	rest->len -= len + 1;
	return 1;
}

int
audit_heads_read(struct audit_heads *heads, struct span text, struct error *err)
{
	char line[LINE_MAX];

	*heads = (struct audit_heads){ .rest = text };
	if (next_line(&heads->rest, line) != 1 || strcmp(line, FIRST_LINE) != 0 ||
	    next_line(&heads->rest, line) != 1 || strncmp(line, "day ", 4) != 0 ||
	    audit_day_parse(line + 4, &heads->day) != 0 || next_line(&heads->rest, line) != 1 ||
	    strncmp(line, "made ", 5) != 0 || text_parse_time(line + 5, &heads->made) != 0)
		return malformed(err);
	return 0;
}

int
audit_heads_next(struct audit_heads *heads, char node[AUDIT_NODE_SIZE], struct audit_head *head,
    struct error *err)
{
	char line[LINE_MAX], *at;
	int rc = next_line(&heads->rest, line);

	if (rc == 0)
		return 0;
	if (rc < 0 || strncmp(line, "chain ", 6) != 0)
		return malformed(err);
	head->seq = strtoll(line + 6, &at, 10);
	if (head->seq < 1 || *at++ != ' ' || text_hex_bytes(head->hash, AUDIT_HASH_SIZE, at) != 0 ||
	    at[2 * AUDIT_HASH_SIZE] != ' ' || at[2 * AUDIT_HASH_SIZE + 1] == '\0' ||
	    strlen(at + 2 * AUDIT_HASH_SIZE + 1) >= AUDIT_NODE_SIZE)
		return malformed(err);
	text_copy(node, AUDIT_NODE_SIZE, at + 2 * AUDIT_HASH_SIZE + 1);
	return 1;
}
