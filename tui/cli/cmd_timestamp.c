/* signet timestamp: a token over a file (.tst), or a PDF with a document time stamp. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "soapH.h"
#include "tui/cli/command.h"

enum { STAMP_PDF, STAMP_PASSWORD, STAMP_AUTHORITY, STAMP_OUTPUT, STAMP_FORCE, STAMP_OPTIONS };
static const struct option_row options[] = {
	[STAMP_PDF] = { "pdf", 0, NULL, NULL, "a PDF with a document time stamp, not a token" },
	[STAMP_PASSWORD] = { "password-file", 0, "FILE", NULL,
	    "with --pdf: the password of an encrypted PDF, on the first line" },
	[STAMP_AUTHORITY] = { "authority", 0, "NAME", NULL, "else the tenant's first" },
	[STAMP_OUTPUT] = { "output", 'o', "FILE", NULL, "the result; - is standard output" },
	[STAMP_FORCE] = { "force", 'f', NULL, NULL, "replace files that exist" },
};

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
stamp_file(struct context *context, char *const *value, const char *path)
{
	enum sig__TimestampFormat format = sig__TimestampFormat__PDF;
	struct _sig__TimestampDocument request = { .authority = value[STAMP_AUTHORITY],
		.format = value[STAMP_PDF] != NULL ? &format : NULL,
		.password = value[STAMP_PASSWORD] };
	struct _sig__TimestampDocumentResponse response = { 0 };
	struct sig__Document document = { .name = (char *)document_name(path),
		.mimeType = (char *)document_type(path) };
	const struct xsd__base64Binary *inline_bytes;
	struct transfer transfer = { 0 };
	struct download result = { .fd = -1 };
	struct upload file = { .fd = -1 };
	struct error err = ERROR_INIT;
	struct soap *soap;
	char output[4096];
	int rc = EXIT_USAGE;

	if (value[STAMP_OUTPUT] != NULL)
		snprintf(output, sizeof(output), "%s", value[STAMP_OUTPUT]);
	else if (strcmp(path, "-") == 0)
		snprintf(output, sizeof(output), "-");
	else
		snprintf(output, sizeof(output), "%s%s", path,
		    value[STAMP_PDF] != NULL ? ".stamped.pdf" : ".tst");
	context->report = strcmp(output, "-") == 0 ? stderr : stdout;
	if (upload_open(&file, path, &err) != 0 ||
	    transfer_add(&transfer, &file, &document.content, &err) != 0 ||
	    download_open(&result, output, value[STAMP_FORCE] != NULL, &err) != 0)
		goto local;
	transfer.download = &result;
	request.document = &document;
	soap = start_call(context, &transfer);
	if (soap == NULL)
		goto done;
	if (soap_call___sig__TimestampDocument(
		soap, endpoint(context), NULL, &request, &response) != SOAP_OK) {
		rc = report_refusal(context, path, &transfer);
		goto done;
	}
	inline_bytes = &response.answer->timestampedDocument->content;
	if (transfer_check(&transfer, &err) != 0 ||
	    download_commit(&result,
		(struct span){ inline_bytes->__ptr, (size_t)inline_bytes->__size }, &err) != 0)
		goto local;
	tell(context, path, output, response.answer);
	rc = EXIT_PASSED;
	goto done;
local:
	report_local(context, NULL, &err);
done:
	end_call(context);
	download_close(&result);
	upload_close(&file);
	return rc;
}

static int
cmd_timestamp(struct context *context, int argc, char **argv)
{
	char *values[STAMP_OPTIONS] = { NULL }, *value;
	int id, i, rc = EXIT_PASSED, worst = EXIT_PASSED;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0)
		values[id] = value != NULL ? value : (char *)"";
	if (id == OPTION_STOP)
		return rc;
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
	context->count = argc - optind;
	for (i = optind; i < argc && rc != EXIT_UNAVAILABLE; i++) {
		context->document = argv[i];
		context->index = i - optind + 1;
		rc = stamp_file(context, values, argv[i]);
		worst = rc > worst ? rc : worst;
	}
	return worst;
}

const struct command command_timestamp = { "timestamp", "[options] FILE ...",
	"Time-stamp documents by RFC 3161", options, STAMP_OPTIONS,
	"  signet timestamp report.pdf  -> report.pdf.tst\n", cmd_timestamp };
