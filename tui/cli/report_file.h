/* tui/cli/report_file.h: the report that a verdict comes with, into a file. */
#ifndef SIGNET_TUI_REPORT_FILE_H
#define SIGNET_TUI_REPORT_FILE_H

#include "soapH.h"
#include "tui/cli/command.h"

/* What the command line says of it; NULL and 0: nothing. */
struct report_wish {
	const char *form; /* one of report_forms */
	char *key;	  /* that signs it */
	const char *output;
	int force;
};
extern const char *const report_forms[];
/* The rows of the option tables that have it, and what each sets: for a range of ids. */
enum { REPORT_FORM, REPORT_KEY, REPORT_OUTPUT, REPORT_FORCE, REPORT_OPTIONS };
#define REPORT_OPTION_ROWS(first)                                                                  \
	[(first) + REPORT_FORM] = { "report", 0, "FORM", report_forms,                             \
		"write a report as well: XML by ETSI TS 119 102-2, HTML, PDF" },                   \
		   [(first) + REPORT_KEY] = { "report-key", 0, "NAME", NULL,                       \
			   "the key of the server that signs the report (Etsi)" },                 \
		   [(first) + REPORT_OUTPUT] = { "output", 'o', "FILE", NULL,                      \
			   "where the report goes; else FILE.report.xml, .html, .pdf" },           \
		   [(first) + REPORT_FORCE] = { "force", 'f', NULL, NULL,                          \
			   "replace a report that exists" }
void report_wish_set(struct report_wish *wish, int which, char *value);
/* EXIT_PASSED, or EXIT_USAGE after telling what does not go together. */
int report_wish_check(const struct context *context, const struct report_wish *wish, int files);

struct report_file {
	enum sig__ReportFormat form;
	struct download download;
	char path[4096];
	int is_wanted;
};
/* Before a call: make room for the report on `path` and set what the request says of it. */
int report_file_open(struct report_file *file, struct context *context,
    const struct report_wish *wish, const char *path, struct transfer *transfer,
    enum sig__ReportFormat **form, char **key, struct error *err);
/* After it: the report as the answer has it. */
int report_file_keep(
    struct report_file *file, const struct sig__Document *report, struct error *err);
void report_file_close(struct report_file *file); /* once, after a failed open too */

#endif
