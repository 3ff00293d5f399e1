/*
 * tui/model/audit_record.h: the audit log as a file, by which it can be checked without the server:
 * a record a line, as JSON or as CSV (RFC 4180, UTF-8, a head line, CRLF). A record is a JSON
 *object whose member "record" says what it is:
 *
 *	export  first: version, kind ("chains": every row of each chain in its order, those of
 *	        others as links; "rows": what was looked for), since, until
 *	stamp   day, statement, digest, authority, time, token (base64)
 *	row     a row of the log, with all that its hash is over
 *	link    a row of somebody else: node, seq, previous, hash
 *	end     how far a chain must reach: node, seq, hash
 *	done    last: rows, links
 *
 * In CSV, texts have control characters and backslashes as JSON has them; a cell that a spreadsheet
 * might take for a formula begins with an apostrophe (as does one that began with an apostrophe),
 * and behind what might separate cells the first character of a formula is written as \uXXXX. So
 * nothing is lost: what is read back is what was written.
 */
#ifndef SIGNET_TUI_AUDIT_RECORD_H
#define SIGNET_TUI_AUDIT_RECORD_H

#include <jansson.h>
#include <stdio.h>

#include "server/base/buf.h"

#define AUDIT_LINE_MAX ((size_t)8 << 20)

enum audit_form { AUDIT_JSON_LINES, AUDIT_CSV };

/* What a text of the service Administration stands for: \uXXXX and \\ undone. In place. */
void audit_unescape(char *text);

/* The head line of CSV; nothing for JSON. The record stays the caller's. 0 or -1: not written. */
int audit_record_begin(FILE *out, enum audit_form form);
int audit_record_write(FILE *out, enum audit_form form, const json_t *record);

struct audit_reader {
	FILE *in; /* the caller's */
	enum audit_form form;
	int64_t line; /* of the file, from 1 */
	struct buf text;
	int has_begun;
	int order[32], columns; /* CSV: which column each cell is; -1: none of ours */
};
void audit_reader_init(struct audit_reader *r, FILE *in);
void audit_reader_release(struct audit_reader *r);
/* The next record: 1 and the caller's, 0 at the end, -1 ERROR_MALFORMED: what it is says the line.
 */
int audit_record_read(struct audit_reader *r, json_t **record, struct error *err);

#endif
