/* tui/cli/command.h: what a command of `signet` is given, and how it ends. */
#ifndef SIGNET_TUI_COMMAND_H
#define SIGNET_TUI_COMMAND_H

#include <jansson.h>
#include <stdio.h>

#include "tui/cli/options.h"
#include "tui/model/settings.h"
#include "tui/model/client.h"
#include "tui/model/json.h"
#include "tui/model/transfer.h"

/* Exit codes; signet(1) lists them. */
enum outcome {
	EXIT_PASSED = 0,	/* done; of a verification: TotalPassed */
	EXIT_FAILED = 1,	/* a verification said TotalFailed */
	EXIT_INDETERMINATE = 2, /* a verification said Indeterminate */
	EXIT_REFUSED = 3,	/* the server refused the request */
	EXIT_USAGE = 4,		/* the command line or a local file is at fault */
	EXIT_UNAVAILABLE = 5,	/* the server could not be reached, or said "later" */
	EXIT_DIFFERENT = 6	/* a replay did not come out as the report says */
};

struct context {
	const char *config; /* --config, or NULL */
	int json;	    /* --json */
	int quiet;	    /* --quiet: only errors */
	FILE *report;	    /* where results are told: not where a document is written */
	const struct command *command;
	struct settings settings;
	struct client client;
	int is_connected;
	/* which of how many documents is in hand, for the progress bar */
	const char *document;
	int index, count;
	int64_t started_us, shown_us;
	int is_shown;
};

struct command {
	const char *name;
	const char *arguments;
	const char *help;
	const struct option_row *options;
	int option_count;
	const char *examples; /* lines, or NULL */
	int (*run)(struct context *context, int argc, char **argv);
};

extern const struct command *const all_commands[];
extern const int command_count;
extern const struct command command_sign, command_verify, command_verify_timestamp,
    command_timestamp, command_decrypt, command_keys, command_whoami, command_certificate,
    command_completion, command_trust_list, command_trust, command_catalogue, command_extend,
    command_counter_sign, command_original, command_case, command_user, command_group,
    command_right, command_tenant, command_access, command_trust_centre, command_trust_anchor,
    command_trust_snapshot, command_authority, command_signing_key, command_setting,
    command_proposal, command_job, command_node, command_explain, command_status, command_sign_on,
    command_audit, command_apply, command_export;

/* The options that every command takes, before or behind its name. */
enum global_option { GLOBAL_CONFIG, GLOBAL_JSON, GLOBAL_QUIET, GLOBAL_HELP, GLOBALS };
extern const struct option_row global_options[GLOBALS];

/* ---- what commands share: tui/cli/shared.c ---- */

/*
 * The next option of the command: its place in command->options with its value, OPTION_END when
 * only documents are left from optind on, or OPTION_STOP when all is said: *rc is the exit code.
 */
int next_option(struct context *context, int argc, char **argv, char **value, int *rc);
/* Say what is wrong with the command line and where to read on: EXIT_USAGE. */
int wrong_usage(const struct context *context, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void print_help(FILE *out, const struct command *command);

/*
 * Read the configuration and make ready to call: NULL after telling why not, which is EXIT_USAGE.
 * The transfer (or NULL) is used by the next call.
 */
struct soap *start_call(struct context *context, struct transfer *transfer);
/* The same exchange ended: forget the progress bar. */
void end_call(struct context *context);
const char *endpoint(const struct context *context);

/* Tell a failure of the server's (the call returned an error) or of a local file. */
int report_refusal(struct context *context, const char *object, const struct transfer *transfer);
int report_local(const struct context *context, const char *object, const struct error *err);
/* Print the object: as a line of JSON with --json, else by `text`. Takes the reference. */
void print_result(
    const struct context *context, json_t *object, void (*text)(FILE *out, const json_t *object));

/* The name for the server is the file's without folders; NULL for standard input. */
const char *document_name(const char *path);
const char *document_type(const char *path); /* by its ending; application/octet-stream */
/* A small file as a whole; "-" is standard input. */
int read_small(struct buf *content, const char *path, struct error *err);
/* The first line of a file, for passwords; static memory; NULL after telling why. */
char *first_line(const struct context *context, const char *path);

/* ---- reports, shared by verify, verify-timestamp and certificate: tui/cli/report.c ---- */

void encryption_text(FILE *out, const json_t *object); /* NULL is fine */
void verification_text(FILE *out, const json_t *object);
void token_text(FILE *out, const json_t *object);
void certificate_text(FILE *out, const json_t *object);
/* The exit code of a verdict's word. */
int exit_of(const json_t *object);
/* Of two documents' codes, the one to end with: TotalFailed, then what could not be judged. */
int worse_verdict(int a, int b);

#endif
