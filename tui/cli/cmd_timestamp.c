/*
 * signet timestamp: a token over a file (.tst), a container with both, or a PDF with a document
 * time stamp.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "tui/cli/one_file.h"

enum {
	STAMP_PDF,
	STAMP_ASICS,
	STAMP_PASSWORD,
	STAMP_AUTHORITY,
	STAMP_OUTPUT,
	STAMP_FORCE,
	STAMP_OPTIONS
};
static const struct option_row options[] = {
	[STAMP_PDF] = { "pdf", 0, NULL, NULL, "a PDF with a document time stamp, not a token" },
	[STAMP_ASICS] = { "asics", 0, NULL, NULL, "an ASiC-S container of the file and its token" },
	[STAMP_PASSWORD] = { "password-file", 0, "FILE", NULL,
	    "with --pdf: the password of an encrypted PDF, on the first line" },
	[STAMP_AUTHORITY] = { "authority", 0, "NAME", NULL, "else the tenant's first" },
	[STAMP_OUTPUT] = { "output", 'o', "FILE", NULL, "the result; - is standard output" },
	[STAMP_FORCE] = { "force", 'f', NULL, NULL, "replace files that exist" },
};

/* What comes back, and what its name ends in. */
static const struct form {
	enum sig__TimestampFormat format;
	const char *ending;
} forms[] = { { sig__TimestampFormat__Token, ".tst" },
	{ sig__TimestampFormat__PDF, ".stamped.pdf" }, { sig__TimestampFormat__ASiCS, ".asics" } };

static const struct form *
form_of(char *const *value)
{
	return &forms[value[STAMP_PDF] != NULL ? 1 : value[STAMP_ASICS] != NULL ? 2 : 0];
}

static void
timestamp_text(FILE *out, const json_t *object)
{
	fprintf(out, "%s: stamped %s, serial %s -> %s\n", get_text(object, "input"),
	    get_text(object, "generationTime"), get_text(object, "serialNumber"),
	    get_text(object, "output"));
}

static void
tell(struct context *context, const char *path, const char *output,
    const struct sig__TimestampDocumentAnswer *a)
{
	json_t *out = json_object();

	put_text(out, "input", path);
	put_text(out, "output", output);
	put_text(out, "generationTime", a->generationTime);
	put_text(out, "serialNumber", a->serialNumber);
	put_text(out, "policy", a->policy);
	print_result(context, out, timestamp_text);
}

static int
stamp_file(struct context *context, void *values, const char *path)
{
	char *const *value = values;
	const struct form *form = form_of(value);
	enum sig__TimestampFormat format = form->format;
	struct _sig__TimestampDocument request = { .authority = value[STAMP_AUTHORITY],
		.format = &format,
		.password = value[STAMP_PASSWORD] };
	struct _sig__TimestampDocumentResponse response = { 0 };
	struct one_file f;
	char output[4096];
	int rc;

	if (value[STAMP_OUTPUT] != NULL)
		snprintf(output, sizeof(output), "%s", value[STAMP_OUTPUT]);
	else if (strcmp(path, "-") == 0)
		snprintf(output, sizeof(output), "-");
	else
		snprintf(output, sizeof(output), "%s%s", path, form->ending);
	rc = one_file_begin(&f, context, path, output, value[STAMP_FORCE] != NULL);
	if (rc != EXIT_PASSED)
		goto done;
	request.document = &f.document;
	if (soap_call___sig__TimestampDocument(
		f.soap, endpoint(context), NULL, &request, &response) != SOAP_OK)
		rc = one_file_refused(&f);
	else
		rc = one_file_keep(&f, &response.answer->timestampedDocument->content);
	if (rc == EXIT_PASSED)
		tell(context, path, output, response.answer);
done:
	one_file_end(&f);
	return rc;
}

static int
cmd_timestamp(struct context *context, int argc, char **argv)
{
	char *values[STAMP_OPTIONS] = { NULL }, *value;
	int id, rc = EXIT_PASSED;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0)
		values[id] = value != NULL ? value : (char *)"";
	if (id == OPTION_STOP)
		return rc;
	if (values[STAMP_PDF] != NULL && values[STAMP_ASICS] != NULL)
		return wrong_usage(context, "either --pdf or --asics");
	if (values[STAMP_PASSWORD] != NULL && values[STAMP_PDF] == NULL)
		return wrong_usage(context, "--password-file goes with --pdf only");
	if (values[STAMP_PASSWORD] != NULL &&
	    (values[STAMP_PASSWORD] = first_line(context, values[STAMP_PASSWORD])) == NULL)
		return EXIT_USAGE;
	if (optind >= argc)
		return wrong_usage(
		    context, "time-stamp what? name a file, or - for standard input");
	if (values[STAMP_OUTPUT] != NULL && argc - optind > 1)
		return wrong_usage(context, "-o goes with one file only");
	return each_file(context, argc, argv, stamp_file, values);
}

const struct command command_timestamp = { "timestamp", "[options] FILE ...",
	"Time-stamp documents by RFC 3161", options, STAMP_OPTIONS,
	"  signet timestamp report.pdf  -> report.pdf.tst\n", cmd_timestamp };
