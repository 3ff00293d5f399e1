/* tui/cli/command.h: what a command of `signet` is given, and how it ends. */
#ifndef SIGNET_TUI_COMMAND_H
#define SIGNET_TUI_COMMAND_H

#include <jansson.h>

#include "server/base/buf.h"
#include "tui/model/client.h"

/* Exit codes; signet(1) lists them. */
enum outcome {
	EXIT_PASSED = 0,	/* done; of a verification: TotalPassed */
	EXIT_FAILED = 1,	/* a verification said TotalFailed, or some documents failed */
	EXIT_INDETERMINATE = 2, /* a verification said Indeterminate */
	EXIT_REFUSED = 3,	/* the server refused the request */
	EXIT_USAGE = 4,		/* the command line or a local file is at fault */
	EXIT_UNAVAILABLE = 5,	/* the server could not be reached, or said "later" */
};

struct context {
	struct client client;
	int json;  /* --json */
	int quiet; /* --quiet: only errors */
	const char *program;
};

struct command {
	const char *name;
	const char *arguments;
	const char *help;
	int (*run)(struct context *context, int argc, char **argv);
};

int cmd_sign(struct context *context, int argc, char **argv);
int cmd_verify(struct context *context, int argc, char **argv);
int cmd_timestamp(struct context *context, int argc, char **argv);
int cmd_keys(struct context *context, int argc, char **argv);
int cmd_whoami(struct context *context, int argc, char **argv);
int cmd_certificate(struct context *context, int argc, char **argv);

/* ---- what commands share: tui/cli/shared.c ---- */

/* Say the failure (as JSON with --json) and give the exit code that fits its kind. */
int report_failure(const struct context *context, const char *object, const struct error *err);
/* Print the object: as JSON with --json, else by `text`. Takes the reference. */
void print_result(
    const struct context *context, json_t *object, void (*text)(const json_t *object));
/* Members of an object that are only there when the value is. */
void put_text(json_t *object, const char *key, const char *value);
void put_base64(json_t *object, const char *key, struct span value);
const char *get_text(const json_t *object, const char *key); /* "" when absent */

/*
 * Read a document; "-" is standard input. The name for the server is the file's without folders.
 */
int read_document(struct buf *content, const char *path, struct error *err);
const char *document_name(const char *path);
const char *document_type(const char *path); /* by its ending; application/octet-stream */
/* The first line of a file, for passwords; static memory; NULL after saying why. */
char *first_line(const char *path);
/*
 * Write a file as a whole or not at all: beside it, fsync, rename. "-" is standard output. A file
 * that exists is an error without `force`.
 */
int write_document(const char *path, struct span content, int force, struct error *err);

#endif
