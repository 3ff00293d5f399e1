#include "tui/cli/report_file.h"

#include <stdio.h>
#include <string.h>

const char *const report_forms[] = { "Etsi", "Html", "Pdf", NULL };

/* In the order of report_forms. */
static const struct {
	enum sig__ReportFormat form;
	const char *ending;
} forms[] = { { sig__ReportFormat__Etsi, "xml" }, { sig__ReportFormat__Html, "html" },
	{ sig__ReportFormat__Pdf, "pdf" } };

static size_t
number_of(const char *form)
{
	size_t i;

	for (i = 0; report_forms[i + 1] != NULL && strcmp(report_forms[i], form) != 0; i++)
		;
	return i;
}

void
report_wish_set(struct report_wish *wish, int which, char *value)
{
	if (which == REPORT_FORM)
		wish->form = value;
	else if (which == REPORT_KEY)
		wish->key = value;
	else if (which == REPORT_OUTPUT)
		wish->output = value;
	else
		wish->force = 1;
}

int
report_wish_check(const struct context *context, const struct report_wish *wish, int files)
{
	if (wish->form == NULL && (wish->key != NULL || wish->output != NULL || wish->force))
		return wrong_usage(
		    context, "--report-key, -o and -f are about a report: say --report FORM");
	if (wish->key != NULL && strcmp(wish->form, "Etsi") != 0)
		return wrong_usage(context, "--report-key signs reports of the form Etsi");
	if (wish->output != NULL && files > 1)
		return wrong_usage(context, "-o goes with one file only");
	return EXIT_PASSED;
}

int
report_file_open(struct report_file *file, struct context *context, const struct report_wish *wish,
    const char *path, struct transfer *transfer, enum sig__ReportFormat **form, char **key,
    struct error *err)
{
	size_t n;

	memset(file, 0, sizeof(*file));
	file->download.fd = -1;
	if (wish->form == NULL)
		return 0;
	n = number_of(wish->form);
	if (wish->output != NULL)
		snprintf(file->path, sizeof(file->path), "%s", wish->output);
	else if (strcmp(path, "-") == 0)
		snprintf(file->path, sizeof(file->path), "-");
	else
		snprintf(file->path, sizeof(file->path), "%s.report.%s", path, forms[n].ending);
	context->report = strcmp(file->path, "-") == 0 ? stderr : stdout;
	file->form = forms[n].form;
	file->is_wanted = 1;
	*form = &file->form;
	*key = wish->key;
	transfer->download = &file->download;
	return download_open(&file->download, file->path, wish->force, err);
}

int
report_file_keep(struct report_file *file, const struct sig__Document *report, struct error *err)
{
	if (!file->is_wanted)
		return 0;
	if (report == NULL)
		return error_set(err, ERROR_NOT_FOUND, "the server sent no report");
	return download_commit(&file->download,
	    (struct span){ report->content.__ptr, (size_t)report->content.__size }, err);
}

void
report_file_close(struct report_file *file)
{
	if (file->is_wanted)
		download_close(&file->download);
}
